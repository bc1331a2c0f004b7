/* http1 - see http1.h.
 *
 * A head is read in two passes. The first only looks for its end, line by line, and is resumed when
 * more bytes come, so a head that arrives byte by byte is not read again and again. The second
 * takes the complete head apart. Which error a faulty head gets does not depend on how it was cut
 * into packets: the limits look at the same bytes in both cases.
 *
 * Chunked framing is read byte by byte between the data, and in one move for the data.
 *
 * Rules are cited as "9112 5.1" (RFC 9112, section 5.1) or "9110 ..." beside the code.
 */
#include "net/http1.h"

#include "base/limits.h"

enum {
    METHOD_BYTES_MAX = 32,    /* the longest registered method has 17 letters; longer: 400 */
    VERSION_BYTES = 8,        /* "HTTP/1.1" */
    /* All chunk extensions of one body. Nobody sends any; without a bound, a small body could hide
     * in hundreds of times its size. Beyond: 400. */
    CHUNK_EXTENSIONS_BYTES_MAX = 16 * 1024,
};

/* ---- characters ---- */

#define BIT(c) ((uint64_t)1 << ((c) & 63))
#define DIGITS 0x03ff000000000000u             /* in the first half of ASCII */
#define LETTERS 0x07fffffe07fffffeu            /* in the second half */

struct charset {
    uint64_t low, high; /* characters 0 to 63, 64 to 127 */
};

/* 9110 5.6.2: what names and methods are made of. */
static const struct charset token_chars = {
    DIGITS | BIT('!') | BIT('#') | BIT('$') | BIT('%') | BIT('&') | BIT('\'') | BIT('*') |
        BIT('+') | BIT('-') | BIT('.'),
    LETTERS | BIT('^') | BIT('_') | BIT('`') | BIT('|') | BIT('~'),
};

/* RFC 3986 3.2.2 and 3.2.3: host and port, without checking how they are put together. */
static const struct charset host_chars = {
    DIGITS | BIT('!') | BIT('$') | BIT('%') | BIT('&') | BIT('\'') | BIT('(') | BIT(')') |
        BIT('*') | BIT('+') | BIT(',') | BIT('-') | BIT('.') | BIT(':') | BIT(';') | BIT('='),
    LETTERS | BIT('[') | BIT(']') | BIT('_') | BIT('~'),
};

static bool in_set(const struct charset *set, char character)
{
    unsigned char c = (unsigned char)character;
    return c < 128 && ((c < 64 ? set->low : set->high) >> (c & 63) & 1) != 0;
}

static bool all_in_set(const struct charset *set, struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!in_set(set, s.p[i])) return false;
    return true;
}

static bool is_control(char character)
{
    unsigned char c = (unsigned char)character;
    return (c < 0x20 && c != '\t') || c == 0x7f;
}

/* 9110 5.5: values hold visible characters, blanks and bytes from 0x80. Eight bytes at a time: most
 * of a head is values. */
static bool has_control(struct str s)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    size_t i = 0;
    for (; i + 8 <= s.n; i += 8) {
        uint64_t w;
        memcpy(&w, s.p + i, 8);
        uint64_t below = (w - ones * 0x20) & ~w & tops, delete = w ^ (ones * 0x7f);
        if ((below | ((delete - ones) & ~delete & tops)) == 0) continue;
        for (size_t k = i; k < i + 8; k++)
            if (is_control(s.p[k])) return true;
    }
    for (; i < s.n; i++)
        if (is_control(s.p[i])) return true;
    return false;
}

/* A target is visible ASCII. RFC 3986 allows less (browsers do send '|' or '{' as they are), but a
 * fragment never goes on the wire. */
bool http1_target_chars_ok(struct str target)
{
    for (size_t i = 0; i < target.n; i++) {
        unsigned char c = (unsigned char)target.p[i];
        if (c <= 0x20 || c >= 0x7f || c == '#') return false;
    }
    return true;
}

static enum err fail(struct http1_head *out, enum err e, const char *problem)
{
    out->problem = problem;
    return e;
}

/* ---- first pass: where does the head end? ---- */

/* 9112 2.2: one empty line before the request line is skipped; some clients send it after a
 * body. */
