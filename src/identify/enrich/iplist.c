/* iplist - see iplist.h. Names of lists, and facts; loading and reloading are in iplist_load.c. */
#include "identify/enrich/iplist.h"

#include "base/json_out.h"

#include <stdio.h>

static const char *const kind_names[IPLIST_KINDS] = {
    "tor", "vpn", "relay", "proxy", "datacenter", "cloud", "attack", "spam", "goodbot",
};

const char *iplist_kind_name(enum iplist_kind kind)
{
    return kind_names[kind];
}

/* ---- names --------------------------------------------------------------------------------- */

/* File names are made of them, and people read them in answers. */
static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && !(c == '-' || c == '_' || (c == '.' && i > 0))) return false;
    }
    return s.n > 0 && s.n <= IPLIST_NAME_BYTES_MAX;
}

bool iplist_spec_parse(struct iplist_spec *out, const char *text, const char **rest,
                       char problem[IPLIST_PROBLEM_BYTES])
{
    struct str all = str_of(text);
    size_t equals = str_find_char(all, '=', 0);
    struct str left = str_sub(all, 0, equals);
    size_t colon = str_find_char(left, ':', 0);
    struct str kind = str_sub(left, 0, colon);
    *out = (struct iplist_spec){ .kind = IPLIST_KINDS };
    for (unsigned i = 0; i < IPLIST_KINDS; i++)
        if (str_eq(kind, str_of(kind_names[i]))) out->kind = (enum iplist_kind)i;
    if (equals == SIZE_MAX || equals + 1 == all.n || out->kind == IPLIST_KINDS) {
        snprintf(problem, IPLIST_PROBLEM_BYTES,
                 "\"%.*s\" is not KIND=... or KIND:NAME=... with a kind that is tor, vpn, relay, proxy, "
                 "datacenter, cloud, attack, spam or goodbot", STR_ARG(str_sub(all, 0, 80)));
        return false;
    }
    struct str name = colon == SIZE_MAX ? STR("") : str_sub(left, colon + 1, left.n);
    if (colon != SIZE_MAX && !is_name(name)) {
        snprintf(problem, IPLIST_PROBLEM_BYTES,
                 "\"%.*s\": a list's name has 1 to %d letters, digits, points, underscores or hyphens "
                 "and does not begin with a point", STR_ARG(str_sub(left, 0, 80)), IPLIST_NAME_BYTES_MAX);
        return false;
    }
    if (name.n) memcpy(out->name, name.p, name.n);
    *rest = text + equals + 1;
    return true;
}

void iplist_name_from_path(char out[IPLIST_NAME_BYTES_MAX + 1], const char *path)
{
    static const char *const ends[] = { ".txt", ".json", ".csv", ".netset", ".ipset", ".list",
                                        ".lst", "ipv4", "ipv6", "-v4", "-v6", "-", "_", "." };
    const char *slash = strrchr(path, '/');
    struct str name = str_of(slash ? slash + 1 : path);
    for (size_t i = 0; i < COUNT_OF(ends); i++)
        if (name.n > strlen(ends[i]) && str_ends(name, str_of(ends[i]))) {
            name.n -= strlen(ends[i]);
            i = SIZE_MAX; /* from the first one again */
        }
    if (name.n > IPLIST_NAME_BYTES_MAX) name.n = IPLIST_NAME_BYTES_MAX;
    for (size_t i = 0; i < name.n; i++)
        out[i] = is_name((struct str){ name.p + i, 1 }) || (name.p[i] == '.' && i) ? name.p[i] : '_';
    out[name.n] = 0;
}

/* ---- facts --------------------------------------------------------------------------------- */

#define PUT(ev, member, ...) (event_set((ev), EVENT_##member), (ev)->member = (__VA_ARGS__))

struct found {
    const struct iplist_set *set;
    const struct address *client;
    struct json_out *out;
    unsigned kinds;
    /* the narrowest network of each of these two kinds, -1: none */
    int cloud_bits, goodbot_bits;
    struct str cloud, goodbot;
    /* lists of proxies: how many, the narrowest network's bits and list, the newest list's time */
    unsigned proxies;
    int proxy_bits;
    struct str proxy;
    int64_t proxy_ms;
};

/* "185.220.101.0/24" */
static void put_network(struct found *f, unsigned bits)
{
    bool v4 = memcmp(f->client->byte, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) == 0;
    struct address base = *f->client;
    char text[ADDRESS_TEXT_BYTES + 8];
    unsigned all = v4 ? bits + 96 : bits;
    for (unsigned i = 0; i < 16; i++) {
        unsigned keep = all > 8 * i ? all - 8 * i : 0;
        if (keep < 8) base.byte[i] &= (uint8_t)(0xff00u >> keep);
    }
    size_t n = address_print(text, &base);
    n += (size_t)snprintf(text + n, sizeof text - n, "/%u", bits);
    json_out_key(f->out, "network");
    json_out_str(f->out, (struct str){ text, n });
}

