/* hello_facts - see hello_facts.h. */
#include "net/hello_facts.h"

void hello_facts_read(struct hello_facts *out, struct str message)
{
    struct hello hello;
    out->known = hello_parse(&hello, message) == ERR_OK;
    if (!out->known) return;
    out->has_grease = hello_has_grease(&hello);
    out->has_post_quantum = hello_has_post_quantum(&hello);
    out->bytes = (uint16_t)hello.bytes; /* at most HELLO_BYTES_MAX */
    ja3_write(out->ja3, &hello);
    ja4_write(out->ja4, &hello, JA4_TCP);
    if (hello.alpn_count > 0 && hello.alpn[0].n <= sizeof out->alpn) {
        out->alpn_bytes = (uint8_t)hello.alpn[0].n;
        if (hello.alpn[0].n > 0) memcpy(out->alpn, hello.alpn[0].p, hello.alpn[0].n);
    }
}
