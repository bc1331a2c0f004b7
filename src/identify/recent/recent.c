/* recent - see recent.h. One log of visits, one track per visitor, address and linked id; a visit leaves all of
 * them when it is a day and a bit old. */
#include "identify/recent/recent.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "identify/link/counts.h" /* key_mix */
#include "identify/recent/track.h"

#include <pthread.h>
#include <stdlib.h>

/* An hour more than the longest window: for visits that come late. */
#define KEPT_MS ((int64_t)25 * 60 * 60 * 1000)
/* Loops read the clock a moment before they are counted. In a track this long, where looking back costs, such a
 * visit counts as of now. */
/* These are kept whatever the limit is: an hour's window, and visits that come late for it. */
#define ALWAYS_KEPT_MS ((int64_t)2 * 60 * 60 * 1000)
/* From here on each doubling of the memory is said in the log. */
#define TELL_FROM_BYTES ((size_t)1 << 30)
enum { LONG_TRACK = 20000, JITTER_MS = 250, EXPIRE_AT_ONCE = 4, AGAIN_MS = 60 * 1000 };

enum track_kind { OF_VISITOR = 1, OF_ADDRESS, OF_LINKED };

struct payload {
    uint64_t hash;
    uint32_t number;
};

struct tracked {
    uint64_t key;
    struct track *track;
};

struct recent {
    pthread_mutex_t lock;
    struct recent_log log;
    int64_t latest_ms;
    struct keyed tracks;   /* struct tracked */
    struct keyed payloads; /* struct payload */
    size_t track_bytes;
    size_t tell_at_bytes;
    uint32_t visits_max;  /* 0: no limit */
    int64_t complete_ms;  /* all visits after this time are remembered */
};

/* Never 0, which stands for "absent". */
static uint64_t mix(uint64_t a, uint64_t b)
{
    uint64_t x = key_mix(a, b);
    return x ? x : 1;
}

/* ---- tracks by key ---- */

static uint64_t track_key(uint32_t workspace, enum track_kind kind, uint64_t value)
{
    return mix(mix(workspace, kind), value);
}

static struct track *find_track(const struct recent *r, uint64_t key)
{
    const struct tracked *row = keyed_find(&r->tracks, key);
    return row ? row->track : NULL;
}

static struct track *make_track(uint64_t key, enum track_kind kind)
{
    struct track *t = calloc(1, sizeof *t);
    if (!t) return NULL;
    t->key = key;
    if (kind != OF_ADDRESS) track_tell_apart(t, RECENT_ADDRESS);
    if (kind == OF_VISITOR) track_tell_apart(t, RECENT_LINKED), track_tell_apart(t, RECENT_COUNTRY);
    if (kind == OF_LINKED) track_tell_apart(t, RECENT_VISITOR);
    return t;
}

static struct track *need_track(struct recent *r, uint64_t key, enum track_kind kind)
{
    struct track *t = find_track(r, key);
    if (t || !(t = make_track(key, kind))) return t;
    struct tracked *row = keyed_need(&r->tracks, key);
    if (!row) {
        free(t);
        return NULL;
    }
    row->track = t;
    r->track_bytes += track_bytes(t);
    return t;
}

static void drop_track(struct recent *r, struct track *t)
{
    r->track_bytes -= track_bytes(t);
    keyed_drop(&r->tracks, keyed_find(&r->tracks, t->key));
    track_free(t);
    free(t);
}

/* ---- payloads ---- */

static void drop_payload(struct recent *r, uint64_t hash, uint32_t number)
{
    struct payload *p = hash ? keyed_find(&r->payloads, hash) : NULL;
    if (p && p->number == number) keyed_drop(&r->payloads, p); /* else a later one stands there */
}

