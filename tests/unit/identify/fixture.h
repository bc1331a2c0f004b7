/* fixture - an identification without a server: a memory store, a request made by hand, and a wait
 * for the commit.
 *
 *     struct world w;
 *     world_open(&w);
 *     struct payload look = laptop();                  a device's signals, to be changed at will
 *     struct answered o = visit(&w, &look);
 *     CHECK(o.e == ERR_OK && o.event.visitor_found);
 *     outcome_free(&o);
 *     world_close(&w);
 */
#ifndef WHORL_TEST_IDENTIFY_FIXTURE_H
#define WHORL_TEST_IDENTIFY_FIXTURE_H

#include "base/json_out.h"
#include "base/limits.h"
#include "identify/identify.h"
#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>

struct world {
    struct store *store;
    struct linkage *linkage;
    struct ua_table *ua;
    struct token_keys token_keys;
    struct networks proxies;
    struct identify_shared shared;
    int64_t now_ms;
};

static inline void world_open(struct world *w)
{
    *w = (struct world){ .now_ms = 1765432100000 };
    REQUIRE(store_open_memory(&w->store) == ERR_OK && ua_table_create(&w->ua) == ERR_OK);
    REQUIRE(linkage_open(&w->linkage, w->store) == ERR_OK);
    REQUIRE(token_keys_add(&w->token_keys, 1, STR("a secret of 32 bytes for testing")) == ERR_OK);
    w->shared = (struct identify_shared){ .store = w->store, .linkage = w->linkage, .ua = w->ua,
                                          .token_keys = &w->token_keys,
                                          .trusted_proxies = &w->proxies };
}

static inline void world_close(struct world *w)
{
    linkage_close(w->linkage);
    store_close(w->store);
    ua_table_destroy(w->ua);
    token_keys_free(&w->token_keys);
}

/* Texts are JSON values, so that any of them can be made wrong. */
struct payload {
    const char *user_agent; /* a header: not JSON */
    const char *canvas, *farbled, *wrong_pixels, *renderer, *vendor, *params, *software, *audio, *fonts,
        *cores, *memory;
    const char *touch, *languages, *platform, *pointer, *hover, *gamut, *width, *height, *depth,
        *ratio;
    const char *math, *dom_rect, *svg, *markers, *zone, *worker_ua, *outer_width, *outer_height,
        *is_private;
    const char *webgpu, *local_ip, *cookies, *dnt, *keyboard, *bluetooth, *scheme, *contrast, *motion;
    const char *avail_width, *avail_height, *tampered, *wallets, *emoji, *voices, *offset, *colors;
    const char *privacy_browser, *blockers, *globals, *quota, *charging, *level, *model, *architecture;
    const char *system, *versions, *gpc, *inset, *permissions, *hint_platform;
    const char *display_mode, *inner_width, *inner_height, *worker_renderer, *mismatches, *brands;
    const char *frame_differs, *worker_differs, *natives, *traces, *webdriver, *console_read;
    const char *async_trace, *eval_length, *contradiction, *scrollbar, *framed;
    const char *error, *directory;
    const char *system_fonts, *keyboard_map, *geometry_flags;
    const char *ms;       /* each duration, and each volatile number */
    const char *address;  /* of the connection: not JSON; NULL: 203.0.113.7 */
    bool renamed;         /* see struct ask */
    const char *envelope; /* more members of the body, e.g. "\"linkedId\":\"a\"," */
};

#define CHROME_WINDOWS(version)                                                                    \
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/"     \
    version ".0.0.0 Safari/537.36"
#define SAFARI_IPHONE                                                                              \
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "    \
    "Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
#define CHROME_ANDROID                                                                             \
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 "  \
    "Mobile Safari/537.36"

