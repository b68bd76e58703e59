/* Measures a network on the integer model against double precision (fidelity.h). */
#include "fidelity.h"

#include "compile.h"
#include "data.h"
#include "device.h"
#include "float.h"
#include "ref.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PORTS_MAX = 16 };

struct measuring {
    struct arena arena;
    struct image image;
    struct graph graph;
    struct float_network *oracle;
    struct ref *ref;
    struct data samples;
    struct data expected;
    struct diagnostics diagnostics;
    struct diagnostics sample_diagnostics;
    int16_t *units; /* values of one Input */
    double *reals[PORTS_MAX];
    double *largest_state;   /* of each population in the oracle */
    double *largest_error;   /* of its v */
    double largest_value[PORTS_MAX];
    double value_error[PORTS_MAX];
    double value_squares[PORTS_MAX];
    size_t expectations; /* steps of Outputs of which the file had one */
    size_t different[2]; /* spikes other than the oracle's, than the expectation's */
};

static int compile(struct measuring *measuring, const struct fidelity_run *run)
{
    struct compile_request request = {
        .path = run->network, .options = options_default(), .board = board_find(run->board), .samples = run->samples
    };

    request.options.weight_bits = run->weight_bits;
    request.options.cuba_order = run->cuba_old ? CUBA_OLD : CUBA_NEW;
    if (compile_network(&measuring->image, &measuring->arena, &request, &measuring->diagnostics,
                        &measuring->sample_diagnostics) != 0)
        return -1;
    if (!run->samples)
        return 0;
    if (data_read(&measuring->samples, run->samples, 0, run->sample_limit, 0, &measuring->sample_diagnostics) != 0)
        return -1;
    if (run->expected && data_read(&measuring->expected, run->expected, 0, run->sample_limit, 0,
                                   &measuring->sample_diagnostics) != 0)
        return -1;
    measuring->graph.arena = &measuring->arena;
    if (graph_load(&measuring->graph, run->network, &measuring->diagnostics) != 0)
        return -1;
    return float_network_open(&measuring->oracle, &measuring->graph, &measuring->image.options,
                              &measuring->diagnostics);
}

static int make_room(struct measuring *measuring)
{
    const struct image *image = &measuring->image;
    size_t largest = 1;

    if (image->input_count > PORTS_MAX || image->output_count > PORTS_MAX)
        return diagnostics_error(&measuring->diagnostics, "", "more Inputs or Outputs than this test has room for");
    for (size_t index = 0; index < image->input_count; index++) {
        size_t size = image->populations[image->inputs[index].population].size;
        measuring->reals[index] = arena_allocate(&measuring->arena, size, sizeof(double));
        largest = size > largest ? size : largest;
        if (!measuring->reals[index])
            return -1;
    }
    measuring->units = arena_allocate(&measuring->arena, largest, sizeof *measuring->units);
    measuring->largest_state = arena_allocate(&measuring->arena, image->population_count, sizeof(double));
    measuring->largest_error = arena_allocate(&measuring->arena, image->population_count, sizeof(double));
    measuring->ref = ref_open(image);
    return measuring->units && measuring->largest_state && measuring->largest_error && measuring->ref ? 0 : -1;
}

static int set_input(struct measuring *measuring, size_t input, size_t sample, size_t step)
{
    const struct port *port = &measuring->image.inputs[input];
    const struct image_population *population = &measuring->image.populations[port->population];
    const struct data_series *series = data_find(&measuring->samples, port->name, NULL);

    if (!series || series->neurons != population->size || !population->graded != !!series->spikes)
        return diagnostics_error(&measuring->sample_diagnostics, port->name, "is missing, or of another size or kind");
    size_t offset = (sample * measuring->samples.steps + step) * series->neurons;
    for (size_t neuron = 0; neuron < series->neurons; neuron++) {
        double value = series->spikes ? series->spikes[offset + neuron] : series->values[offset + neuron];
        measuring->reals[input][neuron] = value;
        if (population->graded)
            measuring->units[neuron] = device_quantize_value(value, population->scale, population->limit);
    }
    if (population->graded)
        ref_set_values(measuring->ref, input, measuring->units);
    else
        ref_set_spikes(measuring->ref, input, series->spikes + offset);
    return 0;
}

