/* forget - see forget.h. */
#include "identify/forget.h"

/* What else knows visitors drops this one here, once it is out of the store. */
static void forgotten(const struct identify_shared *shared, uint32_t workspace,
                      struct visitor_id id)
{
    if (shared->linkage) linkage_forget(shared->linkage, workspace, id); /* none without a server */
    if (shared->recent) recent_forget(shared->recent, workspace, id);
}

static void deleted(struct deletion *deletion, enum err result)
{
    struct forget *f = deletion->context;
    if (result == ERR_OK) forgotten(f->shared, f->workspace, f->id);
    f->done(f, result);
}

enum err identify_start_forget(struct forget *f)
{
    f->deletion = (struct deletion){ .workspace = f->workspace, .id = f->id, .arena = f->arena,
                                     .done = deleted, .context = f };
    enum err e = store_start_deletion(f->shared->store, &f->deletion);
    return e ? e : ERR_PENDING;
}

enum err identify_forget(const struct identify_shared *shared, uint32_t workspace,
                         struct visitor_id id)
{
    enum err e = store_delete_visitor(shared->store, workspace, id);
    if (e == ERR_OK) forgotten(shared, workspace, id);
    return e;
}
