/* transfer - `whorl export` and `whorl import`, at the end where the store is open: inside of the
 * running server, asked over the control socket, or in the command itself when no server runs. The
 * other end is transfer_cli.c; between them go frames (frames.h).
 *
 * export: {"command": "export", "form": "v4" | "v3-webhook", "workspace", "environment", "since",
 * "until"}; answers DATA frames of lines, and END {"events", "skipped", "unreadable"}. It holds no
 * lock and no snapshot of the database: what was stored when it began is in it once, unless it is
 * deleted meanwhile; what comes later may be or not.
 *
 * import: {"command": "import", "workspace", "environment", "strict", "dryRun"}; answers READY,
 * takes bytes until the other end shuts its side, and ends with END {"events", "stored", "there",
 * "skipped", "idsMade", "unmapped": {}, "environments": {}}. What END counts as stored is on the
 * disk.
 *
 * Either ends early, with FAILED, when the store fails, and silently when the other end is gone. */
#ifndef WHORL_CONTROL_TRANSFER_H
#define WHORL_CONTROL_TRANSFER_H

#include "base/json_in.h"
#include "control/frames.h"
#include "store/store.h"

/* Is that one of these commands? */
bool transfer_knows(struct json request);

/* Runs one in this thread. `request` is of `parser`, which is used for other texts once it has been
 * read. */
void transfer_run(struct store *store, struct json_parser *parser, struct json request, int fd);

#endif
