/* sealed - see sealed.h. */
#include "api/sealed.h"

#include "api/raw_attributes.h"

enum err sealed_put(struct json_out *out, struct app *app, const struct identify *id)
{
    const uint8_t *key = keys_sealing(app->keys, id->environment);
    bool v3 = str_eq(id->agent_dialect, STR("v3")), v4 = str_eq(id->agent_dialect, STR("v4"));
    struct json_out plain;
    enum err e = ERR_OK;
    if (!key) return ERR_OK;
    json_out_init(&plain, id->arena);
    if (v3 || v4) {
        struct event ev = id->event;
        struct json_parser *parser = app->parser[loop_index(id->req->loop)];
        enum dialect dialect = v3 ? DIALECT_V3 : DIALECT_V4;
        if ((e = raw_attributes_load(app->identify.store, parser, id->arena, dialect, &ev))) return e;
        json_out_open(&plain, '{');
        render_event(&plain, dialect, &ev);
        json_out_close(&plain, '}');
    } else {
        e = fiq_put_event(&plain, app->identify.store, &id->event, id->steady);
    }
    if (e || plain.failed) return e ? e : ERR_NO_MEMORY;
    struct str sealed = seal_json(key, json_out_text(&plain), id->arena);
    if (!sealed.p) return ERR_NO_MEMORY;
    json_out_key(out, "sealedResult"), json_out_str(out, sealed);
    return ERR_OK;
}
