/* The populations of all workspaces: asking changes nothing, several threads may ask and note at once, and a restart
 * forgets nothing that matters. */
#include "identify/link/linkage.h"
#include "tests/unit/identify/crowd.h"

static struct world w;

/* What the device shows, read in a world of its own. */
static struct look look_of(const struct payload *p, int64_t now_ms)
{
    static struct world other;
    static bool open;
    struct arena arena;
    struct answered o;
    if (!open) world_open(&other), open = true;
    if (!p) { /* at the end */
        world_close(&other);
        return (struct look){ 0 };
    }
    other.now_ms = now_ms;
    arena_init(&arena, 1 << 20);
    struct ask ask = { .body = body_of(p, &arena), .user_agent = p->user_agent, .address = p->address };
    identify_ask(&other, &ask, &o);
    CHECK_INT(o.e, ERR_OK);
    struct look look = o.id->look;
    outcome_free(&o);
    arena_free(&arena);
    return look;
}

static struct linkage_answer ask(struct linkage *l, uint32_t workspace, const struct look *look, int64_t now_ms)
{
    struct linkage_question question = { .look = look, .now_ms = now_ms };
    struct linkage_answer answer;
    linkage_ask(l, workspace, &question, &answer);
    return answer;
}

static bool same_answer(const struct linkage_answer *a, const struct linkage_answer *b)
{
    return a->how == b->how && (a->how == LINKAGE_NEW || visitor_id_eq(a->id, b->id));
}

static void test_asking_changes_nothing(void)
{
    struct device d;
    size_t bytes[2], visitors[2];
    crowd_open(&w, 60);
    device_make(&d, 7);
    struct look look = look_of(&d.look, w.now_ms);
    linkage_size(w.linkage, &bytes[0], &visitors[0]);
    struct linkage_answer first = ask(w.linkage, 1, &look, w.now_ms);
    CHECK(first.how == LINKAGE_TRAITS && first.searched && first.score > 0.9);
    CHECK(visitor_id_eq(first.id, first.best));
    for (int i = 0; i < 100; i++) {
        struct linkage_answer again = ask(w.linkage, 1, &look, w.now_ms);
        CHECK(same_answer(&first, &again) && first.score == again.score);
    }
    linkage_size(w.linkage, &bytes[1], &visitors[1]);
    CHECK(bytes[0] == bytes[1] && visitors[0] == 60 && visitors[1] == 60);
    world_close(&w);
}

static void test_workspaces(void)
{
    struct device d;
    crowd_open(&w, 60);
    device_make(&d, 7);
    struct look look = look_of(&d.look, w.now_ms);
    struct linkage_answer here = ask(w.linkage, 1, &look, w.now_ms), there = ask(w.linkage, 2, &look, w.now_ms);
    CHECK(here.how == LINKAGE_TRAITS && there.how == LINKAGE_NEW && there.best.low == 0);
    struct linkage_question question = { .look = &look, .now_ms = w.now_ms, .token = { here.id }, .tokens = 1 };
    linkage_ask(w.linkage, 2, &question, &there);
    CHECK(there.how == LINKAGE_NEW && !there.differs);
    linkage_ask(w.linkage, 1, &question, &there);
    CHECK(there.how == LINKAGE_TOKEN && visitor_id_eq(there.id, here.id) && !there.searched);
    linkage_forget(w.linkage, 2, here.id); /* of another workspace: nobody */
    CHECK(ask(w.linkage, 1, &look, w.now_ms).how == LINKAGE_TRAITS);
    linkage_forget(w.linkage, 1, here.id);
    CHECK(ask(w.linkage, 1, &look, w.now_ms).how == LINKAGE_NEW);
    linkage_ask(w.linkage, 1, &question, &there);
    CHECK_INT(there.how, LINKAGE_NEW);
    world_close(&w);
}

static void test_note_of_somebody_forgotten(void)
{
    struct device d;
    struct arena arena;
    struct linkage_note note;
    crowd_open(&w, 20);
    arena_init(&arena, 1 << 16);
    device_make(&d, 7);
    struct look look = look_of(&d.look, w.now_ms);
    struct linkage_question question = { .look = &look, .now_ms = w.now_ms };
    struct linkage_answer answer = ask(w.linkage, 1, &look, w.now_ms);
    REQUIRE(answer.how == LINKAGE_TRAITS);
    linkage_forget(w.linkage, 1, answer.id);
    CHECK_INT(linkage_note(w.linkage, 1, &question, &answer, answer.id, &arena, &note), ERR_NOT_FOUND);
    CHECK_INT(note.profile.n, 0);
    arena_free(&arena);
    world_close(&w);
}

