/* secrets - the master key of a data directory, and what is kept encrypted under it.
 *
 * DIR/master.key holds 32 random bytes, mode 0600, made when the directory is new. Whoever has the
 * directory without it cannot sign tokens. It never leaves the process. */
#ifndef WHORL_CONTROL_SECRETS_H
#define WHORL_CONTROL_SECRETS_H

#include "identify/token.h"
#include "store/store.h"

/* Reads DIR/master.key, or makes it. ERR_IO with a line in the log; also when others may read
 * it. */
enum err master_key_load(uint8_t out[SEAL_KEY_BYTES], const char *dir);

enum { TOKEN_KEY_NUMBER_MAX = 255 };
/* A token key signs for this long: 60 days. */
#define TOKEN_KEY_MS ((int64_t)60 * 24 * 3600 * 1000)

/* Reads the token signing keys from the store, and makes one when there is none or the newest is older than
 * TOKEN_KEY_MS. now_ms: wall clock. */
enum err token_keys_load(struct token_keys *keys, struct store *st,
                         const uint8_t master[SEAL_KEY_BYTES], int64_t now_ms);
/* The last part of that, for every few seconds of a server's life: loops may sign and read tokens meanwhile. One thread
 * at a time. An error leaves everything as it was; the next call tries again. */
enum err token_keys_rotate(struct token_keys *keys, struct store *st, const uint8_t master[SEAL_KEY_BYTES],
                           int64_t now_ms);
/* The newest key is old from now on: the next token_keys_rotate or _load makes another. number: of the key that will
 * sign. ERR_NOT_FOUND: there is none yet, or no number left. Or the store's error. */
enum err token_keys_expire(struct store *st, unsigned *number);

#endif
