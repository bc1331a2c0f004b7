/* err - see err.h. */
#include "base/err.h"

#include <assert.h>
#include <stddef.h>

static const struct err_info rows[] = {
#define E(name, status, v3_code, v4_code, message, v4_message)                                     \
    { #name, status, v3_code, v4_code, message, v4_message },
#include "base/errors.def"
#undef E
};

const struct err_info *err_info(enum err e)
{
    assert(e > ERR_PENDING && e < ERR_COUNT);
    return &rows[e - ERR_PENDING - 1];
}

const char *err_name(enum err e)
{
    return e == ERR_OK ? "OK" : e == ERR_PENDING ? "PENDING" : err_info(e)->name;
}
