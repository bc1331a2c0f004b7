/* tcp - asks the kernel about a connection. Needs no privileges. */
#ifndef WHORL_NET_TCP_H
#define WHORL_NET_TCP_H

#include "net/connection.h"

/* For a socket that is about to listen: the kernel keeps each SYN until it is read (up to 120
 * bytes per connection). False where the kernel cannot: then there are no SYNs, and no harm. */
bool tcp_save_syns(int listening_fd);
/* rtt_us and syn of a connection that was just accepted. */
void tcp_read(struct connection *out, int fd);

#endif
