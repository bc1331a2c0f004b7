/* wallets - see wallets.h. */
#include "api/wallets.h"

static bool is_hex(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (hex_digit(s.p[i]) < 0) return false;
    return true;
}

static bool is_alphanumeric(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!strchr("0123456789abcdefghijklmnopqrstuvwxyz", s.p[i]) || !s.p[i]) return false;
    return true;
}

static bool is_address(struct str s)
{
    if (str_starts(s, STR("0x"))) return s.n == 42 && is_hex(str_sub(s, 2, s.n));
    return s.n >= 32 && s.n <= 44 && is_alphanumeric(s);
}

static struct str lower(struct arena *arena, struct str s)
{
    char *p = arena_alloc(arena, s.n + 1);
    if (!p) return (struct str){ "", 0 };
    for (size_t i = 0; i < s.n; i++) p[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] + 32 : s.p[i]);
    return (struct str){ p, s.n };
}

static bool has(const struct wallets *w, struct str address)
{
    for (size_t i = 0; i < w->count; i++)
        if (str_eq(w->address[i], address)) return true;
    return false;
}

enum err wallets_read(struct wallets *out, struct json list, bool lenient, struct arena *arena, const char **problem)
{
    out->count = 0;
    *problem = "walletAddresses must be an array of 1 to 20 addresses";
    if (json_type(list) != JSON_ARRAY) return ERR_MALFORMED;
    for (struct json_each it = json_each(list); json_next(&it);) {
        struct str s = { "", 0 };
        if (json_str(it.value, &s) && s.n <= 64) s = lower(arena, s);
        bool good = is_address(s);
        if (!lenient && (!good || out->count == WALLETS_MAX)) return ERR_MALFORMED;
        if (good && out->count < WALLETS_MAX && !has(out, s)) out->address[out->count++] = s;
    }
    if (!lenient && out->count == 0) return ERR_MALFORMED;
    *problem = NULL;
    return arena->failed ? ERR_NO_MEMORY : ERR_OK;
}

struct step {
    size_t from;
    double share;
};

static double share_of(const struct step *steps, size_t count, size_t n)
{
    double share = 0;
    for (size_t i = 0; i < count; i++)
        if (n >= steps[i].from) share = steps[i].share;
    return share;
}

static void because(struct sybil *sybil, bool fires, const char *reason)
{
    if (fires) sybil->reasons[sybil->reasons_count++] = reason;
}

void sybil_score(struct sybil *sybil, double bot_probability)
{
    static const struct step visitors[] = { { 2, 0.2 }, { 3, 0.35 }, { 4, 0.5 }, { 5, 0.7 }, { 10, 0.9 } };
    static const struct step wallets[] = { { 4, 0.15 }, { 6, 0.35 }, { 11, 0.6 }, { 21, 0.8 } };
    double a = share_of(visitors, COUNT_OF(visitors), sybil->visitors_of_wallet);
    double b = share_of(wallets, COUNT_OF(wallets), sybil->wallets_of_visitor);
    double c = bot_probability >= 0.7 ? 0.3 : 0;
    sybil->reasons_count = 0;
    because(sybil, a > 0, "WALLET_SHARED_BY_VISITORS");
    because(sybil, b > 0, "MANY_WALLETS_ON_DEVICE");
    because(sybil, c > 0, "AUTOMATED");
    sybil->score = (double)(int)(100 * (1 - (1 - a) * (1 - b) * (1 - c)) + 0.5);
    sybil->level = sybil->score < 30 ? "low" : sybil->score < 60 ? "medium" : "high";
}

enum err sybil_find(struct sybil *out, struct store *st, uint32_t workspace, struct visitor_id visitor,
                    const struct wallets *wallets, double bot_probability)
{
    size_t most = 0, n;
    *out = (struct sybil){ .level = "low" };
    enum err e = store_count_wallets(st, workspace, visitor, WALLETS_COUNTED_MAX, &out->wallets_of_visitor);
    for (size_t i = 0; i < wallets->count && !e; i++) {
        e = store_count_wallet_visitors(st, workspace, wallets->address[i], WALLETS_COUNTED_MAX, &n);
        if (!e && n > most) most = n;
    }
    out->visitors_of_wallet = most;
    if (!e) sybil_score(out, bot_probability);
    return e;
}

void sybil_put(struct json_out *out, const struct sybil *sybil)
{
    json_out_open(out, '{');
    json_out_key(out, "score"), json_out_double(out, sybil->score);
    json_out_key(out, "level"), json_out_str(out, str_of(sybil->level));
    json_out_key(out, "reasons");
    json_out_open(out, '[');
    for (size_t i = 0; i < sybil->reasons_count; i++) json_out_str(out, str_of(sybil->reasons[i]));
    json_out_close(out, ']');
    json_out_close(out, '}');
}
