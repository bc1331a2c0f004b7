/* frida - is the app rewritten while it runs?
 *
 * Shown: v4 frida; v3 products.frida
 * Evidence:
 *   FRIDA_LOADED   process.libraries holds a file of Frida's (frida-agent, FridaGadget, ...), or process.threads one
 *                  of its threads' names (gum-js-loop; Frida's sources; not measured here)
 *   FRIDA_PORT     process.openPorts holds 27042, where frida-server listens; said only together with the above
 * Confidence: none is stated. Absent when the app sent neither libraries nor threads
 * Never alone: the open port, which any program may use; glib's threads (gmain, gdbus), which others have too;
 *   the word in a folder's or an app's name (com.fridakahlo, libfriday.so)
 * Blind spots: builds of Frida that rename libraries and threads; hooking frameworks of other makers */
#include "identify/verdicts/app.h"

static void frida_judge(struct identify *id)
{
    /* "/memfd:frida-agent-64.so (deleted)" is a file too */
    static const char *const begins[] = { "frida-", "frida_", "libfrida-", "libfrida_", "libfrida.", "memfd:frida",
                                          "FridaGadget", "Frida.", "frida.", "re.frida." };
    static const char *const threads[] = { "gum-js-loop", "pool-frida", "linjector" };
    static const char *const ports[] = { "27042", "27043" };
    if (!APP_SENT(id, S_APP_LIBRARIES, S_APP_THREADS)) return;
    bool loaded = APP_HAS_FILE(id, S_APP_LIBRARIES, begins) || APP_HAS_ONE(id, S_APP_THREADS, threads);
    SET(id, frida, loaded);
    if (!loaded) return;
    app_because(id, REASON_FRIDA_LOADED);
    if (APP_HAS_ONE(id, S_APP_PORTS, ports)) app_because(id, REASON_FRIDA_PORT);
}

const struct verdict_kind verdict_frida = { "frida", frida_judge };
