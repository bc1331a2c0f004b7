/* Requests that must be read, requests that must be refused, and both cut at every byte. */
#include "base/limits.h"
#include "net/http1.h"
#include "tests/unit/test.h"

static struct header headers[HEADERS_MAX];

static enum err parse(struct http1_head *head, struct str bytes)
{
    size_t scanned = 0;
    head->headers = headers;
    return http1_parse_head(head, bytes, &scanned);
}

/* Byte by byte, as the slowest client would send it: the same result as in one piece. */
static enum err parse_in_pieces(struct http1_head *head, struct str bytes)
{
    size_t scanned = 0;
    head->headers = headers;
    for (size_t n = 0; n <= bytes.n; n++) {
        char *copy = malloc(n + 1); /* so that a sanitizer sees reads beyond n */
        memcpy(copy, bytes.p, n);
        enum err e = http1_parse_head(head, (struct str){ copy, n }, &scanned);
        free(copy);
        if (e != ERR_PENDING) return e;
    }
    return ERR_PENDING;
}

static void expect(const char *name, struct str bytes, enum err want)
{
    struct http1_head whole, pieces;
    enum err got = parse(&whole, bytes), got_pieces = parse_in_pieces(&pieces, bytes);
    if (got != want || got_pieces != want) {
        printf("# %s: %s, in pieces %s, not %s (%s)\n", name, err_name(got), err_name(got_pieces),
               err_name(want), whole.problem ? whole.problem : "no problem");
        test_failed_checks++;
    }
    if (want > ERR_PENDING) CHECK(whole.problem != NULL && pieces.problem != NULL);
}

struct example {
    const char *text;
    enum err want;
};

static void expect_all(const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect(examples[i].text, str_of(examples[i].text), examples[i].want);
}

static void test_ordinary_head(void)
{
    struct http1_head head;
    struct str bytes = STR("POST /v1/identify?x=1&y=%20 HTTP/1.1\r\nHost: a.example:8080\r\n"
                           "X-Empty:\r\nx-BLANKS: \t two words \t\r\nContent-Length: 12\r\n"
                           "X-Utf8: gr\xc3\xbc\xc3\x9f\r\n\r\nbody");
    CHECK_INT(parse(&head, bytes), ERR_OK);
    CHECK_STR(head.method, STR("POST"));
    CHECK_STR(head.target, STR("/v1/identify?x=1&y=%20"));
    CHECK_STR(head.path, STR("/v1/identify"));
    CHECK_STR(head.query, STR("x=1&y=%20"));
    CHECK_INT(head.version, HTTP_1_1);
    CHECK_INT(head.headers_count, 5);
    CHECK_STR(head.headers[0].name, STR("Host"));
    CHECK_STR(head.headers[0].value, STR("a.example:8080"));
    CHECK_STR(head.headers[1].value, STR(""));
    CHECK_STR(head.headers[2].name, STR("x-BLANKS"));
    CHECK_STR(head.headers[2].value, STR("two words"));
    CHECK_STR(head.headers[4].value, STR("gr\xc3\xbc\xc3\x9f"));
    CHECK_INT(head.body, HTTP1_BODY_LENGTH);
    CHECK_INT(head.body_bytes, 12);
    CHECK(head.keep_alive && !head.expect_continue);
    CHECK_INT(head.bytes, bytes.n - 4);
}

