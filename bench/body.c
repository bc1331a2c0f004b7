/* body - see body.h. The file is cut once into pieces, literal text or a variable; writing a body is
 * then one pass of copies. It runs in the load generator's only thread and shares the machine with the
 * server under test, so it avoids printf for what occurs dozens of times per body. */
#include "bench/body.h"

#include "bench/sha256.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What one visit draws; shared by the values and by the hashes over them. */
struct visit {
    const struct device *d;
    struct rng *rng;
    int64_t now_ms;
    char *at; /* where the next byte goes */
    int low, high; /* arguments of "@ms" */
    int stack, heap_used, heap_total, rtt, downlink; /* heap and downlink in hundredths */
    int window_width, window_height;
    int elapsed, moves, distance, turns, clicks;
};

static void put(struct visit *v, const char *text)
{
    size_t n = strlen(text);
    memcpy(v->at, text, n);
    v->at += n;
}

static void put_number(struct visit *v, int64_t n)
{
    char digits[24];
    size_t i = sizeof digits;
    uint64_t rest = n < 0 ? (uint64_t)-n : (uint64_t)n;
    do digits[--i] = (char)('0' + rest % 10), rest /= 10; while (rest);
    if (n < 0) digits[--i] = '-';
    memcpy(v->at, digits + i, sizeof digits - i);
    v->at += sizeof digits - i;
}

static void put_string(struct visit *v, const char *text)
{
    *v->at++ = '"';
    put(v, text); /* no value here needs an escape */
    *v->at++ = '"';
}

static void put_bool(struct visit *v, int yes) { put(v, yes ? "true" : "false"); }

/* As JavaScript prints n / 100. */
static void put_hundredths(struct visit *v, int n)
{
    put_number(v, n / 100);
    if (n % 100 == 0) return;
    *v->at++ = '.';
    *v->at++ = (char)('0' + n / 10 % 10);
    if (n % 10) *v->at++ = (char)('0' + n % 10);
}

/* performance.now() counts in tenths of a millisecond; differences of two such doubles show noise far
 * behind the point: 51.30000000004656, 162.79999999998836. */
static void put_ms(struct visit *v)
{
    uint64_t bits = rng_next(v->rng);
    uint32_t tenths = (uint32_t)v->low * 10 + rng_below(v->rng, (uint32_t)(v->high - v->low) * 10 + 1);
    bool down = bits & 1 && tenths % 10 > 0, exact = (bits & 6) == 0 || tenths % 10 == 0;
    if (down && !exact) tenths--;
    put_number(v, tenths / 10);
    if (tenths % 10 == 0 && exact) return;
    *v->at++ = '.';
    *v->at++ = (char)('0' + tenths % 10);
    if (exact) return;
    put(v, down ? "999999999" : "000000000"); /* 17 significant digits at most, as JavaScript prints */
    put_number(v, 1000 + (int64_t)(bits >> 32) % 9000);
}

static void put_fraction(struct visit *v)
{
    put(v, "0.0");
    put_number(v, 1000000000000000 + (int64_t)(rng_next(v->rng) % 9000000000000000));
}

static void hash_geometry(struct visit *v)
{
    const struct device *d = v->d;
    char text[400], hash[65];
    int inner = v->window_height - 143;
    int n = snprintf(text, sizeof text,
                     "screen:%dx%d:%dx%d|window:%dx%d:%dx%d@%s|visualViewport:%dx%d@1:0,0"
                     "|orientation:landscape-primary:0|chromeInsets:0,143|flags:",
                     d->width, d->height, d->width, d->height - d->bar, v->window_width, inner,
                     v->window_width, v->window_height, d->ratio, v->window_width, inner);
    sha256_hex(text, (size_t)n, hash);
    put_string(v, hash);
}

static void hash_runtime(struct visit *v)
{
    char text[400], hash[65], *start = v->at;
    int n = snprintf(text, sizeof text,
                     "hardwareConcurrency:%d|deviceMemory:%d|timingResolutionMs:|maxStackSize:%d"
                     "|storageQuotaMB:10240|heapLimitBucket:4224|networkRttMs:%d|downlinkMbps:",
                     v->d->cores, v->d->memory_gb, v->stack, v->rtt);
    put_hundredths(v, v->downlink);
    n += snprintf(text + n, sizeof text - (size_t)n, "%.*s|saveData:false|flags:", (int)(v->at - start), start);
    v->at = start;
    sha256_hex(text, (size_t)n, hash);
    put_string(v, hash);
}

