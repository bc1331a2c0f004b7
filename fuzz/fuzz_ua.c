/* fuzz_ua - any bytes as a User-Agent: nothing breaks, every fact points into live memory, and the
 * answer from the cache is the answer of the search. */
#include "identify/enrich/ua.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t hash_facts(const struct ua_facts *f)
{
    const struct str all[] = { f->browser, f->major, f->version, f->os, f->os_version, f->device };
    uint64_t hash = 1;
    for (size_t i = 0; i < COUNT_OF(all); i++) hash = str_hash(all[i], hash);
    return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ua_table *table;
    if (!table && ua_table_create(&table)) abort();
    struct arena arena;
    arena_init(&arena, 64 * 1024);
    struct ua_facts first, second;
    ua_parse(table, (struct str){ (const char *)data, size }, &arena, &first);
    ua_parse(table, (struct str){ (const char *)data, size }, &arena, &second);
    assert(first.browser.n && first.os.n && first.device.n);
    assert(first.browser.n <= 256 && first.os_version.n <= 256 && first.device.n <= 256);
    assert(hash_facts(&first) == hash_facts(&second));
    arena_free(&arena);
    return 0;
}