static size_t line_start(struct str bytes)
{
    return bytes.n >= 2 && bytes.p[0] == '\r' && bytes.p[1] == '\n' ? 2 : 0;
}

/* The limits of the request line, as far as it is there. `line` may still lack its end. */
static enum err check_request_line(struct http1_head *out, struct str line)
{
    size_t space = str_find_char(line, ' ', 0);
    size_t method = space == SIZE_MAX ? line.n : space;
    if (method > METHOD_BYTES_MAX) return fail(out, ERR_BAD_REQUEST, "the method is too long");
    if (line.n > method + 1 + TARGET_BYTES_MAX + 1 + VERSION_BYTES)
        return fail(out, ERR_TARGET_TOO_LONG, "the request target is too long");
    return ERR_OK;
}

/* The same for the first line of a head that may stop anywhere. */
static enum err check_first_line(struct http1_head *out, struct str bytes)
{
    size_t start = line_start(bytes);
    struct str line = str_sub(bytes, start, str_find_char(bytes, '\n', start));
    if (line.n > 0 && line.p[line.n - 1] == '\r') line.n--;
    return check_request_line(out, line);
}

static enum err find_end(struct http1_head *out, struct str bytes, size_t *scanned)
{
    struct str window = str_sub(bytes, 0, HEAD_BYTES_MAX);
    if (window.n > 0 && window.p[0] != '\r' && !in_set(&token_chars, window.p[0]))
        return fail(out, ERR_BAD_REQUEST,
                    window.p[0] == 0x16 ? "this port speaks plain HTTP, not TLS"
                                        : "the request does not start with a method");
    for (size_t at = *scanned;;) {
        size_t lf = str_find_char(window, '\n', at);
        if (lf == SIZE_MAX) {
            enum err e = check_first_line(out, window);
            if (e) return e;
            if (window.n >= HEAD_BYTES_MAX)
                return fail(out, ERR_HEAD_TOO_LARGE, "request line and headers are too large");
            *scanned = window.n;
            return ERR_PENDING;
        }
        if (lf == 0 || window.p[lf - 1] != '\r') {
            enum err e = check_first_line(out, str_sub(window, 0, lf));
            return e ? e : fail(out, ERR_BAD_REQUEST, "a line ends in LF without CR");
        }
        at = lf + 1;
        if (lf < 2 || window.p[lf - 2] != '\n') continue;
        if (lf == 3) return fail(out, ERR_BAD_REQUEST, "empty lines before the request");
        out->bytes = lf + 1;
        return ERR_OK;
    }
}

/* ---- second pass: the request line ---- */

static enum err parse_version(struct http1_head *out, struct str version)
{
    bool digits = version.n == VERSION_BYTES && str_starts(version, STR("HTTP/")) &&
                  version.p[5] >= '0' && version.p[5] <= '9' && version.p[6] == '.' &&
                  version.p[7] >= '0' && version.p[7] <= '9';
    if (!digits) return fail(out, ERR_BAD_REQUEST, "the request line has no HTTP version");
    if (version.p[5] != '1' || version.p[7] > '1')
        return fail(out, ERR_VERSION_UNSUPPORTED, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    out->version = version.p[7] == '1' ? HTTP_1_1 : HTTP_1_0;
    return ERR_OK;
}

/* 9112 3.2: origin-form, absolute-form, or "*" for OPTIONS. CONNECT's authority-form is refused:
 * this is no proxy. *authority stays empty but for the absolute-form. */
static enum err parse_target(struct http1_head *out, struct str target, struct str *authority)
{
    if (target.n > TARGET_BYTES_MAX)
        return fail(out, ERR_TARGET_TOO_LONG, "the request target is too long");
    if (target.n == 0 || !http1_target_chars_ok(target))
        return fail(out, ERR_BAD_REQUEST, "the request target holds a forbidden character");

