/* The server over real sockets on loopback: what clients may do, and how requests are refused. How it
 * starts, stops and runs short of things is in test_server_life.c, TLS in test_tls.c. */
#include "base/limits.h"
#include "tests/unit/net/harness.h"

static struct app app;

static char *filled(size_t n)
{
    char *p = malloc(n + 1);
    for (size_t i = 0; i < n; i++) p[i] = (char)('a' + i % 23);
    p[n] = 0;
    return p;
}

static void test_answer_form(void)
{
    int fd = client_connect(&app);
    client_text(fd, POST("/echo?x", "5", "hello"));
    struct answer answer = client_answer(fd);
    CHECK_INT(answer.status, 200);
    CHECK(strncmp(answer.head, "HTTP/1.1 200 OK\r\nDate: ", 23) == 0);
    CHECK(strstr(answer.head, " GMT\r\n") != NULL);
    CHECK(answer_has(&answer, "Content-Length: 5"));
    CHECK(answer_has(&answer, "X-Path: /echo"));
    CHECK(strcasestr(answer.head, "Connection:") == NULL);
    CHECK_STR(str_of(answer.body), STR("hello"));
    answer_free(&answer);

    client_text(fd, GET("/echo"));
    answer = client_answer(fd);
    CHECK_INT(answer.length, 0);
    answer_free(&answer);

    client_text(fd, "HEAD /size?1000 HTTP/1.1\r\nHost: h\r\n\r\n");
    answer = client_answer_to(fd, true);
    CHECK_INT(answer.status, 200);
    CHECK_INT(answer.length, 1000);
    answer_free(&answer);

    client_text(fd, GET("/none"));
    answer = client_answer(fd);
    CHECK_INT(answer.status, 204);
    CHECK_INT(answer.length, -1);
    answer_free(&answer);
    client_expect(fd, GET("/echo"), 200, "");
    close(fd);
}

static void test_headers_keep_order_and_spelling(void)
{
    int fd = client_connect(&app);
    client_expect(fd, "GET /headers HTTP/1.1\r\nhOST: h\r\nB: 1\r\na:2 \r\nB:\t3\r\n\r\n", 200,
                  "hOST=h\nB=1\na=2\nB=3\n");
    close(fd);
}

static void test_connection_facts(void)
{
    char want[128];
    struct sockaddr_in local;
    int fd = client_connect(&app);
    getsockname(fd, (struct sockaddr *)&local, &(socklen_t){ sizeof local });
    snprintf(want, sizeof want, "v4 tls=0 admin=0 version=1 port=%d", ntohs(local.sin_port));
    client_expect(fd, GET("/info"), 200, want);
    close(fd);
    fd = client_try_connect(server_address(app.server, 1));
    CHECK(fd >= 0);
    getsockname(fd, (struct sockaddr *)&local, &(socklen_t){ sizeof local });
    snprintf(want, sizeof want, "v6 tls=0 admin=0 version=0 port=%d", ntohs(local.sin_port));
    client_expect(fd, "GET /info HTTP/1.0\r\n\r\n", 200, want);
    CHECK(client_sees_end(fd));
    close(fd);
}

