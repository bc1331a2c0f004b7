/* raw_attributes - see raw_attributes.h. A row per value says where it comes from and what it is called; a
 * function per kind checks and prints it. */
#include "api/raw_attributes.h"

#include "base/crypto.h"
#include "event/packed.h"

#include <math.h>

enum { HASH_CHARS = 32, PLUGINS_MAX = 64 };

/* Prints the value after its key, or nothing at all when it is not of its kind. */
typedef void put_function(struct json_out *out, struct arena *arena, struct str key,
                          struct json value);

static void put_TEXT(struct json_out *out, struct arena *arena, struct str key, struct json value)
{
    struct str s;
    (void)arena;
    if (json_str(value, &s)) json_out_key_str(out, key), json_out_str(out, s);
}

/* A text that says nothing when it is empty or says so. */
static void put_NAME(struct json_out *out, struct arena *arena, struct str key, struct json value)
{
    struct str s;
    if (json_str(value, &s) && s.n && !str_eq(s, STR("unknown"))) put_TEXT(out, arena, key, value);
}

static void put_BOOL(struct json_out *out, struct arena *arena, struct str key, struct json value)
{
    bool b;
    (void)arena;
    if (json_bool(value, &b)) json_out_key_str(out, key), json_out_bool(out, b);
}

static void put_NUMBER(struct json_out *out, struct arena *arena, struct str key, struct json value)
{
    double x;
    (void)arena;
    if (json_double(value, &x) && isfinite(x)) json_out_key_str(out, key), json_out_double(out, x);
}

/* Rounded; the schemas have 32 bits. */
static bool whole(struct json value, double scale, double most, int64_t *out)
{
    double x;
    if (!json_double(value, &x) || !(x * scale >= 0 && x * scale <= most)) return false;
    *out = (int64_t)llround(x * scale);
    return true;
}

static void put_COUNT(struct json_out *out, struct arena *arena, struct str key, struct json value)
{
    int64_t n;
    (void)arena;
    if (whole(value, 1, INT32_MAX, &n)) json_out_key_str(out, key), json_out_int(out, n);
}

static void put_PERCENT(struct json_out *out, struct arena *arena, struct str key, struct json value)
{
    int64_t n;
    (void)arena;
    if (whole(value, 100, 100, &n)) json_out_key_str(out, key), json_out_int(out, n);
}

/* The first 128 bits of a hash in hex. */
static void put_HASH(struct json_out *out, struct arena *arena, struct str key, struct json value)
{
    struct str s;
    (void)arena;
    if (!json_str(value, &s) || s.n < HASH_CHARS) return;
    json_out_key_str(out, key);
    json_out_str(out, str_sub(s, 0, HASH_CHARS));
}

static void put_texts(struct json_out *out, struct json list)
{
    struct str s;
    json_out_open(out, '[');
    for (struct json_each it = json_each(list); json_next(&it);)
        if (json_str(it.value, &s)) json_out_str(out, s);
    json_out_close(out, ']');
}

static void put_TEXTS(struct json_out *out, struct arena *arena, struct str key, struct json value)
{
    (void)arena;
    if (json_type(value) != JSON_ARRAY) return;
    json_out_key_str(out, key);
    put_texts(out, value);
}

/* Languages are a list of lists: one for each interface that was asked. */
static void put_LANGUAGES(struct json_out *out, struct arena *arena, struct str key, struct json value)
{
    (void)arena;
    if (json_type(value) != JSON_ARRAY) return;
    json_out_key_str(out, key);
    json_out_open(out, '[');
    put_texts(out, value);
    json_out_close(out, ']');
}

/* SHA-256 of the names, each with a line feed behind it. */
static void put_NAMES_HASH(struct json_out *out, struct arena *arena, struct str key, struct json value)
{
    struct json_out text;
    struct str s;
    uint8_t hash[SHA256_BYTES];
    char hex[2 * SHA256_BYTES];
    if (json_type(value) != JSON_ARRAY) return;
    json_out_init(&text, arena);
    for (struct json_each it = json_each(value); json_next(&it);)
        if (json_str(it.value, &s)) json_out_raw(&text, s), json_out_raw(&text, STR("\n"));
    crypto_sha256(hash, json_out_text(&text));
    hex_encode(hex, hash, sizeof hash);
    json_out_key_str(out, key);
    json_out_str(out, (struct str){ hex, HASH_CHARS });
}

