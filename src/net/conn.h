/* conn - one client connection: bytes in, bytes out, time-outs, the end.
 *
 *     opening ──(PROXY header, TLS handshake, or at once)──> speaking ──> lingering ──> closing ──> freed
 *
 * What the bytes mean is the business of a `struct protocol`, chosen by ALPN, or by the first bytes
 * on a plain connection. The connection asks it for room to read into, so that a large body lands where it is
 * needed, and hands its answers to the kernel in as few system calls as possible. Plain and TLS
 * connections look the same to a protocol.
 *
 * lingering: after the last answer the sending side is shut down and what still comes is dropped
 * for LINGER_TIMEOUT_MS. Closing at once would reset the connection while the client is sending,
 * and a reset can overtake the answer (RFC 9112, section 9.6).
 *
 * freed: when libuv has let go of the socket and the application holds none of its requests.
 */
#ifndef WHORL_NET_CONN_H
#define WHORL_NET_CONN_H

#include "net/connection.h"
#include "net/http1_conn.h"
#include "net/http2_conn.h"
#include "net/loop.h"

struct tls_conn;

struct room {
    char *p;
    size_t n;
};

/* One way of speaking on a connection. Each function may end in conn_close, but for close
 * itself. */
struct protocol {
    const char *alpn;
    void (*open)(struct conn *conn);
    /* Where the next bytes go; asked only while the protocol wants to read. Empty: no memory. */
    struct room (*room)(struct conn *conn);
    /* n bytes are in the room; 0 when it was asked for in vain. */
    void (*fed)(struct conn *conn, size_t n);
    /* The client will send nothing more, but may still read. */
    void (*ended)(struct conn *conn);
    /* All output has gone to the kernel (called only when conn_write had to wait). */
    void (*written)(struct conn *conn);
    /* DEADLINE_HEAD, _BODY or _IDLE has passed. */
    void (*expired)(struct conn *conn, enum deadline_kind kind);
    /* The server is stopping: close if there is nothing to finish. */
    void (*stopping)(struct conn *conn);
    /* Sends the answer and takes the request back. The connection may be closed by now. */
    void (*answer)(struct conn *conn, struct request *req, const struct response *response);
    /* The connection is over: let go of everything but what the application holds. */
    void (*close)(struct conn *conn);
};

struct conn {
    uv_tcp_t tcp;
    struct loop *loop;
    struct conn *prev, *next; /* in the loop's list */
    struct deadline deadline;
    const struct protocol *protocol; /* NULL during the TLS handshake */
    struct tls_conn *tls;            /* NULL on plain connections */
    struct sockaddr_storage peer;    /* as requests shall see it: by the PROXY header if there is one */
    struct connection facts;
    char *proxy; /* what has come of a PROXY header, in a buffer of the loop's; NULL: none awaited */
    size_t proxy_bytes;
    bool admin;
    bool reading;    /* the protocol wants more */
    bool uv_reading; /* libuv is reading */
    bool pumping;    /* TLS: conn_pump is running */
    bool ended;      /* the client has sent its last byte */
    bool lingering, closing, closed;
    unsigned writes;  /* handed to libuv and not finished */
    unsigned waiting; /* requests that the application holds */
    union {
        struct http1_conn http1;
        struct http2_conn *http2;
    };
};

/* Takes an accepted socket over; closes it when memory is short, or when the listener takes trusted
 * proxies only and peer is none. */
void conn_open(const struct listener *listener, int fd, const struct sockaddr_storage *peer);
/* Starts or pauses reading. While paused, the kernel's buffer fills and the client has to wait. */
void conn_read(struct conn *conn, bool on);
/* What became of some output. CONN_WAITS: it was copied; protocol->written tells when it is out. */
enum conn_sent { CONN_SENT, CONN_WAITS, CONN_GONE };
enum conn_sent conn_write(struct conn *conn, struct str head, struct str body);
void conn_deadline(struct conn *conn, enum deadline_kind kind);
/* After the last answer. */
void conn_linger(struct conn *conn);
/* At once. Memory stays valid until control is back in the loop. */
void conn_close(struct conn *conn);
/* One request less is held by the application; conn may be freed. */
void conn_release(struct conn *conn);

/* For the loop. */
void conn_expired(struct deadline *d, enum deadline_kind kind);
void conn_stopping(struct conn *conn);

#endif
