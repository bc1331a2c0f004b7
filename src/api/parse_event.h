/* parse_event - the way back from a dialect's JSON to an event, for `whorl import`.
 *
 * It reads the same rows of event_fields.def that render.c prints, so that a field that is shown
 * can also be read. What another service sends beyond those rows is named to the caller and
 * otherwise dropped.
 *
 * Understood are v4's event (GET /v4/events/{id}, its webhook), v3's (GET /events/{id}, elements of
 * its search), and v3's webhook payload; told apart by `event_id`, `products` and `requestId`. */
#ifndef WHORL_API_PARSE_EVENT_H
#define WHORL_API_PARSE_EVENT_H

#include "api/render.h"
#include "base/json_in.h"

struct parsed_event {
    struct event event; /* id included; without workspace and environment */
    enum dialect form;  /* DIALECT_V4, DIALECT_V3 or DIALECT_WEBHOOK_V3 */
    bool
        id_made; /* its id or its visitor's was of another kind, and is now one that follows from it */
    struct str environment; /* as the service called it; empty: it did not say */
    struct str steady;      /* raw device attributes, for store_save; empty: none */
};

enum { PARSE_PATH_BYTES_MAX = 160, PARSE_PROBLEM_BYTES = PARSE_PATH_BYTES_MAX + 64 };

/* Called for each value that has no place here, with its path ("products.vpn.data.mlScore";
 * elements of lists are not counted apart). NULL: nobody is told. */
typedef void parse_unmapped(void *context, struct str path);

/* Strings are borrowed from the parser's text or in the arena. False: it is none of the forms, or
 * something in it is not what the form says; `problem` then says what, in words. */
bool parse_event(struct parsed_event *out, struct json root, struct arena *arena,
                 parse_unmapped *unmapped, void *context, char problem[PARSE_PROBLEM_BYTES]);

#endif
