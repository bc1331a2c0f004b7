#include "net/proxy.h"

#include "net/listen.h"
#include "tests/unit/test.h"

#include <stdlib.h>

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define BYTES(literal) ((struct str){ literal, sizeof(literal) - 1 })

static struct str source_of(const struct proxy_header *h)
{
    static char text[ADDRESS_BYTES];
    listen_print(text, &h->source);
    return str_of(text);
}

/* Every beginning of a good header is a beginning, and what follows it is not looked at. */
static struct proxy_header parse_good(struct str header)
{
    struct proxy_header h;
    char *bytes = malloc(header.n + 8);
    if (!bytes) abort();
    memcpy(bytes, header.p, header.n);
    memcpy(bytes + header.n, "GET / HT", 8);
    for (size_t n = 0; n < header.n; n++) CHECK_INT(proxy_parse(&h, (struct str){ bytes, n }), ERR_PENDING);
    CHECK_INT(proxy_parse(&h, (struct str){ bytes, header.n + 8 }), ERR_OK);
    CHECK_INT(h.bytes, header.n);
    free(bytes);
    CHECK_INT(proxy_parse(&h, header), ERR_OK);
    return h;
}

static void test_version_1(void)
{
    struct proxy_header h = parse_good(STR("PROXY TCP4 192.0.2.7 203.0.113.1 56324 443\r\n"));
    CHECK(h.has_source && !h.tls);
    CHECK_STR(source_of(&h), STR("192.0.2.7:56324"));
    h = parse_good(STR("PROXY TCP6 2001:db8::7 ::1 0 65535\r\n"));
    CHECK_STR(source_of(&h), STR("[2001:db8::7]:0"));
    h = parse_good(STR("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
                             "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"));
    CHECK(h.has_source);
    CHECK(!parse_good(STR("PROXY UNKNOWN\r\n")).has_source);
    CHECK(!parse_good(STR("PROXY UNKNOWN ::1 ::1 1 1\r\n")).has_source);
}

static void test_version_1_faults(void)
{
    static const char *const bad[] = {
        "GET / HTTP/1.1\r\n", "proxy TCP4 1.2.3.4 1.2.3.4 1 1\r\n", "PROXY\r\n", "PROXY \r\n", "PROXYTCP4",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1 1\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1 1 1\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 1 \r\n",
        "PROXY TCP4  1.2.3.4 1.2.3.4 1 1\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 01 1\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 65536 1\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 -1 1\r\n",
        "PROXY TCP4 1.2.3.256 1.2.3.4 1 1\r\n", "PROXY TCP4 ::1 1.2.3.4 1 1\r\n",
        "PROXY TCP6 1.2.3.4 1.2.3.4 1 1\r\n", "PROXY TCP5 1.2.3.4 1.2.3.4 1 1\r\n",
        "PROXY TCP4 1.2.3.4 x 1 1\r\n", "PROXY UNKNOWNX\r\n", "PROXY \n",
    };
    struct proxy_header h;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (proxy_parse(&h, str_of(bad[i])) != ERR_MALFORMED) {
            printf("# %s\n", bad[i]);
            test_failed_checks++;
        }
    char endless[200];
    memset(endless, 'x', sizeof endless);
    memcpy(endless, "PROXY UNKNOWN ", 14);
    CHECK_INT(proxy_parse(&h, (struct str){ endless, 106 }), ERR_PENDING);
    CHECK_INT(proxy_parse(&h, (struct str){ endless, 107 }), ERR_MALFORMED);
}

static void test_version_2(void)
{
    struct proxy_header h = parse_good(BYTES(SIGNATURE "\x21\x11\0\x0c\xc0\0\x02\x07\x7f\0\0\x01\xdc\x04\x01\xbb"));
    CHECK(h.has_source);
    CHECK_STR(source_of(&h), STR("192.0.2.7:56324"));
    h = parse_good(BYTES(SIGNATURE "\x21\x21\0\x24\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07"
                                   "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\xdc\x04\x01\xbb"));
    CHECK_STR(source_of(&h), STR("[2001:db8::7]:56324"));
}

