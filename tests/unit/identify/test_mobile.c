/* Events of apps: who the device is, one table of what each verdict says to what an app sends, and the grid of
 * zones. */
#include "identify/forget.h"
#include "tests/unit/identify/fixture.h"

#include <math.h>

static struct world w;

struct app {
    const char *platform, *signals; /* signals: members of the object, as JSON */
    const char *more;               /* of the envelope, each with a comma behind it; NULL: none */
    uint32_t workspace;
};

/* Only plain values of the event may be used, and its reasons. */
static struct event post_with(const struct app *a, struct str token)
{
    struct arena arena;
    struct answered o;
    static const char padding[JSON_PADDING];
    bool android = strcmp(a->platform, "android") == 0;
    arena_init(&arena, 1 << 20);
    struct str text = arena_format(&arena,
                                   "{\"platform\":\"%s\",\"sdk\":{\"version\":\"1.0\"},\"%s\":\"com.example.shop\",%s"
                                   "\"token\":\"%.*s\",\"signals\":{%s}}%.*s",
                                   a->platform, android ? "packageName" : "bundleId", a->more ? a->more : "",
                                   STR_ARG(token), a->signals, (int)sizeof padding, padding);
    text.n = strlen(text.p);
    char *body = arena_zero(&arena, text.n + JSON_PADDING);
    memcpy(body, text.p, text.n);
    struct ask ask = { .body = { body, text.n }, .user_agent = "okhttp/4.12.0", .workspace = a->workspace };
    identify_ask(&w, &ask, &o);
    CHECK_INT(o.e, ERR_OK);
    if (o.problem) printf("# problem: %s\n", o.problem);
    struct event event = o.event;
    static char zone[16];
    if (event_has(&event, EVENT_proximity_id)) {
        memcpy(zone, event.proximity_id.p, event.proximity_id.n);
        event.proximity_id.p = zone; /* till the next one */
    }
    outcome_free(&o);
    arena_free(&arena);
    w.now_ms += 1000;
    return event;
}

static struct event post(const struct app *a)
{
    return post_with(a, STR(""));
}

/* ---- who the device is --------------------------------------------------------------------- */

#define HARDWARE(id) "\"device\":{\"value\":{\"hardwareId\":\"" id "\",\"model\":\"Pixel 8\"}}"
static const struct app phone = { .platform = "android", .signals = HARDWARE("0123456789abcdef") };
static const struct app other_phone = { .platform = "android", .signals = HARDWARE("0123456789abcdeg") };
static const struct app bare_phone = { .platform = "android", .signals = "\"call\":{\"value\":{\"state\":\"none\"}}" };

static void test_hardware_names_the_visitor(void)
{
    world_open(&w);
    struct event a = post(&phone), b = post(&phone), c = post(&other_phone);
    CHECK(!a.visitor_found && because(&a, REASON_APP_HARDWARE_NEW));
    CHECK(b.visitor_found && same_visitor(&a, &b) && because(&b, REASON_APP_HARDWARE) && b.visits_count == 2);
    CHECK(!same_visitor(&a, &c) && because(&c, REASON_APP_HARDWARE_NEW));
    struct app apple = phone, elsewhere = phone;
    apple.platform = "ios";
    elsewhere.workspace = 2;
    struct event d = post(&apple), e = post(&elsewhere);
    CHECK(!d.visitor_found && !e.visitor_found);
    world_close(&w);
}

static void test_hardware_and_tokens(void)
{
    char token[TOKEN_CHARS];
    world_open(&w);
    struct event a = post(&phone), b = post(&other_phone);
    struct event c = post_with(&phone, token_made(&w, &b, 1, token)); /* the hardware is believed */
    CHECK(same_visitor(&a, &c) && because(&c, REASON_APP_HARDWARE));
    struct event d = post(&bare_phone), e = post(&bare_phone); /* nobody is guessed */
    CHECK(!same_visitor(&d, &e) && !d.visitor_found && !e.visitor_found);
    struct app later = phone;
    later.signals = HARDWARE("a new id, after all");
    struct event f = post_with(&later, token_made(&w, &d, 1, token));
    CHECK(same_visitor(&d, &f) && because(&f, REASON_TOKEN));
    struct event g = post(&later); /* and known by it from then on */
    CHECK(same_visitor(&d, &g) && because(&g, REASON_APP_HARDWARE));
    world_close(&w);
}

