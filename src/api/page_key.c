/* page_key - see page_key.h. */
#include "api/page_key.h"

enum { FORM = 1, SIGNED_BYTES = PAGE_KEY_BYTES - 16 };

static void put_number(uint8_t *out, uint64_t value, size_t n)
{
    for (size_t i = n; i-- > 0; value >>= 8) out[i] = (uint8_t)value;
}

static int64_t get_number(const uint8_t *in)
{
    uint64_t value = 0;
    for (size_t i = 0; i < 8; i++) value = value << 8 | in[i];
    return (int64_t)value;
}

static void sign(uint8_t out[SHA256_BYTES], const struct hmac *hmac, uint32_t workspace,
                 const uint8_t *bytes)
{
    uint8_t message[4 + SIGNED_BYTES + 4] = { 0 };
    put_number(message, workspace, 4);
    memcpy(message + 4, bytes, SIGNED_BYTES);
    memcpy(message + 4 + SIGNED_BYTES, "page", 4); /* no token's message ends so */
    hmac_sign(hmac, (struct str){ (char *)message, sizeof message }, out);
}

size_t page_key_print(char out[PAGE_KEY_CHARS_MAX], const struct token_keys *keys,
                      uint32_t workspace, const struct page_key *page)
{
    uint8_t raw[PAGE_KEY_BYTES], mac[SHA256_BYTES];
    raw[0] = FORM;
    raw[1] = keys->current;
    raw[2] = page->reverse;
    event_id_to_key(raw + 3, page->last);
    put_number(raw + 3 + EVENT_ID_KEY_BYTES, (uint64_t)page->first_ms, 8);
    put_number(raw + 3 + EVENT_ID_KEY_BYTES + 8, (uint64_t)page->last_ms, 8);
    sign(mac, keys->key[keys->current], workspace, raw);
    memcpy(raw + SIGNED_BYTES, mac, 16);
    return base64url_encode(out, raw, sizeof raw);
}

bool page_key_read(struct page_key *out, const struct token_keys *keys, uint32_t workspace,
                   struct str text)
{
    uint8_t raw[PAGE_KEY_BYTES], mac[SHA256_BYTES];
    if (base64url_decode(raw, sizeof raw, text) != sizeof raw || raw[0] != FORM) return false;
    const struct hmac *hmac = keys->key[raw[1]];
    if (!hmac) return false;
    sign(mac, hmac, workspace, raw);
    if (!crypto_equal((struct str){ (char *)mac, 16 }, (struct str){ (char *)raw + SIGNED_BYTES, 16 }))
        return false;
    out->reverse = raw[2] != 0;
    out->last = event_id_from_key(raw + 3);
    out->first_ms = get_number(raw + 3 + EVENT_ID_KEY_BYTES);
    out->last_ms = get_number(raw + 3 + EVENT_ID_KEY_BYTES + 8);
    return true;
}
