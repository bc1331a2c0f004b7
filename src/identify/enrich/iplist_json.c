/* iplist_json - the lists that their publishers write as JSON. See iplist_read.h for the shapes.
 *
 * A document is known by its outermost members. What none of them knows is searched for arrays that
 * hold nothing but addresses: that is how Fastly, GitHub and Cloudflare publish theirs. */
#include "identify/enrich/iplist_reader.h"

#include "base/json_in.h"

#include <stdio.h>

/* Entries of JSON have no lines of their own: an entry that is noted is searched in the text. */
static void find_line(struct reader *r, struct str token)
{
    const char *hit = token.n ? memmem(r->text.p, r->text.n, token.p, token.n) : NULL;
    r->line = hit ? 1 : 0;
    for (const char *p = r->text.p; hit && p < hit; p++) r->line += *p == '\n';
}

static void add(struct reader *r, struct str token)
{
    size_t notes = r->report->notes_count;
    token = str_trim(token);
    reader_add(r, token);
    if (r->report->notes_count == notes) return;
    find_line(r, token);
    r->report->notes[notes].line = r->line;
}

static void add_member(struct reader *r, struct json object, const char *key)
{
    struct json v;
    struct str text;
    if (json_get(object, str_of(key), &v) && json_str(v, &text)) add(r, text);
}

static void add_array(struct reader *r, struct json object, const char *key)
{
    struct json v;
    struct str text;
    if (!json_get(object, str_of(key), &v)) return;
    for (struct json_each it = json_each(v); json_next(&it);)
        if (json_str(it.value, &text)) add(r, text);
}

/* AWS, Google, Bing, OpenAI and others. */
static void read_prefix(struct reader *r, struct json one)
{
    static const char *const keys[] = {
        "ip_prefix", "ipv6_prefix", "ipv4Prefix", "ipv6Prefix", "ipPrefix", "cidr", "prefix",
    };
    struct str text;
    if (json_str(one, &text)) add(r, text);
    for (size_t i = 0; i < COUNT_OF(keys); i++) add_member(r, one, keys[i]);
}

/* Azure's service tags. */
static void read_value(struct reader *r, struct json one)
{
    struct json properties;
    if (json_get(one, STR("properties"), &properties)) add_array(r, properties, "addressPrefixes");
}

/* Oracle. */
static void read_region(struct reader *r, struct json one)
{
    struct json cidrs;
    if (!json_get(one, STR("cidrs"), &cidrs)) return;
    for (struct json_each it = json_each(cidrs); json_next(&it);)
        add_member(r, it.value, "cidr");
}

/* Onionoo's details: an exit's own addresses, and those it was seen to exit from (whatever its flags
 * say now). */
static void read_relay(struct reader *r, struct json one)
{
    struct json flags;
    struct str flag;
    bool exit = false;
    if (json_get(one, STR("flags"), &flags))
        for (struct json_each it = json_each(flags); json_next(&it);)
            exit |= json_str(it.value, &flag) && str_eq(flag, STR("Exit"));
    if (exit) add_array(r, one, "or_addresses");
    add_array(r, one, "exit_addresses");
}

static const struct {
    const char *member, *format;
    void (*read)(struct reader *r, struct json element);
} shapes[] = {
    { "prefixes", "JSON: prefixes[]", read_prefix },
    { "ipv6_prefixes", "JSON: prefixes[]", read_prefix }, /* AWS has both */
    { "values", "JSON: values[].properties.addressPrefixes", read_value },
    { "regions", "JSON: regions[].cidrs[].cidr", read_region },
    { "relays", "JSON: Tor relays (Onionoo)", read_relay },
};

static bool is_addresses(struct json array)
{
    struct str text;
    struct network n;
    size_t count = 0;
    if (json_type(array) != JSON_ARRAY) return false;
    for (struct json_each it = json_each(array); json_next(&it); count++)
        if (!json_str(it.value, &text) || !reader_parse(str_trim(text), &n)) return false;
    return count > 0;
}

