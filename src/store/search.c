/* search - store_search: a merge of blocks and tail, newest first (or oldest first).
 *
 * Blocks are taken in the order of their newest event. Each gives the ids whose codes pass all filters;
 * they wait in a heap until no block that is still to come can hold a newer one. Then the newest is
 * read, and the event itself says whether it fits. So it ends as soon as a page is full, and reads
 * nothing of blocks whose summaries say no.
 *
 * A search for a visitor goes through the index of visits instead. */
#include "base/clock.h"
#include "store/record.h"
#include "store/store_parts.h"

#include <stdlib.h>

enum {
    SCRATCH_BYTES = 16 << 20,
    VISITS_CHUNK = 256,
    RETRIES = 20, /* when a block was written anew between the summary and the column */
};

struct heap {
    struct event_id *ids;
    size_t count, capacity;
    int sign; /* 1: the newest on top */
};

struct walk {
    struct store *st;
    const struct search *search;
    struct arena *arena;
    struct arena scratch; /* of one block or event */
    struct heap heap;
    struct filters filters; /* with the workspace */
    struct event_id low, high; /* what need not be looked at is outside */
    struct event_id last;  /* the one before, to see doubles */
    bool any;
    struct search_result *out;
};

/* ---- the heap ------------------------------------------------------------------------------ */

static bool before(const struct heap *h, struct event_id a, struct event_id b)
{
    return h->sign * event_id_order(a, b) > 0;
}

static bool heap_push(struct heap *h, struct event_id id)
{
    if (h->count == h->capacity) {
        size_t capacity = h->capacity ? 2 * h->capacity : 1024;
        struct event_id *larger = realloc(h->ids, capacity * sizeof *larger);
        if (!larger) return false;
        h->ids = larger, h->capacity = capacity;
    }
    size_t i = h->count++;
    for (; i && before(h, id, h->ids[(i - 1) / 2]); i = (i - 1) / 2) h->ids[i] = h->ids[(i - 1) / 2];
    h->ids[i] = id;
    return true;
}

static struct event_id heap_pop(struct heap *h)
{
    struct event_id top = h->ids[0], last = h->ids[--h->count];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= h->count) break;
        if (child + 1 < h->count && before(h, h->ids[child + 1], h->ids[child])) child++;
        if (!before(h, h->ids[child], last)) break;
        h->ids[i] = h->ids[child];
        i = child;
    }
    if (h->count) h->ids[i] = last;
    return top;
}

/* ---- one event ----------------------------------------------------------------------------- */

static bool fits_all(const struct filters *filters, const struct event *ev)
{
    for (size_t i = 0; i < filters->count; i++)
        if (!filter_fits(&filters->list[i], ev)) return false;
    return true;
}

static bool is_full(const struct walk *w)
{
    return w->out->more && w->out->hits >= w->search->hits_max;
}

static bool on_page(const struct walk *w, struct event_id id)
{
    const struct search *s = w->search;
    if (!s->has_cursor) return true;
    int order = event_id_order(id, s->cursor);
    return s->reverse ? order > 0 : order < 0;
}

static enum err emit(struct walk *w, struct event_id id)
{
    struct search_result *out = w->out;
    if (out->count == w->search->limit) {
        out->more = true;
        return ERR_OK;
    }
    enum err e = store_find_event(w->st, w->search->workspace, id, w->arena, &out->events[out->count]);
    if (!e) out->count++;
    return e == ERR_NOT_FOUND ? ERR_OK : e; /* deleted this instant */
}

