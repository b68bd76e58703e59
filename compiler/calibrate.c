/* What data tell about a network before it is quantised: Inputs are matched by name and size, values give
 * magnitudes, and the float oracle gives the range of every membrane. */
#include "calibrate.h"

#include "float.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LIST_BYTES = 512,
    RECORD_STEPS = 1 << 14, /* of spikes: more tell little more of how neurons fire */
    RECORD_BITS = 1 << 29
};

static const double runaway = 1e100; /* of a state: squares of larger ones are no numbers any more */

/* "a (3), b (4)", cut with "…" where it gets too long. */
static void list_ports(char *list, const struct port *inputs, size_t count, const size_t *sizes)
{
    size_t used = 0;

    list[0] = '\0';
    for (size_t index = 0; index < count && used < LIST_BYTES - 80; index++)
        used += (size_t)snprintf(list + used, LIST_BYTES - used, "%s%.64s (%zu)", index ? ", " : "",
                                 inputs[index].name, sizes[index]);
}

static void list_series(char *list, const struct data *data)
{
    size_t used = 0;

    snprintf(list, LIST_BYTES, "no node");
    for (size_t index = 0; index < data->series_count && used < LIST_BYTES - 80; index++) {
        const struct data_series *series = &data->series[index];
        bool again = false;

        for (size_t earlier = 0; earlier < index; earlier++)
            again = again || strcmp(data->series[earlier].node, series->node) == 0;
        if (!again)
            used += (size_t)snprintf(list + used, LIST_BYTES - used, "%s%.64s (%zu)", used ? ", " : "", series->node,
                                     series->neurons);
    }
}

int calibrate_match(const struct data *data, const struct port *inputs, size_t input_count, const size_t *sizes,
                    struct diagnostics *diagnostics)
{
    int status = 0;

    for (size_t index = 0; index < input_count; index++) {
        const struct data_series *series = data_find(data, inputs[index].name, NULL);
        char place[LIST_BYTES], wanted[LIST_BYTES], present[LIST_BYTES];

        snprintf(place, sizeof place, "/nodes/%.400s", inputs[index].name);
        list_ports(wanted, inputs, input_count, sizes);
        list_series(present, data);
        if (!series)
            status = diagnostics_error(diagnostics, place,
                                       "no spikes or values for this Input; the file has %s, the network wants %s",
                                       present, wanted);
        else if (series->neurons != sizes[index])
            status = diagnostics_error(diagnostics, place, "has %zu neurons; the network's Input has %zu",
                                       series->neurons, sizes[index]);
    }
    return status;
}

void calibrate_inputs(struct input_range *range, const struct data *data, const struct port *inputs,
                      size_t input_count)
{
    for (size_t index = 0; index < input_count; index++) {
        const struct data_series *series = data_find(data, inputs[index].name, NULL);

        range[index] = (struct input_range){0};
        if (!series || !series->values)
            continue;
        size_t count = data->samples * data->steps * series->neurons;
        range[index].graded = true;
        for (size_t element = 0; element < count; element++)
            range[index].magnitude = fmax(range[index].magnitude, fabs(series->values[element]));
    }
}

/* The oracle, the series that feed it, and a step's numbers for each Input. */
struct oracle {
    struct float_network *network;
    size_t input_count;
    const struct data_series **series; /* (input_count) NULL: no such Input in the data */
    double **step;                     /* (input_count) each (neurons) */
};

