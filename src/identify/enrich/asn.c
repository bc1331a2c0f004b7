/* asn - see asn.h. */
#include "identify/enrich/asn.h"

#include "identify/enrich/geo_tables.h"

#include <stdio.h>

/* Records looked at before a file is taken: some milliseconds. */
enum { SAMPLE = 2000 };

/* ---- MaxMind DB files ---- */

/* False when the record is damaged. Number 0 means "no system" (RFC 7607). */
static bool read_record(const struct ipfile *f, struct ipfile_value r, struct asn_facts *out)
{
    struct ipfile_value number = ipfile_member(f, r, "autonomous_system_number");
    struct ipfile_value name = ipfile_member(f, r, "autonomous_system_organization");
    *out = (struct asn_facts){ .name = { "", 0 } };
    if (number.kind == IPFILE_DAMAGED || name.kind == IPFILE_DAMAGED) return false;
    if (number.kind == IPFILE_NUMBER && number.number >= 1 && number.number <= UINT32_MAX)
        out->number = (uint32_t)number.number;
    if (name.kind == IPFILE_TEXT) out->name = str_sub(name.text, 0, GEO_TEXT_BYTES_MAX);
    return true;
}

bool asn_find(const struct ipfile *f, const struct address *a, struct asn_facts *out)
{
    struct ipfile_value record;
    struct network network;
    if (!ipfile_find(f, a, &record, &network) || !read_record(f, record, out)) return false;
    out->network = network;
    out->kind = asn_kind_of(out->number, out->name);
    return out->number != 0;
}

static bool look_at(const struct ipfile *f, struct ipfile_value record, void *context)
{
    struct asn_facts facts;
    if (!read_record(f, record, &facts)) return false;
    *(unsigned *)context += facts.number != 0;
    return true;
}

enum err asn_check(const struct ipfile *f, const char *path, char problem[IPFILE_PROBLEM_BYTES])
{
    unsigned systems = 0;
    bool whole = ipfile_sample(f, SAMPLE, look_at, &systems);
    if (!whole)
        snprintf(problem, IPFILE_PROBLEM_BYTES, "%s: is damaged inside; fetch it again", path);
    else if (systems == 0)
        snprintf(problem, IPFILE_PROBLEM_BYTES,
                 "%s: holds no autonomous systems; it calls itself \"%.60s\"", path,
                 f->db.metadata.database_type);
    return whole && systems > 0 ? ERR_OK : ERR_CORRUPT;
}

/* ---- what kind of network ---- */

/* Words, and beginnings of words where '*' ends them, in small letters. The first hit counts: schools
 * come before the "network" or "cloud" in their names. */
static const struct { enum asn_kind kind; const char *words; } kinds[] = {
    { ASN_EDUCATION, "universi* universidad* college* school* academ* institut* educat* hochschule* "
                   "schule* ecole* campus student*" },
    { ASN_HOSTING, "host hoster* hosting* hosted vps cloud* server* datacenter* datacentre* colo "
                 "coloc* colocation* dedicated cdn webhost*" },
    { ASN_ISP, "telecom* telekom* telefon* telco* communication* comunica* broadband cable* mobile* "
             "wireless cellular* internet* fiber fibre* fibra isp wifi wimax dsl provedor* "
             "provider* netcom* telemar telesat satellite* satelit*" },
    { ASN_BUSINESS, "bank* banco insurance* hospital* holding* pharma* airlines airways motors" },
};

static enum asn_kind known_kind(uint32_t number)
{
    static const enum asn_kind of[] = {
        [GEO_HOSTING] = ASN_HOSTING, [GEO_ISP] = ASN_ISP, [GEO_BUSINESS] = ASN_BUSINESS,
        [GEO_EDUCATION] = ASN_EDUCATION,
    };
    size_t low = 0, high = geo_systems_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (geo_systems[middle].number == number) return of[geo_systems[middle].type];
        if (geo_systems[middle].number < number) low = middle + 1;
        else high = middle;
    }
    return ASN_UNKNOWN;
}

static bool matches(struct str word, struct str pattern)
{
    if ((word.p[0] | 0x20) != pattern.p[0]) return false; /* most end here */
    if (!str_ends(pattern, STR("*"))) return str_eq_nocase(word, pattern);
    pattern.n--;
    return str_eq_nocase(str_sub(word, 0, pattern.n), pattern);
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80);
}

static bool has_word(struct str name, const char *words)
{
    for (size_t from = 0, to; from < name.n; from = to + 1) {
        for (to = from; to < name.n && is_letter(name.p[to]);) to++;
        struct str rest = str_of(words), pattern;
        while (to > from && str_split(&rest, ' ', &pattern))
            if (pattern.n && matches(str_sub(name, from, to), pattern)) return true;
    }
    return false;
}

enum asn_kind asn_kind_of(uint32_t number, struct str name)
{
    enum asn_kind kind = known_kind(number);
    for (size_t i = 0; !kind && i < COUNT_OF(kinds); i++)
        if (has_word(name, kinds[i].words)) kind = kinds[i].kind;
    return kind;
}

const char *asn_kind_name(enum asn_kind kind)
{
    static const char *const names[ASN_KINDS] = {
        [ASN_HOSTING] = "hosting", [ASN_ISP] = "isp", [ASN_BUSINESS] = "business",
        [ASN_EDUCATION] = "education",
    };
    return names[kind];
}
