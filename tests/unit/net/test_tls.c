/* TLS over real sockets, with a certificate made here. The client is OpenSSL's on a blocking socket. */
#include "tests/unit/net/harness.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

static struct app app;
static char cert_path[64], key_path[64];

static void write_certificate(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -60);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                               (const unsigned char *)"localhost", -1, -1, 0);
    X509_set_issuer_name(cert, X509_get_subject_name(cert));
    X509_set_pubkey(cert, key);
    REQUIRE(X509_sign(cert, key, EVP_sha256()) > 0);
    snprintf(cert_path, sizeof cert_path, "/tmp/whorl-cert-%d.pem", (int)getpid());
    snprintf(key_path, sizeof key_path, "/tmp/whorl-key-%d.pem", (int)getpid());
    FILE *file = fopen(cert_path, "w");
    PEM_write_X509(file, cert);
    fclose(file);
    file = fopen(key_path, "w");
    PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    fclose(file);
    EVP_PKEY_free(key);
    X509_free(cert);
}

struct tls_client {
    SSL_CTX *context;
    SSL *ssl;
    int fd;
    bool connected;
};

static struct tls_client tls_connect(int min, int max, const char *alpn)
{
    struct tls_client c = { .context = SSL_CTX_new(TLS_client_method()) };
    SSL_CTX_set_min_proto_version(c.context, min);
    SSL_CTX_set_max_proto_version(c.context, max);
    if (max < TLS1_2_VERSION) SSL_CTX_set_cipher_list(c.context, "ALL:@SECLEVEL=0");
    if (alpn) SSL_CTX_set_alpn_protos(c.context, (const unsigned char *)alpn, (unsigned)strlen(alpn));
    c.fd = client_connect(&app);
    c.ssl = SSL_new(c.context);
    SSL_set_fd(c.ssl, c.fd);
    ERR_clear_error();
    c.connected = SSL_connect(c.ssl) == 1;
    return c;
}

static void tls_disconnect(struct tls_client *c)
{
    SSL_free(c->ssl);
    SSL_CTX_free(c->context);
    close(c->fd);
}

static bool tls_send(struct tls_client *c, struct str bytes)
{
    return SSL_write(c->ssl, bytes.p, (int)bytes.n) == (int)bytes.n;
}

/* Reads one answer and compares it. */
static void tls_expect(struct tls_client *c, int status, struct str body)
{
    char head[4096];
    size_t n = 0;
    int got = 0, length = 0, got_bytes = 0;
    while (n < sizeof head - 1 && SSL_read(c->ssl, head + n, 1) == 1) {
        n++;
        if (n >= 4 && memcmp(head + n - 4, "\r\n\r\n", 4) == 0) break;
    }
    head[n] = 0;
    const char *at = strcasestr(head, "\r\nContent-Length: ");
    CHECK(sscanf(head, "HTTP/1.1 %d ", &got) == 1);
    CHECK_INT(got, status);
    if (at) length = atoi(at + strlen("\r\nContent-Length: "));
    char *p = calloc(1, (size_t)length + 1);
    while (got_bytes < length) {
        int read = SSL_read(c->ssl, p + got_bytes, length - got_bytes);
        if (read <= 0) break;
        got_bytes += read;
    }
    if (body.p) CHECK_STR(((struct str){ p, (size_t)got_bytes }), body);
    else CHECK_INT(got_bytes, length);
    free(p);
}

static void round_trip(int version, const char *name)
{
    struct tls_client c = tls_connect(version, version, NULL);
    CHECK(c.connected);
    CHECK_STR(str_of(SSL_get_version(c.ssl)), str_of(name));
    for (int i = 0; i < 3; i++) {
        CHECK(tls_send(&c, STR(POST("/echo", "5", "hello"))));
        tls_expect(&c, 200, STR("hello"));
    }
    CHECK(tls_send(&c, STR(POST("/later", "2", "ab") GET("/none") POST("/later", "2", "cd"))));
    tls_expect(&c, 200, STR("ab"));
    tls_expect(&c, 204, STR(""));
    tls_expect(&c, 200, STR("cd"));
    CHECK(tls_send(&c, STR("GET /info HTTP/1.0\r\n\r\n")));
    char want[128];
    struct sockaddr_in local;
    getsockname(c.fd, (struct sockaddr *)&local, &(socklen_t){ sizeof local });
    snprintf(want, sizeof want, "v4 tls=1 admin=0 version=0 port=%d", ntohs(local.sin_port));
    tls_expect(&c, 200, str_of(want));
    char byte;
    int end = SSL_read(c.ssl, &byte, 1);
    CHECK_INT(SSL_get_error(c.ssl, end), SSL_ERROR_ZERO_RETURN); /* close_notify, not a cut */
    tls_disconnect(&c);
}

