/* integration - identifications that a site's own proxy passes on (FPJS-Proxy-* headers, as
 * Fingerprint's proxy integrations write them): who the visitor is, said by somebody who knows the
 * proxy secret. A request without a secret is anybody's, and its headers of that kind say nothing. */
#ifndef WHORL_API_INTEGRATION_H
#define WHORL_API_INTEGRATION_H

#include "api/app.h"

/* Reads the headers of `req` for the owner of `key` into id->integration. ERR_PROXY_SECRET: not a
 * proxy key. ERR_PROXY_ENVIRONMENT: of another workspace or environment than `key`.
 * ERR_PROXY_HEADERS: the secret is right, the address is missing or none. */
enum err integration_read(struct app *app, const struct api_key *key, struct identify *id);

/* What stands between the page and the agent, as the query of an agent's request names it: each `ii` is
 * name/version, and may have the name and version of a framework behind it (as Fingerprint's React SDK and
 * proxies write it). Into id->integrations, as v3 and v4 show it; at most 8. */
void integration_read_names(struct identify *id);

#endif
