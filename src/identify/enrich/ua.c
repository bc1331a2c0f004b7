/* ua - see ua.h. How one string is read:
 *
 *     1. the cache, by the string's hash;
 *     2. the string's runs of three bytes, as a set of bits;
 *     3. for browser, system and device: the first pattern whose filter finds its runs in that set
 *        and whose regex matches;
 *     4. the pattern's values in Fingerprint's spelling, kept in the cache, copied to the arena.
 *
 * Measured on uap-core 0.18.0 (1,175 patterns): a miss costs 8 us instead of 70 without the filter,
 * a hit 0.2; the slowest of 350,000 strings made to be slow took 1.6 ms. The table takes 4 MB and
 * 18 ms to compile.
 *
 * No string can hold a loop. The string is cut, each match has a limit of steps, and the first
 * pattern that reaches it ends the search: everything is then "Other", because what the later
 * patterns say of such a string is not worth their time.
 *
 * The cache belongs to one thread and one table. It is direct-mapped: a string that hashes to a
 * taken place replaces what was there. Its memory is bounded by the number of places and the
 * length of cached strings: 2.7 MB per thread if an attacker fills it, 0.3 MB with real browsers.
 */
#include "identify/enrich/ua.h"

#include "base/log.h"
#include "base/random.h"
#include "identify/enrich/ua_patterns.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <pthread.h>
#include <stdlib.h>

enum {
    /* Longer strings are cut before they are matched; uap-core's longest has 510. */
    MATCHED_BYTES_MAX = 2 * 1024,
    /* Longer strings are not cached; browsers send 70 to 250 bytes. */
    CACHED_BYTES_MAX = 1024,
    CACHE_PLACES = 1024,
    /* One name or part of a version. Most patterns take at most 200 bytes; more is noise. */
    VALUE_BYTES_MAX = 256,
    /* Steps of one match, as PCRE2 counts them. uap-core's test cases need less than 10,000 with
     * its JIT, less than 100,000 without. */
    MATCH_STEPS_MAX = 100 * 1000,
    /* What the interpreter may allocate where the JIT is not available. */
    MATCH_HEAP_KB_MAX = 1024,
    /* $0 to $9. */
    GROUPS_MAX = 10,
};

/* In the order of struct ua_facts. */
enum fact {
    FACT_BROWSER,
    FACT_MAJOR,
    FACT_VERSION,
    FACT_OS,
    FACT_OS_VERSION,
    FACT_DEVICE,
    FACTS
};

struct ua_table {
    pcre2_code **code[UA_KINDS];
    pcre2_match_context *limits;
    pthread_key_t workspaces;
    bool has_key;
    uint64_t seed; /* so that nobody can choose strings that share a place */
};

/* What was found for one string: `text` holds the string, then the facts. */
struct entry {
    uint64_t hash;
    uint16_t key_n;
    uint16_t fact_n[FACTS];
    char text[];
};

/* What one thread needs for matching. */
struct workspace {
    pcre2_match_data *match;
    struct entry *cache[CACHE_PLACES];
};

struct value {
    size_t n;
    char p[VALUE_BYTES_MAX];
};

struct search {
    const struct ua_table *table;
    struct str text;
    pcre2_match_data *match;
    size_t groups; /* set by the last match; those beyond are left over from earlier ones */
    bool gave_up;  /* a pattern reached the limit */
    uint64_t trigrams[UA_TRIGRAMS / 64];
};

/* ---- table ---- */

static void free_workspace(void *p)
{
    struct workspace *w = p;
    if (!w) return;
    for (size_t i = 0; i < CACHE_PLACES; i++) free(w->cache[i]);
    pcre2_match_data_free(w->match);
    free(w);
}

