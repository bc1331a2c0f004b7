/* ruleset_commands - whorl ruleset create|set|list|delete (api/rulesets.h). */
#include "control/command_parts.h"

#include "api/rulesets.h"
#include "base/random.h"

static bool find_workspace(struct command_context *context, struct json request, struct arena *arena, uint32_t *ws)
{
    struct str name = command_text(request, "workspace", STR("default"));
    return place_find_workspace(context->store, arena, name, ws) == ERR_OK;
}

/* Stores the document, when it is in order. */
static bool put_ruleset(struct command_context *context, struct json request, struct str id, uint32_t workspace,
                        struct arena *arena, struct json_out *answer)
{
    struct str text = arena_copy(arena, command_text(request, "ruleset", STR("")));
    struct str padded = json_padded(arena, text);
    struct json_parser *parser = json_parser_create();
    struct json root;
    const char *problem = NULL;
    if (!parser || !padded.p) problem = "out of memory";
    else if (text.n == 0) problem = "say --file FILE: a ruleset as JSON";
    else if (text.n > RULESET_BYTES_MAX) problem = "a ruleset has at most 64 kB";
    else if (json_parse(parser, padded, &root)) problem = json_parse_problem(parser);
    else problem = ruleset_problem(root, arena);
    json_parser_destroy(parser);
    if (problem) return command_fail(answer, problem);
    if (store_set_value(context->store, ruleset_name(arena, workspace, id), text))
        return command_fail(answer, "the ruleset could not be stored; the log says why");
    json_out_open(answer, '{');
    json_out_key(answer, "id"), json_out_str(answer, id);
    json_out_close(answer, '}');
    return true;
}

#define NO_WORKSPACE "there is no workspace of that name"

bool ruleset_create(struct command_context *context, struct json request, struct arena *arena,
                    struct json_out *answer)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    char id[3 + 14] = { 'r', 's', '_' };
    uint32_t workspace;
    if (!find_workspace(context, request, arena, &workspace)) return command_fail(answer, NO_WORKSPACE);
    uint64_t random = random_u64(), more = random_u64();
    for (size_t i = 3; i < sizeof id; i++, random /= 62) {
        if (i == 10) random = more;
        id[i] = digits[random % 62];
    }
    return put_ruleset(context, request, (struct str){ id, sizeof id }, workspace, arena, answer);
}

/* ERR_NOT_FOUND: there is none of this id. */
static enum err check_there(struct command_context *context, struct str id, uint32_t workspace, struct arena *arena)
{
    struct str text;
    if (id.n == 0 || id.n > RULESET_ID_BYTES_MAX) return ERR_NOT_FOUND;
    enum err e = store_get_value(context->store, ruleset_name(arena, workspace, id), arena, &text);
    return !e && text.n == 0 ? ERR_NOT_FOUND : e;
}

bool ruleset_set(struct command_context *context, struct json request, struct arena *arena, struct json_out *answer)
{
    struct str id = command_text(request, "name", STR(""));
    uint32_t workspace;
    if (!find_workspace(context, request, arena, &workspace)) return command_fail(answer, NO_WORKSPACE);
    if (check_there(context, id, workspace, arena)) return command_fail(answer, "there is no ruleset of that id");
    return put_ruleset(context, request, id, workspace, arena, answer);
}

bool ruleset_delete(struct command_context *context, struct json request, struct arena *arena,
                    struct json_out *answer)
{
    struct str id = command_text(request, "name", STR(""));
    uint32_t workspace;
    if (!find_workspace(context, request, arena, &workspace)) return command_fail(answer, NO_WORKSPACE);
    if (check_there(context, id, workspace, arena)) return command_fail(answer, "there is no ruleset of that id");
    if (store_set_value(context->store, ruleset_name(arena, workspace, id), STR("")))
        return command_fail(answer, "the ruleset could not be deleted; the log says why");
    json_out_open(answer, '{');
    json_out_key(answer, "deleted"), json_out_str(answer, id);
    json_out_close(answer, '}');
    return true;
}

static void list_one(void *context, struct str name, struct str value)
{
    struct json_out *out = context;
    struct str rest = name, id = { "", 0 };
    while (str_split(&rest, '/', &id)) continue; /* the last part */
    if (value.n == 0) return;
    json_out_open(out, '{');
    json_out_key(out, "id"), json_out_str(out, id);
    json_out_key(out, "ruleset"), json_out_value(out, value);
    json_out_close(out, '}');
}

bool ruleset_list(struct command_context *context, struct json request, struct arena *arena, struct json_out *answer)
{
    uint32_t workspace;
    if (!find_workspace(context, request, arena, &workspace)) return command_fail(answer, NO_WORKSPACE);
    json_out_open(answer, '{');
    json_out_key(answer, "rulesets");
    json_out_open(answer, '[');
    enum err e = store_each_value(context->store, ruleset_name(arena, workspace, STR("")), list_one, answer);
    json_out_close(answer, ']');
    json_out_close(answer, '}');
    return !e;
}
