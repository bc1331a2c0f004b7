/* bot_key_feeds - key directories of signing agents, fetched because the operator named the origins.
 *
 * A request can name any origin in its Signature-Agent; only those of --bot-key-origin are ever asked,
 * and never because of a request: each at the start, then as often as its Cache-Control max-age says,
 * between ten minutes and a day, or every four hours. After a failure again in ten minutes. SIGHUP
 * fetches all at once.
 *
 * ORIGIN/.well-known/http-message-signatures-directory is a JSON Web Key Set of at most 64 kB. It is
 * kept as DATA/bot-keys/HOST.json or HOST_PORT.json, which identify/enrich/bot_key_files.h reads. The
 * file is replaced when what came can be used and is on disk; so the last good copy stays, for the next
 * start too. The rules are those of feeds.h (https, no private addresses, --feed-ca), and no redirect
 * is followed: it could name what the operator did not.
 */
#ifndef WHORL_CONTROL_BOT_KEY_FEEDS_H
#define WHORL_CONTROL_BOT_KEY_FEEDS_H

#include "control/config.h"
#include "identify/enrich/bot_key_files.h"

struct bot_key_feeds;

/* Makes DATA/bot-keys when there are origins. Problems are logged. ERR_USAGE: an origin is none;
 * ERR_IO: the folder cannot be made; ERR_NO_MEMORY. The configuration must live on. */
enum err bot_key_feeds_create(struct bot_key_feeds **out, const struct config *config);
void bot_key_feeds_destroy(struct bot_key_feeds *feeds); /* stops the thread; NULL is fine */

/* Origins and files, for bots_create. Live as long as the feeds. */
const struct bot_key_source *bot_key_feeds_sources(const struct bot_key_feeds *feeds,
                                                   size_t *count);
/* Starts the thread that fetches; without origins there is none. ERR_NO_MEMORY. */
enum err bot_key_feeds_start(struct bot_key_feeds *feeds);
/* Fetches all now, whatever their age. */
void bot_key_feeds_hurry(struct bot_key_feeds *feeds);

/* How long to keep a directory: max_age_s of its Cache-Control, -1 without, within the bounds. */
int64_t bot_key_feeds_pause_s(int64_t max_age_s);

#endif
