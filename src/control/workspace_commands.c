/* workspace_commands - whorl workspace create|set|list, whorl environment create|set|list. Settings are a named value
 * "workspace-settings/<number>" (api/workspaces.h). */
#include "control/command_parts.h"

static struct str settings_name(struct arena *arena, uint32_t number)
{
    return arena_format(arena, "workspace-settings/%u", (unsigned)number);
}

/* What is stored, the defaults when nothing is. */
static enum err read_settings(struct store *st, struct arena *arena, struct workspace *out)
{
    struct json root;
    struct str text;
    enum err e = store_get_value(st, settings_name(arena, out->number), arena, &text);
    if (e == ERR_NOT_FOUND) return ERR_OK;
    struct json_parser *parser = json_parser_create();
    if (!e && !parser) e = ERR_NO_MEMORY;
    if (!e) text = json_padded(arena, text);
    if (!e && !text.p) e = ERR_NO_MEMORY;
    if (!e) e = json_parse(parser, text, &root);
    if (!e && workspace_read(out, root, arena)) e = ERR_CORRUPT;
    json_parser_destroy(parser);
    return e;
}

#define DAYS_PROBLEM                                                                                \
    "days of retention are 1 to 36500, or forever, or default: as long as the workspace has it, or for ever"

/* A member about retention: a number of days, "forever" or "default". False when it is absent. */
static bool read_days(struct json request, const char *name, int *days, const char **problem)
{
    struct json v;
    struct str text;
    int64_t number;
    if (!json_get(request, str_of(name), &v)) return false;
    bool is_text = json_str(v, &text);
    if (is_text && str_eq(text, STR("default"))) number = RETENTION_UNSET;
    else if (is_text && str_eq(text, STR("forever"))) number = 0;
    else if ((is_text ? !str_to_i64(text, &number) : !json_i64(v, &number)) || number < 1 ||
             number > RETENTION_DAYS_MAX)
        *problem = DAYS_PROBLEM;
    *days = *problem ? RETENTION_UNSET : (int)number;
    return true;
}

struct days {
    bool events_given, visitors_given;
    int events, visitors;
};

static const char *read_retention(struct days *out, struct json request)
{
    const char *problem = NULL;
    *out = (struct days){ .events = RETENTION_UNSET, .visitors = RETENTION_UNSET };
    out->events_given = read_days(request, "retentionDays", &out->events, &problem);
    if (!problem) out->visitors_given = read_days(request, "visitorRetentionDays", &out->visitors, &problem);
    return problem;
}

/* environment 0: the workspace, which has visitors, too. */
static enum err set_retention(struct store *st, uint32_t workspace, uint32_t environment, const struct days *days)
{
    enum err e = ERR_OK;
    if (days->events_given) e = store_set_retention(st, workspace, environment, days->events);
    if (!e && days->visitors_given && !environment)
        e = store_set_retention(st, workspace, RETENTION_VISITORS, days->visitors);
    return e;
}

static void put_days(struct json_out *out, const char *name, int days, struct str unset)
{
    json_out_key(out, name);
    if (days > 0) json_out_int(out, days);
    else json_out_str(out, days == 0 ? STR("forever") : unset);
}

static void put_workspace(struct json_out *answer, struct store *st, struct arena *arena, const struct workspace *w,
                          struct str name)
{
    struct json_out settings;
    json_out_init(&settings, arena);
    workspace_print(&settings, w);
    json_out_open(answer, '{');
    json_out_key(answer, "id"), json_out_str(answer, arena_format(arena, "ws_%u", (unsigned)w->number));
    json_out_key(answer, "name"), json_out_str(answer, name);
    json_out_key(answer, "settings"), json_out_value(answer, json_out_text(&settings));
    put_days(answer, "retentionDays", store_find_retention(st, w->number, 0), STR("forever"));
    put_days(answer, "visitorRetentionDays", store_find_retention(st, w->number, RETENTION_VISITORS),
             STR("forever"));
    json_out_close(answer, '}');
}

