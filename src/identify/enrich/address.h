/* address - addresses and networks: text, sockets, comparison. Which of them is the client's is
 * forwarded.h's matter. */
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
bool address_is_ipv4(const struct address *a);
/* "::", which is nobody's: no address is known. */
bool address_is_none(const struct address *a);
bool address_is_loopback(const struct address *a);
/* Cannot be a client's on the internet: private, loopback, link-local, carrier-grade NAT, unspecified,
 * multicast, reserved (RFC 6890, RFC 6598, RFC 4193). */
bool address_is_private(const struct address *a);
/* Clears the bits behind the first `bits` of 128. */
void address_cut(struct address *a, unsigned bits);
bool networks_have(const struct networks *networks, const struct address *a);

enum { ADDRESS_TEXT_BYTES = 46 };
/* Usual text (RFC 5952; IPv4-mapped as IPv4) with a NUL; returns the length. */
size_t address_print(char out[ADDRESS_TEXT_BYTES], const struct address *a);

/* A hash of the network that a household or office shares: /24 of IPv4, /48 of IPv6. */
uint64_t address_network_hash(const struct address *a);

#endif
