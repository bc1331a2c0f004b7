/* workspaces - what the operator has settled for a workspace, as `whorl workspace create|set` writes it: a
 * named value "workspace-settings/<number>" that holds a JSON object. What is absent has its default: active,
 * every host, every feature, no quota, no limit of deletions. */
#ifndef WHORL_API_WORKSPACES_H
#define WHORL_API_WORKSPACES_H

#include "base/json_in.h"
#include "base/json_out.h"

/* What a workspace can be without; the answer is then FeatureNotEnabled. Names and paths: workspaces.c. */
enum feature { FEATURE_DELETE, FEATURE_RELATED, FEATURE_SEARCH, FEATURE_UPDATE, FEATURE_EDGE, FEATURE_SENTINEL,
               FEATURE_PULSE, FEATURE_WALLETS, FEATURE_PUBLIC_LOOKUP, FEATURE_COUNT };

struct workspace {
    uint32_t number;
    bool inactive;          /* every call is answered that the subscription is not active */
    bool delete_limits;     /* 30 deletions an hour and 500 a day, as the vendor has them */
    uint32_t features_off;  /* 1 << enum feature */
    uint64_t quota;         /* identifications a calendar month (UTC); 0: as many as come */
    struct str hosts;       /* names separated by one space that its keys may be used at; empty: any */
};

/* Reads settings over what *out holds. Strings are copied to arena. Returns NULL, or a sentence about what is
 * wrong; *out may then be changed in part. Members: active, deleteLimits (booleans), quota (a number), hosts,
 * disable, enable (arrays of names). Others are left alone. */
const char *workspace_read(struct workspace *out, struct json settings, struct arena *arena);
/* The object that workspace_read reads. */
void workspace_print(struct json_out *out, const struct workspace *workspace);

/* May its keys be used at this Host (a port is ignored)? */
bool workspace_serves(const struct workspace *workspace, struct str host);
/* Which feature a request asks for; FEATURE_COUNT: one that cannot be switched off. */
enum feature feature_of(struct str method, struct str path);

#endif