/* The oracle takes its inputs in the order of the graph's nodes. */
static int run_step(struct measuring *measuring, size_t sample, size_t step)
{
    const double *pointers[PORTS_MAX] = {NULL};

    for (size_t input = 0; input < measuring->image.input_count; input++) {
        if (set_input(measuring, input, sample, step) != 0)
            return -1;
        size_t node = measuring->image.populations[measuring->image.inputs[input].population].node;
        for (size_t index = 0; index < float_network_input_count(measuring->oracle); index++)
            if (float_network_input_node(measuring->oracle, index) == node)
                pointers[index] = measuring->reals[input];
    }
    float_network_step(measuring->oracle, pointers);
    ref_step(measuring->ref);
    return 0;
}

static const double *oracle_output(const struct measuring *measuring, const char *name)
{
    for (size_t node = 0; node < measuring->graph.node_count; node++)
        if (measuring->graph.nodes[node].type == NODE_OUTPUT && strcmp(measuring->graph.nodes[node].name, name) == 0)
            return float_network_output(measuring->oracle, node);
    return NULL;
}

static void judge(struct measuring *measuring, size_t output, double got, double wanted, unsigned judge)
{
    size_t index = measuring->image.outputs[output].population;
    double error = fabs(got - wanted);

    if (!measuring->image.populations[index].graded) {
        measuring->different[judge] += error != 0;
        return;
    }
    measuring->largest_value[output] = fmax(measuring->largest_value[output], fabs(wanted));
    measuring->value_error[output] = fmax(measuring->value_error[output], error);
    if (judge == 0)
        measuring->value_squares[output] += error * error;
}

static int judge_output(struct measuring *measuring, struct fidelity *fidelity, size_t output, size_t sample,
                        size_t step)
{
    const struct port *port = &measuring->image.outputs[output];
    const struct image_population *population = &measuring->image.populations[port->population];
    const double *oracle = oracle_output(measuring, port->name);
    const struct data_series *series = data_find(&measuring->expected, port->name, NULL);

    if (!oracle || (series && series->neurons != population->size))
        return diagnostics_error(&measuring->sample_diagnostics, port->name, "has no expected output of its size");
    for (size_t neuron = 0; neuron < population->size; neuron++) {
        double got = population->graded ? ref_state(measuring->ref, port->population)[neuron] * population->scale
                                        : ref_spikes(measuring->ref, port->population)[neuron];
        judge(measuring, output, got, oracle[neuron], 0);
        if (series) {
            size_t place = (sample * measuring->expected.steps + step) * series->neurons + neuron;
            judge(measuring, output, got, series->spikes ? series->spikes[place] : series->values[place], 1);
        }
        fidelity->activity += oracle[neuron] != 0;
    }
    measuring->expectations += series != NULL;
    *(population->graded ? &fidelity->values : &fidelity->spikes) += population->size;
    return 0;
}

/* A relay and a Threshold are not asked: they keep nothing. */
static bool has_membrane(const struct image_population *population)
{
    return population->model > MODEL_THRESHOLD;
}

static bool spikes_agree(const struct measuring *measuring)
{
    for (size_t index = 0; index < measuring->image.population_count; index++) {
        const struct image_population *population = &measuring->image.populations[index];
        if (!population->fire || !has_membrane(population))
            continue;
        const double *oracle = float_network_output(measuring->oracle, population->node);
        for (size_t neuron = 0; neuron < population->size; neuron++)
            if (oracle[neuron] != ref_spikes(measuring->ref, index)[neuron])
                return false;
    }
    return true;
}

static void judge_states(struct measuring *measuring)
{
    for (size_t index = 0; index < measuring->image.population_count; index++) {
        const struct image_population *population = &measuring->image.populations[index];
        if (!has_membrane(population))
            continue;
        const double *oracle = float_network_membrane(measuring->oracle, population->node);
        for (size_t neuron = 0; neuron < population->size; neuron++) {
            double error = fabs(ref_state(measuring->ref, index)[neuron] * image_unit(population, neuron) - oracle[neuron]);
            measuring->largest_error[index] = fmax(measuring->largest_error[index], error);
            measuring->largest_state[index] = fmax(measuring->largest_state[index], fabs(oracle[neuron]));
        }
    }
}

