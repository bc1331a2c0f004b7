/* receipts - what is shown of deletions that somebody asked for (store.h): by the command and by GET /v1/deletions.
 *
 *     {"deletions": [{"deletedAt", "erasedAt", "events", "key", "visitorHash"}]}
 *
 * Times are RFC 3339; erasedAt is null until nothing is left on the disk; key is the API key that asked, absent for a
 * command. Nothing in it names the visitor: visitorHash is keyed (identify/forget.h). */
#ifndef WHORL_API_RECEIPTS_H
#define WHORL_API_RECEIPTS_H

#include "base/json_out.h"
#include "identify/forget.h"

struct receipts_wanted {
    uint32_t workspace;
    const struct hmac *key; /* needed for by_visitor */
    bool by_visitor;        /* that one's only */
    struct visitor_id visitor;
    size_t limit;           /* newest first */
};

/* Writes the member "deletions". */
enum err receipts_put(struct json_out *out, struct store *st, const struct receipts_wanted *wanted);

#endif
