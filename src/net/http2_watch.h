/* http2_watch - walks along the frames that a client sends, beside nghttp2, for two ends.
 *
 * The fingerprint (http2_print.h): nghttp2 shows SETTINGS only after it has dropped unknown ids and
 * joined repeated ones, and just those tell libraries apart.
 *
 * Floods: frames that cost us work and bring no request. Two buckets hold tokens; frames take some,
 * time and served requests give back, up to the burst. A client whose bucket is empty is told
 * ENHANCE_YOUR_CALM and closed. Someone who uses the connection never notices, because each answer
 * pays for the window updates, pings and cancellations around it.
 *
 *     resets:  RST_STREAM, and streams that we had to reset for the client's mistakes
 *              (CVE-2023-44487 rapid reset, CVE-2025-8671 "made you reset")
 *     control: SETTINGS, PING, PRIORITY, WINDOW_UPDATE, CONTINUATION, GOAWAY, unknown types, DATA
 *              of less than 16 bytes that does not end its stream (CVE-2019-9511 to 9518), and
 *              HEADERS that open no stream: trailers, and what nghttp2 ignores on closed streams
 *
 * Pure: bytes in, the caller says what time it is.
 */
#ifndef WHORL_NET_HTTP2_WATCH_H
#define WHORL_NET_HTTP2_WATCH_H

#include "net/http2_print.h"

#define HTTP2_PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" /* RFC 9113 3.4 */
enum {
    HTTP2_PREFACE_BYTES = 24,
    HTTP2_FRAME_HEAD_BYTES = 9,
};

struct bucket {
    int64_t milli; /* tokens taken, in thousandths; 0: full */
    int64_t at_ms;
};
/* Takes a token; false when there is none. per_s tokens come back each second. */
bool bucket_take(struct bucket *bucket, int burst, int per_s, int64_t now_ms);
void bucket_give(struct bucket *bucket, int tokens);

/* Each is the error code of the GOAWAY that it deserves (RFC 9113 7). */
enum http2_verdict {
    HTTP2_FINE = 0,
    HTTP2_WRONG = 1, /* PROTOCOL_ERROR: PRIORITY on stream 0, which nghttp2 passes over */
    HTTP2_CALM = 11, /* ENHANCE_YOUR_CALM: a bucket is empty */
};

struct http2_watch {
    struct http2_print print;
    struct bucket resets, control;
    bool past_head;  /* a HEADERS frame came: the print is complete */
    enum http2_verdict verdict;
    /* private to http2_watch.c */
    size_t preface_bytes, head_bytes, kept_bytes;
    uint32_t left; /* of the payload */
    uint32_t newest; /* stream */
    unsigned char head[HTTP2_FRAME_HEAD_BYTES];
    char kept[6 * HTTP2_PRINT_SETTINGS_MAX];
};

/* The next bytes of the connection, beginning with the preface. False: there is a verdict, and this
 * client will not be looked at any more. */
bool http2_watch_feed(struct http2_watch *watch, struct str bytes, int64_t now_ms);
/* We have reset a stream because of a mistake of the client's. */
bool http2_watch_mistake(struct http2_watch *watch, int64_t now_ms);
/* A request was answered. */
void http2_watch_served(struct http2_watch *watch);
/* A DATA frame of n bytes was sent: it may be answered with window updates. */
void http2_watch_sent(struct http2_watch *watch, size_t n);

#endif
