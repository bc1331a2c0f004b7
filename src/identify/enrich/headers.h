/* headers - what a request's headers say besides their values: order and spelling, languages, the
 * kind of fetch, Client Hints.
 *
 * All of it comes from the client and none of it is evidence alone: a verdict compares it with the
 * user agent, the payload and the TLS hello. Strings point into the request or its arena. A header
 * that is absent or has a fault leaves its member empty (p is NULL); one that was sent empty has
 * n == 0 and p set: Chromium on Linux sends sec-ch-ua-platform-version: "".
 *
 * Repeated header lines are one list (RFC 9110, 5.2); a single value that comes twice is a fault.
 */
#ifndef WHORL_IDENTIFY_ENRICH_HEADERS_H
#define WHORL_IDENTIFY_ENRICH_HEADERS_H

#include "base/arena.h"
#include "base/limits.h"
#include "net/server.h"

/* One entry of a brand list, as {"Chromium", "156"}. */
struct brand {
    struct str name, version;
};

/* In the order sent, without the GREASE entry: Chromium adds one made-up brand, "Not" and "Brand"
 * with changing punctuation ("Not)A;Brand", "Not_A Brand"), whose spelling and place change from
 * version to version (User-Agent Client Hints, "Create arbitrary brand"). */
struct brands {
    struct brand list[BRANDS_MAX];
    size_t count;
    bool greased; /* there was one, as in every Chromium since 90 */
};

/* User-Agent Client Hints. Chromium sends the first three by itself on secure origins, the others
 * when asked by Accept-CH or by the page (getHighEntropyValues, which comes in the payload). */
struct client_hints {
    struct brands brands;        /* sec-ch-ua */
    struct str mobile;           /* sec-ch-ua-mobile as "0" or "1": see client_hints_mobile */
    struct str platform;         /* "Windows", "macOS", "Linux", "Android", "Chrome OS" */
    struct str platform_version; /* "15.0.0"; for Windows see ua-agent's rules: 13 and up is 11 */
    struct brands full;          /* sec-ch-ua-full-version-list */
    struct str full_version;     /* sec-ch-ua-full-version (deprecated) */
    struct str arch, bitness;    /* "x86", "64" */
    struct str model;            /* "Pixel 8" */
    struct str form_factors;     /* the raw list */
    bool any;                    /* at least one sec-ch-ua header arrived, in order or not */
    bool malformed;              /* at least one could not be read: no browser sends that */
};

/* "en-US" of "en-US,en;q=0.9"; q is kept in thousandths. */
struct language {
    struct str tag;
    uint16_t q_thousandths;
};

struct languages {
    struct language list[LANGUAGES_MAX]; /* in the order sent */
    size_t count;
    bool malformed; /* an entry was left out because it is none */
};

struct header_facts {
    /* "11_15_9b1c6fd2a7e04c38": HTTP version, number of names, hash; see headers_order. Empty when
     * the connection is not the client's own. */
    struct str order;
    struct languages languages;
    struct str accept_language;                     /* raw */
    struct str fetch_site, fetch_mode, fetch_dest;  /* "cross-site", "cors", "empty" */
    bool fetch_user;                                /* sec-fetch-user: ?1 */
    struct client_hints hints;
};

/* The languages, Sec-Fetch-* and Client Hints of a request. `order` is left empty. */
void headers_read(struct header_facts *out, const struct request *req, struct arena *arena);

/* Client Hints alone. */
void client_hints_read(struct client_hints *out, const struct request *req, struct arena *arena);
/* 1, 0, or -1 when sec-ch-ua-mobile was not sent. */
int client_hints_mobile(const struct client_hints *hints);

/* A brand list as header text; an empty list when the text has a fault (false then). Also for
 * fuzzing and for lists that come elsewhere. */
bool brands_read(struct brands *out, struct str text, struct arena *arena);
/* Accept-Language (RFC 9110, 12.5.4). */
void languages_read(struct languages *out, struct str text);

/* Order and spelling of the names as "<version>_<count>_<hash>": version is 10, 11 or 20; hash is
 * str_hash (16 hex digits) over the names as spelled, each followed by a newline.
 *
 * Left out, so that the same browser on the same page gives the same text every time: what depends
 * on this request and not on the client (body length, cookies, conditions, cache mode, page), what
 * scripts set, Client Hints beyond the three that every request carries, and what proxies add. */
struct str headers_order(const struct request *req, struct arena *arena);

/* All lines of that name, joined by ", " when there are several; p is NULL when absent. */
struct str headers_joined(const struct request *req, struct str name, struct arena *arena);

#endif
