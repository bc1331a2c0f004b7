/* server - see server.h. Puts the parts together: sockets (listen), TLS, one loop per worker. */
#include "net/server.h"

#include "base/limits.h"
#include "base/log.h"
#include "net/conn.h"
#include "net/listen.h"
#include "net/tls.h"

#include <assert.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

struct entry {
    const char *text;
    bool tls, admin, proxy;
    char address[ADDRESS_BYTES];
};

struct server {
    struct server_config config;
    struct entry *entries;
    size_t entries_count;
    struct tls *tls;
    struct loop **loops;
    unsigned workers; /* loops that exist */
    unsigned running; /* of them, those with a thread */
};

static const struct protocol *const alpn_protocols[] = { &http2_protocol, &http1_protocol, NULL };

static unsigned count_cores(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return (unsigned)CPU_COUNT(&set);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores > 0 ? (unsigned)cores : 1;
}

static void default_int(int *value, int standard)
{
    if (*value == 0) *value = standard;
}

static void fill_defaults(struct server_config *config)
{
    struct server_limits *limits = &config->limits;
    if (config->workers == 0) config->workers = count_cores();
    if (config->workers > WORKERS_MAX) config->workers = WORKERS_MAX;
    default_int(&limits->head_timeout_ms, HEAD_TIMEOUT_MS);
    default_int(&limits->body_timeout_ms, BODY_TIMEOUT_MS);
    default_int(&limits->brief_body_timeout_ms, BRIEF_BODY_TIMEOUT_MS);
    default_int(&limits->idle_timeout_ms, IDLE_TIMEOUT_MS);
    default_int(&limits->write_timeout_ms, WRITE_TIMEOUT_MS);
    default_int(&limits->linger_timeout_ms, LINGER_TIMEOUT_MS);
    default_int(&limits->stop_timeout_ms, STOP_TIMEOUT_MS);
    if (limits->connections_max == 0) limits->connections_max = CONNECTIONS_MAX;
}

/* ---- starting ---- */

static bool is_listed(const char *text, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, list[i]) == 0) return true;
    return false;
}

/* Which entries take the PROXY protocol; each wish must name one. */
static enum err choose_proxied(struct server *server)
{
    const struct server_config *config = &server->config;
    bool all = is_listed("all", config->proxy_listen, config->proxy_listen_count);
    for (size_t i = 0; i < server->entries_count; i++) {
        struct entry *entry = &server->entries[i];
        entry->proxy = !entry->admin && (all || is_listed(entry->text, config->proxy_listen,
                                                          config->proxy_listen_count));
    }
    for (size_t i = 0; i < config->proxy_listen_count; i++) {
        const char *text = config->proxy_listen[i];
        if (strcmp(text, "all") == 0 || is_listed(text, config->listen, config->listen_count) ||
            is_listed(text, config->tls_listen, config->tls_listen_count))
            continue;
        log_error("listen", "--proxy-protocol %s: write an address of --listen or --tls-listen as it "
                            "stands there, or \"all\"", text);
        return ERR_USAGE;
    }
    return ERR_OK;
}

static void list_entries(struct server *server)
{
    const struct server_config *config = &server->config;
    const struct { const char *const *texts; size_t count; bool tls, admin; } groups[] = {
        { config->listen, config->listen_count, false, false },
        { config->tls_listen, config->tls_listen_count, true, false },
        { config->admin_listen, config->admin_listen_count, false, true },
    };
    for (size_t g = 0; g < COUNT_OF(groups); g++)
        for (size_t i = 0; i < groups[g].count; i++)
            server->entries[server->entries_count++] = (struct entry){
                .text = groups[g].texts[i], .tls = groups[g].tls, .admin = groups[g].admin
            };
}

static void close_fds(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++) close(fds[i]);
}

/* fds[entry * workers + worker] */
static enum err open_sockets(struct server *server, int *fds)
{
    size_t workers = server->config.workers;
    for (size_t i = 0; i < server->entries_count; i++) {
        struct entry *entry = &server->entries[i];
        enum err e = listen_open(entry->text, workers, fds + i * workers, entry->address);
        if (e) {
            close_fds(fds, i * workers);
            return e;
        }
    }
    return ERR_OK;
}

