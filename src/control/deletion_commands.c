/* deletion_commands - whorl deletion list: the receipts of deletions, newest first; of one visitor's when its id is
 * given, which answers whether it was deleted. */
#include "control/command_parts.h"

#include "api/receipts.h"

enum { LIMIT_DEFAULT = 100, LIMIT_MAX = 100000 };

bool deletion_list(struct command_context *context, struct json request, struct arena *arena,
                   struct json_out *answer)
{
    struct str workspace = command_text(request, "workspace", STR("default"));
    struct str visitor = command_text(request, "visitor", STR(""));
    struct receipts_wanted wanted = { .limit = LIMIT_DEFAULT, .key = context->receipts };
    struct json v;
    int64_t limit = LIMIT_DEFAULT;
    if (place_find_workspace(context->store, arena, workspace, &wanted.workspace))
        return command_fail(answer, "there is no workspace of that name");
    if (json_get(request, STR("limit"), &v) && (!json_i64(v, &limit) || limit < 1 || limit > LIMIT_MAX))
        return command_fail(answer, "--limit is 1 to 100000");
    if (visitor.n && !visitor_id_parse(visitor, &wanted.visitor))
        return command_fail(answer, "that is no visitor id; it has 20 characters, or iq_ and 26");
    if (visitor.n && !context->receipts)
        return command_fail(answer, "there is no master.key, which tells whose a receipt is");
    wanted.by_visitor = visitor.n > 0;
    wanted.limit = (size_t)limit;
    json_out_open(answer, '{');
    enum err e = receipts_put(answer, context->store, &wanted);
    json_out_close(answer, '}');
    return !e;
}
