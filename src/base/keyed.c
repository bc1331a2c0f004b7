/* keyed - see keyed.h. */
#include "base/keyed.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_BITS = 1 };

size_t keyed_room(const struct keyed *t)
{
    return t->rows ? (size_t)1 << t->bits : 0;
}

static char *place(const struct keyed *t, size_t i)
{
    return t->rows + i * t->row_bytes;
}

static uint64_t key_at(const struct keyed *t, size_t i)
{
    uint64_t key;
    memcpy(&key, place(t, i), sizeof key);
    return key;
}

/* Fibonacci hashing (Knuth, 6.4): the high bits of the product depend on all of the key's. */
static size_t home_of(const struct keyed *t, uint64_t key)
{
    return (size_t)(key * 0x9e3779b97f4a7c15u >> (64 - t->bits));
}

/* Where the key is, or the free place where it would go. */
static size_t seek(const struct keyed *t, uint64_t key)
{
    size_t mask = keyed_room(t) - 1, i = home_of(t, key);
    for (uint64_t there; (there = key_at(t, i)) && there != key; i = (i + 1) & mask) {
    }
    return i;
}

void *keyed_at(const struct keyed *t, size_t i)
{
    return key_at(t, i) ? place(t, i) : NULL;
}

void *keyed_find(const struct keyed *t, uint64_t key)
{
    return t->rows ? keyed_at(t, seek(t, key)) : NULL;
}

static bool grow(struct keyed *t)
{
    struct keyed larger = *t;
    larger.bits = t->rows ? (uint8_t)(t->bits + 1) : FIRST_BITS;
    larger.rows = calloc((size_t)1 << larger.bits, t->row_bytes);
    if (!larger.rows) return false;
    for (size_t i = 0; i < keyed_room(t); i++)
        if (key_at(t, i)) memcpy(place(&larger, seek(&larger, key_at(t, i))), place(t, i), t->row_bytes);
    free(t->rows);
    *t = larger;
    return true;
}

void *keyed_need(struct keyed *t, uint64_t key)
{
    void *row = keyed_find(t, key);
    if (row) return row;
    if (t->count + 1 > keyed_room(t) * 3 / 4 && !grow(t)) return NULL;
    row = place(t, seek(t, key));
    memcpy(row, &key, sizeof key);
    t->count++;
    return row;
}

/* Moves back what stood behind it, so that searches still end at a free place (Knuth, 6.4, algorithm R). */
void keyed_drop(struct keyed *t, void *row)
{
    size_t mask = keyed_room(t) - 1, hole = (size_t)((char *)row - t->rows) / t->row_bytes;
    for (size_t i = (hole + 1) & mask; key_at(t, i); i = (i + 1) & mask) {
        size_t home = home_of(t, key_at(t, i));
        if (((i - home) & mask) < ((i - hole) & mask)) continue;
        memcpy(place(t, hole), place(t, i), t->row_bytes);
        hole = i;
    }
    memset(place(t, hole), 0, t->row_bytes);
    t->count--;
}

size_t keyed_bytes(const struct keyed *t)
{
    return keyed_room(t) * t->row_bytes;
}

void keyed_free(struct keyed *t)
{
    free(t->rows);
    *t = (struct keyed){ .row_bytes = t->row_bytes };
}
