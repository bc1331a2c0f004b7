#include "base/crypto.h"
#include "base/limits.h"
#include "control/command.h"
#include "tests/unit/test.h"

static struct arena arena;
static struct json_parser *parser, *reader;
static struct store *store;
static struct command_context context;

static void begin(void)
{
    REQUIRE(store_open_memory(&store) == ERR_OK);
    context = (struct command_context){ .store = store };
    REQUIRE(keys_load(&context.keys, store, NULL) == ERR_OK);
}

static void end(void)
{
    keys_free(context.keys);
    store_close(store);
    arena_reset(&arena);
}

static struct json parsed(struct json_parser *with, struct str text)
{
    struct json root;
    char *copy = arena_zero(&arena, text.n + JSON_PADDING);
    memcpy(copy, text.p, text.n);
    REQUIRE(json_parse(with, (struct str){ copy, text.n }, &root) == ERR_OK);
    return root;
}

static bool run(const char *request, struct json *answer)
{
    struct json_out out;
    json_out_init(&out, &arena);
    bool ok = command_run(&context, parsed(parser, str_of(request)), &arena, &out);
    *answer = parsed(reader, json_out_text(&out));
    return ok;
}

static struct str member(struct json answer, const char *name)
{
    struct json v;
    struct str s = STR("(none)");
    if (json_get(answer, str_of(name), &v)) json_str(v, &s);
    return arena_copy(&arena, s);
}

static struct str create(const char *more)
{
    struct json answer;
    CHECK(run(arena_format(&arena, "{\"command\":\"key create\",%s}", more).p, &answer));
    return member(answer, "key");
}

static void test_create(void)
{
    begin();
    struct json answer;
    CHECK(run(
        "{\"command\":\"key create\",\"kind\":\"public\","
        "\"origins\":[\"https://a.example\",\"https://*.b.example\"]}",
        &answer));
    struct str key = member(answer, "key");
    CHECK(str_starts(key, STR("fiq_live_")) && key.n == 9 + 32);
    CHECK_STR(member(answer, "id"), STR("key_1"));
    CHECK_STR(member(answer, "kind"), STR("public"));
    CHECK_STR(member(answer, "workspace"), STR("default"));
    CHECK_STR(member(answer, "environment"), STR("default"));
    const struct api_key *found =
        keys_find(context.keys, KEY_PUBLIC, key); /* at once, without a restart */
    REQUIRE(found);
    CHECK(found->workspace == WORKSPACE_DEFAULT && found->environment == ENVIRONMENT_DEFAULT &&
          !found->test);
    CHECK_STR(found->origins, STR("https://a.example https://*.b.example"));
    key = create("\"kind\":\"secret\"");
    CHECK(str_starts(key, STR("fiq_secret_")));
    found = keys_find(context.keys, KEY_SECRET, key);
    REQUIRE(found);
    CHECK(found->environment == 0); /* the whole workspace */
    key = create("\"kind\":\"public\",\"test\":true");
    CHECK(str_starts(key, STR("fiq_test_")) && keys_find(context.keys, KEY_PUBLIC, key)->test);
    end();
}