static void test_newcomer_key(void)
{
    struct payload p = laptop(), other = laptop();
    struct look a = look_of(&p, w.now_ms), b = look_of(&p, w.now_ms + 5);
    CHECK(linkage_newcomer_key(&a) != 0 && linkage_newcomer_key(&a) == linkage_newcomer_key(&b));
    other.colors = "\"0123012301230123\"";
    b = look_of(&other, w.now_ms);
    CHECK(linkage_newcomer_key(&a) != linkage_newcomer_key(&b));
    other.canvas = other.renderer = other.vendor = other.fonts = "null";
    b = look_of(&other, w.now_ms);
    CHECK_INT(linkage_newcomer_key(&b), 0); /* too little to join anybody */
}

/* A supplementary id: the visitor that this newcomer may be after all. */
static void test_high_recall(void)
{
    crowd_open(&w, 60);
    unsigned other_id = 0;
    for (unsigned i = 0; i < 60; i++) {
        struct device d;
        device_make(&d, i);
        d.look.local_ip = d.look.colors = "null", d.look.address = "198.51.100.9";
        d.look.quota = "77", d.look.canvas = "\"7777777777777777\"", d.look.voices = "null";
        struct event e = visit(&w, &d.look);
        CHECK(event_has(&e, EVENT_high_recall) && e.high_recall_score >= 0 && e.high_recall_score <= 1);
        if (visitor_id_eq(e.high_recall, e.visitor)) continue;
        other_id++;
        CHECK(e.high_recall_found && e.high_recall_first_seen_ms <= e.first_seen_ms);
    }
    CHECK(other_id > 0);
    world_close(&w);
}

/* ---- restart -------------------------------------------------------------------------------- */

enum { KNOWN = 150, ASKED = 200 };

/* The next events of a site: known devices a little changed, and newcomers. */
static void next_look(struct look *out, unsigned i)
{
    struct device d;
    device_make(&d, i % 2 ? i % KNOWN : 5000 + i);
    if (i % 3 == 0) d.look.address = "198.51.100.9";
    if (i % 5 == 0) d.look.width = "1280", d.look.ratio = "2";
    if (i % 7 == 0) d.look.local_ip = "null", d.look.canvas = "\"0707070707070707\"";
    *out = look_of(&d.look, w.now_ms);
}

static void reopen(void)
{
    linkage_close(w.linkage);
    REQUIRE(linkage_open(&w.linkage, w.store) == ERR_OK);
    w.shared.linkage = w.linkage;
}

static void test_restart(void)
{
    static struct look looks[ASKED];
    static struct linkage_answer before[ASKED];
    char token[TOKEN_CHARS];
    unsigned same = 0, found = 0;
    crowd_open(&w, KNOWN);
    for (unsigned i = 0; i < KNOWN; i++) { /* they come again, half of them with a token */
        struct device d;
        device_make(&d, i);
        d.look.inset = i % 4 ? "121" : "87";
        struct event e = visit(&w, &d.look);
        if (i % 2) visit_with(&w, &d.look, token_made(&w, &e, 1, token));
        w.now_ms += 20 * MINUTE_MS;
    }
    w.now_ms += DAY_MS;
    for (unsigned i = 0; i < ASKED; i++) {
        next_look(&looks[i], i);
        before[i] = ask(w.linkage, 1, &looks[i], w.now_ms);
    }
    reopen();
    for (unsigned i = 0; i < ASKED; i++) {
        struct linkage_answer after = ask(w.linkage, 1, &looks[i], w.now_ms);
        same += same_answer(&before[i], &after);
        found += after.how == LINKAGE_TRAITS;
        CHECK(after.score - before[i].score < 0.2 && before[i].score - after.score < 0.2);
    }
    CHECK(same >= ASKED - 2);
    CHECK(found > 60 && found < 140);
    world_close(&w);
}

