/* rules - see rules.h. A recursive descent that judges while it reads: expressions are short, and are read once
 * for each event that is asked for with a ruleset. */
#include "api/rules.h"

#include <stdlib.h>

struct reader {
    struct str text;
    size_t at;
    unsigned depth;
    const struct json *event; /* NULL: only the form is checked */
    const char *problem;
};

/* The members of a v4 event (its published schema). */
static bool is_field(struct str name)
{
    static const char *const names[] = {
        "active_call", "bot", "bot_info", "bot_type", "browser_details", "bundle_id", "client_referrer",
        "cloned_app", "developer_tools", "device", "emulator", "environment_id", "event_id",
        "factory_reset_timestamp", "frida", "high_activity_device", "identification", "incognito",
        "incremental_identification_status", "ip_address", "ip_blocklist", "ip_info", "jailbroken", "labels",
        "linked_id", "location_spoofing", "mitm_attack", "os", "os_version", "package_name", "privacy_settings",
        "proximity", "proxy", "proxy_confidence", "proxy_details", "proxy_ml_score", "rare_device",
        "rare_device_percentile_bucket", "raw_device_attributes", "replayed", "root_apps", "sdk", "simulator",
        "source", "supplementary_id_high_recall", "suspect", "suspect_score", "tags", "tampering",
        "tampering_confidence", "tampering_details", "tampering_ml_score", "timestamp", "url", "user_agent",
        "velocity", "virtual_machine", "virtual_machine_ml_score", "vpn", "vpn_confidence", "vpn_methods",
        "vpn_ml_score", "vpn_origin_country", "vpn_origin_timezone",
    };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_eq(name, str_of(names[i]))) return true;
    return false;
}

static void fail(struct reader *r, const char *problem)
{
    if (!r->problem) r->problem = problem;
}

static void skip_blanks(struct reader *r)
{
    while (r->at < r->text.n && strchr(" \t\r\n", r->text.p[r->at]) && r->text.p[r->at]) r->at++;
}

/* Takes the token if it comes next. */
static bool take(struct reader *r, const char *token)
{
    skip_blanks(r);
    struct str t = str_of(token);
    if (!str_eq(str_sub(r->text, r->at, r->at + t.n), t)) return false;
    r->at += t.n;
    return true;
}

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The same for a word: what follows is no further letter. */
static bool take_word(struct reader *r, const char *word)
{
    size_t before = r->at;
    if (!take(r, word)) return false;
    if (r->at == r->text.n || !is_name_character(r->text.p[r->at])) return true;
    r->at = before;
    return false;
}

enum literal_type { LITERAL_TEXT, LITERAL_NUMBER, LITERAL_BOOL };

struct literal {
    enum literal_type type;
    struct str text; /* as written, between the quotes */
    double number;
    bool yes;
};

static void read_string(struct reader *r, struct literal *out)
{
    size_t start = r->at;
    while (r->at < r->text.n && r->text.p[r->at] != '"') r->at += r->text.p[r->at] == '\\' ? 2 : 1;
    if (r->at >= r->text.n) {
        fail(r, "a string does not end");
        r->at = r->text.n;
        return;
    }
    out->type = LITERAL_TEXT;
    out->text = str_sub(r->text, start, r->at++);
}

static void read_number(struct reader *r, struct literal *out)
{
    char copy[32], *end;
    size_t n = 0;
    while (r->at + n < r->text.n && n < sizeof copy - 1 && strchr("0123456789+-.eE", r->text.p[r->at + n]) &&
           r->text.p[r->at + n])
        n++;
    memcpy(copy, r->text.p + r->at, n);
    copy[n] = 0;
    out->type = LITERAL_NUMBER;
    out->number = strtod(copy, &end);
    if (n == 0 || *end) fail(r, "a string, a number, true or false is missing");
    r->at += n;
}

static void read_literal(struct reader *r, struct literal *out)
{
    *out = (struct literal){ .type = LITERAL_BOOL };
    if (take(r, "\"")) read_string(r, out);
    else if (take_word(r, "true")) out->yes = true;
    else if (!take_word(r, "false")) read_number(r, out);
}

/* Compares with the escapes of the literal taken off. */
static bool same_text(struct str literal, struct str value)
{
    size_t k = 0;
    for (size_t i = 0; i < literal.n; i++, k++) {
        if (literal.p[i] == '\\' && i + 1 < literal.n) i++;
        if (k >= value.n || value.p[k] != literal.p[i]) return false;
    }
    return k == value.n;
}

enum order { ORDER_NONE, ORDER_LESS, ORDER_SAME, ORDER_MORE, ORDER_OTHER }; /* OTHER: not the same, and no order */

