/* tls - TLS 1.2 and 1.3 for the server side, by OpenSSL, with no socket of its own.
 *
 * Ciphertext goes in through tls_input and comes out into a buffer of the loop; libuv moves both.
 * Our BIO is two functions over those, instead of OpenSSL's memory BIO, which would copy everything
 * once more and keep its high-water mark in memory for every idle connection.
 */
#ifndef WHORL_NET_TLS_H
#define WHORL_NET_TLS_H

#include "net/hello_facts.h"
#include "net/loop.h"

struct tls;
struct tls_conn;
struct protocol;

/* cert: PEM, the server's certificate first, then the chain. ERR_USAGE, logged. protocols: what
 * ALPN offers, best first, ending in NULL; the last one is also spoken when a client has no
 * ALPN. */
enum err tls_create(struct tls **out, const char *cert, const char *key,
                    const struct protocol *const *protocols);
void tls_destroy(struct tls *tls);
/* Looks whether the certificate's files changed, and takes them; see net/certificate.h. */
void tls_check_files(struct tls *tls, bool now);

/* NULL without memory. Output is appended to *out, which the caller sends and empties. */
struct tls_conn *tls_open(struct tls *tls, struct loop_bytes *out);
void tls_close(struct tls_conn *tls);

/* Lends ciphertext; it must stay valid until the next tls_keep. */
void tls_input(struct tls_conn *tls, const char *p, size_t n);
/* Copies what has not been used yet. False without memory. */
bool tls_keep(struct tls_conn *tls);

enum tls_result { TLS_OK, TLS_WAITS, TLS_ENDED, TLS_FAILED };
/* TLS_OK: done, and *chosen is the protocol. TLS_WAITS: for more input. TLS_FAILED: an alert may
 * wait in the output; *problem is OpenSSL's word for it. */
enum tls_result tls_handshake(struct tls_conn *tls, const struct protocol **chosen,
                              const char **problem);
/* What the client said first; whole after TLS_OK. Lives as long as the connection. */
const struct hello_facts *tls_hello(const struct tls_conn *tls);
/* TLS_OK: *got bytes. TLS_ENDED: the client said that it will send no more. */
enum tls_result tls_read(struct tls_conn *tls, char *p, size_t n, size_t *got);
/* Encrypts all of it into the output; false when the connection is unusable. */
bool tls_write(struct tls_conn *tls, const char *p, size_t n);
/* Appends close_notify. */
void tls_finish(struct tls_conn *tls);

#endif
