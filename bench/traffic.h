/* traffic - sends identify requests over keep-alive connections and times the answers.
 *
 * Closed loop (rate 0): each connection sends its next request when the answer is there; this finds the
 * throughput. Open loop: requests are due at a fixed rate whether or not the server keeps up, wait for
 * a free connection if need be, and their latency counts from when they were due. A stall then shows in
 * every request that it held up, not only in those that were on the wire ("coordinated omission").
 */
#ifndef WHORL_BENCH_TRAFFIC_H
#define WHORL_BENCH_TRAFFIC_H

#include "bench/body.h"
#include "bench/crowd.h"
#include "bench/histogram.h"

#include <stdio.h>
#include <sys/socket.h>

enum { CONNECTIONS_MAX = 10000, STATUS_MAX = 600 };

struct traffic_options {
    struct sockaddr_storage address;
    socklen_t address_length;
    const char *host;  /* for the Host header */
    const char *path;
    const char *key;   /* X-API-Key; "" sends none */
    const struct body *body;
    struct crowd *crowd;
    uint64_t seed;
    unsigned connections;
    double rate;       /* requests per second; 0: closed loop */
    double seconds;    /* sends no longer than this */
    uint64_t events;   /* nor more than this; 0: no bound */
    FILE *acks;        /* a line "requestId visitorId device" per 200; may be NULL */
};

struct traffic_report {
    struct histogram latency;
    uint64_t statuses[STATUS_MAX];
    uint64_t sent, answered, broken; /* broken: the connection ended before the answer */
    uint64_t waited_max;             /* open loop: the most requests that were due and not yet sent */
    uint64_t sent_bytes;             /* of bodies */
    double seconds;                  /* from the first request to the last answer */
    bool server_gone;                /* a connection was refused, or no answer came for 30 s */
};

/* false, with a line on stderr, when it could not even start. */
bool traffic_run(const struct traffic_options *options, struct traffic_report *report);

#endif