static void test_places(void)
{
    begin();
    static const struct { const char *more; uint32_t workspace, environment; } rows[] = {
        { "\"kind\":\"secret\",\"environment\":\"default\"", 1, 1 },
        { "\"kind\":\"public\",\"workspace\":\"shop\"", 2, 2 },
        { "\"kind\":\"public\",\"workspace\":\"shop\",\"environment\":\"staging\"", 2, 3 },
        { "\"kind\":\"public\",\"environment\":\"staging\"", 1,
          4 }, /* of another workspace: another one */
        { "\"kind\":\"secret\",\"workspace\":\"shop\",\"environment\":\"staging\"", 2, 3 },
        { "\"kind\":\"secret\",\"workspace\":\"shop\"", 2, 0 },
        { "\"kind\":\"public\",\"workspace\":\"Shop\"", 3, 5 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str text = create(rows[i].more);
        enum key_kind kind = str_has(text, STR("secret")) ? KEY_SECRET : KEY_PUBLIC;
        const struct api_key *key = keys_find(context.keys, kind, text);
        REQUIRE(key);
        CHECK_INT(key->workspace, rows[i].workspace);
        CHECK_INT(key->environment, rows[i].environment);
    }
    end();
}

static void test_ids_increase(void)
{
    begin();
    uint64_t last = 0;
    for (int i = 0; i < 30; i++) {
        struct json answer;
        uint64_t id = 0;
        CHECK(run(i % 2 ? "{\"command\":\"key create\",\"kind\":\"public\"}"
                        : "{\"command\":\"key create\",\"kind\":\"secret\"}", &answer));
        struct str text = member(answer, "id");
        CHECK(str_starts(text, STR("key_")) && str_to_u64(str_sub(text, 4, text.n), &id) &&
              id == last + 1);
        last = id;
    }
    end();
}

static void check_error(const char *request, const char *part)
{
    struct json answer;
    CHECK(!run(request, &answer));
    struct str error = member(answer, "error");
    if (!str_has(error, str_of(part))) printf("# %s: %.*s\n", request, STR_ARG(error));
    CHECK(str_has(error, str_of(part)));
}

static void count_key(void *count, const struct api_key *key)
{
    (void)key;
    ++*(size_t *)count;
}

static void test_wrong_requests(void)
{
    begin();
#define KEY "{\"command\":\"key create\","
    check_error("{}", "does not know that command");
    check_error("[]", "does not know that command");
    check_error("{\"command\":7}", "does not know that command");
    check_error("{\"command\":\"key destroy\"}", "does not know that command");
    check_error(KEY "\"x\":1}", "--kind public");
    check_error(KEY "\"kind\":7}", "--kind public");
    check_error(KEY "\"kind\":\"master\"}", "--kind is public");
    check_error(KEY "\"kind\":\"\"}", "--kind is public");
    static const char *const names[] = { "", "a b", "a/b", "\\u00e4", "a\\u0000b", "../x", "a\\nb",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        check_error(
            arena_format(&arena, KEY "\"kind\":\"public\",\"workspace\":\"%s\"}", names[i]).p,
            "names of");
        check_error(
            arena_format(&arena, KEY "\"kind\":\"public\",\"environment\":\"%s\"}", names[i]).p,
            "names of");
    }
    static const char *const origins[] = { "",
                                           "shop.example",
                                           "https://*",
                                           "https://a b",
                                           "https://shop.example/",
                                           "https://a.example https://b.example",
                                           "https://a\\u0000b" };
    for (size_t i = 0; i < COUNT_OF(origins); i++)
        check_error(arena_format(&arena,
                                 KEY
                                 "\"kind\":\"public\",\"origins\":[\"https://ok.example\",\"%s\"]}",
                                 origins[i])
                        .p,
                    "--origin looks like");
    check_error(KEY "\"kind\":\"secret\",\"origins\":[\"https://a.example\"]}",
                "--origin is for public keys");
    /* Regression: wrong types were passed over; a key came out that every origin may use. */
    check_error(KEY "\"kind\":\"public\",\"origins\":\"https://a.example\"}",
                "origins must be a list");
    check_error(KEY "\"kind\":\"public\",\"origins\":null}", "origins must be a list");
    check_error(KEY "\"kind\":\"public\",\"origins\":[1]}", "--origin looks like");
    check_error(KEY "\"kind\":\"public\",\"workspace\":7}", "workspace must be a name");
    check_error(KEY "\"kind\":\"public\",\"environment\":null}", "environment must be a name");
    check_error(KEY "\"kind\":\"public\",\"test\":\"yes\"}", "test must be true or false");
    size_t count = 0;
    CHECK(store_each_key(store, count_key, &count) == ERR_OK && count == 0);
    end();
}

static void test_number_of_origins(void)
{
    begin();
    struct json_out out;
    for (int n = ORIGINS_MAX; n <= ORIGINS_MAX + 1; n++) {
        struct json answer;
        json_out_init(&out, &arena);
        json_out_raw(&out, STR(KEY "\"kind\":\"public\",\"origins\":[\"https://a.example\""));
        for (int i = 1; i < n; i++) json_out_raw(&out, STR(",\"https://a.example\""));
        json_out_raw(&out, (struct str){ "]}\0", 3 });
        CHECK(run(json_out_text(&out).p, &answer) == (n == ORIGINS_MAX));
    }
    end();
}

struct hunt {
    struct str secret;
    size_t keys, values;
    bool seen;
};

static void hunt_key(void *context_, const struct api_key *key)
{
    struct hunt *h = context_;
    h->keys++;
    h->seen |= str_has(key->text, h->secret) || str_has(key->origins, h->secret) ||
               memmem(key->hash, sizeof key->hash, h->secret.p,
                      h->secret.n < 32 ? h->secret.n : 32) != NULL;
}

static void hunt_value(void *context_, struct str name, struct str value)
{
    struct hunt *h = context_;
    h->values++;
    h->seen |= str_has(name, h->secret) || str_has(value, h->secret);
}

static void test_secrets_are_not_stored(void)
{
    begin();
    struct str text = create("\"kind\":\"secret\"");
    struct hunt hunt = { .secret = str_sub(text, strlen("fiq_secret_"), text.n) };
    CHECK_INT(hunt.secret.n, 32);
    CHECK_INT(store_each_key(store, hunt_key, &hunt), ERR_OK);
    CHECK_INT(store_each_value(store, STR(""), hunt_value, &hunt), ERR_OK);
    CHECK(!hunt.seen && hunt.keys == 1 && hunt.values == 2);
    hunt.secret = create("\"kind\":\"public\""); /* the hunt does find what is there */
    CHECK_INT(store_each_key(store, hunt_key, &hunt), ERR_OK);
    CHECK(hunt.seen);
    end();
}

static void test_texts_are_unlike(void)
{
    begin();
    struct str seen[60];
    size_t digits[256] = { 0 };
    for (size_t i = 0; i < COUNT_OF(seen); i++) {
        seen[i] = create("\"kind\":\"secret\"");
        for (size_t k = 0; k < i; k++) CHECK(!str_eq(seen[i], seen[k]));
        for (size_t k = 11; k < seen[i].n; k++) digits[(unsigned char)seen[i].p[k]]++;
    }
    size_t different = 0;
    for (size_t c = 0; c < 256; c++) different += digits[c] > 0;
    CHECK_INT(different,
              62); /* 1,920 digits: each of the 62 is among them but once in 10^12 runs */
    end();
}

static void test_defaults(void)
{
    begin();
    for (int i = 0; i < 2; i++) CHECK_INT(command_make_defaults(&context, &arena), ERR_OK);
    struct str value;
    CHECK_INT(store_get_value(store, STR("workspace/default"), &arena, &value), ERR_OK);
    CHECK_STR(value, STR("1"));
    CHECK_INT(store_get_value(store, STR("environment/1/default"), &arena, &value), ERR_OK);
    CHECK_STR(value, STR("1"));
    end();
}

static void test_damaged_place(void)
{
    begin();
    CHECK_INT(store_set_value(store, STR("workspace/shop"), STR("x")), ERR_OK);
    check_error(KEY "\"kind\":\"public\",\"workspace\":\"shop\"}", "could not be stored");
    end();
}

int main(void)
{
    arena_init(&arena, 16 << 20);
    parser = json_parser_create(), reader = json_parser_create();
    RUN(test_create);
    RUN(test_places);
    RUN(test_ids_increase);
    RUN(test_wrong_requests);
    RUN(test_number_of_origins);
    RUN(test_secrets_are_not_stored);
    RUN(test_texts_are_unlike);
    RUN(test_defaults);
    RUN(test_damaged_place);
    json_parser_destroy(parser), json_parser_destroy(reader);
    arena_free(&arena);
    return test_end();
}
