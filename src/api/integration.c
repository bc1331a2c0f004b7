/* integration - see integration.h. The proxy's FPJS-Proxy-Forwarded-Host is not needed: the cookie
 * names no domain, so browsers keep it for the host they asked, which is the proxy's. */
#include "api/integration.h"

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
