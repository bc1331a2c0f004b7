/* record - see record.h. */
#include "store/record.h"

#include "base/bytes.h"

#include <assert.h>

enum {
    VISITOR_VERSION = 2,
    VISITOR_VERSION_MATCH = 1, /* read, no longer written */
    API_KEY_VERSION = 2,
    API_KEY_VERSION_NO_RATE = 1,
    API_KEY_TEST = 1,
    API_KEY_REVOKED = 2,
};

/* ---- keys ---------------------------------------------------------------------------------- */

static void add_bytes(struct key *key, const void *p, size_t n)
{
    assert(n <= sizeof key->bytes - key->n);
    if (n) memcpy(key->bytes + key->n, p, n);
    key->n += n;
}

static void add_number(struct key *key, uint64_t value, size_t n)
{
    uint8_t raw[8];
    for (size_t i = 0; i < n; i++) raw[i] = (uint8_t)(value >> (8 * (n - 1 - i)));
    add_bytes(key, raw, n);
}

static void add_visitor(struct key *key, struct visitor_id id)
{
    uint8_t raw[VISITOR_ID_KEY_BYTES];
    visitor_id_to_key(raw, id);
    add_bytes(key, raw, sizeof raw);
}

static void add_event(struct key *key, struct event_id id)
{
    uint8_t raw[EVENT_ID_KEY_BYTES];
    event_id_to_key(raw, id);
    add_bytes(key, raw, sizeof raw);
}

static uint64_t read_number(const uint8_t *p, size_t n)
{
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++) value = value << 8 | p[i];
    return value;
}

void key_value(struct key *out, enum value_kind kind, struct str name)
{
    out->n = 0;
    add_number(out, (uint64_t)kind, 1);
    add_bytes(out, name.p, name.n);
}

void key_api_key(struct key *out, uint32_t id)
{
    key_value(out, VALUE_KEY, STR(""));
    add_number(out, id, 4);
}

void key_dictionary(struct key *out, uint64_t hash)
{
    key_value(out, VALUE_DICTIONARY, STR(""));
    add_number(out, hash, 8);
}

void key_mark(struct key *out, enum value_kind kind, uint32_t workspace, struct visitor_id id)
{
    key_value(out, kind, STR(""));
    add_number(out, workspace, 4);
    add_visitor(out, id);
}

void key_event(struct key *out, struct event_id id)
{
    out->n = 0;
    add_event(out, id);
}

void key_visitor(struct key *out, uint32_t workspace, struct visitor_id id)
{
    out->n = 0;
    add_number(out, workspace, 4);
    add_visitor(out, id);
}

void key_visit(struct key *out, uint32_t workspace, struct visitor_id id, struct event_id event)
{
    key_visitor(out, workspace, id);
    add_event(out, event);
}

void key_snapshot(struct key *out, uint32_t workspace, struct visitor_id id, uint32_t number)
{
    key_visitor(out, workspace, id);
    add_number(out, number, 4);
}

/* ---- wallets ------------------------------------------------------------------------------- */

enum { WALLET_MARK = 0xff, WALLET_BYTES = 8 };

uint64_t wallet_hash(struct str address)
{
    return str_hash(address, 0x77616c6c6574);
}

void key_visitor_wallets(struct key *out, uint32_t workspace, struct visitor_id id)
{
    key_visitor(out, workspace, id);
    add_number(out, WALLET_MARK, 1);
}

void key_visitor_wallet(struct key *out, uint32_t workspace, struct visitor_id id, uint64_t wallet)
{
    key_visitor_wallets(out, workspace, id);
    add_number(out, wallet, WALLET_BYTES);
}

void key_wallet_visitors(struct key *out, uint32_t workspace, uint64_t wallet)
{
    key_value(out, VALUE_WALLET, STR(""));
    add_number(out, workspace, 4);
    add_number(out, wallet, WALLET_BYTES);
}

void key_wallet_visitor(struct key *out, uint32_t workspace, uint64_t wallet, struct visitor_id id)
{
    key_wallet_visitors(out, workspace, wallet);
    add_visitor(out, id);
}

bool key_visitor_wallet_read(struct str key, uint32_t *workspace, struct visitor_id *id, uint64_t *wallet)
{
    const size_t visitor = 4 + VISITOR_ID_KEY_BYTES;
    const uint8_t *p = (const uint8_t *)key.p;
    if (key.n != visitor + 1 + WALLET_BYTES || p[visitor] != WALLET_MARK ||
        key_visitor_read(str_sub(key, 0, visitor), workspace, id))
        return false;
    *wallet = 0;
    for (size_t i = visitor + 1; i < key.n; i++) *wallet = *wallet << 8 | p[i];
    return true;
}

enum err key_wallet_visitor_read(struct str key, struct visitor_id *id)
{
    const size_t before = 1 + 4 + WALLET_BYTES;
    if (key.n != before + VISITOR_ID_KEY_BYTES) return ERR_CORRUPT;
    *id = visitor_id_from_key((const uint8_t *)key.p + before);
    return visitor_id_valid(*id) ? ERR_OK : ERR_CORRUPT;
}