static void reopen(void)
{
    linkage_close(w.linkage);
    REQUIRE(linkage_open(&w.linkage, w.store) == ERR_OK);
    w.shared.linkage = w.linkage;
}

/* Regression: the id was a hash of the hardware, and came back once the mark of the deletion was gone. */
static void test_deleted_phone_is_somebody_new_for_ever(void)
{
    world_open(&w);
    struct event a = post(&phone), other = post(&other_phone);
    CHECK_INT(identify_forget(&w.shared, 1, a.visitor), ERR_OK);
    struct event b = post(&phone);
    CHECK(!b.visitor_found && !same_visitor(&a, &b) && b.visits_count == 1);
    CHECK_INT(identify_forget(&w.shared, 1, b.visitor), ERR_OK);
    CHECK_INT(store_finish_deletions(w.store), ERR_OK);
    reopen();
    struct event c = post(&phone), d = post(&phone);
    CHECK(!c.visitor_found && !same_visitor(&a, &c) && !same_visitor(&b, &c));
    CHECK(d.visitor_found && same_visitor(&c, &d));
    reopen();
    struct event e = post(&phone), f = post(&other_phone);
    CHECK(same_visitor(&c, &e) && e.visits_count == 3 && because(&e, REASON_APP_HARDWARE));
    CHECK(same_visitor(&other, &f) && f.visits_count == 2);
    world_close(&w);
}

/* ---- verdicts ------------------------------------------------------------------------------ */

enum want { ABSENT = -1, NO, YES };

