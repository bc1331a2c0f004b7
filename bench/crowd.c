/* crowd - see crowd.h. Members are made when they first come and kept to the end. One that waits for
 * its answer does not come a second time: no browser is in two places. */
#include "bench/crowd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct crowd {
    struct crowd_options options;
    struct rng rng;
    struct member **members; /* devices_max places */
    uint32_t members_count;
    uint32_t *known;         /* numbers of those who were answered */
    uint32_t known_count;
    struct crowd_report report;
};

struct crowd *crowd_create(const struct crowd_options *options)
{
    struct crowd *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->options = *options;
    c->rng.state = rng_hash(options->seed, 1);
    c->members = calloc(options->devices_max, sizeof *c->members);
    c->known = calloc(options->devices_max, sizeof *c->known);
    if (c->members && c->known) return c;
    crowd_free(c);
    return NULL;
}

void crowd_free(struct crowd *c)
{
    if (!c) return;
    for (uint32_t i = 0; c->members && i < c->members_count; i++) free(c->members[i]);
    free(c->members);
    free(c->known);
    free(c);
}

static struct member *newcomer(struct crowd *c)
{
    if (c->members_count == c->options.devices_max) return NULL;
    struct member *m = calloc(1, sizeof *m);
    if (!m) return NULL;
    device_draw(&m->device, c->options.seed, c->members_count);
    m->number = c->members_count;
    c->members[c->members_count++] = m;
    return m;
}

static struct member *returner(struct crowd *c)
{
    enum { TRIES = 16 };
    for (int i = 0; c->known_count > 0 && i < TRIES; i++) {
        struct member *m = c->members[c->known[rng_below(&c->rng, c->known_count)]];
        if (!m->busy) return m;
    }
    return NULL;
}

struct member *crowd_next(struct crowd *c)
{
    bool returning = rng_chance(&c->rng, c->options.returning);
    struct member *m = returning ? returner(c) : newcomer(c);
    if (!m) m = returning ? newcomer(c) : returner(c);
    for (uint32_t i = 0; !m && i < c->members_count; i++) /* nearly everybody is busy */
        if (!c->members[i]->busy) m = c->members[i];
    if (!m) return NULL;
    m->busy = true;
    m->sends_cookie = m->known && m->cookie[0] && rng_chance(&c->rng, c->options.token_share);
    return m;
}

void crowd_answered(struct crowd *c, struct member *m, const char *visitor)
{
    m->busy = false;
    if (!m->known) {
        m->known = true;
        c->known[c->known_count++] = m->number;
        c->report.newcomers++;
        snprintf(m->visitor, sizeof m->visitor, "%s", visitor);
        return;
    }
    bool same = visitor[0] && strcmp(m->visitor, visitor) == 0;
    if (m->sends_cookie) c->report.returned_with_token++, c->report.recognised_with_token += same;
    else c->report.returned_without_token++, c->report.recognised_without_token += same;
}

void crowd_failed(struct crowd *c, struct member *m)
{
    (void)c;
    m->busy = false;
}

static int by_visitor(const void *a, const void *b)
{
    return strcmp((*(struct member *const *)a)->visitor, (*(struct member *const *)b)->visitor);
}

struct crowd_report crowd_report(struct crowd *c)
{
    struct member **sorted = calloc(c->members_count + 1, sizeof *sorted);
    uint32_t n = 0;
    for (uint32_t i = 0; sorted && i < c->members_count; i++)
        if (c->members[i]->visitor[0]) sorted[n++] = c->members[i];
    if (n) qsort(sorted, n, sizeof *sorted, by_visitor);
    c->report.shared = 0;
    for (uint32_t i = 1; i < n; i++)
        c->report.shared += strcmp(sorted[i - 1]->visitor, sorted[i]->visitor) == 0;
    free(sorted);
    return c->report;
}
