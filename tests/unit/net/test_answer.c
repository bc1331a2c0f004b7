#include "net/answer.h"
#include "tests/unit/test.h"

static struct str date = { "Fri, 20 Nov 2026 17:58:08 GMT", 29 };

static void expect(const struct response *response, enum answer_connection connection,
                   const char *want)
{
    size_t bytes_max = answer_bytes_max(response);
    char *out = malloc(bytes_max); /* exactly, so that a sanitizer sees an overflow */
    size_t n = answer_write(out, response, date, connection);
    CHECK(n <= bytes_max);
    CHECK_STR(((struct str){ out, n }), str_of(want));
    free(out);
}

static void test_heads(void)
{
    struct header headers[] = { { STR("A"), STR("1") }, { STR("B"), STR("") } };
    struct response response = { .status = 200, .headers = headers, .headers_count = 2,
                                 .body = STR("12345") };
    expect(&response, ANSWER_SILENT,
           "HTTP/1.1 200 OK\r\nDate: Fri, 20 Nov 2026 17:58:08 GMT\r\nA: 1\r\nB: \r\n"
           "Content-Length: 5\r\n\r\n");
    expect(&(struct response){ .status = 429 }, ANSWER_CLOSE,
           "HTTP/1.1 429 Too Many Requests\r\nDate: Fri, 20 Nov 2026 17:58:08 GMT\r\n"
           "Content-Length: 0\r\nConnection: close\r\n\r\n");
    expect(&(struct response){ .status = 304 }, ANSWER_KEEP_ALIVE,
           "HTTP/1.1 304 Not Modified\r\nDate: Fri, 20 Nov 2026 17:58:08 GMT\r\n"
           "Connection: keep-alive\r\n\r\n");
    expect(&(struct response){ .status = 599 }, ANSWER_SILENT,
           "HTTP/1.1 599 Unknown\r\nDate: Fri, 20 Nov 2026 17:58:08 GMT\r\n"
           "Content-Length: 0\r\n\r\n");
}

/* No status makes the fixed lines longer than answer_bytes_max thinks. */
static void test_every_status_fits(void)
{
    for (int status = 200; status <= 599; status++) {
        struct response response = { .status = status, .body = { NULL, 0 } };
        size_t bytes_max = answer_bytes_max(&response);
        char *out = malloc(bytes_max);
        size_t n = answer_write(out, &response, date, ANSWER_KEEP_ALIVE);
        CHECK(n + 20 <= bytes_max); /* room for the longest Content-Length */
        CHECK(strlen(answer_reason(status)) > 0);
        free(out);
    }
}

int main(void)
{
    RUN(test_heads);
    RUN(test_every_status_fits);
    return test_end();
}
