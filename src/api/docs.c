/* docs - GET /docs: a page that shows /openapi.json and calls what it describes. It loads nothing from elsewhere and
 * keeps nothing: the key is in the form, for as long as the page is open. */
#include "api/asset_reply.h"

static void serve(struct request *req, const char *name)
{
    struct reply reply = reply_to(req);
    reply_header(&reply, "Cache-Control", STR("no-cache"));
    reply_header(&reply, "Content-Security-Policy",
                 STR("default-src 'self'; img-src data:; connect-src 'self' http: https:; "
                     "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"));
    reply_asset(&reply, name, STR(""));
}

void docs_get_page(struct app *app, struct request *req, struct str tail)
{
    (void)app, (void)tail;
    serve(req, "docs.html");
}

void docs_get_file(struct app *app, struct request *req, struct str tail)
{
    (void)app;
    if (str_eq(tail, STR("docs.js"))) serve(req, "docs.js");
    else if (str_eq(tail, STR("docs.css"))) serve(req, "docs.css");
    else serve(req, "");
}
