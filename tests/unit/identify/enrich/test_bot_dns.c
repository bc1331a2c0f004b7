/* Bots checked by reverse DNS, confirmed forward, against a small DNS server on loopback that lies
 * where a row says so. */
#include "base/limits.h"
#include "identify/enrich/bot_dns.h"
#include "identify/enrich/bot_find.h"
#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <ares.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- the server: one answer per question; rcode 99: silence ---- */

static struct record {
    const char *name;
    int type; /* 1 A, 12 PTR, 28 AAAA */
    const char *value[3]; /* host name or address */
    int rcode;
    int ttl;
} records[] = {
    { "1.66.249.66.in-addr.arpa", 12, { "crawl-66-249-66-1.googlebot.com" }, 0, 3600 },
    { "crawl-66-249-66-1.googlebot.com", 1, { "66.249.66.1" }, 0, 3600 },
    /* a stranger's PTR record with Google's name, which does not lead back */
    { "5.113.0.203.in-addr.arpa", 12, { "crawl-203-0-113-5.googlebot.com" }, 0, 3600 },
    { "crawl-203-0-113-5.googlebot.com", 1, { "66.249.66.5" }, 0, 3600 },
    /* the same, and no such name */
    { "6.113.0.203.in-addr.arpa", 12, { "crawl-203-0-113-6.googlebot.com" }, 0, 3600 },
    /* names that only look alike */
    { "7.113.0.203.in-addr.arpa", 12, { "crawl-1.googlebot.com.evil.example" }, 0, 3600 },
    { "crawl-1.googlebot.com.evil.example", 1, { "203.0.113.7" }, 0, 3600 },
    /* a host that anybody can rent from Google */
    { "8.113.0.203.in-addr.arpa", 12, { "8.113.0.203.gae.googleusercontent.com" }, 0, 3600 },
    { "8.113.0.203.gae.googleusercontent.com", 1, { "203.0.113.8" }, 0, 3600 },
    /* failures of the resolver */
    { "9.113.0.203.in-addr.arpa", 12, { NULL }, 2, 0 },
    { "10.113.0.203.in-addr.arpa", 12, { NULL }, 99, 0 },
    { "11.113.0.203.in-addr.arpa", 12, { "crawl-203-0-113-11.googlebot.com" }, 0, 3600 },
    { "crawl-203-0-113-11.googlebot.com", 1, { NULL }, 2, 0 },
    /* several names and addresses, the right ones last; a TTL below the bound */
    { "12.113.0.203.in-addr.arpa", 12,
      { "host.example", "x.search.msn.com", "msnbot-12.search.msn.com" }, 0, 1 },
    { "x.search.msn.com", 1, { "192.0.2.1" }, 0, 1 },
    { "msnbot-12.search.msn.com", 1, { "192.0.2.1", "192.0.2.2", "203.0.113.12" }, 0, 1 },
    { "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", 12,
      { "crawl-v6.googlebot.com" }, 0, 900000 },
    { "crawl-v6.googlebot.com", 28, { "2001:db8::1" }, 0, 900000 },
    /* addresses of more than a day */
    { "13.113.0.203.in-addr.arpa", 12, { "crawl-13.googlebot.com" }, 0, 900000 },
    { "crawl-13.googlebot.com", 1, { "203.0.113.13" }, 0, 900000 },
};

static int server_fd;
static char server_address[32];
static atomic_int questions;
static atomic_bool silent;
static char last_name[8][256]; /* the names of the first questions since reset */

static size_t put_name(unsigned char *out, const char *name)
{
    size_t n = 0;
    struct str rest = str_of(name), label;
    while (str_split(&rest, '.', &label)) {
        out[n++] = (unsigned char)label.n;
        memcpy(out + n, label.p, label.n);
        n += label.n;
    }
    out[n++] = 0;
    return n;
}

