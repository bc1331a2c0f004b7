#include "base/bytes.h"
#include "event/event.h"
#include "tests/unit/test.h"

static struct arena arena;
static const struct event_id id = { 1765432100123, 0x123456789 };

/* A different value in every field. */
static struct event full_event(void)
{
    struct event ev = { .id = id };
    for (enum event_field f = 0; f < EVENT_FIELD_COUNT; f++) {
        void *at = (char *)&ev + event_fields[f].offset;
        event_set(&ev, f);
        switch (event_fields[f].type) {
        case EVENT_BOOL: *(bool *)at = f % 2; break;
        case EVENT_INT: *(int64_t *)at = f % 2 ? INT64_MIN + f : (int64_t)f * 1000; break;
        case EVENT_TIME: *(int64_t *)at = 1765432100000 + (int64_t)f; break;
        case EVENT_SCORE: *(double *)at = 1.0 / (2.0 + (double)f); break;
        case EVENT_STR: case EVENT_JSON: case EVENT_BYTES:
            *(struct str *)at = arena_format(&arena, "text %d of %s", (int)f, event_fields[f].name);
            break;
        case EVENT_VISITOR:
            *(struct visitor_id *)at = (struct visitor_id){ f + 1u, UINT64_MAX - f };
            break;
        case EVENT_CODES:
            for (unsigned i = 0; i <= (unsigned)f % EVENT_CODES_MAX; i++)
                codes_add(at, 300 + i + f);
            break;
        }
    }
    return ev;
}

static void check_same(const struct event *a, const struct event *b)
{
    CHECK(event_same_fields(a, b) && memcmp(&a->id, &b->id, sizeof a->id) == 0);
    for (enum event_field f = 0; f < EVENT_FIELD_COUNT; f++) {
        const void *x = (const char *)a + event_fields[f].offset,
                   *y = (const char *)b + event_fields[f].offset;
        if (!event_has(a, f)) continue;
        switch (event_fields[f].type) {
        case EVENT_BOOL: CHECK(*(const bool *)x == *(const bool *)y); break;
        case EVENT_INT: case EVENT_TIME: CHECK_INT(*(const int64_t *)y, *(const int64_t *)x); break;
        case EVENT_SCORE: CHECK(memcmp(x, y, sizeof(double)) == 0); break;
        case EVENT_STR: case EVENT_JSON: case EVENT_BYTES:
            CHECK_STR(*(const struct str *)y, *(const struct str *)x);
            break;
        case EVENT_VISITOR:
            CHECK(visitor_id_eq(*(const struct visitor_id *)x, *(const struct visitor_id *)y));
            break;
        case EVENT_CODES: {
            const struct codes *c = x, *d = y;
            CHECK(c->count == d->count && memcmp(c->code, d->code, 2u * c->count) == 0);
            break;
        }
        }
    }
}

static void test_full_round_trip(void)
{
    struct event ev = full_event(), back;
    struct str bytes = event_encode(&ev, &arena);
    CHECK(bytes.n > 500);
    CHECK_INT(event_decode(&back, id, bytes), ERR_OK);
    check_same(&ev, &back);
    CHECK(str_eq(event_encode(&back, &arena), bytes)); /* the same event, the same bytes */
}

static void test_each_field_alone(void)
{
    struct event all = full_event(), back;
    for (enum event_field f = 0; f < EVENT_FIELD_COUNT; f++) {
        struct event ev = all;
        ev.present = (struct event_present){ 0 };
        event_set(&ev, f);
        CHECK_INT(event_decode(&back, id, event_encode(&ev, &arena)), ERR_OK);
        check_same(&ev, &back);
    }
}

static void test_empty(void)
{
    struct event ev = { .id = id }, back;
    CHECK_INT(event_encode(&ev, &arena).n, 0);
    CHECK_INT(event_decode(&back, id, STR("")), ERR_OK);
    check_same(&ev, &back);
    CHECK_INT(event_decode(&back, id, (struct str){ NULL, 0 }), ERR_OK);
    event_set(&ev, EVENT_url), event_set(&ev, EVENT_match_reasons); /* empty is not absent */
    CHECK_INT(event_decode(&back, id, event_encode(&ev, &arena)), ERR_OK);
    CHECK(event_has(&back, EVENT_url) && event_has(&back, EVENT_match_reasons) && back.url.n == 0);
}

