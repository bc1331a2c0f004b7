#include "identify/enrich/rtt.h"

#include "tests/unit/test.h"

#include <math.h>

static bool near(double got, double want, double by)
{
    if (fabs(got - want) <= by) return true;
    printf("# %f is not %f\n", got, want);
    return false;
}

static void test_locations(void)
{
    static const char *const bad[] = { "", ",", "1", "1,", ",1", "91,0", "-90.1,0", "0,180.1", "a,b", "1,2,3", "nan,0",
                                       "inf,0", "0x1,0", "1e1,0", "1..2,0", "--1,0", "1-,0", ".5,0",
                                       "1.00000000000000000,0" };
    struct location l;
    CHECK(location_parse(&l, STR("52.52,13.405")));
    CHECK(near(l.latitude, 52.52, 1e-9) && near(l.longitude, 13.405, 1e-9));
    CHECK(location_parse(&l, STR(" -90 , -180 ")));
    CHECK(near(l.latitude, -90, 0) && near(l.longitude, -180, 0));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        CHECK_STR(str_of(location_parse(&l, str_of(bad[i])) ? bad[i] : ""), STR(""));
}

/* Quarter circles and poles are exact; Berlin to New York is 6,385 km by the same formula elsewhere. */
static void test_distances(void)
{
    const struct location null = { 0, 0 }, east = { 0, 90 }, pole = { 90, 123 }, opposite = { 0, 180 };
    const struct location berlin = { 52.52, 13.405 }, new_york = { 40.7128, -74.006 };
    const struct location before = { 10, 179.9 }, behind = { 10, -179.9 };
    CHECK(near(location_distance_km(&null, &null), 0, 0));
    CHECK(near(location_distance_km(&null, &east), 10007.557, 0.01));
    CHECK(near(location_distance_km(&null, &pole), 10007.557, 0.01));
    CHECK(near(location_distance_km(&null, &opposite), 20015.115, 0.01));
    CHECK(near(location_distance_km(&berlin, &new_york), 6385, 5));
    CHECK(near(location_distance_km(&before, &behind), 21.9, 0.1)); /* across the date line */
}

static void test_scores(void)
{
    static const struct { double distance_km, radius_km; uint32_t rtt_us; double want; } rows[] = {
        { 0, 0, 1, 1 },              /* next door */
        { 0, 20, 40000, 1 },         /* an ordinary access network */
        { 0, 0, 140000, 0.5 },       /* 100 ms more than usual */
        { 0, 0, 273400, 0.3 },       /* the bound */
        { 1000, 0, 8900, 0 },        /* faster than light in fibre */
        { 1000, 0, 9100, 1 },        /* within a tenth of it */
        { 1000, 250, 6000, 0 },
        { 1000, 250, 6800, 1 },      /* at the near edge of the radius */
        { 1000, 1000, 100, 1 },      /* the radius reaches us */
        { 9000, 20, 220000, 1 },     /* Europe to California */
        { 9000, 20, 40000, 0 },      /* an address of California that is in Europe */
        { 9000, 20, 320400, 0.5 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK(near(rtt_coherence(rows[i].distance_km, rows[i].radius_km, rows[i].rtt_us), rows[i].want, 0.001));
}

/* Beyond the usual, more delay is never more coherent, and the figure stays within 0 and 1. */
static void test_order(void)
{
    for (double km = 0; km <= 20000; km += 500) {
        double before = 1;
        uint32_t usual_us = (uint32_t)(km * 20) + 40000;
        for (uint32_t more_us = 0; more_us < 4000000; more_us += 50000) {
            double score = rtt_coherence(km, 0, usual_us + more_us);
            CHECK(score >= 0 && score <= before);
            before = score;
        }
    }
}

int main(void)
{
    RUN(test_locations);
    RUN(test_distances);
    RUN(test_scores);
    RUN(test_order);
    return test_end();
}
