/* How well a look fits a visitor: each outcome, what a change explains, and which way the weights go. */
#include "identify/link/compare.h"
#include "tests/unit/identify/link/looks.h"

static struct population *p;
static uint32_t visitor;   /* machine 5, known for twenty days */
static struct look first;  /* as it was */

static void begin(void)
{
    p = population_of(300);
    first = look_made(5);
    visitor = 5;
}

/* A day after the last of the others came. */
static struct comparison compared(const struct look *k)
{
    struct query q;
    struct comparison c;
    query_init(&q, p, k, START_MS + 21 * DAY_MS);
    query_weigh(&q);
    compare(&c, &q, population_at(p, visitor));
    return c;
}

/* The comparison when one trait has another value. */
static struct comparison with(enum trait t, uint32_t value)
{
    struct look k = first;
    k.value[t] = value;
    return compared(&k);
}

/* That some machines have, but not this one. */
static uint32_t other_value(enum trait t)
{
    for (unsigned i = 0; i < 300; i++)
        if (look_made(i).value[t] != first.value[t]) return look_made(i).value[t];
    return 0;
}

static void test_same(void)
{
    begin();
    struct comparison c = compared(&first);
    float sum = 0, kin = 0;
    for (unsigned t = 0; t < TRAIT_COUNT; t++) {
        bool there = t != TRAIT_user && t != TRAIT_extensions; /* one that nobody gave, one that is not known yet */
        if (t == TRAIT_extensions) there = c.traits.outcome[t] != OUTCOME_ABSENT;
        if (c.traits.outcome[t] != (there ? OUTCOME_SAME : OUTCOME_ABSENT)) printf("# %s\n", trait_infos[t].name);
        CHECK_INT(c.traits.outcome[t], there ? OUTCOME_SAME : OUTCOME_ABSENT);
        CHECK(there || c.weight[t] == 0);
        /* after three weeks an old version is a little suspicious, too */
        CHECK(!c.traits.differs[t] && c.weight[t] > (trait_infos[t].how == TRAIT_VERSION ? -2 : -1));
        sum += c.weight[t];
    }
    kin = c.kin_common + c.kin_private;
    CHECK(sum > 20 && c.common + c.private_part > sum - 0.01f && c.common + c.private_part < sum + 0.01f);
    CHECK(kin < sum); /* kin share most of that */
    CHECK(c.weight[TRAIT_localnet] > c.weight[TRAIT_gpu] && c.weight[TRAIT_gpu] > c.weight[TRAIT_touch]); /* rarity */
    population_free(p);
}

static void test_absent_weighs_nothing(void)
{
    begin();
    for (unsigned t = 0; t < TRAIT_COUNT; t++) {
        if (t == TRAIT_network) continue;
        struct look k = first;
        k.value[t] = 0;
        if (t == TRAIT_browser || t == TRAIT_system) k.version[t == TRAIT_system] = 0;
        struct comparison c = compared(&k);
        CHECK(c.traits.outcome[t] == OUTCOME_ABSENT && c.weight[t] == 0 && !c.traits.differs[t]);
    }
    struct look none = { .class = 11, .family = 1 };
    memcpy(none.net, first.net, sizeof none.net);
    struct comparison c = compared(&none);
    CHECK(c.common == c.weight[TRAIT_network] && c.private_part == 0);
    population_free(p);
}

static void test_other_and_fresh(void)
{
    begin();
    struct comparison same = compared(&first), other = with(TRAIT_storage, other_value(TRAIT_storage));
    struct comparison fresh = with(TRAIT_storage, 12345);
    CHECK_INT(other.traits.outcome[TRAIT_storage], OUTCOME_OTHER);
    CHECK_INT(fresh.traits.outcome[TRAIT_storage], OUTCOME_FRESH);
    CHECK(other.traits.differs[TRAIT_storage] && fresh.traits.differs[TRAIT_storage]);
    CHECK(!same.traits.differs[TRAIT_storage]);
    CHECK(other.weight[TRAIT_storage] < 0 && fresh.weight[TRAIT_storage] < same.weight[TRAIT_storage]);
    population_free(p);
}

static void test_back(void)
{
    begin();
    struct look other = first;
    other.value[TRAIT_storage] = 12345;
    come_again(p, visitor, &other, START_MS + 20 * DAY_MS);
    struct comparison c = compared(&first);
    CHECK_INT(c.traits.outcome[TRAIT_storage], OUTCOME_BACK);
    CHECK(c.traits.moved[TRAIT_storage] && !c.traits.differs[TRAIT_storage]);
    population_free(p);
}

