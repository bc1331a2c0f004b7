/* reason - the named reasons behind verdicts, one row each in reasons.def. */
#ifndef WHORL_EVENT_REASON_H
#define WHORL_EVENT_REASON_H

enum reason {
#define R(number, name, verdict, words) REASON_##name = number,
#include "event/reasons.def"
};

struct reason_info {
    unsigned number;
    const char *name;    /* "BOT_WEBDRIVER" */
    const char *verdict; /* "bot" */
    const char *words;   /* a sentence for people */
};

/* NULL for a number that this version does not know. */
const struct reason_info *reason_info(unsigned number);

#endif
