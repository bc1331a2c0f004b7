/* The renderers: the table of places, and one full and one minimal event in each dialect, compared
 * with tests/golden. UPDATE_GOLDEN=1 writes those files anew; look at the difference before you
 * commit it. */
#include "api/render.c"
#include "base/json_in.h"
#include "event/velocity.h"
#include "tests/unit/test.h"

static struct arena arena;
static const char *const names[DIALECT_COUNT] = {
    [DIALECT_V4] = "v4", [DIALECT_V3] = "v3", [DIALECT_VISIT] = "visit", [DIALECT_V2] = "v2",
    [DIALECT_FIQ] = "fiq", [DIALECT_FIQ_SERVER] = "fiq_server", [DIALECT_WEBHOOK_V3] = "webhook_v3",
};

static struct str rendered(enum dialect d, const struct event *ev)
{
    struct json_out out;
    json_out_init(&out, &arena);
    json_out_open(&out, '{');
    render_event(&out, d, ev);
    json_out_close(&out, '}');
    CHECK(!out.failed);
    return json_out_text(&out);
}

#define PUT(ev, member, ...) (event_set(&(ev), EVENT_##member), (ev).member = (__VA_ARGS__))

static struct event minimal_event(void)
{
    struct event ev = { .id = { 1765432100123, 0x123456789 } };
    PUT(ev, workspace, 1), PUT(ev, environment, 1);
    PUT(ev, visitor, (struct visitor_id){ 0x00123456789abcde, 0xfedcba9876543210 });
    return ev;
}

