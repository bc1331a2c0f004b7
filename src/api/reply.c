/* reply - how answers and errors are written; see app.h. */
#include "api/app.h"

#include "base/clock.h"
#include "base/json_out.h"
#include "base/log.h"

bool from_agent(const struct request *req)
{
    struct str client;
    return str_eq(req->method, STR("POST")) && query_find(req, STR("ci"), &client) &&
           str_starts(client, STR("js/"));
}

static enum error_form form_of_request(const struct request *req)
{
    return from_agent(req) ? FORM_AGENT : form_of_path(req->method, req->path);
}

enum error_form form_of_path(struct str method, struct str path)
{
    if (str_starts(path, STR("/v4/"))) return FORM_V4;
    if (str_starts(path, STR("/visitors")))
        return str_eq(method, STR("DELETE")) ? FORM_V3 : FORM_V3_PLAIN;
    if (str_starts(path, STR("/events")) || str_starts(path, STR("/related-visitors")))
        return FORM_V3;
    return FORM_FIQ;
}

struct reply reply_to(struct request *req)
{
    return (struct reply){ .req = req };
}

void reply_header(struct reply *reply, const char *name, struct str value)
{
    if (reply->headers_count == REPLY_HEADERS_MAX) return;
    reply->headers[reply->headers_count++] = (struct header){ str_of(name), value };
}

void reply_cors(struct reply *reply)
{
    struct str origin = request_header(reply->req, STR("Origin"));
    reply_header(reply, "Vary", STR("Origin"));
    if (origin.n == 0) return;
    reply_header(reply, "Access-Control-Allow-Origin", origin);
    reply_header(reply, "Access-Control-Allow-Credentials", STR("true"));
}

static void respond(struct reply *reply, int status, struct str body)
{
    struct response response = { .status = status, .headers = reply->headers,
                                 .headers_count = reply->headers_count, .body = body };
    request_respond(reply->req, &response);
}

void reply_bytes(struct reply *reply, int status, const char *content_type, struct str body)
{
    reply_header(reply, "Content-Type", str_of(content_type));
    respond(reply, status, body);
}

void reply_json(struct reply *reply, int status, struct str body)
{
    reply_header(reply, "Cache-Control", STR("no-store"));
    reply_bytes(reply, status, "application/json; charset=utf-8", body);
}

void reply_empty(struct reply *reply, int status)
{
    respond(reply, status, STR(""));
}

/* GET /visitors has texts of its own for what its schema documents. */
static const char *plain_text(int status, const char *text)
{
    if (status == 400) return "bad request";
    if (status == 403) return "Forbidden (HTTP 403)";
    return text;
}

/* FingerprintIQ's own texts for what Fingerprint calls otherwise. */
static const char *fiq_text(enum err e, const char *text)
{
    if (e == ERR_RATE_LIMITED) return "Rate limit exceeded";
    if (e == ERR_SUBSCRIPTION_INACTIVE) return "The subscription of this workspace is not active";
    return text;
}

/* A page shows this id to its user, who tells it to support; there is no event of that id, but a line
 * of the log. */
static void put_attempt(struct json_out *out, enum err e)
{
    char text[ID_TEXT_BYTES];
    size_t n = event_id_print_base62(text, event_id_new(clock_wall_ms()));
    log_debug("agent", "refused %.*s: %s", (int)n, text, err_name(e));
    json_out_key(out, "requestId");
    json_out_str(out, (struct str){ text, n });
}

static struct str error_body(struct arena *arena, enum error_form form, enum err e,
                             const char *detail)
{
    const struct err_info *info = err_info(e);
    struct json_out out;
    const char *text = detail ? detail : info->message;
    if (!detail && form == FORM_V4 && info->v4_message) text = info->v4_message;
    if (form == FORM_V3_PLAIN) text = plain_text(info->status, text);
    if (form == FORM_FIQ && !detail) text = fiq_text(e, text);
    json_out_init(&out, arena);
    json_out_open(&out, '{');
    json_out_key(&out, "error");
    if (form == FORM_V3 || form == FORM_V4 || form == FORM_AGENT) {
        json_out_open(&out, '{');
        json_out_key(&out, "code");
        json_out_str(&out, str_of(form == FORM_V3 ? info->v3_code : info->v4_code));
        json_out_key(&out, "message");
        json_out_str(&out, str_of(text));
        if (form == FORM_AGENT) json_out_key(&out, "name"), json_out_str(&out, str_of(err_name(e)));
        json_out_close(&out, '}');
        if (form == FORM_AGENT) put_attempt(&out, e);
    } else {
        json_out_str(&out, str_of(text));
    }
    json_out_close(&out, '}');
    return json_out_text(&out);
}

