/* age_visitor - what is left of a visitor whose events have grown too old: steps 2 and 3 of age.h. */
#ifndef WHORL_STORE_AGE_VISITOR_H
#define WHORL_STORE_AGE_VISITOR_H

#include "store/retention.h"

struct rounds;

struct age_visitors {
    struct store *st;
    const struct rounds *rounds; /* when they are stopping, the work ends with ERR_UNAVAILABLE */
    struct arena *arena; /* is reset */
    int64_t now_ms;
    const struct rules *rules;
    void (*aged)(void *context, uint32_t workspace, struct visitor_id id); /* NULL: nobody is told */
    void *aged_context;
    uint64_t snapshots, visitors; /* erased */
};

/* Erases the snapshots of marked visitors that nothing needs any more, and their marks. */
enum err age_payloads(struct age_visitors *work);
/* Deletes visitors without events that were last seen before their workspace's limit. */
enum err age_identities(struct age_visitors *work);

#endif
