#include "event/id.h"
#include "tests/unit/test.h"

static const int64_t time_max = ((int64_t)1 << 42) - 1;
static const uint64_t random_max = 56800235583; /* 62^6 - 1 */

static struct str printed(size_t (*print)(char *, struct visitor_id), struct visitor_id id)
{
    static char text[2][ID_TEXT_BYTES];
    static unsigned turn;
    char *p = text[turn++ % 2];
    return (struct str){ p, print(p, id) };
}

static struct str printed_event(size_t (*print)(char *, struct event_id), struct event_id id)
{
    static char text[2][ID_TEXT_BYTES];
    static unsigned turn;
    char *p = text[turn++ % 2];
    return (struct str){ p, print(p, id) };
}

static void check_visitor(struct visitor_id id)
{
    struct visitor_id back = { 1, 1 };
    uint8_t key[VISITOR_ID_KEY_BYTES];
    struct str ulid = printed(visitor_id_print_ulid, id),
               base62 = printed(visitor_id_print_base62, id);
    CHECK_INT(ulid.n, VISITOR_ID_ULID_BYTES);
    CHECK_INT(base62.n, VISITOR_ID_BASE62_BYTES);
    CHECK(visitor_id_parse(ulid, &back) && visitor_id_eq(id, back));
    CHECK(visitor_id_parse(base62, &back) && visitor_id_eq(id, back));
    visitor_id_to_key(key, id);
    CHECK(visitor_id_eq(visitor_id_from_key(key), id));
}

static bool event_id_eq(struct event_id a, struct event_id b)
{
    return a.time_ms == b.time_ms && a.random == b.random;
}

static void check_event(struct event_id id)
{
    struct event_id back = { 1, 1 };
    uint8_t key[EVENT_ID_KEY_BYTES];
    struct str ulid = printed_event(event_id_print_ulid, id);
    struct str base62 = printed_event(event_id_print_base62, id);
    CHECK_INT(ulid.n, EVENT_ID_ULID_BYTES);
    CHECK(base62.n <= EVENT_ID_BASE62_BYTES_MAX);
    CHECK(event_id_parse(ulid, &back) && event_id_eq(id, back));
    CHECK(event_id_parse(base62, &back) && event_id_eq(id, back));
    event_id_to_key(key, id);
    CHECK(event_id_eq(event_id_from_key(key), id));
}

static void test_edges(void)
{
    check_visitor((struct visitor_id){ 0, 0 });
    check_visitor((struct visitor_id){ 0, 1 });
    check_visitor((struct visitor_id){ 0, UINT64_MAX });
    check_visitor((struct visitor_id){ ((uint64_t)1 << 55) - 1, UINT64_MAX }); /* the last of ours */
    check_visitor((struct visitor_id){ (uint64_t)1 << 55, 0 });
    check_visitor((struct visitor_id){ 0x87aac19e40aafc, 0x0e20c98f580fffff });
    check_visitor((struct visitor_id){ (uint64_t)1 << 54, 0 });
    check_event((struct event_id){ 0, 0 });
    check_event((struct event_id){ 0, random_max });
    check_event((struct event_id){ 7, ((uint64_t)1 << 35) - 1 });
    check_event((struct event_id){ 7, (uint64_t)1 << 35 });
    check_event((struct event_id){ time_max, 0 });
    check_event((struct event_id){ time_max, random_max });
}

static void test_ten_thousand_of_each(void)
{
    for (int i = 0; i < 10000; i++) {
        check_visitor(visitor_id_new(1700000000000 + i));
        check_event(event_id_new(1700000000000 + i));
    }
}

/* Links that customers have stored keep working: these texts stand for these values for ever. */
static void test_known_spellings(void)
{
    struct visitor_id v = { 0x00123456789abcde, 0xfedcba9876543210 };
    struct event_id e = { 1765432100123, 0x123456789 };
    CHECK_STR(printed(visitor_id_print_ulid, v), STR("iq_00j6hb7h6n3kffxq5tk1v58cgg"));
    CHECK_STR(printed(visitor_id_print_base62, v), STR("8Jnyv0iwLHKbxLdL9A00"));
    CHECK_STR(printed_event(event_id_print_ulid, e), STR("req_01kc5z818v57vr9vksw4hmasw9"));
    CHECK_STR(printed_event(event_id_print_base62, e), STR("1765432100123.5KiAfp"));
    CHECK_STR(printed_event(event_id_print_base62, (struct event_id){ 0, 0 }), STR("0.000000"));
    CHECK_STR(printed(visitor_id_print_base62, (struct visitor_id){ 0, 0 }),
              STR("00000000000000000000"));
}

