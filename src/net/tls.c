/* tls - see tls.h.
 *
 * TLS 1.0 and 1.1 are refused (RFC 8996), renegotiation too: nothing here needs it, and it lets a
 * client cause work after the handshake. Session tickets are on, so that clients resume; the
 * session cache is off: with it, all loops would meet at one lock. Early data is off (OpenSSL's
 * default): it can be replayed.
 *
 * The ClientHello is seen by OpenSSL's message callback, which gets it whole, however many records
 * and packets it came in; its client-hello callback would leave out extensions that it does not
 * know.
 */
#include "net/tls.h"

#include "base/log.h"
#include "net/certificate.h"
#include "net/conn.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

struct tls {
    struct certificate *certificate;
    BIO_METHOD *method;
    const struct protocol *const *protocols;
};

struct tls_conn {
    SSL *ssl;
    struct tls *tls;
    struct loop_bytes *out;
    const char *in; /* not yet used ciphertext: borrowed, or inside `held` */
    size_t in_bytes;
    char *held;
    bool broken; /* after a fatal error nothing more may be asked of ssl */
    struct hello_facts hello;
};

/* ---- the BIO ---- */

static int bio_read(BIO *bio, char *p, int n)
{
    struct tls_conn *tls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (n <= 0) return 0;
    if (tls->in_bytes == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    size_t piece = tls->in_bytes < (size_t)n ? tls->in_bytes : (size_t)n;
    memcpy(p, tls->in, piece);
    tls->in += piece;
    tls->in_bytes -= piece;
    return (int)piece;
}

static int bio_write(BIO *bio, const char *p, int n)
{
    struct tls_conn *tls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (n < 0 || !loop_bytes_add(tls->out, p, (size_t)n)) return -1;
    return n;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static int bio_create(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

/* ---- the context ---- */

/* OpenSSL's first word on what went wrong; the others are forgotten. */
static const char *openssl_problem(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_error());
    ERR_clear_error();
    return reason ? reason : "unknown";
}

/* RFC 7301 3.2: a client that wants only protocols we do not speak gets an alert. */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_bytes,
                           const unsigned char *offered, unsigned offered_bytes, void *arg)
{
    const struct tls *tls = arg;
    (void)ssl;
    for (size_t i = 0; tls->protocols[i]; i++) {
        struct str ours = str_of(tls->protocols[i]->alpn);
        for (unsigned at = 0; at < offered_bytes; at += 1u + offered[at]) {
            struct str theirs = { (const char *)offered + at + 1, offered[at] };
            if (at + 1 + theirs.n > offered_bytes || !str_eq(ours, theirs)) continue;
            *out = offered + at + 1;
            *out_bytes = offered[at];
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* TLS 1.2: only suites whose key exchange a later theft of the key does not break; ciphers with
 * authentication first, the old block mode last, for clients of about 2012 to 2014. TLS 1.3 has
 * three suites and they are good (RFC 8446 9.1). */
static const char ciphers_1_2[] = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:!aNULL";

static SSL_CTX *create_context(void *arg)
{
    struct tls *tls = arg;
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (!context) return NULL;
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(context, ciphers_1_2);
    /* Ours first, but ChaCha20 for clients that put it first: they have no AES in hardware. */
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, tls);
    return context;
}

enum err tls_create(struct tls **out, const char *cert, const char *key,
                    const struct protocol *const *protocols)
{
    struct tls *tls = calloc(1, sizeof *tls);
    if (!tls) return ERR_NO_MEMORY;
    tls->protocols = protocols;
    tls->method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "loop");
    enum err e = tls->method ? ERR_OK : ERR_NO_MEMORY;
    if (!e) {
        BIO_meth_set_read(tls->method, bio_read);
        BIO_meth_set_write(tls->method, bio_write);
        BIO_meth_set_ctrl(tls->method, bio_ctrl);
        BIO_meth_set_create(tls->method, bio_create);
        e = certificate_open(&tls->certificate, cert, key, create_context, tls);
    }
    if (e) tls_destroy(tls);
    else *out = tls;
    return e;
}

void tls_destroy(struct tls *tls)
{
    if (!tls) return;
    certificate_close(tls->certificate);
    BIO_meth_free(tls->method);
    free(tls);
}

void tls_check_files(struct tls *tls, bool now)
{
    certificate_check(tls->certificate, now);
}

/* ---- a connection ---- */

/* Sees each handshake message of the client once, whole, header included. The first one is its
 * hello, or OpenSSL refuses it; after that nobody listens any more. A hello in the form of SSL 2
 * has no content type and is not looked at. */
static void on_message(int ours, int version, int content_type, const void *bytes, size_t n,
                       SSL *ssl, void *arg)
{
    struct tls_conn *conn = arg;
    (void)version;
    if (ours || content_type != SSL3_RT_HANDSHAKE) return;
    SSL_set_msg_callback(ssl, NULL);
    hello_facts_read(&conn->hello, (struct str){ bytes, n });
}

struct tls_conn *tls_open(struct tls *tls, struct loop_bytes *out)
{
    struct tls_conn *conn = calloc(1, sizeof *conn);
    SSL_CTX *context = certificate_context(tls->certificate);
    SSL *ssl = SSL_new(context);
    SSL_CTX_free(context); /* ssl holds it */
    BIO *bio = BIO_new(tls->method);
    if (!conn || !ssl || !bio) {
        free(conn);
        SSL_free(ssl);
        BIO_free(bio);
        ERR_clear_error();
        return NULL;
    }
    *conn = (struct tls_conn){ .ssl = ssl, .tls = tls, .out = out };
    BIO_set_data(bio, conn);
    SSL_set_bio(ssl, bio, bio);
    SSL_set_accept_state(ssl);
    SSL_set_msg_callback(ssl, on_message);
    SSL_set_msg_callback_arg(ssl, conn);
    return conn;
}

void tls_close(struct tls_conn *tls)
{
    if (!tls) return;
    SSL_free(tls->ssl);
    free(tls->held);
    free(tls);
}

void tls_input(struct tls_conn *tls, const char *p, size_t n)
{
    assert(tls->in_bytes == 0); /* reading pauses while something is held */
    tls->in = p;
    tls->in_bytes = n;
}

bool tls_keep(struct tls_conn *tls)
{
    char *held = NULL;
    if (tls->in_bytes > 0) {
        held = malloc(tls->in_bytes);
        if (!held) return false;
        memcpy(held, tls->in, tls->in_bytes); /* `in` may point into the old one */
        tls->in = held;
    }
    free(tls->held);
    tls->held = held;
    return true;
}

static enum tls_result result_of(struct tls_conn *tls, int returned)
{
    switch (SSL_get_error(tls->ssl, returned)) {
    case SSL_ERROR_WANT_READ: return TLS_WAITS;
    case SSL_ERROR_ZERO_RETURN: return TLS_ENDED;
    default: tls->broken = true; return TLS_FAILED;
    }
}

enum tls_result tls_handshake(struct tls_conn *tls, const struct protocol **chosen,
                              const char **problem)
{
    ERR_clear_error();
    int returned = SSL_do_handshake(tls->ssl);
    if (returned != 1) {
        enum tls_result result = result_of(tls, returned);
        if (result == TLS_WAITS) return TLS_WAITS;
        tls->broken = true;
        *problem = openssl_problem();
        return TLS_FAILED;
    }
    tls->hello.version = SSL_get_version(tls->ssl);
    tls->hello.cipher = SSL_get_cipher_name(tls->ssl);
    tls->hello.resumed = SSL_session_reused(tls->ssl);
    const unsigned char *name;
    unsigned name_bytes;
    SSL_get0_alpn_selected(tls->ssl, &name, &name_bytes);
    const struct protocol *const *protocols = tls->tls->protocols;
    for (size_t i = 0; protocols[i]; i++) { /* without ALPN the last one stays */
        *chosen = protocols[i];
        if (name_bytes > 0 &&
            str_eq(str_of(protocols[i]->alpn), (struct str){ (const char *)name, name_bytes }))
            break;
    }
    return TLS_OK;
}

const struct hello_facts *tls_hello(const struct tls_conn *tls)
{
    return &tls->hello;
}

enum tls_result tls_read(struct tls_conn *tls, char *p, size_t n, size_t *got)
{
    if (tls->broken) return TLS_FAILED;
    ERR_clear_error();
    int returned = SSL_read_ex(tls->ssl, p, n, got);
    return returned == 1 ? TLS_OK : result_of(tls, returned);
}

bool tls_write(struct tls_conn *tls, const char *p, size_t n)
{
    size_t written;
    if (tls->broken) return false;
    if (n == 0) return true;
    ERR_clear_error();
    int returned = SSL_write_ex(tls->ssl, p, n, &written);
    if (returned == 1) return true; /* our BIO never takes a part */
    tls->broken = true;
    return false;
}

void tls_finish(struct tls_conn *tls)
{
    if (tls->broken || !SSL_is_init_finished(tls->ssl)) return;
    ERR_clear_error();
    if (SSL_shutdown(tls->ssl) < 0) tls->broken = true;
}
