/* The server's beginning and end, its time-outs, and what it does when things run short. Each test
 * starts its own server. */
#include "base/limits.h"
#include "tests/unit/net/harness.h"

#include <sys/resource.h>
#include <sys/wait.h>

static struct app app;

/* ---- time-outs; short ones, and nothing here measures how long they take ---- */

static void test_head_timeout(void)
{
    app_start(&app, (struct server_limits){ .head_timeout_ms = 200 });
    int fd = client_connect(&app);
    client_expect(fd, "GET / HTTP/1.1\r\nHo", 408,
                  "REQUEST_TIMEOUT GET / the request head did not arrive in time");
    CHECK(client_sees_end(fd));
    close(fd);
    /* after a request, and with the beginning of the next one sent along with it */
    fd = client_connect(&app);
    client_expect(fd, GET("/echo") "GET", 200, "");
    client_expect(fd, "", 408, NULL);
    close(fd);
    app_stop(&app);
}

static void test_body_timeout(void)
{
    app_start(&app, (struct server_limits){ .body_timeout_ms = 200 });
    const char *heads[] = { "Content-Length: 5\r\n\r\nabc", "Content-Length: 200000\r\n\r\nabc",
                            "Transfer-Encoding: chunked\r\n\r\n5\r\nabc" };
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        char text[256];
        int fd = client_connect(&app);
        snprintf(text, sizeof text, "POST /p HTTP/1.1\r\nHost: h\r\n%s", heads[i]);
        client_expect(fd, text, 408,
                      "REQUEST_TIMEOUT POST /p the request body did not arrive in time");
        CHECK(client_sees_end(fd));
        close(fd);
    }
    app_stop(&app);
}

/* One path has less time than all others. */
static void test_brief_body_timeout(void)
{
    app_start(&app, (struct server_limits){ .brief_body_timeout_ms = 100 });
    int other = client_connect(&app), fd = client_connect(&app);
    struct pollfd answer = { .fd = other, .events = POLLIN };
    client_text(other, "POST /briefly HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabc");
    client_expect(fd, "POST /brief?a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabc", 408,
                  "REQUEST_TIMEOUT POST /brief the request body did not arrive in time");
    CHECK(client_sees_end(fd));
    CHECK_INT(poll(&answer, 1, 200), 0);
    client_expect(other, "de", 200, NULL);
    close(fd);
    close(other);
    app_stop(&app);
}

/* Sends a byte again and again: only a deadline that no byte moves can end this. */
static void drip(const char *start, int status)
{
    int fd = client_connect(&app);
    struct pollfd answer = { .fd = fd, .events = POLLIN };
    client_text(fd, start);
    while (poll(&answer, 1, 10) == 0 && client_text(fd, "a")) {}
    client_expect(fd, "", status, NULL);
    close(fd);
}

static void test_dripping_gains_no_time(void)
{
    app_start(&app, (struct server_limits){ .head_timeout_ms = 200, .body_timeout_ms = 200 });
    drip("GET / HTTP/1.1\r\nA: ", 408);
    drip("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n", 408);
    drip("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n20000\r\n", 408);
    app_stop(&app);
}

static void test_idle_is_closed_silently(void)
{
    app_start(&app, (struct server_limits){ .idle_timeout_ms = 100 });
    int fresh = client_connect(&app), used = client_connect(&app);
    client_expect(used, GET("/echo"), 200, "");
    CHECK(client_sees_end(fresh));
    CHECK(client_sees_end(used));
    close(fresh);
    close(used);
    app_stop(&app);
}

/* Waiting for the application is not being idle: nothing but the write deadline runs then. */
static void test_waiting_has_no_timeout(void)
{
    app_start(&app, (struct server_limits){ .idle_timeout_ms = 50, .head_timeout_ms = 50,
                                            .body_timeout_ms = 50, .write_timeout_ms = 50 });
    int fd = client_connect(&app), witness = client_connect(&app);
    client_text(fd, POST("/hold", "2", "ab"));
    app_wait_held(&app, 1);
    CHECK(client_sees_end(witness));
    app_release(&app);
    client_expect(fd, "", 200, "ab");
    close(fd);
    close(witness);
    app_stop(&app);
}

