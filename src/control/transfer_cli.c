/* transfer_cli - see transfer_cli.h. When no server runs, this process opens the store and runs the
 * other end in a thread. */
#include "control/transfer_cli.h"

#include "base/clock.h"
#include "base/json_out.h"
#include "base/log.h"
#include "control/socket.h"
#include "control/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    ARENA_BYTES = 4 * 1024 * 1024,
    INPUT_BYTES = 64 * 1024,
    TELL_MS = 2000,
    UNMAPPED_SHOWN = 20
};

static volatile sig_atomic_t interrupted;

struct cli {
    bool import, quiet, json, strict, force;
    const char *dir, *out;
    const char **inputs; /* files of import, in argv */
    size_t inputs_count, input_at;
    struct arena arena, scratch; /* scratch: of one frame */
    struct json_out request;
    struct json_parser *parser;
    int fd, in, to;
    char *partial; /* of --out */
    bool is_tty, line_open;
    int64_t told_ms, begin_ms;
    uint64_t bad;
    int status; /* -1: goes on */
    /* when no server runs */
    struct store *store;
    pthread_t thread;
    int other_fd;
    struct str text; /* of the request */
};

static int complain(const char *problem, const char *what)
{
    fprintf(stderr, "whorl: %s%s%s\n", problem, what ? " " : "", what ? what : "");
    return 2;
}

static void end_line(struct cli *cli)
{
    if (cli->line_open) fputc('\n', stderr);
    cli->line_open = false;
}

/* ---- arguments ---- */

static const struct flag {
    const char *name, *member; /* of the request; NULL: for this side */
    bool alone, export, import;
} flags[] = {
    { "--data", NULL, false, true, true },
    { "--workspace", "workspace", false, true, true },
    { "--environment", "environment", false, true, true },
    { "--form", "form", false, true, false },
    { "--since", "since", false, true, false },
    { "--until", "until", false, true, false },
    { "--out", NULL, false, true, false },
    { "--force", NULL, true, true, false },
    { "--quiet", NULL, true, true, true },
    { "--strict", "strict", true, false, true },
    { "--dry-run", "dryRun", true, false, true },
    { "--json", NULL, true, true, true },
};

static const struct flag *flag_of(const struct cli *cli, const char *name)
{
    for (size_t i = 0; i < COUNT_OF(flags); i++)
        if (strcmp(flags[i].name, name) == 0 && (cli->import ? flags[i].import : flags[i].export))
            return &flags[i];
    return NULL;
}

static void set_own(struct cli *cli, const char *name, const char *value)
{
    if (strcmp(name, "--data") == 0) cli->dir = value;
    else if (strcmp(name, "--out") == 0) cli->out = value;
    else if (strcmp(name, "--force") == 0) cli->force = true;
    else if (strcmp(name, "--quiet") == 0) cli->quiet = true;
    else cli->json = true;
}

static int read_arguments(struct cli *cli, int argc, char **argv)
{
    json_out_open(&cli->request, '{');
    json_out_key(&cli->request, "command"), json_out_str(&cli->request, str_of(argv[0]));
    for (int i = 1; i < argc; i++) {
        const struct flag *flag = flag_of(cli, argv[i]);
        if (cli->import && (strcmp(argv[i], "-") == 0 || argv[i][0] != '-')) {
            cli->inputs[cli->inputs_count++] = argv[i];
            continue;
        }
        if (!flag) return complain("there is no flag", argv[i]);
        const char *value = flag->alone ? "" : i + 1 < argc ? argv[++i] : NULL;
        if (!value) return complain("a value is missing after", argv[i]);
        if (!flag->member) {
            set_own(cli, flag->name, value);
            continue;
        }
        json_out_key(&cli->request, flag->member);
        if (flag->alone) json_out_bool(&cli->request, true);
        else json_out_str(&cli->request, str_of(value));
    }
    json_out_close(&cli->request, '}');
    cli->text = json_padded(&cli->arena, json_out_text(&cli->request));
    if (cli->import && cli->inputs_count == 0) cli->inputs[cli->inputs_count++] = "-";
    return cli->text.p ? 0 : complain("out of memory", NULL);
}

/* ---- the other end ---- */

static void *serve_here(void *argument)
{
    struct cli *cli = argument;
    struct json_parser *parser = json_parser_create();
    struct json request;
    if (parser && !json_parse(parser, cli->text, &request))
        transfer_run(cli->store, parser, request, cli->other_fd);
    else frame_write(cli->other_fd, FRAME_FAILED, STR("out of memory"));
    json_parser_destroy(parser);
    shutdown(cli->other_fd, SHUT_RDWR);
    return NULL;
}

