/* cli - see cli.h. Arguments become a JSON request, so that the command runs the same way here and
 * inside a running server. */
#include "control/cli.h"

#include "base/log.h"
#include "control/socket.h"

#include <stdio.h>
#include <sys/stat.h>

enum { ARENA_BYTES = 4 * 1024 * 1024 };

struct cli {
    const char *dir;
    bool json;
    const char *operand; /* what the argument without a flag is called in the request; NULL: none */
    struct json_out request;
    struct arena arena;
};

static int complain(const char *problem, const char *what)
{
    fprintf(stderr, "whorl: %s%s%s\n", problem, what ? " " : "", what ? what : "");
    return 2;
}

/* --data, --json, and the command's own flags into the request. */
static int read_arguments(struct cli *cli, int argc, char **argv)
{
    static const char *const texts[] = { "--kind", "--workspace", "--environment" };
    struct json_out origins;
    size_t origins_count = 0;
    json_out_init(&origins, &cli->arena);
    json_out_open(&origins, '[');
    for (int i = 0; i < argc; i++) {
        struct str flag = str_of(argv[i]);
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        bool known = false;
        if (str_eq(flag, STR("--json"))) {
            cli->json = true;
            continue;
        }
        if (str_eq(flag, STR("--test"))) {
            json_out_key(&cli->request, "test"), json_out_bool(&cli->request, true);
            continue;
        }
        if (cli->operand && !str_starts(flag, STR("--"))) {
            json_out_key(&cli->request, cli->operand), json_out_str(&cli->request, flag);
            cli->operand = NULL;
            continue;
        }
        for (size_t k = 0; k < COUNT_OF(texts); k++) known |= str_eq(flag, str_of(texts[k]));
        if (!known && !str_eq(flag, STR("--data")) && !str_eq(flag, STR("--origin")))
            return complain("there is no flag", argv[i]);
        if (!value) return complain("a value is missing after", argv[i]);
        i++;
        if (str_eq(flag, STR("--data"))) cli->dir = value;
        else if (str_eq(flag, STR("--origin")))
            json_out_str(&origins, str_of(value)), origins_count++;
        else json_out_key(&cli->request, flag.p + 2), json_out_str(&cli->request, str_of(value));
    }
    json_out_close(&origins, ']');
    if (origins_count) {
        json_out_key(&cli->request, "origins");
        json_out_value(&cli->request, json_out_text(&origins));
    }
    return 0;
}

/* No server answers: this process opens the store itself. */
static enum err run_here(struct cli *cli, struct json_parser *parser, struct str text,
                         struct json_out *answer)
{
    struct store *store;
    struct json request;
    log_set_level(LOG_WARN);
    enum err e = store_open_rocksdb(&store, cli->dir);
    if (e) return e;
    struct command_context context = { .store = store };
    e = json_parse(parser, text, &request);
    if (!e) command_run(&context, request, &cli->arena, answer);
    store_close(store);
    return e;
}

/* {"id":..,"key":..} for --json, one "name: value" line each for people. */
static int print_answer(const struct cli *cli, struct json_parser *parser, struct str text)
{
    struct json answer, error;
    struct str value;
    if (json_parse(parser, text, &answer)) return complain("the server's answer is not JSON", NULL);
    if (json_get(answer, STR("error"), &error) && json_str(error, &value)) {
        fprintf(stderr, "whorl: %.*s\n", STR_ARG(value));
        return 1;
    }
    if (cli->json) {
        printf("%.*s\n", STR_ARG(text));
        return 0;
    }
    for (struct json_each it = json_each(answer); json_next(&it);)
        if (json_str(it.value, &value)) printf("%.*s: %.*s\n", STR_ARG(it.key), STR_ARG(value));
    return 0;
}

static int run_command(struct cli *cli, struct json_parser *parser)
{
    struct json_out answer;
    struct str text;
    json_out_close(&cli->request, '}');
    struct str request = json_padded(&cli->arena, json_out_text(&cli->request));
    enum err e = request.p ? control_ask(cli->dir, request, &cli->arena, &text) : ERR_NO_MEMORY;
    if (e == ERR_NOT_FOUND) {
        json_out_init(&answer, &cli->arena);
        e = run_here(cli, parser, request, &answer);
        text = json_padded(&cli->arena, json_out_text(&answer));
        if (!e && !text.p) e = ERR_NO_MEMORY;
    }
    if (e == ERR_IN_USE)
        return complain("another process owns the data directory and does not answer:", cli->dir);
    if (e) return complain("the data directory cannot be used:", cli->dir);
    return print_answer(cli, parser, text);
}

int cli_run(int argc, char **argv)
{
    struct cli cli = { .dir = "whorl-data" };
    bool one_word = strcmp(argv[0], "delete-visitor") == 0;
    int words = one_word ? 1 : 2;
    if (argc < 2) return complain("say what to do; see: whorl --help", NULL);
    arena_init(&cli.arena, ARENA_BYTES);
    json_out_init(&cli.request, &cli.arena);
    json_out_open(&cli.request, '{');
    json_out_key(&cli.request, "command");
    if (one_word) json_out_str(&cli.request, str_of(argv[0]));
    else json_out_str(&cli.request, arena_format(&cli.arena, "%s %s", argv[0], argv[1]));
    cli.operand = one_word ? "visitor" : NULL;
    int status = read_arguments(&cli, argc - words, argv + words);
    struct json_parser *parser = json_parser_create();
    if (status == 0) status = parser ? run_command(&cli, parser) : complain("out of memory", NULL);
    json_parser_destroy(parser);
    arena_free(&cli.arena);
    return status;
}