/* The whole `screen` signal; an app's is [width, height]. */
static bool sides_of(struct json value, struct json side[2])
{
    size_t n = 0;
    if (json_type(value) != JSON_ARRAY)
        return json_get(value, STR("width"), &side[0]) && json_get(value, STR("height"), &side[1]);
    for (struct json_each it = json_each(value); json_next(&it); n++)
        if (n < 2) side[n] = it.value;
    return n == 2;
}

static void put_RESOLUTION(struct json_out *out, struct arena *arena, struct str key, struct json value)
{
    struct json side[2];
    int64_t w, h;
    (void)arena;
    if (!sides_of(value, side) || !whole(side[0], 1, INT32_MAX, &w) || !whole(side[1], 1, INT32_MAX, &h)) return;
    json_out_key_str(out, key);
    json_out_open(out, '[');
    json_out_int(out, w), json_out_int(out, h);
    json_out_close(out, ']');
}

static void put_member(struct json_out *out, struct json object, struct str name)
{
    struct json value;
    if (json_get(object, name, &value)) put_TEXT(out, NULL, name, value);
}

static void put_mime_types(struct json_out *out, struct json types)
{
    json_out_key(out, "mimeTypes"); /* so in v4 too */
    json_out_open(out, '[');
    for (struct json_each it = json_each(types); json_next(&it);) {
        if (json_type(it.value) != JSON_OBJECT) continue;
        json_out_open(out, '{');
        put_member(out, it.value, STR("type"));
        put_member(out, it.value, STR("suffixes"));
        json_out_close(out, '}');
    }
    json_out_close(out, ']');
}

static void put_PLUGINS(struct json_out *out, struct arena *arena, struct str key, struct json value)
{
    struct json name, types;
    struct str s;
    size_t count = 0;
    (void)arena;
    if (json_type(value) != JSON_ARRAY) return;
    json_out_key_str(out, key);
    json_out_open(out, '[');
    for (struct json_each it = json_each(value); count < PLUGINS_MAX && json_next(&it);) {
        if (!json_get(it.value, STR("name"), &name) || !json_str(name, &s)) continue;
        count++;
        json_out_open(out, '{');
        put_member(out, it.value, STR("name"));
        put_member(out, it.value, STR("description"));
        if (json_get(it.value, STR("mimeTypes"), &types)) put_mime_types(out, types);
        json_out_close(out, '}');
    }
    json_out_close(out, ']');
}

/* What each kind is in either version. */
enum shape { SHAPE_TEXT, SHAPE_BOOL, SHAPE_NUMBER, SHAPE_LIST };
enum { shape_TEXT = SHAPE_TEXT, shape_NAME = SHAPE_TEXT, shape_HASH = SHAPE_TEXT, shape_NAMES_HASH = SHAPE_TEXT,
       shape_BOOL = SHAPE_BOOL, shape_NUMBER = SHAPE_NUMBER, shape_COUNT = SHAPE_NUMBER,
       shape_PERCENT = SHAPE_NUMBER, shape_TEXTS = SHAPE_LIST, shape_LANGUAGES = SHAPE_LIST,
       shape_RESOLUTION = SHAPE_LIST, shape_PLUGINS = SHAPE_LIST };

static bool has_shape(struct json value, enum shape shape)
{
    switch (json_type(value)) {
    case JSON_STRING: return shape == SHAPE_TEXT;
    case JSON_TRUE: case JSON_FALSE: return shape == SHAPE_BOOL;
    case JSON_INT: case JSON_UINT: case JSON_DOUBLE: return shape == SHAPE_NUMBER;
    case JSON_ARRAY: return shape == SHAPE_LIST;
    default: return false;
    }
}

/* ---- rows ---- */

/* `from` is a path in the signals; "" in v4 or v3: not shown there. Rows with the same `in` stand together and
 * make one object. */