static int oracle_open(struct oracle *oracle, struct arena *arena, const struct graph *graph,
                       const struct options *options, const struct data *data, struct diagnostics *diagnostics)
{
    *oracle = (struct oracle){0};
    if (float_network_open(&oracle->network, graph, options, diagnostics))
        return -1;
    oracle->input_count = float_network_input_count(oracle->network);
    oracle->series = arena_allocate(arena, oracle->input_count, sizeof *oracle->series);
    oracle->step = arena_allocate(arena, oracle->input_count, sizeof *oracle->step);
    if (!oracle->series || !oracle->step)
        return diagnostics_error(diagnostics, "", "out of memory");
    for (size_t index = 0; index < oracle->input_count; index++) {
        size_t node = float_network_input_node(oracle->network, index);
        const struct data_series *series = data_find(data, graph->nodes[node].name, NULL);

        if (!series || series->neurons != float_network_size(oracle->network, node))
            continue;
        oracle->series[index] = series;
        oracle->step[index] = arena_allocate(arena, series->neurons, sizeof(double));
        if (!oracle->step[index])
            return diagnostics_error(diagnostics, "", "out of memory");
    }
    return 0;
}

/* row: the step's number among all steps of all samples. */
static void oracle_step(struct oracle *oracle, size_t row)
{
    for (size_t index = 0; index < oracle->input_count; index++) {
        const struct data_series *series = oracle->series[index];

        if (!series)
            continue;
        for (size_t neuron = 0; neuron < series->neurons; neuron++) {
            size_t element = row * series->neurons + neuron;
            oracle->step[index][neuron] = series->values ? series->values[element] : series->spikes[element];
        }
    }
    float_network_step(oracle->network, (const double *const *)oracle->step);
}

static double largest(double so_far, const double *values, size_t count)
{
    for (size_t index = 0; values && index < count; index++)
        so_far = fmax(so_far, fabs(values[index]));
    return so_far;
}

/* What of each neuron is known for sure: of populations that are a node of the graph. */
static int begin_neurons(struct calibration *calibration, const struct oracle *oracle, const struct graph *graph,
                         const struct network *network)
{
    struct arena *arena = network->arena;

    calibration->reach = arena_allocate(arena, network->population_count, sizeof *calibration->reach);
    calibration->power = arena_allocate(arena, network->population_count, sizeof *calibration->power);
    if (!calibration->reach || !calibration->power)
        return -1;
    for (size_t index = 0; index < network->population_count; index++) {
        const struct population *population = &network->populations[index];
        const struct node *node = &graph->nodes[population->node];

        if (strcmp(population->name, node->name) != 0 ||
            float_network_size(oracle->network, population->node) != population->size)
            continue;
        calibration->reach[index] = arena_allocate(arena, population->size, sizeof(double));
        calibration->power[index] = arena_allocate(arena, population->size, sizeof(double));
        if (!calibration->reach[index] || !calibration->power[index])
            return -1;
    }
    return 0;
}

/* Room for the spikes of as many whole samples as are worth looking at together; none where not even one fits. */
static int begin_record(struct calibration *calibration, const struct network *network, const struct data *data)
{
    struct spike_record *record = &calibration->record;
    size_t neurons = 1;

    for (size_t index = 0; index < network->population_count; index++)
        neurons += network->populations[index].size;
    size_t most = RECORD_STEPS < RECORD_BITS / neurons ? RECORD_STEPS : RECORD_BITS / neurons;
    *record = (struct spike_record){.samples = data->steps ? most / data->steps : 0, .steps = data->steps};
    if (record->samples > data->samples)
        record->samples = data->samples;
    if (record->samples == 0)
        return 0;
    record->words = (record->samples * record->steps + 63) / 64;
    record->fired = arena_allocate(network->arena, network->population_count, sizeof *record->fired);
    if (!record->fired)
        return -1;
    for (size_t index = 0; index < network->population_count; index++) {
        const struct population *population = &network->populations[index];

        if (!calibration->power[index] || !(population->model == MODEL_INPUT || model_fires(population->model)))
            continue;
        record->fired[index] = arena_allocate(network->arena, population->size * record->words, sizeof(uint64_t));
        if (!record->fired[index])
            return -1;
    }
    return 0;
}

