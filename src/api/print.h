/* print - the ways in which a row of event_fields.def shows a fact (its HOW): one function each. What
 * differs between dialects is decided here; which rows are shown, and where, in render.c. */
#ifndef WHORL_API_PRINT_H
#define WHORL_API_PRINT_H

#include "api/render.h"

/* Prints the member `key`. `value` points to the fact as event.h types it; NULL: absent, or the row is not a
 * stored field. Only the rows that are shown without a fact (HOW_ALWAYS in render.c) get NULL. */
typedef void print_function(struct json_out *out, const char *key, enum dialect dialect,
                            const struct event *ev, const void *value);

print_function
    print_STR, print_STR_OR_EMPTY, print_COUNTRY_WITH_VPN, print_BOOL, print_INT, print_MS_OR_NULL,
    print_ISO_OR_NULL, print_ISO_OR_EPOCH, print_MS_OR_ZERO, print_SCORE, print_PROBABILITY_V2,
    print_CERTAINTY, print_EVENT_ID, print_VISITOR_ID, print_HIGH_RECALL_ID, print_ENV_ID,
    print_SOURCE, print_SDK_PLATFORM, print_SDK, print_REVISION, print_BOT_V4, print_BOT_V3,
    print_BOT_BOOL, print_TAG, print_LOCATION_FIQ, print_GEOLOCATION, print_IP_INFO,
    print_RAW_ATTRIBUTES, print_RISKS, print_VELOCITY, print_SUPPLEMENTARY, print_ZERO,
    print_SCORE_OR_ZERO, print_STR_OR_NULL, print_JSON, print_IS_KNOWN, print_US_IN_MS,
    print_CIPHER, print_ASN_CATEGORY, print_ASN_HOSTS, print_LIST_KINDS, print_LIST_HITS, print_SUM;

/* The same way of printing, shown under other conditions (render.c). */
#define print_BROWSER_STR print_STR_OR_EMPTY
#define print_STR_BESIDE print_STR_OR_EMPTY
#define print_STR_BESIDE_IF_SET print_STR
#define print_STR_WITH_VPN print_STR_OR_EMPTY
#define print_BOOL_OR_NO print_BOOL
#define print_BOOL_OR_NO_IN_V3 print_BOOL
#define print_BOOL_BESIDE print_BOOL
#define print_METHOD print_BOOL
#define print_MS print_INT
#define print_ISO print_ISO_OR_NULL
#define print_ISO_BESIDE print_ISO_OR_NULL
#define print_EVENT_ID_BESIDE print_EVENT_ID
#define print_TAG_IF_SET print_TAG
#define print_TAG_BESIDE print_TAG
#define print_ZERO_IF_SET print_ZERO
#define print_INTEGRATIONS print_JSON

#endif
