/* Names, continents, subdivision codes: every spelling that databases use finds its code. */
#include "identify/enrich/country.c"
#include "tests/unit/test.h"

static void test_countries(void)
{
    CHECK_INT(geo_countries_count, 250);
    const struct country_row *de = country_find(STR("DE")), *gb = country_find(STR("GB"));
    REQUIRE(de && gb);
    CHECK_STR(str_of(de->name), STR("Germany"));
    CHECK_STR(str_of(de->continent), STR("EU"));
    CHECK(de->in_eu && !gb->in_eu);
    CHECK_STR(str_of(country_find(STR("TR"))->name), STR("T\xc3\xbcrkiye"));
    CHECK(!country_find(STR("ZZ")) && !country_find(STR("de")) && !country_find(STR("")) &&
          !country_find(STR("DEU")));
    int eu = 0;
    for (size_t i = 0; i < geo_countries_count; i++) {
        const struct country_row *row = &geo_countries[i];
        CHECK(country_find(str_of(row->code)) == row);
        CHECK(continent_name(str_of(row->continent)) != NULL);
        eu += row->in_eu;
    }
    CHECK_INT(eu, 27);
    CHECK(!continent_name(STR("XX")));
}

static void test_subdivisions(void)
{
    static const struct { const char *country, *name, *code; } cases[] = {
        { "US", "California", "CA" }, { "US", "NEW YORK", "NY" }, { "US", "Washington", "WA" },
        { "US", "Washington, D.C.", "DC" }, { "CA", "Qu\xc3\xa9" "bec", "QC" },
        { "DE", "Bavaria", "BY" }, { "DE", "Bayern", "BY" }, { "DE", "Hesse", "HE" },
        { "DE", "State of Berlin", "BE" }, { "DE", "Baden-W\xc3\xbcrttemberg", "BW" },
        { "DE", "Free and Hanseatic City of Hamburg", "HH" }, { "AT", "State of Vienna", "9" },
        { "IT", "Lombardy", "25" }, { "FR", "\xc3\x8ele-de-France", "IDF" },
        { "FR", "Provence-Alpes-Cote d'Azur", "PAC" },
        { "FR", "Provence-Alpes-C\xc3\xb4te d\xe2\x80\x99" "Azur", "PAC" },
        { "ES", "Castille and Leon", "CL" }, { "GB", "Northern Ireland", "NIR" },
        { "JP", "T\xc5\x8dky\xc5\x8d", "13" }, { "JP", "Hiroshima Prefecture", "34" },
        { "BR", "S\xc3\xa3o Paulo", "SP" }, { "MX", "State of Mexico", "MEX" },
        { "RO", "Timis County", "TM" }, { "RO", "Bra\xc8\x99ov", NULL }, /* beyond U+017F */
        { "PL", "\xc5\x81\xc3\xb3" "d\xc5\xba Voivodeship", "10" },
        { "RU", "Moscow", "MOW" }, { "RU", "Moscow Oblast", "MOS" },
        { "RU", "Smolenskaya Oblast\xe2\x80\x99", "SMO" }, { "UA", "Kyiv City", "30" },
        { "UA", "Kyiv Oblast", "32" }, { "PE", "Lima region", "LIM" },
        { "PE", "Lima Province", "LMA" }, { "ID", "Bangka\xe2\x80\x93" "Belitung Islands", "BB" },
        { "SA", "Eastern Province", "04" }, { "NZ", "Hawke's Bay Region", "HKB" },
        { "DE", "California", NULL }, { "US", "", NULL }, { "US", "State of", NULL },
        { "US", "of the Province", NULL }, { "XX", "Bavaria", NULL }, { "", "Bavaria", NULL },
        { "US", "\xc3", NULL }, { "US", "\x80\xff\xc5", NULL },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *got = subdivision_code(str_of(cases[i].country), str_of(cases[i].name));
        if (!got != !cases[i].code) printf("# %s %s\n", cases[i].country, cases[i].name);
        CHECK_STR(str_of(got), str_of(cases[i].code));
    }
    char long_name[1000];
    memset(long_name, 'a', sizeof long_name);
    CHECK(!subdivision_code(STR("US"), (struct str){ long_name, sizeof long_name }));
}

int main(void)
{
    RUN(test_countries);
    RUN(test_subdivisions);
    return test_end();
}
