/* fuzz_asn_csv - any bytes as a CSV file of autonomous systems: refused with a sentence, or compiled
 * into a table whose answers fit the question. */
#include "identify/enrich/asn_table.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct asn_table *t;
    char problem[IPFILE_PROBLEM_BYTES] = "";
    struct str csv = { (const char *)data, size };
    if (asn_table_compile(&t, csv, "input", problem)) {
        assert(problem[0]);
        return 0;
    }
    assert(asn_table_has_v4(t) || asn_table_has_v6(t));
    for (size_t i = 0; i < 64; i++) { /* addresses from the input, and the ends of the space */
        struct address a;
        struct asn_facts facts;
        address_parse(&a, i % 2 ? STR("0.0.0.0") : STR("::"));
        for (size_t k = i % 2 ? 12 : 0; k < 16 && i > 3; k++) a.byte[k] = data[(i * 31 + k) % size];
        if (i > 1 && i < 4) memset(a.byte + (i % 2 ? 12 : 0), 0xff, i % 2 ? 4 : 16);
        if (!asn_table_find(t, &a, &facts)) continue;
        struct address base = a;
        address_cut(&base, facts.network.bits);
        assert(memcmp(&base, &facts.network.base, sizeof base) == 0);
        (void)str_hash(facts.name, 0); /* reads all of it */
        assert(facts.name.n <= GEO_TEXT_BYTES_MAX && facts.kind < ASN_KINDS);
    }
    asn_table_close(t);
    return 0;
}
