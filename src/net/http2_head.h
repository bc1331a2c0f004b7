/* http2_head - header fields of an HTTP/2 request, one by one, into a struct request.
 *
 * nghttp2 has already refused what RFC 9113 calls malformed: upper-case names, connection-specific
 * fields, pseudo-headers that are missing, repeated, unknown or late, a bad Content-Length. Here the
 * limits are kept, cookie crumbs are joined (8.2.3), and what is left to check is: the target's
 * form, Host against :authority, Expect.
 *
 * Memory is the request's arena. After a problem the stream says so in `problem`, and the request
 * holds what was read in good order before it, so that the refusal can speak the right dialect.
 */
#ifndef WHORL_NET_HTTP2_HEAD_H
#define WHORL_NET_HTTP2_HEAD_H

#include "net/exchange.h"

void http2_head_add(struct exchange *exchange, struct str name, struct str value);
/* All fields are there. */
void http2_head_end(struct exchange *exchange);
/* A literal as detail; the first problem counts. */
void http2_refuse_later(struct http2_stream *stream, enum err e, const char *detail);

#endif
