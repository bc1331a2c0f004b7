/* A certificate that changes while the server runs. Serial numbers tell the pairs apart. */
#include "tests/unit/net/tls_rig.h"

#include <sys/stat.h>

static struct app app;
static char folder[64], cert_path[96], key_path[96];
static struct pair first, second, third;
static char text[4096];

static long serial_of(struct rig *r)
{
    X509 *cert = SSL_get1_peer_certificate(r->ssl);
    long serial = cert ? ASN1_INTEGER_get(X509_get0_serialNumber(cert)) : 0;
    X509_free(cert);
    return serial;
}

/* What a new connection sees. */
static long serial_now(void)
{
    struct rig r = rig_open(&app);
    CHECK(rig_connect(&r, PIECES_AS_THEY_COME));
    long serial = serial_of(&r);
    CHECK(rig_get(&r, "/hello", text, sizeof text).n > 0);
    rig_close(&r);
    return serial;
}

/* ---- what is logged meanwhile ---- */

static int log_pipe[2], log_before;

static void log_begin(void)
{
    REQUIRE(pipe(log_pipe) == 0);
    log_before = dup(2);
    dup2(log_pipe[1], 2);
    close(log_pipe[1]);
}

static struct str log_end(void)
{
    static char logged[16 * 1024];
    size_t n = 0;
    ssize_t got;
    dup2(log_before, 2);
    close(log_before);
    while ((got = read(log_pipe[0], logged + n, sizeof logged - n)) > 0) n += (size_t)got;
    close(log_pipe[0]);
    return (struct str){ logged, n };
}

static size_t lines_of(struct str s)
{
    size_t lines = 0;
    for (size_t i = 0; i < s.n; i++) lines += s.p[i] == '\n';
    return lines;
}

static void look(int times)
{
    for (int i = 0; i < times; i++) server_check_certificate(app.server, false);
}

/* Moves a new file into place, as careful tools do: another inode, whatever the clock says. */
static void replace(const char *path, void (*write_it)(const char *, const struct pair *),
                    const struct pair *pair)
{
    char fresh[128];
    snprintf(fresh, sizeof fresh, "%s.new", path);
    write_it(fresh, pair);
    REQUIRE(rename(fresh, path) == 0);
}

static void start(void)
{
    const char *listen[] = { "127.0.0.1:0" };
    write_cert(cert_path, &first), write_key(key_path, &first);
    struct server_config config = { .tls_listen = listen, .tls_listen_count = 1,
                                    .tls_cert = cert_path, .tls_key = key_path };
    REQUIRE(app_try_start(&app, config) == ERR_OK);
}

/* ---- the tests ---- */

static void test_nothing_changed(void)
{
    start();
    log_begin();
    look(5);
    CHECK_STR(log_end(), STR(""));
    CHECK_INT(serial_now(), 1);
    app_stop(&app);
}

static void test_new_pair(void)
{
    start();
    struct rig old = rig_open(&app);
    CHECK(rig_connect(&old, PIECES_AS_THEY_COME));
    replace(cert_path, write_cert, &second), replace(key_path, write_key, &second);
    look(1); /* it changed a moment ago, and may not be whole */
    CHECK_INT(serial_now(), 1);
    look(1);
    CHECK_INT(serial_now(), 2);
    CHECK_INT(serial_of(&old), 1); /* goes on with the one that it began with */
    CHECK(rig_get(&old, "/hello", text, sizeof text).n > 0);
    rig_close(&old);
    app_stop(&app);
}

/* Written over in place: the inode stays, size or time tell. A key of another kind. */
static void test_written_over(void)
{
    start();
    write_cert(cert_path, &third), write_key(key_path, &third);
    look(2);
    CHECK_INT(serial_now(), 3);
    app_stop(&app);
}

static void test_at_once(void)
{
    start();
    replace(cert_path, write_cert, &second), replace(key_path, write_key, &second);
    server_check_certificate(app.server, true);
    CHECK_INT(serial_now(), 2);
    app_stop(&app);
}

/* Refused once, with one reason, however often it is looked at; and good as soon as it is good. */
static void check_refused(const char *named)
{
    log_begin();
    look(6);
    struct str logged = log_end();
    CHECK(str_has(logged, str_of(named)));
    CHECK(str_has(logged, STR("stays in use")));
    CHECK_INT(lines_of(logged), 2);
    CHECK_INT(serial_now(), 1);
}

static void test_key_of_another_certificate(void)
{
    start();
    replace(cert_path, write_cert, &second);
    check_refused(key_path);
    replace(key_path, write_key, &second);
    look(2);
    CHECK_INT(serial_now(), 2);
    app_stop(&app);
}

static void test_key_of_another_kind(void)
{
    start();
    replace(key_path, write_key, &third);
    check_refused(key_path);
    app_stop(&app);
}

