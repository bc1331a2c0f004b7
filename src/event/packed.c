/* packed - see packed.h. Both directions walk in a flat loop with a bit per open level, so that
 * depth costs no stack. */
#include "event/packed.h"

#include "base/limits.h"

#include <math.h>

enum tag {
    P_NULL,
    P_FALSE,
    P_TRUE,
    P_INT,
    P_NUMBER,
    P_STRING,
    P_HEX,
    P_OBJECT,
    P_ARRAY,
    P_END,
    P_HOLE,
    P_TENTHS
};

enum { HEX_BYTES_MIN = 8, HEX_BYTES_MAX = 64 };

void packed_str(struct bytes_out *out, struct str s)
{
    uint8_t raw[HEX_BYTES_MAX];
    if (s.n >= 2 * HEX_BYTES_MIN && s.n <= 2 * HEX_BYTES_MAX && hex_decode(raw, s)) {
        bytes_put_u8(out, P_HEX);
        bytes_put_str(out, (struct str){ (const char *)raw, s.n / 2 });
    } else {
        bytes_put_u8(out, P_STRING);
        bytes_put_str(out, s);
    }
}

void packed_tenths(struct bytes_out *out, double ms)
{
    double tenths = round(ms * 10);
    if (!(fabs(tenths) < 1e15)) { /* not a duration: keep it as it is */
        bytes_put_u8(out, P_NUMBER);
        bytes_put_double(out, ms);
        return;
    }
    bytes_put_u8(out, P_TENTHS);
    bytes_put_signed(out, (int64_t)tenths);
}

void packed_hole(struct bytes_out *out)
{
    bytes_put_u8(out, P_HOLE);
}

void packed_open_object(struct bytes_out *out)
{
    bytes_put_u8(out, P_OBJECT);
}

void packed_key(struct bytes_out *out, struct str key)
{
    if (key.n + 1 < 0x80) { /* a varint of one byte; nearly all */
        uint8_t *at = bytes_room(out, 1 + key.n);
        if (!at) return;
        at[0] = (uint8_t)(key.n + 1);
        if (key.n) memcpy(at + 1, key.p, key.n);
        return;
    }
    bytes_put_varint(out, key.n + 1);
    bytes_put(out, key.p, key.n);
}

void packed_close_object(struct bytes_out *out)
{
    bytes_put_u8(out, 0);
}

void packed_open_array(struct bytes_out *out)
{
    bytes_put_u8(out, P_ARRAY);
}

void packed_close_array(struct bytes_out *out)
{
    bytes_put_u8(out, P_END);
}

static void put_scalar(struct bytes_out *out, struct json v)
{
    struct str s;
    double d;
    int64_t i;
    switch (json_type(v)) {
    case JSON_FALSE: bytes_put_u8(out, P_FALSE); break;
    case JSON_TRUE: bytes_put_u8(out, P_TRUE); break;
    case JSON_STRING:
        json_str(v, &s);
        packed_str(out, s);
        break;
    case JSON_INT:
        json_i64(v, &i);
        bytes_put_u8(out, P_INT);
        bytes_put_signed(out, i);
        break;
    case JSON_UINT: case JSON_DOUBLE:
        json_double(v, &d);
        bytes_put_u8(out, P_NUMBER);
        bytes_put_double(out, d);
        break;
    default: bytes_put_u8(out, P_NULL); break;
    }
}

/* A container walks its own members with json_each; `open` keeps the iterators of the levels
 * above. */
void packed_value(struct bytes_out *out, struct json v)
{
    struct json_each *open;
    struct json_each first;
    size_t depth = 0;
    enum json_type type = json_type(v);
    if (type != JSON_OBJECT && type != JSON_ARRAY) {
        put_scalar(out, v);
        return;
    }
    open = &first;
    size_t room = 1;
    bytes_put_u8(out, type == JSON_OBJECT ? P_OBJECT : P_ARRAY);
    open[depth++] = json_each(v);
    while (depth > 0) {
        struct json_each *it = &open[depth - 1];
        if (!json_next(it)) {
            if (it->object) packed_close_object(out);
            else packed_close_array(out);
            depth--;
            continue;
        }
        if (it->object) packed_key(out, it->key);
        type = json_type(it->value);
        if (type != JSON_OBJECT && type != JSON_ARRAY) {
            put_scalar(out, it->value);
            continue;
        }
        bytes_put_u8(out, type == JSON_OBJECT ? P_OBJECT : P_ARRAY);
        struct json_each inner = json_each(it->value);
        if (depth == room) {
            struct json_each *more = arena_alloc(out->arena, 4 * room * sizeof *more);
            if (!more) {
                out->failed = true;
                return;
            }
            memcpy(more, open, depth * sizeof *more);
            open = more;
            room *= 4;
        }
        open[depth++] = inner;
    }
}

