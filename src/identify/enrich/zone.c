/* zone - see zone.h. */
#include "identify/enrich/zone.h"

#include "identify/enrich/zone_tables.h"

static const struct zone_row *find(struct str name)
{
    size_t low = 0, high = zone_rows_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct str row = str_of(zone_rows[middle].name);
        size_t n = row.n < name.n ? row.n : name.n;
        int order = memcmp(row.p, name.p, n);
        if (order == 0 && row.n == name.n) return &zone_rows[middle];
        if (order < 0 || (order == 0 && row.n < name.n)) low = middle + 1;
        else high = middle;
    }
    return NULL;
}

static bool offset_of(const struct zone_row *row, int64_t time_ms, int *minutes)
{
    const struct zone_change *first = &zone_changes[row->from], *c = first + row->count;
    int64_t time_s = time_ms / 1000;
    if (time_s < first->at_s || time_s >= zone_until_s) return false;
    do c--;
    while (c->at_s > time_s);
    *minutes = c->minutes;
    return true;
}

bool zone_offset(struct str name, int64_t time_ms, int *minutes)
{
    const struct zone_row *row = name.n ? find(name) : NULL;
    return row && offset_of(row, time_ms, minutes);
}

struct str zone_country(struct str name)
{
    const struct zone_row *row = name.n ? find(name) : NULL;
    return row ? str_of(row->country) : STR("");
}

static bool is_utc(struct str name)
{
    static const char *const names[] = { "UTC", "Etc/UTC", "Etc/GMT", "GMT", "Etc/UCT", "UCT", "Zulu",
                                         "Etc/Zulu", "Universal", "Etc/Universal", "Greenwich",
                                         "Etc/Greenwich", "GMT0", "Etc/GMT0", "GMT+0", "GMT-0",
                                         "Etc/GMT+0", "Etc/GMT-0" };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_eq(name, str_of(names[i]))) return true;
    return false;
}

/* Has any zone of the country this offset? *known is false for a country without zones. */
static bool country_has(struct str country, int64_t time_ms, int minutes, bool *known)
{
    *known = false;
    for (size_t i = 0; i < zone_rows_count; i++) {
        int here;
        if (!zone_rows[i].country[0] || !str_eq(country, str_of(zone_rows[i].country))) continue;
        if (!offset_of(&zone_rows[i], time_ms, &here)) continue;
        *known = true;
        if (here == minutes) return true;
    }
    return false;
}

static bool is_hidden(const struct zone_question *q)
{
    return is_utc(q->device) ||
           (str_eq(q->device, STR("Atlantic/Reykjavik")) && !str_eq(q->country, STR("IS")));
}

enum zone_match zone_compare(const struct zone_question *q)
{
    int here, there;
    if (is_hidden(q) || !zone_offset(q->device, q->time_ms, &here)) return ZONES_UNKNOWN;
    bool city = zone_offset(q->place, q->time_ms, &there), known = false;
    if (city && here == there) return ZONES_AGREE;
    bool fits = q->country.n && country_has(q->country, q->time_ms, here, &known);
    if (city) return fits ? ZONES_DIFFER_WITHIN : ZONES_DIFFER;
    return !known ? ZONES_UNKNOWN : fits ? ZONES_AGREE : ZONES_DIFFER_COARSELY;
}