static void test_nearly_the_same_fonts(void)
{
    begin();
    struct look k = first;
    k.value[TRAIT_fonts] = 12345;
    k.fonts ^= 7; /* three elements */
    CHECK_INT(compared(&k).traits.outcome[TRAIT_fonts], OUTCOME_BACK);
    CHECK(compared(&k).weight[TRAIT_fonts] < compared(&first).weight[TRAIT_fonts]);
    k.fonts ^= 8;
    CHECK_INT(compared(&k).traits.outcome[TRAIT_fonts], OUTCOME_FRESH);
    population_free(p);
}

/* A docked laptop's screen explains its zoom and its edges; a new graphics card explains nearly all of these. */
static void test_explained(void)
{
    begin();
    struct look k = first;
    k.value[TRAIT_zoom] = other_value(TRAIT_zoom), k.value[TRAIT_edges] = other_value(TRAIT_edges);
    struct comparison alone = compared(&k);
    CHECK(alone.weight[TRAIT_zoom] < 0 && alone.weight[TRAIT_edges] < 0);
    k.value[TRAIT_screen] = other_value(TRAIT_screen);
    struct comparison docked = compared(&k);
    CHECK_INT(docked.traits.outcome[TRAIT_zoom], OUTCOME_ABSENT);
    CHECK_INT(docked.traits.outcome[TRAIT_edges], OUTCOME_ABSENT);
    CHECK(docked.weight[TRAIT_zoom] == 0 && docked.weight[TRAIT_edges] == 0 && docked.weight[TRAIT_screen] < 0);
    /* but it is still known that they differ */
    CHECK(docked.traits.differs[TRAIT_zoom] && docked.traits.differs[TRAIT_screen]);
    k.value[TRAIT_gpu] = k.value[TRAIT_canvas] = 12345;
    struct comparison card = compared(&k);
    CHECK(card.traits.outcome[TRAIT_screen] == OUTCOME_ABSENT && card.traits.outcome[TRAIT_canvas] == OUTCOME_ABSENT);
    CHECK(card.traits.differs[TRAIT_screen] && card.weight[TRAIT_gpu] < 0);
    population_free(p);
}

static struct comparison versions(uint64_t browser, uint64_t system)
{
    struct look k = first;
    k.version[0] = browser, k.version[1] = system;
    return compared(&k);
}

static void test_versions_go_up(void)
{
    begin();
    struct comparison same = compared(&first), up = versions(VERSION(157, 0), VERSION(15, 0));
    struct comparison down = versions(VERSION(155, 0), VERSION(15, 0));
    struct comparison older = versions(VERSION(156, 1), VERSION(13, 0));
    CHECK(same.traits.outcome[TRAIT_browser] == OUTCOME_SAME && up.traits.outcome[TRAIT_browser] == OUTCOME_OTHER);
    CHECK(down.traits.outcome[TRAIT_browser] == OUTCOME_BACK && older.traits.outcome[TRAIT_system] == OUTCOME_BACK);
    CHECK(down.weight[TRAIT_browser] < -6 && older.weight[TRAIT_system] < -6);
    CHECK(up.weight[TRAIT_browser] > -5);
    /* once others have the new version, to stay behind weighs less than to follow */
    for (unsigned i = 100; i < 200; i++) {
        struct look k = look_made(i);
        k.version[0] = VERSION(157, 0);
        come_again(p, i, &k, START_MS + 20 * DAY_MS);
    }
    struct comparison now = versions(VERSION(157, 0), VERSION(15, 0));
    CHECK(now.traits.moved[TRAIT_browser] && now.weight[TRAIT_browser] > -2);
    CHECK(now.weight[TRAIT_browser] < up.weight[TRAIT_browser]);
    CHECK(versions(VERSION(155, 0), VERSION(15, 0)).weight[TRAIT_browser] < -6);
    population_free(p);
}

/* A browser update draws anew: with it a new canvas weighs little, without it much. */
static void test_updates_explain_rendering(void)
{
    begin();
    struct look k = first;
    k.value[TRAIT_canvas] = k.value[TRAIT_audio] = k.value[TRAIT_text] = 12345;
    struct comparison without = compared(&k);
    k.release = 6, k.version[0] = VERSION(157, 0);
    struct comparison update = compared(&k);
    CHECK(!without.traits.moved[TRAIT_canvas] && update.traits.moved[TRAIT_canvas]);
    for (enum trait t = TRAIT_canvas; t <= TRAIT_text; t++)
        CHECK(without.traits.differs[t] && update.traits.differs[t]);
    population_free(p);
}

