/* token - what a browser keeps so that it is known next time: cookie `_iidt` and local storage.
 *
 *     offset  bytes
 *     0       1      form, 1
 *     1       1      number of the signing key
 *     2       16     visitor id
 *     18      6      issued, milliseconds, big-endian
 *     24      16     HMAC-SHA256 over the workspace (4, big-endian) and bytes 0 to 23, cut to 16
 *
 * in base64url: 54 characters. It names a visitor and nothing else; it carries no personal data.
 * The workspace is signed but not sent: a token of one workspace is worth nothing in another.
 *
 * Signing keys rotate: the newest signs, older ones still verify. They are kept in the store,
 * encrypted under the master key.
 */
#ifndef WHORL_IDENTIFY_TOKEN_H
#define WHORL_IDENTIFY_TOKEN_H

#include "base/crypto.h"
#include "event/id.h"

enum { TOKEN_CHARS = 54, TOKEN_KEY_BYTES = 32 };
/* Browsers keep a cookie at most 400 days; so long does a token count after it was issued. */
#define TOKEN_LIFETIME_MS ((int64_t)400 * 24 * 3600 * 1000)

struct token_keys {
    struct hmac *_Atomic key[256]; /* by number; NULL where there is none. A new one may come at any time */
    _Atomic uint8_t current;
};

/* ERR_NO_MEMORY. The key with the highest number signs. */
enum err token_keys_add(struct token_keys *keys, uint8_t number, struct str secret);
void token_keys_free(struct token_keys *keys);

/* Writes TOKEN_CHARS characters, no NUL. */
void token_make(char out[TOKEN_CHARS], const struct token_keys *keys, uint32_t workspace,
                struct visitor_id visitor, int64_t now_ms);
/* False: not one of ours, of another workspace, or too old. */
bool token_read(struct visitor_id *out, int64_t *issued_ms, const struct token_keys *keys,
                uint32_t workspace, int64_t now_ms, struct str text);

/* A value that only this installation can make of `message`, the same for as long as its oldest signing key is
 * kept. False without keys. */
bool token_keyed_hash(uint8_t out[SHA256_BYTES], const struct token_keys *keys, struct str message);

#endif
