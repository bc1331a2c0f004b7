/* rules - the expressions of rulesets, over the fields of a v4 event:
 *
 *     expression = and { "||" and } .                        as in C: && binds closer than ||
 *     and        = term { "&&" term } .
 *     term       = "!" term | "(" expression ")" | field [ comparison ] .
 *     comparison = ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) literal | [ "not" ] "in" "[" literal { "," literal } "]" .
 *     field      = name { "." name } .                       suspect_score, tampering_details.anomaly_score
 *     literal    = string | number | "true" | "false" .      strings and numbers as in JSON, "..." without escapes
 *                                                            other than \" and \\
 *
 * A field alone holds when it is true. A field that the event does not have, or whose type is not the literal's,
 * makes every comparison false, "!=" and "not in" included: what is not known decides nothing. Strings have no
 * order: "<" and its like are for numbers. */
#ifndef WHORL_API_RULES_H
#define WHORL_API_RULES_H

#include "base/json_in.h"

enum { RULE_BYTES_MAX = 2048, RULE_DEPTH_MAX = 32 };

/* NULL when the expression is in order, else what is wrong; a literal. */
const char *rule_problem(struct str expression);
/* Does it hold for this event (the body of GET /v4/events/{id})? False for one that is not in order. */
bool rule_holds(struct str expression, struct json event);

#endif
