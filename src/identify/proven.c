/* proven - see proven.h. A table without chains: a newer signal takes the place of an older one. */
#include "identify/proven.h"

#include <stdlib.h>

/* The longest signal of bench/body.json has 895 bytes, packed (windowFeatures). */
enum { SLOTS = 2048, SLOT_BYTES = 1024 };

struct slot {
    uint16_t key, length; /* length 0: empty */
    char bytes[SLOT_BYTES - 4];
};

struct proven {
    struct slot slot[SLOTS];
};

struct proven *proven_create(void)
{
    return calloc(1, sizeof(struct proven));
}

void proven_destroy(struct proven *proven)
{
    free(proven);
}

static size_t slot_of(unsigned key, struct str packed)
{
    return str_hash(packed, key) % SLOTS;
}

bool proven_has(const struct proven *proven, unsigned key, struct str packed)
{
    const struct slot *slot = &proven->slot[slot_of(key, packed)];
    return slot->length && slot->key == key && str_eq((struct str){ slot->bytes, slot->length }, packed);
}

void proven_add(struct proven *proven, unsigned key, struct str packed)
{
    struct slot *slot = &proven->slot[slot_of(key, packed)];
    if (packed.n == 0 || packed.n > sizeof slot->bytes) return;
    slot->key = (uint16_t)key;
    slot->length = (uint16_t)packed.n;
    memcpy(slot->bytes, packed.p, packed.n);
}
