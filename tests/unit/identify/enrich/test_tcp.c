#include "identify/enrich/tcp.h"

#include "net/tcp.h"
#include "tests/unit/test.h"

#include <netinet/in.h>
#include <unistd.h>

/* SYNs made by hand: the header in front, the option bytes of a stack behind. */
struct stack {
    const char *name;
    bool v6;
    uint8_t ttl;
    uint16_t window;
    struct { const char *p; size_t n; } options;
    enum tcp_os os;
    const char *text;
};

#define OPTIONS(literal) { literal, sizeof(literal) - 1 }
#define TIMESTAMPS "\x08\x0a\x01\x02\x03\x04\0\0\0\0"

static const struct stack stacks[] = {
    { "Linux 6", false, 53, 64240, OPTIONS("\x02\x04\x05\xb4\x04\x02" TIMESTAMPS "\x01\x03\x03\x07"),
      TCP_OS_LINUX, "4/64/64240/MSTNW/1460/7/d" },
    { "Android", true, 60, 65535, OPTIONS("\x02\x04\x05\xa0\x04\x02" TIMESTAMPS "\x01\x03\x03\x09"),
      TCP_OS_LINUX, "6/64/65535/MSTNW/1440/9/" },
    { "Linux, no timestamps", false, 64, 64240,
      OPTIONS("\x02\x04\x05\xb4\x01\x01\x04\x02\x01\x03\x03\x07"), TCP_OS_LINUX,
      "4/64/64240/MNNSNW/1460/7/d" },
    { "Linux, fast open", false, 64, 64240,
      OPTIONS("\x02\x04\x05\xb4\x04\x02" TIMESTAMPS "\x01\x03\x03\x07\x22\x02\x01\x01"), TCP_OS_LINUX,
      "4/64/64240/MSTNWFNN/1460/7/d" },
    { "Windows 10", false, 117, 64240, OPTIONS("\x02\x04\x05\xb4\x01\x03\x03\x08\x01\x01\x04\x02"),
      TCP_OS_WINDOWS, "4/128/64240/MNWNNS/1460/8/d" },
    { "Windows 11, IPv6", true, 128, 65535,
      OPTIONS("\x02\x04\x05\xa0\x01\x03\x03\x08\x01\x01\x04\x02"), TCP_OS_WINDOWS,
      "6/128/65535/MNWNNS/1440/8/" },
    { "macOS", false, 57, 65535,
      OPTIONS("\x02\x04\x05\xb4\x01\x03\x03\x06\x01\x01" TIMESTAMPS "\x04\x02\0\0"), TCP_OS_APPLE,
      "4/64/65535/MNWNNTSE/1460/6/d" },
    { "iPhone, IPv6", true, 50, 65535,
      OPTIONS("\x02\x04\x05\xa0\x01\x03\x03\x06\x01\x01" TIMESTAMPS "\x04\x02\0\0"), TCP_OS_APPLE,
      "6/64/65535/MNWNNTSE/1440/6/" },
    { "FreeBSD", false, 64, 65535,
      OPTIONS("\x02\x04\x05\xb4\x01\x03\x03\x06\x04\x02" TIMESTAMPS), TCP_OS_UNKNOWN,
      "4/64/65535/MNWST/1460/6/d" },
    { "Linux's options from a Windows TTL", false, 120, 64240,
      OPTIONS("\x02\x04\x05\xb4\x04\x02" TIMESTAMPS "\x01\x03\x03\x07"), TCP_OS_UNKNOWN,
      "4/128/64240/MSTNW/1460/7/d" },
    { "a scanner without options", false, 240, 1024, OPTIONS(""), TCP_OS_UNKNOWN, "4/255/1024//0/-/d" },
    { "an option nobody knows", false, 30, 1, OPTIONS("\xfe\x04\x01\x02"), TCP_OS_UNKNOWN, "4/32/1/X/0/-/d" },
};

static size_t make_syn(uint8_t out[SYN_BYTES_MAX], const struct stack *stack, size_t extension_bytes)
{
    size_t ip = stack->v6 ? 40 + extension_bytes : 20, tcp_bytes = 20 + stack->options.n;
    uint8_t *tcp = out + ip;
    memset(out, 0, SYN_BYTES_MAX);
    out[0] = stack->v6 ? 0x60 : 0x45;
    if (stack->v6) {
        out[6] = extension_bytes ? 60 : 6, out[7] = stack->ttl;
        if (extension_bytes) out[40] = 6, out[41] = (uint8_t)(extension_bytes / 8 - 1);
    } else {
        out[3] = (uint8_t)(ip + tcp_bytes), out[6] = 0x40, out[8] = stack->ttl, out[9] = 6;
    }
    tcp[12] = (uint8_t)(tcp_bytes / 4 << 4), tcp[13] = 0x02;
    tcp[14] = (uint8_t)(stack->window >> 8), tcp[15] = (uint8_t)stack->window;
    memcpy(tcp + 20, stack->options.p, stack->options.n);
    return ip + tcp_bytes;
}

static struct str text_of(const struct tcp_syn *syn)
{
    static char text[TCP_SYN_TEXT_BYTES];
    return (struct str){ text, tcp_syn_print(text, syn) };
}