static const struct row {
    const char *platform;
    enum event_field field;
    enum want want;
    enum reason reason; /* 0: none */
    const char *signals, *more;
} rows[] = {
#define A(field, want, reason, signals) { "android", EVENT_##field, want, reason, signals, NULL }
#define I(field, want, reason, signals) { "ios", EVENT_##field, want, reason, signals, NULL }
#define AT(field, want, reason, more) { "android", EVENT_##field, want, reason, "", more }
#define SYSTEM(members) "\"system\":{\"value\":{" members "}}"
#define PROCESS(members) "\"process\":{\"value\":{" members "}}"
#define NETWORK(members) "\"network\":{\"value\":{" members "}}"
#define CONTROL(members) "\"control\":{\"value\":{" members "}}"
    A(root_apps, ABSENT, 0, ""),
    A(root_apps, ABSENT, 0, SYSTEM("\"buildTags\":\"test-keys\"")),
    A(root_apps, NO, 0, SYSTEM("\"files\":[]")),
    A(root_apps, NO, 0, SYSTEM("\"files\":[\"/system/bin/sum\",\"/home/su\"],\"buildTags\":\"test-keys\"")),
    A(root_apps, YES, REASON_ROOT_BINARIES, SYSTEM("\"files\":[\"/system/bin/sh\",\"/system/xbin/su\"]")),
    A(root_apps, YES, REASON_ROOT_BINARIES, SYSTEM("\"files\":[\"/data/adb/magisk/util_functions.sh\"]")),
    A(root_apps, YES, REASON_ROOT_MANAGER, SYSTEM("\"packages\":[\"me.weishu.kernelsu\"]")),
    A(root_apps, YES, REASON_ROOT_TEST_KEYS,
      SYSTEM("\"packages\":[\"me.weishu.kernelsu\"],\"buildTags\":\"dev-keys\"")),
    A(root_apps, NO, 0, SYSTEM("\"packages\":[\"com.topjohnwu.magisk.lookalike\"]")),
    I(root_apps, ABSENT, 0, SYSTEM("\"files\":[\"/system/xbin/su\"]")),

    A(emulator, ABSENT, 0, SYSTEM("\"buildTags\":\"release-keys\"")),
    A(emulator, NO, 0, SYSTEM("\"hardware\":\"shiba\",\"product\":\"shiba\",\"properties\":[\"ro.kernel.qemu=0\"]")),
    A(emulator, YES, REASON_EMULATOR_HARDWARE, SYSTEM("\"hardware\":\"ranchu\"")),
    A(emulator, YES, REASON_EMULATOR_HARDWARE, SYSTEM("\"product\":\"sdk_gphone64_x86_64\"")),
    A(emulator, YES, REASON_EMULATOR_HARDWARE, SYSTEM("\"buildFingerprint\":\"google/sdk_gphone_x86/generic_x86:11\"")),
    A(emulator, YES, REASON_EMULATOR_FILES, SYSTEM("\"files\":[\"/dev/qemu_pipe\"]")),
    A(emulator, YES, REASON_EMULATOR_FILES, SYSTEM("\"files\":[\"/fstab.nox\"]")),
    A(emulator, NO, 0, SYSTEM("\"files\":[\"/fstab.shiba\",\"/fstab.noxious\"]")),
    A(emulator, YES, REASON_EMULATOR_FILES, SYSTEM("\"properties\":[\"ro.kernel.qemu=1\"]")),
    I(emulator, ABSENT, 0, SYSTEM("\"hardware\":\"ranchu\"")),

    A(frida, ABSENT, 0, PROCESS("\"dataDir\":\"/data/user/0/com.example.shop\",\"openPorts\":[27042]")),
    A(frida, NO, 0,
      PROCESS("\"libraries\":[\"libc.so\",\"libgadget.so\"],\"threads\":[\"gmain\"],\"openPorts\":[27042]")),
    A(frida, YES, REASON_FRIDA_LOADED, PROCESS("\"libraries\":[\"/data/local/tmp/frida-agent-64.so\"]")),
    A(frida, YES, REASON_FRIDA_PORT, PROCESS("\"threads\":[\"gum-js-loop\"],\"openPorts\":[80,27042]")),
    I(frida, YES, REASON_FRIDA_LOADED, PROCESS("\"libraries\":[\"FridaGadget.dylib\"]")),
    A(frida, YES, REASON_FRIDA_LOADED, PROCESS("\"libraries\":[\"/memfd:frida-agent-64.so (deleted)\"]")),
    A(frida, YES, REASON_FRIDA_LOADED,
      PROCESS("\"libraries\":[\"libc.so\",\"/data/app/shop/lib/libfrida-gadget.so\"]")),
    /* Regression: the five letters anywhere convicted, also those of a Friday. */
    A(frida, NO, 0,
      PROCESS("\"libraries\":[\"libfriday.so\",\"/data/app/com.frida.museum/lib/libc.so\"]")),
    I(frida, NO, 0,
      PROCESS("\"libraries\":[\"/var/containers/BlackFriday.app/Frameworks/Shop.framework/Shop\"]")),

    A(cloned_app, ABSENT, 0, PROCESS("\"threads\":[\"main\"]")),
    A(cloned_app, NO, 0, PROCESS("\"dataDir\":\"/data/user/10/com.example.shop\"")),
    A(cloned_app, NO, 0, PROCESS("\"dataDir\":\"/mnt/expand/57f8f4bc-abf4/user/0/com.example.shop\"")),
    A(cloned_app, YES, REASON_CLONED_DIRECTORY,
      PROCESS("\"dataDir\":\"/data/user/0/com.lbe.parallel.intl/parallel/0/com.example.shop\"")),
    A(cloned_app, YES, REASON_CLONED_LIBRARY, PROCESS("\"libraries\":[\"libva++.so\"]")),
    I(cloned_app, ABSENT, 0, PROCESS("\"libraries\":[\"libva++.so\"]")),

    I(jailbroken, ABSENT, 0, PROCESS("\"schemes\":[\"cydia\"]")),
    I(jailbroken, NO, 0, SYSTEM("\"files\":[]") "," PROCESS("\"schemes\":[\"cydia\"],\"wroteOutside\":false")),
    I(jailbroken, YES, REASON_JAILBREAK_FILES, SYSTEM("\"files\":[\"/var/jb/usr/bin/apt\"]")),
    I(jailbroken, YES, REASON_JAILBREAK_WRITE, PROCESS("\"wroteOutside\":true")),
    I(jailbroken, YES, REASON_JAILBREAK_LIBRARY, PROCESS("\"libraries\":[\"/usr/lib/libellekit.dylib\"]")),
    /* Regression: a changed app that brings such a library along was taken for a changed device. */
    I(jailbroken, NO, 0,
      PROCESS("\"libraries\":[\"/var/containers/1/Shop.app/Frameworks/libsubstrate.dylib\"]")),
    I(jailbroken, YES, REASON_JAILBREAK_SCHEME, PROCESS("\"wroteOutside\":true,\"schemes\":[\"sileo\"]")),
    I(jailbroken, ABSENT, REASON_SIMULATOR_MACHINE, SYSTEM("\"files\":[\"/var/jb\"],\"machine\":\"x86_64\"")),
    A(jailbroken, ABSENT, 0, SYSTEM("\"files\":[\"/var/jb\"]")),

    I(simulator, ABSENT, 0, SYSTEM("\"files\":[]")),
    I(simulator, NO, 0, SYSTEM("\"machine\":\"iPhone16,1\"")),
    I(simulator, NO, 0, SYSTEM("\"machine\":\"arm64\"")),
    I(simulator, YES, REASON_SIMULATOR_MACHINE, SYSTEM("\"machine\":\"x86_64\"")),
    I(simulator, YES, REASON_SIMULATOR_MACHINE, PROCESS("\"environment\":[\"HOME\",\"SIMULATOR_UDID\"]")),
    A(simulator, ABSENT, 0, SYSTEM("\"machine\":\"x86_64\"")),

    A(mitm_attack, ABSENT, 0, NETWORK("\"vpn\":false,\"interfaces\":[\"wlan0\"]")),
    A(mitm_attack, NO, 0, NETWORK("\"proxy\":\"10.0.0.2:3128\",\"userCertificates\":0")),
    A(mitm_attack, NO, 0, NETWORK("\"proxy\":\"\",\"userCertificates\":2,\"pinMismatch\":false")),
    A(mitm_attack, YES, REASON_MITM_PROXY, NETWORK("\"proxy\":\"10.0.0.2:3128\",\"userCertificates\":1")),
    I(mitm_attack, YES, REASON_MITM_PINS, NETWORK("\"pinMismatch\":true")),

    A(location_spoofing, ABSENT, 0, ""),
    AT(location_spoofing, ABSENT, 0, "\"location\":{\"latitude\":1,\"longitude\":2,\"accuracyM\":3},"),
    AT(location_spoofing, NO, 0, "\"location\":{\"latitude\":1,\"longitude\":2,\"accuracyM\":3,\"mock\":false},"),
    AT(location_spoofing, YES, REASON_LOCATION_MOCK,
       "\"location\":{\"latitude\":1,\"longitude\":2,\"accuracyM\":3,\"mock\":true},"),

    A(remote_control, ABSENT, 0, ""),
    A(remote_control, ABSENT, 0, CONTROL("\"screenCaptured\":true")),
    A(remote_control, ABSENT, 0, CONTROL("\"accessibility\":[\"com.anydesk.adcontrol.ad1/.S\"]")),
    A(remote_control, NO, 0, CONTROL("\"screenCaptured\":true,\"accessibility\":[\"com.google.talkback/.Service\"]")),
    A(remote_control, NO, 0, CONTROL("\"screenCaptured\":false,\"accessibility\":[\"com.anydesk.adcontrol.ad1/.S\"]")),
    A(remote_control, YES, REASON_REMOTE_APP,
      CONTROL("\"screenCaptured\":true,\"accessibility\":[\"com.carriez.flutter_hbb/.InputService\"]")),
    I(remote_control, NO, 0, CONTROL("\"screenCaptured\":false")),

    A(active_call, ABSENT, 0, "\"call\":{\"value\":{}}"),
    A(active_call, NO, 0, "\"call\":{\"value\":{\"state\":\"none\"}}"),
    I(active_call, YES, 0, "\"call\":{\"value\":{\"state\":\"active\"}}"),

    A(developer_tools, ABSENT, 0, SYSTEM("\"files\":[]")),
    A(developer_tools, NO, 0, SYSTEM("\"developerMode\":false")),
    A(developer_tools, YES, REASON_DEVELOPER_MODE, SYSTEM("\"developerMode\":true")),

#define PRINT "google/shiba/shiba:15/AP4A.250105.002/12701944:user/release-keys"
#define LINEAGE "\"buildFingerprint\":\"" PRINT "\",\"product\":\"lineage_shiba\",\"buildTags\":\"test-keys\""
#define VERSION(text) "\"device\":{\"value\":{\"osVersion\":\"" text "\"}}"
#define PAGE "\"canvas\":{\"value\":{}},\"webgl\":{\"value\":{}},\"audio\":{\"value\":{}},\"fonts\":{\"value\":{}}"
    A(tampering, ABSENT, 0, SYSTEM("\"files\":[]")),
    A(tampering, NO, 0, SYSTEM("\"buildFingerprint\":\"" PRINT "\",\"product\":\"shiba\"") "," VERSION("15")),
    A(tampering, NO, 0, SYSTEM("\"buildFingerprint\":\"nothing like it\",\"product\":\"shiba\"")),
    A(tampering, NO, REASON_APP_BUILD, SYSTEM(LINEAGE) "," VERSION("16")),
    A(tampering, YES, REASON_APP_HOOKED, PROCESS("\"libraries\":[\"/data/adb/modules/lspd/liblspd.so\"]")),
    A(tampering, NO, 0, PROCESS("\"libraries\":[\"/data/app/com.liblspd.shop/libc.so\",\"mylibxposed_.so\"]")),
    A(tampering, YES, REASON_APP_BROWSER, PAGE ",\"headless\":{\"value\":{}}"),
    A(tampering, ABSENT, 0, PAGE ",\"timezone\":{\"value\":{\"reported\":\"Europe/Berlin\"}}"),
    I(tampering, NO, 0, PROCESS("\"libraries\":[\"XposedBridge.jar\"]")),
    I(tampering, NO, REASON_APP_BROWSER, PAGE ",\"headless\":{\"value\":{}}"),

    A(vpn_auxiliary_mobile, NO, 0, NETWORK("\"vpn\":false")),
    A(vpn_auxiliary_mobile, YES, 0, NETWORK("\"vpn\":true")),
};