void reply_error(struct reply *reply, enum err e, const char *detail)
{
    struct request *req = reply->req;
    enum error_form form = form_of_request(req);
    bool has_cors = false;
    for (size_t i = 0; i < reply->headers_count; i++)
        has_cors |= str_eq(reply->headers[i].name, STR("Vary"));
    if ((form == FORM_FIQ || form == FORM_AGENT) && !has_cors)
        reply_cors(reply); /* or the page could not read the error */
    /* v4 has no such header, and a bucket is never empty for longer than a second */
    bool soon = e == ERR_RATE_LIMITED || e == ERR_TOO_MANY_SEARCHES;
    if (soon && form != FORM_V4) reply_header(reply, "Retry-After", STR("1"));
    reply_json(reply, err_info(e)->status, error_body(req->arena, form, e, detail));
}

void app_on_refused(void *app, struct request *req, enum err e, const char *detail,
                    struct response *out)
{
    struct reply *reply = ARENA_NEW(req->arena, struct reply);
    enum error_form form = form_of_request(req);
    (void)app;
    if (str_eq(req->path, STR(EDGE_PATH))) { /* it has texts of its own, and a 400 where we say 408 */
        if (e == ERR_REQUEST_TIMEOUT) e = ERR_READ_TIMEOUT;
        if (e == ERR_READ_TIMEOUT || e == ERR_BODY_TOO_LARGE) detail = NULL;
    }
    *out = (struct response){ .status = err_info(e)->status, .close = true };
    out->body = error_body(req->arena, form, e, detail);
    if (!reply) return;
    *reply = reply_to(req);
    if (form == FORM_FIQ || form == FORM_AGENT) reply_cors(reply);
    reply_header(reply, "Cache-Control", STR("no-store"));
    reply_header(reply, "Content-Type", STR("application/json; charset=utf-8"));
    out->headers = reply->headers;
    out->headers_count = reply->headers_count;
}

enum err app_now_ms(struct app *app, const struct request *req, int64_t *out)
{
    uint64_t asked;
    *out = clock_wall_ms();
    if (!app->test_clock) return ERR_OK;
    struct str text = request_header(req, STR("X-Test-Now-Ms"));
    int64_t latest = atomic_load(&app->test_now_ms);
    if (text.n == 0) {
        if (latest) *out = latest;
        return ERR_OK;
    }
    if (!str_to_u64(text, &asked) || asked >> 42) return ERR_BAD_REQUEST;
    *out = (int64_t)asked;
    while (*out > latest && !atomic_compare_exchange_weak(&app->test_now_ms, &latest, *out))
        continue;
    store_set_time(app->identify.store, atomic_load(&app->test_now_ms));
    return ERR_OK;
}

const char *const fault_names[FAULT_COUNT] = {
    [FAULT_EVENT_READ] = "event-read",
    [FAULT_SEARCH_TIMEOUT] = "search-timeout",
    [FAULT_SLOW_SEARCHES] = "slow-searches",
    [FAULT_SLOW_WRITES] = "slow-writes",
};

bool app_has_fault(const struct app *app, enum fault fault)
{
    for (size_t i = 0; i < app->identify.test_faults_count; i++)
        if (strcmp(app->identify.test_faults[i], fault_names[fault]) == 0) return true;
    return false;
}

bool app_knows_fault(const char *name)
{
    for (size_t i = 0; i < FAULT_COUNT; i++)
        if (strcmp(name, fault_names[i]) == 0) return true;
    return false;
}
