/* fuzz_bot_dns - any bytes as the answer to a PTR query: what is read are names of bounded length, and
 * masks can be compared with them. */
#include "identify/enrich/bot_dns.h"
#include "identify/enrich/bot_find.h"

#include <ares.h>
#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *names[8];
    uint32_t ttl_s = 0;
    size_t count = bot_dns_read_ptr(data, size, names, COUNT_OF(names), &ttl_s);
    assert(count <= COUNT_OF(names));
    while (count > 0) {
        const char *name = names[--count];
        assert(strlen(name) < 256);
        (void)bot_mask_matches("crawl-*.googlebot.com", str_of(name));
        assert(!bot_mask_matches("*.search.msn.com", str_of(name)) ||
               str_has(str_of(name), STR(".")));
        ares_free_string(names[count]);
    }
    return 0;
}
