/* match_world - see match_world.h. */
#include "bench/match_world.h"

#include "bench/rng.h"
#include "identify/link/counts.h" /* key_mix */

#include <math.h>
#include <string.h>

enum { OS_WINDOWS, OS_MAC, OS_LINUX, OS_ANDROID, OS_IOS };
enum { ENGINE_BLINK, ENGINE_GECKO, ENGINE_WEBKIT };

/* How many values of each kind there are in a class. */
static const struct kind_of_browser {
    uint8_t share, os, engine, browser; /* share: per cent */
    uint16_t models, cards, screens, fonts, quotas;
} kinds[] = {
    { 24, OS_WINDOWS, ENGINE_BLINK, 1, 0, 80, 30, 250, 400 },
    { 20, OS_IOS, ENGINE_WEBKIT, 2, 0, 1, 11, 1, 4 },
    { 19, OS_ANDROID, ENGINE_BLINK, 1, 600, 60, 2, 3, 40 },
    { 9, OS_WINDOWS, ENGINE_BLINK, 3, 0, 80, 30, 250, 400 },
    { 8, OS_MAC, ENGINE_BLINK, 1, 0, 10, 16, 60, 200 },
    { 5, OS_MAC, ENGINE_WEBKIT, 2, 0, 1, 16, 4, 8 },
    { 4, OS_WINDOWS, ENGINE_GECKO, 4, 0, 40, 30, 250, 400 },
    { 4, OS_ANDROID, ENGINE_BLINK, 5, 120, 20, 2, 3, 20 },
    { 2, OS_IOS, ENGINE_WEBKIT, 1, 0, 1, 11, 1, 4 },
    { 2, OS_LINUX, ENGINE_BLINK, 1, 0, 60, 30, 120, 200 },
    { 2, OS_LINUX, ENGINE_GECKO, 4, 0, 60, 30, 120, 200 },
    { 1, OS_WINDOWS, ENGINE_BLINK, 6, 0, 80, 30, 250, 400 },
};

/* What a device or its fleet draws, each from a stream of its own. */
enum draw { DRAW_KIND, DRAW_FLEET, DRAW_MODEL, DRAW_CARD, DRAW_CPU, DRAW_SCREEN, DRAW_EDGES, DRAW_ZOOM, DRAW_QUOTA,
            DRAW_DRIVER, DRAW_FONTS, DRAW_VOICES, DRAW_COUNTRY, DRAW_LANGUAGE, DRAW_LANGUAGES, DRAW_PRIVACY,
            DRAW_DARK, DRAW_ACCESS, DRAW_COLORS, DRAW_PERMISSIONS, DRAW_EXTENSIONS, DRAW_FILLED, DRAW_POWER,
            DRAW_LAG, DRAW_SYSTEM, DRAW_HOME, DRAW_CARRIER, DRAW_VISIT };

static uint32_t draw(uint64_t who, enum draw what, uint32_t below)
{
    return (uint32_t)((rng_hash(who, what) >> 32) * below >> 32);
}

/* Zipf's law with exponent 1, from a uniform number: the inverse of ln(1 + k) / ln(1 + n). */
static uint32_t zipf(uint64_t who, enum draw what, uint32_t n)
{
    double u = (double)(rng_hash(who, what) >> 11) / 9007199254740992.0;
    uint32_t k = (uint32_t)(pow(n + 1, u) - 1);
    return k < n ? k : n - 1;
}

static uint32_t value(uint64_t a, uint64_t b, enum trait t)
{
    return (uint32_t)(key_mix(key_mix(a, b), t + 77) >> 32) | 1;
}

/* One in twenty belongs to a fleet. Members have neighbouring numbers, so that any population has whole fleets:
 * of 200, 100, 50, 30 and 20, in turn. 0: none. */
static uint64_t fleet_of(uint64_t device)
{
    uint64_t member = device / 20, at = member % 400;
    if (device % 20) return 0;
    return member / 400 * 8 + (at < 200 ? 1 : at < 300 ? 2 : at < 350 ? 3 : at < 380 ? 4 : 5);
}