static int open_here(struct cli *cli)
{
    int pair[2];
    struct stat st;
    log_set_level(LOG_WARN);
    if (!cli->import && stat(cli->dir, &st) != 0)
        return complain("there is no data directory", cli->dir);
    enum err e = store_open_rocksdb(&cli->store, cli->dir);
    if (e == ERR_IN_USE)
        return complain("another process owns the data directory and does not answer:", cli->dir);
    if (e) return complain("the data directory cannot be used:", cli->dir);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return complain("no socket can be made", NULL);
    cli->fd = pair[0];
    cli->other_fd = pair[1];
    if (pthread_create(&cli->thread, NULL, serve_here, cli) == 0) return 0;
    close(cli->other_fd);
    cli->other_fd = -1;
    return complain("no thread can be started", NULL);
}

static int open_other_end(struct cli *cli)
{
    enum err e = control_open(cli->dir, str_sub(cli->text, 0, cli->text.n), &cli->fd);
    if (e == ERR_NOT_FOUND) return open_here(cli);
    return e ? complain("the running server breaks off:", cli->dir) : 0;
}

static void close_other_end(struct cli *cli)
{
    if (cli->fd >= 0) close(cli->fd);
    if (cli->other_fd >= 0) {
        pthread_join(cli->thread, NULL);
        close(cli->other_fd);
    }
    if (cli->store) store_close(cli->store);
}

/* ---- files ---- */

/* --out FILE is written beside it and takes its place when all is there. */
static int open_output(struct cli *cli)
{
    cli->to = STDOUT_FILENO;
    if (!cli->out) return 0;
    if (!cli->force && access(cli->out, F_OK) == 0)
        return complain("there is already a file (--force replaces it):", cli->out);
    cli->partial = (char *)arena_format(&cli->arena, "%s.partial", cli->out).p;
    cli->to = open(cli->partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (cli->to < 0) {
        fprintf(stderr, "whorl: %s cannot be written: %s\n", cli->partial, strerror(errno));
        cli->partial = NULL;
        return 2;
    }
    return 0;
}

static bool sync_folder(const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    int n = slash == path ? snprintf(folder, sizeof folder, "/")
            : slash       ? snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path)
                          : snprintf(folder, sizeof folder, ".");
    int fd =
        n > 0 && (size_t)n < sizeof folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd < 0) return false;
    fsync(
        fd); /* some file systems refuse it for folders: then the name may be lost in a power cut, not the file */
    close(fd);
    return true;
}

static void close_output(struct cli *cli)
{
    if (!cli->partial) return;
    bool whole = cli->status == 0 || cli->status == 3;
    if (whole && fsync(cli->to) != 0) whole = false;
    if (close(cli->to) != 0) whole = false;
    if (whole && rename(cli->partial, cli->out) == 0 && sync_folder(cli->out)) return;
    if (cli->status == 0 || cli->status == 3) {
        fprintf(stderr, "whorl: %s cannot be written: %s\n", cli->out, strerror(errno));
        cli->status = 1;
    }
    unlink(cli->partial);
}

static bool write_output(struct cli *cli, struct str s)
{
    while (s.n > 0) {
        ssize_t n = write(cli->to, s.p, s.n);
        if (n < 0 && errno == EINTR && !interrupted) continue;
        if (n <= 0) {
            if (!interrupted)
                fprintf(stderr, "whorl: %s cannot be written: %s\n",
                        cli->out ? cli->out : "the output", strerror(errno));
            return false;
        }
        s = str_sub(s, (size_t)n, s.n);
    }
    return true;
}

/* The next input; false when there is none, or it cannot be read. */
static bool next_input(struct cli *cli)
{
    if (cli->in > STDIN_FILENO) close(cli->in);
    cli->in = -1;
    if (cli->input_at == cli->inputs_count) return false;
    const char *path = cli->inputs[cli->input_at++];
    cli->in = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (cli->in >= 0) return true;
    end_line(cli);
    fprintf(stderr, "whorl: %s cannot be read: %s\n", path, strerror(errno));
    cli->status = 1;
    return false;
}

/* ---- telling ---- */

static int64_t number(struct json object, const char *name)
{
    struct json value;
    int64_t n = 0;
    if (json_get(object, str_of(name), &value)) json_i64(value, &n);
    return n;
}

