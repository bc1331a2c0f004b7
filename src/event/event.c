/* event - see event.h. The stored form is a run of fields, each
 *
 *     varint   number << 2 | wire        wire 0: varint follows, 1: 8 bytes, 2: length and bytes
 *     value
 *
 * in the order of event_fields.def, so that the same event always gives the same bytes. The wire
 * kind stands in every field, which is what lets a reader skip numbers it does not know. */
#include "event/event.h"

#include "base/bytes.h"

enum wire { WIRE_VARINT, WIRE_FIXED, WIRE_BYTES };

const struct event_field_info event_fields[EVENT_FIELD_COUNT] = {
#define F(number_, member, type_)                                                                  \
    { .number = number_, .type = EVENT_##type_, .name = #member,                                   \
      .offset = offsetof(struct event, member) },
#include "event/event_fields.def"
};

void codes_add(struct codes *codes, unsigned code)
{
    if (codes->count < EVENT_CODES_MAX && !codes_have(codes, code))
        codes->code[codes->count++] = (uint16_t)code;
}

bool codes_have(const struct codes *codes, unsigned code)
{
    for (size_t i = 0; i < codes->count; i++)
        if (codes->code[i] == code) return true;
    return false;
}

static enum wire wire_of(enum event_type type)
{
    switch (type) {
    case EVENT_BOOL: case EVENT_INT: case EVENT_TIME: return WIRE_VARINT;
    case EVENT_SCORE: return WIRE_FIXED;
    default: return WIRE_BYTES;
    }
}

static void put_codes(struct bytes_out *out, const struct codes *codes)
{
    uint8_t raw[2 * EVENT_CODES_MAX];
    for (size_t i = 0; i < codes->count; i++) {
        raw[2 * i] = (uint8_t)codes->code[i];
        raw[2 * i + 1] = (uint8_t)(codes->code[i] >> 8);
    }
    bytes_put_str(out, (struct str){ (const char *)raw, 2u * codes->count });
}

static void put_field(struct bytes_out *out, const struct event_field_info *info, const void *value)
{
    uint8_t key[VISITOR_ID_KEY_BYTES];
    bytes_put_varint(out, (uint64_t)info->number << 2 | wire_of(info->type));
    switch (info->type) {
    case EVENT_BOOL: bytes_put_u8(out, *(const bool *)value); break;
    case EVENT_INT: case EVENT_TIME: bytes_put_signed(out, *(const int64_t *)value); break;
    case EVENT_SCORE: bytes_put_double(out, *(const double *)value); break;
    case EVENT_STR: case EVENT_JSON: case EVENT_BYTES:
        bytes_put_str(out, *(const struct str *)value);
        break;
    case EVENT_VISITOR:
        visitor_id_to_key(key, *(const struct visitor_id *)value);
        bytes_put_str(out, (struct str){ (const char *)key, sizeof key });
        break;
    case EVENT_CODES: put_codes(out, value); break;
    }
}

struct str event_encode(const struct event *ev, struct arena *arena)
{
    struct bytes_out out;
    bytes_out_init(&out, arena, 1024);
    for (enum event_field f = 0; f < EVENT_FIELD_COUNT; f++) {
        const struct event_field_info *info = &event_fields[f];
        if (event_has(ev, f)) put_field(&out, info, (const char *)ev + info->offset);
    }
    return bytes_out_text(&out);
}

static bool get_codes(struct codes *codes, struct str raw)
{
    if (raw.n % 2 != 0 || raw.n > 2 * EVENT_CODES_MAX) return false;
    codes->count = (uint8_t)(raw.n / 2);
    for (size_t i = 0; i < codes->count; i++)
        codes->code[i] = (uint16_t)((uint8_t)raw.p[2 * i] | (uint8_t)raw.p[2 * i + 1] << 8);
    return true;
}

static bool get_field(struct cursor *c, const struct event_field_info *info, void *value)
{
    struct str raw;
    switch (info->type) {
    case EVENT_BOOL: *(bool *)value = cursor_varint(c) != 0; return true;
    case EVENT_INT: case EVENT_TIME: *(int64_t *)value = cursor_signed(c); return true;
    case EVENT_SCORE: *(double *)value = cursor_double(c); return true;
    case EVENT_STR:
    case EVENT_JSON:
    case EVENT_BYTES: *(struct str *)value = cursor_str(c); return true;
    case EVENT_VISITOR:
        raw = cursor_str(c);
        if (raw.n != VISITOR_ID_KEY_BYTES) return false;
        *(struct visitor_id *)value = visitor_id_from_key((const uint8_t *)raw.p);
        return visitor_id_valid(*(struct visitor_id *)value);
    default: return get_codes(value, cursor_str(c));
    }
}

static void skip(struct cursor *c, unsigned wire)
{
    if (wire == WIRE_VARINT) cursor_varint(c);
    else if (wire == WIRE_FIXED) cursor_u64(c);
    else if (wire == WIRE_BYTES) cursor_str(c);
    else c->bad = true;
}

/* The field of a number, EVENT_FIELD_COUNT when unknown. `from`: where to look first, since fields
 * are stored in the table's order. */
static enum event_field field_of(uint64_t number, enum event_field from)
{
    for (unsigned i = 0; i < EVENT_FIELD_COUNT; i++) {
        enum event_field f = (enum event_field)(((unsigned)from + i) % EVENT_FIELD_COUNT);
        if (event_fields[f].number == number) return f;
    }
    return EVENT_FIELD_COUNT;
}

enum err event_decode(struct event *ev, struct event_id id, struct str bytes)
{
    struct cursor c = cursor_of(bytes);
    enum event_field f = 0;
    *ev = (struct event){ .id = id };
    while (cursor_left(&c) > 0 && !c.bad) {
        uint64_t tag = cursor_varint(&c);
        unsigned wire = tag & 3;
        enum event_field hit = field_of(tag >> 2, f);
        if (hit == EVENT_FIELD_COUNT) {
            skip(&c, wire);
            continue;
        }
        const struct event_field_info *info = &event_fields[hit];
        if (wire != wire_of(info->type) || !get_field(&c, info, (char *)ev + info->offset))
            return ERR_CORRUPT;
        event_set(ev, hit);
        f = (enum event_field)((unsigned)hit + 1);
    }
    return c.bad ? ERR_CORRUPT : ERR_OK;
}
