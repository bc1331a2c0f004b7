/* certificate - the server's certificate and key, taken anew when their files change.
 *
 * Certificates live for weeks and servers for months: whoever renews one writes the two files, and
 * within a few seconds new connections get the new pair. Open connections keep the old one. A pair
 * that does not work (half written, a key of another certificate) is refused with a line in the
 * log, and the old one stays.
 *
 * An SSL_CTX is never changed once connections use it; each pair gets one of its own. Ticket keys
 * are carried over, so that clients resume their sessions across the change.
 */
#ifndef WHORL_NET_CERTIFICATE_H
#define WHORL_NET_CERTIFICATE_H

#include "base/err.h"

#include <openssl/types.h>
#include <stdbool.h>

struct certificate;

/* cert: PEM, the server's certificate first, then the chain. Either may be NULL, which is ERR_USAGE
 * and logged like files that do not work. make: an SSL_CTX with everything but the pair, NULL
 * without memory; called with `arg` at every load. */
enum err certificate_open(struct certificate **out, const char *cert, const char *key,
                          SSL_CTX *(*make)(void *arg), void *arg);
void certificate_close(struct certificate *certificate);

/* The current one, from any thread; the caller's to SSL_CTX_free. */
SSL_CTX *certificate_context(struct certificate *certificate);

/* Looks at the files and loads them when they changed: at the second look that finds them in the
 * same new state, so that a pair that is being written is not taken by half. `now`: loads them
 * whatever they look like. From one thread at a time. */
void certificate_check(struct certificate *certificate, bool now);

#endif
