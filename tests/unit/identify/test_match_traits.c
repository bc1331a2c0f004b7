/* Whose visit it is when no token says so: the rules of linkage, one small population each, through the whole
 * chain of steps over the memory store. */
#include "identify/link/evidence.h"
#include "tests/unit/identify/crowd.h"

static struct world w;
static struct arena texts;

static void begin(void)
{
    world_open(&w);
}

static void end(void)
{
    world_close(&w);
}

enum { CROWD = 200 };

static bool is_device(const struct event *ev, const struct event *first)
{
    return same_visitor(ev, first) && because(ev, REASON_TRAITS_AGREE);
}

static void test_cookies_lost(void)
{
    struct device d;
    unsigned found = 0;
    crowd_open(&w, CROWD);
    for (unsigned i = 0; i < 20; i++) {
        device_make(&d, 1000 + i);
        struct event a = visit(&w, &d.look);
        w.now_ms += 3 * DAY_MS;
        struct event b = visit(&w, &d.look);
        CHECK(because(&a, REASON_NOBODY_ALIKE) && a.match_score > 0.5);
        found += is_device(&b, &a) && b.match_score > 0.9 && event_has(&b, EVENT_match_evidence);
    }
    CHECK_INT(found, 20);
    end();
}

#define UPDATED_VERSIONS                                                                           \
    "[{\"brand\":\"Chromium\",\"version\":\"157.0.7100.5\"},{\"brand\":\"Google Chrome\",\"version\":\"157.0.7100.5\"}]"

static void update(struct payload *look)
{
    look->user_agent = CHROME_WINDOWS("157");
    look->versions = UPDATED_VERSIONS;
    look->canvas = "\"ffff000011112222\"", look->audio = "\"ffff111111112222\"";
    look->svg = "\"9999000011112222\"";
}

static void test_browser_update(void)
{
    struct device d;
    crowd_open(&w, CROWD);
    device_make(&d, 1000);
    struct event a = visit(&w, &d.look);
    w.now_ms += 3 * DAY_MS;
    update(&d.look);
    struct event b = visit(&w, &d.look), c = visit(&w, &d.look);
    CHECK(is_device(&b, &a) && is_device(&c, &a));
    end();
}

/* How a body is written differs; what it says does not. 1: signals in reverse; 2: signals nobody knows. */
static struct event visit_written(const struct payload *look, int how)
{
    struct arena arena;
    struct answered o;
    struct str parts[BODY_PARTS_MAX + 2], turned[BODY_PARTS_MAX + 2];
    size_t count;
    arena_init(&arena, 1 << 20);
    body_parts(look, &arena, parts, &count);
    if (how & 2) {
        parts[count++] = STR("\"stranger\":{\"value\":{\"hash\":\"x\"},\"duration\":1}");
        parts[count++] = STR("\"codec\":{\"value\":{\"unheard\":[1,2]},\"duration\":1}");
    }
    for (size_t i = 0; i < count; i++) turned[i] = parts[how & 1 ? count - 1 - i : i];
    struct ask ask = { .body = body_of_parts(look, &arena, turned, count), .user_agent = look->user_agent,
                       .address = look->address };
    identify_ask(&w, &ask, &o);
    CHECK_INT(o.e, ERR_OK);
    struct event event = o.event;
    event.match_evidence = arena_copy(&texts, event.match_evidence);
    outcome_free(&o);
    arena_free(&arena);
    w.now_ms += 1000;
    return event;
}

/* Its evidence stays readable. */
static struct event visit_why(const struct payload *look)
{
    return visit_written(look, 0);
}

/* How the trait came out against the best candidate; OUTCOME_ABSENT when it was not compared. */
static enum outcome outcome_in(const struct event *ev, enum trait t)
{
    struct evidence why;
    CHECK(evidence_read(&why, ev->match_evidence));
    for (size_t i = 0; i < why.count; i++)
        if (why.traits[i].trait == t) return why.traits[i].outcome;
    return OUTCOME_ABSENT;
}

/* A browser is updated, and not taken back: of the same two looks the newer may follow the older, at another
 * place even, and not the other way round. */
static void test_version_goes_up_only(void)
{
    bool found[2];
    for (int down = 0; down < 2; down++) {
        struct device d[2];
        crowd_open(&w, CROWD);
        device_make(&d[0], 1000), device_make(&d[1], 1000);
        update(&d[1].look);
        d[0].look.local_ip = d[1].look.local_ip = "null"; /* or it would be plain that it is the same house */
        d[!down].look.address = "198.51.100.9";
        struct event a = visit(&w, &d[down].look);
        w.now_ms += 3 * DAY_MS;
        struct event b = visit_why(&d[!down].look);
        found[down] = same_visitor(&a, &b);
        CHECK_INT(outcome_in(&b, TRAIT_browser), down ? OUTCOME_BACK : OUTCOME_OTHER); /* also says why it is not */
        end();
    }
    CHECK(found[0] && !found[1]);
}