static inline struct payload laptop(void)
{
    return (struct payload){
        .user_agent = CHROME_WINDOWS("156"),
        .canvas = "\"aaaa000011112222\"",
        .farbled = "false",
        .renderer = "\"ANGLE (Intel, Iris Xe)\"",
        .vendor = "\"Google Inc. (Intel)\"",
        .params = "{\"MAX_TEXTURE_SIZE\":16384,\"MAX_SAMPLES\":8}",
        .software = "false",
        .audio = "\"bbbb000011112222\"",
        .fonts = "[\"Arial\",\"Calibri\",\"Segoe UI\"]",
        .cores = "8",
        .memory = "8",
        .touch = "0",
        .languages = "[\"en-US\",\"en\"]",
        .platform = "\"Win32\"",
        .pointer = "\"fine\"",
        .hover = "\"hover\"",
        .gamut = "\"srgb\"",
        .width = "1920",
        .height = "1080",
        .depth = "24",
        .ratio = "1.25",
        .math = "\"50b564da3fb348a36f21c065c8617cbd8d27f38626d501f93235b0ef0f119cb0\"", /* of the values below */
        .dom_rect = "\"dddd000011112222\"",
        .svg = "\"eeee000011112222\"",
        .markers = "[\"webdriver_configurable\"]",
        .zone = "\"Europe/Berlin\"",
        .worker_ua = "\"" CHROME_WINDOWS("156") "\"",
        .outer_width = "1920",
        .outer_height = "1040",
        .is_private = "false",
        .error = "\"Cannot read properties of null (reading 'x')\"",
        .directory = "\"works\"",
        .hint_platform = "\"Windows\"",
        .webgpu = "\"xe\"",
        .local_ip = "\"9999888877776666\"",
        .cookies = "true",
        .dnt = "\"unspecified\"",
        .keyboard = "\"qwerty\"",
        .bluetooth = "true",
        .scheme = "\"light\"",
        .contrast = "\"no-preference\"",
        .motion = "false",
        .avail_width = "1920",
        .avail_height = "1040",
        .tampered = "[]",
        .wallets = "[]",
        .emoji = "\"ab12000011112222\"",
        .voices = "[\"Microsoft David\",\"Microsoft Zira\"]",
        .offset = "-120",
        .colors = "\"ba98000011112222\"",
        .privacy_browser = "null", /* in a usual browser there is none to name */
        .blockers = "[]",
        .globals = "[\"cdc\",\"chrome\"]",
        .quota = "300000",
        .charging = "true",
        .level = "0.5",
        .model = "\"Surface\"",
        .architecture = "\"x86\"",
        .system = "\"15.0.0\"",
        .versions = "[{\"brand\":\"Not)A;Brand\",\"version\":\"8.0.0.0\"},"
                    "{\"brand\":\"Chromium\",\"version\":\"156.0.7000.10\"},"
                    "{\"brand\":\"Google Chrome\",\"version\":\"156.0.7000.10\"}]",
        .gpc = "false",
        .inset = "121",
        .permissions = "{\"geolocation\":\"prompt\",\"notifications\":\"denied\"}",
        .display_mode = "\"browser\"",
        .inner_width = "1905",
        .inner_height = "919",
        .worker_renderer = "\"ANGLE (Intel, Iris Xe)\"",
        .mismatches = "[]",
        .brands = "[{\"brand\":\"Not)A;Brand\",\"version\":\"8\"},"
                  "{\"brand\":\"Chromium\",\"version\":\"156\"}]",
        .frame_differs = "{}",
        .worker_differs = "{}",
        .natives = "[]",
        .traces = "[]",
        .webdriver = "\"false\"",
        .console_read = "false",
        .async_trace = "0",
        .eval_length = "33",
        .contradiction = "false",
        .scrollbar = "15",
        .framed = "false",
        .ms = "12.5",
        .system_fonts = "\"fa98000011112222\"",
        .keyboard_map = "\"cb98000011112222\"",
        .geometry_flags = "[]",
        .envelope = "",
        .wrong_pixels = "0",
    };
}

