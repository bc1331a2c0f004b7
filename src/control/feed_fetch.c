/* feed_fetch - see feed_fetch.h. libcurl does the work; the rules are ours. */
#include "control/feed_fetch.h"

#include <curl/curl.h>
#include <pthread.h>
#include <unistd.h>

struct transfer {
    const struct fetch_rules *rules;
    FILE *file;
    size_t bytes;
    bool too_large, refused_private, write_failed;
    struct fetch_version got;
};

bool feed_address_is_public(const struct address *a)
{
    static const char *const others[] = {
        "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", /* documentation, RFC 5737 */
        "192.88.99.0/24",                                    /* 6to4 relays, RFC 7526 */
        "2001::/23",                                         /* Teredo and others, RFC 2928 */
        "2001:db8::/32", "3fff::/20",                        /* documentation, RFC 3849, 9637 */
        "2002::/16",                                         /* 6to4: holds an IPv4 address */
    };
    struct network one = { *a, 128 };
    if (iplist_is_reserved(&one)) return false;
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        struct networks n = { .count = 1 };
        if (!network_parse(&n.list[0], str_of(others[i])) || networks_have(&n, a)) return false;
    }
    return true;
}

/* Called for each connection, after the name was resolved and for the very address that is used. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct transfer *t = context;
    struct sockaddr_storage socket_address = { 0 };
    struct address a;
    if (purpose != CURLSOCKTYPE_IPCXN || to->addrlen > sizeof socket_address ||
        (to->family != AF_INET && to->family != AF_INET6))
        return CURL_SOCKET_BAD;
    memcpy(&socket_address, &to->addr, to->addrlen);
    address_from_socket(&a, &socket_address);
    if (!t->rules->allow_private && !feed_address_is_public(&a)) {
        t->refused_private = true;
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static size_t bytes_max(const struct fetch_rules *rules)
{
    return (size_t)(rules->bytes_max ? rules->bytes_max : FEED_BYTES_MAX);
}

static size_t on_body(char *p, size_t size, size_t count, void *context)
{
    struct transfer *t = context;
    size_t n = size * count;
    if (n > bytes_max(t->rules) - t->bytes) {
        t->too_large = true;
        return 0;
    }
    t->bytes += n;
    if (fwrite(p, 1, n, t->file) == n) return n;
    t->write_failed = true;
    return 0;
}

static void keep_header(char out[FEED_VERSION_BYTES], struct str line, struct str name)
{
    if (line.n <= name.n || !str_eq_nocase(str_sub(line, 0, name.n), name)) return;
    struct str value = str_sub(line, name.n, line.n);
    while (value.n && (value.p[value.n - 1] == '\r' || value.p[value.n - 1] == '\n')) value.n--;
    value = str_trim(value);
    bool plain = value.n < FEED_VERSION_BYTES;
    for (size_t i = 0; i < value.n && plain; i++) plain = value.p[i] >= ' ' && value.p[i] <= '~';
    if (plain) snprintf(out, FEED_VERSION_BYTES, "%.*s", STR_ARG(value));
}

/* RFC 9111, 5.2.2. Directives we do not know are passed over, as it says. */
static void keep_max_age(int64_t *out, struct str line)
{
    struct str name = STR("cache-control:"), rest, directive;
    uint64_t seconds;
    if (line.n < name.n || !str_eq_nocase(str_sub(line, 0, name.n), name)) return;
    rest = str_trim(str_sub(line, name.n, line.n));
    while (rest.n && (rest.p[rest.n - 1] == '\r' || rest.p[rest.n - 1] == '\n')) rest.n--;
    while (str_split(&rest, ',', &directive)) {
        directive = str_trim(directive);
        if (str_eq_nocase(directive, STR("no-store")) || str_eq_nocase(directive, STR("no-cache")))
            *out = 0;
        if (*out == 0 || !str_eq_nocase(str_sub(directive, 0, 8), STR("max-age="))) continue;
        if (str_to_u64(str_sub(directive, 8, directive.n), &seconds))
            *out = seconds < INT32_MAX ? (int64_t)seconds : INT32_MAX;
    }
}

static size_t on_header(char *p, size_t size, size_t count, void *context)
{
    struct transfer *t = context;
    struct str line = { p, size * count };
    if (str_starts(line, STR("HTTP/"))) t->got = (struct fetch_version){ .max_age_s = -1 }; /* after a redirect */
    keep_header(t->got.etag, line, STR("etag:"));
    keep_header(t->got.modified, line, STR("last-modified:"));
    keep_max_age(&t->got.max_age_s, line);
    return line.n;
}

static int on_progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct transfer *t = context;
    (void)a, (void)b, (void)c, (void)d;
    return atomic_load(t->rules->stop);
}

static struct curl_slist *conditions(const struct fetch_version *v)
{
    char line[FEED_VERSION_BYTES + 32];
    struct curl_slist *list = NULL;
    if (v->etag[0]) {
        snprintf(line, sizeof line, "If-None-Match: %s", v->etag);
        list = curl_slist_append(list, line);
    }
    if (v->modified[0]) {
        snprintf(line, sizeof line, "If-Modified-Since: %s", v->modified);
        list = curl_slist_append(list, line);
    }
    return list;
}

