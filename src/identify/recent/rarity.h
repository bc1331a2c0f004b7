/* rarity - how unusual a device is among those seen: how many visitors of a workspace have the same combination
 * of hardware and software, and how many have a more common one.
 *
 * A combination is browser and system by name, device model, graphics card, processor, touch and screen. A
 * visitor counts with the one it came with first; after a restart, with its latest. Memory only, 20 bytes a
 * combination, rebuilt from linkage's profiles at the start. All functions may be called from any thread.
 */
#ifndef WHORL_IDENTIFY_RECENT_RARITY_H
#define WHORL_IDENTIFY_RECENT_RARITY_H

#include "identify/link/linkage.h"

struct rarity;

enum rarity_bucket { /* as the API names them */
    RARITY_UNKNOWN,  /* too few visitors, or too little of the device is known */
    RARITY_COMMON,   /* "<p95" */
    RARITY_P95, RARITY_P99, RARITY_P99_5, RARITY_P99_9,
    RARITY_NOT_SEEN,
    RARITY_BUCKETS
};
extern const char *const rarity_bucket_names[RARITY_BUCKETS];

/* With fewer visitors nothing is said: of a hundred devices most are the only one of their kind, and a 99.9th
 * percentile needs a thousand. */
enum { RARITY_VISITORS_MIN = 1000 };

/* Counts the visitors that linkage knows. ERR_NO_MEMORY. */
enum err rarity_open(struct rarity **out, struct linkage *linkage);
void rarity_close(struct rarity *r);

/* The bucket of a look, before it is counted itself; newcomers are counted. */
enum rarity_bucket rarity_note(struct rarity *r, uint32_t workspace, const struct look *look, bool newcomer);

#endif