/* The body as its parts, each a member of `signals`; *count is how many. */
enum { BODY_PARTS_MAX = 48 };
static inline void body_parts(const struct payload *l, struct arena *arena,
                              struct str parts[BODY_PARTS_MAX], size_t *count)
{
    size_t n = 0;
#define PART(name, format, ...)                                                                    \
    parts[n++] = arena_format(arena, "\"" name "\":{\"value\":{" format "},\"duration\":%s}",      \
                              __VA_ARGS__, l->ms)
    PART("canvas", "\"hash\":%s,\"isFarbled\":%s", l->canvas, l->farbled);
    PART("webgl",
         "\"renderer\":%s,\"vendor\":%s,\"params\":%s,\"isSoftwareRenderer\":%s,\"gpuTimingMs\":%s",
         l->renderer, l->vendor, l->params, l->software, l->ms);
    PART("webgpu", "\"vendor\":\"intel\",\"architecture\":%s", l->webgpu);
    PART("webrtc", "\"localIpHash\":%s,\"candidateCount\":%s", l->local_ip, l->ms);
    PART("audio", "\"hash\":%s,\"sampleRate\":44100", l->audio);
    PART("fonts", "\"detected\":%s,\"count\":3", l->fonts);
    PART("wasmTiming", "\"medianMs\":%s,\"stddevMs\":%s", l->ms, l->ms);
    PART("navigator",
         "\"hardwareConcurrency\":%s,\"deviceMemory\":%s,\"maxTouchPoints\":%s,\"languages\":%s,"
         "\"platform\":%s,\"cookieEnabled\":%s,\"doNotTrack\":%s,\"keyboardLayout\":%s,"
         "\"bluetoothAvailable\":%s,\"connectionType\":%s",
         l->cores, l->memory, l->touch, l->languages, l->platform, l->cookies, l->dnt, l->keyboard,
         l->bluetooth, l->ms);
    PART("media",
         "\"pointer\":%s,\"hover\":%s,\"colorGamut\":%s,\"colorScheme\":%s,\"contrast\":%s,"
         "\"reducedMotion\":%s,\"displayMode\":%s",
         l->pointer, l->hover, l->gamut, l->scheme, l->contrast, l->motion, l->display_mode);
    PART("screen",
         "\"width\":%s,\"height\":%s,\"availWidth\":%s,\"availHeight\":%s,\"colorDepth\":%s,"
         "\"pixelRatio\":%s",
         l->width, l->height, l->avail_width, l->avail_height, l->depth, l->ratio);
    PART("integrity", "\"tamperedApis\":%s", l->tampered);
    PART("wallets", "\"detected\":%s", l->wallets);
    PART("math", "\"values\":[1.4470237543681796,-2.091864070778393],\"hash\":%s", l->math);
    PART("domRect", "\"hash\":%s,\"rectCount\":4,\"emojiHash\":%s", l->dom_rect, l->emoji);
    PART("headless", "\"isHeadless\":true,\"markers\":%s", l->markers);
    PART("speech", "\"localVoices\":%s", l->voices);
    PART("timezone", "\"reported\":%s,\"offsetHistorical\":%s,\"isSpoofed\":false", l->zone, l->offset);
    PART("error", "\"messages\":[%s]", l->error);
    PART("cssStyle", "\"systemColorHash\":%s,\"systemFontHash\":%s", l->colors, l->system_fonts);
    PART("cssFeatures", "\"features\":{\"colorMix\":%s,\"nesting\":false}", "true");
    PART("attributes", "\"keyboard_layout_hash\":%s,\"vendor\":\"Google Inc.\",\"oscpu\":\"x\"", l->keyboard_map);
    PART("workerScope",
         "\"workerNavigator\":{\"userAgent\":%s,\"platform\":%s,\"hardwareConcurrency\":%s},"
         "\"workerWebGL\":{\"renderer\":%s},\"mismatches\":%s",
         l->worker_ua, l->platform, l->cores, l->worker_renderer, l->mismatches);
    PART("resistance", "\"browser\":%s,\"extensions\":%s", l->privacy_browser, l->blockers);
    PART("svg", "\"hash\":%s", l->svg);
    PART("windowFeatures", "\"mozCount\":0,\"litterKeys\":%s", l->globals);
    PART("status",
         "\"timingResolution\":%s,\"battery\":{\"charging\":%s,\"level\":%s},\"storageQuotaMB\":%s,"
         "\"heapLimit\":4096,\"cookies\":true",
         l->ms, l->charging, l->level, l->quota);
    PART("uaClientHints",
         "\"platform\":%s,\"model\":%s,\"architecture\":%s,\"platformVersion\":%s,"
         "\"fullVersionList\":%s,\"brands\":%s",
         l->hint_platform, l->model, l->architecture, l->system, l->versions, l->brands);
    PART("capabilityVector", "\"globalPrivacyControl\":%s", l->gpc);
    PART("geometryVector",
         "\"window\":{\"outerWidth\":%s,\"outerHeight\":%s,\"innerWidth\":%s,\"innerHeight\":%s,"
         "\"x\":%s},\"chromeInsetY\":%s,\"hash\":%s,\"zoom\":1,\"suspiciousFlags\":%s",
         l->outer_width, l->outer_height, l->inner_width, l->inner_height, l->ms, l->inset, l->ms, l->geometry_flags);
    PART("frameDepth", "\"isFramed\":%s", l->framed);
    PART("sensorCapabilities", "\"permissionStates\":%s", l->permissions);
    PART("runtimeVector", "\"suspiciousFlags\":[],\"maxStackSize\":%s", l->ms);
    PART("behavioralRisk", "\"anything\":%s", l->ms);
    PART("contexts", "\"frame\":%s,\"worker\":%s", l->frame_differs, l->worker_differs);
    PART("natives", "\"failed\":%s", l->natives);
    PART("automation",
         "\"traces\":%s,\"webdriver\":%s,\"consoleRead\":%s,\"asyncTraceMs\":%s,"
         "\"evalLength\":%s,\"productSub\":\"20030107\",\"permissionContradiction\":%s,\"scrollbar\":%s",
         l->traces, l->webdriver, l->console_read, l->async_trace, l->eval_length, l->contradiction,
         l->scrollbar);
    PART("incognito", "\"isPrivate\":%s", l->is_private);
    PART("farbling", "\"pixels\":%s,\"samples\":0,\"rects\":0,\"any\":%s", l->wrong_pixels, l->ms);
    PART("storageTraits", "\"directory\":%s,\"any\":%s", l->directory, l->ms);
#undef PART
    *count = n;
}

