/* app - what the handlers of api/ share, and the small vocabulary they answer with. */
#ifndef WHORL_API_APP_H
#define WHORL_API_APP_H

#include "api/keys.h"
#include "api/limits.h"
#include "base/limits.h"
#include "identify/identify.h"
#include "net/server.h"

#include <stdatomic.h>

struct app {
    struct identify_shared identify;
    struct keys *keys;
    struct limits *limits;
    struct token_keys token_keys;
    struct networks trusted_proxies;
    struct json_parser *parser[WORKERS_MAX]; /* by loop_index */
    struct proven *proven[WORKERS_MAX];      /* likewise */
    struct reader *reader;           /* for searches */
    const char *const *proxy_listen; /* --proxy-protocol, for GET /clients */
    size_t proxy_listen_count;
    struct str ingress_path;         /* --ingress-path, "/k3"; empty: none */
    bool demo;                       /* serve /demo */
    struct str demo_key;             /* the public key of the demo page */
    bool test_clock;                 /* event time from X-Test-Now-Ms */
    _Atomic int64_t test_now_ms;     /* the latest seen; 0: none yet */
};

/* How errors look to whoever asked, told by method and path. */
enum error_form {
    FORM_FIQ,      /* {"error": "text"} */
    FORM_V3,       /* {"error": {"code": "RequestNotFound", "message": "text"}} */
    FORM_V3_PLAIN, /* {"error": "text"}: /visitors, but not DELETE */
    FORM_V4,       /* {"error": {"code": "event_not_found", "message": "text"}} */
    /* The same with "name", the row of errors.def: "ORIGIN_FORBIDDEN", and "requestId" beside "error". */
    FORM_AGENT,
};
enum error_form form_of_path(struct str method, struct str path);
/* Does an agent of ours ask? They say so in the query (?ci=js/VERSION), since their requests must
 * not need a preflight. */
bool from_agent(const struct request *req);

/* Its body has less time to arrive than others, and its errors are its own. */
#define EDGE_PATH "/v4/edge"

/* net/'s two callbacks (routes.c). */
void app_on_request(void *app, struct request *req);
void app_on_refused(void *app, struct request *req, enum err e, const char *detail,
                    struct response *out);

/* ---- answering ---- */

enum { REPLY_HEADERS_MAX = 12 };

struct reply {
    struct request *req;
    struct header headers[REPLY_HEADERS_MAX];
    size_t headers_count;
};

struct reply reply_to(struct request *req);
/* Strings must live until the answer is sent: literals, or the request's arena. */
void reply_header(struct reply *reply, const char *name, struct str value);
/* The CORS headers for a page of another origin, credentials allowed: echoes Origin. */
void reply_cors(struct reply *reply);
void reply_json(struct reply *reply, int status, struct str body);
void reply_bytes(struct reply *reply, int status, const char *content_type, struct str body);
void reply_empty(struct reply *reply, int status);
/* An error in the form of the request's path. detail: a better text than the error's own, or
 * NULL. */
void reply_error(struct reply *reply, enum err e, const char *detail);

/* Milliseconds of the event: the clock, or under --test-clock what the tests say.
 * ERR_BAD_REQUEST. */
enum err app_now_ms(struct app *app, const struct request *req, int64_t *out);

/* Faults of --test-fault besides verdicts, so that tests can make answers come that need bad luck else. */
enum fault {
    FAULT_EVENT_READ,     /* event-read: the store fails to read events by their ids */
    FAULT_SEARCH_TIMEOUT, /* search-timeout: searches have no time */
    FAULT_SLOW_SEARCHES,  /* slow-searches: each takes SLOW_MS longer */
    FAULT_SLOW_WRITES,    /* slow-writes: the same of each group commit */
    FAULT_COUNT
};
enum { SLOW_MS = 300 };
extern const char *const fault_names[FAULT_COUNT];
bool app_has_fault(const struct app *app, enum fault fault);
bool app_knows_fault(const char *name);

/* ---- who asks ---- */

/* The secret key of a Server API request: `Authorization: Bearer`, or `Auth-API-Key` and then
 * `?api_key=`. ERR_KEY_REQUIRED, ERR_KEY_NOT_FOUND, and those of auth_admit. */
enum err auth_bearer(struct app *app, const struct request *req, const struct api_key **out);
enum err auth_api_key(struct app *app, const struct request *req, const struct api_key **out);
/* The same of v2: `Auth-Token`, and then `?token=`. */
enum err auth_token(struct app *app, const struct request *req, const struct api_key **out);
/* A public or secret key in `X-API-Key`. ERR_KEY_INVALID, ERR_ORIGIN_FORBIDDEN (public ones). */
enum err auth_fiq(struct app *app, const struct request *req, const struct api_key **out);
/* A management key as `Authorization: Bearer`: what an operator's own tools may read of a workspace, and
 * the weights of the suspect score. */
