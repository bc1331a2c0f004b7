/* store - keeps events, visitors, their snapshots, and keys. Speaks of those, never of an engine.
 *
 * Two engines stand behind it: rocksdb.c (files, durable) and memory.c (the reference that the same
 * test suite runs over; used by tests and benchmarks only). Both are wrapped by the same front
 * (store.c): what is in flight is visible to the next request at once (pending.c), and one commit
 * thread writes what all loops hand over, so that they share one sync (commit.c).
 *
 * How an identification is stored:
 *
 *     struct visit *visit;
 *     store_enter(st, &claim, &visit)        which visitor, counted; others see it from now on
 *     ... the event is completed from visit->... and judged ...
 *     store_save(st, &save)                  returns at once
 *     ... save.done(&save, ERR_OK)           on the commit thread, after the sync: now answer 200
 *
 * Every store_enter is followed by exactly one store_save or store_leave. Keys and settings are
 * written synchronously; they are rare. All functions may be called from any thread.
 *
 * Errors: ERR_NOT_FOUND, ERR_CORRUPT (a record cannot be read), ERR_IO (the engine failed),
 * ERR_NO_MEMORY, ERR_UNAVAILABLE (stopping, or writes are refused after a failed sync).
 */
#ifndef WHORL_STORE_STORE_H
#define WHORL_STORE_STORE_H

#include "event/facet.h"

struct store;

/* ---- opening ------------------------------------------------------------------------------- */

/* Opens or creates the data directory. ERR_IN_USE when another process owns it, ERR_IO with a line
 * in the log. */
enum err store_open_rocksdb(struct store **out, const char *dir);
enum err store_open_memory(struct store **out);
/* Writes what was handed over, then flushes the engine's buffers and closes. */
void store_close(struct store *st);
/* Bytes that new snapshots are compressed with, e.g. typical payloads; they must not come from
 * visitors, since they outlive them. Copied and kept in the store for as long as it exists, so that
 * what was compressed stays readable when a later version brings others. When they cannot be kept,
 * a line in the log, and snapshots go without. Call it once, after opening. */
void store_set_dictionary(struct store *st, struct str bytes);
/* False once a sync has failed: writes are then refused with ERR_UNAVAILABLE until one works. */
bool store_is_sound(struct store *st);

/* For tests: each write takes this much longer. Before requests come. */
void store_slow_down(struct store *st, int ms);

/* ---- visitors ------------------------------------------------------------------------------ */

struct visitor {
    uint32_t workspace;
    struct visitor_id id;
    int64_t first_seen_ms,
        last_seen_ms; /* earliest and latest event time; times may arrive out of order */
    uint64_t visits_count;
    /* What the visitor looked like at the last event; identify/ alone knows what is in it. At most
     * VISITOR_PROFILE_BYTES_MAX. */
    struct str profile;
    /* private to store/: which snapshot is current */
    uint32_t snapshot, base, base_bytes;
    uint64_t snapshot_hash;
};

enum { VISITOR_PROFILE_BYTES_MAX = 512 };

/* Profile bytes are copied to arena. Sees visits in flight. ERR_NOT_FOUND. */
enum err store_find_visitor(struct store *st, uint32_t workspace, struct visitor_id id,
                            struct arena *arena, struct visitor *out);

/* Is it there, stored or in flight, and not deleted? */
bool store_knows_visitor(struct store *st, uint32_t workspace, struct visitor_id id);

/* Every stored visitor of all workspaces, in key order (workspace, then id), its profile borrowed for
 * the call; what is in flight is not among them. For start-up, before visits come: it reads the whole
 * table, past the engine's cache, and must not be called while requests are served. `visit` must not
 * call the store. ERR_CORRUPT: some records could not be read; all others were visited. */
enum err store_each_visitor(struct store *st,
                            void (*visit)(void *context, const struct visitor *visitor),
                            void *context);

struct claim {
    uint32_t workspace;
    struct visitor_id id; /* a known visitor, or a fresh id */
    bool newcomer;        /* nobody known fits: make this visitor */
    /* For newcomers: another newcomer in flight with the same key is the same device arriving twice
     * at once, and is joined instead. 0: join nobody. */
    uint64_t newcomer_key;
    int64_t now_ms;
    struct str profile; /* replaces the visitor's; copied */
    bool imported;      /* the visitor is known or made, and its profile stays what it is */
};

