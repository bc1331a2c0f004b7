/* recompute - see recompute.h. A function per signal writes its text; a member that is missing spoils
 * it. */
#include "identify/recompute.h"

#include "base/crypto.h"
#include "base/json_number.h"

enum {
    KEYS_MAX = 32,     /* the longest documented object has 15 */
    NAMED_MAX = 20,    /* the most members that a text names in an order of its own */
    TEXT_BYTES = 4096, /* the buffer grows beyond; recorded texts have up to 1,000 */
};

struct text {
    struct bytes_out out;
    bool spoilt; /* a value that the hash needs is missing or strange */
};

static inline void raw_str(struct text *t, struct str s)
{
    bytes_put(&t->out, s.p, s.n);
}

static inline void raw(struct text *t, const char *s)
{
    raw_str(t, str_of(s));
}

static void put_number(struct text *t, double d)
{
    char number[JSON_NUMBER_BYTES];
    bytes_put(&t->out, number, json_number_print(number, d));
}

/* As String(value) in JavaScript, but null is empty, as in Array.join and in FingerprintIQ's texts. */
static void put(struct text *t, struct json v)
{
    struct str s;
    double d;
    bool b;
    if (json_str(v, &s)) raw_str(t, s);
    else if (json_double(v, &d)) put_number(t, d == 0 ? 0 : d);
    else if (json_bool(v, &b)) raw(t, b ? "true" : "false");
    else if (json_type(v) != JSON_NULL) t->spoilt = true;
}

static struct json member(struct text *t, struct json object, const char *name)
{
    struct json v = object;
    if (!json_get(object, str_of(name), &v)) t->spoilt = true;
    return v;
}

static void put_member(struct text *t, const char *label, struct json object, const char *name)
{
    raw(t, label);
    struct json v = member(t, object, name);
    if (!t->spoilt) put(t, v);
}

static void put_list(struct text *t, struct json list, const char *separator)
{
    bool first = true;
    if (json_type(list) != JSON_ARRAY) t->spoilt = true;
    for (struct json_each it = json_each(list); !t->spoilt && json_next(&it); first = false) {
        if (json_type(it.value) == JSON_NULL) t->spoilt = true; /* NaN is null in JSON */
        if (!first) raw(t, separator);
        put(t, it.value);
    }
}

/* The members of these names. One walk finds them all, for they come in that order or nearly; of a name given twice
 * the last one counts. */
static void find_members(struct text *t, struct json object, const struct str *names, size_t count,
                         struct json value[NAMED_MAX])
{
    uint32_t found = 0;
    size_t expected = 0;
    for (struct json_each it = json_each(object); json_next(&it);) {
        for (size_t i = 0; i < count; i++) {
            size_t at = expected + i < count ? expected + i : expected + i - count;
            if (!str_eq(it.key, names[at])) continue;
            value[at] = it.value;
            found |= (uint32_t)1 << at;
            expected = at + 1;
            break;
        }
    }
    if (found != ((uint32_t)1 << count) - 1) t->spoilt = true;
}

/* "name:value" of members in the given order. */
static void put_named(struct text *t, struct json object, const struct str *names, size_t count)
{
    struct json value[NAMED_MAX];
    find_members(t, object, names, count, value);
    for (size_t i = 0; !t->spoilt && i < count; i++) {
        if (i) raw(t, "|");
        raw_str(t, names[i]), raw(t, ":");
        put(t, value[i]);
    }
}

/* Values of members in the given order, each behind its label. */
static void put_labelled(struct text *t, struct json object, const struct str *names, const char *const *labels,
                         size_t count)
{
    struct json value[NAMED_MAX];
    find_members(t, object, names, count, value);
    for (size_t i = 0; !t->spoilt && i < count; i++) raw(t, labels[i]), put(t, value[i]);
}

/* Locale order, which for names of letters alone is ASCII order without regard to case. */
static bool sort_keys(struct json_each keys[KEYS_MAX], size_t *count, struct json object)
{
    *count = 0;
    for (struct json_each it = json_each(object); json_next(&it);) {
        size_t i = *count;
        if (i == KEYS_MAX) return false;
        for (size_t k = 0; k < it.key.n; k++) {
            char c = (char)(it.key.p[k] | 0x20);
            if (c < 'a' || c > 'z') return false;
        }
        for (; i > 0; i--) {
            struct str before = keys[i - 1].key;
            size_t n = before.n < it.key.n ? before.n : it.key.n;
            int order = strncasecmp(before.p, it.key.p, n);
            if (order < 0 || (order == 0 && before.n <= it.key.n)) break;
            keys[i] = keys[i - 1];
        }
        keys[i] = it;
        ++*count;
    }
    return *count > 0;
}

