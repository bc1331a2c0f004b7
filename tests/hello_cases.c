/* hello_cases - what net/hello.c and net/ja.c make of messages on standard input, for hello_cases.mjs.
 *
 *     in:  t 01000201...          t over TCP, q over QUIC; one handshake message in hex per line
 *     out: JSON, one line each: {"ja3": ..., "ja3Text": ..., "ja4": ..., "grease": ..., "postQuantum": ...}
 *          or {"error": "MALFORMED"}
 */
#include "net/ja.h"

#include <stdio.h>
#include <stdlib.h>

static void answer(char transport, struct str message)
{
    static struct hello hello;
    char ja3[JA3_CHARS + 1], ja4[JA4_CHARS + 1], text[JA3_TEXT_BYTES_MAX];
    enum err e = hello_parse(&hello, message);
    if (e) {
        printf("{\"error\": \"%s\"}\n", err_name(e));
        return;
    }
    ja3_write(ja3, &hello);
    ja4_write(ja4, &hello, transport == 'q' ? JA4_QUIC : JA4_TCP);
    printf("{\"ja3\": \"%s\", \"ja3Text\": \"%.*s\", \"ja4\": \"%s\", \"grease\": %s, \"postQuantum\": %s}\n",
           ja3, (int)ja3_text(text, &hello), text, ja4, hello_has_grease(&hello) ? "true" : "false",
           hello_has_post_quantum(&hello) ? "true" : "false");
}

int main(void)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t n;
    while ((n = getline(&line, &capacity, stdin)) > 0) {
        struct str hex = str_trim((struct str){ line, (size_t)n - (line[n - 1] == '\n') });
        char transport = hex.n ? hex.p[0] : 't';
        hex = str_sub(hex, 2, hex.n);
        uint8_t *bytes = malloc(hex.n / 2 + 1);
        if (!bytes) return 1;
        for (size_t i = 0; i < hex.n / 2; i++)
            bytes[i] = (uint8_t)(hex_digit(hex.p[2 * i]) << 4 | hex_digit(hex.p[2 * i + 1]));
        answer(transport, (struct str){ (const char *)bytes, hex.n / 2 });
        free(bytes);
    }
    free(line);
    return 0;
}
