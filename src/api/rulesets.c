/* rulesets - see rulesets.h. */
#include "api/rulesets.h"

#include "api/rules.h"
#include "event/packed.h"

struct str ruleset_name(struct arena *arena, uint32_t workspace, struct str id)
{
    return arena_format(arena, "ruleset/%u/%.*s", (unsigned)workspace, STR_ARG(id));
}

/* ---- is it in order? ---- */

/* Every member of an object is one of these names, separated by blanks. */
static bool has_only(struct json object, const char *names)
{
    if (json_type(object) != JSON_OBJECT) return false;
    for (struct json_each it = json_each(object); json_next(&it);) {
        struct str rest = str_of(names), name;
        bool known = false;
        while (str_split(&rest, ' ', &name)) known |= str_eq(name, it.key);
        if (!known) return false;
    }
    return true;
}

/* Absent, or an array of {"name", "value"}. */
static bool are_headers(struct json object, const char *member)
{
    struct json list, v;
    struct str s;
    if (!json_get(object, str_of(member), &list)) return true;
    if (json_type(list) != JSON_ARRAY) return false;
    for (struct json_each it = json_each(list); json_next(&it);)
        if (!has_only(it.value, "name value") || !json_get(it.value, STR("name"), &v) || !json_str(v, &s) ||
            s.n == 0 || !json_get(it.value, STR("value"), &v) || !json_str(v, &s))
            return false;
    return true;
}

static bool are_modifications(struct json action)
{
    struct json m, list;
    struct str s;
    if (!json_get(action, STR("request_header_modifications"), &m)) return true;
    if (!has_only(m, "remove set append") || !are_headers(m, "set") || !are_headers(m, "append")) return false;
    if (!json_get(m, STR("remove"), &list)) return true;
    if (json_type(list) != JSON_ARRAY) return false;
    for (struct json_each it = json_each(list); json_next(&it);)
        if (!json_str(it.value, &s) || s.n == 0) return false;
    return true;
}

static const char *action_problem(struct json action)
{
    struct json v;
    struct str type = { "", 0 }, s;
    int64_t status;
    if (json_get(action, STR("type"), &v)) json_str(v, &type);
    if (str_eq(type, STR("allow")))
        return has_only(action, "type request_header_modifications") && are_modifications(action)
                   ? NULL
                   : "an action of type allow has request_header_modifications {remove, set, append} and no more";
    if (!str_eq(type, STR("block"))) return "an action's type is allow or block";
    if (!has_only(action, "type status_code headers body") || !are_headers(action, "headers"))
        return "an action of type block has status_code, headers [{name, value}], body and no more";
    if (json_get(action, STR("status_code"), &v) && (!json_i64(v, &status) || status < 100 || status > 599))
        return "status_code is 100 to 599";
    if (json_get(action, STR("body"), &v) && !json_str(v, &s)) return "body is a string";
    return NULL;
}

static const char *one_rule_problem(struct json rule)
{
    struct json v;
    struct str s;
    if (!has_only(rule, "id expression action")) return "a rule has id, expression, action and no more";
    if (json_get(rule, STR("id"), &v) && (!json_str(v, &s) || s.n == 0 || s.n > RULESET_ID_BYTES_MAX))
        return "a rule's id is a text of 1 to 64 bytes";
    if (!json_get(rule, STR("expression"), &v) || !json_str(v, &s)) return "a rule needs an expression";
    const char *problem = rule_problem(s);
    if (problem) return problem;
    return json_get(rule, STR("action"), &v) ? action_problem(v) : "a rule needs an action";
}

const char *ruleset_problem(struct json root, struct arena *arena)
{
    struct json rules, action;
    size_t n = 0;
    if (!has_only(root, "rules default") || !json_get(root, STR("rules"), &rules) || json_type(rules) != JSON_ARRAY)
        return "a ruleset is {\"rules\": [...], \"default\": {...}}";
    for (struct json_each it = json_each(rules); json_next(&it);) {
        const char *problem = one_rule_problem(it.value);
        if (++n > RULES_MAX) return "a ruleset has at most 100 rules";
        if (problem) return arena_format(arena, "rule %zu: %s", n, problem).p;
    }
    const char *problem = json_get(root, STR("default"), &action) ? action_problem(action) : NULL;
    return problem ? arena_format(arena, "default: %s", problem).p : NULL;
}

/* ---- which rule? ---- */

