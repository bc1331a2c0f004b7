/* dictionary - what payloads have in common, for compressing snapshots.
 *
 * Synthetic bodies (data/dictionary/) are packed the way real ones are and strung together: most of
 * a newcomer's payload is then a reference to them. They hold no person's data, so they may be
 * shared by all visitors. The store keeps every dictionary it has used, so the bodies may
 * change. */
#ifndef WHORL_IDENTIFY_DICTIONARY_H
#define WHORL_IDENTIFY_DICTIONARY_H

#include "base/arena.h"
#include "base/err.h"

/* bodies: JSON texts {"signals": {...}}. The result is in arena. ERR_MALFORMED, ERR_NO_MEMORY. */
enum err dictionary_make(const struct str *bodies, size_t count, struct arena *arena,
                         struct str *out);

#endif