static void make_private(struct payload *look, bool announced)
{
    look->is_private = announced ? "true" : "false";
    look->languages = str_has(str_of(look->languages), STR("de-DE"))   ? "[\"de-DE\"]"
                      : str_has(str_of(look->languages), STR("fr-FR")) ? "[\"fr-FR\"]"
                      : str_has(str_of(look->languages), STR("pl-PL")) ? "[\"pl-PL\"]"
                                                                       : "[\"en-US\"]";
    look->quota = "9830";
    look->permissions = "{\"geolocation\":\"prompt\",\"notifications\":\"prompt\"}";
}

/* Teaches what private windows look like, as a site sees them. */
static void private_crowd(void)
{
    for (unsigned i = 0; i < 30; i++) {
        struct device d;
        device_make(&d, i);
        make_private(&d.look, true);
        visit(&w, &d.look);
    }
}

static void test_private_window(void)
{
    for (int announced = 0; announced < 2; announced++) {
        struct device d;
        unsigned found = 0;
        crowd_open(&w, CROWD);
        private_crowd();
        for (unsigned i = 0; i < 10; i++) {
            device_make(&d, 1000 + i);
            struct event a = visit(&w, &d.look);
            w.now_ms += DAY_MS / 2;
            make_private(&d.look, announced);
            struct event b = visit_why(&d.look);
            found += is_device(&b, &a);
            if (!because(&b, REASON_TRAITS_AGREE)) continue;
            CHECK(because(&b, announced ? REASON_PRIVATE_WINDOW : REASON_PRIVATE_LIKELY));
            CHECK_INT(outcome_in(&b, TRAIT_storage), OUTCOME_ABSENT); /* it did not count */
            CHECK_INT(outcome_in(&b, TRAIT_gpu), OUTCOME_SAME);
        }
        CHECK_INT(found, 10);
        end();
    }
}

/* What did not arrive, or may be noise, is absent from the evidence, and the device is found. */
static void test_missing_is_absent(void)
{
    const struct { size_t at; const char *value; enum trait trait; } blind[] = {
        { offsetof(struct payload, canvas), "null", TRAIT_canvas },
        { offsetof(struct payload, audio), "null", TRAIT_audio },
        { offsetof(struct payload, fonts), "null", TRAIT_fonts },
        { offsetof(struct payload, width), "null", TRAIT_screen },
        { offsetof(struct payload, quota), "null", TRAIT_storage },
        { offsetof(struct payload, languages), "\"blocked\"", TRAIT_languages },
        { offsetof(struct payload, zone), "null", TRAIT_zone },
        { offsetof(struct payload, voices), "null", TRAIT_voices },
    };
    for (size_t i = 0; i < COUNT_OF(blind); i++) {
        struct device d;
        crowd_open(&w, 50);
        device_make(&d, 1000);
        struct event a = visit(&w, &d.look);
        w.now_ms += DAY_MS;
        *(const char **)((char *)&d.look + blind[i].at) = blind[i].value;
        struct event b = visit_why(&d.look);
        if (!is_device(&b, &a)) printf("# %s\n", trait_infos[blind[i].trait].name);
        CHECK(is_device(&b, &a));
        CHECK_INT(outcome_in(&b, blind[i].trait), OUTCOME_ABSENT);
        end();
    }
}

static void test_farbled_canvas(void)
{
    struct device d;
    crowd_open(&w, 50);
    device_make(&d, 1000);
    d.look.farbled = "true";
    struct event a = visit(&w, &d.look);
    for (int i = 0; i < 3; i++) {
        char noise[24];
        snprintf(noise, sizeof noise, "\"%016x\"", 77 + i);
        w.now_ms += DAY_MS;
        d.look.canvas = noise;
        struct event b = visit_why(&d.look);
        CHECK(is_device(&b, &a));
        CHECK_INT(outcome_in(&b, TRAIT_canvas), OUTCOME_ABSENT);
    }
    end();
}

static void test_turned_screen(void)
{
    begin();
    struct payload look = laptop();
    look.user_agent = CHROME_ANDROID, look.pointer = "\"coarse\"", look.avail_height = "1080";
    struct event a = visit(&w, &look);
    look.width = look.avail_width = "1080", look.height = look.avail_height = "1920";
    struct event b = visit_why(&look);
    CHECK(same_visitor(&a, &b) && because(&b, REASON_TRAITS_AGREE));
    CHECK_INT(outcome_in(&b, TRAIT_screen), OUTCOME_SAME);
    end();
}