static void hex_to_json(struct json_out *out, struct str raw)
{
    char text[2 * HEX_BYTES_MAX];
    hex_encode(text, (const uint8_t *)raw.p, raw.n);
    json_out_str(out, (struct str){ text, 2 * raw.n });
}

/* A scalar, or the opening of a container: then *container is its bracket. `out` may be NULL. */
static bool read_one(struct json_out *out, struct cursor *c, unsigned tag, char *container)
{
    struct str s;
    int64_t i;
    double d;
    *container = 0;
    switch (tag) {
    case P_NULL: if (out) json_out_null(out); return true;
    case P_FALSE: if (out) json_out_bool(out, false); return true;
    case P_TRUE: if (out) json_out_bool(out, true); return true;
    case P_INT:
        i = cursor_signed(c);
        if (out) json_out_int(out, i);
        return true;
    case P_NUMBER:
        d = cursor_double(c);
        if (out) json_out_double(out, d);
        return true;
    case P_TENTHS:
        i = cursor_signed(c);
        if (out) json_out_double(out, (double)i / 10);
        return true;
    case P_STRING:
        s = cursor_str(c);
        if (out) json_out_str(out, s);
        return true;
    case P_HEX:
        s = cursor_str(c);
        if (s.n > HEX_BYTES_MAX) return false;
        if (out) hex_to_json(out, s);
        return true;
    case P_OBJECT: case P_ARRAY:
        *container = tag == P_OBJECT ? '{' : '[';
        if (out) json_out_open(out, *container);
        return true;
    default: return false;
    }
}

static enum err walk(struct json_out *out, struct cursor *steady, struct cursor *changing)
{
    /* 64 levels per word: bit set, an object. Both streams share the count; a hole's value is
     * walked to its end before the steady stream goes on. */
    uint64_t objects[JSON_DEPTH_MAX / 64 + 1] = { 0 };
    size_t depth = 0, hole_depth = SIZE_MAX;
    struct cursor *c = steady;
    char container;
    do {
        bool object = depth > 0 && (objects[depth / 64] >> depth % 64 & 1);
        unsigned tag;
        if (object) {
            uint64_t key = cursor_varint(c);
            if (key == 0) {
                if (c->bad) return ERR_CORRUPT;
                if (out) json_out_close(out, '}');
                depth--;
                goto closed;
            }
            struct str name = cursor_bytes(c, (size_t)key - 1);
            if (c->bad) return ERR_CORRUPT;
            if (out) json_out_key_str(out, name);
        }
        tag = cursor_u8(c);
        if (c->bad) return ERR_CORRUPT;
        if (tag == P_END && depth > 0 && !object) {
            if (out) json_out_close(out, ']');
            depth--;
            goto closed;
        }
        if (tag == P_HOLE) {
            if (c == changing) return ERR_CORRUPT; /* no holes in the volatile stream */
            c = changing;
            hole_depth = depth;
            tag = cursor_u8(c);
            if (c->bad) return ERR_CORRUPT;
        }
        if (!read_one(out, c, tag, &container) || c->bad) return ERR_CORRUPT;
        if (container) {
            if (++depth > JSON_DEPTH_MAX) return ERR_CORRUPT;
            uint64_t bit = (uint64_t)1 << depth % 64;
            if (container == '{') objects[depth / 64] |= bit;
            else objects[depth / 64] &= ~bit;
            continue;
        }
    closed:
        if (c == changing && depth == hole_depth) {
            c = steady;
            hole_depth = SIZE_MAX;
        }
    } while (depth > 0);
    return out && out->failed ? ERR_NO_MEMORY : ERR_OK;
}

enum err packed_to_json(struct json_out *out, struct cursor *steady, struct cursor *changing)
{
    return walk(out, steady, changing);
}

enum err packed_skip(struct cursor *steady, struct cursor *changing)
{
    return walk(NULL, steady, changing);
}

bool packed_enter_object(struct cursor *steady)
{
    return cursor_u8(steady) == P_OBJECT && !steady->bad;
}

bool packed_next_key(struct cursor *steady, struct str *key)
{
    uint64_t n = cursor_varint(steady);
    if (n == 0 || steady->bad) return false;
    *key = cursor_bytes(steady, (size_t)n - 1);
    return !steady->bad;
}

enum err packed_json_text(struct str *out, struct json value, struct arena *arena)
{
    struct bytes_out packed;
    struct json_out text;
    bytes_out_init(&packed, arena, 256);
    packed_value(&packed, value);
    struct cursor c = cursor_of(bytes_out_text(&packed)), none = cursor_of(STR(""));
    json_out_init(&text, arena);
    if (packed.failed || packed_to_json(&text, &c, &none) || text.failed) return ERR_NO_MEMORY;
    *out = json_out_text(&text);
    return ERR_OK;
}
