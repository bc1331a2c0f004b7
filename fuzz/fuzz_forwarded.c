/* fuzz_forwarded - any text as X-Forwarded-For and Forwarded. Whatever a client writes, it decides
 * nothing when its connection is not a trusted proxy's, and nothing about the part that a trusted
 * proxy adds behind it. */
#include "identify/enrich/forwarded.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str joined(struct str front, const char *tail)
{
    size_t n = strlen(tail);
    char *p = malloc(front.n + n + 1);
    if (!p) abort();
    if (front.n) memcpy(p, front.p, front.n);
    memcpy(p + front.n, tail, n);
    return (struct str){ p, front.n + n };
}

static void check_tail(struct str front, const struct address *proxy, const struct networks *trusted)
{
    struct str x = joined(front, ",192.0.2.7");
    struct str rfc = joined(front, ", for=\"[2001:db8::7]:4711\";proto=https , for=10.0.0.2;proto=http");
    struct address want_x, want_rfc;
    struct forwarded f;
    bool ok = address_parse(&want_x, STR("192.0.2.7")) && address_parse(&want_rfc, STR("2001:db8::7"));
    assert(ok);
    forwarded_find(&f, proxy, &(struct forwarded_lines){ .x_for = x, .rfc7239 = front }, trusted,
                   FORWARDED_AUTO);
    assert(memcmp(&f.client, &want_x, sizeof want_x) == 0 && f.hops == 1 && !f.cut);
    forwarded_find(&f, proxy, &(struct forwarded_lines){ .x_for = front, .rfc7239 = rfc }, trusted,
                   FORWARDED_RFC7239_ONLY);
    assert(memcmp(&f.client, &want_rfc, sizeof want_rfc) == 0 && f.hops == 2 && f.https == 1);
    free((void *)(uintptr_t)x.p);
    free((void *)(uintptr_t)rfc.p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct networks trusted = { .count = 1 };
    struct address proxy, stranger;
    struct forwarded f;
    struct str text = joined((struct str){ (const char *)data, size }, "");
    const struct forwarded_lines lines = { .x_for = text, .x_proto = text, .rfc7239 = text };
    bool ok = network_parse(&trusted.list[0], STR("10.0.0.0/8")) &&
              address_parse(&proxy, STR("10.0.0.1")) && address_parse(&stranger, STR("192.0.2.1"));
    assert(ok);
    for (enum forwarded_rule rule = FORWARDED_AUTO; rule <= FORWARDED_RFC7239_ONLY; rule++) {
        forwarded_find(&f, &stranger, &lines, &trusted, rule);
        assert(memcmp(&f.client, &stranger, sizeof stranger) == 0 && f.https == -1);
        forwarded_find(&f, &proxy, &lines, &trusted, rule);
        assert(f.hops > 0 || memcmp(&f.client, &proxy, sizeof proxy) == 0);
    }
    check_tail(text, &proxy, &trusted);
    free((void *)(uintptr_t)text.p);
    return 0;
}
