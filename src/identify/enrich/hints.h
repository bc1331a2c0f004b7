/* hints - what Client Hints add to the facts of a User-Agent header.
 *
 * Chromium has frozen much of its User-Agent: every Windows since 10 says "NT 10.0", every macOS
 * "10_15_7", every Android "Android 10; K". The true values come as Client Hints, from two sources:
 * the request's headers (after Accept-CH, on secure origins) and the payload, where our agent puts
 * what getHighEntropyValues gave. A header counts before the payload, because a page's script
 * cannot write it.
 *
 * A hint refines, it never contradicts: where its platform is another than the User-Agent's (a
 * known case: ChatGPT's agent says Mac in one and Linux in the other), the User-Agent stays and the
 * difference is left to the verdicts, which see both.
 *
 * | User-Agent says      | hint                                   | fact                         |
 * |----------------------|----------------------------------------|------------------------------|
 * | Windows 10           | platform version 13 and up             | os_version "11"              |
 * | Windows 10           | platform version 1 to 10               | "10", as before              |
 * | Mac OS X 10.15.7     | platform version 11 and up             | "15.1", "26.0.1"             |
 * | Android 10, model K  | platform version                       | "14", "4.4.2"                |
 * | device "K"           | model, unless empty                    | device "Pixel 8"             |
 * | Chrome               | a brand of the table in hints.c        | "Brave", "Edge", "Opera" ... |
 *
 * Windows' numbers are from Microsoft's "Detect Windows 11 using Client Hints": 1 to 10 are the
 * releases of Windows 10, 13 and up Windows 11. Whoever sends no hints keeps "10": it means "10 or
 * 11" then, as in every service that reads the same header.
 */
#ifndef WHORL_IDENTIFY_ENRICH_HINTS_H
#define WHORL_IDENTIFY_ENRICH_HINTS_H

#include "identify/enrich/headers.h"
#include "identify/enrich/ua.h"

/* One source's hints; empty where nothing was sent. */
struct ua_hints {
    struct str platform;         /* "Windows", "macOS", "Android" */
    struct str platform_version; /* "15.0.0" */
    struct str model;            /* "Pixel 8" */
};

/* Refines `facts` in place; new strings point into the hints. brands and full are the
 * header's lists (the payload's say nothing more: both come with every request or not at all). */
void hints_refine(struct ua_facts *facts, const struct ua_hints *header,
                  const struct ua_hints *payload, const struct brands *brands,
                  const struct brands *full);

#endif
