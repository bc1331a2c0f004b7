/* bot_dns - see bot_dns.h.
 *
 *     request's thread:  bot_dns_ask -> cache -> answer, or a new entry "waiting" and its number
 *                        in the queue
 *     own thread:        queue -> PTR query -> names that a mask knows -> A or AAAA query for each
 *                        -> the names that lead back, into the entry
 *
 * An entry holds confirmed names, not a verdict: one address may claim to be several bots in turn.
 * Cache: SETS of WAYS entries, placed by a keyed hash of the address; within a set the one that
 * expires first makes room. An entry that waits belongs to the own thread and is never replaced.
 */
#include "identify/enrich/bot_dns.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "identify/enrich/bot_find.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    WAYS = 4,
    SETS = BOT_DNS_CACHE_MAX / WAYS,
    /* Confirmed names of one address; crawlers have one. */
    NAMES_MAX = 2,
    /* PTR records of one address that are looked at. */
    CANDIDATES_MAX = 8,
    NAME_BYTES = 256,
    /* Queries on their way at a time. */
    IN_FLIGHT_MAX = 32,
    ADDRESSES_MAX = 32,
    NO_ENTRY = -1,
};

enum state { FREE, WAITING, KNOWN, FAILED };

struct entry {
    enum state state;
    struct address address;
    int64_t until_ms;
    char name[NAMES_MAX][NAME_BYTES]; /* confirmed; "" behind the last */
};

/* One address being asked about; the own thread's. */
struct job {
    struct bot_dns *dns;
    int entry; /* NO_ENTRY: free */
    struct address address;
    char *candidate[CANDIDATES_MAX];
    size_t candidates, next;
    bool failed;
    int64_t ttl_s;
    char name[NAMES_MAX][NAME_BYTES];
    size_t names;
};

struct bot_dns {
    pthread_mutex_t lock;
    pthread_cond_t idle;
    struct entry *cache;
    uint64_t seed;
    int queue[BOT_DNS_QUEUE_MAX]; /* entries that wait, a ring */
    size_t queue_first, queue_count;
    size_t in_flight;
    bool stop;

    int64_t (*now_ms)(void);
    ares_channel channel;
    int wake;
    pthread_t thread;
    struct job jobs[IN_FLIGHT_MAX];
};

/* ---- answers ---- */

static uint32_t u16_at(const unsigned char *p) { return (uint32_t)p[0] << 8 | p[1]; }
static uint32_t u32_at(const unsigned char *p) { return u16_at(p) << 16 | u16_at(p + 2); }

/* Passes one name; NULL at a fault. */
static const unsigned char *skip_name(const unsigned char *at, const unsigned char *answer, int n,
                                      char **name)
{
    char *text = NULL;
    long length = 0;
    if (ares_expand_name(at, answer, n, &text, &length) != ARES_SUCCESS) return NULL;
    if (name) *name = text;
    else ares_free_string(text);
    return at + length;
}

/* RFC 1035, 4.1: header of 12 bytes, questions, answers of name, type, class, TTL, length, data. */
size_t bot_dns_read_ptr(const unsigned char *answer, size_t size, char *names[], size_t max,
                        uint32_t *ttl_s)
{
    size_t found = 0;
    if (size < 12 || size > 65535) return 0;
    int n = (int)size;
    const unsigned char *at = answer + 12, *end = answer + size;
    uint32_t questions = u16_at(answer + 4), records = u16_at(answer + 6);
    for (; questions; questions--) {
        if (!(at = skip_name(at, answer, n, NULL)) || end - at < 4) return 0;
        at += 4;
    }
    *ttl_s = UINT32_MAX;
    for (; records && found < max; records--) {
        if (!(at = skip_name(at, answer, n, NULL)) || end - at < 10) break;
        uint32_t type = u16_at(at), class = u16_at(at + 2), ttl = u32_at(at + 4);
        size_t length = u16_at(at + 8);
        at += 10;
        if ((size_t)(end - at) < length) break;
        if (class == ns_c_in && (type == ns_t_ptr || type == ns_t_cname) && ttl < *ttl_s)
            *ttl_s = ttl; /* networks below /24 are delegated by CNAME: RFC 2317 */
        char *name = NULL;
        if (class == ns_c_in && type == ns_t_ptr && skip_name(at, answer, n, &name)) {
            if (strlen(name) < NAME_BYTES) names[found++] = name;
            else ares_free_string(name);
        }
        at += length;
    }
    return found;
}

