/* proxy - the PROXY protocol, versions 1 and 2 (haproxy.org, "The PROXY protocol", 2020/03/05): what
 * a proxy of TCP connections puts in front of the client's bytes to say whose they are.
 *
 * Pure: bytes in, views out. Strict, because what stands here decides whose address is believed.
 *
 *     version 1   "PROXY TCP4 192.0.2.7 203.0.113.1 56324 443\r\n", at most 107 bytes
 *     version 2   0 signature (12)  12 version and command  13 family  14 length (2)  16 addresses, TLVs
 */
#ifndef WHORL_NET_PROXY_H
#define WHORL_NET_PROXY_H

#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"

#include <sys/socket.h>

struct proxy_header {
    size_t bytes; /* the header's length; the client's first byte follows */
    /* False: the proxy speaks for itself (LOCAL, as in health checks), or does not know (UNKNOWN,
     * UNSPEC, families that no TCP client of ours can have). */
    bool has_source;
    struct sockaddr_storage source;
    bool tls;              /* TLV SSL: the client's TLS ended at the proxy */
    struct str authority;  /* TLV AUTHORITY: the name in the client's SNI; borrowed */
    struct str alpn;       /* TLV ALPN; borrowed */
};

/* ERR_PENDING: more bytes are needed (never when PROXY_BYTES_MAX are there). ERR_MALFORMED: this is
 * no PROXY header, or a broken one, or its checksum (TLV CRC32C) is wrong. */
enum err proxy_parse(struct proxy_header *out, struct str bytes);

#endif
