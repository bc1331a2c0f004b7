/* How common everything is among the visitors, and that a restart changes little of it. */
#include "base/arena.h"
#include "identify/link/search.h"
#include "tests/unit/identify/link/looks.h"

static struct arena arena;
static const int64_t now = START_MS + 21 * DAY_MS;

static struct subject subject_of(const struct population *p, const struct look *k)
{
    struct subject s;
    subject_init(&s, p, k);
    return s;
}

static void test_find(void)
{
    struct population *p = population_of(2500); /* more than one chunk */
    for (uint32_t i = 0; i < 2500; i++) {
        CHECK_INT(population_find(p, id_made(i)), i);
        CHECK(visitor_id_eq(population_at(p, i)->id, id_made(i)));
    }
    CHECK_INT(population_find(p, id_made(9999)), NOBODY);
    population_forget(p, 7);
    CHECK_INT(population_find(p, id_made(7)), NOBODY);
    CHECK_INT(population_find(p, id_made(8)), 8);
    CHECK(population_bytes(p) > 2500 * sizeof(struct profile));
    population_free(p);
}

/* The latest visitor that came with it; a visitor's latest. */
static void test_find_hardware(void)
{
    struct population *p = population_of(3);
    struct look k = look_made(1);
    CHECK_INT(population_find_hardware(p, 0), NOBODY);
    CHECK_INT(population_find_hardware(p, 77), NOBODY);
    k.hardware = 77;
    come_again(p, 1, &k, now);
    come_again(p, 1, &k, now);
    CHECK_INT(population_find_hardware(p, 77), 1);
    CHECK_INT(population_find_hardware(p, 78), NOBODY); /* of the same block */
    k.hardware = 88;
    come_again(p, 1, &k, now);
    CHECK_INT(population_find_hardware(p, 77), NOBODY);
    k.hardware = 0; /* not sent this time */
    come_again(p, 1, &k, now);
    k.hardware = 88;
    come_again(p, 2, &k, now);
    CHECK_INT(population_find_hardware(p, 88), 2);
    population_forget(p, 2);
    CHECK_INT(population_find_hardware(p, 88), 1);
    population_forget(p, 1);
    CHECK_INT(population_find_hardware(p, 88), NOBODY);
    population_free(p);
}

static void test_values(void)
{
    struct population *p = population_of(300);
    struct look k = look_made(7);
    struct subject s = subject_of(p, &k);
    unsigned have = 0, both = 0;
    for (unsigned i = 0; i < 300; i++) {
        struct look other = look_made(i);
        bool gpu = other.value[TRAIT_gpu] == k.value[TRAIT_gpu];
        bool screen = other.value[TRAIT_screen] == k.value[TRAIT_screen];
        have += gpu, both += gpu && screen;
    }
    float of_context;
    CHECK_INT(population_value(p, &s, TRAIT_gpu), have);
    CHECK_INT(population_value_given(p, &s, TRAIT_screen, &of_context), both);
    CHECK_INT(of_context, have);
    CHECK(trait_has_context(&s, TRAIT_screen) && !trait_has_context(&s, TRAIT_storage));
    come_again(p, 7, &k, now); /* the same again: counted once */
    CHECK_INT(population_value(p, &s, TRAIT_gpu), have);
    k.value[TRAIT_gpu] = 4242;
    s = subject_of(p, &k);
    CHECK_INT(population_value(p, &s, TRAIT_gpu), 0);
    come_again(p, 7, &k, now);
    CHECK_INT(population_value(p, &s, TRAIT_gpu), 1);
    k.class = 99; /* other classes have none of it */
    s = subject_of(p, &k);
    CHECK_INT(population_value(p, &s, TRAIT_gpu), 0);
    CHECK(!s.class);
    population_free(p);
}

static void test_networks(void)
{
    struct population *p = population_of(0);
    struct look k = look_made(1), other = look_made(2);
    other.class = 12;
    memcpy(other.net, k.net, sizeof k.net);
    float of_class;
    uint32_t v = come(p, &k, START_MS);
    come(p, &other, START_MS);
    come_again(p, v, &k, now);
    struct subject s = subject_of(p, &k);
    CHECK_INT(population_network(p, &s, NET_NEAR, &of_class), 2);
    CHECK_INT(of_class, 1);
    k.net[NET_NEAR]++;
    come_again(p, v, &k, now);
    s = subject_of(p, &k);
    CHECK_INT(population_network(p, &s, NET_NEAR, &of_class), 1);
    CHECK_INT(population_network(p, &s, NET_WIDE, &of_class), 2); /* the region is not new */
    population_free(p);
}