static void test_day_and_night(void)
{
    begin();
    struct look night = first, day = first;
    night.night = true, night.value[TRAIT_scheme] = 77;
    struct comparison c = compared(&night);
    /* only seen by day: weaker */
    CHECK(c.traits.outcome[TRAIT_scheme] == OUTCOME_OTHER && c.traits.moved[TRAIT_scheme]);
    float weaker = c.weight[TRAIT_scheme];
    come_again(p, visitor, &night, START_MS + 20 * DAY_MS);
    CHECK_INT(compared(&night).traits.outcome[TRAIT_scheme], OUTCOME_SAME);
    CHECK_INT(compared(&day).traits.outcome[TRAIT_scheme], OUTCOME_SAME);
    day.value[TRAIT_scheme] = 77; /* a value of the night, by day */
    CHECK_INT(compared(&day).traits.outcome[TRAIT_scheme], OUTCOME_OTHER);
    CHECK(compared(&day).weight[TRAIT_scheme] <= weaker);
    struct look dark = first;
    dark.dark = true, dark.value[TRAIT_colors] = 77; /* dark colours are compared with dark ones only */
    CHECK_INT(compared(&dark).traits.outcome[TRAIT_colors], OUTCOME_ABSENT);
    population_free(p);
}

static void test_networks(void)
{
    begin();
    float last = 100;
    for (unsigned level = 0; level <= NET_LEVELS; level++) {
        struct look k = first;
        for (unsigned l = 0; l < level; l++) k.net[l] = 999;
        struct comparison c = compared(&k);
        CHECK_INT(c.traits.outcome[TRAIT_network], level);
        CHECK(c.weight[TRAIT_network] < last);
        last = c.weight[TRAIT_network];
    }
    CHECK(last < 0 && last > -5); /* people travel */
    population_free(p);
}

/* What may be noise is no change when nobody else shows it; when others do, it is one. */
static void test_noise_is_absent(void)
{
    begin();
    struct look k = first;
    k.value[TRAIT_canvas] = k.value[TRAIT_audio] = 12345;
    struct look noisy = k, private = k, brave = k;
    noisy.noisy_canvas = private.private_window = brave.falsifies = true;
    const struct look *const looks[] = { &noisy, &private, &brave };
    for (size_t i = 0; i < COUNT_OF(looks); i++) {
        struct comparison c = compared(looks[i]);
        CHECK_INT(c.traits.outcome[TRAIT_canvas], OUTCOME_ABSENT);
        CHECK_INT(c.traits.outcome[TRAIT_audio], OUTCOME_ABSENT);
        CHECK(c.weight[TRAIT_canvas] == 0 && !c.traits.differs[TRAIT_canvas]);
    }
    CHECK_INT(compared(&k).traits.outcome[TRAIT_canvas], OUTCOME_FRESH);
    noisy.value[TRAIT_canvas] = look_made(6).value[TRAIT_canvas];
    CHECK_INT(compared(&noisy).traits.outcome[TRAIT_canvas], OUTCOME_OTHER);
    brave.value[TRAIT_cpu] = 12345; /* some privacy browsers make up the cores, too */
    CHECK_INT(compared(&brave).traits.outcome[TRAIT_cpu], OUTCOME_ABSENT);
    noisy.value[TRAIT_cpu] = 12345;
    CHECK_INT(compared(&noisy).traits.outcome[TRAIT_cpu], OUTCOME_FRESH);
    population_free(p);
}

/* Languages, quota, permissions and extensions are another sum: private windows show others. */
static void test_private_part(void)
{
    begin();
    struct look k = first;
    struct comparison same = compared(&first);
    k.value[TRAIT_storage] = k.value[TRAIT_languages] = k.value[TRAIT_permissions] = 12345;
    struct comparison c = compared(&k);
    CHECK(c.private_part < same.private_part - 5);
    CHECK(c.common == same.common);
    population_free(p);
}

int main(void)
{
    RUN(test_same);
    RUN(test_absent_weighs_nothing);
    RUN(test_other_and_fresh);
    RUN(test_back);
    RUN(test_nearly_the_same_fonts);
    RUN(test_explained);
    RUN(test_versions_go_up);
    RUN(test_updates_explain_rendering);
    RUN(test_day_and_night);
    RUN(test_networks);
    RUN(test_noise_is_absent);
    RUN(test_private_part);
    return test_end();
}
