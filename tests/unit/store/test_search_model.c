/* Random operations against the store and against a plain list: identify (also out of order), update,
 * search with random filters, paging while others arrive, delete, seal, open again. What search finds
 * must be what a loop over the list finds, event by event.
 *
 *     test_search_model [steps [seed [seeds]]]        10,000 steps of seed 1 on each engine */
#include "base/clock.h"
#include "store/engine.h"
#include "tests/unit/store/directory.h"
#include "tests/unit/store/rig.h"

enum { VISITORS = 40, TEXTS = 6, EVENTS_MAX = 1 << 20 };
static const int64_t t0_ms = 1700000000000;

/* What the list knows of an event. Numbers below zero: absent. */
struct known {
    struct event_id id;
    int visitor, workspace, environment, linked, vpn, bot, confidence, suspect, score, url, category,
        edge, ip, asn, high_recall;
    struct visitor_id high_recall_id;
    bool gone;
};

static struct known *list;
static size_t list_count;
static struct visitor_id visitor_ids[VISITORS];
static bool visitor_lives[VISITORS];
static uint64_t state;
static size_t checked_searches, found_events;

static uint32_t draw(uint32_t below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((state >> 33) % below);
}

static int maybe(uint32_t below) /* -1: absent */
{
    return (int)draw(below + 1) - 1;
}

static const char *const links[TEXTS] = { "user-1", "user-2", "Bj\xc3\xb6rn", "order 7", "x", "" };
static const char *const urls[TEXTS] = { "https://a.example/", "https://a.example/?q=1", "b", "c", "d", "e" };
static const char *const confidences[] = { "low", "medium", "high" };
static const char *const categories[] = { "ai_agent", "search_engine_crawler", "unknown" };
static const char *const addresses[] = { "10.0.0.1", "10.0.0.200", "10.0.1.7", "192.168.3.4", "0.0.0.1",
                                         "2001:db8::1", "2001:db8:0:1::5", "2001:db8:ffff::1", "::1" };
static const struct {
    const char *text;
    unsigned fits; /* bit per address */
} networks[] = {
    { "10.0.0.1/32", 0x01 }, { "10.0.0.0/24", 0x03 }, { "10.0.0.0/23", 0x07 }, { "0.0.0.0/0", 0x1f },
    { "192.0.0.0/8", 0x08 }, { "0.0.0.1/32", 0x10 },  { "2001:db8::/32", 0xe0 }, { "2001:db8::/64", 0x20 },
    { "2001:db8:0:1::/64", 0x40 }, { "2001:db8:8000::/33", 0x80 }, { "::/0", 0x1e0 }, { "::1/128", 0x100 },
    { "172.16.0.0/12", 0 },
};

#define SET(ev, member, value) (event_set((ev), EVENT_##member), (ev)->member = (value))

static void fill(struct event *ev, const struct known *k)
{
    if (k->environment >= 0) SET(ev, environment, k->environment);
    if (k->linked >= 0) SET(ev, linked_id, str_of(links[k->linked]));
    if (k->vpn >= 0) SET(ev, vpn, k->vpn == 1);
    if (k->bot >= 0) SET(ev, bot, k->bot);
    if (k->confidence >= 0) SET(ev, vpn_confidence, str_of(confidences[k->confidence]));
    if (k->suspect >= 0) SET(ev, suspect, k->suspect == 1);
    if (k->score >= 0) SET(ev, suspect_score, k->score);
    SET(ev, url, str_of(urls[k->url]));
    if (k->category >= 0) SET(ev, bot_category, str_of(categories[k->category]));
    if (k->edge >= 0) SET(ev, edge, k->edge == 1);
    if (k->ip >= 0) SET(ev, ip, str_of(addresses[k->ip]));
    if (k->asn >= 0) SET(ev, asn, k->asn);
    if (k->high_recall >= 0) SET(ev, high_recall, k->high_recall_id);
}