static void test_kin(void)
{
    struct population *p = population_of(0);
    struct look k = look_made(1);
    uint32_t first = come(p, &k, START_MS), second;
    uint32_t stock = population_at(p, first)->stock;
    CHECK(population_kin(p, stock, k.net[0]).alike == 1 && population_kin(p, stock, k.net[0]).proven == 0);
    population_prove(p, first); /* alone it proves nothing */
    CHECK(population_kin(p, stock, k.net[0]).proven == 0 && !population_at(p, first)->proven);
    k.value[TRAIT_permissions] = 4242; /* not a matter of stock */
    second = come(p, &k, START_MS + 5 * HOUR_MS);
    CHECK_INT(population_at(p, second)->stock, stock);
    struct kin kin = population_kin(p, stock, k.net[0]);
    CHECK(kin.alike == 2 && kin.alike_here == 2);
    population_prove(p, first); /* the token of the first still lives: two devices */
    population_prove(p, first);
    kin = population_kin(p, stock, k.net[0]);
    CHECK(kin.proven == 1 && kin.proven_here == 1 && population_at(p, first)->proven);
    population_prove(p, second); /* nothing was made since the second */
    CHECK(population_kin(p, stock, k.net[0]).proven == 1);
    CHECK(population_kin(p, stock, 4242).proven_here == 0);
    k.value[TRAIT_gpu] = 4242;
    CHECK(population_at(p, come(p, &k, START_MS))->stock != stock);
    population_free(p);
}

static void test_classes(void)
{
    struct population *p = population_of(50);
    const struct class *c = population_class(p, 11);
    REQUIRE(c != NULL);
    CHECK(c->visitors == 50 && c->newcomers > 5 && c->newcomers < 50 && !population_class(p, 12));
    double daily = class_newcomers_daily(c, now);
    CHECK(daily > 1 && daily < 5); /* 2.5 a day came */
    CHECK(class_newcomers_daily(c, now + 30 * DAY_MS) < 0.2);
    for (uint32_t i = 0; i < CLASSES_MAX + 50; i++) { /* made up by somebody: the last is shared */
        struct look k = look_made(i);
        k.class = 1000 + i;
        come(p, &k, now);
    }
    CHECK_INT(p->classes_count, CLASSES_MAX);
    CHECK(population_class(p, 1000 + CLASSES_MAX + 10) == p->classes[CLASSES_MAX - 1]);
    CHECK(population_class(p, 11) == c);
    population_free(p);
}

/* Globals of the browser itself are what most visitors with the version have; only the rest are extensions. */
static void test_extensions(void)
{
    struct population *p = population_of(0);
    struct look k = look_made(1);
    CHECK_INT(subject_of(p, &k).value[TRAIT_extensions], 0); /* nobody knows yet what is usual */
    for (unsigned i = 0; i < 10; i++) {
        struct look other = look_made(i);
        come(p, &other, START_MS + i);
    }
    uint32_t none = subject_of(p, &k).value[TRAIT_extensions];
    k.globals ^= 1 << 9;
    uint32_t one = subject_of(p, &k).value[TRAIT_extensions];
    CHECK(none && one && none != one);
    k.version[0] = VERSION(157, 0); /* of which nobody has come */
    CHECK_INT(subject_of(p, &k).value[TRAIT_extensions], 0);
    population_free(p);
}

static void test_private_values_are_kept_apart(void)
{
    struct population *p = population_of(20);
    struct look k = look_made(7);
    float among = 0;
    uint32_t was = population_at(p, 7)->slot[profile_slot_of[TRAIT_storage]];
    k.private_window = true, k.value[TRAIT_storage] = 4242, k.value[TRAIT_canvas] = 4243;
    come_again(p, 7, &k, now);
    struct subject s = subject_of(p, &k);
    CHECK(population_at(p, 7)->slot[profile_slot_of[TRAIT_storage]] == was);
    CHECK(population_value(p, &s, TRAIT_storage) == 0 && population_private(p, &s, TRAIT_storage, &among) == 1);
    CHECK(among == 1);
    CHECK(population_at(p, 7)->slot[profile_slot_of[TRAIT_canvas]] != 4243); /* it may be noise */
    CHECK(population_value(p, &s, TRAIT_canvas) == 1); /* until somebody else shows it too */
    CHECK(!(subject_of(p, &k).bare >> TRAIT_canvas & 1));
    population_free(p);
}

