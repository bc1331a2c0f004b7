/* clients - see clients.h. A ring of the last SAMPLE notes, judged every JUDGE_EVERY of them. */
#include "identify/clients.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    SAMPLE = 128,
    JUDGE_EVERY = 16,
    /* ... once it is full: each judgement compares all pairs. */
    JUDGE_FULL_EVERY = 64,
    /* Below this, one person who tries the site out looks like all visitors. */
    ENOUGH = 32,
    NEARLY_ALL_PERCENT = 90,
    /* Different user agents behind one address before that is odd: one office can have one. */
    BROWSERS_ENOUGH = 3,
    NETWORKS_SHOWN = 5,
    LOG_PAUSE_MS = 60 * 60 * 1000,
    NETWORK_TEXT_BYTES = ADDRESS_TEXT_BYTES + 4,
    ADVICE_BYTES = 400,
};

enum from { FROM_CONNECTION, FROM_X, FROM_RFC7239, FROM_PROXY_PROTOCOL, FROM_COUNT };

struct entry {
    uint64_t address_hash, browser_hash;
    struct address network; /* the client's, cut */
    struct address peer;    /* kept only where it may be a proxy */
    bool ipv4, is_private, peer_private, has_list, peer_trusted;
    enum from from;
};

struct clients {
    pthread_mutex_t lock;
    struct entry sample[SAMPLE];
    size_t count, next;
    uint64_t seed;
    int64_t logged_ms[CLIENTS_ALL_PRIVATE + 1];
};

struct clients *clients_create(void)
{
    struct clients *clients = calloc(1, sizeof *clients);
    if (!clients) return NULL;
    pthread_mutex_init(&clients->lock, NULL);
    random_bytes(&clients->seed, sizeof clients->seed);
    return clients;
}

void clients_destroy(struct clients *clients)
{
    if (!clients) return;
    pthread_mutex_destroy(&clients->lock);
    free(clients);
}

/* ---- what the sample says ---- */

struct count {
    size_t all, is_private, private_browsers, same, same_browsers, distinct;
    size_t from[FROM_COUNT];
    const struct entry *commonest; /* one of the entries with the commonest address */
    const struct entry *untrusted; /* a peer that sends a list and is not trusted */
    size_t untrusted_same;         /* entries of that peer */
    const struct entry *silent;    /* a trusted peer without a list */
};

static size_t same_address(const struct clients *c, const struct entry *e, bool *is_first)
{
    size_t same = 0;
    *is_first = true;
    for (size_t i = 0; i < c->count; i++) {
        if (c->sample[i].address_hash != e->address_hash) continue;
        same++;
        if (&c->sample[i] < e) *is_first = false;
    }
    return same;
}

/* Different user agents among the private entries, or those with one address. */
static size_t browsers(const struct clients *c, const struct entry *of)
{
    size_t different = 0;
    for (size_t i = 0; i < c->count; i++) {
        const struct entry *e = &c->sample[i];
        bool counts = of ? e->address_hash == of->address_hash : e->is_private, seen = false;
        for (size_t k = 0; k < i && counts && !seen; k++) {
            const struct entry *before = &c->sample[k];
            bool also = of ? before->address_hash == of->address_hash : before->is_private;
            seen = also && before->browser_hash == e->browser_hash;
        }
        if (counts && !seen) different++;
    }
    return different;
}

static void count_entry(const struct clients *c, const struct entry *e, struct count *out)
{
    bool is_first;
    size_t same = same_address(c, e, &is_first);
    out->from[e->from]++;
    if (e->is_private) out->is_private++;
    if (is_first) out->distinct++;
    if (same > out->same) out->same = same, out->commonest = e;
    if (e->peer_trusted && !e->has_list && e->from == FROM_CONNECTION) out->silent = e;
    if (!e->has_list || e->peer_trusted) return;
    size_t of_peer = 0;
    for (size_t i = 0; i < c->count; i++)
        of_peer += c->sample[i].has_list && memcmp(&c->sample[i].peer, &e->peer, sizeof e->peer) == 0;
    if (out->untrusted && out->untrusted->peer_private && !e->peer_private) return;
    if (!out->untrusted || of_peer > out->untrusted_same || e->peer_private)
        out->untrusted = e, out->untrusted_same = of_peer;
}