static void identify(struct store *st)
{
    static int64_t clock_ms = t0_ms;
    struct ticket t;
    struct visit *visit;
    int who = (int)draw(VISITORS);
    clock_ms += draw(50);
    int64_t now_ms = draw(10) ? clock_ms : clock_ms - draw(100000); /* times may be out of order */
    bool newcomer = !visitor_lives[who];
    if (newcomer) visitor_ids[who] = visitor_id_new(t0_ms);
    struct known k = { .id = event_id_new(now_ms), .visitor = who, .workspace = 1,
                       .environment = maybe(3), .linked = draw(3) ? -1 : (int)draw(TEXTS),
                       .vpn = maybe(2), .bot = maybe(3), .confidence = maybe(3),
                       .suspect = draw(20) ? -1 : (int)draw(2), .score = maybe(30),
                       .url = (int)draw(TEXTS), .category = draw(50) ? -1 : (int)draw(3),
                       .edge = draw(9) ? -1 : (int)draw(2), .ip = maybe(COUNT_OF(addresses)),
                       .asn = maybe(4), .high_recall = maybe(VISITORS) };
    if (k.high_recall >= 0) k.high_recall_id = visitor_ids[k.high_recall];
    struct claim claim = claim_of(visitor_ids[who], newcomer, now_ms);
    ticket_init(&t);
    REQUIRE(store_enter(st, &claim, &visit) == ERR_OK);
    ticket_fill(&t, visit, 1, k.id, STR(""));
    fill(&t.event, &k);
    REQUIRE(store_save(st, &t.save) == ERR_OK);
    REQUIRE(ticket_await(&t) == ERR_OK);
    ticket_free(&t);
    visitor_lives[who] = true;
    REQUIRE(list_count < EVENTS_MAX);
    list[list_count++] = k;
}

/* ---- updates and deletions ------------------------------------------------------------------ */

struct waiting {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool finished;
    enum err result;
};

static void updated(struct update *u, enum err result)
{
    struct waiting *w = u->context;
    pthread_mutex_lock(&w->lock);
    w->finished = true;
    w->result = result;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
}

static enum err do_update(struct store *st, struct update *u)
{
    struct waiting w = { .finished = false };
    pthread_mutex_init(&w.lock, NULL);
    pthread_cond_init(&w.wake, NULL);
    u->done = updated;
    u->context = &w;
    enum err e = store_start_update(st, u);
    pthread_mutex_lock(&w.lock);
    while (!e && !w.finished) pthread_cond_wait(&w.wake, &w.lock);
    pthread_mutex_unlock(&w.lock);
    return e ? e : w.result;
}

static void update(struct store *st)
{
    struct arena arena;
    if (!list_count) return;
    struct known *k = &list[draw(2) ? draw((uint32_t)list_count)
                                    : list_count - 1 - draw(list_count < 20 ? (uint32_t)list_count : 20)];
    struct update u = { .workspace = 1, .id = k->id, .arena = &arena };
    int linked = maybe(TEXTS), suspect = maybe(2);
    arena_init(&arena, 1 << 20);
    if (linked >= 0) SET(&u.values, linked_id, str_of(links[linked]));
    if (suspect >= 0) SET(&u.values, suspect, suspect == 1);
    CHECK_INT(do_update(st, &u), k->gone ? ERR_NOT_FOUND : ERR_OK);
    if (linked >= 0) k->linked = linked;
    if (suspect >= 0) k->suspect = suspect;
    arena_free(&arena);
}

static void delete(struct store *st)
{
    int who = (int)draw(VISITORS);
    CHECK_INT(delete_visitor(st, 1, visitor_ids[who]), visitor_lives[who] ? ERR_OK : ERR_NOT_FOUND);
    for (size_t i = 0; i < list_count; i++)
        if (list[i].visitor == who) list[i].gone = true; /* of its earlier lives, too */
    visitor_lives[who] = false;
    if (!draw(3)) CHECK_INT(store_finish_deletions(st), ERR_OK);
}

/* ---- searching ------------------------------------------------------------------------------ */

/* A question twice: as the store's filters, and as numbers. -1: not asked. */
struct question {
    struct search search;
    int visitor, environment, linked, vpn, bot, confidence, suspect, url, category, category2, edge,
        network, asn, high_recall;
    double above;
};

static void ask(struct question *q, enum facet facet, uint32_t code)
{
    filter_add_code(filters_add(&q->search.filters, facet), code);
}

static void ask_text(struct question *q, enum facet facet, const char *text)
{
    struct filter *f = filters_add(&q->search.filters, facet);
    f->texts[f->count] = str_of(text);
    filter_add_code(f, facet_text_code(str_of(text)));
}

