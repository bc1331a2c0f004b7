/* clients - GET /clients on the admin listener: whose addresses whorl sees, and why. */
#include "api/app.h"

#include "base/json_out.h"

#include <stdio.h>

static void put_networks(struct json_out *out, const struct networks *networks)
{
    json_out_open(out, '[');
    for (size_t i = 0; i < networks->count; i++) {
        const struct network *n = &networks->list[i];
        char text[ADDRESS_TEXT_BYTES + 4];
        size_t length = address_print(text, &n->base);
        unsigned bits = address_is_ipv4(&n->base) && n->bits >= 96 ? n->bits - 96u : n->bits;
        length += (size_t)snprintf(text + length, sizeof text - length, "/%u", bits);
        json_out_str(out, (struct str){ text, length });
    }
    json_out_close(out, ']');
}

void clients_get(struct app *app, struct request *req, struct str tail)
{
    static const char *const rules[] = { [FORWARDED_AUTO] = "auto",
                                         [FORWARDED_X_ONLY] = "x-forwarded-for",
                                         [FORWARDED_RFC7239_ONLY] = "forwarded" };
    struct reply reply = reply_to(req);
    struct json_out out;
    (void)tail;
    json_out_init(&out, req->arena);
    json_out_open(&out, '{');
    json_out_key(&out, "trustedProxies");
    put_networks(&out, &app->trusted_proxies);
    json_out_key(&out, "forwardedHeader");
    json_out_str(&out, str_of(rules[app->identify.forwarded_rule]));
    json_out_key(&out, "proxyProtocol");
    json_out_open(&out, '[');
    for (size_t i = 0; i < app->proxy_listen_count; i++) json_out_str(&out, str_of(app->proxy_listen[i]));
    json_out_close(&out, ']');
    clients_print(app->identify.clients, &out);
    json_out_close(&out, '}');
    reply_json(&reply, 200, json_out_text(&out));
}
