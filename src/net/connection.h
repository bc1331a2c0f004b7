/* connection - what is known about the connection that a request came on: who opened it, its round
 * trip, its first packet, and what a proxy in front said in the PROXY protocol. Filled when the
 * connection is accepted; a request points to it (req->connection). */
#ifndef WHORL_NET_CONNECTION_H
#define WHORL_NET_CONNECTION_H

#include "base/limits.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct connection {
    struct sockaddr_storage peer; /* of the TCP connection; a proxy's when `proxied` */
    /* Round trip of the handshake in microseconds (TCP_INFO at accept; measured up to 4 % high on
     * paths of 20 to 300 ms, identify/enrich/rtt.h). 0: unknown, because the SYN-ACK was sent twice, or SYN
     * cookies. */
    uint32_t rtt_us;
    uint8_t syn[SYN_BYTES_MAX];   /* IP and TCP header of the SYN (TCP_SAVED_SYN) */
    uint8_t syn_bytes;            /* 0: unknown */
    bool proxied;                 /* a PROXY header named the client: req->peer is from there */
    bool proxied_tls;             /* it also said that the client's TLS ended at the proxy */
};

#endif
