/* ua - what a User-Agent header says about browser, system and device.
 *
 * The patterns are uap-core's (Apache-2.0, npm package uap-core), compiled by PCRE2 with its JIT:
 * that is what Fingerprint's browserDetails holds too (checked 2026-11-20 on its published
 * examples). A table is read-only once made and shared by all threads; results are cached per
 * thread by the string. A thread's cache goes with the thread, or with the table.
 */
#ifndef WHORL_IDENTIFY_ENRICH_UA_H
#define WHORL_IDENTIFY_ENRICH_UA_H

#include "base/arena.h"
#include "base/err.h"

struct ua_table;

struct ua_facts {
    struct str browser;       /* "Chrome", "Mobile Safari", "HeadlessChrome"; "Other" if unknown */
    struct str major;         /* "156"; empty when unknown */
    struct str version;       /* up to three parts, "74.0.3729" */
    struct str os;            /* "Windows", "Mac OS X", "Linux"; "Other" when unknown */
    struct str os_version;    /* "7", "10.15.7"; may be empty */
    struct str device;        /* "iPhone"; "Other" for desktops, the Mac included */
};

/* Compiles the built-in patterns. ERR_NO_MEMORY, ERR_CORRUPT with a line in the log. */
enum err ua_table_create(struct ua_table **out);
void ua_table_destroy(struct ua_table *table);

/* Strings are in arena or live for ever. Never fails: what is unknown is "Other" or empty, and so
 * is everything of a string that passes the match limit or finds the arena full. */
void ua_parse(struct ua_table *table, struct str user_agent, struct arena *arena,
              struct ua_facts *out);

#endif
