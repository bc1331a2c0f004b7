/* track - see track.h. Each window keeps a count of its visits (places from its head on) and, per kind of
 * value, a count of values whose last visit is within. A visit that leaves a window takes its value along only
 * when it was the value's last. */
#include "identify/recent/track.h"

#include <stdlib.h>

/* ---- the log ---- */

struct recent_entry *recent_log_add(struct recent_log *log)
{
    const uint32_t numbers = UINT32_MAX / RECENT_CHUNK; /* of chunks, less one: they start anew after the last */
    uint32_t used = ((log->next / RECENT_CHUNK - log->first / RECENT_CHUNK) & numbers) + 1;
    if (used > log->chunks) {
        uint32_t room = log->chunks ? log->chunks * 2 : 4;
        struct recent_entry **chunk = calloc(room, sizeof(struct recent_entry *));
        if (!chunk) return NULL;
        for (uint32_t i = 0; i < log->chunks; i++) {
            uint32_t at = log->first / RECENT_CHUNK + i;
            chunk[at & (room - 1)] = log->chunk[at & (log->chunks - 1)];
        }
        free(log->chunk);
        log->chunk = chunk;
        log->chunks = room;
    }
    struct recent_entry **here = &log->chunk[log->next / RECENT_CHUNK & (log->chunks - 1)];
    if (!*here && !(*here = calloc(RECENT_CHUNK, sizeof **here))) return NULL;
    struct recent_entry *entry = &(*here)[log->next % RECENT_CHUNK];
    *entry = (struct recent_entry){ .time_ms = 0 };
    log->next++;
    return entry;
}

void recent_log_drop_first(struct recent_log *log)
{
    struct recent_entry **here = &log->chunk[log->first / RECENT_CHUNK & (log->chunks - 1)];
    if (++log->first % RECENT_CHUNK) return;
    free(*here);
    *here = NULL;
}

void recent_log_free(struct recent_log *log)
{
    for (uint32_t i = 0; i < log->chunks; i++) free(log->chunk[i]);
    free(log->chunk);
    *log = (struct recent_log){ NULL, 0, 0, 0 };
}

/* ---- tracks ---- */

static int64_t time_at(const struct track *t, const struct recent_log *log, uint32_t place)
{
    return recent_at(log, t->number[place])->time_ms;
}

/* The first place whose time is after time_ms. */
static uint32_t place_after(const struct track *t, const struct recent_log *log, int64_t time_ms)
{
    uint32_t low = t->front, high = t->end;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (time_at(t, log, middle) <= time_ms) low = middle + 1;
        else high = middle;
    }
    return low;
}

static void leave_window(struct track *t, const struct recent_log *log, unsigned w, uint32_t number)
{
    const struct recent_entry *entry = recent_at(log, number);
    for (unsigned k = 0; k < t->distinct_count; k++) {
        struct track_distinct *d = &t->distinct[k];
        uint64_t value = entry->of[t->what[k]];
        struct track_seen *s = value ? keyed_find(&d->seen, value) : NULL;
        if (!s || s->number != number) continue;
        d->within[w]--;
        if (w == VELOCITY_DAY) keyed_drop(&d->seen, s);
    }
}

static void advance(struct track *t, const struct recent_log *log, int64_t now_ms)
{
    t->at_ms = now_ms;
    for (unsigned w = 0; w < VELOCITY_WINDOWS; w++)
        for (; t->head[w] < t->end && time_at(t, log, t->head[w]) <= now_ms - velocity_window_ms[w]; t->head[w]++)
            leave_window(t, log, w, t->number[t->head[w]]);
}

static void shift_front(struct track *t)
{
    memmove(t->number, t->number + t->front, (t->end - t->front) * sizeof *t->number);
    for (unsigned w = 0; w < VELOCITY_WINDOWS; w++) t->head[w] -= t->front;
    t->end -= t->front;
    t->front = 0;
}

static bool make_room(struct track *t)
{
    if (t->end < t->room) return true;
    if (t->front > t->room / 2) {
        shift_front(t);
        return true;
    }
    uint32_t room = t->room ? t->room * 2 : 2;
    uint32_t *number = realloc(t->number, room * sizeof *number);
    if (!number) return false;
    t->number = number;
    t->room = room;
    return true;
}

static bool see(struct track *t, struct track_distinct *d, uint64_t value, int64_t time_ms, uint32_t number)
{
    if (!value || time_ms <= t->at_ms - velocity_window_ms[VELOCITY_DAY]) return true;
    struct track_seen *s = keyed_find(&d->seen, value);
    bool known = s != NULL;
    if (known && s->last_ms > time_ms) return true; /* seen since */
    if (!s && !(s = keyed_need(&d->seen, value))) return false;
    for (unsigned w = 0; w < VELOCITY_WINDOWS; w++) {
        int64_t since_ms = t->at_ms - velocity_window_ms[w];
        if (time_ms > since_ms && !(known && s->last_ms > since_ms)) d->within[w]++;
    }
    s->last_ms = time_ms;
    s->number = number;
    return true;
}

