/* command_parts - what the commands share: failing, names, the numbers behind them. */
#ifndef WHORL_CONTROL_COMMAND_PARTS_H
#define WHORL_CONTROL_COMMAND_PARTS_H

#include "api/places.h"
#include "control/command.h"

/* One command; writes its answer, false when that is an error. */
typedef bool command_function(struct command_context *context, struct json request, struct arena *arena,
                              struct json_out *answer);

/* Writes {"error": problem} and returns false. */
bool command_fail(struct json_out *answer, const char *problem);
/* The member of that name when it is a string, else what was given. */
struct str command_text(struct json request, const char *name, struct str otherwise);

#define PLACE_NAME_PROBLEM                                                                          \
    "names of workspaces and environments have 1 to 64 letters, digits, points, underscores or hyphens"

/* The numbers behind the names, made when they are new. The default place is made first: it has number 1
 * everywhere. */
enum err place_find(struct store *st, struct arena *arena, struct str workspace, struct str environment,
                    uint32_t *ws, uint32_t *env);

/* keys: key_commands.c */
command_function key_create, key_list, key_revoke, key_rotate;
/* workspaces, environments: workspace_commands.c */
command_function workspace_create, workspace_set, workspace_list, environment_create, environment_set, environment_list;
/* receipts of deletions: deletion_commands.c */
command_function deletion_list;
/* ruleset_commands.c */
command_function ruleset_create, ruleset_set, ruleset_list, ruleset_delete;
/* the suspect score: weights_commands.c */
command_function weights_show, weights_set;

#endif
