/* The list loader: each publisher's shape, what is dropped, and what is refused with which words. */
#include "identify/enrich/iplist_read.h"

#include "base/json_in.h"
#include "tests/unit/test.h"

#include <unistd.h>

static struct iplist_report report;
static struct iplist_table *table;

/* Reads a text as list 0 and builds its table. */
static enum err read_bytes(struct str text)
{
    struct iplist_builder b = { 0 };
    char *copy = calloc(1, text.n + JSON_PADDING);
    if (text.n) memcpy(copy, text.p, text.n);
    enum err e = iplist_read(copy, text.n, 0, &b, &report);
    free(copy);
    CHECK(!e || iplist_builder_count(&b) == 0); /* all or nothing */
    iplist_table_destroy(table);
    REQUIRE(iplist_table_build(&table, &b) == ERR_OK);
    return e;
}

static enum err read_text(const char *text)
{
    return read_bytes(str_of(text));
}

/* Bits of the network that holds the address; -1 when none does. */
static int bits_of(const char *text)
{
    struct address a;
    struct iplist_hit hits[IPLISTS_MAX];
    REQUIRE(address_parse(&a, str_of(text)));
    return iplist_table_find(table, &a, hits) ? hits[0].bits : -1;
}

static bool has_asn(uint32_t asn)
{
    struct iplist_hit hits[IPLISTS_MAX];
    return iplist_table_find_asn(table, asn, hits) == 1;
}

#define CHECK_COUNTS(v4_, v6_, asn_)                                                               \
    do {                                                                                           \
        CHECK_INT(report.v4, v4_);                                                                 \
        CHECK_INT(report.v6, v6_);                                                                 \
        CHECK_INT(report.asn, asn_);                                                               \
        CHECK_INT(report.unreadable, 0);                                                           \
    } while (0)

static void refused(const char *text, const char *problem)
{
    CHECK_INT(read_text(text), ERR_MALFORMED);
    bool found = str_has(str_of(report.problem), str_of(problem));
    CHECK(found);
    if (!found) printf("# \"%s\" is not about \"%s\"\n", report.problem, problem);
}

/* ---- lines ---- */

static void test_plain(void)
{
    CHECK_INT(read_text("# Tor bulk list\r\n185.220.101.1\r\n\r\n; old style\n"
                        "  1.10.16.0/20 ; SBL256894\n77.90.185.20\t10\n2a0b:f4c2::/32 # nice\n"
                        "2a0b:f4c2:2::33"), ERR_OK);
    CHECK_COUNTS(3, 2, 0);
    CHECK_STR(str_of(report.format), STR("addresses and networks, one a line"));
    CHECK_INT(bits_of("185.220.101.1"), 32);
    CHECK_INT(bits_of("1.10.31.255"), 20);
    CHECK_INT(bits_of("1.10.32.0"), -1);
    CHECK_INT(bits_of("77.90.185.20"), 32);
    CHECK_INT(bits_of("2a0b:f4c2:2::33"), 128);
    CHECK_INT(bits_of("2a0b:f4c2:2::34"), 32);
}

static void test_netset(void)
{
    CHECK_INT(read_text("#\n# firehol_level1\n#\n# ipv4 hash:net ipset\n#\n0.0.0.0/8\n1.4.0.0/17\n"
                        "10.0.0.0/8\n127.0.0.0/8\n172.16.0.0/12\n192.168.0.0/16\n224.0.0.0/3\n"
                        "100.64.0.0/10\n169.254.0.0/16\n5.8.37.0/24\n"), ERR_OK);
    CHECK_COUNTS(2, 0, 0);
    CHECK_INT(report.reserved, 8);
    CHECK_INT(report.notes[0].line, 6);
    CHECK_INT(bits_of("10.1.2.3"), -1);
    CHECK_INT(bits_of("1.4.127.255"), 17);
}

static void test_ports(void)
{
    CHECK_INT(read_text("103.152.112.120:80\nuser:p#ss@103.152.112.121:8080\n"
                        "socks5://103.152.112.122:1080\nhttp://u:p@103.152.112.123:1\n"
                        "[2a0b:f4c2::1]:443\n[2a0b:f4c2::2]\n"), ERR_OK);
    CHECK_STR(str_of(report.format), STR("addresses with ports, one a line"));
    CHECK_INT(report.v4, 4);
    CHECK_INT(report.v6, 2);
    CHECK_INT(bits_of("103.152.112.121"), 32);
    CHECK_INT(bits_of("103.152.112.123"), 32);
    CHECK_INT(bits_of("2a0b:f4c2::1"), 128);
}

