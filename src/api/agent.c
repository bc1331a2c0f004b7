/* agent - serves the browser agent in its forms: whorl's own, and those behind the interfaces of
 * Fingerprint's agents v3 and v4. The key is written into the script whether we know it or not: a
 * page learns more from the refused identification than from a script that does not load.
 *
 * Each script also gets the way from its own URL to where it posts, so that all of it works below
 * any path that a proxy puts in front. */
#include "api/app.h"
#include "api/asset_reply.h"
#include "api/assets.h"
#include "base/json_out.h"

/* Cache-Control: for a while, as Fingerprint's script is; for ever where the URL names the version. */
#define CACHE_HOUR "public, max-age=3600, s-maxage=60"
#define CACHE_EVER "public, max-age=31536000, immutable"

static bool is_key(struct str key)
{
    for (size_t i = 0; i < key.n; i++) {
        char c = key.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '-') return false;
    }
    return key.n > 0 && key.n <= AGENT_KEY_CHARS_MAX;
}

/* `endpoint`: where to post, relative to the script's URL. */
static void serve_for(struct request *req, const char *name, struct str key, struct str endpoint)
{
    struct reply reply = reply_to(req);
    struct json_out config;
    struct str version;
    bool own = !str_starts(str_of(name), STR("v"));
    if (!is_key(key)) {
        reply_error(&reply, ERR_NOT_FOUND, "there is no agent for this key");
        return;
    }
    json_out_init(&config, req->arena);
    json_out_open(&config, '{');
    json_out_key(&config, "key"), json_out_str(&config, key);
    json_out_key(&config, "endpoint"), json_out_str(&config, endpoint);
    json_out_close(&config, '}');
    bool versioned = query_find(req, STR("v"), &version) && str_eq(version, str_of(assets_version));
    reply_script(&reply, name, json_out_text(&config), own && versioned ? CACHE_EVER : CACHE_HOUR);
}

/* `way`: from the script's URL to the root of what we serve, "../". */
static void serve(const struct app *app, struct request *req, const char *name, struct str key,
                  const char *way)
{
    struct str path = str_starts(str_of(name), STR("v")) ? STR("") : STR("v1/identify");
    if (app->ingress_path.n) path = str_sub(app->ingress_path, 1, app->ingress_path.n);
    serve_for(req, name, key, arena_format(req->arena, "%s%.*s", way, STR_ARG(path)));
}

static const char *own_script(struct str file, struct str *key)
{
    bool module = str_ends(file, STR(".mjs"));
    size_t suffix = module ? 4 : 3;
    *key = file.n > suffix && (module || str_ends(file, STR(".js")))
               ? str_sub(file, 0, file.n - suffix)
               : STR("");
    return module ? "agent.mjs" : "agent.js";
}

/* /agent/KEY.js, /agent/KEY.mjs */
void agent_get_script(struct app *app, struct request *req, struct str tail)
{
    struct str key;
    const char *name = own_script(tail, &key);
    serve(app, req, name, key, "../");
}

/* The same below --ingress-path: there the script posts to the folder it lies in. */
void agent_get_ingress(struct app *app, struct request *req, struct str tail)
{
    struct str key, rest = app->ingress_path, folder = { "", 0 };
    const char *name = own_script(tail, &key);
    while (str_split(&rest, '/', &folder)) {}
    serve_for(req, name, key, arena_format(req->arena, "../%.*s", STR_ARG(folder)));
}

/* KEY, KEY/loader_vVERSION.js, KEY/iife.min.js below /web/v3/ and /v3/. */
static void serve_v3(struct app *app, struct request *req, struct str tail, const char *way)
{
    struct str key, file = tail;
    str_split(&file, '/', &key);
    if (!file.p) {
        serve(app, req, "v3/module.mjs", key, way + 3);
    } else if (str_eq(file, STR("iife.min.js"))) {
        serve(app, req, "v3/iife.js", key, way);
    } else if (str_starts(file, STR("loader_v")) && str_ends(file, STR(".js")) &&
               str_find_char(file, '/', 0) == SIZE_MAX) {
        serve(app, req, "v3/loader.js", key, way);
    } else {
        serve(app, req, "v3/loader.js", STR(""), way);
    }
}

void agent_get_web_v3(struct app *app, struct request *req, struct str tail)
{
    serve_v3(app, req, tail, "../../../");
}

void agent_get_v3(struct app *app, struct request *req, struct str tail)
{
    serve_v3(app, req, tail, "../../");
}

void agent_get_web_v4(struct app *app, struct request *req, struct str tail)
{
    serve(app, req, "v4/module.mjs", tail, "../../");
}
