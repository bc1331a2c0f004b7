/* geo - see geo.h. */
#include "identify/enrich/geo.h"

#include "identify/enrich/country.h"
#include "identify/enrich/timezone.h"

#include <math.h>
#include <stdio.h>

/* Records looked at before a file is taken: some milliseconds. */
enum { SAMPLE = 2000 };

static struct str text_of(struct ipfile_value v, struct arena *arena)
{
    if (v.kind != IPFILE_TEXT || v.text.n == 0) return (struct str){ "", 0 };
    while (v.text.n > GEO_TEXT_BYTES_MAX || (v.text.n && v.text.p[v.text.n - 1] == ' ')) v.text.n--;
    return arena_copy(arena, v.text);
}

static struct str text(const struct ipfile *f, struct ipfile_value map, const char *key,
                       struct arena *arena)
{
    return text_of(ipfile_member(f, map, key), arena);
}

/* names.en of a place of the nested schema. */
static struct str english(const struct ipfile *f, struct ipfile_value place, struct arena *arena)
{
    return text(f, ipfile_member(f, place, "names"), "en", arena);
}

/* A float of 37.422 reads back as 37.42200088500977: four decimals are 11 m, more than it knows. */
static double rounded(double degrees)
{
    return floor(degrees * 1e4 + 0.5) / 1e4;
}

/* 0 N 0 E lies in the sea; it is what a record says that knows no place. */
static void set_point(struct geo_place *out, struct ipfile_value latitude,
                      struct ipfile_value longitude)
{
    if (latitude.kind != IPFILE_NUMBER || longitude.kind != IPFILE_NUMBER) return;
    double y = latitude.number, x = longitude.number;
    if (!(y >= -90 && y <= 90 && x >= -180 && x <= 180) || (fabs(y) < 1e-4 && fabs(x) < 1e-4)) return;
    out->latitude = rounded(y);
    out->longitude = rounded(x);
    out->has_point = true;
}

static void set_country(struct geo_place *out, struct str code)
{
    char capitals[2];
    if (code.n != 2) return;
    for (size_t i = 0; i < 2; i++)
        capitals[i] = code.p[i] >= 'a' && code.p[i] <= 'z' ? (char)(code.p[i] - 'a' + 'A') : code.p[i];
    const struct country_row *row = country_find((struct str){ capitals, 2 });
    if (!row) return; /* "ZZ", "EU", "A1": no country */
    out->country = str_of(row->code);
    out->continent = str_of(row->continent);
}

static void read_flat(const struct ipfile *f, struct ipfile_value r, struct arena *arena,
                      struct geo_place *out)
{
    set_country(out, text(f, r, "country_code", arena));
    out->city = text(f, r, "city", arena);
    out->region = text(f, r, "state1", arena);
    out->region2 = text(f, r, "state2", arena);
    out->postal_code = text(f, r, "postcode", arena);
    out->time_zone = text(f, r, "timezone", arena);
    set_point(out, ipfile_member(f, r, "latitude"), ipfile_member(f, r, "longitude"));
}

static void read_nested(const struct ipfile *f, struct ipfile_value r, struct arena *arena,
                        struct geo_place *out)
{
    struct ipfile_value location = ipfile_member(f, r, "location");
    struct ipfile_value regions = ipfile_member(f, r, "subdivisions");
    struct ipfile_value region = ipfile_element(f, regions, 0);
    struct ipfile_value region2 = ipfile_element(f, regions, 1);
    set_country(out, text(f, ipfile_member(f, r, "country"), "iso_code", arena));
    if (!out->continent.n)
        out->continent = text(f, ipfile_member(f, r, "continent"), "code", arena);
    if (!continent_name(out->continent)) out->continent = STR("");
    out->city = english(f, ipfile_member(f, r, "city"), arena);
    out->region = english(f, region, arena);
    out->region_code = text(f, region, "iso_code", arena);
    out->region2 = english(f, region2, arena);
    out->region2_code = text(f, region2, "iso_code", arena);
    out->postal_code = text(f, ipfile_member(f, r, "postal"), "code", arena);
    out->time_zone = text(f, location, "time_zone", arena);
    set_point(out, ipfile_member(f, location, "latitude"),
              ipfile_member(f, location, "longitude"));
    struct ipfile_value radius = ipfile_member(f, location, "accuracy_radius");
    if (radius.kind == IPFILE_NUMBER && radius.number > 0 && radius.number <= 20040)
        out->radius_km = (int64_t)radius.number; /* half of the equator at most */
}