static void test_another_device_is_another_visitor(void)
{
    crowd_open(&w, CROWD);
    for (unsigned i = 0; i < 50; i++) {
        struct device d;
        device_make(&d, 2000 + i);
        struct event a = visit(&w, &d.look);
        CHECK(!a.visitor_found && because(&a, REASON_NOBODY_ALIKE));
    }
    end();
}

enum { ALIKE = 8 };

/* ALIKE machines of one purchase, which have nothing in common at first but what comes with the machine, and are
 * alike in everything after; each comes with its token, day by day. */
static void alike_come(struct event first[ALIKE], const struct payload *look, unsigned days)
{
    char token[TOKEN_CHARS];
    for (unsigned i = 0; i < ALIKE; i++) {
        struct payload p = *look;
        p.colors = p.local_ip = p.canvas = p.emoji = p.svg = arena_format(&texts, "\"%016x\"", 900 + i).p;
        p.audio = p.voices = "null", p.permissions = arena_format(&texts, "{\"a%u\":\"x\"}", i).p;
        p.gpc = i & 1 ? "true" : "false", p.dnt = i & 2 ? "\"1\"" : "\"unspecified\"";
        p.address = arena_format(&texts, "%u.9.9.9", 101 + i).p;
        p.inset = arena_format(&texts, "%u", 90 + i).p;
        p.width = arena_format(&texts, "%u", 1000 + i).p;
        first[i] = visit(&w, &p);
        CHECK(!first[i].visitor_found);
        w.now_ms += 60 * MINUTE_MS;
    }
    for (unsigned day = 0; day < days; day++) {
        for (unsigned i = 0; i < ALIKE; i++) {
            struct event e = visit_with(&w, look, token_made(&w, &first[i], 1, token));
            CHECK(same_visitor(&e, &first[i]) && because(&e, REASON_TOKEN));
            w.now_ms += 60 * MINUTE_MS;
        }
        w.now_ms += DAY_MS / 2;
    }
}

/* One model, bought by the dozen, in one office. Their tokens say that they live: a newcomer is none of them, and
 * its score is lower than that of somebody unlike anybody. */
static void test_fleet(void)
{
    struct event member[ALIKE];
    struct device d, unlike;
    crowd_open(&w, 50);
    device_make(&d, 1000), device_make(&unlike, 1001);
    alike_come(member, &d.look, 5);
    d.look.local_ip = "\"0000000000000077\"";
    struct event a = visit(&w, &d.look), b = visit(&w, &unlike.look);
    CHECK(!a.visitor_found && a.visits_count == 1);
    for (unsigned i = 0; i < ALIKE; i++) CHECK(!same_visitor(&a, &member[i]));
    CHECK(!b.visitor_found && a.match_score < b.match_score);
    end();
}

/* Phones alike in everything that is seen: one without its token is not guessed. */
static void test_popular_phones(void)
{
    struct event one[ALIKE];
    crowd_open(&w, 50);
    struct payload phone = laptop();
    phone.user_agent = SAFARI_IPHONE, phone.pointer = "\"coarse\"";
    alike_come(one, &phone, 1);
    w.now_ms += 9 * DAY_MS;
    struct event a = visit(&w, &phone);
    CHECK(!a.visitor_found && a.visits_count == 1);
    CHECK(because(&a, REASON_TOO_MANY_ALIKE) || a.match_score < 0.8);
    end();
}

/* One household and one user agent are not one device; nor are they with nothing else to go by. */
static void test_address_and_user_agent_alone(void)
{
    struct device d, other;
    crowd_open(&w, 50);
    device_make(&d, 1000), device_make(&other, 1001);
    struct event a = visit(&w, &d.look);
    other.look.address = d.look.address;
    struct event b = visit(&w, &other.look);
    CHECK(!same_visitor(&a, &b) && !b.visitor_found);
    struct payload bare = d.look;
    bare.canvas = bare.renderer = bare.vendor = bare.fonts = bare.width = "null";
    struct event c = visit(&w, &bare);
    CHECK(!same_visitor(&a, &c) && !c.visitor_found && because(&c, REASON_TOO_LITTLE_KNOWN));
    end();
}