static void test_tls_1_2(void)
{
    round_trip(TLS1_2_VERSION, "TLSv1.2");
}

static void test_tls_1_3(void)
{
    round_trip(TLS1_3_VERSION, "TLSv1.3");
}

static void test_tls_1_1_is_refused(void)
{
    struct tls_client c = tls_connect(TLS1_VERSION, TLS1_1_VERSION, NULL);
    CHECK(!c.connected);
    CHECK_INT(ERR_GET_REASON(ERR_peek_error()), SSL_R_TLSV1_ALERT_PROTOCOL_VERSION);
    tls_disconnect(&c);
}

static void test_alpn(void)
{
    const unsigned char *name;
    unsigned bytes;
    struct tls_client c = tls_connect(TLS1_2_VERSION, TLS1_3_VERSION, "\x08http/1.1\x02h2");
    CHECK(c.connected);
    SSL_get0_alpn_selected(c.ssl, &name, &bytes);
    CHECK_STR(((struct str){ (const char *)name, bytes }), STR("h2")); /* ours first */
    tls_disconnect(&c);
    c = tls_connect(TLS1_2_VERSION, TLS1_3_VERSION, "\x08http/1.1");
    CHECK(c.connected);
    SSL_get0_alpn_selected(c.ssl, &name, &bytes);
    CHECK_STR(((struct str){ (const char *)name, bytes }), STR("http/1.1"));
    tls_send(&c, STR(GET("/echo")));
    tls_expect(&c, 200, STR(""));
    tls_disconnect(&c);
    c = tls_connect(TLS1_2_VERSION, TLS1_2_VERSION, "\x05other");
    CHECK(!c.connected);
    CHECK_INT(ERR_GET_REASON(ERR_peek_error()), SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL);
    tls_disconnect(&c);
}

static void test_large_bodies(void)
{
    enum { SIZE = 200000 };
    struct tls_client c = tls_connect(TLS1_2_VERSION, TLS1_3_VERSION, NULL);
    char *text = malloc(SIZE + 200);
    for (int i = 0; i < 3; i++) {
        int n = sprintf(text, "POST %s HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n",
                        i == 1 ? "/later" : "/echo", SIZE);
        for (int k = 0; k < SIZE; k++) text[n + k] = (char)('a' + k % 23);
        CHECK(tls_send(&c, (struct str){ text, (size_t)(n + SIZE) }));
        tls_expect(&c, 200, (struct str){ text + n, SIZE });
    }
    CHECK(tls_send(&c, STR(GET("/size?5000000"))));
    tls_expect(&c, 200, (struct str){ NULL, 0 });
    free(text);
    tls_disconnect(&c);
}

/* Forty records and all their requests at once, while the first one waits: what follows lies partly in
 * the kernel, partly inside OpenSSL, and must come out again. */
static void test_pause_and_resume(void)
{
    enum { COUNT = 40, BODY = 9000 };
    char *text = malloc(BODY + 200);
    struct tls_client c = tls_connect(TLS1_2_VERSION, TLS1_3_VERSION, NULL);
    for (int i = 0; i < COUNT; i++) {
        int n = sprintf(text, "POST %s HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n",
                        i == 0 ? "/hold" : "/echo", BODY);
        memset(text + n, 'a' + i % 26, BODY);
        CHECK(tls_send(&c, (struct str){ text, (size_t)(n + BODY) }));
    }
    app_wait_held(&app, 1);
    app_release(&app);
    for (int i = 0; i < COUNT; i++) {
        memset(text, 'a' + i % 26, BODY);
        tls_expect(&c, 200, (struct str){ text, BODY });
    }
    free(text);
    tls_disconnect(&c);
}