static void test_numbers_are_unique(void)
{
    bool seen[256] = { false };
    for (enum event_field f = 0; f < EVENT_FIELD_COUNT; f++) {
        CHECK(event_fields[f].number > 0 && !seen[event_fields[f].number]);
        seen[event_fields[f].number] = true;
        CHECK(event_fields[f].name && event_fields[f].offset < sizeof(struct event));
    }
}

/* What stands on disks: number and type of each field. Rows may be added, never changed. */
static void test_numbers_are_the_same_for_ever(void)
{
    static const struct {
        enum event_field field;
        unsigned number;
        enum event_type type;
    } rows[] = {
        { EVENT_workspace, 1, EVENT_INT },
        { EVENT_environment, 2, EVENT_INT },
        { EVENT_visitor, 3, EVENT_VISITOR },
        { EVENT_visitor_found, 4, EVENT_BOOL },
        { EVENT_first_seen_ms, 5, EVENT_TIME },
        { EVENT_last_seen_ms, 6, EVENT_TIME },
        { EVENT_visits_count, 7, EVENT_INT },
        { EVENT_match_score, 8, EVENT_SCORE },
        { EVENT_match_reasons, 9, EVENT_CODES },
        { EVENT_linked_id, 10, EVENT_STR },
        { EVENT_tag, 11, EVENT_JSON },
        { EVENT_url, 12, EVENT_STR },
        { EVENT_referrer, 13, EVENT_STR },
        { EVENT_ip, 14, EVENT_STR },
        { EVENT_user_agent, 15, EVENT_STR },
        { EVENT_browser_name, 16, EVENT_STR },
        { EVENT_browser_major, 17, EVENT_STR },
        { EVENT_browser_version, 18, EVENT_STR },
        { EVENT_os, 19, EVENT_STR },
        { EVENT_os_version, 20, EVENT_STR },
        { EVENT_device, 21, EVENT_STR },
        { EVENT_completeness, 22, EVENT_SCORE },
        { EVENT_bot, 23, EVENT_INT },
        { EVENT_bot_type, 24, EVENT_STR },
        { EVENT_bot_probability, 25, EVENT_SCORE },
        { EVENT_bot_reasons, 26, EVENT_CODES },
        { EVENT_headless, 27, EVENT_BOOL },
        { EVENT_software_renderer, 28, EVENT_BOOL },
        { EVENT_incognito, 29, EVENT_BOOL },
        { EVENT_suspect_points, 30, EVENT_INT },
        { EVENT_suspect, 31, EVENT_BOOL },
        { EVENT_replayed, 32, EVENT_BOOL },
        { EVENT_sdk_version, 33, EVENT_STR },
        { EVENT_snapshot, 34, EVENT_INT },
        { EVENT_volatile_signals, 35, EVENT_BYTES },
        { EVENT_client_time_ms, 36, EVENT_TIME },
        { EVENT_wallets, 37, EVENT_JSON },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CHECK_INT(event_fields[rows[i].field].number, rows[i].number);
        CHECK_INT(event_fields[rows[i].field].type, rows[i].type);
    }
}

/* An older binary reads what a newer one wrote: fields of all three wires that it does not know. */
static void test_unknown_fields_are_skipped(void)
{
    struct event ev = { .id = id }, back;
    event_set(&ev, EVENT_url), ev.url = STR("https://shop.example/");
    struct str known = event_encode(&ev, &arena);
    static const char *const strangers[] = { "\xa0\x1f\xac\x02",
                                             "\xa1\x1f"
                                             "12345678",
                                             "\xa2\x1f\x03"
                                             "abc" };
    static const size_t lengths[] = { 4, 10, 6 };
    for (size_t i = 0; i < COUNT_OF(strangers); i++) {
        struct bytes_out out;
        bytes_out_init(&out, &arena, 64);
        bytes_put(&out, strangers[i], lengths[i]);
        bytes_put(&out, known.p, known.n);
        bytes_put(&out, strangers[i], lengths[i]);
        CHECK_INT(event_decode(&back, id, bytes_out_text(&out)), ERR_OK);
        check_same(&ev, &back);
    }
    CHECK_INT(event_decode(&back, id, STR("\xa3\x1f\x00")), ERR_CORRUPT); /* there is no wire 3 */
}

