/* block - see block.h. */
#include "store/block.h"

#include "base/bytes.h"

#include <assert.h>
#include <stdlib.h>

enum { VERSION = 1, UNIFORM = 1, COLUMN = 2, KEY_BYTES_MAX = 6 };

struct block_key {
    char bytes[KEY_BYTES_MAX];
};

static struct str block_key(struct block_key *key, char kind, uint32_t number, int column)
{
    key->bytes[0] = kind;
    for (size_t i = 0; i < 4; i++) key->bytes[1 + i] = (char)(number >> (24 - 8 * i));
    key->bytes[5] = (char)column;
    return (struct str){ key->bytes, kind == BLOCK_COLUMN ? 6 : 5 };
}

int event_id_order(struct event_id a, struct event_id b)
{
    if (a.time_ms != b.time_ms) return a.time_ms < b.time_ms ? -1 : 1;
    return (a.random > b.random) - (a.random < b.random);
}

static uint64_t mask_of(enum facet facet, uint32_t code)
{
    if (facet_is_small(facet)) return (uint64_t)1 << code % 64;
    return (uint64_t)1 << (code * 0x9e3779b1u >> 26);
}

void block_take(struct block *block)
{
    atomic_fetch_add(&block->references, 1);
}

void block_drop(struct block *block)
{
    if (atomic_fetch_sub(&block->references, 1) == 1) free(block);
}

static struct block *new_block(uint32_t number)
{
    struct block *block = calloc(1, sizeof *block);
    if (!block) return NULL;
    atomic_init(&block->references, 1);
    block->number = number;
    for (enum facet f = 0; f < FACET_COUNT; f++) {
        block->uniform[f] = true;
        block->mask[f] = mask_of(f, 0);
    }
    return block;
}

/* ---- writing ------------------------------------------------------------------------------- */

static void sum_up(struct block *block, const struct facet_entry *entries)
{
    block->first = entries[0].id;
    block->last = entries[block->count - 1].id;
    for (enum facet f = 0; f < FACET_COUNT; f++) {
        block->codes[f] = entries[0].codes[f];
        block->mask[f] = 0;
        for (size_t i = 0; i < block->count; i++) {
            block->uniform[f] &= entries[i].codes[f] == block->codes[f];
            block->mask[f] |= mask_of(f, entries[i].codes[f]);
        }
        if (!block->uniform[f]) block->codes[f] = 0;
    }
}

static void put_id(struct bytes_out *out, struct event_id id)
{
    uint8_t *at = bytes_room(out, EVENT_ID_KEY_BYTES);
    if (at) event_id_to_key(at, id);
}

static void put_u32(struct bytes_out *out, uint32_t value)
{
    uint8_t *at = bytes_room(out, 4);
    for (size_t i = 0; at && i < 4; i++) at[i] = (uint8_t)(value >> 8 * i);
}

static struct str summary_of(const struct block *block, struct arena *arena)
{
    struct bytes_out out;
    bytes_out_init(&out, arena, 1024);
    bytes_put_u8(&out, VERSION);
    bytes_put_varint(&out, block->count);
    put_id(&out, block->first);
    put_id(&out, block->last);
    for (enum facet f = 0; f < FACET_COUNT; f++) {
        if (block->uniform[f] && !block->codes[f]) continue;
        bytes_put_u8(&out, facet_infos[f].number);
        bytes_put_u8(&out, block->uniform[f] ? UNIFORM : COLUMN);
        bytes_put_u64(&out, block->mask[f]);
        put_u32(&out, block->codes[f]);
    }
    return bytes_out_text(&out);
}

static struct str column_of(enum facet facet, const struct facet_entry *entries, size_t count,
                            struct arena *arena)
{
    struct bytes_out out;
    bytes_out_init(&out, arena, count * 4);
    for (size_t i = 0; i < count; i++) {
        if (facet_is_small(facet)) bytes_put_u8(&out, (uint8_t)entries[i].codes[facet]);
        else put_u32(&out, entries[i].codes[facet]);
    }
    return bytes_out_text(&out);
}