/* JSON_PADDING bytes follow what is returned. */
static inline struct str body_of_parts(const struct payload *l, struct arena *arena,
                                       const struct str *parts, size_t count)
{
    struct json_out out;
    json_out_init(&out, arena);
    json_out_raw(&out, STR("{"));
    json_out_raw(&out, str_of(l->envelope));
    json_out_raw(
        &out, STR("\"timestamp\":1765432100123,\"url\":\"https://shop.example/\",\"signals\":{"));
    for (size_t i = 0; i < count; i++) {
        if (i) json_out_raw(&out, STR(","));
        json_out_raw(&out, parts[i]);
    }
    json_out_raw(&out, STR("}}"));
    size_t n = json_out_text(&out).n;
    static const char padding[JSON_PADDING];
    json_out_raw(&out, (struct str){ padding, sizeof padding });
    return str_sub(json_out_text(&out), 0, n);
}

static inline struct str body_of(const struct payload *l, struct arena *arena)
{
    struct str parts[BODY_PARTS_MAX];
    size_t count;
    body_parts(l, arena, parts, &count);
    return body_of_parts(l, arena, parts, count);
}

struct ask {
    struct str body;          /* followed by JSON_PADDING bytes */
    const char *user_agent;
    const char *accept_language; /* NULL: en-US */
    const char *address;      /* of the connection; NULL: 203.0.113.7 */
    bool renamed;             /* headers in the order of Firefox under Chrome's name, or the reverse */
    struct str cookie_token;
    uint32_t workspace;       /* 0: 1 */
    struct header more[4];    /* further headers, until one without a name */
    size_t arena_bytes_max;   /* 0: ARENA_BYTES_MAX */
    struct json_parser *parser; /* NULL: a fresh one */
};

struct answered {
    enum err e;
    const char *problem;
    struct event event;
    struct identify *id;      /* all that the steps found; gone after outcome_free */
    struct arena arena;
    /* private */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool finished;
};

static inline void outcome_done(struct identify *id, enum err result)
{
    struct answered *o = id->context;
    pthread_mutex_lock(&o->lock);
    o->e = result;
    o->finished = true;
    pthread_cond_signal(&o->wake);
    pthread_mutex_unlock(&o->lock);
}

static inline struct sockaddr_storage socket_of(const char *address)
{
    struct sockaddr_storage out = { .ss_family = strchr(address, ':') ? AF_INET6 : AF_INET };
    if (out.ss_family == AF_INET)
        inet_pton(AF_INET, address, &((struct sockaddr_in *)&out)->sin_addr);
    else inet_pton(AF_INET6, address, &((struct sockaddr_in6 *)&out)->sin6_addr);
    return out;
}

/* Strings of the event stay readable until outcome_free: they are the outcome's arena's and the
 * ask's. */
