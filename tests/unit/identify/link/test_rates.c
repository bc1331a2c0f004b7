/* How often things change: what is believed before, and what is learnt. */
#include "base/arena.h"
#include "identify/link/rates.h"
#include "tests/unit/test.h"

#include <math.h>

static struct rates a, b;
static struct arena arena;

static double m(const struct rates *r, enum trait t, unsigned kind, unsigned gap, bool moved, enum outcome o)
{
    return exp((double)r->log_m[t][kind][gap][moved][o]);
}

static void test_gaps(void)
{
    const int64_t day = 86400000;
    CHECK_INT(gap_of(0, 0), 0);
    CHECK_INT(gap_of(5 * day, 0), 0); /* a clock that went back */
    CHECK_INT(gap_of(0, day), 1);
    CHECK_INT(gap_of(0, 7 * day - 1000), GAP_WEEK - 1);
    CHECK_INT(gap_of(0, 7 * day), GAP_WEEK);
    CHECK_INT(gap_of(0, 10000 * day), GAP_COUNT - 1);
}

/* Each row of priors is a distribution, and staying the same becomes less likely with time. */
static void test_priors(void)
{
    rates_init(&a);
    for (unsigned t = 0; t < TRAIT_COUNT; t++)
        for (unsigned moved = 0; moved < 2; moved++) {
            double last = 2;
            for (unsigned g = 0; g < GAP_COUNT; g++) {
                double sum = 0, same = m(&a, (enum trait)t, 3, g, moved, OUTCOME_SAME);
                for (unsigned o = 0; o < OUTCOME_COUNT; o++) {
                    double p = m(&a, (enum trait)t, 3, g, moved, (enum outcome)o);
                    CHECK(p > 0 && p <= 1.0001);
                    sum += p;
                }
                CHECK(fabs(sum - 1) < 0.01);
                CHECK(same < last || t == TRAIT_network);
                last = same;
            }
        }
    CHECK(m(&a, TRAIT_gpu, 0, 2, 0, OUTCOME_SAME) > 0.95);
    CHECK(m(&a, TRAIT_window, 0, 2, 0, OUTCOME_SAME) < 0.6);
    CHECK(m(&a, TRAIT_browser, 0, 2, 0, OUTCOME_BACK) < 0.001); /* versions only go up */
    CHECK(rates_lost(&a, 0, 0) > 0.05 && rates_lost(&a, 0, 0) < 0.3);
    CHECK(rates_private(&a, 0) > 0 && rates_private(&a, 0) < 0.2);
}

/* What is seen of one kind moves its own rate most and the other kinds' not at all until they learn themselves. */
static void test_learning(void)
{
    rates_init(&a);
    double before = m(&a, TRAIT_canvas, 2, 1, false, OUTCOME_OTHER);
    double elsewhere = m(&a, TRAIT_canvas, 2, 3, false, OUTCOME_OTHER), last = before;
    for (int i = 0; i < 50; i++) {
        rates_learn(&a, TRAIT_canvas, 2, 1, false, OUTCOME_OTHER);
        double now = m(&a, TRAIT_canvas, 2, 1, false, OUTCOME_OTHER);
        CHECK(now > last && now <= 1.0001);
        last = now;
    }
    CHECK(last > 0.6 && m(&a, TRAIT_canvas, 2, 1, false, OUTCOME_SAME) < 0.4);
    CHECK(m(&a, TRAIT_canvas, 2, 3, false, OUTCOME_OTHER) == elsewhere); /* another gap */
    CHECK(m(&a, TRAIT_audio, 2, 1, false, OUTCOME_OTHER) < 0.1);         /* another trait */
    CHECK(m(&a, TRAIT_canvas, 2, 1, true, OUTCOME_OTHER) < last);
    rates_learn(&a, TRAIT_canvas, 5, 1, false, OUTCOME_OTHER); /* one of another kind: it shares what all know */
    double other = m(&a, TRAIT_canvas, 5, 1, false, OUTCOME_OTHER);
    CHECK(other > 0.3);
    for (int i = 0; i < 200; i++) rates_learn(&a, TRAIT_canvas, 5, 1, false, OUTCOME_SAME);
    CHECK(m(&a, TRAIT_canvas, 5, 1, false, OUTCOME_OTHER) < 0.1);
    CHECK(m(&a, TRAIT_canvas, 2, 1, false, OUTCOME_OTHER) > 0.6); /* a kind keeps its own */
}

