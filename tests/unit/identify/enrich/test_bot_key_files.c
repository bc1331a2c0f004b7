/* Key files in use: change, refusal of what is worse than before, files that come later, and readers
 * while keys are replaced. */
#include "base/log.h"
#include "identify/enrich/bot_key_files.h"
#include "tests/unit/test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

/* The keys of RFC 9421, B.1.4, and of RFC 8037, A.2, with their thumbprints (A.3). */
#define KEY_OF(x) "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" x "\"}]}"
static const char first[] = KEY_OF("JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs");
static const char second[] = KEY_OF("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
static const char first_id[] = "poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U";
static const char second_id[] = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";

static char dir[] = "/tmp/test-bot-key-files-XXXXXX";
static char a_path[64], b_path[64];

/* By rename, as one should: another inode each time. */
static void put(const char *path, const char *text)
{
    char part[80];
    snprintf(part, sizeof part, "%s.part", path);
    FILE *file = fopen(part, "we");
    REQUIRE(file && fputs(text, file) >= 0 && fclose(file) == 0 && rename(part, path) == 0);
}

static bool has(struct bot_key_files *f, const char *origin, const char *id)
{
    unsigned ticket;
    const struct bot_keys *keys = bot_key_files_enter(f, &ticket);
    bool found = bot_keys_find(keys, str_of(origin), str_of(id)) != NULL;
    bot_key_files_leave(f, ticket);
    return found;
}

/* A change is taken when it is the same at two looks. */
static void look_twice(struct bot_key_files *f)
{
    bot_key_files_look(f);
    bot_key_files_look(f);
}

static struct bot_key_files *open_two(bool fetched)
{
    const struct bot_key_source sources[] = { { STR("https://A.test/"), a_path, false },
                                              { STR("https://b.test"), b_path, fetched } };
    struct bot_key_files *f;
    REQUIRE(bot_key_files_open(&f, sources, 2) == ERR_OK);
    return f;
}

static void test_change(void)
{
    put(a_path, first);
    put(b_path, first);
    struct bot_key_files *f = open_two(false);
    CHECK(has(f, "https://a.test", first_id) && has(f, "https://b.test", first_id));
    put(a_path, second);
    bot_key_files_look(f);
    CHECK(has(f, "https://a.test", first_id)); /* it may still be written */
    bot_key_files_look(f);
    CHECK(has(f, "https://a.test", second_id) && !has(f, "https://a.test", first_id));
    CHECK(has(f, "https://b.test", first_id) && !has(f, "https://b.test", second_id));
    bot_key_files_close(f);
}

static void test_refused(void)
{
    static const char *const bad[] = { "", "{", "{\"keys\":[]}", "<html>no</html>" };
    put(a_path, first);
    put(b_path, first);
    struct bot_key_files *f = open_two(false);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        put(a_path, bad[i]);
        look_twice(f);
        CHECK(has(f, "https://a.test", first_id) && has(f, "https://b.test", first_id));
    }
    unlink(a_path);
    look_twice(f);
    CHECK(has(f, "https://a.test", first_id));
    put(b_path, second); /* the other one still changes, and the lost one's keys stay */
    look_twice(f);
    CHECK(has(f, "https://a.test", first_id) && has(f, "https://b.test", second_id));
    put(a_path, second);
    look_twice(f);
    CHECK(has(f, "https://a.test", second_id) && !has(f, "https://a.test", first_id));
    bot_key_files_close(f);
}

/* A fetched copy may come later, or be damaged at the start. */
static void test_fetched(void)
{
    unsigned ticket;
    put(a_path, first);
    unlink(b_path);
    struct bot_key_files *f = open_two(true);
    const struct bot_keys *keys = bot_key_files_enter(f, &ticket);
    CHECK(bot_keys_know(keys, STR("https://a.test")) && !bot_keys_know(keys, STR("https://b.test")));
    bot_key_files_leave(f, ticket);
    put(b_path, second);
    look_twice(f);
    CHECK(has(f, "https://a.test", first_id) && has(f, "https://b.test", second_id));
    bot_key_files_close(f);
    put(b_path, "{");
    f = open_two(true);
    CHECK(has(f, "https://a.test", first_id) && !has(f, "https://b.test", second_id));
    bot_key_files_close(f);
}

static void test_start(void)
{
    struct bot_key_source two[] = { { STR("https://a.test"), a_path, false },
                                    { STR("https://A.test:443"), b_path, true } };
    struct bot_key_source parsed;
    struct bot_key_files *f;
    put(a_path, first);
    CHECK_INT(bot_key_files_open(&f, two, 2), ERR_USAGE); /* the same origin */
    two[0].origin = STR("http://a.test");
    CHECK_INT(bot_key_files_open(&f, two, 1), ERR_USAGE);
    two[0].origin = STR("https://a.test");
    put(a_path, "{}");
    CHECK_INT(bot_key_files_open(&f, two, 1), ERR_MALFORMED);
    unlink(a_path);
    CHECK_INT(bot_key_files_open(&f, two, 1), ERR_IO);
    REQUIRE(bot_key_files_open(&f, NULL, 0) == ERR_OK);
    CHECK_INT(bot_key_files_start(f), ERR_OK);
    CHECK(!has(f, "https://a.test", first_id));
    bot_key_files_close(f);
    CHECK(!bot_key_source_parse(&parsed, "https://a.test"));
    CHECK(bot_key_source_parse(&parsed, "https://a.test=/x=y") && !parsed.fetched);
    CHECK_STR(parsed.origin, STR("https://a.test"));
    CHECK_STR(str_of(parsed.path), STR("/x=y"));
}

static atomic_bool reading;
static atomic_int without;

/* There is always one of the two keys. */
static void *read_on(void *context)
{
    while (atomic_load(&reading)) {
        unsigned ticket;
        const struct bot_keys *keys = bot_key_files_enter(context, &ticket);
        struct str none = { NULL, 0 };
        if (!bot_keys_find(keys, none, str_of(first_id)) &&
            !bot_keys_find(keys, none, str_of(second_id)))
            atomic_fetch_add(&without, 1);
        bot_key_files_leave(context, ticket);
    }
    return NULL;
}

static void test_readers(void)
{
    pthread_t thread[2];
    const struct bot_key_source source = { STR("https://a.test"), a_path, false };
    struct bot_key_files *f;
    put(a_path, first);
    REQUIRE(bot_key_files_open(&f, &source, 1) == ERR_OK);
    atomic_store(&reading, true);
    for (size_t i = 0; i < COUNT_OF(thread); i++)
        REQUIRE(pthread_create(&thread[i], NULL, read_on, f) == 0);
    for (int i = 0; i < 200; i++) {
        put(a_path, i % 2 ? first : second);
        look_twice(f);
        CHECK(has(f, "https://a.test", i % 2 ? first_id : second_id));
    }
    atomic_store(&reading, false);
    for (size_t i = 0; i < COUNT_OF(thread); i++) pthread_join(thread[i], NULL);
    CHECK_INT(atomic_load(&without), 0);
    bot_key_files_close(f);
}

int main(void)
{
    REQUIRE(mkdtemp(dir));
    snprintf(a_path, sizeof a_path, "%s/a.json", dir);
    snprintf(b_path, sizeof b_path, "%s/b.json", dir);
    RUN(test_change);
    RUN(test_refused);
    RUN(test_fetched);
    RUN(test_start);
    RUN(test_readers);
    unlink(a_path);
    unlink(b_path);
    rmdir(dir);
    return test_end();
}
