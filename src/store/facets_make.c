/* facets_make - see facets_make.h. */
#include "store/facets_make.h"

#include "base/clock.h"
#include "base/log.h"

enum { ARENA_BYTES = 64 << 20, ERASE_ROWS = 4096 };

bool facet_entry_read(struct facet_entry *entry, struct str record)
{
    struct event ev;
    if (event_decode(&ev, entry->id, record) || !event_has(&ev, EVENT_workspace)) return false;
    facets_of(&ev, entry->codes);
    return true;
}

struct reading {
    struct facet_entry *entries;
    size_t count, unreadable;
    uint8_t last[EVENT_ID_KEY_BYTES + 1];
    bool any;
};

static bool read_event(void *context, struct str key, struct str value)
{
    struct reading *r = context;
    if (key.n == EVENT_ID_KEY_BYTES) {
        memcpy(r->last, key.p, EVENT_ID_KEY_BYTES);
        r->any = true;
        struct facet_entry *entry = &r->entries[r->count];
        *entry = (struct facet_entry){ .id = event_id_from_key(r->last) };
        if (event_id_valid(entry->id) && facet_entry_read(entry, value)) r->count++;
        else r->unreadable++;
    }
    return r->count < BLOCK_EVENTS;
}

struct keys {
    struct arena *arena;
    struct batch *batch;
    bool full;
};

static bool erase_row(void *context, struct str key, struct str value)
{
    struct keys *keys = context;
    (void)value;
    keys->full = keys->batch->count >= ERASE_ROWS;
    return !keys->full && batch_erase(keys->batch, keys->arena, TABLE_FACETS, key);
}

static enum err erase_rows(struct engine *engine, struct arena *arena)
{
    struct range all = { .bulk = true };
    struct keys keys;
    enum err e;
    do {
        struct batch batch = { 0 };
        keys = (struct keys){ arena, &batch, false };
        arena_reset(arena);
        e = engine->scan(engine, TABLE_FACETS, &all, erase_row, &keys);
        if (!e && arena->failed) e = ERR_NO_MEMORY;
        if (!e && batch.first) e = engine->write(engine, &batch);
    } while (!e && keys.full);
    return e;
}

static enum err make_blocks(struct engine *engine, struct arena *arena, size_t *count)
{
    uint32_t number = 1;
    struct reading r = { .count = 0 };
    enum err e = ERR_OK;
    do {
        struct range range = { .bulk = true };
        struct batch batch = { 0 };
        struct block *block;
        arena_reset(arena);
        if (r.any) range.from = (struct str){ (char *)r.last, sizeof r.last }; /* behind it */
        r.count = 0, r.any = false;
        r.entries = ARENA_ARRAY(arena, struct facet_entry, BLOCK_EVENTS);
        if (!r.entries) return ERR_NO_MEMORY;
        e = engine->scan(engine, TABLE_EVENTS, &range, read_event, &r);
        if (e || !r.count) break;
        e = block_write(&block, number++, r.entries, r.count, arena, &batch);
        if (e) break;
        e = engine->write(engine, &batch);
        block_drop(block);
        *count += r.count;
    } while (!e && r.count == BLOCK_EVENTS);
    if (r.unreadable) log_error("store", "%zu events cannot be read", r.unreadable);
    return e;
}

static uint64_t rows_hash(void)
{
    uint64_t hash = 1;
    for (enum facet f = 0; f < FACET_COUNT; f++) {
        uint8_t raw[3] = { facet_infos[f].number, (uint8_t)facet_infos[f].kind,
                           event_fields[facet_infos[f].field].number };
        hash = str_hash((struct str){ (char *)raw, sizeof raw }, hash);
    }
    return hash;
}

enum err facets_make(struct engine *engine)
{
    struct arena arena;
    static const char key[] = { FACETS_MARK };
    uint64_t hash = rows_hash();
    size_t count = 0;
    struct str mark = { key, sizeof key }, known;
    struct batch batch = { 0 };
    arena_init(&arena, ARENA_BYTES);
    enum err e = engine->get(engine, TABLE_FACETS, mark, &arena, &known);
    if (!e && known.n == sizeof hash && memcmp(known.p, &hash, sizeof hash) == 0) {
        arena_free(&arena);
        return ERR_OK;
    }
    int64_t start_ms = clock_mono_ms();
    if (!e || e == ERR_NOT_FOUND) e = erase_rows(engine, &arena);
    if (!e) e = make_blocks(engine, &arena, &count);
    struct str value = { (char *)&hash, sizeof hash };
    if (!e && !batch_put(&batch, &arena, TABLE_FACETS, mark, value)) e = ERR_NO_MEMORY;
    if (!e) e = engine->write(engine, &batch);
    if (!e && count)
        log_info("store", "made what search needs from %zu events, in %lld ms", count,
                 (long long)(clock_mono_ms() - start_ms));
    arena_free(&arena);
    return e;
}