static bool value_of(const struct event *ev, enum event_field field)
{
    switch ((int)field) {
#define IS(member) case EVENT_##member: return ev->member
        IS(root_apps); IS(emulator); IS(frida); IS(cloned_app); IS(jailbroken); IS(simulator); IS(mitm_attack);
        IS(location_spoofing); IS(remote_control); IS(active_call); IS(developer_tools); IS(vpn_auxiliary_mobile);
        IS(tampering);
#undef IS
    default: REQUIRE(false); return false;
    }
}

static void test_verdicts(void)
{
    world_open(&w);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct row *r = &rows[i];
        struct app app = { .platform = r->platform, .signals = r->signals, .more = r->more };
        struct event ev = post(&app);
        enum want got = !event_has(&ev, r->field) ? ABSENT : value_of(&ev, r->field) ? YES : NO;
        bool why = !r->reason || codes_have(&ev.mobile_reasons, r->reason) ||
                   codes_have(&ev.developer_tools_reasons, r->reason) || codes_have(&ev.tampering_reasons, r->reason);
        if (got != r->want || !why) printf("# row %zu: %s, %s\n", i, event_fields[r->field].name, r->signals);
        CHECK_INT(got, r->want);
        CHECK(why);
        if (!r->reason) CHECK_INT(ev.mobile_reasons.count, 0);
    }
    world_close(&w);
}

