/* seal - sealed results: an event that the page carries to the site's backend and cannot read.
 *
 *     base64 of   9E 85 DC ED | nonce 12 | AES-256-GCM of the raw deflate (RFC 1951) of the JSON | tag 16
 *
 * The same form for Fingerprint v3, v4 and FingerprintIQ (their SDKs' unseal functions; no associated data).
 * An environment has a row of sealing keys, numbered from 1. One is current and seals; those before it are the
 * previous ones, which clients may still hold, and those behind it the next ones, which clients can be given
 * before `whorl key rotate` makes the first of them current.
 *
 * Stored as named values: "sealing-key/<environment>/<number>" holds the key, encrypted under the master key;
 * "sealing-current/<environment>" the number of the current one. */
#ifndef WHORL_API_SEAL_H
#define WHORL_API_SEAL_H

#include "base/crypto.h"
#include "store/store.h"

struct sealing_keys {
    struct sealing_key {
        uint32_t environment;
        uint8_t key[SEAL_KEY_BYTES];
    } *list; /* the current keys, one for each environment that has one */
    size_t count;
};

/* master: the data directory's, NULL: none, then there are no keys. ERR_CORRUPT with a line in the log when a
 * key was not encrypted under it. */
enum err sealing_keys_load(struct sealing_keys *out, struct store *st, const uint8_t *master);
/* Overwrites the keys first. */
void sealing_keys_free(struct sealing_keys *keys);
/* NULL: this environment seals nothing. */
const uint8_t *sealing_key_of(const struct sealing_keys *keys, uint32_t environment);

/* Makes the next key of an environment; the first is current at once. *text is what clients are given: base64
 * of 32 bytes. */
enum err sealing_key_make(struct store *st, const uint8_t master[SEAL_KEY_BYTES], uint32_t environment,
                          struct arena *arena, uint32_t *number, bool *current, struct str *text);
/* Makes the next key current. ERR_NOT_FOUND when there is none. */
enum err sealing_key_rotate(struct store *st, uint32_t environment, uint32_t *number);

/* The sealed JSON as base64, in arena; p is NULL without memory. */
struct str seal_json(const uint8_t key[SEAL_KEY_BYTES], struct str json, struct arena *arena);

#endif
