/* bot_keys - the public keys of agents that sign their requests (Web Bot Auth), by origin.
 *
 * An agent publishes its keys as a JSON Web Key Set (RFC 7517) at
 * https://<origin>/.well-known/http-message-signatures-directory. Whoever sends a request can name
 * any origin, so only the origins the operator has named count: bot_key_files.h reads copies of
 * their documents.
 *
 * A key is found by its thumbprint (RFC 7638; RFC 8037 for Ed25519), which signatures carry as
 * keyid; a "kid" in the document is not used. Key types: Ed25519, and RSA of 2,048 to 8,192 bits
 * for RSASSA-PSS with SHA-512. Other keys in a document are passed over.
 *
 * Filled by one thread, read-only afterwards, and then safe from all.
 */
#ifndef WHORL_IDENTIFY_ENRICH_BOT_KEYS_H
#define WHORL_IDENTIFY_ENRICH_BOT_KEYS_H

#include "base/arena.h"
#include "base/err.h"

#include <openssl/evp.h>

enum { THUMBPRINT_BYTES = 43 }; /* base64url of SHA-256 */
enum bot_key_type { BOT_KEY_ED25519, BOT_KEY_RSA };

struct bot_key {
    char thumbprint[THUMBPRINT_BYTES];
    enum bot_key_type type;
    EVP_PKEY *key;
    int64_t not_before_s, not_after_s; /* "nbf" and "exp" of the document; 0: not said */
    const char *origin;                /* "https://chatgpt.com" */
};

struct bot_keys;

/* ERR_NO_MEMORY. */
enum err bot_keys_create(struct bot_keys **out);
void bot_keys_destroy(struct bot_keys *keys);

/* Adds the keys of a document. ERR_USAGE: the origin is none or has keys already; ERR_MALFORMED: no
 * key set, or no key in it that can be used; ERR_USAGE, too: over BOT_KEYS_MAX or
 * BOT_KEYS_FILE_BYTES_MAX. *problem says why, a literal. */
enum err bot_keys_add(struct bot_keys *keys, struct str origin, struct str document,
                      const char **problem);
size_t bot_keys_count(const struct bot_keys *keys);

/* The origin of an https URL in lower case, without the port 443: "https://chatgpt.com". False: it
 * is no https URL, has a user or no host. Behind the origin only "/" may follow, or any path when
 * path_too. */
bool bot_origin(struct str url, bool path_too, struct arena *arena, struct str *out);

/* Has this origin keys here? */
bool bot_keys_know(const struct bot_keys *keys, struct str origin);
/* The key with that thumbprint, of that origin or (p is NULL) of any; NULL without one. */
const struct bot_key *bot_keys_find(const struct bot_keys *keys, struct str origin,
                                    struct str thumbprint);

/* Is `signature` that of `message`? */
bool bot_key_verifies(const struct bot_key *key, struct str message, struct str signature);

#endif
