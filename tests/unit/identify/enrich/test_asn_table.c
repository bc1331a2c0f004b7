/* The CSV of autonomous systems: compiled, kept, found, and refused line by line. */
#include "identify/enrich/asn_table.h"
#include "tests/unit/test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char problem[IPFILE_PROBLEM_BYTES];

static bool find(const struct asn_table *t, const char *ip, struct asn_facts *out)
{
    struct address a;
    REQUIRE(address_parse(&a, str_of(ip)));
    return asn_table_find(t, &a, out);
}

static const char *network(const struct asn_facts *facts)
{
    static char text[64];
    size_t n = address_print(text, &facts->network.base);
    bool v4 = address_is_ipv4(&facts->network.base);
    sprintf(text + n, "/%d", v4 ? facts->network.bits - 96 : facts->network.bits);
    return text;
}

static void check_found(const struct asn_table *t)
{
    struct asn_facts f;
    REQUIRE(find(t, "1.0.0.0", &f));
    CHECK_INT(f.number, 13335);
    CHECK_STR(f.name, STR("Cloudflare, Inc."));
    CHECK(f.kind == ASN_HOSTING);
    CHECK_STR(str_of(network(&f)), STR("1.0.0.0/24"));
    CHECK(find(t, "1.0.0.255", &f) && !find(t, "1.0.1.0", &f) && !find(t, "0.255.255.255", &f));
    REQUIRE(find(t, "73.200.1.1", &f));
    CHECK_STR(f.name, STR("Comcast \"Cable\" Communications, LLC"));
    CHECK_STR(str_of(network(&f)), STR("73.0.0.0/8"));
    REQUIRE(find(t, "127.0.0.1", &f));
    CHECK_STR(str_of(network(&f)), STR("127.0.0.0/30")); /* .0 to .6: the largest block inside */
    REQUIRE(find(t, "127.0.0.6", &f));
    CHECK_STR(str_of(network(&f)), STR("127.0.0.6/32"));
    CHECK(!find(t, "127.0.0.7", &f) && !find(t, "255.255.255.255", &f));
    REQUIRE(find(t, "2a01:4f8::1", &f));
    CHECK_INT(f.number, 24940);
    CHECK_STR(str_of(network(&f)), STR("2a01:4f8::/29"));
    CHECK(!find(t, "2a01:500::", &f) && !find(t, "::", &f) && !find(t, "ffff::", &f));
}

static void test_compiled(void)
{
    struct asn_table *t;
    REQUIRE(asn_table_open(&t, "tests/data/geo/asn.csv", NULL, problem) == ERR_OK);
    CHECK(asn_table_has_v4(t) && asn_table_has_v6(t));
    check_found(t);
    asn_table_close(t);
}

static enum err compile(const char *csv, struct asn_table **t)
{
    return asn_table_compile(t, str_of(csv), "f.csv", problem);
}

static void test_whole_space(void)
{
    struct asn_table *t;
    struct asn_facts f;
    REQUIRE(compile("0.0.0.0,255.255.255.255,1,a\n"
                    "2000::,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,2,b\n", &t) == ERR_OK);
    CHECK(find(t, "255.255.255.255", &f) && find(t, "0.0.0.0", &f));
    CHECK_STR(str_of(network(&f)), STR("0.0.0.0/0"));
    REQUIRE(find(t, "8000::1", &f));
    CHECK_STR(str_of(network(&f)), STR("8000::/1"));
    REQUIRE(find(t, "2000::", &f));
    CHECK_STR(str_of(network(&f)), STR("2000::/3"));
    asn_table_close(t);
}

/* Any order; the first name of a system counts; Windows' line ends; empty lines. */
static void test_lines(void)
{
    struct asn_table *t;
    struct asn_facts f;
    REQUIRE(compile("9.0.0.0,9.0.0.9,7,Second\r\n\n2001:db8::,2001:db8::1,9,\n8.0.0.0,8.0.0.0,7,First\n",
                    &t) == ERR_OK);
    REQUIRE(find(t, "8.0.0.0", &f));
    CHECK_STR(f.name, STR("Second"));
    CHECK_INT(f.number, 7);
    REQUIRE(find(t, "2001:db8::1", &f));
    CHECK_STR(f.name, STR(""));
    asn_table_close(t);
}

