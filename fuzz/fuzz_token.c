/* fuzz_token - any text as a token: only the ones that were made here are believed, in one
 * spelling. */
#include "identify/token.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct visitor_id visitor = { 0x0012345678abcdef, 0x1122334455667788 };
static const int64_t now_ms = 1765432100123;

static void check_base64(struct str text)
{
    uint8_t *raw = malloc(text.n + 1);
    char *again = malloc(text.n + 4);
    if (!raw || !again) abort();
    size_t n = base64url_decode(raw, text.n, text);
    if (n != SIZE_MAX) {
        size_t length = base64url_encode(again, raw, n);
        assert(str_eq((struct str){ again, length }, text));
    }
    free(raw), free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct token_keys keys;
    static char good[TOKEN_CHARS];
    struct visitor_id id;
    int64_t issued_ms;
    if (!keys.current) {
        if (token_keys_add(&keys, 1, STR("0123456789abcdef0123456789abcdef"))) abort();
        token_make(good, &keys, 7, visitor, now_ms);
    }
    char *copy = malloc(size + 1);
    if (!copy) abort();
    if (size) memcpy(copy, data, size);
    struct str text = { copy, size };
    bool is_good = str_eq(text, (struct str){ good, sizeof good });
    assert(token_read(&id, &issued_ms, &keys, 7, now_ms, text) == is_good);
    assert(!token_read(&id, &issued_ms, &keys, 8, now_ms, text));
    if (is_good) assert(visitor_id_eq(id, visitor) && issued_ms == now_ms);
    check_base64(text);
    free(copy);
    return 0;
}
