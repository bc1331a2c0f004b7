/* tls - what the TLS connection gives away, put into the event. */
#ifndef WHORL_IDENTIFY_ENRICH_TLS_H
#define WHORL_IDENTIFY_ENRICH_TLS_H

#include "event/event.h"
#include "net/hello_facts.h"

/* hello: of the client's own connection; NULL when it was not TLS, or when the one who connected is
 * a proxy, whose software says nothing about the client: then nothing is set. Strings are borrowed
 * from hello, or in the arena. */
void tls_put_facts(struct event *ev, const struct hello_facts *hello, struct arena *arena);

/* A protocol's name as text: RFC 7639 2.2, bytes that are no token characters as %XX. Empty when
 * memory is refused. */
struct str tls_protocol_text(struct str name, struct arena *arena);

#endif
