/* Whose visit it is: the whole chain of steps over the memory store. */
#include "store/engine.h"
#include "tests/unit/identify/fixture.h"

static struct world w;

static bool same_visitor(const struct event *a, const struct event *b)
{
    return visitor_id_eq(a->visitor, b->visitor);
}

static bool because(const struct event *ev, enum reason reason)
{
    return codes_have(&ev->match_reasons, reason);
}

static struct str token_of(const struct event *ev, uint32_t workspace, char out[TOKEN_CHARS])
{
    token_make(out, &w.token_keys, workspace, ev->visitor, w.now_ms);
    return (struct str){ out, TOKEN_CHARS };
}

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
    struct look look = laptop();
    int64_t first_ms = w.now_ms;
    struct event a = visit(&w, &look), b = visit(&w, &look), c = visit(&w, &look);
    CHECK(!a.visitor_found && because(&a, REASON_NOBODY_ALIKE) && a.visits_count == 1);
    CHECK(a.first_seen_ms == first_ms && !event_has(&a, EVENT_last_seen_ms));
    CHECK(b.visitor_found && because(&b, REASON_LOOK_SAME) && same_visitor(&a, &b));
    CHECK(b.visits_count == 2 && b.first_seen_ms == first_ms && b.last_seen_ms == first_ms);
    CHECK(same_visitor(&a, &c) && c.visits_count == 3 && c.last_seen_ms == first_ms + 1000);
    CHECK(a.match_score > 0 && a.match_score <= 1 && b.match_score > 0 && b.match_score <= 1);
    end();
}

static void test_token_beats_look(void)
{
    begin();
    char token[TOKEN_CHARS];
    struct look one = laptop(), two = laptop();
    two.canvas = "\"ffff000011112222\"", two.cores = "16";
    struct event a = visit(&w, &one), b = visit(&w, &two);
    CHECK(!same_visitor(&a, &b));
    struct event c = visit_with(&w, &two, token_of(&a, 1, token));
    CHECK(same_visitor(&a, &c) && because(&c, REASON_TOKEN) && c.visitor_found);
    end();
}

