/* hello - reads a TLS ClientHello into the numbers that tell one client's software from another's.
 *
 * Pure: no I/O, no allocation. What is read is what fingerprints need (net/ja.h) and nothing of the
 * cryptography: random, session id and keys are skipped, names of hosts are only noticed.
 *
 *     offset  bytes
 *     0       1      1, the type of the handshake message (RFC 8446 4)
 *     1       3      how many bytes follow
 *     4       2      version; 0x0303 since TLS 1.2, later ones are in supported_versions
 *     6       32     random
 *     38      1+n    session id
 *             2+n    cipher suites, 2 bytes each
 *             1+n    compression methods
 *             2+n    extensions: type (2), length (2), body; may be left out altogether
 */
#ifndef WHORL_NET_HELLO_H
#define WHORL_NET_HELLO_H

#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"

/* Extensions that are looked into or counted apart. Numbers: IANA, "TLS ExtensionType Values". */
enum hello_extension {
    HELLO_SERVER_NAME = 0,
    HELLO_SUPPORTED_GROUPS = 10,
    HELLO_POINT_FORMATS = 11,
    HELLO_SIGNATURE_ALGORITHMS = 13,
    HELLO_ALPN = 16,
    HELLO_SUPPORTED_VERSIONS = 43,
    HELLO_KEY_SHARE = 51,
};

/* Everything in the order in which it was sent, GREASE values included. */
struct hello {
    uint16_t version;
    uint16_t ciphers[HELLO_CIPHERS_MAX];
    uint16_t extensions[HELLO_EXTENSIONS_MAX];
    uint16_t groups[HELLO_GROUPS_MAX];
    uint8_t point_formats[HELLO_POINT_FORMATS_MAX];
    uint16_t algorithms[HELLO_ALGORITHMS_MAX]; /* signature_algorithms */
    uint16_t versions[HELLO_VERSIONS_MAX];     /* supported_versions */
    uint16_t key_shares[HELLO_KEY_SHARES_MAX]; /* the groups of which a key was sent along */
    struct str alpn[HELLO_ALPN_MAX];           /* borrowed from the message */
    size_t ciphers_count, extensions_count, groups_count, point_formats_count, algorithms_count,
        versions_count, key_shares_count, alpn_count;
    bool server_name; /* the extension is there, whatever it holds */
    size_t bytes;     /* of the whole message */
};

/* message: one whole handshake message, without record headers. ERR_MALFORMED: no ClientHello, a
 * length that does not fit, bytes left over, an extension twice that may come once, or more of
 * something than base/limits.h allows. *out is then partly filled and of no use. */
enum err hello_parse(struct hello *out, struct str message);

/* Values that clients send so that servers learn to ignore what they do not know (RFC 8701 2). */
static inline bool hello_is_grease(uint16_t value)
{
    return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}
/* The same for a protocol name: two such bytes. */
bool hello_is_grease_name(struct str name);

/* Is a GREASE value among ciphers, extensions, groups, algorithms, versions, keys or protocols?
 * Chromium and its relatives do that, and Safari; OpenSSL, NSS, GnuTLS and Go do not. */
bool hello_has_grease(const struct hello *hello);
/* Is a group offered that a quantum computer would not break? ML-KEM, alone or hybrid, and the
 * drafts before it. */
bool hello_has_post_quantum(const struct hello *hello);

#endif
