/* What is remembered of a visitor, and that it comes back from disk as it was. */
#include "base/arena.h"
#include "store/store.h" /* VISITOR_PROFILE_BYTES_MAX */
#include "tests/unit/identify/link/looks.h"

static struct arena arena;

static uint32_t *slots(struct profile *p, enum trait t)
{
    return &p->slot[profile_slot_of[t]];
}

static uint64_t show(struct profile *p, enum trait t, uint32_t value, struct look *k)
{
    uint32_t values[TRAIT_COUNT] = { 0 };
    values[t] = value;
    return profile_remember(p, k, values, 0, START_MS);
}

static void test_slots_have_room_for_all(void)
{
    unsigned sum = 0;
    for (unsigned t = 0; t < TRAIT_COUNT; t++) {
        CHECK_INT(profile_slot_of[t], sum);
        sum += trait_infos[t].slots;
    }
    CHECK_INT(sum, SLOT_COUNT);
}

static void test_latest_first(void)
{
    struct profile p = { 0 };
    struct look k = look_made(1);
    uint32_t *s = slots(&p, TRAIT_gpu);
    CHECK(show(&p, TRAIT_gpu, 5, &k) == (uint64_t)1 << TRAIT_gpu);
    CHECK(show(&p, TRAIT_gpu, 5, &k) == 0);
    show(&p, TRAIT_gpu, 6, &k), show(&p, TRAIT_gpu, 7, &k);
    CHECK(s[0] == 7 && s[1] == 6 && s[2] == 5);
    CHECK(show(&p, TRAIT_gpu, 5, &k) == 0); /* back to the front, nothing lost */
    CHECK(s[0] == 5 && s[1] == 7 && s[2] == 6);
    CHECK(show(&p, TRAIT_gpu, 8, &k) != 0); /* the one not shown for longest goes */
    CHECK(s[0] == 8 && s[1] == 5 && s[2] == 7);
    CHECK(show(&p, TRAIT_gpu, 0, &k) == 0 && s[0] == 8); /* absent changes nothing */
    CHECK(s[3] == 0);
}

static void test_bare_is_not_remembered(void)
{
    struct profile p = { 0 };
    struct look k = look_made(1);
    uint64_t bare = (uint64_t)1 << TRAIT_canvas | (uint64_t)1 << TRAIT_fonts;
    uint64_t fresh = profile_remember(&p, &k, k.value, bare, START_MS);
    CHECK(*slots(&p, TRAIT_canvas) == 0 && *slots(&p, TRAIT_fonts) == 0 && p.fonts == 0);
    CHECK(*slots(&p, TRAIT_audio) == k.value[TRAIT_audio]);
    CHECK((fresh & bare) == 0 && fresh >> TRAIT_audio & 1);
}

static void test_day_and_night(void)
{
    struct profile p = { 0 };
    struct look day = look_made(1), night = look_made(1);
    night.night = true;
    show(&p, TRAIT_scheme, 5, &day), show(&p, TRAIT_scheme, 6, &night), show(&p, TRAIT_scheme, 5, &day);
    CHECK(slots(&p, TRAIT_scheme)[0] == 5 && slots(&p, TRAIT_scheme)[1] == 6);
    struct look dark = look_made(1);
    dark.dark = true;
    show(&p, TRAIT_colors, 7, &dark);
    CHECK(slots(&p, TRAIT_colors)[0] == 0 && slots(&p, TRAIT_colors)[1] == 7);
}

static void test_versions_and_times(void)
{
    struct profile p = { .first_ms = START_MS, .last_ms = START_MS };
    struct look k = look_made(1);
    k.version[0] = VERSION(157, 0);
    profile_remember(&p, &k, k.value, 0, START_MS + 5);
    k.version[0] = VERSION(156, 0);
    profile_remember(&p, &k, k.value, 0, START_MS - 5); /* events may come late */
    CHECK(p.version[0] == VERSION(157, 0) && p.first_ms == START_MS - 5 && p.last_ms == START_MS + 5);
}