static const char *classification(const struct visit *v)
{
    return v->moves + v->clicks < 5 ? "insufficient_data" : "low_interaction";
}

static void hash_behaviour(struct visit *v)
{
    char text[600], hash[65];
    const char *straightness = v->moves ? "0.94" : "", *interval = v->moves ? "16.7" : "";
    int n = snprintf(text, sizeof text,
                     "elapsedMs:%d|totalEventCount:%d|pointerMoveCount:%d|pointerDistancePx:%d"
                     "|pointerDirectionChanges:%d|pointerStraightness:%s|clickCount:%d"
                     "|scrollEventCount:0|scrollBurstCount:0|keyEventCount:0|inputEventCount:0"
                     "|focusTransitions:0|blurTransitions:0|visibilityTransitions:0"
                     "|meanPointerIntervalMs:%s|meanKeyIntervalMs:|classification:%s|riskScore:0|reasons:",
                     v->elapsed, v->moves + v->clicks, v->moves, v->distance, v->turns, straightness,
                     v->clicks, interval, classification(v));
    sha256_hex(text, (size_t)n, hash);
    put_string(v, hash);
}

static void put_battery(struct visit *v)
{
    if (!v->d->battery) {
        put(v, "{\"charging\":true,\"level\":1}");
        return;
    }
    put(v, rng_chance(v->rng, 0.5) ? "{\"charging\":true,\"level\":" : "{\"charging\":false,\"level\":");
    put_hundredths(v, 5 + (int)rng_below(v->rng, 95));
    *v->at++ = '}';
}

static void put_version(struct visit *v)
{
    char text[32];
    snprintf(text, sizeof text, "%d.0.%d.%d", v->d->major, v->d->build, v->d->patch);
    put_string(v, text);
}

static void put_major(struct visit *v)
{
    *v->at++ = '"';
    put_number(v, v->d->major);
    *v->at++ = '"';
}

static void put_svg_lengths(struct visit *v)
{
    for (int i = 0; i < 5; i++) {
        int n = v->d->svg_sixteenths[i], fraction = n % 16 * 625;
        *v->at++ = i ? ',' : '[';
        put_number(v, n / 16);
        if (!fraction) continue;
        char digits[6] = { '.', (char)('0' + fraction / 1000), (char)('0' + fraction / 100 % 10),
                           (char)('0' + fraction / 10 % 10), (char)('0' + fraction % 10), 0 };
        for (int last = 4; digits[last] == '0'; last--) digits[last] = 0;
        put(v, digits);
    }
    *v->at++ = ']';
}

#define WINDOWS_VOICE(name) "\"Microsoft " name " - English (United States)\""

static void put_voice_names(struct visit *v)
{
    static const char *const names[DEVICE_SYSTEM_COUNT] = {
        "[" WINDOWS_VOICE("David") "," WINDOWS_VOICE("Mark") "," WINDOWS_VOICE("Zira") "]",
        "[\"Samantha\",\"Daniel\",\"Karen\",\"Moira\",\"Rishi\",\"Tessa\"]",
        "[]",
    };
    put(v, names[v->d->system]);
}

static void put_voice(struct visit *v)
{
    static const char *const names[DEVICE_SYSTEM_COUNT] = { WINDOWS_VOICE("David"), "\"Samantha\"",
                                                            "\"Google US English\"" };
    put(v, names[v->d->system]);
}

static void put_voices(struct visit *v)
{
    static const int counts[DEVICE_SYSTEM_COUNT] = { 22, 25, 19 };
    put_number(v, counts[v->d->system]);
}

static void put_url(struct visit *v)
{
    static const char *const pages[] = { "signup", "login", "checkout", "account?tab=security" };
    put(v, "\"http://shop.example/");
    put(v, pages[rng_below(v->rng, 4)]);
    *v->at++ = '"';
}

