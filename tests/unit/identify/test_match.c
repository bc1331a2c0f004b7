/* Whose visit it is: the whole chain of steps over the memory store. */
#include "store/engine.h"
#include "tests/unit/identify/crowd.h"

static struct world w;

static void begin(void)
{
    world_open(&w);
}

static void end(void)
{
    world_close(&w);
}

static void test_first_visit_then_second(void)
{
    begin();
    struct payload look = laptop();
    int64_t first_ms = w.now_ms;
    struct event a = visit(&w, &look), b = visit(&w, &look), c = visit(&w, &look);
    CHECK(!a.visitor_found && because(&a, REASON_NOBODY_ALIKE) && a.visits_count == 1);
    CHECK(a.first_seen_ms == first_ms && !event_has(&a, EVENT_last_seen_ms));
    CHECK(b.visitor_found && because(&b, REASON_TRAITS_AGREE) && same_visitor(&a, &b));
    CHECK(b.visits_count == 2 && b.first_seen_ms == first_ms && b.last_seen_ms == first_ms);
    CHECK(same_visitor(&a, &c) && c.visits_count == 3 && c.last_seen_ms == first_ms + 1000);
    CHECK(a.match_score > 0 && a.match_score <= 1 && b.match_score > 0 && b.match_score <= 1);
    end();
}

/* One device, and a stranger's look: the token decides. */
static void test_token_beats_traits(void)
{
    begin();
    char token[TOKEN_CHARS];
    struct device other;
    device_make(&other, 5);
    other.look.address = NULL;
    other.look.renderer = laptop().renderer; /* a machine that could be the same */
    struct payload one = laptop();
    struct event a = visit(&w, &one), b = visit(&w, &other.look);
    CHECK(!same_visitor(&a, &b));
    struct event c = visit_with(&w, &other.look, token_made(&w, &a, 1, token));
    CHECK(same_visitor(&a, &c) && because(&c, REASON_TOKEN) && c.visitor_found);
    CHECK(c.match_score > 0.99 && !event_has(&c, EVENT_match_evidence)); /* nobody was compared */
    end();
}

/* The agent's copy in the body counts when the cookie is gone, or is no good. */
static void test_token_in_the_body(void)
{
    begin();
    char token[TOKEN_CHARS], envelope[128];
    struct payload one = laptop(), two = laptop();
    two.canvas = "\"ffff000011112222\"", two.renderer = "\"another\"";
    struct event a = visit(&w, &one);
    struct str text = token_made(&w, &a, 1, token);
    snprintf(envelope, sizeof envelope, "\"token\":\"%.*s\",", STR_ARG(text));
    two.envelope = envelope;
    struct event b = visit(&w, &two);
    CHECK(same_visitor(&a, &b) && because(&b, REASON_TOKEN) &&
          !because(&b, REASON_TOKEN_UNREADABLE));
    struct event c = visit_with(&w, &two, STR("rubbish"));
    CHECK(same_visitor(&a, &c) && because(&c, REASON_TOKEN) &&
          because(&c, REASON_TOKEN_UNREADABLE));
    end();
}

/* Another browser, another system, another machine: the token is not believed, the facts get an id of their
 * own, and the owner of the token stays who it is. */
static void test_token_contradicted(void)
{
    struct payload other[4] = { laptop(), laptop(), laptop(), laptop() };
    other[0].user_agent = CHROME_ANDROID; /* as long a name as Windows: see test_hash_of_short_text */
    other[1].user_agent = SAFARI_IPHONE;
    other[2].renderer = "\"ANGLE (NVIDIA)\"", other[2].cores = "16";
    other[3].renderer = "\"ANGLE (NVIDIA)\"", other[3].width = "2560", other[3].address = "198.51.100.9";
    const uint64_t gpu = 1u << TRAIT_gpu, why[] = {
        (uint64_t)1 << TRAIT_none, (uint64_t)1 << TRAIT_none, gpu | 1u << TRAIT_cpu,
        gpu | 1u << TRAIT_screen | (uint64_t)1 << TRAIT_network,
    };
    for (size_t i = 0; i < COUNT_OF(other); i++) {
        begin();
        char token[TOKEN_CHARS];
        struct payload look = laptop();
        struct event a = visit(&w, &look), b = visit_with(&w, &other[i], token_made(&w, &a, 1, token));
        CHECK(!same_visitor(&a, &b) && because(&b, REASON_TOKEN_CONTRADICTED) && !because(&b, REASON_TOKEN));
        CHECK_INT(b.visits_count, 1);
        CHECK(visitor_id_eq(b.token_visitor, a.visitor) && (uint64_t)b.token_differs == why[i]);
        struct event c = visit_with(&w, &look, token_made(&w, &a, 1, token));
        CHECK(same_visitor(&a, &c) && because(&c, REASON_TOKEN) && c.visits_count == 2);
        CHECK(!event_has(&c, EVENT_token_visitor) && !event_has(&c, EVENT_token_differs));
        CHECK(!because(&c, REASON_TOKEN_CONTRADICTED) && c.last_seen_ms == a.first_seen_ms);
        end();
    }
}

