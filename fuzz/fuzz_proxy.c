/* fuzz_proxy - any bytes as a PROXY header and as a saved SYN. A header is taken in the same way
 * however many bytes have come, and what follows it changes nothing. */
#include "identify/enrich/tcp.h"
#include "net/proxy.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool inside(struct str part, struct str all)
{
    return part.n == 0 || (part.p >= all.p && part.p + part.n <= all.p + all.n);
}

static void check_proxy(struct str bytes)
{
    struct proxy_header whole, part;
    enum err e = proxy_parse(&whole, bytes);
    assert(e == ERR_OK || e == ERR_PENDING || e == ERR_MALFORMED);
    assert(e != ERR_PENDING || bytes.n < PROXY_BYTES_MAX);
    for (size_t n = 0; n < bytes.n && n < 256; n++) {
        enum err early = proxy_parse(&part, str_sub(bytes, 0, n));
        if (e == ERR_OK && n < whole.bytes) assert(early == ERR_PENDING);
        if (early == ERR_MALFORMED) assert(e == ERR_MALFORMED);
        if (early == ERR_OK) assert(e == ERR_OK && part.bytes == whole.bytes);
    }
    if (e) return;
    assert(whole.bytes > 0 && whole.bytes <= bytes.n && whole.bytes <= PROXY_BYTES_MAX);
    assert(whole.has_source == (whole.source.ss_family != 0));
    assert(inside(whole.authority, bytes) && inside(whole.alpn, bytes));
}

static void check_syn(struct str bytes)
{
    char text[TCP_SYN_TEXT_BYTES];
    struct tcp_syn syn;
    if (!tcp_syn_parse(&syn, bytes)) return;
    assert(tcp_syn_print(text, &syn) < sizeof text);
    assert(syn.ttl <= syn.ttl_start && strlen(syn.options) <= TCP_OPTIONS_MAX);
    (void)tcp_os_name(tcp_syn_os(&syn));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size + 1);
    if (!copy) abort();
    if (size) memcpy(copy, data, size);
    check_proxy((struct str){ copy, size });
    check_syn((struct str){ copy, size });
    free(copy);
    return 0;
}
