/* headers - see headers.h. */
#include "identify/enrich/headers.h"

#include "base/structured.h"

/* ---- order and spelling ---- */

#define NAME(text) { text, sizeof text - 1 }

/* Whether a name tells about the client rather than about this request. The list is short on
 * purpose: dnt, sec-gpc, save-data and the like are the client's settings and stay in. */
static bool counts_for_order(struct str name)
{
    static const struct str left_out[] = {
        /* depends on the body, the page, the cache or what is in it */
        NAME("content-length"), NAME("transfer-encoding"), NAME("expect"), NAME("cookie"),
        NAME("origin"), NAME("referer"), NAME("pragma"), NAME("cache-control"), NAME("range"),
        NAME("sec-fetch-user"), NAME("upgrade-insecure-requests"),
        /* set by scripts or by the customer's own client */
        NAME("content-type"), NAME("authorization"), NAME("x-api-key"), NAME("auth-api-key"),
        NAME("x-test-now-ms"), NAME("proxy-authorization"),
        /* added on the way */
        NAME("forwarded"), NAME("via"), NAME("x-real-ip"), NAME("true-client-ip"),
        NAME("x-client-ip"), NAME("x-request-id"), NAME("x-correlation-id"), NAME("cdn-loop"),
        NAME("traceparent"), NAME("tracestate"),
    };
    static const struct str left_out_prefixes[] = {
        NAME("if-"), NAME("x-forwarded-"), NAME("cf-"), NAME("x-amzn-"), NAME("cloudfront-"),
        NAME("x-ja3-"), NAME("x-ja4-"),
    };
    static const struct str usual_hints[] = {
        NAME("sec-ch-ua"), NAME("sec-ch-ua-mobile"), NAME("sec-ch-ua-platform"),
    };
    for (size_t i = 0; i < COUNT_OF(left_out); i++)
        if (str_eq_nocase(name, left_out[i])) return false;
    for (size_t i = 0; i < COUNT_OF(left_out_prefixes); i++)
        if (str_eq_nocase(str_sub(name, 0, left_out_prefixes[i].n), left_out_prefixes[i]))
            return false;
    if (!str_eq_nocase(str_sub(name, 0, 7), STR("sec-ch-"))) return true;
    for (size_t i = 0; i < COUNT_OF(usual_hints); i++)
        if (str_eq_nocase(name, usual_hints[i])) return true;
    return false;
}

struct str headers_order(const struct request *req, struct arena *arena)
{
    static const char *const versions[] = { [HTTP_1_0] = "10", [HTTP_1_1] = "11", [HTTP_2] = "20" };
    size_t bytes = 0, count = 0;
    for (size_t i = 0; i < req->headers_count; i++) bytes += req->headers[i].name.n + 1;
    char *names = arena_alloc(arena, bytes);
    if (!names) return (struct str){ NULL, 0 };
    bytes = 0;
    for (size_t i = 0; i < req->headers_count; i++) {
        struct str name = req->headers[i].name;
        if (name.n == 0 || !counts_for_order(name)) continue;
        memcpy(names + bytes, name.p, name.n);
        bytes += name.n;
        names[bytes++] = '\n';
        count++;
    }
    return arena_format(arena, "%s_%zu_%016llx", versions[req->version], count,
                        (unsigned long long)str_hash((struct str){ names, bytes }, 4));
}

struct str headers_joined(const struct request *req, struct str name, struct arena *arena)
{
    struct str first = { NULL, 0 };
    size_t lines = 0, bytes = 0, n = 0;
    for (size_t i = 0; i < req->headers_count; i++) {
        const struct header *h = &req->headers[i];
        if (!str_eq_nocase(h->name, name)) continue;
        if (lines++ == 0) first = (struct str){ h->value.p ? h->value.p : "", h->value.n };
        bytes += h->value.n + 2;
    }
    char *all = lines > 1 ? arena_alloc(arena, bytes) : NULL;
    if (!all) return first;
    for (size_t i = 0; i < req->headers_count; i++) {
        const struct header *h = &req->headers[i];
        if (!str_eq_nocase(h->name, name)) continue;
        if (n > 0) all[n++] = ',', all[n++] = ' ';
        if (h->value.n) memcpy(all + n, h->value.p, h->value.n);
        n += h->value.n;
    }
    return (struct str){ all, n };
}

/* ---- Accept-Language ---- */

/* weight = OWS ";" OWS "q=" qvalue (RFC 9110, 12.4.2) */
static bool read_weight(struct str text, uint16_t *out)
{
    static const uint16_t worth[] = { 100, 10, 1 };
    text = str_trim(text);
    if (text.n < 3 || (text.p[0] | 0x20) != 'q' || text.p[1] != '=') return false;
    text = str_sub(text, 2, text.n);
    if ((text.p[0] != '0' && text.p[0] != '1') || text.n > 5) return false;
    unsigned value = text.p[0] == '1' ? 1000 : 0;
    if (text.n > 1 && text.p[1] != '.') return false;
    for (size_t i = 2; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') return false;
        value += worth[i - 2] * (unsigned)(text.p[i] - '0');
    }
    *out = (uint16_t)value;
    return value <= 1000;
}

/* language-range = (1*8ALPHA *("-" 1*8alphanum)) / "*" (RFC 4647, 2.1) */
static bool is_range(struct str tag)
{
    size_t run = 0;
    bool first = true;
    if (str_eq(tag, STR("*"))) return true;
    for (size_t i = 0; i < tag.n; i++) {
        char c = tag.p[i];
        bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        if (c == '-') {
            if (run == 0) return false;
            run = 0;
            first = false;
        } else if ((!letter && (first || c < '0' || c > '9')) || ++run > 8) {
            return false;
        }
    }
    return run > 0;
}

