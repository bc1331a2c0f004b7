/* bots - see bots.h. */
#include "identify/enrich/bots.h"

#include "base/log.h"
#include "base/metrics.h"
#include "identify/enrich/bot_dns.h"
#include "identify/enrich/bot_find.h"

#include <stdlib.h>

struct bots {
    struct bot_finder *finder;
    struct bot_dns *dns; /* NULL: nothing is asked */
    struct bot_key_files *keys;
    struct bot_signature_budget budget;
    struct bot_nonces *nonces;
};

static enum err open_keys(struct bots *bots, const struct bots_config *config)
{
    size_t count = config->keys_count + config->fetched_count;
    struct bot_key_source *all = calloc(count + 1, sizeof *all);
    enum err e = all ? ERR_OK : ERR_NO_MEMORY;
    for (size_t i = 0; i < config->keys_count && !e; i++) {
        if (bot_key_source_parse(&all[i], config->keys[i])) continue;
        log_error("config", "--bot-keys %s: it is ORIGIN=FILE, as in "
                  "https://chatgpt.com=/etc/whorl/chatgpt.json", config->keys[i]);
        e = ERR_USAGE;
    }
    for (size_t i = 0; i < config->fetched_count && !e; i++)
        all[config->keys_count + i] = config->fetched[i];
    if (!e) e = bot_key_files_open(&bots->keys, all, count);
    if (!e) e = bot_key_files_start(bots->keys);
    free(all);
    return e;
}

enum err bots_create(struct bots **out, const struct bots_config *config)
{
    struct bots *bots = calloc(1, sizeof *bots);
    if (!bots) return ERR_NO_MEMORY;
    enum err e = bot_finder_create(&bots->finder);
    if (!e) e = bot_nonces_create(&bots->nonces);
    if (!e) e = open_keys(bots, config);
    if (!e && config->resolver && !config->verify_dns)
        log_warn("config", "--resolver does nothing without --verify-bots");
    if (!e && config->verify_dns)
        e = bot_dns_create(&bots->dns, &(struct bot_dns_config){ .resolver = config->resolver });
    if (e) bots_destroy(bots);
    else *out = bots;
    return e;
}

void bots_destroy(struct bots *bots)
{
    if (!bots) return;
    bot_dns_destroy(bots->dns);
    bot_nonces_destroy(bots->nonces);
    bot_key_files_close(bots->keys);
    bot_finder_destroy(bots->finder);
    free(bots);
}

/* ---- one claim ---- */

static void put(struct bot_facts *out, const struct bot_row *row)
{
    out->name = str_of(row->name);
    out->provider = str_of(row->provider);
    out->provider_url = str_of(row->provider_url);
    out->category = str_of(row->category);
}

static void conclude(struct bot_facts *out, const char *identity, const char *confidence)
{
    out->identity = str_of(identity);
    out->confidence = str_of(confidence);
}

static bool acts_for_customers(const struct bot_row *row)
{
    static const char *const categories[] = { "ai_agent", "ai_assistant", "ai_browser",
                                              "browser_automation" };
    for (size_t i = 0; row && i < COUNT_OF(categories); i++)
        if (strcmp(row->category, categories[i]) == 0) return true;
    return !row;
}

/* A signer that the table does not have: its origin is all that is known. */
static void put_stranger(struct bot_facts *out, struct str origin, struct arena *arena)
{
    out->name = out->provider = arena_copy(arena, str_sub(origin, strlen("https://"), origin.n));
    out->provider_url = arena_copy(arena, origin);
    out->category = STR("unknown");
}

/* True when the signature has decided. Nothing in `out` points to the keys afterwards. */
static bool judge_with_keys(struct bots *bots, const struct bot_keys *keys,
                            const struct bot_question *q, const struct bot_row *named,
                            struct arena *arena, struct bot_facts *out)
{
    struct bot_signature s;
    int64_t now_s = q->now_ms / 1000;
    enum bot_signature_result r =
        bot_signature_check(&s, q->req, q->https, keys, now_s, &bots->budget, arena);
    if (r == BOT_SIGNATURE_UNCHECKED) metric_add(METRIC_bot_signatures_unchecked_total, 1);
    if (r == BOT_SIGNATURE_VALID && !bot_nonces_first_use(bots->nonces, &s, now_s)) {
        bot_signature_budget_spend(&bots->budget);
        r = BOT_SIGNATURE_INVALID;
    }
    const char *error = bot_signature_error(r);
    if (error) out->signature_error = str_of(error);
    if (r != BOT_SIGNATURE_VALID && r != BOT_SIGNATURE_WRONG) return false;

    struct str origin = s.key ? str_of(s.key->origin) : s.agent;
    const struct bot_row *row = origin.p ? bot_of_agent(origin) : NULL;
    if (row) put(out, row);
    else if (origin.p) put_stranger(out, origin, arena);
    else if (named) put(out, named);
    else return false;
    if (r == BOT_SIGNATURE_WRONG) conclude(out, "spoofed", "high");
    else conclude(out, acts_for_customers(row) ? "signed" : "verified", "high");
    return true;
}

static bool judge_signature(struct bots *bots, const struct bot_question *q,
                            const struct bot_row *named, struct arena *arena,
                            struct bot_facts *out)
{
    unsigned ticket;
    const struct bot_keys *keys = bot_key_files_enter(bots->keys, &ticket);
    bool decided = judge_with_keys(bots, keys, q, named, arena, out);
    bot_key_files_leave(bots->keys, ticket);
    return decided;
}

/* The best that the lists of a row say. */
static enum bot_range look_into_ranges(const struct bot_question *q, const struct bot_row *row)
{
    enum bot_range best = BOT_RANGE_NOT_LOADED;
    for (const struct bot_proof *p = row->proofs; p->kind != BOT_PROOF_END; p++) {
        if (p->kind != BOT_PROOF_LIST || !q->in_range) continue;
        enum bot_range range = q->in_range(q->context, str_of(p->value));
        if (range > best) best = range;
    }
    return best;
}

static void judge_address(struct bots *bots, const struct bot_question *q,
                          const struct bot_row *row, struct bot_facts *out)
{
    enum bot_range range = q->client ? look_into_ranges(q, row) : BOT_RANGE_NOT_LOADED;
    enum bot_dns_answer dns = BOT_DNS_UNKNOWN;
    bool asks_dns = bots->dns && bot_has_masks(row); /* then its answer counts, once it is there */
    if (bots->dns && q->client && range != BOT_RANGE_HIT) dns = bot_dns_ask(bots->dns, q->client, row);
    if (range == BOT_RANGE_HIT || dns == BOT_DNS_CONFIRMED) conclude(out, "verified", "high");
    else if (dns == BOT_DNS_REFUTED) conclude(out, "spoofed", "high");
    else if (range == BOT_RANGE_MISS && !asks_dns) conclude(out, "spoofed", "medium");
    else conclude(out, "unknown", row->proofs->kind == BOT_PROOF_END ? "medium" : "low");
}

void bots_identify(struct bots *bots, const struct bot_question *q, struct arena *arena,
                   struct bot_facts *out)
{
    const struct bot_row *row = bot_find(bots->finder, q->user_agent);
    *out = (struct bot_facts){ .name = { NULL, 0 } };
    if (judge_signature(bots, q, row, arena, out) || !row) return;
    put(out, row);
    judge_address(bots, q, row, out);
}
