/* certificate - see certificate.h. */
#include "net/certificate.h"

#include "base/file_stamp.h"
#include "base/log.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct stamp {
    struct file_stamp cert, key;
};

struct certificate {
    char *cert, *key;
    SSL_CTX *(*make)(void *arg);
    void *arg;
    pthread_mutex_t lock; /* of `context`: held for a moment, never while files are read */
    SSL_CTX *context;
    struct stamp tried; /* what the last load, good or bad, was made of */
    struct stamp seen;  /* at the last look */
};

static struct stamp stamp_of(const struct certificate *c)
{
    return (struct stamp){ file_stamp_of(c->cert), file_stamp_of(c->key) };
}

static bool same(const struct stamp *a, const struct stamp *b)
{
    return file_stamp_same(&a->cert, &b->cert) && file_stamp_same(&a->key, &b->key);
}

/* ---- loading ---- */

/* OpenSSL's first word on what went wrong; the others are forgotten. */
static const char *openssl_problem(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_error());
    ERR_clear_error();
    return reason ? reason : "unknown";
}

/* Instead of asking the terminal, which a server has not. */
static int no_password(char *out, int bytes, int writing, void *arg)
{
    (void)out, (void)bytes, (void)writing, (void)arg;
    return 0;
}

static enum err load_files(const struct certificate *c, SSL_CTX *context)
{
    ERR_clear_error();
    SSL_CTX_set_default_passwd_cb(context, no_password);
    if (SSL_CTX_use_certificate_chain_file(context, c->cert) != 1) {
        log_error("tls", "%s: no certificate in PEM form can be read there: %s", c->cert,
                  openssl_problem());
        return ERR_USAGE;
    }
    /* The check finds a key of another kind, which the load puts beside the certificate. */
    if (SSL_CTX_use_PrivateKey_file(context, c->key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1) {
        log_error("tls", "%s: not the private key of %s in PEM form without a password: %s", c->key,
                  c->cert, openssl_problem());
        return ERR_USAGE;
    }
    return ERR_OK;
}

/* Tickets given out before the change stay good. */
static void keep_ticket_keys(SSL_CTX *context, SSL_CTX *before)
{
    unsigned char keys[128];
    long n = SSL_CTX_get_tlsext_ticket_keys(before, NULL, 0);
    if (n <= 0 || n > (long)sizeof keys) return;
    if (SSL_CTX_get_tlsext_ticket_keys(before, keys, n) == 1)
        SSL_CTX_set_tlsext_ticket_keys(context, keys, n);
    OPENSSL_cleanse(keys, sizeof keys);
}

static void warn_of_dates(const struct certificate *c, SSL_CTX *context)
{
    const X509 *x509 = SSL_CTX_get0_certificate(context);
    if (X509_cmp_current_time(X509_get0_notAfter(x509)) < 0)
        log_warn("tls", "%s: this certificate has expired; clients will refuse it", c->cert);
    else if (X509_cmp_current_time(X509_get0_notBefore(x509)) > 0)
        log_warn("tls", "%s: this certificate is not valid yet; clients will refuse it", c->cert);
}

static enum err load(struct certificate *c)
{
    c->tried = c->seen = stamp_of(c); /* before reading: a change meanwhile is one */
    SSL_CTX *context = c->make(c->arg);
    enum err e = context ? load_files(c, context) : ERR_NO_MEMORY;
    if (e) {
        SSL_CTX_free(context);
        return e;
    }
    warn_of_dates(c, context);
    if (c->context) keep_ticket_keys(context, c->context);
    pthread_mutex_lock(&c->lock);
    SSL_CTX *before = c->context;
    c->context = context;
    pthread_mutex_unlock(&c->lock);
    SSL_CTX_free(before); /* connections hold it as long as they need it */
    return ERR_OK;
}

/* ---- the face ---- */

enum err certificate_open(struct certificate **out, const char *cert, const char *key,
                          SSL_CTX *(*make)(void *arg), void *arg)
{
    if (!cert || !key) {
        log_error("tls", "a TLS address needs a certificate and a key: --tls-cert, --tls-key");
        return ERR_USAGE;
    }
    struct certificate *c = calloc(1, sizeof *c);
    if (!c) return ERR_NO_MEMORY;
    pthread_mutex_init(&c->lock, NULL);
    c->make = make;
    c->arg = arg;
    c->cert = strdup(cert);
    c->key = strdup(key);
    enum err e = c->cert && c->key ? load(c) : ERR_NO_MEMORY;
    if (e) certificate_close(c);
    else *out = c;
    return e;
}

void certificate_close(struct certificate *c)
{
    if (!c) return;
    SSL_CTX_free(c->context);
    pthread_mutex_destroy(&c->lock);
    free(c->cert);
    free(c->key);
    free(c);
}

SSL_CTX *certificate_context(struct certificate *c)
{
    pthread_mutex_lock(&c->lock);
    SSL_CTX *context = c->context;
    SSL_CTX_up_ref(context);
    pthread_mutex_unlock(&c->lock);
    return context;
}

void certificate_check(struct certificate *c, bool now)
{
    struct stamp stamp = stamp_of(c);
    bool settled = same(&stamp, &c->seen);
    c->seen = stamp;
    if (!now && (!settled || same(&stamp, &c->tried))) return;
    if (load(c)) log_error("tls", "the certificate that was loaded before stays in use");
    else log_info("tls", "%s: new connections get this certificate from now on", c->cert);
}
