/* fiq_wallets - "sybilRisk" and "web3" of FingerprintIQ's identify answer. */
#ifndef WHORL_API_FIQ_WALLETS_H
#define WHORL_API_FIQ_WALLETS_H

#include "api/app.h"
#include "base/json_out.h"

struct web3;

/* Links the wallets of a stored identification to its visitor. NULL: it carried none, or they could not be linked
 * (then it goes without). Else `then` comes, on the loop's thread, once they are stored or not. */
struct web3 *web3_start(struct app *app, struct identify *id, void (*then)(void *context, enum err result),
                        void *context);
/* Writes both members; nothing when the wallets cannot be counted. */
void web3_put(struct json_out *out, const struct web3 *web3);

#endif
