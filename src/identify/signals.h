/* signals - what the payload says about the browser, read through the table in signals.def. */
#ifndef WHORL_IDENTIFY_SIGNALS_H
#define WHORL_IDENTIFY_SIGNALS_H

#include "base/bytes.h"
#include "base/json_in.h"

enum signal_key {
#define SIGNAL(name, weight) SIGNAL_##name,
#include "identify/signals.def"
    SIGNAL_COUNT
};

enum signal_id {
#define S(id, signal, member, kind, stability, group, falsified) S_##id,
#include "identify/signals.def"
    S_COUNT
};

enum signal_kind { SIGNAL_HASH, SIGNAL_TEXT, SIGNAL_NUMBER, SIGNAL_BOOL, SIGNAL_LIST,
                   SIGNAL_FIRST, SIGNAL_BRANDS, SIGNAL_NAME, SIGNAL_FLAGS };
enum signal_stability {
    SIGNAL_HARDWARE,
    SIGNAL_SYSTEM,
    SIGNAL_BROWSER,
    SIGNAL_SETTINGS,
    SIGNAL_VOLATILE
};

struct signal_info {
    const char *name;        /* "WEBGL_RENDERER" */
    enum signal_key signal;
    const char *member;      /* "renderer" */
    enum signal_kind kind;
    enum signal_stability stability;
    const char *group;
    bool falsified;
};
extern const struct signal_info signal_infos[S_COUNT];

/* A value that arrived with the right type; anything else is absent, never different. */
struct signal {
    bool present;
    uint64_t hash;      /* equal values, equal hashes; never 0 when present */
    struct str text;    /* HASH, TEXT; LIST: the elements joined by '\n'; FLAGS: so "name", or "!name" if false */
    double number;      /* NUMBER; BOOL: 0 or 1 */
};

struct signals {
    struct signal value[S_COUNT];
    bool arrived[SIGNAL_COUNT]; /* the key was there with a value object */
    double completeness;        /* weight of what arrived over the weight of all, 0 to 1 */
    struct json object;         /* borrowed from the parser, as long as its tape lives */
    struct signal_place {
        uint32_t at;            /* of the key's last entry on the tape; 0: none came */
        uint32_t from, to;      /* ... and in the steady stream */
    } place[SIGNAL_COUNT];
};

/* Reads the `signals` object; text is copied to arena. At the same time writes it packed
 * (packed.h): what stays the same into `steady`, the rest into `changing`. ERR_NO_MEMORY. */
enum err signals_read(struct signals *out, struct json object, struct arena *arena,
                      struct bytes_out *steady, struct bytes_out *changing);

/* The entry of the payload, { "value": ..., "duration": ... } or null, while the tape lives. False: none came. */
bool signals_entry(const struct signals *signals, enum signal_key key, struct json *out);
/* Has the signal members that differ from load to load, so that its steady bytes do not hold them? */
bool signal_changes(enum signal_key key);

/* Does the text of a LIST have this element? */
bool signal_list_has(const struct signal *list, struct str element);

/* Does the browser trace promises, as developer tools have it do and other users of the debugging protocol
 * do not? agent/sources/automation.ts measures it. */
bool signals_show_tracing(const struct signals *signals);

#endif
