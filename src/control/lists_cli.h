/* lists_cli - `whorl lists check FILE` and `whorl lists update`. */
#ifndef WHORL_CONTROL_LISTS_CLI_H
#define WHORL_CONTROL_LISTS_CLI_H

/* argv from "check" or "update" on. Returns the exit status: 0 fine, 1 a list was refused or a feed
 * failed, 2 wrong usage. */
int lists_cli_run(int argc, char **argv);

#endif