static pcre2_code *compile(const struct ua_pattern *pattern, bool *has_jit)
{
    int code;
    PCRE2_SIZE at;
    uint32_t options = PCRE2_NEVER_UTF | (pattern->caseless ? PCRE2_CASELESS : 0);
    pcre2_code *re = pcre2_compile((PCRE2_SPTR)pattern->regex, PCRE2_ZERO_TERMINATED, options,
                                   &code, &at, NULL);
    if (!re) {
        PCRE2_UCHAR why[128];
        pcre2_get_error_message(code, why, sizeof why);
        log_error("ua", "pattern refused at %zu: %s: %s", (size_t)at, (char *)why, pattern->regex);
        return NULL;
    }
    if (pcre2_jit_compile(re, PCRE2_JIT_COMPLETE)) *has_jit = false;
    return re;
}

static enum err compile_all(struct ua_table *table)
{
    bool has_jit = true;
    for (size_t kind = 0; kind < UA_KINDS; kind++) {
        const struct ua_pattern_list *list = &ua_patterns[kind];
        table->code[kind] = calloc(list->count, sizeof *table->code[kind]);
        if (!table->code[kind]) return ERR_NO_MEMORY;
        for (size_t i = 0; i < list->count; i++) {
            table->code[kind][i] = compile(&list->rows[i], &has_jit);
            if (!table->code[kind][i]) return ERR_CORRUPT;
        }
    }
    if (!has_jit) log_warn("ua", "no JIT for regular expressions here, user agents take longer");
    return ERR_OK;
}

enum err ua_table_create(struct ua_table **out)
{
    struct ua_table *table = calloc(1, sizeof *table);
    if (!table) return ERR_NO_MEMORY;
    table->seed = random_u64();
    table->limits = pcre2_match_context_create(NULL);
    table->has_key = pthread_key_create(&table->workspaces, free_workspace) == 0;
    enum err e = table->limits && table->has_key ? compile_all(table) : ERR_NO_MEMORY;
    if (e) {
        ua_table_destroy(table);
        return e;
    }
    pcre2_set_match_limit(table->limits, MATCH_STEPS_MAX);
    pcre2_set_heap_limit(table->limits, MATCH_HEAP_KB_MAX);
    *out = table;
    return ERR_OK;
}

void ua_table_destroy(struct ua_table *table)
{
    if (!table) return;
    if (table->has_key) {
        free_workspace(pthread_getspecific(table->workspaces));
        pthread_key_delete(table->workspaces);
    }
    for (size_t kind = 0; kind < UA_KINDS; kind++) {
        if (!table->code[kind]) continue;
        for (size_t i = 0; i < ua_patterns[kind].count; i++) pcre2_code_free(table->code[kind][i]);
        free(table->code[kind]);
    }
    pcre2_match_context_free(table->limits);
    free(table);
}

/* This thread's, made at its first use; NULL without memory. */
static struct workspace *workspace_of(const struct ua_table *table)
{
    struct workspace *w = pthread_getspecific(table->workspaces);
    if (w) return w;
    w = calloc(1, sizeof *w);
    if (!w) return NULL;
    w->match = pcre2_match_data_create(GROUPS_MAX, NULL);
    if (!w->match || pthread_setspecific(table->workspaces, w)) {
        free_workspace(w);
        return NULL;
    }
    return w;
}

/* ---- filter ---- */

static void note_trigrams(struct search *s)
{
    memset(s->trigrams, 0, sizeof s->trigrams);
    if (s->text.n < 3) return;
    const unsigned char *p = (const unsigned char *)s->text.p;
    unsigned a = ua_lower(p[0]), b = ua_lower(p[1]);
    for (size_t i = 2; i < s->text.n; i++) {
        unsigned c = ua_lower(p[i]), t = ua_trigram(a, b, c);
        s->trigrams[t / 64] |= UINT64_C(1) << (t % 64);
        a = b;
        b = c;
    }
}

static bool has_trigrams(const struct search *s, const uint16_t *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(s->trigrams[list[i] / 64] >> (list[i] % 64) & 1)) return false;
    return true;
}

/* Reads the list that ua_patterns.h describes. */
static bool may_match(const struct search *s, const uint16_t *needs)
{
    for (size_t conditions = *needs++; conditions; conditions--) {
        bool holds = false;
        for (size_t alternatives = *needs++; alternatives; alternatives--) {
            size_t n = *needs++;
            holds = holds || has_trigrams(s, needs, n);
            needs += n;
        }
        if (!holds) return false;
    }
    return true;
}