static struct event full_event(void)
{
    struct event ev = minimal_event();
    PUT(ev, visitor_found, true), PUT(ev, first_seen_ms, 1765000000000),
        PUT(ev, last_seen_ms, 1765345678901);
    PUT(ev, visits_count, 17), PUT(ev, match_score, 0.98765);
    event_set(&ev, EVENT_match_reasons), codes_add(&ev.match_reasons, 1);
    PUT(ev, linked_id, STR("user-\"1\"")), PUT(ev, tag, STR("{\"plan\":\"gold\",\"n\":[1,null]}"));
    PUT(ev, url, STR("https://shop.example/?a=\xc3\xa4")),
        PUT(ev, referrer, STR("https://search.example/"));
    PUT(ev, ip, STR("203.0.113.7")),
        PUT(ev, user_agent, STR("Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0"));
    PUT(ev, browser_name, STR("Chrome")), PUT(ev, browser_major, STR("156"));
    PUT(ev, browser_version, STR("156.0.0")), PUT(ev, os, STR("Linux")),
        PUT(ev, os_version, STR(""));
    PUT(ev, device, STR("Other")), PUT(ev, completeness, 0.875), PUT(ev, bot, BOT_BAD);
    PUT(ev, bot_type, STR("webdriver")), PUT(ev, bot_probability, 0.99);
    event_set(&ev, EVENT_bot_reasons), codes_add(&ev.bot_reasons, 20);
    PUT(ev, headless, true), PUT(ev, software_renderer, true), PUT(ev, incognito, true);
    PUT(ev, suspect_points, 100), PUT(ev, suspect, true), PUT(ev, replayed, true);
    PUT(ev, sdk_version, STR("1.2.3")), PUT(ev, snapshot, 3),
        PUT(ev, volatile_signals, STR("\x01"));
    PUT(ev, client_time_ms, 1765432100000), PUT(ev, wallets, STR("[\"0x1\"]"));
    PUT(ev, match_evidence, STR("\x01")), PUT(ev, high_recall, ev.visitor);
    PUT(ev, token_visitor, ev.visitor), PUT(ev, token_differs, 5);
    PUT(ev, high_recall_found, true), PUT(ev, high_recall_score, 0.75);
    PUT(ev, high_recall_first_seen_ms, 1765400000000);
    PUT(ev, high_recall_last_seen_ms, 1765430000000);
    PUT(ev, ja3, STR("0149f47eabf9a20d0893e2a44e5a6323"));
    PUT(ev, http2, STR("3:100;4:33554432;2:0|33488897|0|m,p,s,a"));
    PUT(ev, ja4, STR("t13d3112h2_e8f1e7e78f70_b26ce05bbdd6"));
    PUT(ev, tls_version, STR("TLSv1.3")), PUT(ev, tls_cipher, STR("TLS_AES_256_GCM_SHA384"));
    PUT(ev, tls_alpn, STR("h2")), PUT(ev, tls_grease, false), PUT(ev, tls_post_quantum, false);
    PUT(ev, tls_resumed, false), PUT(ev, tls_hello_bytes, 512);
    PUT(ev, lists_known, 3), PUT(ev, lists_hit, 1), PUT(ev, datacenter_name, STR("aws"));
    PUT(ev, integrations, STR("[{\"name\":\"fingerprintjs-pro-react\",\"version\":\"2.6.3\"}]"));
    PUT(ev, lists, STR("[{\"kind\":\"tor\",\"name\":\"exits\"}]"));
    PUT(ev, goodbot_provider, STR("google"));
    PUT(ev, header_order, STR("11_15_9b1c6fd2a7e04c38")), PUT(ev, address_from, STR("connection"));
    PUT(ev, geo_country, STR("DE")), PUT(ev, geo_continent, STR("EU"));
    PUT(ev, geo_city, STR("Munich")), PUT(ev, geo_region, STR("Bavaria"));
    PUT(ev, geo_region_code, STR("BY")), PUT(ev, geo_region2, STR("Upper Bavaria"));
    PUT(ev, geo_region2_code, STR("091")), PUT(ev, geo_postal_code, STR("80331"));
    PUT(ev, geo_timezone, STR("Europe/Berlin")), PUT(ev, geo_latitude, 48.1374);
    PUT(ev, geo_longitude, 11.5755), PUT(ev, geo_radius_km, 250), PUT(ev, asn, 3320);
    PUT(ev, asn_name, STR("Deutsche Telekom AG")), PUT(ev, asn_network, STR("203.0.113.0/24"));
    PUT(ev, asn_type, STR("isp"));
    PUT(ev, stated_ms, 1765432100131), PUT(ev, high_recall_alias, STR("0jnGMkPYXX37DqVa4ZIO3f_hr"));
    PUT(ev, rtt_coherence, 0.25), PUT(ev, rtt_us, 12345),
        PUT(ev, tcp_syn, STR("4/64/64240/MSTNW/1460/7/d")), PUT(ev, tcp_os, STR("linux"));
    PUT(ev, bot_name, STR("ChatGPT Agent")), PUT(ev, bot_provider, STR("OpenAI")),
        PUT(ev, bot_provider_url, STR("https://openai.com"));
    PUT(ev, bot_category, STR("ai_agent")), PUT(ev, bot_identity, STR("signed"));
    PUT(ev, bot_confidence, STR("high")), PUT(ev, signature_error, STR("KEY_NOT_FOUND"));
    PUT(ev, vpn, true), PUT(ev, vpn_confidence, STR("high")), PUT(ev, vpn_probability, 0.98);
    PUT(ev, vpn_timezone_mismatch, true), PUT(ev, vpn_public, true), PUT(ev, vpn_auxiliary_mobile, false);
    PUT(ev, vpn_os_mismatch, true), PUT(ev, vpn_relay, false);
    PUT(ev, vpn_origin_timezone, STR("America/New_York")), PUT(ev, vpn_origin_country, STR("US"));
    PUT(ev, proxy, true), PUT(ev, proxy_confidence, STR("high")), PUT(ev, proxy_type, STR("residential"));
    PUT(ev, proxy_last_seen_ms, 1765429200000), PUT(ev, proxy_provider, STR("massive"));
    PUT(ev, tor, true), PUT(ev, ip_blocklist, true), PUT(ev, datacenter, true);
    PUT(ev, blocklist_email_spam, true), PUT(ev, blocklist_attack, false);
    PUT(ev, package_name, STR("com.example.shop")), PUT(ev, bundle_id, STR("com.example.Shop"));
    PUT(ev, root_apps, true), PUT(ev, emulator, true), PUT(ev, cloned_app, true), PUT(ev, frida, true);
    PUT(ev, jailbroken, true), PUT(ev, simulator, true), PUT(ev, location_spoofing, true);
    PUT(ev, mitm_attack, true), PUT(ev, remote_control, true), PUT(ev, active_call, true);
    PUT(ev, factory_reset_ms, 1764000000000), PUT(ev, proximity_id, STR("w1aTfd4MCvl"));
    PUT(ev, proximity_radius_m, 65), PUT(ev, proximity_confidence, 0.913);
    static struct velocity velocity = { .count = { { 1, 2, 3 }, { 0, 1, 1 }, { 1, 1, 2 }, { 5, 6, 7 }, { 8, 9, 10 } },
                                        .known = { true, true, true, true, true, false, false } };
    PUT(ev, velocity, velocity_encode(&velocity, &arena));
    PUT(ev, high_activity, true), PUT(ev, daily_requests, 7);
    PUT(ev, rare_device, true), PUT(ev, rare_device_bucket, STR("p99.9+"));
    PUT(ev, suspect_score, 25), PUT(ev, suspect_parts, STR("[{\"signal\":\"bot\",\"weight\":7}]"));
    event_set(&ev, EVENT_activity_reasons), codes_add(&ev.activity_reasons, 302);
    event_set(&ev, EVENT_replay_reasons), codes_add(&ev.replay_reasons, 305);
    event_set(&ev, EVENT_edge), ev.edge = false;
    ev.raw_attributes = STR("{}"); /* made elsewhere, in the dialect */
    PUT(ev, tampering, true), PUT(ev, tampering_confidence, STR("medium"));
    PUT(ev, anomaly_score, 0.7344), PUT(ev, anti_detect_browser, true);
    PUT(ev, virtual_machine, true), PUT(ev, developer_tools, true), PUT(ev, privacy_settings, true);
    PUT(ev, privacy_extensions, STR("[{\"name\":\"canvas-blocker\"}]"));
    PUT(ev, privacy_browser, STR("brave")), PUT(ev, clock_skew_ms, -1500);
    return ev;
}

