/* device - see device.h. The tables hold a handful of values per attribute; their order gives no
 * meaning, `draw` picks with falling weight, so the first rows are the common ones. */
#include "bench/device.h"

#include "bench/rng.h"
#include "bench/sha256.h"

#include <stdio.h>
#include <string.h>

#define COUNT_OF(a) ((uint32_t)(sizeof(a) / sizeof((a)[0])))

struct system_row {
    const char *platform, *name, *versions[3], *architecture, *agent;
    int bar;
};
static const struct system_row systems[DEVICE_SYSTEM_COUNT] = {
    { "Win32", "Windows", { "19.0.0", "15.0.0", "10.0.0" }, "x86", "Windows NT 10.0; Win64; x64", 48 },
    { "MacIntel", "macOS", { "26.1.0", "15.6.1", "14.7.0" }, "arm", "Macintosh; Intel Mac OS X 10_15_7", 25 },
    { "Linux x86_64", "Linux", { "", "", "" }, "x86", "X11; Linux x86_64", 27 },
};

struct gpu_row {
    enum device_system system;
    const char *vendor, *renderer, *params;
};
#define D3D "{\"0xd33\":16384,\"0x8869\":16,\"0x8dfb\":4095,\"0x8dfc\":30,\"0x8dfd\":1024}"
#define METAL "{\"0xd33\":16384,\"0x8869\":16,\"0x8dfb\":1024,\"0x8dfc\":30,\"0x8dfd\":1024}"
#define OPENGL "{\"0xd33\":16384,\"0x8869\":16,\"0x8dfb\":4096,\"0x8dfc\":32,\"0x8dfd\":4096}"
#define WINDOWS_GPU(maker, name)                                                                   \
    { DEVICE_WINDOWS, "Google Inc. (" maker ")",                                                   \
      "ANGLE (" maker ", " name " Direct3D11 vs_5_0 ps_5_0, D3D11)", D3D }
#define MAC_GPU(name)                                                                              \
    { DEVICE_MAC, "Google Inc. (Apple)",                                                           \
      "ANGLE (Apple, ANGLE Metal Renderer: " name ", Unspecified Version)", METAL }
static const struct gpu_row gpus[] = {
    WINDOWS_GPU("Intel", "Intel(R) UHD Graphics 620 (0x00005917)"),
    WINDOWS_GPU("Intel", "Intel(R) Iris(R) Xe Graphics (0x000046A6)"),
    WINDOWS_GPU("NVIDIA", "NVIDIA GeForce GTX 1650 (0x00001F82)"),
    WINDOWS_GPU("NVIDIA", "NVIDIA GeForce RTX 4060 Laptop GPU (0x000028E0)"),
    WINDOWS_GPU("AMD", "AMD Radeon(TM) Graphics (0x00001638)"),
    WINDOWS_GPU("NVIDIA", "NVIDIA GeForce RTX 3070 (0x00002484)"),
    WINDOWS_GPU("AMD", "AMD Radeon RX 6700 XT (0x000073DF)"),
    MAC_GPU("Apple M1"), MAC_GPU("Apple M2"), MAC_GPU("Apple M3 Pro"), MAC_GPU("Apple M4"),
    { DEVICE_LINUX, "Google Inc. (Intel)",
      "ANGLE (Intel, Mesa Intel(R) UHD Graphics 770 (ADL-S GT1), OpenGL 4.6)", OPENGL },
    { DEVICE_LINUX, "Google Inc. (AMD)",
      "ANGLE (AMD, AMD Radeon RX 7600 (radeonsi navi33 LLVM 19.1.7), OpenGL 4.6)", OPENGL },
};

struct screen_row {
    int width, height;
    const char *ratio;
};
static const struct screen_row screens[] = {
    { 1920, 1080, "1" }, { 1536, 864, "1.25" }, { 2560, 1440, "1" }, { 1366, 768, "1" },
    { 1440, 900, "2" },  { 1512, 982, "2" },    { 1280, 720, "1.5" }, { 1728, 1117, "2" },
    { 1680, 1050, "1" }, { 3840, 2160, "1" },   { 1707, 960, "1.5" }, { 3440, 1440, "1" },
};

