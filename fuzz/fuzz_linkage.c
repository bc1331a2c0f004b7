/* What the linkage engine reads from disk, as a damaged disk could hand it out: visitors' profiles, what was learnt
 * about a workspace, and the evidence of events. The first byte chooses. What can be read must be harmless to a
 * search, and come out the same after writing it again. */
#include "base/arena.h"
#include "identify/link/evidence.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct arena arena;

static struct str profile_text(const struct profile *p, const struct profile_ids *ids)
{
    struct bytes_out out;
    bytes_out_init(&out, &arena, 512);
    profile_write(&out, p, ids);
    assert(!out.failed);
    return bytes_out_text(&out);
}

/* A look that is all that the profile remembers, so that the two are compared. */
static void search_for(const struct population *p, const struct profile *v)
{
    struct look look = { .family = v->family, .class = v->class, .kind = v->kind, .release = v->release,
                         .fonts = v->fonts, .version = { v->version[0], v->version[1] }, .telling = 4 };
    static struct query q;
    struct finding f;
    for (unsigned t = 0; t < TRAIT_COUNT; t++)
        if (trait_infos[t].slots) look.value[t] = v->slot[profile_slot_of[t]];
    memcpy(look.net, v->net[0], sizeof look.net);
    query_init(&q, p, &look, 1765432100000);
    query_weigh(&q);
    search(&f, &q, NOBODY);
    assert(f.newcomer >= 0 && f.newcomer <= 1 && f.share >= 0 && f.share <= 1.0001);
    assert(f.best == NOBODY || f.best < p->count);
    double score = f.found ? score_match(f.share, (double)population_at(p, f.best)->purity)
                           : score_newcomer(f.newcomer);
    assert(score >= 0 && score <= 1);
}

static void try_profile(struct str bytes)
{
    struct profile first, second;
    struct profile_ids ids, ids_again;
    struct population *p;
    const struct visitor_id id = { 1, 2 };
    if (!profile_read(&first, &ids, bytes)) return;
    struct str text = profile_text(&first, &ids);
    assert(profile_read(&second, &ids_again, text));
    assert(str_eq(text, profile_text(&second, &ids_again)));
    if (population_create(&p)) abort();
    if (population_restore(p, id, bytes)) {
        assert(population_find(p, id) == 0);
        search_for(p, &first);
        population_forget(p, 0);
        assert(population_find(p, id) == NOBODY);
    }
    population_free(p);
}

static struct population *learnt_from(struct str bytes)
{
    struct population *p;
    if (population_create(&p)) abort();
    if (population_read(p, bytes)) return p;
    population_free(p);
    return NULL;
}

static void try_population(struct str bytes)
{
    struct bytes_out out;
    struct population *p = learnt_from(bytes), *again;
    if (!p) return;
    bytes_out_init(&out, &arena, 4096);
    population_write(&out, p);
    if (out.failed) { /* larger than this target allows */
        population_free(p);
        return;
    }
    again = learnt_from(bytes_out_text(&out));
    assert(again && memcmp(again->rates.seen, p->rates.seen, sizeof p->rates.seen) == 0);
    for (unsigned kind = 0; kind < KIND_COUNT; kind++)
        for (unsigned gap = 0; gap < GAP_COUNT; gap++) {
            double lost = rates_lost(&p->rates, kind, gap), private = rates_private(&p->rates, kind);
            assert(lost >= 0 && lost <= 1 && private >= 0 && isfinite(private));
        }
    population_free(p);
    population_free(again);
}

static void try_evidence(struct str bytes)
{
    struct evidence e;
    if (!evidence_read(&e, bytes)) return;
    assert(e.count <= TRAIT_COUNT && e.newcomer >= 0 && e.newcomer <= 1 && e.share >= 0 && e.share <= 1);
    assert(e.second_share >= 0 && e.second_share <= 1);
    for (size_t i = 0; i < e.count; i++) {
        assert(e.traits[i].trait < TRAIT_COUNT && e.traits[i].outcome < OUTCOME_COUNT);
        assert(e.traits[i].weight >= -12.8 && e.traits[i].weight <= 12.7);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    struct str rest = { (const char *)data + 1, size - 1 };
    if (!arena.max_bytes) arena_init(&arena, 16 << 20);
    switch (data[0] % 3) {
    case 0: try_profile(rest); break;
    case 1: try_population(rest); break;
    default: try_evidence(rest);
    }
    arena_reset(&arena);
    return 0;
}