static struct count count_all(const struct clients *c)
{
    struct count out = { .all = c->count };
    for (size_t i = 0; i < c->count; i++) count_entry(c, &c->sample[i], &out);
    out.private_browsers = browsers(c, NULL);
    if (out.commonest) out.same_browsers = browsers(c, out.commonest);
    return out;
}

static bool nearly_all(size_t some, size_t all)
{
    return all >= ENOUGH && some * 100 >= all * NEARLY_ALL_PERCENT;
}

static enum client_finding judge(const struct count *n)
{
    if (n->untrusted && (n->untrusted->peer_private || nearly_all(n->untrusted_same, n->all)))
        return CLIENTS_PROXY_UNTRUSTED;
    bool one = nearly_all(n->same, n->all) && n->same_browsers >= BROWSERS_ENOUGH;
    if (one && n->silent && n->commonest->peer_trusted) return CLIENTS_PROXY_SILENT;
    if (one) return CLIENTS_ONE_ADDRESS;
    if (nearly_all(n->is_private, n->all) && n->private_browsers >= BROWSERS_ENOUGH)
        return CLIENTS_ALL_PRIVATE;
    return CLIENTS_FINE;
}

/* ---- in words ---- */

static void print_network(char out[NETWORK_TEXT_BYTES], const struct entry *e)
{
    size_t n = address_print(out, &e->network);
    snprintf(out + n, NETWORK_TEXT_BYTES - n, e->ipv4 ? "/24" : "/48");
}

static void advise(char out[ADVICE_BYTES], enum client_finding finding, const struct count *n)
{
    char peer[ADDRESS_TEXT_BYTES] = "", network[NETWORK_TEXT_BYTES] = "";
    out[0] = 0;
    if (n->commonest) print_network(network, n->commonest);
    switch (finding) {
    case CLIENTS_FINE: break;
    case CLIENTS_PROXY_UNTRUSTED:
        address_print(peer, &n->untrusted->peer);
        snprintf(out, ADVICE_BYTES,
                 "a proxy at %s sends X-Forwarded-For or Forwarded but is not in --trusted-proxy: "
                 "every visitor looks like %s. Add --trusted-proxy %s if it is yours.",
                 peer, peer, peer);
        break;
    case CLIENTS_PROXY_SILENT:
        address_print(peer, &n->silent->peer);
        snprintf(out, ADVICE_BYTES,
                 "the trusted proxy %s sends neither X-Forwarded-For nor Forwarded: every visitor "
                 "looks like %s. Let it add one of them, or speak the PROXY protocol.",
                 peer, peer);
        break;
    case CLIENTS_ONE_ADDRESS:
        snprintf(out, ADVICE_BYTES,
                 "%zu of the last %zu visitors have one address, in %s. If that is a proxy, let it "
                 "send X-Forwarded-For and name it with --trusted-proxy.",
                 n->same, n->all, network);
        break;
    case CLIENTS_ALL_PRIVATE:
        snprintf(out, ADVICE_BYTES,
                 "%zu of the last %zu visitors have private addresses. Right on an intranet; "
                 "otherwise a proxy or address translation stands in front: let it send "
                 "X-Forwarded-For and name it with --trusted-proxy.",
                 n->is_private, n->all);
        break;
    }
}

/* ---- noting ---- */

static void cut_network(struct address *a, bool ipv4)
{
    memset(a->byte + (ipv4 ? 15 : 6), 0, ipv4 ? 1 : 10);
}

static struct entry entry_of(const struct clients *c, const struct client_note *note)
{
    struct entry e = { .network = note->client, .ipv4 = address_is_ipv4(&note->client),
                       .is_private = address_is_private(&note->client),
                       .peer_private = address_is_private(&note->peer),
                       .has_list = note->has_list, .peer_trusted = note->peer_trusted };
    e.address_hash = str_hash((struct str){ (const char *)note->client.byte, 16 }, c->seed);
    e.browser_hash = str_hash(note->user_agent, c->seed);
    e.from = note->source == FORWARDED_BY_X         ? FROM_X
             : note->source == FORWARDED_BY_RFC7239 ? FROM_RFC7239
             : note->proxied                        ? FROM_PROXY_PROTOCOL
                                                    : FROM_CONNECTION;
    if (note->has_list || note->peer_trusted) e.peer = note->peer;
    cut_network(&e.network, e.ipv4);
    return e;
}

