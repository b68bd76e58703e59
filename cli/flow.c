/* The flow from RTL to a bitstream: yosys, nextpnr-ice40, icetime, icepack, with everything kept in one folder. Its
 * logs are the only witnesses of what the tools did, so they are read and judged before the next step. */
#include "flow.h"

#include "command.h"
#include "figures.h"
#include "process.h"
#include "talk.h"

#include <glob.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PARALLEL = 2 }; /* places and routes at a time */

/* Families that nextpnr-ice40 reaches: the first part of board.part, and icetime's name for it. */
static const char *const devices[] = {"up5k", "hx8k", "hx1k", "lp8k", "lp1k"};

static const char *find_device(const struct board *board)
{
    for (size_t index = 0; index < sizeof devices / sizeof devices[0]; index++) {
        size_t length = strlen(devices[index]);

        if (strncmp(board->part, devices[index], length) == 0 && board->part[length] == '-')
            return devices[index];
    }
    return NULL;
}

bool flow_can_build(const struct board *board)
{
    return find_device(board) != NULL;
}

/* printf into fresh memory; NULL, told, if there is none. */
__attribute__((format(printf, 1, 2))) static char *text(const char *format, ...)
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

/* The root is NIRLOOM_HOME, else the folder above the one with the executable. */
static char *find_home(void)
{
    const char *home = getenv("NIRLOOM_HOME");
    char path[PATH_MAX];

    if (home && *home)
        return text("%s", home);
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0)
        return text(".");
    path[length] = '\0';
    for (int level = 0; level < 2; level++) {
        char *slash = strrchr(path, '/');
        if (slash)
            *slash = '\0';
    }
    return text("%s", *path ? path : "/");
}

/* Every rtl/loom_*.v in one line, quoted for yosys; NULL, told, if there are none. */
static char *list_sources(const struct flow *flow)
{
    char *pattern = text("%s/rtl/loom_*.v", flow->home);
    char *header = text("%s/build/hardware.vh", flow->home);
    glob_t found = {0};
    char *list = text("%s", "");

    if (!pattern || !header || access(header, R_OK) != 0 || glob(pattern, 0, NULL, &found) != 0) {
        talk_error("%s: no rtl/loom_*.v and build/hardware.vh here; set NIRLOOM_HOME to the project's folder and run "
                   "make there", flow->home);
        free(list);
        list = NULL;
    }
    for (size_t index = 0; list && index < found.gl_pathc; index++) {
        char *longer = text("%s \"%s\"", list, found.gl_pathv[index]);

        free(list);
        list = longer;
    }
    globfree(&found);
    free(pattern);
    free(header);
    return list;
}

/* Waits for a program and judges its log; the program's errors and warnings are told. */
static int finish(pid_t process, const char *program, const char *log)
{
    if (process < 0)
        return COMMAND_DEVICE;
    bool ended = process_wait(process), clean = figures_check_log(log);

    if (ended && clean)
        return COMMAND_DONE;
    talk_error("%s %s; the whole log is %s", program, ended ? "warned, which fails the build" : "failed", log);
    return COMMAND_DEVICE;
}

static char *make_script(const struct flow *flow)
{
    const struct board *board = flow->board;
    char *sources = list_sources(flow);
    char *script = NULL;

    if (!sources)
        return NULL;
    script = text("read_verilog -I%s/build -I%s/rtl%s \"%s/rtl/boards/%s/top.v\"\n"
                  "chparam -set CORES %u -set LANES %u -set SLOTS %u -set WORD_BITS %u -set WEIGHT_WORDS %u -set STATE_ROWS %u "
                  "-set ACCUMULATOR_ROWS %u -set SPIKE_WORDS %u -set DIVIDER %u top\n"
                  "synth_ice40 -top top -dsp -spram -abc9 -json \"%s/top.json\"\n",
                  flow->home, flow->home, sources, flow->home, board->id, board->cores, board->lanes,
                  board->slots, board->word_bits, board->weight_words, board->state_rows, board->accumulator_rows,
                  board->spike_words, board_divider(board),
                  flow->folder);
    free(sources);
    return script;
}

static int synthesise(struct flow *flow)
{
    char *script = make_script(flow);
    char *script_path = text("%s/synthesis.ys", flow->folder), *log = text("%s/yosys.log", flow->folder);
    char *netlist = text("%s/top.json", flow->folder);
    int status = COMMAND_DEVICE;

    if (script && script_path && log && netlist) {
        FILE *file = fopen(script_path, "w");
        bool written = file && fputs(script, file) >= 0;

        written = file && fclose(file) == 0 && written;
        if (written) {
            const char *const arguments[] = {"yosys", "-s", script_path, NULL};

            status = finish(process_start(arguments, log), "yosys", log);
        } else {
            talk_error("%s: cannot be written; choose a folder that can be", script_path);
            status = COMMAND_INPUT;
        }
        if (status == COMMAND_DONE && !figures_count_cells(flow->resources, netlist))
            status = COMMAND_DEVICE;
    }
    free(script);
    free(script_path);
    free(log);
    free(netlist);
    return status;
}