struct language_row {
    const char *languages, *accept, *number, *relative, *list;
};
static const struct language_row tongues[] = {
    { "[\"en-US\",\"en\"]", "en-US,en;q=0.9", "\"21 million\"", "\"last year\"", "\"Alice, Bob, and Carol\"" },
    { "[\"de-DE\",\"de\",\"en-US\",\"en\"]", "de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", "\"21 Millionen\"",
      "\"letztes Jahr\"", "\"Alice, Bob und Carol\"" },
    { "[\"pt-BR\",\"pt\",\"en\"]", "pt-BR,pt;q=0.9,en;q=0.8", "\"21 milh\xc3\xb5" "es\"", "\"ano passado\"",
      "\"Alice, Bob e Carol\"" },
    { "[\"ja\",\"en-US\"]", "ja,en-US;q=0.9", "\"2100\xe4\xb8\x87\"", "\"\xe6\x98\xa8\xe5\xb9\xb4\"",
      "\"Alice\xe3\x80\x81" "Bob\xe3\x80\x81" "Carol\"" },
    { "[\"es-419\",\"es\"]", "es-419,es;q=0.9", "\"21 millones\"", "\"el a\xc3\xb1o pasado\"",
      "\"Alice, Bob y Carol\"" },
};

/* Zones without daylight saving today and in July 2005, so that offsets need no zone database. */
struct zone_row {
    const char *zone, *name;
    int offset_min;
};
static const struct zone_row zones[] = {
    { "Asia/Kolkata", "India Standard Time", -330 },       { "Asia/Tokyo", "Japan Standard Time", -540 },
    { "America/Phoenix", "Mountain Standard Time", 420 },  { "Asia/Shanghai", "China Standard Time", -480 },
    { "America/Bogota", "Colombia Standard Time", 300 },   { "Africa/Lagos", "West Africa Standard Time", -60 },
    { "Asia/Jakarta", "Western Indonesia Time", -420 },    { "UTC", "Coordinated Universal Time", 0 },
    { "America/Argentina/Buenos_Aires", "Argentina Standard Time", 180 },
    { "Australia/Brisbane", "Australian Eastern Standard Time", -600 },
};

static const char *const fonts[DEVICE_FONTS] = {
    "Arial", "Courier New", "Helvetica", "Times New Roman", "Georgia", "Verdana", "Tahoma",
    "Trebuchet MS", "Impact", "Comic Sans MS", "Calibri", "Cambria", "Consolas", "Candara", "Segoe UI",
    "Segoe Print", "Lucida Console", "Palatino Linotype", "Book Antiqua", "Century Gothic", "Garamond",
    "Franklin Gothic Medium", "Bahnschrift", "Gabriola", "Sylfaen", "Ebrima", "Leelawadee UI", "SimSun",
    "MS Gothic", "Malgun Gothic", "Yu Gothic", "Nirmala UI", "Menlo", "Monaco", "Geneva", "Optima",
    "Futura", "Avenir", "Baskerville", "Didot", "Hoefler Text", "Gill Sans", "American Typewriter",
    "Apple Color Emoji", "PingFang SC", "Hiragino Sans", "DejaVu Sans", "Liberation Sans", "Ubuntu",
    "Cantarell", "Noto Sans", "Noto Serif", "Fira Code", "Roboto", "Open Sans", "Lato", "Source Code Pro",
    "JetBrains Mono", "Montserrat",
};
/* Where the fonts that come with a system start and end in that list; the last eleven are installed. */
static const int system_fonts[DEVICE_SYSTEM_COUNT][2] = { { 4, 32 }, { 4, 46 }, { 46, 52 } };

static const uint32_t cores[] = { 8, 4, 12, 16, 6, 2, 20, 10 };
static const uint32_t memories[] = { 8, 16, 32, 4 };

