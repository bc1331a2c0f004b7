/* transfer_cli - `whorl export` and `whorl import`: files and progress on this side, transfer.h on
 * the other. */
#ifndef WHORL_CONTROL_TRANSFER_CLI_H
#define WHORL_CONTROL_TRANSFER_CLI_H

/* argv[0] is "export" or "import". The exit status: 0 all done; 1 it broke off; 2 the arguments are
 * wrong; 3 all was read, but some events could not be taken; 130 interrupted. */
int transfer_cli_run(int argc, char **argv);

#endif
