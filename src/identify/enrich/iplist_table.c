/* iplist_table - see iplist_table.h.
 *
 * Building sweeps over the sorted networks with a stack of the open ones and cuts the address space into
 * pieces that one set of lists holds. A piece is its first address and the number of its set; equal
 * sets are kept once. What no list holds needs no piece: a set knows the width of its narrowest network,
 * the network around the piece's first address is therefore known, and what lies behind its end is in no
 * list. (Where a wider network goes on there, a piece begins.)
 *
 * IPv4: an index by the first 16 bits, then the last 16 bits of each piece, sorted. A piece that reaches
 * into further buckets is repeated there. 4 bytes a piece, and one network is one piece or two.
 * IPv6: networks of up to 64 bits by the first half of their addresses; narrower ones in a second table,
 * asked first. 10 and 18 bytes a piece; binary search.
 *
 * Measured with make bench-facts (2026-11-20, 4,096 addresses asked in turn): 1 million IPv4 networks
 * are 7.2 MB and 0.02 us a look-up, 1 million IPv6 networks 10.1 MB and 0.08 us. A table indexed by 24
 * bits (DIR-24-8) would save the search and take 32 MB before the first entry. */
#include "identify/enrich/iplist_table.h"

#include <assert.h>
#include <stdlib.h>

enum { BUCKETS = 1 << 16, DEPTH_MAX = 130 };

/* Lists that hold a piece: members[at] to members[at + count - 1], each list << 8 | bits. */
struct set {
    uint32_t at;
    uint8_t count, bits_max;
};
_Static_assert(IPLISTS_MAX <= 255, "struct set counts lists in a byte");

/* Numbers of sets: two bytes each while that is enough. */
struct numbers {
    uint16_t *narrow;
    uint32_t *wide;
};

struct iplist_table {
    struct set *sets;
    uint32_t *members;
    uint32_t sets_count, members_count;

    uint32_t *first; /* of IPv4 bucket i; BUCKETS + 1 of them, or NULL without IPv4 */
    uint16_t *v4;
    uint64_t *high;                  /* IPv6 pieces of networks of up to 64 bits */
    struct pair { uint64_t high, low; } *deep; /* of narrower ones */
    uint32_t *asn;
    size_t v4_count, high_count, deep_count, asn_count;
    struct numbers v4_set, high_set, deep_set, asn_set;
};

/* ---- the builder --------------------------------------------------------------------------- */

/* Room for one more element; NULL after a failure. */
static void *grow(struct iplist_builder *b, void *p, size_t count, size_t *room, size_t size)
{
    if (count < *room) return p;
    size_t more = *room ? *room + *room / 2 : 256;
    void *moved = b->failed ? NULL : realloc(p, more * size);
    if (!moved) {
        b->failed = true;
        return NULL;
    }
    *room = more;
    return moved;
}

static uint64_t load64(const uint8_t *p)
{
    uint64_t v = 0;
    for (size_t i = 0; i < 8; i++) v = v << 8 | p[i];
    return v;
}

static bool is_v4(const struct address *a)
{
    static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    return memcmp(a->byte, mapped, sizeof mapped) == 0;
}

/* The first n bits of 64 set; n may be 0 to 64. */
static uint64_t mask64(unsigned n)
{
    return n == 0 ? 0 : n >= 64 ? ~(uint64_t)0 : ~(~(uint64_t)0 >> n);
}

void iplist_add(struct iplist_builder *b, unsigned list, const struct network *network)
{
    uint64_t high = load64(network->base.byte), low = load64(network->base.byte + 8);
    unsigned bits = network->bits;
    assert(list < IPLISTS_MAX && bits <= 128);
    if (is_v4(&network->base) && bits >= 96) {
        uint64_t *v4 = grow(b, b->v4, b->v4_count, &b->v4_room, sizeof *v4);
        if (!v4) return;
        b->v4 = v4;
        v4[b->v4_count++] = (low << 32 & mask64(bits - 96)) | (uint64_t)(bits - 96) << 16 | list;
        return;
    }
    struct iplist_prefix6 *v6 = grow(b, b->v6, b->v6_count, &b->v6_room, sizeof *v6);
    if (!v6) return;
    b->v6 = v6;
    v6[b->v6_count++] = (struct iplist_prefix6){
        high & mask64(bits), bits > 64 ? low & mask64(bits - 64) : 0, (uint32_t)bits << 16 | list
    };
}