static bool set_options(CURL *curl, struct transfer *t, const char *url,
                        const struct curl_slist *headers, char *text)
{
    const struct fetch_rules *rules = t->rules;
    CURLcode bad = CURLE_OK;
#define SET_OPTION(option, value)                                                                  \
    do {                                                                                           \
        if (bad == CURLE_OK) bad = curl_easy_setopt(curl, (option), (value));                      \
    } while (0)
    SET_OPTION(CURLOPT_URL, url);
    SET_OPTION(CURLOPT_PROTOCOLS_STR, "https");
    SET_OPTION(CURLOPT_REDIR_PROTOCOLS_STR, "https");
    SET_OPTION(CURLOPT_FOLLOWLOCATION, rules->directly ? 0L : 1L);
    SET_OPTION(CURLOPT_MAXREDIRS, (long)FEED_REDIRECTS_MAX);
    SET_OPTION(CURLOPT_PROXY, "");
    SET_OPTION(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET_OPTION(CURLOPT_SSL_VERIFYPEER, 1L);
    SET_OPTION(CURLOPT_SSL_VERIFYHOST, 2L);
    SET_OPTION(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET_OPTION(CURLOPT_OPENSOCKETDATA, t);
    SET_OPTION(CURLOPT_WRITEFUNCTION, on_body);
    SET_OPTION(CURLOPT_WRITEDATA, t);
    SET_OPTION(CURLOPT_HEADERFUNCTION, on_header);
    SET_OPTION(CURLOPT_HEADERDATA, t);
    SET_OPTION(CURLOPT_XFERINFOFUNCTION, on_progress);
    SET_OPTION(CURLOPT_XFERINFODATA, t);
    SET_OPTION(CURLOPT_NOPROGRESS, 0L);
    SET_OPTION(CURLOPT_NOSIGNAL, 1L);
    SET_OPTION(CURLOPT_CONNECTTIMEOUT, (long)FEED_CONNECT_TIMEOUT_S);
    SET_OPTION(CURLOPT_TIMEOUT, (long)rules->timeout_s);
    SET_OPTION(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)bytes_max(rules));
    SET_OPTION(CURLOPT_USERAGENT, "whorl");
    SET_OPTION(CURLOPT_HTTPHEADER, headers);
    SET_OPTION(CURLOPT_ERRORBUFFER, text);
    if (rules->ca) SET_OPTION(CURLOPT_CAINFO, rules->ca); /* the system's folder of them stays */
#undef SET_OPTION
    return bad == CURLE_OK;
}

/* A sentence for the operator. */
static void explain(const struct transfer *t, CURLcode code, const char *text, long status,
                    char problem[IPLIST_PROBLEM_BYTES])
{
    if (t->refused_private)
        snprintf(problem, IPLIST_PROBLEM_BYTES, "its address is private, loopback or reserved; "
                 "--feed-allow-private lets it pass");
    else if (t->too_large || code == CURLE_FILESIZE_EXCEEDED)
        snprintf(problem, IPLIST_PROBLEM_BYTES, "it has more than %zu bytes",
                 bytes_max(t->rules));
    else if (t->write_failed)
        snprintf(problem, IPLIST_PROBLEM_BYTES, "it cannot be written; is the disk full?");
    else if (code == CURLE_OPERATION_TIMEDOUT && t->rules->directly)
        snprintf(problem, IPLIST_PROBLEM_BYTES, "it did not arrive within %lld s",
                 (long long)t->rules->timeout_s);
    else if (code == CURLE_OPERATION_TIMEDOUT)
        snprintf(problem, IPLIST_PROBLEM_BYTES, "it did not arrive in time: --feed-timeout is %lld s",
                 (long long)t->rules->timeout_s);
    else if (code == CURLE_TOO_MANY_REDIRECTS)
        snprintf(problem, IPLIST_PROBLEM_BYTES, "more than %d redirects", FEED_REDIRECTS_MAX);
    else if (code == CURLE_UNSUPPORTED_PROTOCOL)
        snprintf(problem, IPLIST_PROBLEM_BYTES, "it redirects to something else than https");
    else if (code == CURLE_OK && t->rules->directly && status >= 300 && status < 400)
        snprintf(problem, IPLIST_PROBLEM_BYTES, "it redirects (status %ld), and redirects are not "
                 "followed; name the origin that has the keys", status);
    else if (code != CURLE_OK)
        snprintf(problem, IPLIST_PROBLEM_BYTES, "%s", text[0] ? text : curl_easy_strerror(code));
    else snprintf(problem, IPLIST_PROBLEM_BYTES, "the publisher answered with status %ld", status);
}

static void start_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

enum fetch_outcome feed_fetch(const struct fetch_rules *rules, const char *url, FILE *file,
                              struct fetch_version *version, char problem[IPLIST_PROBLEM_BYTES])
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    char text[CURL_ERROR_SIZE] = "";
    struct transfer t = { .rules = rules, .file = file };
    long status = 0;
    pthread_once(&once, start_curl);
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = conditions(version);
    CURLcode code = CURLE_FAILED_INIT;
    if (curl && set_options(curl, &t, url, headers, text)) code = curl_easy_perform(curl);
    if (code == CURLE_OK) curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    bool had = version->etag[0] || version->modified[0];
    if (code == CURLE_OK && status == 304 && had) return FETCH_UNCHANGED;
    if (code == CURLE_OK && status == 200) {
        *version = t.got;
        return FETCH_DONE;
    }
    explain(&t, code, text, status, problem);
    return FETCH_FAILED;
}
