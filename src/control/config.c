/* config - see config.h. */
#include "control/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum kind { TEXT, LIST, NUMBER, SWITCH };
enum source { FROM_NOWHERE, FROM_FILE, FROM_VARIABLE, FROM_FLAG };

static const struct row {
    const char *flag, *prose;
    enum kind kind;
    size_t offset;
} rows[] = {
#define C(member, kind, flag, prose) { flag, prose, kind, offsetof(struct config, member) },
#include "control/config.def"
#undef C
};

struct reading {
    struct config *config;
    struct arena *arena;
    bool has_file; /* --config was given: WHORL_CONFIG does not count */
    enum source source[COUNT_OF(rows)]; /* where the value in force came from */
};

static const struct row *row_of(struct str flag)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (str_eq(flag, str_of(rows[i].flag))) return &rows[i];
    return NULL;
}

static enum err set_switch(bool *out, struct str value)
{
    if (value.n == 0 || str_eq(value, STR("true")) || str_eq(value, STR("1"))) *out = true;
    else if (str_eq(value, STR("false")) || str_eq(value, STR("0"))) *out = false;
    else return ERR_USAGE;
    return ERR_OK;
}

/* A source of higher rank replaces what a lower one set; the same source adds to a list. */
static enum err set(struct reading *r, const struct row *row, struct str value, enum source source)
{
    void *member = (char *)r->config + row->offset;
    enum source *was = &r->source[row - rows];
    if (*was > source) return ERR_OK;
    const char *text = arena_copy(r->arena, value).p;
    enum err e = ERR_OK;
    struct config_list *list = member;
    switch (row->kind) {
    case TEXT:
        if (value.n == 0) e = ERR_USAGE;
        *(const char **)member = text;
        break;
    case LIST:
        if (*was < source) list->count = 0;
        if (value.n == 0 || list->count == CONFIG_LIST_MAX) e = ERR_USAGE;
        else list->item[list->count++] = text;
        break;
    case NUMBER: e = str_to_i64(value, member) ? ERR_OK : ERR_USAGE; break;
    case SWITCH: e = set_switch(member, value); break;
    }
    *was = source;
    if (e)
        snprintf(r->config->problem, sizeof r->config->problem, "\"%.*s\" is no value for %s: %s",
                 STR_ARG(value), row->flag, row->prose);
    return e;
}

static enum err read_line(struct reading *r, struct str line, const char *file, int number)
{
    line = str_trim(line);
    if (line.n == 0 || line.p[0] == '#') return ERR_OK;
    size_t equals = str_find_char(line, '=', 0);
    struct str name = str_trim(str_sub(line, 0, equals));
    struct str value = equals == SIZE_MAX ? STR("") : str_trim(str_sub(line, equals + 1, line.n));
    const struct row *row = row_of(name);
    if (row) return set(r, row, value, FROM_FILE);
    snprintf(r->config->problem, sizeof r->config->problem, "%s:%d: there is no setting \"%.*s\"",
             file, number, STR_ARG(name));
    return ERR_USAGE;
}

static enum err read_file(struct reading *r, const char *path)
{
    char line[4096];
    enum err e = ERR_OK;
    FILE *file = fopen(path, "re");
    if (!file) {
        snprintf(r->config->problem, sizeof r->config->problem, "cannot read %s: %s", path,
                 strerror(errno));
        return ERR_USAGE;
    }
    for (int number = 1; !e && fgets(line, sizeof line, file); number++) {
        struct str text = str_of(line);
        if (text.n == sizeof line - 1 && text.p[text.n - 1] != '\n') {
            snprintf(r->config->problem, sizeof r->config->problem,
                     "%s:%d: the line is longer than %zu bytes", path, number, sizeof line - 2);
            e = ERR_USAGE;
            break;
        }
        while (text.n && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r')) text.n--;
        e = read_line(r, text, path, number);
    }
    if (!e && ferror(file)) {
        snprintf(r->config->problem, sizeof r->config->problem, "cannot read %s: %s", path,
                 strerror(errno));
        e = ERR_USAGE;
    }
    fclose(file);
    return e;
}

static enum err read_variables(struct reading *r)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < COUNT_OF(rows) && !e; i++) {
        char name[64];
        int n = snprintf(name, sizeof name, "WHORL_%s", rows[i].flag);
        for (int c = 6; c < n; c++)
            name[c] = name[c] == '-' ? '_' : (char)(name[c] >= 'a' ? name[c] - 'a' + 'A' : name[c]);
        const char *value = getenv(name);
        struct str rest = str_of(value), part;
        if (!value || !*value) continue; /* set to nothing is not set, as in container files */
        if (rows[i].kind != LIST) e = set(r, &rows[i], rest, FROM_VARIABLE);
        else
            while (!e && str_split(&rest, ' ', &part))
                if (part.n) e = set(r, &rows[i], part, FROM_VARIABLE);
    }
    return e;
}

