/* What render.c prints of the full event (tests/golden) is read and printed again: nothing may be lost. */
#include "api/parse_event.h"
#include "event/packed.h"
#include "event/velocity.h"
#include "tests/unit/test.h"

static struct arena arena;
static struct json_parser *parser;
static struct json_out unmapped;

static void note(void *context, struct str path)
{
    (void)context;
    json_out_raw(&unmapped, path), json_out_raw(&unmapped, STR(" "));
}

static bool parse(struct parsed_event *out, struct str text, char *problem)
{
    struct json root;
    json_out_init(&unmapped, &arena);
    REQUIRE(!json_parse(parser, json_padded(&arena, text), &root));
    return parse_event(out, root, &arena, note, NULL, problem);
}

static struct str read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    REQUIRE(f != NULL);
    char *text = arena_alloc(&arena, 1 << 16);
    struct str s = { text, fread(text, 1, (1 << 16) - 1, f) };
    text[s.n] = 0;
    fclose(f);
    return s;
}

/* Without white space, in the order of the text. */
static struct str plain(struct str text)
{
    static struct json_parser *other;
    struct json root;
    struct str out;
    if (!other) other = json_parser_create();
    REQUIRE(!json_parse(other, json_padded(&arena, text), &root));
    REQUIRE(!packed_json_text(&out, root, &arena));
    return out;
}

static struct str rendered(enum dialect d, const struct event *ev)
{
    struct json_out out;
    json_out_init(&out, &arena);
    json_out_open(&out, '{');
    render_event(&out, d, ev);
    json_out_close(&out, '}');
    return json_out_text(&out);
}

static const struct {
    enum dialect dialect;
    const char *name;
} forms[] = {
    { DIALECT_V4, "v4" },
    { DIALECT_V3, "v3" },
    { DIALECT_WEBHOOK_V3, "webhook_v3" },
};

/* The full event is of no device that there is: a browser with an app's facts, which v3 cannot tell from none. */
static struct str as_app(struct str text)
{
    const char *at = strstr(text.p, "\"platform\": \"js\"");
    REQUIRE(at != NULL);
    return arena_format(&arena, "%.*s\"platform\": \"ios\"%s", (int)(at - text.p), text.p,
                        at + strlen("\"platform\": \"js\""));
}

static void test_goldens_come_back(void)
{
    static const char *const names[] = { "full", "minimal" };
    for (size_t i = 0; i < COUNT_OF(forms); i++)
        for (size_t k = 0; k < COUNT_OF(names); k++) {
            char problem[PARSE_PROBLEM_BYTES];
            struct parsed_event parsed;
            struct str text = read_file(
                arena_format(&arena, "tests/golden/%s/%s.json", forms[i].name, names[k]).p);
            if (k == 0 && i > 0) text = as_app(text);
            if (k == 1 && i == 1)
                continue; /* "incognito": false of an unknown one reads as known */
            CHECK(parse(&parsed, text, problem));
            CHECK_STR(str_of(problem), STR(""));
            CHECK_STR(json_out_text(&unmapped), STR(""));
            CHECK_INT(parsed.form, forms[i].dialect);
            /* these two are not the event's own */
            if (k == 0) parsed.event.raw_attributes = STR("{}");
            event_set(&parsed.event, EVENT_environment), parsed.event.environment = 1;
            CHECK_STR(plain(rendered(forms[i].dialect, &parsed.event)), plain(text));
        }
}

static void check_refused(const char *text, const char *why)
{
    char problem[PARSE_PROBLEM_BYTES];
    struct parsed_event parsed;
    CHECK(!parse(&parsed, str_of(text), problem));
    CHECK_STR(str_of(problem), str_of(why));
}

static void test_refusals_say_why(void)
{
    check_refused("[]", "an event is a JSON object");
    check_refused(
        "{\"a\":1}",
        "this is no event: it has neither event_id (v4), nor products (v3), nor requestId (v3 webhook)");
    check_refused("{\"event_id\":\"\"}", "event_id is not what this field holds");
    check_refused("{\"event_id\":\"1.000000\",\"vpn\":\"no\"}", "vpn is not what this field holds");
    check_refused("{\"event_id\":\"1.000000\",\"identification\":{\"visitor_id\":7}}",
                  "identification.visitor_id is not what this field holds");
    check_refused("{\"event_id\":\"abc\"}", "has no time");
    check_refused("{\"products\":{}}", "has no event id");
    check_refused("{\"requestId\":\"abc\",\"time\":\"2204-01-01T00:00:00Z\"}", /* ids end in 2109 */
                  "time is not what this field holds");
    check_refused("{\"event_id\":\"1.000000\",\"timestamp\":-1}",
                  "timestamp is not what this field holds");
    check_refused(
        "{\"event_id\":\"1.000000\",\"velocity\":{\"events\":{\"5_minutes\":5,\"1_hour\":4,\"24_hours\":9}}}",
        "velocity is not what this field holds");
}