/* Declared for verdicts that are being written: a field leaves this range when a row shows it. */
static bool is_promised(enum event_field f)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].field == (int)f) return false;
    return event_fields[f].number >= 140;
}

static void test_full_event_has_every_field(void)
{
    struct event ev = full_event();
    for (enum event_field f = 0; f < EVENT_FIELD_COUNT; f++) {
        if (is_promised(f)) continue;
        if (!event_has(&ev, f)) printf("# %s\n", event_fields[f].name);
        CHECK(event_has(&ev, f)); /* a new field belongs into the goldens */
    }
}

/* A member per line, so that a difference can be read; nothing inside of strings is touched. */
static struct str indented(struct str text)
{
    struct json_out out;
    size_t level = 0;
    bool quoted = false;
    json_out_init(&out, &arena);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool opens = !quoted && (c == '{' || c == '['), closes = !quoted && (c == '}' || c == ']');
        if (closes) level--;
        if (closes && text.p[i - 1] != '{' && text.p[i - 1] != '[')
            json_out_raw(&out, arena_format(&arena, "\n%*s", (int)(4 * level), ""));
        json_out_raw(&out, (struct str){ &text.p[i], 1 });
        if (quoted && c == '\\') json_out_raw(&out, (struct str){ &text.p[++i], 1 });
        else if (c == '"') quoted = !quoted;
        if (opens) level++;
        bool empty = opens && i + 1 < text.n && (text.p[i + 1] == '}' || text.p[i + 1] == ']');
        if ((opens && !empty) || (!quoted && c == ','))
            json_out_raw(&out, arena_format(&arena, "\n%*s", (int)(4 * level), ""));
        if (!quoted && c == ':') json_out_raw(&out, STR(" "));
    }
    json_out_raw(&out, STR("\n"));
    return json_out_text(&out);
}

static struct str file_text(const char *path)
{
    char *text = arena_alloc(&arena, 64 * 1024);
    FILE *file = fopen(path, "r");
    if (!file) return STR("(no such file)");
    size_t n = fread(text, 1, 64 * 1024, file);
    fclose(file);
    return (struct str){ text, n };
}

static void check_golden(enum dialect d, const char *name, const struct event *ev)
{
    struct str got = indented(rendered(d, ev));
    const char *path = arena_format(&arena, "tests/golden/%s/%s.json", names[d], name).p;
    if (getenv("UPDATE_GOLDEN")) {
        FILE *file = fopen(path, "w");
        REQUIRE(file && fwrite(got.p, 1, got.n, file) == got.n && fclose(file) == 0);
    }
    if (!str_eq(got, file_text(path))) printf("# differs from %s\n", path);
    CHECK_STR(got, file_text(path));
}