static void ask_visitor(struct question *q, enum facet facet, struct visitor_id id)
{
    struct filter *f = filters_add(&q->search.filters, facet);
    f->visitor = id;
    filter_add_code(f, facet_visitor_code(id));
}

static int sometimes(uint32_t below)
{
    return draw(7) ? -1 : (int)draw(below);
}

static struct question draw_question(void)
{
    struct question q = { .visitor = sometimes(VISITORS), .environment = sometimes(3), .linked = sometimes(TEXTS),
                          .vpn = sometimes(2), .bot = sometimes(3), .confidence = sometimes(3),
                          .suspect = sometimes(2), .url = sometimes(TEXTS), .category = sometimes(3),
                          .category2 = (int)draw(3), .edge = sometimes(2),
                          .network = sometimes(COUNT_OF(networks)), .asn = sometimes(4),
                          .high_recall = sometimes(VISITORS), .above = draw(8) ? -1 : draw(40) + 0.5 };
    struct search *s = &q.search;
    *s = (struct search){ .workspace = 1, .low = { 0, 0 }, .high = EVENT_ID_LAST, .reverse = draw(2),
                          .limit = 1 + draw(30), .hits_max = draw(3) ? 0 : 1 + draw(200),
                          .until_mono_ms = INT64_MAX };
    if (!draw(3) && list_count) s->low = list[draw((uint32_t)list_count)].id;
    if (!draw(3) && list_count) s->high = list[draw((uint32_t)list_count)].id;
    if (q.visitor >= 0) ask_visitor(&q, FACET_visitor, visitor_ids[q.visitor]);
    if (q.high_recall >= 0) ask_visitor(&q, FACET_high_recall, visitor_ids[q.high_recall]);
    if (q.environment >= 0) ask(&q, FACET_environment, (uint32_t)q.environment + 1);
    if (q.linked >= 0) ask_text(&q, FACET_linked_id, links[q.linked]);
    if (q.vpn >= 0) ask(&q, FACET_vpn, (uint32_t)q.vpn + 1);
    if (q.bot >= 0) ask(&q, FACET_bot, (uint32_t)q.bot + 1);
    if (q.confidence >= 0) ask(&q, FACET_vpn_confidence, (uint32_t)q.confidence + 1);
    if (q.suspect >= 0) ask(&q, FACET_suspect, (uint32_t)q.suspect + 1);
    if (q.url >= 0) ask_text(&q, FACET_url, urls[q.url]);
    if (q.edge >= 0) ask(&q, FACET_source, (uint32_t)q.edge + 1);
    if (q.asn >= 0) ask(&q, FACET_asn, (uint32_t)q.asn + 1);
    if (q.network >= 0) CHECK(filters_add_network(&s->filters, str_of(networks[q.network].text), false));
    if (q.above >= 0) filters_add(&s->filters, FACET_suspect_score)->above = q.above;
    if (q.category >= 0) {
        static const uint32_t code[] = { 3, 14, 16 }; /* 1 + position in the published list */
        ask(&q, FACET_bot_category, code[q.category]);
        filter_add_code(&s->filters.list[s->filters.count - 1], code[q.category2]);
    }
    return q;
}

static bool fits(const struct question *q, const struct known *k)
{
    if (k->gone) return false;
    if (k->id.time_ms < q->search.low.time_ms || k->id.time_ms > q->search.high.time_ms) return false;
    if (k->id.time_ms == q->search.low.time_ms && k->id.random < q->search.low.random) return false;
    if (k->id.time_ms == q->search.high.time_ms && k->id.random > q->search.high.random) return false;
    if (q->visitor >= 0 && k->visitor != q->visitor) return false;
    if (q->high_recall >= 0 &&
        (k->high_recall < 0 || !visitor_id_eq(k->high_recall_id, visitor_ids[q->high_recall])))
        return false;
    if (q->environment >= 0 && k->environment != q->environment) return false;
    if (q->linked >= 0 && k->linked != q->linked) return false;
    if (q->vpn >= 0 && k->vpn != q->vpn) return false;
    if (q->bot >= 0 && k->bot != q->bot) return false;
    if (q->confidence >= 0 && k->confidence != q->confidence) return false;
    if (q->suspect >= 0 && k->suspect != q->suspect) return false;
    if (q->url >= 0 && k->url != q->url) return false;
    if (q->edge >= 0 && (k->edge == 1) != (q->edge == 1)) return false;
    if (q->asn >= 0 && k->asn != q->asn) return false;
    if (q->network >= 0 && (k->ip < 0 || !(networks[q->network].fits >> k->ip & 1))) return false;
    if (q->above >= 0 && !(k->score >= 0 && k->score > q->above)) return false;
    return q->category < 0 || (k->category >= 0 && (k->category == q->category || k->category == q->category2));
}

