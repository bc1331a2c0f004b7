/* command - see command.h. Workspaces and environments are named values of the store:
 *     workspace/<name>            its number
 *     environment/<ws>/<name>     its number, unique over the installation
 * Both are made when a key first names them, so that an afternoon's work needs no set-up. */
#include "control/command.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/limits.h"
#include "base/random.h"

#include <assert.h>

static bool fail(struct json_out *answer, const char *problem)
{
    json_out_open(answer, '{');
    json_out_key(answer, "error"), json_out_str(answer, str_of(problem));
    json_out_close(answer, '}');
    return false;
}

/* ---- workspaces and environments ---- */

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", s.p[i]) ||
            !s.p[i])
            return false;
    return s.n > 0 && s.n <= NAME_BYTES_MAX;
}

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
static enum err find_place(struct store *st, struct arena *arena, struct str workspace,
                           struct str environment, uint32_t *ws, uint32_t *env)
{
    enum err e = place_of(st, arena, STR("default"), STR("default"), ws, env);
    assert(e || (*ws == WORKSPACE_DEFAULT && *env == ENVIRONMENT_DEFAULT));
    return e ? e : place_of(st, arena, workspace, environment, ws, env);
}

enum err command_make_defaults(struct command_context *context, struct arena *arena)
{
    uint32_t ws, env;
    return find_place(context->store, arena, STR("default"), STR("default"), &ws, &env);
}

/* ---- keys ---- */

static void largest_id(void *context, const struct api_key *key)
{
    uint32_t *largest = context;
    if (key->id > *largest) *largest = key->id;
}

/* Prefix by kind (FingerprintIQ's), then 32 base62 characters: 190 random bits. */
static struct str key_text(struct arena *arena, enum key_kind kind, bool test)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const char *prefix = kind == KEY_SECRET ? "fiq_secret_" : test ? "fiq_test_" : "fiq_live_";
    char text[33];
    for (size_t i = 0; i < 32; i++) {
        uint8_t byte;
        do random_bytes(&byte, 1);
        while (byte >= 248); /* 4 * 62: no digit is likelier than another */
        text[i] = digits[byte % 62];
    }
    text[32] = 0;
    return arena_format(arena, "%s%s", prefix, text);
}

enum err command_make_key(struct command_context *context, enum key_kind kind, uint32_t workspace,
                          uint32_t environment, bool test, struct str origins, struct arena *arena,
                          uint32_t *id, struct str *text)
{
    struct api_key key = { .kind = kind, .workspace = workspace, .environment = environment,
                           .test = test, .created_ms = clock_wall_ms(), .origins = origins };
    *text = key_text(arena, kind, test);
    if (arena->failed) return ERR_NO_MEMORY;
    crypto_sha256(key.hash, *text);
    if (kind == KEY_PUBLIC) key.text = *text; /* a secret's text is shown once and not kept */
    enum err e = store_each_key(context->store, largest_id, &key.id);
    key.id++;
    if (!e) e = store_save_key(context->store, &key);
    if (!e && context->keys) e = keys_reload(context->keys, context->store);
    *id = key.id;
    return e;
}

struct key_request {
    struct str kind, workspace, environment;
    bool has_environment, test;
    struct str origins;
};

static const char *read_origins(struct key_request *r, struct json list, struct arena *arena)
{
    size_t count = 0;
    if (json_type(list) != JSON_ARRAY)
        return "origins must be a list"; /* or the key would have none */
    for (struct json_each it = json_each(list); json_next(&it);) {
        struct str origin;
        if (!json_str(it.value, &origin) || !origin_pattern_valid(origin))
            return "an --origin looks like https://shop.example or https://*.shop.example";
        if (++count > ORIGINS_MAX) return "a key takes at most 32 origins";
        r->origins = r->origins.n
                         ? arena_format(arena, "%.*s %.*s", STR_ARG(r->origins), STR_ARG(origin))
                         : arena_copy(arena, origin);
    }
    return NULL;
}

