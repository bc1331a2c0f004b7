/* assets - the files built into the binary: the browser agent in its forms and the demo page. Made
 * by tools/embed.mjs into build/generated/assets.c, served by api/asset_reply.c.
 *
 * A script that must know whose it is begins with a head of ASSET_HEAD_BYTES: `open`, a JSON
 * literal, blanks, ";\n". What follows the head is the same for everybody and stands here
 * compressed in two ways, each so that an uncompressed head goes in front: prefix, head, rest. */
#ifndef WHORL_API_ASSETS_H
#define WHORL_API_ASSETS_H

#include "base/str.h"

enum { ASSET_HEAD_BYTES = 512 };

/* What surrounds a head in a compressed answer. */
struct asset_coding {
    const char *prefix;
    size_t prefix_n;
    const unsigned char *rest;
    size_t rest_n;
};

struct asset {
    const char *name;         /* "agent.js", "demo.html" */
    const char *content_type; /* "text/javascript; charset=utf-8" */
    const unsigned char *bytes; /* without the head */
    size_t n;
    /* Those with a head only, else NULL and 0: */
    const char *open;
    uint64_t tag;             /* a hash of bytes, for the ETag */
    uint32_t checksum;        /* CRC-32 of bytes */
    struct asset_coding brotli;
    struct asset_coding gzip; /* needs CRC-32 and length of head and bytes behind it */
};

extern const struct asset assets[];
extern const size_t assets_count;
/* The agent's, "0.1.0". */
extern const char assets_version[];

#endif
