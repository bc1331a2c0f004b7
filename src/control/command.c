/* command - see command.h. Workspaces and environments are named values of the store:
 *     workspace/<name>            its number
 *     environment/<ws>/<name>     its number, unique over the installation
 * Both are made when a key first names them, so that an afternoon's work needs no set-up. */
#include "control/command_parts.h"

#include "base/limits.h"

#include <assert.h>

bool command_fail(struct json_out *answer, const char *problem)
{
    json_out_open(answer, '{');
    json_out_key(answer, "error"), json_out_str(answer, str_of(problem));
    json_out_close(answer, '}');
    return false;
}

struct str command_text(struct json request, const char *name, struct str otherwise)
{
    struct json v;
    if (json_get(request, str_of(name), &v)) json_str(v, &otherwise);
    return otherwise;
}

/* ---- workspaces and environments ---- */

static void count_one(void *context, struct str name, struct str value)
{
    uint64_t number, *largest = context;
    (void)name;
    if (str_to_u64(value, &number) && number > *largest) *largest = number;
}

/* The number behind a name, made when it is new: one above the largest of its kind. */
static enum err number_of(struct store *st, struct arena *arena, struct str kind, struct str name,
                          uint32_t *out)
{
    struct str value;
    uint64_t number = 0;
    struct str full = arena_format(arena, "%.*s%.*s", STR_ARG(kind), STR_ARG(name));
    enum err e = store_get_value(st, full, arena, &value);
    if (!e) e = str_to_u64(value, &number) ? ERR_OK : ERR_CORRUPT;
    if (e == ERR_NOT_FOUND) {
        size_t slash = str_find_char(kind, '/', 0);
        e = store_each_value(st, str_sub(kind, 0, slash + 1), count_one, &number);
        number++;
        if (!e) e = store_set_value(st, full, arena_format(arena, "%u", (unsigned)number));
    }
    *out = (uint32_t)number;
    return e;
}

static enum err place_of(struct store *st, struct arena *arena, struct str workspace,
                         struct str environment, uint32_t *ws, uint32_t *env)
{
    enum err e = number_of(st, arena, STR("workspace/"), workspace, ws);
    struct str kind = arena_format(arena, "environment/%u/", (unsigned)*ws);
    return e ? e : number_of(st, arena, kind, environment, env);
}

/* The default place is made first, whatever is asked for: it has number 1 everywhere. */
enum err place_find(struct store *st, struct arena *arena, struct str workspace, struct str environment,
                    uint32_t *ws, uint32_t *env)
{
    enum err e = place_of(st, arena, STR("default"), STR("default"), ws, env);
    assert(e || (*ws == WORKSPACE_DEFAULT && *env == ENVIRONMENT_DEFAULT));
    return e ? e : place_of(st, arena, workspace, environment, ws, env);
}

enum err command_make_defaults(struct command_context *context, struct arena *arena)
{
    uint32_t ws, env;
    return place_find(context->store, arena, STR("default"), STR("default"), &ws, &env);
}

/* ---- visitors ---- */

static bool delete_visitor(struct command_context *context, struct json request,
                           struct arena *arena, struct json_out *answer)
{
    const struct identify_shared alone = { .store = context->store, .receipts = context->receipts };
    struct str text = STR(""), workspace = STR("default");
    struct visitor_id id;
    struct json v;
    uint32_t number = 0;
    char spelling[ID_TEXT_BYTES];
    if (json_get(request, STR("visitor"), &v)) json_str(v, &text);
    if (json_get(request, STR("workspace"), &v)) json_str(v, &workspace);
    if (!visitor_id_parse(text, &id))
        return command_fail(answer, "that is no visitor id; it has 20 characters, or iq_ and 26");
    if (!place_name_valid(workspace)) return command_fail(answer, "there is no workspace of that name");
    enum err e = place_find_workspace(context->store, arena, workspace, &number);
    if (e == ERR_NOT_FOUND) return command_fail(answer, "there is no workspace of that name");
    if (!e)
        e = identify_forget(context->identify ? context->identify : &alone, number, id);
    if (e == ERR_NOT_FOUND) return command_fail(answer, "this workspace has no such visitor");
    /* a server does that in the background */
    if (!e && !context->identify) e = store_finish_deletions(context->store);
    if (e) return command_fail(answer, "the visitor could not be deleted; the log says why");
    json_out_open(answer, '{');
    json_out_key(answer, "deleted");
    json_out_str(answer, (struct str){ spelling, visitor_id_print_base62(spelling, id) });
    json_out_key(answer, "workspace"), json_out_str(answer, workspace);
    json_out_close(answer, '}');
    return true;
}

/* ---- the table ---- */

static const struct {
    const char *name;
    command_function *run;
} commands[] = {
    { "key create", key_create },
    { "key list", key_list },
    { "key revoke", key_revoke },
    { "key rotate", key_rotate },
    { "workspace create", workspace_create },
    { "workspace set", workspace_set },
    { "workspace list", workspace_list },
    { "environment create", environment_create },
    { "environment set", environment_set },
    { "environment list", environment_list },
    { "deletion list", deletion_list },
    { "ruleset create", ruleset_create },
    { "ruleset set", ruleset_set },
    { "ruleset list", ruleset_list },
    { "ruleset delete", ruleset_delete },
    { "weights show", weights_show },
    { "weights set", weights_set },
    { "delete-visitor", delete_visitor },
};

bool command_run(struct command_context *context, struct json request, struct arena *arena,
                 struct json_out *answer)
{
    struct json v;
    struct str name = { "", 0 };
    if (json_get(request, STR("command"), &v)) json_str(v, &name);
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        if (!str_eq(name, str_of(commands[i].name))) continue;
        if (context->lock) pthread_mutex_lock(context->lock);
        bool ok = commands[i].run(context, request, arena, answer);
        if (context->lock) pthread_mutex_unlock(context->lock);
        return ok;
    }
    return command_fail(answer, "this server does not know that command; is it the same version?");
}