static void test_asn(void)
{
    CHECK_INT(read_text("AS9009 # M247, GB (NordVPN)\nas20448\nAS4294967295 # the last\n"), ERR_OK);
    CHECK_COUNTS(0, 0, 3);
    CHECK(has_asn(9009) && has_asn(20448) && has_asn(UINT32_MAX) && !has_asn(1));
    refused("AS4294967296\n", "line 1: this is no AS number");
    refused("AS0\n", "line 1: this is no AS number");
}

static void test_exit_addresses(void)
{
    CHECK_INT(read_text("ExitNode 0011BD2485AD45D984EC4159C88FC066E5E3300E\n"
                        "Published 2019-02-17 23:51:28\nLastStatus 2019-02-18 01:18:34\n"
                        "ExitAddress 162.247.74.201 2019-02-18 01:22:36\n"), ERR_OK);
    CHECK_COUNTS(1, 0, 0);
    CHECK_INT(bits_of("162.247.74.201"), 32);
}

/* ---- CSV ---- */

static void test_csv(void)
{
    /* Apple, RFC 8805 */
    CHECK_INT(read_text("172.224.226.0/27,GB,GB-EN,London,\n172.224.226.32/31,GB,GB-EN,London,\n"
                        "2a02:26f7:c900:4000::/64,GB,GB-EN,\"Lon,don\",\n"), ERR_OK);
    CHECK_COUNTS(2, 1, 0);
    CHECK_INT(bits_of("172.224.226.33"), 31);
    CHECK_INT(bits_of("2a02:26f7:c900:4000::9"), 64);
    /* a header, and the address in the second column */
    CHECK_INT(read_text("fingerprint, ipaddr, port\n0008D9, 204.8.96.141, 444\n"
                        "0008D9, 2620:7:6003::141, 81\n"), ERR_OK);
    CHECK_COUNTS(1, 1, 0);
    CHECK_INT(bits_of("2620:7:6003::141"), 128);
    /* quoted */
    CHECK_INT(read_text("\"1.161.121.220\",\"5\",\"2026-01-01\"\n\"1.161.59.132\",\"5\",\"x\"\n"),
              ERR_OK);
    CHECK_COUNTS(2, 0, 0);
    /* AS numbers under a header */
    CHECK_INT(read_text("ASN,Entity\n198375,\"INULOGIC SARL, FR\"\n51447, \"RootLayer\"\n"), ERR_OK);
    CHECK_COUNTS(0, 0, 2);
    CHECK(has_asn(198375) && has_asn(51447));
    /* one line of addresses */
    CHECK_INT(read_text("1.1.1.1,1.1.1.2,1.1.1.3,2606:4700::1,\n"), ERR_OK);
    CHECK_COUNTS(3, 1, 0);
}

/* ---- JSON ---- */

static void test_json_shapes(void)
{
    CHECK_INT(read_text("{\"syncToken\":\"1\",\"prefixes\":[{\"ip_prefix\":\"3.4.12.4/32\","
                        "\"region\":\"eu-west-1\"},{\"ip_prefix\":\"3.5.140.0/22\"}],"
                        "\"ipv6_prefixes\":[{\"ipv6_prefix\":\"2600:1f01:4801::/47\"}]}"), ERR_OK);
    CHECK_COUNTS(2, 1, 0);
    CHECK_STR(str_of(report.format), STR("JSON: prefixes[]"));
    CHECK_INT(bits_of("3.5.143.255"), 22);
    CHECK_INT(read_text("{\n \"creationTime\": \"2026-04-23\",\n \"prefixes\": [\n"
                        "  {\"ipv4Prefix\": \"66.249.64.0/27\"},\n"
                        "  {\"ipv6Prefix\": \"2001:4860:4801:10::/64\"}\n ]\n}\n"), ERR_OK);
    CHECK_COUNTS(1, 1, 0);
    CHECK_INT(read_text("{\"values\":[{\"name\":\"a\",\"properties\":{\"addressPrefixes\":"
                        "[\"4.198.32.0/19\",\"2603:1010::/47\"]}}]}"), ERR_OK);
    CHECK_COUNTS(1, 1, 0);
    CHECK_INT(read_text("{\"regions\":[{\"region\":\"x\",\"cidrs\":[{\"cidr\":\"129.80.0.0/16\","
                        "\"tags\":[\"OCI\"]}]}]}"), ERR_OK);
    CHECK_COUNTS(1, 0, 0);
    CHECK_INT(read_text("{\"addresses\":[\"23.235.32.0/20\"],\"ipv6_addresses\":[\"2a04:4e40::/32\"]}"),
              ERR_OK);
    CHECK_COUNTS(1, 1, 0);
    CHECK_STR(str_of(report.format), STR("JSON: arrays of addresses"));
    CHECK_INT(read_text("{\"result\":{\"ipv4_cidrs\":[\"173.245.48.0/20\"],\"etag\":\"a\"}}"), ERR_OK);
    CHECK_COUNTS(1, 0, 0);
    CHECK_INT(read_text("[\"1.1.1.1\",\"1.0.0.0/24\"]"), ERR_OK);
    CHECK_COUNTS(2, 0, 0);
}

