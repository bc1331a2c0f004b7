/* page_key - v4's pagination_key: where the next page begins, signed, so that nobody builds on what is
 * in it.
 *
 *     form 1:1 | number of the signing key:1 | reverse:1 | last event:11 | first ms:8 | last ms:8
 *     | HMAC-SHA256 over the workspace (4, big-endian) and these, cut to 16
 *
 * in base64url, 62 characters. The bounds are those of the first page: "now" and "7 days ago" stand
 * still while somebody pages. The keys are those of visitors' tokens, and expire with them. */
#ifndef WHORL_API_PAGE_KEY_H
#define WHORL_API_PAGE_KEY_H

#include "identify/token.h"

enum { PAGE_KEY_BYTES = 3 + EVENT_ID_KEY_BYTES + 8 + 8 + 16, PAGE_KEY_CHARS_MAX = 64 };

struct page_key {
    bool reverse;
    struct event_id last;
    int64_t first_ms, last_ms;
};

/* Returns the length. */
size_t page_key_print(char out[PAGE_KEY_CHARS_MAX], const struct token_keys *keys,
                      uint32_t workspace, const struct page_key *page);
/* False: not one of ours, or another workspace's. */
bool page_key_read(struct page_key *out, const struct token_keys *keys, uint32_t workspace,
                   struct str text);

#endif
