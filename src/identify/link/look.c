/* look - see look.h. */
#include "identify/link/look.h"

#include "identify/private_window.h"

#include <math.h>
#include <pthread.h>

const struct trait_info trait_infos[TRAIT_COUNT] = {
#define SAME false
#define OTHER true
#define T(trait, how_, given_, also_, slots_, share_, sigma_, daily_, wobble_, private_, words_)           \
    { .name = #trait, .words = words_, .how = TRAIT_##how_, .given = TRAIT_##given_,               \
      .also = TRAIT_##also_, .slots = slots_, .other_in_private = private_, .share = share_##f, .sigma = sigma_##f,    \
      .daily = daily_##f, .wobble = wobble_##f },
#include "identify/link/traits.def"
#undef SAME
#undef OTHER
};

/* The trait that a row of signals.def belongs to. */
static const struct { enum trait trait; bool falsified; } rows[S_COUNT] = {
#define S(id, signal, member, kind, stability, group, falsified) { TRAIT_##group, falsified },
#include "identify/signals.def"
};

static uint32_t narrow(uint64_t hash)
{
    uint32_t h = (uint32_t)(hash ^ hash >> 32);
    return h ? h : 1;
}

static uint32_t hash_words(const uint64_t *words, size_t count, uint64_t seed)
{
    return narrow(str_hash((struct str){ (const char *)words, count * sizeof *words }, seed));
}

static const struct signal *get(const struct look_facts *f, enum signal_id s)
{
    return &f->signals->value[s];
}

uint64_t set_sketch(struct str joined)
{
    uint64_t sketch = 0;
    struct str part;
    if (joined.n == 0) return 0;
    while (str_split(&joined, '\n', &part)) sketch ^= (uint64_t)1 << (str_hash(part, 7) >> 58);
    return sketch;
}

/* The rows of each trait, up to eight. Filled once. */
_Static_assert(S_COUNT <= UINT8_MAX, "a row fits into a byte");
static struct { uint8_t row[8], count; } rows_of[TRAIT_COUNT];
static pthread_once_t rows_once = PTHREAD_ONCE_INIT;

static void sort_rows(void)
{
    for (size_t s = 0; s < S_COUNT; s++) {
        enum trait t = rows[s].trait;
        if (t >= TRAIT_COUNT || rows_of[t].count == COUNT_OF(rows_of[t].row)) continue;
        rows_of[t].row[rows_of[t].count++] = (uint8_t)s;
    }
}

/* All signals of the trait, absent ones as 0; 0 when none arrived. An empty list is absent. */
static uint32_t exact(const struct look_facts *f, enum trait trait)
{
    uint64_t words[COUNT_OF(rows_of[0].row)];
    size_t count = 0, present = 0;
    for (size_t i = 0; i < rows_of[trait].count; i++) {
        const uint8_t s = rows_of[trait].row[i];
        const struct signal *v = get(f, (enum signal_id)s);
        bool there = v->present && !(signal_infos[s].kind == SIGNAL_LIST && v->text.n == 0);
        present += there;
        words[count++] = there ? v->hash : 0;
    }
    return present ? hash_words(words, count, trait) : 0;
}

static uint32_t sides(const struct look_facts *f)
{
    const struct signal *w = get(f, S_SCREEN_WIDTH), *h = get(f, S_SCREEN_HEIGHT);
    if (!w->present || !h->present) return 0;
    bool turned = w->number > h->number;
    uint64_t words[4] = { turned ? h->hash : w->hash, turned ? w->hash : h->hash,
                          get(f, S_COLOR_DEPTH)->hash, get(f, S_COLOR_GAMUT)->hash };
    return hash_words(words, 4, TRAIT_screen);
}

static uint32_t edges(const struct look_facts *f)
{
    const struct signal *w = get(f, S_SCREEN_WIDTH), *h = get(f, S_SCREEN_HEIGHT);
    const struct signal *aw = get(f, S_AVAILABLE_WIDTH), *ah = get(f, S_AVAILABLE_HEIGHT);
    if (!w->present || !h->present || !aw->present || !ah->present) return 0;
    int64_t x = (int64_t)fmin(fmax(w->number - aw->number, -9999), 9999);
    int64_t y = (int64_t)fmin(fmax(h->number - ah->number, -9999), 9999);
    uint64_t words[2] = { (uint64_t)x, (uint64_t)y };
    return hash_words(words, 2, TRAIT_edges);
}

/* Does the window fill the screen? 1 yes, 0 no, -1 unknown; phones have no windows. */
static int fills(const struct look_facts *f)
{
    const struct signal *w = get(f, S_OUTER_WIDTH), *h = get(f, S_OUTER_HEIGHT);
    const struct signal *aw = get(f, S_AVAILABLE_WIDTH), *ah = get(f, S_AVAILABLE_HEIGHT);
    const struct signal *pointer = get(f, S_POINTER);
    if (!w->present || !h->present || !aw->present || !ah->present || w->number <= 0) return -1;
    if (pointer->present && str_eq(pointer->text, STR("coarse"))) return -1;
    return w->number >= aw->number && h->number >= ah->number;
}

static uint32_t window_size(const struct look_facts *f)
{
    if (fills(f) != 0) return 0;
    uint64_t words[2] = { get(f, S_OUTER_WIDTH)->hash, get(f, S_OUTER_HEIGHT)->hash };
    return hash_words(words, 2, TRAIT_window);
}

static uint32_t inset(const struct look_facts *f)
{
    const struct signal *y = get(f, S_INSET_HEIGHT), *ratio = get(f, S_PIXEL_RATIO);
    if (fills(f) < 0 || !y->present || !ratio->present) return 0;
    return narrow(y->hash);
}

static uint32_t full_battery(const struct look_facts *f)
{
    const struct signal *charging = get(f, S_BATTERY_CHARGING), *level = get(f, S_BATTERY_LEVEL);
    if (!charging->present || !level->present) return 0;
    return charging->number != 0 && level->number == 1 ? 2 : 1;
}

/* "152.0.7957.60" as an ordered number, 16 bits a part; 0 when it does not begin with a digit. */
static uint64_t version_of(struct str text)
{
    uint64_t out = 0;
    if (text.n == 0 || text.p[0] < '0' || text.p[0] > '9') return 0;
    struct str part;
    for (unsigned i = 0; i < 4; i++) {
        uint64_t n = 0;
        if (str_split(&text, '.', &part))
            for (size_t k = 0; k < part.n && part.p[k] >= '0' && part.p[k] <= '9'; k++)
                n = n * 10 + (uint64_t)(part.p[k] - '0') > 65535 ? 65535
                                                                 : n * 10 + (uint64_t)(part.p[k] - '0');
        out = out << 16 | n;
    }
    return out;
}

/* The browser's own entry among "name=version" lines: not Chromium's and not the made-up one. */
static uint64_t brand_version(struct str brands)
{
    struct str line, name, best = { NULL, 0 };
    while (brands.n && str_split(&brands, '\n', &line)) {
        struct str rest = line;
        if (!str_split(&rest, '=', &name)) continue;
        if (str_has(name, STR("Not")) && name.n < 16 && !str_eq(name, STR("Notion"))) continue;
        if (!best.n || str_eq_nocase(name, STR("Chromium")) == false) best = rest;
    }
    return version_of(best);
}

static uint64_t browser_version(const struct look_facts *f)
{
    const struct signal *list = get(f, S_FULL_VERSIONS);
    uint64_t full = list->present ? brand_version(list->text) : 0;
    uint64_t said = version_of(f->ua->version);
    return full && full >> 48 == said >> 48 ? full : said;
}

/* What the system itself says; iOS says it in the browser's version, which is one with it. */
static uint64_t system_version(const struct look_facts *f)
{
    const struct signal *v = get(f, S_PLATFORM_VERSION);
    return v->present ? version_of(v->text) : 0;
}

enum { OS_WINDOWS, OS_MAC, OS_LINUX, OS_ANDROID, OS_IOS, OS_OTHER };
enum { ENGINE_BLINK, ENGINE_GECKO, ENGINE_WEBKIT, ENGINE_PRIVACY, ENGINE_COUNT };

static uint8_t kind_of(const struct look_facts *f, bool falsifies)
{
    struct str os = f->ua->os, browser = f->ua->browser;
    unsigned o = str_starts(os, STR("Windows"))                                  ? OS_WINDOWS
                 : str_starts(os, STR("Mac"))                                    ? OS_MAC
                 : str_eq(os, STR("Android"))                                    ? OS_ANDROID
                 : str_eq(os, STR("iOS"))                                        ? OS_IOS
                 : str_has(os, STR("Chrome")) || str_has(os, STR("Linux")) || str_has(os, STR("buntu"))
                     ? OS_LINUX
                     : OS_OTHER;
    unsigned e = falsifies                             ? ENGINE_PRIVACY
                 : str_has(browser, STR("Firefox"))    ? ENGINE_GECKO
                 : o == OS_IOS || str_has(browser, STR("Safari")) ? ENGINE_WEBKIT
                                                       : ENGINE_BLINK;
    return (uint8_t)(o * ENGINE_COUNT + e);
}

bool kind_is_ios(unsigned kind)
{
    return kind / ENGINE_COUNT == OS_IOS;
}

/* July's offset in minutes west of UTC, an hour off in winter: good enough for day or night. */
static bool is_night(const struct look_facts *f)
{
    const struct signal *offset = get(f, S_ZONE_OFFSET);
    double west = offset->present ? fmin(fmax(offset->number, -900), 900) : 0;
    int64_t minutes = f->now_ms / 60000 - (int64_t)west;
    int64_t hour = ((minutes % 1440) + 1440) % 1440 / 60;
    return hour >= 19 || hour < 7;
}

static void read_networks(struct look *out, const struct address *a)
{
    static const uint8_t zeros[10] = { 0 };
    bool ipv4 = memcmp(a->byte, zeros, 10) == 0 && a->byte[10] == 0xff && a->byte[11] == 0xff;
    static const uint8_t bytes[2][NET_LEVELS] = { { 6, 4, 2 }, { 15, 14, 13 } };
    for (unsigned l = 0; l < NET_LEVELS; l++)
        out->net[l] = narrow(str_hash((struct str){ (const char *)a->byte, bytes[ipv4][l] }, 3 + l));
}

static uint32_t value_of(const struct look_facts *f, const struct look *look, enum trait t)
{
    switch (trait_infos[t].how) {
    case TRAIT_SIDES: return sides(f);
    case TRAIT_EDGES: return edges(f);
    case TRAIT_WINDOW: return window_size(f);
    case TRAIT_FILLED: return (uint32_t)(fills(f) + 1);
    case TRAIT_INSET: return inset(f);
    case TRAIT_FULL: return full_battery(f);
    case TRAIT_USER: return f->linked_id.n ? narrow(str_hash(f->linked_id, 5)) : 0;
    case TRAIT_VERSION: {
        uint64_t v = look->version[t == TRAIT_system];
        return v ? hash_words(&v, 1, t) : 0;
    }
    case TRAIT_NETWORK: return look->net[NET_NEAR];
    default: return exact(f, t);
    }
}

bool trait_is_other_in_private(const struct look *look, enum trait t)
{
    bool firefox = look->kind % ENGINE_COUNT == ENGINE_GECKO;
    return trait_infos[t].other_in_private || (firefox && (t == TRAIT_privacy || t == TRAIT_cpu));
}

bool trait_is_falsified(enum trait t)
{
    for (size_t s = 0; s < S_COUNT; s++)
        if (rows[s].trait == t && rows[s].falsified) return true;
    return false;
}

bool trait_is_telling(enum trait t)
{
    return t == TRAIT_gpu || t == TRAIT_canvas || t == TRAIT_fonts || t == TRAIT_screen;
}

void look_read(struct look *out, const struct look_facts *f)
{
    const struct signal *blocker = get(f, S_RESISTANCE_EXTENSIONS);
    const struct signal *browser = get(f, S_RESISTANCE_BROWSER), *lies = get(f, S_TAMPERED_APIS);
    enum private_window window = private_window_of(f->signals);
    pthread_once(&rows_once, sort_rows);
    *out = (struct look){ 0 };
    out->falsifies = browser->present || (blocker->present && blocker->text.n) ||
                     (lies->present && lies->text.n);
    out->usual_window = window == WINDOW_USUAL;
    out->private_window = window == WINDOW_PRIVATE_STORAGE || window == WINDOW_PRIVATE_REPORTED;
    /* Firefox writes a number of the session into its images, which only our agent, the one that counts farbled
     * pixels, takes out before it makes a hash of them (agent/sources/canvas.ts) */
    bool marked = str_has(f->ua->browser, STR("Firefox")) && !get(f, S_FARBLED_PIXELS)->present;
    out->noisy_canvas = get(f, S_CANVAS_FARBLED)->number != 0 || marked;
    out->dark = str_eq(get(f, S_COLOR_SCHEME)->text, STR("dark"));
    out->night = is_night(f);
    out->kind = kind_of(f, out->falsifies);
    uint64_t family[2] = { str_hash(f->ua->browser, 0), str_hash(f->ua->os, 0) };
    out->family = hash_words(family, 2, 12);
    uint64_t class[5] = { str_hash(f->ua->browser, 0), str_hash(f->ua->os, 0),
                          get(f, S_PLATFORM)->hash, browser->present ? browser->hash : 0,
                          str_eq(get(f, S_POINTER)->text, STR("coarse")) };
    out->class = hash_words(class, 5, 0);
    out->version[0] = browser_version(f);
    out->version[1] = system_version(f);
    uint64_t release[2] = { out->version[0] >> 32, out->version[1] >> 16 };
    out->release = hash_words(release, 2, 11);
    out->fonts = set_sketch(get(f, S_FONTS)->text);
    out->globals = set_sketch(get(f, S_WINDOW_GLOBALS)->text);
    read_networks(out, f->client);
    out->hardware = f->hardware;
    for (unsigned t = 0; t < TRAIT_COUNT; t++) {
        out->value[t] = value_of(f, out, (enum trait)t);
        out->telling += out->value[t] && trait_is_telling((enum trait)t);
    }
}
