/* bot_table - the rows of data/bots/bots.txt as C arrays, written by tools/bot_table.mjs. The head of
 * that file says what the words mean. */
#ifndef WHORL_IDENTIFY_ENRICH_BOT_TABLE_H
#define WHORL_IDENTIFY_ENRICH_BOT_TABLE_H

#include <stddef.h>

enum bot_proof_kind {
    BOT_PROOF_END,
    BOT_PROOF_LIST,   /* name of a list of published ranges */
    BOT_PROOF_DNS,    /* mask of host names */
    BOT_PROOF_SHARED, /* the same, of hosts that anybody can rent: neither for nor against */
    BOT_PROOF_AGENT,  /* origin of the Signature-Agent */
};

struct bot_proof {
    enum bot_proof_kind kind;
    const char *value;
};

struct bot_row {
    const char *token; /* in lower case */
    const char *name, *provider, *provider_url;
    const char *category; /* one of the 16 of v4's bot_info */
    const struct bot_proof *proofs; /* up to BOT_PROOF_END */
};

extern const struct bot_row bot_rows[]; /* the first whose token occurs wins */
extern const size_t bot_rows_count;

#endif
