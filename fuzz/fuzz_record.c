/* Records of the store, as a damaged disk could hand them out: visitors, API keys, index keys,
 * receipts and snapshots. The first byte chooses. What can be read must come out the same after writing it
 * again. */
#include "store/record.h"
#include "store/snapshot.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct arena arena;

static void try_visitor(struct str record)
{
    struct visitor first = { 0 }, second = { 0 };
    if (visitor_decode(&first, record)) return;
    struct str again = visitor_encode(&first, &arena);
    assert(again.n > 0 && visitor_decode(&second, again) == ERR_OK);
    assert(first.first_seen_ms == second.first_seen_ms && first.last_seen_ms == second.last_seen_ms);
    assert(first.visits_count == second.visits_count);
    assert(first.snapshot == second.snapshot && first.base == second.base);
    assert(str_eq(first.profile, second.profile));
}

static void try_api_key(struct str record)
{
    struct api_key first = { 0 }, second = { 0 };
    if (api_key_decode(&first, record)) return;
    struct str again = api_key_encode(&first, &arena);
    assert(again.n > 0 && api_key_decode(&second, again) == ERR_OK);
    assert(first.kind == second.kind && first.workspace == second.workspace);
    assert(str_eq(first.text, second.text) && str_eq(first.origins, second.origins));
}

static void try_index_keys(struct str key)
{
    struct event_id event;
    if (!key_visit_read(key, &event)) assert(event.time_ms >= 0);
}

/* Receipts of deletions and marks, with their keys. */
static void try_deletion(struct str bytes)
{
    struct receipt first = { 0 }, second = { 0 };
    struct mark mark, again;
    uint32_t number;
    if (!key_receipt_read(&first, bytes)) {
        struct key key;
        key_receipt(&key, &first);
        assert(str_eq(str_sub(key_str(&key), 1, key.n), str_sub(bytes, 1, bytes.n)));
    }
    if (!key_snapshot_read(bytes, &number)) assert(bytes.n == 24);
    if (!receipt_decode(&first, bytes)) {
        assert(!receipt_decode(&second, receipt_encode(&first, &arena)));
        assert(first.events == second.events && first.key == second.key && first.erased_ms == second.erased_ms);
    }
    if (mark_decode(&mark, bytes)) return;
    assert(!mark_decode(&again, mark_encode(&mark, &arena)));
    assert(mark.when_ms == again.when_ms && mark.has_receipt == again.has_receipt);
}

/* As snapshot 2 of a visitor whose snapshot 1 is whole and sound. */
static void try_snapshot(struct str record)
{
    static struct engine *engine;
    static struct snapshots *snapshots;
    const struct visitor_id id = { 1, 2 };
    struct batch batch = { 0 };
    struct str base, steady;
    struct key key;
    bool whole;
    if (!engine && engine_open_memory(&engine)) abort();
    if (!snapshots && !(snapshots = snapshots_create(engine))) abort();
    enum err e = snapshot_pack(snapshots, 1, id, 0, 0, STR("a base of some words, words, words"),
                               &arena, &base, &whole);
    assert(!e && whole);
    key_snapshot(&key, 1, id, 1);
    batch_put(&batch, &arena, TABLE_SNAPSHOTS, key_str(&key), base);
    key_snapshot(&key, 1, id, 2);
    batch_put(&batch, &arena, TABLE_SNAPSHOTS, key_str(&key), record);
    if (engine->write(engine, &batch)) abort();
    e = snapshot_read(snapshots, 1, id, 2, &arena, &steady);
    assert(e == ERR_OK || e == ERR_CORRUPT || e == ERR_NO_MEMORY);
    assert(e || (steady.n > 0 && steady.n <= SNAPSHOT_BYTES_MAX));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    struct str rest = { (const char *)data + 1, size - 1 };
    if (!arena.max_bytes) arena_init(&arena, 4 << 20);
    switch (data[0] % 4) {
    case 0: try_visitor(rest); break;
    case 1: try_api_key(rest); break;
    case 2: try_index_keys(rest), try_deletion(rest); break;
    default: try_snapshot(rest);
    }
    arena_reset(&arena);
    return 0;
}
