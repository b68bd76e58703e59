/* nirloom build: the bitstream of a board, and what it takes. */
#include "arguments.h"
#include "arena.h"
#include "command.h"
#include "file.h"
#include "flow.h"
#include "image.h"
#include "talk.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct command_form form = {
    .name = "build",
    .bit = COMMAND_BIT_BUILD,
    .help =
        "nirloom build [--board B] [NET.loom] -o DIR [options]\n"
        "\n"
        "Makes the bitstream of a board with yosys, nextpnr-ice40 and icepack, and reports clock, resources and\n"
        "the critical path. Logs, reports and the bitstream of the fastest seed are left in DIR. A network is no part\n"
        "of the bitstream: an image that is given is checked to be for the board, and copied into DIR. What was built\n"
        "before from the same sources with the same tools is taken from build/cache.\n"
        "\n"
        "      --board B          icebreaker (default), upduino3, hx8k-b-evn\n"
        "  -o, --output DIR       made if it is not there\n"
        "      --seeds 1,2,3      seeds for place and route, two at a time (1)\n"
        "      --force            builds even what is in the cache\n"
        "      --json             one object on standard output (docs/json.md)\n"
        "\n"
        "Example: nirloom build --board icebreaker -o build/icebreaker --seeds 1,2,3\n"
        "Exit status: 0 done, 1 the input is at fault, 2 wrong usage, 3 a tool failed or warned, or the clock is\n"
        "missed.\n",
    .file = "NET.loom",
    .output = "-o DIR",
};

static int refuse_board(const struct board *board)
{
    char list[256] = "";

    for (unsigned index = 0; board_at(index); index++) {
        if (!flow_can_build(board_at(index)))
            continue;
        strncat(list, *list ? ", " : "", sizeof list - strlen(list) - 1);
        strncat(list, board_at(index)->name, sizeof list - strlen(list) - 1);
    }
    fprintf(stderr, "nirloom build: --board %s: exists in simulation alone; what can be built: %s\n", board->name,
            list);
    return COMMAND_USAGE;
}

/* Loads the image to know that it is whole and for the board. */
static int check_image(const struct arguments *arguments)
{
    struct diagnostics diagnostics;
    struct arena arena = {0};
    struct image image = {.arena = &arena};

    diagnostics_begin(&diagnostics, arguments->file);
    int status = image_load(&image, arguments->file, &diagnostics);
    if (status == 0 && strcmp(image.board, arguments->board->name) != 0)
        status = diagnostics_error(&diagnostics, "", "made for board %s, not for %s; compile it with --board %s",
                                   image.board, arguments->board->name, arguments->board->name);
    talk_messages(&diagnostics, arguments->verbose);
    diagnostics_free(&diagnostics);
    arena_free(&arena);
    return status ? COMMAND_INPUT : COMMAND_DONE;
}

static bool same_file(const char *first, const char *second)
{
    struct stat one, other;

    return stat(first, &one) == 0 && stat(second, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

static int copy_image(const struct arguments *arguments)
{
    const char *slash = strrchr(arguments->file, '/');
    char *path;

    if (asprintf(&path, "%s/%s", arguments->output, slash ? slash + 1 : arguments->file) < 0) {
        talk_error("out of memory");
        return COMMAND_DEVICE;
    }
    if (same_file(arguments->file, path)) {
        free(path);
        return COMMAND_DONE;
    }
    bool good = file_copy(arguments->file, path, NULL);
    if (!good)
        talk_error("%s: cannot be copied to %s (%s)", arguments->file, path, strerror(errno));
    free(path);
    return good ? COMMAND_DONE : COMMAND_INPUT;
}

static void print_table(const struct flow *flow)
{
    printf("%-20s %s (%s)\n", "board", flow->board->name, flow->board->part);
    printf("%-20s %g MHz\n", "target", flow->board->clock_khz / 1000.0);
    for (size_t index = 0; index < flow->seed_count; index++) {
        printf("seed %-15u %.2f MHz", flow->seeds[index], flow->clock_mhz[index]);
        if (isfinite(flow->icetime_mhz[index]))
            printf(", icetime %.2f MHz", flow->icetime_mhz[index]);
        puts(index == flow->best ? ", in the bitstream" : "");
    }
    json_object_object_foreach(flow->resources, name, used)
    {
        struct json_object *available = json_object_object_get(flow->available, name);

        printf("%-20s %lld", name, (long long)json_object_get_int64(used));
        if (available)
            printf(" of %lld", (long long)json_object_get_int64(available));
        putchar('\n');
    }
    printf("%-20s %s\n", "critical path", flow->critical_path ? flow->critical_path : "-");
    printf("%-20s %s\n", "bitstream", flow->bitstream);
}

static int report(const struct arguments *arguments, const struct flow *flow)
{
    double target = flow->board->clock_khz / 1000.0;
    int status = COMMAND_DONE;

    if (arguments->json)
        status = talk_json(flow_describe(flow));
    else
        print_table(flow);
    if (status == COMMAND_DONE && flow->clock_mhz[flow->best] < target) {
        talk_error("%s: %.2f MHz at best, %g are needed; try other --seeds", flow->board->name,
                   flow->clock_mhz[flow->best], target);
        status = COMMAND_DEVICE;
    }
    return status;
}

int command_build(int argc, char **argv)
{
    struct arguments arguments;
    struct flow flow = {0};
    int status;

    if (!arguments_parse(&arguments, argc, argv, &form, &status))
        return status;
    if (!flow_can_build(arguments.board))
        return refuse_board(arguments.board);
    if (arguments.file && (status = check_image(&arguments)) != COMMAND_DONE)
        return status;
    if (mkdir(arguments.output, 0777) != 0 && errno != EEXIST) {
        talk_error("%s: cannot be made (%s); name a folder whose parent is there", arguments.output, strerror(errno));
        return COMMAND_INPUT;
    }
    if (arguments.file && (status = copy_image(&arguments)) != COMMAND_DONE)
        return status;
    status = flow_run(&flow, arguments.board, arguments.output, arguments.seeds, arguments.seed_count,
                      arguments.force);
    if (status == COMMAND_DONE)
        status = report(&arguments, &flow);
    flow_close(&flow);
    return status;
}
