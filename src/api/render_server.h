/* render_server - the words of FingerprintIQ's "signals.server", used by the rows of render.c. */
#ifndef WHORL_API_RENDER_SERVER_H
#define WHORL_API_RENDER_SERVER_H

#include "base/json_out.h"
#include "event/event.h"

/* This dialect names the suites of TLS 1.3 as BoringSSL does; those of TLS 1.2 have one name. */
struct str render_cipher_name(struct str cipher);

/* Its word for the kind of network, NULL when it is not known. */
const char *render_asn_category(const struct event *ev);

/* An array of the names of bits 1 << enum iplist_kind. */
void render_list_kinds(struct json_out *out, int64_t kinds);

#endif
