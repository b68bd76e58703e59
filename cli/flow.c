/* The flow from RTL to a bitstream: yosys, nextpnr-ice40, icetime, icepack, with everything kept in one folder. Its
 * logs are the only witnesses of what the tools did, so they are read and judged before the next step. */
#include "flow.h"

#include "cache.h"
#include "command.h"
#include "figures.h"
#include "flow_command.h"
#include "flow_inputs.h"
#include "process.h"
#include "talk.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PARALLEL = 2 }; /* places and routes at a time */

bool flow_can_build(const struct board *board)
{
    return flow_device(board) != NULL;
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

static int synthesise(struct flow *flow)
{
    char *script = flow_script(flow->board, flow->home, flow->home, flow->folder);
    char *script_path = flow_text("%s/synthesis.ys", flow->folder), *log = flow_text("%s/yosys.log", flow->folder);
    char *netlist = flow_text("%s/top.json", flow->folder);
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
    char **arguments = flow_route_command(flow->board, flow->home, flow->folder, seed);
    pid_t process = arguments ? process_start((const char *const *)arguments, log) : -1;

    flow_free_command(arguments);
    return process;
}

/* icetime is a second opinion: where it cannot be had the build goes on without. */
static double ask_icetime(const struct flow *flow, unsigned seed)
{
    char *routed = flow_text("%s/seed-%u.asc", flow->folder, seed), *log = flow_text("%s/icetime-%u.log", flow->folder, seed);
    double megahertz = NAN;

    if (routed && log) {
        const char *const arguments[] = {"icetime", "-tmd", flow_device(flow->board), routed, NULL};
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
        logs[index] = flow_text("%s/nextpnr-%u.log", flow->folder, flow->seeds[first + index]);
        processes[index] = logs[index] ? start_route(flow, flow->seeds[first + index], logs[index]) : -1;
    }
    for (size_t index = 0; index < count; index++) {
        int finished = finish(processes[index], "nextpnr-ice40", logs[index]);

        status = status == COMMAND_DONE ? finished : status;
        free(logs[index]);
    }
    for (size_t index = 0; status == COMMAND_DONE && index < count; index++) {
        unsigned seed = flow->seeds[first + index];
        char *report = flow_text("%s/seed-%u.json", flow->folder, seed);

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
    char *report = flow_text("%s/seed-%u.json", flow->folder, flow->seeds[flow->best]);
    if (!report || !figures_utilization(flow->resources, flow->available, report))
        status = COMMAND_DEVICE;
    else
        flow->critical_path = figures_critical_path(report);
    free(report);
    return status;
}

static int pack(struct flow *flow)
{
    char *routed = flow_text("%s/seed-%u.asc", flow->folder, flow->seeds[flow->best]);
    char *log = flow_text("%s/icepack.log", flow->folder);
    int status = COMMAND_DEVICE;

    if (routed && log) {
        const char *const arguments[] = {"icepack", routed, flow->bitstream, NULL};

        status = finish(process_start(arguments, log), "icepack", log);
    }
    free(routed);
    free(log);
    return status;
}

/* What a build leaves in the folder: names, NULL-terminated, for flow_free_command(); NULL, told, if memory is short. */
static char **list_files(const struct flow *flow)
{
    static const char *const once[] = {"synthesis.ys", "yosys.log", "top.json", "icepack.log", FLOW_FIGURES};
    enum { ONCE = sizeof once / sizeof once[0], EACH = 4 };
    char **names = calloc(ONCE + EACH * flow->seed_count + 2, sizeof *names);
    size_t count = 0;

    for (size_t index = 0; names && index < ONCE; index++)
        names[count++] = flow_text("%s", once[index]);
    for (size_t seed = 0; names && seed < flow->seed_count; seed++) {
        names[count++] = flow_text("nextpnr-%u.log", flow->seeds[seed]);
        names[count++] = flow_text("seed-%u.asc", flow->seeds[seed]);
        names[count++] = flow_text("seed-%u.json", flow->seeds[seed]);
        names[count++] = flow_text("icetime-%u.log", flow->seeds[seed]);
    }
    if (names)
        names[count++] = flow_text("%s.bin", flow->board->id);
    for (size_t index = 0; names && index < count; index++)
        if (!names[index]) {
            while (count)
                free(names[--count]);
            free(names);
            return NULL;
        }
    return names;
}

static int build(struct flow *flow)
{
    unlink(flow->bitstream); /* an old one must not pass for this build's */
    fprintf(stderr, "nirloom: yosys\n");
    int status = synthesise(flow);
    if (status == COMMAND_DONE) {
        fprintf(stderr, "nirloom: nextpnr-ice40, %zu seed%s\n", flow->seed_count, flow->seed_count == 1 ? "" : "s");
        status = route(flow);
    }
    if (status == COMMAND_DONE)
        status = pack(flow);
    return status == COMMAND_DONE ? flow_write_figures(flow) : status;
}

/* The build from the cache if it is there, else made and kept there. The entry's lock is held all the while: of two
 * builds of the same the second waits, and takes what the first has made. */
static int build_once(struct flow *flow, struct cache *cache, const char *inputs, bool force)
{
    char **names = list_files(flow);
    int status = COMMAND_DEVICE;

    if (!names)
        return status;
    if (!force && cache_take(cache, flow->folder, (const char *const *)names) && flow_read_figures(flow)) {
        fprintf(stderr, "nirloom: %s is unchanged: taken from %s; --force builds it anew\n", flow->board->name,
                cache->folder);
        flow->cached = true;
        status = COMMAND_DONE;
    } else {
        status = build(flow);
        if (status == COMMAND_DONE)
            cache_put(cache, flow->folder, (const char *const *)names, inputs);
    }
    flow_free_command(names);
    return status;
}

int flow_run(struct flow *flow, const struct board *board, const char *folder, const unsigned *seeds,
             size_t seed_count, bool force)
{
    struct cache cache;

    *flow = (struct flow){
        .board = board,
        .folder = folder,
        .home = flow_home(),
        .seeds = seeds,
        .seed_count = seed_count,
        .clock_mhz = calloc(seed_count, sizeof *flow->clock_mhz),
        .icetime_mhz = calloc(seed_count, sizeof *flow->icetime_mhz),
        .bitstream = flow_text("%s/%s.bin", folder, board->id),
        .resources = json_object_new_object(),
        .available = json_object_new_object(),
    };
    if (!flow->home || !flow->clock_mhz || !flow->icetime_mhz || !flow->bitstream)
        return COMMAND_DEVICE;
    int lock = cache_lock(folder, "another build into");
    char *inputs = flow_inputs(board, flow->home, seeds, seed_count);
    char *root = flow_text("%s/build/cache", flow->home);
    int status;

    if (inputs && root && cache_open(&cache, root, inputs)) {
        status = build_once(flow, &cache, inputs, force);
        cache_close(&cache);
    } else {
        status = build(flow);
    }
    free(root);
    free(inputs);
    if (lock >= 0)
        close(lock);
    return status;
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