static void test_version_2_without_a_source(void)
{
    /* LOCAL, with and without addresses; UNSPEC with bytes; UDP; a Unix socket */
    CHECK(!parse_good(BYTES(SIGNATURE "\x20\0\0\0")).has_source);
    CHECK(!parse_good(BYTES(SIGNATURE "\x20\x11\0\x0c\xc0\0\x02\x07\x7f\0\0\x01\xdc\x04\x01\xbb")).has_source);
    CHECK(!parse_good(BYTES(SIGNATURE "\x20\xff\0\x03zzz")).has_source);
    CHECK(!parse_good(BYTES(SIGNATURE "\x21\0\0\x03zzz")).has_source);
    CHECK(!parse_good(BYTES(SIGNATURE "\x21\x12\0\x0c\xc0\0\x02\x07\x7f\0\0\x01\xdc\x04\x01\xbb")).has_source);
    char unix_socket[16 + 216] = { 0 };
    memcpy(unix_socket, SIGNATURE "\x21\x31\0\xd8", 16);
    CHECK(!parse_good((struct str){ unix_socket, sizeof unix_socket }).has_source);
}

/* An IPv4 header with these TLVs. */
static enum err parse_tlvs(struct proxy_header *h, struct str tlvs)
{
    static char bytes[512];
    memcpy(bytes, SIGNATURE "\x21\x11\0\0\xc0\0\x02\x07\x7f\0\0\x01\xdc\x04\x01\xbb", 28);
    memcpy(bytes + 28, tlvs.p, tlvs.n);
    bytes[14] = (char)((12 + tlvs.n) >> 8), bytes[15] = (char)(12 + tlvs.n);
    return proxy_parse(h, (struct str){ bytes, 28 + tlvs.n });
}

static void test_tlvs(void)
{
    struct proxy_header h;
    CHECK_INT(parse_tlvs(&h, BYTES("\x01\0\x02h2\x02\0\x09" "a.example\x04\0\x03xyz\xe0\0\0")), ERR_OK);
    CHECK_STR(h.alpn, STR("h2"));
    CHECK_STR(h.authority, STR("a.example"));
    CHECK(!h.tls);
    CHECK_INT(parse_tlvs(&h, BYTES("\x20\0\x0f\x01\0\0\0\0\x21\0\x07TLSv1.3")), ERR_OK);
    CHECK(h.tls);
    CHECK_INT(parse_tlvs(&h, BYTES("\x20\0\x05\0\0\0\0\0")), ERR_OK);
    CHECK(!h.tls);
    static const struct { const char *p; size_t n; } bad[] = {
        { "\x01", 1 }, { "\x01\0", 2 }, { "\x01\0\x03h2", 5 }, { "\x20\0\x04\x01\0\0\0", 7 },
        { "\x03\0\x04\0\0\0\0", 7 }, { "\x03\0\x03\0\0\0", 6 },
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        CHECK_INT(parse_tlvs(&h, (struct str){ bad[i].p, bad[i].n }), ERR_MALFORMED);
}

/* The checksum over the header that test_tlvs builds; computed elsewhere, with code that gives CRC-32C's
 * published check value for "123456789". */
static void test_checksum(void)
{
    struct proxy_header h;
    CHECK_INT(parse_tlvs(&h, BYTES("\x03\0\x04\105\201\174\067")), ERR_OK);
}

static void test_version_2_faults(void)
{
    static const struct { const char *p; size_t n; } bad[] = {
        { "\r\n\r\n\0\r\nQUIX", 12 }, { "\r\n\r\r", 4 }, { "\x16\x03\x01", 3 },
        { SIGNATURE "\x11\x11\0\x0c", 16 },  /* version 1 */
        { SIGNATURE "\x22\x11\0\x0c", 16 },  /* a command that there is not */
        { SIGNATURE "\x21\x11\x10\0", 16 },  /* longer than PROXY_BYTES_MAX */
        { SIGNATURE "\x21\x41\0\0", 16 },    /* a family that there is not */
        { SIGNATURE "\x21\x13\0\0", 16 },
        { SIGNATURE "\x21\x11\0\x0b" "12345678901", 27 }, /* too short for its family */
        { SIGNATURE "\x21\x21\0\x0c" "123456789012", 28 },
    };
    struct proxy_header h;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        CHECK_INT(proxy_parse(&h, (struct str){ bad[i].p, bad[i].n }), ERR_MALFORMED);
}

int main(void)
{
    RUN(test_version_1);
    RUN(test_version_1_faults);
    RUN(test_version_2);
    RUN(test_version_2_without_a_source);
    RUN(test_tlvs);
    RUN(test_checksum);
    RUN(test_version_2_faults);
    return test_end();
}
