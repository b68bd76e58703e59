/* The executable: finds the subcommand. Each one parses its own options (arguments.c) and returns the exit status. */
#include "command.h"
#include "hardware.h"

#include <stdio.h>
#include <string.h>

static const struct subcommand {
    const char *name;
    int (*run)(int argc, char **argv); /* NULL: not in this version */
    const char *text;
} subcommands[] = {
    {"compile", command_compile, "NET.nir -o NET.loom            a NIR graph into an image for an array"},
    {"run", command_run, "NET.loom -i DATA.h5 -o OUT.h5  samples through a device, outputs into a file"},
    {"eval", command_eval, "NET.loom -i DATA.h5            accuracy, agreement, cycles, latency"},
    {"build", command_build, "--board B [NET.loom] -o DIR    bitstream, resources, timing"},
    {"inspect", command_inspect, "FILE                           what is in a .nir, a .loom or a data file"},
    {"board", command_board, "--virtual                      a simulated board behind a pseudo terminal"},
    {"export", command_export, "NET.loom -o NETQ.nir           the network that the array computes, as NIR"},
    {"report", NULL, "not in this version"},
};

enum { SUBCOMMANDS = sizeof subcommands / sizeof subcommands[0] };

static void print_help(FILE *file)
{
    fputs("nirloom COMMAND …: compiles NIR networks onto a neuron-core array for open-flow FPGAs\n\n", file);
    for (size_t index = 0; index < SUBCOMMANDS; index++)
        fprintf(file, "  %-8s %s\n", subcommands[index].name, subcommands[index].text);
    fputs("\nnirloom COMMAND --help has the options and an example. nirloom --version prints versions.\n"
          "Exit status: 0 done, 1 the input is at fault, 2 wrong usage, 3 the device or link failed.\n\n"
          "Example: nirloom compile net.nir -o net.loom && nirloom eval net.loom -i test.h5\n",
          file);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return COMMAND_USAGE;
    }
    if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0) {
        print_help(stdout);
        return COMMAND_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("nirloom 0.1, hardware version %d\n", HW_VERSION);
        return COMMAND_DONE;
    }
    for (size_t index = 0; index < SUBCOMMANDS; index++) {
        if (strcmp(argv[1], subcommands[index].name) != 0)
            continue;
        if (subcommands[index].run)
            return subcommands[index].run(argc - 1, argv + 1);
        fprintf(stderr, "nirloom %s: not in this version; there are compile, run, eval, build, inspect, export and board\n",
                argv[1]);
        return COMMAND_USAGE;
    }
    fprintf(stderr, "nirloom: %s: no such command; there are compile, run, eval, build, inspect, export and board\n",
            argv[1]);
    return COMMAND_USAGE;
}
