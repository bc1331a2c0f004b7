/* hints - see hints.h. */
#include "identify/enrich/hints.h"

enum {
    /* "10.0.26100.4061" has 15; more is no version. */
    VERSION_BYTES_MAX = 32,
    /* The longest model name in uap-core's cases has 45. */
    MODEL_BYTES_MAX = 64,
};

/* Platforms as hints name them, and as uap-core does. */
static const struct { const char *hint, *os; } platforms[] = {
    { "Windows", "Windows" },     { "macOS", "Mac OS X" },       { "Android", "Android" },
    { "Chrome OS", "Chrome OS" }, { "Chromium OS", "Chrome OS" },
};

/* Brands that tell more than a User-Agent that says Chrome, with uap-core's names for them.
 * "Chromium", "Google Chrome" and "Android WebView" add nothing; a brand that is not here may be
 * anything, so it changes nothing. */
static const struct { const char *brand, *browser; } browsers[] = {
    { "Brave", "Brave" },
    { "Microsoft Edge", "Edge" },
    { "Opera", "Opera" },
    { "Opera GX", "Opera" },
    { "Vivaldi", "Vivaldi" },
    { "YaBrowser", "Yandex Browser" },
    { "Yandex", "Yandex Browser" },
    { "Samsung Internet", "Samsung Internet" },
    { "DuckDuckGo", "DuckDuckGo" },
    { "Whale", "Whale" },
};

static bool is_version(struct str s)
{
    if (s.n == 0 || s.n > VERSION_BYTES_MAX || s.p[0] == '.' || s.p[s.n - 1] == '.') return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '.' && (s.p[i] < '0' || s.p[i] > '9')) return false;
    return true;
}

/* A name that may be shown: printable ASCII. Models outside it exist and are left alone. */
static bool is_model(struct str s)
{
    if (s.n == 0 || s.n > MODEL_BYTES_MAX) return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < 0x20 || s.p[i] > 0x7e) return false;
    return true;
}

static bool agrees(const struct ua_facts *facts, struct str platform)
{
    for (size_t i = 0; i < COUNT_OF(platforms); i++)
        if (str_eq(platform, str_of(platforms[i].hint)) &&
            str_eq(facts->os, str_of(platforms[i].os)))
            return true;
    return false;
}

static struct str part_of(struct str version, size_t count)
{
    size_t end = 0;
    for (size_t i = 0; i < count && end != SIZE_MAX; i++)
        end = str_find_char(version, '.', i ? end + 1 : 0);
    return str_sub(version, 0, end);
}

static uint64_t major_of(struct str version)
{
    uint64_t major = 0;
    return str_to_u64(part_of(version, 1), &major) ? major : 0;
}

/* "14.0.0" as "14" (keep 1), "15.1.0" as "15.1" (keep 2). */
static struct str without_zeros(struct str version, size_t keep)
{
    size_t dots = 0;
    for (size_t i = 0; i < version.n; i++) dots += version.p[i] == '.';
    for (; dots >= keep && str_ends(version, STR(".0")); dots--) version.n -= 2;
    return version;
}

static void refine_system(struct ua_facts *facts, struct str version)
{
    uint64_t major = major_of(version);
    if (str_eq(facts->os, STR("Windows"))) {
        if (str_eq(facts->os_version, STR("10")) && major >= 13) facts->os_version = STR("11");
    } else if (str_eq(facts->os, STR("Mac OS X"))) {
        if (str_eq(facts->os_version, STR("10.15.7")) && major >= 11)
            facts->os_version = without_zeros(version, 2);
    } else if (str_eq(facts->os, STR("Android"))) {
        if (str_eq(facts->os_version, STR("10")) && str_eq(facts->device, STR("K")) && major > 0)
            facts->os_version = without_zeros(version, 1);
    }
}

/* The version of a brand; the full list's where it has the same brand. */
static struct str version_of(const struct brand *brand, const struct brands *full)
{
    for (size_t i = 0; i < full->count; i++)
        if (str_eq(full->list[i].name, brand->name) && is_version(full->list[i].version))
            return full->list[i].version;
    return brand->version;
}

static void refine_browser(struct ua_facts *facts, const struct brands *brands,
                           const struct brands *full)
{
    if (!str_eq(facts->browser, STR("Chrome")) && !str_eq(facts->browser, STR("Chrome Mobile")))
        return;
    for (size_t i = 0; i < brands->count; i++)
        for (size_t k = 0; k < COUNT_OF(browsers); k++) {
            if (!str_eq(brands->list[i].name, str_of(browsers[k].brand))) continue;
            struct str version = version_of(&brands->list[i], full);
            facts->browser = str_of(browsers[k].browser);
            if (!is_version(version)) return;
            struct str major = part_of(version, 1);
            /* the bare major is what the User-Agent says in three parts */
            bool known = version.n == major.n && str_eq(major, facts->major);
            facts->major = major;
            if (!known) facts->version = part_of(version, 3);
            return;
        }
}

void hints_refine(struct ua_facts *facts, const struct ua_hints *header,
                  const struct ua_hints *payload, const struct brands *brands,
                  const struct brands *full)
{
    const struct ua_hints *sources[] = { header, payload };
    struct str version = { "", 0 }, model = { "", 0 };
    /* a source without a platform of its own speaks for that of the other */
    struct str platform = header->platform.n ? header->platform : payload->platform;
    if (agrees(facts, platform)) {
        for (size_t i = 0; i < COUNT_OF(sources); i++) {
            const struct ua_hints *h = sources[i];
            if (h->platform.n && !str_eq(h->platform, platform)) continue;
            if (!version.n && is_version(h->platform_version)) version = h->platform_version;
            if (!model.n && is_model(h->model)) model = h->model;
        }
        if (version.n) refine_system(facts, version);
        if (model.n && str_eq(facts->device, STR("K"))) facts->device = model;
    }
    refine_browser(facts, brands, full);
}
