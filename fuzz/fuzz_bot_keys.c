/* fuzz_bot_keys - any bytes as a key directory (JWKS), and as an origin. What is accepted can be found
 * again by its thumbprint's origin; what is refused leaves nothing behind. */
#include "identify/enrich/bot_keys.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bot_keys *keys;
    struct arena arena;
    struct str text = { (const char *)data, size }, origin;
    const char *problem = NULL;
    if (bot_keys_create(&keys)) abort();
    enum err e = bot_keys_add(keys, STR("https://a.test"), text, &problem);
    assert(!e || (problem && *problem));
    assert(bot_keys_know(keys, STR("https://a.test")) == !e);
    arena_init(&arena, 64 * 1024);
    if (bot_origin(text, true, &arena, &origin)) {
        struct str again;
        assert(bot_origin(origin, false, &arena, &again) && str_eq(origin, again));
    }
    arena_free(&arena);
    bot_keys_destroy(keys);
    return 0;
}
