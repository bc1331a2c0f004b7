/* related - GET /related-visitors: other visitors of the same mobile device, in the last six months.
 *
 * What links them is a page's `deviceLink` (docs/mobile.md), kept with its event as link_visitor. A device is either the
 * visitor asked for, or one that its events name; its visitors are those of the events that name it, and itself. So
 * deletion, retention and the key's environment hold here as for every search. */
#include "api/app.h"
#include "api/reader.h"

#include "base/clock.h"
#include "base/json_out.h"

#define SIX_MONTHS_MS ((int64_t)183 * 24 * 3600 * 1000)

/* A page of a search. Events of the visitor, and of each of its devices, are looked at up to EVENTS_MAX, newest
 * first: a device with more in six months may have further visitors that are not named. */
enum { PAGE = 100, EVENTS_MAX = 2000, DEVICES_MAX = 8, VISITORS_MAX = 200, PAGE_BYTES_MAX = 16 * 1024 * 1024 };

struct ids {
    struct visitor_id list[VISITORS_MAX];
    size_t count;
};

struct looking {
    struct reader_job job;
    struct app *app;
    struct reply reply;
    const struct api_key *key;
    struct visitor_id visitor;
    int64_t now_ms, until_mono_ms;
    struct ids devices, related;
    struct arena page;
    enum err result;
};

static bool has(const struct ids *ids, struct visitor_id id)
{
    for (size_t i = 0; i < ids->count; i++)
        if (visitor_id_eq(ids->list[i], id)) return true;
    return false;
}

static void add(struct ids *ids, size_t max, struct visitor_id id)
{
    if (ids->count < max && !has(ids, id)) ids->list[ids->count++] = id;
}

static enum err find_visitor(struct looking *l, const struct request *req)
{
    struct str text;
    struct visitor visitor;
    if (!query_find(req, STR("visitor_id"), &text) || text.n == 0) return ERR_VISITOR_ID_REQUIRED;
    if (!visitor_id_parse_any(text, &l->visitor)) return ERR_VISITOR_ID_INVALID;
    enum err e = store_find_visitor(l->app->identify.store, l->key->workspace, l->visitor, req->arena, &visitor);
    return e == ERR_NOT_FOUND ? ERR_VISITOR_NOT_FOUND : e;
}

static void filter_by(struct search *s, enum facet facet, struct visitor_id id)
{
    struct filter *f = filters_add(&s->filters, facet);
    f->visitor = id;
    filter_add_code(f, facet_visitor_code(id));
}

/* Calls `take` for the newest events of the last six months that have this visitor at `facet`, and that the key
 * sees. */
static enum err each_event(struct looking *l, enum facet facet, struct visitor_id id,
                           void (*take)(struct looking *l, const struct event *ev))
{
    struct search s = { .workspace = l->key->workspace, .limit = PAGE, .until_mono_ms = l->until_mono_ms,
                        .low = { l->now_ms > SIX_MONTHS_MS ? l->now_ms - SIX_MONTHS_MS : 0, 0 },
                        .high = EVENT_ID_LAST };
    struct search_result found = { .more = true };
    filter_by(&s, facet, id);
    if (l->key->environment) filter_add_code(filters_add(&s.filters, FACET_environment), l->key->environment + 1);
    for (size_t seen = 0; found.more && seen < EVENTS_MAX; seen += found.count) {
        arena_reset(&l->page);
        enum err e = store_search(l->app->identify.store, &s, &l->page, &found);
        if (e) return e;
        for (size_t i = 0; i < found.count; i++) take(l, &found.events[i]);
        if (found.count == 0) break;
        s.has_cursor = true;
        s.cursor = found.events[found.count - 1].id;
    }
    return ERR_OK;
}

static void take_device(struct looking *l, const struct event *ev)
{
    if (event_has(ev, EVENT_link_visitor)) add(&l->devices, DEVICES_MAX, ev->link_visitor);
}

static void take_related(struct looking *l, const struct event *ev)
{
    if (event_has(ev, EVENT_visitor) && !visitor_id_eq(ev->visitor, l->visitor))
        add(&l->related, VISITORS_MAX, ev->visitor);
}

/* The app's own events; then those of the pages that name it. */
static enum err add_device(struct looking *l, struct visitor_id device)
{
    enum err e = visitor_id_eq(device, l->visitor) ? ERR_OK : each_event(l, FACET_visitor, device, take_related);
    return e ? e : each_event(l, FACET_link_visitor, device, take_related);
}

static void read_related(struct reader_job *job)
{
    struct looking *l = (struct looking *)((char *)job - offsetof(struct looking, job));
    arena_init(&l->page, PAGE_BYTES_MAX);
    add(&l->devices, DEVICES_MAX, l->visitor);
    l->result = each_event(l, FACET_visitor, l->visitor, take_device);
    for (size_t i = 0; i < l->devices.count && !l->result; i++) l->result = add_device(l, l->devices.list[i]);
    arena_free(&l->page);
}

static void finish(struct reader_job *job)
{
    struct looking *l = (struct looking *)((char *)job - offsetof(struct looking, job));
    struct json_out out;
    json_out_init(&out, l->reply.req->arena);
    json_out_open(&out, '{');
    json_out_key(&out, "relatedVisitors");
    json_out_open(&out, '[');
    for (size_t i = 0; i < l->related.count; i++) {
        char text[ID_TEXT_BYTES];
        json_out_open(&out, '{');
        json_out_key(&out, "visitorId");
        json_out_str(&out, (struct str){ text, visitor_id_print_base62(text, l->related.list[i]) });
        json_out_close(&out, '}');
    }
    json_out_close(&out, ']');
    json_out_close(&out, '}');
    if (!l->result && out.failed) l->result = ERR_NO_MEMORY;
    if (l->result) reply_error(&l->reply, l->result, NULL);
    else reply_json(&l->reply, 200, json_out_text(&out));
}

void v3_get_related(struct app *app, struct request *req, struct str tail)
{
    struct reply reply = reply_to(req);
    struct looking *l = ARENA_NEW(req->arena, struct looking);
    (void)tail;
    enum err e = l ? ERR_OK : ERR_NO_MEMORY;
    if (l) l->app = app, l->reply = reply;
    if (!e) e = auth_api_key(app, req, &l->key);
    if (!e) e = find_visitor(l, req);
    if (!e) e = app_now_ms(app, req, &l->now_ms);
    if (!e) {
        l->until_mono_ms = clock_mono_ms() + SEARCH_TIMEOUT_MS;
        l->job = (struct reader_job){ .read = read_related, .finish = finish, .loop = req->loop };
        e = reader_start(app->reader, &l->job);
    }
    if (e) reply_error(&reply, e, NULL);
}
