/* places - see places.h. */
#include "api/places.h"

#include "base/limits.h"

bool place_name_valid(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", s.p[i]) ||
            !s.p[i])
            return false;
    return s.n > 0 && s.n <= NAME_BYTES_MAX;
}

static enum err read_number(struct store *st, struct arena *arena, struct str full, uint32_t *out)
{
    struct str value;
    uint64_t number = 0;
    enum err e = store_get_value(st, full, arena, &value);
    if (!e && !str_to_u64(value, &number)) e = ERR_CORRUPT;
    *out = (uint32_t)number;
    return e;
}

enum err place_find_workspace(struct store *st, struct arena *arena, struct str name, uint32_t *out)
{
    return read_number(st, arena, arena_format(arena, "workspace/%.*s", STR_ARG(name)), out);
}

enum err place_find_environment(struct store *st, struct arena *arena, uint32_t workspace,
                                struct str name, uint32_t *out)
{
    struct str full = arena_format(arena, "environment/%u/%.*s", (unsigned)workspace, STR_ARG(name));
    return read_number(st, arena, full, out);
}
