/* routes - which handler answers which method and path: the whole HTTP surface on one page. */
#include "api/app.h"

#include "base/metrics.h"

/* BROWSER: public, and also below any path, as proxies in front mount it ("/shop/agent/KEY.js"). */
enum { MOUNT_DEPTH_MAX = 16 }; /* segments in front that are looked through */
enum listener { PUBLIC, ADMIN, BOTH, BROWSER };

static const struct route {
    const char *method;
    /* a '*' at the end stands for one segment, "**" for one or more */
    const char *path;
    enum listener where;
    void (*handle)(struct app *app, struct request *req, struct str tail);
} routes[] = {
    { "POST",    "/v1/identify",      BROWSER, fiq_identify },
    { "GET",     "/v1/bootstrap",     BROWSER, fiq_bootstrap },
    { "POST",    "/v1/identify/wallet-link", BROWSER, fiq_wallet_link },
    { "OPTIONS", "/v1/identify/wallet-link", BROWSER, fiq_options },
    { "GET",     "/v1/identify/*",    PUBLIC, fiq_get_visitor },
    { "GET",     "/v1/demo/visits/*", PUBLIC, fiq_get_visits },
    { "POST",    "/v1/sentinel/inspect", PUBLIC, fiq_sentinel },
    { "POST",    "/v1/pulse/identify", PUBLIC, fiq_pulse_identify },
    { "POST",    "/v1/pulse/event",   PUBLIC, fiq_pulse_event },
    { "GET",     "/v1/events/*",      PUBLIC, fiq_get_event },
    { "GET",     "/v1/deletions",     PUBLIC, management_get_deletions },
    { "GET",     "/v1/usage",         PUBLIC, management_get_usage },
    { "GET",     "/v1/weights",       PUBLIC, management_get_weights },
    { "PATCH",   "/v1/weights",       PUBLIC, management_change_weights },
    { "OPTIONS", "/v1/identify",      BROWSER, fiq_options },
    { "OPTIONS", "/v1/bootstrap",     BROWSER, fiq_options },
    { "GET",     "/events/search",    PUBLIC, v3_search_events },
    { "GET",     "/events/*",         PUBLIC, v3_get_event },
    { "PUT",     "/events/*",         PUBLIC, v3_update_event },
    { "GET",     "/related-visitors", PUBLIC, v3_get_related },
    { "GET",     "/visitors/*",       PUBLIC, v3_get_visitor },
    { "DELETE",  "/visitors/*",       PUBLIC, v3_delete_visitor },
    { "DELETE",  "/visitors/",        PUBLIC, v3_delete_visitor },
    { "DELETE",  "/visitors",         PUBLIC, v3_delete_visitor },
    { "GET",     "/v4/events",        PUBLIC, v4_search_events },
    { "GET",     "/v4/events/*",      PUBLIC, v4_get_event },
    { "POST",    EDGE_PATH,          PUBLIC, v4_edge },
    { "PATCH",   "/v4/events/*",      PUBLIC, v4_update_event },
    { "DELETE",  "/v4/visitors/*",    PUBLIC, v4_delete_visitor },
    { "DELETE",  "/v4/visitors/",     PUBLIC, v4_delete_visitor },
    { "DELETE",  "/v4/visitors",      PUBLIC, v4_delete_visitor },
    { "GET",     "/agent/*",          BROWSER, agent_get_script },
    { "GET",     "/web/v3/**",        BROWSER, agent_get_web_v3 },
    { "GET",     "/v3/**",            BROWSER, agent_get_v3 },
    { "GET",     "/web/v4/*",         BROWSER, agent_get_web_v4 },
    { "POST",    "/",                 PUBLIC, fiq_identify },
    { "OPTIONS", "/",                 PUBLIC, fiq_options },
    { "GET",     "/demo",             PUBLIC, demo_get_page },
    { "GET",     "/demo/events/*",    PUBLIC, demo_get_event },
    { "POST",    "/demo/forget",      PUBLIC, demo_forget },
    { "GET",     "/demo/*",           PUBLIC, demo_get_file },
    { "GET",     "/openapi.json",     PUBLIC, openapi_get },
    { "GET",     "/docs",             PUBLIC, docs_get_page },
    { "GET",     "/docs/*",           PUBLIC, docs_get_file },
    { "GET",     "/healthz",          BOTH,   health_live },
    { "GET",     "/readyz",           BOTH,   health_ready },
    { "GET",     "/clients",          ADMIN,  clients_get },
    { "GET",     "/metrics",          ADMIN,  health_metrics },
};

