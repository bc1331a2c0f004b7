/* ipfile - one MaxMind DB file (https://maxmind.github.io/MaxMind-DB/): a record for each network.
 *
 * libmaxminddb opens the file and searches its tree. Records are decoded here, so that a damaged file
 * can neither lead us out of the mapping nor into deep recursion or long loops, and one look-up
 * allocates nothing.
 *
 * The file is copied first and mapped from the copy, which has no name: whoever writes into the
 * original, or cuts it off, does not pull the ground from under the readers (a mapped file that
 * shrinks kills the process with SIGBUS).
 *
 * An open file is read-only and may be shared by threads.
 */
#ifndef WHORL_IDENTIFY_ENRICH_IPFILE_H
#define WHORL_IDENTIFY_ENRICH_IPFILE_H

#include "base/err.h"
#include "identify/enrich/address.h"

#include <maxminddb.h>

struct ipfile {
    MMDB_s db;
    bool has_v4, has_v6; /* which addresses it may know */
    int64_t built_s;     /* when its maker made it, seconds since 1970 */
};

enum { IPFILE_PROBLEM_BYTES = 320 };

/* `dir`: where the copy goes, on a disk; NULL: into memory. ERR_CORRUPT or ERR_IO with a sentence in
 * `problem`. */
enum err ipfile_open(struct ipfile *f, const char *path, const char *dir,
                     char problem[IPFILE_PROBLEM_BYTES]);
void ipfile_close(struct ipfile *f);

enum ipfile_kind {
    IPFILE_ABSENT,  /* no such member */
    IPFILE_DAMAGED, /* the file is not what it should be at this place */
    IPFILE_TEXT,
    IPFILE_NUMBER,  /* any width; whole numbers of more than 53 bits are rounded */
    IPFILE_MAP,
    IPFILE_ARRAY,
    IPFILE_OTHER,   /* bytes, booleans */
};

struct ipfile_value {
    enum ipfile_kind kind;
    struct str text;    /* borrowed from the mapping */
    double number;
    uint32_t count;     /* of a map's pairs or an array's elements */
    size_t at;          /* of the first of them; private */
};

/* The record of an address. False when the file does not know it. `network`: where it holds; may
 * be NULL. */
bool ipfile_find(const struct ipfile *f, const struct address *a, struct ipfile_value *record,
                 struct network *network);

/* A member of a map, an element of an array. Of anything else, and of what is absent: absent. Of
 * what is damaged: damaged. */
struct ipfile_value ipfile_member(const struct ipfile *f, struct ipfile_value map, const char *key);
struct ipfile_value ipfile_element(const struct ipfile *f, struct ipfile_value array, uint32_t i);

/* Calls `visit` with the records at the ends of `count` random walks down the tree (always the same
 * ones). False when the tree is damaged or `visit` says false. */
bool ipfile_sample(const struct ipfile *f, unsigned count,
                   bool (*visit)(const struct ipfile *f, struct ipfile_value record, void *context),
                   void *context);

#endif
