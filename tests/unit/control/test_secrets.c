#include "base/log.h"
#include "control/secrets.h"
#include "tests/unit/test.h"

#include <sys/stat.h>
#include <unistd.h>

#define NOW_MS ((int64_t)1795000000000)

static char dir[] = "/tmp/whorl-secrets-XXXXXX", path[100];

static void write_key(const void *bytes, size_t n, mode_t mode)
{
    FILE *file = fopen(path, "w");
    REQUIRE(file && fwrite(bytes, 1, n, file) == n && fclose(file) == 0 && chmod(path, mode) == 0);
}

static void test_made_once(void)
{
    uint8_t first[SEAL_KEY_BYTES] = { 0 }, second[SEAL_KEY_BYTES] = { 0 },
            third[SEAL_KEY_BYTES] = { 0 };
    struct stat st;
    mode_t old = umask(0);
    CHECK_INT(master_key_load(first, dir), ERR_OK);
    umask(old);
    REQUIRE(stat(path, &st) == 0);
    CHECK(st.st_size == SEAL_KEY_BYTES && (st.st_mode & 0777) == 0600); /* whatever the umask */
    CHECK_INT(master_key_load(second, dir), ERR_OK);
    CHECK(memcmp(first, second, sizeof first) == 0);
    unlink(path);
    CHECK_INT(master_key_load(third, dir), ERR_OK);
    CHECK(memcmp(first, third, sizeof first) != 0);
    unlink(path);
}

static void test_refused_when_others_can_read_it(void)
{
    static const uint8_t bytes[SEAL_KEY_BYTES] = { 7 };
    static const mode_t open_modes[] = { 0604, 0640, 0620, 0601, 0666, 0644, 0610 };
    uint8_t out[SEAL_KEY_BYTES];
    for (size_t i = 0; i < COUNT_OF(open_modes); i++) {
        write_key(bytes, sizeof bytes, open_modes[i]);
        CHECK_INT(master_key_load(out, dir), ERR_IO);
    }
    write_key(bytes, sizeof bytes, 0400);
    CHECK_INT(master_key_load(out, dir), ERR_OK);
    CHECK(memcmp(out, bytes, sizeof bytes) == 0);
    unlink(path);
}

static void test_wrong_size(void)
{
    static const uint8_t bytes[SEAL_KEY_BYTES + 1];
    static const size_t sizes[] = { 0, 1, SEAL_KEY_BYTES - 1, SEAL_KEY_BYTES + 1 };
    uint8_t out[SEAL_KEY_BYTES];
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct stat st;
        write_key(bytes, sizes[i], 0600);
        CHECK_INT(master_key_load(out, dir), ERR_IO);
        CHECK(stat(path, &st) == 0 && st.st_size == (off_t)sizes[i]); /* and it is left alone */
    }
    unlink(path);
}

/* What a start left behind that was cut off while it made the key. */
static void test_made_anew_after_a_crash(void)
{
    uint8_t out[SEAL_KEY_BYTES];
    char fresh[120];
    struct stat st;
    snprintf(fresh, sizeof fresh, "%s.new", path);
    FILE *file = fopen(fresh, "w");
    REQUIRE(file && fclose(file) == 0);
    CHECK_INT(master_key_load(out, dir), ERR_OK);
    CHECK(stat(fresh, &st) != 0 && stat(path, &st) == 0 && st.st_size == SEAL_KEY_BYTES);
    unlink(path);
}

static void test_no_directory(void)
{
    uint8_t out[SEAL_KEY_BYTES];
    CHECK_INT(master_key_load(out, "/nonexistent/whorl"), ERR_IO);
}

static const uint8_t master[SEAL_KEY_BYTES] = { 1 }, other_master[SEAL_KEY_BYTES] = { 2 };
static const struct visitor_id visitor = { 5, 6 };

static void test_token_keys_stay(void)
{
    struct store *store;
    struct token_keys first, second;
    char text[TOKEN_CHARS];
    struct visitor_id id;
    int64_t ms;
    REQUIRE(store_open_memory(&store) == ERR_OK);
    CHECK_INT(token_keys_load(&first, store, master, NOW_MS), ERR_OK);
    CHECK_INT(first.current, 1);
    token_make(text, &first, 1, visitor, 1000);
    CHECK_INT(token_keys_load(&second, store, master, NOW_MS), ERR_OK); /* the next start of the server */
    CHECK(token_read(&id, &ms, &second, 1, 1000, (struct str){ text, sizeof text }));
    token_keys_free(&first), token_keys_free(&second);
    store_close(store);
}

