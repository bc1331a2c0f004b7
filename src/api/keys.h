/* keys - the API keys in memory, found by the text that a client sends. Loaded from the store at
 * start, replaced as a whole when one is added, read without a lock. */
#ifndef WHORL_API_KEYS_H
#define WHORL_API_KEYS_H

#include "store/store.h"

struct keys;

enum err keys_load(struct keys **out, struct store *st);
/* Reads the store again; answers already under way keep the table they have. */
enum err keys_reload(struct keys *keys, struct store *st);
void keys_free(struct keys *keys);

/* The key of this text and kind, or NULL. Valid until keys_free. */
const struct api_key *keys_find(struct keys *keys, enum key_kind kind, struct str text);

/* May a page of this origin use the key? True for a key without patterns. A pattern is an origin
 * such as https://shop.example, or one whose host starts with "*.": that stands for any subdomain
 * and not for the domain itself. Compared without regard to case. */
bool key_allows_origin(const struct api_key *key, struct str origin);
/* Is this text such a pattern? */
bool origin_pattern_valid(struct str pattern);

#endif
