/* forwarded - see forwarded.h. */
#include "identify/enrich/forwarded.h"

/* Cuts the last element off *rest: what follows the last comma that is not between quotation marks,
 * counted from the right. False once *rest is used up. */
static bool cut_last(struct str *rest, struct str *element)
{
    size_t i = rest->n;
    bool quoted = false;
    if (!rest->p) return false;
    for (; i > 0; i--) {
        char c = rest->p[i - 1];
        if (c == '"') quoted = !quoted;
        else if (c == ',' && !quoted) break;
    }
    *element = str_trim(str_sub(*rest, i, rest->n));
    *rest = i > 0 ? str_sub(*rest, 0, i - 1) : (struct str){ NULL, 0 };
    return true;
}

/* "1.2.3.4:80" and "[::1]:80" without their port and brackets. */
static struct str without_port(struct str entry)
{
    if (entry.n && entry.p[0] == '[') {
        size_t close = str_find_char(entry, ']', 0);
        return close == SIZE_MAX ? (struct str){ NULL, 0 } : str_sub(entry, 1, close);
    }
    size_t colon = str_find_char(entry, ':', 0);
    bool one_colon = colon != SIZE_MAX && str_find_char(entry, ':', colon + 1) == SIZE_MAX;
    return one_colon ? str_sub(entry, 0, colon) : entry;
}

/* ---- X-Forwarded-For, X-Forwarded-Proto ---- */

static int https_of(struct str scheme)
{
    if (str_eq_nocase(scheme, STR("https")) || str_eq_nocase(scheme, STR("wss"))) return 1;
    return str_eq_nocase(scheme, STR("http")) || str_eq_nocase(scheme, STR("ws")) ? 0 : -1;
}

/* Most proxies replace X-Forwarded-Proto: one entry, whatever the number of proxies. Where each
 * adds one, the n-th from the right is of the proxy that wrote the n-th address. */
static int https_of_list(struct str list, size_t hops)
{
    struct str entry = { NULL, 0 };
    if (hops == 0) hops = 1;
    for (size_t i = 0; i < hops && cut_last(&list, &entry); i++) {}
    return https_of(entry);
}

static void walk_x(struct forwarded *out, struct str list, const struct networks *trusted)
{
    size_t end = list.n;
    while (end > 0 && networks_have(trusted, &out->client)) {
        size_t start = end;
        struct address next;
        while (start > 0 && list.p[start - 1] != ',') start--;
        if (!address_parse(&next, without_port(str_trim(str_sub(list, start, end))))) {
            out->cut = true;
            return;
        }
        out->client = next;
        out->source = FORWARDED_BY_X;
        out->hops++;
        end = start > 0 ? start - 1 : 0;
    }
}

/* ---- Forwarded (RFC 7239, section 4) ---- */

struct element {
    struct str by_for, proto;
};

/* A token, or what is between quotation marks. No node or scheme needs a backslash. */
static bool read_value(struct str text, struct str *out)
{
    bool quoted = text.n >= 2 && text.p[0] == '"' && text.p[text.n - 1] == '"';
    if (quoted) text = str_sub(text, 1, text.n - 1);
    if (text.n == 0) return false;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == '"' || text.p[i] == '\\' || (unsigned char)text.p[i] < 0x20) return false;
    *out = text;
    return true;
}

/* forwarded-element = [ pair ] *( ";" [ pair ] ); a name that comes twice is a fault. Quoted
 * semicolons occur in values that nobody reads here; they make the element a fault. */
static bool read_element(struct str text, struct element *out)
{
    struct str pair;
    *out = (struct element){ .by_for = { NULL, 0 } };
    while (str_split(&text, ';', &pair)) {
        struct str *member = NULL, value;
        pair = str_trim(pair);
        if (pair.n == 0) continue;
        size_t equals = str_find_char(pair, '=', 0);
        if (equals == SIZE_MAX || !read_value(str_sub(pair, equals + 1, pair.n), &value))
            return false;
        if (str_eq_nocase(str_sub(pair, 0, equals), STR("for"))) member = &out->by_for;
        if (str_eq_nocase(str_sub(pair, 0, equals), STR("proto"))) member = &out->proto;
        if (!member) continue;
        if (member->p) return false;
        *member = value;
    }
    return true;
}

static void walk_rfc7239(struct forwarded *out, struct str list, const struct networks *trusted)
{
    struct str text;
    while (networks_have(trusted, &out->client) && cut_last(&list, &text)) {
        struct element element;
        struct address next;
        bool read = read_element(text, &element);
        if (read && element.proto.p) out->https = https_of(element.proto);
        if (!read || !address_parse(&next, without_port(element.by_for))) {
            out->cut = true;
            return;
        }
        out->client = next;
        out->source = FORWARDED_BY_RFC7239;
        out->hops++;
    }
}

/* ---- both ---- */

void forwarded_find(struct forwarded *out, const struct address *peer,
                    const struct forwarded_lines *lines, const struct networks *trusted,
                    enum forwarded_rule rule)
{
    *out = (struct forwarded){ .client = *peer, .https = -1 };
    out->peer_trusted = networks_have(trusted, peer);
    if (!out->peer_trusted) return;
    bool x = rule == FORWARDED_X_ONLY ||
             (rule == FORWARDED_AUTO && (lines->x_for.n > 0 || lines->rfc7239.n == 0));
    if (x) walk_x(out, lines->x_for, trusted);
    else walk_rfc7239(out, lines->rfc7239, trusted);
    if (out->https < 0 && rule != FORWARDED_RFC7239_ONLY && lines->x_proto.n > 0)
        out->https = https_of_list(lines->x_proto, out->hops);
}

const char *forwarded_source_name(enum forwarded_source source)
{
    static const char *const names[] = { [FORWARDED_BY_NOBODY] = "connection",
                                         [FORWARDED_BY_X] = "x-forwarded-for",
                                         [FORWARDED_BY_RFC7239] = "forwarded",
                                         [FORWARDED_BY_INTEGRATION] = "fpjs-proxy-client-ip" };
    return names[source];
}

bool forwarded_rule_parse(enum forwarded_rule *out, const char *text)
{
    static const char *const names[] = { [FORWARDED_AUTO] = "auto",
                                         [FORWARDED_X_ONLY] = "x-forwarded-for",
                                         [FORWARDED_RFC7239_ONLY] = "forwarded" };
    *out = FORWARDED_AUTO;
    if (!text) return true;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (!str_eq_nocase(str_of(text), str_of(names[i]))) continue;
        *out = (enum forwarded_rule)i;
        return true;
    }
    return false;
}