static void test_factory_reset(void)
{
    static const struct { const char *value; int64_t want; } times[] = {
        { "1764000000000", 1764000000000 }, { "null", 0 }, { "0", 0 }, { "-5", 0 }, { "1e300", 0 },
        { "1765432100000000", 0 }, /* in the future: microseconds */
        { "915148800000", 0 },     /* 1999: before there were such phones */
    };
    char signals[96];
    world_open(&w);
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        snprintf(signals, sizeof signals, SYSTEM("\"resetTimeMs\":%s"), times[i].value);
        struct app app = { .platform = i % 2 ? "ios" : "android", .signals = signals };
        struct event ev = post(&app);
        CHECK(event_has(&ev, EVENT_factory_reset_ms));
        CHECK_INT(ev.factory_reset_ms, times[i].want);
        CHECK_INT(codes_have(&ev.mobile_reasons, REASON_FACTORY_RESET), times[i].want != 0);
    }
    CHECK(!event_has(&(struct event){ .present = 0 }, EVENT_factory_reset_ms));
    struct event none = post(&bare_phone);
    CHECK(!event_has(&none, EVENT_factory_reset_ms));
    world_close(&w);
}

/* ---- zones --------------------------------------------------------------------------------- */

struct zone {
    char id[16];
    int radius_m;
    double confidence;
};

