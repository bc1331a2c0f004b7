/* The payload's signals: which values are read, that their order says nothing, and that what
 * changes from visit to visit is kept apart from what does not. */
#include "event/packed.h"
#include "tests/unit/identify/fixture.h"

static struct world w;
static struct arena arena;

static void identify_body(struct str body, struct answered *o)
{
    struct ask ask = { .body = body, .user_agent = CHROME_WINDOWS("156") };
    identify_ask(&w, &ask, o);
    CHECK_INT(o->e, ERR_OK);
    if (o->problem) printf("# problem: %s\n", o->problem);
}

/* Only signals_read, on a body of `{"signals": ...}`. */
static struct signals signals_of(const char *json, struct str *steady, struct str *changing)
{
    static struct json_parser *parser;
    struct json root, object;
    struct signals signals = { .completeness = -1 };
    struct bytes_out a, b;
    size_t n = strlen(json);
    if (!parser) parser = json_parser_create();
    char *copy = arena_zero(&arena, n + JSON_PADDING);
    memcpy(copy, json, n);
    if (json_parse(parser, (struct str){ copy, n }, &root) ||
        !json_get(root, STR("signals"), &object)) {
        printf("# not a body: %.80s\n", json);
        test_failed_checks++;
        return signals;
    }
    bytes_out_init(&a, &arena, 64), bytes_out_init(&b, &arena, 64);
    CHECK_INT(signals_read(&signals, object, &arena, &a, &b), ERR_OK);
    if (steady) *steady = bytes_out_text(&a);
    if (changing) *changing = bytes_out_text(&b);
    return signals;
}

static struct str laptop_body(void)
{
    struct payload look = laptop();
    return body_of(&look, &arena);
}

static void test_values(void)
{
    struct str body = laptop_body();
    struct signals s = signals_of(arena_copy(&arena, body).p, NULL, NULL);
    for (enum signal_id i = 0; i < S_COUNT; i++) {
        bool app = i >= S_APP_HARDWARE_ID && i <= S_APP_CAPTURED; /* what only apps send */
        bool there = i != S_RESISTANCE_BROWSER && !app; /* the one that a usual browser has no value for */
        if (s.value[i].present != there) printf("# %s\n", signal_infos[i].name);
        CHECK(s.value[i].present == there && (s.value[i].hash != 0) == there);
    }
    CHECK_STR(s.value[S_CANVAS_HASH].text, STR("aaaa000011112222"));
    CHECK_STR(s.value[S_FONTS].text, STR("Arial\nCalibri\nSegoe UI"));
    CHECK_STR(s.value[S_WEBGL_PARAMS].text, STR("MAX_TEXTURE_SIZE=16384\nMAX_SAMPLES=8"));
    CHECK_STR(s.value[S_WORKER_UA].text, STR(CHROME_WINDOWS("156")));
    CHECK(s.value[S_SCREEN_WIDTH].number == 1920 && s.value[S_PIXEL_RATIO].number == 1.25);
    CHECK(s.value[S_CANVAS_FARBLED].number == 0 && s.value[S_OUTER_HEIGHT].number == 1040);
    CHECK(s.arrived[SIGNAL_canvas] && s.arrived[SIGNAL_status] && !s.arrived[SIGNAL_codec]);
    CHECK_STR(s.value[S_LANGUAGES].text, STR("en-US\nen"));
    CHECK_STR(s.value[S_LANGUAGE].text, STR("en-US"));
    CHECK_STR(s.value[S_CSS_FEATURES].text, STR("colorMix\n!nesting"));
    CHECK_STR(s.value[S_FULL_VERSIONS].text,
              STR("Not)A;Brand=8.0.0.0\nChromium=156.0.7000.10\nGoogle Chrome=156.0.7000.10"));
}

