/* wire - see wire.h. */
#include "identify/enrich/wire.h"

/* Since when an engine sends Sec-Fetch-* (Chromium 76, Firefox 90, Safari 16.4) and hints (Chromium 89),
 * by its own release notes; Safari from its next whole version. Chromium sends Priority (RFC 9218) over HTTP/2
 * from 124: "u=1, i" with fetch and XMLHttpRequest, "u=4, i" with sendBeacon (156, recorded 2026-11-26). */
enum { CHROMIUM_FETCH = 76, CHROMIUM_HINTS = 89, CHROMIUM_PRIORITY = 124, FIREFOX_FETCH = 90, SAFARI_FETCH = 17 };

/* The number behind "Chrome/". */
static bool version_behind(struct str text, struct str mark, uint64_t *out)
{
    size_t at = str_find(text, mark);
    if (at == SIZE_MAX) return false;
    size_t from = at + mark.n, to = from;
    while (to < text.n && text.p[to] >= '0' && text.p[to] <= '9') to++;
    return str_to_u64(str_sub(text, from, to), out);
}

enum wire_engine wire_claimed(struct str ua, uint64_t *major)
{
    *major = 0;
    if (!str_starts(ua, STR("Mozilla/5.0 (")) || str_has(ua, STR("; wv)"))) return WIRE_UNKNOWN;
    if (str_has(ua, STR("iPhone")) || str_has(ua, STR("iPad"))) {
        bool safari = str_has(ua, STR(" Version/")) && str_has(ua, STR("Safari/")) &&
                      !str_has(ua, STR("Chrome"));
        return safari && version_behind(ua, STR(" Version/"), major) ? WIRE_SAFARI : WIRE_UNKNOWN;
    }
    if (version_behind(ua, STR(" Chrome/"), major)) return WIRE_CHROMIUM;
    if (str_has(ua, STR("Gecko/")) && version_behind(ua, STR(" Firefox/"), major))
        return WIRE_FIREFOX;
    if (str_has(ua, STR("Macintosh")) && version_behind(ua, STR(" Version/"), major))
        return WIRE_SAFARI;
    if (str_has(ua, STR("Linux")) && !str_has(ua, STR("Android")) &&
        str_has(ua, STR("AppleWebKit/605.1.15")) && version_behind(ua, STR(" Version/"), major))
        return WIRE_WEBKITGTK;
    return WIRE_UNKNOWN;
}

/* Origins that browsers trust without TLS (Secure Contexts, 3.1): "127.0.0.1:8080", with or without a
 * path. */
static bool is_loopback(struct str host)
{
    if (str_starts(host, STR("["))) return str_starts(host, STR("[::1]"));
    host = str_sub(host, 0, str_find_char(host, '/', 0));
    host = str_sub(host, 0, str_find_char(host, ':', 0));
    return str_starts(host, STR("127.")) || str_eq_nocase(host, STR("localhost")) ||
           str_ends(host, STR(".localhost"));
}

static size_t place_of(const struct request *req, struct str name)
{
    size_t at = 0;
    while (at < req->headers_count && !str_eq_nocase(req->headers[at].name, name)) at++;
    return at;
}

static bool keeps_alive(const struct request *req)
{
    return req->version == HTTP_2 || str_eq_nocase(request_header(req, STR("Connection")), STR("keep-alive"));
}

/* Do those that are there stand in this order? */
static bool stand_in_order(const struct request *req, const char *const *names)
{
    size_t last = 0;
    for (; *names; names++) {
        size_t at = place_of(req, str_of(*names));
        if (at == req->headers_count) continue;
        if (at < last) return false;
        last = at;
    }
    return true;
}

/* Middleboxes and proxies that nobody told us of may write headers anew (Apache, Go's). */
static bool is_forwarded(const struct request *req)
{
    static const char *const marks[] = { "Via", "Forwarded", "X-Forwarded-For" };
    for (size_t i = 0; i < COUNT_OF(marks); i++)
        if (place_of(req, str_of(marks[i])) < req->headers_count) return true;
    return false;
}

/* Proxies close as they like (tinyproxy does). */
static unsigned check_keep_alive(const struct request *req)
{
    return keeps_alive(req) || is_forwarded(req) ? 0 : WIRE_CLOSE;
}

/* What no extension moves: the length is the network code's, which writes it with the connection, and what
 * says where a script's request comes from follows it. */
