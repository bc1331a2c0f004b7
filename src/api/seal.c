/* seal - see seal.h. */
#include "api/seal.h"

#include "base/log.h"
#include "base/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

static const char header[4] = { (char)0x9e, (char)0x85, (char)0xdc, (char)0xed };

/* ---- sealing ---- */

/* Fastest level: an event of 12 kB becomes 3 to 4, and the answer waits for it. */
static struct str deflated(struct str text, struct arena *arena)
{
    z_stream z = { .next_in = (z_const Bytef *)text.p, .avail_in = (uInt)text.n };
    struct str none = { NULL, 0 };
    if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK) return none;
    uLong bound = deflateBound(&z, text.n);
    z.next_out = arena_alloc(arena, bound);
    z.avail_out = (uInt)bound;
    char *out = (char *)z.next_out;
    bool done = out && deflate(&z, Z_FINISH) == Z_STREAM_END;
    size_t n = z.total_out;
    deflateEnd(&z);
    return done ? (struct str){ out, n } : none;
}

struct str seal_json(const uint8_t key[SEAL_KEY_BYTES], struct str json, struct arena *arena)
{
    struct str plain = deflated(json, arena), none = { NULL, 0 };
    size_t n = sizeof header + plain.n + SEAL_OVERHEAD_BYTES;
    uint8_t *sealed = plain.p ? arena_alloc(arena, n) : NULL;
    char *text = sealed ? arena_alloc(arena, BASE64_BYTES(n)) : NULL;
    if (!text) return none;
    memcpy(sealed, header, sizeof header);
    if (crypto_seal(sealed + sizeof header, key, STR(""), plain)) return none;
    return (struct str){ text, crypto_base64(text, sealed, n) };
}

/* ---- keys ---- */

static struct str key_name(char out[64], uint32_t environment, uint32_t number)
{
    return (struct str){ out, (size_t)snprintf(out, 64, "sealing-key/%u/%u", environment, number) };
}

static struct str current_name(char out[64], uint32_t environment)
{
    return (struct str){ out, (size_t)snprintf(out, 64, "sealing-current/%u", environment) };
}

/* 0 when there is none. */
static enum err read_current(struct store *st, uint32_t environment, uint32_t *number)
{
    struct arena arena;
    struct str value;
    char name[64];
    uint64_t current = 0;
    arena_init(&arena, 4096);
    enum err e = store_get_value(st, current_name(name, environment), &arena, &value);
    if (!e && !str_to_u64(value, &current)) e = ERR_CORRUPT;
    if (e == ERR_NOT_FOUND) e = ERR_OK;
    arena_free(&arena);
    *number = (uint32_t)current;
    return e;
}

static enum err write_current(struct store *st, uint32_t environment, uint32_t number)
{
    char name[64], value[16];
    size_t n = (size_t)snprintf(value, sizeof value, "%u", number);
    return store_set_value(st, current_name(name, environment), (struct str){ value, n });
}

static bool key_exists(struct store *st, uint32_t environment, uint32_t number)
{
    struct arena arena;
    struct str value;
    char name[64];
    arena_init(&arena, 4096);
    bool there = store_get_value(st, key_name(name, environment, number), &arena, &value) == ERR_OK;
    arena_free(&arena);
    return there;
}

enum err sealing_key_make(struct store *st, const uint8_t master[SEAL_KEY_BYTES], uint32_t environment,
                          struct arena *arena, uint32_t *number, bool *current, struct str *text)
{
    uint8_t key[SEAL_KEY_BYTES], sealed[SEAL_KEY_BYTES + SEAL_OVERHEAD_BYTES];
    char name_text[64], *base64 = arena_alloc(arena, BASE64_BYTES(SEAL_KEY_BYTES));
    uint32_t now = 0;
    if (!base64) return ERR_NO_MEMORY;
    for (*number = 1; key_exists(st, environment, *number);) ++*number;
    struct str name = key_name(name_text, environment, *number);
    random_bytes(key, sizeof key);
    enum err e = crypto_seal(sealed, master, name, (struct str){ (char *)key, sizeof key });
    if (!e) e = store_set_value(st, name, (struct str){ (char *)sealed, sizeof sealed });
    if (!e) e = read_current(st, environment, &now);
    if (!e && now == 0) e = write_current(st, environment, *number);
    *current = now == 0;
    *text = (struct str){ base64, crypto_base64(base64, key, sizeof key) };
    explicit_bzero(key, sizeof key);
    return e;
}

enum err sealing_key_rotate(struct store *st, uint32_t environment, uint32_t *number)
{
    enum err e = read_current(st, environment, number);
    if (e) return e;
    ++*number;
    if (!key_exists(st, environment, *number)) return ERR_NOT_FOUND;
    return write_current(st, environment, *number);
}

/* ---- in memory ---- */

struct loading {
    struct sealing_keys *keys;
    struct { uint32_t environment, number; } *current;
    size_t count;
    enum err e;
};

static void note_current(void *context, struct str name, struct str value)
{
    struct loading *l = context;
    uint64_t environment, number;
    size_t slash = str_find_char(name, '/', 0);
    if (l->e) return;
    if (!str_to_u64(str_sub(name, slash + 1, name.n), &environment) || !str_to_u64(value, &number)) {
        l->e = ERR_CORRUPT;
        return;
    }
    void *more = realloc(l->current, (l->count + 1) * sizeof *l->current);
    if (!more) {
        l->e = ERR_NO_MEMORY;
        return;
    }
    l->current = more;
    l->current[l->count].environment = (uint32_t)environment;
    l->current[l->count++].number = (uint32_t)number;
}

static enum err open_key(struct sealing_key *out, struct store *st, const uint8_t *master, uint32_t environment,
                         uint32_t number)
{
    struct arena arena;
    struct str value;
    char text[64];
    struct str name = key_name(text, environment, number);
    arena_init(&arena, 4096);
    enum err e = store_get_value(st, name, &arena, &value);
    if (!e && value.n != SEAL_KEY_BYTES + SEAL_OVERHEAD_BYTES) e = ERR_CORRUPT;
    if (!e) e = crypto_open(out->key, master, name, value);
    arena_free(&arena);
    out->environment = environment;
    return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
}

enum err sealing_keys_load(struct sealing_keys *out, struct store *st, const uint8_t *master)
{
    struct loading l = { .keys = out };
    *out = (struct sealing_keys){ .list = NULL };
    if (!master) return ERR_OK;
    enum err e = store_each_value(st, STR("sealing-current/"), note_current, &l);
    if (!e) e = l.e;
    if (!e && l.count && !(out->list = calloc(l.count, sizeof *out->list))) e = ERR_NO_MEMORY;
    for (size_t i = 0; i < l.count && !e; i++) {
        e = open_key(&out->list[i], st, master, l.current[i].environment, l.current[i].number);
        if (!e) out->count++;
    }
    free(l.current);
    if (!e) return ERR_OK;
    log_error("seal", "the sealing keys cannot be opened; is master.key the right one?");
    sealing_keys_free(out);
    return e;
}

void sealing_keys_free(struct sealing_keys *keys)
{
    if (keys->list) explicit_bzero(keys->list, keys->count * sizeof *keys->list);
    free(keys->list);
    *keys = (struct sealing_keys){ .list = NULL };
}

const uint8_t *sealing_key_of(const struct sealing_keys *keys, uint32_t environment)
{
    for (size_t i = 0; i < keys->count; i++)
        if (keys->list[i].environment == environment) return keys->list[i].key;
    return NULL;
}