/* A laptop's second graphics card, a dock with its screen, another place: each alone, and what is not known. */
static void test_token_not_contradicted(void)
{
    struct payload later[6] = { laptop(), laptop(), laptop(), laptop(), laptop(), laptop() };
    later[0].renderer = "\"ANGLE (NVIDIA)\"", later[0].canvas = "\"ffff000011112222\"";
    later[1].width = "2560", later[1].height = "1440", later[1].ratio = "1";
    later[2].address = "198.51.100.9";
    later[3].renderer = "\"ANGLE (NVIDIA)\"", later[3].width = "2560"; /* at home */
    later[4].width = "2560", later[4].address = "198.51.100.9";
    later[5].renderer = later[5].vendor = later[5].width = "null", later[5].address = "198.51.100.9";
    for (size_t i = 0; i < COUNT_OF(later); i++) {
        begin();
        char token[TOKEN_CHARS];
        struct payload look = laptop();
        struct event a = visit(&w, &look), b = visit_with(&w, &later[i], token_made(&w, &a, 1, token));
        CHECK(same_visitor(&a, &b) && because(&b, REASON_TOKEN) && !because(&b, REASON_TOKEN_CONTRADICTED));
        end();
    }
}

/* The profile, token and all, on two machines: while they look alike they are one visitor; once graphics, screen
 * and network part, the copy is told apart, and stays so. */
static void test_copied_profile(void)
{
    begin();
    char token[TOKEN_CHARS];
    struct payload look = laptop(), copy = laptop();
    struct event a = visit(&w, &look), b = visit_with(&w, &copy, token_made(&w, &a, 1, token));
    CHECK(same_visitor(&a, &b) && because(&b, REASON_TOKEN) && !because(&b, REASON_TOKEN_CONTRADICTED));
    copy.renderer = "\"ANGLE (AMD)\"", copy.width = "2560", copy.height = "1440", copy.address = "198.51.100.9";
    struct event c = visit_with(&w, &copy, token_made(&w, &a, 1, token));
    CHECK(!same_visitor(&a, &c) && because(&c, REASON_TOKEN_CONTRADICTED));
    struct event d = visit_with(&w, &look, token_made(&w, &a, 1, token));
    CHECK(same_visitor(&a, &d) && because(&d, REASON_TOKEN) && d.visits_count == 3);
    struct event e = visit_with(&w, &copy, token_made(&w, &c, 1, token));
    CHECK(same_visitor(&c, &e) && because(&e, REASON_TOKEN));
    end();
}

/* There and back within a minute: said, and not acted on. A day later it is a person who travelled. */
static void test_token_in_two_places(void)
{
    begin();
    char token[TOKEN_CHARS];
    struct payload here = laptop(), there = laptop();
    there.address = "198.51.100.9";
    struct event a = visit(&w, &here), b = visit_with(&w, &there, token_made(&w, &a, 1, token));
    CHECK(same_visitor(&a, &b) && !because(&b, REASON_TOKEN_TWO_PLACES));
    struct event c = visit_with(&w, &here, token_made(&w, &a, 1, token));
    CHECK(same_visitor(&a, &c) && because(&c, REASON_TOKEN_TWO_PLACES) && because(&c, REASON_TOKEN));
    w.now_ms += DAY_MS;
    struct event d = visit_with(&w, &there, token_made(&w, &a, 1, token));
    CHECK(same_visitor(&a, &d) && !because(&d, REASON_TOKEN_TWO_PLACES));
    end();
}

