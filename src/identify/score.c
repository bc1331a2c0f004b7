/* score - sums over what the verdicts found. FingerprintIQ's suspectScore, 0 to 100: the bot
 * probability in percent when it convicts, a private window adds 10. The weights that a customer
 * can edit come with the complete verdicts. */
#include "identify/identify.h"

enum { INCOGNITO_POINTS = 10, POINTS_MAX = 100 };

enum err score_event(struct identify *id)
{
    const struct event *ev = &id->event;
    int64_t points = 0;
    if (ev->bot == BOT_BAD) points += (int64_t)(ev->bot_probability * 100);
    if (event_has(ev, EVENT_incognito) && ev->incognito) points += INCOGNITO_POINTS;
    SET(id, suspect_points, points > POINTS_MAX ? POINTS_MAX : points);
    SET(id, completeness, id->signals.completeness);
    return ERR_OK;
}