static void test_keys(void)
{
    struct population *p = population_of(20);
    struct look a = look_made(7), b = look_made(7), none = { .class = 11 };
    uint32_t x[POPULATION_KEYS], y[POPULATION_KEYS];
    struct subject s = subject_of(p, &a), t;
    population_keys(x, &s);
    CHECK_INT(x[0], 0); /* no linkedId, no key of it */
    for (unsigned i = 1; i < POPULATION_KEYS; i++) {
        CHECK(x[i] != 0);
        for (unsigned k = 1; k < i; k++) CHECK(x[i] != x[k]);
        CHECK(blocks_size(&p->by_key, x[i]) >= 1);
    }
    b.value[TRAIT_gpu] = 4242, b.value[TRAIT_screen] = 4242, memset(b.net, 1, sizeof b.net);
    t = subject_of(p, &b), population_keys(y, &t);
    unsigned shared = 0;
    for (unsigned i = 0; i < POPULATION_KEYS; i++) shared += x[i] && x[i] == y[i];
    CHECK(shared >= 1); /* a copy moved to another machine and place is still compared */
    t = subject_of(p, &none), population_keys(y, &t);
    for (unsigned i = 0; i < POPULATION_KEYS; i++) CHECK(!y[i] || y[i] != x[i]);
    population_free(p);
}

/* Of the keys the latest PROFILE_KEYS stand. */
static void test_keys_are_limited(void)
{
    struct population *p = population_of(1);
    for (unsigned i = 0; i < 40; i++) {
        struct look k = look_made(7000 + i);
        come_again(p, 0, &k, now + i);
    }
    uint32_t entries = 0;
    for (uint32_t i = 0; i < PROFILE_KEYS; i++) entries += population_at(p, 0)->key[i] != 0;
    CHECK_INT(entries, PROFILE_KEYS);
    uint32_t keys[POPULATION_KEYS];
    struct look first = look_made(0), last = look_made(7039);
    struct subject s = subject_of(p, &first);
    population_keys(keys, &s);
    for (unsigned i = 0; i < POPULATION_KEYS; i++) CHECK_INT(blocks_size(&p->by_key, keys[i]), 0);
    s = subject_of(p, &last), population_keys(keys, &s);
    for (unsigned i = 1; i < POPULATION_KEYS; i++) CHECK_INT(blocks_size(&p->by_key, keys[i]), 1);
    population_forget(p, 0);
    for (unsigned i = 1; i < POPULATION_KEYS; i++) CHECK_INT(blocks_size(&p->by_key, keys[i]), 0);
    population_free(p);
}

static struct population *restored_from(const struct population *p, struct str *learnt)
{
    struct population *q;
    struct bytes_out out;
    REQUIRE(population_create(&q) == ERR_OK);
    for (uint32_t i = 0; i < p->count; i++) {
        struct profile_ids ids = population_ids(p, i);
        if (!population_at(p, i)->class) continue;
        bytes_out_init(&out, &arena, 512);
        profile_write(&out, population_at(p, i), &ids);
        CHECK(population_restore(q, population_at(p, i)->id, bytes_out_text(&out)));
    }
    bytes_out_init(&out, &arena, 4096);
    population_write(&out, p);
    *learnt = bytes_out_text(&out);
    return q;
}