static void test_tokens_of_nobody(void)
{
    begin();
    char token[TOKEN_CHARS];
    struct payload look = laptop();
    struct event nobody = { .visitor = { 1, 2 } };
    struct event a = visit_with(&w, &look, token_made(&w, &nobody, 1, token));
    CHECK(!a.visitor_found && because(&a, REASON_NOBODY_ALIKE));
    CHECK(!same_visitor(&a, &nobody)); /* a token does not make its visitor */
    struct device other;
    device_make(&other, 9);
    struct event b = visit_with(&w, &other.look, token_made(&w, &a, 2, token)); /* of another workspace */
    CHECK(!same_visitor(&a, &b) && because(&b, REASON_TOKEN_UNREADABLE));
    end();
}

static void test_workspaces_share_nobody(void)
{
    begin();
    struct arena arena;
    struct answered o;
    struct payload look = laptop();
    arena_init(&arena, 1 << 20);
    struct event a = visit(&w, &look);
    struct ask ask = { .body = body_of(&look, &arena),
                       .user_agent = look.user_agent,
                       .workspace = 2 };
    identify_ask(&w, &ask, &o);
    CHECK(o.e == ERR_OK && !o.event.visitor_found && !same_visitor(&a, &o.event));
    outcome_free(&o);
    arena_free(&arena);
    end();
}

/* What can be read again afterwards is what was answered. */
static void test_stored_event(void)
{
    begin();
    struct arena arena;
    struct event back;
    struct str steady;
    struct payload look = laptop();
    arena_init(&arena, 1 << 20);
    look.envelope =
        "\"linkedId\":\"user-1\",\"tag\":{\"a\":[1]},\"referrer\":\"https://r.example/\",";
    struct event a = visit(&w, &look);
    CHECK_INT(store_find_event(w.store, 1, a.id, &arena, &back), ERR_OK);
    CHECK(event_same_fields(&back, &a) && visitor_id_eq(back.visitor, a.visitor));
    CHECK_STR(back.linked_id, STR("user-1"));
    CHECK_STR(back.tag, STR("{\"a\":[1]}"));
    CHECK_STR(back.url, STR("https://shop.example/"));
    CHECK_STR(back.ip, STR("203.0.113.7"));
    CHECK_STR(back.os, STR("Windows"));
    CHECK_INT(
        store_find_snapshot(w.store, 1, back.visitor, (uint32_t)back.snapshot, &arena, &steady),
        ERR_OK);
    CHECK(steady.n > 500 && str_has(steady, STR("ANGLE (Intel, Iris Xe)")));
    CHECK_INT(store_find_event(w.store, 2, a.id, &arena, &back), ERR_NOT_FOUND);
    arena_free(&arena);
    end();
}

/* An engine whose n-th read fails. */
struct failing {
    struct engine engine, *below;
    int reads, fails_at;
};

static bool fails(struct failing *f)
{
    return ++f->reads == f->fails_at;
}

static enum err failing_get(struct engine *e, enum table table, struct str key, struct arena *arena,
                            struct str *value)
{
    struct failing *f = (struct failing *)e;
    return fails(f) ? ERR_IO : f->below->get(f->below, table, key, arena, value);
}

static enum err failing_scan(struct engine *e, enum table table, const struct range *range,
                             engine_visit *visitor, void *context)
{
    struct failing *f = (struct failing *)e;
    return fails(f) ? ERR_IO : f->below->scan(f->below, table, range, visitor, context);
}

static enum err failing_write(struct engine *e, const struct batch *batch)
{
    struct failing *f = (struct failing *)e;
    return f->below->write(f->below, batch);
}

static enum err failing_revive(struct engine *e)
{
    return ((struct failing *)e)->below->revive(((struct failing *)e)->below);
}

static enum err failing_flush(struct engine *e)
{
    return ((struct failing *)e)->below->flush(((struct failing *)e)->below);
}

static enum err failing_purge(struct engine *e, enum table table, struct str first, struct str last)
{
    struct failing *f = (struct failing *)e;
    return f->below->purge(f->below, table, first, last);
}

static void failing_close(struct engine *e)
{
    ((struct failing *)e)->below->close(((struct failing *)e)->below);
}

/* One visit, then one of the same visitor during which a read fails. *reads is how many there were.
 * */
