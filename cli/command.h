/* The subcommands of nirloom: each takes its own argv (argv[0] is its name), prints data on stdout
 * and talk on stderr, and returns the exit status of the program. */
#ifndef NIRLOOM_COMMAND_H
#define NIRLOOM_COMMAND_H

enum command_status {
    COMMAND_DONE = 0,
    COMMAND_INPUT = 1,  /* a file is at fault */
    COMMAND_USAGE = 2,  /* the command line is */
    COMMAND_DEVICE = 3  /* the device, the link or a tool of the flow failed */
};

int command_compile(int argc, char **argv);
int command_run(int argc, char **argv);
int command_eval(int argc, char **argv);
int command_build(int argc, char **argv);
int command_inspect(int argc, char **argv);
int command_export(int argc, char **argv);
int command_board(int argc, char **argv);

#endif
