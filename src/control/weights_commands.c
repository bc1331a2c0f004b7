/* weights_commands - whorl weights show|set: what each signal adds to the suspect score of an environment. */
#include "control/command_parts.h"

#include "identify/weights.h"

/* The environment's number; a name that is not there yet is made, as by `key create`. */
static enum err find_place(struct command_context *context, struct json request, struct arena *arena, uint32_t *env)
{
    uint32_t ws;
    struct str workspace = command_text(request, "workspace", STR("default"));
    struct str environment = command_text(request, "environment", STR("default"));
    if (!place_name_valid(workspace) || !place_name_valid(environment)) return ERR_NOT_FOUND;
    return place_find(context->store, arena, workspace, environment, &ws, env);
}

static bool answer_with(struct json_out *answer, const struct weights *w)
{
    json_out_open(answer, '{');
    json_out_key(answer, "weights"), weights_print_all(answer, w);
    json_out_close(answer, '}');
    return true;
}

/* "bot=9" as a member; false: not of that form. "bot=default" takes the default again. */
static const char *change_one(struct weights *w, struct str change)
{
    size_t equal = str_find_char(change, '=', 0);
    uint64_t value = 0;
    if (equal == SIZE_MAX) return "a weight is given as NAME=NUMBER";
    struct str text = str_sub(change, equal + 1, change.n);
    enum weight which = weight_find(str_sub(change, 0, equal));
    if (which == WEIGHT_COUNT) return "there is no weight of that name; `whorl weights show` lists them";
    if (str_eq(text, STR("default"))) {
        w->value[which] = -1;
        return NULL;
    }
    if (!str_to_u64(text, &value) || value > WEIGHT_MAX) return "a weight is a whole number from 0 to 1000, or default";
    w->value[which] = (int16_t)value;
    return NULL;
}

bool weights_show(struct command_context *context, struct json request, struct arena *arena,
                  struct json_out *answer)
{
    struct weights w;
    uint32_t environment;
    if (find_place(context, request, arena, &environment)) return command_fail(answer, PLACE_NAME_PROBLEM);
    if (weights_load(&w, context->store, environment, arena))
        return command_fail(answer, "the weights cannot be read; the log says why");
    return answer_with(answer, &w);
}

bool weights_set(struct command_context *context, struct json request, struct arena *arena,
                 struct json_out *answer)
{
    struct weights now, changes = weights_unchanged();
    struct json list;
    uint32_t environment;
    if (find_place(context, request, arena, &environment)) return command_fail(answer, PLACE_NAME_PROBLEM);
    if (!json_get(request, STR("weights"), &list) || json_type(list) != JSON_ARRAY)
        return command_fail(answer, "say which: --weight NAME=NUMBER, may be repeated");
    for (struct json_each it = json_each(list); json_next(&it);) {
        struct str change = STR("");
        json_str(it.value, &change);
        const char *problem = change_one(&changes, change);
        if (problem) return command_fail(answer, problem);
    }
    struct weight_tables *tables = context->identify ? context->identify->weights : NULL;
    return weights_edit(&now, &changes, tables, context->store, environment, arena)
               ? command_fail(answer, "the weights could not be stored; the log says why")
               : answer_with(answer, &now);
}