/* Reads the event; it joins the result when it fits. */
static enum err look_at(struct walk *w, struct event_id id)
{
    struct event ev;
    if (w->any && event_id_order(w->last, id) == 0) return ERR_OK;
    w->last = id, w->any = true;
    if (clock_mono_ms() > w->search->until_mono_ms) return ERR_SEARCH_TIMEOUT;
    arena_reset(&w->scratch);
    enum err e = store_find_event(w->st, w->search->workspace, id, &w->scratch, &ev);
    if (e == ERR_NOT_FOUND) return ERR_OK; /* another workspace's, or deleted */
    if (e || !fits_all(&w->filters, &ev)) return e;
    if (w->out->hits < w->search->hits_max) w->out->hits++;
    return on_page(w, id) && !w->out->more ? emit(w, id) : ERR_OK;
}

static bool in_range(const struct walk *w, struct event_id id)
{
    return event_id_order(w->low, id) <= 0 && event_id_order(id, w->high) <= 0;
}

/* ---- blocks and tail ----------------------------------------------------------------------- */

static int newest_first(const void *a, const void *b)
{
    return event_id_order((*(struct block *const *)b)->last, (*(struct block *const *)a)->last);
}

static int oldest_first(const void *a, const void *b)
{
    return event_id_order((*(struct block *const *)a)->first, (*(struct block *const *)b)->first);
}

static enum err add_block(struct walk *w, const struct block *block)
{
    struct event_id *ids;
    size_t count;
    if (clock_mono_ms() > w->search->until_mono_ms) return ERR_SEARCH_TIMEOUT;
    arena_reset(&w->scratch);
    enum err e = block_select(w->st->engine, block, &w->filters, &w->scratch, &ids, &count);
    for (size_t i = 0; i < count && !e; i++)
        if (in_range(w, ids[i]) && !heap_push(&w->heap, ids[i])) e = ERR_NO_MEMORY;
    return e;
}

static bool is_outside(const struct walk *w, const struct block *block)
{
    return event_id_order(block->last, w->low) < 0 || event_id_order(block->first, w->high) > 0;
}

static enum err merge(struct walk *w, struct block **blocks, size_t count)
{
    bool reverse = w->search->reverse;
    size_t at = 0;
    enum err e = ERR_OK;
    qsort(blocks, count, sizeof *blocks, reverse ? oldest_first : newest_first);
    while (!e && !is_full(w)) {
        for (; at < count && !e; at++) {
            struct event_id edge = reverse ? blocks[at]->first : blocks[at]->last;
            if (w->heap.count && before(&w->heap, w->heap.ids[0], edge)) break;
            e = add_block(w, blocks[at]);
        }
        if (e || !w->heap.count) break;
        e = look_at(w, heap_pop(&w->heap));
    }
    return e;
}

static enum err walk_once(struct walk *w)
{
    struct facets_view view;
    enum err e = facets_view(w->st->facets, &w->filters, w->arena, &view);
    if (e) return e;
    struct block **blocks = ARENA_ARRAY(w->arena, struct block *, view.version->count);
    size_t count = 0;
    if (!blocks) e = ERR_NO_MEMORY;
    for (size_t i = 0; i < view.version->count && !e; i++)
        if (!is_outside(w, view.version->blocks[i])) blocks[count++] = view.version->blocks[i];
    for (size_t i = 0; i < view.count && !e; i++)
        if (in_range(w, view.ids[i]) && !heap_push(&w->heap, view.ids[i])) e = ERR_NO_MEMORY;
    if (!e) e = merge(w, blocks, count);
    facets_leave(&view);
    return e;
}

/* A block that was written anew meanwhile is missing under its old number: begin again. */
static enum err walk_blocks(struct walk *w)
{
    enum err e = ERR_OK;
    for (int i = 0; i < RETRIES; i++) {
        w->heap.count = 0;
        w->any = false;
        w->out->count = w->out->hits = 0;
        w->out->more = false;
        e = walk_once(w);
        if (e != ERR_NOT_FOUND) return e;
        nanosleep(&(struct timespec){ .tv_nsec = 2000 * 1000 }, NULL);
    }
    return ERR_CORRUPT;
}

/* ---- a visitor's ---------------------------------------------------------------------------- */

