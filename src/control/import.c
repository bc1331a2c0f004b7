/* import - see transfer.h. Events are parsed one by one and handed to the store's commit thread,
 * many at a time, so that they share its syncs; a slot holds what one of them needs until it is on
 * the disk. */
#include "control/transfer_parts.h"

#include "api/parse_event.h"
#include "base/clock.h"
#include "base/limits.h"
#include "control/split.h"
#include "control/tally.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

/* So many events share a sync. An identification waits for what is being written before it, so that
 * more would make it slower: at 512 its p99 beside an import was 104 to 117 ms, at 64 42 to 47, and
 * the import took about as long (2026-11-25, two busy cores). */
enum { SLOTS = 64, BAD_TOLD_MAX = 100, READ_BYTES = 64 * 1024, SLOT_BYTES_MAX = 16 * 1024 * 1024 };

struct import;

struct slot {
    struct import *import;
    struct arena arena;
    struct save save;
    struct parsed_event parsed;
    bool busy;
};

struct import {
    struct transfer *t;
    bool strict, dry;
    struct split *split;
    struct slot *slots;
    size_t at;
    struct event_id flying
        [SLOTS]; /* of the busy ones, apart, because each event is looked for here; with the lock */
    char problem[PARSE_PROBLEM_BYTES];
    uint64_t events, bad, there, made, new; /* new: those that a dry run would have stored */
    struct tally unmapped, environments;
    bool ended; /* FAILED was sent, or the other end is gone */
    /* with the commit thread */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    size_t busy;
    uint64_t stored, deleted;
    enum err failure;
};

/* ---- slots ---- */

/* The caller holds the lock. */
static void set_busy(struct slot *slot, bool busy)
{
    const struct event_id none = { -1, 0 };
    struct import *im = slot->import;
    slot->busy = busy;
    im->busy += busy ? 1 : -(size_t)1;
    im->flying[slot - im->slots] = busy ? slot->parsed.event.id : none;
}

static void saved(struct save *save, enum err result)
{
    struct slot *slot = save->context;
    struct import *im = slot->import;
    pthread_mutex_lock(&im->lock);
    if (!result) im->stored++;
    else if (result == ERR_NOT_FOUND) im->deleted++;
    else if (!im->failure) im->failure = result;
    set_busy(slot, false);
    pthread_cond_signal(&im->wake);
    pthread_mutex_unlock(&im->lock);
}

/* The next slot, once it is free. */
static struct slot *take_slot(struct import *im)
{
    struct slot *slot = &im->slots[im->at];
    pthread_mutex_lock(&im->lock);
    while (slot->busy) pthread_cond_wait(&im->wake, &im->lock);
    pthread_mutex_unlock(&im->lock);
    im->at = (im->at + 1) % SLOTS;
    arena_reset(&slot->arena);
    return slot;
}

static void wait_for_all(struct import *im)
{
    pthread_mutex_lock(&im->lock);
    while (im->busy) pthread_cond_wait(&im->wake, &im->lock);
    pthread_mutex_unlock(&im->lock);
}

static bool in_flight(struct import *im, struct event_id id)
{
    bool found = false;
    pthread_mutex_lock(&im->lock);
    for (size_t i = 0; i < SLOTS && !found; i++)
        found = im->flying[i].time_ms == id.time_ms && im->flying[i].random == id.random &&
                im->slots[i].busy;
    pthread_mutex_unlock(&im->lock);
    return found;
}

/* ---- telling ---- */

static bool fail(struct import *im, const char *problem)
{
    im->ended = true;
    return transfer_fail(im->t, problem);
}

