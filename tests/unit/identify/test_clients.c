#include "identify/clients.h"

#include "tests/unit/test.h"

static struct arena arena;

static struct address address(const char *text)
{
    struct address a;
    if (!address_parse(&a, str_of(text))) abort();
    return a;
}

static struct str report(struct clients *c)
{
    struct json_out out;
    json_out_init(&out, &arena);
    json_out_open(&out, '{');
    clients_print(c, &out);
    json_out_close(&out, '}');
    return json_out_text(&out);
}

/* `count` visitors with one of `browsers` user agents; client NULL: all different public ones. */
static void visit(struct clients *c, size_t count, size_t browsers, struct client_note note, const char *client)
{
    for (size_t i = 0; i < count; i++) {
        static const char *const agents[] = { "a", "b", "c", "d" };
        note.client = address(client ? client : "203.0.113.1");
        if (!client) note.client.byte[13] = (uint8_t)i, note.client.byte[14] = (uint8_t)(i >> 8);
        note.user_agent = str_of(agents[i % browsers]);
        if (!note.has_list && !note.peer_trusted) note.peer = note.client;
        clients_note(c, &note);
    }
}

static enum client_finding judged(size_t count, size_t browsers, struct client_note note, const char *client)
{
    struct clients *c = clients_create();
    visit(c, count, browsers, note, client);
    enum client_finding finding = clients_judge(c);
    clients_destroy(c);
    return finding;
}

static void test_findings(void)
{
    const struct client_note direct = { .has_list = false };
    const struct client_note untrusted = { .peer = address("10.0.0.5"), .has_list = true };
    const struct client_note stranger = { .peer = address("198.51.100.1"), .has_list = true };
    const struct client_note silent = { .peer = address("10.0.0.5"), .peer_trusted = true };
    const struct client_note good = { .peer = address("10.0.0.5"), .peer_trusted = true, .has_list = true,
                                      .source = FORWARDED_BY_X };
    CHECK_INT(judged(0, 1, direct, NULL), CLIENTS_FINE);
    CHECK_INT(judged(200, 4, direct, NULL), CLIENTS_FINE);
    CHECK_INT(judged(200, 4, good, NULL), CLIENTS_FINE);
    /* one private peer with a list is enough; a public one may be anybody's proxy */
    CHECK_INT(judged(1, 1, untrusted, "10.0.0.5"), CLIENTS_PROXY_UNTRUSTED);
    CHECK_INT(judged(31, 4, stranger, "198.51.100.1"), CLIENTS_FINE);
    CHECK_INT(judged(32, 4, stranger, "198.51.100.1"), CLIENTS_PROXY_UNTRUSTED);
    /* one person who tries it out is no finding, many browsers are */
    CHECK_INT(judged(200, 2, direct, "198.51.100.1"), CLIENTS_FINE);
    CHECK_INT(judged(31, 4, direct, "198.51.100.1"), CLIENTS_FINE);
    CHECK_INT(judged(32, 4, direct, "198.51.100.1"), CLIENTS_ONE_ADDRESS);
    CHECK_INT(judged(32, 4, silent, "10.0.0.5"), CLIENTS_PROXY_SILENT);
}

static void test_private(void)
{
    struct clients *c = clients_create();
    for (int i = 0; i < 40; i++) {
        char text[32];
        snprintf(text, sizeof text, "192.168.1.%d", i);
        visit(c, 1, 1, (struct client_note){ 0 }, text);
    }
    CHECK_INT(clients_judge(c), CLIENTS_FINE); /* one browser: a load test */
    for (int i = 0; i < 40; i++) {
        char text[32];
        snprintf(text, sizeof text, "192.168.1.%d", i);
        visit(c, 3, 3, (struct client_note){ 0 }, text);
    }
    CHECK_INT(clients_judge(c), CLIENTS_ALL_PRIVATE);
    visit(c, 20, 4, (struct client_note){ 0 }, NULL);
    CHECK_INT(clients_judge(c), CLIENTS_FINE);
    clients_destroy(c);
}

static void test_report(void)
{
    struct clients *c = clients_create();
    CHECK_STR(report(c), STR("{\"sample\":0,\"from\":{\"connection\":0,\"x-forwarded-for\":0,\"forwarded\":0,"
                             "\"proxy-protocol\":0},\"addresses\":0,\"private\":0,\"networks\":[],"
                             "\"finding\":\"fine\",\"advice\":null}"));
    visit(c, 3, 1, (struct client_note){ .peer = address("10.0.0.5"), .has_list = true }, "10.0.0.5");
    visit(c, 1, 1, (struct client_note){ .proxied = true }, "2001:db8:1:2::3");
    CHECK_STR(report(c),
              STR("{\"sample\":4,\"from\":{\"connection\":3,\"x-forwarded-for\":0,\"forwarded\":0,"
                  "\"proxy-protocol\":1},"
                  "\"addresses\":2,\"private\":3,\"networks\":[{\"network\":\"10.0.0.0/24\",\"count\":3},"
                  "{\"network\":\"2001:db8:1::/48\",\"count\":1}],\"finding\":\"proxy_untrusted\","
                  "\"advice\":\"a proxy at 10.0.0.5 sends X-Forwarded-For or Forwarded but is not in "
                  "--trusted-proxy: every visitor looks like 10.0.0.5. Add --trusted-proxy 10.0.0.5 if it "
                  "is yours.\"}"));
    clients_destroy(c);
    clients_note(NULL, &(struct client_note){ .has_list = true }); /* switched off */
    arena_reset(&arena);
}

/* The newest count: old ones leave the ring. */
static void test_ring(void)
{
    struct clients *c = clients_create();
    visit(c, 128, 4, (struct client_note){ 0 }, "198.51.100.1");
    CHECK_INT(clients_judge(c), CLIENTS_ONE_ADDRESS);
    visit(c, 128, 4, (struct client_note){ 0 }, NULL);
    CHECK_INT(clients_judge(c), CLIENTS_FINE);
    CHECK(str_has(report(c), STR("\"sample\":128,")) && !str_has(report(c), STR("198.51.100")));
    clients_destroy(c);
    arena_reset(&arena);
}

int main(void)
{
    arena_init(&arena, 1 << 20);
    RUN(test_findings);
    RUN(test_private);
    RUN(test_report);
    RUN(test_ring);
    arena_free(&arena);
    return test_end();
}