static enum err visit_with_failing_read(int fails_at, bool with_token, int *reads)
{
    static struct failing engine;
    struct payload look = laptop(), later = laptop();
    char token[TOKEN_CHARS];
    struct arena arena;
    struct answered o;
    arena_init(&arena, 1 << 20);
    begin();
    linkage_close(w.linkage);
    store_close(w.store);
    engine = (struct failing){ .engine = { failing_get, failing_scan, failing_write, failing_revive,
                                           failing_flush, failing_purge, failing_close } };
    REQUIRE(engine_open_memory(&engine.below) == ERR_OK &&
            store_open_engine(&w.store, &engine.engine) == ERR_OK);
    REQUIRE(linkage_open(&w.linkage, w.store) == ERR_OK);
    w.shared.store = w.store, w.shared.linkage = w.linkage;
    struct event first = visit(&w, &look);
    later.math = "\"ffff000011112222\""; /* another snapshot; found by its traits */
    if (with_token) later.fonts = "[\"x\"]", later.zone = "\"Asia/Tokyo\""; /* or by its token only */
    struct ask ask = { .body = body_of(&later, &arena), .user_agent = later.user_agent };
    if (with_token) ask.cookie_token = token_made(&w, &first, 1, token);
    engine.reads = 0, engine.fails_at = fails_at;
    identify_ask(&w, &ask, &o);
    if (o.e == ERR_OK) CHECK(same_visitor(&first, &o.event) && o.event.visits_count == 2);
    enum err e = o.e;
    *reads = engine.reads;
    outcome_free(&o);
    struct event again = visit(&w, &look);
    CHECK(same_visitor(&first, &again) && again.visits_count == (e ? 2 : 3));
    end();
    arena_free(&arena);
    return e;
}

/* Regression: a visitor that could not be read was answered as a new one. */
static void test_a_read_fails(void)
{
    for (int with_token = 0; with_token < 2; with_token++) {
        int reads, failures = 0;
        CHECK_INT(visit_with_failing_read(0, with_token, &reads), ERR_OK);
        CHECK(reads >= 2);
        for (int n = reads; n > 0; n--) {
            int unused;
            enum err e = visit_with_failing_read(n, with_token, &unused);
            CHECK(e == ERR_OK || e == ERR_IO); /* without its base a snapshot is stored whole */
            failures += e == ERR_IO;
        }
        CHECK(failures >= 1);
    }
}

struct twin {
    pthread_t thread;
    struct payload look;
    struct event event;
    pthread_barrier_t *start;
};

static void *arrive(void *argument)
{
    struct twin *t = argument;
    struct arena arena;
    struct answered o;
    arena_init(&arena, 1 << 20);
    struct ask ask = { .body = body_of(&t->look, &arena), .user_agent = t->look.user_agent,
                       .address = t->look.address };
    pthread_barrier_wait(t->start);
    identify_ask(&w, &ask, &o);
    if (o.e == ERR_OK) t->event = o.event;
    outcome_free(&o);
    arena_free(&arena);
    return NULL;
}

/* One new device whose page asks several times at once is one visitor. */
static void test_at_the_same_moment(void)
{
    begin();
    for (int round = 0; round < 40; round++) {
        enum { TWINS = 4 };
        struct twin twins[TWINS];
        pthread_barrier_t start;
        struct device device;
        pthread_barrier_init(&start, NULL, TWINS);
        device_make(&device, (unsigned)round);
        int64_t counts = 0, newcomers = 0;
        for (size_t i = 0; i < TWINS; i++) {
            twins[i] = (struct twin){ .look = device.look, .start = &start };
            pthread_create(&twins[i].thread, NULL, arrive, &twins[i]);
        }
        for (size_t i = 0; i < TWINS; i++) {
            pthread_join(twins[i].thread, NULL);
            counts += twins[i].event.visits_count;
            newcomers += because(&twins[i].event, REASON_NOBODY_ALIKE);
            CHECK(same_visitor(&twins[0].event, &twins[i].event));
        }
        CHECK_INT(counts, TWINS * (TWINS + 1) / 2); /* 1 + 2 + 3 + 4: nobody was counted twice */
        CHECK_INT(newcomers, 1);
        pthread_barrier_destroy(&start);
    }
    end();
}

int main(void)
{
    RUN(test_first_visit_then_second);
    RUN(test_token_beats_traits);
    RUN(test_token_in_the_body);
    RUN(test_token_contradicted);
    RUN(test_token_not_contradicted);
    RUN(test_copied_profile);
    RUN(test_token_in_two_places);
    RUN(test_tokens_of_nobody);
    RUN(test_workspaces_share_nobody);
    RUN(test_stored_event);
    RUN(test_a_read_fails);
    RUN(test_at_the_same_moment);
    return test_end();
}