static void test_times_beyond_the_range(void)
{
    struct event_id before = event_id_new(-5), after = event_id_new(INT64_MAX);
    CHECK(before.time_ms == 0 && after.time_ms == time_max);
    check_event(before), check_event(after);
    check_visitor(visitor_id_new(INT64_MIN)), check_visitor(visitor_id_new(INT64_MAX));
}

static void test_keys_sort_by_time(void)
{
    uint8_t a[VISITOR_ID_KEY_BYTES], b[VISITOR_ID_KEY_BYTES], c[EVENT_ID_KEY_BYTES],
        d[EVENT_ID_KEY_BYTES];
    for (int64_t t = 1, step = 1; t + step < time_max; t += step, step = step * 3 / 2 + 1) {
        visitor_id_to_key(a, visitor_id_new(t)), visitor_id_to_key(b, visitor_id_new(t + step));
        event_id_to_key(c, event_id_new(t)), event_id_to_key(d, event_id_new(t + step));
        CHECK(memcmp(a, b, sizeof a) < 0 && memcmp(c, d, sizeof c) < 0);
    }
    event_id_to_key(c, (struct event_id){ 7, 1 }), event_id_to_key(d, (struct event_id){ 7, 256 });
    CHECK(memcmp(c, d, sizeof c) < 0);
    /* the spellings that are ULIDs sort too */
    struct str x = printed(visitor_id_print_ulid, visitor_id_new(5)),
               y = printed(visitor_id_print_ulid, visitor_id_new(6));
    CHECK(memcmp(x.p, y.p, x.n) < 0);
}

static void test_new_ids_differ(void)
{
    static struct visitor_id seen[500];
    for (size_t i = 0; i < COUNT_OF(seen); i++) {
        seen[i] = visitor_id_new(1);
        for (size_t k = 0; k < i; k++) CHECK(!visitor_id_eq(seen[i], seen[k]));
    }
}

/* Another service's ids, up to the last that their alphabet allows. */
static void test_imported_ids(void)
{
    struct visitor_id visitor;
    struct event_id event;
    CHECK(visitor_id_parse(STR("zzzzzzzzzzzzzzzzzzzz"), &visitor) && visitor_id_valid(visitor));
    check_visitor(visitor);
    CHECK_STR(printed(visitor_id_print_base62, visitor), STR("zzzzzzzzzzzzzzzzzzzz"));
    CHECK(visitor_id_parse(STR("wZqJ3vAe8tQ2mX0pLr5K"), &visitor));
    check_visitor(visitor);
    CHECK(event_id_parse(STR("1708102555327.zzzzzz"), &event) && event_id_valid(event));
    check_event(event);
    CHECK_INT(event.random, random_max);
    CHECK(event_id_parse(STR("1708102555327.NLOjmg"), &event));
    check_event(event);
    CHECK(!visitor_id_valid((struct visitor_id){ 0x87aac19e40aafc, 0x0e20c98f58100000 }));
    CHECK(!visitor_id_parse(STR("iq_fzzzzzzzzzzzzzzzzzzzzzzzzz"), &visitor));
    CHECK(!event_id_valid((struct event_id){ 7, random_max + 1 }));
}