static void test_targets(void)
{
    static const struct { const char *target, *path, *query; } good[] = {
        { "/", "/", "" },
        { "/a/b%2Fc?q?r", "/a/b%2Fc", "q?r" },
        { "//two", "//two", "" },
        { "/?", "/", "" },
        { "/a|b{c}^d`e\"f<g>h\\", "/a|b{c}^d`e\"f<g>h\\", "" },
        { "http://h/p?q", "/p", "q" },
        { "HTTPS://h", "/", "" },
        { "http://H?q=1", "/", "q=1" },
    };
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        char text[256];
        struct http1_head head;
        snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", good[i].target);
        expect(text, str_of(text), ERR_OK);
        CHECK_INT(parse(&head, str_of(text)), ERR_OK);
        CHECK_STR(head.target, str_of(good[i].target));
        CHECK_STR(head.path, str_of(good[i].path));
        CHECK_STR(head.query, str_of(good[i].query));
    }
    static const struct example others[] = {
        { "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", ERR_OK },
        { "GET * HTTP/1.1\r\nHost: h\r\n\r\n", ERR_BAD_REQUEST },
        { "GET path HTTP/1.1\r\nHost: h\r\n\r\n", ERR_BAD_REQUEST },
        { "GET  HTTP/1.1\r\nHost: h\r\n\r\n", ERR_BAD_REQUEST },
        { "GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n", ERR_BAD_REQUEST },
        { "GET http:///p HTTP/1.1\r\nHost: h\r\n\r\n", ERR_BAD_REQUEST },
        { "GET http://other/ HTTP/1.1\r\nHost: h\r\n\r\n", ERR_BAD_REQUEST },
        { "GET http://u@h/ HTTP/1.1\r\nHost: h\r\n\r\n", ERR_BAD_REQUEST },
        { "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n", ERR_BAD_REQUEST },
        { "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", ERR_BAD_REQUEST },
        { "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", ERR_BAD_REQUEST },
        { "GET /a\tb HTTP/1.1\r\nHost: h\r\n\r\n", ERR_BAD_REQUEST },
        { "GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n", ERR_BAD_REQUEST },
        { "GET /\x7f HTTP/1.1\r\nHost: h\r\n\r\n", ERR_BAD_REQUEST },
        { "GET /gr\xc3\xbc\xc3\x9f HTTP/1.1\r\nHost: h\r\n\r\n", ERR_BAD_REQUEST },
    };
    expect_all(others, COUNT_OF(others));
}