static const struct row {
    const char *in[2], *name[2]; /* of v4, of v3 */
    const char *from;
    put_function *put;
    enum shape shape;
} rows[] = {
#define TOP(v4, v3, from, kind) { { "", "" }, { v4, v3 }, from, put_##kind, (enum shape)shape_##kind },
#define IN(in_v4, in_v3, v4, v3, from, kind)                                                            \
    { { in_v4, in_v3 }, { v4, v3 }, from, put_##kind, (enum shape)shape_##kind },
#include "api/raw_attributes.def"
};

/* signals.<signal>.value.<member>.<member> */
static bool find_one(struct json signals, struct str path, struct json *out)
{
    struct str part;
    if (!str_split(&path, '.', &part) || !json_get(signals, part, out)) return false;
    if (!json_get(*out, STR("value"), out)) return false;
    while (str_split(&path, '.', &part))
        if (!json_get(*out, part, out)) return false;
    return true;
}

/* The first of the paths that is there. */
static bool find(struct json signals, const char *from, struct json *out)
{
    struct str paths = str_of(from), path;
    while (str_split(&paths, '|', &path))
        if (find_one(signals, path, out)) return true;
    return false;
}

/* v3 wraps each attribute. */
static void put_wrapped(struct json_out *out, enum dialect d, const char *name, struct str value)
{
    if (d == DIALECT_V3) json_out_key(out, name), json_out_open(out, '{'), name = "value";
    json_out_key(out, name);
    json_out_value(out, value);
    if (d == DIALECT_V3) json_out_close(out, '}');
}

/* Prints `key` and what a put function writes behind it; nothing when that writes nothing. */
static void put_row(struct json_out *out, struct arena *arena, enum dialect d,
                    const struct row *row, struct json value)
{
    struct json_out one;
    json_out_init(&one, arena);
    row->put(&one, arena, STR("k"), value);
    struct str text = json_out_text(&one);
    const size_t before = strlen("\"k\":");
    if (text.n > before) put_wrapped(out, d, row->name[d == DIALECT_V3], str_sub(text, before, text.n));
    out->failed |= one.failed;
}

/* The rows of one object, from `i` on; returns the row after them. */
static size_t put_object(struct json_out *out, struct arena *arena, enum dialect d, size_t i,
                         struct json signals)
{
    const bool v3 = d == DIALECT_V3;
    const char *in = rows[i].in[v3];
    struct json_out object;
    json_out_init(&object, arena);
    json_out_open(&object, '{');
    for (; i < COUNT_OF(rows) && strcmp(rows[i].in[v3], in) == 0; i++) {
        struct json value;
        if (find(signals, rows[i].from, &value))
            rows[i].put(&object, arena, str_of(rows[i].name[v3]), value);
    }
    json_out_close(&object, '}');
    if (json_out_text(&object).n > strlen("{}")) put_wrapped(out, d, in, json_out_text(&object));
    out->failed |= object.failed;
    return i;
}

void raw_attributes_put(struct json_out *out, struct arena *arena, enum dialect dialect,
                        struct json signals)
{
    const bool v3 = dialect == DIALECT_V3;
    for (size_t i = 0; i < COUNT_OF(rows);) {
        struct json value;
        if (rows[i].in[v3][0]) {
            i = put_object(out, arena, dialect, i, signals);
            continue;
        }
        if (rows[i].name[v3][0] && find(signals, rows[i].from, &value))
            put_row(out, arena, dialect, &rows[i], value);
        i++;
    }
}

/* ---- what another service said ---- */

static const char *const imported_keys[2] = { "attributes_v4", "attributes_v3" };

bool raw_attributes_pack(struct bytes_out *out, enum dialect dialect, struct json attributes)
{
    const bool v3 = dialect != DIALECT_V4;
    bool any = false;
    packed_open_object(out);
    packed_key(out, str_of(imported_keys[v3]));
    packed_open_object(out);
    for (struct json_each it = json_each(attributes); json_next(&it);) {
        struct json value = it.value;
        if (!it.key.n || (v3 && !json_get(it.value, STR("value"), &value))) continue; /* an error, in v3 */
        packed_key(out, it.key);
        packed_value(out, value);
        any = true;
    }
    packed_close_object(out);
    packed_close_object(out);
    return any;
}

/* The row of a name in one version, as a member of `in`, or "" for none. */
static const struct row *row_named(bool v3, struct str in, struct str name)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (str_eq(str_of(rows[i].in[v3]), in) && str_eq(str_of(rows[i].name[v3]), name)) return &rows[i];
    return NULL;
}

static void put_json(struct json_out *out, struct arena *arena, struct json value)
{
    struct str text;
    if (packed_json_text(&text, value, arena)) out->failed = true;
    else json_out_value(out, text);
}