/* Changes what the request names. */
static bool change(struct command_context *context, uint32_t number, struct str name, struct json request,
                   struct arena *arena, struct json_out *answer)
{
    struct workspace w = { .number = number };
    struct json_out text;
    struct days days;
    enum err e = read_settings(context->store, arena, &w);
    const char *problem = read_retention(&days, request);
    if (!problem) problem = e ? "the settings cannot be read; the log says why" : workspace_read(&w, request, arena);
    if (problem) return command_fail(answer, problem);
    json_out_init(&text, arena);
    workspace_print(&text, &w);
    e = store_set_value(context->store, settings_name(arena, number), json_out_text(&text));
    if (!e && context->keys) e = keys_reload(context->keys, context->store);
    if (!e) e = set_retention(context->store, number, 0, &days);
    if (e) return command_fail(answer, "the settings could not be stored; the log says why");
    put_workspace(answer, context->store, arena, &w, name);
    return true;
}

bool workspace_create(struct command_context *context, struct json request, struct arena *arena,
                      struct json_out *answer)
{
    struct str name = command_text(request, "name", STR(""));
    struct workspace w = { 0 };
    uint32_t number, environment;
    if (!place_name_valid(name)) return command_fail(answer, PLACE_NAME_PROBLEM);
    if (place_find_workspace(context->store, arena, name, &number) != ERR_NOT_FOUND)
        return command_fail(answer, "there is a workspace of that name; `whorl workspace set` changes it");
    struct days days;
    const char *problem = workspace_read(&w, request, arena); /* before it is made */
    if (!problem) problem = read_retention(&days, request);
    if (problem) return command_fail(answer, problem);
    if (place_find(context->store, arena, name, STR("default"), &number, &environment))
        return command_fail(answer, "the workspace could not be stored; the log says why");
    return change(context, number, name, request, arena, answer);
}

bool workspace_set(struct command_context *context, struct json request, struct arena *arena,
                   struct json_out *answer)
{
    struct str name = command_text(request, "name", STR(""));
    uint32_t number;
    if (place_find_workspace(context->store, arena, name, &number))
        return command_fail(answer, "there is no workspace of that name");
    return change(context, number, name, request, arena, answer);
}

struct place {
    struct place *next;
    struct str name, number;
};

struct listing {
    struct arena *arena;
    struct place *first, **last;
};

static void note_place(void *context, struct str name, struct str value)
{
    struct listing *l = context;
    struct place *place = ARENA_NEW(l->arena, struct place);
    if (!place) return;
    size_t slash = str_find_char(name, '/', 0);
    place->name = arena_copy(l->arena, str_sub(name, slash + 1, name.n));
    place->number = arena_copy(l->arena, value);
    *l->last = place;
    l->last = &place->next;
}

static enum err list_places(struct listing *l, struct store *st, struct arena *arena, const char *prefix)
{
    *l = (struct listing){ .arena = arena };
    l->last = &l->first;
    enum err e = store_each_value(st, str_of(prefix), note_place, l);
    return e ? e : arena->failed ? ERR_NO_MEMORY : ERR_OK;
}

bool workspace_list(struct command_context *context, struct json request, struct arena *arena,
                    struct json_out *answer)
{
    struct listing l;
    (void)request;
    enum err e = list_places(&l, context->store, arena, "workspace/");
    json_out_open(answer, '{');
    json_out_key(answer, "workspaces");
    json_out_open(answer, '[');
    for (struct place *p = l.first; p && !e; p = p->next) {
        struct workspace w = { 0 };
        uint64_t number = 0;
        str_to_u64(p->number, &number);
        w.number = (uint32_t)number;
        e = read_settings(context->store, arena, &w);
        put_workspace(answer, context->store, arena, &w, p->name);
    }
    json_out_close(answer, ']');
    json_out_close(answer, '}');
    return !e;
}