static bool is_v4(const struct address *a)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    return memcmp(a->byte, mapped, sizeof mapped) == 0;
}

/* Does the answer to an A or AAAA query hold the address? */
static bool leads_back(const struct job *job, unsigned char *answer, int n, int64_t *ttl_s)
{
    int count = ADDRESSES_MAX;
    if (is_v4(&job->address)) {
        struct ares_addrttl list[ADDRESSES_MAX];
        if (ares_parse_a_reply(answer, n, NULL, list, &count) != ARES_SUCCESS) return false;
        for (int i = 0; i < count; i++) {
            *ttl_s = list[i].ttl;
            if (memcmp(&list[i].ipaddr, job->address.byte + 12, 4) == 0) return true;
        }
    } else {
        struct ares_addr6ttl list[ADDRESSES_MAX];
        if (ares_parse_aaaa_reply(answer, n, NULL, list, &count) != ARES_SUCCESS) return false;
        for (int i = 0; i < count; i++) {
            *ttl_s = list[i].ttl;
            if (memcmp(&list[i].ip6addr, job->address.byte, 16) == 0) return true;
        }
    }
    return false;
}

/* ---- one address, on the own thread ---- */

static bool matches_any_mask(const char *host)
{
    for (size_t i = 0; i < bot_rows_count; i++)
        for (const struct bot_proof *p = bot_rows[i].proofs; p->kind != BOT_PROOF_END; p++)
            if ((p->kind == BOT_PROOF_DNS || p->kind == BOT_PROOF_SHARED) &&
                bot_mask_matches(p->value, str_of(host)))
                return true;
    return false;
}

static int64_t seconds_to_keep(const struct job *job)
{
    if (job->failed) return BOT_DNS_FAILED_S;
    if (!job->names) return BOT_DNS_REFUTED_S;
    if (job->ttl_s < BOT_DNS_TTL_MIN_S) return BOT_DNS_TTL_MIN_S;
    return job->ttl_s > BOT_DNS_TTL_MAX_S ? BOT_DNS_TTL_MAX_S : job->ttl_s;
}

static void finish(struct job *job)
{
    struct bot_dns *dns = job->dns;
    for (size_t i = 0; i < job->candidates; i++) ares_free_string(job->candidate[i]);
    if (job->failed && !job->names) metric_add(METRIC_bot_dns_failed_total, 1);
    pthread_mutex_lock(&dns->lock);
    struct entry *e = &dns->cache[job->entry];
    assert(e->state == WAITING);
    e->state = job->failed && !job->names ? FAILED : KNOWN;
    e->until_ms = dns->now_ms() + 1000 * seconds_to_keep(job);
    memcpy(e->name, job->name, sizeof e->name);
    job->entry = NO_ENTRY;
    if (--dns->in_flight == 0 && dns->queue_count == 0) pthread_cond_broadcast(&dns->idle);
    pthread_mutex_unlock(&dns->lock);
}

static void on_forward(void *context, int status, int timeouts, unsigned char *answer, int n);

static void query(struct job *job, const char *name, int type, ares_callback callback)
{
    metric_add(METRIC_bot_dns_queries_total, 1);
    ares_query(job->dns->channel, name, ns_c_in, type, callback, job);
}

static void ask_next_candidate(struct job *job)
{
    if (job->next < job->candidates && job->names < NAMES_MAX)
        query(job, job->candidate[job->next], is_v4(&job->address) ? ns_t_a : ns_t_aaaa,
              on_forward);
    else finish(job);
}

/* Is this an answer, if only that there is nothing? */
static bool is_answer(int status)
{
    return status == ARES_SUCCESS || status == ARES_ENOTFOUND || status == ARES_ENODATA;
}

