/* What a device shows, as traits: each way of making a value, and what is absent. */
#include "identify/link/look.h"
#include "tests/unit/identify/fixture.h"

static struct world w;

static struct look look_of(const struct payload *p)
{
    struct arena arena;
    struct answered o;
    arena_init(&arena, 1 << 20);
    struct ask ask = { .body = body_of(p, &arena), .user_agent = p->user_agent, .address = p->address };
    identify_ask(&w, &ask, &o);
    CHECK_INT(o.e, ERR_OK);
    struct look look = o.id->look;
    outcome_free(&o);
    arena_free(&arena);
    return look;
}

/* The trait's value when one member of the laptop has another value. */
static uint32_t with(size_t member, const char *value, enum trait t)
{
    struct payload p = laptop();
    *(const char **)((char *)&p + member) = value;
    return look_of(&p).value[t];
}
#define WITH(member, value, trait) with(offsetof(struct payload, member), value, TRAIT_##trait)

static void test_every_trait_arrives(void)
{
    struct payload p = laptop();
    p.envelope = "\"linkedId\":\"anna\",";
    p.outer_height = "900"; /* a window that fills the screen has no size of its own */
    struct look look = look_of(&p);
    for (unsigned t = 0; t < TRAIT_COUNT; t++) {
        if (!look.value[t]) printf("# %s\n", trait_infos[t].name);
        CHECK(look.value[t] != 0 || t == TRAIT_extensions || t == TRAIT_none);
    }
    CHECK(look.value[TRAIT_extensions] != 0);
    CHECK_INT(look.telling, 4);
    CHECK(!look.private_window && !look.falsifies && !look.noisy_canvas && !look.dark);
}

static void test_table(void)
{
    for (unsigned t = 0; t < TRAIT_COUNT; t++) {
        const struct trait_info *info = &trait_infos[t];
        CHECK(info->given <= TRAIT_none && info->also <= TRAIT_none && info->given != t);
        CHECK(info->given == TRAIT_none || info->given < t || info->how != TRAIT_SIDES);
        CHECK(info->sigma >= 0 && info->sigma < 1 && info->daily > 0 && info->daily < 1);
        CHECK(info->wobble > 0 && info->wobble < 1 && info->words[0]);
        CHECK(info->slots >= 1 || info->how == TRAIT_NETWORK);
        CHECK(info->slots == 2 || (info->how != TRAIT_TIMED && info->how != TRAIT_TINTED)); /* a side each */
    }
}

/* Each member moves its own trait and no other. */
static void test_one_signal_moves_one_trait(void)
{
    const struct { size_t at; const char *value; enum trait trait; } rows[] = {
#define ROW(member, value, trait) { offsetof(struct payload, member), value, TRAIT_##trait }
        ROW(model, "\"X\"", model), ROW(architecture, "\"arm\"", model), ROW(renderer, "\"X\"", gpu),
        ROW(vendor, "\"X\"", gpu), ROW(webgpu, "\"X\"", webgpu), ROW(cores, "2", cpu), ROW(memory, "2", cpu),
        ROW(touch, "5", touch), ROW(hover, "\"none\"", touch), ROW(depth, "30", screen), ROW(gamut, "\"p3\"", screen),
        ROW(ratio, "2", zoom), ROW(quota, "5", storage), ROW(keyboard, "\"azerty\"", devices),
        ROW(bluetooth, "false", devices), ROW(canvas, "\"X\"", canvas), ROW(audio, "\"X\"", audio),
        ROW(emoji, "\"X\"", text), ROW(svg, "\"X\"", text), ROW(fonts, "[\"X\"]", fonts),
        ROW(voices, "[\"X\"]", voices),
        ROW(languages, "[\"en-US\"]", languages), ROW(zone, "\"Asia/Tokyo\"", zone), ROW(dnt, "\"1\"", privacy),
        ROW(gpc, "true", privacy), ROW(cookies, "false", privacy), ROW(contrast, "\"more\"", access),
        ROW(motion, "true", access), ROW(colors, "\"X\"", colors), ROW(permissions, "{\"a\":\"granted\"}", permissions),
        ROW(globals, "[\"X\"]", extensions), ROW(wallets, "[\"X\"]", extensions), ROW(inset, "5", inset),
        ROW(local_ip, "\"X\"", localnet), ROW(system, "\"13.0.0\"", system), ROW(scheme, "\"X\"", scheme),
#undef ROW
    };
    struct payload p = laptop();
    const struct look first = look_of(&p);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        p = laptop();
        *(const char **)((char *)&p + rows[i].at) = rows[i].value;
        const struct look look = look_of(&p);
        for (unsigned t = 0; t < TRAIT_COUNT; t++) {
            bool moves = t == rows[i].trait;
            if ((look.value[t] != first.value[t]) != moves) printf("# row %zu: %s\n", i, trait_infos[t].name);
            CHECK((look.value[t] != first.value[t]) == moves);
        }
        CHECK(look.value[rows[i].trait] != 0);
        CHECK_INT(look.class, first.class);
    }
    p = laptop(), p.languages = "[\"de\"]"; /* the list and its first are two traits */
    struct look german = look_of(&p);
    CHECK(german.value[TRAIT_language] != first.value[TRAIT_language]);
    CHECK(german.value[TRAIT_languages] != first.value[TRAIT_languages]);
}