void track_tell_apart(struct track *t, enum recent_of what)
{
    t->distinct[t->distinct_count].seen.row_bytes = sizeof(struct track_seen);
    t->what[t->distinct_count++] = (uint8_t)what;
}

bool track_add(struct track *t, const struct recent_log *log, uint32_t number)
{
    const struct recent_entry *entry = recent_at(log, number);
    if (!make_room(t)) return false;
    if (track_empty(t) || entry->time_ms > t->at_ms) advance(t, log, entry->time_ms);
    uint32_t place = place_after(t, log, entry->time_ms);
    memmove(t->number + place + 1, t->number + place, (t->end - place) * sizeof *t->number);
    t->number[place] = number;
    t->end++;
    for (unsigned w = 0; w < VELOCITY_WINDOWS; w++)
        if (entry->time_ms <= t->at_ms - velocity_window_ms[w]) t->head[w]++;
    bool whole = true;
    for (unsigned k = 0; k < t->distinct_count; k++)
        whole &= see(t, &t->distinct[k], entry->of[t->what[k]], entry->time_ms, number);
    return whole;
}

/* The value's last visit is taken out: the one before it, if any, is the last now. */
static void forget_seen(struct track *t, const struct recent_log *log, unsigned k, struct track_seen *s)
{
    struct track_distinct *d = &t->distinct[k];
    int64_t before_ms = INT64_MIN;
    uint32_t before = 0;
    for (uint32_t place = t->end; place > t->head[VELOCITY_DAY] && before_ms == INT64_MIN; place--) {
        const struct recent_entry *entry = recent_at(log, t->number[place - 1]);
        if (entry->of[t->what[k]] != s->value) continue;
        before_ms = entry->time_ms;
        before = t->number[place - 1];
    }
    for (unsigned w = 0; w < VELOCITY_WINDOWS; w++) {
        int64_t since_ms = t->at_ms - velocity_window_ms[w];
        if (s->last_ms > since_ms && before_ms <= since_ms) d->within[w]--;
    }
    if (before_ms == INT64_MIN) {
        keyed_drop(&d->seen, s);
        return;
    }
    s->last_ms = before_ms;
    s->number = before;
}

void track_remove(struct track *t, const struct recent_log *log, uint32_t number)
{
    const struct recent_entry *entry = recent_at(log, number);
    uint32_t place = place_after(t, log, entry->time_ms - 1);
    while (place < t->end && t->number[place] != number && time_at(t, log, place) == entry->time_ms) place++;
    if (place == t->end || t->number[place] != number) return;
    for (unsigned w = 0; w < VELOCITY_WINDOWS; w++)
        if (place < t->head[w]) t->head[w]--;
    if (place == t->front) {
        t->front++;
        for (unsigned w = 0; w < VELOCITY_WINDOWS; w++) t->head[w]++; /* places did not move */
    } else {
        memmove(t->number + place, t->number + place + 1, (t->end - place - 1) * sizeof *t->number);
        t->end--;
    }
    for (unsigned w = 0; w < VELOCITY_WINDOWS; w++)
        if (t->head[w] < t->front) t->head[w] = t->front;
    for (unsigned k = 0; k < t->distinct_count; k++) {
        uint64_t value = entry->of[t->what[k]];
        struct track_seen *s = value ? keyed_find(&t->distinct[k].seen, value) : NULL;
        if (s && s->number == number) forget_seen(t, log, k, s);
    }
}

void track_count_now(struct track_count out[VELOCITY_WINDOWS], const struct track *t)
{
    for (unsigned w = 0; w < VELOCITY_WINDOWS; w++) {
        out[w].visits = t->end - t->head[w];
        for (unsigned k = 0; k < t->distinct_count; k++) out[w].distinct[k] = t->distinct[k].within[w];
    }
}

void track_count(struct track_count *out, const struct track *t, const struct recent_log *log, int64_t time_ms,
                 int64_t window_ms)
{
    uint32_t from = place_after(t, log, time_ms - window_ms), to = place_after(t, log, time_ms);
    *out = (struct track_count){ .visits = to - from };
    for (unsigned k = 0; k < t->distinct_count; k++) {
        struct keyed found = { .row_bytes = sizeof(uint64_t) };
        for (uint32_t place = from; place < to; place++) {
            uint64_t value = recent_at(log, t->number[place])->of[t->what[k]];
            if (value) keyed_need(&found, value);
        }
        out->distinct[k] = found.count;
        keyed_free(&found);
    }
}

void track_free(struct track *t)
{
    free(t->number);
    for (unsigned k = 0; k < t->distinct_count; k++) keyed_free(&t->distinct[k].seen);
}

size_t track_bytes(const struct track *t)
{
    size_t bytes = sizeof *t + t->room * sizeof *t->number;
    for (unsigned k = 0; k < t->distinct_count; k++) bytes += keyed_bytes(&t->distinct[k].seen);
    return bytes;
}
