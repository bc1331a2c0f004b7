/* linkage - whose visit is this? The populations of all workspaces, behind one lock each.
 *
 *     linkage_ask(l, workspace, &question, &answer)        by hardware, token, traits, or nobody: changes nothing
 *     linkage_note(l, workspace, &question, &answer, ...)  remembers the visit, and gives the profile to store
 *     linkage_forget(l, workspace, id)                     it was deleted, or could not be stored
 *
 * All may be called from any thread. The model is described in search.h and compare.h, its measured quality in
 * docs/accuracy.md.
 */
#ifndef WHORL_IDENTIFY_LINK_LINKAGE_H
#define WHORL_IDENTIFY_LINK_LINKAGE_H

#include "base/arena.h"
#include "base/err.h"
#include "identify/link/search.h"
#include "store/store.h"

struct linkage;

/* Reads all visitors of the store, with a line in the log when there are many, and what was learnt about each
 * workspace. From then on a thread writes that down now and then. ERR_NO_MEMORY, or the store's. */
enum err linkage_open(struct linkage **out, struct store *store);
/* Writes what was learnt; call it before store_close. */
void linkage_close(struct linkage *l);

enum { LINKAGE_TOKENS_MAX = 2 };

struct linkage_question {
    const struct look *look;
    int64_t now_ms;
    struct visitor_id token[LINKAGE_TOKENS_MAX]; /* visitors that the client's tokens name, best first */
    size_t tokens;
};

enum linkage_how { LINKAGE_TOKEN, LINKAGE_TRAITS, LINKAGE_NEW };

struct linkage_answer {
    enum linkage_how how;
    struct visitor_id id;            /* not for LINKAGE_NEW */
    bool by_hardware;                /* LINKAGE_TOKEN, though by what names a mobile device and not by a token */
    double score;                    /* calibrated: see search.h */
    bool searched;                   /* `finding` holds; its evidence when finding.best != NOBODY */
    struct finding finding;
    struct visitor_id best, second;  /* of the finding; all zero when there is none */
    struct visitor_id disbelieved;   /* a token names it, but it looks like another machine; all zero: none does */
    uint64_t differs;                /* by what: a bit per trait; TRAIT_none: browser or system have another name */
    bool token_two_places;           /* used from two networks in turn within minutes */
    bool too_little;                 /* too few telling traits to match anybody */
    bool too_close;                  /* several candidates are about as likely */
};

void linkage_ask(struct linkage *l, uint32_t workspace, const struct linkage_question *question,
                 struct linkage_answer *out);

struct linkage_note {
    struct str profile;              /* in the arena; empty without memory */
    struct visitor_id high_recall;   /* the visitor by the generous threshold; often the same */
    double high_recall_score;
    int64_t high_recall_first_ms, high_recall_last_ms; /* last: 0 when it is this very visit */
};

/* id: of the answer, or a fresh one for LINKAGE_NEW. ERR_NOT_FOUND: forgotten meanwhile. */
enum err linkage_note(struct linkage *l, uint32_t workspace, const struct linkage_question *question,
                      const struct linkage_answer *answer, struct visitor_id id, struct arena *arena,
                      struct linkage_note *out);

void linkage_forget(struct linkage *l, uint32_t workspace, struct visitor_id id);

/* Every visitor that is known, as it is remembered. No other call to this linkage may be made from `visit`. */
void linkage_each(struct linkage *l, void (*visit)(void *context, uint32_t workspace, const struct profile *profile),
                  void *context);

/* Two newcomers with this key at the same moment are one; 0: nobody is joined. */
uint64_t linkage_newcomer_key(const struct look *look);

/* Bytes in use and visitors known, of all workspaces. */
void linkage_size(struct linkage *l, size_t *bytes, size_t *visitors);

#endif