/* "key:value" in locale order; `none` stands for null. */
static void put_flags(struct text *t, struct json object, const char *separator, const char *none)
{
    struct json_each keys[KEYS_MAX];
    size_t count;
    if (!sort_keys(keys, &count, object)) t->spoilt = true;
    for (size_t i = 0; !t->spoilt && i < count; i++) {
        if (i) raw(t, separator);
        raw_str(t, keys[i].key), raw(t, ":");
        if (json_type(keys[i].value) == JSON_NULL) raw(t, none);
        else put(t, keys[i].value);
    }
}

/* ---- the signals ---- */

#define NAME(text) { text, sizeof text - 1 }

static void math_text(struct text *t, struct json v)
{
    put_list(t, member(t, v, "values"), ",");
}

static void error_text(struct text *t, struct json v)
{
    put_list(t, member(t, v, "messages"), "|");
}

static void svg_text(struct text *t, struct json v)
{
    put_list(t, member(t, v, "textLengths"), ",");
}

static void css_style_text(struct text *t, struct json v)
{
    put_member(t, "", v, "propertyCount");
    put_member(t, "|", v, "systemColorHash");
    put_member(t, "|", v, "systemFontHash");
}

static void features_text(struct text *t, struct json v)
{
    put_flags(t, member(t, v, "features"), "|", "");
}

/* Its keys hold more than letters; this is their locale order. */
static void codec_text(struct text *t, struct json v)
{
    static const char *const types[] = {
        "audio/aac", "audio/flac", "audio/mpeg", "audio/ogg", "audio/wav", "audio/webm",
        "video/mp4; codecs=\"avc1.42E01E\"", "video/mp4; codecs=\"hev1.1.6.L93.B0\"", "video/ogg",
        "video/webm; codecs=\"av01.0.05M.08\"", "video/webm; codecs=\"vp8\"", "video/webm; codecs=\"vp9\"",
    };
    struct json matrix = member(t, v, "matrix");
    size_t count = 0;
    for (struct json_each it = json_each(matrix); json_next(&it);) count++;
    if (count != COUNT_OF(types)) t->spoilt = true;
    for (size_t i = 0; !t->spoilt && i < COUNT_OF(types); i++) {
        if (i) raw(t, "|");
        raw(t, types[i]);
        struct json row = member(t, matrix, types[i]);
        if (t->spoilt) return;
        put_member(t, ":", row, "canPlay");
        put_member(t, ":", row, "mediaSource");
        put_member(t, ":", row, "mediaRecorder");
    }
}

static void window_features_text(struct text *t, struct json v)
{
    put_member(t, "", v, "propertyCount");
    put_member(t, "|", v, "webkitCount");
    put_member(t, "|", v, "mozCount");
    raw(t, "|");
    put_list(t, member(t, v, "litterKeys"), ",");
}

static void frame_depth_text(struct text *t, struct json v)
{
    static const struct str names[] = { NAME("isFramed"), NAME("depth"), NAME("topAccessible"),
                                        NAME("crossOriginBoundary") };
    put_named(t, v, names, COUNT_OF(names));
}

static void put_brands(struct text *t, struct json list)
{
    bool first = true;
    if (json_type(list) != JSON_ARRAY) t->spoilt = true;
    for (struct json_each it = json_each(list); !t->spoilt && json_next(&it); first = false) {
        put_member(t, first ? "" : ",", it.value, "brand");
        put_member(t, "/", it.value, "version");
    }
}

static void client_hints_text(struct text *t, struct json v)
{
    static const struct str names[] = { NAME("mobile"), NAME("platform"), NAME("architecture"), NAME("bitness"),
                                        NAME("model"), NAME("platformVersion"), NAME("wow64") };
    put_named(t, v, names, COUNT_OF(names));
    raw(t, "|brands:"), put_brands(t, member(t, v, "brands"));
    raw(t, "|fullVersionList:"), put_brands(t, member(t, v, "fullVersionList"));
    raw(t, "|formFactors:"), put_list(t, member(t, v, "formFactors"), ",");
}