/* A trait of which nothing arrived is absent; an empty list says nothing either. */
static void test_absent(void)
{
    CHECK(WITH(canvas, "null", canvas) == 0 && WITH(fonts, "[]", fonts) == 0 && WITH(fonts, "null", fonts) == 0);
    CHECK(WITH(width, "null", screen) == 0 && WITH(height, "null", screen) == 0);
    CHECK(WITH(width, "null", edges) == 0 && WITH(avail_width, "null", edges) == 0);
    CHECK(WITH(avail_height, "null", filled) == 0 && WITH(outer_width, "0", filled) == 0);
    CHECK(WITH(inset, "null", inset) == 0 && WITH(level, "null", power) == 0);
    CHECK(WITH(system, "\"\"", system) == 0 && WITH(system, "\"unknown\"", system) == 0);
    CHECK(WITH(envelope, "", user) == 0);
    CHECK(WITH(vendor, "null", gpu) != 0); /* the renderer is there */
    struct payload p = laptop();
    p.canvas = p.width = p.renderer = p.vendor = "null";
    CHECK_INT(look_of(&p).telling, 1);
    p.fonts = "[]";
    CHECK_INT(look_of(&p).telling, 0);
}

static void test_turned_phone(void)
{
    struct payload p = laptop(), turned = laptop(), other = laptop();
    turned.width = "1080", turned.height = "1920";
    other.width = "1081";
    uint32_t screen = look_of(&p).value[TRAIT_screen];
    CHECK(look_of(&turned).value[TRAIT_screen] == screen && look_of(&other).value[TRAIT_screen] != screen);
}

static void test_edges(void)
{
    struct payload p = laptop(), larger = laptop(), none = laptop();
    larger.width = larger.avail_width = "2560", larger.height = "1440", larger.avail_height = "1400";
    none.avail_height = "1080";
    uint32_t edges = look_of(&p).value[TRAIT_edges];
    CHECK(look_of(&larger).value[TRAIT_edges] == edges); /* the same taskbar on another screen */
    CHECK(look_of(&none).value[TRAIT_edges] != edges && look_of(&none).value[TRAIT_edges] != 0);
    p.width = "1e300", p.avail_width = "-1e300"; /* no number is too large for it */
    CHECK(look_of(&p).value[TRAIT_edges] != 0);
}

static void test_window(void)
{
    struct payload p = laptop(), small = laptop(), smaller = laptop();
    small.outer_width = "1000", small.outer_height = "800";
    smaller.outer_width = "999", smaller.outer_height = "800";
    struct look full = look_of(&p), a = look_of(&small), b = look_of(&smaller);
    CHECK(full.value[TRAIT_window] == 0 && full.value[TRAIT_filled] == 2);
    CHECK(a.value[TRAIT_window] != 0 && a.value[TRAIT_filled] == 1);
    CHECK(b.value[TRAIT_window] != a.value[TRAIT_window] && b.value[TRAIT_filled] == 1);
    small.pointer = "\"coarse\""; /* phones have no windows */
    a = look_of(&small);
    CHECK(a.value[TRAIT_window] == 0 && a.value[TRAIT_filled] == 0 && a.value[TRAIT_inset] == 0);
}

static void test_power(void)
{
    uint32_t half = WITH(level, "0.5", power), full = WITH(level, "1", power);
    struct payload p = laptop();
    p.charging = "false", p.level = "1";
    CHECK(half == 1 && full == 2 && look_of(&p).value[TRAIT_power] == 1);
}

static void test_user(void)
{
    uint32_t a = WITH(envelope, "\"linkedId\":\"a\",", user), b = WITH(envelope, "\"linkedId\":\"b\",", user);
    CHECK(a && b && a != b && a == WITH(envelope, "\"linkedId\":\"a\",", user));
}

static uint64_t version_with(const char *user_agent, const char *versions)
{
    struct payload p = laptop();
    p.user_agent = user_agent;
    p.versions = versions;
    return look_of(&p).version[0];
}

#define PARTS(a, b, c, d) ((uint64_t)(a) << 48 | (uint64_t)(b) << 32 | (uint64_t)(c) << 16 | (d))

