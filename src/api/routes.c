/* routes - which handler answers which method and path: the whole HTTP surface on one page. */
#include "api/app.h"

#include "base/metrics.h"

enum listener { PUBLIC, ADMIN, BOTH };

static const struct route {
    const char *method;
    const char *path; /* a '*' at the end stands for one segment */
    enum listener where;
    void (*handle)(struct app *app, struct request *req, struct str tail);
} routes[] = {
    { "POST",    "/v1/identify",      PUBLIC, fiq_identify },
    { "GET",     "/v1/bootstrap",     PUBLIC, fiq_bootstrap },
    { "GET",     "/v1/events/*",      PUBLIC, fiq_get_event },
    { "OPTIONS", "/v1/identify",      PUBLIC, fiq_options },
    { "OPTIONS", "/v1/bootstrap",     PUBLIC, fiq_options },
    { "GET",     "/events/*",         PUBLIC, v3_get_event },
    { "GET",     "/visitors/*",       PUBLIC, v3_get_visitor },
    { "DELETE",  "/visitors/*",       PUBLIC, v3_delete_visitor },
    { "DELETE",  "/visitors/",        PUBLIC, v3_delete_visitor },
    { "DELETE",  "/visitors",         PUBLIC, v3_delete_visitor },
    { "GET",     "/v4/events/*",      PUBLIC, v4_get_event },
    { "POST",    "/v4/edge",          PUBLIC, v4_edge },
    { "DELETE",  "/v4/visitors/*",    PUBLIC, v4_delete_visitor },
    { "DELETE",  "/v4/visitors/",     PUBLIC, v4_delete_visitor },
    { "DELETE",  "/v4/visitors",      PUBLIC, v4_delete_visitor },
    { "GET",     "/agent/*",          PUBLIC, agent_get_script },
    { "GET",     "/demo",             PUBLIC, demo_get_page },
    { "GET",     "/demo/events/*",    PUBLIC, demo_get_event },
    { "POST",    "/demo/forget",      PUBLIC, demo_forget },
    { "GET",     "/demo/*",           PUBLIC, demo_get_file },
    { "GET",     "/healthz",          BOTH,   health_live },
    { "GET",     "/readyz",           BOTH,   health_ready },
    { "GET",     "/clients",          ADMIN,  clients_get },
    { "GET",     "/metrics",          ADMIN,  health_metrics },
};

static bool path_fits(const char *pattern, struct str path, struct str *tail)
{
    size_t n = strlen(pattern);
    if (pattern[n - 1] != '*') return str_eq(path, (struct str){ pattern, n });
    if (!str_starts(path, (struct str){ pattern, n - 1 })) return false;
    *tail = str_sub(path, n - 1, path.n);
    return tail->n > 0 && str_find_char(*tail, '/', 0) == SIZE_MAX;
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
    if (route->where != BOTH && (route->where == ADMIN) != req->admin) return false;
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

void app_on_request(void *context, struct request *req)
{
    struct app *app = context;
    struct str tail = { "", 0 };
    bool path_known = false;
    req->path = without_double_slash(req->path);
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        const struct route *route = &routes[i];
        if (!route_fits(route, req, &tail)) continue;
        path_known = true;
        if (!method_fits(route->method, req->method)) continue;
        route->handle(app, req, percent_decode(req->arena, tail, false));
        return;
    }
    struct reply reply = reply_to(req);
    if (path_known) reply_header(&reply, "Allow", allowed_methods(req));
    reply_error(&reply, path_known ? ERR_METHOD_NOT_ALLOWED : ERR_NOT_FOUND, NULL);
}