static size_t read_name(const unsigned char *p, char *out)
{
    size_t n = 0, at = 0;
    while (p[at]) {
        if (n) out[n++] = '.';
        memcpy(out + n, p + at + 1, p[at]);
        n += p[at];
        at += p[at] + 1u;
    }
    out[n] = 0;
    return at + 1;
}

static size_t put_record(unsigned char *out, int type, int ttl, const char *value)
{
    unsigned char data[256];
    size_t length = type == 12 ? put_name(data, value) : type == 1 ? 4 : 16;
    if (type != 12) inet_pton(type == 1 ? AF_INET : AF_INET6, value, data);
    unsigned char head[12] = { 0xc0, 12, 0, (unsigned char)type, 0, 1,
                               (unsigned char)(ttl >> 24), (unsigned char)(ttl >> 16),
                               (unsigned char)(ttl >> 8), (unsigned char)ttl,
                               (unsigned char)(length >> 8), (unsigned char)length };
    memcpy(out, head, 12);
    memcpy(out + 12, data, length);
    return 12 + length;
}

static void *serve(void *unused)
{
    (void)unused;
    for (;;) {
        unsigned char in[1024], out[2048];
        char name[512];
        struct sockaddr_in from;
        socklen_t size = sizeof from;
        ssize_t n = recvfrom(server_fd, in, sizeof in, 0, (struct sockaddr *)&from, &size);
        if (n <= 0) return NULL;
        size_t question = 12 + read_name(in + 12, name), length = question + 4;
        int type = in[question + 1];
        struct record *r = records, *end = records + COUNT_OF(records);
        while (r < end && (strcasecmp(r->name, name) != 0 || r->type != type)) r++;
        int at = atomic_load(&questions);
        if (at < 8) snprintf(last_name[at], sizeof last_name[at], "%.255s", name);
        atomic_store(&questions, at + 1); /* whoever sees the number may read the name */
        int rcode = r == end ? 3 : r->rcode, count = 0;
        if (rcode == 99 || silent) continue;
        memcpy(out, in, length);
        for (size_t i = 0; r < end && i < 3 && r->value[i]; i++, count++)
            length += put_record(out + length, r->type, r->ttl, r->value[i]);
        out[2] = 0x81, out[3] = (unsigned char)(0x80 | rcode);
        out[6] = 0, out[7] = (unsigned char)count;
        memset(out + 8, 0, 4);
        sendto(server_fd, out, length, 0, (struct sockaddr *)&from, size);
    }
}

static pthread_t server_thread;

static void start_server(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof a;
    server_fd = socket(AF_INET, SOCK_DGRAM, 0);
    REQUIRE(bind(server_fd, (struct sockaddr *)&a, sizeof a) == 0);
    REQUIRE(getsockname(server_fd, (struct sockaddr *)&a, &size) == 0);
    snprintf(server_address, sizeof server_address, "127.0.0.1:%d", ntohs(a.sin_port));
    REQUIRE(pthread_create(&server_thread, NULL, serve, NULL) == 0);
}

/* ---- asking ---- */

static struct bot_finder *finder;
static struct bot_dns *dns;
static _Atomic int64_t now_ms;
static int64_t get_now(void) { return now_ms; }

static void open_dns(void)
{
    struct bot_dns_config config = { server_address, 100, get_now };
    REQUIRE(bot_dns_create(&dns, &config) == ERR_OK);
    memset(last_name, 0, sizeof last_name);
    atomic_store(&questions, 0);
}

static enum bot_dns_answer ask_now(const char *bot, const char *address)
{
    struct address a;
    const struct bot_row *row = bot_find(finder, str_of(bot));
    REQUIRE(row && address_parse(&a, str_of(address)));
    return bot_dns_ask(dns, &a, row);
}

/* The first asking never knows; the second one has what the thread has found. */
static enum bot_dns_answer ask(const char *bot, const char *address)
{
    CHECK_INT(ask_now(bot, address), BOT_DNS_UNKNOWN);
    bot_dns_wait(dns);
    return ask_now(bot, address);
}

