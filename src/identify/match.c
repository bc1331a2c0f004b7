/* match - whose visit is this? Three ways, in this order:
 *
 *   1. A token that we signed names the visitor, unless the facts contradict it (another operating
 *      system family, another GPU vendor): then it is not believed.
 *   2. The signals are the same as those of exactly one visitor, under one of two keys:
 *        look      everything that does not change from visit to visit, rendering included
 *        hardware  what browser updates do not touch
 *   3. Nobody fits, or several do: a new visitor. Two newcomers with the same look in flight at the
 *      same time are one device that arrived twice, and are joined (store_enter).
 *
 * This is the first, plain version: equality of hashed subsets, no weights. It confuses identical
 * devices that come without a token when only one of them is known, and loses a device whose
 * screen, fonts or zone change together with its token. The linkage engine takes this file's place;
 * its interface is match_visitor() and the store's match keys. */
#include "identify/identify.h"

#include "base/metrics.h"

enum { PROFILE_FORM = 1, CANDIDATES_MAX = 4 };

/* ---- what a visitor looked like last: enough to contradict a token ---- */

static uint64_t gpu_hash(const struct identify *id)
{
    const struct signal *vendor = &id->signals.value[S_WEBGL_VENDOR];
    return vendor->present ? vendor->hash : 0;
}

static struct str profile_write(struct identify *id)
{
    struct bytes_out out;
    bytes_out_init(&out, id->arena, 32);
    bytes_put_u8(&out, PROFILE_FORM);
    bytes_put_u64(&out, str_hash(id->ua.os, 0));
    bytes_put_u64(&out, gpu_hash(id));
    return bytes_out_text(&out);
}

static bool contradicts(const struct identify *id, struct str profile)
{
    struct cursor c = cursor_of(profile);
    if (cursor_u8(&c) != PROFILE_FORM) return false;
    uint64_t os = cursor_u64(&c), gpu = cursor_u64(&c);
    if (c.bad) return false;
    if (os != str_hash(id->ua.os, 0)) return true;
    return gpu && gpu_hash(id) && gpu != gpu_hash(id);
}

/* ---- match keys ---- */

static const enum signal_id hardware_signals[] = {
    S_PLATFORM, S_CORES, S_MEMORY, S_TOUCH_POINTS, S_WEBGL_RENDERER, S_WEBGL_VENDOR, S_WEBGL_PARAMS,
    S_FONTS, S_LANGUAGES, S_COLOR_DEPTH, S_PIXEL_RATIO, S_COLOR_GAMUT, S_ZONE, S_MATH_HASH,
};
static const enum signal_id look_signals[] = { S_CANVAS_HASH, S_DOMRECT_HASH, S_SVG_HASH,
                                               S_AUDIO_HASH };
/* Without at least two of these a look is shared by everybody with the same browser. */
static const enum signal_id telling_signals[] = { S_CANVAS_HASH, S_WEBGL_RENDERER, S_FONTS,
                                                  S_SCREEN_WIDTH };

/* A privacy browser's noise is absent, not different, and so is an empty list. */
static bool usable(const struct identify *id, enum signal_id s)
{
    const struct signal *farbled = &id->signals.value[S_CANVAS_FARBLED];
    const struct signal *value = &id->signals.value[s];
    if (!value->present || (signal_infos[s].kind == SIGNAL_LIST && value->text.n == 0))
        return false;
    return s != S_CANVAS_HASH || !(farbled->present && farbled->number != 0);
}

static uint64_t hash_signals(const struct identify *id, const enum signal_id *list, size_t count,
                             uint64_t seed)
{
    uint64_t row[16] = { 0 };
    for (size_t i = 0; i < count; i++)
        row[i] = usable(id, list[i]) ? id->signals.value[list[i]].hash : 0;
    return str_hash((struct str){ (const char *)row, count * sizeof row[0] }, seed);
}

/* A turned phone is the same phone. */
static uint64_t screen_hash(const struct identify *id)
{
    double a = id->signals.value[S_SCREEN_WIDTH].number,
           b = id->signals.value[S_SCREEN_HEIGHT].number;
    double sides[2] = { a < b ? a : b, a < b ? b : a };
    return str_hash((struct str){ (const char *)sides, sizeof sides }, 0);
}

static void make_keys(struct identify *id)
{
    size_t telling = 0;
    for (size_t i = 0; i < COUNT_OF(telling_signals); i++)
        telling += usable(id, telling_signals[i]);
    if (telling < 2) return;
    uint64_t seed = str_hash(id->ua.browser, str_hash(id->ua.os, screen_hash(id)));
    id->hardware_key = hash_signals(id, hardware_signals, COUNT_OF(hardware_signals), seed) | 1;
    id->look_key = hash_signals(id, look_signals, COUNT_OF(look_signals), id->hardware_key) | 1;
    if (id->look_key == id->hardware_key) id->look_key += 2;
}

