/* command - what `whorl key create` and its like do, on an open store. The same code runs inside a
 * running server (asked over the control socket) and in the command itself when no server runs.
 *
 * A command is a JSON object {"command": "key create", ...}; its answer is one too: the result, or
 * {"error": "what is wrong and what to do"}. */
#ifndef WHORL_CONTROL_COMMAND_H
#define WHORL_CONTROL_COMMAND_H

#include "api/keys.h"
#include "base/json_in.h"
#include "base/json_out.h"
#include "identify/forget.h"

#include <pthread.h>

struct command_context {
    struct store *store;
    const struct identify_shared *identify; /* with this store; NULL when no server runs */
    struct keys *keys;  /* reloaded after a change; NULL when no server runs */
    const struct hmac *receipts; /* identify/forget.h; NULL: receipts name nobody */
    const uint8_t *master; /* what sealing keys are encrypted under, SEAL_KEY_BYTES; NULL: there are none */
    pthread_mutex_t *lock; /* commands run one at a time; NULL when only one can */
};

/* Writes the answer; false when it is an error. */
bool command_run(struct command_context *context, struct json request, struct arena *arena,
                 struct json_out *answer);

/* Makes a key without a control socket, for the server's own demo. Text in arena. */
enum err command_make_key(struct command_context *context, enum key_kind kind, uint32_t workspace,
                          uint32_t environment, bool test, struct str origins, uint32_t rate,
                          struct arena *arena, uint32_t *id, struct str *text);

/* Makes the default workspace and environment if they are not there. */
enum err command_make_defaults(struct command_context *context, struct arena *arena);

/* Numbers of the default workspace and its default environment; they always exist. */
enum { WORKSPACE_DEFAULT = 1, ENVIRONMENT_DEFAULT = 1 };

#endif