static bool put_rows(const struct block *block, const struct facet_entry *entries,
                     struct arena *arena, struct batch *batch)
{
    struct block_key key;
    struct bytes_out ids;
    struct str summary = summary_of(block, arena);
    bytes_out_init(&ids, arena, block->count * (size_t)EVENT_ID_KEY_BYTES);
    for (size_t i = 0; i < block->count; i++) put_id(&ids, entries[i].id);
    if (!summary.n || !bytes_out_text(&ids).n ||
        !batch_put(batch, arena, TABLE_FACETS, block_key(&key, BLOCK_SUMMARY, block->number, 0),
                   summary) ||
        !batch_put(batch, arena, TABLE_FACETS, block_key(&key, BLOCK_COLUMN, block->number, 0),
                   bytes_out_text(&ids)))
        return false;
    for (enum facet f = 0; f < FACET_COUNT; f++) {
        if (block->uniform[f]) continue;
        struct str column = column_of(f, entries, block->count, arena);
        if (!column.n ||
            !batch_put(batch, arena, TABLE_FACETS,
                       block_key(&key, BLOCK_COLUMN, block->number, facet_infos[f].number), column))
            return false;
    }
    return true;
}

enum err block_write(struct block **out, uint32_t number, const struct facet_entry *entries,
                     size_t count, struct arena *arena, struct batch *batch)
{
    assert(count > 0 && count <= BLOCK_EVENTS);
    struct block *block = new_block(number);
    if (!block) return ERR_NO_MEMORY;
    block->count = (uint32_t)count;
    sum_up(block, entries);
    if (put_rows(block, entries, arena, batch)) {
        *out = block;
        return ERR_OK;
    }
    block_drop(block);
    return ERR_NO_MEMORY;
}

bool block_erase(const struct block *block, struct arena *arena, struct batch *batch)
{
    struct block_key key;
    if (!batch_erase(batch, arena, TABLE_FACETS, block_key(&key, BLOCK_SUMMARY, block->number, 0)) ||
        !batch_erase(batch, arena, TABLE_FACETS, block_key(&key, BLOCK_COLUMN, block->number, 0)))
        return false;
    for (enum facet f = 0; f < FACET_COUNT; f++)
        if (!block->uniform[f] &&
            !batch_erase(batch, arena, TABLE_FACETS,
                         block_key(&key, BLOCK_COLUMN, block->number, facet_infos[f].number)))
            return false;
    return true;
}

/* ---- reading ------------------------------------------------------------------------------- */

static struct event_id read_id(struct cursor *c)
{
    struct str raw = cursor_bytes(c, EVENT_ID_KEY_BYTES);
    if (raw.n != EVENT_ID_KEY_BYTES) return (struct event_id){ 0 };
    struct event_id id = event_id_from_key((const uint8_t *)raw.p);
    if (!event_id_valid(id)) c->bad = true;
    return id;
}

