/* fiq_server - what the server found out, as FingerprintIQ shows it. */
#ifndef WHORL_API_FIQ_SERVER_H
#define WHORL_API_FIQ_SERVER_H

#include "base/json_out.h"
#include "event/event.h"

/* Writes the member "server": {"tls": {...}, ...}. */
void fiq_put_server(struct json_out *out, const struct event *ev);

/* This dialect's word for the kind of network, NULL when it is not known. */
const char *fiq_asn_category(const struct event *ev);

#endif
