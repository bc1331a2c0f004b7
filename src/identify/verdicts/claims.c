/* claims - see claims.h. */
#include "identify/verdicts/claims.h"

struct name { const char *text; int value; };

static int value_of(const struct name *names, size_t count, struct str text)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq_nocase(text, str_of(names[i].text))) return names[i].value;
    return 0;
}

enum os_family os_of_name(struct str name)
{
    static const struct name names[] = {
        { "Windows", OS_WINDOWS }, { "Mac OS X", OS_MAC },    { "iOS", OS_IOS },
        { "Android", OS_ANDROID }, { "Linux", OS_LINUX },     { "Ubuntu", OS_LINUX },
        { "Debian", OS_LINUX },    { "Fedora", OS_LINUX },    { "Chrome OS", OS_CHROME },
    };
    return (enum os_family)value_of(names, COUNT_OF(names), name);
}

enum os_family os_of_hint(struct str platform)
{
    static const struct name names[] = {
        { "Windows", OS_WINDOWS }, { "macOS", OS_MAC },       { "iOS", OS_IOS },
        { "Android", OS_ANDROID }, { "Linux", OS_LINUX },     { "Chrome OS", OS_CHROME },
        { "Chromium OS", OS_CHROME },
    };
    return (enum os_family)value_of(names, COUNT_OF(names), platform);
}

bool platform_fits(struct str platform, enum os_family os)
{
    if (platform.n == 0) return true;
    switch (os) {
    case OS_UNKNOWN: return true;
    case OS_WINDOWS: return str_starts(platform, STR("Win"));
    case OS_MAC: return str_starts(platform, STR("Mac")) || str_eq(platform, STR("iPad"));
    case OS_IOS:
        return str_starts(platform, STR("iP")) || str_starts(platform, STR("MacIntel"));
    case OS_ANDROID: return str_starts(platform, STR("Linux")) || str_eq(platform, STR("Android"));
    case OS_LINUX: case OS_CHROME: break;
    }
    return str_starts(platform, STR("Linux")) || str_starts(platform, STR("CrOS")) ||
           str_starts(platform, STR("X11")) || str_has(platform, STR("BSD"));
}

enum engine engine_of_claim(struct str user_agent, enum os_family os)
{
    if (os == OS_IOS) return ENGINE_WEBKIT;
    if (str_has(user_agent, STR("Chrome/"))) return ENGINE_BLINK;
    if (str_has(user_agent, STR("AppleWebKit/"))) return ENGINE_WEBKIT;
    if (str_has(user_agent, STR("Gecko/")) && str_has(user_agent, STR("Firefox/")))
        return ENGINE_GECKO;
    return ENGINE_UNKNOWN;
}

enum engine engine_of_error(struct str message)
{
    static const struct { const char *text; enum engine engine; } words[] = {
        { "Cannot read propert", ENGINE_BLINK },
        { "can't access property", ENGINE_GECKO },
        { "null has no properties", ENGINE_GECKO },
        { "null is not an object", ENGINE_WEBKIT },
    };
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_has(message, str_of(words[i].text))) return words[i].engine;
    return ENGINE_UNKNOWN;
}

/* The number behind a name such as "Chrome/"; *rest: what follows it. 0 without one. */
static unsigned major_behind(struct str text, struct str name, struct str *rest)
{
    for (size_t i = 0; i + name.n < text.n; i++) {
        if (memcmp(text.p + i, name.p, name.n) != 0) continue;
        unsigned major = 0;
        for (i += name.n; i < text.n && major < 100000; i++) {
            if (text.p[i] < '0' || text.p[i] > '9') break;
            major = major * 10 + (unsigned)(text.p[i] - '0');
        }
        *rest = str_sub(text, i, text.n);
        return major;
    }
    return 0;
}

unsigned chrome_major(struct str user_agent)
{
    struct str rest;
    return major_behind(user_agent, STR("Chrome/"), &rest);
}

unsigned firefox_major(struct str user_agent)
{
    struct str rest;
    unsigned major = major_behind(user_agent, STR("Firefox/"), &rest);
    return major && !str_has(rest, STR(" ")) && !str_has(user_agent, STR("Goanna/")) ? major : 0;
}

bool languages_contradict(const struct identify *id)
{
    const struct signal *page = &id->signals.value[S_LANGUAGE];
    const struct languages *sent = &id->headers.languages;
    if (!page->present || sent->count == 0) return false;
    struct str a = page->text, b = sent->list[0].tag;
    a = str_sub(a, 0, str_find_char(a, '-', 0)), b = str_sub(b, 0, str_find_char(b, '-', 0));
    return !str_eq_nocase(a, b) && !str_eq(b, STR("*"));
}
