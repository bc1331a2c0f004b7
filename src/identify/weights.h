/* weights - what each signal adds to the suspect score, by environment.
 *
 * The defaults stand in weights.def; an environment may change any of them (`whorl weights set`, PATCH /v1/weights), kept by the
 * store under "weights/<environment>" as a JSON object of the changed ones. Readers never wait.
 */
#ifndef WHORL_IDENTIFY_WEIGHTS_H
#define WHORL_IDENTIFY_WEIGHTS_H

#include "base/json_in.h"
#include "base/json_out.h"
#include "event/event.h"
#include "store/store.h"

enum weight {
#define W(name, web, android, ios, fires) WEIGHT_##name,
#include "identify/weights.def"
    WEIGHT_COUNT
};

enum { WEIGHT_MAX = 1000 };

struct weights {
    int16_t value[WEIGHT_COUNT]; /* -1: the default; -2: as it is (only of a change) */
};

/* The name of a weight, or WEIGHT_COUNT. */
enum weight weight_find(struct str name);
const char *weight_name(enum weight w);

/* NULL, or what is wrong, for a person. `changes`: an object of whole numbers 0 to WEIGHT_MAX by name; null for a
 * name takes the default again. */
const char *weights_change(struct weights *w, struct json changes);
struct weights weights_default(void);
struct weights weights_unchanged(void);
/* The changed ones as an object. */
void weights_print(struct json_out *out, const struct weights *w);
/* All, with what holds for the web, Android and iOS. */
void weights_print_all(struct json_out *out, const struct weights *w);

/* Of one environment, as stored. ERR_OK with the defaults when nothing is. */
enum err weights_load(struct weights *out, struct store *store, uint32_t environment, struct arena *arena);
enum err weights_save(const struct weights *w, struct store *store, uint32_t environment, struct arena *arena);

/* Those of all environments, for the request path. */
struct weight_tables;
enum err weight_tables_create(struct weight_tables **out, struct store *store);
enum err weight_tables_reload(struct weight_tables *t, struct store *store);
/* Makes the changes to what is stored of an environment, durably, and reloads t unless that is NULL. *out: what holds
 * now. From any thread; one change waits for the other. */
enum err weights_edit(struct weights *out, const struct weights *changes, struct weight_tables *t,
                      struct store *store, uint32_t environment, struct arena *arena);
void weight_tables_free(struct weight_tables *t);

/* The sum for an event, and its parts in `parts` when that is not NULL: an array of {"signal","weight"} in the
 * order of weights.def, without those that add nothing. t may be NULL: the defaults. */
int64_t weights_sum(struct weight_tables *t, const struct event *ev, struct json_out *parts);

#endif
