/* export - see transfer.h. Events are read in chunks and printed one by one, so that memory does
 * not grow with the store. */
#include "control/transfer_parts.h"

#include "api/raw_attributes.h"
#include "base/clock.h"
#include "base/limits.h"
#include "control/command_parts.h"

enum { CHUNK = 256, CHUNK_BYTES_MAX = 64 * 1024 * 1024, DATA_BYTES = 64 * 1024 };

struct export
{
    struct transfer *t;
    enum dialect dialect, attributes;
    struct event_list list;
    struct arena chunk, scratch; /* of a chunk's events; of one event's text */
    struct str data;             /* what waits to be sent, in memory of its own */
    char buffer[DATA_BYTES];
    int64_t begin_ms, end_ms;
    uint64_t events, skipped;
};

/* A date, a time of RFC 3339, or milliseconds. */
static bool read_time(struct transfer *t, struct str text, int64_t *out)
{
    uint64_t ms;
    if (str_to_u64(text, &ms) && ms <= (uint64_t)EVENT_ID_TIME_MAX) return *out = (int64_t)ms, true;
    if (text.n == strlen("2026-11-25"))
        text = arena_format(&t->arena, "%.*sT00:00:00Z", STR_ARG(text));
    return clock_parse_rfc3339(text, out);
}

static bool read_request(struct export *x, struct json request)
{
    struct str form = command_text(request, "form", STR("v4"));
    struct str since = command_text(request, "since", STR("")),
               until = command_text(request, "until", STR(""));
    bool webhook = str_eq(form, STR("v3-webhook"));
    if (!webhook && !str_eq(form, STR("v4")) && !str_eq(form, STR("v4-webhook")))
        return transfer_fail(x->t,
                             "--form is v4 (also the payload of v4's webhooks) or v3-webhook");
    x->dialect = webhook ? DIALECT_WEBHOOK_V3 : DIALECT_V4;
    x->attributes = webhook ? DIALECT_V3 : DIALECT_V4;
    x->end_ms = EVENT_ID_TIME_MAX;
    if ((since.n && !read_time(x->t, since, &x->begin_ms)) ||
        (until.n && !read_time(x->t, until, &x->end_ms)))
        return transfer_fail(
            x->t,
            "--since and --until are dates (2026-11-25), times (2026-11-25T18:00:00Z) or milliseconds");
    if (x->end_ms <= x->begin_ms) return transfer_fail(x->t, "--until is not behind --since");
    x->list = (struct event_list){ .workspace = x->t->workspace,
                                   .last = { x->begin_ms, 0 },
                                   .until = { x->end_ms - (until.n > 0), EVENT_ID_RANDOM_MAX } };
    return true;
}

static bool flush(struct export *x)
{
    struct str body = { x->buffer, x->data.n };
    x->data.n = 0;
    return body.n == 0 || frame_write(x->t->fd, FRAME_DATA, body);
}

static bool add_line(struct export *x, struct str text)
{
    if (x->data.n + text.n > sizeof x->buffer && !flush(x)) return false;
    if (text.n > sizeof x->buffer) return frame_write(x->t->fd, FRAME_DATA, text);
    memcpy(x->buffer + x->data.n, text.p, text.n);
    x->data.n += text.n;
    return true;
}

static bool put_event(struct export *x, struct event *ev)
{
    struct json_out out;
    arena_reset(&x->scratch);
    enum err e = raw_attributes_load(x->t->store, x->t->parser, &x->scratch, x->attributes, ev);
    if (e == ERR_CORRUPT) x->list.unreadable++; /* the event itself is fine */
    else if (e) return transfer_fail(x->t, "the store cannot be read; the log says why");
    json_out_init(&out, &x->scratch);
    json_out_open(&out, '{');
    render_event(&out, x->dialect, ev);
    json_out_close(&out, '}');
    json_out_raw(&out, STR("\n"));
    if (out.failed) return transfer_fail(x->t, "out of memory");
    x->events++;
    return add_line(x, json_out_text(&out));
}

static bool wanted(struct export *x, const struct event *ev)
{
    if (x->t->environment && ev->environment != x->t->environment) return false;
    if (x->dialect != DIALECT_WEBHOOK_V3 || !event_has(ev, EVENT_edge) || !ev->edge) return true;
    x->skipped++; /* v3 has no form for an edge event */
    return false;
}

static bool tell(struct export *x)
{
    struct json_out out;
    if (!transfer_is_due(x->t)) return true;
    arena_reset(&x->scratch);
    json_out_init(&out, &x->scratch);
    json_out_open(&out, '{');
    json_out_key(&out, "events"), json_out_int(&out, (int64_t)x->events);
    json_out_key(&out, "at"), json_out_int(&out, x->list.last.time_ms);
    json_out_close(&out, '}');
    return frame_write(x->t->fd, FRAME_PROGRESS, json_out_text(&out));
}

static bool put_all(struct export *x)
{
    while (!x->list.end) {
        size_t count;
        arena_reset(&x->chunk);
        struct event *events = ARENA_ARRAY(&x->chunk, struct event, CHUNK);
        if (!events || store_list_events(x->t->store, &x->list, CHUNK, &x->chunk, events, &count))
            return transfer_fail(x->t, "the store cannot be read; the log says why");
        for (size_t i = 0; i < count; i++)
            if (wanted(x, &events[i]) && !put_event(x, &events[i])) return false;
        if (!tell(x)) return false;
    }
    return flush(x);
}

void export_events(struct transfer *t, struct json request)
{
    struct export *x = ARENA_NEW(&t->arena, struct export);
    struct json_out out;
    if (!x) {
        transfer_fail(t, "out of memory");
        return;
    }
    x->t = t;
    arena_init(&x->chunk, CHUNK_BYTES_MAX);
    arena_init(&x->scratch, SEARCH_ANSWER_BYTES_MAX);
    if (read_request(x, request) && put_all(x)) {
        json_out_init(&out, &t->arena);
        json_out_open(&out, '{');
        json_out_key(&out, "events"), json_out_int(&out, (int64_t)x->events);
        json_out_key(&out, "skipped"), json_out_int(&out, (int64_t)x->skipped);
        json_out_key(&out, "unreadable"), json_out_int(&out, (int64_t)x->list.unreadable);
        json_out_close(&out, '}');
        frame_write(t->fd, FRAME_END, json_out_text(&out));
    }
    arena_free(&x->scratch);
    arena_free(&x->chunk);
}
