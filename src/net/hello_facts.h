/* hello_facts - what is kept of a TLS handshake, for every request of its connection.
 *
 * Made once, when the first ClientHello has arrived; its bytes are not kept. A resumed session has
 * a hello of its own like any other, so resumption hides nothing. After a HelloRetryRequest
 * (RFC 8446 4.1.4) the client says hello again, with other keys: the first one counts.
 */
#ifndef WHORL_NET_HELLO_FACTS_H
#define WHORL_NET_HELLO_FACTS_H

#include "net/ja.h"

struct hello_facts {
    /* the hello; not known when it was longer than HELLO_BYTES_MAX or could not be read */
    bool known;
    bool has_grease, has_post_quantum;
    char ja3[JA3_CHARS + 1]; /* empty: not known */
    char ja4[JA4_CHARS + 1]; /* empty: not known */
    uint16_t bytes;          /* of the message, its 4-byte header included */
    uint8_t alpn_bytes;      /* 0: none was offered, or a longer one than is kept */
    char alpn[HELLO_ALPN_KEPT_BYTES_MAX]; /* the first name offered, any bytes */
    /* what came of it; set when the handshake is over */
    bool resumed;        /* a session of an earlier connection goes on */
    const char *version; /* "TLSv1.3"; a literal of OpenSSL's */
    const char *cipher;  /* "TLS_AES_128_GCM_SHA256"; a literal of OpenSSL's */
};

/* Fills the first part from a whole handshake message; the second is left alone. */
void hello_facts_read(struct hello_facts *out, struct str message);

#endif
