/* load - a load generator for POST /v1/identify. Talks to loopback addresses only.
 *
 *     build/bench/load --url http://127.0.0.1:8080/v1/identify --key fiq_live_... --seconds 10
 *
 * Prints throughput, latencies and how the devices were recognised; --json prints one object instead.
 * Exit status: 0, 1 for wrong usage, 3 when the server went away during the run.
 */
#include "bench/traffic.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: load --url http://127.0.0.1:PORT/PATH [options]\n"
    "  --key KEY          X-API-Key\n"
    "  --connections N    64; at most 10000\n"
    "  --rate N           requests per second, open loop; 0, the default: closed loop\n"
    "  --seconds N        10; at most 3600\n"
    "  --events N         stop after N requests; 0, the default: no such bound\n"
    "  --devices N        200000; there are never more devices than this\n"
    "  --returning SHARE  0.9 of the requests come from devices that were there before\n"
    "  --token-share N    0.9 of those send their cookie\n"
    "  --seed N           1\n"
    "  --template FILE    bench/body.json\n"
    "  --acks FILE        one line per 200: request id, visitor id, device number\n"
    "  --json             print one JSON object\n";

struct options {
    const char *url, *key, *template, *acks;
    double connections, rate, seconds, events, devices, returning, token_share, seed;
    bool json;
};

static const struct {
    const char *name;
    size_t text, number; /* where the value goes; SIZE_MAX: not there */
    double min, max;
} flags[] = {
    { "--url", offsetof(struct options, url), SIZE_MAX, 0, 0 },
    { "--key", offsetof(struct options, key), SIZE_MAX, 0, 0 },
    { "--template", offsetof(struct options, template), SIZE_MAX, 0, 0 },
    { "--acks", offsetof(struct options, acks), SIZE_MAX, 0, 0 },
    { "--connections", SIZE_MAX, offsetof(struct options, connections), 1, CONNECTIONS_MAX },
    { "--rate", SIZE_MAX, offsetof(struct options, rate), 0, 1e6 },
    { "--seconds", SIZE_MAX, offsetof(struct options, seconds), 0.1, 3600 },
    { "--events", SIZE_MAX, offsetof(struct options, events), 0, 1e9 },
    { "--devices", SIZE_MAX, offsetof(struct options, devices), 1, 1e7 },
    { "--returning", SIZE_MAX, offsetof(struct options, returning), 0, 1 },
    { "--token-share", SIZE_MAX, offsetof(struct options, token_share), 0, 1 },
    { "--seed", SIZE_MAX, offsetof(struct options, seed), 0, 9e15 },
};

static bool read_flag(struct options *o, const char *name, const char *value)
{
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (strcmp(name, flags[i].name) != 0) continue;
        if (flags[i].text != SIZE_MAX) {
            memcpy((char *)o + flags[i].text, &value, sizeof value);
            return strlen(value) < 512;
        }
        char *end;
        double number = strtod(value, &end);
        memcpy((char *)o + flags[i].number, &number, sizeof number);
        return *value && !*end && number >= flags[i].min && number <= flags[i].max;
    }
    return false;
}

static bool read_options(struct options *o, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            o->json = true;
        } else if (i + 1 >= argc || !read_flag(o, argv[i], argv[i + 1])) {
            fprintf(stderr, "load: %s is unknown, lacks its value or is out of bounds\n", argv[i]);
            return false;
        } else {
            i++;
        }
    }
    return o->url != NULL;
}

/* http://ADDRESS:PORT/PATH, where the address is a numeric loopback address. */
static bool read_url(const char *url, struct traffic_options *t, char host[64])
{
    char address[48];
    int port = 0, length = 0;
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    bool six = sscanf(url, "http://[%45[0-9a-fA-F:]]:%5d%n", address, &port, &length) == 2;
    if (!six && sscanf(url, "http://%45[0-9.]:%5d%n", address, &port, &length) != 2) return false;
    if (port < 1 || port > 65535 || url[length] != '/') return false;
    t->path = url + length;
    snprintf(host, 64, six ? "[%s]:%d" : "%s:%d", address, port);
    t->host = host;
    if (six) {
        v6.sin6_port = htons((uint16_t)port);
        memcpy(&t->address, &v6, sizeof v6);
        t->address_length = sizeof v6;
        struct sockaddr_in6 *out = (struct sockaddr_in6 *)&t->address;
        return inet_pton(AF_INET6, address, &out->sin6_addr) == 1 && IN6_IS_ADDR_LOOPBACK(&out->sin6_addr);
    }
    v4.sin_port = htons((uint16_t)port);
    if (inet_pton(AF_INET, address, &v4.sin_addr) != 1) return false;
    memcpy(&t->address, &v4, sizeof v4);
    t->address_length = sizeof v4;
    return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
}