/* ---- search ---- */

/* The first pattern that matches, its groups in s->match; NULL without one. */
static const struct ua_pattern *find(struct search *s, enum ua_kind kind)
{
    const struct ua_pattern_list *list = &ua_patterns[kind];
    for (size_t i = 0; i < list->count && !s->gave_up; i++) {
        if (!may_match(s, list->rows[i].needs)) continue;
        int n = pcre2_match(s->table->code[kind][i], (PCRE2_SPTR)s->text.p, s->text.n, 0, 0,
                            s->match, s->table->limits);
        if (n >= 0) { /* 0: more groups than we have places for, all of them set */
            s->groups = n > 0 ? (size_t)n : GROUPS_MAX;
            return &list->rows[i];
        }
        if (n != PCRE2_ERROR_NOMATCH) s->gave_up = true;
    }
    return NULL;
}

static struct str group(const struct search *s, size_t i)
{
    const PCRE2_SIZE *at = pcre2_get_ovector_pointer(s->match);
    if (i >= s->groups || at[2 * i] == PCRE2_UNSET) return STR("");
    return str_sub(s->text, at[2 * i], at[2 * i + 1]);
}

/* Appends what fits. */
static void append(struct value *v, struct str s)
{
    size_t n = s.n < sizeof v->p - v->n ? s.n : sizeof v->p - v->n;
    if (n) memcpy(v->p + v->n, s.p, n);
    v->n += n;
}

/* Drops the beginning of a character at the end: patterns and limits count bytes. */
static void end_at_character(struct value *v)
{
    size_t tail = 0;
    while (tail < 3 && tail < v->n && ((unsigned char)v->p[v->n - 1 - tail] & 0xC0) == 0x80) tail++;
    if (tail == v->n) return;
    unsigned lead = (unsigned char)v->p[v->n - 1 - tail];
    size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (length > tail + 1) v->n -= tail + 1;
}

static void fill_template(struct value *v, const struct search *s, const char *template)
{
    for (const char *p = template; *p; p++) {
        if (p[0] == '$' && p[1] >= '1' && p[1] <= '9') append(v, group(s, (size_t)(*++p - '0')));
        else append(v, (struct str){ p, 1 });
    }
}

/* The values of one kind: a name ("Other" when nothing matches) and the parts of its version. */
static void read_kind(struct search *s, enum ua_kind kind, struct value values[UA_VALUES_MAX])
{
    const struct ua_pattern *pattern = find(s, kind);
    size_t count = !pattern ? 0 : kind == UA_DEVICE ? 1 : UA_VALUES_MAX;
    for (size_t i = 0; i < UA_VALUES_MAX; i++) {
        struct value *v = &values[i];
        v->n = 0;
        if (i >= count) continue;
        if (pattern->templates[i]) fill_template(v, s, pattern->templates[i]);
        else append(v, group(s, i + 1));
        end_at_character(v);
        struct str trimmed = str_trim((struct str){ v->p, v->n });
        memmove(v->p, trimmed.p, trimmed.n);
        v->n = trimmed.n;
    }
    if (!values[0].n) append(&values[0], STR("Other"));
}

/* "10", "15", "7" as "10.15.7"; ends at the first part that is missing. */
static void join_version(struct value *out, const struct value *parts, size_t count)
{
    out->n = 0;
    for (size_t i = 0; i < count && parts[i].n; i++) {
        if (i) append(out, STR("."));
        append(out, (struct str){ parts[i].p, parts[i].n });
    }
}

static void set_value(struct value *v, struct str s)
{
    v->n = 0;
    append(v, s);
}

static void set_unknown(struct value facts[FACTS])
{
    for (size_t i = 0; i < FACTS; i++) facts[i].n = 0;
    set_value(&facts[FACT_BROWSER], STR("Other"));
    set_value(&facts[FACT_OS], STR("Other"));
    set_value(&facts[FACT_DEVICE], STR("Other"));
}

