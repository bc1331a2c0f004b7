/* bot_signature - is a request signed by an agent whose keys we have? Web Bot Auth: HTTP message
 * signatures (RFC 9421) with the tag "web-bot-auth" (draft-meunier-web-bot-auth-architecture).
 *
 *     Signature-Agent: "https://chatgpt.com"                       or: agent2="https://..."
 *     Signature-Input: sig1=("@authority" "signature-agent");created=...;expires=...;keyid="...";
 *                      alg="ed25519";nonce="...";tag="web-bot-auth"
 *     Signature: sig1=:base64:
 *
 * What must hold, in this order (the first that does not is the result):
 *   - all headers are there, and the first signature with our tag can be read;
 *   - Signature-Agent, if sent, is an https origin and is covered by the signature;
 *   - "@authority" or "@target-uri" is covered, so that a signature for one site does not open
 *     another; created, expires and keyid are there;
 *   - it is not expired, not from the future (a minute of clock difference is allowed), and not
 *     older than an hour;
 *   - the key is in the directory of that origin, within its own dates, and of the algorithm named;
 *   - the signature is right.
 *
 * Covered may be: @method, @authority, @scheme, @target-uri, @request-target, @path, @query, and
 * header fields; of dictionaries, a member of Signature-Agent (";key="). Any other component or
 * parameter is VALIDATION_FAILED: never guessed.
 *
 * Behind a proxy @authority is the Host header that the proxy sends, so the proxy has to keep the
 * client's.
 */
#ifndef WHORL_IDENTIFY_ENRICH_BOT_SIGNATURE_H
#define WHORL_IDENTIFY_ENRICH_BOT_SIGNATURE_H

#include "identify/enrich/bot_keys.h"
#include "net/server.h"

#include <stdatomic.h>

/* The names of the errors are those of Fingerprint's checker (listed 2026-11-20). */
enum bot_signature_result {
    BOT_SIGNATURE_ABSENT, /* nothing claims to be signed */
    BOT_SIGNATURE_VALID,
    BOT_SIGNATURE_MISSING_HEADERS,
    BOT_SIGNATURE_INVALID_AGENT,
    BOT_SIGNATURE_EXPIRED,
    BOT_SIGNATURE_TOO_OLD,
    BOT_SIGNATURE_FUTURE,
    BOT_SIGNATURE_NO_DIRECTORY, /* no keys of this origin are configured */
    BOT_SIGNATURE_KEY_EXPIRED,
    BOT_SIGNATURE_KEY_NOT_YET_VALID,
    BOT_SIGNATURE_KEY_NOT_FOUND,
    BOT_SIGNATURE_WRONG,   /* VERIFICATION_FAILED: the signature is not that key's */
    BOT_SIGNATURE_INVALID, /* VALIDATION_FAILED: cannot be read, or not what we accept */
    BOT_SIGNATURE_UNCHECKED, /* too many were wrong in this second: nobody knows */
};
/* "SIGNATURE_EXPIRED"; NULL for absent, valid and unchecked. */
const char *bot_signature_error(enum bot_signature_result result);

struct bot_signature {
    struct str agent;     /* the origin the Signature-Agent names; p is NULL when none */
    struct str key_id;
    struct str nonce;     /* empty without one */
    int64_t expires_s;
    const struct bot_key *key; /* when valid */
};

/* How many signatures were wrong in a second. Key ids are public, so anybody can send signatures that
 * name a known key, and each costs about 0.1 ms to refute (Ed25519, OpenSSL 3.0, 2026-11-20). Beyond
 * BOT_SIGNATURES_WRONG_PER_S further ones are not looked at in that second, right or wrong. All zero
 * is an unused one. Safe from all threads; each may let one more pass. */
struct bot_signature_budget {
    _Atomic int64_t second;
    _Atomic unsigned wrong;
};
bool bot_signature_budget_left(struct bot_signature_budget *budget, int64_t now_s);
/* One was wrong, or was a repetition. */
void bot_signature_budget_spend(struct bot_signature_budget *budget);

/* Pure but for the memory and the budget (NULL: no limit): reads `req`, changes nothing. https: how
 * the client speaks to us or to the proxy in front. */
enum bot_signature_result bot_signature_check(struct bot_signature *out, const struct request *req,
                                              bool https, const struct bot_keys *keys,
                                              int64_t now_s, struct bot_signature_budget *budget,
                                              struct arena *arena);

/* Remembers nonces, so that a signed request counts once. Fixed size: when a place is taken, what
 * expires first makes room. Safe from all threads. */
struct bot_nonces;
enum err bot_nonces_create(struct bot_nonces **out);
void bot_nonces_destroy(struct bot_nonces *nonces);
/* False: this key has used this nonce before, and that signature has not expired yet. An empty nonce
 * is never a repetition: without one there is nothing to compare. */
bool bot_nonces_first_use(struct bot_nonces *nonces, const struct bot_signature *signature,
                          int64_t now_s);

#endif
