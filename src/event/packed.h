/* packed - JSON values as compact bytes, in two streams: what stays the same from visit to visit,
 * and what does not.
 *
 * A returning browser sends almost the same 12 kB every time. The steady stream holds everything
 * but the volatile values, and a hole where each of those stood; it is equal, byte for byte, on the
 * next visit, and so is stored once (store/snapshot.c). The volatile stream holds the values for
 * the holes in order, some 300 bytes, and goes with the event.
 *
 *     tag  value                        then
 *     0    null
 *     1    false       2  true
 *     3    integer                      zigzag varint
 *     4    number                       8 bytes, little-endian IEEE 754
 *     5    string                       varint length, UTF-8 bytes
 *     6    lower-case hex string        varint byte count, the bytes (half the size; hashes)
 *     7    object                       members: varint (key length + 1), key, value; ends with 0
 *     8    array                        values; ends with tag 9
 *     9    end of array
 *     10   hole                         the value is the next of the volatile stream
 *     11   tenths                       zigzag varint, a tenth of the value
 *
 * Reading back gives the same JSON values in the same order; only durations are rounded, to the
 * tenth of a millisecond that browsers measure in.
 */
#ifndef WHORL_EVENT_PACKED_H
#define WHORL_EVENT_PACKED_H

#include "base/bytes.h"
#include "base/json_in.h"
#include "base/json_out.h"

void packed_value(struct bytes_out *out, struct json value);
void packed_str(struct bytes_out *out, struct str s);
/* A number of milliseconds rounded to a tenth, for the volatile stream. */
void packed_tenths(struct bytes_out *out, double ms);
void packed_hole(struct bytes_out *out);

void packed_open_object(struct bytes_out *out);
void packed_key(struct bytes_out *out, struct str key);
void packed_close_object(struct bytes_out *out);
void packed_open_array(struct bytes_out *out);
void packed_close_array(struct bytes_out *out);

/* One value as JSON. ERR_CORRUPT when either stream is damaged or nested deeper than
 * JSON_DEPTH_MAX. The cursors are left after the value. */
enum err packed_to_json(struct json_out *out, struct cursor *steady, struct cursor *changing);

/* A value of a parsed body as JSON text in arena; names and values as packing keeps them. ERR_NO_MEMORY. */
enum err packed_json_text(struct str *out, struct json value, struct arena *arena);

/* Walks a packed object without printing it: true and the key while there is a member; its value is
 * then next and must be read (packed_to_json) or passed (packed_skip). */
bool packed_enter_object(struct cursor *steady);
bool packed_next_key(struct cursor *steady, struct str *key);
enum err packed_skip(struct cursor *steady, struct cursor *changing);

#endif