static bool bad(struct import *im, uint64_t line, const char *problem)
{
    struct json_out out;
    struct arena arena;
    bool sent = true;
    im->bad++;
    if (im->bad <= BAD_TOLD_MAX || im->strict) {
        arena_init(&arena, 64 * 1024);
        json_out_init(&out, &arena);
        json_out_open(&out, '{');
        json_out_key(&out, "line"), json_out_int(&out, (int64_t)line);
        json_out_key(&out, "problem"), json_out_str(&out, str_of(problem));
        json_out_close(&out, '}');
        sent = frame_write(im->t->fd, FRAME_BAD, json_out_text(&out));
        arena_free(&arena);
    }
    if (!sent) im->ended = true;
    if (sent && im->strict)
        return fail(
            im,
            "stopped at the first event that is not right (--strict); those before it are stored");
    return sent;
}

static void put_counts(struct import *im, struct json_out *out)
{
    pthread_mutex_lock(&im->lock);
    uint64_t stored = im->stored, deleted = im->deleted;
    pthread_mutex_unlock(&im->lock);
    json_out_key(out, "events"), json_out_int(out, (int64_t)im->events);
    json_out_key(out, "stored"), json_out_int(out, (int64_t)(im->dry ? im->new : stored));
    json_out_key(out, "there"), json_out_int(out, (int64_t)im->there);
    json_out_key(out, "skipped"), json_out_int(out, (int64_t)(im->bad + deleted));
}

static bool tell(struct import *im)
{
    struct json_out out;
    struct arena arena;
    if (!transfer_is_due(im->t)) return true;
    arena_init(&arena, 64 * 1024);
    json_out_init(&out, &arena);
    json_out_open(&out, '{');
    put_counts(im, &out);
    json_out_close(&out, '}');
    im->ended = !frame_write(im->t->fd, FRAME_PROGRESS, json_out_text(&out));
    arena_free(&arena);
    return !im->ended;
}

static void sum_up(struct import *im)
{
    struct json_out out;
    json_out_init(&out, &im->t->arena);
    json_out_open(&out, '{');
    put_counts(im, &out);
    json_out_key(&out, "idsMade"), json_out_int(&out, (int64_t)im->made);
    json_out_key(&out, "dryRun"), json_out_bool(&out, im->dry);
    json_out_key(&out, "unmapped"), tally_put(&im->unmapped, &out);
    json_out_key(&out, "environments"), tally_put(&im->environments, &out);
    json_out_close(&out, '}');
    if (out.failed) fail(im, "out of memory");
    else frame_write(im->t->fd, FRAME_END, json_out_text(&out));
}

/* ---- one event ---- */

static void note_unmapped(void *context, struct str path)
{
    tally_add(&((struct import *)context)->unmapped, path);
}

static bool save_event(struct import *im, struct slot *slot)
{
    struct event *ev = &slot->parsed.event;
    struct visit *visit = NULL;
    enum err e = ERR_OK;
    const struct claim claim = {
        .workspace = im->t->workspace, .id = ev->visitor, .now_ms = ev->id.time_ms, .imported = true
    };
    if (event_has(ev, EVENT_visitor)) e = store_enter(im->t->store, &claim, &visit);
    if (e)
        return fail(
            im,
            "the store takes no events now; the log says why. Import the same input again: what is stored stays");
    slot->save = (struct save){
        .visit = visit, .event = ev, .done = saved, .context = slot, .arena = &slot->arena
    };
    if (visit)
        slot->save.steady = slot->parsed.steady; /* without a visitor nobody could ask for it */
    pthread_mutex_lock(&im->lock);
    set_busy(slot, true);
    pthread_mutex_unlock(&im->lock);
    e = store_save(im->t->store, &slot->save);
    if (!e) return true;
    pthread_mutex_lock(&im->lock);
    set_busy(slot, false);
    pthread_mutex_unlock(&im->lock);
    return fail(
        im,
        "the store takes no events now; the log says why. Import the same input again: what is stored stays");
}