enum err key_visitor_read(struct str key, uint32_t *workspace, struct visitor_id *id)
{
    const uint8_t *p = (const uint8_t *)key.p;
    if (key.n != 4 + VISITOR_ID_KEY_BYTES) return ERR_CORRUPT;
    *workspace = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    *id = visitor_id_from_key(p + 4);
    return visitor_id_valid(*id) ? ERR_OK : ERR_CORRUPT;
}

enum err key_mark_read(struct str key, uint32_t *workspace, struct visitor_id *id)
{
    return key.n ? key_visitor_read(str_sub(key, 1, key.n), workspace, id) : ERR_CORRUPT;
}

void key_mark_prefix(struct key *out, enum value_kind kind)
{
    key_value(out, kind, STR(""));
}

enum err key_snapshot_read(struct str key, uint32_t *number)
{
    const uint8_t *p = (const uint8_t *)key.p + 4 + VISITOR_ID_KEY_BYTES;
    if (key.n != 4 + VISITOR_ID_KEY_BYTES + 4) return ERR_CORRUPT;
    *number = (uint32_t)read_number(p, 4);
    return ERR_OK;
}

enum err key_event_read(struct str key, struct event_id *event)
{
    if (key.n != EVENT_ID_KEY_BYTES) return ERR_CORRUPT;
    *event = event_id_from_key((const uint8_t *)key.p);
    return event_id_valid(*event) ? ERR_OK : ERR_CORRUPT;
}

enum err key_visit_read(struct str key, struct event_id *event)
{
    const size_t before = 4 + VISITOR_ID_KEY_BYTES;
    if (key.n != before + EVENT_ID_KEY_BYTES) return ERR_CORRUPT;
    *event = event_id_from_key((const uint8_t *)key.p + before);
    return event_id_valid(*event) ? ERR_OK : ERR_CORRUPT;
}

struct str time_encode(int64_t time_ms, struct arena *arena)
{
    struct bytes_out out;
    bytes_out_init(&out, arena, sizeof time_ms);
    bytes_put_u64(&out, (uint64_t)time_ms);
    return bytes_out_text(&out);
}

/* ---- deletions ----------------------------------------------------------------------------- */

enum { RECEIPT_VERSION = 1, RECEIPT_KEY_BYTES = 1 + 4 + 6 + RECEIPT_HASH_BYTES };

void key_receipts(struct key *out, uint32_t workspace)
{
    key_value(out, VALUE_RECEIPT, STR(""));
    add_number(out, workspace, 4);
}

void key_receipt(struct key *out, const struct receipt *receipt)
{
    key_receipts(out, receipt->workspace);
    add_number(out, (uint64_t)receipt->deleted_ms, 6);
    add_bytes(out, receipt->hash, sizeof receipt->hash);
}

enum err key_receipt_read(struct receipt *out, struct str key)
{
    const uint8_t *p = (const uint8_t *)key.p;
    if (key.n != RECEIPT_KEY_BYTES) return ERR_CORRUPT;
    out->workspace = (uint32_t)read_number(p + 1, 4);
    out->deleted_ms = (int64_t)read_number(p + 5, 6);
    memcpy(out->hash, p + 11, sizeof out->hash);
    return ERR_OK;
}

struct str receipt_encode(const struct receipt *receipt, struct arena *arena)
{
    struct bytes_out out;
    bytes_out_init(&out, arena, 32);
    bytes_put_u8(&out, RECEIPT_VERSION);
    bytes_put_varint(&out, receipt->events);
    bytes_put_varint(&out, receipt->key);
    bytes_put_signed(&out, receipt->erased_ms);
    return bytes_out_text(&out);
}

enum err receipt_decode(struct receipt *out, struct str record)
{
    struct cursor c = cursor_of(record);
    uint8_t version = cursor_u8(&c);
    out->events = cursor_varint(&c);
    out->key = (uint32_t)cursor_varint(&c);
    out->erased_ms = cursor_signed(&c);
    return version != RECEIPT_VERSION || c.bad || cursor_left(&c) ? ERR_CORRUPT : ERR_OK;
}

struct str mark_encode(const struct mark *mark, struct arena *arena)
{
    struct bytes_out out;
    bytes_out_init(&out, arena, 8 + sizeof mark->hash);
    bytes_put_u64(&out, (uint64_t)mark->when_ms);
    if (mark->has_receipt) bytes_put(&out, mark->hash, sizeof mark->hash);
    return bytes_out_text(&out);
}

enum err mark_decode(struct mark *out, struct str record)
{
    struct cursor c = cursor_of(record);
    *out = (struct mark){ .when_ms = (int64_t)cursor_u64(&c) };
    out->has_receipt = cursor_left(&c) > 0;
    struct str hash = out->has_receipt ? cursor_bytes(&c, sizeof out->hash) : STR("");
    if (c.bad || cursor_left(&c)) return ERR_CORRUPT;
    memcpy(out->hash, hash.p, hash.n);
    return ERR_OK;
}