/* What has no count of 24 hours stays without one. */
static void test_velocity_without_days(void)
{
    char problem[PARSE_PROBLEM_BYTES];
    struct parsed_event parsed;
    struct velocity v;
    const char *busy = "{\"event_id\":\"1700000000000.000000\",\"velocity\":{"
                       "\"distinct_ip\":{\"5_minutes\":1,\"1_hour\":2},"
                       "\"events\":{\"5_minutes\":5,\"1_hour\":6,\"24_hours\":30000}}}";
    const char *forgotten = "{\"event_id\":\"1700000000000.000000\",\"velocity\":{"
                            "\"events\":{\"5_minutes\":5,\"1_hour\":6}}}";
    CHECK(parse(&parsed, str_of(busy), problem));
    REQUIRE(velocity_decode(&v, parsed.event.velocity));
    CHECK(v.day_left_out && !v.day_unknown && velocity_has(&v, VELOCITY_EVENTS, VELOCITY_DAY));
    CHECK(parse(&parsed, str_of(forgotten), problem));
    REQUIRE(velocity_decode(&v, parsed.event.velocity));
    CHECK(v.day_unknown && !velocity_has(&v, VELOCITY_EVENTS, VELOCITY_DAY));
    CHECK_INT(v.count[VELOCITY_EVENTS][VELOCITY_HOUR], 6);
}

static void test_ids_of_other_kinds(void)
{
    char problem[PARSE_PROBLEM_BYTES];
    struct parsed_event a, b;
    const char *text =
        "{\"requestId\":\"Px6VxbRC6WBkA39yeNH3\",\"visitorId\":\"Ibk1527CUFmcnjLwIs4A9\",\"timestamp\":1554910997788}";
    CHECK(parse(&a, str_of(text), problem) && parse(&b, str_of(text), problem));
    CHECK(a.id_made && event_id_valid(a.event.id) && visitor_id_valid(a.event.visitor));
    CHECK_INT(a.event.id.time_ms, 1554910997788);
    CHECK(a.event.id.random == b.event.id.random &&
          visitor_id_eq(a.event.visitor, b.event.visitor));
    CHECK(parse(&b, STR("{\"event_id\":\"1554910997788.AAAAAA\",\"timestamp\":1554910997790}"),
                problem));
    CHECK(!b.id_made && b.event.stated_ms == 1554910997790);
    CHECK_INT(b.event.id.time_ms, 1554910997788);
}

static void test_what_is_left_out_is_named(void)
{
    char problem[PARSE_PROBLEM_BYTES];
    struct parsed_event parsed;
    CHECK(parse(
        &parsed,
        STR("{\"event_id\":\"1.000000\",\"new\":{\"a\":1,\"b\":[2]},\"vpn\":true,"
            "\"proxy_ml_score\":0.5,\"labels\":null}"),
        problem));
    CHECK_STR(json_out_text(&unmapped), STR("new.a new.b proxy_ml_score "));
    CHECK(parsed.event.vpn);
    /* v3 shows these of browsers, where they say nothing */
    CHECK(parse(
        &parsed,
        STR("{\"requestId\":\"1.000000\",\"jailbroken\":{\"result\":false},\"tor\":{\"result\":false}}"),
        problem));
    CHECK(!event_has(&parsed.event, EVENT_jailbroken) && event_has(&parsed.event, EVENT_tor));
    CHECK(parse(
        &parsed,
        STR("{\"requestId\":\"1.000000\",\"jailbroken\":{\"result\":false},"
            "\"sdk\":{\"platform\":\"ios\",\"version\":\"2\"}}"),
        problem));
    CHECK(event_has(&parsed.event, EVENT_jailbroken));
}

int main(void)
{
    arena_init(&arena, 64 << 20);
    parser = json_parser_create();
    REQUIRE(parser != NULL);
    RUN(test_goldens_come_back);
    RUN(test_refusals_say_why);
    RUN(test_velocity_without_days);
    RUN(test_ids_of_other_kinds);
    RUN(test_what_is_left_out_is_named);
    json_parser_destroy(parser);
    arena_free(&arena);
    return test_end();
}
