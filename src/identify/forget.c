/* forget - see forget.h. */
#include "identify/forget.h"

#include "base/crypto.h"

/* What else knows visitors drops this one here, once it is out of the store. */
static void forgotten(const struct identify_shared *shared, uint32_t workspace,
                      struct visitor_id id)
{
    if (shared->linkage) linkage_forget(shared->linkage, workspace, id); /* none without a server */
    if (shared->recent) recent_forget(shared->recent, workspace, id);
}

struct hmac *forget_key(const uint8_t *master)
{
    struct hmac *root = hmac_create((struct str){ (const char *)master, SEAL_KEY_BYTES }), *out;
    uint8_t derived[SHA256_BYTES];
    if (!root) return NULL;
    hmac_sign(root, STR("whorl: receipts of deletions"), derived);
    hmac_destroy(root);
    out = hmac_create((struct str){ (const char *)derived, sizeof derived });
    explicit_bzero(derived, sizeof derived);
    return out;
}

void forget_hash(uint8_t out[RECEIPT_HASH_BYTES], const struct hmac *key, uint32_t workspace, struct visitor_id id)
{
    uint8_t whole[SHA256_BYTES], text[4 + VISITOR_ID_KEY_BYTES];
    memset(out, 0, RECEIPT_HASH_BYTES);
    if (!key) return;
    for (size_t i = 0; i < 4; i++) text[i] = (uint8_t)(workspace >> (24 - 8 * i));
    visitor_id_to_key(text + 4, id);
    hmac_sign(key, (struct str){ (const char *)text, sizeof text }, whole);
    memcpy(out, whole, RECEIPT_HASH_BYTES);
}

void identify_aged(void *shared, uint32_t workspace, struct visitor_id id)
{
    forgotten(shared, workspace, id);
}

static void deleted(struct deletion *deletion, enum err result)
{
    struct forget *f = deletion->context;
    if (result == ERR_OK) forgotten(f->shared, f->workspace, f->id);
    f->done(f, result);
}

enum err identify_start_forget(struct forget *f)
{
    f->deletion = (struct deletion){ .workspace = f->workspace, .id = f->id, .key = f->key, .arena = f->arena,
                                     .done = deleted, .context = f };
    forget_hash(f->deletion.hash, f->shared->receipts, f->workspace, f->id);
    enum err e = store_start_deletion(f->shared->store, &f->deletion);
    return e ? e : ERR_PENDING;
}

enum err identify_forget(const struct identify_shared *shared, uint32_t workspace,
                         struct visitor_id id)
{
    struct deletion d = { .workspace = workspace, .id = id };
    forget_hash(d.hash, shared->receipts, workspace, id);
    enum err e = store_delete_visitor(shared->store, &d);
    if (e == ERR_OK) forgotten(shared, workspace, id);
    return e;
}