struct visits {
    struct event_id ids[VISITS_CHUNK];
    size_t count;
    const struct walk *walk;
    bool end;
    enum err e;
};

static bool add_visit(void *context, struct str key, struct str value)
{
    struct visits *v = context;
    struct event_id id;
    (void)value;
    v->e = key_visit_read(key, &id);
    if (v->e) return false;
    if (!in_range(v->walk, id)) return v->end = true, false;
    v->ids[v->count++] = id;
    return v->count < VISITS_CHUNK;
}

static struct event_id after(struct event_id id)
{
    if (id.random < EVENT_ID_RANDOM_MAX) return (struct event_id){ id.time_ms, id.random + 1 };
    return (struct event_id){ id.time_ms + 1, 0 };
}

static struct event_id ahead(struct event_id id)
{
    if (id.random) return (struct event_id){ id.time_ms, id.random - 1 };
    return (struct event_id){ id.time_ms - 1, EVENT_ID_RANDOM_MAX };
}

static enum err walk_visits(struct walk *w, struct visitor_id visitor)
{
    const struct search *s = w->search;
    struct event_id from = s->reverse ? w->low : after(w->high);
    struct key prefix, start;
    struct visits visits;
    enum err e;
    key_visitor(&prefix, s->workspace, visitor);
    do {
        visits.count = 0, visits.end = false, visits.walk = w, visits.e = ERR_OK;
        key_visit(&start, s->workspace, visitor, from);
        struct range range = { .prefix = key_str(&prefix), .from = key_str(&start),
                               .backward = !s->reverse };
        e = w->st->engine->scan(w->st->engine, TABLE_VISITS, &range, add_visit, &visits);
        if (!e) e = visits.e;
        for (size_t i = 0; i < visits.count && !e && !is_full(w); i++) e = look_at(w, visits.ids[i]);
        if (visits.count) {
            from = visits.ids[visits.count - 1];
            if (s->reverse) from = after(from);
        }
    } while (!e && visits.count == VISITS_CHUNK && !is_full(w));
    return e;
}

/* ---- all ----------------------------------------------------------------------------------- */

static const struct filter *find_visitor(const struct filters *filters)
{
    for (size_t i = 0; i < filters->count; i++)
        if (filters->list[i].facet == FACET_visitor) return &filters->list[i];
    return NULL;
}

enum err store_search(struct store *st, const struct search *search, struct arena *arena,
                      struct search_result *out)
{
    struct walk w = { .st = st, .search = search, .arena = arena, .filters = search->filters,
                      .low = search->low, .high = search->high, .out = out };
    *out = (struct search_result){ .events = ARENA_ARRAY(arena, struct event, search->limit) };
    struct filter *workspace = filters_add(&w.filters, FACET_workspace);
    if (!out->events || !workspace) return ERR_NO_MEMORY;
    filter_add_code(workspace, search->workspace + 1);
    w.heap.sign = search->reverse ? -1 : 1;
    if (search->has_cursor && !search->hits_max) { /* nothing before the page has to be counted */
        struct event_id edge = search->reverse ? after(search->cursor) : ahead(search->cursor);
        if (search->reverse && event_id_order(edge, w.low) > 0) w.low = edge;
        if (!search->reverse && event_id_order(edge, w.high) < 0) w.high = edge;
    }
    int64_t horizon_ms = retention_horizon_ms(st->retention, search->workspace);
    if (horizon_ms > w.low.time_ms) w.low = (struct event_id){ horizon_ms, 0 };
    arena_init(&w.scratch, SCRATCH_BYTES);
    const struct filter *visitor = find_visitor(&search->filters);
    enum err e = ERR_OK;
    if (event_id_order(w.low, w.high) <= 0)
        e = visitor ? walk_visits(&w, visitor->visitor) : walk_blocks(&w);
    if (!e && arena->failed) e = ERR_NO_MEMORY;
    arena_free(&w.scratch);
    free(w.heap.ids);
    return e;
}