static int run_sample(struct measuring *measuring, struct fidelity *fidelity, size_t sample)
{
    bool agree = true;

    ref_reset(measuring->ref);
    float_network_reset(measuring->oracle);
    for (size_t step = 0; step < measuring->samples.steps; step++) {
        if (run_step(measuring, sample, step) != 0)
            return -1;
        for (size_t output = 0; output < measuring->image.output_count; output++)
            if (judge_output(measuring, fidelity, output, sample, step) != 0)
                return -1;
        agree = agree && spikes_agree(measuring);
        if (agree)
            judge_states(measuring);
    }
    return 0;
}

static double largest_threshold(const struct image_population *population)
{
    double largest = 0;

    for (size_t neuron = 0; population->fire && neuron < population->size; neuron++)
        largest = fmax(largest, fabs(population->parameter[NEURON_THRESHOLD][neuron] * image_unit(population, neuron)));
    return largest;
}

static double relative(double error, double of)
{
    return error == 0 ? 0 : error / of;
}

static void summarise(const struct measuring *measuring, struct fidelity *fidelity)
{
    size_t different = measuring->different[measuring->different[1] > measuring->different[0]];

    fidelity->spikes_different = fidelity->spikes ? (double)different / (double)fidelity->spikes : 0;
    for (size_t output = 0; output < measuring->image.output_count; output++) {
        size_t size = measuring->image.populations[measuring->image.outputs[output].population].size;
        double count = (double)(size * measuring->samples.samples * measuring->samples.steps);
        double largest = measuring->largest_value[output], rms = sqrt(measuring->value_squares[output] / count);
        fidelity->value_error = fmax(fidelity->value_error, relative(measuring->value_error[output], largest));
        fidelity->value_rms = fmax(fidelity->value_rms, relative(rms, largest));
    }
    for (size_t index = 0; index < measuring->image.population_count; index++) {
        double threshold = largest_threshold(&measuring->image.populations[index]);
        double error = relative(measuring->largest_error[index],
                                threshold > 0 ? threshold : measuring->largest_state[index]);
        fidelity->state_error = fmax(fidelity->state_error, error);
    }
}

static void say(char *error, const struct diagnostics *diagnostics)
{
    for (size_t index = 0; index < diagnostics->count; index++)
        if (diagnostics->messages[index].severity == SEVERITY_ERROR)
            snprintf(error, FIDELITY_ERROR_BYTES, "%s", diagnostics->messages[index].text);
}

int fidelity_measure(struct fidelity *fidelity, const struct fidelity_run *run, char *error)
{
    struct measuring *measuring = calloc(1, sizeof *measuring);

    *fidelity = (struct fidelity){0};
    snprintf(error, FIDELITY_ERROR_BYTES, "out of memory");
    if (!measuring)
        return -1;
    diagnostics_begin(&measuring->diagnostics, run->network);
    diagnostics_begin(&measuring->sample_diagnostics, run->samples);
    int status = compile(measuring, run);
    if (status == 0 && run->samples)
        status = make_room(measuring);
    for (size_t sample = 0; status == 0 && sample < measuring->samples.samples; sample++)
        status = run_sample(measuring, fidelity, sample);
    if (status == 0 && run->expected && measuring->expectations == 0)
        status = diagnostics_error(&measuring->diagnostics, "", "%s expects nothing of any Output", run->expected);
    if (status == 0)
        summarise(measuring, fidelity);
    say(error, &measuring->sample_diagnostics);
    say(error, &measuring->diagnostics);
    ref_close(measuring->ref);
    float_network_close(measuring->oracle);
    data_free(&measuring->samples);
    data_free(&measuring->expected);
    diagnostics_free(&measuring->diagnostics);
    diagnostics_free(&measuring->sample_diagnostics);
    arena_free(&measuring->arena);
    free(measuring);
    return status;
}

bool fidelity_exact(const struct fidelity *fidelity)
{
    return fidelity->spikes_different == 0 && fidelity->value_error <= 1e-9 && fidelity->state_error <= 1e-9;
}
