/* rulesets - what an edge is to do with a request, by the event behind it: GET /v4/events/{id}?ruleset_id=.
 *
 *     {"rules": [{"expression": "bot in [\"bad\"] || incognito",
 *                 "action": {"type": "block", "status_code": 403, "headers": [{"name", "value"}], "body": "..."}}],
 *      "default": {"type": "allow", "request_header_modifications": {"remove": ["X"], "set": [{"name", "value"}],
 *                                                                    "append": [{"name", "value"}]}}}
 *
 * The first rule whose expression holds (rules.h) decides; else the default, which is to allow when it is absent.
 * A rule may have an "id"; else it is r_1, r_2, ... Stored as a named value "ruleset/<workspace>/<id>"; an empty
 * value is one that was deleted. */
#ifndef WHORL_API_RULESETS_H
#define WHORL_API_RULESETS_H

#include "base/json_out.h"
#include "store/store.h"

#include "base/json_in.h"

enum { RULES_MAX = 100, RULESET_ID_BYTES_MAX = 64, RULESET_BYTES_MAX = 64 * 1024 };

/* NULL when the document is in order, else a sentence, in arena or a literal. */
const char *ruleset_problem(struct json root, struct arena *arena);
/* The value's name. */
struct str ruleset_name(struct arena *arena, uint32_t workspace, struct str id);

/* Writes the member "rule_action" for this event: `body`, the members of its v4 form so far with their braces.
 * parser: of this thread. ERR_RULESET_NOT_FOUND, ERR_CORRUPT, ERR_NO_MEMORY, ERR_IO. */
enum err ruleset_put_action(struct json_out *out, struct store *st, struct json_parser *parser, uint32_t workspace,
                            struct str id, struct str body, struct arena *arena);

#endif