    struct str rest = target;
    if (target.p[0] != '/') {
        if (str_eq(target, STR("*")) && str_eq(out->method, STR("OPTIONS"))) {
            out->target = out->path = target;
            return ERR_OK;
        }
        size_t scheme = str_eq_nocase(str_sub(target, 0, 7), STR("http://"))    ? 7
                        : str_eq_nocase(str_sub(target, 0, 8), STR("https://")) ? 8
                                                                                : 0;
        size_t end = scheme;
        while (end < target.n && target.p[end] != '/' && target.p[end] != '?') end++;
        *authority = str_sub(target, scheme, end);
        if (scheme == 0 || authority->n == 0)
            return fail(out, ERR_BAD_REQUEST, "the request target is neither a path nor a URL");
        rest = str_sub(target, end, target.n);
    }
    size_t mark = str_find_char(rest, '?', 0);
    out->target = target;
    out->path = str_sub(rest, 0, mark);
    if (out->path.n == 0) out->path = STR("/");
    if (mark != SIZE_MAX) out->query = str_sub(rest, mark + 1, rest.n);
    return ERR_OK;
}

static enum err parse_request_line(struct http1_head *out, struct str line, struct str *authority)
{
    enum err e = check_request_line(out, line);
    if (e) return e;
    size_t space = str_find_char(line, ' ', 0);
    if (space == SIZE_MAX) space = line.n;
    struct str method = str_sub(line, 0, space), rest = str_sub(line, space + 1, line.n);
    if (method.n == 0 || !all_in_set(&token_chars, method))
        return fail(out, ERR_BAD_REQUEST, "the method is not a token");

