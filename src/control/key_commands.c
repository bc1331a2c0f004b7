/* key_commands - whorl key create|list|revoke|rotate. */
#include "control/command_parts.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/limits.h"
#include "base/random.h"
#include "control/secrets.h"

#include <stdio.h>

enum { RATE_MAX = 1000000 };

static const char *const kind_names[KEY_KIND_COUNT] = { "public", "secret", "management", "proxy" };

static void largest_id(void *context, const struct api_key *key)
{
    uint32_t *largest = context;
    if (key->id > *largest) *largest = key->id;
}

/* Prefix by kind (FingerprintIQ's), then 32 base62 characters: 190 random bits. */
static struct str key_text(struct arena *arena, enum key_kind kind, bool test)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    static const char *const prefixes[KEY_KIND_COUNT] = { "fiq_live_", "fiq_secret_", "whorl_management_",
                                                          "whorl_proxy_" };
    const char *prefix = kind == KEY_PUBLIC && test ? "fiq_test_" : prefixes[kind];
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
                          uint32_t environment, bool test, struct str origins, uint32_t rate,
                          struct arena *arena, uint32_t *id, struct str *text)
{
    struct api_key key = { .kind = kind, .workspace = workspace, .environment = environment, .rate = rate,
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
    int64_t rate;
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
        return "say --kind public, secret, management, proxy or sealing";
    if (json_get(request, STR("workspace"), &v) && !json_str(v, &r->workspace))
        return "workspace must be a name";
    r->has_environment = json_get(request, STR("environment"), &v);
    if (r->has_environment && !json_str(v, &r->environment)) return "environment must be a name";
    if (json_get(request, STR("test"), &v) && !json_bool(v, &r->test))
        return "test must be true or false";
    if (!place_name_valid(r->workspace) || !place_name_valid(r->environment))
        return PLACE_NAME_PROBLEM;
    if (json_get(request, STR("rate"), &v) && (!json_i64(v, &r->rate) || r->rate < 1 || r->rate > RATE_MAX))
        return "--rate is 1 to 1000000 requests a second";
    return json_get(request, STR("origins"), &v) ? read_origins(r, v, arena) : NULL;
}

/* Which environment a command is about; made when it is new. */
static enum err find_environment(struct command_context *context, struct arena *arena, const struct key_request *r,
                                 uint32_t *workspace, uint32_t *environment)
{
    return place_find(context->store, arena, r->workspace, r->environment, workspace, environment);
}

static void put_place(struct json_out *answer, const struct key_request *r, bool environment)
{
    json_out_key(answer, "workspace"), json_out_str(answer, r->workspace);
    if (environment) json_out_key(answer, "environment"), json_out_str(answer, r->environment);
}

#define NOT_STORED "the key could not be stored; the log says why"

/* The first one of an environment seals from now on; the others wait for `key rotate`. */
static bool sealing_create(struct command_context *context, const struct key_request *r, struct arena *arena,
                           struct json_out *answer)
{
    uint32_t workspace, environment, number;
    struct str text;
    bool current;
    if (!context->master) return command_fail(answer, "there is no master.key to keep sealing keys under");
    enum err e = find_environment(context, arena, r, &workspace, &environment);
    if (!e)
        e = sealing_key_make(context->store, context->master, environment, arena, &number, &current, &text);
    if (!e && context->keys) e = keys_reload(context->keys, context->store);
    if (e) return command_fail(answer, NOT_STORED);
    json_out_open(answer, '{');
    json_out_key(answer, "id");
    json_out_str(answer, arena_format(arena, "seal_%u_%u", (unsigned)environment, (unsigned)number));
    json_out_key(answer, "key"), json_out_str(answer, text);
    json_out_key(answer, "kind"), json_out_str(answer, r->kind);
    json_out_key(answer, "state"), json_out_str(answer, current ? STR("current") : STR("next"));
    put_place(answer, r, true);
    json_out_close(answer, '}');
    return true;
}

static bool read_kind(struct str name, enum key_kind *out)
{
    for (unsigned i = 0; i < KEY_KIND_COUNT; i++)
        if (str_eq(name, str_of(kind_names[i]))) {
            *out = (enum key_kind)i;
            return true;
        }
    return false;
}

bool key_create(struct command_context *context, struct json request, struct arena *arena, struct json_out *answer)
{
    struct key_request r;
    struct str text;
    uint32_t workspace, environment, id;
    enum key_kind kind;
    const char *problem = read_key_request(&r, request, arena);
    if (problem) return command_fail(answer, problem);
    if (str_eq(r.kind, STR("sealing"))) return sealing_create(context, &r, arena, answer);
    if (!read_kind(r.kind, &kind))
        return command_fail(answer, "--kind is public (for browsers), secret (for your servers), management, proxy "
                                    "or sealing");
    if (r.origins.n && kind != KEY_PUBLIC) return command_fail(answer, "--origin is for public keys");
    if (r.has_environment && kind == KEY_MANAGEMENT)
        return command_fail(answer, "a management key is for a workspace, not for an environment of it");

    enum err e = find_environment(context, arena, &r, &workspace, &environment);
    /* a key without --environment is for the whole workspace, but for a browser's */
    if (kind != KEY_PUBLIC && !r.has_environment) environment = 0;
    if (!e)
        e = command_make_key(context, kind, workspace, environment, r.test, r.origins, (uint32_t)r.rate, arena,
                             &id, &text);
    if (e) return command_fail(answer, NOT_STORED);
    json_out_open(answer, '{');
    json_out_key(answer, "id"), json_out_str(answer, arena_format(arena, "key_%u", (unsigned)id));
    json_out_key(answer, "key"), json_out_str(answer, text);
    json_out_key(answer, "kind"), json_out_str(answer, r.kind);
    put_place(answer, &r, environment != 0);
    if (r.rate) json_out_key(answer, "rate"), json_out_int(answer, r.rate);
    json_out_close(answer, '}');
    return true;
}

static void list_one(void *context, const struct api_key *key)
{
    struct json_out *out = context;
    char id[16];
    json_out_open(out, '{');
    json_out_key(out, "id");
    json_out_str(out, (struct str){ id, (size_t)snprintf(id, sizeof id, "key_%u", key->id) });
    json_out_key(out, "kind"), json_out_str(out, str_of(kind_names[key->kind]));
    json_out_key(out, "workspace"), json_out_int(out, key->workspace);
    if (key->environment) json_out_key(out, "environment"), json_out_int(out, key->environment);
    if (key->text.n) json_out_key(out, "key"), json_out_str(out, key->text);
    if (key->origins.n) json_out_key(out, "origins"), json_out_str(out, key->origins);
    if (key->rate) json_out_key(out, "rate"), json_out_int(out, key->rate);
    json_out_key(out, "test"), json_out_bool(out, key->test);
    json_out_key(out, "revoked"), json_out_bool(out, key->revoked);
    json_out_key(out, "createdAt"), json_out_int(out, key->created_ms);
    json_out_close(out, '}');
}

/* Workspaces and environments by number: `workspace list` and `environment list` have the names. */
bool key_list(struct command_context *context, struct json request, struct arena *arena, struct json_out *answer)
{
    (void)request, (void)arena;
    json_out_open(answer, '{');
    json_out_key(answer, "keys");
    json_out_open(answer, '[');
    enum err e = store_each_key(context->store, list_one, answer);
    json_out_close(answer, ']');
    json_out_close(answer, '}');
    return !e;
}

struct revoking {
    uint32_t id;
    struct arena *arena;
    struct api_key found;
};

static void find_one(void *context, const struct api_key *key)
{
    struct revoking *r = context;
    if (key->id != r->id) return;
    r->found = *key;
    r->found.text = arena_copy(r->arena, key->text);
    r->found.origins = arena_copy(r->arena, key->origins);
}

bool key_revoke(struct command_context *context, struct json request, struct arena *arena, struct json_out *answer)
{
    struct str id = command_text(request, "name", STR(""));
    struct revoking r = { .arena = arena };
    uint64_t number;
    if (!str_starts(id, STR("key_")) || !str_to_u64(str_sub(id, 4, id.n), &number) || number > UINT32_MAX)
        return command_fail(answer, "say which: key_1, as `whorl key list` has it");
    r.id = (uint32_t)number;
    enum err e = store_each_key(context->store, find_one, &r);
    if (!e && r.found.id == 0) return command_fail(answer, "there is no key of that id");
    r.found.revoked = true;
    if (!e) e = store_save_key(context->store, &r.found);
    if (!e && context->keys) e = keys_reload(context->keys, context->store);
    if (e) return command_fail(answer, NOT_STORED);
    json_out_open(answer, '{');
    json_out_key(answer, "id"), json_out_str(answer, id);
    json_out_key(answer, "revoked"), json_out_bool(answer, true);
    json_out_close(answer, '}');
    return true;
}

/* What browsers keep is signed by a key of the whole installation. A running server makes the new one itself. */
static bool token_key_rotate(struct command_context *context, struct json_out *answer)
{
    unsigned number;
    enum err e = token_keys_expire(context->store, &number);
    if (e == ERR_NOT_FOUND)
        return command_fail(answer, number > TOKEN_KEY_NUMBER_MAX
                                        ? "there is no number left: 255 token keys have been used"
                                        : "there is no token key yet; the server makes one when it starts");
    if (e) return command_fail(answer, NOT_STORED);
    json_out_open(answer, '{');
    json_out_key(answer, "id"), json_out_int(answer, number);
    json_out_key(answer, "state");
    json_out_str(answer, context->identify ? STR("signs within seconds") : STR("signs from the next start on"));
    json_out_close(answer, '}');
    return true;
}

/* Sealing keys: the next one becomes the current one. */
bool key_rotate(struct command_context *context, struct json request, struct arena *arena, struct json_out *answer)
{
    struct key_request r;
    uint32_t workspace, environment, number;
    const char *problem = read_key_request(&r, request, arena);
    if (problem) return command_fail(answer, problem);
    if (str_eq(r.kind, STR("token"))) return token_key_rotate(context, answer);
    if (!str_eq(r.kind, STR("sealing")))
        return command_fail(answer, "only two kinds rotate: --kind sealing and --kind token");
    enum err e = find_environment(context, arena, &r, &workspace, &environment);
    if (!e) e = sealing_key_rotate(context->store, environment, &number);
    if (e == ERR_NOT_FOUND)
        return command_fail(answer, "there is no next key; make one first: whorl key create --kind sealing");
    if (!e && context->keys) e = keys_reload(context->keys, context->store);
    if (e) return command_fail(answer, NOT_STORED);
    json_out_open(answer, '{');
    json_out_key(answer, "id");
    json_out_str(answer, arena_format(arena, "seal_%u_%u", (unsigned)environment, (unsigned)number));
    json_out_key(answer, "state"), json_out_str(answer, STR("current"));
    put_place(answer, &r, true);
    json_out_close(answer, '}');
    return true;
}
