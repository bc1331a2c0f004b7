/* asset_reply - answers with a file that is built into the binary. */
#ifndef WHORL_API_ASSET_REPLY_H
#define WHORL_API_ASSET_REPLY_H

#include "api/app.h"

/* The asset of that name with each __WHORL_KEY__ replaced by key; 404 when there is none. */
void reply_asset(struct reply *reply, const char *name, struct str key);

/* The script of that name with `config`, one JSON value, in its head: compressed as the client
 * accepts (RFC 9110, section 12.5.3), readable from every origin, with an ETag and 304 for who has
 * it. cache: the value of Cache-Control. A config that does not fit into the head is a bug. */
void reply_script(struct reply *reply, const char *name, struct str config, const char *cache);

#endif