static void test_networks(void)
{
    struct profile p = { 0 };
    bool fresh[NET_LEVELS];
    struct look k = look_made(1);
    CHECK(profile_remember_network(&p, &k, fresh) && fresh[0] && fresh[1] && fresh[2]);
    CHECK(!profile_remember_network(&p, &k, fresh) && !fresh[0] && !fresh[1] && !fresh[2]);
    k.net[NET_NEAR]++; /* next door, with the same provider */
    CHECK(profile_remember_network(&p, &k, fresh) && fresh[0] && !fresh[1] && !fresh[2]);
    for (unsigned i = 0; i < 10; i++) {
        k.net[NET_NEAR]++;
        profile_remember_network(&p, &k, fresh);
        CHECK(p.net[0][0] == k.net[NET_NEAR] && p.net[1][0] == k.net[NET_NEAR] - 1);
    }
    k.net[NET_NEAR] -= 2;
    CHECK(!profile_remember_network(&p, &k, fresh) && p.net[1][0] == k.net[NET_NEAR] + 2);
    CHECK(p.net[2][0] == k.net[NET_NEAR] + 1 && p.net[3][0] == k.net[NET_NEAR] - 1);
}

static struct str written(const struct profile *p, const struct profile_ids *ids)
{
    struct bytes_out out;
    bytes_out_init(&out, &arena, 64);
    profile_write(&out, p, ids);
    return bytes_out_text(&out);
}

/* The largest there can be: every slot, every network, every number, three ids. */
static struct profile filled(struct profile_ids *ids)
{
    struct profile p = { .first_ms = (int64_t)1 << 42, .last_ms = (int64_t)1 << 43, .family = UINT32_MAX,
                         .class = UINT32_MAX, .kind = KIND_COUNT - 1, .made_private = true, .proven = true,
                         .sessions = 1e6f, .private_sessions = 12.5f, .kept = { 1, 2 }, .lost = { 3, 4 },
                         .version = { UINT64_MAX, UINT64_MAX - 1 }, .fonts = UINT64_MAX, .release = UINT32_MAX,
                         .stock = UINT32_MAX, .purity = 0.5f, .weight = 0.25f, .of_parent = 0.75f,
                         .moved_on = 0.125f, .hardware = UINT64_MAX };
    for (unsigned i = 0; i < SLOT_COUNT; i++) p.slot[i] = UINT32_MAX - i;
    for (unsigned i = 0; i < PROFILE_NETS; i++)
        for (unsigned l = 0; l < NET_LEVELS; l++) p.net[i][l] = UINT32_MAX - 1000 - 10 * i - l;
    *ids = (struct profile_ids){ id_made(1), id_made(2), id_made(3) };
    return p;
}

static void check_same(const struct profile *a, const struct profile *b)
{
    CHECK(a->first_ms == b->first_ms && a->last_ms == b->last_ms && a->family == b->family && a->class == b->class);
    CHECK(a->kind == b->kind && a->made_private == b->made_private && a->proven == b->proven);
    CHECK(a->sessions == b->sessions && a->private_sessions == b->private_sessions);
    CHECK(memcmp(a->kept, b->kept, sizeof a->kept) == 0 && memcmp(a->lost, b->lost, sizeof a->lost) == 0);
    CHECK(memcmp(a->version, b->version, sizeof a->version) == 0 && a->fonts == b->fonts);
    CHECK(a->release == b->release && a->stock == b->stock && a->purity == b->purity && a->weight == b->weight);
    CHECK(a->of_parent == b->of_parent && a->moved_on == b->moved_on && a->hardware == b->hardware);
    CHECK(memcmp(a->slot, b->slot, sizeof a->slot) == 0 && memcmp(a->net, b->net, sizeof a->net) == 0);
}

