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

/* Did the app send anything of this? Only then is a no a no. */
static inline bool app_sent(const struct identify *id, enum signal_key key)
{
    return id->signals.arrived[key];
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

static inline void app_because(struct identify *id, enum reason reason)
{
    event_set(&id->event, EVENT_mobile_reasons);
    codes_add(&id->event.mobile_reasons, reason);
}

static inline bool app_says(const struct identify *id, enum signal_id s)
{
    return id->signals.value[s].present && id->signals.value[s].number != 0;
}

#define APP_HAS_ONE(id, list, names) app_has_one(id, list, names, COUNT_OF(names))
#define APP_HAS_PART(id, s, names) app_has_part((id)->signals.value[s].text, names, COUNT_OF(names))

#endif
