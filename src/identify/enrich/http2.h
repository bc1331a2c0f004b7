/* http2 - the fingerprint of the client's HTTP/2 library, as a fact of the event.
 *
 * The text is net/http2_print.h's, "1:65536;2:0;4:6291456;6:262144|15663105|0|m,a,s,p" for a
 * Chromium of 2026; docs/facts.md has more. Not to be called when the TCP connection is a trusted
 * proxy's: then it is the proxy's library that speaks HTTP/2 with us.
 */
#ifndef WHORL_IDENTIFY_ENRICH_HTTP2_H
#define WHORL_IDENTIFY_ENRICH_HTTP2_H

#include "event/event.h"
#include "net/server.h"

/* Sets ev->http2, borrowed from req; HTTP/1.x leaves it absent. */
void http2_put_facts(struct event *ev, const struct request *req);

#endif