static void test_keep_alive(void)
{
    int fd = client_connect(&app);
    for (int i = 0; i < 100; i++) client_expect(fd, POST("/echo", "2", "ab"), 200, "ab");
    client_text(fd, "GET /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    struct answer answer = client_answer(fd);
    CHECK(answer_has(&answer, "Connection: close"));
    CHECK(client_sees_end(fd));
    answer_free(&answer);
    close(fd);

    fd = client_connect(&app);
    for (int i = 0; i < 3; i++) {
        client_text(fd, "GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        answer = client_answer(fd);
        CHECK(answer_has(&answer, "Connection: keep-alive"));
        answer_free(&answer);
    }
    client_text(fd, "GET /close HTTP/1.1\r\nHost: h\r\n\r\n");
    answer = client_answer(fd);
    CHECK(answer_has(&answer, "Connection: close"));
    CHECK(client_sees_end(fd));
    answer_free(&answer);
    close(fd);
}

/* Fifty requests in one write; some are answered by another thread, later than the next ones could
 * be. Bodies differ, so that a mixed-up order shows. */
static void test_pipelining(void)
{
    enum { COUNT = 50 };
    static char all[COUNT * 2000];
    size_t n = 0;
    for (int i = 0; i < COUNT; i++)
        n += (size_t)sprintf(all + n,
                             "POST %s HTTP/1.1\r\nHost: h\r\nX-Fill: %0*d\r\nContent-Length: 4\r\n"
                             "\r\n%04d",
                             i % 3 == 0 ? "/later" : "/echo", i % 7 == 0 ? 1500 : 1, i, i);
    int fd = client_connect(&app);
    CHECK(client_send(fd, (struct str){ all, n }));
    for (int i = 0; i < COUNT; i++) {
        char want[16];
        snprintf(want, sizeof want, "%04d", i);
        struct answer answer = client_answer(fd);
        CHECK_INT(answer.status, 200);
        CHECK_STR(((struct str){ answer.body, answer.body_bytes }), str_of(want));
        answer_free(&answer);
    }
    close(fd);
}

/* The same requests, each byte a packet of its own (TCP_NODELAY, and the server reads in between). */
static void test_byte_by_byte(void)
{
    const char *text = "\r\n" POST("/echo", "3", "abc")
        "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        "2\r\nde\r\n1;x\r\nf\r\n0\r\nT: 1\r\n\r\n" GET("/echo");
    int fd = client_connect(&app);
    setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &(int){ 1 }, sizeof(int));
    for (const char *p = text; *p; p++) {
        client_send(fd, (struct str){ p, 1 });
        usleep(200);
    }
    client_expect(fd, "", 200, "abc");
    client_expect(fd, "", 200, "def");
    client_expect(fd, "", 200, "");
    close(fd);
}

/* Bodies below, at and above the read buffer's size, behind one another on one connection, in one
 * write or in pieces; plain and chunked. */
static void test_body_sizes(void)
{
    static const size_t sizes[] = { 1, 4096, 16384, 32600, 32768, 32769, 65536, 200000, 262144 };
    int fd = client_connect(&app);
    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        for (int chunked = 0; chunked < 2; chunked++)
            for (size_t piece = 1000; piece < 3000000; piece *= 50) {
                size_t n = sizes[i], at = 0;
                char *body = filled(n), *text = malloc(2 * n + 1024);
                at = (size_t)sprintf(text, "POST /echo HTTP/1.1\r\nHost: h\r\n%s",
                                     chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "");
                if (!chunked) at += (size_t)sprintf(text + at, "Content-Length: %zu\r\n\r\n", n);
                for (size_t sent = 0, step = chunked ? 7919 : n; sent < n; sent += step) {
                    size_t left = n - sent < step ? n - sent : step;
                    if (chunked) at += (size_t)sprintf(text + at, "%zx\r\n", left);
                    memcpy(text + at, body + sent, left);
                    at += left;
                    if (chunked) at += (size_t)sprintf(text + at, "\r\n");
                }
                if (chunked) at += (size_t)sprintf(text + at, "0\r\n\r\n");
                at += (size_t)sprintf(text + at, GET("/info"));
                for (size_t sent = 0; sent < at; sent += piece)
                    client_send(fd, (struct str){ text + sent, at - sent < piece ? at - sent : piece });
                client_expect(fd, "", 200, body);
                client_expect(fd, "", 200, NULL);
                free(body);
                free(text);
            }
    close(fd);
}

/* Requests with bodies that start anywhere in the read buffer. */
static void test_pipelined_bodies(void)
{
    enum { COUNT = 12, BODY = 13000 };
    char *body = filled(BODY), *all = malloc(COUNT * (BODY + 300));
    size_t n = 0;
    for (int i = 0; i < COUNT; i++)
        n += (size_t)(i % 2 ? sprintf(all + n,
                                      "POST /later HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked"
                                      "\r\n\r\n%x\r\n%.*s\r\n0\r\n\r\n", BODY - i, BODY - i, body)
                            : sprintf(all + n, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: "
                                               "%d\r\n\r\n%.*s", BODY - i, BODY - i, body));
    int fd = client_connect(&app);
    CHECK(client_send(fd, (struct str){ all, n }));
    for (int i = 0; i < COUNT; i++) {
        struct answer answer = client_answer(fd);
        CHECK_INT(answer.status, 200);
        CHECK_STR(((struct str){ answer.body, answer.body_bytes }),
                  ((struct str){ body, (size_t)(BODY - i) }));
        answer_free(&answer);
    }
    close(fd);
    free(body);
    free(all);
}

static void test_continue(void)
{
    const char *head = "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                       "Content-Length: 3\r\n\r\n";
    int fd = client_connect(&app);
    client_text(fd, head);
    struct answer answer = client_answer(fd);
    CHECK_INT(answer.status, 100);
    CHECK_STR(str_of(answer.head), STR("HTTP/1.1 100 Continue\r\n\r\n"));
    answer_free(&answer);
    client_expect(fd, "abc", 200, "abc");
    /* the body came along: nobody waits for the 100 */
    client_text(fd, head);
    client_expect(fd, "", 100, NULL);
    client_expect(fd, "abc", 200, "abc");
    char both[256];
    snprintf(both, sizeof both, "%sabc", head);
    client_expect(fd, both, 200, "abc");
    close(fd);
    /* no 100 when the head is refused */
    fd = client_connect(&app);
    client_expect(fd, "POST /p HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                      "Content-Length: 10000000\r\n\r\n",
                  413, "BODY_TOO_LARGE POST /p the request body is too large");
    CHECK(client_sees_end(fd));
    close(fd);
}

static void test_refusals(void)
{
    static char long_target[9000], long_head[20000];
    sprintf(long_target, "GET /%08500d HTTP/1.1\r\nHost: h\r\n\r\n", 0);
    sprintf(long_head, "GET / HTTP/1.1\r\nHost: h\r\nA: %017000d\r\n\r\n", 0);
    const struct { const char *text; int status; const char *line; } examples[] = {
        { "GET /x HTTP/1.1\r\n\r\n", 400, "HTTP/1.1 400 Bad Request\r\n" },
        { "\x16\x03\x01", 400, "HTTP/1.1 400 Bad Request\r\n" },
        { "GET / HTTP/1.1\n\n", 400, "HTTP/1.1 400 Bad Request\r\n" },
        { "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
          "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n", 400, "HTTP/1.1 400 Bad Request\r\n" },
        { "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400,
          "HTTP/1.1 400 Bad Request\r\n" },
        { "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n40001\r\n", 413,
          "HTTP/1.1 413 Content Too Large\r\n" },
        { long_target, 414, "HTTP/1.1 414 URI Too Long\r\n" },
        { "GET / HTTP/1.1\r\nHost: h\r\nExpect: x\r\n\r\n", 417, "HTTP/1.1 417 Expectation Failed\r\n" },
        { long_head, 431, "HTTP/1.1 431 Request Header Fields Too Large\r\n" },
        { "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 501,
          "HTTP/1.1 501 Not Implemented\r\n" },
        { "GET / HTTP/2.0\r\n\r\n", 505, "HTTP/1.1 505 HTTP Version Not Supported\r\n" },
    };
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        int fd = client_connect(&app);
        client_text(fd, examples[i].text);
        struct answer answer = client_answer(fd);
        CHECK_INT(answer.status, examples[i].status);
        CHECK(str_starts(str_of(answer.head), str_of(examples[i].line)));
        CHECK(answer_has(&answer, "Connection: close"));
        CHECK(client_sees_end(fd)); /* and no second answer */
        answer_free(&answer);
        close(fd);
    }
}