/* Globals of a Chromium that other engines lack, as the agent lists them. */
#define GLOBALS(G) \
    G("AbsoluteOrientationSensor") AND G("AbstractRange") AND G("Accelerometer") AND \
    G("AnalyserNode") AND G("Animation") AND G("AnimationEffect") AND \
    G("AnimationPlaybackEvent") AND G("AnimationTimeline") AND G("AsyncDisposableStack") AND \
    G("AudioBufferSourceNode") AND G("AudioData") AND G("AudioDecoder") AND \
    G("AudioDestinationNode") AND G("AudioEncoder") AND G("AudioListener") AND \
    G("AudioParam") AND G("AudioParamMap") AND G("AudioProcessingEvent") AND \
    G("AudioScheduledSourceNode") AND G("AudioSinkInfo") AND G("AudioWorklet") AND \
    G("AudioWorkletNode") AND G("AuthenticatorAssertionResponse") AND \
    G("AuthenticatorAttestationResponse") AND G("AuthenticatorResponse") AND \
    G("BackgroundFetchManager") AND G("BackgroundFetchRecord") AND \
    G("BackgroundFetchRegistration") AND G("BaseAudioContext") AND G("BatteryManager") AND \
    G("BeforeInstallPromptEvent") AND G("BiquadFilterNode") AND G("BlobEvent") AND \
    G("CDATASection") AND G("CSSConditionRule") AND G("CSSContainerRule") AND \
    G("CSSCounterStyleRule") AND G("CSSFontFaceRule") AND G("CSSFontFeatureValuesRule") AND \
    G("CSSFontPaletteValuesRule")
#define AND ","
#define QUOTED(name) "\"" name "\""
#define PLAIN(name) name
const char device_globals[] = "[" GLOBALS(QUOTED) "]";
static const char globals_text[] = GLOBALS(PLAIN);

/* The lower of two rolls: earlier rows come more often. */
static uint32_t draw(struct rng *r, uint32_t count)
{
    uint32_t a = rng_below(r, count), b = rng_below(r, count);
    return a < b ? a : b;
}

void device_hash(char out[65], uint64_t a, uint64_t b)
{
    struct rng r = { rng_hash(a, b) };
    for (int word = 0; word < 4; word++) {
        uint64_t bits = rng_next(&r);
        for (int i = 0; i < 16; i++, bits >>= 4) *out++ = "0123456789abcdef"[bits & 15];
    }
    *out = 0;
}

static void draw_fonts(struct device *d, struct rng *r)
{
    char *at = d->fonts, *end = d->fonts + sizeof d->fonts;
    *at++ = '[';
    for (int i = 0; i < DEVICE_FONTS; i++) {
        bool of_system = i < 4 || (i >= system_fonts[d->system][0] && i < system_fonts[d->system][1]);
        if (!rng_chance(r, of_system ? 0.97 : i >= 48 ? 0.15 : 0.01)) continue;
        at += snprintf(at, (size_t)(end - at), "%s\"%s\"", d->fonts_count++ ? "," : "", fonts[i]);
    }
    snprintf(at, (size_t)(end - at), "]");
}