static enum order compare(const struct json *value, const struct literal *l)
{
    struct str text;
    double number;
    bool yes;
    if (!value) return ORDER_NONE;
    switch (l->type) {
    case LITERAL_TEXT:
        if (!json_str(*value, &text)) return ORDER_NONE;
        return same_text(l->text, text) ? ORDER_SAME : ORDER_OTHER;
    case LITERAL_NUMBER:
        if (!json_double(*value, &number)) return ORDER_NONE;
        return number < l->number ? ORDER_LESS : number > l->number ? ORDER_MORE : ORDER_SAME;
    default:
        if (!json_bool(*value, &yes)) return ORDER_NONE;
        return yes == l->yes ? ORDER_SAME : ORDER_OTHER;
    }
}

/* [ literal, ... ] */
static bool read_list(struct reader *r, const struct json *value, bool negated)
{
    bool found = false, known = true;
    if (!take(r, "[")) fail(r, "a list [...] must follow in");
    do {
        struct literal l;
        read_literal(r, &l);
        enum order order = compare(value, &l);
        found |= order == ORDER_SAME;
        known &= order != ORDER_NONE;
    } while (!r->problem && take(r, ","));
    if (!take(r, "]")) fail(r, "a list does not end with ]");
    return negated ? known && !found : found;
}

/* A field and what follows it. */
static bool read_field(struct reader *r)
{
    struct json value = { 0 };
    bool there = r->event != NULL, first = true, yes = false;
    if (there) value = *r->event;
    skip_blanks(r);
    do {
        size_t start = r->at;
        while (r->at < r->text.n && is_name_character(r->text.p[r->at])) r->at++;
        struct str name = str_sub(r->text, start, r->at);
        if (name.n == 0) fail(r, "a field's name is missing");
        else if (first && !is_field(name)) fail(r, "a v4 event has no field of that name");
        struct json inner;
        there = there && json_get(value, name, &inner);
        if (there) value = inner;
        first = false;
    } while (!r->problem && r->at < r->text.n && r->text.p[r->at] == '.' && ++r->at);
    const struct json *v = there ? &value : NULL;
    if (take_word(r, "in")) return read_list(r, v, false);
    size_t before = r->at;
    if (take_word(r, "not")) {
        if (take_word(r, "in")) return read_list(r, v, true);
        r->at = before;
    }
    static const char *const operators[] = { "==", "!=", "<=", ">=", "<", ">" };
    size_t op = 0;
    while (op < COUNT_OF(operators) && !take(r, operators[op])) op++;
    if (op == COUNT_OF(operators)) return v && json_bool(*v, &yes) && yes;
    struct literal l;
    read_literal(r, &l);
    if (op >= 2 && l.type != LITERAL_NUMBER) fail(r, "<, <=, > and >= compare with a number");
    enum order order = compare(v, &l);
    switch (op) {
    case 0: return order == ORDER_SAME;
    case 1: return order != ORDER_SAME && order != ORDER_NONE;
    case 2: return order == ORDER_LESS || order == ORDER_SAME;
    case 3: return order == ORDER_MORE || order == ORDER_SAME;
    case 4: return order == ORDER_LESS;
    default: return order == ORDER_MORE;
    }
}

static bool read_or(struct reader *r);

static bool read_term(struct reader *r)
{
    bool result;
    if (++r->depth > RULE_DEPTH_MAX) fail(r, "the expression is nested too deep");
    if (r->problem) return false;
    if (take(r, "!")) {
        result = !read_term(r);
    } else if (take(r, "(")) {
        result = read_or(r);
        if (!take(r, ")")) fail(r, "a ) is missing");
    } else {
        result = read_field(r);
    }
    r->depth--;
    return result;
}

static bool read_and(struct reader *r)
{
    bool result = read_term(r);
    while (!r->problem && take(r, "&&")) result = read_term(r) && result;
    return result;
}

static bool read_or(struct reader *r)
{
    bool result = read_and(r);
    while (!r->problem && take(r, "||")) result = read_and(r) || result;
    return result;
}

static bool read_all(struct reader *r)
{
    if (r->text.n > RULE_BYTES_MAX) fail(r, "the expression is longer than 2 kB");
    bool result = read_or(r);
    skip_blanks(r);
    if (r->at < r->text.n) fail(r, "something follows the expression");
    return result && !r->problem;
}

const char *rule_problem(struct str expression)
{
    struct reader r = { .text = expression };
    read_all(&r);
    return r.problem;
}

bool rule_holds(struct str expression, struct json event)
{
    struct reader r = { .text = expression, .event = &event };
    return read_all(&r);
}