void iplist_add_asn(struct iplist_builder *b, unsigned list, uint32_t asn)
{
    assert(list < IPLISTS_MAX);
    uint64_t *all = grow(b, b->asn, b->asn_count, &b->asn_room, sizeof *all);
    if (!all) return;
    b->asn = all;
    all[b->asn_count++] = (uint64_t)asn << 32 | list;
}

size_t iplist_builder_count(const struct iplist_builder *b)
{
    return b->v4_count + b->v6_count + b->asn_count;
}

struct iplist_mark iplist_builder_mark(const struct iplist_builder *b)
{
    return (struct iplist_mark){ b->v4_count, b->v6_count, b->asn_count };
}

void iplist_builder_cut(struct iplist_builder *b, struct iplist_mark mark)
{
    assert(mark.v4 <= b->v4_count && mark.v6 <= b->v6_count && mark.asn <= b->asn_count);
    b->v4_count = mark.v4;
    b->v6_count = mark.v6;
    b->asn_count = mark.asn;
}

void iplist_builder_free(struct iplist_builder *b)
{
    free(b->v4);
    free(b->v6);
    free(b->asn);
    *b = (struct iplist_builder){ 0 };
}

static int compare_numbers(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int compare_v6(const void *a, const void *b)
{
    const struct iplist_prefix6 *x = a, *y = b;
    if (x->high != y->high) return x->high < y->high ? -1 : 1;
    if (x->low != y->low) return x->low < y->low ? -1 : 1;
    return (x->tail > y->tail) - (x->tail < y->tail);
}

static void sort(struct iplist_builder *b)
{
    if (b->v4_count) qsort(b->v4, b->v4_count, sizeof *b->v4, compare_numbers);
    if (b->v6_count) qsort(b->v6, b->v6_count, sizeof *b->v6, compare_v6);
    if (b->asn_count) qsort(b->asn, b->asn_count, sizeof *b->asn, compare_numbers);
}

/* ---- networks of either family, one after the other ---------------------------------------- */

/* IPv4 addresses stand in the top 32 bits of `high`, so that the sweep needs to know one kind. */
struct prefix {
    uint64_t high, low;
    unsigned bits, list;
};

static struct prefix prefix_at(const struct iplist_builder *b, bool v4, size_t i)
{
    if (v4)
        return (struct prefix){ b->v4[i] & mask64(32), 0, b->v4[i] >> 16 & 0xff,
                                b->v4[i] & 0xffff };
    return (struct prefix){ b->v6[i].high, b->v6[i].low, b->v6[i].tail >> 16,
                            b->v6[i].tail & 0xffff };
}

static bool is_inside(const struct prefix *p, const struct prefix *outer)
{
    return ((p->high ^ outer->high) & mask64(outer->bits)) == 0 &&
           (outer->bits <= 64 || ((p->low ^ outer->low) & mask64(outer->bits - 64)) == 0);
}

/* The address behind the last one of p; false when p is the end of all addresses. */
static bool address_behind(const struct prefix *p, uint64_t *high, uint64_t *low)
{
    *high = p->high | ~mask64(p->bits);
    *low = p->low | ~mask64(p->bits > 64 ? p->bits - 64 : 0);
    if (++*low == 0) ++*high;
    return *high || *low;
}

static void count_overlaps(const struct iplist_builder *b, bool v4, size_t *twice, size_t *inside)
{
    /* per list, the last network that no other one held: sorted, so a later one lies inside it or
     * behind it */
    struct prefix outer[IPLISTS_MAX], before[IPLISTS_MAX];
    bool any[IPLISTS_MAX] = { false };
    size_t count = v4 ? b->v4_count : b->v6_count;
    for (size_t i = 0; i < count; i++) {
        struct prefix p = prefix_at(b, v4, i), *o = &outer[p.list], *last = &before[p.list];
        bool same = any[p.list] && p.high == last->high && p.low == last->low &&
                    p.bits == last->bits;
        if (same) ++*twice;
        else if (any[p.list] && is_inside(&p, o)) ++*inside;
        else *o = p;
        *last = p;
        any[p.list] = true;
    }
}

void iplist_builder_overlaps(struct iplist_builder *b, size_t *twice, size_t *inside)
{
    *twice = *inside = 0;
    sort(b);
    count_overlaps(b, true, twice, inside);
    count_overlaps(b, false, twice, inside);
    for (size_t i = 1; i < b->asn_count; i++) *twice += b->asn[i] == b->asn[i - 1];
}

/* ---- sets, each kept once ------------------------------------------------------------------ */

struct sets {
    struct iplist_table *t;
    size_t sets_room, members_room;
    uint32_t *slots; /* hash table of set numbers + 1; a power of two */
    size_t slots_count;
    bool failed;
};

static bool make_room(struct sets *s, void **p, size_t needed, size_t *room, size_t size)
{
    if (needed <= *room) return true;
    size_t more = needed + *room / 2 + 64;
    void *moved = realloc(*p, more * size);
    if (!moved) {
        s->failed = true;
        return false;
    }
    *p = moved;
    *room = more;
    return true;
}

static uint64_t hash_members(const uint32_t *members, size_t count)
{
    return str_hash((struct str){ (const char *)members, count * sizeof *members }, 0);
}

static bool double_slots(struct sets *s)
{
    size_t count = s->slots_count ? 2 * s->slots_count : 1024;
    uint32_t *slots = calloc(count, sizeof *slots);
    if (!slots) {
        s->failed = true;
        return false;
    }
    for (uint32_t i = 0; i < s->t->sets_count; i++) {
        const struct set *set = &s->t->sets[i];
        size_t at = hash_members(s->t->members + set->at, set->count) & (count - 1);
        while (slots[at]) at = (at + 1) & (count - 1);
        slots[at] = i + 1;
    }
    free(s->slots);
    s->slots = slots;
    s->slots_count = count;
    return true;
}

/* The number of the set with these members, made when it is new. */
static uint32_t number_of_set(struct sets *s, const uint32_t *members, size_t count)
{
    struct iplist_table *t = s->t;
    if (s->failed || (2 * (size_t)t->sets_count >= s->slots_count && !double_slots(s))) return 0;
    size_t at = hash_members(members, count) & (s->slots_count - 1);
    for (; s->slots[at]; at = (at + 1) & (s->slots_count - 1)) {
        const struct set *set = &t->sets[s->slots[at] - 1];
        if (set->count == count &&
            memcmp(t->members + set->at, members, count * sizeof *members) == 0)
            return s->slots[at] - 1;
    }
    void *sets = t->sets, *all = t->members;
    bool fits = make_room(s, &sets, t->sets_count + 1, &s->sets_room, sizeof *t->sets);
    fits = make_room(s, &all, t->members_count + count, &s->members_room, sizeof *members) && fits;
    t->sets = sets;
    t->members = all;
    if (!fits) return 0;
    struct set set = { .at = t->members_count, .count = (uint8_t)count };
    for (size_t i = 0; i < count; i++)
        if ((members[i] & 0xff) > set.bits_max) set.bits_max = (uint8_t)members[i];
    memcpy(t->members + t->members_count, members, count * sizeof *members);
    t->members_count += (uint32_t)count;
    t->sets[t->sets_count] = set;
    s->slots[at] = t->sets_count + 1;
    return t->sets_count++;
}

/* The parent's members, those in `lists` (sorted) with `bits` instead of their own. */
static uint32_t set_below(struct sets *s, const uint32_t *parent, size_t parent_count,
                          const uint16_t *lists, size_t lists_count, unsigned bits)
{
    uint32_t members[IPLISTS_MAX];
    size_t n = 0, i = 0, k = 0;
    while (i < parent_count || k < lists_count) {
        uint32_t old = i < parent_count ? parent[i] >> 8 : UINT32_MAX;
        uint32_t new = k < lists_count ? lists[k] : UINT32_MAX;
        members[n++] = new <= old ? new << 8 | bits : parent[i];
        if (new <= old) k++;
        if (old <= new) i++;
    }
    return number_of_set(s, members, n);
}

/* ---- the sweep ----------------------------------------------------------------------------- */

struct piece {
    uint64_t high, low;
    uint32_t set;
};

struct sweep {
    struct sets *sets;
    struct piece *pieces;
    size_t count, room;
    struct { struct prefix prefix; uint32_t set; } stack[DEPTH_MAX];
    size_t depth;
};

static void emit(struct sweep *w, uint64_t high, uint64_t low, uint32_t set)
{
    void *pieces = w->pieces;
    /* of two pieces that begin at one address the narrower one comes later and counts */
    if (w->count && w->pieces[w->count - 1].high == high && w->pieces[w->count - 1].low == low)
        w->count--;
    else if (!make_room(w->sets, &pieces, w->count + 1, &w->room, sizeof *w->pieces)) return;
    w->pieces = pieces;
    w->pieces[w->count++] = (struct piece){ high, low, set };
}

/* The innermost open network ends; the one around it goes on behind. */
static void close_one(struct sweep *w)
{
    uint64_t high, low;
    struct prefix closed = w->stack[--w->depth].prefix, behind = { 0 };
    if (w->depth == 0 || !address_behind(&closed, &high, &low)) return;
    behind.high = high, behind.low = low;
    if (is_inside(&behind, &w->stack[w->depth - 1].prefix))
        emit(w, high, low, w->stack[w->depth - 1].set);
}

/* Networks i to end - 1 are the same one, in one or more lists. */
static void open_one(struct sweep *w, const struct iplist_builder *b, bool v4, size_t i, size_t end)
{
    struct prefix p = prefix_at(b, v4, i);
    uint16_t lists[IPLISTS_MAX];
    size_t count = 0;
    for (size_t k = i; k < end; k++) {
        uint16_t list = (uint16_t)prefix_at(b, v4, k).list;
        if (count == 0 || lists[count - 1] != list) lists[count++] = list;
    }
    while (w->depth && !is_inside(&p, &w->stack[w->depth - 1].prefix)) close_one(w);
    assert(w->depth < DEPTH_MAX);
    const struct iplist_table *t = w->sets->t;
    const struct set *parent = w->depth ? &t->sets[w->stack[w->depth - 1].set] : NULL;
    uint32_t set = set_below(w->sets, parent ? t->members + parent->at : NULL,
                             parent ? parent->count : 0, lists, count, p.bits);
    if (w->sets->failed) return;
    w->stack[w->depth].prefix = p;
    w->stack[w->depth++].set = set;
    emit(w, p.high, p.low, set);
}

static void sweep(struct sweep *w, const struct iplist_builder *b, bool v4)
{
    size_t count = v4 ? b->v4_count : b->v6_count;
    w->count = w->depth = 0;
    for (size_t i = 0, end; i < count && !w->sets->failed; i = end) {
        struct prefix p = prefix_at(b, v4, i);
        for (end = i + 1; end < count; end++) {
            struct prefix q = prefix_at(b, v4, end);
            if (q.high != p.high || q.low != p.low || q.bits != p.bits) break;
        }
        open_one(w, b, v4, i, end);
    }
    while (w->depth && !w->sets->failed) close_one(w);
}

/* ---- the arrays that stay ------------------------------------------------------------------ */

static bool numbers_create(struct numbers *n, size_t count, bool wide)
{
    if (count == 0) return true;
    if (wide) n->wide = malloc(count * sizeof *n->wide);
    else n->narrow = malloc(count * sizeof *n->narrow);
    return n->wide || n->narrow;
}

static void numbers_put(struct numbers *n, size_t i, uint32_t value)
{
    if (n->wide) n->wide[i] = value;
    else n->narrow[i] = (uint16_t)value;
}

static inline uint32_t number_at(const struct numbers *n, size_t i)
{
    return n->wide ? n->wide[i] : n->narrow[i];
}

static void numbers_free(struct numbers *n)
{
    free(n->wide);
    free(n->narrow);
}

/* The last address of a piece: where its narrowest network ends, or the next piece begins. */
static uint32_t v4_last(const struct iplist_table *t, const struct sweep *w, size_t i)
{
    uint32_t start = (uint32_t)(w->pieces[i].high >> 32);
    unsigned bits = t->sets[w->pieces[i].set].bits_max;
    uint32_t end = bits ? (uint32_t)(start | (~(uint32_t)0 >> (bits - 1) >> 1)) : ~(uint32_t)0;
    if (i + 1 == w->count) return end;
    uint32_t next = (uint32_t)(w->pieces[i + 1].high >> 32);
    return next - 1 < end ? next - 1 : end;
}

static bool keep_v4(struct iplist_table *t, const struct sweep *w, bool wide)
{
    size_t count = 0, n = 0;
    if (w->count == 0) return true;
    for (size_t i = 0; i < w->count; i++)
        count += 1 + (v4_last(t, w, i) >> 16) - (size_t)(w->pieces[i].high >> 48);
    t->first = malloc((BUCKETS + 1) * sizeof *t->first);
    t->v4 = malloc(count * sizeof *t->v4);
    t->v4_count = count;
    if (!t->first || !t->v4 || !numbers_create(&t->v4_set, count, wide)) return false;
    uint32_t bucket = 0; /* the next one without a value in `first` */
    for (size_t i = 0; i < w->count; i++) {
        uint32_t start = (uint32_t)(w->pieces[i].high >> 32), last = v4_last(t, w, i);
        for (uint32_t b = start >> 16; b <= last >> 16; b++) {
            while (bucket <= b) t->first[bucket++] = (uint32_t)n;
            t->v4[n] = b == start >> 16 ? (uint16_t)start : 0;
            numbers_put(&t->v4_set, n++, w->pieces[i].set);
        }
    }
    assert(n == count);
    while (bucket <= BUCKETS) t->first[bucket++] = (uint32_t)n;
    return true;
}

static bool is_deep(const struct iplist_table *t, const struct piece *p)
{
    return t->sets[p->set].bits_max > 64;
}

static bool keep_v6(struct iplist_table *t, const struct sweep *w, bool wide)
{
    size_t deep = 0, high = 0;
    uint64_t last = 0;
    for (size_t i = 0; i < w->count; i++) {
        const struct piece *p = &w->pieces[i];
        if (is_deep(t, p)) deep++;
        else if (high == 0 || p->high != last) high++, last = p->high;
    }
    t->deep = deep ? malloc(deep * sizeof *t->deep) : NULL;
    t->high = high ? malloc(high * sizeof *t->high) : NULL;
    if ((deep && !t->deep) || (high && !t->high) || !numbers_create(&t->deep_set, deep, wide) ||
        !numbers_create(&t->high_set, high, wide))
        return false;
    for (size_t i = 0; i < w->count; i++) {
        const struct piece *p = &w->pieces[i];
        if (is_deep(t, p)) {
            t->deep[t->deep_count] = (struct pair){ p->high, p->low };
            numbers_put(&t->deep_set, t->deep_count++, p->set);
            continue;
        }
        /* Goes on behind a narrow one: it holds this /64 as a whole, and has a piece already when it
         * held an earlier part of it. */
        if (t->high_count && t->high[t->high_count - 1] == p->high) continue;
        t->high[t->high_count] = p->high;
        numbers_put(&t->high_set, t->high_count++, p->set);
    }
    return true;
}

static bool keep_asn(struct iplist_table *t, struct sets *s, const struct iplist_builder *b)
{
    size_t count = b->asn_count;
    uint32_t *set = count ? malloc(count * sizeof *set) : NULL;
    t->asn = count ? malloc(count * sizeof *t->asn) : NULL;
    bool fits = count == 0 || (set && t->asn);
    for (size_t i = 0, end; fits && i < count; i = end) {
        uint16_t lists[IPLISTS_MAX];
        size_t n = 0;
        for (end = i; end < count && b->asn[end] >> 32 == b->asn[i] >> 32; end++) {
            uint16_t list = (uint16_t)b->asn[end];
            if (n == 0 || lists[n - 1] != list) lists[n++] = list;
        }
        t->asn[t->asn_count] = (uint32_t)(b->asn[i] >> 32);
        set[t->asn_count++] = set_below(s, NULL, 0, lists, n, 0);
    }
    fits = fits && numbers_create(&t->asn_set, t->asn_count, true);
    for (size_t i = 0; fits && i < t->asn_count; i++) numbers_put(&t->asn_set, i, set[i]);
    free(set);
    return fits;
}

enum err iplist_table_build(struct iplist_table **out, struct iplist_builder *b)
{
    struct iplist_table *t = calloc(1, sizeof *t);
    struct sets sets = { .t = t };
    struct sweep four = { .sets = &sets }, six = { .sets = &sets };
    bool fits = t && !b->failed;
    *out = NULL;
    if (fits) {
        sort(b);
        sweep(&four, b, true);
        sweep(&six, b, false);
        bool wide = t->sets_count > UINT16_MAX;
        fits = !sets.failed && keep_v4(t, &four, wide) && keep_v6(t, &six, wide) &&
               keep_asn(t, &sets, b) && !sets.failed;
    }
    free(four.pieces);
    free(six.pieces);
    free(sets.slots);
    iplist_builder_free(b);
    if (fits) *out = t;
    else iplist_table_destroy(t);
    return fits ? ERR_OK : ERR_NO_MEMORY;
}

void iplist_table_destroy(struct iplist_table *t)
{
    if (!t) return;
    free(t->sets);
    free(t->members);
    free(t->first);
    free(t->v4);
    free(t->high);
    free(t->deep);
    free(t->asn);
    numbers_free(&t->v4_set);
    numbers_free(&t->high_set);
    numbers_free(&t->deep_set);
    numbers_free(&t->asn_set);
    free(t);
}

size_t iplist_table_bytes(const struct iplist_table *t)
{
    size_t number = t->v4_set.wide || t->high_set.wide || t->deep_set.wide ? 4 : 2;
    return sizeof *t + t->sets_count * sizeof *t->sets + t->members_count * sizeof *t->members +
           (t->first ? (BUCKETS + 1) * sizeof *t->first : 0) +
           t->v4_count * (sizeof *t->v4 + number) + t->high_count * (sizeof *t->high + number) +
           t->deep_count * (sizeof *t->deep + number) + t->asn_count * (sizeof *t->asn + 4);
}

/* ---- looking up ---------------------------------------------------------------------------- */

static size_t put_hits(const struct iplist_table *t, uint32_t number, struct iplist_hit *out)
{
    const struct set *set = &t->sets[number];
    const uint32_t *members = t->members + set->at;
    for (size_t i = 0; i < set->count; i++)
        out[i] = (struct iplist_hit){ (uint16_t)(members[i] >> 8), (uint8_t)members[i] };
    return set->count;
}

static size_t find_v4(const struct iplist_table *t, uint32_t a, struct iplist_hit *out)
{
    if (!t->first) return 0;
    size_t at = t->first[a >> 16], n = t->first[(a >> 16) + 1] - at;
    const uint16_t *pieces = t->v4 + at;
    uint16_t low = (uint16_t)a;
    if (n == 0 || pieces[0] > low) return 0;
    while (n > 1) { /* pieces[0] <= low holds; no branch on data that cannot be foreseen */
        size_t half = n / 2;
        pieces += pieces[half] <= low ? half : 0;
        n -= half;
    }
    uint32_t number = number_at(&t->v4_set, (size_t)(pieces - t->v4));
    unsigned bits = t->sets[number].bits_max;
    unsigned behind = bits < 16 ? 16 : 32 - bits;
    return (unsigned)(*pieces ^ low) >> behind ? 0 : put_hits(t, number, out);
}

static size_t find_deep(const struct iplist_table *t, uint64_t high, uint64_t low,
                        struct iplist_hit *out)
{
    const struct pair *pieces = t->deep;
    size_t n = t->deep_count;
    if (n == 0) return 0;
    while (n > 1) {
        size_t half = n / 2;
        const struct pair *p = &pieces[half];
        if (p->high < high || (p->high == high && p->low <= low)) pieces += half;
        n -= half;
    }
    uint32_t number = number_at(&t->deep_set, (size_t)(pieces - t->deep));
    unsigned bits = t->sets[number].bits_max;
    if (pieces->high != high || pieces->low > low || (pieces->low ^ low) >> (128 - bits)) {
        /* >> 64 cannot be: these have more than 64 bits */
        return 0;
    }
    return put_hits(t, number, out);
}

static size_t find_v6(const struct iplist_table *t, uint64_t high, uint64_t low,
                      struct iplist_hit *out)
{
    size_t hits = find_deep(t, high, low, out), n = t->high_count;
    const uint64_t *pieces = t->high;
    if (hits || n == 0 || pieces[0] > high) return hits;
    while (n > 1) {
        size_t half = n / 2;
        pieces += pieces[half] <= high ? half : 0;
        n -= half;
    }
    uint32_t number = number_at(&t->high_set, (size_t)(pieces - t->high));
    return (*pieces ^ high) & mask64(t->sets[number].bits_max) ? 0 : put_hits(t, number, out);
}

size_t iplist_table_find(const struct iplist_table *t, const struct address *a,
                         struct iplist_hit out[IPLISTS_MAX])
{
    uint64_t low = load64(a->byte + 8);
    return is_v4(a) ? find_v4(t, (uint32_t)low, out) : find_v6(t, load64(a->byte), low, out);
}

size_t iplist_table_find_asn(const struct iplist_table *t, uint32_t asn,
                             struct iplist_hit out[IPLISTS_MAX])
{
    size_t from = 0, to = t->asn_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (t->asn[middle] == asn) return put_hits(t, number_at(&t->asn_set, middle), out);
        if (t->asn[middle] < asn) from = middle + 1;
        else to = middle;
    }
    return 0;
}

