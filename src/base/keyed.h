/* keyed - rows found by a 64-bit key: a hash table with open addressing and linear probing, for tables that grow as a
 * whole. (link/counts.h and blocks.h grow in parts, because theirs hold millions of rows and nobody may wait.)
 *
 *     struct row { uint64_t key; int n; };                  the key stands first
 *     struct keyed rows = { .row_bytes = sizeof(struct row) };
 *     struct row *r = keyed_need(&rows, 17);                 zeroed when it is new
 *
 * Key 0 stands for a free place and is never asked for. Rows move: a pointer holds until the next keyed_need or
 * keyed_drop. Not safe for several threads at once; reading beside reading is.
 */
#ifndef WHORL_BASE_KEYED_H
#define WHORL_BASE_KEYED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct keyed {
    char *rows;
    uint32_t count;
    uint16_t row_bytes; /* a multiple of 8 */
    uint8_t bits;       /* 1 << bits places, when there are rows */
};

/* NULL when there is none. */
void *keyed_find(const struct keyed *t, uint64_t key);
/* Added when there is none; NULL without memory. */
void *keyed_need(struct keyed *t, uint64_t key);
/* row: of this table. */
void keyed_drop(struct keyed *t, void *row);

/* for (size_t i = 0; i < keyed_room(t); i++) if ((row = keyed_at(t, i))) ... */
size_t keyed_room(const struct keyed *t);
void *keyed_at(const struct keyed *t, size_t place); /* NULL: a free place */

size_t keyed_bytes(const struct keyed *t);
/* Empty afterwards, and usable. */
void keyed_free(struct keyed *t);

#endif
