/* split - finds the events in a stream of JSON, whatever they are wrapped in: one value behind the
 * other (NDJSON, or with any white space between), arrays, and pages {"events": [...]}. What a page
 * holds besides is passed over.
 *
 * It looks at brackets and strings only; whether an event is JSON, the parser says. An event that
 * is not closed when its line ends and the next begins with '{', or whose line ends inside of a
 * string, is given as a broken one, so that one broken line of NDJSON does not take the next with
 * it. Memory is bounded by the longest event. */
#ifndef WHORL_CONTROL_SPLIT_H
#define WHORL_CONTROL_SPLIT_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

struct split;

/* text: one event, with JSON_PADDING readable bytes behind it; borrowed for the call. problem:
 * NULL, or why it is broken: text is then its beginning. line: where it begins, from 1. False ends
 * the splitting. */
typedef bool split_found(void *context, struct str text, uint64_t line, const char *problem);

/* event_bytes_max: longer ones are broken. NULL without memory. */
struct split *split_create(size_t event_bytes_max, split_found *found, void *context);
/* False: `found` said so, or there is no memory. */
bool split_feed(struct split *s, struct str bytes);
/* The stream is at its end. False: it ends inside of an event or a list, or `found` said so. */
bool split_end(struct split *s);
void split_destroy(struct split *s);

#endif
