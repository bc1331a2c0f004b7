/* cli - the commands that talk to a data directory: parse the arguments, ask the running server or
 * open the store, print the answer. */
#ifndef WHORL_CONTROL_CLI_H
#define WHORL_CONTROL_CLI_H

/* `whorl key create ...`: argv without the program. Returns the exit status; errors go to
 * stderr. */
int cli_run(int argc, char **argv);

#endif
