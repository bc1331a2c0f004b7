/* fuzz_hello - any bytes as a ClientHello. What is read must lie inside of them, keep the limits, and
 * have fingerprints of the right form. */
#include "net/hello_facts.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_hello(const struct hello *h, struct str all)
{
    assert(h->bytes == all.n && all.n <= HELLO_BYTES_MAX);
    assert(h->ciphers_count <= HELLO_CIPHERS_MAX && h->extensions_count <= HELLO_EXTENSIONS_MAX);
    assert(h->groups_count <= HELLO_GROUPS_MAX && h->algorithms_count <= HELLO_ALGORITHMS_MAX);
    assert(h->versions_count <= HELLO_VERSIONS_MAX && h->alpn_count <= HELLO_ALPN_MAX);
    assert(h->key_shares_count <= HELLO_KEY_SHARES_MAX);
    for (size_t i = 0; i < h->alpn_count; i++)
        assert(h->alpn[i].n == 0 ||
               (h->alpn[i].p > all.p && h->alpn[i].p + h->alpn[i].n <= all.p + all.n));
}

static void check_ja4(const char *ja4, const struct hello *h)
{
    assert(strlen(ja4) == JA4_CHARS && ja4[0] == 't' && ja4[3] == (h->server_name ? 'd' : 'i'));
    assert(ja4[10] == '_' && ja4[23] == '_');
    for (size_t i = 4; i < 8; i++) assert(isdigit((unsigned char)ja4[i]));
    for (size_t i = 8; i < JA4_CHARS; i++)
        assert(isalnum((unsigned char)ja4[i]) || i == 10 || i == 23);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hello hello;
    struct hello_facts facts = { .known = false };
    char text[JA3_TEXT_BYTES_MAX];
    char *copy = malloc(size + 1);
    if (!copy) abort();
    if (size) memcpy(copy, data, size);
    struct str all = { copy, size };
    hello_facts_read(&facts, all);
    bool good = hello_parse(&hello, all) == ERR_OK;
    assert(good == facts.known);
    if (good) {
        check_hello(&hello, all);
        check_ja4(facts.ja4, &hello);
        assert(ja3_text(text, &hello) >= 5); /* "0,,,," */
    } else {
        assert(!facts.ja3[0] && !facts.ja4[0]);
    }
    free(copy);
    return 0;
}