void languages_read(struct languages *out, struct str text)
{
    struct str part;
    *out = (struct languages){ 0 };
    while (out->count < LANGUAGES_MAX && str_split(&text, ',', &part)) {
        struct language language = { .q_thousandths = 1000 };
        part = str_trim(part);
        if (part.n == 0) continue; /* empty elements are allowed in lists: RFC 9110, 5.6.1.2 */
        size_t semicolon = str_find_char(part, ';', 0);
        language.tag = str_trim(str_sub(part, 0, semicolon));
        bool good = is_range(language.tag);
        if (good && semicolon != SIZE_MAX)
            good = read_weight(str_sub(part, semicolon + 1, part.n), &language.q_thousandths);
        if (good) out->list[out->count++] = language;
        else out->malformed = true;
    }
}

/* ---- Client Hints ---- */

/* Letters only, "Not...Brand": see struct brands. */
static bool is_grease(struct str name)
{
    char letters[16];
    size_t n = 0;
    for (size_t i = 0; i < name.n; i++) {
        char c = (char)(name.p[i] | 0x20);
        if (c < 'a' || c > 'z') continue;
        if (n == sizeof letters) return false;
        letters[n++] = c;
    }
    struct str text = { letters, n };
    return str_starts(text, STR("not")) && str_ends(text, STR("brand"));
}

bool brands_read(struct brands *out, struct str text, struct arena *arena)
{
    struct structured list = structured_of(text);
    struct structured_value name, version;
    *out = (struct brands){ 0 };
    while (structured_next(&list, &name)) {
        struct structured parameters = structured_of(name.parameters);
        struct str key;
        struct brand brand = { .version = { "", 0 } };
        if (name.type != STRUCTURED_STRING) list.bad = true;
        brand.name = structured_text(&name, arena);
        while (structured_next_parameter(&parameters, &key, &version))
            if (str_eq(key, STR("v")) && version.type == STRUCTURED_STRING)
                brand.version = structured_text(&version, arena);
        if (is_grease(brand.name)) out->greased = true;
        else if (out->count < BRANDS_MAX) out->list[out->count++] = brand;
    }
    if (list.bad) *out = (struct brands){ 0 };
    return !list.bad;
}

static bool read_boolean(struct str *out, struct str text)
{
    struct structured_value value;
    if (!structured_item(text, &value) || value.type != STRUCTURED_BOOLEAN) return false;
    *out = value.boolean ? STR("1") : STR("0");
    return true;
}

static bool read_string(struct str *out, struct str text, struct arena *arena)
{
    struct structured_value value;
    if (!structured_item(text, &value) || value.type != STRUCTURED_STRING) return false;
    *out = structured_text(&value, arena);
    return true;
}

/* The part of the name behind "sec-ch-ua". */
static bool read_hint(struct client_hints *out, struct str name, struct str text,
                      struct arena *arena)
{
    const struct { const char *name; struct str *member; } strings[] = {
        { "-platform", &out->platform }, { "-platform-version", &out->platform_version },
        { "-arch", &out->arch },         { "-bitness", &out->bitness },
        { "-model", &out->model },       { "-full-version", &out->full_version },
    };
    if (name.n == 0) return brands_read(&out->brands, text, arena);
    if (str_eq_nocase(name, STR("-full-version-list"))) return brands_read(&out->full, text, arena);
    if (str_eq_nocase(name, STR("-mobile"))) return read_boolean(&out->mobile, text);
    if (str_eq_nocase(name, STR("-form-factors"))) out->form_factors = text;
    for (size_t i = 0; i < COUNT_OF(strings); i++)
        if (str_eq_nocase(name, str_of(strings[i].name)))
            return read_string(strings[i].member, text, arena);
    return true;
}

/* Further lines of a name are read with its first. */
static bool is_first(const struct request *req, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (str_eq_nocase(req->headers[i].name, req->headers[at].name)) return false;
    return true;
}

void client_hints_read(struct client_hints *out, const struct request *req, struct arena *arena)
{
    struct str prefix = STR("sec-ch-ua");
    *out = (struct client_hints){ 0 };
    for (size_t i = 0; i < req->headers_count; i++) {
        struct str name = req->headers[i].name;
        if (!str_eq_nocase(str_sub(name, 0, prefix.n), prefix) || !is_first(req, i)) continue;
        struct str text = headers_joined(req, name, arena);
        out->any = true;
        if (!read_hint(out, str_sub(name, prefix.n, name.n), text, arena)) out->malformed = true;
    }
}

int client_hints_mobile(const struct client_hints *hints)
{
    return hints->mobile.n ? hints->mobile.p[0] == '1' : -1;
}

/* ---- all ---- */

static struct str read_token(const struct request *req, struct str name, struct arena *arena)
{
    struct structured_value value;
    struct str text = headers_joined(req, name, arena);
    bool good = text.p && structured_item(text, &value) && value.type == STRUCTURED_TOKEN;
    return good ? value.text : (struct str){ NULL, 0 };
}

void headers_read(struct header_facts *out, const struct request *req, struct arena *arena)
{
    struct str user = request_header(req, STR("Sec-Fetch-User"));
    struct structured_value value;
    *out = (struct header_facts){ 0 };
    out->accept_language = headers_joined(req, STR("Accept-Language"), arena);
    languages_read(&out->languages, out->accept_language);
    out->fetch_site = read_token(req, STR("Sec-Fetch-Site"), arena);
    out->fetch_mode = read_token(req, STR("Sec-Fetch-Mode"), arena);
    out->fetch_dest = read_token(req, STR("Sec-Fetch-Dest"), arena);
    out->fetch_user = structured_item(user, &value) && value.type == STRUCTURED_BOOLEAN &&
                      value.boolean;
    client_hints_read(&out->hints, req, arena);
}
