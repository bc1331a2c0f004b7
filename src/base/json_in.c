/* json_in - see json_in.h; the accessors that every value needs are inline there. */
#include "base/json_in.h"

#include "base/json_tape.h"

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

struct str json_padded(struct arena *arena, struct str text)
{
    char *p = arena_zero(arena, text.n + JSON_PADDING);
    if (p && text.n) memcpy(p, text.p, text.n);
    return (struct str){ p, text.n };
}

enum err json_parse(struct json_parser *parser, struct str text, struct json *root)
{
    switch (json_tape_parse(parser, text.p, text.n, &root->tape, &root->strings)) {
    case JSON_TAPE_NO_MEMORY: return ERR_NO_MEMORY;
    case JSON_TAPE_MALFORMED: return ERR_MALFORMED;
    default: root->at = 1; return ERR_OK;
    }
}

bool json_bool(struct json v, bool *out)
{
    unsigned char type = json_tag(v);
    if (type != 't' && type != 'f') return false;
    *out = type == 't';
    return true;
}

bool json_double(struct json v, double *out)
{
    uint64_t word = v.tape[v.at + 1];
    switch (json_tag(v)) {
    case 'l': *out = (double)(int64_t)word; return true;
    case 'u': *out = (double)word; return true;
    case 'd': memcpy(out, &word, sizeof *out); return true;
    default: return false;
    }
}

bool json_i64(struct json v, int64_t *out)
{
    double d;
    if (json_tag(v) == 'l') {
        *out = (int64_t)v.tape[v.at + 1];
        return true;
    }
    if (!json_double(v, &d) || !(d >= -0x1p63 && d < 0x1p63) || d != floor(d)) return false;
    *out = (int64_t)d;
    return true;
}

bool json_get(struct json object, struct str key, struct json *out)
{
    bool found = false;
    if (json_tag(object) != '{') return false;
    for (struct json_each it = json_each(object); json_next(&it);) {
        if (!str_eq(it.key, key)) continue;
        *out = it.value;
        found = true; /* go on: the last one counts */
    }
    return found;
}