struct rule {
    struct str id, expression; /* empty: the default */
    struct str type, rest;     /* of the action: `rest` is its other members, as JSON text after a comma */
};

static enum err read_action(struct rule *out, struct json action, struct arena *arena)
{
    struct json_out text;
    json_out_init(&text, arena);
    for (struct json_each it = json_each(action); json_next(&it);) {
        struct bytes_out packed;
        if (str_eq(it.key, STR("type"))) {
            json_str(it.value, &out->type);
            out->type = arena_copy(arena, out->type);
            continue;
        }
        bytes_out_init(&packed, arena, 256);
        packed_value(&packed, it.value);
        struct cursor c = cursor_of(bytes_out_text(&packed)), none = cursor_of(STR(""));
        json_out_raw(&text, STR(","));
        json_out_raw(&text, arena_format(arena, "\"%.*s\":", STR_ARG(it.key))); /* one of the names above */
        struct json_out value;
        json_out_init(&value, arena);
        if (packed_to_json(&value, &c, &none)) return ERR_CORRUPT;
        json_out_raw(&text, json_out_text(&value));
    }
    out->rest = json_out_text(&text);
    return text.failed ? ERR_NO_MEMORY : ERR_OK;
}

static struct str text_of(struct json object, const char *member, struct arena *arena)
{
    struct json v;
    struct str s = { "", 0 };
    if (json_get(object, str_of(member), &v)) json_str(v, &s);
    return arena_copy(arena, s);
}

/* Rules in their order, the default last. Everything in arena. */
static enum err read_rules(struct rule *rules, size_t *count, struct json root, struct arena *arena)
{
    struct json list, v;
    enum err e = ERR_OK;
    *count = 0;
    if (!json_get(root, STR("rules"), &list)) return ERR_CORRUPT;
    for (struct json_each it = json_each(list); json_next(&it) && !e && *count < RULES_MAX;) {
        struct rule *rule = &rules[(*count)++];
        rule->id = text_of(it.value, "id", arena);
        if (rule->id.n == 0) rule->id = arena_format(arena, "r_%zu", *count);
        rule->expression = text_of(it.value, "expression", arena);
        e = json_get(it.value, STR("action"), &v) ? read_action(rule, v, arena) : ERR_CORRUPT;
    }
    struct rule *last = &rules[(*count)++];
    *last = (struct rule){ .type = STR("allow"), .rest = STR("") };
    if (!e && json_get(root, STR("default"), &v)) e = read_action(last, v, arena);
    return e;
}

static void put_action(struct json_out *out, const struct rule *rule, struct str id)
{
    json_out_key(out, "rule_action");
    json_out_open(out, '{');
    json_out_key(out, "type"), json_out_str(out, rule->type);
    json_out_key(out, "ruleset_id"), json_out_str(out, id);
    if (rule->expression.n) {
        json_out_key(out, "rule_id"), json_out_str(out, rule->id);
        json_out_key(out, "rule_expression"), json_out_str(out, rule->expression);
    }
    json_out_raw(out, rule->rest);
    json_out_close(out, '}');
}

enum err ruleset_put_action(struct json_out *out, struct store *st, struct json_parser *parser, uint32_t workspace,
                            struct str id, struct str body, struct arena *arena)
{
    struct rule *rules = ARENA_ARRAY(arena, struct rule, RULES_MAX + 1);
    struct str text;
    struct json root;
    size_t count, i = 0;
    if (!rules) return ERR_NO_MEMORY;
    if (id.n == 0 || id.n > RULESET_ID_BYTES_MAX) return ERR_RULESET_NOT_FOUND;
    enum err e = store_get_value(st, ruleset_name(arena, workspace, id), arena, &text);
    if (e == ERR_NOT_FOUND || (!e && text.n == 0)) return ERR_RULESET_NOT_FOUND;
    if (!e) text = json_padded(arena, text);
    if (!e) e = !text.p ? ERR_NO_MEMORY : json_parse(parser, text, &root) ? ERR_CORRUPT : ERR_OK;
    if (!e) e = read_rules(rules, &count, root, arena);
    if (e) return e;
    text = json_padded(arena, body); /* the parser holds one document at a time */
    e = !text.p ? ERR_NO_MEMORY : json_parse(parser, text, &root) ? ERR_CORRUPT : ERR_OK;
    if (e) return e;
    while (i + 1 < count && !rule_holds(rules[i].expression, root)) i++;
    put_action(out, &rules[i], id);
    return ERR_OK;
}
