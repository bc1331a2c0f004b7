#include "control/config.h"
#include "tests/unit/test.h"

#include <unistd.h>

static struct arena arena;
static struct config config;
static char dir[] = "/tmp/whorl-config-XXXXXX";

static void clear_variables(void)
{
    static const char *const names[] = { "WHORL_DATA",      "WHORL_LISTEN",
                                         "WHORL_WORKERS",   "WHORL_DEMO",
                                         "WHORL_TLS_CERT",  "WHORL_TRUSTED_PROXY",
                                         "WHORL_LOG_LEVEL", "WHORL_TEST_CLOCK" };
    for (size_t i = 0; i < COUNT_OF(names); i++) unsetenv(names[i]);
}

#define READ(...)                                                                                  \
    config_read(&config, (int)COUNT_OF(((const char *[]){ __VA_ARGS__ })),                         \
                (char *const *)(const char *[]){ __VA_ARGS__ }, &arena)

static const char *file_with(const char *text, size_t n)
{
    char *path = arena_alloc(&arena, 200);
    snprintf(path, 200, "%s/settings", dir);
    FILE *file = fopen(path, "w");
    REQUIRE(file && fwrite(text, 1, n, file) == n && fclose(file) == 0);
    return path;
}

#define FILE_WITH(literal) file_with(literal, sizeof(literal) - 1)

static struct str text(const char *s)
{
    return str_of(s);
}

static void check_problem(const char *part)
{
    if (!str_has(str_of(config.problem), str_of(part))) printf("# problem: %s\n", config.problem);
    CHECK(str_has(str_of(config.problem), str_of(part)));
}

static void test_defaults(void)
{
    CHECK_INT(config_read(&config, 0, NULL, &arena), ERR_OK);
    CHECK_STR(text(config.data), STR("whorl-data"));
    CHECK_STR(text(config.log_level), STR("info"));
    CHECK(config.listen.count == 1 && !config.demo && !config.test_clock && config.workers == 0);
    CHECK_STR(text(config.listen.item[0]), STR("127.0.0.1:8080"));
    CHECK(!config.tls_cert && config.tls_listen.count == 0 && config.problem[0] == 0);
}

static void test_flags(void)
{
    CHECK_INT(READ("--data", "d1", "--data=d2", "--listen", "127.0.0.1:1", "--listen=[::1]:2",
                   "--demo", "--workers=3", "--trusted-proxy", "10.0.0.0/8", "--test-clock=false"),
              ERR_OK);
    CHECK_STR(text(config.data), STR("d2")); /* the last one counts */
    CHECK(config.listen.count == 2 && config.demo && config.workers == 3 && !config.test_clock);
    CHECK_STR(text(config.listen.item[1]), STR("[::1]:2"));
    CHECK_INT(READ("--data", "--demo"), ERR_OK); /* a value may look like a flag */
    CHECK_STR(text(config.data), STR("--demo"));
    CHECK_INT(READ("--data=a=b"), ERR_OK);
    CHECK_STR(text(config.data), STR("a=b"));
}

static void test_wrong_flags(void)
{
    CHECK_INT(READ("--nonsense"), ERR_USAGE);
    check_problem("there is no flag --nonsense");
    CHECK_INT(READ("data", "x"), ERR_USAGE);
    CHECK_INT(READ("-data", "x"), ERR_USAGE);
    CHECK_INT(READ("--"), ERR_USAGE);
    CHECK_INT(READ("--data"), ERR_USAGE);
    check_problem("--data needs a value");
    CHECK_INT(READ("--config"), ERR_USAGE);
    CHECK_INT(READ("--workers", "two"), ERR_USAGE);
    check_problem("\"two\" is no value for workers");
    CHECK_INT(READ("--workers", "99999999999999999999"), ERR_USAGE);
    CHECK_INT(READ("--demo=maybe"), ERR_USAGE);
    CHECK_INT(READ("--tls-listen", "127.0.0.1:1"), ERR_USAGE);
    check_problem("--tls-cert");
    CHECK_INT(READ("--tls-listen", "127.0.0.1:1", "--tls-cert", "c"), ERR_USAGE);
    CHECK_INT(READ("--tls-listen", "127.0.0.1:1", "--tls-cert", "c", "--tls-key", "k"), ERR_OK);
    CHECK_INT(config.listen.count, 0); /* only HTTPS was asked for */
}

/* Regression: they were taken, and led to the root directory or a switch that nobody meant. */
static void test_empty_values(void)
{
    CHECK_INT(READ("--data="), ERR_USAGE);
    CHECK_INT(READ("--listen", ""), ERR_USAGE);
    CHECK_INT(READ("--config", FILE_WITH("data =\n")), ERR_USAGE);
    CHECK_INT(READ("--config", FILE_WITH("listen\n")), ERR_USAGE);
    setenv("WHORL_DATA", "", 1), setenv("WHORL_DEMO", "", 1), setenv("WHORL_LISTEN", " ", 1);
    setenv("WHORL_WORKERS", "", 1);
    CHECK_INT(config_read(&config, 0, NULL, &arena),
              ERR_OK); /* an empty variable is an unset one */
    CHECK_STR(text(config.data), STR("whorl-data"));
    CHECK(!config.demo && config.listen.count == 1);
    clear_variables();
}

static void test_file(void)
{
    const char *path = FILE_WITH(
        "# a comment\n\n  data = from file  \r\nlisten=127.0.0.1:1\nlisten =\t127.0.0.1:2\n"
        "demo\nworkers = 2\n   # another\nlog-level = debug");
    CHECK_INT(READ("--config", path), ERR_OK);
    CHECK_STR(text(config.data), STR("from file"));
    CHECK(config.listen.count == 2 && config.demo && config.workers == 2);
    CHECK_STR(text(config.listen.item[1]), STR("127.0.0.1:2"));
    CHECK_STR(text(config.log_level), STR("debug")); /* the last line has no end */
}

