/* v3 - Fingerprint's Server API v3: GET /events/{id} and GET /visitors/{id}; the latter in v2, too.
 *
 * A visitor's history is scanned first and filtered then, as documented: the newest `limit` events
 * before the page's start are taken, and those that fit request_id and linked_id are shown, so that
 * a page can be shorter than `limit` and still not be the last. What v3 leaves open: limit 0 means
 * the default of 100, a limit over 500 means 500, a visitor id that cannot be one has no visits.
 *
 * v2 has the same path and other credentials: Auth-Token or ?token= ask for v2, which shows the last 10
 * days and a botProbability, and takes what v3 takes besides its own limit and linked_id. */
#include "api/lookup.h"
#include "api/raw_attributes.h"

void v3_get_event(struct app *app, struct request *req, struct str tail)
{
    struct reply reply = reply_to(req);
    const struct api_key *key;
    struct event ev;
    enum err e = auth_api_key(app, req, &key);
    if (!e) e = lookup_device_event(app, req->arena, key, tail, &ev);
    if (e == ERR_EVENT_ID_INVALID) e = ERR_EVENT_NOT_FOUND; /* v3 has no 400 here */
    if (!e)
        e = raw_attributes_load(app->identify.store, app->parser[loop_index(req->loop)], req->arena,
                                DIALECT_V3, &ev);
    reply_event(&reply, e, DIALECT_V3, &ev);
}

#define V2_WINDOW_MS ((int64_t)10 * 24 * 3600 * 1000)

struct page {
    size_t limit;
    struct event_id before; /* events strictly older */
    int64_t first_ms;       /* none older than this */
    enum dialect dialect;
    bool by_request, by_linked;
    struct event_id request;
    struct str linked_id;
};

static enum err read_limit(const struct request *req, struct page *page)
{
    struct str text;
    uint64_t limit;
    if (!query_find(req, STR("limit"), &text)) return ERR_OK;
    if (!str_to_u64(text, &limit) || limit > INT32_MAX) return ERR_BAD_REQUEST;
    if (limit) page->limit = limit < VISITS_LIMIT_MAX ? (size_t)limit : VISITS_LIMIT_MAX;
    return ERR_OK;
}

static enum err read_start(const struct request *req, struct page *page)
{
    struct str text;
    uint64_t ms;
    if (query_find(req, STR("before"), &text)) {
        if (!str_to_u64(text, &ms) || ms >> 42) return ERR_BAD_REQUEST;
        page->before = (struct event_id){ (int64_t)ms, 0 };
    }
    if (query_find(req, STR("paginationKey"), &text)) {
        if (!event_id_parse(text, &page->before)) return ERR_BAD_REQUEST;
    }
    return ERR_OK;
}

static enum err read_page(const struct request *req, struct page *page)
{
    struct str text;
    enum err e = read_limit(req, page);
    if (!e) e = read_start(req, page);
    if (e) return e;
    if (query_find(req, STR("request_id"), &text)) {
        if (!event_id_parse(text, &page->request)) return ERR_BAD_REQUEST;
        page->by_request = true;
    }
    page->by_linked = query_find(req, STR("linked_id"), &page->linked_id);
    return ERR_OK;
}

static bool fits(const struct page *page, const struct api_key *key, const struct event *ev)
{
    if (!auth_sees(key, ev)) return false;
    if (page->by_request && (ev->id.time_ms != page->request.time_ms ||
                             ev->id.random != page->request.random))
        return false;
    return !page->by_linked ||
           (event_has(ev, EVENT_linked_id) && str_eq(ev->linked_id, page->linked_id));
}

static void put_paging(struct json_out *out, struct event_id last)
{
    char text[ID_TEXT_BYTES];
    json_out_key(out, "lastTimestamp");
    json_out_int(out, last.time_ms);
    json_out_key(out, "paginationKey");
    json_out_str(out, (struct str){ text, event_id_print_base62(text, last) });
}

/* Writes what fits under the documented 1 MB; *more and *last say where the next page starts. */
static void put_visits(struct json_out *out, const struct page *page, const struct api_key *key,
                       const struct event *events, size_t count, bool *more, struct event_id *last)
{
    size_t room = VISITS_BYTES_MAX - 512; /* for what stands around the visits */
    json_out_open(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (fits(page, key, &events[i])) {
            struct json_out before = *out;
            json_out_open(out, '{');
            render_event(out, page->dialect, &events[i]);
            json_out_close(out, '}');
            if (json_out_text(out).n > room && i > 0) {
                before.p = out->p, before.capacity = out->capacity;
                *out = before; /* this one opens the next page */
                *more = true;
                break;
            }
        }
        *last = events[i].id;
    }
    json_out_close(out, ']');
}

/* In v3's own spelling, whichever was asked for; what is no id comes back as it was. */
static void put_visitor_id(struct json_out *out, struct str asked)
{
    char text[ID_TEXT_BYTES];
    struct visitor_id id;
    if (visitor_id_parse(asked, &id))
        asked = (struct str){ text, visitor_id_print_base62(text, id) };
    json_out_str(out, asked);
}

/* Who asks, and in which version: a key of v3 beats one of v2. */
static enum err authorise(struct app *app, const struct request *req, const struct api_key **key,
                          struct page *page)
{
    struct str text;
    int64_t now_ms;
    *page = (struct page){ .limit = VISITS_LIMIT_DEFAULT, .before = EVENT_ID_LAST,
                           .dialect = DIALECT_VISIT };
    bool v2 = request_header(req, STR("Auth-Token")).p || query_find(req, STR("token"), &text);
    bool v3 = request_header(req, STR("Auth-API-Key")).p || query_find(req, STR("api_key"), &text);
    if (v3 || !v2) return auth_api_key(app, req, key);
    enum err e = auth_token(app, req, key);
    if (!e) e = app_now_ms(app, req, &now_ms);
    if (e) return e;
    page->dialect = DIALECT_V2;
    page->first_ms = now_ms - V2_WINDOW_MS;
    return ERR_OK;
}

void v3_get_visitor(struct app *app, struct request *req, struct str tail)
{
    struct reply reply = reply_to(req);
    const struct api_key *key;
    struct visitor_id visitor;
    struct page page;
    struct json_out out;
    size_t count = 0;
    enum err e = authorise(app, req, &key, &page);
    if (!e) e = read_page(req, &page);
    struct event *events = e ? NULL : ARENA_ARRAY(req->arena, struct event, page.limit + 1);
    if (!e && !events) e = ERR_NO_MEMORY;
    if (!e && visitor_id_parse_any(tail, &visitor))
        e = store_find_visits(app->identify.store, key->workspace, visitor, page.before,
                              page.limit + 1, req->arena, events, &count);
    if (e) {
        reply_error(&reply, e, NULL);
        return;
    }
    while (count && events[count - 1].id.time_ms < page.first_ms) count--;
    struct event_id last = page.before;
    bool more = count > page.limit;
    json_out_init(&out, req->arena);
    json_out_open(&out, '{');
    json_out_key(&out, "visitorId"), put_visitor_id(&out, tail);
    json_out_key(&out, "visits");
    put_visits(&out, &page, key, events, more ? page.limit : count, &more, &last);
    if (more) put_paging(&out, last);
    json_out_close(&out, '}');
    if (out.failed) reply_error(&reply, ERR_NO_MEMORY, NULL);
    else reply_json(&reply, 200, json_out_text(&out));
}
