/* listen - listening sockets: where, how many, and who is in the way. */
#ifndef WHORL_NET_LISTEN_H
#define WHORL_NET_LISTEN_H

#include "base/err.h"

#include <stddef.h>
#include <sys/socket.h>

enum {
    ADDRESS_BYTES = 64,  /* "[", 45 characters of an IPv6 address, "]:65535" and a NUL */
    HOLDER_BYTES = 128,
};

/* Reads "127.0.0.1:8080" or "[::1]:8080"; ERR_USAGE. Names are not looked up. */
enum err listen_parse(const char *text, struct sockaddr_storage *out, socklen_t *out_bytes);
/* Writes the same form. */
void listen_print(char out[ADDRESS_BYTES], const struct sockaddr_storage *address);
/* Opens `count` sockets (one per worker) that listen at `text` and share the connections;
 * non-blocking and close-on-exec. address: where they really listen. Problems are logged.
 * ERR_USAGE, ERR_IN_USE, ERR_IO; then nothing is left open. */
enum err listen_open(const char *text, size_t count, int *fds, char address[ADDRESS_BYTES]);
/* "nginx (pid 123)", or what less is known. Looks through /proc: other users' processes stay hidden
 * from all but root. */
void listen_holder(char out[HOLDER_BYTES], const struct sockaddr_storage *address);

#endif