/* One function per row of the table below. */
#define STRING(name, member) static void w_##name(struct visit *v) { put_string(v, v->d->member); }
#define TEXT(name, member) static void w_##name(struct visit *v) { put(v, v->d->member); }
#define NUMBER(name, value) static void w_##name(struct visit *v) { put_number(v, value); }
#define WRITER(name, call) static void w_##name(struct visit *v) { call; }
#define VARIABLES                                                                                  \
    STRING(canvas, canvas) STRING(gpu, gpu) STRING(gpu_vendor, gpu_vendor) TEXT(gpu_params, gpu_params) \
    TEXT(fonts, fonts) NUMBER(fonts_count, v->d->fonts_count) NUMBER(cores, v->d->cores)           \
    NUMBER(memory, v->d->memory_gb) TEXT(languages, languages) STRING(platform, platform)          \
    WRITER(bluetooth, put_bool(v, v->d->bluetooth))                                                \
    WRITER(scheme, put_string(v, v->d->dark ? "dark" : "light"))                                   \
    NUMBER(width, v->d->width) NUMBER(height, v->d->height)                                        \
    NUMBER(avail_height, v->d->height - v->d->bar) TEXT(ratio, ratio)                              \
    STRING(dom_rect, dom_rect) STRING(emoji, emoji) STRING(speech, speech)                         \
    WRITER(voices, put_voices(v)) WRITER(voice_names, put_voice_names(v)) WRITER(voice, put_voice(v)) \
    TEXT(number, number) TEXT(relative, relative) TEXT(list, list) STRING(intl, intl)              \
    STRING(zone, zone) STRING(zone_name, zone_name) NUMBER(zone_offset, v->d->zone_offset_min)     \
    STRING(timezone, timezone) NUMBER(css_properties, 330 + v->d->major)                           \
    STRING(css_color, css_color) STRING(css_font, css_font) STRING(css, css)                       \
    STRING(user_agent, user_agent) STRING(svg, svg) WRITER(svg_lengths, put_svg_lengths(v))        \
    NUMBER(window_properties, v->d->properties) STRING(window, window)                             \
    WRITER(globals, put(v, device_globals)) STRING(element, element)                               \
    STRING(system, system_name) STRING(architecture, architecture)                                 \
    STRING(system_version, system_version) WRITER(major, put_major(v)) WRITER(version, put_version(v)) \
    STRING(hints, hints) STRING(capability, capability) NUMBER(window_width, v->window_width)      \
    NUMBER(window_height, v->window_height) NUMBER(inner_height, v->window_height - 143)           \
    WRITER(geometry, hash_geometry(v))                                                             \
    /* what differs from visit to visit */                                                         \
    WRITER(ms, put_ms(v)) WRITER(fraction, put_fraction(v)) NUMBER(stack, v->stack)                \
    WRITER(battery, put_battery(v)) WRITER(heap_used, put_hundredths(v, v->heap_used))             \
    WRITER(heap_total, put_hundredths(v, v->heap_total)) NUMBER(rtt, v->rtt)                       \
    WRITER(downlink, put_hundredths(v, v->downlink)) WRITER(runtime, hash_runtime(v))              \
    NUMBER(elapsed, v->elapsed) NUMBER(total_events, v->moves + v->clicks)                         \
    NUMBER(pointer_moves, v->moves) NUMBER(pointer_distance, v->distance)                          \
    NUMBER(pointer_turns, v->turns) WRITER(pointer_straightness, put(v, v->moves ? "0.94" : "null")) \
    NUMBER(clicks, v->clicks) WRITER(pointer_interval, put(v, v->moves ? "16.7" : "null"))         \
    WRITER(classification, put_string(v, classification(v))) WRITER(behaviour, hash_behaviour(v))  \
    NUMBER(now, v->now_ms) WRITER(url, put_url(v))

VARIABLES

#undef STRING
#undef TEXT
#undef NUMBER
#undef WRITER
#define STRING(name, member) { #name, w_##name },
#define TEXT(name, member) { #name, w_##name },
#define NUMBER(name, value) { #name, w_##name },
#define WRITER(name, call) { #name, w_##name },
static const struct variable {
    const char *name;
    void (*write)(struct visit *v);
} variables[] = { VARIABLES };

/* ---- the template ---------------------------------------------------------------------------- */

enum { PIECES_MAX = 400 };

struct piece {
    size_t start, length; /* literal text that comes before the variable */
    void (*write)(struct visit *v);
    int low, high;
};