static bool may_log(struct clients *c, enum client_finding finding)
{
    int64_t now_ms = clock_mono_ms(), *last_ms = &c->logged_ms[finding];
    if (finding == CLIENTS_FINE || (*last_ms && now_ms - *last_ms < LOG_PAUSE_MS)) return false;
    *last_ms = now_ms;
    return true;
}

void clients_note(struct clients *c, const struct client_note *note)
{
    char advice[ADVICE_BYTES] = "";
    if (!c || pthread_mutex_trylock(&c->lock) != 0) return;
    struct entry e = entry_of(c, note);
    bool new_peer = e.has_list && !e.peer_trusted && e.peer_private &&
                    !c->logged_ms[CLIENTS_PROXY_UNTRUSTED];
    c->sample[c->next] = e;
    c->next = (c->next + 1) % SAMPLE;
    if (c->count < SAMPLE) c->count++;
    if (new_peer || c->next % (c->count < SAMPLE ? JUDGE_EVERY : JUDGE_FULL_EVERY) == 0) {
        struct count n = count_all(c);
        enum client_finding finding = judge(&n);
        if (may_log(c, finding)) advise(advice, finding, &n);
    }
    pthread_mutex_unlock(&c->lock);
    if (advice[0]) log_warn("clients", "%s", advice);
}

enum client_finding clients_judge(struct clients *c)
{
    pthread_mutex_lock(&c->lock);
    struct count n = count_all(c);
    pthread_mutex_unlock(&c->lock);
    return judge(&n);
}

/* ---- for the operator ---- */

static bool same_network(const struct entry *a, const struct entry *b)
{
    return memcmp(&a->network, &b->network, sizeof a->network) == 0;
}

/* The commonest networks, most first. */
static void print_networks(const struct clients *c, struct json_out *out)
{
    bool shown[SAMPLE] = { false };
    for (size_t rank = 0; rank < NETWORKS_SHOWN; rank++) {
        char text[NETWORK_TEXT_BYTES];
        size_t best = SIZE_MAX, most = 0;
        for (size_t i = 0; i < c->count; i++) {
            size_t same = 0;
            for (size_t k = 0; k < c->count && !shown[i]; k++)
                same += same_network(&c->sample[i], &c->sample[k]);
            if (same > most) most = same, best = i;
        }
        if (best == SIZE_MAX) return;
        for (size_t i = 0; i < c->count; i++)
            if (same_network(&c->sample[i], &c->sample[best])) shown[i] = true;
        print_network(text, &c->sample[best]);
        json_out_open(out, '{');
        json_out_key(out, "network"), json_out_str(out, str_of(text));
        json_out_key(out, "count"), json_out_int(out, (int64_t)most);
        json_out_close(out, '}');
    }
}

void clients_print(struct clients *c, struct json_out *out)
{
    static const char *const from[] = { "connection", "x-forwarded-for", "forwarded", "proxy-protocol" };
    static const char *const findings[] = { "fine", "proxy_untrusted", "proxy_silent", "one_address",
                                            "all_private" };
    char advice[ADVICE_BYTES];
    pthread_mutex_lock(&c->lock);
    struct count n = count_all(c);
    enum client_finding finding = judge(&n);
    advise(advice, finding, &n);
    json_out_key(out, "sample"), json_out_int(out, (int64_t)n.all);
    json_out_key(out, "from");
    json_out_open(out, '{');
    for (size_t i = 0; i < COUNT_OF(from); i++)
        json_out_key(out, from[i]), json_out_int(out, (int64_t)n.from[i]);
    json_out_close(out, '}');
    json_out_key(out, "addresses"), json_out_int(out, (int64_t)n.distinct);
    json_out_key(out, "private"), json_out_int(out, (int64_t)n.is_private);
    json_out_key(out, "networks");
    json_out_open(out, '[');
    print_networks(c, out);
    json_out_close(out, ']');
    pthread_mutex_unlock(&c->lock);
    json_out_key(out, "finding"), json_out_str(out, str_of(findings[finding]));
    json_out_key(out, "advice");
    if (advice[0]) json_out_str(out, str_of(advice));
    else json_out_null(out);
}