static void test_versions(void)
{
    const char *ua = CHROME_WINDOWS("156");
    CHECK(version_with(ua, laptop().versions) == PARTS(156, 0, 7000, 10));
    CHECK(version_with(ua, "null") == PARTS(156, 0, 0, 0));
    CHECK(version_with(ua, "[{\"brand\":\"Chromium\",\"version\":\"156.0.1.2\"}]") == PARTS(156, 0, 1, 2));
    /* a list that contradicts the user agent is not believed */
    CHECK(version_with(ua, "[{\"brand\":\"Google Chrome\",\"version\":\"99.0.1.2\"}]") == PARTS(156, 0, 0, 0));
    /* whatever the order: the browser's own brand, not the engine's, not the made-up one */
    static const char *const orders[] = {
        "[{\"brand\":\"Google Chrome\",\"version\":\"156.0.5.6\"},{\"brand\":\"Chromium\",\"version\":\"156.0.1.2\"},"
        "{\"brand\":\"Not?A_Brand\",\"version\":\"156.9.9.9\"}]",
        "[{\"brand\":\"Not?A_Brand\",\"version\":\"156.9.9.9\"},{\"brand\":\"Chromium\",\"version\":\"156.0.1.2\"},"
        "{\"brand\":\"Google Chrome\",\"version\":\"156.0.5.6\"}]",
        "[{\"brand\":\"Chromium\",\"version\":\"156.0.1.2\"},{\"brand\":\"Not?A_Brand\",\"version\":\"156.9.9.9\"},"
        "{\"brand\":\"Google Chrome\",\"version\":\"156.0.5.6\"}]",
    };
    for (size_t i = 0; i < COUNT_OF(orders); i++) CHECK(version_with(ua, orders[i]) == PARTS(156, 0, 5, 6));
    struct payload p = laptop();
    p.system = "\"15.0.99999999999\""; /* a part has 16 bits */
    CHECK(look_of(&p).version[1] == PARTS(15, 0, 65535, 0));
    p.system = "\"6.8.0-45-generic\"";
    CHECK(look_of(&p).version[1] == PARTS(6, 8, 0, 0));
    CHECK(look_of(&p).release != 0);
}

/* The release leaves out the last parts, the class leaves out versions, the family has names only. */
static void test_class_and_family(void)
{
    struct payload p = laptop(), patched = laptop(), updated = laptop(), phone = laptop(), mac = laptop();
    patched.versions = "[{\"brand\":\"Google Chrome\",\"version\":\"156.0.7000.99\"}]";
    updated.user_agent = CHROME_WINDOWS("157"), updated.versions = "null";
    phone.user_agent = SAFARI_IPHONE;
    mac.platform = "\"MacIntel\"";
    struct look a = look_of(&p), b = look_of(&patched), c = look_of(&updated), d = look_of(&phone), e = look_of(&mac);
    CHECK(a.release == b.release && a.release != c.release);
    CHECK(a.class == b.class && a.class == c.class && a.class != d.class && a.class != e.class);
    CHECK(a.family == c.family && a.family != d.family && a.family == e.family);
    CHECK(a.version[0] < b.version[0] && b.version[0] < c.version[0]);
}

