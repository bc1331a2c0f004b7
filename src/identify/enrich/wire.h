/* wire - does the connection look like the browser that the User-Agent claims?
 *
 * Every engine has habits that a script cannot change: which headers it sends by itself, how it spells
 * and orders them, its TLS hello, its first HTTP/2 frames. A program that posts a hand-made payload under
 * a browser's name has its own. The habits were recorded 2026-11-20 and 2026-11-25 from Chromium 156,
 * Firefox ESR 153 and WebKitGTK 2.50 posting with fetch, and from curl, Python's urllib, and Node's http
 * and fetch; Sec-Fetch headers are Fetch Metadata (W3C), GREASE is RFC 8701.
 *
 * Only for connections that are the client's own. A single fault may be a middlebox's or an extension's. */
#ifndef WHORL_IDENTIFY_ENRICH_WIRE_H
#define WHORL_IDENTIFY_ENRICH_WIRE_H

#include "event/event.h"
#include "identify/enrich/headers.h"

/* WebKitGTK has Safari's engine and another TLS library. */
enum wire_engine { WIRE_UNKNOWN, WIRE_CHROMIUM, WIRE_FIREFOX, WIRE_SAFARI, WIRE_WEBKITGTK };

/* Which engine the text claims, and its version ("Chrome/156", "Firefox/153", "Version/18.5"). Browsers
 * for iOS other than Safari, web views and everything unheard of: WIRE_UNKNOWN. */
enum wire_engine wire_claimed(struct str user_agent, uint64_t *major);

/* The tests that failed, one bit each. */
enum wire_fault {
    WIRE_NO_FETCH_METADATA = 1 << 0, /* Sec-Fetch-Site, sent to https and to loopback */
    WIRE_NO_HINTS = 1 << 1,          /* sec-ch-ua of a Chromium, sent to the same */
    WIRE_NO_LANGUAGE = 1 << 2,
    WIRE_ENCODING = 1 << 3,          /* Accept-Encoding is missing or offers less than it would */
    WIRE_SPELLING = 1 << 4,          /* "user-agent" or "User-agent" over HTTP/1 */
    WIRE_ORDER = 1 << 5,
    WIRE_PAGE = 1 << 6,              /* Origin is not that of the page's address in the body */
    WIRE_TLS_FAMILY = 1 << 7,        /* GREASE where that engine sends none, or the reverse; too many ciphers */
    WIRE_TLS_PROGRAM = 1 << 8,       /* exactly the ciphers of Node, Python or its libraries */
    WIRE_HTTP2_FAMILY = 1 << 9,
    WIRE_HTTP1_OVER_TLS = 1 << 10,   /* browsers take HTTP/2, which is always offered */
    WIRE_NO_AGENT = 1 << 11,         /* no User-Agent at all */
    WIRE_SPELLING_MIXED = 1 << 12,   /* "host" beside "User-Agent": no extension sets the former */
    WIRE_CLOSE = 1 << 13,            /* HTTP/1 without "Connection: keep-alive" */
    WIRE_LENGTH_PLACE = 1 << 14,     /* Content-Length stands where that engine does not put it */
    WIRE_NO_ORIGIN = 1 << 15,        /* a POST without Origin, which every engine sends with it */
    WIRE_NAVIGATION = 1 << 16,       /* a POST with the headers of a page being opened */
    WIRE_SITE = 1 << 17,             /* Sec-Fetch-Site is not what Host and Origin make it */
    WIRE_HEAD = 1 << 18,             /* HTTP/1: Host and Connection do not come first, as in a Chromium */
    WIRE_NO_PRIORITY = 1 << 19,      /* HTTP/2: no Priority of a Chromium that sends it */
};

struct wire_facts {
    enum wire_engine claimed;
    bool renamed; /* the page's script ran in another engine than the User-Agent claims */
    uint64_t major;
    unsigned faults; /* bits of enum wire_fault; 0 when the connection is not the client's own, or when a
                        renamed browser's has the habits of its true engine */
};

/* As that version of that engine. `ev` has url, user_agent, and of its own connection ja4, tls_grease, http2.
 * `secure`: by https. The result is a set of enum wire_fault; 0 for an engine without known habits. */
unsigned wire_faults(const struct request *req, const struct header_facts *headers, const struct event *ev,
                     enum wire_engine engine, uint64_t major, bool secure);

#endif
