/* assets - the files built into the binary: the browser agent and the demo page. Made by
 * tools/embed.mjs into build/generated/assets.c. In each of them the text __WHORL_KEY__ stands for
 * the public key of whoever asks; api/assets_serve.c puts it in. */
#ifndef WHORL_API_ASSETS_H
#define WHORL_API_ASSETS_H

#include "base/str.h"

struct asset {
    const char *name;         /* "agent.js", "demo.html" */
    const char *content_type; /* "text/javascript; charset=utf-8" */
    const unsigned char *bytes;
    size_t n;
};

extern const struct asset assets[];
extern const size_t assets_count;

#endif
