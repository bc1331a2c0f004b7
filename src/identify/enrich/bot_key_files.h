/* bot_key_files - key directories of signing agents in files, read again when they change.
 *
 *     unsigned ticket;
 *     const struct bot_keys *keys = bot_key_files_enter(files, &ticket);
 *     ... check a signature; copy what must outlive the next line ...
 *     bot_key_files_leave(files, ticket);
 *
 * A thread looks at the files every two seconds. A file that is new at one look and the same at the
 * next is read, and all keys are replaced at once. A file that cannot be used changes nothing: the
 * keys that its origin had stay in use, and a line in the log says why. So does a file that is
 * gone: to take an origin's keys away, restart without it.
 *
 * control/bot_key_feeds.h writes such files from what it fetches.
 */
#ifndef WHORL_IDENTIFY_ENRICH_BOT_KEY_FILES_H
#define WHORL_IDENTIFY_ENRICH_BOT_KEY_FILES_H

#include "identify/enrich/bot_keys.h"

struct bot_key_source {
    struct str origin; /* "https://chatgpt.com" */
    const char *path;
    bool fetched;      /* a copy of ours: no reason not to start when it is not there or broken */
};

struct bot_key_files;

/* "https://chatgpt.com=/etc/whorl/chatgpt.json"; points into `setting`. False: there is no "=". */
bool bot_key_source_parse(struct bot_key_source *out, const char *setting);

/* Reads all files, starts nothing; the sources are copied. Each problem is logged. ERR_USAGE: an
 * origin is none or comes twice, or there are too many keys; ERR_MALFORMED, ERR_IO: the file of a
 * source that is not `fetched`; ERR_NO_MEMORY. */
enum err bot_key_files_open(struct bot_key_files **out, const struct bot_key_source *sources,
                            size_t count);
/* Starts the thread; without sources there is none. ERR_NO_MEMORY. */
enum err bot_key_files_start(struct bot_key_files *files);
void bot_key_files_close(struct bot_key_files *files); /* NULL is fine */

/* Looks once. For the thread, and for tests that start none. */
void bot_key_files_look(struct bot_key_files *files);

/* Never waits, never NULL. Safe from all threads. */
const struct bot_keys *bot_key_files_enter(struct bot_key_files *files, unsigned *ticket);
void bot_key_files_leave(struct bot_key_files *files, unsigned ticket);

#endif
