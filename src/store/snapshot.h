/* snapshot - packs the steady part of payloads, which hardly changes from visit to visit.
 *
 * A visitor has numbered snapshots. One that equals the current is not stored at all (pending.h
 * compares hashes). Another one is stored as its difference from the visitor's base, by giving
 * the base to zstd as the text that came before (a prefix); a difference of one changed value
 * takes some 50 bytes. Once a difference takes more than a quarter of what the base took (and
 * more than 256 bytes: a dictionary can make bases small), the snapshot is stored whole and
 * becomes the new base. Whole ones are compressed with a dictionary, when there is one.
 *
 *     snapshot record    version 1 | kind (0 whole, 1 difference) | varint bytes unpacked | check:4
 *                        | whole: dictionary hash:8 (0: none), difference: varint base number
 *                        | zstd frame
 *
 * A base belongs to one visitor and is never a difference itself, so that one visitor can be
 * erased without touching another, and reading takes at most two records. `check` is a hash of
 * the unpacked bytes: zstd frames with a flipped bit often unpack to something.
 */
#ifndef WHORL_STORE_SNAPSHOT_H
#define WHORL_STORE_SNAPSHOT_H

#include "store/engine.h"
#include "store/store.h"

/* Most bytes of one steady part. Packed bodies are smaller than the JSON they came from, so four
 * times BODY_BYTES_MAX is beyond what can arrive; records that claim more are damaged. */
enum { SNAPSHOT_BYTES_MAX = 1024 * 1024 };

struct snapshots;

/* NULL without memory. The engine is borrowed. */
struct snapshots *snapshots_create(struct engine *engine);
void snapshots_destroy(struct snapshots *s);

uint64_t snapshot_dictionary_hash(struct str bytes); /* never 0 */
/* New whole snapshots use these bytes from now on; they must be stored already (record.h). */
enum err snapshots_use_dictionary(struct snapshots *s, struct str bytes);

/* Tells a visitor's steady parts apart. 64 bits are compared with one other value, never searched,
 * so chance does not matter; who makes two payloads of his own collide has fooled himself. */
uint64_t snapshot_hash(struct str steady);

/* What shall be stored: as a difference from snapshot `base` of the visitor, which takes base_bytes
 * * on disk, where that is worth it; base 0: there is none. *whole says which it became.
 * ERR_BODY_TOO_LARGE beyond SNAPSHOT_BYTES_MAX. */
enum err snapshot_pack(struct snapshots *s, uint32_t workspace, struct visitor_id visitor,
                       uint32_t base, uint32_t base_bytes, struct str steady, struct arena *arena,
                       struct str *record, bool *whole);

/* Which snapshot this one needs besides itself; 0: none. Errors as snapshot_read. */
enum err snapshot_base(struct snapshots *s, uint32_t workspace, struct visitor_id visitor, uint32_t number,
                       struct arena *arena, uint32_t *base);

/* ERR_NOT_FOUND, ERR_CORRUPT, ERR_IO, ERR_NO_MEMORY. */
enum err snapshot_read(struct snapshots *s, uint32_t workspace, struct visitor_id visitor,
                       uint32_t number, struct arena *arena, struct str *steady);

#endif
