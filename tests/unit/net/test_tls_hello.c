/* The ClientHello of real handshakes: however it comes, each request of the connection shows what
 * was sent. The expected values are made from the bytes that the client kept. */
#include "tests/unit/net/tls_rig.h"

static struct app app;
static char cert_path[64], key_path[64], config_path[64];
static char text[4096];

/* What /hello must say. */
static struct str expected(struct rig *r, bool resumed, bool alpn)
{
    static char want[512];
    struct hello_facts facts = { .known = false };
    hello_facts_read(&facts, (struct str){ r->hello, r->hello_bytes });
    int n = snprintf(want, sizeof want, "%s %s %s %s resumed=%d bytes=%zu alpn=%s",
                     SSL_get_version(r->ssl), SSL_get_cipher_name(r->ssl), facts.ja3, facts.ja4,
                     resumed, r->hello_bytes, alpn ? "http/1.1" : "");
    CHECK(facts.known);
    return (struct str){ want, (size_t)n };
}

static void test_every_request_shows_it(void)
{
    static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        struct rig r = rig_open(&app);
        SSL_CTX_set_min_proto_version(r.context, versions[i]);
        SSL_CTX_set_max_proto_version(r.context, versions[i]);
        SSL_CTX_set_alpn_protos(r.context, (const unsigned char *)"\10http/1.1", 9);
        CHECK(rig_connect(&r, PIECES_AS_THEY_COME));
        for (int k = 0; k < 3; k++)
            CHECK_STR(rig_get(&r, "/hello", text, sizeof text), expected(&r, false, true));
        rig_close(&r);
    }
}

static void test_byte_by_byte(void)
{
    struct rig r = rig_open(&app);
    CHECK(rig_connect(&r, PIECES_ONE_BYTE_PER_SEGMENT));
    CHECK_STR(rig_get(&r, "/hello", text, sizeof text), expected(&r, false, false));
    rig_close(&r);
}

static void test_many_records(void)
{
    struct rig r = rig_open(&app);
    CHECK(rig_connect(&r, PIECES_SMALL_RECORDS));
    CHECK_STR(rig_get(&r, "/hello", text, sizeof text), expected(&r, false, false));
    rig_close(&r);
}

/* ---- large ones ---- */

struct filler {
    size_t bytes;
    unsigned asked;
    unsigned times; /* how often it is sent */
};

static int add_filler(SSL *ssl, unsigned type, unsigned context, const unsigned char **out,
                      size_t *out_n, X509 *x, size_t chain, int *alert, void *arg)
{
    static unsigned char zeros[64 * 1024];
    struct filler *filler = arg;
    (void)ssl, (void)type, (void)context, (void)x, (void)chain, (void)alert;
    if (filler->asked++ >= filler->times) return 0;
    *out = zeros;
    *out_n = filler->bytes;
    return 1;
}

enum { FILLER_TYPE = 0xfe01 };

static void add_extension(struct rig *r, struct filler *filler)
{
    SSL_CTX_add_custom_ext(r->context, FILLER_TYPE, SSL_EXT_CLIENT_HELLO, add_filler, NULL, filler,
                           NULL, NULL);
}

static struct rig connect_with_filler(struct filler *filler, enum pieces pieces)
{
    struct rig r = rig_open(&app);
    add_extension(&r, filler);
    CHECK(rig_connect(&r, pieces));
    return r;
}

/* A hello of exactly the limit is known; of a byte more it is not, and the connection works. */
static void test_up_to_16_kB(void)
{
    struct filler filler = { .bytes = 1000, .times = 1 };
    struct rig r = connect_with_filler(&filler, PIECES_AS_THEY_COME);
    size_t rest = r.hello_bytes - 1000;
    rig_close(&r);
    for (size_t more = 0; more < 2; more++) {
        filler = (struct filler){ .bytes = HELLO_BYTES_MAX - rest + more, .times = 1 };
        r = connect_with_filler(&filler, more ? PIECES_AS_THEY_COME : PIECES_SMALL_RECORDS);
        CHECK_INT(r.hello_bytes, HELLO_BYTES_MAX + more);
        if (!more) {
            CHECK_STR(rig_get(&r, "/hello", text, sizeof text), expected(&r, false, false));
        } else {
            char want[128];
            int n = snprintf(want, sizeof want, "%s %s - - resumed=0 bytes=0 alpn=",
                             SSL_get_version(r.ssl), SSL_get_cipher_name(r.ssl));
            CHECK_STR(rig_get(&r, "/hello", text, sizeof text), ((struct str){ want, (size_t)n }));
        }
        rig_close(&r);
    }
}

static void test_far_over_16_kB(void)
{
    struct filler filler = { .bytes = 60000, .times = 1 };
    struct rig r = connect_with_filler(&filler, PIECES_AS_THEY_COME);
    CHECK(str_has(rig_get(&r, "/hello", text, sizeof text), STR(" - - resumed=0")));
    rig_close(&r);
}

/* ---- more than one hello ---- */

/* The fourth word of what /hello says. */
static struct str ja4_in(struct str answer)
{
    struct str word = { "", 0 };
    for (int i = 0; i < 4; i++) CHECK(str_split(&answer, ' ', &word));
    CHECK_INT(word.n, JA4_CHARS);
    return word;
}

