/* receipts - see receipts.h. */
#include "api/receipts.h"

#include "base/clock.h"

#include <stdio.h>

struct listing {
    struct json_out *out;
    const struct receipts_wanted *wanted;
    uint8_t hash[RECEIPT_HASH_BYTES];
    size_t count;
};

static void put_time(struct json_out *out, const char *name, int64_t time_ms)
{
    char text[ISO_TIME_BYTES];
    json_out_key(out, name);
    if (time_ms) json_out_str(out, (struct str){ text, clock_iso(text, time_ms) });
    else json_out_null(out);
}

static bool put_one(void *context, const struct receipt *receipt)
{
    struct listing *l = context;
    struct json_out *out = l->out;
    char hex[2 * RECEIPT_HASH_BYTES], key[16];
    if (l->wanted->by_visitor && memcmp(receipt->hash, l->hash, sizeof l->hash) != 0) return true;
    hex_encode(hex, receipt->hash, sizeof receipt->hash);
    json_out_open(out, '{');
    put_time(out, "deletedAt", receipt->deleted_ms);
    put_time(out, "erasedAt", receipt->erased_ms);
    json_out_key(out, "events"), json_out_int(out, (int64_t)receipt->events);
    if (receipt->key) {
        json_out_key(out, "key");
        json_out_str(out, (struct str){ key, (size_t)snprintf(key, sizeof key, "key_%u", receipt->key) });
    }
    json_out_key(out, "visitorHash"), json_out_str(out, (struct str){ hex, sizeof hex });
    json_out_close(out, '}');
    return ++l->count < l->wanted->limit;
}

enum err receipts_put(struct json_out *out, struct store *st, const struct receipts_wanted *wanted)
{
    struct listing l = { .out = out, .wanted = wanted };
    if (wanted->by_visitor) forget_hash(l.hash, wanted->key, wanted->workspace, wanted->visitor);
    json_out_key(out, "deletions");
    json_out_open(out, '[');
    enum err e = store_each_receipt(st, wanted->workspace, put_one, &l);
    json_out_close(out, ']');
    return e;
}
