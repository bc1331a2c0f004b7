/* enrich - the facts that do not come from the payload: who connects, and what its headers say. One
 * source of facts per file under enrich/. */
#include "identify/identify.h"

static struct str address_text(struct arena *arena, const struct address *a)
{
    char text[ADDRESS_TEXT_BYTES];
    return arena_copy(arena, (struct str){ text, address_print(text, a) });
}

/* Several lines of one header are one list (RFC 9110, 5.2): many proxies add a line of their own
 * and leave the client's before it, so the first line alone would be the client's word. */
static struct str forwarded_for(const struct request *req)
{
    struct str list = { "", 0 };
    for (size_t i = 0; i < req->headers_count; i++) {
        const struct header *h = &req->headers[i];
        if (!str_eq_nocase(h->name, STR("X-Forwarded-For"))) continue;
        list = list.n ? arena_format(req->arena, "%.*s,%.*s", STR_ARG(list), STR_ARG(h->value))
                      : h->value;
    }
    return list;
}

enum err enrich_facts(struct identify *id)
{
    struct address peer;
    address_from_socket(&peer, &id->req->peer);
    address_of_client(&id->client, &peer, forwarded_for(id->req), id->shared->trusted_proxies);
    SET(id, ip, address_text(id->arena, &id->client));

    /* Where a trusted proxy connects, the handshake is the proxy's. */
    bool by_proxy = networks_have(id->shared->trusted_proxies, &peer);
    tls_put_facts(&id->event, by_proxy ? NULL : id->req->hello, id->arena);

    headers_read(&id->headers, id->req, id->arena);

    struct str ua = request_header(id->req, STR("User-Agent"));
    if (ua.n > 1024) ua.n = 1024;
    ua_parse(id->shared->ua, ua, id->arena, &id->ua);
    SET(id, user_agent, ua);
    SET(id, browser_name, id->ua.browser);
    SET(id, browser_major, id->ua.major);
    SET(id, browser_version, id->ua.version);
    SET(id, os, id->ua.os);
    SET(id, os_version, id->ua.os_version);
    SET(id, device, id->ua.device);
    return id->arena->failed ? ERR_NO_MEMORY : ERR_OK;
}
