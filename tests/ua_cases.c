/* ua_cases - prints what whorl's table says about user agents, one string per line of standard
 * input, as lines "browser, major, version, os, os version, device" with tabs in between. In a
 * name, bytes below 0x20 become spaces. tests/ua_cases.mjs judges the answers. */
#include "identify/enrich/ua.h"

#include <stdio.h>

static void print(struct str s, char end)
{
    for (size_t i = 0; i < s.n; i++) putchar((unsigned char)s.p[i] < 0x20 ? ' ' : s.p[i]);
    putchar(end);
}

int main(void)
{
    static char line[64 * 1024];
    struct ua_table *table = NULL;
    if (ua_table_create(&table)) return 1;
    struct arena arena;
    arena_init(&arena, 1024 * 1024);
    while (fgets(line, sizeof line, stdin)) {
        struct str text = { line, strcspn(line, "\n") };
        struct ua_facts f;
        ua_parse(table, text, &arena, &f);
        print(f.browser, '\t');
        print(f.major, '\t');
        print(f.version, '\t');
        print(f.os, '\t');
        print(f.os_version, '\t');
        print(f.device, '\n');
        arena_reset(&arena);
    }
    arena_free(&arena);
    ua_table_destroy(table);
    return 0;
}
