/* bot_signature - see bot_signature.h. The signature base is built as RFC 9421, 2.5 says: a line per
 * covered component, then the parameters, each as they were sent. */
#include "identify/enrich/bot_signature.h"

#include "base/json_out.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/structured.h"
#include "identify/enrich/headers.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    CLOCK_DIFFERENCE_S = 60,
    AGE_S_MAX = 60 * 60,
    SIGNATURE_BYTES_MAX = 1024, /* RSA of 8,192 bits */
};

const char *bot_signature_error(enum bot_signature_result result)
{
    static const char *const names[] = {
        [BOT_SIGNATURE_MISSING_HEADERS] = "MISSING_SIGNATURE_HEADERS",
        [BOT_SIGNATURE_INVALID_AGENT] = "INVALID_SIGNATURE_AGENT",
        [BOT_SIGNATURE_EXPIRED] = "SIGNATURE_EXPIRED",
        [BOT_SIGNATURE_TOO_OLD] = "SIGNATURE_TOO_OLD",
        [BOT_SIGNATURE_FUTURE] = "SIGNATURE_TIMESTAMP_FUTURE",
        [BOT_SIGNATURE_NO_DIRECTORY] = "KEY_DIRECTORY_FETCH_FAILED",
        [BOT_SIGNATURE_KEY_EXPIRED] = "KEY_EXPIRED",
        [BOT_SIGNATURE_KEY_NOT_YET_VALID] = "KEY_NOT_YET_VALID",
        [BOT_SIGNATURE_KEY_NOT_FOUND] = "KEY_NOT_FOUND",
        [BOT_SIGNATURE_WRONG] = "VERIFICATION_FAILED",
        [BOT_SIGNATURE_INVALID] = "VALIDATION_FAILED",
        [BOT_SIGNATURE_UNCHECKED] = NULL,
    };
    return names[result];
}

/* What one check knows. */
struct check {
    const struct request *req;
    struct arena *arena;
    struct str agent_header;
    bool https;
    struct str items;      /* of the inner list, between the parentheses */
    struct str parameters; /* behind it */
    struct str signature;  /* bytes */
    struct str algorithm;
    bool has_created, has_expires;
    int64_t created_s, expires_s;
    bool covers_site, covers_agent;
    struct str agent_url;
    struct bot_signature *out;
};

/* ---- reading ---- */

static bool is_ours(struct str parameters)
{
    struct structured list = structured_of(parameters);
    struct structured_value value;
    struct str name;
    bool ours = false;
    while (structured_next_parameter(&list, &name, &value))
        if (str_eq(name, STR("tag")))
            ours = value.type == STRUCTURED_STRING && str_eq(value.text, STR("web-bot-auth"));
    return ours;
}

/* The first signature with our tag. *bad: the header is no dictionary, or has too many members. */
static bool find_input(struct check *c, struct str header, struct str *label, bool *bad)
{
    struct structured list = structured_of(header);
    struct structured_value value;
    struct str key;
    bool found = false;
    size_t count = 0;
    while (structured_next_member(&list, &key, &value) && count++ < SIGNATURES_MAX) {
        if (found || value.type != STRUCTURED_INNER_LIST || !is_ours(value.parameters)) continue;
        *label = key;
        c->items = value.text;
        c->parameters = value.parameters;
        found = true;
    }
    *bad = list.bad || count > SIGNATURES_MAX;
    return found && !*bad;
}

static bool decode_base64(struct check *c, struct str text)
{
    char *copy = arena_alloc(c->arena, text.n + 1);
    uint8_t *bytes = arena_alloc(c->arena, SIGNATURE_BYTES_MAX);
    size_t n = 0;
    if (!copy || !bytes) return false;
    for (; n < text.n && text.p[n] != '='; n++)
        copy[n] = text.p[n] == '+' ? '-' : text.p[n] == '/' ? '_' : text.p[n];
    size_t count = base64url_decode(bytes, SIGNATURE_BYTES_MAX, (struct str){ copy, n });
    if (count == SIZE_MAX || text.n - n > 2) return false;
    c->signature = (struct str){ (char *)bytes, count };
    return true;
}

static bool find_signature(struct check *c, struct str header, struct str label)
{
    struct structured list = structured_of(header);
    struct structured_value value, ours = { .type = STRUCTURED_BOOLEAN };
    struct str key;
    while (structured_next_member(&list, &key, &value))
        if (str_eq(key, label)) ours = value;
    return !list.bad && ours.type == STRUCTURED_BYTES && decode_base64(c, ours.text);
}