    space = str_find_char(rest, ' ', 0);
    if (space == SIZE_MAX)
        return fail(out, ERR_BAD_REQUEST, "the request line has no HTTP version");
    e = parse_version(out, str_sub(rest, space + 1, rest.n));
    if (e) return e;
    out->method = method;
    return parse_target(out, str_sub(rest, 0, space), authority);
}

/* ---- second pass: the header lines ---- */

/* What the framing headers said, collected over all lines. */
struct framing {
    unsigned hosts, lengths, codings;
    struct str host, length, coding, expect;
    bool close, keep_alive;
};

static void note_connection(struct framing *framing, struct str value)
{
    struct str option;
    while (str_split(&value, ',', &option)) {
        option = str_trim(option);
        if (str_eq_nocase(option, STR("close"))) framing->close = true;
        if (str_eq_nocase(option, STR("keep-alive"))) framing->keep_alive = true;
    }
}

/* The length of the name tells most headers apart without a comparison. */
static void note_header(struct framing *framing, const struct header *header)
{
    struct str name = header->name;
    switch (name.n) {
    case 4:
        if (!str_eq_nocase(name, STR("Host"))) break;
        framing->hosts++;
        framing->host = header->value;
        break;
    case 6:
        if (str_eq_nocase(name, STR("Expect"))) framing->expect = header->value;
        break;
    case 10:
        if (str_eq_nocase(name, STR("Connection"))) note_connection(framing, header->value);
        break;
    case 14:
        if (!str_eq_nocase(name, STR("Content-Length"))) break;
        framing->lengths++;
        framing->length = header->value;
        break;
    case 17:
        if (!str_eq_nocase(name, STR("Transfer-Encoding"))) break;
        framing->codings++;
        framing->coding = header->value;
        break;
    default: break;
    }
}

static enum err parse_header(struct http1_head *out, struct str line, struct framing *framing)
{
    if (line.p[0] == ' ' || line.p[0] == '\t') /* 9112 5.2 */
        return fail(out, ERR_BAD_REQUEST, "a header line is folded");
    size_t colon = str_find_char(line, ':', 0);
    if (colon == SIZE_MAX) return fail(out, ERR_BAD_REQUEST, "a header line has no colon");
    struct header header = { str_sub(line, 0, colon), str_trim(str_sub(line, colon + 1, line.n)) };
    if (header.name.n == 0 || !all_in_set(&token_chars, header.name)) /* 9112 5.1: no blank there */
        return fail(out, ERR_BAD_REQUEST, "a header name holds a forbidden character");
    if (has_control(header.value))
        return fail(out, ERR_BAD_REQUEST, "a header value holds a control character");
    if (out->headers_count == HEADERS_MAX)
        return fail(out, ERR_HEAD_TOO_LARGE, "too many header lines");
    out->headers[out->headers_count++] = header;
    note_header(framing, &header);
    return ERR_OK;
}

/* ---- what the headers mean together ---- */

static enum err check_host(struct http1_head *out, const struct framing *framing,
                           struct str authority)
{
    if (framing->hosts > 1) return fail(out, ERR_BAD_REQUEST, "more than one Host header");
    if (framing->hosts == 0 && out->version == HTTP_1_1)
        return fail(out, ERR_BAD_REQUEST, "the Host header is missing");
    if (!all_in_set(&host_chars, framing->host))
        return fail(out, ERR_BAD_REQUEST, "the Host header is not a host");
    /* 9112 3.2.2 lets the target win; a reader that looks at Host sees another site. */
    if (authority.n > 0 && framing->hosts > 0 && !str_eq_nocase(authority, framing->host))
        return fail(out, ERR_BAD_REQUEST, "request target and Host header name different hosts");
    return ERR_OK;
}

static enum err check_coding(struct http1_head *out, const struct framing *framing)
{
    if (framing->lengths > 0) /* 9112 6.1: an attempt at smuggling, or broken */
        return fail(out, ERR_BAD_REQUEST, "both Content-Length and Transfer-Encoding");
    if (out->version == HTTP_1_0)
        return fail(out, ERR_BAD_REQUEST, "Transfer-Encoding in an HTTP/1.0 request");
    if (framing->codings > 1)
        return fail(out, ERR_BAD_REQUEST, "more than one Transfer-Encoding header");
    struct str codings = framing->coding, coding;
    bool known = true;
    unsigned count = 0;
    while (str_split(&codings, ',', &coding)) {
        coding = str_trim(coding);
        if (coding.n == 0) return fail(out, ERR_BAD_REQUEST, "an empty transfer coding");
        known = known && str_eq_nocase(coding, STR("chunked"));
        count++;
    }
    if (count == 0) return fail(out, ERR_BAD_REQUEST, "an empty transfer coding");
    if (!known) return fail(out, ERR_CODING_UNSUPPORTED, "the only transfer coding is chunked");
    if (count > 1) return fail(out, ERR_BAD_REQUEST, "chunked more than once");
    out->body = HTTP1_BODY_CHUNKED;
    return ERR_OK;
}

static enum err check_length(struct http1_head *out, const struct framing *framing)
{
    if (framing->lengths > 1)
        return fail(out, ERR_BAD_REQUEST, "more than one Content-Length header");
    for (size_t i = 0; i < framing->length.n; i++)
        if (framing->length.p[i] < '0' || framing->length.p[i] > '9')
            return fail(out, ERR_BAD_REQUEST, "Content-Length is not a number");
    if (framing->length.n == 0)
        return fail(out, ERR_BAD_REQUEST, "Content-Length is not a number");
    if (!str_to_u64(framing->length, &out->body_bytes) || out->body_bytes > BODY_BYTES_MAX)
        return fail(out, ERR_BODY_TOO_LARGE, "the request body is too large");
    out->body = out->body_bytes > 0 ? HTTP1_BODY_LENGTH : HTTP1_BODY_NONE;
    return ERR_OK;
}

static enum err check_framing(struct http1_head *out, const struct framing *framing,
                              struct str authority)
{
    enum err e = check_host(out, framing, authority);
    if (!e && framing->codings > 0) e = check_coding(out, framing);
    else if (!e && framing->lengths > 0) e = check_length(out, framing);
    if (e) return e;
    out->keep_alive = !framing->close && (out->version == HTTP_1_1 || framing->keep_alive);
    if (framing->expect.n > 0 && out->version == HTTP_1_1) { /* 9110 10.1.1: ignored in 1.0 */
        if (!str_eq_nocase(framing->expect, STR("100-continue")))
            return fail(out, ERR_EXPECTATION, "only 100-continue can be expected");
        out->expect_continue = true;
    }
    return ERR_OK;
}

/* Method and target of a request line that may be cut off or too long; the target is cut then. */
static enum err read_line_part(struct http1_head *out, struct str line)
{
    struct str authority = { 0 };
    size_t space = str_find_char(line, ' ', 0);
    struct str method = str_sub(line, 0, space);
    if (space == SIZE_MAX || method.n == 0 || method.n > METHOD_BYTES_MAX ||
        !all_in_set(&token_chars, method))
        return ERR_BAD_REQUEST;
    struct str rest = str_trim(str_sub(line, space + 1, line.n));
    out->method = method;
    rest = str_sub(rest, 0, str_find_char(rest, ' ', 0));
    return parse_target(out, str_sub(rest, 0, TARGET_BYTES_MAX), &authority);
}

void http1_parse_part(struct http1_head *out, struct str bytes)
{
    const char *problem = out->problem;
    struct framing framing = { 0 };
    size_t at = line_start(bytes), lf = str_find_char(bytes, '\n', at);
    enum err e = read_line_part(out, str_sub(bytes, at, lf));
    while (!e && lf != SIZE_MAX) {
        at = lf + 1;
        lf = str_find_char(bytes, '\n', at);
        if (lf == SIZE_MAX || lf < at + 2 || bytes.p[lf - 1] != '\r') break;
        e = parse_header(out, str_sub(bytes, at, lf - 1), &framing);
    }
    out->problem = problem;
}

enum err http1_parse_head(struct http1_head *out, struct str bytes, size_t *scanned)
{
    *out = (struct http1_head){ .headers = out->headers };
    enum err e = find_end(out, bytes, scanned);
    if (e == ERR_PENDING) return e;
    if (e) {
        http1_parse_part(out, str_sub(bytes, 0, HEAD_BYTES_MAX));
        return e;
    }

