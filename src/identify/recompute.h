/* recompute - makes again the hashes that follow from a signal's own values. A browser's script sends
 * value and hash together; whoever edits a recorded payload by hand and leaves the hash, or makes both
 * up, is seen here.
 *
 * For 15 signals of FingerprintIQ's payload the hash is SHA-256 over a text of the values. The texts
 * were found by trying them on its recorded payloads: all hashes of the 21 bodies agree except one
 * (platformFeatures in a WebKitGTK under locale C, which sorts by bytes), measured 2026-11-25.
 */
#ifndef WHORL_IDENTIFY_RECOMPUTE_H
#define WHORL_IDENTIFY_RECOMPUTE_H

#include "identify/proven.h"
#include "identify/signals.h"

/* Sets of signals: bit 1 << enum signal_key. What is null, lacks a value or its hash, or has keys of
 * unknown order is in neither set. */
struct recomputed {
    uint64_t checked; /* had a hash and all that it is made of */
    uint64_t differs; /* of these: it is not the hash of its values */
};

/* After signals_read, while the parser's tape lives; steady is what that wrote. What `proven` remembers is not made
 * again; NULL: everything is. Texts are made in arena; nothing is kept in it that matters later. Without memory a
 * signal counts as not checked. */
void recompute_hashes(struct recomputed *out, const struct signals *signals, struct str steady,
                      struct proven *proven, struct arena *arena);

#endif
