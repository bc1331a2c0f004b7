/* active_call - is somebody on the phone?
 *
 * call.state is "active" (Android's AudioManager mode, iOS' CXCallObserver): a fact, shown as it is.
 *
 * Shown: v4 active_call
 * Evidence: -
 * Confidence: none is stated. Absent when the app sent no call signals
 * Never alone: it is no offence; together with remote control it is how people are talked into payments
 * Blind spots: calls of apps that do not tell the system */
#include "identify/verdicts/app.h"

static void active_call_judge(struct identify *id)
{
    const struct signal *state = &id->signals.value[S_APP_CALL];
    if (state->present) SET(id, active_call, str_eq(state->text, STR("active")));
}

const struct verdict_kind verdict_active_call = { "active_call", active_call_judge };
