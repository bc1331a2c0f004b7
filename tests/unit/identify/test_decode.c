/* The body's envelope, the headers that are kept, and that a failure anywhere leaves nothing
 * behind. */
#include "event/packed.h"
#include "tests/unit/identify/fixture.h"

static struct world w;
static struct arena arena;

static struct str padded(const char *text, size_t n)
{
    char *p = arena_zero(&arena, n + JSON_PADDING);
    memcpy(p, text, n);
    return (struct str){ p, n };
}

static void ask_text(const char *body, struct answered *o)
{
    struct ask ask = { .body = padded(body, strlen(body)), .user_agent = CHROME_WINDOWS("156") };
    identify_ask(&w, &ask, o);
}

static void check_refused(const char *body, const char *problem)
{
    struct answered o;
    ask_text(body, &o);
    if (o.e != ERR_MALFORMED) printf("# %.80s\n", body);
    CHECK_INT(o.e, ERR_MALFORMED);
    CHECK_STR(str_of(o.problem), str_of(problem));
    outcome_free(&o);
}

static void test_refused(void)
{
    static const struct { const char *body, *problem; } rows[] = {
        { "", "the body is empty" },
        { "{", "the body is not valid JSON" },
        { "[]", "the body must be a JSON object" },
        { "null", "the body must be a JSON object" },
        { "\"text\"", "the body must be a JSON object" },
        { "7", "the body must be a JSON object" },
        { "{}", "signals is missing" },
        { "{\"Signals\":{}}", "signals is missing" },
        { "{\"signals\":null}", "signals must be an object" },
        { "{\"signals\":[]}", "signals must be an object" },
        { "{\"signals\":\"x\"}", "signals must be an object" },
        { "{\"signals\":{\"canvas\":[]}}",
          "each member of signals must be null or an object with a value" },
        { "{\"signals\":{\"stranger\":1}}",
          "each member of signals must be null or an object with a value" },
        { "{\"signals\":{},\"timestamp\":\"now\"}", "timestamp must be a number" },
        { "{\"signals\":{},\"url\":7}", "url must be a string" },
        { "{\"signals\":{},\"referrer\":{}}", "referrer must be a string" },
        { "{\"signals\":{},\"linkedId\":[\"a\"]}", "linkedId must be a string" },
        { "{\"signals\":{},\"token\":true}", "token must be a string" },
        { "{\"signals\":{},\"walletAddresses\":\"0x1\"}",
          "walletAddresses must be an array of strings" },
        { "{\"signals\":{},\"walletAddresses\":[\"0x1\",2]}",
          "walletAddresses must be an array of strings" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) check_refused(rows[i].body, rows[i].problem);
}

static void test_null_is_absent(void)
{
    struct answered o;
    ask_text(
        "{\"signals\":{},\"timestamp\":null,\"url\":null,\"referrer\":null,"
        "\"linkedId\":null,\"token\":null,"
        "\"tag\":null,\"walletAddresses\":null,\"agent\":null,\"stranger\":[1]}",
        &o);
    CHECK_INT(o.e, ERR_OK);
    const struct event *ev = &o.event;
    CHECK(!event_has(ev, EVENT_url) && !event_has(ev, EVENT_referrer) &&
          !event_has(ev, EVENT_linked_id));
    CHECK(!event_has(ev, EVENT_tag) && !event_has(ev, EVENT_wallets) &&
          !event_has(ev, EVENT_client_time_ms));
    CHECK(!event_has(ev, EVENT_sdk_version) && !o.id->from_agent);
    outcome_free(&o);
}

static void test_envelope(void)
{
    struct answered o;
    ask_text(
        "{\"signals\":{},\"timestamp\":1765432100123.75,"
        "\"url\":\"https://a.example/?q=\\u00e4\",\"referrer\":\"r\","
        "\"linkedId\":\"user \\\"1\\\"\",\"tag\":{\"b\":[1.5,null,{}],"
        "\"a\":\"0123456789abcdef\",\"b\":1},"
        "\"walletAddresses\":[\"0x1\",\"0x2\"],\"agent\":{\"version\":\"1.2.3\"}}",
        &o);
    CHECK_INT(o.e, ERR_OK);
    const struct event *ev = &o.event;
    CHECK_INT(ev->client_time_ms, 1765432100123);
    CHECK_STR(ev->url, STR("https://a.example/?q=\xc3\xa4"));
    CHECK_STR(ev->referrer, STR("r"));
    CHECK_STR(ev->linked_id, STR("user \"1\""));
    CHECK_STR(ev->tag, STR("{\"b\":[1.5,null,{}],\"a\":\"0123456789abcdef\",\"b\":1}"));
    CHECK_STR(ev->wallets, STR("[\"0x1\",\"0x2\"]"));
    CHECK_STR(ev->sdk_version, STR("1.2.3"));
    CHECK(o.id->from_agent);
    outcome_free(&o);
}

static void test_times(void)
{
    static const struct { const char *text; bool kept; int64_t ms; } rows[] = {
        { "0", true, 0 },
        { "-1", false, 0 },
        { "1e400", false, 0 },
        { "3999999999999", true, 3999999999999 },
        { "4000000000000", false, 0 },
        { "18446744073709551616", false, 0 },
        { "-1e400", false, 0 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct answered o;
        ask_text(arena_format(&arena, "{\"signals\":{},\"timestamp\":%s}", rows[i].text).p, &o);
        CHECK_INT(o.e, ERR_OK);
        CHECK_INT(event_has(&o.event, EVENT_client_time_ms), rows[i].kept);
        CHECK_INT(o.event.client_time_ms, rows[i].ms);
        outcome_free(&o);
    }
}

static const char *body_with(const char *member, size_t n, const char *unit)
{
    struct json_out out;
    json_out_init(&out, &arena);
    json_out_raw(&out, arena_format(&arena, "{\"signals\":{},\"%s\":\"", member));
    for (size_t i = 0; i < n; i++) json_out_raw(&out, str_of(unit));
    json_out_raw(&out, (struct str){ "\"}\0", 3 });
    return json_out_text(&out).p;
}

static void test_limits(void)
{
    struct answered o;
    ask_text(body_with("linkedId", 256, "\xf0\x9f\x98\x80"), &o); /* 256 characters, 1,024 bytes */
    CHECK(o.e == ERR_OK && o.event.linked_id.n == 1024);
    outcome_free(&o);
    check_refused(body_with("linkedId", 257, "a"),
                  "linkedId can't be greater than 256 characters long");
    ask_text(body_with("url", 3000, "\xc3\xa4"), &o); /* cut between two characters */
    CHECK(o.e == ERR_OK && o.event.url.n == URL_BYTES_MAX);
    outcome_free(&o);
    ask_text(body_with("referrer", 2000, "\xe2\x82\xac"), &o);
    CHECK(o.e == ERR_OK && o.event.referrer.n == URL_BYTES_MAX / 3 * 3);
    outcome_free(&o);
    ask_text(body_with("tag", TAG_BYTES_MAX - 2, "a"), &o);
    CHECK(o.e == ERR_OK && o.event.tag.n == TAG_BYTES_MAX);
    outcome_free(&o);
    check_refused(body_with("tag", TAG_BYTES_MAX - 1, "a"), "tag is longer than 16 kB");
}

static void test_wallets_are_limited(void)
{
    struct json_out out;
    struct answered o;
    json_out_init(&out, &arena);
    json_out_raw(&out, STR("{\"signals\":{},\"walletAddresses\":[\"x\""));
    for (int i = 1; i < 100; i++) json_out_raw(&out, STR(",\"x\""));
    json_out_raw(&out, (struct str){ "]}\0", 3 });
    ask_text(json_out_text(&out).p, &o);
    CHECK(o.e == ERR_OK && o.event.wallets.n == WALLETS_MAX * 4 + 1);
    outcome_free(&o);
}

/* Every kind of JSON value can be a tag, and comes back as the same JSON. */
static void test_tags(void)
{
    static const char *const tags[] = { "\"text\"",
                                        "7",
                                        "-1.5",
                                        "true",
                                        "false",
                                        "[]",
                                        "{}",
                                        "[[{}]]",
                                        "\"\"",
                                        "9007199254740993",
                                        "{\"\":{\"\":0}}" };
    for (size_t i = 0; i < COUNT_OF(tags); i++) {
        struct answered o;
        ask_text(arena_format(&arena, "{\"tag\":%s,\"signals\":{}}", tags[i]).p, &o);
        CHECK_INT(o.e, ERR_OK);
        CHECK_STR(o.event.tag, str_of(tags[i]));
        outcome_free(&o);
    }
}

static bool steady_has(const struct answered *o, const char *text)
{
    return str_has(o->id->steady, str_of(text));
}

/* Regression: secrets in headers of other kinds than Authorization were stored in plain text. */
static void test_headers(void)
{
    struct payload look = laptop();
    struct answered o;
    struct ask ask = { .body = body_of(&look, &arena),
                       .user_agent = look.user_agent,
                       .more = { { STR("Cookie"), STR("session=secret1") },
                                 { STR("AUTHORIZATION"), STR("secret2") },
                                 { STR("Accept-Encoding"), STR("gzip, br") },
                                 { STR("X-Odd"), STR("\xff\xfe") } } };
    identify_ask(&w, &ask, &o);
    CHECK_INT(o.e, ERR_OK);
    CHECK(steady_has(&o, "Accept-Encoding") && steady_has(&o, "gzip, br") &&
          steady_has(&o, "X-Odd"));
    CHECK(!steady_has(&o, "secret") && !steady_has(&o, "Cookie") && !steady_has(&o, "Host"));
    struct cursor a = cursor_of(o.id->steady), b = cursor_of(o.id->changing);
    struct json_out out;
    json_out_init(&out, &arena);
    CHECK_INT(packed_to_json(&out, &a, &b), ERR_OK);
    CHECK(str_starts(json_out_text(&out), STR("{\"headers\":[[\"User-Agent\",")));
    outcome_free(&o);
    static const char *const private_ones[] = { "Proxy-Authorization", "Auth-API-Key",
                                                "X-API-Key",           "x-forwarded-for",
                                                "Forwarded",           "X-Real-IP",
                                                "True-Client-IP",      "CF-Connecting-IP" };
    for (size_t i = 0; i < COUNT_OF(private_ones); i++) {
        ask.more[0] = (struct header){ str_of(private_ones[i]), STR("198.51.100.77") };
        ask.more[1] = (struct header){ { NULL, 0 }, { NULL, 0 } };
        identify_ask(&w, &ask, &o);
        if (steady_has(&o, "198.51")) printf("# %s\n", private_ones[i]);
        CHECK(o.e == ERR_OK && !steady_has(&o, "198.51.100.77"));
        outcome_free(&o);
    }
}

/* A number per request would make each snapshot a new one. */
static void test_headers_of_proxies(void)
{
    static const char *const numbered[] = { "X-Request-Id",   "X-Correlation-ID", "traceparent",
                                            "tracestate",     "CF-Ray",           "X-Amzn-Trace-Id",
                                            "Content-Length", "If-None-Match" };
    struct payload look = laptop();
    for (size_t i = 0; i < COUNT_OF(numbered); i++) {
        struct answered a, b;
        struct ask ask = { .body = body_of(&look, &arena), .user_agent = look.user_agent,
                           .more = { { str_of(numbered[i]), STR("1") } } };
        identify_ask(&w, &ask, &a);
        ask.more[0].value = STR("2");
        identify_ask(&w, &ask, &b);
        if (!str_eq(a.id->steady, b.id->steady)) printf("# %s\n", numbered[i]);
        CHECK(str_eq(a.id->steady, b.id->steady));
        outcome_free(&a), outcome_free(&b);
    }
}

static void test_several_forwarded_lines(void)
{
    struct payload look = laptop();
    struct answered o;
    w.proxies.count = 1;
    REQUIRE(network_parse(&w.proxies.list[0], STR("10.0.0.0/8")));
    struct ask ask = { .body = body_of(&look, &arena),
                       .user_agent = look.user_agent,
                       .address = "10.0.0.1",
                       .more = { { STR("X-Forwarded-For"), STR("9.9.9.9") },
                                 { STR("x-forwarded-for"), STR("1.2.3.4") },
                                 { STR("X-FORWARDED-FOR"), STR("10.0.0.2") } } };
    identify_ask(&w, &ask, &o);
    CHECK_INT(o.e, ERR_OK);
    CHECK_STR(o.event.ip, STR("1.2.3.4"));
    outcome_free(&o);
    ask.address = "203.0.113.9";
    identify_ask(&w, &ask, &o);
    CHECK_STR(o.event.ip, STR("203.0.113.9"));
    outcome_free(&o);
    w.proxies.count = 0;
}

/* What a CDN adds is new with each connection: neither a new snapshot each time, nor an address that
 * privacy settings do not reach. */
static void test_headers_of_cdns(void)
{
    static const char *const names[] = { "X-JA3-Fingerprint", "Cf-Ja4", "CloudFront-Viewer-Address",
                                         "X-Forwarded-Host", "X-Amzn-Trace-Id" };
    struct payload look = laptop();
    struct answered o;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct ask ask = { .body = body_of(&look, &arena), .user_agent = look.user_agent,
                           .more = { { str_of(names[i]), STR("198.51.100.4") }, { STR("DNT"), STR("1") } } };
        identify_ask(&w, &ask, &o);
        CHECK_INT(o.e, ERR_OK);
        CHECK(str_has(o.id->steady, STR("DNT")));
        if (str_has(o.id->steady, STR("198.51.100.4"))) printf("# %s\n", names[i]);
        CHECK(!str_has(o.id->steady, STR("198.51.100.4")));
        outcome_free(&o);
    }
}

static void test_deep_and_strange(void)
{
    struct json_out out;
    struct answered o;
    json_out_init(&out, &arena);
    json_out_raw(&out, STR("{\"signals\":{\"canvas\":{\"value\":{\"x\":"));
    for (int i = 0; i < 1000; i++) json_out_raw(&out, STR("["));
    for (int i = 0; i < 1000; i++) json_out_raw(&out, STR("]"));
    json_out_raw(&out, (struct str){ "}}}}\0", 5 });
    ask_text(json_out_text(&out).p, &o);
    CHECK_INT(o.e, ERR_OK);
    outcome_free(&o);
    ask_text(
        "{\"signals\":{\"canvas\":{\"value\":{\"hash\":\"\\ud800\",\"n\":1e400,"
        "\"m\":-123456789012345678901234567890}}},"
        "\"url\":\"\\udfff\"}",
        &o);
    CHECK_INT(o.e, ERR_OK);
    CHECK_STR(o.event.url, STR("\xef\xbf\xbd"));
    outcome_free(&o);
}

/* The arena ends after 0, 1, 2, ... kB: each time a clean error, and the store works on. */
static void test_memory_ends_anywhere(void)
{
    struct payload look = laptop();
    struct json_parser *parser = json_parser_create();
    size_t failures = 0, limit = 0;
    look.envelope =
        "\"linkedId\":\"user-1\",\"tag\":{\"a\":[[1]]},\"walletAddresses\":[\"0x1\"],"
        "\"agent\":{\"version\":\"1\"},"
        "\"referrer\":\"https://r.example/\",\"token\":\"rubbish\",";
    struct str body = body_of(&look, &arena);
    for (bool done = false; !done && limit < 4 << 20; limit += 48) {
        struct answered o;
        struct ask ask = { .body = body,
                           .user_agent = look.user_agent,
                           .parser = parser,
                           .arena_bytes_max = limit + 1,
                           .more = { { STR("X-Forwarded-For"), STR("1.2.3.4") },
                                     { STR("X-Forwarded-For"), STR("1.2.3.5") } } };
        identify_ask(&w, &ask, &o);
        done = o.e == ERR_OK;
        if (!done) {
            CHECK_INT(o.e, ERR_NO_MEMORY);
            CHECK(!o.id->visit); /* given back */
            failures++;
        } else {
            CHECK(o.event.visits_count == 1 &&
                  !o.event.visitor_found); /* the failures left nobody */
        }
        outcome_free(&o);
        CHECK(store_is_sound(w.store));
    }
    CHECK(failures > 100);
    struct event ev = visit(&w, &look);
    CHECK_INT(ev.visits_count, 2);
    json_parser_destroy(parser);
}

static void run(void (*test)(void))
{
    world_open(&w);
    test();
    world_close(&w);
    arena_reset(&arena);
}

#define RUN_FRESH(test) static void fresh_##test(void) { run(test); }
RUN_FRESH(test_headers)
RUN_FRESH(test_headers_of_proxies)
RUN_FRESH(test_memory_ends_anywhere)

int main(void)
{
    arena_init(&arena, 64 << 20);
    RUN(fresh_test_headers);
    RUN(fresh_test_headers_of_proxies);
    RUN(fresh_test_memory_ends_anywhere);
    world_open(&w);
    RUN(test_refused);
    RUN(test_null_is_absent);
    RUN(test_envelope);
    RUN(test_times);
    RUN(test_limits);
    RUN(test_wallets_are_limited);
    RUN(test_tags);
    RUN(test_several_forwarded_lines);
    RUN(test_headers_of_cdns);
    RUN(test_deep_and_strange);
    world_close(&w);
    arena_free(&arena);
    return test_end();
}