static void test_write_timeout(void)
{
    app_start(&app, (struct server_limits){ .write_timeout_ms = 200 });
    int64_t total = metric_read(METRIC_connections_total);
    int fd = client_connect(&app);
    client_text(fd, GET("/size?30000000"));
    while (metric_read(METRIC_connections_total) == total || metric_read(METRIC_connections) > 0)
        usleep(1000);
    struct answer answer = client_answer(fd);
    CHECK_INT(answer.status, 0); /* cut off */
    CHECK(answer.body_bytes > 0);
    answer_free(&answer);
    close(fd);
    app_stop(&app);
}

/* A client that neither reads nor closes after its last answer is dropped. */
static void test_linger_timeout(void)
{
    app_start(&app, (struct server_limits){ .linger_timeout_ms = 100 });
    int fd = client_connect(&app);
    client_expect(fd, "BAD\r\n\r\n", 400, NULL);
    while (metric_read(METRIC_connections) > 0) usleep(1000);
    CHECK(client_sees_end(fd));
    close(fd);
    app_stop(&app);
}

/* ---- stopping ---- */

static void *release_later(void *arg)
{
    (void)arg;
    /* the port is closed once no new connection gets through: then stopping has begun */
    int fd;
    while ((fd = client_try_connect(server_address(app.server, 0))) >= 0) {
        close(fd);
        usleep(1000);
    }
    app_release(&app);
    return NULL;
}

static void test_stop_finishes_what_waits(void)
{
    app_start(&app, (struct server_limits){ 0 });
    pthread_t thread;
    int fd[3], idle = client_connect(&app);
    client_expect(idle, GET("/echo"), 200, "");
    for (int i = 0; i < 3; i++) {
        fd[i] = client_connect(&app);
        client_text(fd[i], POST("/hold", "2", "ab"));
    }
    app_wait_held(&app, 3);
    pthread_create(&thread, NULL, release_later, NULL);
    app_stop(&app);
    pthread_join(thread, NULL);
    for (int i = 0; i < 3; i++) {
        struct answer answer = client_answer(fd[i]);
        CHECK_INT(answer.status, 200);
        CHECK(answer_has(&answer, "Connection: close"));
        CHECK_STR(((struct str){ answer.body, answer.body_bytes }), STR("ab"));
        CHECK(client_sees_end(fd[i]));
        answer_free(&answer);
        close(fd[i]);
    }
    CHECK(client_sees_end(idle));
    close(idle);
    CHECK_INT(metric_read(METRIC_connections), 0);
}

/* A body that is on its way when the server stops is read and answered. */
static void *send_rest_later(void *arg)
{
    int fd;
    while ((fd = client_try_connect(server_address(app.server, 0))) >= 0) {
        close(fd);
        usleep(1000);
    }
    client_text(*(int *)arg, "cd");
    return NULL;
}

static void test_stop_finishes_a_body(void)
{
    app_start(&app, (struct server_limits){ 0 });
    pthread_t thread;
    int fd = client_connect(&app);
    client_text(fd, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n"
                    "Expect: 100-continue\r\n\r\n");
    client_expect(fd, "", 100, NULL); /* the head has been read */
    client_text(fd, "ab");
    pthread_create(&thread, NULL, send_rest_later, &fd);
    app_stop(&app);
    pthread_join(thread, NULL);
    client_expect(fd, "", 200, "abcd");
    close(fd);
}

/* Connections that the kernel has accepted for us, and we not yet: the only place is taken. */
static void test_stop_serves_the_accept_queue(void)
{
    app_start(&app, (struct server_limits){ .connections_max = 1 });
    pthread_t thread;
    int fd[4];
    for (int i = 0; i < 4; i++) {
        fd[i] = client_connect(&app);
        client_text(fd[i], i == 0 ? GET("/hold") : GET("/echo"));
        if (i == 0) app_wait_held(&app, 1);
    }
    pthread_create(&thread, NULL, release_later, NULL);
    app_stop(&app);
    pthread_join(thread, NULL);
    for (int i = 0; i < 4; i++) {
        client_expect(fd[i], "", 200, "");
        close(fd[i]);
    }
}