struct visit {
    struct visitor_id id;         /* whose visit it is: the claim's, or the one joined */
    bool joined;                  /* a newcomer in flight was joined */
    bool found;                   /* the visitor was there before this visit */
    int64_t first_seen_ms;        /* this visit included */
    int64_t last_seen_ms;         /* the latest before this one; only when found */
    uint64_t visits_count;        /* this one included */
};

/* ERR_NOT_FOUND when a known visitor has been deleted meanwhile. *out belongs to the store. */
enum err store_enter(struct store *st, const struct claim *claim, struct visit **out);
/* Gives up: nothing of this visit is kept. */
void store_leave(struct store *st, struct visit *visit);

/* ---- events -------------------------------------------------------------------------------- */

struct save {
    struct visit *visit;       /* taken over by store_save, whatever it returns; NULL: an event of no visitor */
    struct event *event;       /* store_save sets `snapshot` in it; borrowed until it returns */
    struct str
        steady; /* the steady part of the payload (event/packed.h), borrowed until it returns */
    /* Called once, on the commit thread, when store_save has returned ERR_OK. */
    void (*done)(struct save *save, enum err result);
    void *context;
    struct arena
        *arena; /* for what the store must keep until done; not touched by others till then */
    /* private to store/ */
    struct save *next;
    void *batch;
    void (*committed)(struct save *); /* see commit.h */
    bool (*allowed)(struct save *);   /* asked before the write; false: it is dropped */
    struct facet_entry *entry;        /* what search will know of the event: facets.h */
    bool dropped;
};

/* Hands the event over to the commit thread. Anything but ERR_OK: nothing was stored and done will
 * not be called. done gets ERR_NOT_FOUND when the visitor was deleted while the visit was in
 * flight: then nothing of it was stored either. */
enum err store_save(struct store *st, struct save *save);

/* Strings are copied to arena. ERR_NOT_FOUND also when the event belongs to another workspace. Other visitors that the
 * event names (high recall, a disbelieved token, a device link) are left out when they have been deleted since. */
enum err store_find_event(struct store *st, uint32_t workspace, struct event_id id,
                          struct arena *arena, struct event *out);

/* What is known of an event before it is imported: ids are one workspace's. */
enum import_state { IMPORT_NEW, IMPORT_STORED, IMPORT_OTHER_WORKSPACE, IMPORT_DELETED, IMPORT_TOO_OLD };
/* The event has a workspace and an environment. IMPORT_DELETED: its visitor was deleted lately, and is being erased.
 * IMPORT_TOO_OLD: retention would hide it at once. What is in flight counts as new. */
enum err store_look_up_import(struct store *st, const struct event *ev, struct arena *arena, enum import_state *out);

/* A walk through the events of a workspace in time order. Over all its calls every event that was stored before the
 * first one is found once, unless it is deleted meanwhile. */
struct event_list {
    uint32_t workspace;
    struct event_id until;
    struct event_id last;   /* at first the earliest id, then the one that was looked at last */
    bool started;           /* private; false at first */
    bool end;               /* there are no more */
    size_t unreadable;      /* summed up */
};
/* The next events, at most `max`; *count is how many. Strings are in arena. Reads past the engine's cache. Those that
 * cannot be read are left out and counted. */
enum err store_list_events(struct store *st, struct event_list *listing, size_t max, struct arena *arena,
                           struct event *out, size_t *count);

/* Events of a visitor, newest first, strictly older than `before` (pass EVENT_ID_LAST for all), at
 * most `max`; *count is how many. */
#define EVENT_ID_LAST ((struct event_id){ EVENT_ID_TIME_MAX, EVENT_ID_RANDOM_MAX })
enum err store_find_visits(struct store *st, uint32_t workspace, struct visitor_id visitor,
                           struct event_id before, size_t max, struct arena *arena,
                           struct event *out, size_t *count);

/* ---- searching ----------------------------------------------------------------------------- */

/* Events that fit all filters, with ids from `low` to `high`, both included; newest first, or oldest
 * first when `reverse`. */
struct search {
    uint32_t workspace;
    struct filters filters;    /* besides the workspace */
    struct event_id low, high;
    bool reverse;
    bool has_cursor;           /* the page begins behind this event, in the order asked for */
    struct event_id cursor;
    size_t limit;
    size_t hits_max;           /* count fitting events of all pages up to this; 0: do not */
    int64_t until_mono_ms;     /* ERR_SEARCH_TIMEOUT after (clock_mono_ms) */
};
struct search_result {
    struct event *events; /* in arena */
    size_t count;
    bool more;            /* there is another page */
    size_t hits;
};
/* Exact: what was stored before the call is found, what is deleted is not. From any thread that may
 * wait: it reads for up to some hundred ms. ERR_SEARCH_TIMEOUT. */
