/* fuzz_bot_signature - the input's lines as header lines of a request: the signature's headers are read
 * without harm, and only a right signature is valid. The first line is the authority. */
#include "base/limits.h"
#include "identify/enrich/bot_find.h"
#include "identify/enrich/bot_signature.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The public key of RFC 9421, B.1.4; its private half is published, and no input of this size finds a
 * signature by it by chance. */
static const char jwks[] = "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
                           "\"x\":\"JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs\"}]}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct bot_keys *keys;
    static struct bot_finder *finder;
    const char *problem;
    struct header headers[8];
    struct arena arena;
    struct bot_signature found;
    struct str rest = { (const char *)data, size }, line;
    if (!keys && (bot_keys_create(&keys) || bot_finder_create(&finder) ||
                  bot_keys_add(keys, STR("https://signature-agent.test"), str_of(jwks), &problem)))
        abort();
    arena_init(&arena, 256 * 1024);
    struct request req = { .arena = &arena, .method = STR("GET"), .target = STR("/a?b"),
                           .path = STR("/a"), .query = STR("b"), .headers = headers };
    while (req.headers_count < COUNT_OF(headers) && str_split(&rest, '\n', &line)) {
        size_t colon = str_find_char(line, ':', 0);
        struct header *h = &headers[req.headers_count];
        bool first = req.headers_count == 0;
        if (!first && colon == SIZE_MAX) continue;
        h->name = first ? STR("Host") : str_sub(line, 0, colon);
        h->value = first ? line : str_trim(str_sub(line, colon + 1, line.n));
        req.headers_count++;
    }
    enum bot_signature_result r =
        bot_signature_check(&found, &req, true, keys, 1735689610, NULL, &arena);
    assert((r == BOT_SIGNATURE_VALID) == (found.key != NULL));
    assert((bot_signature_error(r) == NULL) ==
           (r == BOT_SIGNATURE_VALID || r == BOT_SIGNATURE_ABSENT));
    (void)bot_find(finder, (struct str){ (const char *)data, size });
    arena_free(&arena);
    return 0;
}