static void draw_machine(struct look *k, const struct kind_of_browser *kind, uint64_t class, uint64_t who, uint64_t own)
{
    uint64_t os = kind->os + 100, country = zipf(who, DRAW_COUNTRY, 40);
    uint64_t model = kind->models ? zipf(who, DRAW_MODEL, kind->models) + 1 : 0;
    uint64_t card = model ? model % kind->cards : zipf(who, DRAW_CARD, kind->cards);
    uint64_t language = draw(own, DRAW_LANGUAGE, 100) < 88 ? country : zipf(own, DRAW_LANGUAGES, 25);
    bool phone = kind->os == OS_ANDROID || kind->os == OS_IOS;
    uint32_t *v = k->value;
    if (model && kind->engine == ENGINE_BLINK) v[TRAIT_model] = value(os, model, TRAIT_model);
    v[TRAIT_gpu] = value(os, card, TRAIT_gpu);
    if (kind->engine == ENGINE_BLINK) v[TRAIT_webgpu] = value(os, card / 4, TRAIT_webgpu);
    v[TRAIT_cpu] = value(card + model, phone ? model : zipf(who, DRAW_CPU, 5), TRAIT_cpu);
    v[TRAIT_touch] = value(phone, 0, TRAIT_touch);
    v[TRAIT_screen] = value(model, zipf(who, DRAW_SCREEN, kind->screens), TRAIT_screen);
    v[TRAIT_edges] = value(os, phone ? 0 : zipf(own, DRAW_EDGES, 5), TRAIT_edges);
    v[TRAIT_zoom] = value(v[TRAIT_screen], draw(own, DRAW_ZOOM, 10) < 8 ? 0 : zipf(own, DRAW_ZOOM, 6), TRAIT_zoom);
    v[TRAIT_storage] = value(model, zipf(who, DRAW_QUOTA, kind->quotas), TRAIT_storage);
    v[TRAIT_devices] = value(language, 0, TRAIT_devices);
    v[TRAIT_audio] = value(class, draw(who, DRAW_DRIVER, 100) < 90, TRAIT_audio);
    v[TRAIT_text] = value(class, 0, TRAIT_text);
    uint64_t fonts = zipf(who, DRAW_FONTS, kind->fonts);
    v[TRAIT_fonts] = value(os, fonts, TRAIT_fonts);
    k->fonts = key_mix(os, fonts + 5000);
    v[TRAIT_zone] = value(country, 0, TRAIT_zone);
    v[TRAIT_language] = value(language, 1, TRAIT_language);
    v[TRAIT_languages] = value(language, zipf(own, DRAW_LANGUAGES, 5), TRAIT_languages);
    v[TRAIT_voices] = value(language + os, zipf(own, DRAW_VOICES, 4), TRAIT_voices);
    v[TRAIT_power] = phone ? 1 : 1 + (draw(who, DRAW_POWER, 2) == 0);
}

static void draw_habits(struct look *k, const struct kind_of_browser *kind, uint64_t own)
{
    uint32_t *v = k->value;
    bool phone = kind->os == OS_ANDROID || kind->os == OS_IOS;
    v[TRAIT_privacy] = value(draw(own, DRAW_PRIVACY, 10) < 8, 2, TRAIT_privacy);
    v[TRAIT_access] = value(draw(own, DRAW_ACCESS, 20) < 19, 0, TRAIT_access);
    v[TRAIT_permissions] = value(zipf(own, DRAW_PERMISSIONS, 8), 0, TRAIT_permissions);
    v[TRAIT_extensions] = 1;
    k->globals = key_mix(kind->browser, 9);
    if (!phone && draw(own, DRAW_EXTENSIONS, 10) < 3) k->globals ^= key_mix(zipf(own, DRAW_EXTENSIONS, 300), 10);
    if (!phone) v[TRAIT_filled] = 1 + (draw(own, DRAW_FILLED, 2) == 0);
    v[TRAIT_inset] = value(kind->os, zipf(own, DRAW_FILLED, 4), TRAIT_inset);
}

