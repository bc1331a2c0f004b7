/* rtt - does the round trip to a client fit the place that its address is said to be at?
 *
 * Light in fibre goes at 2/3 c, 200 km in a millisecond, so a round trip of r ms reaches 100 * r km
 * at most (the baseline of constraint-based geolocation: Gueye et al., "Constraint-based geolocation
 * of Internet hosts", 2004/2006). A client farther away than that is not where the database says.
 * In the other direction nothing is certain: real paths take detours and queue.
 *
 *     floor   = max(0, distance - radius) / 100 ms    no signal is faster
 *     usual   = (distance + radius) / 100 * 2 + 40 ms twice the straight line, and an access network
 *     score   = 0                          below 0.9 floor
 *               1                          up to `usual`
 *               1 / (1 + (rtt - usual) / 100 ms)   beyond: 0.5 at 100 ms more, 0.3 at 233 ms more
 *
 * The numbers 2, 40 and 100 ms are this project's proposal (2026-11); no vendor publishes its own.
 * TCP_INFO's round trip at accept, measured over a TUN device on 2026-11-20: 20.7 ms on a path of 20,
 * 30.5 on 30, 200.0 on 200, 300.1 on 300, so up to 4 % high on short paths; 21.3, 32.2, 211.9, 300.8
 * (up to 7 %) beside other work, where the program that makes the delays is late too.
 *
 * Low scores with innocent causes: a wrong or coarse database record, anycast, satellites (600 ms),
 * a phone on a bad cell, a full upstream. High scores prove nothing: a VPN whose exit is close is
 * coherent. Reason LOW_RTT_COHERENCE (below RTT_COHERENCE_LOW) is therefore one weak tell of a VPN or
 * proxy, never a verdict. No figure without a city, without --server-location, behind a proxy, for
 * private addresses. Pure. */
#ifndef WHORL_IDENTIFY_ENRICH_RTT_H
#define WHORL_IDENTIFY_ENRICH_RTT_H

#include "base/str.h"

struct location {
    double latitude, longitude; /* degrees, north and east positive */
};

#define RTT_COHERENCE_LOW 0.3 /* FingerprintIQ: "below 0.3 (likely VPN)" */

/* "52.52,13.405"; false when it is none or out of range. */
bool location_parse(struct location *out, struct str text);
/* Great-circle distance in km (haversine; a sphere of 6,371.0088 km, the IUGG's mean radius; within
 * 0.6 % of the ellipsoid). */
double location_distance_km(const struct location *a, const struct location *b);
/* 0 to 1, see above. distance and radius (of the database's record) in km, not negative; rtt_us > 0. */
double rtt_coherence(double distance_km, double radius_km, uint32_t rtt_us);

#endif
