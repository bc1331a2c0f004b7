/* http2_watch - see http2_watch.h. Frame types and layout: RFC 9113, sections 4.1 and 6. */
#include "net/http2_watch.h"

#include "base/limits.h"

enum frame_type {
    FRAME_DATA,
    FRAME_HEADERS,
    FRAME_PRIORITY,
    FRAME_RST_STREAM,
    FRAME_SETTINGS,
    FRAME_PUSH_PROMISE,
    FRAME_PING,
    FRAME_GOAWAY,
    FRAME_WINDOW_UPDATE,
};

enum {
    FLAG_END_STREAM = 1,
    FLAG_ACK = 1,
    SMALL_DATA_BYTES = 16,      /* DATA below this is more frame than content */
    SERVED_CONTROL_TOKENS = 8,  /* SETTINGS, acknowledgements and window updates of one answer */
    WORTHY_DATA_BYTES = 1024,   /* a DATA frame of ours from here on pays for window updates */
};

bool bucket_take(struct bucket *bucket, int burst, int per_s, int64_t now_ms)
{
    int64_t back = (now_ms - bucket->at_ms) * per_s; /* ms * tokens/s: thousandths */
    if (back > bucket->milli) back = bucket->milli;
    bucket->milli -= back;
    bucket->at_ms = now_ms;
    if (bucket->milli + 1000 > (int64_t)burst * 1000) return false;
    bucket->milli += 1000;
    return true;
}

void bucket_give(struct bucket *bucket, int tokens)
{
    bucket->milli -= (int64_t)tokens * 1000;
    if (bucket->milli < 0) bucket->milli = 0;
}

static unsigned type_of(const struct http2_watch *watch)
{
    return watch->head[3];
}

static uint32_t stream_of(const struct http2_watch *watch)
{
    const unsigned char *p = watch->head + 5;
    return (uint32_t)(p[0] & 0x7f) << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Does this frame, whose head is complete, find its token, and is it none of the wrong ones? */
static bool is_fine(struct http2_watch *watch, int64_t now_ms)
{
    unsigned flags = watch->head[4];
    switch (type_of(watch)) {
    case FRAME_HEADERS:
        if (stream_of(watch) <= watch->newest) break;
        watch->newest = stream_of(watch);
        return true; /* limited by the number of streams */
    case FRAME_DATA:
        if (watch->left >= SMALL_DATA_BYTES || flags & FLAG_END_STREAM) return true;
        break;
    case FRAME_RST_STREAM: return http2_watch_mistake(watch, now_ms);
    default: break;
    }
    if (!bucket_take(&watch->control, HTTP2_CONTROL_BURST, HTTP2_CONTROL_PER_S, now_ms))
        watch->verdict = HTTP2_CALM;
    else if (type_of(watch) == FRAME_PRIORITY && stream_of(watch) == 0)
        watch->verdict = HTTP2_WRONG;
    return !watch->verdict;
}

static void end_of_frame(struct http2_watch *watch)
{
    struct str payload = { watch->kept, watch->kept_bytes };
    uint32_t stream = stream_of(watch);
    if (!watch->past_head) {
        bool ack = watch->head[4] & FLAG_ACK;
        unsigned type = type_of(watch);
        if (type == FRAME_SETTINGS && !ack) http2_print_settings(&watch->print, payload);
        if (type == FRAME_WINDOW_UPDATE && stream == 0)
            http2_print_window_update(&watch->print, payload);
        if (type == FRAME_PRIORITY) http2_print_priority(&watch->print, stream, payload);
    }
    watch->head_bytes = watch->kept_bytes = 0;
}

static void begin_frame(struct http2_watch *watch, int64_t now_ms)
{
    const unsigned char *head = watch->head;
    watch->left = (uint32_t)head[0] << 16 | (uint32_t)head[1] << 8 | head[2];
    if (!is_fine(watch, now_ms)) return;
    if (type_of(watch) == FRAME_HEADERS) watch->past_head = true;
    if (watch->left == 0) end_of_frame(watch);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static struct str walk_payload(struct http2_watch *watch, struct str bytes)
{
    size_t n = least(watch->left, bytes.n);
    if (!watch->past_head) {
        size_t kept = least(n, sizeof watch->kept - watch->kept_bytes);
        memcpy(watch->kept + watch->kept_bytes, bytes.p, kept);
        watch->kept_bytes += kept;
    }
    watch->left -= (uint32_t)n;
    if (watch->left == 0) end_of_frame(watch);
    return str_sub(bytes, n, bytes.n);
}

bool http2_watch_feed(struct http2_watch *watch, struct str bytes, int64_t now_ms)
{
    size_t skip = least(HTTP2_PREFACE_BYTES - watch->preface_bytes, bytes.n);
    watch->preface_bytes += skip;
    bytes = str_sub(bytes, skip, bytes.n);
    while (bytes.n > 0 && !watch->verdict) {
        if (watch->left > 0) {
            bytes = walk_payload(watch, bytes);
            continue;
        }
        size_t n = least(HTTP2_FRAME_HEAD_BYTES - watch->head_bytes, bytes.n);
        memcpy(watch->head + watch->head_bytes, bytes.p, n);
        watch->head_bytes += n;
        bytes = str_sub(bytes, n, bytes.n);
        if (watch->head_bytes == HTTP2_FRAME_HEAD_BYTES) begin_frame(watch, now_ms);
    }
    return !watch->verdict;
}

bool http2_watch_mistake(struct http2_watch *watch, int64_t now_ms)
{
    if (!bucket_take(&watch->resets, HTTP2_RESETS_BURST, HTTP2_RESETS_PER_S, now_ms))
        watch->verdict = HTTP2_CALM;
    return !watch->verdict;
}

void http2_watch_served(struct http2_watch *watch)
{
    bucket_give(&watch->resets, 1);
    bucket_give(&watch->control, SERVED_CONTROL_TOKENS);
}

void http2_watch_sent(struct http2_watch *watch, size_t n)
{
    if (n >= WORTHY_DATA_BYTES) bucket_give(&watch->control, 2); /* of the stream, of the connection */
}