    /* Every line up to out->bytes ends in CR LF, and an empty one is the last. */
    struct framing framing = { 0 };
    struct str authority = { 0 };
    size_t at = line_start(bytes), lf = str_find_char(bytes, '\n', at);
    e = parse_request_line(out, str_sub(bytes, at, lf - 1), &authority);
    for (at = lf + 1; !e && at < out->bytes - 2; at = lf + 1) {
        lf = str_find_char(bytes, '\n', at);
        e = parse_header(out, str_sub(bytes, at, lf - 1), &framing);
    }
    return e ? e : check_framing(out, &framing, authority);
}

/* ---- chunked bodies ---- */

/* 9112 7.1. The names say what the next byte belongs to. */
enum chunk_state {
    CHUNK_SIZE_FIRST, /* at least one digit */
    CHUNK_SIZE,
    CHUNK_EXTENSION, /* after ';': read and dropped */
    CHUNK_SIZE_LF,
    CHUNK_DATA,
    CHUNK_DATA_CR,
    CHUNK_DATA_LF,
    TRAILER_FIRST,
    TRAILER_NAME,
    TRAILER_VALUE,
    TRAILER_LF,
    LAST_LF,
    CHUNKS_DONE,
};

static enum err chunk_fail(struct http1_chunks *chunks, enum err e, const char *problem)
{
    chunks->problem = problem;
    return e;
}

static enum err chunk_size_byte(struct http1_chunks *chunks, char c)
{
    int digit = hex_digit(c);
    if (++chunks->line_bytes > CHUNK_LINE_BYTES_MAX)
        return chunk_fail(chunks, ERR_BAD_REQUEST, "a chunk-size line is too long");
    if (digit >= 0) {
        chunks->left = chunks->left * 16 + (uint64_t)digit;
        chunks->state = CHUNK_SIZE;
        /* left stays small, so it cannot overflow */
        if (chunks->total + chunks->left > BODY_BYTES_MAX)
            return chunk_fail(chunks, ERR_BODY_TOO_LARGE, "the request body is too large");
        return ERR_OK;
    }
    if (chunks->state == CHUNK_SIZE_FIRST)
        return chunk_fail(chunks, ERR_BAD_REQUEST, "a chunk has no size");
    /* 9112 7.1.1 permits blanks before ';', for readers that guess; we refuse them */
    if (c == ';') chunks->state = CHUNK_EXTENSION;
    else if (c == '\r') chunks->state = CHUNK_SIZE_LF;
    else return chunk_fail(chunks, ERR_BAD_REQUEST, "a chunk size is not hexadecimal");
    return ERR_OK;
}

static enum err chunk_extension_byte(struct http1_chunks *chunks, char c)
{
    if (c == '\r') {
        chunks->state = CHUNK_SIZE_LF;
        return ERR_OK;
    }
    if (is_control(c))
        return chunk_fail(chunks, ERR_BAD_REQUEST, "a chunk extension holds a control character");
    if (++chunks->line_bytes > CHUNK_LINE_BYTES_MAX)
        return chunk_fail(chunks, ERR_BAD_REQUEST, "a chunk-size line is too long");
    if (++chunks->extension_bytes > CHUNK_EXTENSIONS_BYTES_MAX)
        return chunk_fail(chunks, ERR_BAD_REQUEST, "too many chunk extensions");
    return ERR_OK;
}

static enum err trailer_byte(struct http1_chunks *chunks, char c)
{
    if (++chunks->line_bytes > HEAD_BYTES_MAX) /* here it counts all trailer lines */
        return chunk_fail(chunks, ERR_HEAD_TOO_LARGE, "the trailer is too large");
    switch (chunks->state) {
    case TRAILER_FIRST:
        if (c == '\r') {
            chunks->state = LAST_LF;
            return ERR_OK;
        }
        chunks->state = TRAILER_NAME;
        if (in_set(&token_chars, c)) return ERR_OK;
        break;
    case TRAILER_NAME:
        if (c == ':') chunks->state = TRAILER_VALUE;
        if (c == ':' || in_set(&token_chars, c)) return ERR_OK;
        break;
    default: /* TRAILER_VALUE */
        if (c == '\r') chunks->state = TRAILER_LF;
        if (c == '\r' || !is_control(c)) return ERR_OK;
        break;
    }
    return chunk_fail(chunks, ERR_BAD_REQUEST, "a trailer line is malformed");
}

/* A byte that can only be CR or LF. */
static enum err expect_byte(struct http1_chunks *chunks, char c, char want, enum chunk_state next)
{
    if (c != want)
        return chunk_fail(chunks, ERR_BAD_REQUEST, "a chunk does not end where its size says");
    chunks->state = (unsigned char)next;
    return ERR_OK;
}

/* Any byte but data. */
static enum err chunk_byte(struct http1_chunks *chunks, char c)
{
    switch ((enum chunk_state)chunks->state) {
    case CHUNK_SIZE_FIRST:
    case CHUNK_SIZE: return chunk_size_byte(chunks, c);
    case CHUNK_EXTENSION: return chunk_extension_byte(chunks, c);
    case CHUNK_SIZE_LF:
        chunks->line_bytes = 0;
        return expect_byte(chunks, c, '\n', chunks->left > 0 ? CHUNK_DATA : TRAILER_FIRST);
    case CHUNK_DATA_CR: return expect_byte(chunks, c, '\r', CHUNK_DATA_LF);
    case CHUNK_DATA_LF: return expect_byte(chunks, c, '\n', CHUNK_SIZE_FIRST);
    case TRAILER_FIRST:
    case TRAILER_NAME:
    case TRAILER_VALUE: return trailer_byte(chunks, c);
    case TRAILER_LF: return expect_byte(chunks, c, '\n', TRAILER_FIRST);
    case LAST_LF: return expect_byte(chunks, c, '\n', CHUNKS_DONE);
    case CHUNK_DATA:
    case CHUNKS_DONE: break;
    }
    return ERR_OK;
}

enum err http1_parse_chunks(struct http1_chunks *chunks, char *bytes, size_t n, size_t *data,
                            size_t *used)
{
    size_t at = 0, kept = 0;
    enum err e = ERR_OK;
    while (!e && at < n && chunks->state != CHUNKS_DONE) {
        if (chunks->state != CHUNK_DATA) {
            e = chunk_byte(chunks, bytes[at++]);
            continue;
        }
        size_t piece = n - at < chunks->left ? n - at : (size_t)chunks->left;
        memmove(bytes + kept, bytes + at, piece);
        kept += piece;
        at += piece;
        chunks->left -= piece;
        chunks->total += piece;
        if (chunks->left == 0) chunks->state = CHUNK_DATA_CR;
    }
    *data = kept;
    *used = at;
    if (e) return e;
    return chunks->state == CHUNKS_DONE ? ERR_OK : ERR_PENDING;
}
