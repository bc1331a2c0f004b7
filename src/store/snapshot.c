/* snapshot - see snapshot.h. Level 1: in a loop of its own, levels 1 to 4 take the same time on
 * recorded bodies (9 and 11 kB packed; whole 55 us, with a prefix 7 to 25 us; level 5 up to four
 * times that). But in a server under load the larger tables of level 3, the dictionary's above all,
 * are out of the caches: 10 to 12 % of an identify's CPU time went there, 7 % at level 1, for 2 %
 * more on disk. */
#include "store/snapshot.h"

#include "base/bytes.h"
#include "base/log.h"
#include "store/record.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <zstd.h>

enum { VERSION = 1, LEVEL = 1, HEAD_BYTES_MAX = 24, SMALL_BYTES = 256 };
enum kind { WHOLE, DIFFERENCE };

struct dictionary {
    struct dictionary *next;
    uint64_t hash;
    ZSTD_CDict *pack; /* NULL in those that are only read */
    ZSTD_DDict *unpack;
};

struct snapshots {
    struct engine *engine;
    pthread_mutex_t lock; /* the list and `current`; entries never change or go */
    struct dictionary *dictionaries, *current;
};

/* ---- one pair of zstd contexts per thread -------------------------------------------------- */

struct contexts {
    ZSTD_CCtx *pack;
    ZSTD_DCtx *unpack;
};

static pthread_key_t contexts_key;
static pthread_once_t contexts_once = PTHREAD_ONCE_INIT;

static void free_contexts(void *p)
{
    struct contexts *contexts = p;
    ZSTD_freeCCtx(contexts->pack);
    ZSTD_freeDCtx(contexts->unpack);
    free(contexts);
}

static void make_key(void)
{
    int failed = pthread_key_create(&contexts_key, free_contexts);
    assert(!failed);
}

/* NULL without memory. */
static struct contexts *my_contexts(void)
{
    pthread_once(&contexts_once, make_key);
    struct contexts *contexts = pthread_getspecific(contexts_key);
    if (contexts) return contexts;
    contexts = calloc(1, sizeof *contexts);
    if (!contexts) return NULL;
    contexts->pack = ZSTD_createCCtx();
    contexts->unpack = ZSTD_createDCtx();
    if (!contexts->pack || !contexts->unpack || pthread_setspecific(contexts_key, contexts)) {
        free_contexts(contexts);
        return NULL;
    }
    return contexts;
}

/* ---- dictionaries -------------------------------------------------------------------------- */

struct snapshots *snapshots_create(struct engine *engine)
{
    struct snapshots *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->engine = engine;
    pthread_mutex_init(&s->lock, NULL);
    return s;
}

static void free_dictionary(struct dictionary *d)
{
    ZSTD_freeCDict(d->pack);
    ZSTD_freeDDict(d->unpack);
    free(d);
}

void snapshots_destroy(struct snapshots *s)
{
    for (struct dictionary *d = s->dictionaries, *next; d; d = next) {
        next = d->next;
        free_dictionary(d);
    }
    pthread_mutex_destroy(&s->lock);
    free(s);
}

uint64_t snapshot_dictionary_hash(struct str bytes)
{
    uint64_t hash = str_hash(bytes, 1);
    return hash ? hash : 1;
}

static struct dictionary *make_dictionary(struct str bytes, bool pack)
{
    struct dictionary *d = calloc(1, sizeof *d);
    if (!d) return NULL;
    d->hash = snapshot_dictionary_hash(bytes);
    d->unpack = ZSTD_createDDict(bytes.p, bytes.n);
    if (pack) d->pack = ZSTD_createCDict(bytes.p, bytes.n, LEVEL);
    if (d->unpack && (d->pack || !pack)) return d;
    free_dictionary(d);
    return NULL;
}

enum err snapshots_use_dictionary(struct snapshots *s, struct str bytes)
{
    struct dictionary *d = make_dictionary(bytes, true);
    if (!d) return ERR_NO_MEMORY;
    pthread_mutex_lock(&s->lock);
    d->next = s->dictionaries;
    s->dictionaries = s->current = d;
    pthread_mutex_unlock(&s->lock);
    return ERR_OK;
}

static const struct dictionary *current_dictionary(struct snapshots *s)
{
    pthread_mutex_lock(&s->lock);
    const struct dictionary *d = s->current;
    pthread_mutex_unlock(&s->lock);
    return d;
}