static bool read_parameters(struct check *c)
{
    struct structured list = structured_of(c->parameters);
    struct structured_value value;
    struct str name;
    while (structured_next_parameter(&list, &name, &value)) {
        bool number = value.type == STRUCTURED_INTEGER, text = value.type == STRUCTURED_STRING;
        if (str_eq(name, STR("created"))) {
            c->has_created = number;
            c->created_s = value.thousandths / 1000;
        } else if (str_eq(name, STR("expires"))) {
            c->has_expires = number;
            c->expires_s = value.thousandths / 1000;
        } else if (str_eq(name, STR("keyid")) && text) {
            c->out->key_id = structured_text(&value, c->arena);
        } else if (str_eq(name, STR("nonce")) && text) {
            c->out->nonce = structured_text(&value, c->arena);
        } else if (str_eq(name, STR("alg"))) {
            c->algorithm = text ? value.text : STR("?");
        }
    }
    c->out->expires_s = c->expires_s;
    return c->has_created && c->has_expires && c->out->key_id.n && c->expires_s > c->created_s;
}

/* Signature-Agent as a string, or the member `key` of a dictionary (NULL: its only one). *value is
 * the value as it is signed. */
static bool read_agent(struct check *c, struct str wanted, struct str *signed_value)
{
    struct structured list = structured_of(c->agent_header);
    struct structured_value value, found = { .type = STRUCTURED_BOOLEAN };
    struct str key;
    size_t count = 0;
    if (!wanted.p && structured_item(c->agent_header, &value)) {
        if (value.type != STRUCTURED_STRING) return false;
        c->agent_url = structured_text(&value, c->arena);
        *signed_value = c->agent_header;
        return true;
    }
    while (structured_next_member(&list, &key, &value))
        if (!wanted.p || str_eq(key, wanted)) found = value, count++;
    if (list.bad || !count || (!wanted.p && count > 1) || found.type != STRUCTURED_STRING)
        return false;
    c->agent_url = structured_text(&found, c->arena);
    *signed_value = !wanted.p ? c->agent_header
                              : arena_format(c->arena, "\"%.*s\"%.*s", STR_ARG(found.text),
                                             STR_ARG(found.parameters));
    return true;
}

/* The kinds of documents that may be named (Signature-Agent's "type"); the origin is what counts. */
static bool set_origin(struct check *c)
{
    return bot_origin(c->agent_url, true, c->arena, &c->out->agent);
}

/* ---- the signature base ---- */

/* RFC 9421, 2.2.3: in lower case, without the scheme's own port. */
static struct str authority_of(const struct check *c)
{
    struct str host = arena_copy(c->arena, request_header(c->req, STR("Host")));
    struct str port = c->https ? STR(":443") : STR(":80");
    char *p = (char *)(uintptr_t)host.p;
    for (size_t i = 0; i < host.n; i++)
        if (p[i] >= 'A' && p[i] <= 'Z') p[i] = (char)(p[i] + 32);
    if (str_ends(host, port)) host.n -= port.n;
    return host;
}

/* 2.2. False: unknown. */
static bool derived_value(struct check *c, struct str name, struct str *out)
{
    const struct request *req = c->req;
    const char *scheme = c->https ? "https" : "http";
    if (str_eq(name, STR("@method"))) *out = req->method;
    else if (str_eq(name, STR("@authority"))) *out = authority_of(c), c->covers_site = true;
    else if (str_eq(name, STR("@scheme"))) *out = str_of(scheme);
    else if (str_eq(name, STR("@request-target"))) *out = req->target;
    else if (str_eq(name, STR("@path"))) *out = req->path.n ? req->path : STR("/");
    else if (str_eq(name, STR("@query")))
        *out = arena_format(c->arena, "?%.*s", STR_ARG(req->query));
    else if (str_eq(name, STR("@target-uri"))) {
        c->covers_site = true;
        *out = arena_format(c->arena, "%s://%.*s%.*s", scheme, STR_ARG(authority_of(c)),
                            STR_ARG(req->target));
    } else {
        return false;
    }
    return true;
}

/* The member that ";key=" names; p is NULL without one. False: another parameter. */
static bool read_key_parameter(struct str parameters, struct str *key)
{
    struct structured list = structured_of(parameters);
    struct structured_value value;
    struct str name;
    *key = (struct str){ NULL, 0 };
    while (structured_next_parameter(&list, &name, &value)) {
        if (!str_eq(name, STR("key")) || value.type != STRUCTURED_STRING || key->p) return false;
        *key = value.text;
    }
    return true;
}

