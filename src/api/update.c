/* update - PUT /events/{id} (v3) and PATCH /v4/events/{id}: a customer adds suspect, a linked id or a
 * tag to an event. The 200 has no body, and is sent once it is stored.
 *
 * Left open by the documents: an event that is too old (10 days in v3, a month in v4) is a 400 that says
 * so; a month is 31 days; a tag is an object, as the schemas say; no member at all changes nothing. The
 * 409 comes when another update of the same event is being written. An id is only known once its event
 * is stored, so nobody can be too early. */
#include "api/update.h"

#include "api/lookup.h"
#include "event/packed.h"

#define DAY_MS ((int64_t)24 * 3600 * 1000)

static const struct names {
    const char *linked_id, *tag;
    int64_t age_ms_max;
    const char *too_old;
} names[] = {
    [DIALECT_V3] = { "linkedId", "tag", 10 * DAY_MS, "events older than 10 days cannot be updated" },
    [DIALECT_V4] = { "linked_id", "tags", 31 * DAY_MS, "events older than one month cannot be updated" },
};

struct updating {
    struct update update;
    struct task task;
    struct reply reply;
    enum err result;
};

/* On the loop's thread again. */
static void finish(struct task *task)
{
    struct updating *u = (struct updating *)((char *)task - offsetof(struct updating, task));
    if (u->result == ERR_NOT_FOUND) u->result = ERR_EVENT_NOT_FOUND;
    if (u->result) reply_error(&u->reply, u->result, NULL);
    else reply_empty(&u->reply, 200);
}

/* On the store's commit thread. */
static void done(struct update *update, enum err result)
{
    struct updating *u = update->context;
    u->result = result;
    u->task.run = finish;
    loop_post(u->reply.req->loop, &u->task);
}

static bool read_member(struct event *values, const struct names *n, struct json_each *it,
                        struct arena *arena)
{
    if (str_eq(it->key, STR("suspect"))) {
        event_set(values, EVENT_suspect);
        return json_bool(it->value, &values->suspect);
    }
    if (str_eq(it->key, str_of(n->linked_id))) {
        struct str text;
        if (!json_str(it->value, &text) || str_count_chars(text) > LINKED_ID_CHARS_MAX) return false;
        event_set(values, EVENT_linked_id);
        values->linked_id = arena_copy(arena, text);
        return true;
    }
    if (!str_eq(it->key, str_of(n->tag)) || json_type(it->value) != JSON_OBJECT) return false;
    event_set(values, EVENT_tag);
    return !packed_json_text(&values->tag, it->value, arena) && values->tag.n <= TAG_BYTES_MAX;
}

enum err update_read(struct event *values, struct json root, enum dialect dialect, struct arena *arena)
{
    if (json_type(root) != JSON_OBJECT) return ERR_MALFORMED;
    for (struct json_each it = json_each(root); json_next(&it);)
        if (!read_member(values, &names[dialect], &it, arena)) return ERR_MALFORMED;
    return arena->failed ? ERR_NO_MEMORY : ERR_OK;
}

static enum err start(struct app *app, struct updating *u, const struct api_key *key, struct str id,
                      enum dialect dialect, const char **problem)
{
    struct request *req = u->reply.req;
    struct event ev;
    struct json root;
    int64_t now_ms;
    enum err e = app_now_ms(app, req, &now_ms);
    if (!e) e = lookup_event(app, req->arena, key, id, &ev);
    if (e == ERR_EVENT_ID_INVALID) e = ERR_EVENT_NOT_FOUND; /* neither version has a 400 for it here */
    if (!e) e = json_parse(app->parser[loop_index(req->loop)], req->body, &root);
    if (!e) e = update_read(&u->update.values, root, dialect, req->arena);
    if (e) return e;
    if (now_ms - ev.id.time_ms > names[dialect].age_ms_max) {
        *problem = names[dialect].too_old;
        return ERR_BAD_REQUEST;
    }
    u->update.workspace = key->workspace;
    u->update.id = ev.id;
    u->update.arena = req->arena;
    u->update.done = done;
    u->update.context = u;
    e = store_start_update(app->identify.store, &u->update);
    return e == ERR_NOT_FOUND ? ERR_EVENT_NOT_FOUND : e;
}

typedef enum err authorise(struct app *app, const struct request *req, const struct api_key **out);

static void update_event(struct app *app, struct request *req, struct str id, enum dialect dialect,
                         authorise *who)
{
    struct reply early = reply_to(req);
    struct updating *u = ARENA_NEW(req->arena, struct updating);
    const struct api_key *key;
    const char *problem = NULL;
    enum err e = who(app, req, &key);
    if (!e && !u) e = ERR_NO_MEMORY;
    if (!e) {
        u->reply = early;
        e = start(app, u, key, id, dialect, &problem);
    }
    if (e) reply_error(&early, e, problem);
}

void v3_update_event(struct app *app, struct request *req, struct str tail)
{
    update_event(app, req, tail, DIALECT_V3, auth_api_key);
}

void v4_update_event(struct app *app, struct request *req, struct str tail)
{
    update_event(app, req, tail, DIALECT_V4, auth_bearer);
}