static struct zone zone_at(double latitude, double longitude, double accuracy_m, uint32_t workspace)
{
    char more[160];
    snprintf(more, sizeof more, "\"location\":{\"latitude\":%.9f,\"longitude\":%.9f,\"accuracyM\":%.3f},", latitude,
             longitude, accuracy_m);
    struct app app = { .platform = "android", .signals = "", .more = more, .workspace = workspace };
    struct event ev = post(&app);
    struct zone out = { .radius_m = 0 };
    if (!event_has(&ev, EVENT_proximity_id)) return out;
    memcpy(out.id, ev.proximity_id.p, ev.proximity_id.n);
    out.radius_m = (int)ev.proximity_radius_m;
    out.confidence = ev.proximity_confidence;
    return out;
}

static const double METERS_PER_DEGREE = 6371008.8 * 3.14159265358979323846 / 180;

static void test_nine_radii(void)
{
    static const int radii[] = { 10, 25, 65, 175, 450, 1200, 3300, 8500, 22500 };
    world_open(&w);
    for (size_t i = 0; i < COUNT_OF(radii); i++) {
        struct zone at = zone_at(48.137154, 11.576124, radii[i], 1);
        struct zone above = zone_at(48.137154, 11.576124, radii[i] + .5, 1);
        struct zone near = zone_at(48.137154 + 1e-7, 11.576124, radii[i], 1); /* a centimetre */
        CHECK_INT(at.radius_m, radii[i]);
        CHECK_INT(above.radius_m, i + 1 < COUNT_OF(radii) ? radii[i + 1] : 0);
        CHECK_INT(strlen(at.id), 11);
        CHECK(strcmp(at.id, near.id) == 0 && strcmp(at.id, above.id) != 0);
        CHECK(at.confidence > 0 && at.confidence < 0.5); /* a fix as coarse as the cell is often in the next one */
        CHECK(zone_at(48.137154, 11.576124, radii[i] / 100.0, 1).radius_m <= radii[i]);
    }
    world_close(&w);
}

/* Walks north and east: a cell is never larger than the circle, and most of the circle's size. */
static void test_cells_fit_their_circle(void)
{
    static const double latitudes[] = { 0, 20, -47.3, 60, -75, 84 };
    const double radius_m = 450, steps = 60, way_m = 20000;
    world_open(&w);
    for (size_t i = 0; i < COUNT_OF(latitudes); i++)
        for (int east = 0; east < 2; east++) {
            char last[16] = "";
            unsigned cells = 0, longest = 0, run = 0;
            for (unsigned n = 0; n < (unsigned)(steps * way_m / (2 * radius_m) / 10); n++) {
                double m = n * 2 * radius_m / steps;
                double degrees = m / METERS_PER_DEGREE / (east ? cos(latitudes[i] * 3.14159265358979 / 180) : 1);
                struct zone z = zone_at(latitudes[i] + (east ? 0 : degrees), 11.5 + (east ? degrees : 0), 440, 1);
                run = strcmp(z.id, last) == 0 ? run + 1 : 1;
                if (run == 1) cells++;
                if (run > longest) longest = run;
                memcpy(last, z.id, sizeof last);
            }
            double side_m = longest * 2 * radius_m / steps;
            CHECK(side_m <= radius_m * sqrt(2) * 1.03); /* a step of 15 m is the error of this measure */
            CHECK(side_m >= radius_m * 0.9 && cells >= 3);
        }
    world_close(&w);
}

