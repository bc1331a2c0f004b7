/* Facts of a handshake on their way into the event. */
#include "identify/enrich/tls.h"

#include "tests/unit/test.h"

static struct arena arena;

static struct hello_facts facts(void)
{
    struct hello_facts facts = { .known = true, .has_grease = true, .bytes = 600, .alpn_bytes = 8,
                                 .alpn = "http/1.1", .ja3 = "three", .ja4 = "four",
                                 .version = "TLSv1.2", .cipher = "SOME-CIPHER", .resumed = true };
    return facts;
}

static void test_everything_is_put(void)
{
    struct event ev = { .present = 0 };
    struct hello_facts hello = facts();
    tls_put_facts(&ev, &hello, &arena);
    CHECK_STR(ev.ja3, STR("three"));
    CHECK_STR(ev.ja4, STR("four"));
    CHECK_STR(ev.tls_version, STR("TLSv1.2"));
    CHECK_STR(ev.tls_cipher, STR("SOME-CIPHER"));
    CHECK_STR(ev.tls_alpn, STR("http%2F1.1"));
    CHECK(event_has(&ev, EVENT_tls_grease) && ev.tls_grease);
    CHECK(event_has(&ev, EVENT_tls_post_quantum) && !ev.tls_post_quantum);
    CHECK(event_has(&ev, EVENT_tls_resumed) && ev.tls_resumed);
    CHECK_INT(ev.tls_hello_bytes, 600);
}

/* A plain connection, or a proxy's. */
static void test_nothing_without_a_handshake(void)
{
    struct event ev = { .present = 0 };
    tls_put_facts(&ev, NULL, &arena);
    for (enum event_field f = 0; f < EVENT_FIELD_COUNT; f++) CHECK(!event_has(&ev, f));
}

/* What is not known is absent: a hello that was too large, a system without MD5, no ALPN. */
static void test_what_is_not_known_is_absent(void)
{
    struct event ev = { .present = 0 };
    struct hello_facts hello = facts();
    hello.known = false;
    tls_put_facts(&ev, &hello, &arena);
    CHECK(event_has(&ev, EVENT_tls_version) && event_has(&ev, EVENT_tls_resumed));
    CHECK(!event_has(&ev, EVENT_ja3) && !event_has(&ev, EVENT_ja4));
    CHECK(!event_has(&ev, EVENT_tls_grease) && !event_has(&ev, EVENT_tls_post_quantum));
    CHECK(!event_has(&ev, EVENT_tls_alpn) && !event_has(&ev, EVENT_tls_hello_bytes));
    hello = facts();
    hello.ja3[0] = 0;
    hello.alpn_bytes = 0;
    tls_put_facts(&ev, &hello, &arena);
    CHECK(event_has(&ev, EVENT_ja4));
    CHECK(!event_has(&ev, EVENT_ja3) && !event_has(&ev, EVENT_tls_alpn));
}

static void test_protocol_names(void)
{
    CHECK_STR(tls_protocol_text(STR("h2"), &arena), STR("h2"));
    CHECK_STR(tls_protocol_text(STR("w=x:y#z"), &arena), STR("w%3Dx%3Ay#z")); /* RFC 7639 2.2 */
    CHECK_STR(tls_protocol_text(STR("x%y"), &arena), STR("x%25y"));
    CHECK_STR(tls_protocol_text(STR("\x00\xff\""), &arena), STR("%00%FF%22"));
}

int main(void)
{
    arena_init(&arena, 1 << 20);
    RUN(test_everything_is_put);
    RUN(test_nothing_without_a_handshake);
    RUN(test_what_is_not_known_is_absent);
    RUN(test_protocol_names);
    arena_free(&arena);
    return test_end();
}