static void test_request_lines(void)
{
    static const struct example examples[] = {
        { "GET / HTTP/1.1\r\nHost: h\r\n\r\n", ERR_OK },
        { "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", ERR_OK },
        { "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", ERR_BAD_REQUEST },
        { "M-SEARCH / HTTP/1.1\r\nHost: h\r\n\r\n", ERR_OK },
        { "get / HTTP/1.0\r\n\r\n", ERR_OK },
        { "GET / HTTP/1.1\n\n", ERR_BAD_REQUEST },
        { "GET / HTTP/1.1\nHost: h\n\n", ERR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost: h\n\r\n", ERR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\r\nHost: h\r\n\r\n", ERR_BAD_REQUEST },
        { "GET /\r\n\r\n", ERR_BAD_REQUEST },
        { "GET\r\n\r\n", ERR_BAD_REQUEST },
        { "GET / \r\n\r\n", ERR_BAD_REQUEST },
        { " GET / HTTP/1.1\r\nHost: h\r\n\r\n", ERR_BAD_REQUEST },
        { "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", ERR_BAD_REQUEST },
        { "GET /  HTTP/1.1\r\nHost: h\r\n\r\n", ERR_BAD_REQUEST },
        { "GET / HTTP/1.1 \r\nHost: h\r\n\r\n", ERR_BAD_REQUEST },
        { "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n", ERR_BAD_REQUEST },
        { "G(T / HTTP/1.1\r\nHost: h\r\n\r\n", ERR_BAD_REQUEST },
        { "G\xc3\xa9T / HTTP/1.1\r\nHost: h\r\n\r\n", ERR_BAD_REQUEST },
        { "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHI / HTTP/1.1\r\nHost: h\r\n\r\n", ERR_BAD_REQUEST },
        { "GET / HTTP/1.2\r\nHost: h\r\n\r\n", ERR_VERSION_UNSUPPORTED },
        { "GET / HTTP/0.9\r\nHost: h\r\n\r\n", ERR_VERSION_UNSUPPORTED },
        { "GET / HTTP/2.0\r\nHost: h\r\n\r\n", ERR_VERSION_UNSUPPORTED },
        { "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ERR_VERSION_UNSUPPORTED },
        { "GET / http/1.1\r\nHost: h\r\n\r\n", ERR_BAD_REQUEST },
        { "GET / HTTP/1,1\r\nHost: h\r\n\r\n", ERR_BAD_REQUEST },
        { "GET / HTTP/11\r\nHost: h\r\n\r\n", ERR_BAD_REQUEST },
        { "GET / HTTP/1.10\r\nHost: h\r\n\r\n", ERR_BAD_REQUEST },
        { "\x16\x03\x01\x02", ERR_BAD_REQUEST },
        { "{}", ERR_BAD_REQUEST },
        { "", ERR_PENDING },
        { "GET / HTTP/1.1\r\nHost: h\r\n", ERR_PENDING },
        { "GET / HTTP/1.1\r\nHost: h\r\n\r", ERR_PENDING },
    };
    expect_all(examples, COUNT_OF(examples));
    expect("NUL", STR("GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n"), ERR_BAD_REQUEST);
}

static void test_header_lines(void)
{
    static const struct example examples[] = {
        { "GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\n b\r\n\r\n", ERR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\n\tb\r\n\r\n", ERR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\n Host: h\r\n\r\n", ERR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost : h\r\n\r\n", ERR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost: h\r\nA\t: 1\r\n\r\n", ERR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost: h\r\n: 1\r\n\r\n", ERR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost: h\r\nA\r\n\r\n", ERR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost: h\r\nA[]: 1\r\n\r\n", ERR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost: h\r\nA\xc3\xa9: 1\r\n\r\n", ERR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost: h\r\nA: 1\r2\r\n\r\n", ERR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\r\n\r\n", ERR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost: h\r\nA: 123456789\x1f" "bcdefgh\r\n\r\n", ERR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost: h\r\nA: 12345678\x7f\r\n\r\n", ERR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost: h\r\nA: \x0b\r\n\r\n", ERR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost: h\r\nA: 1\t2345678\t\t\xff\xfe\xff\xfe\xff\xfe\xff\r\n\r\n", ERR_OK },
        { "GET / HTTP/1.1\r\nHost: h\r\nA:: 1\r\n\r\n", ERR_OK },
        { "GET / HTTP/1.1\r\nHost: h\r\n!#$%&'*+-.^_`|~09azAZ: 1\r\n\r\n", ERR_OK },
    };
    expect_all(examples, COUNT_OF(examples));
    expect("NUL in a value", STR("GET / HTTP/1.1\r\nHost: h\r\nA: 1\0\r\n\r\n"), ERR_BAD_REQUEST);
    expect("NUL in a name", STR("GET / HTTP/1.1\r\nHost: h\r\nA\0: 1\r\n\r\n"), ERR_BAD_REQUEST);
}

/* Every byte, in a name, a value and a target, against the grammar written down a second time. */
static void test_every_byte(void)
{
    for (int c = 0; c < 256; c++) {
        char text[128];
        struct http1_head head;
        bool letter = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool token = letter || (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
        bool value = c >= 0x80 || c == '\t' || (c >= 0x20 && c < 0x7f);
        bool target = c > 0x20 && c < 0x7f && c != '#';
        int n = snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: h\r\nab%cd: x\r\n\r\n", c);
        bool ok = parse(&head, (struct str){ text, (size_t)n }) == ERR_OK;
        CHECK(ok == (token || c == ':'));
        n = snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: h\r\na: x%cy\r\n\r\n", c);
        ok = parse(&head, (struct str){ text, (size_t)n }) == ERR_OK;
        CHECK(ok == value);
        n = snprintf(text, sizeof text, "GET /a%cb HTTP/1.1\r\nHost: h\r\n\r\n", c);
        ok = parse(&head, (struct str){ text, (size_t)n }) == ERR_OK;
        CHECK(ok == target);
    }
}

static void test_host(void)
{
    static const struct example examples[] = {
        { "GET / HTTP/1.1\r\n\r\n", ERR_BAD_REQUEST },
        { "GET / HTTP/1.0\r\n\r\n", ERR_OK },
        { "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", ERR_BAD_REQUEST },
        { "GET / HTTP/1.0\r\nHost: a\r\nhOST: b\r\n\r\n", ERR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost:\r\n\r\n", ERR_OK },
        { "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", ERR_OK },
        { "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", ERR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", ERR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", ERR_BAD_REQUEST },
        { "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", ERR_BAD_REQUEST },
    };
    expect_all(examples, COUNT_OF(examples));
}

#define POST "POST / HTTP/1.1\r\nHost: h\r\n"
static void test_framing(void)
{
    static const struct example examples[] = {
        { POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", ERR_BAD_REQUEST },
        { POST "Content-Length: 5\r\ncontent-length: 6\r\n\r\n", ERR_BAD_REQUEST },
        { POST "Content-Length: 5, 5\r\n\r\n", ERR_BAD_REQUEST },
        { POST "Content-Length: 5,5\r\n\r\n", ERR_BAD_REQUEST },
        { POST "Content-Length: +5\r\n\r\n", ERR_BAD_REQUEST },
        { POST "Content-Length: -5\r\n\r\n", ERR_BAD_REQUEST },
        { POST "Content-Length: 0x5\r\n\r\n", ERR_BAD_REQUEST },
        { POST "Content-Length: 5 5\r\n\r\n", ERR_BAD_REQUEST },
        { POST "Content-Length: 5.0\r\n\r\n", ERR_BAD_REQUEST },
        { POST "Content-Length:\r\n\r\n", ERR_BAD_REQUEST },
        { POST "Content-Length: a\r\n\r\n", ERR_BAD_REQUEST },
        { POST "Content-Length : 5\r\n\r\n", ERR_BAD_REQUEST },
        { POST "Content-Length: 262144\r\n\r\n", ERR_OK },
        { POST "Content-Length: 262145\r\n\r\n", ERR_BODY_TOO_LARGE },
        { POST "Content-Length: 18446744073709551616\r\n\r\n", ERR_BODY_TOO_LARGE },
        { POST "Content-Length: 99999999999999999999999999\r\n\r\n", ERR_BODY_TOO_LARGE },
        { POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", ERR_BAD_REQUEST },
        { POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", ERR_BAD_REQUEST },
        { POST "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n\r\n", ERR_BAD_REQUEST },
        { POST "Transfer-Encoding: chunked\r\n\r\n", ERR_OK },
        { POST "Transfer-Encoding: CHUNKED\r\n\r\n", ERR_OK },
        { POST "Transfer-Encoding:\tchunked \r\n\r\n", ERR_OK },
        { POST "Transfer-Encoding: \x0b" "chunked\r\n\r\n", ERR_BAD_REQUEST },
        { POST "Transfer-Encoding : chunked\r\n\r\n", ERR_BAD_REQUEST },
        { POST "Transfer-Encoding\r\n : chunked\r\n\r\n", ERR_BAD_REQUEST },
        { POST "Transfer-Encoding:\r\n chunked\r\n\r\n", ERR_BAD_REQUEST },
        { POST "Transfer-Encoding: xchunked\r\n\r\n", ERR_CODING_UNSUPPORTED },
        { POST "Transfer-Encoding: \"chunked\"\r\n\r\n", ERR_CODING_UNSUPPORTED },
        { POST "Transfer-Encoding: chunked;a=b\r\n\r\n", ERR_CODING_UNSUPPORTED },
        { POST "Transfer-Encoding: identity\r\n\r\n", ERR_CODING_UNSUPPORTED },
        { POST "Transfer-Encoding: gzip, chunked\r\n\r\n", ERR_CODING_UNSUPPORTED },
        { POST "Transfer-Encoding: chunked, gzip\r\n\r\n", ERR_CODING_UNSUPPORTED },
        { POST "Transfer-Encoding: chunked, chunked\r\n\r\n", ERR_BAD_REQUEST },
        { POST "Transfer-Encoding: chunked,\r\n\r\n", ERR_BAD_REQUEST },
        { POST "Transfer-Encoding:\r\n\r\n", ERR_BAD_REQUEST },
        { POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", ERR_BAD_REQUEST },
        { POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n", ERR_BAD_REQUEST },
        { "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", ERR_BAD_REQUEST },
        { POST "Expect: 100-continue\r\n\r\n", ERR_OK },
        { POST "Expect: 100-Continue\r\n\r\n", ERR_OK },
        { POST "Expect: 200-ok\r\n\r\n", ERR_EXPECTATION },
        { "POST / HTTP/1.0\r\nExpect: 200-ok\r\n\r\n", ERR_OK },
    };
    expect_all(examples, COUNT_OF(examples));
    struct http1_head head;
    CHECK_INT(parse(&head, STR(POST "Content-Length: 0\r\n\r\n")), ERR_OK);
    CHECK_INT(head.body, HTTP1_BODY_NONE);
    CHECK_INT(parse(&head, STR(POST "Content-Length: 0005\r\n\r\n")), ERR_OK);
    CHECK_INT(head.body_bytes, 5);
    CHECK_INT(parse(&head, STR(POST "Transfer-Encoding: chunked\r\n\r\n")), ERR_OK);
    CHECK_INT(head.body, HTTP1_BODY_CHUNKED);
    CHECK_INT(parse(&head, STR(POST "Expect: 100-continue\r\n\r\n")), ERR_OK);
    CHECK(head.expect_continue);
    CHECK_INT(parse(&head, STR("POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n")), ERR_OK);
    CHECK(!head.expect_continue);
}

static void test_keep_alive(void)
{
    static const struct { const char *text; bool want; } examples[] = {
        { "GET / HTTP/1.1\r\nHost: h\r\n\r\n", true },
        { "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", false },
        { "GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade, CLOSE\r\n\r\n", false },
        { "GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n", false },
        { "GET / HTTP/1.1\r\nHost: h\r\nConnection: closed\r\n\r\n", true },
        { "GET / HTTP/1.0\r\n\r\n", false },
        { "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true },
        { "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false },
    };
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        struct http1_head head;
        CHECK_INT(parse(&head, str_of(examples[i].text)), ERR_OK);
        CHECK(head.keep_alive == examples[i].want);
    }
}

/* A request with a target of target_bytes, and padding headers up to head_bytes. */
static struct str make(char *out, size_t target_bytes, size_t head_bytes, size_t lines)
{
    char *at = out;
    at += sprintf(at, "GET /");
    memset(at, 'a', target_bytes - 1);
    at += target_bytes - 1;
    at += sprintf(at, " HTTP/1.1\r\nHost: h\r\n");
    for (size_t i = 1; i < lines; i++) at += sprintf(at, "A: 1\r\n");
    size_t left = head_bytes - (size_t)(at - out) - 2;
    if (head_bytes > 0 && left >= 6) {
        at += sprintf(at, "B: ");
        memset(at, 'b', left - 5);
        at += left - 5;
        at += sprintf(at, "\r\n");
    }
    at += sprintf(at, "\r\n");
    return (struct str){ out, (size_t)(at - out) };
}

static void test_limits(void)
{
    static char text[64 * 1024];
    struct str at_limit = make(text, TARGET_BYTES_MAX, 0, 1);
    struct http1_head head;
    CHECK_INT(parse(&head, at_limit), ERR_OK);
    CHECK_INT(head.target.n, TARGET_BYTES_MAX);
    expect("target at the limit", at_limit, ERR_OK);
    expect("target beyond", make(text, TARGET_BYTES_MAX + 1, 0, 1), ERR_TARGET_TOO_LONG);
    expect("endless target", make(text, 40000, 0, 1), ERR_TARGET_TOO_LONG);
    expect("head at the limit", make(text, 1, HEAD_BYTES_MAX, 1), ERR_OK);
    CHECK_INT(make(text, 1, HEAD_BYTES_MAX, 1).n, HEAD_BYTES_MAX);
    expect("head beyond", make(text, 1, HEAD_BYTES_MAX + 1, 1), ERR_HEAD_TOO_LARGE);
    expect("endless head", make(text, 1, 50000, 1), ERR_HEAD_TOO_LARGE);
    expect("headers at the limit", make(text, 1, 0, HEADERS_MAX), ERR_OK);
    expect("headers beyond", make(text, 1, 0, HEADERS_MAX + 1), ERR_HEAD_TOO_LARGE);
}

/* A refusal speaks the dialect of the path and allows the origin, so what was read stays readable. */
static void test_known_after_failure(void)
{
    struct http1_head head;
    CHECK_INT(parse(&head, STR("POST /v1/x HTTP/1.1\r\nHost: h\r\nOrigin: o\r\n"
                               "Content-Length: 9999999\r\n\r\n")),
              ERR_BODY_TOO_LARGE);
    CHECK_STR(head.method, STR("POST"));
    CHECK_STR(head.path, STR("/v1/x"));
    CHECK_INT(head.headers_count, 3);
    CHECK_STR(head.headers[1].value, STR("o"));
}

/* ---- chunks ---- */

/* Feeds `text` in pieces of `piece` bytes; the data goes to out. */
static enum err unchunk(struct str text, size_t piece, char *out, size_t *out_bytes, size_t *used)
{
    struct http1_chunks chunks = { 0 };
    *out_bytes = *used = 0;
    for (size_t at = 0; at < text.n; at += piece) {
        size_t n = text.n - at < piece ? text.n - at : piece, data, taken;
        char *copy = malloc(n);
        memcpy(copy, text.p + at, n);
        enum err e = http1_parse_chunks(&chunks, copy, n, &data, &taken);
        memcpy(out + *out_bytes, copy, data);
        free(copy);
        *out_bytes += data;
        *used += taken;
        if (e != ERR_PENDING) return e;
        CHECK_INT(taken, n);
    }
    return ERR_PENDING;
}

static void test_chunks(void)
{
    static const struct { const char *text; enum err want; const char *data; } examples[] = {
        { "0\r\n\r\n", ERR_OK, "" },
        { "5\r\nhello\r\n0\r\n\r\n", ERR_OK, "hello" },
        { "5\r\nhello\r\n00006\r\n world\r\n000\r\n\r\n", ERR_OK, "hello world" },
        { "a;name=value;x=\"y\"\r\n0123456789\r\n0;z\r\n\r\n", ERR_OK, "0123456789" },
        { "A\r\n\r\n\r\n\r\n\r\n\r\n\r\n0\r\n\r\n", ERR_OK, "\r\n\r\n\r\n\r\n\r\n" },
        { "1\r\nx\r\n0\r\nTrailer: 1\r\nOther:\r\n\r\n", ERR_OK, "x" },
        { "5\r\nhello\r\n", ERR_PENDING, "hello" },
        { "0\r\n", ERR_PENDING, "" },
        { "\r\n", ERR_BAD_REQUEST, NULL },
        { "g\r\n", ERR_BAD_REQUEST, NULL },
        { "-1\r\n", ERR_BAD_REQUEST, NULL },
        { "+1\r\n", ERR_BAD_REQUEST, NULL },
        { "0x1\r\n", ERR_BAD_REQUEST, NULL },
        { " 1\r\n", ERR_BAD_REQUEST, NULL },
        { "1 \r\nx\r\n", ERR_BAD_REQUEST, NULL },
        { "1 ;a\r\nx\r\n", ERR_BAD_REQUEST, NULL },
        { ";a\r\n", ERR_BAD_REQUEST, NULL },
        { "1\nx\r\n", ERR_BAD_REQUEST, NULL },
        { "1\r\nx\n", ERR_BAD_REQUEST, NULL },
        { "1\r\nxy\r\n", ERR_BAD_REQUEST, NULL },
        { "1\rx\r\n", ERR_BAD_REQUEST, NULL },
        { "1;a\nb\r\nx\r\n", ERR_BAD_REQUEST, NULL },
        { "1;a\x01\r\nx\r\n", ERR_BAD_REQUEST, NULL },
        { "0\r\n\n", ERR_BAD_REQUEST, NULL },
        { "0\r\n: a\r\n\r\n", ERR_BAD_REQUEST, NULL },
        { "0\r\na b: a\r\n\r\n", ERR_BAD_REQUEST, NULL },
        { "0\r\n folded\r\n\r\n", ERR_BAD_REQUEST, NULL },
        { "0\r\na: b\n\r\n", ERR_BAD_REQUEST, NULL },
        { "0\r\na\r\n\r\n", ERR_BAD_REQUEST, NULL },
        { "40000\r\n", ERR_PENDING, "" },
        { "40001\r\n", ERR_BODY_TOO_LARGE, NULL },
        { "ffffffffffffffff\r\n", ERR_BODY_TOO_LARGE, NULL },
        { "10000000000000005\r\nhello\r\n0\r\n\r\n", ERR_BODY_TOO_LARGE, NULL },
        { "1\r\nx\r\n40000\r\n", ERR_BODY_TOO_LARGE, NULL },
    };
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        struct str text = str_of(examples[i].text);
        for (size_t piece = 1; piece <= text.n; piece++) {
            char out[256];
            size_t n, used;
            enum err e = unchunk(text, piece, out, &n, &used);
            if (e != examples[i].want) printf("# %s (by %zu)\n", text.p, piece);
            CHECK_INT(e, examples[i].want);
            if (examples[i].data) CHECK_STR(((struct str){ out, n }), str_of(examples[i].data));
            if (e == ERR_OK) CHECK_INT(used, text.n);
        }
    }
}

static void test_chunks_leave_what_follows(void)
{
    char text[] = "3\r\nabc\r\n0\r\n\r\nGET / HTTP/1.1\r\n";
    struct http1_chunks chunks = { 0 };
    size_t data, used;
    CHECK_INT(http1_parse_chunks(&chunks, text, sizeof text - 1, &data, &used), ERR_OK);
    CHECK_INT(data, 3);
    CHECK_STR(str_of(text + used), STR("GET / HTTP/1.1\r\n"));
}

static void test_chunk_limits(void)
{
    static char text[128 * 1024], out[16 * 1024];
    size_t n, used;
    memset(text, '0', sizeof text);
    CHECK_INT(unchunk((struct str){ text, CHUNK_LINE_BYTES_MAX }, 99, out, &n, &used), ERR_PENDING);
    CHECK_INT(unchunk((struct str){ text, CHUNK_LINE_BYTES_MAX + 1 }, 99, out, &n, &used),
              ERR_BAD_REQUEST);
    /* extensions: each line within its limit, all together beyond */
    size_t at = 0;
    for (int i = 0; i < 200; i++) at += (size_t)sprintf(text + at, "1;%0200d\r\nx\r\n", i);
    CHECK_INT(unchunk((struct str){ text, at }, 999, out, &n, &used), ERR_BAD_REQUEST);
    CHECK(n > 50 && n < 150);
    /* trailers */
    at = (size_t)sprintf(text, "0\r\n");
    for (int i = 0; i < 500; i++) at += (size_t)sprintf(text + at, "a: %050d\r\n", i);
    CHECK_INT(unchunk((struct str){ text, at }, 999, out, &n, &used), ERR_HEAD_TOO_LARGE);
}

int main(void)
{
    RUN(test_ordinary_head);
    RUN(test_targets);
    RUN(test_request_lines);
    RUN(test_header_lines);
    RUN(test_every_byte);
    RUN(test_host);
    RUN(test_framing);
    RUN(test_keep_alive);
    RUN(test_limits);
    RUN(test_known_after_failure);
    RUN(test_chunks);
    RUN(test_chunks_leave_what_follows);
    RUN(test_chunk_limits);
    return test_end();
}
