/* counts - see counts.h. Open addressing with linear probing; nothing is ever taken out. */
#include "identify/link/counts.h"

#include <stdlib.h>

enum { FIRST_SIZE = 4 };

static uint32_t tag_of(uint64_t key)
{
    return (uint32_t)(key >> 32) | 1;
}

/* The row of the tag, or the empty one where it belongs. */
static struct count *find(const struct counts_part *part, uint64_t key, uint32_t tag)
{
    uint32_t mask = part->size - 1, at = (uint32_t)key & mask;
    while (part->row[at].tag && part->row[at].tag != tag) at = (at + 1) & mask;
    return &part->row[at];
}

/* Where a row lies follows from bits that are not kept, so a larger table spreads by the tag: the low bits of
 * the key are replaced by a mix of the tag. */
static uint64_t place_of(uint32_t tag)
{
    return key_mix(tag, 0);
}

float counts_get(const struct counts *c, uint64_t key)
{
    uint32_t tag = tag_of(key);
    const struct counts_part *part = &c->part[key & (COUNTS_PARTS - 1)];
    return part->size ? find(part, place_of(tag), tag)->n : 0;
}

void counts_prefetch(const struct counts *c, uint64_t key)
{
    const struct counts_part *part = &c->part[key & (COUNTS_PARTS - 1)];
    if (part->size) __builtin_prefetch(&part->row[(uint32_t)place_of(tag_of(key)) & (part->size - 1)]);
}

static bool grow(struct counts_part *part)
{
    struct counts_part larger = { .size = part->size ? part->size * 2 : FIRST_SIZE,
                                  .used = part->used };
    larger.row = calloc(larger.size, sizeof *larger.row);
    if (!larger.row) return false;
    for (uint32_t i = 0; i < part->size; i++)
        if (part->row[i].tag)
            *find(&larger, place_of(part->row[i].tag), part->row[i].tag) = part->row[i];
    free(part->row);
    *part = larger;
    return true;
}

bool counts_add(struct counts *c, uint64_t key, float n)
{
    uint32_t tag = tag_of(key);
    struct counts_part *part = &c->part[key & (COUNTS_PARTS - 1)];
    if (part->used + 1 > part->size / 4 * 3 && !grow(part)) return false;
    struct count *row = find(part, place_of(tag), tag);
    if (!row->tag) {
        row->tag = tag;
        part->used++;
    }
    row->n += n;
    return true;
}

void counts_write(struct bytes_out *out, const struct counts *c)
{
    size_t used = 0;
    for (size_t i = 0; i < COUNTS_PARTS; i++) used += c->part[i].used;
    bytes_put_varint(out, used);
    for (size_t i = 0; i < COUNTS_PARTS; i++) {
        for (uint32_t r = 0; r < c->part[i].size; r++) {
            const struct count *row = &c->part[i].row[r];
            if (!row->tag) continue;
            bytes_put_varint(out, i);
            bytes_put(out, &row->tag, sizeof row->tag);
            bytes_put(out, &row->n, sizeof row->n);
        }
    }
}

bool counts_read(struct counts *c, struct cursor *in)
{
    for (uint64_t used = cursor_varint(in); used && !in->bad; used--) {
        uint64_t part = cursor_varint(in);
        uint32_t tag = 0;
        float n = 0;
        struct str raw = cursor_bytes(in, sizeof tag + sizeof n);
        if (raw.n != sizeof tag + sizeof n) return false;
        memcpy(&tag, raw.p, sizeof tag);
        memcpy(&n, raw.p + sizeof tag, sizeof n);
        if (part >= COUNTS_PARTS || !(n >= 0 && n < 1e12f)) return false;
        if (!counts_add(c, (uint64_t)tag << 32 | part, n)) return false;
    }
    return !in->bad;
}

size_t counts_bytes(const struct counts *c)
{
    size_t bytes = 0;
    for (size_t i = 0; i < COUNTS_PARTS; i++) bytes += c->part[i].size * sizeof(struct count);
    return bytes;
}

void counts_free(struct counts *c)
{
    for (size_t i = 0; i < COUNTS_PARTS; i++) free(c->part[i].row);
    *c = (struct counts){ 0 };
}
