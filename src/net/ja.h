/* ja - two names for the software behind a ClientHello: JA3 and JA4.
 *
 * JA3 (Salesforce, 2017) is the MD5 of five lists of decimal numbers in the order sent:
 *
 *     771,4865-4866-49195,0-23-65281-10-11,29-23-24,0
 *     version, ciphers, extensions, groups, point formats
 *
 * Chromium has shuffled its extensions since 2023 and so has a new JA3 on every connection. JA4
 * (FoxIO, 2023) sorts:
 *
 *     t13d1516h2_8daaf6152771_e5627efa2ab1
 *     t            over TCP; q: QUIC
 *      13          the highest version offered
 *        d         a host name was sent; i: none (the client knew an address)
 *         15 16    how many ciphers and extensions, 99 at most
 *             h2   first and last character of the first protocol of ALPN; 00: none
 *     8daaf6152771 SHA-256 of the sorted ciphers, cut
 *     e5627efa2ab1 SHA-256 of the sorted extensions but server_name and ALPN, then the signature
 *                  algorithms in the order sent; cut
 *
 * GREASE values count in neither. Where the published tools and the published description of JA4
 * differ, the description holds: an ALPN name that does not begin and end with an ASCII letter or
 * digit is shown by the first and last digit of its hex form, and the third part is 000000000000
 * when no extension is left. A GREASE name in ALPN is passed over.
 *
 * JA4 is FoxIO's design under the BSD 3-Clause licence (NOTICE). This is an implementation of its
 * own, from the description. The other methods of the JA4+ family have another licence and are not
 * here.
 *
 * Pure functions: no allocation of ours, no state but the hash contexts of base/crypto.h.
 */
#ifndef WHORL_NET_JA_H
#define WHORL_NET_JA_H

#include "net/hello.h"

enum {
    JA3_CHARS = 32,
    JA4_CHARS = 36,
    /* The longest text that JA3 is the hash of: five digits and a separator for each number. */
    JA3_TEXT_BYTES_MAX = 6 * (1 + HELLO_CIPHERS_MAX + HELLO_EXTENSIONS_MAX + HELLO_GROUPS_MAX) +
                         4 * HELLO_POINT_FORMATS_MAX + 8,
};

/* Writes the text, without NUL, and returns its length. */
size_t ja3_text(char out[JA3_TEXT_BYTES_MAX], const struct hello *hello);
/* Writes JA3_CHARS characters and a NUL. False, and the empty string: this system's OpenSSL refuses
 * MD5 (FIPS). */
bool ja3_write(char out[JA3_CHARS + 1], const struct hello *hello);

enum ja4_transport { JA4_TCP = 't', JA4_QUIC = 'q' };
/* Writes JA4_CHARS characters and a NUL. */
void ja4_write(char out[JA4_CHARS + 1], const struct hello *hello, enum ja4_transport transport);

#endif