static void test_tables(void)
{
    /* The rows of one signal stand together, which the index relies on; a path has at most one
     * point. */
    bool seen[SIGNAL_COUNT] = { false };
    for (size_t i = 0; i < S_COUNT; i++) {
        const struct signal_info *info = &signal_infos[i];
        bool continued = i > 0 && signal_infos[i - 1].signal == info->signal;
        CHECK(continued || !seen[info->signal]);
        seen[info->signal] = true;
        const char *point = strchr(info->member, '.');
        CHECK(info->member[0] && (!point || (point[1] && !strchr(point + 1, '.'))));
        for (size_t k = 0; k < i; k++)
            CHECK(signal_infos[k].signal != info->signal ||
                  strcmp(signal_infos[k].member, info->member) != 0 ||
                  (k == S_LANGUAGES && i == S_LANGUAGE));
    }
    bool volatile_seen[SIGNAL_COUNT] = { false };
    enum signal_key last = SIGNAL_COUNT;
#define VOLATILE(signal, member)                                                                   \
    CHECK(last == SIGNAL_##signal || !volatile_seen[SIGNAL_##signal]);                             \
    volatile_seen[SIGNAL_##signal] = true;                                                         \
    last = SIGNAL_##signal;
#include "identify/signals.def"
}

/* Writes v again: members in reverse if asked, and with strangers among them. */
static void rewrite(struct json_out *out, struct json v, bool reverse, bool strangers,
                    unsigned level)
{
    struct json_each members[64];
    size_t count = 0;
    struct str s;
    double d;
    bool b;
    switch (json_type(v)) {
    case JSON_OBJECT:
        for (struct json_each it = json_each(v); json_next(&it);) {
            REQUIRE(count < COUNT_OF(members));
            members[count++] = it;
        }
        json_out_open(out, '{');
        for (size_t i = 0; i < count; i++) {
            const struct json_each *m = &members[reverse ? count - 1 - i : i];
            if (strangers && level <= 3) {
                json_out_key_str(out, arena_format(&arena, "stranger%zu", i));
                json_out_value(out, level == 1 ? STR("{\"value\":{\"hash\":\"x\"},\"duration\":1}")
                                               : STR("[1,{}]"));
            }
            json_out_key_str(out, m->key);
            rewrite(out, m->value, reverse, strangers, level + 1);
        }
        json_out_close(out, '}');
        break;
    case JSON_ARRAY: /* the order of elements is part of the value */
        json_out_open(out, '[');
        for (struct json_each it = json_each(v); json_next(&it);)
            rewrite(out, it.value, reverse, strangers, level + 1);
        json_out_close(out, ']');
        break;
    case JSON_STRING: json_str(v, &s), json_out_str(out, s); break;
    case JSON_TRUE: case JSON_FALSE: json_bool(v, &b), json_out_bool(out, b); break;
    case JSON_NULL: json_out_null(out); break;
    default: json_double(v, &d), json_out_double(out, d);
    }
}

static struct str rewritten(struct str body, bool reverse, bool strangers)
{
    struct json_parser *parser = json_parser_create();
    struct json root;
    struct json_out out;
    static const char padding[JSON_PADDING];
    CHECK_INT(json_parse(parser, body, &root), ERR_OK);
    json_out_init(&out, &arena);
    rewrite(&out, root, reverse, strangers, 0);
    size_t n = json_out_text(&out).n;
    json_out_raw(&out, (struct str){ padding, sizeof padding });
    json_parser_destroy(parser);
    return str_sub(json_out_text(&out), 0, n);
}

static void check_same_values(const struct answered *a, const struct answered *b)
{
    for (enum signal_id i = 0; i < S_COUNT; i++) {
        const struct signal *x = &a->id->signals.value[i], *y = &b->id->signals.value[i];
        if (x->present != y->present || x->hash != y->hash) printf("# %s\n", signal_infos[i].name);
        CHECK(x->present == y->present && x->hash == y->hash && x->number == y->number);
    }
    CHECK(memcmp(a->id->look.value, b->id->look.value, sizeof a->id->look.value) == 0);
    CHECK(a->event.completeness == b->event.completeness);
}

/* Regression: the members of webgl.params counted in their order. */
static void test_order_and_strangers_say_nothing(void)
{
    struct str body = laptop_body();
    struct answered a, b;
    identify_body(body, &a);
    for (int how = 1; how < 4; how++) {
        identify_body(rewritten(body, how & 1, how & 2), &b);
        check_same_values(&a, &b);
        CHECK(visitor_id_eq(a.event.visitor, b.event.visitor));
        outcome_free(&b);
    }
    outcome_free(&a);
}

/* Each declared value with each wrong type: absent, while all others stay as they are. */
static void test_wrong_types_are_absent(void)
{
    static const char *const values[] = { "null",    "true",      "7",    "\"text\"",
                                          "[\"x\"]", "{\"y\":1}", "\"\"", "[[1]]",
                                          "[{\"brand\":\"x\",\"version\":\"1\"}]",
                                          "{\"y\":true}" };
    for (enum signal_id i = 0; i < S_COUNT; i++)
        for (size_t v = 0; v < COUNT_OF(values); v++) {
            const struct signal_info *info = &signal_infos[i];
            static const char *const names[] = {
#define SIGNAL(name, weight) #name,
#include "identify/signals.def"
            };
            struct str path = str_of(info->member), head;
            REQUIRE(str_split(&path, '.', &head));
            const char *json =
                arena_format(&arena, "{\"signals\":{\"%s\":{\"value\":{\"%.*s\":%s%.*s%s%s%s}}}}",
                             names[info->signal], STR_ARG(head), path.p ? "{\"" : "", STR_ARG(path),
                             path.p ? "\":" : "", values[v], path.p ? "}" : "")
                    .p;
            struct signals s = signals_of(json, NULL, NULL);
            bool fits = info->kind == SIGNAL_BOOL     ? v == 1
                        : info->kind == SIGNAL_NUMBER ? v == 2
                        : info->kind == SIGNAL_LIST   ? v == 4 || v == 5 || v == 7 || v == 8 || v == 9
                        : info->kind == SIGNAL_FIRST  ? v == 4
                        : info->kind == SIGNAL_BRANDS ? v == 8
                        : info->kind == SIGNAL_FLAGS  ? v == 9
                                                      : v == 3;
            if (s.value[i].present != fits) printf("# %s: %s\n", info->name, json);
            CHECK(s.value[i].present == fits);
            for (enum signal_id k = 0; k < S_COUNT; k++) /* the list of languages is read twice */
                CHECK(k == i || !s.value[k].present ||
                      strcmp(signal_infos[k].member, info->member) == 0);
            if (!fits)
                CHECK(s.value[i].hash == 0 && s.value[i].text.n == 0 && s.value[i].number == 0);
        }
    arena_reset(&arena);
}

static void test_lists(void)
{
    struct signals s = signals_of(
        "{\"signals\":{\"fonts\":{\"value\":{\"detected\":[\"A\",null,{\"x\":1},\"B\",[],"
        "2.5,true]}}}}",
        NULL, NULL);
    CHECK_STR(s.value[S_FONTS].text, STR("A\nB\n2.5")); /* elements of other types are absent */
    CHECK(signal_list_has(&s.value[S_FONTS], STR("A")) &&
          signal_list_has(&s.value[S_FONTS], STR("2.5")));
    CHECK(!signal_list_has(&s.value[S_FONTS], STR("")) &&
          !signal_list_has(&s.value[S_FONTS], STR("A\nB")));
    CHECK(!signal_list_has(&s.value[S_HEADLESS_MARKERS], STR("A")));
    s = signals_of("{\"signals\":{\"fonts\":{\"value\":{\"detected\":[]}}}}", NULL, NULL);
    CHECK(s.value[S_FONTS].present && !signal_list_has(&s.value[S_FONTS], STR("")));
    struct signals ab = signals_of(
        "{\"signals\":{\"fonts\":{\"value\":{\"detected\":[\"A\",\"B\"]}}}}", NULL, NULL);
    struct signals ba = signals_of(
        "{\"signals\":{\"fonts\":{\"value\":{\"detected\":[\"B\",\"A\"]}}}}", NULL, NULL);
    CHECK(ab.value[S_FONTS].hash != ba.value[S_FONTS].hash);
}

/* The first of a list, and a list of brands: what is neither is left out, not guessed. */
static void test_firsts_and_brands(void)
{
    struct signals s = signals_of(
        "{\"signals\":{\"navigator\":{\"value\":{\"languages\":[\"de\",\"en\"]}},"
        "\"uaClientHints\":{\"value\":{\"fullVersionList\":[{\"brand\":\"A\",\"version\":\"1.2\"},"
        "7,{\"brand\":\"B\"},{\"version\":\"3\"},{\"version\":\"4\",\"brand\":\"C\"}]}}}}",
        NULL, NULL);
    CHECK_STR(s.value[S_LANGUAGE].text, STR("de"));
    CHECK_STR(s.value[S_LANGUAGES].text, STR("de\nen"));
    CHECK_STR(s.value[S_FULL_VERSIONS].text, STR("A=1.2\nC=4"));
    s = signals_of("{\"signals\":{\"navigator\":{\"value\":{\"languages\":[]}},"
                   "\"uaClientHints\":{\"value\":{\"fullVersionList\":[{\"brand\":1}]}}}}",
                   NULL, NULL);
    CHECK(!s.value[S_LANGUAGE].present && s.value[S_LANGUAGES].present);
    CHECK(!s.value[S_FULL_VERSIONS].present);
}

static void test_objects_of_numbers(void)
{
    static const char *const bodies[] = {
        "{\"a\":1,\"b\":2}",
        "{\"b\":2,\"a\":1}",
        "{\"a\":2,\"b\":1}",
        "{\"a\":1}",
        "{\"a\":1,\"b\":2,\"c\":null}",
        "{}",
    };
    uint64_t hash[COUNT_OF(bodies)];
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        const char *json =
            arena_format(&arena, "{\"signals\":{\"webgl\":{\"value\":{\"params\":%s}}}}", bodies[i])
                .p;
        hash[i] = signals_of(json, NULL, NULL).value[S_WEBGL_PARAMS].hash;
    }
    CHECK(hash[0] == hash[1] && hash[0] == hash[4]);
    CHECK(hash[0] != hash[2] && hash[0] != hash[3] && hash[3] != hash[5]);
}

static void test_equal_numbers_have_equal_hashes(void)
{
    static const char *const texts[] = { "0", "-0", "0.0", "-0.0", "0e5" };
    uint64_t first = 0;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const char *json =
            arena_format(&arena, "{\"signals\":{\"screen\":{\"value\":{\"width\":%s}}}}", texts[i])
                .p;
        struct signals s = signals_of(json, NULL, NULL);
        if (i == 0) first = s.value[S_SCREEN_WIDTH].hash;
        CHECK(s.value[S_SCREEN_WIDTH].present && s.value[S_SCREEN_WIDTH].hash == first);
    }
}