/* The body is far larger than what the sockets buffer, and the client reads only when it has sent
 * everything: a server that closes early would reset the connection and lose its answer. */
static void test_large_body_reads_its_413(void)
{
    enum { SENT = 10 * 1000 * 1000 };
    char *body = filled(SENT);
    for (int i = 0; i < 5; i++) {
        int fd = client_connect(&app);
        client_text(fd, "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 10000000\r\n\r\n");
        CHECK(client_send(fd, (struct str){ body, SENT }));
        client_expect(fd, "", 413, "BODY_TOO_LARGE POST /p the request body is too large");
        CHECK(client_sees_end(fd));
        close(fd);
    }
    free(body);
}

static void test_client_leaves_while_waiting(void)
{
    for (int reset = 0; reset < 2; reset++) {
        int fd = client_connect(&app);
        client_text(fd, POST("/hold", "3", "abc"));
        app_wait_held(&app, 1);
        int64_t open = metric_read(METRIC_connections);
        if (reset) { /* close with a RST: the server notices at once */
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 }, sizeof(struct linger));
            close(fd);
            while (metric_read(METRIC_connections) == open) usleep(1000);
        } else {
            close(fd);
        }
        app_release(&app);
        fd = client_connect(&app);
        client_expect(fd, GET("/echo"), 200, "");
        close(fd);
    }
}

