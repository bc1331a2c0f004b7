#include "control/split.h"
#include "tests/unit/test.h"

/* What was found, written down: "line:text " or "line!problem ". */
static char found_text[4096];
static size_t found_bytes;
static size_t stop_after;

static bool note(void *context, struct str text, uint64_t line, const char *problem)
{
    (void)context;
    size_t room = sizeof found_text - found_bytes;
    int n = problem ? snprintf(found_text + found_bytes, room, "%llu!%s ", (unsigned long long)line,
                               problem)
                    : snprintf(found_text + found_bytes, room, "%llu:%.*s ",
                               (unsigned long long)line, STR_ARG(text));
    found_bytes += (size_t)n;
    for (size_t i = 0; i < 64 && !problem; i++)
        CHECK(text.p[text.n + i] == 0); /* the padding is readable */
    return !stop_after || --stop_after;
}

/* In pieces of `piece` bytes. */
static struct str split_all(const char *input, size_t piece, bool *whole)
{
    struct split *s = split_create(200, note, NULL);
    struct str rest = str_of(input);
    bool going = true;
    REQUIRE(s != NULL);
    found_bytes = 0;
    for (; rest.n && going; rest = str_sub(rest, piece, rest.n))
        going = split_feed(s, str_sub(rest, 0, piece));
    *whole = going && split_end(s);
    split_destroy(s);
    return (struct str){ found_text, found_bytes };
}

static void check(const char *input, const char *expected, bool whole)
{
    for (size_t piece = 1; piece < 20; piece += 3) {
        bool is_whole;
        CHECK_STR(split_all(input, piece, &is_whole), str_of(expected));
        CHECK(is_whole == whole);
    }
}

static void test_shapes(void)
{
    check("", "", true);
    check("{}", "1:{} ", true);
    check("{\"a\":1}\n{\"b\":[{}]}\n", "1:{\"a\":1} 2:{\"b\":[{}]} ", true);
    check("{\"a\":1} {\"b\":2}", "1:{\"a\":1} 1:{\"b\":2} ", true);
    check("[{\"a\":1},\n {\"b\":2}]", "1:{\"a\":1} 2:{\"b\":2} ", true);
    check(
        "{\"events\":[{\"a\":1},{\"b\":2}],\"pagination_key\":\"x]}\",\"n\":{\"m\":[1]}}\n{\"c\":3}",
        "1:{\"a\":1} 1:{\"b\":2} 2:{\"c\":3} ", true);
    check("{\"n\":1, \"events\" : [ ] }{\"c\":3}", "1:{\"c\":3} ", true);
    check("[{\"events\":[{\"a\":1}]},{\"events\":[{\"b\":2}]}]", "1:{\"a\":1} 1:{\"b\":2} ", true);
    check("\xef\xbb\xbf{\"a\":1}\r\n", "1:{\"a\":1} ", true);
}

static void test_what_only_looks_like_structure(void)
{
    check("{\"a\":\"}{\\\"][\\\\\"}{\"b\":2}", "1:{\"a\":\"}{\\\"][\\\\\"} 1:{\"b\":2} ", true);
    check("{\"v\":{\"events\":[1]}}", "1:{\"v\":{\"events\":[1]}} ", true); /* not at the top */
    check("{\"v\":\"events\",\"w\":[1]}", "1:{\"v\":\"events\",\"w\":[1]} ",
          true);                                                        /* a value, not a name */
    check("{\"events\":{\"a\":1}}", "1:{\"events\":{\"a\":1}} ", true); /* no list */
    check("{\n  \"a\": {\n    \"b\": 1\n  }\n}\n", "1:{\n  \"a\": {\n    \"b\": 1\n  }\n} ", true);
}

static void test_broken_lines_cost_only_themselves(void)
{
    check("{\"a\":1\n{\"b\":2}\n", "1!the line ends before the event does 2:{\"b\":2} ", true);
    check("{\"a\":\"x\n{\"b\":2}\n", "1!the line ends inside of a text 2:{\"b\":2} ", true);
    check("hello {\"a\":1}\n{\"b\":2}\n", "1!no event begins here 2:{\"b\":2} ", true);
    check("}\n{\"b\":2}", "1!no event begins here 2:{\"b\":2} ", true);
    check("{\"b\":2}\n{\"a\":", "1:{\"b\":2} 2!the input ends before the event does ", false);
    check("[{\"b\":2}", "1:{\"b\":2} ", false);
    check("{\"events\":[{\"b\":2}]", "1:{\"b\":2} ", false);
}

static void test_long_events(void)
{
    char input[1000];
    memset(input, 'x', sizeof input);
    memcpy(input, "{\"a\":\"", 6);
    memcpy(input + 400, "\"}{\"b\":2}", 10);
    check(input, "1!the event is too long 1:{\"b\":2} ", true);
}

static void test_the_finder_can_stop(void)
{
    bool whole;
    stop_after = 2;
    CHECK_STR(split_all("{\"a\":1}{\"b\":2}{\"c\":3}", 100, &whole),
              STR("1:{\"a\":1} 1:{\"b\":2} "));
    CHECK(!whole);
    stop_after = 0;
}

int main(void)
{
    RUN(test_shapes);
    RUN(test_what_only_looks_like_structure);
    RUN(test_broken_lines_cost_only_themselves);
    RUN(test_long_events);
    RUN(test_the_finder_can_stop);
    return test_end();
}