/* Regression: of a signal given twice, what only the first had was kept. */
static void test_last_duplicate_counts(void)
{
    struct signals s = signals_of("{\"signals\":{\"screen\":{\"value\":{\"width\":1,\"height\":2}},"
                                  "\"screen\":{\"value\":{\"width\":3}}}}", NULL, NULL);
    CHECK(s.value[S_SCREEN_WIDTH].number == 3 && !s.value[S_SCREEN_HEIGHT].present);
    s = signals_of("{\"signals\":{\"screen\":{\"value\":{\"width\":1}},\"screen\":null}}", NULL,
                   NULL);
    CHECK(!s.value[S_SCREEN_WIDTH].present && !s.arrived[SIGNAL_screen] && s.completeness == 0);
    s = signals_of(
        "{\"signals\":{\"screen\":{\"value\":{\"width\":1,\"height\":2},\"value\":{\"width\":3}}}}",
        NULL, NULL);
    CHECK(s.value[S_SCREEN_WIDTH].number == 3 && !s.value[S_SCREEN_HEIGHT].present);
    s = signals_of("{\"signals\":{\"screen\":{\"value\":{\"width\":1},\"value\":null}}}", NULL,
                   NULL);
    CHECK(!s.value[S_SCREEN_WIDTH].present && !s.arrived[SIGNAL_screen]);
    s = signals_of("{\"signals\":{\"screen\":{\"value\":{\"width\":1,\"width\":\"x\"}}}}", NULL,
                   NULL);
    CHECK(!s.value[S_SCREEN_WIDTH].present);
}

