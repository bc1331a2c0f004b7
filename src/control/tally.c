/* tally - see tally.h. */
#include "control/tally.h"

void tally_init(struct tally *t)
{
    *t = (struct tally){ .names = 0 };
    arena_init(&t->arena, 2 * TALLY_NAMES_MAX * TALLY_NAME_BYTES_MAX);
}

void tally_free(struct tally *t)
{
    arena_free(&t->arena);
}

void tally_add(struct tally *t, struct str name)
{
    for (size_t i = 0; i < t->names; i++) {
        if (!str_eq(t->name[i], name)) continue;
        t->count[i]++;
        return;
    }
    struct str kept = { NULL, 0 };
    if (t->names < TALLY_NAMES_MAX && name.n && name.n <= TALLY_NAME_BYTES_MAX)
        kept = arena_copy(&t->arena, name);
    if (kept.n) t->name[t->names] = kept, t->count[t->names++] = 1;
    else t->others++;
}

void tally_put(const struct tally *t, struct json_out *out)
{
    json_out_open(out, '{');
    for (size_t i = 0; i < t->names; i++) {
        json_out_key_str(out, t->name[i]);
        json_out_int(out, (int64_t)t->count[i]);
    }
    if (t->others) json_out_key(out, "others"), json_out_int(out, (int64_t)t->others);
    json_out_close(out, '}');
}