/* The agent's copy in the body counts when the cookie is gone, or is no good. */
static void test_token_in_the_body(void)
{
    begin();
    char token[TOKEN_CHARS], envelope[128];
    struct look one = laptop(), two = laptop();
    two.canvas = "\"ffff000011112222\"", two.renderer = "\"another\"";
    struct event a = visit(&w, &one);
    struct str text = token_of(&a, 1, token);
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

static void test_token_of_another_machine(void)
{
    begin();
    char token[TOKEN_CHARS];
    struct look windows = laptop(), android = laptop(), other_gpu = laptop();
    android.user_agent =
        CHROME_ANDROID; /* as long a name as Windows: see test_hash_of_short_text */
    other_gpu.vendor = "\"Google Inc. (NVIDIA)\"", other_gpu.canvas = "\"ffff000011112222\"";
    struct event a = visit(&w, &windows);
    struct event b = visit_with(&w, &android, token_of(&a, 1, token));
    CHECK(!same_visitor(&a, &b) && because(&b, REASON_TOKEN_CONTRADICTED) &&
          !because(&b, REASON_TOKEN));
    struct event c = visit_with(&w, &other_gpu, token_of(&a, 1, token));
    CHECK(!same_visitor(&a, &c) && because(&c, REASON_TOKEN_CONTRADICTED));
    other_gpu.vendor = "null"; /* unknown is no contradiction */
    struct event d = visit_with(&w, &other_gpu, token_of(&a, 1, token));
    CHECK(same_visitor(&a, &d) && because(&d, REASON_TOKEN));
    end();
}

static void test_tokens_of_nobody(void)
{
    begin();
    char token[TOKEN_CHARS];
    struct look look = laptop();
    struct event nobody = { .visitor = { 1, 2 } };
    struct event a = visit_with(&w, &look, token_of(&nobody, 1, token));
    CHECK(!a.visitor_found && because(&a, REASON_NOBODY_ALIKE));
    CHECK(!same_visitor(&a, &nobody)); /* a token does not make its visitor */
    look.canvas = "\"ffff000011112222\"", look.cores = "4";
    struct event b = visit_with(&w, &look, token_of(&a, 2, token)); /* of another workspace */
    CHECK(!same_visitor(&a, &b) && because(&b, REASON_TOKEN_UNREADABLE));
    end();
}

/* Two machines from one box, told apart by their tokens; a third, or one of them without, is not
 * guessed. */
static void test_two_alike(void)
{
    begin();
    struct look look = laptop(), other = laptop();
    char token[TOKEN_CHARS];
    other.vendor = "\"x\""; /* so that the second is not joined to the first */
    struct event a = visit(&w, &look), b = visit(&w, &other);
    CHECK(!same_visitor(&a, &b));
    other.vendor = "null";
    b = visit_with(&w, &other, token_of(&b, 1, token));
    look.vendor = "null";
    a = visit_with(&w, &look, token_of(&a, 1, token));
    CHECK(!same_visitor(&a, &b) && because(&a, REASON_TOKEN) && because(&b, REASON_TOKEN));
    struct event c = visit(&w, &look);
    CHECK(because(&c, REASON_TOO_MANY_ALIKE) && !c.visitor_found);
    CHECK(!same_visitor(&c, &a) && !same_visitor(&c, &b) && c.visits_count == 1);
    struct event d = visit_with(&w, &look, token_of(&c, 1, token));
    CHECK(same_visitor(&c, &d) && because(&d, REASON_TOKEN));
    end();
}

static void test_browser_update(void)
{
    begin();
    struct look look = laptop();
    struct event a = visit(&w, &look);
    look.user_agent = CHROME_WINDOWS("157");
    look.canvas = "\"ffff000011112222\"", look.audio = "\"ffff111111112222\"",
    look.svg = "\"9999000011112222\"";
    struct event b = visit(&w, &look), c = visit(&w, &look);
    CHECK(same_visitor(&a, &b) && because(&b, REASON_HARDWARE_SAME) && b.visitor_found);
    CHECK(same_visitor(&a, &c) && because(&c, REASON_LOOK_SAME)); /* the new look is known now */
    end();
}

static void test_another_device_is_another_visitor(void)
{
    begin();
    struct look look = laptop();
    struct event a = visit(&w, &look);
    const struct { size_t at; const char *value; } changes[] = {
        { offsetof(struct look, renderer), "\"ANGLE (NVIDIA)\"" },
        { offsetof(struct look, fonts), "[\"Arial\"]" },
        { offsetof(struct look, cores), "4" },
        { offsetof(struct look, width), "2560" },
        { offsetof(struct look, zone), "\"Asia/Tokyo\"" },
        { offsetof(struct look, platform), "\"MacIntel\"" },
        { offsetof(struct look, params), "{\"MAX_TEXTURE_SIZE\":8192}" },
        { offsetof(struct look, user_agent), SAFARI_IPHONE },
        { offsetof(struct look, gamut), "\"p3\"" },
        { offsetof(struct look, depth), "30" },
    };
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        struct look other = laptop();
        *(const char **)((char *)&other + changes[i].at) = changes[i].value;
        struct event b = visit(&w, &other);
        CHECK(!same_visitor(&a, &b) && !b.visitor_found);
    }
    struct event again = visit(&w, &look);
    CHECK(same_visitor(&a, &again));
    end();
}

static void test_turned_screen(void)
{
    begin();
    struct look look = laptop();
    look.user_agent = SAFARI_IPHONE;
    struct event a = visit(&w, &look);
    look.width = "1080", look.height = "1920";
    struct event b = visit(&w, &look);
    CHECK(same_visitor(&a, &b) && because(&b, REASON_LOOK_SAME));
    end();
}

/* A canvas that changes with every visit says nothing: it is absent, not different. */
static void test_farbled_canvas(void)
{
    begin();
    struct look look = laptop();
    look.farbled = "true";
    struct event a = visit(&w, &look);
    look.canvas = "\"1234123412341234\"";
    struct event b = visit(&w, &look);
    CHECK(same_visitor(&a, &b) && because(&b, REASON_LOOK_SAME));
    end();
}