static void test_resumption(void)
{
    static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        char first_hello[512];
        struct rig r = rig_open(&app);
        SSL_CTX_set_max_proto_version(r.context, versions[i]);
        CHECK(rig_connect(&r, PIECES_AS_THEY_COME));
        struct str got = rig_get(&r, "/hello", text, sizeof text);
        snprintf(first_hello, sizeof first_hello, "%.*s", STR_ARG(got));
        SSL_SESSION *session = SSL_get1_session(r.ssl);
        SSL_set_shutdown(r.ssl, SSL_SENT_SHUTDOWN); /* or it is forgotten */
        rig_close(&r);

        r = rig_open(&app);
        SSL_CTX_set_max_proto_version(r.context, versions[i]);
        CHECK(rig_connect_session(&r, PIECES_AS_THEY_COME, session));
        CHECK(SSL_session_reused(r.ssl));
        CHECK_STR(rig_get(&r, "/hello", text, sizeof text), expected(&r, true, false));
        /* its own: the session in it makes another JA4 with TLS 1.3 */
        CHECK_INT(str_eq(ja4_in(rig_get(&r, "/hello", text, sizeof text)),
                         ja4_in(str_of(first_hello))),
                  versions[i] == TLS1_2_VERSION);
        SSL_SESSION_free(session);
        rig_close(&r);
    }
}

/* The server takes X25519 only (main), the client tries P-256 first: it has to say hello twice, the
 * second time without the filler. */
static void test_hello_retry(void)
{
    struct filler filler = { .bytes = 10, .times = 1 };
    struct rig r = rig_open(&app);
    add_extension(&r, &filler);
    SSL_CTX_set1_groups_list(r.context, "P-256:X25519");
    CHECK(rig_connect(&r, PIECES_AS_THEY_COME));
    CHECK_INT(r.hellos, 2);
    CHECK_INT(filler.asked, 2);
    CHECK_STR(rig_get(&r, "/hello", text, sizeof text), expected(&r, false, false));
    rig_close(&r);
}

static void test_hello_retry_after_a_large_one(void)
{
    struct filler filler = { .bytes = 20000, .times = 1 };
    struct rig r = rig_open(&app);
    add_extension(&r, &filler);
    SSL_CTX_set1_groups_list(r.context, "P-256:X25519");
    CHECK(rig_connect(&r, PIECES_AS_THEY_COME));
    CHECK_INT(r.hellos, 2);
    CHECK(str_has(rig_get(&r, "/hello", text, sizeof text), STR(" - - resumed=0")));
    rig_close(&r);
}

static void test_two_clients(void)
{
    struct rig a = rig_open(&app), b = rig_open(&app);
    SSL_CTX_set_cipher_list(b.context, "ECDHE-RSA-AES128-GCM-SHA256");
    CHECK(rig_connect(&a, PIECES_AS_THEY_COME) && rig_connect(&b, PIECES_AS_THEY_COME));
    for (int i = 0; i < 2; i++) {
        CHECK_STR(rig_get(&a, "/hello", text, sizeof text), expected(&a, false, false));
        CHECK_STR(rig_get(&b, "/hello", text, sizeof text), expected(&b, false, false));
    }
    rig_close(&a), rig_close(&b);
}

/* ---- what is accepted ---- */

static void test_old_suites_are_refused(void)
{
    static const struct { const char *cipher; bool want; } examples[] = {
        { "ECDHE-RSA-AES128-GCM-SHA256", true },
        { "ECDHE-RSA-CHACHA20-POLY1305", true },
        { "ECDHE-RSA-AES128-SHA", true }, /* Safari 8, Internet Explorer 11 */
        { "AES128-SHA", false },            /* no forward secrecy */
        { "AES256-GCM-SHA384", false },
        { "DHE-RSA-AES128-SHA", false },
    };
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        struct rig r = rig_open(&app);
        SSL_CTX_set_max_proto_version(r.context, TLS1_2_VERSION);
        SSL_CTX_set_cipher_list(r.context, examples[i].cipher);
        CHECK_INT(rig_connect(&r, PIECES_AS_THEY_COME), examples[i].want);
        rig_close(&r);
    }
}

static void test_plain_connection(void)
{
    struct app plain;
    app_start(&plain, (struct server_limits){ 0 });
    int fd = client_connect(&plain);
    client_expect(fd, GET("/hello"), 200, "none");
    close(fd);
    app_stop(&plain);
}

int main(void)
{
    const char *listen[] = { "127.0.0.1:0" };
    log_set_level(LOG_ERROR);
    snprintf(cert_path, sizeof cert_path, "/tmp/whorl-hello-cert-%d.pem", (int)getpid());
    snprintf(key_path, sizeof key_path, "/tmp/whorl-hello-key-%d.pem", (int)getpid());
    snprintf(config_path, sizeof config_path, "/tmp/whorl-hello-conf-%d", (int)getpid());
    /* The server's groups, for the retry: OpenSSL reads this before its first use. */
    FILE *file = fopen(config_path, "w");
    REQUIRE(file && fputs("openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\n"
                          "Groups = X25519\n", file) >= 0 && fclose(file) == 0);
    setenv("OPENSSL_CONF", config_path, 1);
    struct pair pair = pair_make(1, "RSA");
    write_cert(cert_path, &pair), write_key(key_path, &pair);
    pair_free(&pair);
    struct server_config config = { .tls_listen = listen, .tls_listen_count = 1,
                                    .tls_cert = cert_path, .tls_key = key_path };
    REQUIRE(app_try_start(&app, config) == ERR_OK);
    RUN(test_every_request_shows_it);
    RUN(test_byte_by_byte);
    RUN(test_many_records);
    RUN(test_up_to_16_kB);
    RUN(test_far_over_16_kB);
    RUN(test_resumption);
    RUN(test_hello_retry);
    RUN(test_hello_retry_after_a_large_one);
    RUN(test_two_clients);
    RUN(test_old_suites_are_refused);
    RUN(test_plain_connection);
    app_stop(&app);
    unlink(cert_path), unlink(key_path), unlink(config_path);
    return test_end();
}