static const char *read_key_request(struct key_request *r, struct json request, struct arena *arena)
{
    struct json v;
    *r = (struct key_request){ .workspace = STR("default"), .environment = STR("default") };
    if (!json_get(request, STR("kind"), &v) || !json_str(v, &r->kind))
        return "say --kind public or --kind secret";
    if (json_get(request, STR("workspace"), &v) && !json_str(v, &r->workspace))
        return "workspace must be a name";
    r->has_environment = json_get(request, STR("environment"), &v);
    if (r->has_environment && !json_str(v, &r->environment)) return "environment must be a name";
    if (json_get(request, STR("test"), &v) && !json_bool(v, &r->test))
        return "test must be true or false";
    if (!is_name(r->workspace) || !is_name(r->environment))
        return "names of workspaces and environments have 1 to 64 letters, digits, points, "
               "underscores or hyphens";
    return json_get(request, STR("origins"), &v) ? read_origins(r, v, arena) : NULL;
}

static bool key_create(struct command_context *context, struct json request, struct arena *arena,
                       struct json_out *answer)
{
    struct key_request r;
    struct str text;
    uint32_t workspace, environment, id;
    enum key_kind kind;
    const char *problem = read_key_request(&r, request, arena);
    if (problem) return fail(answer, problem);
    if (str_eq(r.kind, STR("public"))) kind = KEY_PUBLIC;
    else if (str_eq(r.kind, STR("secret"))) kind = KEY_SECRET;
    else return fail(answer, "--kind is public (for browsers) or secret (for your servers)");
    if (r.origins.n && kind != KEY_PUBLIC) return fail(answer, "--origin is for public keys");

    enum err e =
        find_place(context->store, arena, r.workspace, r.environment, &workspace, &environment);
    /* a secret key without --environment sees the whole workspace */
    if (kind == KEY_SECRET && !r.has_environment) environment = 0;
    if (!e)
        e = command_make_key(context, kind, workspace, environment, r.test, r.origins, arena, &id,
                             &text);
    if (e) return fail(answer, "the key could not be stored; the server's log says why");
    json_out_open(answer, '{');
    json_out_key(answer, "id"), json_out_str(answer, arena_format(arena, "key_%u", (unsigned)id));
    json_out_key(answer, "key"), json_out_str(answer, text);
    json_out_key(answer, "kind"), json_out_str(answer, r.kind);
    json_out_key(answer, "workspace"), json_out_str(answer, r.workspace);
    if (environment) json_out_key(answer, "environment"), json_out_str(answer, r.environment);
    json_out_close(answer, '}');
    return true;
}

/* ---- visitors ---- */

static bool delete_visitor(struct command_context *context, struct json request,
                           struct arena *arena, struct json_out *answer)
{
    const struct identify_shared alone = { .store = context->store };
    struct str text = STR(""), workspace = STR("default"), value;
    struct visitor_id id;
    struct json v;
    uint64_t number = 0;
    char spelling[ID_TEXT_BYTES];
    if (json_get(request, STR("visitor"), &v)) json_str(v, &text);
    if (json_get(request, STR("workspace"), &v)) json_str(v, &workspace);
    if (!visitor_id_parse(text, &id))
        return fail(answer, "that is no visitor id; it has 20 characters, or iq_ and 26");
    if (!is_name(workspace)) return fail(answer, "there is no workspace of that name");
    struct str name = arena_format(arena, "workspace/%.*s", STR_ARG(workspace));
    enum err e = store_get_value(context->store, name, arena, &value);
    if (e == ERR_NOT_FOUND) return fail(answer, "there is no workspace of that name");
    if (!e && !str_to_u64(value, &number)) e = ERR_CORRUPT;
    if (!e)
        e = identify_forget(context->identify ? context->identify : &alone, (uint32_t)number, id);
    if (e == ERR_NOT_FOUND) return fail(answer, "this workspace has no such visitor");
    /* a server does that in the background */
    if (!e && !context->identify) e = store_finish_deletions(context->store);
    if (e) return fail(answer, "the visitor could not be deleted; the log says why");
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
    bool (*run)(struct command_context *, struct json, struct arena *, struct json_out *);
} commands[] = {
    { "key create", key_create },
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
    return fail(answer, "this server does not know that command; is it the same version?");
}
