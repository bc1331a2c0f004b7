/* integration - see integration.h. The proxy's FPJS-Proxy-Forwarded-Host is not needed: the cookie
 * names no domain, so browsers keep it for the host they asked, which is the proxy's. */
#include "api/integration.h"

#include "base/json_out.h"

enum err integration_read(struct app *app, const struct api_key *key, struct identify *id)
{
    struct str secret = request_header(id->req, STR("FPJS-Proxy-Secret"));
    struct str address = request_header(id->req, STR("FPJS-Proxy-Client-IP"));
    if (!secret.p) return ERR_OK;
    const struct api_key *proxy = keys_find(app->keys, KEY_PROXY, secret);
    if (!proxy) return ERR_PROXY_SECRET;
    bool environment = proxy->environment == 0 || proxy->environment == key->environment;
    if (proxy->workspace != key->workspace || !environment) return ERR_PROXY_ENVIRONMENT;
    if (!address_parse(&id->integration_client, str_trim(address))) return ERR_PROXY_HEADERS;
    id->integration = true;
    return ERR_OK;
}

enum { INTEGRATIONS_MAX = 8, INTEGRATION_BYTES_MAX = 200 };

/* The next one or two of the parts between slashes, as "name" and "version". */
static void put_parts(struct json_out *out, struct str *rest)
{
    static const char *const names[] = { "name", "version" };
    struct str part;
    for (size_t i = 0; i < COUNT_OF(names) && rest->n && str_split(rest, '/', &part); i++)
        if (part.n) json_out_key(out, names[i]), json_out_str(out, part);
}

static void put_integration(struct json_out *out, struct str rest)
{
    while (rest.n && rest.p[rest.n - 1] == '/') rest.n--;
    json_out_open(out, '{');
    put_parts(out, &rest);
    if (rest.n) {
        json_out_key(out, "subintegration");
        json_out_open(out, '{');
        put_parts(out, &rest);
        json_out_close(out, '}');
    }
    json_out_close(out, '}');
}

void integration_read_names(struct identify *id)
{
    struct str rest = id->req->query, name, value;
    struct json_out out;
    size_t count = 0;
    json_out_init(&out, id->arena);
    json_out_open(&out, '[');
    while (count < INTEGRATIONS_MAX && query_next(id->req, &rest, &name, &value)) {
        if (!str_eq(name, STR("ii")) || value.n == 0 || value.n > INTEGRATION_BYTES_MAX || value.p[0] == '/') continue;
        put_integration(&out, value);
        count++;
    }
    json_out_close(&out, ']');
    if (count) id->integrations = json_out_text(&out);
}