static void test_write_and_read(void)
{
    struct profile_ids ids, back_ids, none = { { 0, 0 }, { 0, 0 }, { 0, 0 } };
    struct profile p = filled(&ids), back;
    struct str bytes = written(&p, &ids);
    printf("# the largest profile: %zu bytes\n", bytes.n);
    CHECK(bytes.n <= VISITOR_PROFILE_BYTES_MAX);
    CHECK(profile_read(&back, &back_ids, bytes));
    check_same(&p, &back);
    CHECK(visitor_id_eq(ids.parent, back_ids.parent) && visitor_id_eq(ids.child, back_ids.child));
    CHECK(visitor_id_eq(ids.high_recall, back_ids.high_recall));
    CHECK(back.parent == NOBODY && back.child == NOBODY && back.high_recall == NOBODY);
    struct look k = look_made(3); /* and a usual one */
    p = (struct profile){ .first_ms = START_MS, .last_ms = START_MS };
    profile_remember(&p, &k, k.value, 0, START_MS + 7);
    bool fresh[NET_LEVELS];
    profile_remember_network(&p, &k, fresh);
    CHECK(profile_read(&back, &back_ids, written(&p, &none)));
    check_same(&p, &back);
    CHECK(back_ids.parent.low == 0 && back_ids.child.low == 0 && back_ids.high_recall.low == 0);
}

/* Form 2, as it was until 2026-11-25, had no hardware. */
static void test_form_2(void)
{
    struct profile_ids ids, back_ids;
    struct profile p = filled(&ids), back;
    p.hardware = 0;
    struct str copy = arena_copy(&arena, written(&p, &ids));
    ((char *)copy.p)[0] = 2;
    CHECK(profile_read(&back, &back_ids, str_sub(copy, 0, copy.n - 1)));
    check_same(&p, &back);
    ((char *)copy.p)[0] = 1;
    CHECK(!profile_read(&back, &back_ids, copy));
}

static void test_damaged(void)
{
    struct profile_ids ids, back_ids;
    struct profile p = filled(&ids), back;
    struct str bytes = written(&p, &ids);
    for (size_t n = 0; n < bytes.n; n++) CHECK(!profile_read(&back, &back_ids, str_sub(bytes, 0, n)));
    struct str copy = arena_copy(&arena, bytes);
    ((char *)copy.p)[0]++;
    CHECK(!profile_read(&back, &back_ids, copy));
    const struct { float *at; float value; } bad[] = {
        { &p.sessions, (float)(0.0 / 0.0) }, { &p.sessions, -1 }, { &p.purity, 1.5f }, { &p.weight, -0.5f },
        { &p.of_parent, (float)(1.0 / 0.0) }, { &p.moved_on, 2 }, { &p.private_sessions, 2e6f },
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) { /* regression: such a profile broke every search that met it */
        float was = *bad[i].at;
        *bad[i].at = bad[i].value;
        CHECK(!profile_read(&back, &back_ids, written(&p, &ids)));
        *bad[i].at = was;
    }
    p.first_ms = INT64_MIN / 2, p.last_ms = INT64_MIN / 2 + 1;
    CHECK(!profile_read(&back, &back_ids, written(&p, &ids)));
    p = filled(&ids), p.class = 0;
    CHECK(!profile_read(&back, &back_ids, written(&p, &ids)));
    p = filled(&ids), p.kind = KIND_COUNT;
    CHECK(!profile_read(&back, &back_ids, written(&p, &ids)));
}

int main(void)
{
    arena_init(&arena, 4 << 20);
    RUN(test_slots_have_room_for_all);
    RUN(test_latest_first);
    RUN(test_bare_is_not_remembered);
    RUN(test_day_and_night);
    RUN(test_versions_and_times);
    RUN(test_networks);
    RUN(test_write_and_read);
    RUN(test_form_2);
    RUN(test_damaged);
    arena_free(&arena);
    return test_end();
}