static void test_golden(void)
{
    struct event full = full_event(), minimal = minimal_event();
    for (enum dialect d = 0; d < DIALECT_COUNT; d++) {
        check_golden(d, "full", &full);
        check_golden(d, "minimal", &minimal);
    }
}

static bool is_prefix(const struct place *a, const struct place *b)
{
    if (a->parts > b->parts) return false;
    for (size_t i = 0; i < a->parts; i++)
        if (strcmp(a->part[i], b->part[i]) != 0) return false;
    return true;
}

/* No path twice, and no object that is a value elsewhere. */
static void test_paths_are_unique(void)
{
    rendered(DIALECT_V4, &(struct event){ .present = 0 }); /* makes the places */
    for (enum dialect d = 0; d < DIALECT_COUNT; d++) {
        CHECK(places_count[d] > 10);
        for (size_t i = 0; i < places_count[d]; i++)
            for (size_t k = 0; k < places_count[d]; k++) {
                if (i == k || !is_prefix(&places[d][i], &places[d][k])) continue;
                printf("# %s: %s\n", names[d], places[d][i].row->path[d]);
                test_failed_checks++;
            }
    }
}

/* An object is left once: walks the places and remembers the objects that were closed. */
static void test_no_object_is_entered_again(void)
{
    for (enum dialect d = 0; d < DIALECT_COUNT; d++)
        for (size_t i = 1; i < places_count[d]; i++) {
            const struct place *here = &places[d][i], *before = &places[d][i - 1];
            for (size_t depth = 1; depth < here->parts; depth++) {
                struct place parent = *here;
                parent.parts = depth;
                if (is_prefix(&parent, before) && before->parts > depth) continue; /* still open */
                for (size_t k = 0; k + 1 < i; k++) {
                    if (!is_prefix(&parent, &places[d][k])) continue;
                    printf("# %s: %s\n", names[d], here->row->path[d]);
                    test_failed_checks++;
                }
            }
        }
}

static void test_every_field_is_shown_or_known_not_to_be(void)
{
    static const enum event_field kept_inside[] = {
        EVENT_workspace, EVENT_match_reasons,    EVENT_bot_reasons,
        EVENT_snapshot,  EVENT_volatile_signals, EVENT_client_time_ms,
        EVENT_wallets,   EVENT_headless,         EVENT_software_renderer,
        EVENT_lists_hit, EVENT_suspect_parts, /* beside lists_known and suspect_score */
        /* api/render_geo.c shows these */
        EVENT_geo_continent, EVENT_geo_region_code, EVENT_geo_region2, EVENT_geo_region2_code, EVENT_geo_postal_code,
        EVENT_geo_latitude, EVENT_geo_longitude, EVENT_asn_type,
        EVENT_match_evidence, EVENT_activity_reasons, EVENT_replay_reasons, EVENT_token_visitor, EVENT_token_differs,
        EVENT_stated_ms, EVENT_high_recall_alias, /* in place of another value */
    };
    for (enum event_field f = 0; f < EVENT_FIELD_COUNT; f++) {
        bool known = is_promised(f);
        for (size_t i = 0; i < COUNT_OF(rows); i++) known |= rows[i].field == (int)f;
        for (size_t i = 0; i < COUNT_OF(kept_inside); i++) known |= kept_inside[i] == f;
        if (!known) printf("# %s\n", event_fields[f].name);
        CHECK(known);
    }
}

/* Whatever is there and whatever is missing, the answer is JSON without a key twice. */
static void check_keys_once(struct json v)
{
    for (struct json_each it = json_each(v); json_next(&it);) {
        size_t same = 0;
        if (json_type(v) == JSON_OBJECT)
            for (struct json_each other = json_each(v); json_next(&other);)
                same += str_eq(it.key, other.key);
        CHECK(same <= 1);
        check_keys_once(it.value);
    }
}

