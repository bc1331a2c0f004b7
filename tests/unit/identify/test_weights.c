/* The suspect score is the sum of the weights that fire; a changed weight changes it by exactly that. */
#include "identify/weights.h"
#include "tests/unit/test.h"

#define PUT(ev, member, ...) (event_set(&(ev), EVENT_##member), (ev).member = (__VA_ARGS__))

static struct event suspect(void)
{
    struct event ev = { .id = { 1, 1 } };
    PUT(ev, environment, 1), PUT(ev, bot, BOT_BAD), PUT(ev, incognito, true), PUT(ev, vpn_public, true);
    PUT(ev, tor, false);
    return ev;
}

static void test_sum_and_parts(void)
{
    struct arena arena;
    struct json_out parts;
    struct event ev = suspect();
    arena_init(&arena, 4096);
    json_out_init(&parts, &arena);
    CHECK_INT(weights_sum(NULL, &ev, &parts), 7 + 4 + 4);
    CHECK_STR(json_out_text(&parts), STR("[{\"signal\":\"bot\",\"weight\":7},{\"signal\":\"incognito\",\"weight\":4},"
                                         "{\"signal\":\"vpn_public_vpn\",\"weight\":4}]"));
    PUT(ev, platform, STR("ios"));
    CHECK_INT(weights_sum(NULL, &ev, NULL), 5); /* bot and private windows are the web's */
    PUT(ev, jailbroken, true);
    CHECK_INT(weights_sum(NULL, &ev, NULL), 15);
    event_set(&ev, EVENT_bot), ev.present = (struct event_present){ { 0 } };
    CHECK_INT(weights_sum(NULL, &ev, NULL), 0); /* what is absent does not count, whatever its memory holds */
    arena_free(&arena);
}

static void test_environments_have_their_own(void)
{
    struct arena arena;
    struct store *store;
    struct weight_tables *t;
    struct weights w = weights_default();
    struct event ev = suspect();
    arena_init(&arena, 64 * 1024);
    REQUIRE(store_open_memory(&store) == ERR_OK && weight_tables_create(&t, store) == ERR_OK);
    int64_t before = weights_sum(t, &ev, NULL);
    w.value[WEIGHT_bot] = 20, w.value[WEIGHT_incognito] = 0;
    CHECK_INT(weights_save(&w, store, 2, &arena), ERR_OK);
    CHECK_INT(weight_tables_reload(t, store), ERR_OK);
    CHECK_INT(weights_sum(t, &ev, NULL), before);
    ev.environment = 2;
    CHECK_INT(weights_sum(t, &ev, NULL), before + (20 - 7) + (0 - 4));
    struct weights back;
    CHECK_INT(weights_load(&back, store, 2, &arena), ERR_OK);
    CHECK(memcmp(&w, &back, sizeof w) == 0);
    CHECK_INT(weights_load(&back, store, 3, &arena), ERR_OK);
    CHECK_INT(back.value[WEIGHT_bot], -1);
    weight_tables_free(t);
    store_close(store);
    arena_free(&arena);
}

static void test_a_change_leaves_the_rest(void)
{
    struct arena arena;
    struct store *store;
    struct weight_tables *t;
    struct weights now, change = weights_unchanged();
    struct event ev = suspect();
    ev.environment = 2;
    arena_init(&arena, 64 * 1024);
    REQUIRE(store_open_memory(&store) == ERR_OK && weight_tables_create(&t, store) == ERR_OK);
    int64_t before = weights_sum(t, &ev, NULL);
    change.value[WEIGHT_bot] = 20;
    CHECK_INT(weights_edit(&now, &change, t, store, 2, &arena), ERR_OK);
    change = weights_unchanged();
    change.value[WEIGHT_incognito] = 5;
    CHECK_INT(weights_edit(&now, &change, t, store, 2, &arena), ERR_OK);
    CHECK(now.value[WEIGHT_bot] == 20 && now.value[WEIGHT_incognito] == 5 && now.value[WEIGHT_tor] == -1);
    CHECK_INT(weights_sum(t, &ev, NULL), before + (20 - 7) + (5 - 4));
    change = weights_default();
    CHECK_INT(weights_edit(&now, &change, NULL, store, 2, &arena), ERR_OK);
    CHECK_INT(weight_tables_reload(t, store), ERR_OK);
    CHECK_INT(weights_sum(t, &ev, NULL), before);
    weight_tables_free(t);
    store_close(store);
    arena_free(&arena);
}

static void test_names(void)
{
    CHECK_INT(weight_find(STR("tor")), WEIGHT_tor);
    CHECK_INT(weight_find(STR("nothing")), WEIGHT_COUNT);
    for (enum weight w = 0; w < WEIGHT_COUNT; w++) CHECK_INT(weight_find(str_of(weight_name(w))), w);
}

int main(void)
{
    RUN(test_sum_and_parts);
    RUN(test_environments_have_their_own);
    RUN(test_a_change_leaves_the_rest);
    RUN(test_names);
    return test_end();
}