static void test_true_and_false(void)
{
    open_dns();
    CHECK_INT(ask("googlebot", "66.249.66.1"), BOT_DNS_CONFIRMED);
    CHECK_INT(questions, 2);
    /* another bot at the same address: no more questions */
    CHECK_INT(ask_now("bingbot", "66.249.66.1"), BOT_DNS_REFUTED);
    CHECK_INT(questions, 2);
    CHECK_INT(ask("googlebot", "203.0.113.5"), BOT_DNS_REFUTED);
    CHECK_INT(ask("googlebot", "203.0.113.6"), BOT_DNS_REFUTED);
    CHECK_INT(ask("googlebot", "192.0.2.77"), BOT_DNS_REFUTED); /* no PTR at all */
    CHECK_INT(ask("bingbot", "203.0.113.12"), BOT_DNS_CONFIRMED);
    CHECK_INT(ask("googlebot", "2001:db8::1"), BOT_DNS_CONFIRMED);
    bot_dns_destroy(dns);
}

/* A stranger's PTR record cannot make us ask for a name of its choice. */
static void test_no_forward_question_for_strangers(void)
{
    open_dns();
    CHECK_INT(ask("googlebot", "203.0.113.7"), BOT_DNS_REFUTED);
    CHECK_INT(questions, 1);
    CHECK_STR(str_of(last_name[0]), STR("7.113.0.203.in-addr.arpa"));
    bot_dns_destroy(dns);
}

static void test_shared_hosts(void)
{
    open_dns();
    CHECK_INT(ask("googlebot", "203.0.113.8"), BOT_DNS_REFUTED);
    CHECK_INT(ask_now("feedfetcher-google", "203.0.113.8"), BOT_DNS_SHARED);
    bot_dns_destroy(dns);
}

static void test_no_answer(void)
{
    open_dns();
    CHECK_INT(ask("googlebot", "203.0.113.9"), BOT_DNS_UNKNOWN);  /* SERVFAIL */
    CHECK_INT(ask("googlebot", "203.0.113.11"), BOT_DNS_UNKNOWN); /* the same, forward */
    CHECK_INT(ask("googlebot", "203.0.113.10"), BOT_DNS_UNKNOWN); /* silence, two tries */
    int before = questions;
    CHECK_INT(ask_now("googlebot", "203.0.113.10"), BOT_DNS_UNKNOWN);
    bot_dns_wait(dns);
    CHECK_INT(questions, before); /* not asked again at once */
    now_ms += 1000 * BOT_DNS_FAILED_S;
    CHECK_INT(ask_now("googlebot", "203.0.113.10"), BOT_DNS_UNKNOWN);
    bot_dns_wait(dns);
    CHECK(questions > before);
    bot_dns_destroy(dns);
}

static void expires_after(const char *bot, const char *address, int seconds)
{
    enum bot_dns_answer answer = ask(bot, address);
    CHECK(answer != BOT_DNS_UNKNOWN);
    int before = questions;
    now_ms += 1000 * (int64_t)seconds - 1;
    CHECK_INT(ask_now(bot, address), answer);
    now_ms += 1;
    CHECK_INT(ask_now(bot, address), BOT_DNS_UNKNOWN);
    bot_dns_wait(dns);
    CHECK(questions > before);
    CHECK_INT(ask_now(bot, address), answer);
}

static void test_ttl(void)
{
    open_dns();
    expires_after("googlebot", "66.249.66.1", 3600);
    expires_after("bingbot", "203.0.113.12", BOT_DNS_TTL_MIN_S);
    expires_after("googlebot", "203.0.113.13", BOT_DNS_TTL_MAX_S);
    expires_after("googlebot", "203.0.113.5", BOT_DNS_REFUTED_S);
    bot_dns_destroy(dns);
}

static void test_rows_without_names(void)
{
    open_dns();
    CHECK_INT(ask_now("gptbot", "66.249.66.1"), BOT_DNS_UNKNOWN);
    bot_dns_wait(dns);
    CHECK_INT(questions, 0);
    bot_dns_destroy(dns);
}