/* The latest visit with a payload stands for it: who replays one does so again. */
static enum recent_replay note_payload(struct recent *r, uint32_t number)
{
    const struct recent_entry *entry = recent_at(&r->log, number);
    uint32_t known = r->payloads.count;
    struct payload *p = entry->payload ? keyed_need(&r->payloads, entry->payload) : NULL;
    enum recent_replay replay = RECENT_FIRST;
    if (!p) return replay;
    if (r->payloads.count == known) {
        const struct recent_entry *before = recent_at(&r->log, p->number);
        bool same_client = before->of[RECENT_VISITOR] == entry->of[RECENT_VISITOR] &&
                           before->of[RECENT_ADDRESS] == entry->of[RECENT_ADDRESS] &&
                           entry->time_ms - before->time_ms <= AGAIN_MS;
        replay = before->client_ms == entry->client_ms ? RECENT_SAME
                 : same_client                         ? RECENT_AGAIN
                                                       : RECENT_SAME_SIGNALS;
    }
    p->number = number;
    return replay;
}

/* ---- visits ---- */

/* What changes from load to load, durations above all, does not come twice. Of a hand-made body that has little
 * of it, only the same visitor's at the same client time counts. */
static uint64_t payload_hash(const struct event *ev, uint64_t visitor)
{
    struct str volatiles = event_has(ev, EVENT_volatile_signals) ? ev->volatile_signals : STR("");
    bool timed = event_has(ev, EVENT_client_time_ms);
    uint64_t hash = mix(str_hash(volatiles, 11), (uint64_t)ev->workspace);
    if (volatiles.n >= RECENT_TELLING_BYTES) return hash;
    return timed ? mix(mix(hash, visitor), (uint64_t)ev->client_time_ms) : 0;
}

static void read_event(struct recent_entry *out, const struct event *ev)
{
    out->time_ms = ev->id.time_ms;
    out->client_ms = event_has(ev, EVENT_client_time_ms) ? ev->client_time_ms : 0;
    out->workspace = (uint32_t)ev->workspace;
    out->of[RECENT_VISITOR] = mix(ev->visitor.high, ev->visitor.low);
    if (event_has(ev, EVENT_ip)) out->of[RECENT_ADDRESS] = mix(str_hash(ev->ip, 12), 1);
    if (event_has(ev, EVENT_linked_id)) out->of[RECENT_LINKED] = mix(str_hash(ev->linked_id, 13), 1);
    if (event_has(ev, EVENT_geo_country)) out->of[RECENT_COUNTRY] = mix(str_hash(ev->geo_country, 14), 1);
    out->payload = payload_hash(ev, out->of[RECENT_VISITOR]);
}

static struct track *tracks_of(struct recent *r, const struct recent_entry *e, enum track_kind kind, bool make)
{
    static const enum recent_of what[] = { [OF_VISITOR] = RECENT_VISITOR, [OF_ADDRESS] = RECENT_ADDRESS,
                                           [OF_LINKED] = RECENT_LINKED };
    uint64_t value = e->of[what[kind]];
    if (!value) return NULL;
    uint64_t key = track_key(e->workspace, kind, value);
    return make ? need_track(r, key, kind) : find_track(r, key);
}

static void take_out(struct recent *r, uint32_t number, bool of_visitor_too)
{
    struct recent_entry *e = recent_at(&r->log, number);
    if (e->gone) return;
    e->gone = true;
    for (enum track_kind kind = of_visitor_too ? OF_VISITOR : OF_ADDRESS; kind <= OF_LINKED; kind++) {
        struct track *t = tracks_of(r, e, kind, false);
        if (!t) continue;
        track_remove(t, &r->log, number);
        if (track_empty(t)) drop_track(r, t);
    }
    drop_payload(r, e->payload, number);
}

static bool knows_day(const struct recent *r, int64_t now_ms)
{
    return now_ms - velocity_window_ms[VELOCITY_DAY] >= r->complete_ms;
}

/* The first visit is younger than a day, and there are too many. */
static void let_go(struct recent *r, int64_t time_ms)
{
    if (knows_day(r, r->latest_ms))
        log_warn("recent",
                 "more than the %u visits of --velocity-visits in a day: counts of 24 hours are left out until "
                 "a whole day is remembered again",
                 r->visits_max);
    if (time_ms > r->complete_ms) r->complete_ms = time_ms;
    metric_add(METRIC_velocity_dropped_total, 1);
}

