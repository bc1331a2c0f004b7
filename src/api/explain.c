/* explain - see explain.h. */
#include "api/explain.h"

#include "identify/link/evidence.h"

static const char *outcome_name(const struct evidence_trait *t)
{
    static const char *const values[] = { "same", "seen before", "different", "never seen" };
    static const char *const versions[] = { "same", "older", "newer", "newer" };
    static const char *const networks[] = { "known network", "known region", "known provider", "elsewhere" };
    switch (trait_infos[t->trait].how) {
    case TRAIT_VERSION: return versions[t->outcome];
    case TRAIT_NETWORK: return networks[t->outcome];
    case TRAIT_SET: return t->outcome == OUTCOME_BACK ? "nearly the same" : values[t->outcome];
    default: return values[t->outcome];
    }
}

static void put_number(struct json_out *out, const char *name, double value)
{
    json_out_key(out, name);
    json_out_double(out, value);
}

/* Not one that has been deleted since. */
static void put_candidate(struct json_out *out, struct store *st, const struct event *ev, const char *name,
                          struct visitor_id id, double probability)
{
    char text[ID_TEXT_BYTES];
    if (!id.high && !id.low) return;
    if (!store_knows_visitor(st, (uint32_t)ev->workspace, id)) return;
    json_out_key(out, name);
    json_out_open(out, '{');
    json_out_key(out, "visitorId");
    json_out_str(out, (struct str){ text, visitor_id_print_ulid(text, id) });
    put_number(out, "probability", probability);
    json_out_close(out, '}');
}

static double thousandths(double share)
{
    return (double)(int)(share * 1000 + 0.5) / 1000;
}

static void put_traits(struct json_out *out, const struct evidence *e)
{
    json_out_key(out, "evidence");
    json_out_open(out, '[');
    for (size_t i = 0; i < e->count; i++) {
        const struct evidence_trait *t = &e->traits[i];
        json_out_open(out, '{');
        json_out_key(out, "trait"), json_out_str(out, str_of(trait_infos[t->trait].name));
        json_out_key(out, "words"), json_out_str(out, str_of(trait_infos[t->trait].words));
        json_out_key(out, "outcome"), json_out_str(out, str_of(outcome_name(t)));
        put_number(out, "weight", t->weight);
        json_out_close(out, '}');
    }
    json_out_close(out, ']');
}

/* By what a token's visitor is another machine than this one. */
static void put_token(struct json_out *out, const struct event *ev)
{
    char text[ID_TEXT_BYTES];
    json_out_key(out, "disbelievedToken");
    json_out_open(out, '{');
    json_out_key(out, "visitorId");
    json_out_str(out, (struct str){ text, visitor_id_print_ulid(text, ev->token_visitor) });
    json_out_key(out, "differs");
    json_out_open(out, '[');
    for (unsigned t = 0; t <= TRAIT_none; t++) {
        if (!(ev->token_differs >> t & 1)) continue;
        json_out_open(out, '{');
        json_out_key(out, "trait"), json_out_str(out, str_of(t == TRAIT_none ? "family" : trait_infos[t].name));
        json_out_key(out, "words");
        json_out_str(out, str_of(t == TRAIT_none ? "browser or system" : trait_infos[t].words));
        json_out_close(out, '}');
    }
    json_out_close(out, ']');
    json_out_close(out, '}');
}

void explain_identification(struct json_out *out, struct store *st, const struct event *ev)
{
    struct evidence e;
    json_out_key(out, "identification");
    json_out_open(out, '{');
    if (event_has(ev, EVENT_match_score)) put_number(out, "score", thousandths(ev->match_score));
    if (event_has(ev, EVENT_match_evidence) && evidence_read(&e, ev->match_evidence)) {
        json_out_key(out, "candidates");
        json_out_int(out, (int64_t)e.candidates);
        put_number(out, "newcomerProbability", thousandths(e.newcomer));
        put_candidate(out, st, ev, "best", e.best, thousandths(e.share));
        put_candidate(out, st, ev, "runnerUp", e.second, thousandths(e.second_share));
        put_traits(out, &e);
    }
    if (event_has(ev, EVENT_token_visitor) && event_has(ev, EVENT_token_differs)) put_token(out, ev);
    json_out_close(out, '}');
}