/* Far more addresses than places and queue: no harm, and asking works afterwards. */
static void test_flood(void)
{
    open_dns();
    for (unsigned i = 0; i < 3 * BOT_DNS_CACHE_MAX; i++) {
        char address[32];
        snprintf(address, sizeof address, "198.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
        CHECK_INT(ask_now("googlebot", address), BOT_DNS_UNKNOWN);
    }
    bot_dns_wait(dns);
    CHECK(questions > 0 && questions < 2 * 3 * BOT_DNS_CACHE_MAX);
    CHECK_INT(ask("googlebot", "66.249.66.1"), BOT_DNS_CONFIRMED);
    bot_dns_destroy(dns);
}

static void test_end_while_waiting(void)
{
    open_dns();
    silent = true;
    for (unsigned i = 0; i < 100; i++) {
        char address[32];
        snprintf(address, sizeof address, "198.18.0.%u", i);
        CHECK_INT(ask_now("googlebot", address), BOT_DNS_UNKNOWN);
    }
    bot_dns_destroy(dns); /* returns, and frees everything (make asan) */
    silent = false;
}

static void test_resolvers(void)
{
    static const char *const bad[] = { "resolver.example", "1.2.3.4.5", "127.0.0.1:x" };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct bot_dns_config config = { bad[i], 0, NULL };
        CHECK_INT(bot_dns_create(&dns, &config), ERR_USAGE);
    }
    static const char *const good[] = { "127.0.0.1", "[::1]:5353", "127.0.0.1:53" };
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        struct bot_dns_config config = { good[i], 0, NULL };
        CHECK_INT(bot_dns_create(&dns, &config), ERR_OK);
        bot_dns_destroy(dns);
    }
}

/* Every cut of an answer, and every byte of it changed, is read without harm. */
static void test_damaged_answers(void)
{
    unsigned char answer[512] = { 0, 1, 0x81, 0x80, 0, 1, 0, 2 };
    size_t n = 12;
    n += put_name(answer + n, "1.66.249.66.in-addr.arpa");
    memcpy(answer + n, "\0\14\0\1", 4), n += 4;
    n += put_record(answer + n, 12, 300, "a.googlebot.com");
    n += put_record(answer + n, 12, 200, "b.googlebot.com");
    char *names[4];
    uint32_t ttl;
    CHECK_INT(bot_dns_read_ptr(answer, n, names, 4, &ttl), 2);
    CHECK_INT(ttl, 200);
    CHECK_STR(str_of(names[0]), STR("a.googlebot.com"));
    ares_free_string(names[0]), ares_free_string(names[1]);
    for (size_t cut = 0; cut < n; cut++) {
        unsigned char *copy = malloc(cut ? cut : 1);
        memcpy(copy, answer, cut);
        size_t found = bot_dns_read_ptr(copy, cut, names, 4, &ttl);
        CHECK(found < 2);
        while (found) ares_free_string(names[--found]);
        free(copy);
    }
    for (size_t i = 0; i < n; i++)
        for (int value = 0; value < 256; value += 15) {
            unsigned char *copy = malloc(n);
            memcpy(copy, answer, n);
            copy[i] = (unsigned char)value;
            size_t found = bot_dns_read_ptr(copy, n, names, 4, &ttl);
            while (found) ares_free_string(names[--found]);
            free(copy);
        }
}

int main(void)
{
    REQUIRE(bot_finder_create(&finder) == ERR_OK);
    start_server();
    RUN(test_true_and_false);
    RUN(test_no_forward_question_for_strangers);
    RUN(test_shared_hosts);
    RUN(test_no_answer);
    RUN(test_ttl);
    RUN(test_rows_without_names);
    RUN(test_flood);
    RUN(test_end_while_waiting);
    RUN(test_resolvers);
    RUN(test_damaged_answers);
    shutdown(server_fd, SHUT_RDWR);
    pthread_join(server_thread, NULL);
    close(server_fd);
    bot_finder_destroy(finder);
    return test_end();
}