static void put_environment(struct json_out *answer, struct store *st, struct arena *arena, uint32_t ws,
                            uint32_t env, struct str name, struct str workspace)
{
    json_out_open(answer, '{');
    json_out_key(answer, "id"), json_out_str(answer, arena_format(arena, "env_%u", (unsigned)env));
    json_out_key(answer, "name"), json_out_str(answer, name);
    json_out_key(answer, "workspace"), json_out_str(answer, workspace);
    put_days(answer, "retentionDays", store_find_retention(st, ws, env), STR("default"));
    json_out_close(answer, '}');
}

/* What `environment create` and `environment set` have in common: *env is 0 when there is none of that name. */
static const char *read_environment(struct command_context *context, struct json request, struct arena *arena,
                                    struct days *days, struct str *name, struct str *workspace, uint32_t *ws,
                                    uint32_t *env)
{
    struct str value;
    uint64_t number = 0;
    *name = command_text(request, "name", STR(""));
    *workspace = command_text(request, "workspace", STR("default"));
    if (!place_name_valid(*name)) return PLACE_NAME_PROBLEM;
    if (place_find_workspace(context->store, arena, *workspace, ws)) return "there is no workspace of that name";
    struct str full = arena_format(arena, "environment/%u/%.*s", (unsigned)*ws, STR_ARG(*name));
    if (!store_get_value(context->store, full, arena, &value)) str_to_u64(value, &number);
    *env = (uint32_t)number;
    const char *problem = read_retention(days, request);
    if (!problem && days->visitors_given)
        problem = "visitors belong to a workspace: whorl workspace set NAME --visitor-retention-days N";
    return problem;
}

static bool answer_environment(struct command_context *context, struct arena *arena, struct json_out *answer,
                               const struct days *days, struct str name, struct str workspace, uint32_t ws,
                               uint32_t env)
{
    if (set_retention(context->store, ws, env, days))
        return command_fail(answer, "the environment could not be stored; the log says why");
    put_environment(answer, context->store, arena, ws, env, name, workspace);
    return true;
}

bool environment_create(struct command_context *context, struct json request, struct arena *arena,
                        struct json_out *answer)
{
    struct str name, workspace;
    struct days days;
    uint32_t ws, env;
    const char *problem = read_environment(context, request, arena, &days, &name, &workspace, &ws, &env);
    if (!problem && env) problem = "this workspace has an environment of that name; `whorl environment set` changes it";
    if (problem) return command_fail(answer, problem);
    if (place_find(context->store, arena, workspace, name, &ws, &env))
        return command_fail(answer, "the environment could not be stored; the log says why");
    return answer_environment(context, arena, answer, &days, name, workspace, ws, env);
}

bool environment_set(struct command_context *context, struct json request, struct arena *arena,
                     struct json_out *answer)
{
    struct str name, workspace;
    struct days days;
    uint32_t ws, env;
    const char *problem = read_environment(context, request, arena, &days, &name, &workspace, &ws, &env);
    if (!problem && !env) problem = "this workspace has no environment of that name";
    if (problem) return command_fail(answer, problem);
    return answer_environment(context, arena, answer, &days, name, workspace, ws, env);
}

bool environment_list(struct command_context *context, struct json request, struct arena *arena,
                      struct json_out *answer)
{
    struct listing l;
    struct str workspace = command_text(request, "workspace", STR("default"));
    uint32_t ws;
    if (place_find_workspace(context->store, arena, workspace, &ws))
        return command_fail(answer, "there is no workspace of that name");
    enum err e =
        list_places(&l, context->store, arena, arena_format(arena, "environment/%u/", (unsigned)ws).p);
    json_out_open(answer, '{');
    json_out_key(answer, "environments");
    json_out_open(answer, '[');
    for (struct place *p = l.first; p && !e; p = p->next) {
        size_t slash = str_find_char(p->name, '/', 0); /* "3/production" */
        uint64_t number = 0;
        str_to_u64(p->number, &number);
        put_environment(answer, context->store, arena, ws, (uint32_t)number,
                        str_sub(p->name, slash + 1, p->name.n), workspace);
    }
    json_out_close(answer, ']');
    json_out_close(answer, '}');
    return !e;
}
