#include "api/keys.h"
#include "base/crypto.h"
#include "base/limits.h"
#include "tests/unit/test.h"

#include <pthread.h>
#include <stdatomic.h>

static struct store *store;
static struct keys *keys;

static void save(uint32_t id, enum key_kind kind, struct str text, const char *origins)
{
    struct api_key key = { .id = id,
                           .kind = kind,
                           .workspace = 1,
                           .environment = id,
                           .created_ms = 1,
                           .origins = str_of(origins) };
    crypto_sha256(key.hash, text);
    if (kind == KEY_PUBLIC) key.text = text;
    REQUIRE(store_save_key(store, &key) == ERR_OK);
}

static void begin(void)
{
    REQUIRE(store_open_memory(&store) == ERR_OK);
    save(1, KEY_PUBLIC, STR("fiq_live_one"), "https://shop.example");
    save(2, KEY_SECRET, STR("fiq_secret_two"), "");
    REQUIRE(keys_load(&keys, store, NULL) == ERR_OK);
}

static void end(void)
{
    keys_free(keys);
    store_close(store);
}

static void test_find(void)
{
    begin();
    const struct api_key *key = keys_find(keys, KEY_PUBLIC, STR("fiq_live_one"));
    REQUIRE(key);
    CHECK(key->id == 1 && key->kind == KEY_PUBLIC && key->environment == 1);
    CHECK_STR(key->text, STR("fiq_live_one"));
    CHECK_STR(key->origins, STR("https://shop.example"));
    key = keys_find(keys, KEY_SECRET, STR("fiq_secret_two"));
    REQUIRE(key);
    CHECK(key->id == 2 && key->text.n == 0);
    end();
}

static void test_find_nothing(void)
{
    begin();
    CHECK(!keys_find(keys, KEY_SECRET, STR("fiq_live_one"))); /* a public key opens no Server API */
    CHECK(!keys_find(keys, KEY_PUBLIC, STR("fiq_secret_two")));
    CHECK(!keys_find(keys, KEY_PUBLIC, STR("fiq_live_on")) &&
          !keys_find(keys, KEY_PUBLIC, STR("fiq_live_onee")));
    CHECK(!keys_find(keys, KEY_PUBLIC, STR("FIQ_LIVE_ONE")) &&
          !keys_find(keys, KEY_PUBLIC, STR("")));
    CHECK(!keys_find(keys, KEY_PUBLIC, (struct str){ NULL, 0 }));
    CHECK(!keys_find(keys, KEY_PUBLIC, STR("fiq_live_one\0")));
    end();
}

static void test_none_at_all(void)
{
    struct store *empty;
    struct keys *none;
    REQUIRE(store_open_memory(&empty) == ERR_OK && keys_load(&none, empty, NULL) == ERR_OK);
    CHECK(!keys_find(none, KEY_PUBLIC, STR("x")));
    keys_free(none);
    keys_free(NULL);
    store_close(empty);
}

static void test_reload(void)
{
    begin();
    const struct api_key *before = keys_find(keys, KEY_PUBLIC, STR("fiq_live_one"));
    save(3, KEY_PUBLIC, STR("fiq_live_three"), "");
    CHECK(!keys_find(keys, KEY_PUBLIC, STR("fiq_live_three")));
    CHECK_INT(keys_reload(keys, store), ERR_OK);
    CHECK(keys_find(keys, KEY_PUBLIC, STR("fiq_live_three")) != NULL);
    CHECK_STR(before->text, STR("fiq_live_one")); /* who has one from before keeps it */
    end();
}

static void test_many(void)
{
    begin();
    for (uint32_t i = 10; i < 500; i++) {
        char text[32];
        save(i, KEY_PUBLIC, (struct str){ text, (size_t)snprintf(text, sizeof text, "key-%u", i) },
             "");
    }
    CHECK_INT(keys_reload(keys, store), ERR_OK);
    for (uint32_t i = 10; i < 500; i++) {
        char text[32];
        const struct api_key *key =
            keys_find(keys, KEY_PUBLIC,
                      (struct str){ text, (size_t)snprintf(text, sizeof text, "key-%u", i) });
        CHECK(key && key->id == i);
    }
    end();
}

static atomic_bool stop;

static void *look_up(void *unused)
{
    (void)unused;
    do { /* at least once, however late the thread starts */
        const struct api_key *key = keys_find(keys, KEY_PUBLIC, STR("fiq_live_one"));
        if (!key || key->id != 1 || !str_eq(key->text, STR("fiq_live_one"))) return "lost";
    } while (!atomic_load(&stop));
    return NULL;
}

