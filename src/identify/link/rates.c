/* rates - see rates.h. */
#include "identify/link/rates.h"

#include <math.h>

/* Observations that a prior is worth. Tuned on linkgen's development seeds at 2,000 and 20,000 devices
 * (2026-11-20); twice or half of each moves no figure by more than 0.2 points. */
#define RATES_PRIOR      20.0f
#define RATES_KIND_PRIOR 10.0f
/* Li and Cao (IMC 2020): a third of the devices clear their cookies now and then. */
#define LOST_PRIOR          0.15
#define LOST_PRIOR_WORTH    8.0
#define LOST_KIND_WORTH     3.0
#define PRIVATE_PRIOR_WORTH 2.0

static const float gap_edges[GAP_COUNT - 1] = { 0.5f, 2, 4.5f, 7, 14 };         /* days */
static const float gap_middles[GAP_COUNT] = { 0.2f, 1.2f, 3.2f, 5.7f, 10, 22 };

unsigned gap_of(int64_t from_ms, int64_t to_ms)
{
    float days = (float)(to_ms - from_ms) / 86400000.0f;
    unsigned g = 0;
    while (g < GAP_COUNT - 1 && days >= gap_edges[g]) g++;
    return g;
}

static float prior_version(float stay, bool newer_in_use, enum outcome o)
{
    if (newer_in_use) stay *= 0.7f;
    switch (o) {
    case OUTCOME_SAME: return stay;
    case OUTCOME_BACK: return 0.0005f;
    case OUTCOME_OTHER: return (1 - stay) * 0.95f;
    default: return (1 - stay) * 0.05f;
    }
}

static float prior_of(enum trait t, unsigned gap, bool moved, enum outcome o)
{
    static const float network[2][OUTCOME_COUNT] = { { 0.65f, 0.10f, 0.10f, 0.15f },
                                                     { 0.55f, 0.17f, 0.08f, 0.20f } };
    const struct trait_info *info = &trait_infos[t];
    float stay = expf(-info->daily * gap_middles[gap]);
    if (info->how == TRAIT_VERSION) return prior_version(stay, moved, o);
    if (info->how == TRAIT_NETWORK) return network[moved][o];
    float same = (1 - info->wobble) * stay, rest = 1 - same;
    /* what has changed before goes back and forth */
    if (moved) {
        rest += same * 0.05f;
        switch (o) {
        case OUTCOME_SAME: return same * 0.8f;
        case OUTCOME_BACK: return same * 0.15f;
        case OUTCOME_OTHER: return rest * 0.7f;
        default: return rest * 0.3f;
        }
    }
    switch (o) {
    case OUTCOME_SAME: return same;
    case OUTCOME_BACK: return rest * 0.1f;
    case OUTCOME_OTHER: return rest * 0.6f;
    default: return rest * 0.3f;
    }
}

static void refresh(struct rates *r, enum trait t, unsigned kind, unsigned gap, bool moved)
{
    const float *all = r->seen[t][KIND_COUNT][gap][moved], *own = r->seen[t][kind][gap][moved];
    float all_count = RATES_PRIOR, own_count = RATES_KIND_PRIOR;
    for (unsigned o = 0; o < OUTCOME_COUNT; o++) all_count += all[o], own_count += own[o];
    for (unsigned o = 0; o < OUTCOME_COUNT; o++) {
        float m = (all[o] + RATES_PRIOR * prior_of(t, gap, moved, (enum outcome)o)) / all_count;
        m = (own[o] + RATES_KIND_PRIOR * m) / own_count;
        r->log_m[t][kind][gap][moved][o] = logf(m + 1e-6f);
    }
}

static void refresh_all(struct rates *r)
{
    for (unsigned t = 0; t < TRAIT_COUNT; t++)
        for (unsigned k = 0; k < KIND_COUNT; k++)
            for (unsigned g = 0; g < GAP_COUNT; g++)
                for (unsigned moved = 0; moved < 2; moved++)
                    refresh(r, (enum trait)t, k, g, moved != 0);
}

void rates_init(struct rates *r)
{
    memset(r, 0, sizeof *r);
    refresh_all(r);
}

