/* edge - fingerprints of the client's own connection that a trusted proxy passes on in headers.
 *
 *     JA3    X-JA3-Fingerprint, Cf-Ja3-Hash, CloudFront-Viewer-JA3-Fingerprint
 *     JA4    X-JA4-Fingerprint, Cf-Ja4, CloudFront-Viewer-JA4-Fingerprint
 *     HTTP/2 X-HTTP2-Fingerprint (the settings|window|priorities|pseudo-headers text)
 *
 * A proxy that is trusted but does not write these lets through what the client wrote: it has to
 * remove them (docs/facts.md says how). A value of another form counts as absent, as do two
 * different values of one kind. */
#ifndef WHORL_IDENTIFY_ENRICH_EDGE_H
#define WHORL_IDENTIFY_ENRICH_EDGE_H

#include "net/server.h"

/* Empty (p is NULL) when absent. Borrowed from the request. */
struct edge_facts {
    struct str ja3;   /* 32 lower-case hex digits */
    struct str ja4;   /* "t13d1517h2_8daaf6152771_cb7bf5808d99" */
    struct str http2; /* up to EDGE_HTTP2_BYTES_MAX of [0-9a-z:;,|] */
};

enum { EDGE_HTTP2_BYTES_MAX = 256 };

/* Call it for connections of trusted proxies only. */
void edge_read(struct edge_facts *out, const struct request *req);

#endif