static void test_any_order_of_fields(void)
{
    struct event ev = full_event(), back;
    struct bytes_out out;
    bytes_out_init(&out, &arena, 2048);
    for (unsigned f = EVENT_FIELD_COUNT; f-- > 0;) {
        struct event one = ev;
        one.present = (struct event_present){ 0 };
        event_set(&one, f);
        struct str bytes = event_encode(&one, &arena);
        bytes_put(&out, bytes.p, bytes.n);
    }
    CHECK_INT(event_decode(&back, id, bytes_out_text(&out)), ERR_OK);
    check_same(&ev, &back);
}

static void test_wrong_values(void)
{
    struct event back;
    CHECK_INT(event_decode(&back, id,
                           STR("\x0e\x0f"
                               "123456789012345")),
              ERR_CORRUPT); /* visitor: 15 bytes */
    CHECK_INT(event_decode(&back, id,
                           STR("\x0e\x10"
                               "\x01"
                               "23456789012345\0")),
              ERR_CORRUPT); /* 121 bits */
    CHECK_INT(event_decode(&back, id, STR("\x0e\x10" "\0\x7f" "3456789012345\0")), ERR_OK);
    CHECK_INT(event_decode(&back, id,
                           STR("\x26\x01"
                               "a")),
              ERR_CORRUPT); /* codes: an odd length */
    CHECK_INT(event_decode(&back, id,
                           STR("\x26\x22"
                               "1234567890123456789012345678901234")),
              ERR_CORRUPT);
    CHECK_INT(event_decode(&back, id, STR("\x06\x01" "a")), ERR_CORRUPT);  /* workspace as text */
    CHECK_INT(event_decode(&back, id, STR("\x32\xff\xff\xff\xff\x0f" "x")), ERR_CORRUPT);
}

static void test_cut_at_every_byte(void)
{
    struct event ev = full_event(), back;
    struct str bytes = event_encode(&ev, &arena);
    size_t whole = 0;
    for (size_t n = 0; n < bytes.n; n++) {
        char *exact = malloc(n + 1);
        memcpy(exact, bytes.p, n);
        enum err e = event_decode(&back, id, (struct str){ exact, n });
        CHECK(e == ERR_OK || e == ERR_CORRUPT);
        whole += e == ERR_OK;
        free(exact);
    }
    CHECK_INT(whole, EVENT_FIELD_COUNT); /* a record that ends between two fields cannot be told */
}

static void test_each_byte_changed(void)
{
    struct event ev = full_event(), back;
    struct str bytes = event_encode(&ev, &arena);
    char *damaged = malloc(bytes.n);
    for (size_t i = 0; i < bytes.n; i++)
        for (unsigned value = 0; value < 256; value += 3) {
            memcpy(damaged, bytes.p, bytes.n);
            damaged[i] = (char)value;
            enum err e = event_decode(&back, id, (struct str){ damaged, bytes.n });
            CHECK(e == ERR_OK || e == ERR_CORRUPT);
            if (e) continue;
            struct str again = event_encode(&back, &arena); /* reads all that was decoded */
            CHECK(again.n > 0);
            arena_reset(&arena);
            ev = full_event(), bytes = event_encode(&ev, &arena);
        }
    free(damaged);
}

static void test_codes(void)
{
    struct codes codes = { .count = 0 };
    codes_add(&codes, 7), codes_add(&codes, 7), codes_add(&codes, 65535);
    CHECK(codes.count == 2 && codes_have(&codes, 7) && codes_have(&codes, 65535) &&
          !codes_have(&codes, 8));
    for (unsigned i = 100; i < 200; i++) codes_add(&codes, i);
    CHECK_INT(codes.count, EVENT_CODES_MAX);
    CHECK(!codes_have(&codes, 199));
}

static void test_no_memory(void)
{
    struct event ev = full_event();
    for (size_t bytes = 0; bytes < 4096; bytes += 128) {
        struct arena small;
        arena_init(&small, bytes);
        struct str got = event_encode(&ev, &small);
        CHECK(small.failed ? got.n == 0 : got.n > 500);
        arena_free(&small);
    }
}

int main(void)
{
    arena_init(&arena, 8 << 20);
    RUN(test_full_round_trip);
    RUN(test_each_field_alone);
    RUN(test_empty);
    RUN(test_numbers_are_unique);
    RUN(test_numbers_are_the_same_for_ever);
    RUN(test_unknown_fields_are_skipped);
    RUN(test_any_order_of_fields);
    RUN(test_wrong_values);
    RUN(test_cut_at_every_byte);
    RUN(test_each_byte_changed);
    RUN(test_codes);
    RUN(test_no_memory);
    arena_free(&arena);
    return test_end();
}
