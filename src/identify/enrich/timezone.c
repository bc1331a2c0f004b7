/* timezone - see timezone.h. The table is a forest of quadtrees: the world is cut into 48 columns
 * and 24 rows, from 180 degrees west and 90 north. A cell is either a zone or is cut into four, and
 * so on. Its number is then the distance, in groups of four, from its own group to that of its
 * parts; groups start behind the first 48 * 24 cells. */
#include "identify/enrich/timezone.h"

#include "identify/enrich/geo_tables.h"

#include <assert.h>
#include <string.h>

enum { COLUMNS = 48, ROWS = 24, CELL_VALUES = 56 * 56 };

/* Which half, 0 or 1, and the place within it. */
static size_t half(double *part)
{
    *part *= 2;
    if (*part < 1) return 0;
    *part -= 1;
    return 1;
}

const char *timezone_at(double latitude, double longitude)
{
    if (!(latitude >= -90 && latitude <= 90 && longitude >= -180 && longitude <= 180)) return NULL;
    /* the divisors are a little more than 360 and 180: the eastern and southern ends belong to the
     * last column and row */
    double x = COLUMNS * (180 + longitude) / 360.00000000000006;
    double y = ROWS * (90 - latitude) / 180.00000000000003;
    size_t column = (size_t)x, row = (size_t)y;
    size_t cell = COLUMNS * row + column, group = 0; /* groups passed so far */
    const size_t first_zone = CELL_VALUES - geo_timezone_names_count;
    x -= (double)column;
    y -= (double)row;
    while (geo_timezone_cells[cell] < first_zone) {
        size_t south = half(&y), east = half(&x);
        group += geo_timezone_cells[cell] + 1u;
        cell = COLUMNS * ROWS + 4 * (group - 1) + 2 * south + east;
        assert(cell < geo_timezone_cells_count); /* the generator has walked all of it */
    }
    const char *name = geo_timezone_names[geo_timezone_cells[cell] - first_zone];
    return strncmp(name, "Etc/", 4) == 0 ? NULL : name;
}
