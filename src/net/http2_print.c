/* http2_print - see http2_print.h. */
#include "net/http2_print.h"

#include <inttypes.h>
#include <stdio.h>

/* n bytes in network order. */
static uint32_t number(struct str bytes, size_t at, size_t n)
{
    uint32_t value = 0;
    for (size_t i = 0; i < n; i++) value = value << 8 | (unsigned char)bytes.p[at + i];
    return value;
}

void http2_print_settings(struct http2_print *print, struct str payload)
{
    if (print->has_settings) return;
    print->has_settings = true;
    for (size_t at = 0; at + 6 <= payload.n; at += 6) {
        size_t i = print->settings_count;
        if (i == HTTP2_PRINT_SETTINGS_MAX) return;
        print->settings[i].id = (uint16_t)number(payload, at, 2);
        print->settings[i].value = number(payload, at + 2, 4);
        print->settings_count++;
    }
}

void http2_print_window_update(struct http2_print *print, struct str payload)
{
    if (payload.n == 4 && print->window_update == 0)
        print->window_update = number(payload, 0, 4) & 0x7fffffff;
}

void http2_print_priority(struct http2_print *print, uint32_t stream, struct str payload)
{
    size_t i = print->priorities_count;
    if (payload.n != 5 || i == HTTP2_PRINT_PRIORITIES_MAX) return;
    uint32_t parent = number(payload, 0, 4);
    print->priorities[i].stream = stream;
    print->priorities[i].exclusive = parent >> 31;
    print->priorities[i].parent = parent & 0x7fffffff;
    print->priorities[i].weight = (uint16_t)(number(payload, 4, 1) + 1);
    print->priorities_count++;
}

size_t http2_print_write(char out[HTTP2_PRINT_BYTES_MAX], const struct http2_print *print)
{
    char *at = out, *end = out + HTTP2_PRINT_BYTES_MAX;
    if (!print->has_settings) return 0;
    for (size_t i = 0; i < print->settings_count; i++)
        at += snprintf(at, (size_t)(end - at), "%s%u:%" PRIu32, i ? ";" : "",
                       print->settings[i].id, print->settings[i].value);
    if (print->window_update == 0) at += snprintf(at, (size_t)(end - at), "|00|");
    else at += snprintf(at, (size_t)(end - at), "|%" PRIu32 "|", print->window_update);
    for (size_t i = 0; i < print->priorities_count; i++)
        at += snprintf(at, (size_t)(end - at), "%s%" PRIu32 ":%d:%" PRIu32 ":%u", i ? "," : "",
                       print->priorities[i].stream, print->priorities[i].exclusive,
                       print->priorities[i].parent, print->priorities[i].weight);
    at += snprintf(at, (size_t)(end - at), "%s|", print->priorities_count ? "" : "0");
    return (size_t)(at - out);
}
