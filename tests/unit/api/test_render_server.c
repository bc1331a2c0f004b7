/* What FingerprintIQ's event says under "signals.server". */
#include "api/render.h"

#include "tests/unit/test.h"

static struct arena arena;

#define PUT(ev, member, ...) (event_set((ev), EVENT_##member), (ev)->member = (__VA_ARGS__))

static struct str shown(const struct event *ev)
{
    struct json_out out;
    json_out_init(&out, &arena);
    json_out_open(&out, '{');
    render_server(&out, ev);
    json_out_close(&out, '}');
    return json_out_text(&out);
}

static void test_nothing_known(void)
{
    struct event ev = { .present = 0 };
    CHECK_STR(shown(&ev), STR("{\"server\":{}}"));
}

static void test_tls(void)
{
    struct event ev = { .present = 0 };
    PUT(&ev, tls_version, STR("TLSv1.3"));
    PUT(&ev, tls_cipher, STR("TLS_CHACHA20_POLY1305_SHA256"));
    PUT(&ev, tls_resumed, true);
    CHECK_STR(shown(&ev), STR("{\"server\":{\"tls\":{\"cipher\":\"AEAD-CHACHA20-POLY1305-SHA256\","
                              "\"version\":\"TLSv1.3\",\"resumed\":true}}}"));
    PUT(&ev, tls_cipher, STR("ECDHE-RSA-AES128-GCM-SHA256"));
    PUT(&ev, tls_version, STR("TLSv1.2"));
    PUT(&ev, ja3, STR("three")), PUT(&ev, ja4, STR("four")), PUT(&ev, tls_alpn, STR("h2"));
    PUT(&ev, tls_grease, true), PUT(&ev, tls_post_quantum, false), PUT(&ev, tls_hello_bytes, 517);
    CHECK_STR(shown(&ev),
              STR("{\"server\":{\"tls\":{\"cipher\":\"ECDHE-RSA-AES128-GCM-SHA256\","
                  "\"version\":\"TLSv1.2\",\"ja4\":\"four\",\"ja3\":\"three\",\"alpn\":\"h2\","
                  "\"grease\":true,\"postQuantum\":false,\"resumed\":true,\"helloBytes\":517}}}"));
}

/* A trusted proxy may pass a fingerprint on; the handshake's other facts are then unknown. */
static void test_fingerprint_alone(void)
{
    struct event ev = { .present = 0 };
    PUT(&ev, ja4, STR("four"));
    CHECK_STR(shown(&ev), STR("{\"server\":{\"tls\":{\"ja4\":\"four\"}}}"));
}

int main(void)
{
    arena_init(&arena, 1 << 20);
    RUN(test_nothing_known);
    RUN(test_tls);
    RUN(test_fingerprint_alone);
    arena_free(&arena);
    return test_end();
}