static void test_kinds(void)
{
    static const struct { const char *user_agent; unsigned kind; } rows[] = {
        { CHROME_WINDOWS("156"), 0 },
        { "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", 1 },
        { "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
          "Version/18.5 Safari/605.1.15", 6 },
        { "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", 9 },
        { CHROME_ANDROID, 12 },
        { SAFARI_IPHONE, 18 },
        { "curl/8.0", 20 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct payload p = laptop();
        p.user_agent = rows[i].user_agent;
        CHECK_INT(look_of(&p).kind, rows[i].kind);
        p.privacy_browser = "\"brave\"";
        CHECK_INT(look_of(&p).kind, rows[i].kind / 4 * 4 + 3); /* what falsifies is a kind of its own */
    }
}

static void test_falsifies(void)
{
    struct payload p[3] = { laptop(), laptop(), laptop() };
    p[0].privacy_browser = "\"brave\"", p[1].blockers = "[\"x\"]", p[2].tampered = "[\"toDataURL\"]";
    for (size_t i = 0; i < COUNT_OF(p); i++) CHECK(look_of(&p[i]).falsifies);
    p[0].farbled = "true", p[1].is_private = "true", p[2].scheme = "\"dark\"";
    CHECK(look_of(&p[0]).noisy_canvas && look_of(&p[1]).private_window && look_of(&p[2]).dark);
    CHECK(!look_of(&p[1]).noisy_canvas && !look_of(&p[2]).private_window && !look_of(&p[0]).dark);
}

/* A Firefox marks its images with a number of the session. Our agent, which counts pixels, takes it out. */
static void test_marked_canvas(void)
{
    struct payload p = laptop();
    p.wrong_pixels = "null";
    CHECK(!look_of(&p).noisy_canvas);
    p.user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0";
    CHECK(look_of(&p).noisy_canvas);
    p.wrong_pixels = "0";
    CHECK(!look_of(&p).noisy_canvas);
}

/* A Firefox shows by its storage what it does not say. */
static void test_private_windows(void)
{
    struct payload p = laptop();
    CHECK(!look_of(&p).private_window && !look_of(&p).usual_window); /* a Chromium's storage says nothing */
    p.error = "\"can't access property \\\"x\\\" of null\"";
    CHECK(!look_of(&p).private_window && look_of(&p).usual_window);
    p.directory = "\"SecurityError: Security error when calling GetDirectory\"";
    CHECK(look_of(&p).private_window && !look_of(&p).usual_window);
}

/* Night begins at seven in the evening, where the client is. */
static void test_night(void)
{
    const int64_t midnight_ms = (int64_t)20000 * 86400000, hour_ms = 3600000;
    const struct { const char *offset; int hour; bool night; } rows[] = {
        { "0", 12, false }, { "0", 19, true },  { "0", 18, false },    { "0", 6, true },       { "0", 7, false },
        { "-120", 17, true }, { "-120", 16, false }, { "-120", 5, false }, { "300", 23, false }, { "300", 0, true },
        { "null", 12, false }, { "1e300", 12, true }, { "-1e300", 12, true },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct payload p = laptop();
        p.offset = rows[i].offset;
        w.now_ms = midnight_ms + rows[i].hour * hour_ms;
        bool night = look_of(&p).night;
        if (night != rows[i].night) printf("# row %zu\n", i);
        CHECK(night == rows[i].night);
    }
}

/* How far two addresses are alike: levels from near to block. */
static unsigned shared(const char *a, const char *b)
{
    struct payload x = laptop(), y = laptop();
    x.address = a, y.address = b;
    struct look p = look_of(&x), q = look_of(&y);
    unsigned levels = 0;
    for (unsigned l = 0; l < NET_LEVELS; l++) levels += p.net[l] == q.net[l];
    CHECK(p.value[TRAIT_network] == p.net[NET_NEAR]);
    return levels;
}

static void test_networks(void)
{
    CHECK_INT(shared("203.0.113.7", "203.0.113.250"), 3);
    CHECK_INT(shared("203.0.113.7", "203.0.114.7"), 2);
    CHECK_INT(shared("203.0.113.7", "203.1.113.7"), 1);
    CHECK_INT(shared("203.0.113.7", "204.0.113.7"), 0);
    CHECK_INT(shared("2001:db8:1:2::7", "2001:db8:1:ffff::9"), 3); /* a household's /48 */
    CHECK_INT(shared("2001:db8:1:2::7", "2001:db8:2:2::7"), 2);
    CHECK_INT(shared("2001:db8:1:2::7", "2001:db9:1:2::7"), 1);
    CHECK_INT(shared("2001:db8:1:2::7", "2002:db8:1:2::7"), 0);
}

static unsigned apart(const char *a, const char *b)
{
    return (unsigned)__builtin_popcountll(set_sketch(str_of(a)) ^ set_sketch(str_of(b)));
}

/* Odd sketches: order says nothing, and an element more is a bit more. */
static void test_sketches(void)
{
    CHECK(set_sketch(STR("")) == 0 && set_sketch(STR("Arial")) != 0);
    CHECK_INT(apart("A\nB\nC", "C\nA\nB"), 0);
    CHECK_INT(apart("A\nB\nC", "A\nB\nC\nD"), 1);
    CHECK_INT(apart("A\nB", "A\nB\nA\nA"), 0); /* twice is never */
    CHECK(apart("A\nB\nC\nD\nE\nF\nG\nH", "a\nb\nc\nd\ne\nf\ng\nh") > 6);
}

int main(void)
{
    world_open(&w);
    RUN(test_every_trait_arrives);
    RUN(test_table);
    RUN(test_one_signal_moves_one_trait);
    RUN(test_absent);
    RUN(test_turned_phone);
    RUN(test_edges);
    RUN(test_window);
    RUN(test_power);
    RUN(test_user);
    RUN(test_versions);
    RUN(test_class_and_family);
    RUN(test_kinds);
    RUN(test_falsifies);
    RUN(test_marked_canvas);
    RUN(test_private_windows);
    RUN(test_night);
    RUN(test_networks);
    RUN(test_sketches);
    world_close(&w);
    return test_end();
}
