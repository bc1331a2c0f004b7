/* asset_reply - answers with a file that is built into the binary. */
#ifndef WHORL_API_ASSET_REPLY_H
#define WHORL_API_ASSET_REPLY_H

#include "api/app.h"

/* The asset of that name with each __WHORL_KEY__ replaced by key; 404 when there is none. */
void reply_asset(struct reply *reply, const char *name, struct str key);

#endif
