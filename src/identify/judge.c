/* judge - runs every verdict. Listed by hand, cheap first. */
#include "identify/verdicts/verdict.h"

static const struct verdict_kind *const kinds[] = { &verdict_incognito, &verdict_bot };

enum err judge_verdicts(struct identify *id)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++) kinds[i]->judge(id);
    SET(id, replayed, false);
    return ERR_OK;
}
