/* Visits in flight, with a clock and an epoch of the test's own. */
#include "store/pending.h"
#include "store/record.h"
#include "tests/unit/test.h"

static const int64_t t0_ms = 1700000000000;
static struct engine *engine;
static struct pending *pending;
static struct arena arena;

static struct claim newcomer(uint64_t key)
{
    return (struct claim){ .workspace = 1, .id = visitor_id_new(t0_ms), .newcomer = true,
                           .newcomer_key = key, .now_ms = t0_ms, .profile = STR("p") };
}

static struct visit *enter(const struct claim *claim, uint64_t epoch, int64_t mono_ms)
{
    struct visit *visit = NULL;
    REQUIRE(pending_enter(pending, claim, epoch, mono_ms, &visit) == ERR_OK);
    return visit;
}

static void commit(struct visit *visit, int64_t mono_ms)
{
    struct batch batch = { 0 };
    pending_stage(pending, visit);
    REQUIRE(pending_write(pending, visit, &arena, &batch));
    REQUIRE(batch.count == 1);
    REQUIRE(engine->write(engine, &batch) == ERR_OK);
    pending_commit(pending, visit, mono_ms);
}

static void set_up(void)
{
    arena_init(&arena, 1 << 20);
    REQUIRE(engine_open_memory(&engine) == ERR_OK);
    REQUIRE((pending = pending_create(engine)) != NULL);
}

static void tear_down(void)
{
    pending_destroy(pending);
    engine->close(engine);
    arena_free(&arena);
}

/* A twin that looked for candidates before the first was saved may enter after it was committed. */
static void test_twin_shortly_after_commit(void)
{
    set_up();
    struct claim first = newcomer(7), twin = newcomer(7), late = newcomer(7), other = newcomer(8);
    commit(enter(&first, 1, 1000), 2000);
    struct visit *visit = enter(&twin, 1, 2099);
    CHECK(visit->joined && visit->found && visitor_id_eq(visit->id, first.id));
    CHECK_INT(visit->visits_count, 2);
    pending_leave(pending, visit);
    visit = enter(&other, 1, 2050);
    CHECK(!visit->joined);
    pending_leave(pending, visit);
    visit = enter(&late, 1, 2101);
    CHECK(!visit->joined && visitor_id_eq(visit->id, late.id));
    pending_leave(pending, visit);
    tear_down();
}

/* One that gave up leaves nothing to join. */
static void test_twin_after_leaving(void)
{
    set_up();
    struct claim first = newcomer(7), twin = newcomer(7);
    pending_leave(pending, enter(&first, 1, 1000));
    struct visit *visit = enter(&twin, 1, 1000);
    CHECK(!visit->joined);
    pending_leave(pending, visit);
    tear_down();
}

/* As the commit thread does it, after the write. */
static void erase(struct visitor_id id)
{
    struct batch batch = { 0 };
    struct key key;
    key_visitor(&key, 1, id);
    REQUIRE(batch_erase(&batch, &arena, TABLE_VISITORS, key_str(&key)));
    REQUIRE(engine->write(engine, &batch) == ERR_OK);
    pending_erase(pending, 1, id);
}

/* A newcomer that was committed and deleted since is joined by nobody; the one that comes in its place
 * is, shortly after its own commit too. */
static void test_twin_after_deletion(void)
{
    set_up();
    struct claim first = newcomer(7), second = newcomer(7), third = newcomer(7);
    struct visitor visitor;
    commit(enter(&first, 1, 1000), 2000);
    erase(first.id);
    struct visit *visit = enter(&second, 1, 2001);
    CHECK(!visit->joined && !visit->found && visitor_id_eq(visit->id, second.id));
    CHECK_INT(visit->visits_count, 1);
    commit(visit, 2002);
    CHECK(!pending_find(pending, 1, first.id, 1, &arena, &visitor));
    visit = enter(&third, 1, 2003);
    CHECK(visit->joined && visitor_id_eq(visit->id, second.id));
    pending_leave(pending, visit);
    tear_down();
}

