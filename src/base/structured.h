/* structured - reads structured field values of HTTP (RFC 8941): the form of Client Hints,
 * Sec-Fetch-*, Priority and HTTP signatures.
 *
 * Pure and without allocation: values point into the header's text. Readers latch: after a fault
 * `bad` is set and nothing more comes. RFC 8941 (4.2) has a field with any fault ignored as a
 * whole, so look at `bad` after the loop before anything is believed:
 *
 *     struct structured list = structured_of(text);
 *     while (structured_next(&list, &value)) use(value);
 *     if (list.bad) forget everything;
 */
#ifndef WHORL_BASE_STRUCTURED_H
#define WHORL_BASE_STRUCTURED_H

#include "base/arena.h"
#include "base/str.h"

enum structured_type {
    STRUCTURED_INTEGER,
    STRUCTURED_DECIMAL,
    STRUCTURED_STRING,
    STRUCTURED_TOKEN,
    STRUCTURED_BYTES,
    STRUCTURED_BOOLEAN,
    STRUCTURED_INNER_LIST,
};

struct structured_value {
    enum structured_type type;
    /* STRING: between the quotes, backslashes still in (structured_text). TOKEN: the token. BYTES:
     * the base64 between the colons. INNER_LIST: what is between the parentheses. Numbers: as
     * written. */
    struct str text;
    int64_t thousandths; /* INTEGER and DECIMAL: the value times 1,000, exact */
    bool boolean;
    struct str parameters; /* from their first ';'; empty when there are none */
};

struct structured {
    struct str rest;
    bool bad;
    bool begun; /* a member was read, so a comma has to come before the next */
};

/* The value of a header; NULL text is an empty list. */
struct structured structured_of(struct str text);
/* The next member of a list (section 4.2.1). False at the end or after a fault. */
bool structured_next(struct structured *list, struct structured_value *out);
/* The next member of a dictionary (section 4.2.2). A key without a value is the boolean true. */
bool structured_next_member(struct structured *dictionary, struct str *key,
                            struct structured_value *out);
/* The next item of an inner list: begin with structured_of(value.text) (section 4.2.1.2). */
bool structured_next_inner(struct structured *inner, struct structured_value *out);
/* The next parameter: begin with structured_of(value.parameters) (section 4.2.3.2). Its own
 * parameters are empty. Cannot fail: parameters were checked with the value they belong to. */
bool structured_next_parameter(struct structured *parameters, struct str *key,
                               struct structured_value *out);
/* A whole field that is one item (section 4.2.3). False: it is none. */
bool structured_item(struct str text, struct structured_value *out);
/* The characters of a STRING, without the backslashes; from `arena` only where there is one. */
struct str structured_text(const struct structured_value *value, struct arena *arena);

#endif