static unsigned check_order(const struct request *req, enum wire_engine engine, uint64_t major)
{
    static const char *const chromium[] = { "Content-Length", "Origin", "Sec-Fetch-Site", "Sec-Fetch-Mode",
                                            "Sec-Fetch-Dest", "Accept-Encoding", NULL };
    static const char *const firefox[] = { "Accept-Encoding", "Origin", "Sec-Fetch-Dest", "Sec-Fetch-Mode",
                                           "Sec-Fetch-Site", NULL };
    const size_t none = req->headers_count;
    size_t encoding = place_of(req, STR("Accept-Encoding"));
    size_t language = place_of(req, STR("Accept-Language"));
    size_t length = place_of(req, STR("Content-Length"));
    size_t connection = place_of(req, STR("Connection"));
    bool both = encoding < none && language < none, http1 = req->version != HTTP_2, disorder = false;
    unsigned faults = 0;
    if (is_forwarded(req)) return 0;
    if (engine == WIRE_CHROMIUM) {
        disorder = (both && language != encoding + 1) ||
                   (major >= CHROMIUM_HINTS && !stand_in_order(req, chromium));
        /* a Connection that is missing or says "close" is a fault of its own */
        if (http1 && (place_of(req, STR("Host")) != 0 || (keeps_alive(req) && connection != 1)))
            faults |= WIRE_HEAD;
        if (http1 && length < none && (!length || length > (connection == 1 ? 2 : 1)))
            faults |= WIRE_LENGTH_PLACE;
    }
    if (engine == WIRE_FIREFOX) {
        disorder = (both && encoding != language + 1) || (http1 && place_of(req, STR("User-Agent")) != 1) ||
                   (major >= FIREFOX_FETCH && !stand_in_order(req, firefox));
        if (http1 && length < none && connection < length && keeps_alive(req))
            faults |= WIRE_LENGTH_PLACE;
    }
    return faults | (disorder ? WIRE_ORDER : 0u);
}

/* 1: spelled so, 0: otherwise, -1: not sent. */
static int is_spelled(const struct request *req, const char *name)
{
    size_t at = place_of(req, str_of(name));
    return at == req->headers_count ? -1 : str_eq(req->headers[at].name, str_of(name));
}

/* Every engine writes the names of HTTP/1 so, but for those that scripts set; Chromium's hints are in lower
 * case. Extensions may set User-Agent and Accept-Language, but never the client's own. */
static unsigned check_spelling(const struct request *req)
{
    static const char *const own[] = { "Host", "Connection", "Content-Length" };
    static const char *const others[] = { "User-Agent", "Accept-Encoding", "Accept-Language",
                                          "sec-ch-ua", "sec-ch-ua-mobile" };
    bool good = false, bad = false, own_bad = false;
    if (req->version == HTTP_2) return 0;
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        int spelled = is_spelled(req, others[i]);
        good |= spelled == 1 && i < 3;
        bad |= spelled == 0;
    }
    for (size_t i = 0; i < COUNT_OF(own); i++) own_bad |= is_spelled(req, own[i]) == 0;
    return (bad || own_bad ? WIRE_SPELLING : 0u) | (good && own_bad ? WIRE_SPELLING_MIXED : 0u);
}

static struct str origin_of(struct str url)
{
    size_t scheme = str_find_char(url, ':', 0);
    if (scheme == SIZE_MAX) return (struct str){ "", 0 };
    return str_sub(url, 0, str_find_char(url, '/', scheme + 3));
}

/* A page of plain http that is not of this machine: its browser withholds headers even from loopback. */
static bool is_insecure_page(const struct event *ev)
{
    struct str scheme = STR("http://");
    return event_has(ev, EVENT_url) && str_starts(ev->url, scheme) &&
           !is_loopback(str_sub(ev->url, scheme.n, ev->url.n));
}

/* "null" is a page in a sandbox; a page that is no http page has no such origin either. */
static unsigned check_page(const struct request *req, const struct event *ev)
{
    struct str origin = request_header(req, STR("Origin"));
    if (!event_has(ev, EVENT_url) || !str_starts(ev->url, STR("http"))) return 0;
    if (!str_starts(origin, STR("http"))) return 0;
    return str_eq_nocase(origin, origin_of(ev->url)) ? 0 : WIRE_PAGE;
}

static bool is_host_of(struct str host, struct str origin)
{
    size_t scheme = str_find_char(origin, '/', 0);
    return scheme != SIZE_MAX && str_eq_nocase(host, str_sub(origin, scheme + 2, origin.n));
}

/* A script's request: with Origin, no opening of a page, and from where Sec-Fetch-Site says (Fetch, 2.2.5 and
 * 3.2; Fetch Metadata, 2.1 to 2.4). Another scheme or port at the same name is "same-site". */
static unsigned check_script(const struct request *req, const struct header_facts *headers)
{
    struct str origin = request_header(req, STR("Origin")), site = headers->fetch_site;
    unsigned faults = 0;
    if (!str_eq(req->method, STR("POST"))) return 0;
    if (str_eq(headers->fetch_mode, STR("navigate")) || str_eq(headers->fetch_dest, STR("document")) ||
        headers->fetch_user || place_of(req, STR("Upgrade-Insecure-Requests")) < req->headers_count)
        faults |= WIRE_NAVIGATION;
    if (!origin.n) return faults | WIRE_NO_ORIGIN;
    if (!site.n || !str_starts(origin, STR("http"))) return faults;
    bool same_host = is_host_of(request_header(req, STR("Host")), origin);
    bool wrong = same_host ? str_eq(site, STR("cross-site")) : str_eq(site, STR("same-origin"));
    return wrong || str_eq(site, STR("none")) ? faults | WIRE_SITE : faults;
}

