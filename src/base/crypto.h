/* crypto - the few primitives we need, over OpenSSL's libcrypto. Nothing here is home-made. */
#ifndef WHORL_BASE_CRYPTO_H
#define WHORL_BASE_CRYPTO_H

#include "base/err.h"
#include "base/str.h"

enum { SHA256_BYTES = 32, MD5_BYTES = 16, SEAL_KEY_BYTES = 32, SEAL_OVERHEAD_BYTES = 12 + 16 };

void crypto_sha256(uint8_t out[SHA256_BYTES], struct str message);
/* For names that others define by it (JA3); it protects nothing. False where the system's OpenSSL
 * refuses it (FIPS). */
bool crypto_md5(uint8_t out[MD5_BYTES], struct str message);
/* Takes the same time whatever differs; false for different lengths. */
bool crypto_equal(struct str a, struct str b);

/* HMAC-SHA256 under one key, made ready once; safe to use from several threads at a time. */
struct hmac;
struct hmac *hmac_create(struct str key); /* NULL without memory */
void hmac_destroy(struct hmac *hmac);
void hmac_sign(const struct hmac *hmac, struct str message, uint8_t out[SHA256_BYTES]);

/* AES-256-GCM with a random nonce: nonce, ciphertext, tag. `out` holds plain.n +
 * SEAL_OVERHEAD_BYTES. `context` is authenticated and not stored, so that a value cannot be moved
 * to another name. */
enum err crypto_seal(uint8_t *out, const uint8_t key[SEAL_KEY_BYTES], struct str context,
                     struct str plain);
/* `out` holds sealed.n - SEAL_OVERHEAD_BYTES. ERR_CORRUPT when it was not sealed so. */
enum err crypto_open(uint8_t *out, const uint8_t key[SEAL_KEY_BYTES], struct str context,
                     struct str sealed);

/* base64 with padding (RFC 4648 section 4) and a NUL, n at most 1 GiB; returns the length. */
#define BASE64_BYTES(n) (((n) + 2) / 3 * 4 + 1)
size_t crypto_base64(char *out, const uint8_t *bytes, size_t n);

#endif