static uint32_t u32_at(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t read_u32(struct cursor *c)
{
    struct str raw = cursor_bytes(c, 4);
    return raw.n == 4 ? u32_at((const uint8_t *)raw.p) : 0;
}

static enum facet facet_numbered(uint8_t number)
{
    for (enum facet f = 0; f < FACET_COUNT; f++)
        if (facet_infos[f].number == number) return f;
    return FACET_COUNT;
}

static enum err read_summary(struct block *block, struct str value)
{
    struct cursor c = cursor_of(value);
    if (cursor_u8(&c) != VERSION) return ERR_CORRUPT;
    uint64_t count = cursor_varint(&c);
    block->first = read_id(&c);
    block->last = read_id(&c);
    if (count == 0 || count > BLOCK_EVENTS || event_id_order(block->first, block->last) > 0)
        return ERR_CORRUPT;
    block->count = (uint32_t)count;
    while (cursor_left(&c) && !c.bad) {
        enum facet f = facet_numbered(cursor_u8(&c));
        uint8_t kind = cursor_u8(&c);
        uint64_t mask = cursor_u64(&c);
        uint32_t code = read_u32(&c);
        if (f == FACET_COUNT || (kind != UNIFORM && kind != COLUMN)) return ERR_CORRUPT;
        block->uniform[f] = kind == UNIFORM;
        block->mask[f] = mask;
        block->codes[f] = code;
    }
    return c.bad ? ERR_CORRUPT : ERR_OK;
}

enum err block_read(struct block **out, struct str key, struct str value)
{
    const uint8_t *p = (const uint8_t *)key.p;
    if (key.n != 5 || p[0] != BLOCK_SUMMARY) return ERR_CORRUPT;
    struct block *block =
        new_block((uint32_t)p[1] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 8 | p[4]);
    if (!block) return ERR_NO_MEMORY;
    enum err e = read_summary(block, value);
    if (e) block_drop(block);
    else *out = block;
    return e;
}

static enum err read_column(struct engine *engine, const struct block *block, int column,
                            size_t width, struct arena *arena, const uint8_t **out)
{
    struct block_key key;
    struct str value;
    enum err e = engine->get(engine, TABLE_FACETS,
                             block_key(&key, BLOCK_COLUMN, block->number, column), arena, &value);
    if (!e && value.n != block->count * width) e = ERR_CORRUPT;
    if (!e) *out = (const uint8_t *)value.p;
    return e;
}

enum err block_ids(struct engine *engine, const struct block *block, struct arena *arena,
                   struct event_id **out)
{
    const uint8_t *raw;
    *out = ARENA_ARRAY(arena, struct event_id, block->count);
    if (!*out) return ERR_NO_MEMORY;
    enum err e = read_column(engine, block, 0, EVENT_ID_KEY_BYTES, arena, &raw);
    for (size_t i = 0; i < block->count && !e; i++) {
        (*out)[i] = event_id_from_key(raw + i * (size_t)EVENT_ID_KEY_BYTES);
        if (!event_id_valid((*out)[i])) e = ERR_CORRUPT;
    }
    return e;
}

static size_t width_of(enum facet facet)
{
    return facet_is_small(facet) ? 1 : 4;
}

static uint32_t code_at(enum facet facet, const uint8_t *column, size_t i)
{
    return facet_is_small(facet) ? column[i] : u32_at(column + 4 * i);
}

enum err block_load(struct engine *engine, const struct block *block, struct arena *arena,
                    struct facet_entry **out)
{
    struct event_id *ids;
    struct facet_entry *entries = ARENA_ARRAY(arena, struct facet_entry, block->count);
    if (!entries) return ERR_NO_MEMORY;
    enum err e = block_ids(engine, block, arena, &ids);
    for (size_t i = 0; i < block->count && !e; i++) entries[i].id = ids[i];
    for (enum facet f = 0; f < FACET_COUNT && !e; f++) {
        const uint8_t *column = NULL;
        if (!block->uniform[f])
            e = read_column(engine, block, facet_infos[f].number, width_of(f), arena, &column);
        for (size_t i = 0; i < block->count && !e; i++)
            entries[i].codes[f] = column ? code_at(f, column, i) : block->codes[f];
    }
    *out = entries;
    return e;
}

/* ---- selecting ----------------------------------------------------------------------------- */

/* False: no event of the block passes. */
static bool may_pass(const struct block *block, const struct filter *filter)
{
    enum facet f = filter->facet;
    if (block->uniform[f]) return filter_passes(filter, block->codes[f]);
    if (facet_infos[f].kind == FACET_ABOVE || filter->mask != UINT32_MAX) return true;
    for (size_t i = 0; i < filter->count; i++)
        if (block->mask[f] & mask_of(f, filter->codes[i])) return true;
    return false;
}

/* Keeps those of `chosen` that pass. Words and flags, most filters by far, are looked up. */
static size_t keep(const struct filter *filter, const uint8_t *column, uint16_t *chosen, size_t count)
{
    bool table[256] = { false };
    size_t kept = 0;
    if (facet_is_small(filter->facet)) {
        for (uint32_t code = 0; code < 256; code++) table[code] = filter_passes(filter, code);
        for (size_t i = 0; i < count; i++) {
            chosen[kept] = chosen[i];
            kept += table[column[chosen[i]]];
        }
        return kept;
    }
    bool one = filter->count == 1 && facet_infos[filter->facet].kind != FACET_ABOVE;
    uint32_t wanted = filter->codes[0], mask = filter->mask;
    for (size_t i = 0; i < count; i++) {
        uint32_t code = u32_at(column + 4 * (size_t)chosen[i]);
        chosen[kept] = chosen[i];
        kept += one ? (code & mask) == wanted : filter_passes(filter, code);
    }
    return kept;
}

enum err block_select(struct engine *engine, const struct block *block,
                      const struct filters *filters, struct arena *arena, struct event_id **out,
                      size_t *count)
{
    uint16_t chosen[BLOCK_EVENTS];
    struct event_id *ids;
    size_t left = block->count;
    *count = 0;
    for (size_t i = 0; i < filters->count; i++)
        if (!may_pass(block, &filters->list[i])) return ERR_OK;
    for (size_t i = 0; i < left; i++) chosen[i] = (uint16_t)i;
    for (size_t i = 0; i < filters->count && left; i++) {
        const struct filter *filter = &filters->list[i];
        const uint8_t *column;
        enum facet f = filter->facet;
        if (block->uniform[f]) continue; /* all pass */
        enum err e = read_column(engine, block, facet_infos[f].number, width_of(f), arena, &column);
        if (e) return e;
        left = keep(filter, column, chosen, left);
    }
    if (!left) return ERR_OK;
    enum err e = block_ids(engine, block, arena, &ids);
    for (size_t i = 0; i < left && !e; i++) ids[i] = ids[chosen[i]]; /* chosen[i] >= i */
    *out = ids;
    *count = left;
    return e;
}