static bool is_flat(const struct ipfile *f, struct ipfile_value record)
{
    return ipfile_member(f, record, "country_code").kind == IPFILE_TEXT;
}

static void read_record(const struct ipfile *f, struct ipfile_value r, struct arena *arena,
                        struct geo_place *out)
{
    struct str none = { "", 0 };
    *out = (struct geo_place){ none, none, none, none, none, none, none, none, none,
                               false, 0, 0, 0 };
    if (is_flat(f, r)) read_flat(f, r, arena, out);
    else read_nested(f, r, arena, out);
}

static void set_code(struct geo_place *out, struct str *code, struct str name)
{
    if (!code->n && name.n) *code = str_of(subdivision_code(out->country, name));
    if (!code->p) *code = STR("");
}

bool geo_find(const struct ipfile *f, const struct address *a, struct arena *arena,
              struct geo_place *out)
{
    struct ipfile_value record;
    if (!ipfile_find(f, a, &record, NULL)) return false;
    read_record(f, record, arena, out);
    if (!out->country.n && !out->has_point) return false;
    set_code(out, &out->region_code, out->region);
    set_code(out, &out->region2_code, out->region2);
    if (!out->has_point) return true;
    if (!out->time_zone.n) {
        const char *zone = timezone_at(out->latitude, out->longitude);
        out->time_zone = zone ? str_of(zone) : STR("");
    }
    if (out->radius_km == 0)
        out->radius_km = out->city.n ? GEO_RADIUS_CITY_KM : GEO_RADIUS_COUNTRY_KM;
    return true;
}

/* ---- is it such a file? ---- */

struct sample {
    struct arena arena;
    unsigned places; /* records that say something */
};

/* Damaged parts are found by looking at every member that we would read. */
static bool undamaged(const struct ipfile *f, struct ipfile_value r)
{
    static const char *const members[] = { "country_code", "country", "city", "location", "postal",
                                           "subdivisions", "latitude", "state1", "timezone" };
    for (size_t i = 0; i < COUNT_OF(members); i++)
        if (ipfile_member(f, r, members[i]).kind == IPFILE_DAMAGED) return false;
    struct ipfile_value location = ipfile_member(f, r, "location");
    return ipfile_member(f, location, "time_zone").kind != IPFILE_DAMAGED;
}

static bool look_at(const struct ipfile *f, struct ipfile_value record, void *context)
{
    struct sample *s = context;
    struct geo_place place;
    if (!undamaged(f, record)) return false;
    arena_reset(&s->arena);
    read_record(f, record, &s->arena, &place);
    s->places += place.country.n || place.has_point;
    return true;
}

enum err geo_check(const struct ipfile *f, const char *path, char problem[IPFILE_PROBLEM_BYTES])
{
    struct sample s = { .places = 0 };
    arena_init(&s.arena, 64 * 1024);
    bool whole = ipfile_sample(f, SAMPLE, look_at, &s);
    arena_free(&s.arena);
    if (!whole)
        snprintf(problem, IPFILE_PROBLEM_BYTES, "%s: is damaged inside; fetch it again", path);
    else if (s.places == 0)
        snprintf(problem, IPFILE_PROBLEM_BYTES,
                 "%s: holds no countries or cities; it calls itself \"%.60s\"", path,
                 f->db.metadata.database_type);
    return whole && s.places > 0 ? ERR_OK : ERR_CORRUPT;
}