static void test_wrong_master_key(void)
{
    struct store *store;
    struct token_keys keys;
    REQUIRE(store_open_memory(&store) == ERR_OK);
    CHECK_INT(token_keys_load(&keys, store, master, NOW_MS), ERR_OK);
    token_keys_free(&keys);
    CHECK_INT(token_keys_load(&keys, store, other_master, NOW_MS), ERR_CORRUPT);
    token_keys_free(&keys);
    CHECK_INT(token_keys_load(&keys, store, master, NOW_MS), ERR_OK); /* nothing was overwritten */
    token_keys_free(&keys);
    store_close(store);
}

/* Sealed under its name: what belongs to one number does not open under another. */
static void test_damaged_values(void)
{
    struct store *store;
    struct token_keys keys;
    struct arena arena;
    struct str sealed;
    arena_init(&arena, 1 << 20);
    REQUIRE(store_open_memory(&store) == ERR_OK && token_keys_load(&keys, store, master, NOW_MS) == ERR_OK);
    token_keys_free(&keys);
    REQUIRE(store_get_value(store, STR("token-key/1"), &arena, &sealed) == ERR_OK);
    CHECK_INT(sealed.n, TOKEN_KEY_BYTES + SEAL_OVERHEAD_BYTES);
    static const char *const names[] = { "token-key/2", "token-key/0", "token-key/256",
                                         "token-key/x", "token-key/" };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct store *fresh;
        REQUIRE(store_open_memory(&fresh) == ERR_OK);
        REQUIRE(store_set_value(fresh, str_of(names[i]), sealed) == ERR_OK);
        CHECK_INT(token_keys_load(&keys, fresh, master, NOW_MS), ERR_CORRUPT);
        token_keys_free(&keys);
        store_close(fresh);
    }
    REQUIRE(store_set_value(store, STR("token-key/1"), str_sub(sealed, 0, sealed.n - 1)) == ERR_OK);
    CHECK_INT(token_keys_load(&keys, store, master, NOW_MS), ERR_CORRUPT);
    token_keys_free(&keys);
    store_close(store);
    arena_free(&arena);
}

/* A second key, as rotation will add it: the newest signs, both are believed. */
static void test_two_keys(void)
{
    struct store *store;
    struct token_keys keys;
    char older[TOKEN_CHARS], newer[TOKEN_CHARS];
    uint8_t sealed[TOKEN_KEY_BYTES + SEAL_OVERHEAD_BYTES];
    struct visitor_id id;
    int64_t ms;
    REQUIRE(store_open_memory(&store) == ERR_OK && token_keys_load(&keys, store, master, NOW_MS) == ERR_OK);
    token_make(older, &keys, 1, visitor, 1000);
    token_keys_free(&keys);
    REQUIRE(crypto_seal(sealed, master, STR("token-key/10"),
                        STR("0123456789abcdef0123456789abcdef")) == ERR_OK);
    REQUIRE(store_set_value(store, STR("token-key/10"),
                            (struct str){ (char *)sealed, sizeof sealed }) == ERR_OK);
    CHECK_INT(token_keys_load(&keys, store, master, NOW_MS), ERR_OK);
    CHECK_INT(keys.current, 10);
    token_make(newer, &keys, 1, visitor, 1000);
    CHECK(token_read(&id, &ms, &keys, 1, 1000, (struct str){ older, sizeof older }));
    CHECK(token_read(&id, &ms, &keys, 1, 1000, (struct str){ newer, sizeof newer }));
    token_keys_free(&keys);
    store_close(store);
}

