/* velocity - see velocity.h. Packed: form 1 | a bit per known counter | bits: the day is left out, the day is
 * unknown | then for each known counter three varints: the smallest window, and what each larger one has more. */
#include "event/velocity.h"

enum { FORM = 1, DAY_LEFT_OUT = 1, DAY_UNKNOWN = 2 };

const int64_t velocity_window_ms[VELOCITY_WINDOWS] = { 5 * 60 * 1000, 60 * 60 * 1000, 24 * 60 * 60 * 1000 };

bool velocity_has(const struct velocity *v, enum velocity_counter counter, unsigned window)
{
    bool distinct = counter != VELOCITY_EVENTS && counter != VELOCITY_IP_EVENTS;
    if (window == VELOCITY_DAY && (v->day_unknown || (distinct && v->day_left_out))) return false;
    return v->known[counter];
}

struct str velocity_encode(const struct velocity *v, struct arena *arena)
{
    struct bytes_out out;
    uint8_t known = 0;
    bytes_out_init(&out, arena, 32);
    for (unsigned c = 0; c < VELOCITY_COUNTERS; c++)
        if (v->known[c]) known |= (uint8_t)(1u << c);
    bytes_put_u8(&out, FORM);
    bytes_put_u8(&out, known);
    bytes_put_u8(&out, (uint8_t)((v->day_left_out ? DAY_LEFT_OUT : 0) | (v->day_unknown ? DAY_UNKNOWN : 0)));
    for (unsigned c = 0; c < VELOCITY_COUNTERS; c++)
        for (unsigned w = 0; w < VELOCITY_WINDOWS && v->known[c]; w++)
            bytes_put_varint(&out, v->count[c][w] - (w ? v->count[c][w - 1] : 0));
    return bytes_out_text(&out);
}

bool velocity_decode(struct velocity *out, struct str bytes)
{
    struct cursor c = cursor_of(bytes);
    *out = (struct velocity){ .day_left_out = false };
    if (cursor_u8(&c) != FORM) return false;
    unsigned known = cursor_u8(&c);
    unsigned day = cursor_u8(&c);
    out->day_left_out = day & DAY_LEFT_OUT;
    out->day_unknown = day & DAY_UNKNOWN;
    for (unsigned k = 0; k < VELOCITY_COUNTERS; k++) {
        out->known[k] = known >> k & 1;
        uint64_t count = 0;
        for (unsigned w = 0; w < VELOCITY_WINDOWS && out->known[k]; w++) {
            uint64_t more = cursor_varint(&c);
            if (more > UINT32_MAX || (count += more) > UINT32_MAX) return false;
            out->count[k][w] = (uint32_t)count;
        }
    }
    return !c.bad;
}
