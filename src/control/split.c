/* split - see split.h. Outside of an event it keeps a stack of what it is inside of; inside of one
 * it counts brackets. */
#include "control/split.h"

#include "base/json_in.h"

#include <stdlib.h>

/* What is around an event. Arrays are lists; of an object it is not known whether it is an event or
 * a page until a member is called "events" and is an array: so an object is kept as an event until
 * then. */
enum { NEST_MAX = 64, NAME = sizeof "events" - 1 };

struct split {
    split_found *found;
    void *context;
    size_t max, n, capacity;
    char *text;
    uint64_t line, event_line;
    unsigned lists;        /* arrays around, of events */
    char around[NEST_MAX]; /* '[': a list, '{': a page whose list it was */
    unsigned depth;        /* of brackets inside of the event; 0: none is open */
    bool in_string, escaped, line_ended, first_line, skipping, too_long;
    /* the last string at depth 1, and what came behind it */
    size_t name_at;
    bool name_ended, colon;
    bool passing; /* inside of a page, behind its list: what comes is passed over */
};

struct split *split_create(size_t event_bytes_max, split_found *found, void *context)
{
    struct split *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->found = found;
    s->context = context;
    s->max = event_bytes_max;
    s->line = 1;
    return s;
}

void split_destroy(struct split *s)
{
    if (!s) return;
    free(s->text);
    free(s);
}

static bool keep(struct split *s, char c)
{
    if (s->n == s->max) s->too_long = true;
    if (s->too_long) return true;
    if (s->n + JSON_PADDING >= s->capacity) {
        size_t capacity = s->capacity ? 2 * s->capacity : 16 * 1024;
        char *text = realloc(s->text, capacity);
        if (!text) return false;
        s->text = text;
        s->capacity = capacity;
    }
    s->text[s->n++] = c;
    return true;
}

static bool give(struct split *s, const char *problem)
{
    struct str text = { s->text, s->n };
    if (s->too_long) problem = "the event is too long";
    if (s->text) memset(s->text + s->n, 0, JSON_PADDING);
    s->depth = 0;
    s->n = 0;
    s->in_string = s->escaped = s->too_long = false;
    return s->found(s->context, text, s->event_line, problem);
}

static bool begin_event(struct split *s, char c)
{
    s->depth = 1;
    s->n = 0;
    s->event_line = s->line;
    s->first_line = true;
    s->line_ended = s->name_ended = s->colon = false;
    return keep(s, c);
}

/* Between events. */
static bool outside(struct split *s, char c)
{
    switch (c) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
    case ',': return true;
    case '{': return begin_event(s, c);
    case '[':
        if (s->lists < NEST_MAX) s->around[s->lists++] = '[';
        return true;
    case ']':
        if (s->lists && s->around[s->lists - 1] == '{') s->passing = true, s->depth = 1;
        if (s->lists) s->lists--;
        return true;
    case '\xef':
    case '\xbb':
    case '\xbf': /* a byte order mark */ return true;
    default: /* the rest of the line is no event */
        s->event_line = s->line;
        s->n = 0;
        s->skipping = true;
        return give(s, "no event begins here");
    }
}

static bool is_events(const struct split *s)
{
    return s->name_ended && s->colon && s->n >= s->name_at + NAME &&
           memcmp(s->text + s->name_at, "events\"", NAME + 1) == 0;
}

/* Brackets and names inside of an event, outside of strings. */
static bool structure(struct split *s, char c)
{
    if (c == '[' && s->depth == 1 && !s->too_long && is_events(s)) {
        s->depth = 0;
        s->n = 0;
        if (s->lists < NEST_MAX) s->around[s->lists++] = '{';
        return true;
    }
    if (!keep(s, c)) return false;
    if (c == '"') {
        s->in_string = true;
        if (s->depth == 1) s->name_at = s->n, s->name_ended = s->colon = false;
    } else if (c == '{' || c == '[') {
        s->depth++;
    } else if (c == '}' || c == ']') {
        if (--s->depth == 0) return give(s, NULL);
    } else if (c == ':') {
        s->colon = s->name_ended;
    } else if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
        s->name_ended = false;
    }
    return true;
}

/* The rest of a page, behind its list: strings and brackets only. */
static bool pass(struct split *s, char c)
{
    if (s->in_string) {
        if (s->escaped) s->escaped = false;
        else if (c == '\\') s->escaped = true;
        else if (c == '"') s->in_string = false;
    } else if (c == '"') {
        s->in_string = true;
    } else if (c == '{' || c == '[') {
        s->depth++;
    } else if ((c == '}' || c == ']') && --s->depth == 0) {
        s->passing = false;
    }
    return true;
}

static bool inside_string(struct split *s, char c)
{
    if (c == '\n') return give(s, "the line ends inside of a text");
    if (!keep(s, c)) return false;
    if (s->escaped) s->escaped = false;
    else if (c == '\\') s->escaped = true;
    else if (c == '"') s->in_string = false, s->name_ended = s->depth == 1;
    return true;
}

static bool take(struct split *s, char c)
{
    if (s->skipping) {
        if (c == '\n') s->skipping = false;
        return true;
    }
    if (s->passing) return pass(s, c);
    if (s->depth == 0) return outside(s, c);
    if (s->line_ended) {
        s->line_ended = false;
        if (c == '{' && s->first_line) {
            if (!give(s, "the line ends before the event does")) return false;
            return begin_event(s, c);
        }
        s->first_line = false;
    }
    if (s->in_string) return inside_string(s, c);
    if (c == '\n') s->line_ended = true;
    return structure(s, c);
}

bool split_feed(struct split *s, struct str bytes)
{
    for (size_t i = 0; i < bytes.n; i++) {
        if (!take(s, bytes.p[i])) return false;
        if (bytes.p[i] == '\n') s->line++;
    }
    return true;
}

bool split_end(struct split *s)
{
    if (s->depth && !s->passing) return give(s, "the input ends before the event does"), false;
    return s->lists == 0 && !s->passing;
}