static void test_no_certificate(void)
{
    start();
    FILE *file = fopen(cert_path, "w");
    REQUIRE(file && fputs("-----BEGIN CERTIFICATE-----\nAAAA\n", file) >= 0 && !fclose(file));
    check_refused(cert_path);
    REQUIRE(unlink(cert_path) == 0);
    check_refused(cert_path);
    write_cert(cert_path, &second), write_key(key_path, &second);
    look(2);
    CHECK_INT(serial_now(), 2);
    app_stop(&app);
}

/* It must not ask the terminal. */
static void test_key_with_a_password(void)
{
    start();
    FILE *file = fopen(key_path, "w");
    REQUIRE(file && PEM_write_PrivateKey(file, first.key, EVP_aes_128_cbc(),
                                         (const unsigned char *)"secret", 6, NULL, NULL) &&
            !fclose(file));
    check_refused("without a password");
    app_stop(&app);
}

static void test_sessions_outlive_the_change(void)
{
    start();
    struct rig r = rig_open(&app);
    CHECK(rig_connect(&r, PIECES_AS_THEY_COME));
    CHECK(rig_get(&r, "/hello", text, sizeof text).n > 0); /* with it come the tickets */
    SSL_SESSION *session = SSL_get1_session(r.ssl);
    SSL_set_shutdown(r.ssl, SSL_SENT_SHUTDOWN);
    rig_close(&r);
    replace(cert_path, write_cert, &second), replace(key_path, write_key, &second);
    server_check_certificate(app.server, true);
    r = rig_open(&app);
    CHECK(rig_connect_session(&r, PIECES_AS_THEY_COME, session));
    CHECK(SSL_session_reused(r.ssl));
    CHECK(str_has(rig_get(&r, "/hello", text, sizeof text), STR("resumed=1")));
    SSL_SESSION_free(session);
    rig_close(&r);
    app_stop(&app);
}

struct hurry {
    _Atomic bool stop;
};

static void *change_all_the_time(void *arg)
{
    struct hurry *hurry = arg;
    while (!hurry->stop) server_check_certificate(app.server, true);
    return NULL;
}

/* Loads beside handshakes, for the sanitizers. */
static void test_while_clients_connect(void)
{
    struct hurry hurry = { false };
    pthread_t thread;
    start();
    log_set_level(LOG_ERROR); /* each load is a line */
    pthread_create(&thread, NULL, change_all_the_time, &hurry);
    for (int i = 0; i < 50; i++) CHECK_INT(serial_now(), 1);
    hurry.stop = true;
    pthread_join(thread, NULL);
    log_set_level(LOG_WARN);
    app_stop(&app);
}

static void test_without_tls(void)
{
    app_start(&app, (struct server_limits){ 0 });
    server_check_certificate(app.server, true);
    int fd = client_connect(&app);
    client_expect(fd, GET("/hello"), 200, "none");
    close(fd);
    app_stop(&app);
}

static void test_expired(void)
{
    struct pair old = pair_make(9, "P-256");
    X509_gmtime_adj(X509_getm_notBefore(old.cert), -7200);
    X509_gmtime_adj(X509_getm_notAfter(old.cert), -3600);
    REQUIRE(X509_sign(old.cert, old.key, EVP_sha256()) > 0);
    start();
    replace(cert_path, write_cert, &old), replace(key_path, write_key, &old);
    log_begin();
    look(2);
    CHECK(str_has(log_end(), STR("has expired")));
    CHECK_INT(serial_now(), 9); /* the operator's choice, and said aloud */
    pair_free(&old);
    app_stop(&app);
}

int main(void)
{
    log_set_level(LOG_WARN);
    snprintf(folder, sizeof folder, "/tmp/whorl-certificate-%d", (int)getpid());
    REQUIRE(mkdir(folder, 0700) == 0);
    snprintf(cert_path, sizeof cert_path, "%s/cert.pem", folder);
    snprintf(key_path, sizeof key_path, "%s/key.pem", folder);
    first = pair_make(1, "P-256");
    second = pair_make(2, "P-256");
    third = pair_make(3, "RSA");
    RUN(test_nothing_changed);
    RUN(test_new_pair);
    RUN(test_written_over);
    RUN(test_at_once);
    RUN(test_key_of_another_certificate);
    RUN(test_key_of_another_kind);
    RUN(test_no_certificate);
    RUN(test_key_with_a_password);
    RUN(test_sessions_outlive_the_change);
    RUN(test_while_clients_connect);
    RUN(test_without_tls);
    RUN(test_expired);
    unlink(cert_path), unlink(key_path), rmdir(folder);
    pair_free(&first), pair_free(&second), pair_free(&third);
    return test_end();
}
