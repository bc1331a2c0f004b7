/* HTTP/2 against the application of harness.h, with nghttp2 as the client: answers out of order,
 * cancelled requests that are held, each time-out, a client that does not take its answers. */
#include "tests/unit/net/harness.h"

#include <nghttp2/nghttp2.h>

enum { STREAMS_MAX = 400 };

struct client {
    int fd;
    nghttp2_session *session;
    struct { int status; size_t body_bytes; int order; bool closed; uint32_t error; char body[256]; }
        stream[STREAMS_MAX]; /* by id */
    int closed_count;
    uint32_t goaway;         /* its error */
    int goaways;
    bool ended;
    bool lazy;               /* never opens a window */
};

static int on_header(nghttp2_session *s, const nghttp2_frame *frame, const uint8_t *name, size_t n,
                     const uint8_t *value, size_t value_bytes, uint8_t flags, void *context)
{
    struct client *c = context;
    (void)s, (void)flags, (void)value_bytes;
    if (n == 7 && memcmp(name, ":status", 7) == 0)
        c->stream[frame->hd.stream_id].status = (value[0] - '0') * 100 + (value[1] - '0') * 10 + value[2] - '0';
    return 0;
}

static int on_data(nghttp2_session *s, uint8_t flags, int32_t id, const uint8_t *p, size_t n, void *context)
{
    struct client *c = context;
    (void)flags;
    for (size_t i = 0; i < n && c->stream[id].body_bytes + i < 255; i++)
        c->stream[id].body[c->stream[id].body_bytes + i] = (char)p[i];
    c->stream[id].body_bytes += n;
    if (!c->lazy) nghttp2_session_consume(s, id, n);
    return 0;
}

static int on_close(nghttp2_session *s, int32_t id, uint32_t error, void *context)
{
    struct client *c = context;
    (void)s;
    c->stream[id].closed = true;
    c->stream[id].error = error;
    c->stream[id].order = c->closed_count++;
    return 0;
}

static int on_frame(nghttp2_session *s, const nghttp2_frame *frame, void *context)
{
    struct client *c = context;
    (void)s;
    if (frame->hd.type == NGHTTP2_GOAWAY) c->goaway = frame->goaway.error_code, c->goaways++;
    return 0;
}

static void flush(struct client *c)
{
    const uint8_t *p;
    ssize_t n;
    while ((n = nghttp2_session_mem_send(c->session, &p)) > 0)
        client_send(c->fd, (struct str){ (const char *)p, (size_t)n });
}

