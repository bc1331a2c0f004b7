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

/* Reads the token signing keys from the store, or makes the first one. */
enum err token_keys_load(struct token_keys *keys, struct store *st,
                         const uint8_t master[SEAL_KEY_BYTES]);

#endif
