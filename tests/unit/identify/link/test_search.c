/* Which visitor it is, if any: priors, rates, newcomers, kin, and the scores. */
#include "identify/link/search.h"
#include "tests/unit/identify/link/looks.h"

static struct finding searched(const struct population *p, const struct look *k, int64_t now_ms, uint32_t except)
{
    static struct query q;
    struct finding f;
    query_init(&q, p, k, now_ms);
    query_weigh(&q);
    search(&f, &q, except);
    CHECK(f.share >= 0 && f.share <= 1.000001 && f.newcomer >= 0 && f.newcomer <= 1);
    CHECK(f.second_share <= f.share + 0.000001 && f.share + f.newcomer <= 1.000001);
    return f;
}

static const int64_t now = START_MS + 21 * DAY_MS;

static void test_nobody_there(void)
{
    struct population *p = population_of(0);
    struct look k = look_made(1);
    struct finding f = searched(p, &k, now, NOBODY);
    CHECK(!f.found && f.best == NOBODY && f.second == NOBODY && f.newcomer == 1 && f.candidates == 0);
    population_free(p);
}

static void test_known_and_unknown(void)
{
    struct population *p = population_of(500);
    for (unsigned i = 0; i < 50; i++) {
        struct look k = look_made(i), stranger = look_made(5000 + i);
        struct finding f = searched(p, &k, now, NOBODY), g = searched(p, &stranger, now, NOBODY);
        CHECK(f.found && f.best == i && f.share > 0.95);
        CHECK(!g.found && g.newcomer > 0.9);
    }
    population_free(p);
}

static void test_except(void)
{
    struct population *p = population_of(500);
    struct look k = look_made(7);
    struct finding f = searched(p, &k, now, 7);
    CHECK(f.best != 7 && f.second != 7 && !f.found);
    population_free(p);
}

/* Only visitors of one class are compared: another browser on the same machine is another visitor. */
static void test_class(void)
{
    struct population *p = population_of(200);
    struct look k = look_made(7);
    k.class = 12;
    struct finding f = searched(p, &k, now, NOBODY);
    CHECK(f.best == NOBODY && f.candidates == 0 && f.newcomer == 1);
    population_free(p);
}

static void test_forgotten(void)
{
    struct population *p = population_of(200);
    struct look k = look_made(7);
    population_forget(p, 7);
    struct finding f = searched(p, &k, now, NOBODY);
    CHECK(f.best != 7 && !f.found);
    population_free(p);
}

/* What little a look still has in common with machine 7. */
static struct look faint(void)
{
    struct look k = look_made(7), other = look_made(9001);
    static const uint8_t changed[] = { TRAIT_localnet, TRAIT_storage, TRAIT_colors, TRAIT_inset, TRAIT_window,
                                       TRAIT_permissions, TRAIT_voices };
    for (size_t i = 0; i < COUNT_OF(changed); i++) k.value[changed[i]] = other.value[changed[i]];
    memcpy(k.net, other.net, sizeof k.net);
    return k;
}

/* Who comes often is likelier to be it. */
static void test_rate(void)
{
    struct population *p = population_of(300);
    struct look k = faint();
    double seldom = searched(p, &k, now, NOBODY).share;
    population_at(p, 7)->sessions = 40;
    double often = searched(p, &k, now, NOBODY).share;
    CHECK(often > seldom && seldom > 0);
    population_free(p);
}

/* Who has always come with its token is unlikely to be without. */
static void test_live_token(void)
{
    struct population *p = population_of(300);
    struct look k = faint();
    double before = searched(p, &k, now, NOBODY).share;
    population_at(p, 7)->kept[0] = population_at(p, 7)->kept[1] = 60;
    double kept = searched(p, &k, now, NOBODY).share;
    population_at(p, 7)->lost[0] = population_at(p, 7)->lost[1] = 60;
    double lost = searched(p, &k, now, NOBODY).share;
    CHECK(kept < before && lost > kept);
    population_free(p);
}

/* Whose device lives on under another id will hardly come under this one. */
static void test_moved_on(void)
{
    struct population *p = population_of(300);
    struct look k = faint();
    double before = searched(p, &k, now, NOBODY).share;
    population_at(p, 7)->moved_on = 1;
    CHECK(searched(p, &k, now, NOBODY).share < before / 2 + 0.01);
    population_free(p);
}

/* Another list of languages, disk, permissions and extensions are what a private window shows: with those of machine 7,
 * and not when the window shows that it is a usual one. */
static void make_private(struct look *k)
{
    k->private_window = true;
    for (unsigned t = 0; t < TRAIT_COUNT; t++)
        if (trait_infos[t].other_in_private) k->value[t] = 4000 + t;
}

static void test_hidden_private(void)
{
    struct population *p = population_of(300);
    struct look k = look_made(7), other = look_made(9001);
    for (unsigned i = 0; i < 40; i++) {
        struct look hidden = look_made(i + 100);
        make_private(&hidden);
        come(p, &hidden, START_MS + i * DAY_MS / 2);
    }
    memcpy(k.net, other.net, sizeof k.net);
    k.value[TRAIT_localnet] = other.value[TRAIT_localnet];
    make_private(&k);
    double private = searched(p, &k, now, NOBODY).share;
    k.private_window = false;
    double unknown = searched(p, &k, now, NOBODY).share;
    k.usual_window = true;
    double usual = searched(p, &k, now, NOBODY).share;
    if (!(usual < unknown && unknown < private)) printf("# %g %g %g\n", usual, unknown, private);
    CHECK(usual < unknown && unknown < private);
    population_free(p);
}