static pid_t start_route(const struct flow *flow, unsigned seed, const char *log)
{
    const struct board *board = flow->board;
    const char *package = strchr(board->part, '-') + 1;
    char *device = text("--%s", find_device(board)), *seed_text = text("%u", seed);
    char *netlist = text("%s/top.json", flow->folder);
    char *pins = text("%s/rtl/boards/%s/%s.pcf", flow->home, board->id, board->id);
    char *frequency = text("%g", board->clock_khz / 1000.0);
    char *report = text("%s/seed-%u.json", flow->folder, seed), *routed = text("%s/seed-%u.asc", flow->folder, seed);
    pid_t process = -1;

    if (device && seed_text && netlist && pins && frequency && report && routed) {
        const char *const arguments[] = {"nextpnr-ice40", device,     "--package", package,  "--json",   netlist,
                                         "--pcf",         pins,       "--freq",    frequency, "--seed",  seed_text,
                                         "--report",      report,     "--asc",     routed,
                                         "--timing-allow-fail", NULL};

        process = process_start(arguments, log);
    }
    free(device);
    free(seed_text);
    free(netlist);
    free(pins);
    free(frequency);
    free(report);
    free(routed);
    return process;
}

/* icetime is a second opinion: where it cannot be had the build goes on without. */
static double ask_icetime(const struct flow *flow, unsigned seed)
{
    char *routed = text("%s/seed-%u.asc", flow->folder, seed), *log = text("%s/icetime-%u.log", flow->folder, seed);
    double megahertz = NAN;

    if (routed && log) {
        const char *const arguments[] = {"icetime", "-tmd", find_device(flow->board), routed, NULL};
        pid_t process = process_start(arguments, log);

        if (process >= 0 && process_wait(process))
            megahertz = figures_icetime(log);
        if (!isfinite(megahertz))
            talk_warning("icetime gave no figure (%s tells why); its chip database may be missing", log);
    }
    free(routed);
    free(log);
    return megahertz;
}

/* Places and routes seeds first … first + count - 1 side by side. */
static int route_some(struct flow *flow, size_t first, size_t count)
{
    char *logs[PARALLEL] = {NULL};
    pid_t processes[PARALLEL];
    int status = COMMAND_DONE;

    for (size_t index = 0; index < count; index++) {
        logs[index] = text("%s/nextpnr-%u.log", flow->folder, flow->seeds[first + index]);
        processes[index] = logs[index] ? start_route(flow, flow->seeds[first + index], logs[index]) : -1;
    }
    for (size_t index = 0; index < count; index++) {
        int finished = finish(processes[index], "nextpnr-ice40", logs[index]);

        status = status == COMMAND_DONE ? finished : status;
        free(logs[index]);
    }
    for (size_t index = 0; status == COMMAND_DONE && index < count; index++) {
        unsigned seed = flow->seeds[first + index];
        char *report = text("%s/seed-%u.json", flow->folder, seed);

        flow->clock_mhz[first + index] = report ? figures_clock(report) : NAN;
        if (!isfinite(flow->clock_mhz[first + index]))
            status = COMMAND_DEVICE;
        else
            flow->icetime_mhz[first + index] = ask_icetime(flow, seed);
        free(report);
    }
    return status;
}

static int route(struct flow *flow)
{
    int status = COMMAND_DONE;

    for (size_t first = 0; status == COMMAND_DONE && first < flow->seed_count; first += PARALLEL) {
        size_t left = flow->seed_count - first;

        status = route_some(flow, first, left < PARALLEL ? left : PARALLEL);
    }
    if (status != COMMAND_DONE)
        return status;
    for (size_t index = 1; index < flow->seed_count; index++)
        if (flow->clock_mhz[index] > flow->clock_mhz[flow->best])
            flow->best = index;
    char *report = text("%s/seed-%u.json", flow->folder, flow->seeds[flow->best]);
    if (!report || !figures_utilization(flow->resources, flow->available, report))
        status = COMMAND_DEVICE;
    else
        flow->critical_path = figures_critical_path(report);
    free(report);
    return status;
}

static int pack(struct flow *flow)
{
    char *routed = text("%s/seed-%u.asc", flow->folder, flow->seeds[flow->best]);
    char *log = text("%s/icepack.log", flow->folder);
    int status = COMMAND_DEVICE;

    if (routed && log) {
        const char *const arguments[] = {"icepack", routed, flow->bitstream, NULL};

        status = finish(process_start(arguments, log), "icepack", log);
    }
    free(routed);
    free(log);
    return status;
}

int flow_run(struct flow *flow, const struct board *board, const char *folder, const unsigned *seeds,
             size_t seed_count)
{
    *flow = (struct flow){
        .board = board,
        .folder = folder,
        .home = find_home(),
        .seeds = seeds,
        .seed_count = seed_count,
        .clock_mhz = calloc(seed_count, sizeof *flow->clock_mhz),
        .icetime_mhz = calloc(seed_count, sizeof *flow->icetime_mhz),
        .bitstream = text("%s/%s.bin", folder, board->id),
        .resources = json_object_new_object(),
        .available = json_object_new_object(),
    };
    if (!flow->home || !flow->clock_mhz || !flow->icetime_mhz || !flow->bitstream)
        return COMMAND_DEVICE;
    unlink(flow->bitstream); /* an old one must not pass for this build's */
    fprintf(stderr, "nirloom: yosys\n");
    int status = synthesise(flow);
    if (status == COMMAND_DONE) {
        fprintf(stderr, "nirloom: nextpnr-ice40, %zu seed%s\n", seed_count, seed_count == 1 ? "" : "s");
        status = route(flow);
    }
    return status == COMMAND_DONE ? pack(flow) : status;
}

void flow_close(struct flow *flow)
{
    free(flow->home);
    free(flow->clock_mhz);
    free(flow->icetime_mhz);
    free(flow->critical_path);
    free(flow->bitstream);
    json_object_put(flow->resources);
    json_object_put(flow->available);
    *flow = (struct flow){0};
}