/* Run it under ThreadSanitizer too: make tsan. */
static void test_reload_while_others_read(void)
{
    pthread_t readers[2];
    begin();
    atomic_store(&stop, false);
    for (size_t i = 0; i < COUNT_OF(readers); i++)
        REQUIRE(!pthread_create(&readers[i], NULL, look_up, NULL));
    for (uint32_t i = 10; i < 60; i++) {
        char text[32];
        save(i, KEY_PUBLIC, (struct str){ text, (size_t)snprintf(text, sizeof text, "key-%u", i) },
             "");
        CHECK_INT(keys_reload(keys, store), ERR_OK);
    }
    while (!keys_find(keys, KEY_PUBLIC, STR("key-59"))) continue;
    atomic_store(&stop, true);
    for (size_t i = 0; i < COUNT_OF(readers); i++) {
        void *problem;
        pthread_join(readers[i], &problem);
        CHECK(!problem);
    }
    end();
}

static bool allows(const char *patterns, const char *origin)
{
    struct api_key key = { .origins = str_of(patterns) };
    return key_allows_origin(&key, str_of(origin));
}

static void test_origins(void)
{
    CHECK(allows("", "https://anything.example") && allows("", "") && allows("", "null"));
    CHECK(allows("https://shop.example", "https://shop.example"));
    CHECK(allows("https://shop.example", "HTTPS://Shop.Example") &&
          allows("https://SHOP.example", "https://shop.example"));
    CHECK(allows("https://a.example https://shop.example", "https://shop.example"));
    static const char *const others[] = {
        "",
        "null",
        "http://shop.example",
        "https://shop.example:8443",
        "https://shop.example.evil.example",
        "https://evilshop.example",
        "https://www.shop.example",
        "https://shop.exampl",
        "https://shop.example ",
        "https://shop.example/",
        "shop.example",
        "//shop.example",
        "https:/shop.example",
        "https://",
        "https://shop.example\\@evil.example",
    };
    for (size_t i = 0; i < COUNT_OF(others); i++)
        CHECK_STR(str_of(allows("https://shop.example", others[i]) ? others[i] : "none"),
                  STR("none"));
}

static void test_wildcards(void)
{
    const char *const pattern = "https://*.shop.example";
    CHECK(allows(pattern, "https://www.shop.example") &&
          allows(pattern, "https://a.b.shop.example"));
    CHECK(allows(pattern, "https://WWW.Shop.Example") &&
          allows("https://*.SHOP.example", "https://www.shop.example"));
    static const char *const others[] = {
        "https://shop.example",
        "https://.shop.example",
        "https://evilshop.example",
        "http://www.shop.example",
        "https://www.shop.example:8443",
        "https://www.shop.example.evil",
        "https://shop.example.evil",
        "",
        "null",
        "https://www.shop.example.",
        "xhttps://www.shop.example",
        "https://www-shop.example",
        "https://evil.example/.shop.example",
        "https://evil.example#.shop.example",
        "https://evil.example?.shop.example",
        "https://u@.shop.example",
    };
    for (size_t i = 0; i < COUNT_OF(others); i++)
        CHECK_STR(str_of(allows(pattern, others[i]) ? others[i] : "none"), STR("none"));
    CHECK(allows("https://*.shop.example:8443", "https://www.shop.example:8443"));
    CHECK(!allows("https://*.shop.example:8443", "https://www.shop.example"));
    CHECK(!allows("https://*.shop.example:8443", "https://www.shop.example:18443"));
}

static void test_patterns(void)
{
    static const char *const good[] = {
        "https://shop.example",   "http://localhost:3000",
        "https://*.shop.example", "HTTP://A.B",
        "https://[::1]:8443",     "https://xn--bcher-kva.example",
        "http://127.0.0.1:8080",  "https://a_b.example",
    };
    static const char *const bad[] = {
        "",
        "shop.example",
        "https://",
        "https://*",
        "https://*.",
        "https://*.*.example",
        "https://a.*.example",
        "https://shop.example/",
        "https://shop.example/path",
        "https://shop.example?x",
        "https://user@shop.example",
        "ftp://shop.example",
        "://shop.example",
        "https://a b",
        "https://a,b",
        "null",
        "*",
        "https://\xc3\xa4.example",
        "https://shop.example https://other.example",
        "https//shop.example",
        "javascript://x",
    };
    for (size_t i = 0; i < COUNT_OF(good); i++)
        CHECK_STR(str_of(origin_pattern_valid(str_of(good[i])) ? "" : good[i]), STR(""));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        CHECK_STR(str_of(origin_pattern_valid(str_of(bad[i])) ? bad[i] : ""), STR(""));
    CHECK(!origin_pattern_valid(STR("https://a\0b.example"))); /* regression */
    char longest[300] = "https://";
    memset(longest + 8, 'a', 255);
    CHECK(origin_pattern_valid(str_of(longest)));
    longest[8 + 255] = 'a';
    CHECK(!origin_pattern_valid(str_of(longest)));
}

int main(void)
{
    RUN(test_find);
    RUN(test_find_nothing);
    RUN(test_none_at_all);
    RUN(test_reload);
    RUN(test_many);
    RUN(test_reload_while_others_read);
    RUN(test_origins);
    RUN(test_wildcards);
    RUN(test_patterns);
    return test_end();
}
