/* http2_print - what a client's first HTTP/2 frames give away about the library behind it.
 *
 * One line in the form that Akamai's paper introduced ("Passive Fingerprinting of HTTP/2 Clients",
 * Black Hat Europe 2017) and public lists use:
 *
 *     SETTINGS | WINDOW_UPDATE | PRIORITY | pseudo-header order
 *     1:65536;2:0;4:6291456;6:262144|15663105|0|m,a,s,p          (Chromium 156)
 *
 * SETTINGS: id:value of the first SETTINGS frame as sent, unknown ids and repetitions included.
 * WINDOW_UPDATE: the increment of the first one on the connection, 00 without one. PRIORITY:
 * stream:exclusive:depends-on:weight (1 to 256) of each PRIORITY frame, separated by commas, 0
 * without one. All of them before the first HEADERS frame. The pseudo-header order is a request's.
 *
 * Pure.
 */
#ifndef WHORL_NET_HTTP2_PRINT_H
#define WHORL_NET_HTTP2_PRINT_H

#include "base/str.h"

enum {
    /* Entries and frames that are printed; recorded clients send up to 6 and 6 (Firefox of 2017).
     * Further ones are left out. */
    HTTP2_PRINT_SETTINGS_MAX = 16,
    HTTP2_PRINT_PRIORITIES_MAX = 8,
    /* 16 times "65535:4294967295;", 8 times "2147483647:1:2147483647:256,", and the rest. */
    HTTP2_PRINT_BYTES_MAX = 16 * 17 + 8 * 28 + 40,
};

struct http2_print {
    size_t settings_count, priorities_count;
    struct { uint16_t id; uint32_t value; } settings[HTTP2_PRINT_SETTINGS_MAX];
    struct { uint32_t stream, parent; uint16_t weight; bool exclusive; }
        priorities[HTTP2_PRINT_PRIORITIES_MAX];
    uint32_t window_update; /* 0: none came */
    bool has_settings;      /* the first SETTINGS frame came, maybe empty */
};

/* A frame's payload, or as much of it as matters. Further SETTINGS frames change nothing. */
void http2_print_settings(struct http2_print *print, struct str payload);
void http2_print_window_update(struct http2_print *print, struct str payload);
void http2_print_priority(struct http2_print *print, uint32_t stream, struct str payload);
/* Writes everything up to and with the last '|'; returns the length, 0 while no SETTINGS came. */
size_t http2_print_write(char out[HTTP2_PRINT_BYTES_MAX], const struct http2_print *print);

#endif