/* How many ciphers the hello offers: the fifth and sixth place of a JA4. */
static uint64_t ciphers_of(struct str ja4)
{
    uint64_t count = 0;
    return str_to_u64(str_sub(ja4, 4, 6), &count) ? count : 0;
}

static unsigned check_tls(const struct request *req, const struct event *ev,
                          enum wire_engine engine)
{
    /* the middle part of their JA4, a hash over the ciphers offered: Node's, Python's (tests/tls/hellos.jsonl),
     * and the list that urllib3 1.26 (requests, HTTPie) and httpx 0.23 bring along (recorded 2026-11-26) */
    static const char *const programs[] = { "_b262b3658495_", "_85036bcba153_", "_c7886603b240_" };
    /* Firefox offers 16 or 17; OpenSSL by itself 30 and more */
    const uint64_t firefox_ciphers_max = 20;
    unsigned faults = 0;
    if (!event_has(ev, EVENT_ja4)) return 0;
    bool strange = engine == WIRE_FIREFOX
                       ? ev->tls_grease || ciphers_of(ev->ja4) > firefox_ciphers_max
                       : engine != WIRE_WEBKITGTK && !ev->tls_grease;
    if (strange) faults |= WIRE_TLS_FAMILY;
    for (size_t i = 0; i < COUNT_OF(programs); i++)
        if (str_has(ev->ja4, str_of(programs[i]))) faults |= WIRE_TLS_PROGRAM;
    if (req->version != HTTP_2) faults |= WIRE_HTTP1_OVER_TLS;
    return faults;
}

/* What the browser's network code writes last, out of a script's and an extension's reach. */
static unsigned check_priority(const struct request *req, enum wire_engine engine, uint64_t major)
{
    bool due = req->version == HTTP_2 && engine == WIRE_CHROMIUM && major >= CHROMIUM_PRIORITY;
    if (!due || is_forwarded(req)) return 0;
    return place_of(req, STR("Priority")) == req->headers_count ? WIRE_NO_PRIORITY : 0;
}

/* Order of the pseudo-headers, and the room that an engine opens for the connection. */
static unsigned check_http2(const struct event *ev, enum wire_engine engine)
{
    if (!event_has(ev, EVENT_http2)) return 0;
    bool good = true;
    if (engine == WIRE_CHROMIUM)
        good = str_ends(ev->http2, STR("|m,a,s,p")) && str_has(ev->http2, STR("|15663105|"));
    if (engine == WIRE_FIREFOX)
        good = str_ends(ev->http2, STR("|m,p,a,s")) && str_has(ev->http2, STR("|12517377|"));
    if (engine == WIRE_SAFARI) good = str_has(ev->http2, STR("|m,s,"));
    return good ? 0 : WIRE_HTTP2_FAMILY;
}

unsigned wire_faults(const struct request *req, const struct header_facts *headers, const struct event *ev,
                     enum wire_engine engine, uint64_t major, bool secure)
{
    static const uint64_t fetch_since[] = { [WIRE_CHROMIUM] = CHROMIUM_FETCH,
                                            [WIRE_FIREFOX] = FIREFOX_FETCH,
                                            [WIRE_SAFARI] = SAFARI_FETCH,
                                            [WIRE_WEBKITGTK] = SAFARI_FETCH };
    unsigned faults = 0;
    if (ev->user_agent.n == 0) return WIRE_NO_AGENT;
    if (engine == WIRE_UNKNOWN) return 0;
    struct str encoding = request_header(req, STR("Accept-Encoding"));
    bool trusted = secure || (is_loopback(request_header(req, STR("Host"))) && !is_insecure_page(ev));
    if (trusted && major >= fetch_since[engine] && !headers->fetch_site.p)
        faults |= WIRE_NO_FETCH_METADATA;
    if (trusted && engine == WIRE_CHROMIUM && major >= CHROMIUM_HINTS && !headers->hints.any)
        faults |= WIRE_NO_HINTS;
    if (!headers->accept_language.n) faults |= WIRE_NO_LANGUAGE;
    if (!str_has(encoding, STR("gzip")) ||
        (trusted && (engine == WIRE_CHROMIUM || engine == WIRE_FIREFOX) &&
         !str_has(encoding, STR("br"))))
        faults |= WIRE_ENCODING;
    faults |= check_spelling(req) | check_keep_alive(req) | check_order(req, engine, major) |
              check_page(req, ev) | check_script(req, headers);
    return faults | check_priority(req, engine, major) | check_tls(req, ev, engine) |
           check_http2(ev, engine);
}