/* The application never answers. The server gives up, and a late answer hurts nobody. */
static void test_stop_gives_up(void)
{
    app_start(&app, (struct server_limits){ .stop_timeout_ms = 300 });
    int fd = client_connect(&app);
    client_text(fd, GET("/hold"));
    app_wait_held(&app, 1);
    struct work *work = app.held;
    app_stop(&app);
    CHECK(client_sees_end(fd));
    close(fd);
    loop_post(work->req->loop, &work->task);
}

/* ---- places ---- */

static enum err start_and_read_log(const char *listen, char *out, size_t out_bytes)
{
    return app_start_log((struct server_config){ .listen = &listen, .listen_count = 1 }, out,
                         out_bytes);
}

static void test_taken_port(void)
{
    char text[512], want[128], any[64];
    app_start(&app, (struct server_limits){ 0 });
    snprintf(want, sizeof want, "%s is taken by test_server_lif (pid %d)",
             server_address(app.server, 0), (int)getpid()); /* the kernel cuts names at 15 */
    CHECK_INT(start_and_read_log(server_address(app.server, 0), text, sizeof text), ERR_IN_USE);
    CHECK(strstr(text, want) != NULL);
    snprintf(want, sizeof want, "%s is taken by test_server_lif (pid %d)",
             server_address(app.server, 1), (int)getpid());
    CHECK_INT(start_and_read_log(server_address(app.server, 1), text, sizeof text), ERR_IN_USE);
    CHECK(strstr(text, want) != NULL);
    snprintf(any, sizeof any, "0.0.0.0%s", strrchr(server_address(app.server, 0), ':'));
    CHECK_INT(start_and_read_log(any, text, sizeof text), ERR_IN_USE);
    CHECK(strstr(text, "is taken by test_server_lif") != NULL);
    int fd = client_connect(&app); /* the first one is unharmed */
    client_expect(fd, GET("/echo"), 200, "");
    close(fd);
    app_stop(&app);
}

/* A stopped server's port can be had again at once, TIME_WAIT or not. */
static void test_port_is_free_after_stop(void)
{
    char address[ADDRESS_BYTES];
    app_start(&app, (struct server_limits){ 0 });
    snprintf(address, sizeof address, "%s", server_address(app.server, 0));
    int fd = client_connect(&app);
    client_expect(fd, "GET /echo HTTP/1.0\r\n\r\n", 200, "");
    CHECK(client_sees_end(fd)); /* the server closed first: TIME_WAIT is on its side */
    close(fd);
    app_stop(&app);
    const char *again[] = { address };
    CHECK_INT(app_try_start(&app, (struct server_config){ .listen = again, .listen_count = 1 }),
              ERR_OK);
    app_stop(&app);
}

static void test_bad_addresses(void)
{
    static const char *const bad[] = { "", "8080", ":8080", "localhost:80", "127.0.0.1", "1.2.3:80",
                                       "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:8o", "::1:80",
                                       "[::1]", "[::1:80", "[127.0.0.1]:80", "[]:80", "192.0.2.1:0" };
    char text[512];
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CHECK_INT(start_and_read_log(bad[i], text, sizeof text), ERR_USAGE);
        CHECK(strstr(text, bad[i]) != NULL);
    }
}

static void test_several_listeners(void)
{
    const char *listen[] = { "127.0.0.1:0", "127.0.0.1:0" }, *admin[] = { "127.0.0.1:0" };
    struct server_config config = { .listen = listen, .listen_count = 2, .admin_listen = admin,
                                    .admin_listen_count = 1 };
    REQUIRE(app_try_start(&app, config) == ERR_OK);
    CHECK(server_address(app.server, 3) == NULL);
    for (size_t i = 0; i < 3; i++) {
        int fd = client_try_connect(server_address(app.server, i));
        client_text(fd, GET("/info"));
        struct answer answer = client_answer(fd);
        CHECK(strstr(answer.body, i == 2 ? "admin=1" : "admin=0") != NULL);
        answer_free(&answer);
        close(fd);
    }
    app_stop(&app);
}