/* Deleted while a visit of it is in flight: that one can neither be joined nor stored, and leaves
 * nothing to join. */
static void test_twin_after_deletion_in_flight(void)
{
    set_up();
    struct claim first = newcomer(7), known, second = newcomer(7), third = newcomer(7);
    struct visit *visits[2] = { enter(&first, 1, 1000) };
    known = first;
    known.newcomer = false;
    visits[1] = enter(&known, 1, 1000);
    commit(visits[0], 2000);
    erase(first.id);
    struct visit *visit = enter(&second, 1, 2001);
    CHECK(!visit->joined && visitor_id_eq(visit->id, second.id));
    pending_leave(pending, visit);
    CHECK(!pending_stage(pending, visits[1]));
    pending_leave(pending, visits[1]);
    visit = enter(&third, 1, 2001);
    CHECK(!visit->joined && visitor_id_eq(visit->id, third.id));
    pending_leave(pending, visit);
    tear_down();
}

/* What an earlier epoch has in flight is not seen and not joined by a later one. */
static void test_epochs(void)
{
    set_up();
    struct claim first = newcomer(7), twin = newcomer(7);
    struct visitor visitor;
    struct visit *old = enter(&first, 1, 1000);
    CHECK(pending_find(pending, 1, first.id, 1, &arena, &visitor));
    CHECK(!pending_find(pending, 1, first.id, 2, &arena, &visitor));
    struct visit *visit = enter(&twin, 2, 1000);
    CHECK(!visit->joined);
    CHECK_INT(visit_epoch(visit), 2);
    pending_leave(pending, old);
    commit(visit, 1000);
    struct claim again = newcomer(7);
    visit = enter(&again, 3, 1000);
    CHECK(!visit->joined);
    pending_leave(pending, visit);
    tear_down();
}

/* Of three visits the middle one leaves; commits come in another order than visits. */
static void test_folding_in_any_order(void)
{
    set_up();
    struct claim first = newcomer(0);
    struct visit *visits[3];
    visits[0] = enter(&first, 1, 0);
    struct claim again = first;
    again.newcomer = false;
    again.now_ms = t0_ms - 50;
    again.profile = STR("middle");
    visits[1] = enter(&again, 1, 0);
    again.now_ms = t0_ms + 70;
    again.profile = STR("last");
    visits[2] = enter(&again, 1, 0);
    CHECK_INT(visits[2]->visits_count, 3);
    CHECK_INT(visits[2]->first_seen_ms, t0_ms - 50);
    commit(visits[2], 0);
    pending_leave(pending, visits[1]);
    struct visitor visitor;
    CHECK(pending_find(pending, 1, first.id, 1, &arena, &visitor));
    CHECK_INT(visitor.visits_count, 2);
    CHECK_INT(visitor.first_seen_ms, t0_ms);
    CHECK_INT(visitor.last_seen_ms, t0_ms + 70);
    CHECK_STR(visitor.profile, STR("last"));
    commit(visits[0], 0);
    CHECK(!pending_find(pending, 1, first.id, 1, &arena, &visitor));
    struct visit *visit = enter(&again, 1, 0); /* read back from the engine */
    CHECK_INT(visit->visits_count, 3);
    CHECK_INT(visit->last_seen_ms, t0_ms + 70);
    CHECK(pending_find(pending, 1, first.id, 1, &arena, &visitor));
    CHECK_INT(visitor.first_seen_ms, t0_ms);
    pending_leave(pending, visit);
    tear_down();
}

int main(void)
{
    RUN(test_twin_shortly_after_commit);
    RUN(test_twin_after_leaving);
    RUN(test_twin_after_deletion);
    RUN(test_twin_after_deletion_in_flight);
    RUN(test_epochs);
    RUN(test_folding_in_any_order);
    return test_end();
}
