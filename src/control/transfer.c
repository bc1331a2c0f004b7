/* transfer - see transfer.h: what both begin with. */
#include "control/transfer_parts.h"

#include "base/clock.h"
#include "control/command_parts.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ARENA_BYTES = 1024 * 1024, PROGRESS_MS = 250, NICENESS = 10 };

bool transfer_fail(struct transfer *t, const char *problem)
{
    frame_write(t->fd, FRAME_FAILED, str_of(problem));
    return false;
}

bool transfer_is_due(struct transfer *t)
{
    int64_t now_ms = clock_mono_ms();
    if (now_ms - t->told_ms < PROGRESS_MS) return false;
    t->told_ms = now_ms;
    return true;
}

static struct str command_of(struct json request)
{
    return command_text(request, "command", STR(""));
}

bool transfer_knows(struct json request)
{
    struct str command = command_of(request);
    return str_eq(command, STR("export")) || str_eq(command, STR("import"));
}

/* Import makes the environment when it is new, as a key would; export of one that is not there is a mistake. */
static bool find_place(struct transfer *t, struct json request, bool make)
{
    struct str workspace = command_text(request, "workspace", STR("default"));
    struct str environment = command_text(request, "environment", make ? STR("default") : STR(""));
    if (!place_name_valid(workspace) || (environment.n && !place_name_valid(environment)))
        return transfer_fail(t, PLACE_NAME_PROBLEM);
    enum err e = make ? place_find(t->store, &t->arena, workspace, environment, &t->workspace,
                                   &t->environment)
                      : place_find_workspace(t->store, &t->arena, workspace, &t->workspace);
    if (e == ERR_NOT_FOUND) return transfer_fail(t, "there is no workspace of that name");
    if (!e && !make && environment.n)
        e = place_find_environment(t->store, &t->arena, t->workspace, environment, &t->environment);
    if (e == ERR_NOT_FOUND)
        return transfer_fail(t, "this workspace has no environment of that name");
    return !e || transfer_fail(t, "the store cannot be read; the log says why");
}

void transfer_run(struct store *store, struct json_parser *parser, struct json request, int fd)
{
    struct transfer t = { .store = store, .parser = parser, .fd = fd,
                          .told_ms = clock_mono_ms() };
    bool import = str_eq(command_of(request), STR("import"));
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid),
                NICENESS); /* identifying goes first; refused: no matter */
    arena_init(&t.arena, ARENA_BYTES);
    if (find_place(&t, request, import)) {
        if (import) import_events(&t, request);
        else export_events(&t, request);
    }
    arena_free(&t.arena);
}