/* Samples that are spread evenly over the data; step is that of sample. */
static void take_spikes(struct calibration *calibration, const struct oracle *oracle, const struct network *network,
                        size_t sample, size_t samples, size_t step)
{
    struct spike_record *record = &calibration->record;
    size_t stride = record->samples ? samples / record->samples : 1, place = sample / stride;

    if (sample % stride != 0 || place >= record->samples)
        return;
    size_t bit = place * record->steps + step;
    for (size_t index = 0; index < network->population_count; index++) {
        const double *output = float_network_output(oracle->network, network->populations[index].node);

        for (size_t neuron = 0; record->fired[index] && neuron < network->populations[index].size; neuron++)
            record->fired[index][neuron * record->words + bit / 64] |= (uint64_t)(output[neuron] != 0) << bit % 64;
    }
}

/* steps: of the whole calibration. */
static void take_neurons(struct calibration *calibration, const struct oracle *oracle, const struct network *network,
                         double steps)
{
    for (size_t index = 0; index < network->population_count; index++) {
        size_t node = network->populations[index].node;
        const double *v = float_network_membrane(oracle->network, node);
        const double *output = float_network_output(oracle->network, node);

        for (size_t neuron = 0; calibration->reach[index] && neuron < network->populations[index].size; neuron++) {
            double size = fabs(v ? v[neuron] : output[neuron]);

            calibration->reach[index][neuron] = fmax(calibration->reach[index][neuron], size);
            calibration->power[index][neuron] += output[neuron] * output[neuron] / steps;
        }
    }
}

static void take_magnitudes(struct calibration *calibration, const struct oracle *oracle,
                            const struct network *network)
{
    for (size_t index = 0; index < network->population_count; index++) {
        size_t node = network->populations[index].node, count = float_network_size(oracle->network, node);
        const double *v = float_network_membrane(oracle->network, node);

        if (!v)
            v = float_network_output(oracle->network, node);
        calibration->magnitude[index] = largest(calibration->magnitude[index], v, count);
        calibration->current_magnitude[index] =
            largest(calibration->current_magnitude[index], float_network_current(oracle->network, node), count);
    }
}

/* States that grow without end, by what feeds them or by themselves. */
static int refuse_runaways(const struct calibration *calibration, const struct network *network,
                           struct diagnostics *diagnostics)
{
    for (size_t index = 0; index < network->population_count; index++) {
        double v = calibration->magnitude[index], i = calibration->current_magnitude[index];
        char place[LIST_BYTES];

        if ((v < runaway && i < runaway) || network->populations[index].model == MODEL_INPUT)
            continue;
        snprintf(place, sizeof place, "/%.400s", network->populations[index].name);
        return diagnostics_error(diagnostics, place,
                                 "its %s reaches %g in the samples that calibrate; make weights of its cycles smaller, "
                                 "or leave such values out of the samples",
                                 v < runaway ? "current" : "membrane", v < runaway ? i : v);
    }
    return 0;
}

int calibrate_states(struct calibration *calibration, const struct graph *graph, const struct network *network,
                     const struct data *data, struct diagnostics *diagnostics)
{
    struct oracle oracle;
    int status = oracle_open(&oracle, network->arena, graph, &network->options, data, diagnostics);

    calibration->magnitude = arena_allocate(network->arena, network->population_count, sizeof(double));
    calibration->current_magnitude = arena_allocate(network->arena, network->population_count, sizeof(double));
    if (!calibration->magnitude || !calibration->current_magnitude)
        status = diagnostics_error(diagnostics, "", "out of memory");
    if (status == 0 && (begin_neurons(calibration, &oracle, graph, network) || begin_record(calibration, network, data)))
        status = diagnostics_error(diagnostics, "", "out of memory");
    for (size_t sample = 0; status == 0 && sample < data->samples; sample++) {
        float_network_reset(oracle.network);
        for (size_t step = 0; step < data->steps; step++) {
            oracle_step(&oracle, sample * data->steps + step);
            take_magnitudes(calibration, &oracle, network);
            take_neurons(calibration, &oracle, network, (double)(data->samples * data->steps));
            take_spikes(calibration, &oracle, network, sample, data->samples, step);
        }
    }
    float_network_close(oracle.network);
    return status == 0 ? refuse_runaways(calibration, network, diagnostics) : status;
}
