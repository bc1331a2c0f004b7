/* ua_patterns - the rows of uap-core's regexes.yaml as C arrays, written by tools/ua_table.mjs.
 *
 * `needs` is a filter that spares most matches. It says which runs of three bytes, in lower case,
 * a text must contain before the regex can match: a list of conditions, all of which must hold;
 * each is a list of alternatives, of which one must hold; each of those is a list of trigram
 * numbers (ua_trigram), all of which must occur. As numbers:
 *
 *     conditions { alternatives { trigrams t... } ... } ...
 *
 * so { 1, 2, 1, 17, 2, 17, 40 } reads "17, or both 17 and 40". The filter is exact in one
 * direction only: a text that passes may still not match, a text that fails never matches.
 */
#ifndef WHORL_IDENTIFY_ENRICH_UA_PATTERNS_H
#define WHORL_IDENTIFY_ENRICH_UA_PATTERNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ua_kind { UA_BROWSER, UA_OS, UA_DEVICE, UA_KINDS };
/* A name and up to four parts of a version; devices have the name only. */
enum { UA_VALUES_MAX = 5, UA_TRIGRAMS = 4096 };

struct ua_pattern {
    const char *regex;
    const uint16_t *needs;
    bool caseless;
    /* Text with $1 to $9, or NULL: value i is then what group i + 1 matched. */
    const char *templates[UA_VALUES_MAX];
};

struct ua_pattern_list {
    const struct ua_pattern *rows; /* the first that matches wins */
    size_t count;
};

extern const struct ua_pattern_list ua_patterns[UA_KINDS];

static inline unsigned ua_lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? c + 32u : c;
}

/* The number of three bytes in lower case; different ones may share it. */
static inline unsigned ua_trigram(unsigned a, unsigned b, unsigned c)
{
    return (a * 961 + b * 31 + c) % UA_TRIGRAMS;
}

#endif