static void test_too_few_signals(void)
{
    begin();
    struct look look = laptop();
    look.canvas = look.renderer = look.fonts = look.width = "null";
    struct event a = visit(&w, &look), b = visit(&w, &look);
    CHECK(because(&a, REASON_TOO_LITTLE_KNOWN) && because(&b, REASON_TOO_LITTLE_KNOWN));
    CHECK(!same_visitor(&a, &b) && !b.visitor_found);
    look.width = "1920"; /* one telling signal, which thousands share */
    a = visit(&w, &look), b = visit(&w, &look);
    CHECK(because(&a, REASON_TOO_LITTLE_KNOWN) && !same_visitor(&a, &b));
    /* Regression: a list of nothing counted as telling. */
    look.fonts = "[]";
    a = visit(&w, &look), b = visit(&w, &look);
    CHECK(because(&a, REASON_TOO_LITTLE_KNOWN) && !same_visitor(&a, &b));
    end();
}

static void test_no_signals_at_all(void)
{
    begin();
    struct arena arena;
    arena_init(&arena, 1 << 20);
    struct look look = laptop();
    struct str parts[1];
    for (int i = 0; i < 2; i++) {
        struct outcome o;
        struct ask ask = { .body = body_of_parts(&look, &arena, parts, 0),
                           .user_agent = look.user_agent };
        identify_ask(&w, &ask, &o);
        CHECK_INT(o.e, ERR_OK);
        CHECK(because(&o.event, REASON_TOO_LITTLE_KNOWN) && !o.event.visitor_found);
        CHECK(o.event.completeness == 0);
        outcome_free(&o);
    }
    arena_free(&arena);
    end();
}

static void test_workspaces_share_nobody(void)
{
    begin();
    struct arena arena;
    struct outcome o;
    struct look look = laptop();
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
    struct look look = laptop();
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
    struct look look = laptop(), later = laptop();
    char token[TOKEN_CHARS];
    struct arena arena;
    struct outcome o;
    arena_init(&arena, 1 << 20);
    begin();
    store_close(w.store);
    engine = (struct failing){ .engine = { failing_get, failing_scan, failing_write, failing_revive,
                                           failing_flush, failing_purge, failing_close } };
    REQUIRE(engine_open_memory(&engine.below) == ERR_OK &&
            store_open_engine(&w.store, &engine.engine) == ERR_OK);
    w.shared.store = w.store;
    struct event first = visit(&w, &look);
    later.canvas = "\"ffff000011112222\""; /* so that it is found by its hardware */
    if (with_token) later.cores = "2"; /* or by its token only */
    struct ask ask = { .body = body_of(&later, &arena), .user_agent = later.user_agent };
    if (with_token) ask.cookie_token = token_of(&first, 1, token);
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
        CHECK(failures >= 2);
    }
}

struct twin {
    pthread_t thread;
    struct look look;
    struct event event;
    pthread_barrier_t *start;
};

static void *arrive(void *argument)
{
    struct twin *t = argument;
    struct arena arena;
    struct outcome o;
    arena_init(&arena, 1 << 20);
    struct ask ask = { .body = body_of(&t->look, &arena), .user_agent = t->look.user_agent };
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
        char canvas[32];
        pthread_barrier_init(&start, NULL, TWINS);
        snprintf(canvas, sizeof canvas, "\"%016x\"", round);
        int64_t counts = 0, newcomers = 0;
        for (size_t i = 0; i < TWINS; i++) {
            twins[i] = (struct twin){ .look = laptop(), .start = &start };
            twins[i].look.canvas = canvas;
            twins[i].look.renderer = canvas;
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
    RUN(test_token_beats_look);
    RUN(test_token_in_the_body);
    RUN(test_token_of_another_machine);
    RUN(test_tokens_of_nobody);
    RUN(test_two_alike);
    RUN(test_browser_update);
    RUN(test_another_device_is_another_visitor);
    RUN(test_turned_screen);
    RUN(test_farbled_canvas);
    RUN(test_too_few_signals);
    RUN(test_no_signals_at_all);
    RUN(test_workspaces_share_nobody);
    RUN(test_stored_event);
    RUN(test_a_read_fails);
    RUN(test_at_the_same_moment);
    return test_end();
}
