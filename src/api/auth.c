/* auth - who asks, and what the query says; see app.h. */
#include "api/app.h"

#include "base/clock.h"
#include "base/metrics.h"

enum err auth_admit(struct app *app, const struct request *req, const struct api_key *key)
{
    const struct workspace *w = keys_workspace(app->keys, key->workspace);
    if (!workspace_serves(w, request_header(req, STR("Host")))) return ERR_WRONG_REGION;
    if (w->inactive) return ERR_SUBSCRIPTION_INACTIVE;
    if (w->features_off && w->features_off >> feature_of(req->method, req->path) & 1) return ERR_FEATURE_OFF;
    if (!key->rate || limits_take(app->limits, key->id, key->rate, clock_mono_us())) return ERR_OK;
    metric_add(METRIC_rate_limited_total, 1);
    return ERR_RATE_LIMITED;
}

static enum err find_secret(struct app *app, const struct request *req, struct str text,
                            const struct api_key **out)
{
    if (text.n == 0) return ERR_KEY_REQUIRED;
    *out = keys_find(app->keys, KEY_SECRET, text);
    return *out ? auth_admit(app, req, *out) : ERR_KEY_NOT_FOUND;
}

/* Empty without one. */
static struct str bearer_of(const struct request *req)
{
    struct str value = request_header(req, STR("Authorization"));
    if (!str_eq_nocase(str_sub(value, 0, 7), STR("Bearer "))) return STR("");
    return str_trim(str_sub(value, 7, value.n));
}

enum err auth_bearer(struct app *app, const struct request *req, const struct api_key **out)
{
    return find_secret(app, req, bearer_of(req), out);
}

enum err auth_management(struct app *app, const struct request *req, const struct api_key **out)
{
    *out = keys_find(app->keys, KEY_MANAGEMENT, bearer_of(req));
    return *out ? auth_admit(app, req, *out) : ERR_KEY_INVALID;
}

enum err auth_api_key(struct app *app, const struct request *req, const struct api_key **out)
{
    struct str text = request_header(req, STR("Auth-API-Key"));
    if (!text.p && !query_find(req, STR("api_key"), &text)) return ERR_KEY_REQUIRED;
    return find_secret(app, req, text, out);
}

enum err auth_token(struct app *app, const struct request *req, const struct api_key **out)
{
    struct str text = request_header(req, STR("Auth-Token"));
    if (!text.p && !query_find(req, STR("token"), &text)) return ERR_KEY_REQUIRED;
    return find_secret(app, req, text, out);
}

/* Keys of both kinds come in X-API-Key: pages have public ones, and servers should have secret ones. */
enum err auth_fiq(struct app *app, const struct request *req, const struct api_key **out)
{
    struct str text = request_header(req, STR("X-API-Key"));
    if (!text.p) query_find(req, STR("k"), &text); /* agents: a header would cost a preflight */
    *out = keys_find(app->keys, KEY_PUBLIC, text);
    if (!*out) *out = keys_find(app->keys, KEY_SECRET, text);
    if (!*out) return ERR_KEY_INVALID;
    if ((*out)->kind == KEY_PUBLIC && !key_allows_origin(*out, request_header(req, STR("Origin"))))
        return ERR_ORIGIN_FORBIDDEN;
    return auth_admit(app, req, *out);
}

bool auth_sees(const struct api_key *key, const struct event *ev)
{
    return key->environment == 0 || (int64_t)key->environment == ev->environment;
}

struct str cookie_value(const struct request *req, struct str name)
{
    for (size_t i = 0; i < req->headers_count; i++) {
        struct str rest = req->headers[i].value, pair;
        if (!str_eq_nocase(req->headers[i].name, STR("Cookie"))) continue;
        while (str_split(&rest, ';', &pair)) {
            pair = str_trim(pair);
            size_t equals = str_find_char(pair, '=', 0);
            if (equals != SIZE_MAX && str_eq(str_sub(pair, 0, equals), name))
                return str_sub(pair, equals + 1, pair.n);
        }
    }
    return (struct str){ "", 0 };
}

/* A proxy on this machine is not the visitor: what it passes on comes from anywhere. */
bool from_loopback(const struct request *req)
{
    static const char *const marks[] = { "X-Forwarded-For", "Forwarded", "X-Real-IP", "Via" };
    struct address peer;
    for (size_t i = 0; i < COUNT_OF(marks); i++)
        if (request_header(req, str_of(marks[i])).p) return false;
    address_from_socket(&peer, &req->peer);
    return address_is_loopback(&peer);
}

struct str percent_decode(struct arena *arena, struct str text, bool plus_is_blank)
{
    char *out = arena_alloc(arena, text.n + 1);
    size_t n = 0;
    if (!out) return (struct str){ "", 0 };
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        int high = -1, low = -1;
        if (c == '%' && i + 2 < text.n)
            high = hex_digit(text.p[i + 1]), low = hex_digit(text.p[i + 2]);
        if (high >= 0 && low >= 0) c = (char)(high << 4 | low), i += 2;
        else if (c == '+' && plus_is_blank) c = ' ';
        out[n++] = c;
    }
    return (struct str){ out, n };
}

bool query_next(const struct request *req, struct str *rest, struct str *name, struct str *value)
{
    struct str pair;
    if (!str_split(rest, '&', &pair)) return false;
    size_t equals = str_find_char(pair, '=', 0);
    if (equals == SIZE_MAX) equals = pair.n;
    *name = percent_decode(req->arena, str_sub(pair, 0, equals), true);
    *value = percent_decode(req->arena, str_sub(pair, equals + 1, pair.n), true);
    return true;
}

bool query_find(const struct request *req, struct str name, struct str *out)
{
    struct str rest = req->query, found, value;
    while (query_next(req, &rest, &found, &value))
        if (str_eq(found, name)) return *out = value, true;
    return false;
}