static void test_onionoo(void)
{
    CHECK_INT(read_text("{\"version\":\"8.0\",\"relays\":["
                        "{\"or_addresses\":[\"204.137.14.106:443\",\"[2620:7::1]:9001\"],"
                        "\"exit_addresses\":[\"204.137.14.107\"],\"flags\":[\"Exit\",\"Fast\"]},"
                        "{\"or_addresses\":[\"204.137.15.1:443\"],\"flags\":[\"Fast\"]}],"
                        "\"bridges\":[]}"), ERR_OK);
    CHECK_COUNTS(2, 1, 0);
    CHECK_INT(bits_of("204.137.14.106"), 32);
    CHECK_INT(bits_of("204.137.14.107"), 32);
    CHECK_INT(bits_of("204.137.15.1"), -1); /* no exit */
    CHECK_INT(bits_of("2620:7::1"), 128);
}

static void test_json_lines(void)
{
    CHECK_INT(read_text("{\"cidr\":\"1.10.16.0/20\",\"sblid\":\"SBL256894\",\"rir\":\"apnic\"}\n"
                        "{\"cidr\":\"1.19.0.0/16\"}\r\n{\"type\":\"metadata\",\"records\":2}\n"), ERR_OK);
    CHECK_COUNTS(2, 0, 0);
    CHECK_INT(read_text("{\"asn\":932,\"rir\":\"arin\"}\n{\"asn\":6060}\n"), ERR_OK);
    CHECK_COUNTS(0, 0, 2);
    CHECK_INT(read_text("{\"cidr\":\"1.10.16.0/20\"}\n"), ERR_OK); /* one line only */
    CHECK_COUNTS(1, 0, 0);
    refused("{\"cidr\":\"1.10.16.0/20\"}\n{\"cidr\":\"1.10.16.0\n", "line 2: this line of JSON");
}

/* ---- what publishers get wrong ---- */

static void test_invisible_characters(void)
{
    CHECK_INT(read_text("\xef\xbb\xbf" "1.1.1.1\r\n\xe2\x80\x8b" "1.1.1.2\xe2\x80\x8b\r\n\xc2\xa0" "1.1.1.3\n"),
              ERR_OK);
    CHECK_COUNTS(3, 0, 0);
    CHECK_INT(read_text("\xef\xbb\xbf{\"prefixes\":[{\"ipv4Prefix\":\"\xe2\x80\x8b"
                        "40.77.167.0/24\xe2\x80\x8b\"}]}"), ERR_OK);
    CHECK_COUNTS(1, 0, 0);
    CHECK_INT(bits_of("40.77.167.1"), 24);
}

static void test_host_bits(void)
{
    CHECK_INT(read_text("1.2.3.4/24\n2a00::1/32\n1.2.4.0/24\n"), ERR_OK);
    CHECK_COUNTS(2, 1, 0);
    CHECK_INT(report.host_bits, 2);
    CHECK_INT(bits_of("1.2.3.200"), 24);
    CHECK_INT(bits_of("2a00::ffff"), 32);
}

static void test_mapped_is_v4(void)
{
    CHECK_INT(read_text("::ffff:1.2.3.4\n::ffff:1.2.4.0/120\n"), ERR_OK);
    CHECK_COUNTS(2, 0, 0);
    CHECK_INT(bits_of("1.2.3.4"), 32);
    CHECK_INT(bits_of("1.2.4.77"), 24);
}

