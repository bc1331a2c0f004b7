/* memory - the reference engine: one skip list per table (Pugh 1990) under one lock.
 *
 * It is here to be obviously right, so that rocksdb.c can be tested against it, and to run tests
 * under sanitizers that RocksDB was not built for. A skip list is the shortest ordered structure
 * that stays fast for a benchmark's million keys. */
#include "store/engine.h"

#include <pthread.h>
#include <stdlib.h>

enum { LEVELS = 20 };

struct node {
    struct str key, value; /* the value is an allocation of its own, the key follows the links */
    struct node *previous; /* on level 0; NULL for the first */
    struct node *next[];
};

struct list {
    struct node *first[LEVELS];
};

struct memory {
    struct engine engine;
    pthread_rwlock_t lock;
    struct list tables[TABLE_COUNT];
    uint64_t random;
};

static int compare(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0; /* an empty key may have no address */
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

/* The links that a new node with this key would be hung into: links[i] is the place, on level i,
 * whose content is the first node with a key at or after `key`. */
static struct node *seek(struct list *list, struct str key, struct node **links[LEVELS],
                         struct node **before)
{
    struct node *at = NULL;
    for (size_t level = LEVELS; level-- > 0;) {
        struct node **link = at ? &at->next[level] : &list->first[level];
        while (*link && compare((*link)->key, key) < 0) {
            at = *link;
            link = &at->next[level];
        }
        if (links) links[level] = link;
        if (level == 0) {
            if (before) *before = at;
            return *link;
        }
    }
    return NULL;
}

static enum err memory_get(struct engine *engine, enum table table, struct str key,
                           struct arena *arena, struct str *value)
{
    struct memory *m = (struct memory *)engine;
    enum err e = ERR_NOT_FOUND;
    pthread_rwlock_rdlock(&m->lock);
    struct node *node = seek(&m->tables[table], key, NULL, NULL);
    if (node && str_eq(node->key, key)) {
        *value = arena_copy(arena, node->value);
        e = arena->failed ? ERR_NO_MEMORY : ERR_OK;
    }
    pthread_rwlock_unlock(&m->lock);
    return e;
}

/* The smallest key above all that start with prefix is not always writable; walk instead. */
static struct node *last_of(struct list *list, struct str prefix)
{
    struct node *before, *node = seek(list, prefix, NULL, &before);
    while (node && str_starts(node->key, prefix)) {
        before = node;
        node = node->next[0];
    }
    return before;
}

static enum err memory_scan(struct engine *engine, enum table table, const struct range *range,
                            engine_visit *visit, void *context)
{
    struct memory *m = (struct memory *)engine;
    struct node *node, *before;
    pthread_rwlock_rdlock(&m->lock);
    struct list *list = &m->tables[table];
    struct str from = range->from.n ? range->from : range->prefix;
    if (!range->backward) node = seek(list, from, NULL, NULL);
    else if (range->from.n) seek(list, from, NULL, &before), node = before;
    else node = last_of(list, range->prefix);
    while (node && str_starts(node->key, range->prefix) && visit(context, node->key, node->value))
        node = range->backward ? node->previous : node->next[0];
    pthread_rwlock_unlock(&m->lock);
    return ERR_OK;
}

static size_t random_height(struct memory *m)
{
    /* Knuth's MMIX generator */
    m->random = m->random * 6364136223846793005u + 1442695040888963407u;
    size_t height = 1;
    for (uint64_t bits = m->random >> 33; height < LEVELS && (bits & 3) == 0; bits >>= 2) height++;
    return height;
}

static char *copy_bytes(struct str s)
{
    char *p = malloc(s.n + 1);
    if (p && s.n) memcpy(p, s.p, s.n);
    return p;
}

static bool insert(struct memory *m, const struct put *put)
{
    struct node **links[LEVELS], *before;
    struct node *node = seek(&m->tables[put->table], put->key, links, &before);
    char *value = copy_bytes(put->value);
    if (!value) return false;
    if (node && str_eq(node->key, put->key)) {
        free((char *)node->value.p);
        node->value = (struct str){ value, put->value.n };
        return true;
    }
    size_t height = random_height(m);
    struct node *fresh = malloc(sizeof *fresh + height * sizeof fresh->next[0] + put->key.n);
    if (!fresh) {
        free(value);
        return false;
    }
    char *key = (char *)&fresh->next[height];
    memcpy(key, put->key.p, put->key.n);
    fresh->key = (struct str){ key, put->key.n };
    fresh->value = (struct str){ value, put->value.n };
    fresh->previous = before;
    if (node) node->previous = fresh;
    for (size_t i = 0; i < height; i++) {
        fresh->next[i] = *links[i];
        *links[i] = fresh;
    }
    return true;
}

static void erase(struct memory *m, const struct put *put)
{
    struct node **links[LEVELS], *before;
    struct node *node = seek(&m->tables[put->table], put->key, links, &before);
    if (!node || !str_eq(node->key, put->key)) return;
    if (node->next[0]) node->next[0]->previous = before;
    for (size_t i = 0; i < LEVELS && *links[i] == node; i++) *links[i] = node->next[i];
    free((char *)node->value.p);
    free(node);
}

/* Not atomic when memory runs out in the middle; the reference may be that simple. */
static enum err memory_write(struct engine *engine, const struct batch *batch)
{
    struct memory *m = (struct memory *)engine;
    enum err e = ERR_OK;
    pthread_rwlock_wrlock(&m->lock);
    for (const struct put *put = batch->first; put && !e; put = put->next) {
        if (put->erase) erase(m, put);
        else if (!insert(m, put)) e = ERR_NO_MEMORY;
    }
    pthread_rwlock_unlock(&m->lock);
    return e;
}

static enum err memory_revive(struct engine *engine)
{
    (void)engine;
    return ERR_OK;
}

/* What is erased here is gone. */
static enum err memory_flush(struct engine *engine)
{
    (void)engine;
    return ERR_OK;
}

static enum err memory_purge(struct engine *engine, enum table table, struct str first,
                             struct str last)
{
    (void)engine, (void)table, (void)first, (void)last;
    return ERR_OK;
}

static void memory_close(struct engine *engine)
{
    struct memory *m = (struct memory *)engine;
    for (enum table t = 0; t < TABLE_COUNT; t++)
        for (struct node *node = m->tables[t].first[0], *next; node; node = next) {
            next = node->next[0];
            free((char *)node->value.p);
            free(node);
        }
    pthread_rwlock_destroy(&m->lock);
    free(m);
}

enum err engine_open_memory(struct engine **out)
{
    struct memory *m = calloc(1, sizeof *m);
    if (!m) return ERR_NO_MEMORY;
    pthread_rwlock_init(&m->lock, NULL);
    m->engine = (struct engine){ memory_get,   memory_scan,  memory_write, memory_revive,
                                 memory_flush, memory_purge, memory_close };
    *out = &m->engine;
    return ERR_OK;
}