enum err store_search(struct store *st, const struct search *search, struct arena *arena,
                      struct search_result *out);

/* ---- updating events ----------------------------------------------------------------------- */

/* What a customer may add to an event later. Those of suspect, linked_id and tag that
 * are set in `values`. */
struct update {
    uint32_t workspace;
    struct event_id id;
    struct event values; /* borrowed until done */
    struct arena *arena; /* not touched by others until done */
    /* On the commit thread. ERR_NOT_FOUND when the visitor was deleted in between. */
    void (*done)(struct update *update, enum err result);
    void *context;
    /* private to store/ */
    struct store *store;
    struct save save;
    struct visitor_id visitor;
    uint32_t environment;
    struct update *next;
};

/* Returns at once. ERR_NOT_FOUND, ERR_STATE_NOT_READY (another update of this event is being
 * written); anything but ERR_OK: nothing was changed and done will not be called. */
enum err store_start_update(struct store *st, struct update *update);

/* Makes search's memory of the newest events a block now. For tests. */
enum err store_seal(struct store *st);
/* Every stored event of all workspaces from a time on, in time order, its strings borrowed for the call; those
 * of deleted visitors and what is in flight are not among them. For start-up: it reads past the engine's cache.
 * `visit` must not call the store. ERR_CORRUPT: some records could not be read; all others were visited. */
enum err store_each_event(struct store *st, int64_t from_ms,
                          void (*visit)(void *context, const struct event *ev), void *context);
/* Time of the latest stored event; 0 when there is none or it cannot be read. */
int64_t store_latest_event_ms(struct store *st);

/* The steady part that was given to store_save with an event of this visitor. */
enum err store_find_snapshot(struct store *st, uint32_t workspace, struct visitor_id visitor,
                             uint32_t snapshot, struct arena *arena, struct str *out);

/* ---- wallets ------------------------------------------------------------------------------- */

/* Which visitors showed which wallets. Both sides go when the visitor is deleted. */
struct wallet_link {
    uint32_t workspace;
    struct visitor_id visitor;
    const struct str *addresses; /* lower case; borrowed until store_start_link returns */
    size_t count;
    struct arena *arena; /* not touched by others until done */
    /* On the commit thread. ERR_NOT_FOUND when the visitor was deleted in between. */
    void (*done)(struct wallet_link *link, enum err result);
    void *context;
    /* private to store/ */
    struct store *store;
    struct save save;
};

/* Returns at once; what is linked already may be linked again. Anything but ERR_OK: nothing was stored and done
 * will not be called. The visitor must exist. */
enum err store_start_link(struct store *st, struct wallet_link *link);
/* How many wallets a visitor has shown, and how many visitors a wallet, counted up to max. Deleted visitors do not
 * count. */
enum err store_count_wallets(struct store *st, uint32_t workspace, struct visitor_id visitor, size_t max,
                             size_t *count);
enum err store_count_wallet_visitors(struct store *st, uint32_t workspace, struct str address, size_t max,
                                     size_t *count);

/* ---- deleting visitors --------------------------------------------------------------------- */

/* A visitor with all its events and snapshots. From the moment that done says ERR_OK, nothing finds
 * it any more, also after a crash; a visit that was in flight then is never stored. What it left in
 * the files is erased in the background, and is off the disk within minutes (store/erase.h). */
enum { RECEIPT_HASH_BYTES = 16 };

struct deletion {
    uint32_t workspace;
    struct visitor_id id;
    uint32_t key;                     /* for the receipt, as is hash */
    uint8_t hash[RECEIPT_HASH_BYTES];
    struct arena *arena; /* not touched by others until done */
    void (*done)(struct deletion *deletion, enum err result); /* on the commit thread */
    void *context;
    /* private to store/ */
    struct save save;
    struct eraser *eraser;
    struct erased *erased;
    bool aged; /* nobody asked: its time was over */
    bool (*allowed)(struct save *save);
};

/* What is kept of a deletion, for whoever has to prove it: nothing of the person. `hash` is what the caller of
 * store_start_deletion gave: a keyed hash of the visitor's id answers whether that one was deleted. */