/* Under the other version's names: what it has no name for, or another kind of value, is left out. */
static void put_renamed(struct json_out *out, struct arena *arena, enum dialect d, struct str name, struct json value)
{
    const bool to = d == DIALECT_V3, from = !to;
    const struct row *row = row_named(from, STR(""), name);
    struct json_out one;
    const char *called = NULL;
    json_out_init(&one, arena);
    if (row && row->name[to][0] && has_shape(value, row->shape)) {
        called = row->name[to];
        put_json(&one, arena, value);
    } else if (json_type(value) == JSON_OBJECT) {
        json_out_open(&one, '{');
        for (struct json_each it = json_each(value); json_next(&it);) {
            row = row_named(from, name, it.key);
            if (!row || !has_shape(it.value, row->shape)) continue;
            called = row->in[to];
            json_out_key(&one, row->name[to]);
            put_json(&one, arena, it.value);
        }
        json_out_close(&one, '}');
    }
    if (called) put_wrapped(out, d, called, json_out_text(&one));
    out->failed |= one.failed;
}

static void put_imported(struct json_out *out, struct arena *arena, enum dialect d, bool is_v3, struct json attributes)
{
    const bool same = is_v3 == (d == DIALECT_V3);
    for (struct json_each it = json_each(attributes); json_next(&it);) {
        struct str text;
        if (!same) put_renamed(out, arena, d, it.key, it.value);
        else if (packed_json_text(&text, it.value, arena)) out->failed = true;
        else put_wrapped(out, d, arena_copy(arena, it.key).p, text);
    }
}

/* ---- loading ---- */

enum source { SIGNALS, IMPORTED_V4, IMPORTED_V3, NOTHING };

static enum source source_of(struct str key)
{
    if (str_eq(key, STR("signals"))) return SIGNALS;
    for (int v3 = 0; v3 < 2; v3++)
        if (str_eq(key, str_of(imported_keys[v3]))) return v3 ? IMPORTED_V3 : IMPORTED_V4;
    return NOTHING;
}

/* The `signals` of the packed streams as JSON, padded for the parser, or what was imported in their place. */
static enum err source_text(struct arena *arena, struct str packed, struct str volatiles, struct str *out,
                            enum source *source)
{
    struct cursor steady = cursor_of(packed), changing = cursor_of(volatiles);
    struct json_out text;
    struct str key;
    enum err e = ERR_OK;
    *source = NOTHING;
    json_out_init(&text, arena);
    if (!packed_enter_object(&steady)) return ERR_CORRUPT;
    while (!e && *source == NOTHING && packed_next_key(&steady, &key)) {
        *source = source_of(key);
        e = *source == NOTHING ? packed_skip(&steady, &changing) : packed_to_json(&text, &steady, &changing);
    }
    if (e || steady.bad) return e ? e : ERR_CORRUPT;
    *out = json_padded(arena, json_out_text(&text));
    return text.failed || !out->p ? ERR_NO_MEMORY : ERR_OK;
}

enum err raw_attributes_load(struct store *st, struct json_parser *parser, struct arena *arena,
                             enum dialect dialect, struct event *ev)
{
    struct str packed, text;
    struct json json;
    struct json_out out;
    enum source source;
    if (!event_has(ev, EVENT_snapshot)) return ERR_OK;
    enum err e = store_find_snapshot(st, (uint32_t)ev->workspace, ev->visitor,
                                     (uint32_t)ev->snapshot, arena, &packed);
    if (e) return e == ERR_NOT_FOUND ? ERR_OK : e;
    if ((e = source_text(arena, packed, ev->volatile_signals, &text, &source))) return e;
    if (source == NOTHING) return ERR_OK;
    if ((e = json_parse(parser, text, &json))) return e == ERR_MALFORMED ? ERR_CORRUPT : e;
    json_out_init(&out, arena);
    json_out_open(&out, '{');
    if (source == SIGNALS) raw_attributes_put(&out, arena, dialect, json);
    else put_imported(&out, arena, dialect, source == IMPORTED_V3, json);
    json_out_close(&out, '}');
    if (out.failed) return ERR_NO_MEMORY;
    if (json_out_text(&out).n > strlen("{}")) ev->raw_attributes = json_out_text(&out);
    return ERR_OK;
}
