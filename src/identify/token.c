/* token - see token.h. */
#include "identify/token.h"

enum { FORM = 1, ID_AT = 2, ISSUED_AT = ID_AT + VISITOR_ID_KEY_BYTES, ISSUED_BYTES = 6,
       SIGNATURE_AT = ISSUED_AT + ISSUED_BYTES, SIGNATURE_BYTES = 16,
       TOKEN_BYTES = SIGNATURE_AT + SIGNATURE_BYTES };
_Static_assert((TOKEN_BYTES * 4 + 2) / 3 == TOKEN_CHARS, "base64url without padding");

enum err token_keys_add(struct token_keys *keys, uint8_t number, struct str secret)
{
    struct hmac *hmac = hmac_create(secret);
    if (!hmac) return ERR_NO_MEMORY;
    hmac_destroy(keys->key[number]);
    keys->key[number] = hmac;
    if (number > keys->current) keys->current = number;
    return ERR_OK;
}

void token_keys_free(struct token_keys *keys)
{
    for (size_t i = 0; i < COUNT_OF(keys->key); i++) {
        hmac_destroy(keys->key[i]);
        keys->key[i] = NULL;
    }
}

static void sign(uint8_t out[SHA256_BYTES], const struct hmac *key, uint32_t workspace,
                 const uint8_t token[SIGNATURE_AT])
{
    uint8_t message[4 + SIGNATURE_AT];
    for (size_t i = 0; i < 4; i++) message[i] = (uint8_t)(workspace >> (24 - 8 * i));
    memcpy(message + 4, token, SIGNATURE_AT);
    hmac_sign(key, (struct str){ (const char *)message, sizeof message }, out);
}

void token_make(char out[TOKEN_CHARS], const struct token_keys *keys, uint32_t workspace,
                struct visitor_id visitor, int64_t now_ms)
{
    uint8_t token[TOKEN_BYTES], signature[SHA256_BYTES];
    token[0] = FORM;
    token[1] = keys->current;
    visitor_id_to_key(token + ID_AT, visitor);
    for (size_t i = 0; i < ISSUED_BYTES; i++)
        token[ISSUED_AT + i] = (uint8_t)((uint64_t)now_ms >> (8 * (ISSUED_BYTES - 1 - i)));
    sign(signature, keys->key[token[1]], workspace, token);
    memcpy(token + SIGNATURE_AT, signature, SIGNATURE_BYTES);
    base64url_encode(out, token, sizeof token);
}

bool token_read(struct visitor_id *out, int64_t *issued_ms, const struct token_keys *keys,
                uint32_t workspace, int64_t now_ms, struct str text)
{
    uint8_t token[TOKEN_BYTES], signature[SHA256_BYTES];
    if (text.n != TOKEN_CHARS || base64url_decode(token, sizeof token, text) != sizeof token)
        return false;
    const struct hmac *key = token[0] == FORM ? keys->key[token[1]] : NULL;
    if (!key) return false;
    sign(signature, key, workspace, token);
    if (!crypto_equal((struct str){ (char *)signature, SIGNATURE_BYTES },
                      (struct str){ (char *)token + SIGNATURE_AT, SIGNATURE_BYTES }))
        return false;
    *issued_ms = 0;
    for (size_t i = 0; i < ISSUED_BYTES; i++) *issued_ms = *issued_ms << 8 | token[ISSUED_AT + i];
    *out = visitor_id_from_key(token + ID_AT);
    return now_ms - *issued_ms <= TOKEN_LIFETIME_MS;
}

bool token_keyed_hash(uint8_t out[SHA256_BYTES], const struct token_keys *keys, struct str message)
{
    for (size_t i = 0; i < COUNT_OF(keys->key); i++) {
        if (!keys->key[i]) continue;
        hmac_sign(keys->key[i], message, out);
        return true;
    }
    return false;
}
