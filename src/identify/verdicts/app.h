/* app - what the verdicts about mobile apps share: looking for known names in the lists that an app sends. The
 * apps say what they found; which names mean something is said here, in the verdicts, so that it can be changed
 * without a new version of an app. docs/mobile.md lists what each platform sends. */
#ifndef WHORL_IDENTIFY_VERDICTS_APP_H
#define WHORL_IDENTIFY_VERDICTS_APP_H

#include "identify/verdicts/verdict.h"

static inline bool app_is(const struct identify *id, const char *platform)
{
    return str_eq(id->mobile.platform, str_of(platform));
}

/* Did the app send any of these? Only then is a no a no. */
static inline bool app_sent(const struct identify *id, const enum signal_id *signals, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (id->signals.value[signals[i]].present) return true;
    return false;
}

/* Does the text hold one of these? */
static inline bool app_has_part(struct str text, const char *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_has(text, str_of(parts[i]))) return true;
    return false;
}

/* Is one of the list's elements one of these? */
static inline bool app_has_one(const struct identify *id, enum signal_id list, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (signal_list_has(&id->signals.value[list], str_of(names[i]))) return true;
    return false;
}

/* Is one of the list's paths one of these, or below it? */
static inline bool app_has_path(const struct identify *id, enum signal_id list, const char *const *names, size_t count)
{
    struct str rest = id->signals.value[list].text, path;
    if (!id->signals.value[list].present) return false;
    while (str_split(&rest, '\n', &path))
        for (size_t i = 0; i < count; i++) {
            struct str name = str_of(names[i]);
            if (str_starts(path, name) && (path.n == name.n || path.p[name.n] == '/')) return true;
        }
    return false;
}

/* Does the name of one of the list's files, whatever its folder, begin with one of these? */
static inline bool app_has_file(const struct identify *id, enum signal_id list, const char *const *begins, size_t count)
{
    struct str rest = id->signals.value[list].text, path, part;
    if (!id->signals.value[list].present) return false;
    while (str_split(&rest, '\n', &path)) {
        struct str file = path;
        while (str_split(&path, '/', &part)) file = part;
        for (size_t i = 0; i < count; i++)
            if (str_starts(file, str_of(begins[i]))) return true;
    }
    return false;
}

static inline void app_because(struct identify *id, enum reason reason)
{
    event_set(&id->event, EVENT_mobile_reasons);
    codes_add(&id->event.mobile_reasons, reason);
}

static inline bool app_says(const struct identify *id, enum signal_id s)
{
    return id->signals.value[s].present && id->signals.value[s].number != 0;
}

#define APP_SENT(id, ...)                                                                                   \
    app_sent(id, (const enum signal_id[]){ __VA_ARGS__ },                                                  \
             sizeof((const enum signal_id[]){ __VA_ARGS__ }) / sizeof(enum signal_id))
#define APP_HAS_PATH(id, list, names) app_has_path(id, list, names, COUNT_OF(names))
#define APP_HAS_FILE(id, list, begins) app_has_file(id, list, begins, COUNT_OF(begins))
#define APP_HAS_ONE(id, list, names) app_has_one(id, list, names, COUNT_OF(names))
#define APP_HAS_PART(id, s, names) app_has_part((id)->signals.value[s].text, names, COUNT_OF(names))

#endif