struct body {
    char *text; /* the file without blanks between tokens */
    struct piece pieces[PIECES_MAX];
    size_t pieces_count, tail; /* the literal after the last variable starts here */
    size_t length;
};

static char *read_file(const char *path, size_t *length)
{
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    char *text = malloc(BODY_BYTES_MAX);
    *length = text ? fread(text, 1, BODY_BYTES_MAX, f) : 0;
    fclose(f);
    if (*length > 0 && *length < BODY_BYTES_MAX) return text;
    free(text);
    return NULL;
}

static size_t squeeze(char *text, size_t length)
{
    size_t out = 0;
    bool in_string = false;
    for (size_t i = 0; i < length; i++) {
        if (in_string && text[i] == '\\') text[out++] = text[i++];
        else if (text[i] == '"') in_string = !in_string;
        else if (!in_string && isspace((unsigned char)text[i])) continue;
        text[out++] = text[i];
    }
    return out;
}

/* `name` is what stands between "@ and the closing quote. */
static bool add_variable(struct body *b, size_t start, size_t quote, const char *name, size_t length)
{
    struct piece *p = &b->pieces[b->pieces_count];
    char word[64];
    if (b->pieces_count == PIECES_MAX || length >= sizeof word) return false;
    memcpy(word, name, length);
    word[length] = 0;
    *p = (struct piece){ .start = start, .length = quote - start };
    if (strncmp(word, "ms ", 3) == 0) {
        if (sscanf(word, "ms %d %d", &p->low, &p->high) != 2 || p->high < p->low) return false;
        word[2] = 0;
    }
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
        if (strcmp(word, variables[i].name) == 0) p->write = variables[i].write;
    if (!p->write) return false;
    b->pieces_count++;
    return true;
}

struct body *body_load(const char *path)
{
    struct body *b = calloc(1, sizeof *b);
    if (!b) return NULL;
    b->text = read_file(path, &b->length);
    if (!b->text) {
        fprintf(stderr, "%s: cannot be read, or is not under %d bytes\n", path, BODY_BYTES_MAX);
        body_free(b);
        return NULL;
    }
    b->length = squeeze(b->text, b->length);
    for (size_t i = 0; i + 1 < b->length; i++) {
        if (b->text[i] != '"' || b->text[i + 1] != '@') continue;
        const char *name = b->text + i + 2, *end = memchr(name, '"', b->length - i - 2);
        if (!end || !add_variable(b, b->tail, i, name, (size_t)(end - name))) {
            fprintf(stderr, "%s: unknown variable near %.40s\n", path, b->text + i);
            body_free(b);
            return NULL;
        }
        b->tail = (size_t)(end - b->text) + 1;
        i = b->tail - 1;
    }
    return b;
}

void body_free(struct body *b)
{
    if (b) free(b->text);
    free(b);
}

size_t body_write(const struct body *b, const struct device *d, struct rng *rng, int64_t now_ms, char *out)
{
    struct visit v = { .d = d, .rng = rng, .now_ms = now_ms, .at = out };
    v.stack = 9500 + (int)rng_below(rng, 8000);
    v.heap_used = 120 + (int)rng_below(rng, 400);
    v.heap_total = v.heap_used + 100 + (int)rng_below(rng, 300);
    v.rtt = 50 * (int)rng_below(rng, 5);
    v.downlink = 5 * (20 + (int)rng_below(rng, 180));
    v.window_width = d->window_width;
    v.window_height = d->window_height;
    if (rng_chance(rng, 0.1)) v.window_height -= 10 + (int)rng_below(rng, 60); /* resized this time */
    v.elapsed = 120 + (int)rng_below(rng, 400);
    if (rng_chance(rng, 0.2)) {
        v.moves = 1 + (int)rng_below(rng, 40);
        v.distance = v.moves * (8 + (int)rng_below(rng, 20));
        v.turns = (int)rng_below(rng, 6);
        v.clicks = (int)rng_below(rng, 2);
    }
    for (size_t i = 0; i < b->pieces_count; i++) {
        const struct piece *p = &b->pieces[i];
        memcpy(v.at, b->text + p->start, p->length);
        v.at += p->length;
        v.low = p->low, v.high = p->high;
        p->write(&v);
    }
    memcpy(v.at, b->text + b->tail, b->length - b->tail);
    v.at += b->length - b->tail;
    return (size_t)(v.at - out);
}
