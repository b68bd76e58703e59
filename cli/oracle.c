/* nirloom run --device float of a .nir: straight from the graph. It needs no image, so that every NIR primitive runs,
 * those that the array cannot run as well. */
#include "oracle.h"

#include "arena.h"
#include "calibrate.h"
#include "command.h"
#include "data.h"
#include "float.h"
#include "graph.h"
#include "oracle_state.h"
#include "talk.h"
#include "times.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double default_dt = 1e-4;

enum quantity { QUANTITY_OUTPUT, QUANTITY_MEMBRANE };

/* What of a node goes into which series of the results. */
struct recording {
    size_t node;
    enum quantity quantity;
    size_t series;
};

struct oracle {
    struct arena arena;
    struct graph graph;
    struct options options;
    struct data data;
    struct data results;
    struct float_network *network;
    const struct data_series **series; /* one an Input of network, NULL: none */
    double **step;                     /* a step's numbers for each Input */
    struct recording *recordings;
    size_t recording_count;
};

static int no_memory(void)
{
    talk_error("out of memory; --limit takes fewer samples");
    return COMMAND_DEVICE;
}

/* Spikes leave a node that fires at most once a step, an Input whose data are spikes, and what only moves them:
 * Delay, Flatten and Output with one source. */
static bool carries_spikes(const struct oracle *oracle, size_t node)
{
    const struct graph *graph = &oracle->graph;

    for (size_t hops = 0; hops <= graph->node_count; hops++) {
        enum node_type type = graph->nodes[node].type;
        size_t sources = 0, source = node;

        if (node_fires(type))
            return type == NODE_THRESHOLD || oracle->options.spikes == SPIKES_SINGLE;
        if (type == NODE_INPUT) {
            const struct data_series *series = data_find(&oracle->data, graph->nodes[node].name, NULL);
            return series && series->spikes;
        }
        if (type != NODE_OUTPUT && type != NODE_DELAY && type != NODE_FLATTEN)
            return false;
        for (size_t index = 0; index < graph->edge_count; index++) {
            if (graph->edges[index].target == node) {
                source = graph->edges[index].source;
                sources++;
            }
        }
        if (sources != 1)
            return false;
        node = source;
    }
    return false;
}

static int record(struct oracle *oracle, size_t node, enum quantity quantity)
{
    const char *name = oracle->graph.nodes[node].name;
    bool spikes = quantity == QUANTITY_OUTPUT && carries_spikes(oracle, node);
    const char *observable = quantity == QUANTITY_MEMBRANE ? "v" : spikes ? "spikes" : "values";

    if (data_find(&oracle->results, name, observable))
        return COMMAND_DONE;
    if (!data_add(&oracle->results, name, observable, float_network_size(oracle->network, node), spikes))
        return no_memory();
    oracle->recordings[oracle->recording_count++] =
        (struct recording){node, quantity, oracle->results.series_count - 1};
    return COMMAND_DONE;
}

static int record_probe(struct oracle *oracle, const struct arguments *arguments, const char *name)
{
    const struct graph *graph = &oracle->graph;
    char list[1024];
    size_t used = 0;

    list[0] = '\0';
    for (size_t node = 0; node < graph->node_count; node++) {
        if (!float_network_membrane(oracle->network, node))
            continue;
        if (strcmp(graph->nodes[node].name, name) == 0) {
            int status = record(oracle, node, QUANTITY_MEMBRANE);
            return status == COMMAND_DONE && node_fires(graph->nodes[node].type)
                       ? record(oracle, node, QUANTITY_OUTPUT)
                       : status;
        }
        if (used < sizeof list - 80)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%.64s", used ? ", " : "",
                                     graph->nodes[node].name);
    }
    talk_error("%s: /%s: no such node with a state to probe; there are %s", arguments->file, name,
               used ? list : "none");
    return COMMAND_INPUT;
}

