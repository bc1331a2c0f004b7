/* bots - a client that says it is a well-known bot: which one, and whether that is true.
 *
 * Who says so: the User-Agent (bot_find.h), or a signature (bot_signature.h), which counts more. How
 * the claim is judged; the first row that fits holds:
 *
 * | what is known                                          | identity | confidence |
 * |--------------------------------------------------------|----------|------------|
 * | a right signature, of an agent that acts for customers | signed   | high       |
 * | a right signature of the provider's own bot            | verified | high       |
 * | the address is in a published range of the bot         | verified | high       |
 * | reverse DNS, confirmed forward                         | verified | high       |
 * | a signature that is not the named key's                | spoofed  | high       |
 * | reverse DNS says no                                    | spoofed  | high       |
 * | published ranges are loaded, the address is in none of | spoofed  | medium     |
 * | them, and DNS is not asked                             |          |            |
 * | the bot can be verified, but not here or not yet       | unknown  | low        |
 * | nobody can verify it                                   | unknown  | medium     |
 *
 * "medium" where a stale list could be the reason. "Acts for customers": the categories ai_agent,
 * ai_assistant, ai_browser and browser_automation, and signers that the table does not have.
 *
 * Every part is optional: without keys signatures are only read for their errors, without
 * --verify-bots nothing is asked.
 */
#ifndef WHORL_IDENTIFY_ENRICH_BOTS_H
#define WHORL_IDENTIFY_ENRICH_BOTS_H

#include "identify/enrich/address.h"
#include "identify/enrich/bot_key_files.h"
#include "identify/enrich/bot_signature.h"

struct bots;

struct bots_config {
    bool verify_dns;           /* --verify-bots */
    const char *resolver;      /* --resolver; NULL: the system's */
    const char *const *keys;   /* --bot-keys, "ORIGIN=FILE" */
    size_t keys_count;
    const struct bot_key_source *fetched; /* copies of --bot-key-origin's directories */
    size_t fetched_count;
};

/* Every problem is logged. ERR_USAGE, ERR_MALFORMED, ERR_IO, ERR_NO_MEMORY. */
enum err bots_create(struct bots **out, const struct bots_config *config);
void bots_destroy(struct bots *bots);

enum bot_range { BOT_RANGE_NOT_LOADED, BOT_RANGE_MISS, BOT_RANGE_HIT };

struct bot_question {
    const struct request *req;
    bool https;
    const struct address *client; /* NULL: not known; then neither ranges nor DNS are asked */
    struct str user_agent;
    int64_t now_ms;
    /* Is the client in the published ranges of this name? NULL: there are no lists. */
    enum bot_range (*in_range)(void *context, struct str name);
    void *context;
};

/* Literals, or strings in the arena; name.p is NULL when nothing claims to be a bot. All of name to
 * confidence are there together, but for provider_url. */
struct bot_facts {
    struct str name, provider, provider_url, category;
    struct str identity;        /* "verified", "signed", "spoofed", "unknown" */
    struct str confidence;      /* "low", "medium", "high" */
    struct str signature_error; /* "KEY_NOT_FOUND"; p is NULL without one */
};

/* Never waits, never fails: what is not known is left out. */
void bots_identify(struct bots *bots, const struct bot_question *question, struct arena *arena,
                   struct bot_facts *out);

#endif