static void on_forward(void *context, int status, int timeouts, unsigned char *answer, int n)
{
    struct job *job = context;
    int64_t ttl_s = 0;
    (void)timeouts;
    if (status == ARES_EDESTRUCTION) return; /* the thread ends */
    if (!is_answer(status)) job->failed = true;
    if (status == ARES_SUCCESS && leads_back(job, answer, n, &ttl_s)) {
        const char *name = job->candidate[job->next];
        snprintf(job->name[job->names++], NAME_BYTES, "%s", name);
        if (ttl_s < job->ttl_s) job->ttl_s = ttl_s;
    }
    job->next++;
    ask_next_candidate(job);
}

static void on_reverse(void *context, int status, int timeouts, unsigned char *answer, int n)
{
    struct job *job = context;
    char *names[CANDIDATES_MAX];
    uint32_t ttl_s = 0;
    (void)timeouts;
    if (status == ARES_EDESTRUCTION) return;
    if (!is_answer(status)) job->failed = true;
    size_t count = status == ARES_SUCCESS && n > 0
                       ? bot_dns_read_ptr(answer, (size_t)n, names, CANDIDATES_MAX, &ttl_s)
                       : 0;
    job->ttl_s = ttl_s;
    for (size_t i = 0; i < count; i++) {
        if (matches_any_mask(names[i])) job->candidate[job->candidates++] = names[i];
        else ares_free_string(names[i]);
    }
    ask_next_candidate(job);
}

/* "1.2.0.192.in-addr.arpa", or 32 digits and "ip6.arpa" (RFC 1035, 3.5; RFC 3596, 2.5). */
static void print_reverse(char out[80], const struct address *a)
{
    const uint8_t *b = a->byte;
    if (is_v4(a)) {
        snprintf(out, 80, "%u.%u.%u.%u.in-addr.arpa", b[15], b[14], b[13], b[12]);
        return;
    }
    size_t n = 0;
    for (size_t i = 16; i-- > 0; n += 4) snprintf(out + n, 80 - n, "%x.%x.", b[i] & 15, b[i] >> 4);
    snprintf(out + n, 80 - n, "ip6.arpa");
}

static void start_job(struct bot_dns *dns, int entry, const struct address *address)
{
    struct job *job = dns->jobs;
    char name[80];
    while (job->entry != NO_ENTRY) job++; /* in_flight says that one is free */
    *job = (struct job){ .dns = dns, .entry = entry, .address = *address };
    print_reverse(name, address);
    query(job, name, ns_t_ptr, on_reverse);
}

/* ---- the thread ---- */

/* Begins what the queue has; false when it is time to end. */
static bool take_work(struct bot_dns *dns)
{
    for (;;) {
        pthread_mutex_lock(&dns->lock);
        bool more = !dns->stop && dns->queue_count && dns->in_flight < IN_FLIGHT_MAX;
        bool stop = dns->stop;
        int entry = NO_ENTRY;
        struct address address = { { 0 } };
        if (more) {
            entry = dns->queue[dns->queue_first];
            dns->queue_first = (dns->queue_first + 1) % BOT_DNS_QUEUE_MAX;
            dns->queue_count--;
            dns->in_flight++;
            address = dns->cache[entry].address;
        }
        pthread_mutex_unlock(&dns->lock);
        if (!more) return !stop;
        start_job(dns, entry, &address);
    }
}

