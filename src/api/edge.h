/* edge - the body of POST /v4/edge, read strictly: what somebody's server received. */
#ifndef WHORL_API_EDGE_H
#define WHORL_API_EDGE_H

#include "base/json_in.h"
#include "identify/enrich/address.h"
#include "net/server.h"

struct edge_request {
    struct header *headers; /* in the order given */
    size_t headers_count;
    struct str method, url;
    /* of the url */
    bool https;
    struct str authority, target, path, query;
    bool has_v4, has_v6;
    struct address v4, v6;
    bool has_linked_id, has_tags;
    struct str linked_id, tags; /* tags as JSON text */
};

/* Everything in arena. ERR_MALFORMED, ERR_NO_MEMORY; *problem says what is wrong, NULL: the error's own text. */
enum err edge_request_read(struct edge_request *out, struct json root, struct arena *arena, const char **problem);

#endif