struct receipt {
    uint32_t workspace;
    uint32_t key;         /* the API key that asked; 0: a command */
    int64_t deleted_ms;   /* machine's clock: from then on nothing could be read */
    int64_t erased_ms;    /* off the disk; 0: not yet */
    uint64_t events;      /* how many there were; 0 until they were counted */
    uint8_t hash[RECEIPT_HASH_BYTES];
};
/* A workspace's receipts, newest first, until visit says false. */
enum err store_each_receipt(struct store *st, uint32_t workspace,
                            bool (*visit)(void *context, const struct receipt *receipt), void *context);

/* Returns at once. ERR_NOT_FOUND when the visitor is unknown; anything but ERR_OK: nothing was
 * deleted and done will not be called. */
enum err store_start_deletion(struct store *st, struct deletion *deletion);
/* The same, and waits until it is done; workspace, id, key and hash are read. Not from a loop's thread. */
enum err store_delete_visitor(struct store *st, const struct deletion *wanted);
/* Waits until what has been deleted is off the disk, without the pause that gathers deletions. For a
 * process that closes the store next, and for tests. ERR_IO when a disk does not take it now: the
 * next opening goes on with it. */
enum err store_finish_deletions(struct store *st);

/* ---- retention ----------------------------------------------------------------------------- */

enum { RETENTION_DAYS_MAX = 36500, RETENTION_UNSET = -1 };
/* Instead of an environment: the workspace's visitors, counted from when they were last seen. A visitor that still has
 * events stays with them. */
#define RETENTION_VISITORS UINT32_MAX

/* How many days events of an environment are kept; 0: for ever; RETENTION_UNSET: as long as those of the workspace.
 * environment 0: the workspace's own value, for everything without another. What is older is hidden from every read at
 * once, and erased in the background (store/age.h). Durable when it returns. */
enum err store_set_retention(struct store *st, uint32_t workspace, uint32_t environment, int days);
/* What was set: days, or RETENTION_UNSET. */
int store_find_retention(struct store *st, uint32_t workspace, uint32_t environment);
/* From now on time is what is said here, in place of the machine's clock: --test-clock. */
void store_set_time(struct store *st, int64_t now_ms);
/* Called for each visitor whose time was over, once nothing finds it any more; on a thread of the store's. Call it
 * before requests come. */
void store_on_aged(struct store *st, void (*aged)(void *context, uint32_t workspace, struct visitor_id id),
                   void *context);
/* Waits until everything that is hidden by now is erased and off the disk. For tests, and before closing. */
enum err store_finish_ageing(struct store *st);

/* ---- keys and settings --------------------------------------------------------------------- */

/* public: for pages. secret: the Server API. management, proxy: for what manages whorl and for proxies in
 * front of it. Stored: never reuse a number. */
enum key_kind { KEY_PUBLIC, KEY_SECRET, KEY_MANAGEMENT, KEY_PROXY, KEY_KIND_COUNT };

struct api_key {
    uint32_t id;
    enum key_kind kind;
    uint32_t workspace, environment;
    bool test;                /* left out of quotas */
    bool revoked;             /* opens nothing any more */
    uint32_t rate;            /* requests a second; 0: as many as come */
    int64_t created_ms;
    uint8_t hash[32];         /* SHA-256 of the key's text */
    struct str text;          /* public keys only: the key itself */
    struct str origins;       /* patterns separated by one space; empty: any origin */
};

/* Synchronous: durable when it returns. `key->id` must be set (one above the largest in use). */
enum err store_save_key(struct store *st, const struct api_key *key);
/* Calls visit for each key; its strings are borrowed for the call. */
enum err store_each_key(struct store *st, void (*visit)(void *context, const struct api_key *key),
                        void *context);

/* Small named values (names of workspaces, encrypted signing keys). Synchronous, durable. A name
 * has 1 to 200 bytes. The functions given to the each_ calls must not call the store. */
enum err store_set_value(struct store *st, struct str name, struct str value);
/* It may be absent. */
enum err store_unset_value(struct store *st, struct str name);
enum err store_get_value(struct store *st, struct str name, struct arena *arena, struct str *out);
/* In name order, those whose name starts with prefix. */
enum err store_each_value(struct store *st, struct str prefix,
                          void (*visit)(void *context, struct str name, struct str value),
                          void *context);

#endif
