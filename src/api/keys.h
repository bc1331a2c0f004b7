/* keys - the API keys in memory, found by the text that a client sends, with the settings of their workspaces
 * and the sealing keys of their environments. Loaded from the store at start, replaced as a whole when a command
 * changes one, read without a lock. */
#ifndef WHORL_API_KEYS_H
#define WHORL_API_KEYS_H

#include "api/seal.h"
#include "api/workspaces.h"

struct keys;

/* master: opens the sealing keys (api/seal.h); copied. NULL: nothing is sealed. */
enum err keys_load(struct keys **out, struct store *st, const uint8_t *master);
/* Reads the store again; answers already under way keep the table they have. */
enum err keys_reload(struct keys *keys, struct store *st);
void keys_free(struct keys *keys);

/* The key of this text and kind, or NULL; not one that was revoked. Valid until keys_free. */
const struct api_key *keys_find(struct keys *keys, enum key_kind kind, struct str text);

/* Its settings, or the defaults. Valid until keys_free. */
const struct workspace *keys_workspace(struct keys *keys, uint32_t workspace);
/* What an environment's results are sealed with, SEAL_KEY_BYTES; NULL: they are not. Valid until keys_free. */
const uint8_t *keys_sealing(struct keys *keys, uint32_t environment);

/* May a page of this origin use the key? True for a key without patterns. A pattern is an origin
 * such as https://shop.example, or one whose host starts with "*.": that stands for any subdomain
 * and not for the domain itself. Compared without regard to case. */
bool key_allows_origin(const struct api_key *key, struct str origin);
/* Is this text such a pattern? */
bool origin_pattern_valid(struct str pattern);

#endif