static void test_half_closed_client_is_answered(void)
{
    const char *paths[] = { "/echo", "/hold" };
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        char text[256];
        int fd = client_connect(&app);
        snprintf(text, sizeof text, "POST %s HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc%s",
                 paths[i], GET("/info"));
        client_text(fd, text);
        shutdown(fd, SHUT_WR);
        if (i == 1) {
            app_wait_held(&app, 1);
            app_release(&app);
        }
        client_expect(fd, "", 200, "abc");
        client_expect(fd, "", 200, NULL);
        CHECK(client_sees_end(fd));
        close(fd);
    }
    /* half a request is no request */
    int fd = client_connect(&app);
    client_text(fd, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nab");
    shutdown(fd, SHUT_WR);
    CHECK(client_sees_end(fd));
    close(fd);
}

/* An answer larger than the sockets' buffers, to a client that takes its time; then another request,
 * which was sent ahead. */
static void test_slow_reader(void)
{
    enum { SIZE = 8 * 1000 * 1000 };
    int fd = client_connect(&app);
    client_text(fd, GET("/size?8000000") GET("/echo"));
    usleep(50 * 1000);
    client_expect(fd, "", 200, NULL);
    client_expect(fd, "", 200, "");
    client_text(fd, GET("/size?8000000"));
    struct answer answer = client_answer(fd);
    CHECK_INT(answer.status, 200);
    CHECK_INT(answer.body_bytes, SIZE);
    CHECK(answer.body[0] == 'x' && answer.body[SIZE - 1] == 'x');
    answer_free(&answer);
    close(fd);
}

/* While a request waits, what follows is not read without end. */
static void test_backpressure(void)
{
    int fd = client_connect(&app), n = 0;
    char *junk = filled(1 << 20);
    client_text(fd, GET("/hold"));
    app_wait_held(&app, 1);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &(struct timeval){ 0, 300 * 1000 },
               sizeof(struct timeval));
    while (n < 100 && client_send(fd, (struct str){ junk, 1 << 20 })) n++;
    CHECK(n < 100); /* 100 MB would only fit if somebody read them */
    app_release(&app);
    struct answer answer = client_answer(fd);
    CHECK_INT(answer.status, 200);
    answer_free(&answer);
    client_expect(fd, "", 400, NULL);
    close(fd);
    free(junk);
}

static void test_metrics(void)
{
    int64_t requests = metric_read(METRIC_requests_total), bad = metric_read(METRIC_requests_bad_total);
    int64_t total = metric_read(METRIC_connections_total), e4 = metric_read(METRIC_responses_4xx_total);
    int64_t e5 = metric_read(METRIC_responses_5xx_total);
    int fd = client_connect(&app);
    client_expect(fd, GET("/echo"), 200, "");
    client_expect(fd, "GET / HTTP/1.1\r\n\r\n", 400, NULL);
    close(fd);
    fd = client_connect(&app);
    client_expect(fd, "GET / HTTP/3.0\r\n\r\n", 505, NULL);
    close(fd);
    CHECK_INT(metric_read(METRIC_connections_total) - total, 2);
    CHECK_INT(metric_read(METRIC_requests_total) - requests, 3);
    CHECK_INT(metric_read(METRIC_requests_bad_total) - bad, 2);
    CHECK_INT(metric_read(METRIC_responses_4xx_total) - e4, 1);
    CHECK_INT(metric_read(METRIC_responses_5xx_total) - e5, 1);
}

static void test_stop_closes_everything(void)
{
    int idle = client_connect(&app), busy = client_connect(&app);
    client_expect(idle, GET("/echo"), 200, "");
    client_text(busy, "GET / HT");
    app_stop(&app);
    CHECK(client_sees_end(idle));
    close(idle);
    close(busy);
    CHECK_INT(metric_read(METRIC_connections), 0);
}

int main(void)
{
    log_set_level(LOG_ERROR);
    app_start(&app, (struct server_limits){ .stop_timeout_ms = 1000 });
    RUN(test_answer_form);
    RUN(test_headers_keep_order_and_spelling);
    RUN(test_connection_facts);
    RUN(test_keep_alive);
    RUN(test_pipelining);
    RUN(test_byte_by_byte);
    RUN(test_body_sizes);
    RUN(test_pipelined_bodies);
    RUN(test_continue);
    RUN(test_refusals);
    RUN(test_large_body_reads_its_413);
    RUN(test_client_leaves_while_waiting);
    RUN(test_half_closed_client_is_answered);
    RUN(test_slow_reader);
    RUN(test_backpressure);
    RUN(test_metrics);
    RUN(test_stop_closes_everything);
    return test_end();
}
