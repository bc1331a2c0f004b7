/* json_in - the accessors of json_in.h over simdjson's tape.
 *
 * The tape is 64-bit words, type in the top byte (simdjson 3.0, doc/tape.md):
 *     '{' '['   low 32 bits: index of the word after the matching end; members follow
 *     '}' ']'   end
 *     '"'       offset into the string buffer: uint32 length, bytes, NUL
 *     'l' 'u' 'd'   the number is the next word
 *     't' 'f' 'n'
 *     'r'       root, first and last
 */
#include "base/json_in.h"

#include "base/json_tape.h"

#include <assert.h>
#include <math.h>

_Static_assert((int)JSON_PADDING >= (int)JSON_TAPE_PADDING, "the parser reads further");

struct json_parser *json_parser_create(void)
{
    return json_tape_create();
}

void json_parser_destroy(struct json_parser *parser)
{
    json_tape_destroy(parser);
}

const char *json_parse_problem(const struct json_parser *parser)
{
    return json_tape_problem(parser);
}

enum err json_parse(struct json_parser *parser, struct str text, struct json *root)
{
    switch (json_tape_parse(parser, text.p, text.n, &root->tape, &root->strings)) {
    case JSON_TAPE_NO_MEMORY: return ERR_NO_MEMORY;
    case JSON_TAPE_MALFORMED: return ERR_MALFORMED;
    default: root->at = 1; return ERR_OK;
    }
}

static unsigned char type_at(const uint64_t *tape, size_t at)
{
    return (unsigned char)(tape[at] >> 56);
}

enum json_type json_type(struct json v)
{
    switch (type_at(v.tape, v.at)) {
    case '{': return JSON_OBJECT;
    case '[': return JSON_ARRAY;
    case '"': return JSON_STRING;
    case 'l': return JSON_INT;
    case 'u': return JSON_UINT;
    case 'd': return JSON_DOUBLE;
    case 't': return JSON_TRUE;
    case 'f': return JSON_FALSE;
    default: assert(type_at(v.tape, v.at) == 'n'); return JSON_NULL;
    }
}

static struct str string_at(struct json v)
{
    const uint8_t *p = v.strings + (v.tape[v.at] & 0xffffffffffffffu);
    uint32_t n;
    memcpy(&n, p, sizeof n);
    return (struct str){ (const char *)p + sizeof n, n };
}

bool json_str(struct json v, struct str *out)
{
    if (type_at(v.tape, v.at) != '"') return false;
    *out = string_at(v);
    return true;
}

bool json_bool(struct json v, bool *out)
{
    unsigned char type = type_at(v.tape, v.at);
    if (type != 't' && type != 'f') return false;
    *out = type == 't';
    return true;
}

bool json_double(struct json v, double *out)
{
    uint64_t word = v.tape[v.at + 1];
    switch (type_at(v.tape, v.at)) {
    case 'l': *out = (double)(int64_t)word; return true;
    case 'u': *out = (double)word; return true;
    case 'd': memcpy(out, &word, sizeof *out); return true;
    default: return false;
    }
}

bool json_i64(struct json v, int64_t *out)
{
    double d;
    if (type_at(v.tape, v.at) == 'l') {
        *out = (int64_t)v.tape[v.at + 1];
        return true;
    }
    if (!json_double(v, &d) || !(d >= -9e18 && d <= 9e18) || d != floor(d)) return false;
    *out = (int64_t)d;
    return true;
}

size_t json_after(struct json v)
{
    switch (type_at(v.tape, v.at)) {
    case '{': case '[': return (size_t)(v.tape[v.at] & 0xffffffffu);
    case 'l': case 'u': case 'd': return v.at + 2;
    default: return v.at + 1;
    }
}

struct json_each json_each(struct json container)
{
    struct json_each it = { .value = container };
    unsigned char type = type_at(container.tape, container.at);
    if (type != '{' && type != '[') return it;
    it.object = type == '{';
    it.next = container.at + 1;
    it.end = json_after(container) - 1;
    return it;
}

bool json_next(struct json_each *it)
{
    if (it->next >= it->end) return false;
    if (it->object) {
        it->value.at = it->next++;
        it->key = string_at(it->value);
    }
    it->value.at = it->next;
    it->next = json_after(it->value);
    return true;
}

bool json_get(struct json object, struct str key, struct json *out)
{
    bool found = false;
    if (type_at(object.tape, object.at) != '{') return false;
    for (struct json_each it = json_each(object); json_next(&it);) {
        if (!str_eq(it.key, key)) continue;
        *out = it.value;
        found = true; /* go on: the last one counts */
    }
    return found;
}
