/* private_window - see private_window.h. */
#include "identify/private_window.h"

#include "identify/verdicts/claims.h"

enum private_window private_window_of(const struct signals *signals)
{
    const struct signal *files = &signals->value[S_PRIVATE_FILES], *reported = &signals->value[S_INCOGNITO];
    enum engine engine = engine_of_error(signals->value[S_ERROR_OF_NULL].text);
    bool no_cookies = signals->value[S_COOKIES].present && signals->value[S_COOKIES].number == 0;
    if (files->present && (engine == ENGINE_GECKO || engine == ENGINE_WEBKIT)) {
        const struct str refused = engine == ENGINE_GECKO ? STR("Security error") : STR("unknown transient reason");
        if (str_has(files->text, refused)) return no_cookies ? WINDOW_UNKNOWN : WINDOW_PRIVATE_STORAGE;
        if (str_eq(files->text, STR("works"))) return WINDOW_USUAL;
    }
    return reported->present && reported->number != 0 ? WINDOW_PRIVATE_REPORTED : WINDOW_UNKNOWN;
}
