/* tls_rig - certificates made here, and a TLS client that keeps its ClientHello and can send it in
 * pieces. The client is OpenSSL's between two memory BIOs; the socket is ours.
 *
 *     struct rig r = rig_open(&app, NULL);
 *     ... settings on r.context ...
 *     CHECK(rig_connect(&r, PIECES_AS_THEY_COME));
 *     rig_get(&r, "/hello", text, sizeof text);
 *     rig_close(&r);
 */
#ifndef WHORL_TESTS_NET_TLS_RIG_H
#define WHORL_TESTS_NET_TLS_RIG_H

#include "tests/unit/net/harness.h"

#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

/* ---- certificates ---- */

struct pair {
    EVP_PKEY *key;
    X509 *cert;
};

static inline struct pair pair_make(long serial, const char *kind)
{
    struct pair pair = { .cert = X509_new() };
    pair.key = kind[0] == 'R' ? EVP_RSA_gen(2048) : EVP_EC_gen(kind);
    X509_set_version(pair.cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(pair.cert), serial);
    X509_gmtime_adj(X509_getm_notBefore(pair.cert), -60);
    X509_gmtime_adj(X509_getm_notAfter(pair.cert), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(pair.cert), "CN", MBSTRING_ASC,
                               (const unsigned char *)"localhost", -1, -1, 0);
    X509_set_issuer_name(pair.cert, X509_get_subject_name(pair.cert));
    X509_set_pubkey(pair.cert, pair.key);
    REQUIRE(X509_sign(pair.cert, pair.key, EVP_sha256()) > 0);
    return pair;
}

static inline void pair_free(struct pair *pair)
{
    EVP_PKEY_free(pair->key);
    X509_free(pair->cert);
}

static inline void write_cert(const char *path, const struct pair *pair)
{
    FILE *file = fopen(path, "w");
    REQUIRE(file && PEM_write_X509(file, pair->cert) && fclose(file) == 0);
}

static inline void write_key(const char *path, const struct pair *pair)
{
    FILE *file = fopen(path, "w");
    REQUIRE(file && PEM_write_PrivateKey(file, pair->key, NULL, NULL, 0, NULL, NULL) &&
            fclose(file) == 0);
}

/* ---- the client ---- */

struct rig {
    SSL_CTX *context;
    SSL *ssl;
    BIO *in, *out; /* ssl's */
    int fd;
    char hello[80 * 1024]; /* the first one sent, without record headers */
    size_t hello_bytes;
    unsigned hellos;
};

enum pieces { PIECES_AS_THEY_COME, PIECES_ONE_BYTE_PER_SEGMENT, PIECES_SMALL_RECORDS };

static inline void rig_on_message(int ours, int version, int type, const void *bytes, size_t n,
                                  SSL *ssl, void *arg)
{
    struct rig *r = arg;
    (void)version, (void)ssl;
    if (!ours || type != SSL3_RT_HANDSHAKE || n == 0 || *(const char *)bytes != 1) return;
    if (r->hellos++ > 0) return;
    REQUIRE(n <= sizeof r->hello);
    memcpy(r->hello, bytes, n);
    r->hello_bytes = n;
}

static inline struct rig rig_open(struct app *app)
{
    struct rig r = { .context = SSL_CTX_new(TLS_client_method()), .fd = client_connect(app) };
    return r;
}

static inline void rig_send(struct rig *r, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t sent = write(r->fd, p, n);
        if (sent <= 0) return;
        p += sent, n -= (size_t)sent;
    }
}

/* A pause makes it likely, not certain, that each byte is read alone; what is tested must hold
 * either way. */