static bool path_fits(const char *pattern, struct str path, struct str *tail)
{
    size_t n = strlen(pattern), stars = 0;
    while (stars < n && pattern[n - 1 - stars] == '*') stars++;
    if (stars == 0) return str_eq(path, (struct str){ pattern, n });
    if (!str_starts(path, (struct str){ pattern, n - stars })) return false;
    *tail = str_sub(path, n - stars, path.n);
    return tail->n > 0 && (stars > 1 || str_find_char(*tail, '/', 0) == SIZE_MAX);
}

static bool method_fits(const char *method, struct str asked)
{
    return str_eq(asked, str_of(method)) || /* HEAD is GET without the body */
           (str_eq(asked, STR("HEAD")) && strcmp(method, "GET") == 0);
}

/* One SDK asks for "//v1/..." when its base URL ends in a slash. */
static struct str without_double_slash(struct str path)
{
    while (path.n > 1 && path.p[0] == '/' && path.p[1] == '/') path.p++, path.n--;
    return path;
}

static bool route_fits(const struct route *route, const struct request *req, struct str *tail)
{
    bool admin = route->where == ADMIN;
    if (route->where != BOTH && admin != req->admin) return false;
    return path_fits(route->path, req->path, tail);
}

/* What the path takes, for a 405 (RFC 9110, section 15.5.6). */
static struct str allowed_methods(const struct request *req)
{
    struct str list = { "", 0 }, tail;
    for (size_t i = 0; i < COUNT_OF(routes); i++)
        if (route_fits(&routes[i], req, &tail))
            list = arena_format(req->arena, "%.*s%s%s", STR_ARG(list), list.n ? ", " : "",
                                routes[i].method);
    return list;
}

/* The path without what a proxy in front put before a route of BROWSER, or as it is. */
static struct str without_mount(const struct request *req)
{
    struct str tail;
    size_t at = 0;
    if (req->admin) return req->path;
    for (int depth = 0; depth < MOUNT_DEPTH_MAX && at != SIZE_MAX; depth++) {
        struct str path = str_sub(req->path, at, req->path.n);
        for (size_t i = 0; i < COUNT_OF(routes); i++)
            if (routes[i].where == BROWSER && path_fits(routes[i].path, path, &tail)) return path;
        at = str_find_char(req->path, '/', at + 1);
    }
    return req->path;
}

/* What no row can say: the path that the operator chose, and agents that post to a path that a proxy
 * in front did not take off. */
static bool handle_ingress(struct app *app, struct request *req)
{
    struct str rest = req->path;
    bool chosen = app->ingress_path.n && str_starts(rest, app->ingress_path);
    if (req->admin) return false;
    if (chosen) rest = str_sub(rest, app->ingress_path.n, rest.n);
    bool here = chosen && (rest.n == 0 || str_eq(rest, STR("/")));
    if ((here && method_fits("POST", req->method)) || from_agent(req)) {
        fiq_identify(app, req, rest);
    } else if (here && method_fits("OPTIONS", req->method)) {
        fiq_options(app, req, rest);
    } else if (chosen && !here && rest.p[0] == '/' && method_fits("GET", req->method)) {
        agent_get_ingress(app, req, percent_decode(req->arena, str_sub(rest, 1, rest.n), false));
    } else {
        return false;
    }
    return true;
}

static bool handle_route(struct app *app, struct request *req, bool *path_known)
{
    struct str tail = { "", 0 };
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        const struct route *route = &routes[i];
        if (!route_fits(route, req, &tail)) continue;
        *path_known = true;
        if (!method_fits(route->method, req->method)) continue;
        route->handle(app, req, percent_decode(req->arena, tail, false));
        return true;
    }
    return false;
}

void app_on_request(void *context, struct request *req)
{
    struct app *app = context;
    bool path_known = false;
    int64_t now_ms;
    if (app->test_clock) (void)app_now_ms(app, req, &now_ms); /* retention follows it, whatever is asked */
    req->path = without_double_slash(req->path);
    if (handle_route(app, req, &path_known)) return;
    if (!path_known) {
        if (handle_ingress(app, req)) return;
        req->path = without_mount(req);
        if (handle_route(app, req, &path_known)) return;
    }
    struct reply reply = reply_to(req);
    if (path_known) reply_header(&reply, "Allow", allowed_methods(req));
    reply_error(&reply, path_known ? ERR_METHOD_NOT_ALLOWED : ERR_NOT_FOUND, NULL);
}
