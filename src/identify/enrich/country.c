/* country - see country.h. The tables are small and sorted: binary search, no memory. */
#include "identify/enrich/country.h"

#include <stdlib.h>

enum { NAME_BYTES = 128 }; /* the longest name of the table has 45; longer ones are not in it */

static int compare_country(const void *key, const void *row)
{
    return memcmp(key, ((const struct country_row *)row)->code, 2);
}

const struct country_row *country_find(struct str code)
{
    if (code.n != 2) return NULL;
    return bsearch(code.p, geo_countries, geo_countries_count, sizeof *geo_countries,
                   compare_country);
}

const char *continent_name(struct str code)
{
    static const char *const names[][2] = {
        { "AF", "Africa" }, { "AN", "Antarctica" }, { "AS", "Asia" }, { "EU", "Europe" },
        { "NA", "North America" }, { "OC", "Oceania" }, { "SA", "South America" },
    };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_eq(code, str_of(names[i][0]))) return names[i][1];
    return NULL;
}

/* ---- names ---- */

struct folded {
    char text[NAME_BYTES];
    size_t n;
    bool too_long;
};

static void add(struct folded *f, const char *letters)
{
    for (; letters && *letters; letters++) {
        if (f->n + 1 >= sizeof f->text) {
            f->too_long = true;
            return;
        }
        f->text[f->n++] = *letters;
    }
}

static void add_ascii(struct folded *f, char c)
{
    if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) add(f, (char[]){ c, 0 });
    else if (c != '\'' && f->n && f->text[f->n - 1] != ' ') add(f, " ");
}

/* The same as fold() in tools/geo_tables.mjs. */
static void fold(struct folded *f, struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        uint8_t a = (uint8_t)name.p[i];
        if (a < 0x80) {
            add_ascii(f, name.p[i]);
            continue;
        }
        uint8_t b = i + 1 < name.n ? (uint8_t)name.p[i + 1] : 0;
        if ((b & 0xc0) != 0x80) continue;
        unsigned code = (a & 0x1fu) << 6 | (b & 0x3fu); /* right for two bytes */
        if (a >= 0xc3 && a <= 0xc5) add(f, geo_fold[code - GEO_FOLD_FIRST]);
        while (i + 1 < name.n && ((uint8_t)name.p[i + 1] & 0xc0) == 0x80) i++;
    }
    while (f->n && f->text[f->n - 1] == ' ') f->n--;
    f->text[f->n] = 0;
}

static int compare_key(const void *key, const void *row)
{
    return strcmp(key, ((const struct subdivision_row *)row)->key);
}

static const char *code_of(struct str country, struct str folded)
{
    char key[2 + NAME_BYTES];
    memcpy(key, country.p, 2);
    memcpy(key + 2, folded.p, folded.n);
    key[2 + folded.n] = 0;
    const struct subdivision_row *row = bsearch(key, geo_subdivisions, geo_subdivisions_count,
                                                sizeof *geo_subdivisions, compare_key);
    return row ? row->code : NULL;
}

/* Kinds of subdivisions, which databases add to a name or leave out. */
static const char *const kinds[] = {
    "province", "county", "oblast", "region", "department", "state", "governorate", "prefecture",
    "krai", "kray", "republic", "district", "voivodeship", "division", "city", "municipality",
    "canton", "kraj", "area", "island", "islands", "of", "the",
};

/* Takes one such word off an end of *name; false when there is none, or nothing else. */
static bool drop_kind(struct str *name)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct str kind = str_of(kinds[i]);
        if (name->n < kind.n + 2) continue;
        size_t rest = name->n - kind.n - 1;
        if (str_ends(*name, kind) && name->p[rest] == ' ') *name = str_sub(*name, 0, rest);
        else if (str_starts(*name, kind) && name->p[kind.n] == ' ')
            *name = str_sub(*name, kind.n + 1, name->n);
        else continue;
        return true;
    }
    return false;
}

const char *subdivision_code(struct str country, struct str name)
{
    struct folded f = { .n = 0 };
    if (country.n != 2) return NULL;
    fold(&f, name);
    if (f.too_long || f.n == 0) return NULL;
    struct str rest = { f.text, f.n };
    const char *code = code_of(country, rest);
    while (!code && drop_kind(&rest)) code = code_of(country, rest);
    return code;
}