static void test_ignored(void)
{
    CHECK_INT(read_text("0.0.0.0/0\n::/0\n8.0.0.0/6\n2000::/3\nfe80::/10\nfc00::/7\n::1\n"
                        "ff02::1\n1.1.1.1\n192.0.2.1\n2001:db8::/32\n"), ERR_OK);
    CHECK_COUNTS(2, 1, 0); /* those for documentation count */
    CHECK_INT(report.too_wide, 4);
    CHECK_INT(report.reserved, 4);
    CHECK_INT(bits_of("9.9.9.9"), -1);
}

/* One line in ten may be strange. */
static void test_strange_lines(void)
{
    char text[400] = "";
    size_t n = 0;
    for (int i = 0; i < 19; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "1.1.1.%d\n", i);
    n += (size_t)snprintf(text + n, sizeof text - n, "1.1.1.0 - 1.1.1.9x\n1.2.3\n");
    CHECK_INT(read_text(text), ERR_OK);
    CHECK_INT(report.v4, 20);
    CHECK_INT(report.unreadable, 1);
    CHECK_INT(report.notes_count, 1);
    CHECK_INT(report.notes[0].line, 21);
    CHECK_STR(str_of(report.notes[0].text), STR("1.2.3"));
}

static void test_refusals(void)
{
    refused("", "holds no entry");
    refused("# nothing\n\n", "holds no entry");
    refused("<!DOCTYPE html>\n<title>404</title>\n", "line 1 begins with \"<\"");
    refused("1.1.1.1\nnot found\n", "line 2: this is no address, network or AS number: \"not\"");
    refused("10.0.0.0/8\n", "none of the 1 entries counts");
    refused("\x1f\x8b\x08 gzip", "gzip");
    refused("PK\x03\x04 zip", "zip");
    refused("1.1.1.1/33\n", "line 1: this is no address");
    refused("{\"prefixes\":[\n{\"ipv4Prefix\":\"1.1.1.1\"},\n{\"ipv4", "line 3: the JSON ends too early");
    refused("{\"prefixes\":[]}}", "a closing bracket too many");
    refused("{\"prefixes\":[x]}", "somewhere in lines 1 to 1");
    refused("{\"prefixes\":[]}", "none of the shapes");
    refused("{\"prefixes\":[\n{\"ip_prefix\":\"1.1.1.1/99\"}]}", "line 2: this is no address");
    refused("[\"1.1.1.1\",\"hello\"]", "none of the shapes");
    refused("a,b,c\nd,e,f\n", "line 2: this is no address");
    refused("a,b,c\nd,1.1.1.1\n1.1.1.2\n", "line 3: this line has too few columns");
    CHECK_INT(read_bytes((struct str){ "1.1.1.1\n1.1\0.1.1\n", 17 }), ERR_MALFORMED);
    CHECK_STR(str_of(report.problem), STR("line 2 holds a NUL byte: this is no text"));
}

static void test_files(void)
{
    struct iplist_builder b = { 0 };
    CHECK_INT(iplist_read_file("build/no/such/file", 0, &b, &report), ERR_IO);
    CHECK(str_has(str_of(report.problem), STR("cannot be opened: No such file")));
    CHECK_INT(iplist_read_file(".", 0, &b, &report), ERR_IO);
    CHECK_STR(str_of(report.problem), STR("this is no plain file"));
    char path[] = "/tmp/whorl-list-XXXXXX";
    int file = mkstemp(path);
    REQUIRE(file >= 0 && write(file, "1.1.1.1\n", 8) == 8);
    CHECK_INT(iplist_read_file(path, 0, &b, &report), ERR_OK);
    CHECK_INT(report.v4, 1);
    REQUIRE(ftruncate(file, (off_t)IPLIST_FILE_BYTES_MAX + 1) == 0);
    CHECK_INT(iplist_read_file(path, 0, &b, &report), ERR_MALFORMED);
    CHECK(str_has(str_of(report.problem), STR("bytes; a list may have")));
    close(file);
    unlink(path);
    iplist_builder_free(&b);
}

int main(void)
{
    RUN(test_plain);
    RUN(test_netset);
    RUN(test_ports);
    RUN(test_asn);
    RUN(test_exit_addresses);
    RUN(test_csv);
    RUN(test_json_shapes);
    RUN(test_onionoo);
    RUN(test_json_lines);
    RUN(test_invisible_characters);
    RUN(test_host_bits);
    RUN(test_mapped_is_v4);
    RUN(test_ignored);
    RUN(test_strange_lines);
    RUN(test_refusals);
    RUN(test_files);
    iplist_table_destroy(table);
    return test_end();
}