/* ---- the three ways; *e is set when the store cannot be read: better no answer than a wrong
 * visitor ---- */

static void because(struct identify *id, enum reason reason)
{
    event_set(&id->event, EVENT_match_reasons);
    codes_add(&id->event.match_reasons, reason);
}

/* The cookie, or the agent's copy; true when it may be believed. */
static bool by_token(struct identify *id, struct visitor_id *out, enum err *e)
{
    struct str texts[2] = { id->cookie_token, id->body_token };
    const struct identify_shared *shared = id->shared;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct visitor visitor;
        int64_t issued_ms;
        if (texts[i].n == 0) continue;
        if (!token_read(out, &issued_ms, shared->token_keys, id->workspace, id->now_ms, texts[i])) {
            because(id, REASON_TOKEN_UNREADABLE);
            continue;
        }
        *e = store_find_visitor(shared->store, id->workspace, *out, id->arena, &visitor);
        if (*e == ERR_OK && !contradicts(id, visitor.profile)) return true;
        if (*e == ERR_OK) because(id, REASON_TOKEN_CONTRADICTED);
        else if (*e != ERR_NOT_FOUND) return false;
    }
    *e = ERR_OK;
    return false;
}

/* How many visitors have this key, 0, 1 or more; *out is the first. */
static size_t by_key(struct identify *id, uint64_t key, struct visitor_id *out, enum err *e)
{
    struct visitor_id found[CANDIDATES_MAX];
    size_t count = 0;
    struct store *st = id->shared->store;
    *e = store_find_candidates(st, id->workspace, key, CANDIDATES_MAX, found, &count);
    if (*e) return 0;
    if (count) *out = found[0];
    return count;
}

/* How sure, by the way it was found. Fixed figures until the engine calibrates them. */
static const struct {
    enum reason reason;
    double score;
} certainties[] = {
    { REASON_TOKEN, 0.99 },        { REASON_LOOK_SAME, 0.9 },      { REASON_HARDWARE_SAME, 0.8 },
    { REASON_NOBODY_ALIKE, 0.95 }, { REASON_TOO_MANY_ALIKE, 0.5 }, { REASON_TOO_LITTLE_KNOWN, 0.5 },
    { REASON_ALIKE_AT_ONCE, 0.9 },
};

static void conclude(struct identify *id, enum reason reason)
{
    because(id, reason);
    for (size_t i = 0; i < COUNT_OF(certainties); i++)
        if (certainties[i].reason == reason) SET(id, match_score, certainties[i].score);
}

static enum reason find(struct identify *id, struct visitor_id *out, enum err *e)
{
    if (by_token(id, out, e)) return REASON_TOKEN;
    if (*e || !id->look_key) return REASON_TOO_LITTLE_KNOWN;
    size_t same_look = by_key(id, id->look_key, out, e);
    if (same_look == 1) return REASON_LOOK_SAME;
    if (*e || same_look > 1) return REASON_TOO_MANY_ALIKE;
    size_t same_hardware = by_key(id, id->hardware_key, out, e);
    if (same_hardware == 1) return REASON_HARDWARE_SAME;
    return same_hardware > 1 ? REASON_TOO_MANY_ALIKE : REASON_NOBODY_ALIKE;
}

static bool is_known(enum reason reason)
{
    return reason == REASON_TOKEN || reason == REASON_LOOK_SAME || reason == REASON_HARDWARE_SAME;
}

enum err match_visitor(struct identify *id)
{
    struct claim *claim = &id->claim;
    make_keys(id);
    *claim = (struct claim){ .workspace = id->workspace, .now_ms = id->now_ms,
                             .profile = profile_write(id) };
    enum err e = ERR_OK;
    enum reason reason = find(id, &claim->id, &e);
    if (e) return e;
    claim->newcomer = !is_known(reason);
    if (!claim->newcomer) e = store_enter(id->shared->store, claim, &id->visit);
    if (claim->newcomer || e == ERR_NOT_FOUND) { /* deleted since it was found */
        if (!claim->newcomer) reason = REASON_NOBODY_ALIKE;
        claim->newcomer = true;
        claim->id = visitor_id_new(id->now_ms);
        claim->newcomer_key = reason == REASON_NOBODY_ALIKE ? id->look_key : 0;
        e = store_enter(id->shared->store, claim, &id->visit);
    }
    if (e) return e;

    const struct visit *visit = id->visit;
    conclude(id, visit->joined ? REASON_ALIKE_AT_ONCE : reason);
    SET(id, visitor, visit->id);
    SET(id, visitor_found, visit->found);
    SET(id, first_seen_ms, visit->first_seen_ms);
    SET(id, visits_count, (int64_t)visit->visits_count);
    if (visit->found) SET(id, last_seen_ms, visit->last_seen_ms);
    metric_add(reason == REASON_TOKEN ? METRIC_identify_token_total
               : visit->found         ? METRIC_identify_match_total
                                      : METRIC_identify_new_total, 1);
    return ERR_OK;
}