/* The more newcomers there are, the likelier this is one. */
static void test_newcomers(void)
{
    struct population *p = population_of(300);
    struct look k = faint();
    struct finding f = searched(p, &k, now, NOBODY);
    p->classes[0]->newcomers *= 50;
    struct finding g = searched(p, &k, now, NOBODY);
    CHECK(g.newcomer > f.newcomer && g.share < f.share);
    CHECK(class_newcomers_daily(p->classes[0], now) > class_newcomers_daily(p->classes[0], now + 10 * DAY_MS));
    population_free(p);
}

/* An iPhone that has shown no double yet is likelier to have one among the newcomers than another machine. */
static void test_few_models(void)
{
    enum { KIND_IPHONE = 18 };
    struct population *p = population_of(300);
    struct look k = look_made(7), other = look_made(9001);
    memcpy(k.net, other.net, sizeof k.net);
    k.value[TRAIT_localnet] = other.value[TRAIT_localnet];
    CHECK(!kind_is_ios(k.kind) && kind_is_ios(KIND_IPHONE));
    struct finding machine = searched(p, &k, now, NOBODY);
    k.kind = KIND_IPHONE;
    struct finding phone = searched(p, &k, now, NOBODY);
    CHECK(phone.best == 7 && machine.best == 7);
    CHECK(phone.newcomer / phone.share > 3 * machine.newcomer / machine.share);
    population_free(p);
}

/* A candidate of which there are many proven doubles is less likely to be it than one that stands alone. */
static void test_kin(void)
{
    struct population *p = population_of(300);
    struct look k = look_made(7);
    k.value[TRAIT_localnet] = 12345;
    memcpy(k.net, look_made(9001).net, sizeof k.net);
    double alone = searched(p, &k, now, NOBODY).newcomer;
    for (unsigned i = 0; i < 20; i++) { /* of the same purchase, each with habits of its own */
        struct look kin = look_made(7);
        kin.value[TRAIT_localnet] = 777 + i, kin.value[TRAIT_colors] = 555 + i, kin.value[TRAIT_permissions] = 333 + i;
        memcpy(kin.net, look_made(600 + i).net, sizeof kin.net);
        uint32_t v = come(p, &kin, START_MS + 10 * DAY_MS + i * HOUR_MS);
        population_prove(p, v);
    }
    double among_kin = searched(p, &k, now, NOBODY).newcomer;
    CHECK(among_kin > alone);
    population_free(p);
}

/* Two who fit equally well share what there is, and none is chosen. */
static void test_two_alike(void)
{
    struct population *p = population_of(300);
    struct look k = look_made(7);
    come(p, &k, START_MS + 7 * 20 * DAY_MS / 301);
    struct finding f = searched(p, &k, now, NOBODY);
    CHECK(!f.found && f.second != NOBODY && f.share < 0.6 && f.second_share > 0.3);
    CHECK((f.best == 7 && f.second == 300) || (f.best == 300 && f.second == 7));
    population_free(p);
}

/* A key that thousands share is not searched through; the narrower ones still find the device. */
static void test_many_share_a_key(void)
{
    struct population *p = population_of(0);
    for (unsigned i = 0; i < 4000; i++) {
        struct look k = look_made(i);
        k.value[TRAIT_gpu] = k.value[TRAIT_canvas] = k.value[TRAIT_screen] = k.value[TRAIT_cpu] = 1;
        k.value[TRAIT_zone] = k.value[TRAIT_language] = 1;
        come(p, &k, START_MS + i * 1000);
    }
    struct look k = look_made(5);
    k.value[TRAIT_gpu] = k.value[TRAIT_canvas] = k.value[TRAIT_screen] = k.value[TRAIT_cpu] = 1;
    k.value[TRAIT_zone] = k.value[TRAIT_language] = 1;
    struct finding f = searched(p, &k, now, NOBODY);
    CHECK(f.found && f.best == 5 && f.candidates <= 400);
    population_free(p);
}

/* The earlier id of the same device is not its rival. */
static void test_parent_counts_as_own(void)
{
    struct population *p = population_of(300);
    struct look k = look_made(7);
    uint32_t child = come(p, &k, START_MS + 10 * DAY_MS);
    double apart = searched(p, &k, now, NOBODY).share;
    population_at(p, child)->parent = 7, population_at(p, child)->of_parent = 0.9f;
    population_at(p, 7)->child = child;
    double together = searched(p, &k, now, NOBODY).share;
    CHECK(together > apart && together > 0.85);
    population_free(p);
}

static void test_scores(void)
{
    double last_match = -1, last_newcomer = -1, last_purity = -1;
    for (int i = -10; i <= 1010; i++) { /* what is given may be off by rounding */
        double x = i / 1000.0, m = score_match(x, 1), n = score_newcomer(x), q = score_match(0.9, x);
        CHECK(m >= last_match && n >= last_newcomer && q >= last_purity);
        CHECK(m > 0 && m < 1 && n > 0 && n < 1);
        last_match = m, last_newcomer = n, last_purity = q;
    }
    CHECK(score_match(0.99, 1) > 0.95 && score_match(0.65, 1) > 0.6 && score_match(0.01, 1) < 0.5);
    CHECK(score_newcomer(1) > 0.95 && score_newcomer(0.5) < 0.6 && score_newcomer(0) < 0.1);
}

int main(void)
{
    RUN(test_nobody_there);
    RUN(test_known_and_unknown);
    RUN(test_except);
    RUN(test_class);
    RUN(test_forgotten);
    RUN(test_rate);
    RUN(test_live_token);
    RUN(test_moved_on);
    RUN(test_hidden_private);
    RUN(test_newcomers);
    RUN(test_kin);
    RUN(test_few_models);
    RUN(test_two_alike);
    RUN(test_many_share_a_key);
    RUN(test_parent_counts_as_own);
    RUN(test_scores);
    return test_end();
}