static enum err create_loops(struct server *server, const int *fds, struct listener *listeners)
{
    size_t workers = server->config.workers, entries = server->entries_count;
    for (unsigned w = 0; w < workers; w++) {
        for (size_t i = 0; i < entries; i++)
            listeners[i] = (struct listener){ .fd = fds[i * workers + w],
                                              .tls = server->entries[i].tls,
                                              .admin = server->entries[i].admin,
                                              .proxy = server->entries[i].proxy };
        enum err e = loop_create(&server->loops[w], w, &server->config, server->tls, listeners,
                                 entries);
        if (e) { /* the sockets of the workers after this one are nobody's */
            for (size_t i = 0; i < entries; i++)
                close_fds(fds + i * workers + w + 1, workers - w - 1);
            return e;
        }
        server->workers++;
    }
    return ERR_OK;
}

static enum err start_threads(struct server *server)
{
    for (unsigned w = 0; w < server->workers; w++) {
        enum err e = loop_start(server->loops[w]);
        if (e) return e;
        server->running++;
    }
    return ERR_OK;
}

static enum err start(struct server *server, int *fds, struct listener *listeners)
{
    const struct server_config *config = &server->config;
    enum err e = choose_proxied(server);
    if (!e && config->tls_listen_count > 0)
        e = tls_create(&server->tls, config->tls_cert, config->tls_key, alpn_protocols);
    if (!e) e = open_sockets(server, fds);
    if (!e) e = create_loops(server, fds, listeners);
    if (!e) e = start_threads(server);
    return e;
}

enum err server_start(struct server **out, const struct server_config *config)
{
    assert(config->on_request && config->on_refused);
    assert(config->proxy_listen_count == 0 || config->trusts);
    signal(SIGPIPE, SIG_IGN); /* a client that leaves must not end the process */
    struct server *server = calloc(1, sizeof *server);
    if (!server) return ERR_NO_MEMORY;
    server->config = *config;
    fill_defaults(&server->config);
    size_t entries = config->listen_count + config->tls_listen_count + config->admin_listen_count;
    size_t workers = server->config.workers;
    int *fds = calloc(entries * workers + 1, sizeof *fds);
    struct listener *listeners = calloc(entries + 1, sizeof *listeners);
    server->entries = calloc(entries + 1, sizeof *server->entries);
    server->loops = calloc(workers, sizeof *server->loops);
    enum err e = ERR_NO_MEMORY;
    if (fds && listeners && server->entries && server->loops) {
        list_entries(server);
        e = start(server, fds, listeners);
    }
    free(fds);
    free(listeners);
    if (e) {
        server_stop(server);
        return e;
    }
    for (size_t i = 0; i < server->entries_count; i++)
        log_info("listen", "address=%s%s%s%s", server->entries[i].address,
                 server->entries[i].tls ? " tls" : "", server->entries[i].admin ? " admin" : "",
                 server->entries[i].proxy ? " proxy-protocol" : "");
    *out = server;
    return ERR_OK;
}

const char *server_address(const struct server *server, size_t n)
{
    return n < server->entries_count ? server->entries[n].address : NULL;
}

unsigned server_workers(const struct server *server)
{
    return server->config.workers;
}

void server_check_certificate(struct server *server, bool now)
{
    if (server->tls) tls_check_files(server->tls, now);
}

/* ---- stopping ---- */

/* Also ends what server_start began and could not finish. */
void server_stop(struct server *server)
{
    bool all_freed = true;
    for (unsigned w = 0; w < server->running; w++) loop_stop(server->loops[w]);
    for (unsigned w = 0; w < server->running; w++)
        all_freed = loop_join(server->loops[w]) && all_freed;
    for (unsigned w = server->running; w < server->workers; w++) loop_destroy(server->loops[w]);
    if (all_freed) tls_destroy(server->tls);
    free(server->loops);
    free(server->entries);
    free(server);
}

/* ---- requests ---- */

void request_respond(struct request *req, const struct response *response)
{
    struct conn *conn = req->conn;
    assert(pthread_equal(pthread_self(), req->loop->self));
    conn->protocol->answer(conn, req, response);
}

struct str request_header(const struct request *req, struct str name)
{
    for (size_t i = 0; i < req->headers_count; i++)
        if (str_eq_nocase(req->headers[i].name, name)) return req->headers[i].value;
    if (req->authority.n > 0 && str_eq_nocase(name, STR("Host"))) return req->authority;
    return (struct str){ NULL, 0 };
}