static bool take_parsed(struct import *im, struct slot *slot, uint64_t line)
{
    struct parsed_event *parsed = &slot->parsed;
    struct event *ev = &parsed->event;
    enum import_state state;
    event_set(ev, EVENT_workspace), ev->workspace = im->t->workspace;
    event_set(ev, EVENT_environment), ev->environment = im->t->environment;
    if (in_flight(im, parsed->event.id)) wait_for_all(im);
    if (store_look_up_import(im->t->store, ev, &slot->arena, &state))
        return fail(im, "the store cannot be read; the log says why");
    switch (state) {
    case IMPORT_STORED: im->there++; return true;
    case IMPORT_OTHER_WORKSPACE:
        return bad(im, line, "another workspace of this server has an event with this id");
    case IMPORT_DELETED: return bad(im, line, "its visitor was just deleted from this server");
    case IMPORT_TOO_OLD:
        return bad(im, line, "it is older than events are kept here (--retention-days)");
    case IMPORT_NEW: break;
    }
    if (parsed->environment.n) tally_add(&im->environments, parsed->environment);
    im->made += parsed->id_made;
    im->new ++;
    return im->dry || save_event(im, slot);
}

static bool take_event(void *context, struct str text, uint64_t line, const char *problem)
{
    struct import *im = context;
    struct json root;
    im->events++;
    if (problem) return bad(im, line, problem);
    struct slot *slot = take_slot(im);
    pthread_mutex_lock(&im->lock);
    enum err failure = im->failure;
    pthread_mutex_unlock(&im->lock);
    if (failure)
        return fail(
            im,
            "the store could not write; the log says why. Import the same input again: what is stored stays");
    if (json_parse(im->t->parser, text, &root))
        return bad(im, line, json_parse_problem(im->t->parser));
    if (!parse_event(&slot->parsed, root, &slot->arena, note_unmapped, im, im->problem))
        return bad(im, line, im->problem);
    return take_parsed(im, slot, line) && tell(im);
}

/* ---- the whole ---- */

static bool make_slots(struct import *im)
{
    im->slots = calloc(SLOTS, sizeof *im->slots);
    for (size_t i = 0; im->slots && i < SLOTS; i++) {
        im->slots[i].import = im;
        arena_init(&im->slots[i].arena, SLOT_BYTES_MAX);
    }
    im->split = split_create(BODY_BYTES_MAX * 4, take_event, im);
    return im->slots && im->split;
}

static void read_all(struct import *im, char *buffer)
{
    if (!frame_write(im->t->fd, FRAME_READY, STR(""))) return;
    for (;;) {
        ssize_t got = read(im->t->fd, buffer, READ_BYTES);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return;
        if (got == 0) break;
        if (!split_feed(im->split, (struct str){ buffer, (size_t)got })) {
            if (!im->ended) fail(im, "out of memory");
            return;
        }
    }
    bool whole = split_end(im->split);
    wait_for_all(im);
    if (im->ended) return;
    if (im->failure)
        fail(
            im,
            "the store could not write; the log says why. Import the same input again: what is stored stays");
    else if (!whole && im->strict)
        fail(im, "the input ends before its list does; what came is stored");
    else sum_up(im);
}

static bool is_set(struct json request, struct str name)
{
    struct json value;
    bool set = false;
    return json_get(request, name, &value) && json_bool(value, &set) && set;
}

void import_events(struct transfer *t, struct json request)
{
    struct import *im = ARENA_NEW(&t->arena, struct import);
    char *buffer = arena_alloc(&t->arena, READ_BYTES);
    if (!im || !buffer) {
        transfer_fail(t, "out of memory");
        return;
    }
    im->t = t;
    im->strict = is_set(request, STR("strict"));
    im->dry = is_set(request, STR("dryRun"));
    tally_init(&im->unmapped), tally_init(&im->environments);
    pthread_mutex_init(&im->lock, NULL);
    pthread_cond_init(&im->wake, NULL);
    if (make_slots(im)) read_all(im, buffer);
    else fail(im, "out of memory");
    wait_for_all(im);
    for (size_t i = 0; im->slots && i < SLOTS; i++) arena_free(&im->slots[i].arena);
    free(im->slots);
    split_destroy(im->split);
    tally_free(&im->unmapped), tally_free(&im->environments);
    pthread_cond_destroy(&im->wake);
    pthread_mutex_destroy(&im->lock);
}
