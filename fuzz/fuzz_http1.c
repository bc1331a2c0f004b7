/* Any bytes as the head of a request: the parser stays inside them, keeps its promises about what it
 * accepts, and comes to the same result whether they arrive at once or one by one. */
#include "base/limits.h"
#include "net/http1.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool inside(struct str s, struct str bytes)
{
    return s.n == 0 || (s.p >= bytes.p && s.p + s.n <= bytes.p + bytes.n);
}

static bool has_line_end(struct str s)
{
    return str_find_char(s, '\r', 0) != SIZE_MAX || str_find_char(s, '\n', 0) != SIZE_MAX ||
           str_find_char(s, '\0', 0) != SIZE_MAX;
}

static void check_accepted(const struct http1_head *head, struct str bytes)
{
    struct str whole = str_sub(bytes, 0, head->bytes);
    assert(head->bytes <= bytes.n && head->bytes <= HEAD_BYTES_MAX);
    assert(str_ends(whole, STR("\r\n\r\n")));
    assert(head->headers_count <= HEADERS_MAX);
    assert(head->method.n > 0 && inside(head->method, whole));
    assert(head->target.n > 0 && head->target.n <= TARGET_BYTES_MAX && inside(head->target, whole));
    assert(head->path.n > 0 && inside(head->query, whole));
    assert(head->path.p[0] == '/' || str_eq(head->path, STR("*")));
    unsigned hosts = 0, lengths = 0, codings = 0;
    for (size_t i = 0; i < head->headers_count; i++) {
        const struct header *header = &head->headers[i];
        assert(header->name.n > 0 && inside(header->name, whole) && inside(header->value, whole));
        assert(!has_line_end(header->name) && !has_line_end(header->value));
        assert(str_eq(header->value, str_trim(header->value)));
        hosts += str_eq_nocase(header->name, STR("Host"));
        lengths += str_eq_nocase(header->name, STR("Content-Length"));
        codings += str_eq_nocase(header->name, STR("Transfer-Encoding"));
    }
    assert(hosts <= 1 && lengths + codings <= 1);
    assert(hosts == 1 || head->version == HTTP_1_0);
    assert((head->body == HTTP1_BODY_CHUNKED) == (codings == 1));
    assert(head->body_bytes <= BODY_BYTES_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct header headers[HEADERS_MAX];
    struct http1_head whole = { .headers = headers }, piece = { .headers = headers };
    size_t scanned = 0;
    char *copy = malloc(n + 1);
    memcpy(copy, data, n);
    struct str bytes = { copy, n };
    enum err want = http1_parse_head(&whole, bytes, &scanned), got = ERR_PENDING;
    if (want == ERR_OK) check_accepted(&whole, bytes);
    else assert(want == ERR_PENDING || whole.problem);

    /* one by one; in larger steps when there is much, so that a run stays fast */
    size_t step = 1 + n / 512;
    scanned = 0;
    for (size_t at = 0; got == ERR_PENDING && at < n;) {
        at = n - at < step ? n : at + step;
        got = http1_parse_head(&piece, str_sub(bytes, 0, at), &scanned);
    }
    assert(n == 0 || got == want);
    if (want == ERR_OK) assert(piece.bytes == whole.bytes);
    free(copy);
    return 0;
}