static void put_hit(struct found *f, struct iplist_hit hit, uint32_t asn)
{
    const struct iplist_info *info = &f->set->info[hit.list];
    if (f->kinds == 0) json_out_open(f->out, '[');
    f->kinds |= 1u << info->kind;
    json_out_open(f->out, '{');
    json_out_key(f->out, "kind"), json_out_str(f->out, str_of(kind_names[info->kind]));
    json_out_key(f->out, "name"), json_out_str(f->out, str_of(info->name));
    if (asn) json_out_key(f->out, "asn"), json_out_int(f->out, asn);
    else put_network(f, hit.bits);
    json_out_close(f->out, '}');
    int bits = asn ? 0 : hit.bits;
    if (info->kind == IPLIST_CLOUD && bits > f->cloud_bits)
        f->cloud_bits = bits, f->cloud = str_of(info->name);
    if (info->kind == IPLIST_GOODBOT && bits > f->goodbot_bits)
        f->goodbot_bits = bits, f->goodbot = str_of(info->name);
    if (info->kind != IPLIST_PROXY) return;
    f->proxies++;
    if (bits > f->proxy_bits) f->proxy_bits = bits, f->proxy = str_of(info->name);
    if (info->data_ms > f->proxy_ms) f->proxy_ms = info->data_ms;
}

/* "residential-massive", "datacenter-acme", "residential": what the operator says the list is of. */
static void put_proxy_name(struct event *ev, struct str name, struct arena *arena)
{
    static const struct { const char *word, *type; } types[] = {
        { "residential", "residential" }, { "datacenter", "data_center" }
    };
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        size_t n = strlen(types[i].word);
        if (!str_starts(name, str_of(types[i].word)) || (name.n > n && name.p[n] != '-')) continue;
        PUT(ev, proxy_type, str_of(types[i].type));
        if (name.n > n + 1) PUT(ev, proxy_provider, arena_copy(arena, str_sub(name, n + 1, name.n)));
    }
}

static void put_proxy(struct event *ev, const struct found *f, bool v4, struct arena *arena)
{
    const int64_t hour_ms = 3600 * 1000;
    if (f->proxies == 0) return;
    bool narrow = f->proxy_bits >= (v4 ? 24 : 48);
    PUT(ev, proxy_confidence, f->proxies > 1 ? STR("high") : narrow ? STR("medium") : STR("low"));
    if (f->proxy_ms > 0) PUT(ev, proxy_last_seen_ms, f->proxy_ms / hour_ms * hour_ms);
    put_proxy_name(ev, f->proxy, arena);
}

static void put_found(struct event *ev, const struct iplist_set *set, const struct address *client,
                      uint32_t asn, unsigned known, struct arena *arena)
{
    struct iplist_hit hits[IPLISTS_MAX];
    struct json_out out;
    struct found f = { .set = set, .client = client, .out = &out, .cloud_bits = -1,
                       .goodbot_bits = -1, .proxy_bits = -1 };
    bool v4 = memcmp(client->byte, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) == 0;
    json_out_init(&out, arena);
    size_t count = iplist_table_find(set->table, client, hits);
    for (size_t i = 0; i < count; i++) put_hit(&f, hits[i], 0);
    count = asn ? iplist_table_find_asn(set->table, asn, hits) : 0;
    for (size_t i = 0; i < count; i++) put_hit(&f, hits[i], asn);
    PUT(ev, lists_known, known);
    PUT(ev, lists_hit, f.kinds);
    if (f.kinds == 0) return;
    json_out_close(&out, ']');
    PUT(ev, lists, json_out_text(&out));
    if (f.cloud_bits >= 0) PUT(ev, datacenter_name, arena_copy(arena, f.cloud));
    if (f.goodbot_bits >= 0) PUT(ev, goodbot_provider, arena_copy(arena, f.goodbot));
    put_proxy(ev, &f, v4, arena);
}

void iplist_put_facts(struct event *ev, struct iplists *lists, const struct address *client,
                      uint32_t asn, struct arena *arena)
{
    struct network one = { *client, 128 };
    unsigned ticket;
    if (!lists || iplist_is_reserved(&one)) return;
    const struct iplist_set *set = iplists_enter(lists, &ticket);
    bool v4 = memcmp(client->byte, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) == 0;
    unsigned known = (v4 ? set->known_v4 : set->known_v6) | (asn ? set->known_asn : 0);
    if (known) put_found(ev, set, client, asn, known, arena);
    iplists_leave(lists, ticket);
}
