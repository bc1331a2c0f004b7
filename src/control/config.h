/* config - the settings of `whorl serve`, from flags, variables and a file; rows in config.def. */
#ifndef WHORL_CONTROL_CONFIG_H
#define WHORL_CONTROL_CONFIG_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json_out.h"

enum { CONFIG_LIST_MAX = 64 };

struct config_list {
    const char *item[CONFIG_LIST_MAX];
    size_t count;
};

typedef const char *config_TEXT;
typedef struct config_list config_LIST;
typedef int64_t config_NUMBER;
typedef bool config_SWITCH;

struct config {
#define C(member, kind, flag, prose) config_##kind member;
#include "control/config.def"
#undef C
    char problem[256]; /* after a failure: what is wrong and where */
};

/* argv without the program and the command. `--config FILE` names the file. Texts live in arena.
 * Defaults are filled in. ERR_USAGE: see problem. */
enum err config_read(struct config *config, int argc, char *const *argv, struct arena *arena);
/* One "flag = value" line per setting in force, in the form that --config reads. */
void config_print(const struct config *config, struct json_out *out);
/* The flags with their prose, for help texts. */
void config_help(struct json_out *out);

#endif