/* Where ranges overlap, the one that starts later counts. */
static void test_overlaps(void)
{
    static const struct { const char *ip; uint32_t number; const char *network; } cases[] = {
        { "1.0.0.0", 5, "1.0.0.0/29" }, { "1.0.0.8", 5, "1.0.0.8/32" }, { "1.0.0.9", 6, "1.0.0.9/32" },
        { "1.0.0.10", 6, "1.0.0.10/32" }, { "1.0.0.11", 0, "" },
        { "2.0.0.0", 8, "2.0.0.0/32" },     /* the same start: the smaller one */
        { "2.0.0.1", 0, "" },               /* and what is behind it is not known */
        { "3.0.0.0", 10, "3.0.0.0/32" },    /* the same range twice: the last line */
        { "2001:db8::", 11, "2001:db8::/33" }, { "2001:db8:8000::", 12, "2001:db8:8000::/128" },
    };
    struct asn_table *t;
    REQUIRE(compile("1.0.0.9,1.0.0.10,6,b\n1.0.0.0,1.0.0.9,5,a\n2.0.0.0,2.0.0.0,8,d\n"
                    "2.0.0.0,2.0.0.9,7,c\n3.0.0.0,3.0.0.0,9,e\n3.0.0.0,3.0.0.0,10,f\n"
                    "2001:db8::,2001:db8:ffff::,11,g\n2001:db8:8000::,2001:db8:8000::,12,h\n",
                    &t) == ERR_OK);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct asn_facts f = { .number = 0 };
        CHECK(find(t, cases[i].ip, &f) == (cases[i].number != 0));
        CHECK_INT(f.number, cases[i].number);
        if (f.number) CHECK_STR(str_of(network(&f)), str_of(cases[i].network));
    }
    asn_table_close(t);
}

static void test_refused(void)
{
    static const struct { const char *csv, *words; } cases[] = {
        { "", "f.csv:1: the file is empty" },
        { "hello\n", "f.csv:1: wants:" },
        { "1.0.0.0,1.0.0.1,5,a\n1.0.0.2,1.0.0.3,6,b", "f.csv:2: the file is cut off" },
        { "1.0.0.0,1.0.0.1,5,a\n1.0.0.2,1.0.0.3\n", "f.csv:2: wants:" },
        { "16777216,16777471,13335,a\n", "-num" },
        { "x,1.0.0.1,5,a\n", "the first address" }, { "1.0.0.0,y,5,a\n", "the last address" },
        { "1.0.0.0,2001:db8::,5,a\n", "one address is IPv4" },
        { "1.0.0.1,1.0.0.0,5,a\n", "before the first" },
        { "1.0.0.0,1.0.0.1,AS5,a\n", "the number" },
        { "1.0.0.0,1.0.0.1,4294967296,a\n", "the number" },
        { "1.0.0.0,1.0.0.1,5,\"a\n", "the quote" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct asn_table *t;
        CHECK(compile(cases[i].csv, &t) == ERR_CORRUPT);
        if (!strstr(problem, cases[i].words)) printf("# %s\n", problem);
        CHECK(strstr(problem, cases[i].words));
    }
}

static char dir[] = "/tmp/test-asn-XXXXXX", csv[64], cache[128];

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    REQUIRE(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static uint32_t number_of(const char *ip)
{
    struct asn_table *t;
    struct asn_facts f = { .number = 0 };
    REQUIRE(asn_table_open(&t, csv, dir, problem) == ERR_OK);
    find(t, ip, &f);
    asn_table_close(t);
    return f.number;
}

static ino_t inode(void)
{
    struct stat info;
    return stat(cache, &info) == 0 ? info.st_ino : 0;
}

/* Compiled once; again when the CSV is newer, or when the compiled file is damaged. */
static void test_kept(void)
{
    REQUIRE(mkdtemp(dir));
    snprintf(csv, sizeof csv, "%s/a.csv", dir);
    snprintf(cache, sizeof cache, "%s/asn-%016llx", dir,
             (unsigned long long)str_hash(str_of(csv), 0));
    write_text(csv, "1.0.0.0,1.0.0.255,13335,\"Cloudflare, Inc.\"\n");
    CHECK_INT(number_of("1.0.0.1"), 13335);
    ino_t first = inode();
    CHECK(first != 0);
    CHECK_INT(number_of("1.0.0.1"), 13335);
    CHECK(inode() == first);
    write_text(csv, "1.0.0.0,1.0.0.255,99,\"Somebody  Else \"\n"); /* as long as before */
    CHECK_INT(number_of("1.0.0.1"), 99);

    static const struct { long at; char byte; } damage[] = { { 0, 'X' }, { 8, 1 }, { 100, 9 } };
    for (size_t i = 0; i < COUNT_OF(damage); i++) {
        int fd = open(cache, O_WRONLY);
        REQUIRE(pwrite(fd, &damage[i].byte, 1, damage[i].at) == 1 && close(fd) == 0);
        CHECK_INT(number_of("1.0.0.1"), 99);
    }
    REQUIRE(truncate(cache, 70) == 0);
    CHECK_INT(number_of("1.0.0.1"), 99);
    REQUIRE(truncate(cache, 0) == 0);
    CHECK_INT(number_of("1.0.0.1"), 99);
    unlink(cache), unlink(csv), rmdir(dir);
}

int main(void)
{
    RUN(test_compiled);
    RUN(test_whole_space);
    RUN(test_lines);
    RUN(test_overlaps);
    RUN(test_refused);
    RUN(test_kept);
    return test_end();
}