static double per_second(const struct traffic_report *r)
{
    return r->seconds > 0 ? (double)r->answered / r->seconds : 0;
}

static void print_text(const struct traffic_report *r, const struct crowd_report *c)
{
    const struct histogram *h = &r->latency;
    printf("sent %lu, answered %lu in %.2f s: %.0f per second; bodies of %lu bytes on average\n", r->sent,
           r->answered, r->seconds, per_second(r), r->sent ? r->sent_bytes / r->sent : 0);
    printf("latency us: p50 %lu, p90 %lu, p99 %lu, p99.9 %lu, max %lu, mean %.0f\n", histogram_at(h, 0.5),
           histogram_at(h, 0.9), histogram_at(h, 0.99), histogram_at(h, 0.999), h->max_us,
           h->total ? h->sum_us / (double)h->total : 0);
    for (int i = 0; i < STATUS_MAX; i++)
        if (r->statuses[i]) printf("status %d: %lu\n", i, r->statuses[i]);
    printf("connections that ended before the answer: %lu%s\n", r->broken,
           r->server_gone ? "; the server went away" : "");
    if (r->waited_max) printf("most requests due and not yet sent: %lu\n", r->waited_max);
    printf("devices: %lu new; recognised %lu of %lu with their cookie, %lu of %lu without; "
           "%lu share an id with another\n",
           c->newcomers, c->recognised_with_token, c->returned_with_token, c->recognised_without_token,
           c->returned_without_token, c->shared);
}

static void print_json(const struct traffic_report *r, const struct crowd_report *c)
{
    const struct histogram *h = &r->latency;
    printf("{\"sent\":%lu,\"answered\":%lu,\"seconds\":%.6f,\"perSecond\":%.1f,\"bodyBytes\":%lu,"
           "\"latencyUs\":{\"p50\":%lu,\"p90\":%lu,\"p99\":%lu,\"p999\":%lu,\"max\":%lu,\"mean\":%.1f},"
           "\"statuses\":{",
           r->sent, r->answered, r->seconds, per_second(r), r->sent ? r->sent_bytes / r->sent : 0,
           histogram_at(h, 0.5), histogram_at(h, 0.9), histogram_at(h, 0.99), histogram_at(h, 0.999),
           h->max_us, h->total ? h->sum_us / (double)h->total : 0);
    const char *comma = "";
    for (int i = 0; i < STATUS_MAX; i++) {
        if (!r->statuses[i]) continue;
        printf("%s\"%d\":%lu", comma, i, r->statuses[i]);
        comma = ",";
    }
    printf("},\"broken\":%lu,\"waitedMax\":%lu,\"serverGone\":%s,\"newcomers\":%lu,"
           "\"returnedWithToken\":%lu,\"recognisedWithToken\":%lu,\"returnedWithoutToken\":%lu,"
           "\"recognisedWithoutToken\":%lu,\"shared\":%lu}\n",
           r->broken, r->waited_max, r->server_gone ? "true" : "false", c->newcomers,
           c->returned_with_token, c->recognised_with_token, c->returned_without_token,
           c->recognised_without_token, c->shared);
}

static int run(const struct options *o, struct traffic_options *t)
{
    static struct traffic_report report;
    struct crowd_options crowd = { .seed = (uint64_t)o->seed, .devices_max = (uint32_t)o->devices,
                                   .returning = o->returning, .token_share = o->token_share };
    struct body *body = body_load(o->template);
    t->body = body;
    t->crowd = crowd_create(&crowd);
    if (o->acks && !(t->acks = fopen(o->acks, "w"))) perror(o->acks);
    bool ran = t->body && t->crowd && (!o->acks || t->acks) && traffic_run(t, &report);
    if (ran) {
        struct crowd_report c = crowd_report(t->crowd);
        (o->json ? print_json : print_text)(&report, &c);
    }
    if (t->acks) fclose(t->acks);
    crowd_free(t->crowd);
    body_free(body);
    return !ran ? 1 : report.server_gone ? 3 : 0;
}

int main(int argc, char **argv)
{
    struct options o = { .key = "", .template = "bench/body.json", .connections = 64, .seconds = 10,
                         .devices = 200000, .returning = 0.9, .token_share = 0.9, .seed = 1 };
    struct traffic_options t = { .path = NULL };
    char host[64];
    if (!read_options(&o, argc, argv)) {
        fputs(usage, stderr);
        return 1;
    }
    if (!read_url(o.url, &t, host)) {
        fprintf(stderr, "load: %s is not http://ADDRESS:PORT/PATH with a loopback address\n", o.url);
        return 1;
    }
    t.key = o.key;
    t.seed = (uint64_t)o.seed;
    t.connections = (unsigned)o.connections;
    t.rate = o.rate;
    t.seconds = o.seconds;
    t.events = (uint64_t)o.events;
    return run(&o, &t);
}