static int choose_recordings(struct oracle *oracle, const struct arguments *arguments)
{
    size_t most = oracle->graph.node_count + 2 * arguments->probe_count;
    int status = COMMAND_DONE;

    oracle->results.samples = oracle->data.samples;
    oracle->results.steps = oracle->data.steps;
    oracle->results.dt = oracle->data.dt > 0 ? oracle->data.dt : float_network_dt(oracle->network);
    oracle->recordings = arena_allocate(&oracle->arena, most, sizeof *oracle->recordings);
    if (!oracle->recordings)
        return no_memory();
    for (size_t node = 0; status == COMMAND_DONE && node < oracle->graph.node_count; node++)
        if (oracle->graph.nodes[node].type == NODE_OUTPUT)
            status = record(oracle, node, QUANTITY_OUTPUT);
    for (size_t index = 0; status == COMMAND_DONE && index < arguments->probe_count; index++)
        status = record_probe(oracle, arguments, arguments->probes[index]);
    return status;
}

/* Reads the samples; the step is the user's word, then the network's, then the data's. */
static int read_data(struct oracle *oracle, const struct arguments *arguments, struct diagnostics *diagnostics)
{
    struct options *options = &oracle->options;
    double known = options->dt > 0 ? options->dt : oracle->graph.metadata_dt;

    if (data_read(&oracle->data, arguments->input, arguments->skip, arguments->limit, known > 0 ? known : default_dt,
                  diagnostics))
        return -1;
    if (oracle->data.samples == 0 || oracle->data.steps == 0)
        return diagnostics_error(diagnostics, "", "no samples from number %zu on; --skip takes fewer",
                                 arguments->skip);
    if (known == 0 && oracle->data.dt > 0)
        options->dt = oracle->data.dt;
    else if (options->time_unit == 1 && oracle->data.dt > 0 && fabs(oracle->data.dt - known) > 1e-6 * known)
        diagnostics_warning(diagnostics, "", "dt is %g, the network's is %g; each step of the data is taken as one of "
                            "the network's; --dt gives another", oracle->data.dt, known);
    return 0;
}

static int match_inputs(struct oracle *oracle, struct diagnostics *diagnostics)
{
    size_t count = float_network_input_count(oracle->network);
    struct port *ports = arena_allocate(&oracle->arena, count, sizeof *ports);
    size_t *sizes = arena_allocate(&oracle->arena, count, sizeof *sizes);

    oracle->series = arena_allocate(&oracle->arena, count, sizeof *oracle->series);
    oracle->step = arena_allocate(&oracle->arena, count, sizeof *oracle->step);
    if (!ports || !sizes || !oracle->series || !oracle->step)
        return diagnostics_error(diagnostics, "", "out of memory");
    for (size_t index = 0; index < count; index++) {
        size_t node = float_network_input_node(oracle->network, index);

        ports[index].name = oracle->graph.nodes[node].name;
        sizes[index] = float_network_size(oracle->network, node);
        oracle->series[index] = data_find(&oracle->data, ports[index].name, NULL);
        oracle->step[index] = arena_allocate(&oracle->arena, sizes[index], sizeof(double));
        if (!oracle->step[index])
            return diagnostics_error(diagnostics, "", "out of memory");
    }
    return calibrate_match(&oracle->data, ports, count, sizes, diagnostics);
}

static int open_oracle(struct oracle *oracle, const struct arguments *arguments)
{
    struct diagnostics diagnostics, sample_diagnostics;

    diagnostics_begin(&diagnostics, arguments->file);
    diagnostics_begin(&sample_diagnostics, arguments->input);
    oracle->graph.arena = &oracle->arena;
    oracle->options = arguments->options;
    int status = graph_load(&oracle->graph, arguments->network, &diagnostics);
    if (status == 0)
        status = read_data(oracle, arguments, &sample_diagnostics);
    if (status == 0)
        status = float_network_open(&oracle->network, &oracle->graph, &oracle->options, &diagnostics);
    if (status == 0)
        graph_check_times(&oracle->graph, float_network_dt(oracle->network), &oracle->options, &diagnostics);
    if (status == 0)
        status = match_inputs(oracle, &sample_diagnostics);
    talk_messages(&diagnostics, arguments->verbose);
    talk_messages(&sample_diagnostics, arguments->verbose);
    diagnostics_free(&diagnostics);
    diagnostics_free(&sample_diagnostics);
    return status ? COMMAND_INPUT : COMMAND_DONE;
}

