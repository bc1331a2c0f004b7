/* replayed - was this payload sent before?
 *
 * Shown: v4 replayed; v3 products.identification.data.replayed; GET /v1/events/{id} signals.server.replay
 * Evidence:
 *   REPLAY_PAYLOAD  what changes from load to load (durations, timers, window, battery) and the client's time are
 *                   those of another event of the last 24 hours; or, when the client's time is older than that, of a
 *                   stored event of the same visitor that came within ten minutes of it. A browser's some 40
 *                   durations in tenths of a millisecond do not repeat: in the two loads of one page by one profile,
 *                   recorded 2026-11-20, nearly all differ
 *   REPLAY_SIGNALS  the same, and the client's time was changed
 * Confidence: exact comparison of hashes; of bodies with less than 64 such bytes only the same visitor's with the
 *   same client time count
 * Never alone: an agent that lost its connection stamps the body anew and tries again: within a minute, from the
 *   same address and as the same visitor, that is no replay
 * Blind spots: payloads made up anew each time; replays after more than 24 hours whose client's time was changed, or
 *   whose first event is no longer stored (retention) or went to another visitor: the age of the client's time (clock
 *   skew) shows it, and convicts nobody, for clocks are wrong. With more visits than --velocity-visits less than a day
 *   is remembered. Without memory for the visit nothing is said */
#include "identify/verdicts/verdict.h"

static void replayed_judge(struct identify *id)
{
    enum recent_replay replay = id->recall.replay;
    if (!id->recall.noted) return;
    bool replayed = replay == RECENT_SAME || replay == RECENT_SAME_SIGNALS;
    SET(id, replayed, replayed);
    if (!replayed) return;
    event_set(&id->event, EVENT_replay_reasons);
    codes_add(&id->event.replay_reasons, replay == RECENT_SAME ? REASON_REPLAY_PAYLOAD : REASON_REPLAY_SIGNALS);
}

const struct verdict_kind verdict_replayed = { "replayed", replayed_judge };
