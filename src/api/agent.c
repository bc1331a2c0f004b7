/* agent - serves the browser agent with the asking site's public key written into it. */
#include "api/app.h"
#include "api/assets.h"
#include "api/asset_reply.h"

void agent_get_script(struct app *app, struct request *req, struct str tail)
{
    struct reply reply = reply_to(req);
    struct str key = str_ends(tail, STR(".js")) ? str_sub(tail, 0, tail.n - 3) : STR("");
    if (!keys_find(app->keys, KEY_PUBLIC, key)) {
        reply_error(&reply, ERR_NOT_FOUND, "there is no agent for this key");
        return;
    }
    reply_header(&reply, "Access-Control-Allow-Origin", STR("*"));
    reply_header(&reply, "Cache-Control", STR("public, max-age=600"));
    reply_asset(&reply, "agent.js", key);
}
