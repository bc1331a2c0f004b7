/* places - workspaces and environments by name: named values "workspace/<name>" and
 * "environment/<workspace>/<name>" that hold their numbers. */
#ifndef WHORL_API_PLACES_H
#define WHORL_API_PLACES_H

#include "store/store.h"

/* 1 to NAME_BYTES_MAX letters, digits, '.', '_', '-'. */
bool place_name_valid(struct str name);
/* ERR_NOT_FOUND when there is none of this name, and the store's. */
enum err place_find_workspace(struct store *st, struct arena *arena, struct str name, uint32_t *out);
enum err place_find_environment(struct store *st, struct arena *arena, uint32_t workspace, struct str name,
                                uint32_t *out);

#endif