static enum bot_signature_result component(struct check *c, const struct structured_value *item,
                                           struct str *value)
{
    struct str name = item->text, key;
    if (item->type != STRUCTURED_STRING || !name.n || !read_key_parameter(item->parameters, &key))
        return BOT_SIGNATURE_INVALID;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '\\' || (name.p[i] >= 'A' && name.p[i] <= 'Z'))
            return BOT_SIGNATURE_INVALID;
    if (name.p[0] == '@')
        return !key.p && derived_value(c, name, value) ? BOT_SIGNATURE_VALID
                                                       : BOT_SIGNATURE_INVALID;
    if (str_eq(name, STR("signature-agent"))) {
        if (!c->agent_header.p || c->covers_agent) return BOT_SIGNATURE_INVALID;
        if (!read_agent(c, key, value) || !set_origin(c)) return BOT_SIGNATURE_INVALID_AGENT;
        c->covers_agent = true;
        return BOT_SIGNATURE_VALID;
    }
    *value = headers_joined(c->req, name, c->arena);
    return key.p || !value->p ? BOT_SIGNATURE_INVALID : BOT_SIGNATURE_VALID;
}

static enum bot_signature_result make_base(struct check *c, struct str *base)
{
    struct structured list = structured_of(c->items);
    struct structured_value item;
    struct str seen[SIGNATURE_COMPONENTS_MAX];
    struct json_out out; /* a growing text */
    size_t count = 0;
    json_out_init(&out, c->arena);
    while (structured_next_inner(&list, &item)) {
        struct str value = { "", 0 };
        enum bot_signature_result r = component(c, &item, &value);
        if (r != BOT_SIGNATURE_VALID) return r;
        struct str id = arena_format(c->arena, "\"%.*s\"%.*s", STR_ARG(item.text),
                                     STR_ARG(item.parameters));
        if (count == SIGNATURE_COMPONENTS_MAX) return BOT_SIGNATURE_INVALID;
        for (size_t i = 0; i < count; i++)
            if (str_eq(seen[i], id)) return BOT_SIGNATURE_INVALID; /* 2.5: each once */
        seen[count++] = id;
        json_out_raw(&out, id);
        json_out_raw(&out, STR(": "));
        json_out_raw(&out, value);
        json_out_raw(&out, STR("\n"));
    }
    json_out_raw(&out, STR("\"@signature-params\": ("));
    json_out_raw(&out, c->items);
    json_out_raw(&out, STR(")"));
    json_out_raw(&out, c->parameters);
    *base = json_out_text(&out);
    if (list.bad || !c->covers_site || out.failed || c->arena->failed)
        return BOT_SIGNATURE_INVALID;
    return c->agent_header.p && !c->covers_agent ? BOT_SIGNATURE_INVALID : BOT_SIGNATURE_VALID;
}

/* ---- checks ---- */

static enum bot_signature_result check_time(const struct check *c, int64_t now_s)
{
    if (c->expires_s <= now_s) return BOT_SIGNATURE_EXPIRED;
    if (c->created_s > now_s + CLOCK_DIFFERENCE_S) return BOT_SIGNATURE_FUTURE;
    return now_s - c->created_s > AGE_S_MAX ? BOT_SIGNATURE_TOO_OLD : BOT_SIGNATURE_VALID;
}

static enum bot_signature_result check_key(const struct check *c, const struct bot_keys *keys,
                                           int64_t now_s, const struct bot_key **key)
{
    const char *names[] = { [BOT_KEY_ED25519] = "ed25519", [BOT_KEY_RSA] = "rsa-pss-sha512" };
    if (c->out->agent.p && !bot_keys_know(keys, c->out->agent)) return BOT_SIGNATURE_NO_DIRECTORY;
    const struct bot_key *k = bot_keys_find(keys, c->out->agent, c->out->key_id);
    if (!k) return BOT_SIGNATURE_KEY_NOT_FOUND;
    if (k->not_after_s && now_s >= k->not_after_s) return BOT_SIGNATURE_KEY_EXPIRED;
    if (k->not_before_s && now_s < k->not_before_s) return BOT_SIGNATURE_KEY_NOT_YET_VALID;
    if (c->algorithm.p && !str_eq(c->algorithm, str_of(names[k->type])))
        return BOT_SIGNATURE_INVALID;
    *key = k;
    return BOT_SIGNATURE_VALID;
}

