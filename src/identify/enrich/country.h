/* country - names, continents and subdivision codes from our own tables (data/geo). */
#ifndef WHORL_IDENTIFY_ENRICH_COUNTRY_H
#define WHORL_IDENTIFY_ENRICH_COUNTRY_H

#include "identify/enrich/geo_tables.h"

#include "base/str.h"

/* The row of an ISO 3166-1 alpha-2 code in capitals, NULL when there is none. */
const struct country_row *country_find(struct str code);

/* "Europe" for "EU"; NULL when there is no such continent. */
const char *continent_name(struct str code);

/* The ISO 3166-2 code, without the country's, of a subdivision's name as databases write it
 * ("Bavaria" in "DE" gives "BY"); NULL when the table does not know it. Marks, case and words such
 * as "Province" do not matter. */
const char *subdivision_code(struct str country, struct str name);

#endif