static void test_returns(void)
{
    rates_init(&a);
    double first = rates_lost(&a, 1, 2), private = rates_private(&a, 1);
    for (int i = 0; i < 30; i++) rates_learn_return(&a, 1, 2, RETURN_KEPT, 1);
    CHECK(rates_lost(&a, 1, 2) < first / 2 && rates_private(&a, 1) < private);
    for (int i = 0; i < 300; i++) rates_learn_return(&a, 1, 2, RETURN_LOST, 1);
    CHECK(rates_lost(&a, 1, 2) > 0.8);
    CHECK(rates_lost(&a, 7, 2) > first); /* other kinds follow until they know better */
    double half = rates_lost(&a, 1, 2);
    rates_learn_return(&a, 1, 2, RETURN_KEPT, 0); /* not sure at all: not learnt from */
    CHECK(rates_lost(&a, 1, 2) == half);
    for (int i = 0; i < 300; i++) rates_learn_return(&a, 1, 2, RETURN_PRIVATE, 1);
    CHECK(rates_private(&a, 1) > 0.4 && rates_private(&a, 1) < 1 && rates_lost(&a, 1, 2) == half);
}

static struct str written(const struct rates *r)
{
    struct bytes_out out;
    bytes_out_init(&out, &arena, 64);
    rates_write(&out, r);
    return bytes_out_text(&out);
}

static bool read_again(struct rates *r, struct str bytes)
{
    struct cursor c = cursor_of(bytes);
    return rates_read(r, &c) && cursor_left(&c) == 0;
}

static void test_write_and_read(void)
{
    rates_init(&a);
    for (unsigned i = 0; i < 5000; i++) {
        rates_learn(&a, (enum trait)(i % TRAIT_COUNT), i % KIND_COUNT, i % GAP_COUNT, i % 3 == 0,
                    (enum outcome)(i % OUTCOME_COUNT));
        rates_learn_return(&a, i % KIND_COUNT, i % GAP_COUNT, (enum rates_return)(i % 3), 0.75);
    }
    struct str bytes = written(&a);
    CHECK(read_again(&b, bytes));
    CHECK(memcmp(a.seen, b.seen, sizeof a.seen) == 0 && memcmp(a.lost, b.lost, sizeof a.lost) == 0);
    for (unsigned i = 0; i < KIND_COUNT * GAP_COUNT; i++)
        CHECK(rates_lost(&a, i % KIND_COUNT, i % GAP_COUNT) == rates_lost(&b, i % KIND_COUNT, i % GAP_COUNT));
    CHECK(rates_private(&a, 3) == rates_private(&b, 3));
    /* a cell that was learnt in has the same rate; the others follow what all kinds have seen */
    CHECK(m(&a, TRAIT_gpu, 0, 0, true, OUTCOME_SAME) == m(&b, TRAIT_gpu, 0, 0, true, OUTCOME_SAME) ||
          a.seen[TRAIT_gpu][0][0][1][OUTCOME_SAME] == 0);
}

static void test_damaged(void)
{
    struct str bytes = written(&a);
    static struct rates fresh;
    rates_init(&fresh);
    for (size_t n = 0; n < bytes.n; n += n < 50 ? 1 : 1009) {
        CHECK(!read_again(&b, str_sub(bytes, 0, n)));
        CHECK(memcmp(&b, &fresh, sizeof b) == 0); /* as after rates_init */
    }
    struct str copy = arena_copy(&arena, bytes);
    ((char *)copy.p)[0]++; /* another form */
    CHECK(!read_again(&b, copy));
    ((char *)copy.p)[0]--, ((char *)copy.p)[1]++; /* of another number of traits */
    CHECK(!read_again(&b, copy));
    CHECK(memcmp(&b, &fresh, sizeof b) == 0);
}

int main(void)
{
    arena_init(&arena, 64 << 20);
    RUN(test_gaps);
    RUN(test_priors);
    RUN(test_learning);
    RUN(test_returns);
    RUN(test_write_and_read);
    RUN(test_damaged);
    arena_free(&arena);
    return test_end();
}
