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

/* ---- rows ---- */

/* `from` is a path in the signals; "" in v4 or v3: not shown there. Rows with the same `in` stand together and
 * make one object. */
static const struct row {
    const char *in[2], *name[2]; /* of v4, of v3 */
    const char *from;
    put_function *put;
} rows[] = {
#define TOP(v4, v3, from, kind) { { "", "" }, { v4, v3 }, from, put_##kind },
#define IN(in_v4, in_v3, v4, v3, from, kind) { { in_v4, in_v3 }, { v4, v3 }, from, put_##kind },
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

/* The `signals` of the packed streams as JSON, padded for the parser. */
static enum err signals_text(struct arena *arena, struct str packed, struct str volatiles,
                             struct str *out)
{
    struct cursor steady = cursor_of(packed), changing = cursor_of(volatiles);
    struct json_out text;
    struct str key;
    enum err e = ERR_OK;
    json_out_init(&text, arena);
    if (!packed_enter_object(&steady)) return ERR_CORRUPT;
    while (!e && packed_next_key(&steady, &key)) {
        if (str_eq(key, STR("signals"))) {
            e = packed_to_json(&text, &steady, &changing);
            break;
        }
        e = packed_skip(&steady, &changing);
    }
    if (e || steady.bad) return e ? e : ERR_CORRUPT;
    *out = json_padded(arena, json_out_text(&text));
    return text.failed || !out->p ? ERR_NO_MEMORY : ERR_OK;
}

enum err raw_attributes_load(struct store *st, struct json_parser *parser, struct arena *arena,
                             enum dialect dialect, struct event *ev)
{
    struct str packed, text;
    struct json signals;
    struct json_out out;
    if (!event_has(ev, EVENT_snapshot)) return ERR_OK;
    enum err e = store_find_snapshot(st, (uint32_t)ev->workspace, ev->visitor,
                                     (uint32_t)ev->snapshot, arena, &packed);
    if (e) return e == ERR_NOT_FOUND ? ERR_OK : e;
    if ((e = signals_text(arena, packed, ev->volatile_signals, &text))) return e;
    if (text.n == 0) return ERR_OK;
    if ((e = json_parse(parser, text, &signals))) return e == ERR_MALFORMED ? ERR_CORRUPT : e;
    json_out_init(&out, arena);
    json_out_open(&out, '{');
    raw_attributes_put(&out, arena, dialect, signals);
    json_out_close(&out, '}');
    if (out.failed) return ERR_NO_MEMORY;
    if (json_out_text(&out).n > strlen("{}")) ev->raw_attributes = json_out_text(&out);
    return ERR_OK;
}
