/* http1 - reads HTTP/1.x requests strictly (RFC 9112), keeping the headers' order and spelling.
 *
 * Pure: bytes in, views out; no I/O and no allocation. What two readers could understand in two
 * ways is refused rather than guessed, because a proxy in front may have guessed the other way
 * (request smuggling): bare LF or CR, folded lines, blanks before the colon, Content-Length twice
 * or with Transfer-Encoding, any transfer coding but a single "chunked", chunked in HTTP/1.0, a
 * missing or repeated Host in HTTP/1.1, a URL as target that names another host than Host, control
 * characters anywhere. One empty line before the request line is skipped (RFC 9112 2.2).
 */
#ifndef WHORL_NET_HTTP1_H
#define WHORL_NET_HTTP1_H

#include "net/server.h"

enum http1_body { HTTP1_BODY_NONE, HTTP1_BODY_LENGTH, HTTP1_BODY_CHUNKED };

struct http1_head {
    struct str method, target, path, query;
    enum http_version version;
    struct header *headers; /* room for HEADERS_MAX, given by the caller */
    size_t headers_count;
    enum http1_body body;
    uint64_t body_bytes;    /* HTTP1_BODY_LENGTH */
    bool keep_alive;
    bool expect_continue;
    size_t bytes;           /* the head's length, blank line included */
    const char *problem;    /* after a failure: a literal that says what is wrong */
};

/* ERR_PENDING: the head is not complete yet (call again with more). ERR_BAD_REQUEST,
 * ERR_TARGET_TOO_LONG, ERR_HEAD_TOO_LARGE, ERR_BODY_TOO_LARGE, ERR_CODING_UNSUPPORTED,
 * ERR_EXPECTATION, ERR_VERSION_UNSUPPORTED. `scanned` remembers how far earlier calls looked for
 * the end; set it to 0 for each new head. Strings point into bytes (a path that a URL leaves out is
 * a literal "/"). After a failure the members hold what had been read in good order before it:
 * first method, then target, then header by header, so that the refusal can speak the right
 * dialect. */
enum err http1_parse_head(struct http1_head *out, struct str bytes, size_t *scanned);
/* For the refusal of a head that did not arrive in time: fills method, target and headers of *out
 * as far as they are whole and in good order. */
void http1_parse_part(struct http1_head *out, struct str bytes);

/* Visible ASCII and no '#': what a target may be made of, in HTTP/2 as well. */
bool http1_target_chars_ok(struct str target);

/* Takes chunked framing apart, in place and piece by piece. */
struct http1_chunks {
    uint64_t left;       /* of the current chunk */
    unsigned char state; /* private to http1.c; 0 at the start */
    size_t line_bytes, extension_bytes;
    uint64_t total;      /* data bytes so far */
    const char *problem;
};
/* Moves the data in bytes[0..n) to its front: *data is how much there is, *used how much of the
 * input was consumed. ERR_PENDING: more input is needed. ERR_OK: the body has ended (trailers are
 * read and dropped). ERR_BAD_REQUEST, ERR_BODY_TOO_LARGE (total over BODY_BYTES_MAX),
 * ERR_HEAD_TOO_LARGE (trailers over HEAD_BYTES_MAX). */
enum err http1_parse_chunks(struct http1_chunks *chunks, char *bytes, size_t n, size_t *data,
                            size_t *used);

#endif
