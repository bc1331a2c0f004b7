/* tls - see tls.h. Whether the fingerprint fits the browser that the headers claim is for verdicts
 * to say. */
#include "identify/enrich/tls.h"

#define PUT(ev, member, ...) (event_set((ev), EVENT_##member), (ev)->member = (__VA_ARGS__))

/* RFC 9110 5.6.2, but for '%', which begins an escape. */
static bool is_plain(char c)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || (c && strchr("!#$&'*+-.^_`|~", c));
}

struct str tls_protocol_text(struct str name, struct arena *arena)
{
    char *out = arena_alloc(arena, 3 * name.n + 1);
    size_t n = 0;
    if (!out) return (struct str){ "", 0 };
    for (size_t i = 0; i < name.n; i++) {
        uint8_t byte = (uint8_t)name.p[i];
        if (is_plain(name.p[i])) {
            out[n++] = name.p[i];
            continue;
        }
        out[n++] = '%';
        out[n++] = "0123456789ABCDEF"[byte >> 4];
        out[n++] = "0123456789ABCDEF"[byte & 15];
    }
    return (struct str){ out, n };
}

void tls_put_facts(struct event *ev, const struct hello_facts *hello, struct arena *arena)
{
    if (!hello) return;
    if (hello->version) PUT(ev, tls_version, str_of(hello->version));
    if (hello->cipher) PUT(ev, tls_cipher, str_of(hello->cipher));
    PUT(ev, tls_resumed, hello->resumed);
    if (!hello->known) return;
    if (hello->ja3[0]) PUT(ev, ja3, str_of(hello->ja3));
    PUT(ev, ja4, str_of(hello->ja4));
    PUT(ev, tls_grease, hello->has_grease);
    PUT(ev, tls_post_quantum, hello->has_post_quantum);
    PUT(ev, tls_hello_bytes, hello->bytes);
    if (hello->alpn_bytes > 0)
        PUT(ev, tls_alpn, tls_protocol_text((struct str){ hello->alpn, hello->alpn_bytes }, arena));
}
