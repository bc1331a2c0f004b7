/* keys - see keys.h. A table is sorted by the keys' hashes and never changes; old tables are kept
 * until the end, because nobody knows who still reads them and keys are added a few times a
 * year. */
#include "api/keys.h"

#include "base/limits.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct table {
    struct table *older;
    struct arena arena;
    struct api_key *list;
    size_t count, room;
    struct workspace *workspaces;
    size_t workspaces_count;
    struct sealing_keys sealing;
    bool failed;
};

struct keys {
    _Atomic(struct table *) current;
    pthread_mutex_t loading;
    bool has_master;
    uint8_t master[SEAL_KEY_BYTES];
};

static void collect(void *context, const struct api_key *key)
{
    struct table *t = context;
    if (t->count == t->room) {
        size_t room = t->room ? t->room * 2 : 16;
        struct api_key *list = realloc(t->list, room * sizeof *list);
        if (!list) {
            t->failed = true;
            return;
        }
        t->list = list;
        t->room = room;
    }
    struct api_key *copy = &t->list[t->count++];
    *copy = *key;
    copy->text = arena_copy(&t->arena, key->text);
    copy->origins = arena_copy(&t->arena, key->origins);
}

static int by_hash(const void *a, const void *b)
{
    return memcmp(((const struct api_key *)a)->hash, ((const struct api_key *)b)->hash,
                  SHA256_BYTES);
}

static void table_free(struct table *t)
{
    while (t) {
        struct table *older = t->older;
        arena_free(&t->arena);
        free(t->list);
        free(t->workspaces);
        sealing_keys_free(&t->sealing);
        free(t);
        t = older;
    }
}

struct settings {
    struct table *table;
    struct json_parser *parser;
    enum err e;
};

static void read_settings(void *context, struct str name, struct str value)
{
    struct settings *s = context;
    struct table *t = s->table;
    struct json root;
    uint64_t number;
    size_t slash = str_find_char(name, '/', 0);
    struct workspace *more = realloc(t->workspaces, (t->workspaces_count + 1) * sizeof *more);
    struct str text = json_padded(&t->arena, value);
    if (!more || !text.p) s->e = ERR_NO_MEMORY;
    if (more) t->workspaces = more;
    if (s->e) return;
    struct workspace *w = &t->workspaces[t->workspaces_count++];
    *w = (struct workspace){ 0 };
    if (!str_to_u64(str_sub(name, slash + 1, name.n), &number) || json_parse(s->parser, text, &root) ||
        workspace_read(w, root, &t->arena))
        s->e = ERR_CORRUPT;
    w->number = (uint32_t)number;
}

static enum err read_workspaces(struct table *t, struct store *st)
{
    struct settings s = { .table = t, .parser = json_parser_create() };
    if (!s.parser) return ERR_NO_MEMORY;
    enum err e = store_each_value(st, STR("workspace-settings/"), read_settings, &s);
    json_parser_destroy(s.parser);
    return e ? e : s.e;
}

enum err keys_reload(struct keys *keys, struct store *st)
{
    struct table *t = calloc(1, sizeof *t);
    if (!t) return ERR_NO_MEMORY;
    arena_init(&t->arena, (size_t)64 * 1024 * 1024);
    pthread_mutex_lock(&keys->loading);
    enum err e = store_each_key(st, collect, t);
    if (!e) e = read_workspaces(t, st);
    if (!e) e = sealing_keys_load(&t->sealing, st, keys->has_master ? keys->master : NULL);
    if (!e && (t->failed || t->arena.failed)) e = ERR_NO_MEMORY;
    if (e) {
        table_free(t);
    } else {
        if (t->count) qsort(t->list, t->count, sizeof t->list[0], by_hash);
        t->older = atomic_load(&keys->current);
        atomic_store(&keys->current, t);
    }
    pthread_mutex_unlock(&keys->loading);
    return e;
}

