#include "base/log.h"
#include "tests/unit/test.h"

#include <unistd.h>

/* What log_line wrote to standard error while `write_lines` ran. */
static struct str captured(void (*write_lines)(void))
{
    static char text[16384];
    int ends[2], saved = dup(STDERR_FILENO);
    fflush(stderr);
    if (saved < 0 || pipe(ends) != 0) abort();
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    write_lines();
    dup2(saved, STDERR_FILENO);
    close(saved);
    size_t n = 0;
    for (ssize_t got; (got = read(ends[0], text + n, sizeof text - n)) > 0;) n += (size_t)got;
    close(ends[0]);
    return (struct str){ text, n };
}

static void one_line(void)
{
    log_info("listen", "address=%s", "127.0.0.1:80");
}

static void test_form(void)
{
    struct str line = captured(one_line);
    CHECK(line.n > 25 && line.p[10] == 'T' && line.p[23] == 'Z');
    CHECK_STR(str_sub(line, 25, line.n), STR("info  listen   address=127.0.0.1:80\n"));
}

static void all_levels(void)
{
    log_error("t", "e"), log_warn("t", "w"), log_info("t", "i"), log_debug("t", "d");
}

static size_t lines_of(struct str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.n; i++) count += text.p[i] == '\n';
    return count;
}

static void test_levels(void)
{
    CHECK_INT(lines_of(captured(all_levels)), 3); /* LOG_INFO at the start */
    log_set_level(LOG_DEBUG);
    CHECK_INT(lines_of(captured(all_levels)), 4);
    log_set_level(LOG_ERROR);
    CHECK_INT(lines_of(captured(all_levels)), 1);
    log_set_level(LOG_INFO);
}

static void hostile(void)
{
    log_info("t", "a\nb\r\x1b[31mc%s", "\n2026-01-01T00:00:00.000Z error forged");
}

static void test_one_line_stays_one_line(void)
{
    struct str text = captured(hostile);
    CHECK_INT(lines_of(text), 1);
    for (size_t i = 0; i + 1 < text.n; i++) CHECK((unsigned char)text.p[i] >= 0x20);
}

static void long_line(void)
{
    static char big[5000];
    memset(big, 'x', sizeof big - 1);
    log_info("t", "%s", big);
}

static void test_long_lines_are_cut(void)
{
    struct str text = captured(long_line);
    CHECK(text.n > 900 && text.n <= 1024 && lines_of(text) == 1 && text.p[text.n - 1] == '\n');
}

int main(void)
{
    RUN(test_form);
    RUN(test_levels);
    RUN(test_one_line_stays_one_line);
    RUN(test_long_lines_are_cut);
    return test_end();
}
