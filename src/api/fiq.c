/* fiq - FingerprintIQ's POST /v1/identify, which browsers call, and what browsers need around it:
 * the CORS preflight and the bootstrap. The Content-Type is not looked at: the body is JSON
 * whatever its label says. */
#include "api/agent_result.h"
#include "api/app.h"
#include "api/fiq_wallets.h"
#include "api/integration.h"
#include "api/render.h"
#include "api/sealed.h"
#include "base/clock.h"
#include "base/metrics.h"

/* Cookie and answer of an identification under way. */
struct pending {
    struct identify id;
    struct task task;
    struct request *req;
    struct app *app;
    struct reply reply;
    struct web3 *web3; /* when it carried wallets */
    int64_t start_us;  /* monotonic: when its body was there */
    enum err result;
};

static void set_cookie(struct pending *p, struct str token)
{
    const char *attributes = p->id.https ? "SameSite=None; Secure" : "SameSite=Lax";
    reply_header(&p->reply, "Set-Cookie",
                 arena_format(p->req->arena, "_iidt=%.*s; Path=/; Max-Age=%d; HttpOnly; %s",
                              STR_ARG(token), (int)(TOKEN_LIFETIME_MS / 1000), attributes));
}

static void answer(void *context, enum err linked)
{
    struct pending *p = context;
    const int64_t start_us = p->start_us; /* the answer frees *p */
    (void)linked; /* wallets that could not be linked do not count, and that is all */
    struct json_out out;
    char token[TOKEN_CHARS];
    struct identify *id = &p->id;
    token_make(token, &p->app->token_keys, id->workspace, id->event.visitor, id->now_ms);
    struct str token_text = arena_copy(p->req->arena, (struct str){ token, sizeof token });
    set_cookie(p, token_text);
    json_out_init(&out, p->req->arena);
    json_out_open(&out, '{');
    if (!agent_result(&out, id)) render_event(&out, DIALECT_FIQ, &id->event);
    if (id->from_agent) json_out_key(&out, "token"), json_out_str(&out, token_text);
    if (p->web3) web3_put(&out, p->web3);
    enum err e = sealed_put(&out, p->app, id);
    json_out_close(&out, '}');
    if (e || out.failed || p->req->arena->failed) reply_error(&p->reply, e ? e : ERR_NO_MEMORY, NULL);
    else reply_json(&p->reply, 200, json_out_text(&out));
    metric_time(METRIC_identify, clock_mono_us() - start_us);
}

/* On the loop's thread again. */
static void finish(struct task *task)
{
    struct pending *p = (struct pending *)((char *)task - offsetof(struct pending, task));
    if (p->result) {
        reply_error(&p->reply, p->result, p->id.problem);
        return;
    }
    p->web3 = web3_start(p->app, &p->id, answer, p);
    if (!p->web3) answer(p, ERR_OK);
}

/* On the store's commit thread. */
static void stored(struct identify *id, enum err result)
{
    struct pending *p = id->context;
    p->result = result;
    p->task.run = finish;
    loop_post(p->req->loop, &p->task);
}

static enum err authorise(struct app *app, struct request *req, const struct api_key **key)
{
    enum err e = auth_fiq(app, req, key);
    return !e && (*key)->kind != KEY_PUBLIC ? ERR_KEY_INVALID : e; /* a secret has no place in a page */
}

/* Counts against the workspace's month; answers when there is no room left in it. */
static bool within_quota(struct pending *p, const struct api_key *key)
{
    const struct workspace *w = keys_workspace(p->app->keys, key->workspace);
    struct json_out out;
    uint64_t usage;
    int64_t wait_s;
    if (key->test || limits_count(p->app->limits, key->workspace, w->quota, p->id.now_ms, &usage, &wait_s))
        return true;
    metric_add(METRIC_quota_exceeded_total, 1);
    json_out_init(&out, p->req->arena);
    json_out_open(&out, '{');
    json_out_key(&out, "error"), json_out_str(&out, str_of(err_info(ERR_QUOTA_EXCEEDED)->message));
    json_out_key(&out, "usage"), json_out_int(&out, (int64_t)usage);
    json_out_key(&out, "limit"), json_out_int(&out, (int64_t)w->quota);
    json_out_close(&out, '}');
    reply_header(&p->reply, "Retry-After", arena_format(p->req->arena, "%lld", (long long)wait_s));
    reply_json(&p->reply, err_info(ERR_QUOTA_EXCEEDED)->status, json_out_text(&out));
    return false;
}

void fiq_identify(struct app *app, struct request *req, struct str tail)
{
    struct pending *p = arena_alloc(req->arena, sizeof *p);
    struct reply early = reply_to(req);
    const struct api_key *key = NULL;
    (void)tail;
    enum err e = p ? authorise(app, req, &key) : ERR_NO_MEMORY;
    if (e) {
        reply_error(&early, e, NULL);
        return;
    }
    *p = (struct pending){
        .req = req, .app = app, .reply = early, .start_us = clock_mono_us(),
        .id = {
            .shared = &app->identify, .parser = app->parser[loop_index(req->loop)],
            .proven = app->proven[loop_index(req->loop)], .req = req,
            .arena = req->arena, .workspace = key->workspace, .environment = key->environment,
            .cookie_token = cookie_value(req, STR("_iidt")), .done = stored, .context = p,
        },
    };
    reply_cors(&p->reply);
    e = integration_read(app, key, &p->id);
    if (!e && (e = app_now_ms(app, req, &p->id.now_ms)))
        p->id.problem = "X-Test-Now-Ms is not a time in milliseconds";
    if (e) {
        reply_error(&p->reply, e, p->id.problem);
        return;
    }
    integration_read_names(&p->id);
    if (!within_quota(p, key)) return;
    e = identify_run(&p->id);
    if (e == ERR_PENDING) return;
    if (!key->test) limits_return(app->limits, key->workspace, p->id.now_ms);
    reply_error(&p->reply, e, p->id.problem);
}

/* A preflight names no key, so any origin may ask; the request itself is then held to its key. */
void fiq_options(struct app *app, struct request *req, struct str tail)
{
    struct reply reply = reply_to(req);
    (void)app, (void)tail;
    reply_cors(&reply);
    reply_header(&reply, "Access-Control-Allow-Methods", STR("GET, POST, OPTIONS"));
    reply_header(&reply, "Access-Control-Allow-Headers", STR("content-type, x-api-key"));
    reply_header(&reply, "Access-Control-Max-Age", STR("7200"));
    reply_empty(&reply, 204);
}

/* The SDK fires this in the background and takes any status for done. */
void fiq_bootstrap(struct app *app, struct request *req, struct str tail)
{
    struct reply reply = reply_to(req);
    (void)app, (void)tail;
    reply_cors(&reply);
    reply_empty(&reply, 204);
}