/* What depends on version and system alone is the same for everybody who has them. */
static void draw_hashes(struct device *d, struct rng *r)
{
    char text[1200];
    uint64_t engine = (uint64_t)d->major << 8 | (uint64_t)d->system;
    uint64_t card = rng_hash(engine, d->gpu_row);
    device_hash(d->canvas, card, 100 + rng_below(r, 3)); /* driver versions */
    device_hash(d->dom_rect, engine, 200 + rng_below(r, 4));
    device_hash(d->emoji, engine, 210 + rng_below(r, 2));
    device_hash(d->speech, (uint64_t)d->system, rng_hash((uint64_t)d->languages[2], 220));
    device_hash(d->intl, (uint64_t)d->languages[2], 230);
    device_hash(d->css_color, (uint64_t)d->system, 240 + (uint64_t)d->dark);
    device_hash(d->css_font, (uint64_t)d->system, 250);
    device_hash(d->element, engine, 270);
    device_hash(d->capability, (uint64_t)d->system, 280 + (uint64_t)d->bluetooth);
    int n = snprintf(text, sizeof text, "%d|%s|%s", 330 + d->major, d->css_color, d->css_font);
    sha256_hex(text, (size_t)n, d->css);
    n = snprintf(text, sizeof text, "%s|%d|%d", d->zone, d->zone_offset_min, d->zone_offset_min);
    sha256_hex(text, (size_t)n, d->timezone);
    n = snprintf(text, sizeof text,
                 "mobile:false|platform:%s|architecture:%s|bitness:64|model:|platformVersion:%s|wow64:false"
                 "|brands:Chromium/%d,Google Chrome/%d,Not:A-Brand/8"
                 "|fullVersionList:Chromium/%d.0.%d.%d,Google Chrome/%d.0.%d.%d,Not:A-Brand/8.0.0.0"
                 "|formFactors:Desktop",
                 d->system_name, d->architecture, d->system_version, d->major, d->major, d->major,
                 d->build, d->patch, d->major, d->build, d->patch);
    sha256_hex(text, (size_t)n, d->hints);
    n = snprintf(text, sizeof text, "%d|14|0|%s", d->properties, globals_text);
    sha256_hex(text, (size_t)n, d->window);
    n = 0;
    for (int i = 0; i < 5; i++) /* sixteenths print exactly, as JavaScript would print them */
        n += snprintf(text + n, sizeof text - (size_t)n, "%s%.10g", i ? "," : "", d->svg_sixteenths[i] / 16.0);
    sha256_hex(text, (size_t)n, d->svg);
}

void device_draw(struct device *d, uint64_t seed, uint32_t number)
{
    struct rng r = { rng_hash(seed, number) };
    memset(d, 0, sizeof *d);
    d->seed = rng_next(&r);
    uint32_t share = rng_below(&r, 100);
    d->system = share < 70 ? DEVICE_WINDOWS : share < 92 ? DEVICE_MAC : DEVICE_LINUX;
    const struct system_row *system = &systems[d->system];
    d->platform = system->platform;
    d->system_name = system->name;
    d->system_version = system->versions[draw(&r, 3)];
    d->architecture = system->architecture;
    do d->gpu_row = rng_below(&r, COUNT_OF(gpus)); while (gpus[d->gpu_row].system != d->system);
    const struct gpu_row *gpu = &gpus[d->gpu_row];
    d->gpu = gpu->renderer, d->gpu_vendor = gpu->vendor, d->gpu_params = gpu->params;
    const struct language_row *tongue = &tongues[draw(&r, COUNT_OF(tongues))];
    d->languages = tongue->languages, d->accept_language = tongue->accept;
    d->number = tongue->number, d->relative = tongue->relative, d->list = tongue->list;
    const struct zone_row *zone = &zones[draw(&r, COUNT_OF(zones))];
    d->zone = zone->zone, d->zone_name = zone->name, d->zone_offset_min = zone->offset_min;
    d->major = 156 - (int)draw(&r, 8);
    d->build = 8078 - 92 * (156 - d->major);
    d->patch = 60 + (int)rng_below(&r, 3) * 17;
    d->cores = (int)cores[draw(&r, COUNT_OF(cores))];
    d->memory_gb = (int)memories[draw(&r, COUNT_OF(memories))];
    const struct screen_row *screen = &screens[draw(&r, COUNT_OF(screens))];
    d->width = screen->width, d->height = screen->height, d->ratio = screen->ratio;
    d->bar = system->bar;
    bool maximised = rng_chance(&r, 0.6);
    d->window_width = maximised ? d->width : d->width - (int)rng_below(&r, 400);
    d->window_height = d->height - d->bar - (maximised ? 0 : (int)rng_below(&r, 200));
    d->dark = rng_chance(&r, 0.4);
    d->bluetooth = rng_chance(&r, 0.7);
    d->battery = rng_chance(&r, 0.5);
    d->properties = 1090 + d->major;
    for (int i = 0; i < 5; i++) d->svg_sixteenths[i] = 16 * (i ? 17 + 11 * i : 91) + (int)rng_below(&r, 6);
    draw_fonts(d, &r);
    snprintf(d->user_agent, sizeof d->user_agent,
             "Mozilla/5.0 (%s) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36",
             system->agent, d->major);
    draw_hashes(d, &r);
}
