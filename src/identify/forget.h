/* forget - a visitor is deleted: by the store, with all its events, and from whatever else knows it.
 * The device gets a new id when it comes back: its token names nobody any more. */
#ifndef WHORL_IDENTIFY_FORGET_H
#define WHORL_IDENTIFY_FORGET_H

#include "identify/identify.h"

struct forget {
    const struct identify_shared *shared;
    uint32_t workspace;
    struct visitor_id id;
    uint32_t key;                                       /* the API key that asks; 0: a command */
    struct arena *arena;                                /* not touched by others until done */
    void (*done)(struct forget *forget, enum err result); /* on the store's commit thread */
    /* private to identify/ */
    struct deletion deletion;
};

/* ERR_PENDING: done will be called, with ERR_OK when nothing of the visitor can be found any more.
 * ERR_NOT_FOUND when it is unknown, and the store's other errors: done will not be called. */
enum err identify_start_forget(struct forget *forget);

/* The same, and waits; for commands. Of shared only what knows visitors is used. */
enum err identify_forget(const struct identify_shared *shared, uint32_t workspace,
                         struct visitor_id id);

/* For store_on_aged: what else knows the visitor drops it, too. */
void identify_aged(void *shared, uint32_t workspace, struct visitor_id id);

/* What visitor ids are hashed with for receipts, from the master key; NULL without memory. */
struct hmac *forget_key(const uint8_t *master);
/* The hash that a receipt of this visitor has: whoever has the key and the id can tell that it is that one's. All
 * zeros without a key. */
void forget_hash(uint8_t out[RECEIPT_HASH_BYTES], const struct hmac *key, uint32_t workspace, struct visitor_id id);

#endif