/* What tokens have taught (here: that canvases change every day) is known after a restart, too. */
static void test_learning_survives(void)
{
    struct device d;
    char token[TOKEN_CHARS], canvas[24];
    struct event first[30];
    double weight[3];
    crowd_open(&w, 60);
    for (unsigned round = 0; round < 3; round++) {
        device_make(&d, 7);
        if (round < 2) {
            visit(&w, &d.look);
            w.now_ms += DAY_MS;
        }
        d.look.canvas = "\"abababababababab\"", d.look.local_ip = "null", d.look.address = "198.51.100.9";
        struct look look = look_of(&d.look, w.now_ms);
        struct linkage_answer answer = ask(w.linkage, 1, &look, w.now_ms);
        CHECK(answer.finding.evidence.traits.differs[TRAIT_canvas]);
        weight[round] = (double)answer.finding.evidence.weight[TRAIT_canvas];
        if (round == 1) reopen();
        if (round) continue;
        for (unsigned day = 0; day < 4; day++) {
            for (unsigned i = 0; i < 30; i++) {
                device_make(&d, 100 + i);
                snprintf(canvas, sizeof canvas, "\"%08x%08x\"", day + 1, i);
                d.look.canvas = canvas;
                first[i] = day ? visit_with(&w, &d.look, token_made(&w, &first[i], 1, token)) : visit(&w, &d.look);
            }
            w.now_ms += DAY_MS;
        }
    }
    CHECK(weight[1] > weight[0] + 0.5);
    CHECK(weight[2] > weight[1] - 0.1 && weight[2] < weight[1] + 0.1);
    world_close(&w);
}

/* ---- threads -------------------------------------------------------------------------------- */

struct worker {
    pthread_t thread;
    unsigned number;
    struct look looks[40];
    unsigned wrong;
};

/* Asks, notes and forgets as the loops of a server do; its devices are its own, the workspace is everybody's. */
static void *work(void *argument)
{
    struct worker *me = argument;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < COUNT_OF(me->looks); i++) {
            struct linkage_note note;
            int64_t now_ms = w.now_ms + (round * 100 + i) * DAY_MS / 100;
            struct linkage_question question = { .look = &me->looks[i], .now_ms = now_ms };
            struct linkage_answer answer = ask(w.linkage, 1 + i % 2, &me->looks[i], now_ms);
            struct visitor_id id = answer.how == LINKAGE_NEW ? visitor_id_new(now_ms) : answer.id;
            enum err e = linkage_note(w.linkage, 1 + i % 2, &question, &answer, id, &arena, &note);
            me->wrong += e != ERR_OK || note.profile.n == 0 || note.profile.n > VISITOR_PROFILE_BYTES_MAX;
            if (round == 2 && i % 8 == 0) linkage_forget(w.linkage, 1 + i % 2, id);
            size_t bytes, visitors;
            if (i % 10 == 0) linkage_size(w.linkage, &bytes, &visitors);
            arena_reset(&arena);
        }
    }
    arena_free(&arena);
    return NULL;
}

static void test_threads(void)
{
    enum { WORKERS = 4 };
    static struct worker workers[WORKERS];
    world_open(&w);
    for (unsigned n = 0; n < WORKERS; n++) {
        workers[n] = (struct worker){ .number = n };
        for (unsigned i = 0; i < COUNT_OF(workers[n].looks); i++) {
            struct device d;
            device_make(&d, 1000 * n + i);
            workers[n].looks[i] = look_of(&d.look, w.now_ms);
        }
    }
    for (unsigned n = 0; n < WORKERS; n++) pthread_create(&workers[n].thread, NULL, work, &workers[n]);
    for (unsigned n = 0; n < WORKERS; n++) {
        pthread_join(workers[n].thread, NULL);
        CHECK_INT(workers[n].wrong, 0);
    }
    size_t bytes, visitors;
    linkage_size(w.linkage, &bytes, &visitors);
    CHECK(visitors >= WORKERS * 40 && visitors <= WORKERS * 44); /* each once; few splits, no more */
    struct look look = workers[0].looks[1];
    CHECK_INT(ask(w.linkage, 2, &look, w.now_ms + 4 * DAY_MS).how, LINKAGE_TRAITS);
    world_close(&w);
}

int main(void)
{
    RUN(test_asking_changes_nothing);
    RUN(test_workspaces);
    RUN(test_note_of_somebody_forgotten);
    RUN(test_newcomer_key);
    RUN(test_high_recall);
    RUN(test_restart);
    RUN(test_learning_survives);
    RUN(test_threads);
    look_of(NULL, 0);
    return test_end();
}
