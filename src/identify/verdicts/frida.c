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

/* Is a library's file, whatever its folder, Frida's? "/memfd:frida-agent-64.so (deleted)" is one too. */
static bool is_loaded(const struct identify *id)
{
    static const char *const begins[] = { "frida-", "frida_", "libfrida-", "libfrida_", "libfrida.", "memfd:frida",
                                          "FridaGadget", "Frida.", "frida.", "re.frida." };
    struct str rest = id->signals.value[S_APP_LIBRARIES].text, path, part;
    if (!id->signals.value[S_APP_LIBRARIES].present) return false;
    while (str_split(&rest, '\n', &path)) {
        struct str file = path;
        while (str_split(&path, '/', &part)) file = part;
        for (size_t i = 0; i < COUNT_OF(begins); i++)
            if (str_starts(file, str_of(begins[i]))) return true;
    }
    return false;
}

static void frida_judge(struct identify *id)
{
    static const char *const threads[] = { "gum-js-loop", "pool-frida", "linjector" };
    static const char *const ports[] = { "27042", "27043" };
    if (!APP_SENT(id, S_APP_LIBRARIES, S_APP_THREADS)) return;
    bool loaded = is_loaded(id) || APP_HAS_ONE(id, S_APP_THREADS, threads);
    SET(id, frida, loaded);
    if (!loaded) return;
    app_because(id, REASON_FRIDA_LOADED);
    if (APP_HAS_ONE(id, S_APP_PORTS, ports)) app_because(id, REASON_FRIDA_PORT);
}

const struct verdict_kind verdict_frida = { "frida", frida_judge };