/* Regression: keys with a NUL were compared as C strings. */
static void test_odd_names(void)
{
    struct signals s = signals_of(
        "{\"signals\":{\"canvas\":{\"value\":{\"hash\\u0000xyzxyzxyzxyzxyzxyz\":\"a\","
        "\"\":\"b\",\"hashes\":\"c\",\"has\":\"d\"}},"
        "\"\":{\"value\":{\"hash\":\"e\"}},\"canvas\\u0000\":{\"value\":{\"hash\":\"f\"}},"
        "\"CANVAS\":{\"value\":{\"hash\":\"g\"}},"
        "\"workerScope\":{\"value\":{\"workerNavigator.userAgent\":\"h\","
        "\"workerNavigator\":\"i\"}}}}",
        NULL, NULL);
    for (enum signal_id i = 0; i < S_COUNT; i++) CHECK(!s.value[i].present);
}

static void test_null_signals(void)
{
    struct str steady, changing;
    struct signals s =
        signals_of("{\"signals\":{\"canvas\":null,\"webgl\":{},\"audio\":{\"value\":null},"
                   "\"fonts\":{\"value\":[1]},\"nobody\":null,\"stranger\":{\"value\":{\"a\":1}}}}",
                   &steady, &changing);
    for (enum signal_id i = 0; i < S_COUNT; i++) CHECK(!s.value[i].present);
    for (unsigned k = 0; k < SIGNAL_COUNT; k++) CHECK(!s.arrived[k]);
    CHECK(s.completeness == 0 && changing.n == 0);
    struct cursor a = cursor_of(steady), b = cursor_of(changing);
    struct json_out out;
    json_out_init(&out, &arena);
    CHECK_INT(packed_to_json(&out, &a, &b), ERR_OK);
    CHECK_STR(json_out_text(&out),
              STR("{\"canvas\":null,\"webgl\":{},\"audio\":{\"value\":null},"
                  "\"fonts\":{\"value\":[1]},\"nobody\":null,\"stranger\":{\"value\":{\"a\":1}}}"));
}

