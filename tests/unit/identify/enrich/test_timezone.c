/* Time zones of places, mostly such where neighbours differ. */
#include "identify/enrich/timezone.h"
#include "tests/unit/test.h"

#include <math.h>

static void test_known_places(void)
{
    static const struct { double latitude, longitude; const char *zone; } places[] = {
        { 43.615, -116.202, "America/Boise" }, { 33.448, -112.074, "America/Phoenix" },
        { 36.155, -109.553, "America/Denver" },     /* Chinle: the Navajo Nation has summer time */
        { -31.677, 128.889, "Australia/Eucla" }, { -31.553, 159.082, "Australia/Lord_Howe" },
        { 30.421, -87.217, "America/Chicago" },     /* Pensacola */
        { 30.438, -84.281, "America/New_York" },    /* Tallahassee */
        { 31.778, 35.225, "Asia/Jerusalem" }, { 31.532, 35.099, "Asia/Hebron" },
        { 52.52, 13.405, "Europe/Berlin" }, { 48.137, 11.576, "Europe/Berlin" },
        { 50.075, 14.438, "Europe/Prague" }, { 51.507, -0.128, "Europe/London" },
        { 35.69, 139.77, "Asia/Tokyo" }, { 27.717, 85.324, "Asia/Kathmandu" },
        { -33.869, 151.209, "Australia/Sydney" }, { -31.95, 141.453, "Australia/Broken_Hill" },
        { 28.1, -15.413, "Atlantic/Canary" }, { 40.417, -3.704, "Europe/Madrid" },
        { 47.566, -52.713, "America/St_Johns" }, { 64.147, -21.942, "Atlantic/Reykjavik" },
        { 21.307, -157.858, "Pacific/Honolulu" }, { -36.848, 174.763, "Pacific/Auckland" },
        { -43.95, -176.55, "Pacific/Chatham" }, { 54.71, 20.51, "Europe/Kaliningrad" },
        { -90, 0, "Antarctica/McMurdo" }, { -90, 180, "Antarctica/McMurdo" },
    };
    for (size_t i = 0; i < COUNT_OF(places); i++)
        CHECK_STR(str_of(timezone_at(places[i].latitude, places[i].longitude)),
                  str_of(places[i].zone));
}

static void test_nowhere(void)
{
    CHECK(timezone_at(0, -30) == NULL); /* the Atlantic */
    CHECK(timezone_at(90, 0) == NULL);
    CHECK(timezone_at(90.001, 0) == NULL && timezone_at(-90.001, 0) == NULL);
    CHECK(timezone_at(0, 180.001) == NULL && timezone_at(0, -180.001) == NULL);
    CHECK(timezone_at((double)NAN, 0) == NULL && timezone_at(0, (double)INFINITY) == NULL);
}

/* Every step of a fine grid, ends included, stays in the table and gives a name or nothing. */
static void test_everywhere(void)
{
    unsigned land = 0, all = 0;
    for (int y = -1800; y <= 1800; y += 5)
        for (int x = -1800; x <= 1800; x += 5, all++) {
            const char *zone = timezone_at(y / 20.0, x / 10.0);
            if (!zone) continue;
            land++;
            CHECK(strchr(zone, '/') != NULL && strlen(zone) < 40);
        }
    CHECK(land > all / 4 && land < all * 3 / 4);
}

int main(void)
{
    RUN(test_known_places);
    RUN(test_nowhere);
    RUN(test_everywhere);
    return test_end();
}
