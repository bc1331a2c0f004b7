/* rtt - see rtt.h. */
#include "identify/enrich/rtt.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define RADIANS_PER_DEGREE 0.017453292519943295
#define EARTH_RADIUS_KM 6371.0088
#define KM_PER_RTT_MS 100.0

/* [-]digits[.digits], at most 15 characters: an own grammar, because strtod takes "nan", hex and
 * blanks. */
static bool read_degrees(struct str text, double limit, double *out)
{
    char copy[16];
    size_t digits = 0, points = 0;
    text = str_trim(text);
    if (text.n == 0 || text.n >= sizeof copy) return false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c >= '0' && c <= '9') digits++;
        else if (c == '.' && digits > 0 && points == 0) points++;
        else if (c != '-' || i > 0) return false;
    }
    memcpy(copy, text.p, text.n);
    copy[text.n] = 0;
    *out = strtod(copy, NULL);
    return digits > 0 && fabs(*out) <= limit;
}

bool location_parse(struct location *out, struct str text)
{
    size_t comma = str_find_char(text, ',', 0);
    return comma != SIZE_MAX && read_degrees(str_sub(text, 0, comma), 90, &out->latitude) &&
           read_degrees(str_sub(text, comma + 1, text.n), 180, &out->longitude);
}

double location_distance_km(const struct location *a, const struct location *b)
{
    double lat_a = a->latitude * RADIANS_PER_DEGREE, lat_b = b->latitude * RADIANS_PER_DEGREE;
    double s = sin((lat_b - lat_a) / 2);
    double t = sin((b->longitude - a->longitude) * RADIANS_PER_DEGREE / 2);
    double h = s * s + cos(lat_a) * cos(lat_b) * t * t;
    return 2 * EARTH_RADIUS_KM * asin(sqrt(fmin(1, h))); /* rounding may pass 1 */
}

double rtt_coherence(double distance_km, double radius_km, uint32_t rtt_us)
{
    assert(distance_km >= 0 && radius_km >= 0 && rtt_us > 0);
    double rtt_ms = rtt_us / 1000.0;
    double floor_ms = fmax(0, distance_km - radius_km) / KM_PER_RTT_MS;
    double usual_ms = (distance_km + radius_km) / KM_PER_RTT_MS * 2 + 40;
    if (rtt_ms < 0.9 * floor_ms) return 0;
    return rtt_ms <= usual_ms ? 1 : 1 / (1 + (rtt_ms - usual_ms) / 100);
}
