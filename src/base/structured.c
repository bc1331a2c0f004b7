/* structured - see structured.h. The functions follow the algorithms of RFC 8941, section 4.2, in
 * their order; `take_...` consumes from the front of `rest` or sets `bad`. */
#include "base/structured.h"

struct structured structured_of(struct str text)
{
    /* blanks around the value are no part of it: 4.2, steps 2 and 6 to 7 */
    while (text.n && text.p[0] == ' ') text = str_sub(text, 1, text.n);
    while (text.n && text.p[text.n - 1] == ' ') text.n--;
    return (struct structured){ .rest = text };
}

static char front(const struct structured *s)
{
    return s->rest.n ? s->rest.p[0] : 0;
}

static void step(struct structured *s, size_t n)
{
    s->rest = str_sub(s->rest, n, s->rest.n);
}

static bool fail(struct structured *s)
{
    s->bad = true;
    return false;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
static bool is_alpha(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }

/* tchar of RFC 9110, 5.6.2 */
static bool is_tchar(char c)
{
    return is_alpha(c) || is_digit(c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static void skip_blanks(struct structured *s, bool tabs)
{
    while (front(s) == ' ' || (tabs && front(s) == '\t')) step(s, 1);
}

/* 4.2.4: at most 15 digits, or 12 before and 3 behind the point. */
static bool take_number(struct structured *s, struct structured_value *out)
{
    struct str all = s->rest;
    bool negative = front(s) == '-';
    size_t whole = 0, fraction = 0;
    int64_t value = 0;
    if (negative) step(s, 1);
    for (; is_digit(front(s)); step(s, 1), whole++) {
        if (whole == 15) return fail(s);
        value = 10 * value + (front(s) - '0');
    }
    if (whole == 0) return fail(s);
    out->type = STRUCTURED_INTEGER;
    value *= 1000;
    if (front(s) == '.') {
        out->type = STRUCTURED_DECIMAL;
        step(s, 1);
        if (whole > 12) return fail(s);
        for (int64_t worth = 100; is_digit(front(s)); step(s, 1), fraction++, worth /= 10) {
            if (fraction == 3) return fail(s);
            value += worth * (front(s) - '0');
        }
        if (fraction == 0) return fail(s);
    }
    out->text = str_sub(all, 0, all.n - s->rest.n);
    out->thousandths = negative ? -value : value;
    return true;
}

/* 4.2.5: printable ASCII; only '"' and '\' may be escaped, and must be. */
static bool take_string(struct structured *s, struct structured_value *out)
{
    size_t i = 1;
    while (i < s->rest.n && s->rest.p[i] != '"') {
        if (s->rest.p[i] == '\\') {
            i++;
            if (i == s->rest.n || (s->rest.p[i] != '"' && s->rest.p[i] != '\\')) return fail(s);
        } else if (s->rest.p[i] < 0x20 || s->rest.p[i] > 0x7e) {
            return fail(s);
        }
        i++;
    }
    if (i >= s->rest.n) return fail(s);
    out->type = STRUCTURED_STRING;
    out->text = str_sub(s->rest, 1, i);
    step(s, i + 1);
    return true;
}

static bool take_token(struct structured *s, struct structured_value *out)
{
    size_t i = 1;
    while (i < s->rest.n && (is_tchar(s->rest.p[i]) || s->rest.p[i] == ':' || s->rest.p[i] == '/'))
        i++;
    out->type = STRUCTURED_TOKEN;
    out->text = str_sub(s->rest, 0, i);
    step(s, i);
    return true;
}

static bool take_bytes(struct structured *s, struct structured_value *out)
{
    size_t i = 1;
    while (i < s->rest.n && s->rest.p[i] != ':') {
        char c = s->rest.p[i];
        if (!is_alpha(c) && !is_digit(c) && c != '+' && c != '/' && c != '=') return fail(s);
        i++;
    }
    if (i >= s->rest.n) return fail(s);
    out->type = STRUCTURED_BYTES;
    out->text = str_sub(s->rest, 1, i);
    step(s, i + 1);
    return true;
}

static bool take_boolean(struct structured *s, struct structured_value *out)
{
    if (s->rest.n < 2 || (s->rest.p[1] != '0' && s->rest.p[1] != '1')) return fail(s);
    out->type = STRUCTURED_BOOLEAN;
    out->text = str_sub(s->rest, 0, 2);
    out->boolean = s->rest.p[1] == '1';
    step(s, 2);
    return true;
}

/* 4.2.3.1 */
static bool take_bare_item(struct structured *s, struct structured_value *out)
{
    char c = front(s);
    *out = (struct structured_value){ .parameters = { "", 0 } };
    if (c == '-' || is_digit(c)) return take_number(s, out);
    if (c == '"') return take_string(s, out);
    if (c == '*' || is_alpha(c)) return take_token(s, out);
    if (c == ':') return take_bytes(s, out);
    if (c == '?') return take_boolean(s, out);
    return fail(s);
}

/* 4.2.3.3 */
static bool take_key(struct structured *s, struct str *key)
{
    size_t i = 0;
    if (!is_lower(front(s)) && front(s) != '*') return fail(s);
    while (i < s->rest.n && (is_lower(s->rest.p[i]) || is_digit(s->rest.p[i]) ||
                             (s->rest.p[i] && strchr("_-.*", s->rest.p[i]))))
        i++;
    *key = str_sub(s->rest, 0, i);
    step(s, i);
    return true;
}

static void set_true(struct structured_value *out)
{
    *out = (struct structured_value){ .type = STRUCTURED_BOOLEAN, .text = { "?1", 2 },
                                      .boolean = true, .parameters = { "", 0 } };
}

bool structured_next_parameter(struct structured *s, struct str *key, struct structured_value *out)
{
    if (s->bad || front(s) != ';') return false;
    step(s, 1);
    skip_blanks(s, false);
    if (!take_key(s, key)) return false;
    set_true(out);
    if (front(s) != '=') return true;
    step(s, 1);
    return take_bare_item(s, out);
}

static bool take_parameters(struct structured *s, struct structured_value *out)
{
    struct str all = s->rest, key;
    struct structured_value value;
    while (structured_next_parameter(s, &key, &value)) {}
    out->parameters = str_sub(all, 0, all.n - s->rest.n);
    return !s->bad;
}

static bool take_item(struct structured *s, struct structured_value *out)
{
    return take_bare_item(s, out) && take_parameters(s, out);
}

bool structured_next_inner(struct structured *s, struct structured_value *out)
{
    if (s->bad) return false;
    size_t before = s->rest.n;
    skip_blanks(s, false);
    if (s->rest.n == 0) return false;
    if (s->begun && s->rest.n == before) return fail(s); /* items are apart by blanks */
    s->begun = true;
    return take_item(s, out);
}

/* 4.2.1.2; the items are read here once to find the end and any fault. */
static bool take_inner_list(struct structured *s, struct structured_value *out)
{
    struct structured_value item;
    step(s, 1);
    struct str all = s->rest;
    for (bool begun = false;; begun = true) {
        size_t before = s->rest.n;
        skip_blanks(s, false);
        if (front(s) == ')') break;
        if (begun && s->rest.n == before) return fail(s);
        if (!take_item(s, &item)) return false;
    }
    *out = (struct structured_value){ .type = STRUCTURED_INNER_LIST,
                                      .text = str_sub(all, 0, all.n - s->rest.n) };
    step(s, 1);
    return take_parameters(s, out);
}

static bool take_member(struct structured *s, struct structured_value *out)
{
    return front(s) == '(' ? take_inner_list(s, out) : take_item(s, out);
}

/* The comma before every member but the first; a comma at the end is a fault. */
static bool take_comma(struct structured *s)
{
    if (s->bad) return false;
    if (s->begun) {
        skip_blanks(s, true);
        if (s->rest.n == 0) return false;
        if (front(s) != ',') return fail(s);
        step(s, 1);
        skip_blanks(s, true);
        if (s->rest.n == 0) return fail(s);
    }
    s->begun = true;
    return s->rest.n > 0;
}

bool structured_next(struct structured *s, struct structured_value *out)
{
    return take_comma(s) && take_member(s, out);
}

bool structured_next_member(struct structured *s, struct str *key, struct structured_value *out)
{
    if (!take_comma(s) || !take_key(s, key)) return false;
    if (front(s) == '=') {
        step(s, 1);
        return take_member(s, out);
    }
    set_true(out);
    return take_parameters(s, out);
}

bool structured_item(struct str text, struct structured_value *out)
{
    struct structured s = structured_of(text);
    return take_item(&s, out) && s.rest.n == 0;
}

struct str structured_text(const struct structured_value *value, struct arena *arena)
{
    if (str_find_char(value->text, '\\', 0) == SIZE_MAX) return value->text;
    char *out = arena_alloc(arena, value->text.n);
    size_t n = 0;
    if (!out) return (struct str){ "", 0 };
    for (size_t i = 0; i < value->text.n; i++) {
        if (value->text.p[i] == '\\' && i + 1 < value->text.n) i++;
        out[n++] = value->text.p[i];
    }
    return (struct str){ out, n };
}
