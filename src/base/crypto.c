/* crypto - see crypto.h. Contexts are prepared once and copied per use: fetching an algorithm in
 * OpenSSL 3 costs more than hashing a token. */
#include "base/crypto.h"

#include "base/random.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

enum { HMAC_BLOCK_BYTES = 64, NONCE_BYTES = 12, TAG_BYTES = 16 };

static _Thread_local EVP_MD_CTX *scratch;
static pthread_once_t scratch_once = PTHREAD_ONCE_INIT;
static pthread_key_t scratch_key; /* only for its destructor: frees scratch when the thread ends */

static void free_scratch(void *md)
{
    EVP_MD_CTX_free(md);
}

static const EVP_MD *sha256; /* fetched once; lives as long as the process */

static void make_scratch_key(void)
{
    int failed = pthread_key_create(&scratch_key, free_scratch);
    assert(!failed);
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (!sha256) sha256 = EVP_sha256();
}

static EVP_MD_CTX *scratch_context(void)
{
    if (!scratch) {
        pthread_once(&scratch_once, make_scratch_key);
        scratch = EVP_MD_CTX_new();
        assert(scratch);
        pthread_setspecific(scratch_key, scratch);
    }
    return scratch;
}

void crypto_sha256(uint8_t out[SHA256_BYTES], struct str message)
{
    EVP_MD_CTX *md = scratch_context();
    int ok = EVP_DigestInit_ex(md, sha256, NULL) &&
             EVP_DigestUpdate(md, message.p, message.n) && EVP_DigestFinal_ex(md, out, NULL);
    assert(ok);
}

bool crypto_md5(uint8_t out[MD5_BYTES], struct str message)
{
    EVP_MD_CTX *md = scratch_context();
    bool done = EVP_DigestInit_ex(md, EVP_md5(), NULL) &&
                EVP_DigestUpdate(md, message.p, message.n) && EVP_DigestFinal_ex(md, out, NULL);
    if (!done) ERR_clear_error();
    return done;
}

bool crypto_equal(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || CRYPTO_memcmp(a.p, b.p, a.n) == 0);
}

struct hmac {
    EVP_MD_CTX *inner, *outer; /* each has taken in its padded key (RFC 2104) */
};

static EVP_MD_CTX *keyed(const uint8_t key[HMAC_BLOCK_BYTES], uint8_t pad)
{
    uint8_t block[HMAC_BLOCK_BYTES];
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    for (size_t i = 0; i < sizeof block; i++) block[i] = key[i] ^ pad;
    if (md && (!EVP_DigestInit_ex(md, EVP_sha256(), NULL) ||
               !EVP_DigestUpdate(md, block, sizeof block))) {
        EVP_MD_CTX_free(md);
        md = NULL;
    }
    OPENSSL_cleanse(block, sizeof block);
    return md;
}

struct hmac *hmac_create(struct str key)
{
    uint8_t block[HMAC_BLOCK_BYTES] = { 0 };
    if (key.n > sizeof block) crypto_sha256(block, key);
    else if (key.n) memcpy(block, key.p, key.n);
    struct hmac *hmac = calloc(1, sizeof *hmac);
    if (hmac) {
        hmac->inner = keyed(block, 0x36);
        hmac->outer = keyed(block, 0x5c);
        if (!hmac->inner || !hmac->outer) {
            hmac_destroy(hmac);
            hmac = NULL;
        }
    }
    OPENSSL_cleanse(block, sizeof block);
    return hmac;
}

void hmac_destroy(struct hmac *hmac)
{
    if (!hmac) return;
    EVP_MD_CTX_free(hmac->inner);
    EVP_MD_CTX_free(hmac->outer);
    free(hmac);
}

void hmac_sign(const struct hmac *hmac, struct str message, uint8_t out[SHA256_BYTES])
{
    EVP_MD_CTX *md = scratch_context();
    int ok = EVP_MD_CTX_copy_ex(md, hmac->inner) && EVP_DigestUpdate(md, message.p, message.n) &&
             EVP_DigestFinal_ex(md, out, NULL) && EVP_MD_CTX_copy_ex(md, hmac->outer) &&
             EVP_DigestUpdate(md, out, SHA256_BYTES) && EVP_DigestFinal_ex(md, out, NULL);
    assert(ok);
}

enum err crypto_seal(uint8_t *out, const uint8_t key[SEAL_KEY_BYTES], struct str context,
                     struct str plain)
{
    int n = 0;
    uint8_t *nonce = out, *text = out + NONCE_BYTES, *tag = text + plain.n;
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    if (!c) return ERR_NO_MEMORY;
    random_bytes(nonce, NONCE_BYTES);
    int ok = EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, nonce) &&
             EVP_EncryptUpdate(c, NULL, &n, (const uint8_t *)context.p, (int)context.n) &&
             EVP_EncryptUpdate(c, text, &n, (const uint8_t *)plain.p, (int)plain.n) &&
             EVP_EncryptFinal_ex(c, text + n, &n) &&
             EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, tag);
    EVP_CIPHER_CTX_free(c);
    return ok ? ERR_OK : ERR_NO_MEMORY;
}

enum err crypto_open(uint8_t *out, const uint8_t key[SEAL_KEY_BYTES], struct str context,
                     struct str sealed)
{
    int n = 0;
    uint8_t tag[TAG_BYTES];
    if (sealed.n < SEAL_OVERHEAD_BYTES) return ERR_CORRUPT;
    struct str nonce = str_sub(sealed, 0, NONCE_BYTES);
    struct str text = str_sub(sealed, NONCE_BYTES, sealed.n - TAG_BYTES);
    memcpy(tag, sealed.p + sealed.n - TAG_BYTES, TAG_BYTES);
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    if (!c) return ERR_NO_MEMORY;
    int ok = EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, (const uint8_t *)nonce.p) &&
             EVP_DecryptUpdate(c, NULL, &n, (const uint8_t *)context.p, (int)context.n) &&
             EVP_DecryptUpdate(c, out, &n, (const uint8_t *)text.p, (int)text.n) &&
             EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) &&
             EVP_DecryptFinal_ex(c, out + n, &n) > 0;
    EVP_CIPHER_CTX_free(c);
    return ok ? ERR_OK : ERR_CORRUPT;
}

size_t crypto_base64(char *out, const uint8_t *bytes, size_t n)
{
    return (size_t)EVP_EncodeBlock((unsigned char *)out, bytes, (int)n);
}