/* The value of argument i: what follows '=', or the next argument; *i moves on over it. */
static struct str value_of(struct str argument, size_t equals, int argc, char *const *argv, int *i)
{
    if (equals != SIZE_MAX) return str_sub(argument, equals + 1, argument.n);
    if (*i + 1 >= argc) return (struct str){ NULL, 0 };
    return str_of(argv[++*i]);
}

static enum err read_flags(struct reading *r, int argc, char *const *argv, bool file_only)
{
    enum err e = ERR_OK;
    for (int i = 0; i < argc && !e; i++) {
        struct str argument = str_of(argv[i]);
        size_t equals = str_find_char(argument, '=', 0);
        struct str name = str_sub(argument, 0, equals);
        bool dashes = str_starts(name, STR("--"));
        name = str_sub(name, 2, name.n);
        bool is_config = dashes && str_eq(name, STR("config"));
        const struct row *row = dashes && !is_config ? row_of(name) : NULL;
        if (!row && !is_config) {
            snprintf(r->config->problem, sizeof r->config->problem,
                     "there is no flag %s; see: whorl serve --help", argv[i]);
            return ERR_USAGE;
        }
        struct str value = { "", 0 };
        if (is_config || row->kind != SWITCH || equals != SIZE_MAX)
            value = value_of(argument, equals, argc, argv, &i);
        if (!value.p) {
            snprintf(r->config->problem, sizeof r->config->problem, "%s needs a value", argv[i]);
            return ERR_USAGE;
        }
        if (is_config && file_only) {
            r->has_file = true;
            e = read_file(r, arena_copy(r->arena, value).p);
        }
        if (row && !file_only) e = set(r, row, value, FROM_FLAG);
    }
    return e;
}

enum err config_read(struct config *config, int argc, char *const *argv, struct arena *arena)
{
    struct reading r = { .config = config, .arena = arena };
    *config = (struct config){ .data = "whorl-data", .log_level = "info", .high_activity = "100,300,1000",
                               .velocity_visits = 100 * 1000 * 1000 };
    const char *file = getenv("WHORL_CONFIG");
    enum err e = read_flags(&r, argc, argv, true);
    if (!e && !r.has_file && file && file[0]) e = read_file(&r, file);
    if (!e) e = read_variables(&r);
    if (!e) e = read_flags(&r, argc, argv, false);
    if (e) return e;
    if (config->listen.count == 0 && config->tls_listen.count == 0) {
        config->listen.item[0] = "127.0.0.1:8080";
        config->listen.count = 1;
    }
    if (config->tls_listen.count && (!config->tls_cert || !config->tls_key)) {
        snprintf(config->problem, sizeof config->problem,
                 "--tls-listen needs --tls-cert FILE and --tls-key FILE");
        return ERR_USAGE;
    }
    return ERR_OK;
}

static void print_line(struct json_out *out, const char *flag, const char *value)
{
    json_out_raw(out, str_of(flag));
    json_out_raw(out, STR(" = "));
    json_out_raw(out, str_of(value));
    json_out_raw(out, STR("\n"));
}

void config_print(const struct config *config, struct json_out *out)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const void *member = (const char *)config + rows[i].offset;
        const struct config_list *list = member;
        char number[24];
        switch (rows[i].kind) {
        case TEXT:
            if (*(const char *const *)member)
                print_line(out, rows[i].flag, *(const char *const *)member);
            break;
        case LIST:
            for (size_t k = 0; k < list->count; k++) print_line(out, rows[i].flag, list->item[k]);
            break;
        case NUMBER:
            snprintf(number, sizeof number, "%lld", (long long)*(const int64_t *)member);
            print_line(out, rows[i].flag, number);
            break;
        case SWITCH: print_line(out, rows[i].flag, *(const bool *)member ? "true" : "false"); break;
        }
    }
}

void config_help(struct json_out *out)
{
    char line[256];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int n = snprintf(line, sizeof line, "  --%-16s %s\n", rows[i].flag, rows[i].prose);
        json_out_raw(out, (struct str){ line, (size_t)n });
    }
    json_out_raw(out,
                 STR("  --config           File with lines \"flag = value\"; a line that begins "
                     "with '#' is a comment\n"));
}
