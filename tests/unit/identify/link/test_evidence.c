/* Why a visitor was chosen, as the event keeps it. */
#include "base/arena.h"
#include "identify/link/evidence.h"
#include "tests/unit/identify/link/looks.h"

#include <math.h>

static struct arena arena;

/* Every trait compared, the weights from one end to the other. */
static struct linkage_answer answer_made(void)
{
    struct linkage_answer a = { .how = LINKAGE_TRAITS, .searched = true, .best = id_made(1), .second = id_made(2),
                                .finding = { .best = 1, .second = 2, .share = 0.8, .second_share = 0.1,
                                             .newcomer = 0.05, .found = true, .candidates = 300 } };
    for (unsigned t = 0; t < TRAIT_COUNT; t++) {
        a.finding.evidence.traits.outcome[t] = (uint8_t)(t % OUTCOME_COUNT);
        a.finding.evidence.weight[t] = (float)t - 16;
    }
    return a;
}

static void test_round_trip(void)
{
    struct linkage_answer a = answer_made();
    struct evidence e;
    struct str bytes = evidence_write(&a, &arena);
    CHECK(bytes.n > 0 && bytes.n <= 130);
    REQUIRE(evidence_read(&e, bytes));
    CHECK_INT(e.candidates, 300);
    CHECK(fabs(e.share - 0.8) < 0.002 && fabs(e.second_share - 0.1) < 0.002 && fabs(e.newcomer - 0.05) < 0.002);
    CHECK(visitor_id_eq(e.best, a.best) && visitor_id_eq(e.second, a.second));
    CHECK_INT(e.count, TRAIT_COUNT);
    for (size_t i = 0; i < e.count; i++) {
        double want = fmin(fmax((double)i - 16, -12.8), 12.7);
        CHECK(e.traits[i].trait == (enum trait)i && e.traits[i].outcome == (enum outcome)(i % OUTCOME_COUNT));
        CHECK(fabs(e.traits[i].weight - want) < 0.051);
    }
}

static void test_absent_traits_are_left_out(void)
{
    struct linkage_answer a = answer_made();
    struct evidence e;
    for (unsigned t = 0; t < TRAIT_COUNT; t++)
        if (t != TRAIT_gpu) a.finding.evidence.traits.outcome[t] = OUTCOME_ABSENT;
    REQUIRE(evidence_read(&e, evidence_write(&a, &arena)));
    CHECK(e.count == 1 && e.traits[0].trait == TRAIT_gpu);
}

static void test_nobody(void)
{
    struct linkage_answer a = { .how = LINKAGE_NEW, .searched = true };
    struct evidence e;
    a.finding = (struct finding){ .best = NOBODY, .second = NOBODY, .newcomer = 1 };
    REQUIRE(evidence_read(&e, evidence_write(&a, &arena)));
    CHECK(e.count == 0 && e.candidates == 0 && e.newcomer == 1 && e.share == 0 && e.best.low == 0 && e.second.low == 0);
    a.searched = false; /* a token: nothing was compared */
    CHECK_INT(evidence_write(&a, &arena).n, 0);
    CHECK(!evidence_read(&e, STR("")));
}

static void test_odd_numbers(void)
{
    struct linkage_answer a = answer_made();
    struct evidence e;
    a.finding.share = 1.0000001, a.finding.second_share = -0.1, a.finding.evidence.weight[TRAIT_gpu] = 1e30f;
    a.finding.evidence.weight[TRAIT_cpu] = -1e30f;
    REQUIRE(evidence_read(&e, evidence_write(&a, &arena)));
    CHECK(e.share == 1 && e.second_share == 0);
    CHECK(e.traits[TRAIT_gpu].weight == 12.7 && e.traits[TRAIT_cpu].weight == -12.8);
}

static void test_damaged(void)
{
    struct linkage_answer a = answer_made();
    struct evidence e;
    struct str bytes = evidence_write(&a, &arena), copy = arena_copy(&arena, bytes);
    size_t head = bytes.n - 2 * TRAIT_COUNT;
    for (size_t n = 0; n < bytes.n; n++) /* whole traits may be missing at the end: that cannot be seen */
        CHECK(evidence_read(&e, str_sub(bytes, 0, n)) == (n >= head && (n - head) % 2 == 0));
    ((char *)copy.p)[0]++;
    CHECK(!evidence_read(&e, copy));
    for (size_t i = 0; i < bytes.n; i++)
        for (unsigned bit = 0; bit < 8; bit++) { /* never a trait or an id that there is not */
            copy = arena_copy(&arena, bytes);
            ((char *)copy.p)[i] = (char)(copy.p[i] ^ 1 << bit);
            if (!evidence_read(&e, copy)) continue;
            CHECK(e.count <= TRAIT_COUNT && e.share >= 0 && e.share <= 1);
            for (size_t t = 0; t < e.count; t++)
                CHECK(e.traits[t].trait < TRAIT_COUNT && e.traits[t].outcome < OUTCOME_COUNT);
        }
}

int main(void)
{
    arena_init(&arena, 16 << 20);
    RUN(test_round_trip);
    RUN(test_absent_traits_are_left_out);
    RUN(test_nobody);
    RUN(test_odd_numbers);
    RUN(test_damaged);
    arena_free(&arena);
    return test_end();
}
