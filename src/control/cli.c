/* cli - see cli.h. Arguments become a JSON request, so that the command runs the same way here and
 * inside a running server. */
#include "control/cli.h"

#include "base/log.h"
#include "control/secrets.h"
#include "control/socket.h"

#include <stdio.h>
#include <sys/stat.h>

enum { ARENA_BYTES = 4 * 1024 * 1024, FILE_BYTES_MAX = 256 * 1024 };

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

/* The flags of all commands; the command itself says what is wrong about their values. */
static const struct flag {
    const char *name;
    enum { TEXT, NUMBER, LIST, YES, NO, ON_OFF, CONTENT } kind; /* YES, NO: the flag alone; CONTENT: of the file */
    const char *member;                                /* of the request */
} flags[] = {
    { "--kind",          TEXT,   "kind" },
    { "--workspace",     TEXT,   "workspace" },
    { "--environment",   TEXT,   "environment" },
    { "--rate",          NUMBER, "rate" },
    { "--quota",         NUMBER, "quota" },
    { "--retention-days", TEXT, "retentionDays" },
    { "--visitor-retention-days", TEXT, "visitorRetentionDays" },
    { "--visitor",       TEXT,   "visitor" },
    { "--limit",         NUMBER, "limit" },
    { "--origin",        LIST,   "origins" },
    { "--host",          LIST,   "hosts" },
    { "--enable",        LIST,   "enable" },
    { "--weight",        LIST,   "weights" },
    { "--disable",       LIST,   "disable" },
    { "--test",          YES,    "test" },
    { "--active",        YES,    "active" },
    { "--inactive",      NO,     "active" },
    { "--delete-limits", ON_OFF, "deleteLimits" },
    { "--file",          CONTENT, "ruleset" },
};

static const struct flag *flag_of(struct str name)
{
    for (size_t i = 0; i < COUNT_OF(flags); i++)
        if (str_eq(name, str_of(flags[i].name))) return &flags[i];
    return NULL;
}

/* Everything that was given for a flag that may be repeated, at its first mention. */
static void put_list(struct json_out *request, const struct flag *flag, int argc, char **argv)
{
    json_out_open(request, '[');
    for (int i = 0; i + 1 < argc; i++)
        if (flag_of(str_of(argv[i])) == flag && argv[i + 1][0]) json_out_str(request, str_of(argv[++i]));
    json_out_close(request, ']');
}

/* The text of a file; false when it cannot be read. */
static bool read_file(struct str *out, struct arena *arena, const char *path)
{
    FILE *f = fopen(path, "rb");
    char *text = arena_alloc(arena, FILE_BYTES_MAX);
    if (!f || !text) {
        if (f) fclose(f);
        return false;
    }
    *out = (struct str){ text, fread(text, 1, FILE_BYTES_MAX, f) };
    bool ok = !ferror(f);
    fclose(f);
    return ok;
}

static int put_flag(struct cli *cli, const struct flag *flag, struct str value)
{
    struct json_out *request = &cli->request;
    int64_t number;
    json_out_key(request, flag->member);
    switch (flag->kind) {
    case TEXT:
        json_out_str(request, value);
        return 0;
    case NUMBER:
        if (!str_to_i64(value, &number)) return complain("a whole number belongs behind", flag->name);
        json_out_int(request, number);
        return 0;
    case CONTENT:
        if (!read_file(&value, &cli->arena, value.p)) return complain("cannot read", value.p);
        json_out_str(request, value);
        return 0;
    case ON_OFF:
        if (!str_eq(value, STR("on")) && !str_eq(value, STR("off")))
            return complain("on or off belongs behind", flag->name);
        json_out_bool(request, str_eq(value, STR("on")));
        return 0;
    default:
        json_out_bool(request, flag->kind == YES);
        return 0;
    }
}

