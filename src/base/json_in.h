/* json_in - reads JSON. A C face over simdjson, which is a C++ library (json_tape.cc is the only file
 * that knows it); the accessors walk its tape from C.
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

#include "base/err.h"
#include "base/str.h"

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

/* ERR_MALFORMED, ERR_NO_MEMORY. json_parse_problem then says in words what is wrong. */
enum err json_parse(struct json_parser *parser, struct str text, struct json *root);
/* Of the last failed json_parse, e.g. "the JSON is not UTF-8". A literal. */
const char *json_parse_problem(const struct json_parser *parser);

enum json_type json_type(struct json value);
/* False when the value has another type; *out is then untouched. */
bool json_str(struct json value, struct str *out);
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
struct json_each json_each(struct json container);
bool json_next(struct json_each *it);
/* The index of the first tape word after the value: for walking a whole tree in a flat loop. */
size_t json_after(struct json value);

#endif