static void tell(struct cli *cli, struct json progress)
{
    char at[ISO_TIME_BYTES] = "";
    int64_t now_ms = clock_mono_ms(), seconds = (now_ms - cli->begin_ms) / 1000;
    if (cli->quiet || (!cli->is_tty && now_ms - cli->told_ms < TELL_MS)) return;
    cli->told_ms = now_ms;
    int64_t events = number(progress, "events");
    fprintf(stderr, "%swhorl: %s%lld events", cli->is_tty ? "\r\033[K" : "",
            cli->import ? "import: " : "export: ", (long long)events);
    if (seconds > 0) fprintf(stderr, ", %lld a second", (long long)(events / seconds));
    if (cli->import) {
        fprintf(stderr, ", %lld stored, %lld were there, %lld left out",
                (long long)number(progress, "stored"), (long long)number(progress, "there"),
                (long long)number(progress, "skipped"));
    } else {
        clock_iso(at, number(progress, "at"));
        fprintf(stderr, ", up to %.10s", at);
    }
    if (cli->is_tty) cli->line_open = true;
    else fputc('\n', stderr);
}

static void tell_bad(struct cli *cli, struct json bad)
{
    struct json value;
    struct str problem = STR("");
    end_line(cli);
    if (json_get(bad, STR("problem"), &value)) json_str(value, &problem);
    fprintf(stderr, "whorl: line %lld: %.*s\n", (long long)number(bad, "line"), STR_ARG(problem));
    cli->bad++;
}

static void tell_tally(struct json end, const char *name, const char *title)
{
    struct json tally;
    size_t shown = 0, more = 0;
    if (!json_get(end, str_of(name), &tally)) return;
    for (struct json_each it = json_each(tally); json_next(&it);) {
        int64_t count = 0;
        json_i64(it.value, &count);
        if (shown == UNMAPPED_SHOWN) {
            more++;
            continue;
        }
        if (shown++ == 0) fprintf(stderr, "  %s\n", title);
        fprintf(stderr, "    %8lld  %.*s\n", (long long)count, STR_ARG(it.key));
    }
    if (more) fprintf(stderr, "    and %zu more\n", more);
}

static void tell_end(struct cli *cli, struct json end, struct str text)
{
    struct json dry;
    bool is_dry = false;
    if (cli->json && cli->import) printf("%.*s\n", STR_ARG(text));
    if (cli->quiet) return;
    if (cli->json && !cli->import) fprintf(stderr, "%.*s\n", STR_ARG(text));
    if (cli->json) return;
    if (!cli->import) {
        fprintf(stderr, "whorl: %lld events exported\n", (long long)number(end, "events"));
        if (number(end, "skipped"))
            fprintf(stderr, "  %lld events of POST /v4/edge have no form in v3 and were left out\n",
                    (long long)number(end, "skipped"));
        if (number(end, "unreadable"))
            fprintf(
                stderr,
                "  %lld events cannot be read, or not with their raw attributes: the store is damaged there\n",
                (long long)number(end, "unreadable"));
        return;
    }
    if (json_get(end, STR("dryRun"), &dry)) json_bool(dry, &is_dry);
    fprintf(stderr, "whorl: %lld events read: %lld %s, %lld were there already, %lld left out\n",
            (long long)number(end, "events"), (long long)number(end, "stored"),
            is_dry ? "would be stored" : "stored", (long long)number(end, "there"),
            (long long)number(end, "skipped"));
    if (number(end, "idsMade"))
        fprintf(
            stderr,
            "  %lld had ids of another kind than 20 characters or <ms>.<6>, and got some that follow from them\n",
            (long long)number(end, "idsMade"));
    tell_tally(end, "environments", "environments they came from:");
    tell_tally(end, "unmapped", "values that have no place here and were left out:");
}

/* ---- running ---- */

static void take_frame(struct cli *cli, enum frame kind, struct str body, bool *ready)
{
    struct json json;
    if (kind == FRAME_DATA) {
        if (!write_output(cli, body)) cli->status = 1;
        return;
    }
    if (kind == FRAME_READY) {
        *ready = true;
        return;
    }
    if (kind == FRAME_FAILED) {
        end_line(cli);
        fprintf(stderr, "whorl: %.*s\n", STR_ARG(body));
        cli->status = 1;
        return;
    }
    arena_reset(&cli->scratch);
    struct str text = json_padded(&cli->scratch, body);
    if (!text.p || json_parse(cli->parser, text, &json)) return;
    if (kind == FRAME_PROGRESS) {
        tell(cli, json);
    } else if (kind == FRAME_BAD) {
        tell_bad(cli, json);
    } else if (kind == FRAME_END) {
        end_line(cli);
        tell_end(cli, json, body);
        cli->status = number(json, cli->import ? "skipped" : "unreadable") ? 3 : 0;
    }
}