static const struct dictionary *known_dictionary(struct snapshots *s, uint64_t hash)
{
    pthread_mutex_lock(&s->lock);
    const struct dictionary *d = s->dictionaries;
    while (d && d->hash != hash) d = d->next;
    pthread_mutex_unlock(&s->lock);
    return d;
}

/* One that this process has not used yet: read from the store. Two threads may add it twice, which
 * costs memory once and nothing else. */
static enum err find_dictionary(struct snapshots *s, uint64_t hash, struct arena *arena,
                                const struct dictionary **out)
{
    *out = known_dictionary(s, hash);
    if (*out) return ERR_OK;
    struct key key;
    struct str bytes;
    key_dictionary(&key, hash);
    enum err e = s->engine->get(s->engine, TABLE_VALUES, key_str(&key), arena, &bytes);
    if (e) return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
    if (snapshot_dictionary_hash(bytes) != hash) return ERR_CORRUPT;
    struct dictionary *d = make_dictionary(bytes, false);
    if (!d) return ERR_NO_MEMORY;
    pthread_mutex_lock(&s->lock);
    d->next = s->dictionaries;
    s->dictionaries = d;
    pthread_mutex_unlock(&s->lock);
    *out = d;
    return ERR_OK;
}

/* ---- packing ------------------------------------------------------------------------------- */

uint64_t snapshot_hash(struct str steady)
{
    return str_hash(steady, 0);
}

static uint32_t check_of(struct str steady)
{
    return (uint32_t)str_hash(steady, 2);
}

static void put_head(struct bytes_out *out, enum kind kind, struct str steady)
{
    uint32_t check = check_of(steady);
    bytes_put_u8(out, VERSION);
    bytes_put_u8(out, (uint8_t)kind);
    bytes_put_varint(out, steady.n);
    for (unsigned shift = 0; shift < 32; shift += 8) bytes_put_u8(out, (uint8_t)(check >> shift));
}

/* Compresses onto the end of `out`, whose room was made by the caller. */
static enum err put_frame(struct bytes_out *out, ZSTD_CCtx *cctx, struct str steady)
{
    if (out->failed) return ERR_NO_MEMORY;
    size_t n = ZSTD_compress2(cctx, out->p + out->n, out->capacity - out->n, steady.p, steady.n);
    if (ZSTD_isError(n)) return ERR_NO_MEMORY; /* there is room enough; nothing else can fail */
    out->n += n;
    return ERR_OK;
}

static void reset(ZSTD_CCtx *cctx)
{
    ZSTD_CCtx_reset(cctx, ZSTD_reset_session_and_parameters);
    ZSTD_CCtx_setParameter(cctx, ZSTD_c_compressionLevel, LEVEL);
}

static enum err pack_whole(struct snapshots *s, ZSTD_CCtx *cctx, struct str steady,
                           struct arena *arena, struct str *record)
{
    struct bytes_out out;
    const struct dictionary *d = current_dictionary(s);
    bytes_out_init(&out, arena, HEAD_BYTES_MAX + ZSTD_compressBound(steady.n));
    put_head(&out, WHOLE, steady);
    bytes_put_u64(&out, d ? d->hash : 0);
    reset(cctx);
    if (d) ZSTD_CCtx_refCDict(cctx, d->pack);
    enum err e = put_frame(&out, cctx, steady);
    *record = bytes_out_text(&out);
    return e;
}

static enum err pack_difference(ZSTD_CCtx *cctx, uint32_t base, struct str before,
                                struct str steady, struct arena *arena, struct str *record)
{
    struct bytes_out out;
    bytes_out_init(&out, arena, HEAD_BYTES_MAX + ZSTD_compressBound(steady.n));
    put_head(&out, DIFFERENCE, steady);
    bytes_put_varint(&out, base);
    reset(cctx);
    ZSTD_CCtx_refPrefix(cctx, before.p, before.n);
    enum err e = put_frame(&out, cctx, steady);
    *record = bytes_out_text(&out);
    return e;
}

enum err snapshot_pack(struct snapshots *s, uint32_t workspace, struct visitor_id visitor,
                       uint32_t base, uint32_t base_bytes, struct str steady, struct arena *arena,
                       struct str *record, bool *whole)
{
    assert(steady.n > 0);
    if (steady.n > SNAPSHOT_BYTES_MAX) return ERR_BODY_TOO_LARGE;
    struct contexts *contexts = my_contexts();
    if (!contexts) return ERR_NO_MEMORY;
    *whole = false;
    if (base) {
        struct str before;
        enum err e = snapshot_read(s, workspace, visitor, base, arena, &before);
        if (!e) e = pack_difference(contexts->pack, base, before, steady, arena, record);
        if (!e && (record->n <= base_bytes / 4 || record->n <= SMALL_BYTES)) return ERR_OK;
        if (e == ERR_NO_MEMORY) return e;
        if (e) log_warn("store", "a base snapshot cannot be read (%s); starting anew", err_name(e));
    }
    *whole = true;
    return pack_whole(s, contexts->pack, steady, arena, record);
}