static void geometry_text(struct text *t, struct json v)
{
    static const struct str screen[] = { NAME("width"), NAME("height"), NAME("availWidth"), NAME("availHeight") };
    static const char *const screen_labels[] = { "screen:", "x", ":", "x" };
    static const struct str window[] = { NAME("innerWidth"), NAME("innerHeight"), NAME("outerWidth"),
                                         NAME("outerHeight"), NAME("devicePixelRatio") };
    static const char *const window_labels[] = { "|window:", "x", ":", "x", "@" };
    static const struct str visible[] = { NAME("width"), NAME("height"), NAME("scale"), NAME("offsetLeft"),
                                          NAME("offsetTop") };
    static const char *const visible_labels[] = { "", "x", "@", ":", "," };
    static const struct str parts[] = { NAME("screen"), NAME("window"), NAME("visualViewport"), NAME("orientation"),
                                        NAME("chromeInsetX"), NAME("chromeInsetY"), NAME("suspiciousFlags") };
    struct json part[NAMED_MAX];
    find_members(t, v, parts, COUNT_OF(parts), part);
    if (t->spoilt) return;
    put_labelled(t, part[0], screen, screen_labels, COUNT_OF(screen));
    put_labelled(t, part[1], window, window_labels, COUNT_OF(window));
    raw(t, "|visualViewport:");
    if (json_type(part[2]) == JSON_NULL) raw(t, "none");
    else put_labelled(t, part[2], visible, visible_labels, COUNT_OF(visible));
    put_member(t, "|orientation:", part[3], "type");
    put_member(t, ":", part[3], "angle");
    raw(t, "|chromeInsets:"), put(t, part[4]);
    raw(t, ","), put(t, part[5]);
    raw(t, "|flags:"), put_list(t, part[6], ",");
}

/* The heap's limit in steps of 64 MB, rounded as Math.round does; here alone null is a word. */
static void runtime_text(struct text *t, struct json v)
{
    static const struct str before[] = { NAME("hardwareConcurrency"), NAME("deviceMemory"),
                                         NAME("timingResolutionMs"), NAME("maxStackSize"), NAME("storageQuotaMB") };
    static const struct str after[] = { NAME("networkRttMs"), NAME("downlinkMbps"), NAME("saveData") };
    double limit_mb;
    put_named(t, v, before, COUNT_OF(before));
    raw(t, "|heapLimitBucket:");
    if (json_double(member(t, v, "jsHeapLimitMB"), &limit_mb) && limit_mb >= 0 && limit_mb < 1e12) {
        put_number(t, (double)(int64_t)(limit_mb / 64 + 0.5) * 64);
    } else {
        raw(t, "null");
    }
    raw(t, "|"), put_named(t, v, after, COUNT_OF(after));
    raw(t, "|flags:"), put_list(t, member(t, v, "suspiciousFlags"), ",");
}

static void sensors_text(struct text *t, struct json v)
{
    raw(t, "apis:"), put_flags(t, member(t, v, "apis"), ",", "");
    raw(t, "|permissions:"), put_flags(t, member(t, v, "permissionStates"), ",", "unknown");
    raw(t, "|blocked:"), put_list(t, member(t, v, "policyBlocked"), ",");
}

static void behaviour_text(struct text *t, struct json v)
{
    static const struct str names[] = {
        NAME("elapsedMs"), NAME("totalEventCount"), NAME("pointerMoveCount"), NAME("pointerDistancePx"),
        NAME("pointerDirectionChanges"), NAME("pointerStraightness"), NAME("clickCount"), NAME("scrollEventCount"),
        NAME("scrollBurstCount"), NAME("keyEventCount"), NAME("inputEventCount"), NAME("focusTransitions"),
        NAME("blurTransitions"), NAME("visibilityTransitions"), NAME("meanPointerIntervalMs"),
        NAME("meanKeyIntervalMs"), NAME("classification"), NAME("riskScore"),
    };
    _Static_assert(COUNT_OF(names) <= NAMED_MAX, "put_named has room for them");
    put_named(t, v, names, COUNT_OF(names));
    raw(t, "|reasons:"), put_list(t, member(t, v, "reasons"), ",");
}

