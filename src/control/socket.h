/* socket - DIR/control.sock: how commands reach the server that owns the data directory.
 *
 * A client connects, sends one JSON object and a newline, and reads one JSON object and a newline.
 * The socket has mode 0600: whoever may open it may do anything. Export and import (transfer.h) go on over the same
 * connection, in a thread of their own, a few at a time. */
#ifndef WHORL_CONTROL_SOCKET_H
#define WHORL_CONTROL_SOCKET_H

#include "control/command.h"

struct control;

/* Listens in a thread of its own until control_stop. ERR_IO with a line in the log. */
enum err control_start(struct control **out, const char *dir, struct command_context *context);
void control_stop(struct control *control);

/* Sends request (one JSON object) to the server of this directory and reads its answer into arena.
 * ERR_NOT_FOUND when no server answers there, ERR_IO when it breaks off. */
enum err control_ask(const char *dir, struct str request, struct arena *arena, struct str *answer);
/* Sends the request and leaves the rest to the caller, who closes *fd. The same errors. */
enum err control_open(const char *dir, struct str request, int *fd);

#endif
