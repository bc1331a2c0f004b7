/* mobile - what apps on Android and iOS post to the same endpoint as browsers: docs/mobile.md is the contract.
 *
 * The envelope and the types of what is read are strict, since it is written by one SDK and not by a thousand
 * browsers; members that nobody reads are kept and ignored. Apps send facts (which files are there, which
 * libraries are loaded); what follows from them is judged in verdicts/. */
#ifndef WHORL_IDENTIFY_MOBILE_H
#define WHORL_IDENTIFY_MOBILE_H

#include "base/json_in.h"
#include "event/id.h"

struct identify;

struct mobile_facts {
    struct str platform;           /* "android", "ios"; empty: a browser */
    struct str app;                /* package name or bundle id */
    struct str sdk_version;
    struct str link;               /* a browser's: the token of the app that shows this web view */
    bool has_location;
    bool has_mock, mock;           /* the system says whether another app made the position */
    double latitude, longitude;    /* degrees; never stored */
    double accuracy_m;             /* the radius that holds the true position in 68 of 100 cases */
};

/* ERR_MALFORMED with a sentence in *problem; ERR_NO_MEMORY. Texts are in the arena. */
enum err mobile_read(struct mobile_facts *out, struct json root, struct json signals, struct arena *arena,
                     const char **problem);

/* Into the event: who sent it. And, after the user agent was read, what the device is. */
void mobile_put_facts(struct identify *id);
void mobile_put_system(struct identify *id);

/* What the device's hardware id is remembered as: a keyed hash, other in each workspace and installation. 0 when
 * none was sent. */
uint64_t mobile_hardware(const struct identify *id);

#endif
