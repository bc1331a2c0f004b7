/* match - whose visit is this? Three ways, in this order:
 *
 *   1. A token that we signed names the visitor, unless what is seen contradicts it.
 *   2. The traits fit one known visitor much better than they fit the others, or a newcomer.
 *   3. A new visitor. Two newcomers with equal looks in flight at the same time are one device that arrived
 *      twice, and are joined (store_enter).
 *
 * The second is link/: probabilistic record linkage over everything seen so far. This file asks it, tells the
 * store, and says in the event how it was decided. */
#include "identify/identify.h"

#include "base/metrics.h"
#include "identify/link/evidence.h"

#include <pthread.h>

static void because(struct identify *id, enum reason reason)
{
    event_set(&id->event, EVENT_match_reasons);
    codes_add(&id->event.match_reasons, reason);
}

/* The visitors that the cookie and the agent's copy name. */
static void read_tokens(struct identify *id, struct linkage_question *question)
{
    struct str texts[LINKAGE_TOKENS_MAX] = { id->cookie_token, id->body_token };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        int64_t issued_ms;
        struct visitor_id *out = &question->token[question->tokens];
        if (texts[i].n == 0) continue;
        if (!token_read(out, &issued_ms, id->shared->token_keys, id->workspace, id->now_ms, texts[i]))
            because(id, REASON_TOKEN_UNREADABLE);
        else if (!question->tokens || !visitor_id_eq(*out, question->token[0]))
            question->tokens++;
    }
}

static void read_look(struct identify *id)
{
    const struct look_facts facts = {
        .signals = &id->signals, .ua = &id->ua, .client = &id->client, .now_ms = id->now_ms,
        .hardware = mobile_hardware(id),
        .linked_id = event_has(&id->event, EVENT_linked_id) ? id->event.linked_id : STR(""),
    };
    look_read(&id->look, &facts);
}

static enum reason reason_of(const struct identify *id, const struct linkage_answer *answer, bool joined)
{
    if (answer->by_hardware) return REASON_APP_HARDWARE;
    if (answer->how == LINKAGE_NEW && id->look.hardware) return REASON_APP_HARDWARE_NEW;
    if (joined) return REASON_ALIKE_AT_ONCE;
    switch (answer->how) {
    case LINKAGE_TOKEN: return REASON_TOKEN;
    case LINKAGE_TRAITS: return REASON_TRAITS_AGREE;
    default:
        return answer->too_little  ? REASON_TOO_LITTLE_KNOWN
               : answer->too_close ? REASON_TOO_MANY_ALIKE
                                   : REASON_NOBODY_ALIKE;
    }
}

/* Puts the visit into memory and into the store, which may know better: a twin of this newcomer is in flight
 * (then it is that visitor's visit), or the visitor has been deleted (then it is a newcomer's). */
static enum err enter(struct identify *id, const struct linkage_question *question, struct linkage_answer *answer,
                      struct linkage_note *note)
{
    struct linkage *l = id->shared->linkage;
    bool newcomer = answer->how == LINKAGE_NEW;
    struct claim *claim = &id->claim;
    *claim = (struct claim){ .workspace = id->workspace, .now_ms = id->now_ms, .newcomer = newcomer,
                             .id = newcomer ? visitor_id_new(id->now_ms) : answer->id };
    enum err e = linkage_note(l, id->workspace, question, answer, claim->id, id->arena, note);
    if (e) return e;
    claim->profile = note->profile;
    if (newcomer) claim->newcomer_key = linkage_newcomer_key(question->look);
    e = store_enter(id->shared->store, claim, &id->visit);
    bool joined = !e && newcomer && id->visit->joined;
    if (e || joined) linkage_forget(l, id->workspace, claim->id);
    id->newcomer = !e && newcomer && !joined;
    if (!joined) return e;
    answer->how = LINKAGE_TRAITS; /* it is its twin's visit: equal looks, at the same moment */
    answer->finding.share = 1;
    answer->score = score_match(1, 1);
    e = linkage_note(l, id->workspace, question, answer, id->visit->id, id->arena, note);
    return e == ERR_NOT_FOUND ? ERR_OK : e; /* forgotten at this very moment: the store knows it still */
}

