/* reason - see reason.h. */
#include "event/reason.h"

#include "base/str.h"

static const struct reason_info rows[] = {
#define R(number, name, verdict, words) { number, #name, #verdict, words },
#include "event/reasons.def"
};

const struct reason_info *reason_info(unsigned number)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].number == number) return &rows[i];
    return NULL;
}