void rates_learn(struct rates *r, enum trait t, unsigned kind, unsigned gap, bool moved, enum outcome o)
{
    r->seen[t][kind][gap][moved][o] += 1;
    r->seen[t][KIND_COUNT][gap][moved][o] += 1;
    refresh(r, t, kind, gap, moved);
    /* the other kinds start from all of them: seldom, because it takes a logarithm each */
    uint64_t all = 0;
    for (unsigned i = 0; i < OUTCOME_COUNT; i++) all += (uint64_t)r->seen[t][KIND_COUNT][gap][moved][i];
    if ((all & (all - 1)) != 0) return;
    for (unsigned k = 0; k < KIND_COUNT; k++) refresh(r, t, k, gap, moved);
}

void rates_learn_newcomer(struct rates *r, unsigned kind, bool private_window)
{
    r->sessions[kind] += 1;
    r->sessions[KIND_COUNT] += 1;
    if (!private_window) return;
    r->private_sessions[kind] += 1;
    r->private_sessions[KIND_COUNT] += 1;
}

void rates_learn_return(struct rates *r, unsigned kind, unsigned gap, enum rates_return how, double weight)
{
    float w = (float)weight;
    rates_learn_newcomer(r, kind, how == RETURN_PRIVATE);
    if (how == RETURN_KEPT) r->kept[kind][gap] += w, r->kept[KIND_COUNT][gap] += w;
    if (how == RETURN_LOST) r->lost[kind][gap] += w, r->lost[KIND_COUNT][gap] += w;
}

double rates_lost(const struct rates *r, unsigned kind, unsigned gap)
{
    double kept = r->kept[KIND_COUNT][gap], lost = r->lost[KIND_COUNT][gap];
    double all = (lost + LOST_PRIOR_WORTH * LOST_PRIOR) / (kept + lost + LOST_PRIOR_WORTH);
    return (r->lost[kind][gap] + LOST_KIND_WORTH * all) /
           (r->kept[kind][gap] + r->lost[kind][gap] + LOST_KIND_WORTH);
}

double rates_private(const struct rates *r, unsigned kind)
{
    double all = (r->private_sessions[KIND_COUNT] + 0.5) / (r->sessions[KIND_COUNT] + 10);
    return (r->private_sessions[kind] + PRIVATE_PRIOR_WORTH * all) /
           (r->sessions[kind] + PRIVATE_PRIOR_WORTH);
}

/* ---- on disk: the form, then the cells that are not 0, each as distance from the last and float ---- */

enum { RATES_FORM = 1 };

static void put_cells(struct bytes_out *out, const float *cell, size_t count)
{
    size_t filled = 0, last = 0;
    for (size_t i = 0; i < count; i++) filled += cell[i] > 0;
    bytes_put_varint(out, count);
    bytes_put_varint(out, filled);
    for (size_t i = 0; i < count; i++) {
        if (!(cell[i] > 0)) continue;
        bytes_put_varint(out, i - last);
        bytes_put(out, &cell[i], sizeof cell[i]);
        last = i;
    }
}

static bool get_cells(struct cursor *c, float *cell, size_t count)
{
    if (cursor_varint(c) != count) return false;
    uint64_t at = 0;
    for (uint64_t filled = cursor_varint(c); filled && !c->bad; filled--) {
        at += cursor_varint(c);
        struct str raw = cursor_bytes(c, sizeof *cell);
        if (raw.n != sizeof *cell || at >= count) return false;
        memcpy(&cell[at], raw.p, sizeof *cell);
        if (!(cell[at] >= 0 && cell[at] < 1e12f)) return false;
    }
    return !c->bad;
}

#define CELLS(member) (float *)(member), sizeof(member) / sizeof(float)

void rates_write(struct bytes_out *out, const struct rates *r)
{
    bytes_put_u8(out, RATES_FORM);
    put_cells(out, CELLS(r->seen));
    put_cells(out, CELLS(r->kept));
    put_cells(out, CELLS(r->lost));
    put_cells(out, CELLS(r->private_sessions));
    put_cells(out, CELLS(r->sessions));
}

bool rates_read(struct rates *r, struct cursor *c)
{
    memset(r, 0, sizeof *r);
    bool good = cursor_u8(c) == RATES_FORM && get_cells(c, CELLS(r->seen)) &&
                get_cells(c, CELLS(r->kept)) && get_cells(c, CELLS(r->lost)) &&
                get_cells(c, CELLS(r->private_sessions)) && get_cells(c, CELLS(r->sessions));
    if (good) refresh_all(r);
    else rates_init(r);
    return good;
}
