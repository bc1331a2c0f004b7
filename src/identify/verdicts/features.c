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

/* Was all of this feature in the engine long before that version? */
static bool is_old(struct str name, bool blink, unsigned major)
{
    for (size_t i = 0; i < COUNT_OF(css); i++) {
        if (!str_eq(name, str_of(css[i].name))) continue;
        unsigned all = blink ? css[i].blink_all : css[i].gecko_all;
        return all && all + FEATURE_MARGIN < major;
    }
    return false;
}

/* Of a usual browser none is missing, and one walk finds that out. */
static unsigned count_behind(const struct signal *flags, bool blink, unsigned major)
{
    struct str rest = flags->text, line;
    unsigned count = 0;
    while (str_split(&rest, '\n', &line))
        if (line.n && line.p[0] == '!') count += is_old(str_sub(line, 1, line.n), blink, major);
    return count;
}

static unsigned count_ahead(const struct signal *found, const struct feature *list, size_t n, bool blink,
                            unsigned major)
{
    unsigned count = 0;
    for (size_t i = 0; i < n; i++)
        if ((blink ? list[i].blink : list[i].gecko) > major + FEATURE_MARGIN)
            count += signal_list_has(found, str_of(list[i].name));
    return count;
}

struct feature_ages features_of_version(const struct signal *v, enum engine engine, unsigned major)
{
    bool blink = engine == ENGINE_BLINK;
    if (major == 0 || (!blink && engine != ENGINE_GECKO)) return (struct feature_ages){ 0, 0 };
    return (struct feature_ages){
        .ahead = count_ahead(&v[S_CSS_FEATURES], css, COUNT_OF(css), blink, major) +
                 count_ahead(&v[S_WINDOW_GLOBALS], globals, COUNT_OF(globals), blink, major),
        .behind = count_behind(&v[S_CSS_FEATURES], blink, major),
    };
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