static void test_restore(void)
{
    struct population *p = population_of(400), *q;
    struct str learnt;
    float x, y;
    for (unsigned i = 0; i < 400; i += 3) { /* some have been back, with changes */
        struct look k = look_made(i);
        k.value[TRAIT_window] = 4242 + i, k.net[NET_NEAR] += 5;
        come_again(p, i, &k, now);
        for (unsigned t = 0; t < TRAIT_COUNT; t++) rates_learn(&p->rates, (enum trait)t, 0, 2, false, OUTCOME_SAME);
    }
    population_at(p, 9)->parent = 3, population_at(p, 9)->of_parent = 0.5f, population_at(p, 3)->child = 9;
    population_at(p, 9)->high_recall = 3;
    q = restored_from(p, &learnt);
    CHECK(population_read(q, learnt));
    CHECK_INT(q->count, 400);
    CHECK(population_at(q, 9)->parent == 3 && population_at(q, 3)->child == 9 && population_at(q, 9)->high_recall == 3);
    CHECK(population_at(q, 8)->parent == NOBODY && population_at(q, 8)->high_recall == 8);
    CHECK(population_class(q, 11)->visitors == population_class(p, 11)->visitors);
    unsigned same_value = 0, values = 0, same_search = 0;
    for (unsigned i = 0; i < 400; i++) {
        struct look k = look_made(i);
        struct subject s = subject_of(p, &k), r = subject_of(q, &k);
        for (unsigned t = 0; t < TRAIT_COUNT; t++) {
            if (!s.value[t] || t == TRAIT_network) continue;
            values++;
            same_value += population_value(p, &s, (enum trait)t) == population_value(q, &r, (enum trait)t);
        }
        CHECK(population_network(p, &s, NET_NEAR, &x) == population_network(q, &r, NET_NEAR, &y) && x == y);
        struct kin a = population_kin(p, s.stock, k.net[0]), b = population_kin(q, r.stock, k.net[0]);
        CHECK(a.alike == b.alike && a.alike_here == b.alike_here && a.proven == b.proven);
        static struct query one, two;
        struct finding f, g;
        struct look asked = look_made(i % 2 ? i : 9000 + i);
        query_init(&one, p, &asked, now + DAY_MS), query_init(&two, q, &asked, now + DAY_MS);
        query_weigh(&one), query_weigh(&two);
        search(&f, &one, NOBODY), search(&g, &two, NOBODY);
        same_search += f.found == g.found && (!f.found || f.best == g.best);
    }
    CHECK(same_value == values);
    CHECK(same_search >= 398);
    population_free(p), population_free(q);
}

static void test_damaged(void)
{
    struct population *p = population_of(30), *q;
    struct str learnt;
    q = restored_from(p, &learnt);
    for (size_t n = 0; n < learnt.n; n++) {
        struct population *r;
        REQUIRE(population_create(&r) == ERR_OK);
        CHECK(!population_read(r, str_sub(learnt, 0, n)));
        population_free(r);
    }
    CHECK(!population_restore(q, id_made(99), STR("")) && !population_restore(q, id_made(99), STR("\2\1\1")));
    CHECK_INT(population_find(q, id_made(99)), NOBODY);
    CHECK_INT(q->count, 30);
    population_free(p), population_free(q);
}

/* Regression: more classes than are kept broke off the reading of what was learnt. */
static void test_learnt_of_too_many_classes(void)
{
    struct population *p = population_of(0), *q;
    struct bytes_out out;
    for (uint32_t i = 0; i < CLASSES_MAX; i++) {
        struct look k = look_made(i);
        k.class = 1000 + i;
        come(p, &k, now);
    }
    bytes_out_init(&out, &arena, 4096);
    population_write(&out, p);
    REQUIRE(population_create(&q) == ERR_OK);
    for (uint32_t i = 0; i < CLASSES_MAX; i++) { /* all but one have been taken by others meanwhile */
        struct look k = look_made(i);
        k.class = i ? 90000 + i : 1000;
        come(q, &k, now);
    }
    CHECK(population_read(q, bytes_out_text(&out)));
    CHECK(population_class(q, 1000)->class == 1000 && q->classes_count == CLASSES_MAX);
    population_free(p), population_free(q);
}

int main(void)
{
    arena_init(&arena, 256 << 20);
    RUN(test_find);
    RUN(test_find_hardware);
    RUN(test_values);
    RUN(test_networks);
    RUN(test_kin);
    RUN(test_classes);
    RUN(test_extensions);
    RUN(test_private_values_are_kept_apart);
    RUN(test_keys);
    RUN(test_keys_are_limited);
    RUN(test_restore);
    RUN(test_damaged);
    RUN(test_learnt_of_too_many_classes);
    arena_free(&arena);
    return test_end();
}