static void expire(struct recent *r)
{
    for (int i = 0; i < EXPIRE_AT_ONCE && r->log.first != r->log.next; i++) {
        int64_t time_ms = recent_at(&r->log, r->log.first)->time_ms;
        if (time_ms > r->latest_ms - KEPT_MS) {
            bool full = r->visits_max && r->log.next - r->log.first > r->visits_max;
            if (!full || time_ms > r->latest_ms - ALWAYS_KEPT_MS) return;
            let_go(r, time_ms);
        }
        take_out(r, r->log.first, true);
        recent_log_drop_first(&r->log);
    }
}

static size_t bytes_of(const struct recent *r)
{
    size_t visits = r->log.next - r->log.first;
    return visits * sizeof(struct recent_entry) + keyed_bytes(&r->tracks) + keyed_bytes(&r->payloads) + r->track_bytes;
}

static void tell_size(struct recent *r)
{
    size_t bytes = bytes_of(r);
    metric_set(METRIC_velocity_visits, (int64_t)(r->log.next - r->log.first));
    metric_set(METRIC_velocity_bytes, (int64_t)bytes);
    if (bytes < r->tell_at_bytes) return;
    log_warn("recent", "the visits of the last day take %zu MB; --velocity-visits limits how many are remembered",
             bytes >> 20);
    r->tell_at_bytes *= 2;
}

static struct track *add_to(struct recent *r, enum track_kind kind, uint32_t number)
{
    struct track *t = tracks_of(r, recent_at(&r->log, number), kind, true);
    if (!t) return NULL;
    r->track_bytes -= track_bytes(t);
    bool added = track_add(t, &r->log, number);
    r->track_bytes += track_bytes(t);
    return added ? t : NULL;
}

static void count_windows(struct track_count out[VELOCITY_WINDOWS], const struct recent *r, const struct track *t,
                          int64_t now_ms)
{
    bool late = now_ms < t->at_ms;
    if (late && t->end - t->front > LONG_TRACK && t->at_ms - now_ms <= JITTER_MS) late = false;
    if (!late) track_count_now(out, t);
    for (unsigned w = 0; w < VELOCITY_WINDOWS && late; w++)
        track_count(&out[w], t, &r->log, now_ms, velocity_window_ms[w]);
}

static void put(struct velocity *v, enum velocity_counter counter, const struct track_count *count, int distinct)
{
    v->known[counter] = true;
    for (unsigned w = 0; w < VELOCITY_WINDOWS; w++)
        v->count[counter][w] = distinct < 0 ? count[w].visits : count[w].distinct[distinct];
}

static void count_visit(struct velocity *v, const struct recent *r, const struct recent_entry *e,
                        struct track *const t[OF_LINKED + 1])
{
    struct track_count count[VELOCITY_WINDOWS];
    *v = (struct velocity){ .day_unknown = !knows_day(r, e->time_ms) };
    if (t[OF_VISITOR]) {
        count_windows(count, r, t[OF_VISITOR], e->time_ms);
        put(v, VELOCITY_EVENTS, count, -1);
        put(v, VELOCITY_DISTINCT_LINKED_ID, count, 1);
        if (e->of[RECENT_ADDRESS]) put(v, VELOCITY_DISTINCT_IP, count, 0);
        if (count[VELOCITY_DAY].distinct[2]) put(v, VELOCITY_DISTINCT_COUNTRY, count, 2);
        v->day_left_out = count[VELOCITY_DAY].visits > VELOCITY_DAY_EVENTS_MAX;
    }
    if (t[OF_ADDRESS]) {
        count_windows(count, r, t[OF_ADDRESS], e->time_ms);
        put(v, VELOCITY_IP_EVENTS, count, -1);
    }
    if (t[OF_LINKED]) {
        count_windows(count, r, t[OF_LINKED], e->time_ms);
        put(v, VELOCITY_DISTINCT_IP_BY_LINKED_ID, count, 0);
        put(v, VELOCITY_DISTINCT_VISITOR_ID_BY_LINKED_ID, count, 1);
    }
}