static bool sign_reverse;

static int by_id(const void *a, const void *b)
{
    const struct event_id x = *(const struct event_id *)a, y = *(const struct event_id *)b;
    int order = x.time_ms != y.time_ms ? (x.time_ms > y.time_ms) - (x.time_ms < y.time_ms)
                                       : (x.random > y.random) - (x.random < y.random);
    return sign_reverse ? order : -order;
}

/* All pages, with events arriving in between that must not disturb: newer ones when newest first. */
static void search(struct store *st)
{
    static struct event_id want[EVENTS_MAX];
    struct question q = draw_question();
    size_t count = 0, at = 0;
    for (size_t i = 0; i < list_count; i++)
        if (fits(&q, &list[i])) want[count++] = list[i].id;
    sign_reverse = q.search.reverse;
    qsort(want, count, sizeof *want, by_id);
    size_t hits = count < q.search.hits_max ? count : q.search.hits_max;
    struct search_result r;
    do {
        struct arena arena;
        arena_init(&arena, 64 << 20);
        REQUIRE(store_search(st, &q.search, &arena, &r) == ERR_OK);
        CHECK_INT(r.hits, hits);
        REQUIRE(r.count <= count - at);
        for (size_t i = 0; i < r.count; i++, at++)
            CHECK(r.events[i].id.time_ms == want[at].time_ms && r.events[i].id.random == want[at].random);
        CHECK(r.more == (at < count));
        CHECK(r.count == q.search.limit || !r.more);
        arena_free(&arena);
        if (!at || test_failed_checks) break;
        q.search.has_cursor = true;
        q.search.cursor = want[at - 1];
    } while (r.more && at < 200);
    checked_searches++;
    found_events += count;
}

/* ---- running -------------------------------------------------------------------------------- */

static bool on_disk;
static size_t steps = 10000;
static uint64_t seed = 1, seeds = 1;

static struct store *open_store(void)
{
    struct engine *engine;
    struct store *st;
    REQUIRE((on_disk ? engine_open_rocksdb(&engine, directory) : engine_open_memory(&engine)) == ERR_OK);
    REQUIRE(store_open_engine(&st, engine) == ERR_OK);
    return st;
}

static void run_model(void)
{
    for (uint64_t s = seed; s < seed + seeds && !test_failed_checks; s++) {
        if (on_disk) directory_remove();
        struct store *st = open_store();
        list_count = 0;
        checked_searches = found_events = 0;
        memset(visitor_lives, 0, sizeof visitor_lives);
        for (size_t i = 0; i < VISITORS; i++) visitor_ids[i] = visitor_id_new(t0_ms);
        state = s;
        for (size_t i = 0; i < steps && !test_failed_checks; i++) {
            uint32_t what = draw(1000);
            if (what < 550) identify(st);
            else if (what < 700) update(st);
            else if (what < 990) search(st);
            else if (what < 995) CHECK_INT(store_seal(st), ERR_OK);
            else if (what < 998) delete(st);
            else if (on_disk) store_close(st), st = open_store();
            if (test_failed_checks) printf("# seed %llu, step %zu\n", (unsigned long long)s, i);
        }
        store_close(st);
        printf("# seed %llu: %zu events, %zu searches found %zu\n", (unsigned long long)s, list_count,
               checked_searches, found_events);
    }
}

static void test_model_in_memory(void)
{
    on_disk = false;
    run_model();
}

static void test_model_on_disk(void)
{
    on_disk = true;
    run_model();
}

int main(int argc, char **argv)
{
    if (argc > 1) steps = strtoul(argv[1], NULL, 10);
    if (argc > 2) seed = strtoull(argv[2], NULL, 10);
    if (argc > 3) seeds = strtoull(argv[3], NULL, 10);
    list = malloc(EVENTS_MAX * sizeof *list);
    REQUIRE(list);
    directory_choose();
    RUN(test_model_in_memory);
    RUN(test_model_on_disk);
    free(list);
    return test_end();
}
