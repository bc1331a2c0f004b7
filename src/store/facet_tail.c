/* facet_tail - see facet_tail.h. */
#include "store/facet_tail.h"

#include <stdlib.h>

void tail_free(struct tail *tail)
{
    if (!tail) return;
    free(tail->entries);
    free(tail->places);
    free(tail);
}

struct tail *tail_new(size_t capacity)
{
    struct tail *tail = calloc(1, sizeof *tail);
    if (!tail) return NULL;
    tail->capacity = capacity;
    tail->places_count = 2 * capacity; /* a power of two */
    tail->entries = malloc(capacity * sizeof *tail->entries);
    tail->places = calloc(tail->places_count, sizeof *tail->places);
    if (tail->entries && tail->places) return tail;
    tail_free(tail);
    return NULL;
}

static uint32_t *place_of(struct tail *tail, struct event_id id)
{
    uint64_t hash = ((uint64_t)id.time_ms ^ id.random << 20) * 0x9e3779b97f4a7c15u;
    for (size_t i = hash >> 20;; i++) {
        uint32_t *place = &tail->places[i & (tail->places_count - 1)];
        if (!*place || event_id_order(tail->entries[*place - 1].id, id) == 0) return place;
    }
}

static bool grow(struct tail *tail)
{
    struct tail *larger = tail_new(2 * tail->capacity);
    if (!larger) return false;
    memcpy(larger->entries, tail->entries, tail->count * sizeof *tail->entries);
    for (uint32_t i = 0; i < tail->count; i++)
        *place_of(larger, tail->entries[i].id) = i + 1;
    free(tail->entries);
    free(tail->places);
    tail->entries = larger->entries, tail->places = larger->places;
    tail->capacity = larger->capacity, tail->places_count = larger->places_count;
    free(larger);
    return true;
}

bool tail_add(struct tail *tail, const struct facet_entry *entry)
{
    uint32_t *place = place_of(tail, entry->id);
    if (*place) {
        struct facet_entry *old = &tail->entries[*place - 1];
        bool patch = old->patch && entry->patch;
        *old = *entry;
        old->patch = patch;
        return true;
    }
    if (tail->count == tail->capacity) {
        if (!grow(tail)) return false;
        place = place_of(tail, entry->id);
    }
    tail->entries[tail->count] = *entry;
    *place = (uint32_t)++tail->count;
    return true;
}

void tail_note_log(struct tail *tail, uint64_t log)
{
    if (!tail->first_log || log < tail->first_log) tail->first_log = log;
    if (log > tail->last_log) tail->last_log = log;
}
