/* json_in - reads JSON. A C face over simdjson, which is a C++ library (json_tape.cc is the only
 * file that knows it); the accessors walk its tape from C.
 *
 *     struct json_parser *parser = json_parser_create();          one per thread
 *     struct json root;
 *     enum err e = json_parse(parser, body, &root);
 *     struct json signals;
 *     if (json_get(root, STR("signals"), &signals)) ...
 *
 * A body that JSON.stringify can produce is never refused: lone surrogates (read as U+FFFD),
 * integers from 2^64 and numbers beyond 1e308 (read as the nearest double) are repaired and parsed
 * again. Of a key given twice the last one counts, as in JavaScript.
 *
 * Values and strings are borrowed from the parser and valid until its next json_parse.
 */
#ifndef WHORL_BASE_JSON_IN_H
#define WHORL_BASE_JSON_IN_H

#include "base/arena.h"
#include "base/err.h"

/* Readable bytes that must follow a text given to json_parse; their values do not matter. */
enum { JSON_PADDING = 64 };

struct json_parser;

struct json {
    const uint64_t *tape;
    const uint8_t *strings;
    size_t at;
};

enum json_type { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_INT, JSON_UINT, JSON_DOUBLE, JSON_STRING,
                 JSON_ARRAY, JSON_OBJECT };

/* NULL without memory. */
struct json_parser *json_parser_create(void);
void json_parser_destroy(struct json_parser *parser);

/* A copy of a text that may be given to json_parse; its p is NULL when memory is refused. */
struct str json_padded(struct arena *arena, struct str text);

/* ERR_MALFORMED, ERR_NO_MEMORY. json_parse_problem then says in words what is wrong. */
enum err json_parse(struct json_parser *parser, struct str text, struct json *root);
/* Of the last failed json_parse, e.g. "the JSON is not UTF-8". A literal. */
const char *json_parse_problem(const struct json_parser *parser);

static inline enum json_type json_type(struct json value);
/* False when the value has another type; *out is then untouched. */
static inline bool json_str(struct json value, struct str *out);
bool json_bool(struct json value, bool *out);
bool json_double(struct json value, double *out); /* any number */
bool json_i64(struct json value, int64_t *out);   /* numbers that are whole and fit, 3.0 included */

/* The member of an object; false when it is no object or has no such member. */
bool json_get(struct json object, struct str key, struct json *out);

/* Visits the members of an object or the elements of an array, in order:
 *     for (struct json_each it = json_each(v); json_next(&it);) use(it.key, it.value);
 * Other types have none. */
struct json_each {
    struct str key; /* empty in arrays */
    struct json value;
    /* private */
    size_t next, end;
    bool object;
};
static inline struct json_each json_each(struct json container);
static inline bool json_next(struct json_each *it);

/* ---- private below: the tape (simdjson 3.0, doc/tape.md), inline because a body has a thousand
 * values
 *
 * 64-bit words, type in the top byte:
 *     '{' '['       low 32 bits: index of the word after the matching end; members follow
 *     '}' ']'       end
 *     '"'           offset into the string buffer: uint32 length, bytes, NUL
 *     'l' 'u' 'd'   the number is the next word
 *     't' 'f' 'n'
 *     'r'           root, first and last
 */

static inline unsigned char json_tag(struct json v)
{
    return (unsigned char)(v.tape[v.at] >> 56);
}

static inline enum json_type json_type(struct json v)
{
    switch (json_tag(v)) {
    case '{': return JSON_OBJECT;
    case '[': return JSON_ARRAY;
    case '"': return JSON_STRING;
    case 'l': return JSON_INT;
    case 'u': return JSON_UINT;
    case 'd': return JSON_DOUBLE;
    case 't': return JSON_TRUE;
    case 'f': return JSON_FALSE;
    default: return JSON_NULL;
    }
}

static inline struct str json_string_at(struct json v)
{
    const uint8_t *p = v.strings + (v.tape[v.at] & 0xffffffffffffffu);
    uint32_t n;
    memcpy(&n, p, sizeof n);
    return (struct str){ (const char *)p + sizeof n, n };
}

static inline bool json_str(struct json v, struct str *out)
{
    if (json_tag(v) != '"') return false;
    *out = json_string_at(v);
    return true;
}

static inline size_t json_after(struct json v)
{
    switch (json_tag(v)) {
    case '{': case '[': return (size_t)(v.tape[v.at] & 0xffffffffu);
    case 'l': case 'u': case 'd': return v.at + 2;
    default: return v.at + 1;
    }
}

static inline struct json_each json_each(struct json container)
{
    struct json_each it = { .value = container };
    unsigned char tag = json_tag(container);
    if (tag != '{' && tag != '[') return it;
    it.object = tag == '{';
    it.next = container.at + 1;
    it.end = json_after(container) - 1;
    return it;
}

static inline bool json_next(struct json_each *it)
{
    if (it->next >= it->end) return false;
    if (it->object) {
        it->value.at = it->next++;
        it->key = json_string_at(it->value);
    }
    it->value.at = it->next;
    it->next = json_after(it->value);
    return true;
}

#endif