static void test_refusal_lingers(void)
{
    enum { SENT = 10 * 1000 * 1000 };
    char *body = calloc(1, SENT);
    struct tls_client c = tls_connect(TLS1_2_VERSION, TLS1_3_VERSION, NULL);
    tls_send(&c, STR("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 10000000\r\n\r\n"));
    CHECK(tls_send(&c, (struct str){ body, SENT }));
    tls_expect(&c, 413, STR("BODY_TOO_LARGE POST /p the request body is too large"));
    free(body);
    tls_disconnect(&c);
}

/* The client has sent all it wants to, and says so; then it still gets its answer. */
static void test_half_closed(void)
{
    struct tls_client c = tls_connect(TLS1_2_VERSION, TLS1_3_VERSION, NULL);
    tls_send(&c, STR(POST("/hold", "2", "ab") GET("/echo")));
    app_wait_held(&app, 1);
    CHECK_INT(SSL_shutdown(c.ssl), 0);
    app_release(&app);
    tls_expect(&c, 200, STR("ab"));
    tls_expect(&c, 200, STR(""));
    tls_disconnect(&c);
}

static void test_client_leaves(void)
{
    struct tls_client c = tls_connect(TLS1_2_VERSION, TLS1_3_VERSION, NULL);
    tls_send(&c, STR(POST("/hold", "2", "ab")));
    app_wait_held(&app, 1);
    tls_disconnect(&c);
    app_release(&app);
    int fd = client_connect(&app); /* not even a handshake */
    client_text(fd, "\x16\x03\x01");
    close(fd);
    c = tls_connect(TLS1_2_VERSION, TLS1_3_VERSION, NULL);
    tls_send(&c, STR(GET("/echo")));
    tls_expect(&c, 200, STR(""));
    tls_disconnect(&c);
}

/* Something that is not TLS gets an end, not an answer that it cannot read. */
static void test_plain_text(void)
{
    int fd = client_connect(&app);
    char p[256];
    client_text(fd, GET("/echo"));
    ssize_t n, total = 0;
    while ((n = client_read(fd, p, sizeof p)) > 0) total += n;
    CHECK_INT(n, 0);
    CHECK(total < 16); /* at most an alert */
    close(fd);
}

static void test_handshake_timeout(void)
{
    struct app other;
    const char *listen[] = { "127.0.0.1:0" };
    struct server_config config = { .tls_listen = listen, .tls_listen_count = 1,
                                    .tls_cert = cert_path, .tls_key = key_path,
                                    .limits = { .head_timeout_ms = 100 } };
    REQUIRE(app_try_start(&other, config) == ERR_OK);
    int fd = client_connect(&other);
    CHECK(client_sees_end(fd));
    close(fd);
    app_stop(&other);
}

static void test_bad_files(void)
{
    const char *listen[] = { "127.0.0.1:0" };
    const struct { const char *cert, *key, *named; } examples[] = {
        { NULL, NULL, "--tls-cert" },
        { "/nonexistent", key_path, "/nonexistent" },
        { cert_path, "/nonexistent", "/nonexistent" },
        { key_path, key_path, key_path },
        { cert_path, cert_path, cert_path },
    };
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        char text[1024];
        struct server_config config = { .tls_listen = listen, .tls_listen_count = 1,
                                        .tls_cert = examples[i].cert, .tls_key = examples[i].key };
        CHECK_INT(app_start_log(config, text, sizeof text), ERR_USAGE);
        CHECK(strstr(text, examples[i].named) != NULL);
    }
}

int main(void)
{
    const char *listen[] = { "127.0.0.1:0" };
    log_set_level(LOG_ERROR);
    write_certificate();
    struct server_config config = { .tls_listen = listen, .tls_listen_count = 1,
                                    .tls_cert = cert_path, .tls_key = key_path };
    REQUIRE(app_try_start(&app, config) == ERR_OK);
    RUN(test_tls_1_2);
    RUN(test_tls_1_3);
    RUN(test_tls_1_1_is_refused);
    RUN(test_alpn);
    RUN(test_large_bodies);
    RUN(test_pause_and_resume);
    RUN(test_refusal_lingers);
    RUN(test_half_closed);
    RUN(test_client_leaves);
    RUN(test_plain_text);
    RUN(test_handshake_timeout);
    RUN(test_bad_files);
    app_stop(&app);
    unlink(cert_path);
    unlink(key_path);
    return test_end();
}
