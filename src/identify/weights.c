/* weights - see weights.h. */
#include "identify/weights.h"

#include "base/log.h"
#include "base/swap.h"

#include <pthread.h>
#include <stdlib.h>

enum { AS_IT_IS = -2 };

enum platform { WEB, ANDROID, IOS, PLATFORMS };

static const struct { const char *name; int16_t value[PLATFORMS]; } defaults[WEIGHT_COUNT] = {
#define W(name, web, android, ios, fires) { #name, { web, android, ios } },
#include "identify/weights.def"
};

struct table {
    uint32_t environment;
    struct weights weights;
};

struct tables {
    size_t count, room;
    struct table *list;
    bool failed;
};

struct weight_tables {
    struct swap tables; /* of struct tables */
};

static bool fires(enum weight w, const struct event *ev)
{
    switch (w) {
#define W(name, web, android, ios, condition)                                                       \
    case WEIGHT_##name: return condition;
#include "identify/weights.def"
    default: return false;
    }
}

enum weight weight_find(struct str name)
{
    for (enum weight w = 0; w < WEIGHT_COUNT; w++)
        if (str_eq(name, str_of(defaults[w].name))) return w;
    return WEIGHT_COUNT;
}

const char *weight_name(enum weight w)
{
    return defaults[w].name;
}

struct weights weights_default(void)
{
    struct weights w;
    for (size_t i = 0; i < WEIGHT_COUNT; i++) w.value[i] = -1;
    return w;
}

struct weights weights_unchanged(void)
{
    struct weights w;
    for (size_t i = 0; i < WEIGHT_COUNT; i++) w.value[i] = AS_IT_IS;
    return w;
}

const char *weights_change(struct weights *w, struct json changes)
{
    if (json_type(changes) != JSON_OBJECT) return "weights are an object of whole numbers by name";
    for (struct json_each it = json_each(changes); json_next(&it);) {
        enum weight which = weight_find(it.key);
        double value;
        if (which == WEIGHT_COUNT) return "there is no weight of that name; `whorl weights show` lists them";
        if (json_type(it.value) == JSON_NULL) {
            w->value[which] = -1;
            continue;
        }
        if (!json_double(it.value, &value) || !(value >= 0 && value <= WEIGHT_MAX) || value != (int)value)
            return "a weight is a whole number from 0 to 1000";
        w->value[which] = (int16_t)value;
    }
    return NULL;
}

void weights_print(struct json_out *out, const struct weights *w)
{
    json_out_open(out, '{');
    for (size_t i = 0; i < WEIGHT_COUNT; i++)
        if (w->value[i] >= 0) json_out_key(out, defaults[i].name), json_out_int(out, w->value[i]);
    json_out_close(out, '}');
}

void weights_print_all(struct json_out *out, const struct weights *w)
{
    static const char *const names[PLATFORMS] = { "web", "android", "ios" };
    json_out_open(out, '{');
    for (size_t i = 0; i < WEIGHT_COUNT; i++) {
        json_out_key(out, defaults[i].name);
        json_out_open(out, '{');
        for (size_t p = 0; p < PLATFORMS; p++) {
            json_out_key(out, names[p]);
            json_out_int(out, w->value[i] >= 0 ? w->value[i] : defaults[i].value[p]);
        }
        json_out_key(out, "changed"), json_out_bool(out, w->value[i] >= 0);
        json_out_close(out, '}');
    }
    json_out_close(out, '}');
}

/* ---- in the store ---- */

static struct str name_of(struct arena *arena, uint32_t environment)
{
    return arena_format(arena, "weights/%u", (unsigned)environment);
}

static enum err read_weights(struct weights *out, struct str text, struct arena *arena)
{
    struct json root;
    struct json_parser *parser = json_parser_create();
    enum err e = parser ? ERR_OK : ERR_NO_MEMORY;
    *out = weights_default();
    if (!e) text = json_padded(arena, text);
    if (!e && !text.p) e = ERR_NO_MEMORY;
    if (!e) e = json_parse(parser, text, &root);
    if (!e && weights_change(out, root)) e = ERR_CORRUPT;
    json_parser_destroy(parser);
    return e;
}

enum err weights_load(struct weights *out, struct store *store, uint32_t environment, struct arena *arena)
{
    struct str text;
    enum err e = store_get_value(store, name_of(arena, environment), arena, &text);
    *out = weights_default();
    if (e == ERR_NOT_FOUND) return ERR_OK;
    return e ? e : read_weights(out, text, arena);
}