void recent_note(struct recent *r, const struct event *ev, struct recent_answer *out)
{
    struct track *t[OF_LINKED + 1] = { NULL };
    *out = (struct recent_answer){ .noted = false };
    pthread_mutex_lock(&r->lock);
    struct recent_entry *entry = recent_log_add(&r->log);
    if (entry) {
        uint32_t number = r->log.next - 1;
        read_event(entry, ev);
        if (entry->time_ms > r->latest_ms) r->latest_ms = entry->time_ms;
        for (enum track_kind kind = OF_VISITOR; kind <= OF_LINKED; kind++) t[kind] = add_to(r, kind, number);
        count_visit(&out->velocity, r, entry, t);
        out->replay = note_payload(r, number);
        out->ticket = number;
        out->noted = true;
        expire(r);
        tell_size(r);
    }
    pthread_mutex_unlock(&r->lock);
}

void recent_undo(struct recent *r, uint32_t ticket)
{
    pthread_mutex_lock(&r->lock);
    if (ticket - r->log.first < r->log.next - r->log.first) take_out(r, ticket, true);
    pthread_mutex_unlock(&r->lock);
}

void recent_forget(struct recent *r, uint32_t workspace, struct visitor_id id)
{
    pthread_mutex_lock(&r->lock);
    struct track *t = find_track(r, track_key(workspace, OF_VISITOR, mix(id.high, id.low)));
    for (uint32_t place = t ? t->front : 0; t && place < t->end; place++) take_out(r, t->number[place], false);
    if (t) drop_track(r, t);
    pthread_mutex_unlock(&r->lock);
}

void recent_size(struct recent *r, size_t *bytes, size_t *visits)
{
    pthread_mutex_lock(&r->lock);
    *visits = r->log.next - r->log.first;
    *bytes = bytes_of(r);
    pthread_mutex_unlock(&r->lock);
}

/* ---- start and end ---- */

static void restore(void *context, const struct event *ev)
{
    struct recent_answer answer;
    if (event_has(ev, EVENT_visitor)) recent_note(context, ev, &answer);
}

enum err recent_open(struct recent **out, struct store *store, uint32_t visits_max)
{
    struct recent *r = calloc(1, sizeof *r);
    if (!r) return ERR_NO_MEMORY;
    pthread_mutex_init(&r->lock, NULL);
    r->tracks.row_bytes = sizeof(struct tracked);
    r->payloads.row_bytes = sizeof(struct payload);
    r->visits_max = visits_max;
    r->tell_at_bytes = TELL_FROM_BYTES;
    *out = r;
    int64_t latest_ms = store_latest_event_ms(store); /* tests choose the time */
    int64_t start_ms = clock_mono_ms();
    enum err e = latest_ms ? store_each_event(store, latest_ms - KEPT_MS, restore, r) : ERR_OK;
    if (e == ERR_CORRUPT) e = ERR_OK; /* said in the log; the others are counted */
    size_t visits = r->log.next - r->log.first;
    if (visits >= 100000)
        log_info("recent", "counted the %zu visits of the last day in %lld ms", visits,
                 (long long)(clock_mono_ms() - start_ms));
    return e;
}

void recent_close(struct recent *r)
{
    if (!r) return;
    for (size_t i = 0; i < keyed_room(&r->tracks); i++) {
        const struct tracked *row = keyed_at(&r->tracks, i);
        if (!row) continue;
        track_free(row->track);
        free(row->track);
    }
    keyed_free(&r->tracks);
    keyed_free(&r->payloads);
    recent_log_free(&r->log);
    pthread_mutex_destroy(&r->lock);
    free(r);
}