static void open_client(struct client *c, const struct app *app, bool lazy)
{
    nghttp2_session_callbacks *calls;
    nghttp2_option *option;
    nghttp2_settings_entry entry = { NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, lazy ? 0 : 65535 };
    *c = (struct client){ .fd = client_connect(app), .lazy = lazy };
    nghttp2_session_callbacks_new(&calls);
    nghttp2_option_new(&option);
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_session_callbacks_set_on_header_callback(calls, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(calls, on_close);
    nghttp2_session_callbacks_set_on_frame_recv_callback(calls, on_frame);
    REQUIRE(nghttp2_session_client_new2(&c->session, calls, c, option) == 0);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(calls);
    nghttp2_submit_settings(c->session, NGHTTP2_FLAG_NONE, &entry, 1);
    flush(c);
}

static void close_client(struct client *c)
{
    nghttp2_session_del(c->session);
    close(c->fd);
}

static bool step(struct client *c)
{
    static char bytes[64 * 1024];
    flush(c);
    ssize_t n = client_read(c->fd, bytes, sizeof bytes);
    CHECK(n != -2); /* nothing came in PATIENCE_MS */
    if (n <= 0 || nghttp2_session_mem_recv(c->session, (uint8_t *)bytes, (size_t)n) < 0) c->ended = true;
    flush(c);
    return !c->ended;
}

static void wait_closed(struct client *c, int32_t id)
{
    while (!c->stream[id].closed && step(c)) {}
    CHECK(c->stream[id].closed);
}

static nghttp2_nv nv(const char *name, const char *value)
{
    return (nghttp2_nv){ (uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name), strlen(value), 0 };
}

static ssize_t never(nghttp2_session *s, int32_t id, uint8_t *p, size_t n, uint32_t *flags,
                     nghttp2_data_source *source, void *context)
{
    (void)s, (void)id, (void)p, (void)n, (void)flags, (void)source, (void)context;
    return NGHTTP2_ERR_DEFERRED;
}

/* A GET; with `hang` a POST whose body never comes. */
static int32_t ask(struct client *c, const char *path, bool hang)
{
    nghttp2_nv fields[] = { nv(":method", hang ? "POST" : "GET"), nv(":scheme", "http"),
                            nv(":authority", "h"), nv(":path", path) };
    nghttp2_data_provider none = { { .ptr = NULL }, never };
    int32_t id = nghttp2_submit_request(c->session, NULL, fields, 4, hang ? &none : NULL, NULL);
    REQUIRE(id > 0 && id < STREAMS_MAX);
    flush(c);
    return id;
}

static struct app app;
static struct client client; /* too large for a stack that ASan watches */

static void start(struct server_limits limits)
{
    app_start(&app, limits);
}

static void test_answers_out_of_order(void)
{
    start((struct server_limits){ 0 });
    open_client(&client, &app, false);
    int32_t held = ask(&client, "/hold", false), quick = ask(&client, "/echo", false);
    int32_t later = ask(&client, "/later", false);
    wait_closed(&client, quick);
    wait_closed(&client, later);
    CHECK(!client.stream[held].closed);
    app_wait_held(&app, 1);
    app_release(&app);
    wait_closed(&client, held);
    CHECK_INT(client.stream[held].status, 200);
    CHECK(client.stream[held].order > client.stream[quick].order);
    int32_t info = ask(&client, "/info", false);
    wait_closed(&client, info);
    CHECK(str_has(str_of(client.stream[info].body), STR("version=2")));
    close_client(&client);
    app_stop(&app);
}

static void test_cancelled_while_held(void)
{
    start((struct server_limits){ 0 });
    open_client(&client, &app, false);
    for (int i = 0; i < 60; i++) {
        int32_t id = ask(&client, "/hold", false);
        app_wait_held(&app, (size_t)i + 1);
        nghttp2_submit_rst_stream(client.session, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    }
    int32_t after = ask(&client, "/echo", false); /* 60 places are still taken */
    wait_closed(&client, after);
    CHECK_INT(client.stream[after].status, 200);
    for (int i = 0; i < 40; i++) {
        int32_t id = ask(&client, "/hold", false);
        app_wait_held(&app, 61 + (size_t)i);
        nghttp2_submit_rst_stream(client.session, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    }
    int32_t refused = ask(&client, "/echo", false);
    wait_closed(&client, refused);
    CHECK_INT(client.stream[refused].error, NGHTTP2_REFUSED_STREAM);
    app_release(&app); /* the answers are dropped */
    for (int32_t status = 0; status != 200;) {
        int32_t id = ask(&client, "/echo", false);
        wait_closed(&client, id);
        status = client.stream[id].status;
    }
    close_client(&client);
    app_stop(&app);
}

static void test_client_leaves_while_held(void)
{
    start((struct server_limits){ 0 });
    open_client(&client, &app, false);
    for (int i = 0; i < 5; i++) ask(&client, "/hold", false);
    app_wait_held(&app, 5);
    close_client(&client);
    open_client(&client, &app, false); /* by now the server has seen the end */
    int32_t id = ask(&client, "/later", false);
    wait_closed(&client, id);
    app_release(&app);
    close_client(&client);
    app_stop(&app);
}

static void test_stopped_while_held(void)
{
    start((struct server_limits){ 0 });
    open_client(&client, &app, false);
    int32_t id = ask(&client, "/hold", false);
    app_wait_held(&app, 1);
    app_release(&app);
    wait_closed(&client, id);
    app_stop(&app);
    while (!client.ended) step(&client);
    CHECK_INT(client.goaways, 2);
    CHECK_INT(client.goaway, NGHTTP2_NO_ERROR);
    close_client(&client);
}

static void test_body_that_does_not_come(void)
{
    start((struct server_limits){ .body_timeout_ms = 100 });
    open_client(&client, &app, false);
    int32_t id = ask(&client, "/echo", true), other = ask(&client, "/echo", false);
    wait_closed(&client, id);
    CHECK_INT(client.stream[id].status, 408);
    CHECK_STR(str_of(client.stream[id].body),
              STR("REQUEST_TIMEOUT POST /echo the request body did not arrive in time"));
    CHECK_INT(client.stream[id].error, NGHTTP2_NO_ERROR);
    wait_closed(&client, other);
    CHECK_INT(client.stream[other].status, 200);
    CHECK_INT(client.goaways, 0); /* the connection goes on */
    close_client(&client);
    app_stop(&app);
}

static void test_head_that_does_not_end(void)
{
    static const char part[] = "\0\0\1\1\1\0\0\0\1\x82"; /* ":method: GET", and no END_HEADERS */
    start((struct server_limits){ .head_timeout_ms = 100 });
    open_client(&client, &app, false);
    int32_t first = ask(&client, "/echo", false);
    wait_closed(&client, first);
    char bytes[sizeof part];
    memcpy(bytes, part, sizeof part);
    bytes[8] = 3;
    client_send(client.fd, (struct str){ bytes, sizeof part - 1 });
    while (!client.ended) step(&client); /* 408 on a stream this client does not know, GOAWAY */
    close_client(&client);
    app_stop(&app);
}

static void test_silent_after_preface(void)
{
    start((struct server_limits){ .head_timeout_ms = 100 });
    int fd = client_connect(&app);
    CHECK(client_text(fd, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    char byte;
    while (client_read(fd, &byte, 1) == 1) {}
    CHECK(client_read(fd, &byte, 1) <= 0);
    close(fd);
    app_stop(&app);
}

static void test_idle(void)
{
    start((struct server_limits){ .idle_timeout_ms = 100 });
    open_client(&client, &app, false);
    int32_t id = ask(&client, "/echo", false);
    wait_closed(&client, id);
    while (!client.ended) step(&client);
    CHECK_INT(client.goaways, 1);
    CHECK_INT(client.goaway, NGHTTP2_NO_ERROR);
    close_client(&client);
    app_stop(&app);
}

static void test_answer_that_is_not_taken(void)
{
    start((struct server_limits){ .write_timeout_ms = 100 });
    open_client(&client, &app, true);
    int32_t id = ask(&client, "/size?50000", false), none = ask(&client, "/none", false);
    wait_closed(&client, id);
    CHECK_INT(client.stream[id].status, 200);
    CHECK_INT(client.stream[id].error, NGHTTP2_CANCEL);
    CHECK_INT(client.stream[id].body_bytes, 0);
    wait_closed(&client, none);
    CHECK_INT(client.stream[none].status, 204);
    close_client(&client);
    app_stop(&app);
}

/* 60 answers of 100 kB for a client whose windows are shut: some wait, the other requests wait for
 * them, and all arrive once the windows open. */
static void test_requests_wait_for_answers_to_leave(void)
{
    start((struct server_limits){ 0 });
    open_client(&client, &app, true);
    int32_t id[60];
    for (size_t i = 0; i < COUNT_OF(id); i++) id[i] = ask(&client, "/size?100000", false);
    while (client.stream[id[0]].status == 0) step(&client);
    CHECK_INT(client.stream[id[59]].status, 0);
    nghttp2_settings_entry entry = { NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 200000 };
    nghttp2_session_set_local_window_size(client.session, NGHTTP2_FLAG_NONE, 0, 10 * 1000 * 1000);
    nghttp2_submit_settings(client.session, NGHTTP2_FLAG_NONE, &entry, 1);
    flush(&client); /* and from here on the client sends nothing that could wake the server */
    for (size_t i = 0; i < COUNT_OF(id); i++) {
        wait_closed(&client, id[i]);
        CHECK_INT(client.stream[id[i]].status, 200);
        CHECK_INT(client.stream[id[i]].body_bytes, 100000);
    }
    close_client(&client);
    app_stop(&app);
}

static void test_application_closes(void)
{
    start((struct server_limits){ 0 });
    open_client(&client, &app, false);
    int32_t held = ask(&client, "/hold", false);
    app_wait_held(&app, 1);
    int32_t id = ask(&client, "/close", false);
    wait_closed(&client, id);
    CHECK_INT(client.stream[id].status, 200);
    app_release(&app);
    wait_closed(&client, held);
    CHECK_INT(client.stream[held].status, 200);
    while (!client.ended) step(&client);
    CHECK_INT(client.goaway, NGHTTP2_NO_ERROR);
    close_client(&client);
    app_stop(&app);
}

int main(void)
{
    RUN(test_answers_out_of_order);
    RUN(test_cancelled_while_held);
    RUN(test_client_leaves_while_held);
    RUN(test_stopped_while_held);
    RUN(test_body_that_does_not_come);
    RUN(test_head_that_does_not_end);
    RUN(test_silent_after_preface);
    RUN(test_idle);
    RUN(test_answer_that_is_not_taken);
    RUN(test_requests_wait_for_answers_to_leave);
    RUN(test_application_closes);
    return test_end();
}