enum err weights_save(const struct weights *w, struct store *store, uint32_t environment, struct arena *arena)
{
    struct json_out out;
    json_out_init(&out, arena);
    weights_print(&out, w);
    return out.failed ? ERR_NO_MEMORY : store_set_value(store, name_of(arena, environment), json_out_text(&out));
}

static void add_table(void *context, struct str name, struct str value)
{
    struct tables *t = context;
    struct arena arena;
    uint64_t environment;
    arena_init(&arena, 256 * 1024);
    if (t->count == t->room) {
        size_t room = t->room ? t->room * 2 : 8;
        struct table *list = realloc(t->list, room * sizeof *list);
        if (list) t->list = list, t->room = room;
        else t->failed = true;
    }
    struct str number = str_sub(name, sizeof "weights/" - 1, name.n);
    if (t->count < t->room && str_to_u64(number, &environment)) {
        struct table *one = &t->list[t->count];
        one->environment = (uint32_t)environment;
        if (read_weights(&one->weights, value, &arena)) log_error("weights", "%.*s cannot be read", STR_ARG(name));
        else t->count++;
    }
    arena_free(&arena);
}

static void free_tables(struct tables *t)
{
    if (!t) return;
    free(t->list);
    free(t);
}

enum err weight_tables_reload(struct weight_tables *t, struct store *store)
{
    struct tables *tables = calloc(1, sizeof *tables);
    if (!tables) return ERR_NO_MEMORY;
    enum err e = store_each_value(store, STR("weights/"), add_table, tables);
    if (!e && tables->failed) e = ERR_NO_MEMORY;
    free_tables(e ? tables : swap_replace(&t->tables, tables));
    return e;
}

enum err weights_edit(struct weights *out, const struct weights *changes, struct weight_tables *t,
                      struct store *store, uint32_t environment, struct arena *arena)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    enum err e = weights_load(out, store, environment, arena);
    for (size_t i = 0; i < WEIGHT_COUNT; i++)
        if (changes->value[i] != AS_IT_IS) out->value[i] = changes->value[i];
    if (!e) e = weights_save(out, store, environment, arena);
    if (!e && t) e = weight_tables_reload(t, store);
    pthread_mutex_unlock(&lock);
    return e;
}

enum err weight_tables_create(struct weight_tables **out, struct store *store)
{
    *out = calloc(1, sizeof **out);
    return *out ? weight_tables_reload(*out, store) : ERR_NO_MEMORY;
}

void weight_tables_free(struct weight_tables *t)
{
    if (!t) return;
    free_tables(swap_replace(&t->tables, NULL));
    free(t);
}

/* ---- the sum ---- */

static struct weights of_environment(struct weight_tables *t, const struct event *ev)
{
    struct weights w = weights_default();
    unsigned ticket;
    if (!t) return w;
    const struct tables *tables = swap_enter(&t->tables, &ticket);
    for (size_t i = 0; tables && i < tables->count; i++)
        if (tables->list[i].environment == (uint32_t)ev->environment) w = tables->list[i].weights;
    swap_leave(&t->tables, ticket);
    return w;
}

static enum platform platform_of(const struct event *ev)
{
    if (!event_has(ev, EVENT_platform)) return WEB;
    return str_eq(ev->platform, STR("android")) ? ANDROID : str_eq(ev->platform, STR("ios")) ? IOS : WEB;
}

int64_t weights_sum(struct weight_tables *t, const struct event *ev, struct json_out *parts)
{
    struct weights w = of_environment(t, ev);
    enum platform platform = platform_of(ev);
    int64_t sum = 0;
    if (parts) json_out_open(parts, '[');
    for (enum weight i = 0; i < WEIGHT_COUNT; i++) {
        int64_t value = w.value[i] >= 0 ? w.value[i] : defaults[i].value[platform];
        if (!value || !fires(i, ev)) continue;
        sum += value;
        if (!parts) continue;
        json_out_open(parts, '{');
        json_out_key(parts, "signal"), json_out_str(parts, str_of(defaults[i].name));
        json_out_key(parts, "weight"), json_out_int(parts, value);
        json_out_close(parts, '}');
    }
    if (parts) json_out_close(parts, ']');
    return sum;
}