static void wait_and_process(struct bot_dns *dns)
{
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    struct pollfd fds[ARES_GETSOCK_MAXNUM + 1] = { { .fd = dns->wake, .events = POLLIN } };
    struct timeval none, *left = ares_timeout(dns->channel, NULL, &none);
    int bits = ares_getsock(dns->channel, sockets, ARES_GETSOCK_MAXNUM);
    nfds_t count = 1;
    for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
        bool reads = ARES_GETSOCK_READABLE(bits, i), writes = ARES_GETSOCK_WRITABLE(bits, i);
        if (!reads && !writes) break;
        fds[count++] = (struct pollfd){ .fd = sockets[i],
                                        .events = (short)((reads ? POLLIN : 0) |
                                                          (writes ? POLLOUT : 0)) };
    }
    int ms = left ? (int)(left->tv_sec * 1000 + left->tv_usec / 1000 + 1) : -1;
    if (poll(fds, count, ms) < 0 && errno != EINTR) return;
    uint64_t woken;
    if (fds[0].revents && read(dns->wake, &woken, sizeof woken) < 0 && errno != EAGAIN) return;
    bool any = false;
    for (nfds_t i = 1; i < count; i++) {
        bool in = fds[i].revents & (POLLIN | POLLERR | POLLHUP), out = fds[i].revents & POLLOUT;
        if (!in && !out) continue;
        any = true;
        ares_process_fd(dns->channel, in ? fds[i].fd : ARES_SOCKET_BAD,
                        out ? fds[i].fd : ARES_SOCKET_BAD);
    }
    if (!any) ares_process_fd(dns->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); /* time-outs */
}

static void *run(void *context)
{
    struct bot_dns *dns = context;
    while (take_work(dns)) wait_and_process(dns);
    return NULL;
}

/* ---- asking ---- */

static int find_or_place(struct bot_dns *dns, const struct address *a, bool *found)
{
    uint64_t hash = str_hash((struct str){ (const char *)a->byte, sizeof a->byte }, dns->seed);
    int first = (int)(hash % SETS) * WAYS, oldest = NO_ENTRY;
    for (int i = first; i < first + WAYS; i++) {
        struct entry *e = &dns->cache[i];
        *found = e->state != FREE && memcmp(&e->address, a, sizeof *a) == 0;
        if (*found) return i;
        if (e->state == WAITING) continue;
        if (oldest == NO_ENTRY || e->state == FREE ||
            (dns->cache[oldest].state != FREE && e->until_ms < dns->cache[oldest].until_ms))
            oldest = i;
    }
    return oldest;
}

static void enqueue(struct bot_dns *dns, int place, const struct address *a)
{
    uint64_t one = 1;
    if (place == NO_ENTRY || dns->queue_count == BOT_DNS_QUEUE_MAX) {
        metric_add(METRIC_bot_dns_dropped_total, 1);
        return;
    }
    dns->cache[place] = (struct entry){ .state = WAITING, .address = *a };
    dns->queue[(dns->queue_first + dns->queue_count++) % BOT_DNS_QUEUE_MAX] = place;
    if (write(dns->wake, &one, sizeof one) < 0) log_debug("bots", "the wake-up is full");
}

static enum bot_dns_answer judge(const struct entry *e, const struct bot_row *row)
{
    enum bot_dns_answer answer = BOT_DNS_REFUTED;
    for (size_t i = 0; i < NAMES_MAX && e->name[i][0]; i++)
        for (const struct bot_proof *p = row->proofs; p->kind != BOT_PROOF_END; p++) {
            if (p->kind != BOT_PROOF_DNS && p->kind != BOT_PROOF_SHARED) continue;
            if (!bot_mask_matches(p->value, str_of(e->name[i]))) continue;
            if (p->kind == BOT_PROOF_DNS) return BOT_DNS_CONFIRMED;
            answer = BOT_DNS_SHARED;
        }
    return answer;
}

enum bot_dns_answer bot_dns_ask(struct bot_dns *dns, const struct address *address,
                                const struct bot_row *row)
{
    enum bot_dns_answer answer = BOT_DNS_UNKNOWN;
    bool found;
    if (!bot_has_masks(row)) return answer;
    pthread_mutex_lock(&dns->lock);
    int place = find_or_place(dns, address, &found);
    struct entry *e = found ? &dns->cache[place] : NULL;
    bool fresh = e && (e->state == WAITING || dns->now_ms() < e->until_ms);
    if (fresh && e->state == KNOWN) answer = judge(e, row);
    if (!fresh) enqueue(dns, place, address);
    pthread_mutex_unlock(&dns->lock);
    return answer;
}

void bot_dns_wait(struct bot_dns *dns)
{
    pthread_mutex_lock(&dns->lock);
    while (dns->queue_count || dns->in_flight) pthread_cond_wait(&dns->idle, &dns->lock);
    pthread_mutex_unlock(&dns->lock);
}

