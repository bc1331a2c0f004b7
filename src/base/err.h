/* err - what can go wrong because of a client, a disk or a network.
 *
 * ERR_OK is 0, so `if (e)` reads "if it failed". What only our own bug can cause is an assert, kept
 * in release builds. The rows are in errors.def; the edge (api/) turns a row into the body of the
 * dialect that asked.
 */
#ifndef WHORL_BASE_ERR_H
#define WHORL_BASE_ERR_H

enum err {
    ERR_OK = 0,
    ERR_PENDING, /* not a failure: the answer comes later, through the callback that was given */
#define E(name, status, v3_code, v4_code, message, v4_message) ERR_##name,
#include "base/errors.def"
#undef E
    ERR_COUNT
};

struct err_info {
    const char *name;    /* "NOT_FOUND" */
    int status;          /* HTTP status */
    const char *v3_code; /* "RequestNotFound" */
    const char *v4_code; /* "event_not_found" */
    const char *message; /* the text a client reads when nothing more exact is known */
    const char *v4_message; /* the same in v4, NULL when it does not differ */
};

/* The row of e; e must be a failure. */
const struct err_info *err_info(enum err e);
/* "OK", "PENDING" or the row's name, for logs. */
const char *err_name(enum err e);

#endif
