/* health - is the process alive, may it take requests, and what it counts. */
#include "api/app.h"

#include "base/json_out.h"
#include "base/metrics.h"

void health_live(struct app *app, struct request *req, struct str tail)
{
    struct reply reply = reply_to(req);
    (void)app, (void)tail;
    reply_json(&reply, 200, STR("{\"status\":\"ok\"}"));
}

/* Not ready while the store refuses writes. `missing` names the data without which some verdicts
 * and facts stay unknown. */
void health_ready(struct app *app, struct request *req, struct str tail)
{
    struct reply reply = reply_to(req);
    (void)tail;
    if (store_is_sound(app->identify.store))
        reply_json(&reply, 200,
                   STR("{\"status\":\"ready\",\"missing\":[\"geo\",\"asn\",\"lists\"]}"));
    else
        reply_json(&reply, 503, STR("{\"status\":\"not ready\",\"reason\":\"the last write to disk "
                                    "failed; the store takes no events until one works\"}"));
}

void health_metrics(struct app *app, struct request *req, struct str tail)
{
    struct reply reply = reply_to(req);
    struct json_out out;
    (void)app, (void)tail;
    json_out_init(&out, req->arena);
    metrics_print(&out);
    reply_bytes(&reply, 200, "text/plain; version=0.0.4; charset=utf-8", json_out_text(&out));
}