/* After TOKEN_KEY_MS the next start makes a new key, which signs; what the first has signed stays good. */
static void test_keys_rotate(void)
{
    struct token_keys keys;
    struct store *store;
    struct visitor_id owner = visitor_id_new(NOW_MS), read;
    char token[TOKEN_CHARS];
    int64_t issued_ms;
    REQUIRE(store_open_memory(&store) == ERR_OK);
    CHECK_INT(token_keys_load(&keys, store, master, NOW_MS), ERR_OK);
    CHECK_INT(keys.current, 1);
    token_make(token, &keys, 1, owner, NOW_MS);
    token_keys_free(&keys);
    const int64_t later[] = { NOW_MS + TOKEN_KEY_MS - 1, NOW_MS + TOKEN_KEY_MS, NOW_MS + TOKEN_KEY_MS + 1,
                              NOW_MS + 2 * TOKEN_KEY_MS };
    const int current[] = { 1, 2, 2, 3 };
    for (size_t i = 0; i < COUNT_OF(later); i++) {
        CHECK_INT(token_keys_load(&keys, store, master, later[i]), ERR_OK);
        CHECK_INT(keys.current, current[i]);
        CHECK(token_read(&read, &issued_ms, &keys, 1, later[i], (struct str){ token, TOKEN_CHARS }));
        CHECK(visitor_id_eq(read, owner));
        token_keys_free(&keys);
    }
    store_close(store);
}

/* The same in a server that is never stopped, and still there at its next start. */
static void test_keys_rotate_while_serving(void)
{
    struct token_keys keys;
    struct store *store;
    struct visitor_id owner = visitor_id_new(NOW_MS), read;
    char old[TOKEN_CHARS], new[TOKEN_CHARS];
    int64_t issued_ms, later = NOW_MS + TOKEN_KEY_MS;
    REQUIRE(store_open_memory(&store) == ERR_OK && token_keys_load(&keys, store, master, NOW_MS) == ERR_OK);
    token_make(old, &keys, 1, owner, NOW_MS);
    CHECK_INT(token_keys_rotate(&keys, store, master, later - 1), ERR_OK);
    CHECK_INT(keys.current, 1);
    CHECK_INT(token_keys_rotate(&keys, store, master, later), ERR_OK);
    CHECK_INT(token_keys_rotate(&keys, store, master, later + 1), ERR_OK);
    CHECK_INT(keys.current, 2);
    token_make(new, &keys, 1, owner, later);
    CHECK(token_read(&read, &issued_ms, &keys, 1, later, (struct str){ old, TOKEN_CHARS }));
    token_keys_free(&keys);
    CHECK_INT(token_keys_load(&keys, store, master, later + 2), ERR_OK);
    CHECK(token_read(&read, &issued_ms, &keys, 1, later, (struct str){ new, TOKEN_CHARS }));
    CHECK(visitor_id_eq(read, owner));
    token_keys_free(&keys);
    store_close(store);
}

/* An operator need not wait for that. */
static void test_keys_rotate_when_asked(void)
{
    struct token_keys keys = { .current = 0 };
    struct store *store;
    unsigned number;
    REQUIRE(store_open_memory(&store) == ERR_OK);
    CHECK_INT(token_keys_expire(store, &number), ERR_NOT_FOUND);
    CHECK_INT(token_keys_load(&keys, store, master, NOW_MS), ERR_OK);
    CHECK_INT(token_keys_expire(store, &number), ERR_OK);
    CHECK(number == 2 && keys.current == 1);
    CHECK_INT(token_keys_rotate(&keys, store, master, NOW_MS + 1), ERR_OK);
    CHECK_INT(token_keys_rotate(&keys, store, master, NOW_MS + 2), ERR_OK);
    CHECK_INT(keys.current, 2);
    while (keys.current < TOKEN_KEY_NUMBER_MAX) {
        REQUIRE(token_keys_expire(store, &number) == ERR_OK && number == keys.current + 1u);
        REQUIRE(token_keys_rotate(&keys, store, master, NOW_MS + 3) == ERR_OK && keys.current == number);
    }
    CHECK_INT(token_keys_expire(store, &number), ERR_NOT_FOUND);
    CHECK_INT(number, TOKEN_KEY_NUMBER_MAX + 1);
    token_keys_free(&keys);
    store_close(store);
}

int main(void)
{
    REQUIRE(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/master.key", dir);
    log_set_level(LOG_ERROR);
    RUN(test_made_once);
    RUN(test_refused_when_others_can_read_it);
    RUN(test_wrong_size);
    RUN(test_made_anew_after_a_crash);
    RUN(test_no_directory);
    RUN(test_token_keys_stay);
    RUN(test_wrong_master_key);
    RUN(test_damaged_values);
    RUN(test_two_keys);
    RUN(test_keys_rotate);
    RUN(test_keys_rotate_while_serving);
    RUN(test_keys_rotate_when_asked);
    rmdir(dir);
    return test_end();
}