/* ---- visitors ------------------------------------------------------------------------------ */

struct str visitor_encode(const struct visitor *visitor, struct arena *arena)
{
    assert(visitor->profile.n <= VISITOR_PROFILE_BYTES_MAX);
    assert(visitor->last_seen_ms >= visitor->first_seen_ms);
    struct bytes_out out;
    bytes_out_init(&out, arena, 80 + visitor->profile.n);
    bytes_put_u8(&out, VISITOR_VERSION);
    bytes_put_signed(&out, visitor->first_seen_ms);
    bytes_put_varint(&out, (uint64_t)visitor->last_seen_ms - (uint64_t)visitor->first_seen_ms);
    bytes_put_varint(&out, visitor->visits_count);
    bytes_put_varint(&out, visitor->snapshot);
    if (visitor->snapshot) {
        bytes_put_varint(&out, visitor->base);
        bytes_put_varint(&out, visitor->base_bytes);
        bytes_put_u64(&out, visitor->snapshot_hash);
    }
    bytes_put(&out, visitor->profile.p, visitor->profile.n);
    return bytes_out_text(&out);
}

static uint32_t cursor_u32(struct cursor *c)
{
    uint64_t value = cursor_varint(c);
    if (value > UINT32_MAX) c->bad = true;
    return (uint32_t)value;
}

enum err visitor_decode(struct visitor *out, struct str record)
{
    struct cursor c = cursor_of(record);
    uint8_t version = cursor_u8(&c);
    if (version != VISITOR_VERSION && version != VISITOR_VERSION_MATCH) return ERR_CORRUPT;
    out->first_seen_ms = cursor_signed(&c);
    uint64_t span = cursor_varint(&c);
    out->last_seen_ms = (int64_t)((uint64_t)out->first_seen_ms + span);
    if (out->last_seen_ms < out->first_seen_ms) return ERR_CORRUPT;
    out->visits_count = cursor_varint(&c);
    out->snapshot = cursor_u32(&c);
    out->base = out->base_bytes = 0;
    out->snapshot_hash = 0;
    if (out->snapshot) {
        out->base = cursor_u32(&c);
        out->base_bytes = cursor_u32(&c);
        out->snapshot_hash = cursor_u64(&c);
        if (out->base > out->snapshot) return ERR_CORRUPT;
    }
    if (version == VISITOR_VERSION_MATCH) cursor_u64(&c);
    out->profile = cursor_bytes(&c, cursor_left(&c));
    if (c.bad || out->profile.n > VISITOR_PROFILE_BYTES_MAX) return ERR_CORRUPT;
    return ERR_OK;
}

/* ---- API keys ------------------------------------------------------------------------------ */

struct str api_key_encode(const struct api_key *key, struct arena *arena)
{
    struct bytes_out out;
    bytes_out_init(&out, arena, 80 + key->text.n + key->origins.n);
    bytes_put_u8(&out, API_KEY_VERSION);
    bytes_put_u8(&out, (uint8_t)key->kind);
    bytes_put_u8(&out, (uint8_t)((key->test ? API_KEY_TEST : 0) | (key->revoked ? API_KEY_REVOKED : 0)));
    bytes_put_varint(&out, key->workspace);
    bytes_put_varint(&out, key->environment);
    bytes_put_signed(&out, key->created_ms);
    bytes_put(&out, key->hash, sizeof key->hash);
    bytes_put_str(&out, key->text);
    bytes_put_str(&out, key->origins);
    bytes_put_varint(&out, key->rate);
    return bytes_out_text(&out);
}

enum err api_key_decode(struct api_key *out, struct str record)
{
    struct cursor c = cursor_of(record);
    uint8_t version = cursor_u8(&c);
    if (version != API_KEY_VERSION && version != API_KEY_VERSION_NO_RATE) return ERR_CORRUPT;
    uint8_t kind = cursor_u8(&c), flags = cursor_u8(&c);
    if (kind >= KEY_KIND_COUNT || (flags & ~(API_KEY_TEST | API_KEY_REVOKED))) return ERR_CORRUPT;
    out->kind = (enum key_kind)kind;
    out->test = flags & API_KEY_TEST;
    out->revoked = flags & API_KEY_REVOKED;
    out->workspace = cursor_u32(&c);
    out->environment = cursor_u32(&c);
    out->created_ms = cursor_signed(&c);
    struct str hash = cursor_bytes(&c, sizeof out->hash);
    if (hash.n) memcpy(out->hash, hash.p, hash.n);
    out->text = cursor_str(&c);
    out->origins = cursor_str(&c);
    out->rate = version == API_KEY_VERSION ? cursor_u32(&c) : 0;
    return c.bad || cursor_left(&c) ? ERR_CORRUPT : ERR_OK;
}
