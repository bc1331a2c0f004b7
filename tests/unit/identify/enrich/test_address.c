#include "identify/enrich/address.h"
#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static struct str text_of(const struct address *a)
{
    static char text[2][ADDRESS_TEXT_BYTES];
    static unsigned turn;
    char *p = text[turn++ % 2];
    size_t n = address_print(p, a);
    CHECK(n < ADDRESS_TEXT_BYTES && p[n] == 0);
    return (struct str){ p, n };
}

static struct address parsed(const char *text)
{
    struct address a = { { 0 } };
    if (!address_parse(&a, str_of(text))) {
        printf("# not an address: %s\n", text);
        test_failed_checks++;
    }
    return a;
}

static void test_print(void)
{
    static const struct { const char *in, *out; } rows[] = {
        { "192.0.2.1", "192.0.2.1" },
        { "0.0.0.0", "0.0.0.0" },
        { "255.255.255.255", "255.255.255.255" },
        { "::ffff:192.0.2.1", "192.0.2.1" },
        { "::FFFF:C000:201", "192.0.2.1" },
        { "::1", "::1" },
        { "2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
        { "::", "::" },
        { "fe80::1", "fe80::1" },
        { "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct address a = parsed(rows[i].in);
        CHECK_STR(text_of(&a), str_of(rows[i].out));
    }
}

static void test_no_addresses(void)
{
    static const char *const bad[] = {
        "",
        " ",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1.2.3.4:80",
        "[::1]",
        "::1%eth0",
        "01.2.3.4",
        "1.2.3.0x4",
        "localhost",
        "unknown",
        "_hidden",
        "::1::",
        "12345::",
        "1.2.3.4/32",
        "-1.2.3.4",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "0000000000000000000000000000000000000000000000000000001",
    };
    struct address a;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        CHECK_STR(str_of(address_parse(&a, str_of(bad[i])) ? bad[i] : ""), STR(""));
    CHECK(!address_parse(&a, STR("1.2.3.4\0")) && !address_parse(&a, (struct str){ NULL, 0 }));
}

static bool within(const char *network, const char *address)
{
    struct networks networks = { .count = 1 };
    struct address a = parsed(address);
    if (!network_parse(&networks.list[0], str_of(network))) {
        printf("# not a network: %s\n", network);
        test_failed_checks++;
    }
    return networks_have(&networks, &a);
}

static void test_networks(void)
{
    CHECK(within("10.0.0.0/8", "10.255.0.1") && !within("10.0.0.0/8", "11.0.0.0"));
    CHECK(within("10.1.2.3/8", "10.9.9.9")); /* bits beyond the prefix do not count */
    CHECK(within("192.0.2.1", "192.0.2.1") && !within("192.0.2.1", "192.0.2.2"));
    CHECK(within("192.0.2.0/31", "192.0.2.1") && !within("192.0.2.0/31", "192.0.2.2"));
    CHECK(within("192.0.2.128/25", "192.0.2.200") && !within("192.0.2.128/25", "192.0.2.127"));
    CHECK(within("0.0.0.0/0", "203.0.113.9") && !within("0.0.0.0/0", "2001:db8::1"));
    CHECK(within("::/0", "2001:db8::1") && within("::/0", "192.0.2.1"));
    CHECK(within("2001:db8::/33", "2001:db8:7fff::") &&
          !within("2001:db8::/33", "2001:db8:8000::"));
    CHECK(within("::1", "::1") && within("::1/128", "::1") && !within("::1/128", "::2"));
    CHECK(within("10.0.0.0/8", "::ffff:10.1.1.1"));
    struct networks none = { .count = 0 };
    struct address a = parsed("127.0.0.1");
    CHECK(!networks_have(&none, &a));
}

static void test_no_networks(void)
{
    static const char *const bad[] = { "",
                                       "/",
                                       "/8",
                                       "10.0.0.0/",
                                       "10.0.0.0/33",
                                       "10.0.0.0/-1",
                                       "10.0.0.0/8/8",
                                       "10.0.0.0/8 ",
                                       "::/129",
                                       "10.0.0.0/ 8",
                                       "10.0.0/8",
                                       "::/1a",
                                       "10.0.0.0/+8" };
    struct network n;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        CHECK_STR(str_of(network_parse(&n, str_of(bad[i])) ? bad[i] : ""), STR(""));
}

static void test_sockets(void)
{
    struct sockaddr_storage s = { .ss_family = AF_INET };
    struct address a;
    inet_pton(AF_INET, "127.0.0.9", &((struct sockaddr_in *)&s)->sin_addr);
    address_from_socket(&a, &s);
    CHECK_STR(text_of(&a), STR("127.0.0.9"));
    CHECK(address_is_loopback(&a));
    s = (struct sockaddr_storage){ .ss_family = AF_INET6 };
    inet_pton(AF_INET6, "::ffff:127.0.0.1", &((struct sockaddr_in6 *)&s)->sin6_addr);
    address_from_socket(&a, &s);
    CHECK(address_is_loopback(&a)); /* IPv4 on a socket for both */
    s = (struct sockaddr_storage){ .ss_family = AF_UNIX };
    address_from_socket(&a, &s);
    CHECK_STR(text_of(&a), STR("::"));
    CHECK(!address_is_loopback(&a));
    a = parsed("::1");
    CHECK(address_is_loopback(&a));
    a = parsed("128.0.0.1");
    CHECK(!address_is_loopback(&a));
    a = parsed("::2");
    CHECK(!address_is_loopback(&a));
}

static void test_network_hash(void)
{
    struct address a = parsed("192.0.2.1"), b = parsed("192.0.2.254"), c = parsed("192.0.3.1");
    CHECK(address_network_hash(&a) == address_network_hash(&b));
    CHECK(address_network_hash(&a) != address_network_hash(&c));
    a = parsed("2001:db8:1:2::1"), b = parsed("2001:db8:1:9::2"), c = parsed("2001:db8:2::1");
    CHECK(address_network_hash(&a) == address_network_hash(&b));
    CHECK(address_network_hash(&a) != address_network_hash(&c));
}

static void test_private(void)
{
    static const char *const yes[] = { "10.0.0.0", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.3.4",
                                       "127.0.0.1", "169.254.1.1", "100.64.0.1", "100.127.255.255", "0.0.0.0",
                                       "224.0.0.1", "255.255.255.255", "::", "::1", "fc00::1", "fdff::1",
                                       "fe80::1", "febf::1", "ff02::1", "::ffff:10.0.0.1" };
    static const char *const no[] = { "9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.1.1",
                                      "192.169.0.0", "126.1.1.1", "128.0.0.1", "100.63.255.255", "100.128.0.0",
                                      "1.0.0.0", "223.255.255.255", "8.8.8.8", "::2", "2001:db8::1",
                                      "fec0::1", "fbff::1", "2a00::1" };
    for (size_t i = 0; i < COUNT_OF(yes); i++) {
        struct address a = parsed(yes[i]);
        CHECK_STR(str_of(address_is_private(&a) ? "" : yes[i]), STR(""));
    }
    for (size_t i = 0; i < COUNT_OF(no); i++) {
        struct address a = parsed(no[i]);
        CHECK_STR(str_of(address_is_private(&a) ? no[i] : ""), STR(""));
    }
}

int main(void)
{
    RUN(test_print);
    RUN(test_no_addresses);
    RUN(test_networks);
    RUN(test_no_networks);
    RUN(test_sockets);
    RUN(test_network_hash);
    RUN(test_private);
    return test_end();
}