static void search_all(const struct ua_table *table, struct workspace *w, struct str text,
                       struct value facts[FACTS])
{
    struct search s = { .table = table, .text = text, .match = w->match };
    struct value values[UA_VALUES_MAX];
    note_trigrams(&s);

    read_kind(&s, UA_BROWSER, values);
    facts[FACT_BROWSER] = values[0];
    facts[FACT_MAJOR] = values[1];
    join_version(&facts[FACT_VERSION], values + 1, 3); /* as many as Fingerprint shows */

    read_kind(&s, UA_OS, values);
    facts[FACT_OS] = values[0];
    join_version(&facts[FACT_OS_VERSION], values + 1, 4);

    read_kind(&s, UA_DEVICE, values);
    struct str device = { values[0].p, values[0].n };
    set_value(&facts[FACT_DEVICE], str_eq(device, STR("Mac")) ? STR("Other") : device);

    if (s.gave_up) set_unknown(facts);
}

/* ---- cache ---- */

/* NULL without memory, which only costs the next search. */
static struct entry *make_entry(uint64_t hash, struct str key, const struct value facts[FACTS])
{
    size_t bytes = key.n;
    for (size_t i = 0; i < FACTS; i++) bytes += facts[i].n;
    struct entry *e = malloc(sizeof *e + bytes);
    if (!e) return NULL;
    e->hash = hash;
    e->key_n = (uint16_t)key.n;
    memcpy(e->text, key.p, key.n);
    char *at = e->text + key.n;
    for (size_t i = 0; i < FACTS; i++) {
        e->fact_n[i] = (uint16_t)facts[i].n;
        memcpy(at, facts[i].p, facts[i].n);
        at += facts[i].n;
    }
    return e;
}

static bool is_entry_of(const struct entry *e, uint64_t hash, struct str key)
{
    return e && e->hash == hash && str_eq((struct str){ e->text, e->key_n }, key);
}

/* One copy of all facts into the arena, because another request may replace the entry. */
static void copy_facts(struct arena *arena, const struct entry *e, struct ua_facts *out)
{
    struct str all = { e->text + e->key_n, 0 }, facts[FACTS];
    for (size_t i = 0; i < FACTS; i++) all.n += e->fact_n[i];
    struct str copy = arena_copy(arena, all);
    if (copy.n != all.n) return; /* the arena is full: `out` stays as it was */
    for (size_t i = 0, at = 0; i < FACTS; at += e->fact_n[i++])
        facts[i] = str_sub(copy, at, at + e->fact_n[i]);
    *out = (struct ua_facts){
        .browser = facts[FACT_BROWSER],
        .major = facts[FACT_MAJOR],
        .version = facts[FACT_VERSION],
        .os = facts[FACT_OS],
        .os_version = facts[FACT_OS_VERSION],
        .device = facts[FACT_DEVICE],
    };
}

void ua_parse(struct ua_table *table, struct str user_agent, struct arena *arena,
              struct ua_facts *out)
{
    *out = (struct ua_facts){ STR("Other"), STR(""), STR(""), STR("Other"), STR(""), STR("Other") };
    struct str text = str_sub(user_agent, 0, MATCHED_BYTES_MAX);
    struct workspace *w = text.n ? workspace_of(table) : NULL;
    if (!w) return;

    bool is_cached = text.n <= CACHED_BYTES_MAX;
    uint64_t hash = is_cached ? str_hash(text, table->seed) : 0;
    struct entry **place = &w->cache[hash % CACHE_PLACES];
    if (is_cached && is_entry_of(*place, hash, text)) {
        copy_facts(arena, *place, out);
        return;
    }

    struct value facts[FACTS];
    search_all(table, w, text, facts);
    struct entry *e = make_entry(hash, text, facts);
    if (!e) return;
    copy_facts(arena, e, out);
    if (is_cached) {
        free(*place);
        *place = e;
    } else {
        free(e);
    }
}
