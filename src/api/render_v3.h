/* render_v3 - what only v3 has: products, which can fail, and webhooks that show them without their wrapping. */
#ifndef WHORL_API_RENDER_V3_H
#define WHORL_API_RENDER_V3_H

#include "base/json_out.h"
#include "event/event.h"

/* Where v3's webhook shows what GET /events/{id} shows at `v3`; false: nowhere. out: at least as long as v3. */
bool render_webhook_path(char *out, const char *v3);

/* What v3 calls the product of a verdict; the others are called as the verdict is. */
struct str render_product_of(struct str verdict);

/* "vpn": {"error": {...}} and so on, in the open object of v3's products. */
void render_failed_products(struct json_out *out, const struct event *ev);

#endif