static void put_facts(struct identify *id, const struct linkage_answer *answer, const struct linkage_note *note)
{
    const struct visit *visit = id->visit;
    struct str evidence = evidence_write(answer, id->arena);
    because(id, reason_of(id, answer, visit->joined));
    if (answer->differs) {
        because(id, REASON_TOKEN_CONTRADICTED);
        SET(id, token_visitor, answer->disbelieved);
        SET(id, token_differs, (int64_t)answer->differs);
    }
    if (answer->token_two_places) because(id, REASON_TOKEN_TWO_PLACES);
    if (answer->how == LINKAGE_TRAITS && answer->finding.as_private)
        because(id, id->look.private_window ? REASON_PRIVATE_WINDOW : REASON_PRIVATE_LIKELY);
    struct visitor_id device;
    int64_t issued_ms;
    if (id->mobile.link.n && token_read(&device, &issued_ms, id->shared->token_keys, id->workspace, id->now_ms,
                                        id->mobile.link))
        SET(id, link_visitor, device);
    if (evidence.n) SET(id, match_evidence, evidence);
    SET(id, match_score, answer->score);
    SET(id, visitor, visit->id);
    SET(id, visitor_found, visit->found);
    SET(id, first_seen_ms, visit->first_seen_ms);
    SET(id, visits_count, (int64_t)visit->visits_count);
    if (visit->found) SET(id, last_seen_ms, visit->last_seen_ms);
    bool same = visit->joined || visitor_id_eq(note->high_recall, visit->id);
    SET(id, high_recall, same ? visit->id : note->high_recall);
    SET(id, high_recall_found, !same || visit->found);
    SET(id, high_recall_score, note->high_recall_score);
    SET(id, high_recall_first_seen_ms, same ? visit->first_seen_ms : note->high_recall_first_ms);
    if (!same) SET(id, high_recall_last_seen_ms, note->high_recall_last_ms);
    else if (visit->found) SET(id, high_recall_last_seen_ms, visit->last_seen_ms);
}

static enum err decide(struct identify *id, const struct linkage_question *question, struct linkage_answer *answer,
                       struct linkage_note *note)
{
    linkage_ask(id->shared->linkage, id->workspace, question, answer);
    enum err e = enter(id, question, answer, note);
    if (e != ERR_NOT_FOUND || answer->how == LINKAGE_NEW) return e;
    /* deleted since it was found */
    *answer = (struct linkage_answer){ .how = LINKAGE_NEW, .score = score_newcomer(1) };
    answer->finding = (struct finding){ .best = NOBODY, .second = NOBODY, .newcomer = 1 };
    return enter(id, question, answer, note);
}

/* Of two first events of one mobile device the second must see the first. */
static pthread_mutex_t hardware_lock = PTHREAD_MUTEX_INITIALIZER;

enum err match_visitor(struct identify *id)
{
    struct linkage_question question = { .look = &id->look, .now_ms = id->now_ms };
    struct linkage_answer answer;
    struct linkage_note note;
    read_look(id);
    read_tokens(id, &question);
    if (id->look.hardware) pthread_mutex_lock(&hardware_lock);
    enum err e = decide(id, &question, &answer, &note);
    if (id->look.hardware) pthread_mutex_unlock(&hardware_lock);
    if (e) return e;
    put_facts(id, &answer, &note);
    metric_add(answer.how == LINKAGE_TOKEN ? METRIC_identify_token_total
               : id->visit->found          ? METRIC_identify_match_total
                                           : METRIC_identify_new_total, 1);
    return ERR_OK;
}
