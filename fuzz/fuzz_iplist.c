/* fuzz_iplist - any bytes as a list of addresses: refused with words, or read into a table that knows
 * each entry again. */
#include "base/json_in.h"
#include "identify/enrich/iplist.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_report(const struct iplist_report *r, enum err e, size_t count)
{
    assert(r->format && r->notes_count <= IPLIST_NOTES_MAX);
    assert(e == ERR_OK ? count == r->v4 + r->v6 + r->asn && count > 0 : count == 0 && r->problem[0]);
    for (size_t i = 0; i < r->notes_count; i++)
        assert(strlen(r->notes[i].text) < IPLIST_NOTE_BYTES && r->notes[i].why);
}

/* Copied out and in again, a table gives the same answers. */
static void check_table(struct iplist_builder *b)
{
    struct iplist_table *one, *two;
    struct iplist_builder again = { 0 };
    struct iplist_hit x[IPLISTS_MAX], y[IPLISTS_MAX];
    size_t v4 = b->v4_count;
    struct address probe = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff } };
    for (size_t i = 0; v4 && i < 4; i++) probe.byte[12 + i] = (uint8_t)(b->v4[v4 / 2] >> (56 - 8 * i));
    assert(iplist_table_build(&one, b) == ERR_OK);
    iplist_table_copy(one, 7, &again, 7);
    assert(iplist_table_build(&two, &again) == ERR_OK);
    size_t n = iplist_table_find(one, &probe, x);
    assert(v4 == 0 || (n == 1 && x[0].list == 7));
    assert(iplist_table_find(two, &probe, y) == n && (n == 0 || x[0].bits == y[0].bits));
    iplist_table_destroy(one);
    iplist_table_destroy(two);
}

static void check_names(struct str text)
{
    char name[IPLIST_NAME_BYTES_MAX + 1], problem[IPLIST_PROBLEM_BYTES];
    const char *rest;
    struct iplist_spec spec;
    char *copy = calloc(1, text.n + 1);
    if (text.n) memcpy(copy, text.p, text.n);
    iplist_name_from_path(name, copy);
    assert(strlen(name) <= IPLIST_NAME_BYTES_MAX && !strchr(name, '/'));
    if (iplist_spec_parse(&spec, copy, &rest, problem)) assert(spec.kind < IPLIST_KINDS && *rest);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iplist_builder b = { 0 };
    struct iplist_report report;
    char *text = calloc(1, size + JSON_PADDING);
    if (size) memcpy(text, data, size);
    check_names((struct str){ text, size < 200 ? size : 200 });
    enum err e = iplist_read(text, size, 7, &b, &report);
    assert(e == ERR_OK || e == ERR_MALFORMED);
    check_report(&report, e, iplist_builder_count(&b));
    if (e == ERR_OK) check_table(&b);
    iplist_builder_free(&b);
    free(text);
    return 0;
}
