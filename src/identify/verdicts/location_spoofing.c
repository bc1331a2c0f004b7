/* location_spoofing - is the position made up?
 *
 * Shown: v4 location_spoofing; v3 products.locationSpoofing
 * Evidence:
 *   LOCATION_MOCK   location.mock: the system marks the position as one that another program set (Android's
 *                   Location.isMock(), iOS' CLLocationSourceInformation; their documentation)
 * Confidence: none is stated. Absent when the app did not send the mark
 * Never alone: an app for mock positions that is merely installed; a position far from the address
 * Blind spots: radio that pretends to be satellites; root, which can take the mark away */
#include "identify/verdicts/app.h"

static void location_spoofing_judge(struct identify *id)
{
    if (!id->mobile.has_mock) return;
    SET(id, location_spoofing, id->mobile.mock);
    if (id->mobile.mock) app_because(id, REASON_LOCATION_MOCK);
}

const struct verdict_kind verdict_location_spoofing = { "location_spoofing", location_spoofing_judge };
