/* evidence - see evidence.h. A form byte; candidates; three shares in 255ths; the two ids with a byte before
 * each; then trait and outcome in one byte (trait << 2 | outcome) and the weight in another. Traits are named by
 * their number in traits.def: new ones go to its end. */
#include "identify/link/evidence.h"

#include <math.h>

enum { EVIDENCE_FORM = 1 };

_Static_assert(TRAIT_COUNT <= 64, "a trait has six bits");

static uint8_t to_byte(double share)
{
    return (uint8_t)lround(fmin(fmax(share, 0), 1) * 255);
}

struct str evidence_write(const struct linkage_answer *answer, struct arena *arena)
{
    struct bytes_out out;
    const struct finding *f = &answer->finding;
    if (!answer->searched) return (struct str){ "", 0 };
    bytes_out_init(&out, arena, 128);
    bytes_put_u8(&out, EVIDENCE_FORM);
    bytes_put_varint(&out, f->candidates);
    bytes_put_u8(&out, to_byte(f->newcomer));
    bytes_put_u8(&out, to_byte(f->share));
    bytes_put_u8(&out, to_byte(f->second_share));
    profile_put_id(&out, answer->best);
    profile_put_id(&out, answer->second);
    for (unsigned t = 0; t < TRAIT_COUNT && f->best != NOBODY; t++) {
        if (f->evidence.traits.outcome[t] == OUTCOME_ABSENT) continue;
        double tenths = fmin(fmax(f->evidence.weight[t] * 10, -128), 127);
        bytes_put_u8(&out, (uint8_t)(t << 2 | f->evidence.traits.outcome[t]));
        bytes_put_u8(&out, (uint8_t)(int8_t)lround(tenths));
    }
    return bytes_out_text(&out);
}

bool evidence_read(struct evidence *out, struct str bytes)
{
    struct cursor c = cursor_of(bytes);
    *out = (struct evidence){ 0 };
    if (cursor_u8(&c) != EVIDENCE_FORM) return false;
    out->candidates = (unsigned)cursor_varint(&c);
    out->newcomer = cursor_u8(&c) / 255.0;
    out->share = cursor_u8(&c) / 255.0;
    out->second_share = cursor_u8(&c) / 255.0;
    out->best = profile_get_id(&c);
    out->second = profile_get_id(&c);
    while (cursor_left(&c) > 0 && !c.bad && out->count < TRAIT_COUNT) {
        uint8_t what = cursor_u8(&c), weight = cursor_u8(&c);
        if (what >> 2 >= TRAIT_COUNT) continue;
        out->traits[out->count++] = (struct evidence_trait){ (enum trait)(what >> 2), (enum outcome)(what & 3),
                                                             (int8_t)weight / 10.0 };
    }
    return !c.bad;
}
