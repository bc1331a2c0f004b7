/* recompute - see recompute.h. A function per signal writes its text; a member that is missing spoils
 * it. */
#include "identify/recompute.h"

#include "base/crypto.h"
#include "base/json_number.h"
#include "base/json_out.h"

enum { KEYS_MAX = 32 }; /* the longest documented object has 15 */

struct text {
    struct json_out out;
    bool spoilt; /* a value that the hash needs is missing or strange */
};

static void raw(struct text *t, const char *s)
{
    json_out_raw(&t->out, str_of(s));
}

/* As String(value) in JavaScript, but null is empty, as in Array.join and in FingerprintIQ's texts. */
static void put(struct text *t, struct json v)
{
    char number[JSON_NUMBER_BYTES];
    struct str s;
    double d;
    bool b;
    if (json_str(v, &s)) json_out_raw(&t->out, s);
    else if (json_double(v, &d))
        json_out_raw(&t->out, (struct str){ number, json_number_print(number, d == 0 ? 0 : d) });
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

/* "name:value" of members in the given order, NULL at the end. */
static void put_named(struct text *t, struct json object, const char *const *names)
{
    for (size_t i = 0; names[i]; i++) {
        if (i) raw(t, "|");
        raw(t, names[i]);
        put_member(t, ":", object, names[i]);
    }
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
        json_out_raw(&t->out, keys[i].key), raw(t, ":");
        if (json_type(keys[i].value) == JSON_NULL) raw(t, none);
        else put(t, keys[i].value);
    }
}

/* ---- the signals ---- */

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
    static const char *const names[] = { "isFramed", "depth", "topAccessible", "crossOriginBoundary", NULL };
    put_named(t, v, names);
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
    static const char *const names[] = { "mobile", "platform", "architecture", "bitness", "model",
                                         "platformVersion", "wow64", NULL };
    put_named(t, v, names);
    raw(t, "|brands:"), put_brands(t, member(t, v, "brands"));
    raw(t, "|fullVersionList:"), put_brands(t, member(t, v, "fullVersionList"));
    raw(t, "|formFactors:"), put_list(t, member(t, v, "formFactors"), ",");
}

static void put_pair(struct text *t, const char *label, struct json object, const char *width,
                     const char *height)
{
    put_member(t, label, object, width);
    put_member(t, "x", object, height);
}

static void geometry_text(struct text *t, struct json v)
{
    struct json screen = member(t, v, "screen"), window = member(t, v, "window");
    struct json visible = member(t, v, "visualViewport"), turned = member(t, v, "orientation");
    if (t->spoilt) return;
    put_pair(t, "screen:", screen, "width", "height");
    put_pair(t, ":", screen, "availWidth", "availHeight");
    put_pair(t, "|window:", window, "innerWidth", "innerHeight");
    put_pair(t, ":", window, "outerWidth", "outerHeight");
    put_member(t, "@", window, "devicePixelRatio");
    raw(t, "|visualViewport:");
    if (json_type(visible) == JSON_NULL) {
        raw(t, "none");
    } else {
        put_pair(t, "", visible, "width", "height");
        put_member(t, "@", visible, "scale");
        put_member(t, ":", visible, "offsetLeft");
        put_member(t, ",", visible, "offsetTop");
    }
    put_member(t, "|orientation:", turned, "type");
    put_member(t, ":", turned, "angle");
    put_member(t, "|chromeInsets:", v, "chromeInsetX");
    put_member(t, ",", v, "chromeInsetY");
    raw(t, "|flags:"), put_list(t, member(t, v, "suspiciousFlags"), ",");
}

/* The heap's limit in steps of 64 MB, rounded as Math.round does; here alone null is a word. */
static void runtime_text(struct text *t, struct json v)
{
    static const char *const before[] = { "hardwareConcurrency", "deviceMemory", "timingResolutionMs",
                                          "maxStackSize", "storageQuotaMB", NULL };
    static const char *const after[] = { "networkRttMs", "downlinkMbps", "saveData", NULL };
    char number[JSON_NUMBER_BYTES];
    double limit_mb;
    put_named(t, v, before);
    raw(t, "|heapLimitBucket:");
    if (json_double(member(t, v, "jsHeapLimitMB"), &limit_mb) && limit_mb >= 0 && limit_mb < 1e12) {
        double bucket_mb = (double)(int64_t)(limit_mb / 64 + 0.5) * 64;
        json_out_raw(&t->out, (struct str){ number, json_number_print(number, bucket_mb) });
    } else {
        raw(t, "null");
    }
    raw(t, "|"), put_named(t, v, after);
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
    static const char *const names[] = {
        "elapsedMs", "totalEventCount", "pointerMoveCount", "pointerDistancePx",
        "pointerDirectionChanges", "pointerStraightness", "clickCount", "scrollEventCount",
        "scrollBurstCount", "keyEventCount", "inputEventCount", "focusTransitions",
        "blurTransitions", "visibilityTransitions", "meanPointerIntervalMs", "meanKeyIntervalMs",
        "classification", "riskScore", NULL,
    };
    put_named(t, v, names);
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

static const struct { enum signal_key key; const char *name; void (*write)(struct text *, struct json); } kinds[] = {
#define KIND(name, write) { SIGNAL_##name, #name, write }
    KIND(math, math_text), KIND(timezone, zone_text), KIND(cssStyle, css_style_text),
    KIND(cssFeatures, features_text), KIND(error, error_text), KIND(svg, svg_text),
    KIND(windowFeatures, window_features_text), KIND(codec, codec_text),
    KIND(platformFeatures, features_text), KIND(uaClientHints, client_hints_text),
    KIND(geometryVector, geometry_text), KIND(runtimeVector, runtime_text),
    KIND(sensorCapabilities, sensors_text), KIND(behavioralRisk, behaviour_text),
    KIND(frameDepth, frame_depth_text),
#undef KIND
};

static void check(struct recomputed *out, size_t kind, struct json entry, struct arena *arena)
{
    struct text t = { .spoilt = false };
    struct json v, hash;
    struct str hex;
    uint8_t want[SHA256_BYTES];
    const uint64_t bit = (uint64_t)1 << kinds[kind].key;
    out->checked &= ~bit, out->differs &= ~bit; /* of a key given twice the last one counts */
    if (!json_get(entry, STR("value"), &v) || !json_get(v, STR("hash"), &hash)) return;
    if (!json_str(hash, &hex)) return;
    json_out_init(&t.out, arena);
    kinds[kind].write(&t, v);
    if (t.spoilt || t.out.failed) return;
    out->checked |= bit;
    bool zone = kinds[kind].key == SIGNAL_timezone;
    struct str text = json_out_text(&t.out);
    if (hex.n != 2 * SHA256_BYTES || !hex_decode(want, hex) ||
        !(zone ? is_zone_hash(text, v, want, arena) : is_sha256_of(text, want)))
        out->differs |= bit;
}

void recompute_hashes(struct recomputed *out, struct json signals, struct arena *arena)
{
    size_t expected = 0;
    *out = (struct recomputed){ 0 };
    for (struct json_each it = json_each(signals); json_next(&it);) {
        for (size_t i = 0; i < COUNT_OF(kinds); i++) {
            size_t kind = (expected + i) % COUNT_OF(kinds);
            if (!str_eq(it.key, str_of(kinds[kind].name))) continue;
            check(out, kind, it.value, arena);
            expected = kind + 1;
            break;
        }
    }
}