/* row: the step's number among all steps of all samples. */
static void run_step(struct oracle *oracle, size_t row)
{
    for (size_t index = 0; index < float_network_input_count(oracle->network); index++) {
        const struct data_series *series = oracle->series[index];

        for (size_t neuron = 0; neuron < series->neurons; neuron++) {
            size_t element = row * series->neurons + neuron;
            oracle->step[index][neuron] = series->values ? series->values[element] : series->spikes[element];
        }
    }
    float_network_step(oracle->network, (const double *const *)oracle->step);
    for (size_t index = 0; index < oracle->recording_count; index++) {
        const struct recording *recording = &oracle->recordings[index];
        struct data_series *series = &oracle->results.series[recording->series];
        const double *from = recording->quantity == QUANTITY_MEMBRANE
                                 ? float_network_membrane(oracle->network, recording->node)
                                 : float_network_output(oracle->network, recording->node);

        for (size_t neuron = 0; neuron < series->neurons; neuron++) {
            if (series->spikes)
                series->spikes[row * series->neurons + neuron] = from[neuron] != 0;
            else
                series->values[row * series->neurons + neuron] = from[neuron];
        }
    }
}

static int write_results(const struct oracle *oracle, const struct arguments *arguments)
{
    struct diagnostics diagnostics;

    diagnostics_begin(&diagnostics, arguments->output);
    int status = (arguments->events ? data_write_events : data_write)(&oracle->results, arguments->output, &diagnostics);
    talk_messages(&diagnostics, arguments->verbose);
    diagnostics_free(&diagnostics);
    if (status)
        return COMMAND_INPUT;
    fprintf(stderr, "nirloom: %s: %zu samples of %zu steps on float\n", arguments->output, oracle->results.samples,
            oracle->results.steps);
    return COMMAND_DONE;
}

static void run_samples(struct oracle *oracle)
{
    struct progress progress;

    progress_begin(&progress, "float", oracle->data.samples);
    for (size_t sample = 0; sample < oracle->data.samples; sample++) {
        if (sample > 0)
            float_network_reset(oracle->network);
        for (size_t step = 0; step < oracle->data.steps; step++)
            run_step(oracle, sample * oracle->data.steps + step);
        progress_show(&progress, sample + 1);
    }
    progress_end(&progress);
}

/* Runs all samples, or one from a state and to another; the results come first, so that a run that could not write them
 * can be repeated from a state that it was to replace. */
static int run_with_states(struct oracle *oracle, const struct arguments *arguments)
{
    struct oracle_state state;
    struct state_subject subject;
    double dt = float_network_dt(oracle->network);
    uint64_t first = 0;
    int status = run_state_check(arguments, oracle->data.samples);

    if (status == COMMAND_DONE)
        status = oracle_state_open(&state, &subject, &oracle->graph, oracle->network, &oracle->arena);
    if (status == COMMAND_DONE && arguments->state_in)
        status = run_state_load(&subject, arguments, dt, &first);
    if (status != COMMAND_DONE)
        return status;
    run_samples(oracle);
    status = write_results(oracle, arguments);
    if (status != COMMAND_DONE)
        return status;
    return arguments->state_out ? run_state_save(&subject, arguments, dt, first + oracle->data.steps) : COMMAND_DONE;
}

int oracle_run(const struct arguments *arguments)
{
    struct oracle oracle = {0};
    int status = open_oracle(&oracle, arguments);

    if (status == COMMAND_DONE)
        status = choose_recordings(&oracle, arguments);
    if (status == COMMAND_DONE)
        status = run_with_states(&oracle, arguments);
    float_network_close(oracle.network);
    data_free(&oracle.data);
    data_free(&oracle.results);
    arena_free(&oracle.arena);
    return status;
}