static void test_stacks(void)
{
    for (size_t i = 0; i < COUNT_OF(stacks); i++) {
        uint8_t bytes[SYN_BYTES_MAX];
        struct tcp_syn syn;
        size_t n = make_syn(bytes, &stacks[i], 0);
        if (!tcp_syn_parse(&syn, (struct str){ (char *)bytes, n }) || tcp_syn_os(&syn) != stacks[i].os) {
            printf("# %s\n", stacks[i].name);
            test_failed_checks++;
        }
        CHECK_STR(text_of(&syn), str_of(stacks[i].text));
        CHECK_INT(syn.ttl, stacks[i].ttl);
        for (size_t cut = 0; cut < n; cut++) /* a SYN that was cut short is none */
            CHECK(!tcp_syn_parse(&syn, (struct str){ (char *)bytes, cut }));
    }
}

static void test_flags(void)
{
    uint8_t bytes[SYN_BYTES_MAX];
    struct tcp_syn syn;
    size_t n = make_syn(bytes, &stacks[0], 0);
    bytes[20 + 13] = 0x02 | 0x40 | 0x80;
    CHECK(tcp_syn_parse(&syn, (struct str){ (char *)bytes, n }) && syn.ecn && syn.dont_fragment);
    CHECK_STR(text_of(&syn), STR("4/64/64240/MSTNW/1460/7/de"));
    CHECK(tcp_syn_os(&syn) == TCP_OS_LINUX && syn.sack && syn.timestamps && syn.scale == 7);
    bytes[20 + 13] = 0x12; /* SYN and ACK: a server's */
    CHECK(!tcp_syn_parse(&syn, (struct str){ (char *)bytes, n }));
    bytes[20 + 13] = 0x02, bytes[9] = 17; /* UDP */
    CHECK(!tcp_syn_parse(&syn, (struct str){ (char *)bytes, n }));
}

static void test_ipv6_extensions(void)
{
    uint8_t bytes[SYN_BYTES_MAX];
    struct tcp_syn syn;
    size_t n = make_syn(bytes, &stacks[1], 16);
    CHECK(tcp_syn_parse(&syn, (struct str){ (char *)bytes, n }));
    CHECK_STR(text_of(&syn), STR("6/64/65535/MSTNW/1440/9/"));
    bytes[41] = 20; /* longer than the packet */
    CHECK(!tcp_syn_parse(&syn, (struct str){ (char *)bytes, n }));
    bytes[41] = 1, bytes[6] = 44; /* a fragment */
    CHECK(!tcp_syn_parse(&syn, (struct str){ (char *)bytes, n }));
}

static void test_broken_options(void)
{
    static const struct { const char *p; size_t n; } bad[] = {
        { "\x02\x01\x05\xb4", 4 }, { "\x02\0\x05\xb4", 4 }, { "\x02\x08\x05\xb4", 4 }, { "\x01\x01\x01\x02", 4 },
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        uint8_t bytes[SYN_BYTES_MAX];
        struct tcp_syn syn;
        struct stack stack = stacks[0];
        stack.options.p = bad[i].p, stack.options.n = bad[i].n;
        size_t n = make_syn(bytes, &stack, 0);
        CHECK(!tcp_syn_parse(&syn, (struct str){ (char *)bytes, n }));
    }
}

/* This machine's own stack, through the kernel: a listener, a client, and what accept tells. */
static void check_loopback(int family)
{
    struct sockaddr_storage address = { .ss_family = (sa_family_t)family };
    socklen_t bytes = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    if (family == AF_INET) ((struct sockaddr_in *)&address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else ((struct sockaddr_in6 *)&address)->sin6_addr = in6addr_loopback;
    int listener = socket(family, SOCK_STREAM, 0), client = socket(family, SOCK_STREAM, 0);
    REQUIRE(tcp_save_syns(listener));
    if (bind(listener, (struct sockaddr *)&address, bytes) != 0) { /* no IPv6 here */
        close(listener), close(client);
        printf("# family %d cannot be bound here\n", family);
        return;
    }
    REQUIRE(listen(listener, 1) == 0 && getsockname(listener, (struct sockaddr *)&address, &bytes) == 0);
    REQUIRE(connect(client, (struct sockaddr *)&address, bytes) == 0);
    int accepted = accept(listener, NULL, NULL);
    struct connection connection = { .syn_bytes = 0 };
    struct tcp_syn syn;
    tcp_read(&connection, accepted);
    REQUIRE(connection.syn_bytes > 0);
    REQUIRE(tcp_syn_parse(&syn, (struct str){ (char *)connection.syn, connection.syn_bytes }));
    printf("# %.*s, round trip %u us\n", STR_ARG(text_of(&syn)), connection.rtt_us);
    CHECK(tcp_syn_os(&syn) == TCP_OS_LINUX && syn.v6 == (family == AF_INET6));
    CHECK_STR(str_of(tcp_os_name(tcp_syn_os(&syn))), STR("linux"));
    CHECK(connection.rtt_us > 0 && connection.rtt_us < 1000000);
    close(accepted), close(client), close(listener);
}

static void test_loopback(void)
{
    check_loopback(AF_INET);
    check_loopback(AF_INET6);
}

int main(void)
{
    RUN(test_stacks);
    RUN(test_flags);
    RUN(test_ipv6_extensions);
    RUN(test_broken_options);
    RUN(test_loopback);
    return test_end();
}
