/* json_out - appends JSON (and other text) to memory of an arena.
 *
 *     struct json_out out;
 *     json_out_init(&out, arena);
 *     json_out_open(&out, '{');
 *     json_out_key(&out, "visitorId"), json_out_str(&out, id);
 *     json_out_key(&out, "score"), json_out_double(&out, 0.97);
 *     json_out_close(&out, '}');
 *     struct str body = json_out_text(&out);
 *
 * Commas are put by the writer. Failure is latched: when the arena refuses memory every later call
 * does nothing, `failed` stays true and json_out_text gives the empty string. Nothing to free.
 */
#ifndef WHORL_BASE_JSON_OUT_H
#define WHORL_BASE_JSON_OUT_H

#include "base/arena.h"

struct json_out {
    bool failed;
    /* private to json_out.c */
    struct arena *arena;
    char *p;
    size_t n, capacity;
    bool comma; /* the next value or key needs a comma before it */
};

void json_out_init(struct json_out *out, struct arena *arena);
/* What has been written so far; valid until the next write and as long as the arena. */
struct str json_out_text(const struct json_out *out);

void json_out_open(struct json_out *out, char bracket);  /* '{' or '[' */
void json_out_close(struct json_out *out, char bracket); /* '}' or ']' */
void json_out_key(struct json_out *out, const char *key);
void json_out_key_str(struct json_out *out, struct str key);

/* A string: escapes what RFC 8259 demands, and nothing else. Bytes that are not UTF-8 become
 * U+FFFD, so that the output always is. */
void json_out_str(struct json_out *out, struct str s);
void json_out_int(struct json_out *out, int64_t value);
/* As JavaScript prints it: the shortest text that reads back as the same number; null for a value
 * that JSON cannot hold. */
void json_out_double(struct json_out *out, double value);
void json_out_bool(struct json_out *out, bool value);
void json_out_null(struct json_out *out);
/* A whole JSON value made elsewhere. */
void json_out_value(struct json_out *out, struct str json);
/* Bytes as they are, no comma handling: for text that is not JSON. */
void json_out_raw(struct json_out *out, struct str bytes);

#endif
