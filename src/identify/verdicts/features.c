/* features - see features.h. */
#include "identify/verdicts/features.h"

struct feature {
    const char *name;
    unsigned blink, blink_all, gecko, gecko_all;
};

static const struct feature css[] = {
#define FEATURE(name, blink, blink_all, gecko, gecko_all) { #name, blink, blink_all, gecko, gecko_all },
#define GLOBAL(name, blink, gecko)
#include "identify/verdicts/features.def"
};

/* That one is not among the names says nothing: the list is cut, and other agents send other ones. */
static const struct feature globals[] = {
#define FEATURE(name, blink, blink_all, gecko, gecko_all)
#define GLOBAL(name, blink, gecko) { #name, blink, 0, gecko, 0 },
#include "identify/verdicts/features.def"
};

static bool lacks(const struct signal *flags, struct str name)
{
    struct str rest = flags->text, line;
    while (str_split(&rest, '\n', &line))
        if (line.n == name.n + 1 && line.p[0] == '!' && str_ends(line, name)) return true;
    return false;
}

struct feature_ages features_of_version(const struct signal *v, enum engine engine, unsigned major)
{
    struct feature_ages ages = { 0, 0 };
    bool blink = engine == ENGINE_BLINK;
    if (major == 0 || (!blink && engine != ENGINE_GECKO)) return ages;
    for (size_t i = 0; i < COUNT_OF(css); i++) {
        unsigned first = blink ? css[i].blink : css[i].gecko, all = blink ? css[i].blink_all : css[i].gecko_all;
        struct str name = str_of(css[i].name);
        if (first > major + FEATURE_MARGIN) ages.ahead += signal_list_has(&v[S_CSS_FEATURES], name);
        if (all && all + FEATURE_MARGIN < major) ages.behind += lacks(&v[S_CSS_FEATURES], name);
    }
    for (size_t i = 0; i < COUNT_OF(globals); i++) {
        unsigned first = blink ? globals[i].blink : globals[i].gecko;
        if (first > major + FEATURE_MARGIN)
            ages.ahead += signal_list_has(&v[S_WINDOW_GLOBALS], str_of(globals[i].name));
    }
    return ages;
}

unsigned features_of_blink(const struct signal *v)
{
    return (unsigned)v[S_MEMORY].present + v[S_HEAP_LIMIT].present + str_eq(v[S_VENDOR].text, STR("Google Inc."));
}

unsigned features_of_gecko(const struct signal *v)
{
    return (unsigned)v[S_OSCPU].present + str_eq(v[S_PRODUCT_SUB].text, STR("20100101")) +
           (v[S_MOZ_NAMES].number > 0);
}