/* ---- unpacking ----------------------------------------------------------------------------- */

struct head {
    enum kind kind;
    size_t bytes;
    uint32_t check, base;
    uint64_t dictionary;
    struct str frame;
};

static enum err read_head(struct head *head, struct str record)
{
    struct cursor c = cursor_of(record);
    uint8_t version = cursor_u8(&c), kind = cursor_u8(&c);
    uint64_t bytes = cursor_varint(&c), base = 0;
    *head = (struct head){ .kind = (enum kind)kind, .bytes = (size_t)bytes };
    for (unsigned shift = 0; shift < 32; shift += 8)
        head->check |= (uint32_t)cursor_u8(&c) << shift;
    if (kind == WHOLE) head->dictionary = cursor_u64(&c);
    else base = cursor_varint(&c);
    head->base = (uint32_t)base;
    head->frame = cursor_bytes(&c, cursor_left(&c));
    if (c.bad || version != VERSION || kind > DIFFERENCE) return ERR_CORRUPT;
    if (bytes == 0 || bytes > SNAPSHOT_BYTES_MAX) return ERR_CORRUPT;
    if (base > UINT32_MAX || (kind == DIFFERENCE && base == 0)) return ERR_CORRUPT;
    return ERR_OK;
}

/* The output has exactly the size that the head promises, so a bomb finds no room. */
static enum err unpack(const struct head *head, const struct dictionary *d, struct str before,
                       struct arena *arena, struct str *steady)
{
    struct contexts *contexts = my_contexts();
    char *p = arena_alloc(arena, head->bytes);
    if (!contexts || !p) return ERR_NO_MEMORY;
    ZSTD_DCtx *dctx = contexts->unpack;
    ZSTD_DCtx_reset(dctx, ZSTD_reset_session_and_parameters);
    if (d) ZSTD_DCtx_refDDict(dctx, d->unpack);
    if (before.n) ZSTD_DCtx_refPrefix(dctx, before.p, before.n);
    size_t n = ZSTD_decompressDCtx(dctx, p, head->bytes, head->frame.p, head->frame.n);
    if (ZSTD_isError(n) || n != head->bytes) return ERR_CORRUPT;
    *steady = (struct str){ p, n };
    return check_of(*steady) == head->check ? ERR_OK : ERR_CORRUPT;
}

static enum err read_record(struct snapshots *s, uint32_t workspace, struct visitor_id visitor,
                            uint32_t number, struct arena *arena, struct head *head)
{
    struct key key;
    struct str record;
    key_snapshot(&key, workspace, visitor, number);
    enum err e = s->engine->get(s->engine, TABLE_SNAPSHOTS, key_str(&key), arena, &record);
    return e ? e : read_head(head, record);
}

static enum err unpack_whole(struct snapshots *s, const struct head *head, struct arena *arena,
                             struct str *steady)
{
    const struct dictionary *d = NULL;
    if (head->kind != WHOLE) return ERR_CORRUPT;
    enum err e = head->dictionary ? find_dictionary(s, head->dictionary, arena, &d) : ERR_OK;
    return e ? e : unpack(head, d, (struct str){ NULL, 0 }, arena, steady);
}

enum err snapshot_base(struct snapshots *s, uint32_t workspace, struct visitor_id visitor, uint32_t number,
                       struct arena *arena, uint32_t *base)
{
    struct head head;
    enum err e = read_record(s, workspace, visitor, number, arena, &head);
    *base = e || head.kind == WHOLE ? 0 : head.base;
    return e;
}

enum err snapshot_read(struct snapshots *s, uint32_t workspace, struct visitor_id visitor,
                       uint32_t number, struct arena *arena, struct str *steady)
{
    struct head head, base;
    struct str before;
    enum err e = read_record(s, workspace, visitor, number, arena, &head);
    if (e || head.kind == WHOLE) return e ? e : unpack_whole(s, &head, arena, steady);
    e = read_record(s, workspace, visitor, head.base, arena, &base);
    if (!e) e = unpack_whole(s, &base, arena, &before);
    if (!e) e = unpack(&head, NULL, before, arena, steady);
    return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
}