static void test_ends_of_the_earth(void)
{
    static const double places[][2] = { { 90, 0 },  { -90, 180 }, { 89.99999, -180 },
                                        { 0, 180 }, { 0, -180 },  { -90, -180 } };
    world_open(&w);
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        struct zone z = zone_at(places[i][0], places[i][1], 9, 1);
        CHECK(z.radius_m == 10 && z.confidence >= 0 && z.confidence <= 1);
    }
    struct zone east = zone_at(12.5, 180, 9, 1), west = zone_at(12.5, -180, 9, 1);
    CHECK(strcmp(east.id, west.id) == 0); /* one meridian */
    world_close(&w);
}

/* Other workspaces and other installations have other ids and other borders. */
static void test_zones_are_keyed(void)
{
    world_open(&w);
    struct zone here = zone_at(48.1, 11.5, 60, 1), there = zone_at(48.1, 11.5, 60, 2);
    CHECK(strcmp(here.id, there.id) != 0);
    world_close(&w);
    world_open(&w);
    token_keys_free(&w.token_keys);
    w.token_keys = (struct token_keys){ 0 };
    REQUIRE(token_keys_add(&w.token_keys, 1, STR("another secret of 32 bytes, of xy")) == ERR_OK);
    struct zone elsewhere = zone_at(48.1, 11.5, 60, 1);
    CHECK(elsewhere.radius_m == 65 && strcmp(here.id, elsewhere.id) != 0);
    world_close(&w);
}

/* A hundred draws around a true place at the accuracy's own error: about as many fall into the fix's cell as said. */
static void test_confidence_is_a_chance(void)
{
    const double accuracy_m = 100, radius_m = 175;
    double said = 0, right = 0, sigma = accuracy_m / sqrt(-2 * log(0.32));
    unsigned n = 0;
    uint64_t state = 7;
    world_open(&w);
    for (; n < 400; n++) {
        double unit[4];
        for (size_t i = 0; i < 4; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            unit[i] = (double)((state >> 11) + 1) / 9007199254740993.0;
        }
        double r = sigma * sqrt(-2 * log(unit[0])), angle = 2 * 3.14159265358979 * unit[1];
        double lat = 48 + unit[2] / 10, lon = 11 + unit[3] / 10, wide = cos(lat * 3.14159265358979 / 180);
        struct zone fix = zone_at(lat, lon, accuracy_m, 1);
        struct zone truth = zone_at(lat + r * cos(angle) / METERS_PER_DEGREE,
                                    lon + r * sin(angle) / METERS_PER_DEGREE / wide, accuracy_m, 1);
        CHECK_INT(fix.radius_m, radius_m);
        said += fix.confidence;
        right += strcmp(fix.id, truth.id) == 0;
    }
    printf("# said %.3f, was %.3f\n", said / n, right / n);
    CHECK(fabs(said - right) / n < 0.06); /* 2.4 standard deviations of 400 draws; the draws are the same each time */
    world_close(&w);
}

static void test_no_zone(void)
{
    world_open(&w);
    struct app mocked = { .platform = "ios", .signals = "",
                          .more = "\"location\":{\"latitude\":1,\"longitude\":2,\"accuracyM\":3,\"mock\":true}," };
    struct event a = post(&mocked), b = post(&bare_phone);
    CHECK(!event_has(&a, EVENT_proximity_id) && !event_has(&b, EVENT_proximity_id));
    CHECK(zone_at(1, 2, 22500.001, 1).radius_m == 0);
    world_close(&w);
}

int main(void)
{
    RUN(test_hardware_names_the_visitor);
    RUN(test_hardware_and_tokens);
    RUN(test_deleted_phone_is_somebody_new_for_ever);
    RUN(test_verdicts);
    RUN(test_factory_reset);
    RUN(test_nine_radii);
    RUN(test_cells_fit_their_circle);
    RUN(test_ends_of_the_earth);
    RUN(test_zones_are_keyed);
    RUN(test_confidence_is_a_chance);
    RUN(test_no_zone);
    return test_end();
}