/* What was read of the inputs and is not sent yet. */
struct input {
    char *bytes;
    size_t have, sent;
    bool ended;
};

/* The next bytes of the inputs; a pipe must have some, or this waits. */
static void read_more(struct cli *cli, struct input *input)
{
    ssize_t got = read(cli->in, input->bytes, INPUT_BYTES);
    if (got < 0 && errno == EINTR) return;
    if (got < 0) {
        end_line(cli);
        fprintf(stderr, "whorl: the input cannot be read: %s\n", strerror(errno));
        cli->status = 1;
    } else if (got > 0) {
        input->have = (size_t)got;
    } else if (next_input(cli)) {
        input->bytes[0] = '\n', input->have = 1; /* between two files */
    } else if (cli->status < 0) {
        input->ended = true;
        shutdown(cli->fd, SHUT_WR);
    }
    input->sent = 0;
}

/* As much as the other end takes now. When it is gone, what it said is still to be read. */
static void send_more(struct cli *cli, struct input *input)
{
    ssize_t n = send(cli->fd, input->bytes + input->sent, input->have - input->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0) input->sent += (size_t)n;
}

static void take_frames(struct cli *cli, struct frame_reader *reader, bool *ready)
{
    enum frame kind;
    struct str body;
    if (!frame_fill(reader)) {
        end_line(cli);
        fprintf(stderr, "whorl: the server ended before this was done\n");
        cli->status = 1;
    }
    while (cli->status < 0 && frame_next(reader, &kind, &body)) take_frame(cli, kind, body, ready);
}

/* Waits for the other end and for the input at once: either may be slow, and either may end. */
static void pump(struct cli *cli)
{
    struct frame_reader reader;
    struct input input = { .bytes = malloc(INPUT_BYTES) };
    bool ready = false;
    if (!frame_reader_init(&reader, cli->fd) || !input.bytes) cli->status = complain("out of memory", NULL);
    while (cli->status < 0 && !interrupted) {
        bool sending = cli->import && ready && !input.ended, waits = input.sent < input.have;
        struct pollfd polls[2] = {
            { .fd = cli->fd, .events = (short)(POLLIN | (sending && waits ? POLLOUT : 0)) },
            { .fd = sending && !waits ? cli->in : -1, .events = POLLIN },
        };
        if (poll(polls, 2, -1) < 0) continue; /* interrupted */
        if (polls[0].revents & (POLLIN | POLLHUP | POLLERR)) take_frames(cli, &reader, &ready);
        if (cli->status >= 0) break;
        if (polls[0].revents & POLLOUT) send_more(cli, &input);
        if (polls[1].revents) read_more(cli, &input);
    }
    frame_reader_free(&reader);
    free(input.bytes);
    end_line(cli);
    if (interrupted) cli->status = 130;
}

static void interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

int transfer_cli_run(int argc, char **argv)
{
    struct cli cli = { .import = strcmp(argv[0], "import") == 0,
                       .dir = "whorl-data",
                       .fd = -1,
                       .other_fd = -1,
                       .in = -1,
                       .to = -1,
                       .status = -1,
                       .begin_ms = clock_mono_ms(),
                       .is_tty = isatty(STDERR_FILENO) };
    const struct sigaction act = { .sa_handler =
                                       interrupt }; /* without SA_RESTART: poll is to end */
    arena_init(&cli.arena, ARENA_BYTES);
    arena_init(&cli.scratch, ARENA_BYTES);
    json_out_init(&cli.request, &cli.arena);
    cli.inputs = calloc((size_t)argc + 1, sizeof *cli.inputs);
    cli.parser = json_parser_create();
    int wrong = cli.inputs && cli.parser ? read_arguments(&cli, argc, argv)
                                         : complain("out of memory", NULL);
    signal(SIGPIPE, SIG_IGN);
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    if (!wrong && cli.import && !next_input(&cli)) wrong = 2;
    if (!wrong && !cli.import) wrong = open_output(&cli);
    if (!wrong) wrong = open_other_end(&cli);
    if (wrong) cli.status = wrong;
    else pump(&cli);
    close_output(&cli);
    close_other_end(&cli);
    json_parser_destroy(cli.parser);
    free(cli.inputs);
    arena_free(&cli.scratch);
    arena_free(&cli.arena);
    return cli.status;
}
