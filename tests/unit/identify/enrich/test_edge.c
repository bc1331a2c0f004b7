#include "identify/enrich/edge.h"

#include "tests/unit/test.h"

#define JA3 "0123456789abcdef0123456789abcdef"
#define JA4 "t13d1517h2_8daaf6152771_cb7bf5808d99"
#define H2 "1:65536;2:0;4:6291456;6:262144|15663105|0|m,a,s,p"

static struct edge_facts read(struct header *headers, size_t count)
{
    struct request req = { .headers = headers, .headers_count = count };
    struct edge_facts out;
    edge_read(&out, &req);
    return out;
}

static void test_names(void)
{
    static const char *const ja3[] = { "x-ja3-fingerprint", "Cf-Ja3-Hash", "CloudFront-Viewer-JA3-Fingerprint" };
    static const char *const ja4[] = { "X-JA4-Fingerprint", "cf-ja4", "cloudfront-viewer-ja4-fingerprint" };
    for (size_t i = 0; i < 3; i++) {
        struct header headers[] = { { str_of(ja3[i]), STR(JA3) }, { str_of(ja4[i]), STR(JA4) },
                                    { STR("X-HTTP2-Fingerprint"), STR(H2) } };
        struct edge_facts f = read(headers, 3);
        CHECK_STR(f.ja3, STR(JA3));
        CHECK_STR(f.ja4, STR(JA4));
        CHECK_STR(f.http2, STR(H2));
    }
    struct edge_facts none = read(NULL, 0);
    CHECK(!none.ja3.p && !none.ja4.p && !none.http2.p);
}

static void test_other_forms(void)
{
    static const char *const bad_ja3[] = { "", "0123", JA3 "0", "0123456789ABCDEF0123456789abcdef",
                                           "0123456789abcdef0123456789abcdeg" };
    static const char *const bad_ja4[] = { "", "t13d1517h2_8daaf6152771_cb7bf5808d9", JA4 "9",
                                           "x13d1517h2_8daaf6152771_cb7bf5808d99",
                                           "t13x1517h2_8daaf6152771_cb7bf5808d99",
                                           "t13d15a7h2_8daaf6152771_cb7bf5808d99",
                                           "t13d1517h2-8daaf6152771_cb7bf5808d99",
                                           "t13d1517h2_8daaf615277G_cb7bf5808d99",
                                           "t13d1517 2_8daaf6152771_cb7bf5808d99" };
    for (size_t i = 0; i < COUNT_OF(bad_ja3); i++) {
        struct header h = { STR("X-JA3-Fingerprint"), str_of(bad_ja3[i]) };
        CHECK(!read(&h, 1).ja3.p);
    }
    for (size_t i = 0; i < COUNT_OF(bad_ja4); i++) {
        struct header h = { STR("X-JA4-Fingerprint"), str_of(bad_ja4[i]) };
        CHECK(!read(&h, 1).ja4.p);
    }
    struct header script = { STR("X-HTTP2-Fingerprint"), STR("<script>") };
    CHECK(!read(&script, 1).http2.p);
}

/* The proxy's line and the client's own beside it: nobody can say which is which. */
static void test_two_values(void)
{
    struct header same[] = { { STR("X-JA3-Fingerprint"), STR(JA3) }, { STR("Cf-Ja3-Hash"), STR(JA3) } };
    struct header other[] = { { STR("X-JA3-Fingerprint"), STR(JA3) },
                              { STR("Cf-Ja3-Hash"), STR("00000000000000000000000000000000") } };
    CHECK_STR(read(same, 2).ja3, STR(JA3));
    CHECK(!read(other, 2).ja3.p);
}

int main(void)
{
    RUN(test_names);
    RUN(test_other_forms);
    RUN(test_two_values);
    return test_end();
}
