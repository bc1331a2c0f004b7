/* The frame walker: fingerprints of recorded clients, and what counts as a flood. */
#include "net/http2_watch.h"

#include "base/limits.h"
#include "tests/unit/test.h"

static size_t from_hex(char *out, const char *hex)
{
    size_t n = strlen(hex) / 2;
    for (size_t i = 0; i < n; i++)
        out[i] = (char)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
    return n;
}

/* First bytes that clients sent on 2026-11-20, and what an independent reading of them gave. */
static const struct { const char *name, *hex, *print; } recorded[] = {
    { "curl 7.88.1",
      "505249202a20485454502f322e300d0a0d0a534d0d0a0d0a"
      "00001204000000000000030000006400040200000000020000000000000408000000000001ff0001"
      "00001e010500000001828487418aa0e41d139d09b8e8401f7a8825b650c3abbcf2e153032a2f2a"
      "000000040100000000",
      "3:100;4:33554432;2:0|33488897|0|" },
    { "node http2 (no settings, no window update)",
      "505249202a20485454502f322e300d0a0d0a534d0d0a0d0a"
      "00000004000000000000000f0105000000018482418aa0e41d139d09b8e840d787000000040100000000",
      "|00|0|" },
};

/* A client of our own making: GREASE settings, a repeated id, unknown frames between, priorities
 * of the old Firefox; what comes after HEADERS changes nothing. */
static const char odd_hex[] =
    "505249202a20485454502f322e300d0a0d0a534d0d0a0d0a"
    "000012040000000000" "000100010000" "0a0a00000007" "000100000000"
    "0000030b0000000000" "616263"
    "000004080000000000" "80bf0001"
    "000004080000000000" "00000005"
    "000005020000000003" "00000000c8"
    "000005020000000009" "8000000700"
    "000001010500000001" "82"
    "000006040000000000" "000400000009"
    "000005020000000005" "00000000c8";
static const char odd_print[] = "1:65536;2570:7;1:0|12517377|3:0:0:201,9:1:7:1|";

static void check_print(const char *hex, const char *want, size_t piece)
{
    char bytes[1024], text[HTTP2_PRINT_BYTES_MAX];
    size_t n = from_hex(bytes, hex);
    struct http2_watch watch = { 0 };
    for (size_t at = 0; at < n; at += piece)
        CHECK(http2_watch_feed(&watch, str_sub((struct str){ bytes, n }, at, at + piece), 1000));
    size_t written = http2_print_write(text, &watch.print);
    CHECK_STR(((struct str){ text, written }), str_of(want));
}

static void test_prints(void)
{
    for (size_t piece = 1; piece < 70; piece += 3) {
        for (size_t i = 0; i < COUNT_OF(recorded); i++)
            check_print(recorded[i].hex, recorded[i].print, piece);
        check_print(odd_hex, odd_print, piece);
    }
}

static void test_print_without_settings_is_empty(void)
{
    struct http2_print print = { 0 };
    char text[HTTP2_PRINT_BYTES_MAX];
    http2_print_window_update(&print, (struct str){ "\0\0\0\5", 4 });
    CHECK_INT(http2_print_write(text, &print), 0);
}

static void test_longest_print_fits(void)
{
    struct http2_print print = { 0 };
    char text[HTTP2_PRINT_BYTES_MAX], payload[6 * 40];
    memset(payload, 0xff, sizeof payload);
    http2_print_settings(&print, (struct str){ payload, sizeof payload });
    http2_print_window_update(&print, (struct str){ payload, 4 });
    for (int i = 0; i < 20; i++)
        http2_print_priority(&print, 0x7fffffff, (struct str){ payload, 5 });
    CHECK_INT(print.settings_count, HTTP2_PRINT_SETTINGS_MAX);
    CHECK_INT(print.priorities_count, HTTP2_PRINT_PRIORITIES_MAX);
    size_t n = http2_print_write(text, &print);
    CHECK(n + 8 < sizeof text);
    CHECK(str_ends((struct str){ text, n }, STR("2147483647:1:2147483647:256|")));
}

/* ---- floods ---- */

static void begin(struct http2_watch *watch)
{
    *watch = (struct http2_watch){ 0 };
    CHECK(http2_watch_feed(watch, STR(HTTP2_PREFACE), 1000));
}

/* How many of these frames pass before the watch says stop; at most 100,000. */
static int passed(struct http2_watch *watch, unsigned char type, unsigned char flags, size_t n,
                  int64_t now_ms)
{
    char frame[HTTP2_FRAME_HEAD_BYTES + 256] = { 0 };
    frame[2] = (char)n;
    frame[3] = (char)type;
    frame[4] = (char)flags;
    frame[8] = 1;
    int count = 0;
    while (count < 100000 && http2_watch_feed(watch, (struct str){ frame, 9 + n }, now_ms)) count++;
    return count;
}

