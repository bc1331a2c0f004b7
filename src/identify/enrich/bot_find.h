/* bot_find - which well-known bot a User-Agent names. The bots are the rows of data/bots/bots.txt.
 *
 * All tokens are looked for at once, by one automaton (Aho and Corasick, "Efficient string matching",
 * 1975): each byte of the string is one step, whatever the string is. It is as fast as a look into a
 * cache would be, so there is none (docs/performance.md has the figure); a regular expression of 250
 * alternatives would be tried at every byte.
 */
#ifndef WHORL_IDENTIFY_ENRICH_BOT_FIND_H
#define WHORL_IDENTIFY_ENRICH_BOT_FIND_H

#include "base/err.h"
#include "base/str.h"
#include "identify/enrich/bot_table.h"

struct bot_finder;

/* ERR_NO_MEMORY. Read-only once made; shared by all threads. */
enum err bot_finder_create(struct bot_finder **out);
void bot_finder_destroy(struct bot_finder *finder);

/* The first row of the table whose token the string has as a whole word; NULL without one. Only the
 * first USER_AGENT_BYTES_MAX bytes are read. */
const struct bot_row *bot_find(const struct bot_finder *finder, struct str user_agent);
/* The row with this Signature-Agent ("https://chatgpt.com"); NULL without one. */
const struct bot_row *bot_of_agent(struct str origin);

/* Can this bot be verified by reverse DNS? */
bool bot_has_masks(const struct bot_row *row);

/* Does a host name match a mask of the table? Labels are compared one by one from the right: "*." in
 * front stands for one or more whole labels, a '*' elsewhere for any characters of its label. Case
 * does not count, nor does a final point. */
bool bot_mask_matches(const char *mask, struct str host);

#endif
