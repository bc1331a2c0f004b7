/* http2 - see http2.h. */
#include "identify/enrich/http2.h"

void http2_put_facts(struct event *ev, const struct request *req)
{
    if (req->http2.n == 0) return;
    event_set(ev, EVENT_http2);
    ev->http2 = req->http2;
}