static void test_floods_end(void)
{
    static const struct { unsigned char type, flags; size_t n; int most; } floods[] = {
        { 3, 0, 4, HTTP2_RESETS_BURST },    /* RST_STREAM */
        { 4, 0, 0, HTTP2_CONTROL_BURST },   /* SETTINGS */
        { 4, 1, 0, HTTP2_CONTROL_BURST },   /* their acknowledgement */
        { 6, 0, 8, HTTP2_CONTROL_BURST },   /* PING */
        { 2, 0, 5, HTTP2_CONTROL_BURST },   /* PRIORITY */
        { 8, 0, 4, HTTP2_CONTROL_BURST },   /* WINDOW_UPDATE */
        { 9, 0, 9, HTTP2_CONTROL_BURST },   /* CONTINUATION */
        { 0, 0, 0, HTTP2_CONTROL_BURST },   /* DATA, empty */
        { 0, 0, 15, HTTP2_CONTROL_BURST },  /* DATA, dribbling */
        { 77, 0, 3, HTTP2_CONTROL_BURST },  /* unknown */
    };
    for (size_t i = 0; i < COUNT_OF(floods); i++) {
        struct http2_watch watch;
        begin(&watch);
        CHECK_INT(passed(&watch, floods[i].type, floods[i].flags, floods[i].n, 5000),
                  floods[i].most);
        CHECK(!http2_watch_feed(&watch, STR("more"), 900000)); /* it stays closed */
    }
}

static void test_content_is_no_flood(void)
{
    struct http2_watch watch;
    begin(&watch);
    CHECK_INT(passed(&watch, 0, 0, 200, 5000), 100000); /* DATA with content */
    CHECK_INT(passed(&watch, 0, 1, 0, 5000), 100000);   /* DATA that ends its stream */
}

/* HEADERS cost nothing while they open streams: those are counted elsewhere. */
static void test_headers_open_streams_or_cost(void)
{
    struct http2_watch watch;
    char head[] = "\0\0\0\1\5\0\0\0\0";
    begin(&watch);
    for (unsigned stream = 1; stream < 10000; stream += 2) {
        head[7] = (char)(stream >> 8), head[8] = (char)stream;
        CHECK(http2_watch_feed(&watch, (struct str){ head, 9 }, 5000));
    }
    CHECK_INT(passed(&watch, 1, 5, 20, 5000), HTTP2_CONTROL_BURST);
}

static void test_priority_on_stream_0_is_wrong(void)
{
    struct http2_watch watch;
    begin(&watch);
    CHECK(!http2_watch_feed(&watch, (struct str){ "\0\0\5\2\0\0\0\0\0", 9 }, 5000));
    CHECK_INT(watch.verdict, HTTP2_WRONG);
}

static void test_time_gives_back(void)
{
    struct bucket bucket = { 0 };
    for (int i = 0; i < 5; i++) CHECK(bucket_take(&bucket, 5, 2, 1000));
    CHECK(!bucket_take(&bucket, 5, 2, 1000));
    CHECK(!bucket_take(&bucket, 5, 2, 1400));
    CHECK(bucket_take(&bucket, 5, 2, 1500)); /* half a second: one token */
    CHECK(!bucket_take(&bucket, 5, 2, 1500));
    for (int i = 0; i < 5; i++) CHECK(bucket_take(&bucket, 5, 2, 1000000)); /* never above burst */
    CHECK(!bucket_take(&bucket, 5, 2, 1000000));
}

static void test_served_requests_pay(void)
{
    struct http2_watch watch;
    begin(&watch);
    for (int i = 0; i < 20000; i++) { /* each request is followed by a reset and a ping */
        CHECK(http2_watch_mistake(&watch, 5000));
        CHECK(http2_watch_feed(&watch, (struct str){ "\0\0\x8\6\0\0\0\0\0" "12345678", 17 }, 5000));
        http2_watch_served(&watch);
    }
    for (int i = 0; i < HTTP2_RESETS_BURST; i++) CHECK(http2_watch_mistake(&watch, 5000));
    CHECK(!http2_watch_mistake(&watch, 5000));
    CHECK_INT(watch.verdict, HTTP2_CALM);
}

static void test_sent_data_pays_for_window_updates(void)
{
    struct http2_watch watch;
    begin(&watch);
    CHECK_INT(passed(&watch, 8, 0, 4, 5000), HTTP2_CONTROL_BURST);
    begin(&watch);
    for (int i = 0; i < 20000; i++) {
        CHECK(http2_watch_feed(&watch, (struct str){ "\0\0\4\x8\0\0\0\0\0" "\0\0\1\0", 13 }, 5000));
        http2_watch_sent(&watch, 16384);
    }
    begin(&watch); /* tiny frames, which a tiny window asks for, do not pay */
    int count = 0;
    while (count < 100000 &&
           http2_watch_feed(&watch, (struct str){ "\0\0\4\x8\0\0\0\0\0" "\0\0\0\1", 13 }, 5000)) {
        http2_watch_sent(&watch, 1);
        count++;
    }
    CHECK_INT(count, HTTP2_CONTROL_BURST);
}

int main(void)
{
    RUN(test_prints);
    RUN(test_print_without_settings_is_empty);
    RUN(test_longest_print_fits);
    RUN(test_floods_end);
    RUN(test_content_is_no_flood);
    RUN(test_headers_open_streams_or_cost);
    RUN(test_priority_on_stream_0_is_wrong);
    RUN(test_time_gives_back);
    RUN(test_served_requests_pay);
    RUN(test_sent_data_pays_for_window_updates);
    return test_end();
}
