/* search - GET /events/search (v3) and GET /v4/events: one page of the events that fit. */
#include "api/raw_attributes.h"
#include "api/reader.h"
#include "api/search_params.h"

#include "base/clock.h"

struct searching {
    struct reader_job job;
    struct app *app;
    struct reply reply;
    enum dialect dialect;
    struct search_params params;
    struct arena answer; /* of the body: 200 events of 10 kB are more than a request may use */
    struct str body;
    enum err result;
};

static struct searching *searching_of(struct reader_job *job)
{
    return (struct searching *)((char *)job - offsetof(struct searching, job));
}

/* v3's key of a page is a time: it is exact unless the next event has the same. One look tells. */
static bool next_has_same_ms(struct searching *s, const struct search_result *r)
{
    struct search next = s->params.search;
    struct search_result one;
    struct event_id last = r->events[r->count - 1].id;
    next.has_cursor = true;
    next.cursor = last;
    next.limit = 1;
    next.low.time_ms = next.high.time_ms = last.time_ms;
    next.low.random = 0, next.high = (struct event_id){ last.time_ms, EVENT_ID_LAST.random };
    return store_search(s->app->identify.store, &next, s->reply.req->arena, &one) || one.count > 0;
}

/* What an event needs besides itself is only kept until it is printed: a page has up to 200. */
static void print_event(struct searching *s, struct json_out *out, struct arena *scratch,
                        struct event *ev)
{
    arena_reset(scratch);
    enum err e = s->job.parser ? raw_attributes_load(s->app->identify.store, s->job.parser, scratch,
                                                     s->dialect, ev)
                               : ERR_NO_MEMORY;
    if (e && !s->result) s->result = e;
    json_out_open(out, '{');
    render_event(out, s->dialect, ev);
    json_out_close(out, '}');
}

static void print_events(struct searching *s, struct json_out *out, const struct search_result *r)
{
    struct arena scratch;
    arena_init(&scratch, ARENA_BYTES_MAX);
    json_out_open(out, '{');
    json_out_key(out, "events");
    json_out_open(out, '[');
    for (size_t i = 0; i < r->count; i++) print_event(s, out, &scratch, &r->events[i]);
    json_out_close(out, ']');
    arena_free(&scratch);
    if (r->more) {
        bool v3 = s->dialect == DIALECT_V3;
        struct event_id last = r->events[r->count - 1].id;
        json_out_key(out, v3 ? "paginationKey" : "pagination_key");
        json_out_str(out, search_page_key(s->app, &s->params, s->dialect, last,
                                          v3 && next_has_same_ms(s, r), s->reply.req->arena));
    }
    if (s->params.total_hits) {
        json_out_key(out, "total_hits");
        json_out_int(out, (int64_t)r->hits);
    }
    json_out_close(out, '}');
}

/* v4 alone says that nobody knows the visitor. */
static enum err check_visitor(struct searching *s)
{
    struct visitor visitor;
    if (s->dialect != DIALECT_V4 || !s->params.by_visitor) return ERR_OK;
    enum err e = store_find_visitor(s->app->identify.store, s->params.search.workspace,
                                    s->params.visitor, s->reply.req->arena, &visitor);
    return e == ERR_NOT_FOUND ? ERR_VISITOR_NOT_FOUND : e;
}

static void read_events(struct reader_job *job)
{
    struct searching *s = searching_of(job);
    struct search_result found;
    struct json_out out;
    const struct timespec pause = { .tv_nsec = SLOW_MS * 1000000L };
    if (app_has_fault(s->app, FAULT_SLOW_SEARCHES)) nanosleep(&pause, NULL);
    s->result = check_visitor(s);
    if (!s->result)
        s->result = store_search(s->app->identify.store, &s->params.search, s->reply.req->arena, &found);
    if (s->result) return;
    json_out_init(&out, &s->answer);
    print_events(s, &out, &found);
    s->body = json_out_text(&out);
    if (!s->result && (out.failed || s->reply.req->arena->failed)) s->result = ERR_NO_MEMORY;
}

static void finish(struct reader_job *job)
{
    struct searching *s = searching_of(job);
    struct arena answer = s->answer; /* *s goes with the request */
    if (s->result) reply_error(&s->reply, s->result, NULL);
    else reply_json(&s->reply, 200, s->body);
    arena_free(&answer);
}

typedef enum err authorise(struct app *app, const struct request *req, const struct api_key **out);

static void search_events(struct app *app, struct request *req, enum dialect dialect, authorise *who)
{
    struct reply early = reply_to(req);
    struct searching *s = ARENA_NEW(req->arena, struct searching);
    const struct api_key *key;
    const char *problem = NULL;
    int64_t now_ms;
    enum err e = who(app, req, &key);
    if (!e) e = app_now_ms(app, req, &now_ms);
    if (!e && !s) e = ERR_NO_MEMORY;
    if (!e) e = search_params_read(&s->params, app, req, key, dialect, now_ms, &problem);
    if (!e) {
        s->app = app;
        s->reply = early;
        s->dialect = dialect;
        arena_init(&s->answer, SEARCH_ANSWER_BYTES_MAX);
        s->params.search.until_mono_ms =
            clock_mono_ms() + (app_has_fault(app, FAULT_SEARCH_TIMEOUT) ? -1 : SEARCH_TIMEOUT_MS);
        s->job = (struct reader_job){ .read = read_events, .finish = finish, .loop = req->loop };
        e = reader_start(app->reader, &s->job); /* the arena has nothing yet */
    }
    if (e) reply_error(&early, e, problem);
}

void v3_search_events(struct app *app, struct request *req, struct str tail)
{
    (void)tail;
    search_events(app, req, DIALECT_V3, auth_api_key);
}

void v4_search_events(struct app *app, struct request *req, struct str tail)
{
    (void)tail;
    search_events(app, req, DIALECT_V4, auth_bearer);
}
