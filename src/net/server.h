/* server - listens, speaks HTTP, and hands requests to the application.
 *
 * One libuv loop per worker thread, each with its own listening sockets (SO_REUSEPORT: the kernel
 * spreads connections). A request belongs to its loop: on_request is called there, and
 * request_respond must be called there, at once or later. Work that finishes on another thread
 * comes back through loop_post.
 *
 * net/ never includes identify/ or api/: it knows them as the two functions in struct
 * server_config.
 */
#ifndef WHORL_NET_SERVER_H
#define WHORL_NET_SERVER_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <sys/socket.h>

struct server;
struct loop;
struct conn;
struct connection;  /* net/connection.h */
struct hello_facts; /* net/hello_facts.h */

struct header {
    struct str name, value; /* name in the client's spelling; value without surrounding blanks */
};

enum http_version { HTTP_1_0, HTTP_1_1, HTTP_2 };

struct request {
    struct arena *arena;        /* lives until the answer has been handed over */
    struct loop *loop;
    struct str method;          /* "GET" */
    struct str target;          /* as sent: "/events/1.a?ii=x" */
    struct str path, query;     /* its parts, still percent-encoded; query without '?' */
    enum http_version version;
    struct header *headers;     /* in the order sent */
    size_t headers_count;
    struct str body;            /* without its framing; JSON_PADDING readable bytes follow */
    struct sockaddr_storage peer; /* who the TCP connection is from, by a PROXY header if there was one */
    const struct connection *connection; /* more about it; NULL in tests only. Outlives the request */
    bool tls;
    const struct hello_facts *hello; /* of the TLS handshake; NULL without TLS. Outlives the request */
    bool admin;                 /* came in on the admin listener */
    /* HTTP/2, else empty: the authority that request_header gives for Host when there is no such
     * header, and the client's fingerprint (net/http2_print.h) */
    struct str authority, http2;
    void *user;                 /* free for the application */
    /* private to net/ */
    struct conn *conn;
};

/* Statuses from 200 to 599. Content-Length, Date and Connection are put by net/. Header values come
 * from the application: CR, LF or NUL in them is its bug, and stops the process. A body is not sent
 * after HEAD (but its length is) nor with 204 and 304. */
struct response {
    int status;
    const struct header *headers;
    size_t headers_count;
    struct str body; /* may live in the request's arena: sent or copied before return */
    bool close;                   /* close the connection after this answer */
};

/* Milliseconds and counts; 0 stands for the value in base/limits.h. For tests. */
struct server_limits {
    int head_timeout_ms, body_timeout_ms, brief_body_timeout_ms, idle_timeout_ms, write_timeout_ms, linger_timeout_ms;
    int stop_timeout_ms;
    unsigned connections_max; /* per loop */
};

/* The strings are read during server_start only; app and the functions are called until server_stop
 * has returned. */
struct server_config {
    const char *const *listen;      /* "127.0.0.1:8080", "[::1]:8080" */
    size_t listen_count;
    const char *const *tls_listen;
    size_t tls_listen_count;
    const char *tls_cert, *tls_key; /* PEM files; cert may hold a chain */
    const char *const *admin_listen;
    size_t admin_listen_count;
    /* Entries of listen and tls_listen, in the same spelling, or "all": connections there must come
     * from trusted proxies and begin with a PROXY header (net/proxy.h). */
    const char *const *proxy_listen;
    size_t proxy_listen_count;
    unsigned workers;               /* 0: one per core */
    struct server_limits limits;
    /* A body for this path has BRIEF_BODY_TIMEOUT_MS to arrive; NULL: there is no such path. Kept. */
    const char *brief_path;

    void *app;
    /* Is that a trusted proxy? Called when proxy_listen is set. */
    bool (*trusts)(void *app, const struct sockaddr_storage *peer);
    /* A whole request has arrived. The application answers with request_respond, now or later. */
    void (*on_request)(void *app, struct request *req);
    /* A request is refused by net/ itself (framing, size, time-out). `req` holds what is known: at
     * least peer; method, target and the headers as far as they were read in good order (the others
     * are empty). *out holds the status that belongs to e: fill in the rest from e and detail (a
     * literal), memory from req->arena. net/ sends it and closes the connection. */
    void (*on_refused)(void *app, struct request *req, enum err e, const char *detail,
                       struct response *out);
};

/* Binds and listens, and has SIGPIPE ignored in this process. Every problem is logged with what to
 * do about it; ERR_IN_USE says who holds the port where the system tells. ERR_USAGE: an address
 * that is none, or TLS files that do not work. The workers' threads take no signals. */
enum err server_start(struct server **out, const struct server_config *config);
/* Where the n-th entry really listens ("127.0.0.1:40123" after ":0"), counted through listen, then
 * tls_listen, then admin_listen; NULL beyond the last. */
const char *server_address(const struct server *server, size_t n);
/* Looks whether the TLS certificate's files changed, and takes them for new connections; `now`:
 * takes them in any case. To be called every few seconds by one thread; without TLS nothing
 * happens. */
void server_check_certificate(struct server *server, bool now);
/* Stops accepting, finishes what was accepted (at most STOP_TIMEOUT_MS), joins the threads, frees.
 * When the application has still not answered a request by then, its loop is left in memory without
 * a thread, so that a late loop_post does no harm. Tasks that do not belong to an unanswered
 * request must not be posted any more once this is called. */
void server_stop(struct server *server);

/* Sends the answer. Exactly once per request, on its loop's thread; `req` and its arena are gone
 * afterwards. When the client has left, the answer is dropped. */
void request_respond(struct request *req, const struct response *response);

/* The value of a header, by case-insensitive name; empty when absent (then p is NULL). The first
 * one when repeated. HTTP/2: Host is also :authority, and Cookie is one line, however it came. */
struct str request_header(const struct request *req, struct str name);

/* A piece of work for a loop's thread. It is net/'s from loop_post until run is called. */
struct task {
    void (*run)(struct task *task);
    struct task *next; /* private to net/ */
};
/* From any thread. */
void loop_post(struct loop *loop, struct task *task);
/* 0-based number of the worker, for per-worker data of the application. */
unsigned loop_index(const struct loop *loop);
/* How many workers a configuration gives. */
unsigned server_workers(const struct server *server);

#endif