static void test_linked_id(void)
{
    struct device d, other;
    char token[TOKEN_CHARS];
    crowd_open(&w, 50);
    device_make(&d, 1000), device_make(&other, 1001);
    d.look.envelope = other.look.envelope = "\"linkedId\":\"anna\",";
    struct event a = visit(&w, &d.look), b = visit(&w, &other.look);
    CHECK(!same_visitor(&a, &b) && !b.visitor_found); /* a person has several devices */
    d.look.envelope = "\"linkedId\":\"bert\",";
    struct event c = visit_with(&w, &d.look, token_made(&w, &a, 1, token)); /* a device has several persons */
    CHECK(same_visitor(&a, &c) && because(&c, REASON_TOKEN));
    w.now_ms += DAY_MS;
    d.look.envelope = "\"linkedId\":\"carl\",";
    struct event e = visit(&w, &d.look);
    CHECK(is_device(&e, &a));
    end();
}

static void test_forgotten(void)
{
    struct device d;
    char token[TOKEN_CHARS];
    crowd_open(&w, 50);
    device_make(&d, 1000);
    struct event a = visit(&w, &d.look);
    linkage_forget(w.linkage, 1, a.visitor);
    d.look.inset = "87"; /* or the store would take it for the same moment's twin */
    struct event b = visit_with(&w, &d.look, token_made(&w, &a, 1, token));
    CHECK(!same_visitor(&a, &b) && !b.visitor_found && b.visits_count == 1);
    w.now_ms += DAY_MS;
    struct event c = visit(&w, &d.look);
    CHECK(is_device(&c, &b));
    end();
}

/* The same two looks: one machine where nobody else has it, a popular model where hundreds do. */
static void test_size_of_the_population(void)
{
    bool found[2];
    for (int many = 0; many < 2; many++) {
        struct device d;
        struct payload first = laptop(), later;
        crowd_open(&w, 50);
        for (unsigned i = 0; many && i < 400; i++) { /* laptops like it, elsewhere */
            struct payload one = laptop();
            device_make(&d, i);
            one.address = d.look.address, one.local_ip = d.look.local_ip, one.quota = d.look.quota;
            one.colors = d.look.colors;
            visit(&w, &one);
            w.now_ms += 30 * MINUTE_MS;
        }
        struct event a = visit(&w, &first);
        w.now_ms += 10 * DAY_MS;
        later = first;
        later.address = "198.51.100.9", later.local_ip = later.quota = later.colors = "null";
        struct event b = visit(&w, &later);
        found[many] = same_visitor(&a, &b);
        end();
    }
    CHECK(found[0] && !found[1]);
}

/* ---- order and strangers -------------------------------------------------------------------- */

static void test_order_and_strangers_say_nothing(void)
{
    struct event first[10], again[10];
    for (int how = 0; how < 4; how++) {
        crowd_open(&w, 40);
        for (unsigned i = 0; i < COUNT_OF(first); i++) {
            struct device d;
            device_make(&d, 35 + i); /* five that are known, five that are not */
            struct event *e = how ? &again[i] : &first[i];
            *e = visit_written(&d.look, how);
            if (!how) continue;
            CHECK(e->visitor_found == first[i].visitor_found && e->match_score == first[i].match_score);
            CHECK(e->first_seen_ms == first[i].first_seen_ms && e->visits_count == first[i].visits_count);
            struct evidence x, y;
            CHECK(evidence_read(&x, e->match_evidence) && evidence_read(&y, first[i].match_evidence));
            CHECK(x.count == y.count && x.candidates == y.candidates && x.share == y.share);
            CHECK(x.newcomer == y.newcomer && x.second_share == y.second_share);
            for (size_t t = 0; t < x.count && t < y.count; t++)
                CHECK(x.traits[t].trait == y.traits[t].trait && x.traits[t].outcome == y.traits[t].outcome &&
                      x.traits[t].weight == y.traits[t].weight);
        }
        end();
    }
}

static void test_too_few_signals(void)
{
    begin();
    struct payload look = laptop();
    look.canvas = look.renderer = look.vendor = look.fonts = look.width = "null";
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
    struct payload look = laptop();
    struct str parts[1];
    for (int i = 0; i < 2; i++) {
        struct answered o;
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

int main(void)
{
    arena_init(&texts, 16 << 20);
    RUN(test_cookies_lost);
    RUN(test_browser_update);
    RUN(test_version_goes_up_only);
    RUN(test_private_window);
    RUN(test_missing_is_absent);
    RUN(test_farbled_canvas);
    RUN(test_turned_screen);
    RUN(test_another_device_is_another_visitor);
    RUN(test_fleet);
    RUN(test_popular_phones);
    RUN(test_address_and_user_agent_alone);
    RUN(test_linked_id);
    RUN(test_forgotten);
    RUN(test_size_of_the_population);
    RUN(test_order_and_strangers_say_nothing);
    RUN(test_too_few_signals);
    RUN(test_no_signals_at_all);
    arena_free(&texts);
    return test_end();
}