/* Without the offset at the time of the visit, which only the hash holds. */
static void zone_text(struct text *t, struct json v)
{
    put_member(t, "", v, "reported");
    put_member(t, "|", v, "offsetHistorical");
    raw(t, "|");
}

static bool is_sha256_of(struct str text, const uint8_t want[SHA256_BYTES])
{
    uint8_t made[SHA256_BYTES];
    crypto_sha256(made, text);
    return memcmp(made, want, sizeof made) == 0;
}

/* Some offset that a clock can have: minutes, west positive, in quarters of an hour. First the likely
 * ones, so that an honest payload costs a hash or two. */
static bool is_zone_hash(struct str text, struct json v, const uint8_t want[SHA256_BYTES],
                         struct arena *arena)
{
    double historical = 0;
    struct json old;
    if (json_get(v, STR("offsetHistorical"), &old)) json_double(old, &historical);
    if (!(historical > -1e5 && historical < 1e5)) historical = 0;
    const int first = (int)historical;
    const int likely[] = { first, first + 60, first - 60, 0 };
    for (size_t i = 0; i < COUNT_OF(likely); i++)
        if (is_sha256_of(arena_format(arena, "%.*s%d", STR_ARG(text), likely[i]), want)) return true;
    for (int offset = -14 * 60; offset <= 14 * 60; offset += 15)
        if (is_sha256_of(arena_format(arena, "%.*s%d", STR_ARG(text), offset), want)) return true;
    return false;
}

static const struct { enum signal_key key; void (*write)(struct text *, struct json); } kinds[] = {
    { SIGNAL_math, math_text }, { SIGNAL_timezone, zone_text }, { SIGNAL_cssStyle, css_style_text },
    { SIGNAL_cssFeatures, features_text }, { SIGNAL_error, error_text }, { SIGNAL_svg, svg_text },
    { SIGNAL_windowFeatures, window_features_text }, { SIGNAL_codec, codec_text },
    { SIGNAL_platformFeatures, features_text }, { SIGNAL_uaClientHints, client_hints_text },
    { SIGNAL_geometryVector, geometry_text }, { SIGNAL_runtimeVector, runtime_text },
    { SIGNAL_sensorCapabilities, sensors_text }, { SIGNAL_behavioralRisk, behaviour_text },
    { SIGNAL_frameDepth, frame_depth_text },
};

enum hash_check { UNKNOWN, RIGHT, WRONG };

static enum hash_check check(struct text *t, size_t kind, struct json entry, struct arena *arena)
{
    struct json v, hash;
    struct str hex;
    uint8_t want[SHA256_BYTES];
    if (!json_get(entry, STR("value"), &v) || !json_get(v, STR("hash"), &hash)) return UNKNOWN;
    if (!json_str(hash, &hex)) return UNKNOWN;
    t->out.n = 0;
    t->spoilt = false;
    kinds[kind].write(t, v);
    if (t->spoilt || t->out.failed) return UNKNOWN;
    if (hex.n != 2 * SHA256_BYTES || !hex_decode(want, hex)) return WRONG;
    struct str text = bytes_out_text(&t->out);
    bool right = kinds[kind].key == SIGNAL_timezone ? is_zone_hash(text, v, want, arena) : is_sha256_of(text, want);
    return right ? RIGHT : WRONG;
}

void recompute_hashes(struct recomputed *out, const struct signals *signals, struct str steady,
                      struct proven *proven, struct arena *arena)
{
    struct text text = { .spoilt = false };
    *out = (struct recomputed){ 0 };
    bytes_out_init(&text.out, arena, TEXT_BYTES);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        const enum signal_key key = kinds[i].key;
        const uint64_t bit = (uint64_t)1 << key;
        const struct signal_place *place = &signals->place[key];
        struct str packed = str_sub(steady, place->from, place->to);
        struct json entry;
        if (!signals_entry(signals, key, &entry)) continue;
        bool whole = proven && !signal_changes(key); /* all that the text is made of is in `packed` */
        bool before = whole && proven_has(proven, key, packed);
        enum hash_check found = before ? RIGHT : check(&text, i, entry, arena);
        if (found != UNKNOWN) out->checked |= bit;
        if (found == WRONG) out->differs |= bit;
        if (found == RIGHT && whole && !before) proven_add(proven, key, packed);
    }
}