/* Depth is at most JSON_DEPTH_MAX: the parser refuses more. */
static void read_arrays(struct reader *r, struct json v)
{
    struct str text;
    bool all = is_addresses(v);
    for (struct json_each it = json_each(v); json_next(&it);) {
        if (all && json_str(it.value, &text)) add(r, text);
        else read_arrays(r, it.value);
    }
}

static enum err read_document(struct reader *r, struct json root)
{
    struct json v;
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        if (!json_get(root, str_of(shapes[i].member), &v) || json_type(v) != JSON_ARRAY) continue;
        reader_format(r, shapes[i].format);
        for (struct json_each it = json_each(v); json_next(&it);) shapes[i].read(r, it.value);
    }
    if (r->report->format && r->report->lines) return ERR_OK;
    r->report->format = NULL;
    reader_format(r, "JSON: arrays of addresses");
    read_arrays(r, root);
    if (r->report->lines) return ERR_OK;
    return reader_refuse(r, "line 1: this JSON holds none of the shapes that whorl knows "
                            "(docs/facts.md, \"Lists\", names them)");
}

/* simdjson does not say where it stopped. A file that was cut, the usual case, has open brackets at
 * its end. */
static enum err refuse_json(struct reader *r, const char *what)
{
    size_t line = 1, depth = 0, open_line = 1;
    bool text = false;
    for (size_t i = 0; i < r->text.n; i++) {
        char c = r->text.p[i];
        if (c == '\n') line++;
        if (text && c == '\\') i++;
        else if (c == '"') text = !text;
        else if (text) continue;
        else if (c == '{' || c == '[') depth++, open_line = line;
        else if ((c == '}' || c == ']') && depth-- == 0)
            return reader_refuse(r, "line %zu: a closing bracket too many", line);
    }
    if (text || depth)
        return reader_refuse(r, "line %zu: the JSON ends too early (the last bracket was opened in line "
                                "%zu); is the file complete?", line, open_line);
    return reader_refuse(r, "somewhere in lines 1 to %zu: %s", line, what);
}

enum err reader_read_json(struct reader *r)
{
    struct json root;
    struct json_parser *parser = json_parser_create();
    if (!parser) return ERR_NO_MEMORY;
    enum err e = json_parse(parser, r->text, &root);
    if (!e) e = read_document(r, root);
    else if (e == ERR_MALFORMED) e = refuse_json(r, json_parse_problem(parser));
    json_parser_destroy(parser);
    return e;
}

/* ---- lines of JSON ------------------------------------------------------------------------- */

static void read_json_line(struct reader *r, struct str line, struct json_parser *parser)
{
    static const char *const keys[] = { "cidr", "prefix", "network", "ip" };
    struct json root, v;
    struct str text;
    int64_t number;
    if (json_parse(parser, line, &root) == ERR_OK && json_type(root) == JSON_OBJECT) {
        for (size_t i = 0; i < COUNT_OF(keys); i++)
            if (json_get(root, str_of(keys[i]), &v) && json_str(v, &text)) {
                reader_add(r, str_trim(text));
                return;
            }
        if (json_get(root, STR("asn"), &v) && json_i64(v, &number) && number > 0) {
            char digits[24];
            int n = snprintf(digits, sizeof digits, "%lld", (long long)number);
            reader_add_asn(r, (struct str){ digits, (size_t)n });
            return;
        }
        if (json_get(root, STR("type"), &v) && json_str(v, &text) &&
            str_eq(text, STR("metadata")))
            return; /* Spamhaus' last line */
    }
    r->report->lines++;
    r->report->unreadable++;
    reader_note(r, line, "this line of JSON has no \"cidr\" and no \"asn\"");
}

enum err reader_read_json_lines(struct reader *r)
{
    struct str rest = r->text, line;
    struct json_parser *parser = json_parser_create();
    if (!parser) return ERR_NO_MEMORY;
    reader_format(r, "lines of JSON");
    while (str_split(&rest, '\n', &line)) {
        r->line++;
        if (line.n && line.p[line.n - 1] == '\r') line.n--;
        line = str_trim(line);
        if (line.n && line.p[0] != '#' && line.p[0] != ';') read_json_line(r, line, parser);
    }
    json_parser_destroy(parser);
    return ERR_OK;
}
