/* claims - what a browser says it is, and what it turns out to be: the words that verdicts compare. */
#ifndef WHORL_IDENTIFY_VERDICTS_CLAIMS_H
#define WHORL_IDENTIFY_VERDICTS_CLAIMS_H

#include "identify/identify.h"

/* Families, as far as a page can tell them apart. */
enum os_family { OS_UNKNOWN, OS_WINDOWS, OS_MAC, OS_IOS, OS_ANDROID, OS_LINUX, OS_CHROME };
enum engine { ENGINE_UNKNOWN, ENGINE_BLINK, ENGINE_GECKO, ENGINE_WEBKIT };

/* Of the User-Agent's system (enrich/ua.h). */
enum os_family os_of_name(struct str name);
/* Of a Client Hint's platform: "Windows", "macOS", ... */
enum os_family os_of_hint(struct str platform);
/* Can navigator.platform be this on that system? True when either is unknown. An iPad that asks for
 * desktop pages says "MacIntel" and names a Mac; Android and Chrome OS say "Linux ...". */
bool platform_fits(struct str platform, enum os_family os);

/* What the User-Agent claims. On iOS every browser is WebKit. */
enum engine engine_of_claim(struct str user_agent, enum os_family os);
/* What the text of `null.x`'s error shows: each engine has its own words (the recorded bodies; V8
 * before 92 and SpiderMonkey before 70 had others, which are known too). */
enum engine engine_of_error(struct str message);

/* The number behind "Chrome/", 0 without one. */
unsigned chrome_major(struct str user_agent);
/* The number behind "Firefox/", 0 without one and where another name follows: SeaMonkey, Pale Moon and Waterfox
 * name a Firefox that they are compatible with, and not the one they are made of. */
unsigned firefox_major(struct str user_agent);

/* Is the first language of Accept-Language another than the page's? Regions ("de-AT") do not count. */
bool languages_contradict(const struct identify *id);

#endif
