/* workspaces - see workspaces.h. */
#include "api/workspaces.h"

enum { HOSTS_MAX = 16, HOST_BYTES_MAX = 253, /* of a name (RFC 1035) */ };

static const struct {
    const char *name;
    enum feature feature;
    const char *method, *path; /* the path's beginning */
} features[] = {
    { "delete",   FEATURE_DELETE,   "DELETE", "/visitors" },
    { "delete",   FEATURE_DELETE,   "DELETE", "/v4/visitors" },
    { "related",  FEATURE_RELATED,  "GET",    "/related-visitors" },
    { "search",   FEATURE_SEARCH,   "GET",    "/events/search" },
    { "update",   FEATURE_UPDATE,   "PUT",    "/events/" },
    { "update",   FEATURE_UPDATE,   "PATCH",  "/v4/events/" },
    { "edge",     FEATURE_EDGE,     "POST",   "/v4/edge" },
    { "sentinel", FEATURE_SENTINEL, "POST",   "/v1/sentinel/" },
    { "pulse",    FEATURE_PULSE,    "POST",   "/v1/pulse/" },
    { "wallets",  FEATURE_WALLETS,  "POST",   "/v1/identify/wallet-link" },
    { "public-lookup", FEATURE_PUBLIC_LOOKUP, "", "" }, /* fiq_visitor.c asks */
};

enum feature feature_of(struct str method, struct str path)
{
    if (str_eq(method, STR("GET")) && str_eq(path, STR("/v4/events"))) return FEATURE_SEARCH;
    for (size_t i = 0; i < COUNT_OF(features); i++)
        if (str_eq(method, str_of(features[i].method)) && str_starts(path, str_of(features[i].path)))
            return features[i].feature;
    return FEATURE_COUNT;
}

/* Sets or clears bits by their names. */
static const char *read_features(uint32_t *bits, struct json list, bool set)
{
    for (struct json_each it = json_each(list); json_next(&it);) {
        struct str name;
        uint32_t bit = 0;
        if (!json_str(it.value, &name)) name = STR("");
        for (size_t i = 0; i < COUNT_OF(features); i++)
            if (str_eq(name, str_of(features[i].name))) bit = 1u << features[i].feature;
        if (!bit)
            return "a feature is one of delete, related, search, update, edge, sentinel, pulse, wallets, "
                   "public-lookup";
        *bits = set ? *bits | bit : *bits & ~bit;
    }
    return NULL;
}

static bool is_host(struct str host)
{
    if (host.n == 0 || host.n > HOST_BYTES_MAX) return false;
    for (size_t i = 0; i < host.n; i++)
        if (!host.p[i] || !strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]", host.p[i]))
            return false;
    return true;
}

static const char *read_hosts(struct str *out, struct json list, struct arena *arena)
{
    size_t count = 0;
    *out = STR("");
    for (struct json_each it = json_each(list); json_next(&it);) {
        struct str host;
        if (!json_str(it.value, &host) || !is_host(host)) return "a --host is a name such as eu.id.shop.example";
        if (++count > HOSTS_MAX) return "a workspace takes at most 16 hosts";
        *out = arena_format(arena, "%.*s%s%.*s", STR_ARG(*out), out->n ? " " : "", STR_ARG(host));
    }
    return NULL;
}

const char *workspace_read(struct workspace *out, struct json settings, struct arena *arena)
{
    struct json v;
    const char *problem = NULL;
    bool active;
    int64_t quota;
    if (json_get(settings, STR("active"), &v)) {
        if (!json_bool(v, &active)) return "active is true or false";
        out->inactive = !active;
    }
    if (json_get(settings, STR("deleteLimits"), &v) && !json_bool(v, &out->delete_limits))
        return "deleteLimits is true or false";
    if (json_get(settings, STR("quota"), &v)) {
        if (!json_i64(v, &quota) || quota < 0) return "--quota is a number of identifications a month; 0: no limit";
        out->quota = (uint64_t)quota;
    }
    if (json_get(settings, STR("hosts"), &v)) problem = read_hosts(&out->hosts, v, arena);
    if (!problem && json_get(settings, STR("disable"), &v)) problem = read_features(&out->features_off, v, true);
    if (!problem && json_get(settings, STR("enable"), &v)) problem = read_features(&out->features_off, v, false);
    return problem;
}

void workspace_print(struct json_out *out, const struct workspace *workspace)
{
    struct str rest = workspace->hosts, host;
    uint32_t shown = 0;
    json_out_open(out, '{');
    json_out_key(out, "active"), json_out_bool(out, !workspace->inactive);
    json_out_key(out, "deleteLimits"), json_out_bool(out, workspace->delete_limits);
    json_out_key(out, "quota"), json_out_int(out, (int64_t)workspace->quota);
    json_out_key(out, "hosts");
    json_out_open(out, '[');
    while (rest.n && str_split(&rest, ' ', &host)) json_out_str(out, host);
    json_out_close(out, ']');
    json_out_key(out, "disable");
    json_out_open(out, '[');
    for (size_t i = 0; i < COUNT_OF(features); i++) {
        uint32_t bit = 1u << features[i].feature;
        if (!(workspace->features_off & bit & ~shown)) continue;
        shown |= bit; /* some stand in several rows */
        json_out_str(out, str_of(features[i].name));
    }
    json_out_close(out, ']');
    json_out_close(out, '}');
}

/* "[::1]:8080" and "shop.example:443" without the port. */
static struct str without_port(struct str host)
{
    size_t colon = SIZE_MAX;
    for (size_t i = host.n; i-- > 0 && host.p[i] != ']';)
        if (host.p[i] == ':') colon = i;
    return colon == SIZE_MAX ? host : str_sub(host, 0, colon);
}

bool workspace_serves(const struct workspace *workspace, struct str host)
{
    struct str rest = workspace->hosts, name;
    if (rest.n == 0) return true;
    while (rest.n && str_split(&rest, ' ', &name))
        if (str_eq_nocase(without_port(name), without_port(host))) return true;
    return false;
}
