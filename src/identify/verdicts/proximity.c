/* proximity - in which zone is the device, without telling where that is?
 *
 * The earth is cut into rows, and each row into cells of equal width; a cell lies inside of a circle with one of the
 * nine documented radii (10 to 22,500 m), and the id is a keyed hash of radius, row and cell, so that zones of two
 * workspaces or installations cannot be compared. The radius is the smallest that is at least the position's
 * accuracy. Coordinates are not stored.
 *
 * Shown: v4 proximity; v3 products.proximity
 * Evidence: -
 * Confidence: the chance that the true position is in the cell, with an error that is normal in both directions and of
 *   which 68 % lie within the accuracy, as Android and iOS define it. Absent without a location, with a mocked
 *   one, and when it is less exact than 22,500 m
 * Never alone: it is a zone and no verdict
 * Blind spots: neighbours at the edge of two cells have two ids; whoever can post locations can ask for the id of a
 *   place */
#include "identify/verdicts/app.h"

#include <math.h>
#include <stdio.h>

static const int radii_m[] = { 10, 25, 65, 175, 450, 1200, 3300, 8500, 22500 };
static const double EARTH_M = 6371008.8; /* the IUGG's mean radius */
static const double PI = 3.14159265358979323846;

struct cell {
    int64_t row, column;
    double north_m, south_m, east_m, west_m; /* from the position to the sides */
};

/* A square whose half diagonal is the radius, or less wide: rows are divided evenly. The shift is in parts of
 * a side. */
static void find_cell(struct cell *out, double latitude, double longitude, int radius_m, double shift)
{
    double side = radius_m * sqrt(2), degree = EARTH_M * PI / 180;
    double y = (latitude + 90) * degree / side + shift;
    out->row = (int64_t)floor(y);
    double low = ((double)out->row - shift) * side / degree - 90, high = low + side / degree;
    double widest = low * high <= 0 ? 1 : cos(fmin(fabs(low), fabs(high)) * PI / 180);
    double around = fmax(1, ceil(2 * PI * EARTH_M * fmax(widest, 0) / side));
    if (fabs(latitude) >= 90) longitude = 0; /* a pole is one place */
    double x = fmod((longitude + 180) / 360, 1) * around;
    out->column = (int64_t)floor(x);
    double width = 2 * PI * EARTH_M * cos(latitude * PI / 180) / around;
    out->north_m = (1 - (y - floor(y))) * side, out->south_m = side - out->north_m;
    out->east_m = (1 - (x - floor(x))) * width, out->west_m = width - out->east_m;
}

/* 68 % of a circular normal error lie within sigma * sqrt(-2 ln 0.32). */
static double chance_inside(const struct cell *c, double accuracy_m)
{
    double sigma = accuracy_m / sqrt(-2 * log(0.32)) * sqrt(2);
    double x = (erf(c->east_m / sigma) + erf(c->west_m / sigma)) / 2;
    double y = (erf(c->north_m / sigma) + erf(c->south_m / sigma)) / 2;
    return x * y;
}

static bool keyed(const struct identify *id, uint8_t hash[SHA256_BYTES], const char *what, const int64_t place[3])
{
    struct str message = arena_format(id->arena, "proximity %s\n%u\n%lld\n%lld\n%lld", what, id->workspace,
                                      (long long)place[0], (long long)place[1], (long long)place[2]);
    return message.n && token_keyed_hash(hash, id->shared->token_keys, message);
}

static struct str id_text(struct arena *arena, const uint8_t hash[SHA256_BYTES])
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    char text[11];
    uint64_t rest = 0;
    for (size_t i = 0; i < 8; i++) rest = rest << 8 | hash[i];
    for (size_t i = 0; i < sizeof text; i++, rest /= 62) text[i] = digits[rest % 62];
    return arena_copy(arena, (struct str){ text, sizeof text });
}

static void proximity_judge(struct identify *id)
{
    const struct mobile_facts *m = &id->mobile;
    uint8_t hash[SHA256_BYTES];
    struct cell cell;
    size_t i = 0;
    if (!m->has_location || m->mock) return;
    while (i < COUNT_OF(radii_m) && radii_m[i] < m->accuracy_m) i++;
    if (i == COUNT_OF(radii_m) || !keyed(id, hash, "shift", (const int64_t[3]){ radii_m[i], 0, 0 })) return;
    find_cell(&cell, m->latitude, m->longitude, radii_m[i], (hash[0] << 8 | hash[1]) / 65536.0);
    if (!keyed(id, hash, "cell", (const int64_t[3]){ radii_m[i], cell.row, cell.column })) return;
    SET(id, proximity_id, id_text(id->arena, hash));
    SET(id, proximity_radius_m, radii_m[i]);
    SET(id, proximity_confidence, chance_inside(&cell, m->accuracy_m));
}

const struct verdict_kind verdict_proximity = { "proximity", proximity_judge };