static void test_any_set_of_fields(void)
{
    struct json_parser *parser = json_parser_create();
    uint64_t state = 3;
    for (int round = 0; round < 400; round++) {
        struct event ev = full_event();
        for (enum event_field f = 0; f < EVENT_FIELD_COUNT; f++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            bool drop = round < EVENT_FIELD_COUNT ? f == (enum event_field)round : state >> 63;
            if (drop) event_clear(&ev, f);
        }
        for (enum dialect d = 0; d < DIALECT_COUNT; d++) {
            struct json root;
            struct str text = rendered(d, &ev);
            char *copy = arena_zero(&arena, text.n + JSON_PADDING);
            memcpy(copy, text.p, text.n);
            CHECK_INT(json_parse(parser, (struct str){ copy, text.n }, &root), ERR_OK);
            check_keys_once(root);
        }
        arena_reset(&arena);
    }
    json_parser_destroy(parser);
}

static void test_tags_of_other_kinds(void)
{
    struct event ev = minimal_event();
    PUT(ev, tag, STR("[1,2]"));
    CHECK(str_has(rendered(DIALECT_V4, &ev), STR("\"tags\":{\"tag\":[1,2]}")));
    CHECK(str_has(rendered(DIALECT_V3, &ev), STR("\"tag\":{\"tag\":[1,2]}")));
    ev.tag = STR("\"text\"");
    CHECK(str_has(rendered(DIALECT_VISIT, &ev), STR("\"tag\":{\"tag\":\"text\"}")));
}

/* Regression: a verdict of a number that this version does not know was read beyond the table. */
static void test_damaged_values(void)
{
    struct event ev = full_event();
    static const int64_t odd[] = { 3, -1, INT64_MAX, INT64_MIN };
    for (size_t i = 0; i < COUNT_OF(odd); i++) {
        ev.bot = odd[i];
        CHECK(str_has(rendered(DIALECT_V4, &ev), STR("\"bot\":\"not_detected\"")));
        CHECK(str_has(rendered(DIALECT_V3, &ev), STR("\"result\":\"notDetected\"")));
    }
    ev.match_score = (double)NAN;
    CHECK(str_has(rendered(DIALECT_V4, &ev), STR("\"score\":null")));
    ev.match_score = 1e300;
    CHECK(str_has(rendered(DIALECT_V4, &ev), STR("\"score\":1e+300")));
}

/* The API's limit of 20,000 events is Server API's alone. */
static void test_day_of_a_busy_visitor(void)
{
    struct event ev = minimal_event();
    static struct velocity busy = { .count = { { 1, 2, 3 }, { 0 }, { 0 }, { 5, 6, 20001 } }, .day_left_out = true,
                                    .known = { true, false, false, true, false, false, false } };
    PUT(ev, velocity, velocity_encode(&busy, &arena));
    CHECK(str_has(rendered(DIALECT_V4, &ev), STR("\"distinct_ip\":{\"5_minutes\":1,\"1_hour\":2},")));
    CHECK(str_has(rendered(DIALECT_V3, &ev), STR("\"distinctIp\":{\"intervals\":{\"5m\":1,\"1h\":2}},")));
    CHECK(str_has(rendered(DIALECT_FIQ, &ev), STR("\"distinctIp\":{\"5m\":1,\"1h\":2,\"24h\":3},")));
    CHECK(str_has(rendered(DIALECT_FIQ, &ev), STR("\"distinctCountry\":{\"5m\":0,\"1h\":0,\"24h\":0}")));
}

static void test_scores_are_rounded(void)
{
    static const struct { double score; const char *text; } scores[] = {
        { 0, "0," },      { 1, "1," },      { 0.1234, "0.123," },
        { 0.9996, "1," }, { 0.0004, "0," }, { 0.9, "0.9," },
    };
    for (size_t i = 0; i < COUNT_OF(scores); i++) {
        struct event ev = minimal_event();
        PUT(ev, match_score, scores[i].score);
        CHECK(str_has(rendered(DIALECT_V4, &ev),
                      arena_format(&arena, "\"score\":%s", scores[i].text)));
    }
}

int main(void)
{
    arena_init(&arena, 16 << 20);
    RUN(test_full_event_has_every_field);
    RUN(test_golden);
    RUN(test_paths_are_unique);
    RUN(test_no_object_is_entered_again);
    RUN(test_every_field_is_shown_or_known_not_to_be);
    RUN(test_any_set_of_fields);
    RUN(test_tags_of_other_kinds);
    RUN(test_damaged_values);
    RUN(test_day_of_a_busy_visitor);
    RUN(test_scores_are_rounded);
    arena_free(&arena);
    return test_end();
}