static void test_completeness(void)
{
    struct json_out out;
    json_out_init(&out, &arena);
    json_out_raw(&out, STR("{\"signals\":{"));
    double last = 0;
    bool first = true;
#define SIGNAL(name, weight)                                                                       \
    json_out_raw(&out, first ? STR("") : STR(","));                                                \
    json_out_raw(&out, STR("\"" #name "\":{\"value\":{}}"));                                       \
    {                                                                                              \
        const char *json = arena_format(&arena, "%.*s}}", STR_ARG(json_out_text(&out))).p;         \
        double now = signals_of(json, NULL, NULL).completeness;                                    \
        CHECK(now >= last && now <= 1 && (weight == 0 || now > last));                             \
        last = now;                                                                                \
        first = false;                                                                             \
    }
#include "identify/signals.def"
    CHECK(last == 1);
}

/* Two loads of one page in one browser: all durations and volatile values differ, and nothing else.
 * */
static void test_volatile_values_are_kept_apart(void)
{
    struct payload one = laptop(), two = laptop();
    struct answered a, b;
    two.ms = "987.6", two.outer_width = "0", two.outer_height = "0";
    identify_body(body_of(&one, &arena), &a);
    identify_body(body_of(&two, &arena), &b);
    CHECK(a.id->steady.n > 500 && str_eq(a.id->steady, b.id->steady));
    CHECK(a.id->changing.n > 20 && !str_eq(a.id->changing, b.id->changing));
    CHECK(a.event.snapshot == b.event.snapshot);
    outcome_free(&b);
    two.canvas = "\"aaaa000011112223\""; /* and a value that is not volatile does differ */
    identify_body(body_of(&two, &arena), &b);
    CHECK(!str_eq(a.id->steady, b.id->steady));
    outcome_free(&a), outcome_free(&b);
}

/* Every row of the VOLATILE list, one by one. */
static void test_each_volatile_row(void)
{
#define VOLATILE(signal, member_)                                                                  \
    {                                                                                              \
        struct str x, y, changing_x, changing_y;                                                   \
        const char *member = #member_[0] == '*' ? "anything" : #member_;                           \
        const char *form = "{\"signals\":{\"" #signal "\":{\"value\":{\"zz\":1,\"%s\":%s},"             \
                           "\"duration\":%d}}}";                                                   \
        signals_of(arena_format(&arena, form, member, "{\"a\":[1]}", 5).p, &x, &changing_x);       \
        signals_of(arena_format(&arena, form, member, "\"other\"", 6).p, &y, &changing_y);         \
        CHECK(str_eq(x, y) && !str_eq(changing_x, changing_y));                                    \
    }
#include "identify/signals.def"
}

/* The two streams together hold the payload. */
static void test_nothing_is_lost(void)
{
    struct str steady, changing;
    const char *json =
        "{\"signals\":{\"canvas\":{\"value\":{\"hash\":\"0123456789abcdef\","
        "\"isFarbled\":false},\"duration\":12.5},"
        "\"behavioralRisk\":{\"value\":{\"a\":{\"b\":[1,null]},\"c\":2.25},"
        "\"duration\":\"soon\",\"more\":[]},"
        "\"status\":{\"value\":{\"battery\":null,\"x\":1e+21},\"duration\":0},\"wallets\":null}}";
    signals_of(json, &steady, &changing);
    struct cursor a = cursor_of(steady), b = cursor_of(changing);
    struct json_out out;
    json_out_init(&out, &arena);
    CHECK_INT(packed_to_json(&out, &a, &b), ERR_OK);
    CHECK(cursor_left(&a) == 0 && cursor_left(&b) == 0);
    struct str want = str_of(json);
    want = str_sub(want, strlen("{\"signals\":"), want.n - 1);
    CHECK_STR(json_out_text(&out), arena_format(&arena, "%.*s", STR_ARG(want)));
}

int main(void)
{
    arena_init(&arena, 256 << 20);
    world_open(&w);
    RUN(test_values);
    RUN(test_tables);
    RUN(test_order_and_strangers_say_nothing);
    RUN(test_wrong_types_are_absent);
    RUN(test_lists);
    RUN(test_firsts_and_brands);
    RUN(test_objects_of_numbers);
    RUN(test_equal_numbers_have_equal_hashes);
    RUN(test_last_duplicate_counts);
    RUN(test_odd_names);
    RUN(test_null_signals);
    RUN(test_completeness);
    RUN(test_volatile_values_are_kept_apart);
    RUN(test_each_volatile_row);
    RUN(test_nothing_is_lost);
    world_close(&w);
    arena_free(&arena);
    return test_end();
}
