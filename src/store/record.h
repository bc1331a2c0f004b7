/* record - how keys and records look on disk. Pure functions; the readers take any bytes.
 *
 *     table      key                                              value
 *     values     'v' name                                         the value
 *                'k' id:4                                         API key record
 *                'd' hash:8                                       dictionary (snapshot.h)
 *                'p'                                              ms of the last recovery, 8 bytes
 *                'c'                                              ms of the last clean close
 *                'x' workspace:4 visitor:16                       mark of a deletion (erase.h)
 *                'r' workspace:4 visitor:16                       empty: it has lost events by age (age.h)
 *                'r'                                              ms: what was erased by age is not purged yet
 *                'q' workspace:4 time:6 hash:16                   receipt of a deletion
 *                'w' workspace:4 wallet:8 visitor:16              empty: the visitors of a wallet
 *     events     time:6 random:5                                  event_encode (event/event.h)
 *     visitors   workspace:4 visitor:16                           visitor record
 *     visits     workspace:4 visitor:16 time:6 random:5           empty
 *     snapshots  workspace:4 visitor:16 number:4                  snapshot record (snapshot.h)
 *                workspace:4 visitor:16 255 wallet:8              a wallet's address (no snapshot has
 *                                                                 so high a number)
 *     facets     see block.h and facets.h
 *
 * Numbers in keys are big-endian, so that byte order is number order. An event's key does not hold
 * its workspace: ids are unique, time order keeps compaction cheap, and readers compare the field.
 *
 *     visitor record     version 2 | signed first seen | varint last - first | varint visits
 *                        | varint snapshot [ varint base (0: none of them is kept) | varint base bytes | hash:8 ]
 *                        | profile (the rest)
 *                        version 1 has eight bytes without a meaning before the profile
 *     API key record     version 2 | kind | flags (1: test, 2: revoked) | varint workspace
 *                        | varint environment | signed created | hash:32 | text | origins | varint rate
 *                        version 1 has no rate
 *     mark of a deletion time:8 [ receipt's hash:16 ]
 *     receipt            version 1 | varint events | varint key | signed time erased, 0 when it is not yet
 */
#ifndef WHORL_STORE_RECORD_H
#define WHORL_STORE_RECORD_H

#include "store/store.h"

enum { VALUE_NAME_BYTES_MAX = 200 };

enum value_kind { VALUE_NAMED = 'v', VALUE_KEY = 'k', VALUE_DICTIONARY = 'd', VALUE_PROBE = 'p',
                  VALUE_CLOSED = 'c', VALUE_WALLET = 'w', VALUE_AGED = 'r',
                  VALUE_RECEIPT = 'q', VALUE_ERASED = 'x' };

struct key {
    uint8_t bytes[1 + VALUE_NAME_BYTES_MAX];
    size_t n;
};

static inline struct str key_str(const struct key *key)
{
    return (struct str){ (const char *)key->bytes, key->n };
}

/* name: at most VALUE_NAME_BYTES_MAX bytes. */
void key_value(struct key *out, enum value_kind kind, struct str name);
void key_api_key(struct key *out, uint32_t id);
void key_dictionary(struct key *out, uint64_t hash);
/* A wallet is known by a hash of its address. The visitor's wallets stand among its snapshots, so that they go
 * with it; these keys name the same pair from the other side. */
uint64_t wallet_hash(struct str address);
void key_visitor_wallet(struct key *out, uint32_t workspace, struct visitor_id id, uint64_t wallet);
void key_wallet_visitor(struct key *out, uint32_t workspace, uint64_t wallet, struct visitor_id id);
/* The parts that all of a visitor's wallets, or all of a wallet's visitors, begin with. */
void key_visitor_wallets(struct key *out, uint32_t workspace, struct visitor_id id);
void key_wallet_visitors(struct key *out, uint32_t workspace, uint64_t wallet);
/* Is this key of the snapshots a visitor's wallet? */
bool key_visitor_wallet_read(struct str key, uint32_t *workspace, struct visitor_id *id, uint64_t *wallet);
enum err key_wallet_visitor_read(struct str key, struct visitor_id *id);
/* A mark of this kind: VALUE_ERASED or VALUE_AGED. */
void key_mark(struct key *out, enum value_kind kind, uint32_t workspace, struct visitor_id id);
/* For the values that are a time: eight bytes, little-endian. */
struct str time_encode(int64_t time_ms, struct arena *arena);
void key_event(struct key *out, struct event_id id);
void key_visitor(struct key *out, uint32_t workspace, struct visitor_id id);
void key_visit(struct key *out, uint32_t workspace, struct visitor_id id, struct event_id event);
void key_snapshot(struct key *out, uint32_t workspace, struct visitor_id id, uint32_t number);

/* What all marks of a kind begin with. */
void key_mark_prefix(struct key *out, enum value_kind kind);

enum err key_visitor_read(struct str key, uint32_t *workspace, struct visitor_id *id);
/* The number, the last part. */
enum err key_snapshot_read(struct str key, uint32_t *number);
enum err key_mark_read(struct str key, uint32_t *workspace, struct visitor_id *id);
enum err key_event_read(struct str key, struct event_id *event);
/* The last part of a key; ERR_CORRUPT when the length is another one. */
enum err key_visit_read(struct str key, struct event_id *event);

void key_receipt(struct key *out, const struct receipt *receipt);
/* What all receipts of a workspace begin with. */
void key_receipts(struct key *out, uint32_t workspace);
/* workspace, deleted_ms and hash. ERR_CORRUPT. */
enum err key_receipt_read(struct receipt *out, struct str key);
/* The rest of it. Empty when memory is refused; ERR_CORRUPT. */
struct str receipt_encode(const struct receipt *receipt, struct arena *arena);
enum err receipt_decode(struct receipt *out, struct str record);

struct mark {
    int64_t when_ms;
    bool has_receipt;
    uint8_t hash[RECEIPT_HASH_BYTES];
};
struct str mark_encode(const struct mark *mark, struct arena *arena);
enum err mark_decode(struct mark *out, struct str record);

/* Workspace and id are the key's and not in the record. Empty when memory is refused. */
struct str visitor_encode(const struct visitor *visitor, struct arena *arena);
/* Fills everything but workspace and id; the profile is borrowed. ERR_CORRUPT. */
enum err visitor_decode(struct visitor *out, struct str record);

struct str api_key_encode(const struct api_key *key, struct arena *arena);
/* Fills everything but the id; strings are borrowed. ERR_CORRUPT. */
enum err api_key_decode(struct api_key *out, struct str record);

#endif
