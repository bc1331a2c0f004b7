/* asset_reply - see asset_reply.h. */
#include "api/asset_reply.h"

#include "api/assets.h"
#include "base/json_out.h"

static struct str with_key(struct arena *arena, struct str text, struct str key)
{
    const struct str mark = STR("__WHORL_KEY__");
    struct json_out out;
    json_out_init(&out, arena);
    for (;;) {
        const char *hit = text.n ? memmem(text.p, text.n, mark.p, mark.n) : NULL;
        if (!hit) break;
        size_t at = (size_t)(hit - text.p);
        json_out_raw(&out, str_sub(text, 0, at));
        json_out_raw(&out, key);
        text = str_sub(text, at + mark.n, text.n);
    }
    json_out_raw(&out, text);
    return json_out_text(&out);
}

void reply_asset(struct reply *reply, const char *name, struct str key)
{
    for (size_t i = 0; i < assets_count; i++) {
        const struct asset *asset = &assets[i];
        if (strcmp(asset->name, name) != 0) continue;
        struct str text = { (const char *)asset->bytes, asset->n };
        reply_header(reply, "X-Content-Type-Options", STR("nosniff"));
        reply_bytes(reply, 200, asset->content_type, with_key(reply->req->arena, text, key));
        return;
    }
    reply_error(reply, ERR_NOT_FOUND, NULL);
}