static void test_malformed_visitor_ids(void)
{
    static const char *const bad[] = {
        "",
        "iq_",
        "iq_01arz3ndektsv4rrffq69g5fa",
        "iq_01arz3ndektsv4rrffq69g5favx",
        "IQ_01arz3ndektsv4rrffq69g5fav",
        "iq_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "iq_01arz3ndektsv4rrffq69g5fai",
        "iq_01arz3ndektsv4rrffq69g5fal",
        "iq_01arz3ndektsv4rrffq69g5fao",
        "iq_01arz3ndektsv4rrffq69g5fau",
        "iq_zzzzzzzzzzzzzzzzzzzzzzzzzz",
        "iq_7zzzzzzzzzzzzzzzzzzzzzzzzz",
        "iq_01arz3ndek_sv4rrffq69g5fav",
        "iq_01arz3ndekzzzzzzzzzzzzzzzz", /* the three filler bits are not zero */
        "iq-01arz3ndektsv4rrffq69g5fav",
        "01arz3ndektsv4rrffq69g5fav",
        "req_01arz3ndektsv4rrffq69g5fav",
        "0000000000000000000",
        "000000000000000000000",
        "0000000000000000000-",
        "0000000000000000000 ",
        " 0000000000000000000",
        "000000000000000000\xc3\xa4",
    };
    struct visitor_id id = { 7, 7 };
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        CHECK_STR(str_of(visitor_id_parse(str_of(bad[i]), &id) ? bad[i] : ""), STR(""));
    CHECK(!visitor_id_parse(STR("0000000000\0" "000000000"), &id));
    CHECK(!visitor_id_parse((struct str){ NULL, 0 }, &id));
    CHECK(id.high == 7 && id.low == 7);
}

static void test_malformed_event_ids(void)
{
    static const char *const bad[] = {
        "",
        ".",
        "1.",
        ".000000",
        "1.00000",
        "1.0000000",
        "1.00000-",
        "01.000000",
        "00.000000",
        "-1.000000",
        "+1.000000",
        "1,000000",
        " 1.000000",
        "1.000000 ",
        "4398046511104.000000",
        "9999999999999999.000000",
        "1..00000",
        "1.00.000",
        "1e3.000000",
        "0x1.000000",
        "req_",
        "REQ_00000000000000000000000000",
        "req_00000000000000000000000001",
        "req_zzzzzzzzzzzzzzzzzzzzzzzzzz",
        "req_0000000000000000000000000",
        "req_000000000000000000000000000",
        "iq_00000000000000000000000000",
    };
    struct event_id id = { 7, 7 };
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        CHECK_STR(str_of(event_id_parse(str_of(bad[i]), &id) ? bad[i] : ""), STR(""));
    CHECK(!event_id_parse(STR("1\0.000000"), &id) && !event_id_parse((struct str){ NULL, 0 }, &id));
    CHECK(id.time_ms == 7 && id.random == 7);
}

/* A mistyped ULID is none of ours: the filler bits follow from the rest. */
static void test_every_mistyped_character_is_found(void)
{
    static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
    char text[ID_TEXT_BYTES];
    struct event_id id;
    size_t n = event_id_print_ulid(text, (struct event_id){ 1765432100123, 0x123456789 });
    for (size_t i = 4; i < n; i++) {
        char right = text[i];
        for (size_t k = 0; k < 32; k++) {
            text[i] = digits[k];
            CHECK(event_id_parse((struct str){ text, n }, &id) == (digits[k] == right));
        }
        text[i] = right;
    }
}

static void test_ids_of_21_characters(void)
{
    struct str example = STR("Ibk1527CUFmcnjLwIs4A9");
    struct visitor_id id, alias = visitor_id_of_alias(example), plain;
    CHECK(!visitor_id_parse(example, &id));
    CHECK(visitor_id_parse_any(example, &id) && visitor_id_eq(id, alias));
    CHECK(visitor_id_parse(STR("0jnGMkPYXX37DqVa4ZIO"), &plain));
    CHECK(visitor_id_parse_any(STR("0jnGMkPYXX37DqVa4ZIO"), &id) && visitor_id_eq(id, plain));
    CHECK(!visitor_id_parse_any(STR("badVisitorId"), &id));
    CHECK(!visitor_id_parse_any(STR("Ibk1527CUFmcnjLwIs4A-"), &id));
    CHECK(!visitor_id_parse_any(STR("Ibk1527CUFmcnjLwIs4A90"), &id));
    CHECK(!visitor_id_parse_any(STR(""), &id));
}

int main(void)
{
    RUN(test_ids_of_21_characters);
    RUN(test_edges);
    RUN(test_ten_thousand_of_each);
    RUN(test_known_spellings);
    RUN(test_times_beyond_the_range);
    RUN(test_keys_sort_by_time);
    RUN(test_new_ids_differ);
    RUN(test_imported_ids);
    RUN(test_malformed_visitor_ids);
    RUN(test_malformed_event_ids);
    RUN(test_every_mistyped_character_is_found);
    return test_end();
}
