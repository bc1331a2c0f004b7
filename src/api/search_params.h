/* search_params - the query of GET /events/search (v3) and GET /v4/events into a store's search.
 *
 * Which parameter asks for what is a Q row of event_fields.def; how each kind is read is a function
 * here. Parameters that a version does not have are ignored, like `ii`; of one given twice the first
 * counts, except for lists. What the documents leave open:
 *
 *     limit            v3: above SEARCH_LIMIT_V3_MAX is cut to it. v4: 1 to 100, else an error
 *     start, end       v3: exclusive, milliseconds; start defaults to 7 days ago, end to no bound.
 *                      v4: inclusive, milliseconds or RFC 3339; end defaults to now
 *     environment      v3: environment or environment[], v4: only the former; a word that is no id of
 *                      ours fits no event
 *     other texts      "invalid <name> param"
 */
#ifndef WHORL_API_SEARCH_PARAMS_H
#define WHORL_API_SEARCH_PARAMS_H

#include "api/app.h"
#include "api/render.h"

struct search_params {
    struct search search;
    bool total_hits;
    bool by_visitor; /* v4: who is unknown is an error */
    struct visitor_id visitor;
};

/* ERR_BAD_REQUEST with *problem, ERR_NO_MEMORY. */
enum err search_params_read(struct search_params *out, struct app *app, const struct request *req,
                            const struct api_key *key, enum dialect dialect, int64_t now_ms,
                            const char **problem);

/* Where the next page begins, as that version says it: milliseconds, or the id when the next event
 * has the same (v3); a signed text that also holds the bounds (v4). In arena. */
struct str search_page_key(struct app *app, const struct search_params *params,
                           enum dialect dialect, struct event_id last, bool same_ms,
                           struct arena *arena);

#endif
