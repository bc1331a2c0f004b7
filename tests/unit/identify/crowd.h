/* crowd - many different laptops, to be somebody among.
 *
 *     struct device d;
 *     crowd_open(&w, 200);                    200 devices have been here once, over three weeks
 *     device_make(&d, 17);                    the 17th of them, as it was; its look may be changed
 *     struct event e = visit(&w, &d.look);
 *
 * The devices follow from their number alone: no chance, no clock.
 */
#ifndef WHORL_TEST_IDENTIFY_CROWD_H
#define WHORL_TEST_IDENTIFY_CROWD_H

#include "tests/unit/identify/fixture.h"

#define MINUTE_MS ((int64_t)60 * 1000)
#define DAY_MS ((int64_t)24 * 60 * MINUTE_MS)

/* Points into itself: not to be copied. */
struct device {
    struct payload look;
    char canvas[24], renderer[64], fonts[160], quota[16], local[24], colors[24], address[24], audio[24];
};

/* A well mixed number for the n-th choice of device i (splitmix64, Steele, Lea and Flood 2014). */
static inline unsigned choice(unsigned i, unsigned n, unsigned below)
{
    uint64_t x = ((uint64_t)i << 8 | n) * 0x9e3779b97f4a7c15u + 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return (unsigned)((x ^ x >> 31) % below);
}

static inline void device_make(struct device *d, unsigned i)
{
    static const char *const sizes[][3] = { { "1920", "1080", "1040" }, { "2560", "1440", "1400" },
                                            { "1536", "864", "824" },   { "1366", "768", "728" },
                                            { "3840", "2160", "2120" } };
    static const char *const languages[] = { "[\"en-US\",\"en\"]", "[\"de-DE\",\"de\",\"en\"]",
                                             "[\"fr-FR\",\"fr\"]", "[\"pl-PL\",\"pl\",\"en\"]" };
    static const char *const zones[] = { "\"America/New_York\"", "\"Europe/Berlin\"", "\"Europe/Paris\"",
                                         "\"Europe/Warsaw\"" };
    static const char *const cores[] = { "4", "8", "12", "16" };
    unsigned size = choice(i, 1, 5), gpu = choice(i, 2, 20), place = choice(i, 3, 4);
    d->look = laptop();
    snprintf(d->renderer, sizeof d->renderer, "\"ANGLE (NVIDIA, GeForce %u)\"", 1000 + gpu);
    snprintf(d->canvas, sizeof d->canvas, "\"%08x%08x\"", gpu, choice(i, 4, 4));
    snprintf(d->audio, sizeof d->audio, "\"%016x\"", choice(i, 5, 3));
    snprintf(d->fonts, sizeof d->fonts, "[\"Arial\",\"Calibri\",\"F%u\",\"G%u\",\"H%u\",\"I%u\"]", choice(i, 6, 9),
             choice(i, 7, 9), choice(i, 8, 9), choice(i, 9, 9));
    snprintf(d->quota, sizeof d->quota, "%u", 100000 + choice(i, 10, 300) * 977);
    snprintf(d->local, sizeof d->local, "\"%016x\"", choice(i, 11, 100000));
    snprintf(d->colors, sizeof d->colors, "\"%016x\"", choice(i, 12, 12));
    snprintf(d->address, sizeof d->address, "%u.%u.%u.%u", 60 + choice(i, 13, 20), choice(i, 14, 200),
             choice(i, 15, 250), 1 + choice(i, 16, 250));
    d->look.renderer = d->renderer, d->look.canvas = d->canvas, d->look.audio = d->audio;
    d->look.fonts = d->fonts, d->look.quota = d->quota, d->look.local_ip = d->local;
    d->look.colors = d->colors, d->look.address = d->address;
    d->look.languages = languages[place], d->look.zone = zones[place];
    d->look.width = d->look.avail_width = d->look.outer_width = sizes[size][0];
    d->look.height = sizes[size][1];
    d->look.avail_height = d->look.outer_height = sizes[size][2];
    d->look.cores = cores[choice(i, 17, 4)];
}

/* Devices 0 to count - 1 come once each, spread evenly over three weeks. */
static inline void crowd_come(struct world *w, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct device d;
        device_make(&d, i);
        visit(w, &d.look);
        w->now_ms += 21 * DAY_MS / (count + 1) - 1000;
    }
}

static inline void crowd_open(struct world *w, unsigned count)
{
    world_open(w);
    crowd_come(w, count);
}

#endif