/* ---- life ---- */

/* "1.2.3.4", "::1", "1.2.3.4:53", "[::1]:53": c-ares takes more than that, such as "1.2.3.4.5". */
static bool is_resolver(struct str text)
{
    struct address address;
    uint64_t port;
    size_t bracket = str_find_char(text, ']', 0);
    size_t colon = str_find_char(text, ':', bracket == SIZE_MAX ? 0 : bracket);
    if (address_parse(&address, text)) return true;
    if (colon == SIZE_MAX || !str_to_u64(str_sub(text, colon + 1, text.n), &port) || port == 0 ||
        port > 65535)
        return false;
    struct str host = str_sub(text, 0, colon);
    if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        host = str_sub(host, 1, host.n - 1);
    return address_parse(&address, host);
}

static enum err open_channel(struct bot_dns *dns, const struct bot_dns_config *config)
{
    struct ares_options options = {
        .timeout = config->timeout_ms ? config->timeout_ms : BOT_DNS_TIMEOUT_MS,
        .tries = 2,
    };
    int status = ares_init_options(&dns->channel, &options,
                                   ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
    if (status != ARES_SUCCESS) {
        log_error("bots", "no DNS queries: %s", ares_strerror(status));
        dns->channel = NULL;
        return status == ARES_ENOMEM ? ERR_NO_MEMORY : ERR_IO;
    }
    if (!config->resolver) return ERR_OK;
    if (is_resolver(str_of(config->resolver)) &&
        ares_set_servers_ports_csv(dns->channel, config->resolver) == ARES_SUCCESS)
        return ERR_OK;
    log_error("config", "--resolver %s is no ADDRESS or ADDRESS:PORT", config->resolver);
    return ERR_USAGE;
}

static enum err start_thread(struct bot_dns *dns)
{
    dns->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (dns->wake >= 0 && pthread_create(&dns->thread, NULL, run, dns) == 0) return ERR_OK;
    log_error("bots", "no thread for DNS queries: %s", strerror(errno));
    return ERR_IO;
}

static void free_all(struct bot_dns *dns)
{
    if (dns->channel) ares_destroy(dns->channel);
    if (dns->wake >= 0) close(dns->wake);
    /* what was on its way: only the candidates are allocated */
    for (size_t i = 0; i < IN_FLIGHT_MAX; i++)
        for (size_t k = 0; dns->jobs[i].entry != NO_ENTRY && k < dns->jobs[i].candidates; k++)
            ares_free_string(dns->jobs[i].candidate[k]);
    pthread_cond_destroy(&dns->idle);
    pthread_mutex_destroy(&dns->lock);
    free(dns->cache);
    free(dns);
}

enum err bot_dns_create(struct bot_dns **out, const struct bot_dns_config *config)
{
    struct bot_dns *dns = calloc(1, sizeof *dns);
    if (!dns) return ERR_NO_MEMORY;
    dns->wake = -1;
    dns->seed = random_u64();
    dns->now_ms = config->now_ms ? config->now_ms : clock_mono_ms;
    for (size_t i = 0; i < IN_FLIGHT_MAX; i++) dns->jobs[i].entry = NO_ENTRY;
    pthread_mutex_init(&dns->lock, NULL);
    pthread_cond_init(&dns->idle, NULL);
    dns->cache = calloc(SETS * WAYS, sizeof *dns->cache);
    enum err e = dns->cache ? open_channel(dns, config) : ERR_NO_MEMORY;
    if (!e) e = start_thread(dns);
    if (e) free_all(dns);
    else *out = dns;
    return e;
}

void bot_dns_destroy(struct bot_dns *dns)
{
    uint64_t one = 1;
    if (!dns) return;
    pthread_mutex_lock(&dns->lock);
    dns->stop = true;
    pthread_mutex_unlock(&dns->lock);
    if (write(dns->wake, &one, sizeof one) < 0) log_debug("bots", "the wake-up is full");
    pthread_join(dns->thread, NULL);
    free_all(dns);
}