/* ---- running short ---- */

static void test_two_workers(void)
{
    const char *listen[] = { "127.0.0.1:0" };
    REQUIRE(app_try_start(&app, (struct server_config){ .listen = listen, .listen_count = 1,
                                                        .workers = 2 }) == ERR_OK);
    CHECK_INT(server_workers(app.server), 2);
    /* the kernel hashes ports: a hundred connections all on one side happen once in 2^99 runs */
    for (int i = 0; i < 100; i++) {
        int fd = client_connect(&app);
        client_expect(fd, POST("/later", "2", "ab"), 200, "ab");
        close(fd);
    }
    app_stop(&app);
    CHECK_INT(app.seen_workers, 3);
}

static void test_connections_wait_for_a_place(void)
{
    app_start(&app, (struct server_limits){ .connections_max = 2 });
    int first = client_connect(&app), second = client_connect(&app), third = client_connect(&app);
    client_expect(first, GET("/echo"), 200, "");
    client_expect(second, GET("/echo"), 200, "");
    client_text(third, GET("/echo"));
    int64_t accepted = metric_read(METRIC_connections);
    CHECK_INT(accepted, 2);
    close(first);
    client_expect(third, "", 200, "");
    close(second);
    close(third);
    app_stop(&app);
}

/* No descriptors left: connections wait in the queue and are served when there are some again. */
static void test_no_descriptors(void)
{
    enum { CLIENTS = 5 };
    struct sockaddr_storage to;
    socklen_t bytes;
    struct rlimit before, now;
    int fd[CLIENTS], last = 0;
    log_set_level(LOG_ERROR);
    app_start(&app, (struct server_limits){ 0 });
    REQUIRE(listen_parse(server_address(app.server, 0), &to, &bytes) == ERR_OK);
    for (int i = 0; i < CLIENTS; i++) fd[i] = last = socket(AF_INET, SOCK_STREAM, 0);
    getrlimit(RLIMIT_NOFILE, &before);
    now = before;
    now.rlim_cur = (rlim_t)last + 1;
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &now), 0);
    int gap; /* fill what is free below */
    while ((gap = dup(last)) >= 0) {}
    CHECK_INT(errno, EMFILE);
    int64_t accepted = metric_read(METRIC_connections_total);
    for (int i = 0; i < CLIENTS; i++) {
        CHECK_INT(connect(fd[i], (struct sockaddr *)&to, bytes), 0);
        client_text(fd[i], GET("/echo"));
    }
    usleep(50 * 1000); /* lets it try; the outcome does not depend on this */
    CHECK_INT(metric_read(METRIC_connections_total), accepted);
    setrlimit(RLIMIT_NOFILE, &before);
    for (int i = 0; i < CLIENTS; i++) {
        client_expect(fd[i], "", 200, "");
        close(fd[i]);
    }
    app_stop(&app);
}

int main(void)
{
    log_set_level(LOG_ERROR);
    RUN(test_head_timeout);
    RUN(test_body_timeout);
    RUN(test_brief_body_timeout);
    RUN(test_dripping_gains_no_time);
    RUN(test_idle_is_closed_silently);
    RUN(test_waiting_has_no_timeout);
    RUN(test_write_timeout);
    RUN(test_linger_timeout);
    RUN(test_stop_finishes_what_waits);
    RUN(test_stop_finishes_a_body);
    RUN(test_stop_serves_the_accept_queue);
    RUN(test_taken_port);
    RUN(test_port_is_free_after_stop);
    RUN(test_bad_addresses);
    RUN(test_several_listeners);
    RUN(test_two_workers);
    RUN(test_connections_wait_for_a_place);
    RUN(test_no_descriptors);
    RUN(test_stop_gives_up);
    return test_end();
}
