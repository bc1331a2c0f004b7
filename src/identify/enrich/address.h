/* address - which address the client has, and what may be said about it.
 *
 * The address of the TCP connection counts, unless it is a trusted proxy's: then X-Forwarded-For is
 * walked from right to left through trusted proxies only, and the first untrusted entry is the
 * client (what stands further left the client may have written itself).
 */
#ifndef WHORL_IDENTIFY_ENRICH_ADDRESS_H
#define WHORL_IDENTIFY_ENRICH_ADDRESS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"

#include <sys/socket.h>

/* 16 bytes in network order; IPv4 as ::ffff:a.b.c.d, so that both kinds compare alike. */
struct address {
    uint8_t byte[16];
};

struct network {
    struct address base;
    uint8_t bits; /* of 128 */
};

struct networks {
    struct network list[TRUSTED_PROXIES_MAX];
    size_t count;
};

/* "10.0.0.0/8", "::1", "192.0.2.1"; a port, brackets or a zone are not accepted. */
bool address_parse(struct address *out, struct str text);
bool network_parse(struct network *out, struct str text);
void address_from_socket(struct address *out, const struct sockaddr_storage *socket);
bool address_is_loopback(const struct address *a);
bool networks_have(const struct networks *networks, const struct address *a);

enum { ADDRESS_TEXT_BYTES = 46 };
/* Usual text (RFC 5952; IPv4-mapped as IPv4) with a NUL; returns the length. */
size_t address_print(char out[ADDRESS_TEXT_BYTES], const struct address *a);

/* A hash of the network that a household or office shares: /24 of IPv4, /48 of IPv6. */
uint64_t address_network_hash(const struct address *a);

/* The client behind `peer`: forwarded is the value of X-Forwarded-For, empty when absent. Entries
 * may carry a port ("1.2.3.4:80", "[2001:db8::1]:80"). An entry that cannot be read ends the walk:
 * the last address that was understood counts. */
void address_of_client(struct address *out, const struct address *peer, struct str forwarded,
                       const struct networks *trusted);

#endif