static inline void rig_send_bytes(struct rig *r, const char *p, size_t n)
{
    setsockopt(r->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
    for (size_t i = 0; i < n; i++) {
        rig_send(r, p + i, 1);
        if (i < 400) usleep(300);
    }
}

/* Takes records apart and sends their insides in records of 7 bytes. */
static inline void rig_send_small_records(struct rig *r, const char *p, size_t n)
{
    static char out[1024 * 1024];
    size_t length, out_n = 0;
    for (size_t at = 0; at + 5 <= n; at += 5 + length) {
        length = (size_t)((unsigned char)p[at + 3] << 8 | (unsigned char)p[at + 4]);
        for (size_t from = 0; from < length; from += 7) {
            size_t piece = length - from < 7 ? length - from : 7;
            memcpy(out + out_n, p + at, 3);
            out[out_n + 3] = 0, out[out_n + 4] = (char)piece;
            memcpy(out + out_n + 5, p + at + 5 + from, piece);
            out_n += 5 + piece;
        }
    }
    rig_send(r, out, out_n);
}

static inline void rig_flush(struct rig *r, enum pieces pieces)
{
    char *p;
    long n = BIO_get_mem_data(r->out, &p);
    if (n <= 0) return;
    if (pieces == PIECES_ONE_BYTE_PER_SEGMENT) rig_send_bytes(r, p, (size_t)n);
    else if (pieces == PIECES_SMALL_RECORDS) rig_send_small_records(r, p, (size_t)n);
    else rig_send(r, p, (size_t)n);
    (void)BIO_reset(r->out);
}

/* False when the server is gone. */
static inline bool rig_fill(struct rig *r)
{
    char p[16 * 1024];
    ssize_t n = client_read(r->fd, p, sizeof p);
    if (n > 0) BIO_write(r->in, p, (int)n);
    return n > 0;
}

/* `pieces` is how the first flight is sent. */
static inline bool rig_connect_session(struct rig *r, enum pieces pieces, SSL_SESSION *session)
{
    r->ssl = SSL_new(r->context);
    r->in = BIO_new(BIO_s_mem());
    r->out = BIO_new(BIO_s_mem());
    SSL_set_bio(r->ssl, r->in, r->out);
    SSL_set_msg_callback(r->ssl, rig_on_message);
    SSL_set_msg_callback_arg(r->ssl, r);
    if (session) SSL_set_session(r->ssl, session);
    SSL_set_connect_state(r->ssl);
    for (;;) {
        ERR_clear_error();
        int done = SSL_do_handshake(r->ssl);
        rig_flush(r, pieces);
        pieces = PIECES_AS_THEY_COME;
        if (done == 1) return true;
        if (SSL_get_error(r->ssl, done) != SSL_ERROR_WANT_READ || !rig_fill(r)) return false;
    }
}

static inline bool rig_connect(struct rig *r, enum pieces pieces)
{
    return rig_connect_session(r, pieces, NULL);
}

/* The body of the answer to GET path; empty when there is none. */
static inline struct str rig_get(struct rig *r, const char *path, char *out, size_t max)
{
    char request[256];
    size_t n = 0;
    int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", path);
    SSL_write(r->ssl, request, length);
    rig_flush(r, PIECES_AS_THEY_COME);
    while (n < max - 1) {
        int got = SSL_read(r->ssl, out + n, (int)(max - 1 - n));
        if (got <= 0) {
            if (SSL_get_error(r->ssl, got) != SSL_ERROR_WANT_READ || !rig_fill(r)) break;
            continue;
        }
        n += (size_t)got;
        out[n] = 0;
        const char *body = strstr(out, "\r\n\r\n"), *at = strcasestr(out, "\r\nContent-Length: ");
        if (!body || !at) continue;
        size_t body_bytes = strtoul(at + strlen("\r\nContent-Length: "), NULL, 10);
        if (n - (size_t)(body + 4 - out) >= body_bytes)
            return (struct str){ body + 4, body_bytes };
    }
    return (struct str){ "", 0 };
}

static inline void rig_close(struct rig *r)
{
    SSL_free(r->ssl);
    SSL_CTX_free(r->context);
    close(r->fd);
}

#endif