enum err keys_load(struct keys **out, struct store *st, const uint8_t *master)
{
    struct keys *keys = calloc(1, sizeof *keys);
    if (!keys) return ERR_NO_MEMORY;
    pthread_mutex_init(&keys->loading, NULL);
    keys->has_master = master != NULL;
    if (master) memcpy(keys->master, master, sizeof keys->master);
    enum err e = keys_reload(keys, st);
    if (e) keys_free(keys);
    else *out = keys;
    return e;
}

void keys_free(struct keys *keys)
{
    if (!keys) return;
    table_free(atomic_load(&keys->current));
    pthread_mutex_destroy(&keys->loading);
    explicit_bzero(keys->master, sizeof keys->master);
    free(keys);
}

const struct api_key *keys_find(struct keys *keys, enum key_kind kind, struct str text)
{
    struct api_key wanted;
    const struct table *t = atomic_load_explicit(&keys->current, memory_order_acquire);
    if (text.n == 0 || t->count == 0) return NULL;
    crypto_sha256(wanted.hash, text);
    const struct api_key *hit = bsearch(&wanted, t->list, t->count, sizeof t->list[0], by_hash);
    return hit && hit->kind == kind && !hit->revoked ? hit : NULL;
}

const struct workspace *keys_workspace(struct keys *keys, uint32_t workspace)
{
    static const struct workspace defaults;
    const struct table *t = atomic_load_explicit(&keys->current, memory_order_acquire);
    for (size_t i = 0; i < t->workspaces_count; i++)
        if (t->workspaces[i].number == workspace) return &t->workspaces[i];
    return &defaults;
}

const uint8_t *keys_sealing(struct keys *keys, uint32_t environment)
{
    const struct table *t = atomic_load_explicit(&keys->current, memory_order_acquire);
    return sealing_key_of(&t->sealing, environment);
}

static bool split_origin(struct str origin, struct str *scheme, struct str *host)
{
    for (size_t i = 0; i + 3 <= origin.n; i++) {
        if (memcmp(origin.p + i, "://", 3) != 0) continue;
        *scheme = str_sub(origin, 0, i);
        *host = str_sub(origin, i + 3, origin.n);
        return scheme->n > 0 && host->n > 0;
    }
    return false;
}

static bool has_only(struct str s, const char *characters)
{
    for (size_t i = 0; i < s.n; i++)
        if (!s.p[i] || !strchr(characters, s.p[i])) return false;
    return true;
}

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"

static bool pattern_matches(struct str pattern, struct str origin)
{
    struct str pattern_scheme, pattern_host, scheme, host;
    if (str_eq_nocase(pattern, origin)) return true;
    if (!split_origin(pattern, &pattern_scheme, &pattern_host) ||
        !split_origin(origin, &scheme, &host) || !str_starts(pattern_host, STR("*.")) ||
        !str_eq_nocase(pattern_scheme, scheme))
        return false;
    struct str suffix = str_sub(pattern_host, 1, pattern_host.n); /* ".shop.example" */
    if (host.n <= suffix.n || !str_eq_nocase(str_sub(host, host.n - suffix.n, host.n), suffix))
        return false;
    return has_only(str_sub(host, 0, host.n - suffix.n),
                    NAME_CHARACTERS); /* no path, port or user */
}

bool key_allows_origin(const struct api_key *key, struct str origin)
{
    struct str rest = key->origins, pattern;
    if (rest.n == 0) return true;
    while (str_split(&rest, ' ', &pattern))
        if (pattern_matches(pattern, origin)) return true;
    return false;
}

bool origin_pattern_valid(struct str pattern)
{
    struct str scheme, host;
    if (!split_origin(pattern, &scheme, &host)) return false;
    if (!str_eq_nocase(scheme, STR("http")) && !str_eq_nocase(scheme, STR("https"))) return false;
    if (str_starts(host, STR("*."))) host = str_sub(host, 2, host.n);
    if (!has_only(host, NAME_CHARACTERS ":[]")) return false;
    return host.n > 0 && host.n <= 255;
}