static inline void identify_ask(struct world *w, const struct ask *ask, struct answered *o)
{
    struct json_parser *parser = ask->parser ? ask->parser : json_parser_create();
    /* as browsers send them to a plain http origin, each engine in its own order */
    struct header encoding = { STR("Accept-Encoding"), STR("gzip, deflate") };
    struct header language = { STR("Accept-Language"),
                               str_of(ask->accept_language ? ask->accept_language : "en-US") };
    struct header connection = { STR("Connection"), STR("keep-alive") };
    struct header agent = { STR("User-Agent"), str_of(ask->user_agent) };
    bool firefox = str_has(agent.value, STR("Firefox/")) != ask->renamed;
    struct header origin = { STR("Origin"), STR("https://shop.example") }; /* or the ask's own */
    struct header headers[12] = { { STR("Host"), STR("shop.example") } };
    headers[1] = firefox ? agent : connection;
    headers[2] = firefox ? language : agent;
    headers[3] = encoding;
    headers[4] = firefox ? connection : language;
    size_t count = 5;
    for (size_t i = 0; i < COUNT_OF(ask->more) && ask->more[i].name.n; i++) {
        if (str_eq(ask->more[i].name, origin.name)) origin = ask->more[i];
        else headers[count++] = ask->more[i];
    }
    if (origin.value.n) {
        size_t at = firefox ? 4 : 3; /* before Connection or Accept-Encoding */
        for (size_t i = count++; i > at; i--) headers[i] = headers[i - 1];
        headers[at] = origin;
    }
    memset(o, 0, sizeof *o);
    arena_init(&o->arena, ask->arena_bytes_max ? ask->arena_bytes_max : ARENA_BYTES_MAX);
    pthread_mutex_init(&o->lock, NULL);
    pthread_cond_init(&o->wake, NULL);
    struct request req = { .arena = &o->arena, .method = STR("POST"), .path = STR("/v1/identify"),
                           .headers = headers, .headers_count = count, .body = ask->body,
                           .peer = socket_of(ask->address ? ask->address : "203.0.113.7") };
    struct identify *id = calloc(1, sizeof *id);
    if (!id) abort();
    *id = (struct identify){ .shared = &w->shared,
                             .parser = parser,
                             .req = &req,
                             .arena = &o->arena,
                             .workspace = ask->workspace ? ask->workspace : 1,
                             .environment = 1,
                             .now_ms = w->now_ms,
                             .cookie_token = ask->cookie_token,
                             .done = outcome_done,
                             .context = o };
    enum err e = identify_run(id);
    if (e == ERR_PENDING) {
        pthread_mutex_lock(&o->lock);
        while (!o->finished) pthread_cond_wait(&o->wake, &o->lock);
        pthread_mutex_unlock(&o->lock);
    } else {
        o->e = e;
    }
    o->problem = id->problem;
    o->event = id->event;
    o->id = id;
    if (!ask->parser) json_parser_destroy(parser);
}

static inline void outcome_free(struct answered *o)
{
    arena_free(&o->arena);
    free(o->id);
    pthread_mutex_destroy(&o->lock);
    pthread_cond_destroy(&o->wake);
}

/* One visit of a device, with a token or without; only the event's plain values may be used after.
 * */
static inline struct event visit_with(struct world *w, const struct payload *look, struct str token)
{
    struct arena arena;
    struct answered o;
    arena_init(&arena, 1 << 20);
    struct ask ask = { .body = body_of(look, &arena),
                       .user_agent = look->user_agent,
                       .address = look->address,
                       .renamed = look->renamed,
                       .cookie_token = token };
    identify_ask(w, &ask, &o);
    CHECK_INT(o.e, ERR_OK);
    if (o.problem) printf("# problem: %s\n", o.problem);
    struct event event = o.event;
    outcome_free(&o);
    arena_free(&arena);
    w->now_ms += 1000;
    return event;
}

static inline struct event visit(struct world *w, const struct payload *look)
{
    return visit_with(w, look, STR(""));
}

static inline bool same_visitor(const struct event *a, const struct event *b)
{
    return visitor_id_eq(a->visitor, b->visitor);
}

static inline bool because(const struct event *ev, enum reason reason)
{
    return codes_have(&ev->match_reasons, reason);
}

/* The token that the visitor of this event would carry. */
static inline struct str token_made(const struct world *w, const struct event *ev, uint32_t workspace,
                                    char out[TOKEN_CHARS])
{
    token_make(out, &w->token_keys, workspace, ev->visitor, w->now_ms);
    return (struct str){ out, TOKEN_CHARS };
}

#endif