static void test_wrong_files(void)
{
    static char longest[5000];
    CHECK_INT(READ("--config", "/nonexistent/settings"), ERR_USAGE);
    check_problem("cannot read /nonexistent/settings: No such file");
    CHECK_INT(READ("--config", FILE_WITH("demo\nnonsense = 1\n")), ERR_USAGE);
    check_problem("settings:2: there is no setting \"nonsense\"");
    CHECK_INT(READ("--config", FILE_WITH("workers = many\n")), ERR_USAGE);
    check_problem("\"many\" is no value for workers");
    CHECK_INT(READ("--config", FILE_WITH("= 1\n")), ERR_USAGE);
    CHECK_INT(READ("--config", dir), ERR_USAGE);
    /* Regression: the rest of a line that was too long was read as a line of its own. */
    memset(longest, ' ', sizeof longest);
    memcpy(longest, "data = x", 8), memcpy(longest + 4095, "demo", 4);
    CHECK_INT(READ("--config", file_with(longest, sizeof longest)), ERR_USAGE);
    check_problem("settings:1: the line is longer than");
}

static void test_flag_beats_variable_beats_file(void)
{
    const char *path =
        FILE_WITH("data = file\nlisten = 127.0.0.1:1\nworkers = 1\nlog-level = warn\ndemo = true\n"
                  "trusted-proxy = 10.0.0.1\n");
    setenv("WHORL_DATA", "variable", 1);
    setenv("WHORL_LISTEN", "127.0.0.1:2  127.0.0.1:3 ", 1);
    setenv("WHORL_WORKERS", "2", 1);
    setenv("WHORL_DEMO", "0", 1);
    CHECK_INT(READ("--data", "flag", "--config", path, "--listen", "127.0.0.1:4"), ERR_OK);
    CHECK_STR(text(config.data), STR("flag"));
    CHECK_INT(config.listen.count, 1); /* a list is replaced, not added to */
    CHECK_STR(text(config.listen.item[0]), STR("127.0.0.1:4"));
    CHECK(config.workers == 2 && !config.demo);
    CHECK_STR(text(config.log_level), STR("warn"));
    CHECK(config.trusted_proxy.count == 1);
    CHECK_INT(READ("--config", path), ERR_OK);
    CHECK_INT(config.listen.count, 2);
    CHECK_STR(text(config.listen.item[1]), STR("127.0.0.1:3"));
    CHECK_STR(text(config.data), STR("variable"));
    clear_variables();
}

static void test_wrong_variables(void)
{
    setenv("WHORL_WORKERS", "x", 1);
    CHECK_INT(config_read(&config, 0, NULL, &arena), ERR_USAGE);
    check_problem("\"x\" is no value for workers");
    clear_variables();
    setenv("WHORL_TEST_CLOCK", "1", 1);
    CHECK_INT(config_read(&config, 0, NULL, &arena), ERR_OK);
    CHECK(config.test_clock);
    clear_variables();
}

static void test_lists_are_limited(void)
{
    const char *arguments[2 * (CONFIG_LIST_MAX + 1)];
    for (size_t i = 0; i < COUNT_OF(arguments); i += 2)
        arguments[i] = "--listen", arguments[i + 1] = "127.0.0.1:1";
    CHECK_INT(config_read(&config, 2 * CONFIG_LIST_MAX, (char *const *)arguments, &arena), ERR_OK);
    CHECK_INT(config.listen.count, CONFIG_LIST_MAX);
    CHECK_INT(config_read(&config, 2 * CONFIG_LIST_MAX + 2, (char *const *)arguments, &arena),
              ERR_USAGE);
}

/* What config_print says reads back as the same settings. */
static void test_print_reads_back(void)
{
    struct json_out first, second;
    CHECK_INT(READ("--data", "d", "--listen", "127.0.0.1:1", "--listen", "127.0.0.1:2", "--demo",
                   "--workers", "7", "--trusted-proxy", "10.0.0.0/8", "--log-level", "warn"),
              ERR_OK);
    json_out_init(&first, &arena), json_out_init(&second, &arena);
    config_print(&config, &first);
    struct str printed = json_out_text(&first);
    CHECK(str_has(printed, STR("listen = 127.0.0.1:2\n")) &&
          str_has(printed, STR("demo = true\n")));
    CHECK_INT(READ("--config", file_with(printed.p, printed.n)), ERR_OK);
    config_print(&config, &second);
    CHECK_STR(json_out_text(&second), printed);
}

static void test_help_names_every_flag(void)
{
    struct json_out out;
    json_out_init(&out, &arena);
    config_help(&out);
    struct str help = json_out_text(&out);
#define C(member, kind, flag, prose)                                                               \
    CHECK(str_has(help, STR("--" flag " ")) && str_has(help, STR(prose)));
#include "control/config.def"
#undef C
    CHECK(str_has(help, STR("--config ")));
}

int main(void)
{
    arena_init(&arena, 16 << 20);
    REQUIRE(mkdtemp(dir));
    clear_variables();
    RUN(test_defaults);
    RUN(test_flags);
    RUN(test_wrong_flags);
    RUN(test_empty_values);
    RUN(test_file);
    RUN(test_wrong_files);
    RUN(test_flag_beats_variable_beats_file);
    RUN(test_wrong_variables);
    RUN(test_lists_are_limited);
    RUN(test_print_reads_back);
    RUN(test_help_names_every_flag);
    char path[200];
    snprintf(path, sizeof path, "%s/settings", dir);
    unlink(path), rmdir(dir);
    arena_free(&arena);
    return test_end();
}
