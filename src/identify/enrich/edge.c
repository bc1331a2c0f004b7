/* edge - see edge.h. */
#include "identify/enrich/edge.h"

static bool is_hex(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (hex_digit(text.p[i]) < 0 || (text.p[i] >= 'A' && text.p[i] <= 'F')) return false;
    return true;
}

static bool is_ja3(struct str text)
{
    return text.n == 32 && is_hex(text);
}

/* One of "tqd", two digits or letters of the version, "d" or "i", two counts, two characters of the
 * ALPN value, two hashes of 12 digits. */
static bool is_ja4(struct str text)
{
    if (text.n != 36 || text.p[10] != '_' || text.p[23] != '_') return false;
    if (!strchr("tqd", text.p[0]) || !strchr("di", text.p[3])) return false;
    for (size_t i = 4; i < 8; i++)
        if (text.p[i] < '0' || text.p[i] > '9') return false;
    for (size_t i = 1; i < 10; i++)
        if (text.p[i] <= ' ' || text.p[i] > '~') return false;
    return is_hex(str_sub(text, 11, 23)) && is_hex(str_sub(text, 24, 36));
}

static bool is_http2(struct str text)
{
    if (text.n == 0 || text.n > EDGE_HTTP2_BYTES_MAX) return false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
        if (!plain && (c == 0 || !strchr(":;,|", c))) return false;
    }
    return true;
}

static const struct kind {
    const char *names[3];
    bool (*fits)(struct str text);
} ja3 = { { "X-JA3-Fingerprint", "Cf-Ja3-Hash", "CloudFront-Viewer-JA3-Fingerprint" }, is_ja3 },
  ja4 = { { "X-JA4-Fingerprint", "Cf-Ja4", "CloudFront-Viewer-JA4-Fingerprint" }, is_ja4 },
  http2 = { { "X-HTTP2-Fingerprint", NULL, NULL }, is_http2 };

static bool named(const struct kind *kind, struct str name)
{
    for (size_t i = 0; i < COUNT_OF(kind->names) && kind->names[i]; i++)
        if (str_eq_nocase(name, str_of(kind->names[i]))) return true;
    return false;
}

static struct str read_one(const struct kind *kind, const struct request *req)
{
    struct str found = { NULL, 0 };
    for (size_t i = 0; i < req->headers_count; i++) {
        struct str value = req->headers[i].value;
        if (!named(kind, req->headers[i].name)) continue;
        if (!kind->fits(value) || (found.p && !str_eq(found, value)))
            return (struct str){ NULL, 0 };
        found = value;
    }
    return found;
}

void edge_read(struct edge_facts *out, const struct request *req)
{
    *out = (struct edge_facts){ .ja3 = read_one(&ja3, req), .ja4 = read_one(&ja4, req),
                                .http2 = read_one(&http2, req) };
}
