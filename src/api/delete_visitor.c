/* delete_visitor - DELETE /visitors/{id} (v3) and DELETE /v4/visitors/{id}: the visitor, its device
 * data and all its events. The 200 has no body; it is sent once nothing of them can be read. Since a
 * visitor may have events in several environments, a key of one environment may not delete it. */
#include "api/app.h"

#include "base/clock.h"
#include "identify/forget.h"

struct deleting {
    struct forget forget;
    struct task task;
    struct reply reply;
    enum err result;
};

/* On the loop's thread again. */
static void finish(struct task *task)
{
    struct deleting *d = (struct deleting *)((char *)task - offsetof(struct deleting, task));
    if (d->result) reply_error(&d->reply, d->result, NULL);
    else reply_empty(&d->reply, 200);
}

/* On the store's commit thread. */
static void done(struct forget *forget, enum err result)
{
    struct deleting *d = (struct deleting *)((char *)forget - offsetof(struct deleting, forget));
    d->result = result;
    d->task.run = finish;
    loop_post(d->reply.req->loop, &d->task);
}

static enum err start(struct app *app, struct deleting *d, const struct api_key *key,
                      struct str text)
{
    struct forget *forget = &d->forget;
    if (text.n == 0) return ERR_VISITOR_ID_REQUIRED;
    if (!visitor_id_parse_any(text, &forget->id)) return ERR_VISITOR_ID_INVALID;
    if (key->environment) return ERR_WORKSPACE_KEY_REQUIRED;
    const struct workspace *w = keys_workspace(app->keys, key->workspace);
    int64_t wait_s;
    if (w->delete_limits && !limits_take_deletion(app->limits, key->workspace, clock_mono_us(), &wait_s)) {
        struct str wait = arena_format(d->reply.req->arena, "%lld", (long long)wait_s);
        if (form_of_path(d->reply.req->method, d->reply.req->path) != FORM_V4) /* v4 has no such header */
            reply_header(&d->reply, "Retry-After", wait);
        return ERR_DELETIONS_LIMITED;
    }
    forget->shared = &app->identify;
    forget->workspace = key->workspace;
    forget->key = key->id;
    forget->arena = d->reply.req->arena;
    forget->done = done;
    enum err e = identify_start_forget(forget);
    return e == ERR_NOT_FOUND ? ERR_VISITOR_NOT_FOUND : e;
}

typedef enum err authorise(struct app *app, const struct request *req, const struct api_key **out);

static void delete_visitor(struct app *app, struct request *req, struct str id, authorise *who)
{
    struct reply early = reply_to(req);
    struct deleting *d = ARENA_NEW(req->arena, struct deleting);
    const struct api_key *key;
    enum err e = who(app, req, &key);
    if (!e && !d) e = ERR_NO_MEMORY;
    if (d) d->reply = early;
    if (!e) {
        e = start(app, d, key, id);
    }
    if (e != ERR_PENDING) reply_error(d ? &d->reply : &early, e, NULL);
}

void v3_delete_visitor(struct app *app, struct request *req, struct str tail)
{
    delete_visitor(app, req, tail, auth_api_key);
}

void v4_delete_visitor(struct app *app, struct request *req, struct str tail)
{
    delete_visitor(app, req, tail, auth_bearer);
}