static enum bot_signature_result read_headers(struct check *c)
{
    struct str input = headers_joined(c->req, STR("Signature-Input"), c->arena), label;
    struct str signature = headers_joined(c->req, STR("Signature"), c->arena);
    bool bad = false;
    c->agent_header = headers_joined(c->req, STR("Signature-Agent"), c->arena);
    if (!input.p && !c->agent_header.p) return BOT_SIGNATURE_ABSENT; /* a lone Signature: not ours */
    if (!input.p || !signature.p) {
        /* another use of signatures, unless it says otherwise */
        bool ours = c->agent_header.p || find_input(c, input, &label, &bad);
        return ours ? BOT_SIGNATURE_MISSING_HEADERS : BOT_SIGNATURE_ABSENT;
    }
    if (!find_input(c, input, &label, &bad)) {
        if (bad) return BOT_SIGNATURE_INVALID;
        return c->agent_header.p ? BOT_SIGNATURE_MISSING_HEADERS : BOT_SIGNATURE_ABSENT;
    }
    bool whole = find_signature(c, signature, label) && read_parameters(c);
    return whole ? BOT_SIGNATURE_VALID : BOT_SIGNATURE_INVALID;
}

enum bot_signature_result bot_signature_check(struct bot_signature *out, const struct request *req,
                                              bool https, const struct bot_keys *keys,
                                              int64_t now_s, struct bot_signature_budget *budget,
                                              struct arena *arena)
{
    struct check c = { .req = req, .arena = arena, .https = https, .out = out };
    const struct bot_key *key = NULL;
    struct str base;
    *out = (struct bot_signature){ .agent = { NULL, 0 } };
    enum bot_signature_result r = read_headers(&c);
    if (r == BOT_SIGNATURE_VALID) r = make_base(&c, &base);
    if (r == BOT_SIGNATURE_VALID) r = check_time(&c, now_s);
    if (r == BOT_SIGNATURE_VALID) r = check_key(&c, keys, now_s, &key);
    if (r == BOT_SIGNATURE_VALID && budget && !bot_signature_budget_left(budget, now_s))
        r = BOT_SIGNATURE_UNCHECKED;
    if (r == BOT_SIGNATURE_VALID && !bot_key_verifies(key, base, c.signature)) {
        r = BOT_SIGNATURE_WRONG;
        if (budget) bot_signature_budget_spend(budget);
    }
    if (r == BOT_SIGNATURE_VALID) out->key = key;
    return r;
}

/* ---- budget ---- */

bool bot_signature_budget_left(struct bot_signature_budget *budget, int64_t now_s)
{
    int64_t second = atomic_load(&budget->second);
    /* a request may have begun in the second before; more than that back: the clock was set */
    bool other = now_s > second || now_s < second - 1;
    if (other && atomic_compare_exchange_strong(&budget->second, &second, now_s))
        atomic_store(&budget->wrong, 0);
    return atomic_load(&budget->wrong) < BOT_SIGNATURES_WRONG_PER_S;
}

void bot_signature_budget_spend(struct bot_signature_budget *budget)
{
    atomic_fetch_add(&budget->wrong, 1);
}

/* ---- nonces ---- */

enum { WAYS = 4, SETS = BOT_NONCES_MAX / WAYS };

struct bot_nonces {
    pthread_mutex_t lock;
    uint64_t seed;
    struct { uint64_t hash; int64_t until_s; } place[SETS * WAYS];
};

enum err bot_nonces_create(struct bot_nonces **out)
{
    struct bot_nonces *nonces = calloc(1, sizeof *nonces);
    if (!nonces) return ERR_NO_MEMORY;
    pthread_mutex_init(&nonces->lock, NULL);
    nonces->seed = random_u64();
    *out = nonces;
    return ERR_OK;
}

void bot_nonces_destroy(struct bot_nonces *nonces)
{
    if (!nonces) return;
    pthread_mutex_destroy(&nonces->lock);
    free(nonces);
}

bool bot_nonces_first_use(struct bot_nonces *nonces, const struct bot_signature *s, int64_t now_s)
{
    if (!s->nonce.n) return true;
    uint64_t hash = str_hash(s->nonce, str_hash(s->key_id, nonces->seed));
    /* older than this it is refused anyway */
    int64_t until_s = now_s + AGE_S_MAX + CLOCK_DIFFERENCE_S;
    size_t first = (size_t)(hash % SETS) * WAYS, oldest = first;
    bool seen = false;
    if (s->expires_s < until_s) until_s = s->expires_s;
    pthread_mutex_lock(&nonces->lock);
    for (size_t i = first; i < first + WAYS; i++) {
        if (nonces->place[i].hash == hash && nonces->place[i].until_s > now_s) seen = true;
        if (nonces->place[i].until_s < nonces->place[oldest].until_s) oldest = i;
    }
    if (!seen) {
        nonces->place[oldest].hash = hash;
        nonces->place[oldest].until_s = until_s;
    }
    pthread_mutex_unlock(&nonces->lock);
    return !seen;
}
