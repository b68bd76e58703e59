/* What the flow runs for a board: yosys's script and nextpnr's command line, and the files that they read. */
#include "flow_command.h"

#include "talk.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *flow_text(const char *format, ...)
{
    va_list arguments;
    char *result;

    va_start(arguments, format);
    int length = vasprintf(&result, format, arguments);
    va_end(arguments);
    if (length >= 0)
        return result;
    talk_error("out of memory");
    return NULL;
}

/* Families that nextpnr-ice40 reaches: the first part of board.part, and icetime's name for it. */
static const char *const devices[] = {"up5k", "hx8k", "hx1k", "lp8k", "lp1k"};

const char *flow_device(const struct board *board)
{
    for (size_t index = 0; index < sizeof devices / sizeof devices[0]; index++) {
        size_t length = strlen(devices[index]);

        if (strncmp(board->part, devices[index], length) == 0 && board->part[length] == '-')
            return devices[index];
    }
    return NULL;
}

char *flow_home(void)
{
    const char *home = getenv("NIRLOOM_HOME");
    char path[PATH_MAX];

    if (home && *home)
        return flow_text("%s", home);
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0)
        return flow_text(".");
    path[length] = '\0';
    for (int level = 0; level < 2; level++) {
        char *slash = strrchr(path, '/');
        if (slash)
            *slash = '\0';
    }
    return flow_text("%s", *path ? path : "/");
}

bool flow_sources(glob_t *found, const char *home)
{
    char *pattern = flow_text("%s/rtl/loom_*.v", home), *header = flow_text("%s/build/hardware.vh", home);
    bool good = pattern && header;

    *found = (glob_t){0};
    if (good && (access(header, R_OK) != 0 || glob(pattern, 0, NULL, found) != 0)) {
        talk_error("%s: no rtl/loom_*.v and build/hardware.vh here; set NIRLOOM_HOME to the project's folder and run "
                   "make there", home);
        good = false;
    }
    free(pattern);
    free(header);
    return good;
}

/* Every source in one line, quoted for yosys. */
static char *list_sources(const char *home, const char *named_home)
{
    glob_t found;
    char *list = flow_sources(&found, home) ? flow_text("%s", "") : NULL;

    for (size_t index = 0; list && index < found.gl_pathc; index++) {
        char *longer = flow_text("%s \"%s%s\"", list, named_home, found.gl_pathv[index] + strlen(home));

        free(list);
        list = longer;
    }
    globfree(&found);
    return list;
}

char *flow_script(const struct board *board, const char *home, const char *named_home, const char *folder)
{
    char *sources = list_sources(home, named_home), *script = NULL;

    if (!sources)
        return NULL;
    script = flow_text("read_verilog -I%s/build -I%s/rtl%s \"%s/rtl/boards/%s/top.v\"\n"
                       "chparam -set CORES %u -set LANES %u -set SLOTS %u -set WORD_BITS %u -set WEIGHT_WORDS %u "
                       "-set STATE_ROWS %u -set ACCUMULATOR_ROWS %u -set SPIKE_WORDS %u -set OPERATIONS %u "
                       "-set PROGRAM_BITS %u -set DSP %u -set DIVIDER %u top\n"
                       "synth_ice40 -top top %s -json \"%s/top.json\"\n",
                       named_home, named_home, sources, named_home, board->id, board->cores, board->lanes,
                       board->slots, board->word_bits, board->weight_words, board->state_rows,
                       board->accumulator_rows, board->spike_words, board->operations, board->program_bits,
                       board->dsp, board_divider(board), board_synthesis(board), folder);
    free(sources);
    return script;
}

/* The placer's weight of timing beside wire length, 10 unless told: with 14 the icebreaker's seeds reached 48.8 to 50.3 MHz,
 * with 20 47.6 to 48.4. */
static const char placer_timing_weight[] = "14";

char **flow_route_command(const struct board *board, const char *home, const char *folder, unsigned seed)
{
    char *const arguments[] = {
        flow_text("nextpnr-ice40"),
        flow_text("--%s", flow_device(board)),
        flow_text("--package"),
        flow_text("%s", strchr(board->part, '-') + 1),
        flow_text("--json"),
        flow_text("%s/top.json", folder),
        flow_text("--pcf"),
        flow_text("%s/rtl/boards/%s/%s.pcf", home, board->id, board->id),
        flow_text("--freq"),
        flow_text("%g", board->clock_khz / 1000.0),
        flow_text("--seed"),
        flow_text("%u", seed),
        flow_text("--report"),
        flow_text("%s/seed-%u.json", folder, seed),
        flow_text("--asc"),
        flow_text("%s/seed-%u.asc", folder, seed),
        flow_text("--placer-heap-timingweight"),
        flow_text("%s", placer_timing_weight),
        flow_text("--timing-allow-fail"),
    };
    enum { COUNT = sizeof arguments / sizeof arguments[0] };
    char **copy = calloc(COUNT + 1, sizeof *copy);
    bool good = copy != NULL;

    for (size_t index = 0; index < COUNT; index++) {
        good = good && arguments[index];
        if (copy)
            copy[index] = arguments[index];
        else
            free(arguments[index]);
    }
    if (good)
        return copy;
    for (size_t index = 0; copy && index < COUNT; index++)
        free(copy[index]);
    free(copy);
    talk_error("out of memory");
    return NULL;
}

void flow_free_command(char **arguments)
{
    for (size_t index = 0; arguments && arguments[index]; index++)
        free(arguments[index]);
    free(arguments);
}