/* What differs between the visits of a device: one in ten shows another zoom, screen or canvas than usual. */
static void draw_visit(struct look *k, uint64_t class, uint64_t who, uint64_t own, uint32_t visit, int64_t at_ms)
{
    uint64_t day = (uint64_t)((at_ms - WORLD_START_MS) / WORLD_DAY_MS);
    uint64_t lag = zipf(own, DRAW_LAG, 40), now = day + 400 > lag ? day + 400 - lag : 0;
    uint64_t major = 140 + now / 28, patch = now % 28 / 7, system = 10 + zipf(own, DRAW_SYSTEM, 4);
    uint64_t this = key_mix(own, visit + 1);
    uint32_t odd = visit ? draw(this, DRAW_VISIT, 100) : 100, *v = k->value;
    k->version[0] = major << 48 | patch;
    k->version[1] = system << 48;
    k->release = value(major << 16 | patch, system, TRAIT_browser);
    v[TRAIT_browser] = value(k->version[0], 0, TRAIT_browser);
    v[TRAIT_system] = value(k->version[1], 0, TRAIT_system);
    v[TRAIT_canvas] = value(key_mix(class, v[TRAIT_gpu]), key_mix(zipf(who, DRAW_DRIVER, 4), major / 3), TRAIT_canvas);
    if (odd < 3) v[TRAIT_canvas] = value(this, 0, TRAIT_canvas);
    else if (odd < 6) v[TRAIT_zoom] = value(v[TRAIT_screen], odd, TRAIT_zoom);
    else if (odd < 9) v[TRAIT_screen] = value(this, 1, TRAIT_screen);
    k->night = at_ms / 3600000 % 24 >= 12;
    k->dark = draw(own, DRAW_DARK, 3) == 0;
    v[TRAIT_scheme] = value(k->dark, 0, TRAIT_scheme);
    v[TRAIT_colors] = value(k->dark, zipf(own, DRAW_COLORS, 6), TRAIT_colors);
    if (v[TRAIT_filled] == 1)
        v[TRAIT_window] = value(v[TRAIT_screen], draw(key_mix(own, visit / 3), DRAW_FILLED, 300), TRAIT_window);
    k->private_window = draw(this, DRAW_DARK, 100) < 4;
}

/* At home, shared by two devices; or, on phones oftener, one of 40 networks of a carrier per country. */
static void draw_network(struct look *k, const struct kind_of_browser *kind, uint64_t who, uint64_t own,
                         uint64_t device, uint32_t visit)
{
    uint64_t country = zipf(who, DRAW_COUNTRY, 40), home = who == own ? device / 2 : who;
    uint64_t provider = country * 8 + zipf(home, DRAW_HOME, 8), near = home, wide = draw(home, DRAW_HOME, 60);
    bool phone = kind->os == OS_ANDROID || kind->os == OS_IOS;
    if (draw(key_mix(own, visit + 9), DRAW_CARRIER, 100) < (phone ? 40u : 10u)) {
        provider = 1000 + country * 4 + draw(own, DRAW_CARRIER, 4);
        near = 1u << 30 | (provider * 1000 + draw(key_mix(own, visit), DRAW_CARRIER, 400));
        wide = near % 40;
    }
    k->net[NET_NEAR] = value(near, 1, TRAIT_network);
    k->net[NET_WIDE] = value(provider, wide + 2, TRAIT_network);
    k->net[NET_BLOCK] = value(provider, 1, TRAIT_network);
    k->value[TRAIT_network] = k->net[NET_NEAR];
}

void world_look(struct look *out, uint64_t device, uint32_t visit, int64_t at_ms)
{
    uint64_t own = key_mix(device, 1), fleet = fleet_of(device), who = fleet ? key_mix(fleet, 2) : own;
    uint32_t at = draw(who, DRAW_KIND, 100), class = 0;
    while (at >= kinds[class].share) at -= kinds[class++].share;
    const struct kind_of_browser *kind = &kinds[class];
    *out = (struct look){ .kind = (uint8_t)(kind->os * 4 + kind->engine) };
    out->family = value(kind->os, kind->browser, TRAIT_none);
    out->class = value(out->family, 1, TRAIT_none);
    draw_machine(out, kind, class, who, own);
    draw_habits(out, kind, own);
    draw_visit(out, class, who, own, visit, at_ms);
    draw_network(out, kind, who, own, device, visit);
    for (unsigned t = 0; t < TRAIT_COUNT; t++) out->telling += out->value[t] && trait_is_telling((enum trait)t);
}
