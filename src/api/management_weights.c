/* management_weights - what each signal adds to the suspect score, for management keys: GET /v1/weights and
 * PATCH /v1/weights, both with ?environment=NAME (the default one without). The body of a PATCH has whole numbers by
 * name, {"bot": 20}, and null for the default again; names that it does not have stay. It holds from the next event
 * on. A wrong name or number changes nothing. The command line does the same (control/weights_commands.c). */
#include "api/app.h"

#include "api/places.h"
#include "api/reader.h"
#include "base/log.h"
#include "identify/weights.h"

struct weighing {
    struct reader_job job;
    const struct identify_shared *identify;
    struct reply reply;
    struct str environment;
    uint32_t workspace, key_id;
    bool change;
    struct weights changes;
    struct str body;
    enum err result;
    const char *problem;
};

static struct weighing *weighing_of(struct reader_job *job)
{
    return (struct weighing *)((char *)job - offsetof(struct weighing, job));
}

/* On a reader's thread: a change waits for the disk. */
static void weigh(struct reader_job *job)
{
    struct weighing *w = weighing_of(job);
    struct arena *arena = w->reply.req->arena;
    struct store *store = w->identify->store;
    struct weights now;
    struct json_out out;
    uint32_t environment;
    w->result = place_name_valid(w->environment)
                    ? place_find_environment(store, arena, w->workspace, w->environment, &environment)
                    : ERR_NOT_FOUND;
    if (w->result == ERR_NOT_FOUND) w->problem = "there is no environment of that name";
    if (w->result) return;
    w->result = w->change ? weights_edit(&now, &w->changes, w->identify->weights, store, environment, arena)
                          : weights_load(&now, store, environment, arena);
    if (w->result) return;
    if (w->change)
        log_info("weights", "changed in environment %u by management key %u", (unsigned)environment,
                 (unsigned)w->key_id);
    json_out_init(&out, arena);
    json_out_open(&out, '{');
    json_out_key(&out, "environment"), json_out_str(&out, w->environment);
    json_out_key(&out, "weights"), weights_print_all(&out, &now);
    json_out_close(&out, '}');
    if (out.failed) w->result = ERR_NO_MEMORY;
    w->body = json_out_text(&out);
}

static void finish(struct reader_job *job)
{
    struct weighing *w = weighing_of(job);
    if (w->result) reply_error(&w->reply, w->result, w->problem);
    else reply_json(&w->reply, 200, w->body);
}

static enum err read_changes(struct weighing *w, struct app *app)
{
    const struct request *req = w->reply.req;
    struct json root;
    enum err e = json_parse(app->parser[loop_index(req->loop)], req->body, &root);
    if (e) return e;
    w->change = true;
    w->changes = weights_unchanged();
    w->problem = weights_change(&w->changes, root);
    return w->problem ? ERR_BAD_REQUEST : ERR_OK;
}

static void start(struct app *app, struct request *req, bool change)
{
    struct reply early = reply_to(req);
    struct weighing *w = ARENA_NEW(req->arena, struct weighing);
    const struct api_key *key;
    enum err e = auth_management(app, req, &key);
    if (!e && !w) e = ERR_NO_MEMORY;
    if (!e) {
        w->reply = early;
        w->identify = &app->identify;
        w->workspace = key->workspace;
        w->key_id = key->id;
        if (!query_find(req, STR("environment"), &w->environment)) w->environment = STR("default");
        if (change) e = read_changes(w, app);
    }
    if (!e) {
        w->job = (struct reader_job){ .read = weigh, .finish = finish, .loop = req->loop };
        e = reader_start(app->reader, &w->job);
    }
    if (e) reply_error(&early, e, w ? w->problem : NULL);
}

void management_get_weights(struct app *app, struct request *req, struct str tail)
{
    (void)tail;
    start(app, req, false);
}

void management_change_weights(struct app *app, struct request *req, struct str tail)
{
    (void)tail;
    start(app, req, true);
}