/* ---- back into a builder ------------------------------------------------------------------- */

/* How many bits the set's network of that list has; -1 when it has none. */
static int bits_in(const struct iplist_table *t, uint32_t number, unsigned list)
{
    const struct set *set = &t->sets[number];
    for (size_t i = 0; i < set->count; i++)
        if (t->members[set->at + i] >> 8 == list) return (int)(t->members[set->at + i] & 0xff);
    return -1;
}

static void copy_one(struct iplist_builder *b, unsigned list, bool v4, uint64_t high, uint64_t low,
                     int bits)
{
    struct network n = { .bits = (uint8_t)(v4 ? bits + 96 : bits) };
    if (bits < 0) return;
    for (size_t i = 0; i < 8; i++) {
        n.base.byte[7 - i] = (uint8_t)(high >> 8 * i);
        n.base.byte[15 - i] = (uint8_t)(low >> 8 * i);
    }
    iplist_add(b, list, &n);
}

void iplist_table_copy(const struct iplist_table *t, unsigned from, struct iplist_builder *b,
                       unsigned to)
{
    for (size_t bucket = 0; t->first && bucket < BUCKETS; bucket++)
        for (size_t i = t->first[bucket]; i < t->first[bucket + 1]; i++)
            copy_one(b, to, true, 0, 0xffff00000000u | bucket << 16 | t->v4[i],
                     bits_in(t, number_at(&t->v4_set, i), from));
    for (size_t i = 0; i < t->high_count; i++)
        copy_one(b, to, false, t->high[i], 0, bits_in(t, number_at(&t->high_set, i), from));
    for (size_t i = 0; i < t->deep_count; i++)
        copy_one(b, to, false, t->deep[i].high, t->deep[i].low,
                 bits_in(t, number_at(&t->deep_set, i), from));
    for (size_t i = 0; i < t->asn_count; i++)
        if (bits_in(t, number_at(&t->asn_set, i), from) >= 0) iplist_add_asn(b, to, t->asn[i]);
}