enum err auth_management(struct app *app, const struct request *req, const struct api_key **out);
/* What the workspace's settings and the key's rate say; the functions above ask it when they have found a key.
 * ERR_WRONG_REGION, ERR_SUBSCRIPTION_INACTIVE, ERR_FEATURE_OFF, ERR_RATE_LIMITED. */
enum err auth_admit(struct app *app, const struct request *req, const struct api_key *key);
/* May this key see an event of that environment? */
bool auth_sees(const struct api_key *key, const struct event *ev);
/* The value of a cookie, empty when absent. */
struct str cookie_value(const struct request *req, struct str name);
/* Is it from this machine, and not passed on by a proxy? */
bool from_loopback(const struct request *req);

/* ---- the query string ---- */

/* The next parameter, percent-decoded into the arena; *rest begins as req->query. False when none is
 * left. */
bool query_next(const struct request *req, struct str *rest, struct str *name, struct str *value);
/* The first parameter of that name. False when absent. */
bool query_find(const struct request *req, struct str name, struct str *out);
/* Percent-decoding; '+' is a blank only in queries. */
struct str percent_decode(struct arena *arena, struct str text, bool plus_is_blank);

/* ---- handlers, one file per dialect or purpose; `tail` is what the route's '*' stood for ---- */

void fiq_identify(struct app *app, struct request *req, struct str tail);       /* fiq.c */
void fiq_options(struct app *app, struct request *req, struct str tail);
void fiq_bootstrap(struct app *app, struct request *req, struct str tail);
void fiq_get_event(struct app *app, struct request *req, struct str tail);      /* fiq_event.c */
void fiq_wallet_link(struct app *app, struct request *req, struct str tail);    /* fiq_wallets.c */
void fiq_get_visitor(struct app *app, struct request *req, struct str tail);    /* fiq_visitor.c */
void fiq_get_visits(struct app *app, struct request *req, struct str tail);
void fiq_sentinel(struct app *app, struct request *req, struct str tail);       /* fiq_sentinel.c */
void fiq_pulse_identify(struct app *app, struct request *req, struct str tail); /* pulse.c */
void management_get_deletions(struct app *app, struct request *req, struct str tail); /* management.c */
void management_get_usage(struct app *app, struct request *req, struct str tail);
void management_get_weights(struct app *app, struct request *req, struct str tail); /* management_weights.c */
void management_change_weights(struct app *app, struct request *req, struct str tail);
void fiq_pulse_event(struct app *app, struct request *req, struct str tail);
void v3_get_event(struct app *app, struct request *req, struct str tail);       /* v3.c */
void v3_get_visitor(struct app *app, struct request *req, struct str tail);
void v4_get_event(struct app *app, struct request *req, struct str tail);       /* v4.c */
void v4_edge(struct app *app, struct request *req, struct str tail);            /* edge.c */
void v3_search_events(struct app *app, struct request *req, struct str tail);   /* search.c */
void v4_search_events(struct app *app, struct request *req, struct str tail);
void v3_update_event(struct app *app, struct request *req, struct str tail);    /* update.c */
void v4_update_event(struct app *app, struct request *req, struct str tail);
void v3_get_related(struct app *app, struct request *req, struct str tail);     /* related.c */
void v3_delete_visitor(struct app *app, struct request *req, struct str tail);  /* delete_visitor.c */
void v4_delete_visitor(struct app *app, struct request *req, struct str tail);
void agent_get_script(struct app *app, struct request *req, struct str tail);   /* agent.c */
void agent_get_ingress(struct app *app, struct request *req, struct str tail);
void agent_get_web_v3(struct app *app, struct request *req, struct str tail);
void agent_get_v3(struct app *app, struct request *req, struct str tail);
void agent_get_web_v4(struct app *app, struct request *req, struct str tail);
void demo_get_page(struct app *app, struct request *req, struct str tail);      /* demo.c */
void demo_get_file(struct app *app, struct request *req, struct str tail);
void demo_get_event(struct app *app, struct request *req, struct str tail);
void demo_forget(struct app *app, struct request *req, struct str tail);
void openapi_get(struct app *app, struct request *req, struct str tail);        /* openapi.c */
void docs_get_page(struct app *app, struct request *req, struct str tail);      /* docs.c */
void docs_get_file(struct app *app, struct request *req, struct str tail);
void clients_get(struct app *app, struct request *req, struct str tail);        /* clients.c */
void health_live(struct app *app, struct request *req, struct str tail);        /* health.c */
void health_ready(struct app *app, struct request *req, struct str tail);
void health_metrics(struct app *app, struct request *req, struct str tail);

#endif
