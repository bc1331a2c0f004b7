/* identify - the list of steps, and one loop. See identify.h. */
#include "identify/identify.h"

#include "base/clock.h"
#include "base/metrics.h"

#include <assert.h>

static const struct step {
    enum metric metric;
    enum err (*run)(struct identify *id);
} steps[] = {
    { METRIC_step_decode, decode_body },     /* body -> signals, packed payload */
    { METRIC_step_hashes, decode_hashes },   /* which of its hashes do not follow from its values */
    { METRIC_step_enrich, enrich_facts },    /* address, user agent */
    { METRIC_step_match, match_visitor },    /* whose visit this is */
    { METRIC_step_recall, recall_recent },   /* what has been seen before */
    { METRIC_step_judge, judge_verdicts },   /* what is odd about it */
    { METRIC_step_score, score_event },      /* sums over the verdicts */
    { METRIC_step_persist, persist_event },  /* to the commit; answers later */
};

enum err identify_run(struct identify *id)
{
    enum err e = ERR_OK;
    assert(id->shared && id->req && id->done);
    id->event.id = event_id_new(id->now_ms);
    int64_t start_us = clock_mono_us();
    for (size_t i = 0; i < COUNT_OF(steps) && e == ERR_OK; i++) {
        e = steps[i].run(id);
        int64_t end_us = clock_mono_us();
        metric_time(steps[i].metric, end_us - start_us);
        start_us = end_us;
    }
    if (e != ERR_PENDING) recall_undo(id);
    if (e != ERR_PENDING && id->visit) {
        if (id->newcomer) linkage_forget(id->shared->linkage, id->workspace, id->visit->id);
        store_leave(id->shared->store, id->visit);
        id->visit = NULL;
    }
    return e;
}
