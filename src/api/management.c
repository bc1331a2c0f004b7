/* management - what a workspace's management keys may read, for an operator's own tools: GET /v1/deletions, the
 * receipts of deletions, and GET /v1/usage, what was used of the month's quota. Besides, they open the
 * weights of the suspect score (management_weights.c), and nothing else: whoever collects figures or proves a deletion
 * needs no key to people's data. */
#include "api/app.h"

#include "api/reader.h"
#include "api/receipts.h"

enum { LIMIT_DEFAULT = 100, LIMIT_MAX = 1000 };

struct listing {
    struct reader_job job;
    struct receipts_wanted wanted;
    struct store *store;
    struct reply reply;
    struct str body;
    enum err result;
};

static struct listing *listing_of(struct reader_job *job)
{
    return (struct listing *)((char *)job - offsetof(struct listing, job));
}

static void read_receipts(struct reader_job *job)
{
    struct listing *l = listing_of(job);
    struct json_out out;
    json_out_init(&out, l->reply.req->arena);
    json_out_open(&out, '{');
    l->result = receipts_put(&out, l->store, &l->wanted);
    json_out_close(&out, '}');
    if (!l->result && out.failed) l->result = ERR_NO_MEMORY;
    l->body = json_out_text(&out);
}

static void finish(struct reader_job *job)
{
    struct listing *l = listing_of(job);
    if (l->result) reply_error(&l->reply, l->result, NULL);
    else reply_json(&l->reply, 200, l->body);
}

static enum err read_query(struct receipts_wanted *out, const struct request *req, const char **problem)
{
    struct str text;
    uint64_t limit = LIMIT_DEFAULT;
    if (query_find(req, STR("limit"), &text) && (!str_to_u64(text, &limit) || limit < 1 || limit > LIMIT_MAX)) {
        *problem = "limit is 1 to 1000";
        return ERR_BAD_REQUEST;
    }
    out->limit = (size_t)limit;
    out->by_visitor = query_find(req, STR("visitor_id"), &text);
    return !out->by_visitor || visitor_id_parse(text, &out->visitor) ? ERR_OK : ERR_VISITOR_ID_INVALID;
}

void management_get_deletions(struct app *app, struct request *req, struct str tail)
{
    struct reply early = reply_to(req);
    struct listing *l = ARENA_NEW(req->arena, struct listing);
    const struct api_key *key;
    const char *problem = NULL;
    (void)tail;
    enum err e = auth_management(app, req, &key);
    if (!e && !l) e = ERR_NO_MEMORY;
    if (!e) e = read_query(&l->wanted, req, &problem);
    if (!e) {
        l->store = app->identify.store;
        l->reply = early;
        l->wanted.workspace = key->workspace;
        l->wanted.key = app->identify.receipts;
        l->job = (struct reader_job){ .read = read_receipts, .finish = finish, .loop = req->loop };
        e = reader_start(app->reader, &l->job);
    }
    if (e) reply_error(&early, e, problem);
}

void management_get_usage(struct app *app, struct request *req, struct str tail)
{
    struct reply reply = reply_to(req);
    const struct api_key *key;
    struct json_out out;
    int64_t now_ms, left_s;
    uint64_t usage;
    (void)tail;
    enum err e = auth_management(app, req, &key);
    if (!e) e = app_now_ms(app, req, &now_ms);
    if (e) {
        reply_error(&reply, e, NULL);
        return;
    }
    uint32_t month = limits_usage(app->limits, key->workspace, now_ms, &usage, &left_s);
    uint64_t quota = keys_workspace(app->keys, key->workspace)->quota;
    json_out_init(&out, req->arena);
    json_out_open(&out, '{');
    json_out_key(&out, "month");
    json_out_str(&out, arena_format(req->arena, "%04u-%02u", (unsigned)(month / 100), (unsigned)(month % 100)));
    json_out_key(&out, "usage"), json_out_int(&out, (int64_t)usage);
    json_out_key(&out, "limit");
    if (quota) json_out_int(&out, (int64_t)quota);
    else json_out_null(&out);
    json_out_key(&out, "secondsLeft"), json_out_int(&out, left_s);
    json_out_close(&out, '}');
    if (out.failed) reply_error(&reply, ERR_NO_MEMORY, NULL);
    else reply_json(&reply, 200, json_out_text(&out));
}
