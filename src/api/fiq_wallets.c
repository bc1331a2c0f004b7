/* fiq_wallets - FingerprintIQ's POST /v1/identify/wallet-link, and "sybilRisk" and "web3" of an identification
 * that carried wallets. */
#include "api/fiq_wallets.h"

#include "api/wallets.h"

/* ---- in the answer of an identification ---- */

struct web3 {
    struct wallet_link link;
    struct task task;
    struct app *app;
    struct identify *id;
    struct wallets wallets;
    enum err result;
    void (*then)(void *context, enum err result);
    void *context;
};

static void tell(struct task *task)
{
    struct web3 *w = (struct web3 *)((char *)task - offsetof(struct web3, task));
    w->then(w->context, w->result);
}

static void linked(struct wallet_link *link, enum err result)
{
    struct web3 *w = link->context;
    w->result = result;
    w->task.run = tell;
    loop_post(w->id->req->loop, &w->task);
}

/* What does not fit any more is counted as it was, so that the score stands. */
static enum err start_link(struct wallet_link *link, struct store *st)
{
    size_t known;
    enum err e = store_count_wallets(st, link->workspace, link->visitor, WALLETS_OF_VISITOR_MAX, &known);
    if (!e && known >= WALLETS_OF_VISITOR_MAX) link->count = 0;
    return e ? e : store_start_link(st, link);
}

struct web3 *web3_start(struct app *app, struct identify *id, void (*then)(void *context, enum err result),
                        void *context)
{
    struct json root;
    const char *problem;
    struct json_parser *parser = app->parser[loop_index(id->req->loop)];
    if (!event_has(&id->event, EVENT_wallets)) return NULL;
    struct web3 *w = ARENA_NEW(id->arena, struct web3);
    struct str text = json_padded(id->arena, id->event.wallets);
    if (!w || !text.p || json_parse(parser, text, &root) ||
        wallets_read(&w->wallets, root, true, id->arena, &problem) || w->wallets.count == 0)
        return NULL;
    w->app = app, w->id = id, w->then = then, w->context = context;
    w->link = (struct wallet_link){ .workspace = id->workspace, .visitor = id->event.visitor, .arena = id->arena,
                                    .addresses = w->wallets.address, .count = w->wallets.count, .done = linked,
                                    .context = w };
    return start_link(&w->link, app->identify.store) ? NULL : w; /* the event itself is stored */
}

void web3_put(struct json_out *out, const struct web3 *w)
{
    const struct event *ev = &w->id->event;
    const struct signal *detected = &w->id->signals.value[S_WALLETS];
    struct sybil sybil;
    if (sybil_find(&sybil, w->app->identify.store, w->id->workspace, ev->visitor, &w->wallets, ev->bot_probability))
        return;
    json_out_key(out, "sybilRisk"), sybil_put(out, &sybil);
    json_out_key(out, "web3");
    json_out_open(out, '{');
    json_out_key(out, "walletsDetected");
    json_out_open(out, '[');
    struct str rest = detected->present ? detected->text : STR(""), name;
    while (rest.n && str_split(&rest, '\n', &name)) json_out_str(out, name);
    json_out_close(out, ']');
    json_out_key(out, "connectedWallets");
    json_out_open(out, '[');
    for (size_t i = 0; i < w->wallets.count; i++) json_out_str(out, w->wallets.address[i]);
    json_out_close(out, ']');
    json_out_key(out, "sybilAnalysis");
    json_out_open(out, '{');
    json_out_key(out, "walletsOfVisitor"), json_out_int(out, (int64_t)sybil.wallets_of_visitor);
    json_out_key(out, "visitorsOfWallet"), json_out_int(out, (int64_t)sybil.visitors_of_wallet);
    json_out_close(out, '}');
    json_out_close(out, '}');
}

/* ---- POST /v1/identify/wallet-link ---- */

struct linking {
    struct wallet_link link;
    struct wallets wallets;
    struct task task;
    struct reply reply;
    struct app *app;
    enum err result;
};

static void finish(struct task *task)
{
    struct linking *l = (struct linking *)((char *)task - offsetof(struct linking, task));
    struct json_out out;
    struct sybil sybil;
    enum err e = l->result;
    if (e == ERR_NOT_FOUND) e = ERR_VISITOR_NOT_FOUND;
    if (!e)
        e = sybil_find(&sybil, l->app->identify.store, l->link.workspace, l->link.visitor, &l->wallets, 0);
    json_out_init(&out, l->reply.req->arena);
    json_out_open(&out, '{');
    json_out_key(&out, "linked"), json_out_int(&out, (int64_t)l->link.count);
    if (!e) json_out_key(&out, "sybilRisk"), sybil_put(&out, &sybil);
    json_out_close(&out, '}');
    if (!e && out.failed) e = ERR_NO_MEMORY;
    if (e) reply_error(&l->reply, e, NULL);
    else reply_json(&l->reply, 200, json_out_text(&out));
}

static void stored(struct wallet_link *link, enum err result)
{
    struct linking *l = link->context;
    l->result = result;
    l->task.run = finish;
    loop_post(l->reply.req->loop, &l->task);
}

static enum err read_body(struct linking *l, struct json root, struct arena *arena, const char **problem)
{
    struct json v;
    struct str id = { "", 0 };
    *problem = "visitorId must be a visitor's id";
    if (!json_get(root, STR("visitorId"), &v) || !json_str(v, &id) || id.n == 0) return ERR_MALFORMED;
    bool is_id = visitor_id_parse(id, &l->link.visitor);
    if (!json_get(root, STR("walletAddresses"), &v)) v = root;
    enum err e = wallets_read(&l->wallets, v, false, arena, problem);
    return !e && !is_id ? ERR_NOT_FOUND : e; /* no visitor has it */
}

void fiq_wallet_link(struct app *app, struct request *req, struct str tail)
{
    struct reply reply = reply_to(req);
    struct linking *l = ARENA_NEW(req->arena, struct linking);
    struct json_parser *parser = app->parser[loop_index(req->loop)];
    const struct api_key *key;
    struct visitor visitor;
    struct json root;
    const char *problem = NULL;
    (void)tail;
    enum err e = auth_fiq(app, req, &key);
    if (!e && !l) e = ERR_NO_MEMORY;
    if (!e && (e = json_parse(parser, req->body, &root))) problem = json_parse_problem(parser);
    if (!e) e = read_body(l, root, req->arena, &problem);
    reply_cors(&reply);
    if (!e) e = store_find_visitor(app->identify.store, key->workspace, l->link.visitor, req->arena, &visitor);
    if (e == ERR_NOT_FOUND) e = ERR_VISITOR_NOT_FOUND, problem = "there is no visitor with this id";
    if (!e) {
        l->app = app;
        l->reply = reply;
        l->link.workspace = key->workspace;
        l->link.addresses = l->wallets.address, l->link.count = l->wallets.count;
        l->link.arena = req->arena;
        l->link.done = stored, l->link.context = l;
        e = start_link(&l->link, app->identify.store);
    }
    if (e) reply_error(&reply, e, problem);
}