/* --data, --json, and the command's own flags into the request. */
static int read_arguments(struct cli *cli, int argc, char **argv)
{
    uint64_t listed = 0;
    int status = 0;
    for (int i = 0; i < argc && !status; i++) {
        struct str name = str_of(argv[i]);
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        const struct flag *flag = flag_of(name);
        bool is_data = str_eq(name, STR("--data"));
        if (str_eq(name, STR("--json"))) {
            cli->json = true;
        } else if (flag && (flag->kind == YES || flag->kind == NO)) {
            status = put_flag(cli, flag, STR(""));
        } else if (cli->operand && !str_starts(name, STR("--"))) {
            json_out_key(&cli->request, cli->operand), json_out_str(&cli->request, name);
            cli->operand = NULL;
        } else if (!flag && !is_data) {
            status = complain("there is no flag", argv[i]);
        } else if (!value) {
            status = complain("a value is missing after", argv[i]);
        } else if (is_data) {
            cli->dir = value, i++;
        } else if (flag->kind != LIST) {
            status = put_flag(cli, flag, str_of(value)), i++;
        } else {
            uint64_t bit = (uint64_t)1 << (flag - flags);
            if (!(listed & bit)) json_out_key(&cli->request, flag->member), put_list(&cli->request, flag, argc, argv);
            listed |= bit, i++;
        }
    }
    return status;
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
    uint8_t master[SEAL_KEY_BYTES];
    struct command_context context = { .store = store };
    struct hmac *receipts = NULL;
    if (master_key_load(master, cli->dir) == ERR_OK) context.master = master; /* else it is in the log */
    if (context.master) context.receipts = receipts = forget_key(master);
    e = json_parse(parser, text, &request);
    if (!e) command_run(&context, request, &cli->arena, answer);
    explicit_bzero(master, sizeof master);
    hmac_destroy(receipts);
    store_close(store);
    return e;
}

/* An object of objects: a line each, with the members' numbers and switches. */
static void print_table(struct json table)
{
    for (struct json_each it = json_each(table); json_next(&it);) {
        printf("%-24.*s", STR_ARG(it.key));
        for (struct json_each cell = json_each(it.value); json_next(&cell);) {
            double number;
            bool yes;
            if (json_double(cell.value, &number)) printf(" %.*s %-5.0f", STR_ARG(cell.key), number);
            else if (json_bool(cell.value, &yes) && yes) printf(" %.*s", STR_ARG(cell.key));
        }
        printf("\n");
    }
}

/* One object a line; what an object holds stands behind it. */
static void print_cells(struct json object, const char *before)
{
    for (struct json_each it = json_each(object); json_next(&it);) {
        struct str text;
        int64_t number;
        bool yes;
        if (json_type(it.value) == JSON_OBJECT) print_cells(it.value, before);
        if (json_type(it.value) == JSON_ARRAY) {
            printf("%s%.*s:", before, STR_ARG(it.key));
            for (struct json_each each = json_each(it.value); json_next(&each);)
                if (json_str(each.value, &text)) printf(" %.*s", STR_ARG(text));
        } else if (json_str(it.value, &text)) {
            printf("%s%.*s: %.*s", before, STR_ARG(it.key), STR_ARG(text));
        } else if (json_i64(it.value, &number)) {
            printf("%s%.*s: %lld", before, STR_ARG(it.key), (long long)number);
        } else if (json_bool(it.value, &yes)) {
            printf("%s%.*s: %s", before, STR_ARG(it.key), yes ? "yes" : "no");
        } else {
            continue;
        }
        before = "  ";
    }
}

/* An object of objects is a table; another one is a line a member. */
static void print_object(struct json object)
{
    struct json_each it = json_each(object);
    if (!json_next(&it)) return;
    if (json_type(it.value) == JSON_OBJECT) {
        print_table(object);
        return;
    }
    print_cells(object, "");
    printf("\n");
}

static void print_list(struct str name, struct json list)
{
    struct json_each any = json_each(list);
    if (!json_next(&any)) printf("%.*s: none\n", STR_ARG(name));
    for (struct json_each it = json_each(list); json_next(&it);) {
        struct str text;
        if (json_str(it.value, &text)) printf("%.*s", STR_ARG(text));
        print_cells(it.value, "");
        printf("\n");
    }
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
    int64_t number;
    for (struct json_each it = json_each(answer); json_next(&it);)
        if (json_type(it.value) == JSON_OBJECT) print_object(it.value);
        else if (json_type(it.value) == JSON_ARRAY) print_list(it.key, it.value);
        else if (json_i64(it.value, &number)) printf("%.*s: %lld\n", STR_ARG(it.key), (long long)number);
        else if (json_str(it.value, &value)) printf("%.*s: %.*s\n", STR_ARG(it.key), STR_ARG(value));
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
    bool named = strcmp(argv[0], "key") != 0 || strcmp(argv[1], "revoke") == 0;
    if (one_word) cli.operand = "visitor";
    else if (named) cli.operand = "name";
    int status = read_arguments(&cli, argc - words, argv + words);
    struct json_parser *parser = json_parser_create();
    if (status == 0) status = parser ? run_command(&cli, parser) : complain("out of memory", NULL);
    json_parser_destroy(parser);
    arena_free(&cli.arena);
    return status;
}
