/* transfer_parts - what export and import share. */
#ifndef WHORL_CONTROL_TRANSFER_PARTS_H
#define WHORL_CONTROL_TRANSFER_PARTS_H

#include "base/json_out.h"
#include "control/transfer.h"

struct transfer {
    struct store *store;
    struct json_parser *parser;
    struct arena arena; /* of the whole transfer: small things */
    int fd;
    uint32_t workspace, environment; /* environment 0: all (export) */
    int64_t told_ms;                 /* when progress was told last (clock_mono_ms) */
};

/* Ends it with FAILED; returns false. */
bool transfer_fail(struct transfer *t, const char *problem);
/* Is it time to tell how far it is? */
bool transfer_is_due(struct transfer *t);

void export_events(struct transfer *t, struct json request);
void import_events(struct transfer *t, struct json request);

#endif
