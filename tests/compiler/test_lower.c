/* lower() on the shared networks: the lowered network, simulated here with plain doubles from the header's one
 * equation, against what an independent implementation computed; and the refusals. */
#include "data.h"
#include "lower_subject.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { NAME_BYTES = 256 };

static void load_and_lower(struct subject *subject, const char *path, struct options options)
{
    memset(subject, 0, sizeof *subject);
    subject->graph.arena = &subject->arena;
    diagnostics_begin(&subject->diagnostics, path);
    int status = graph_load(&subject->graph, path, &subject->diagnostics);
    cr_assert_eq(status, 0, "%s: %s", path, subject->diagnostics.count ? subject->diagnostics.messages[0].text : "");
    lower_graph(subject, options);
}

/* v and output of every population, (population_count) of (size) each. */
struct simulation {
    double **v;
    double **output;
};

static struct simulation make_simulation(const struct network *network)
{
    struct simulation simulation = {calloc(network->population_count, sizeof(double *)),
                                    calloc(network->population_count, sizeof(double *))};

    for (size_t index = 0; index < network->population_count; index++) {
        simulation.v[index] = calloc(network->populations[index].size, sizeof(double));
        simulation.output[index] = calloc(network->populations[index].size, sizeof(double));
    }
    return simulation;
}

static void free_simulation(struct simulation *simulation, const struct network *network)
{
    for (size_t index = 0; index < network->population_count; index++) {
        free(simulation->v[index]);
        free(simulation->output[index]);
    }
    free(simulation->v);
    free(simulation->output);
}

static void simulate_neuron(struct simulation *simulation, const struct network *network, size_t index, size_t neuron)
{
    const struct population *population = &network->populations[index];
    double sum = population->bias[neuron], v = simulation->v[index][neuron];

    for (size_t at = 0; at < network->projection_count; at++) {
        const struct projection *projection = &network->projections[at];
        if (projection->target != index)
            continue;
        size_t columns = network->populations[projection->source].size;
        for (size_t source = 0; source < columns; source++)
            sum += projection->weight[neuron * columns + source] * simulation->output[projection->source][source];
    }
    v = v - population->leak[neuron] * (v - population->v_leak[neuron]) + population->gain[neuron] * sum;
    simulation->output[index][neuron] = v;
    if (!population->graded) {
        bool fires = network->options.compare == COMPARE_GREATER ? v > population->threshold[neuron]
                                                                  : v >= population->threshold[neuron];
        simulation->output[index][neuron] = fires;
        if (fires)
            v = population->reset_subtracts ? v + population->reset[neuron] : population->reset[neuron];
    }
    simulation->v[index][neuron] = v;
}

static void simulate_step(struct simulation *simulation, const struct network *network)
{
    for (size_t index = 0; index < network->population_count; index++)
        if (network->populations[index].model != MODEL_INPUT)
            for (size_t neuron = 0; neuron < network->populations[index].size; neuron++)
                simulate_neuron(simulation, network, index, neuron);
}

static double series_at(const struct data *data, const struct data_series *series, size_t sample, size_t step,
                        size_t neuron)
{
    size_t index = (sample * data->steps + step) * series->neurons + neuron;

    return series->spikes ? series->spikes[index] : series->values[index];
}

static void compare_files(const char *path, const char *inputs, const char *expected, size_t limit)
{
    struct options options = options_default();
    struct diagnostics diagnostics;
    struct subject subject;
    struct data given, wanted;

    diagnostics_begin(&diagnostics, NULL);
    cr_assert_eq(data_read(&given, inputs, 0, limit, 0, &diagnostics), 0);
    cr_assert_eq(data_read(&wanted, expected, 0, limit, 0, &diagnostics), 0, "%s",
                 diagnostics.count ? diagnostics.messages[0].text : "");
    options.dt = given.dt;
    load_and_lower(&subject, path, options);
    cr_assert_eq(subject.status, 0, "%s", path);
    struct network *network = &subject.network;
    check_order(network, path);
    for (size_t sample = 0; sample < given.samples; sample++) {
        struct simulation simulation = make_simulation(network);
        for (size_t step = 0; step < given.steps; step++) {
            for (size_t input = 0; input < network->input_count; input++) {
                const struct data_series *series = data_find(&given, network->inputs[input].name, NULL);
                cr_assert(series, "%s: %s", path, network->inputs[input].name);
                for (size_t neuron = 0; neuron < series->neurons; neuron++)
                    simulation.output[network->inputs[input].population][neuron] =
                        series_at(&given, series, sample, step, neuron);
            }
            simulate_step(&simulation, network);
            for (size_t output = 0; output < network->output_count; output++) {
                size_t population = network->outputs[output].population;
                const struct data_series *series = data_find(&wanted, network->outputs[output].name, NULL);
                cr_assert(series && series->neurons == network->populations[population].size, "%s", path);
                for (size_t neuron = 0; neuron < series->neurons; neuron++) {
                    double want = series_at(&wanted, series, sample, step, neuron);
                    double got = simulation.output[population][neuron];
                    cr_assert(fabs(got - want) <= 1e-9 * fmax(1, fabs(want)),
                              "%s, sample %zu, step %zu, neuron %zu: %.17g, not %.17g", path, sample, step, neuron, got,
                              want);
                }
            }
        }
        free_simulation(&simulation, network);
    }
    data_free(&given);
    data_free(&wanted);
    diagnostics_free(&diagnostics);
    close_subject(&subject);
}

static void compare_shared(const char *stem, const char *const suffixes[3], size_t limit)
{
    char paths[3][NAME_BYTES];

    for (size_t index = 0; index < 3; index++) {
        char relative[NAME_BYTES / 2];
        snprintf(relative, sizeof relative, "%s%s", stem, suffixes[index]);
        const char *path = shared_data(relative);
        if (!path)
            cr_skip_test("the shared networks are not on this machine");
        snprintf(paths[index], NAME_BYTES, "%s", path);
    }
    compare_files(paths[0], paths[1], paths[2], limit);
}

Test(lower, micro_networks)
{
    static const char *const stems[] = {
        "own/micro/affine", "own/micro/linear", "own/micro/scale", "own/micro/flatten", "own/micro/threshold",
        "own/micro/i", "own/micro/if", "own/micro/if_exact_tie", "own/micro/li", "own/micro/lif", "own/micro/lif_hom",
        "own/micro/lif_direct_current", "own/micro/skip_sum_same_lif", "own/micro/skip_identity",
        "own/micro/nested_twice"};
    static const char *const suffixes[3] = {".nir", ".h5", ".expected.h5"};

    for (size_t index = 0; index < sizeof stems / sizeof *stems; index++)
        compare_shared(stems[index], suffixes, 0);
}

Test(lower, trained_networks)
{
    static const char *const suffixes[3] = {"/net.nir", "/test.h5", "/expected.h5"};

    compare_shared("own/nets/a_mnist_ff", suffixes, 3);
    compare_shared("own/nets/a2_mnist_ff_latency", suffixes, 3);
    compare_shared("derived/nets/d_ecg_li", suffixes, 2);
}

Test(lower, refuses_other_primitives)
{
    static const struct {
        const char *net;
        const char *node;
        const char *type;
    } refused[] = {
        {"avgpool_k2", "/a", "AvgPool2d"},
        {"avgpool_k3s2p1", "/a", "AvgPool2d"},
        {"conv1d_groups2", "/a", "Conv1d"},
        {"conv1d_s2p1d2", "/a", "Conv1d"},
        {"conv1d_same", "/a", "Conv1d"},
        {"conv2d_depthwise", "/a", "Conv2d"},
        {"conv2d_rect", "/a", "Conv2d"},
        {"conv2d_s2p1", "/a", "Conv2d"},
        {"conv2d_same", "/a", "Conv2d"},
        {"conv2d_valid", "/a", "Conv2d"},
        {"cubali", "/a", "CubaLI"},
        {"cubalif", "/a", "CubaLIF"},
        {"delay", "/a", "Delay"},
        {"delay_frac", "/a", "Delay"},
        {"lif_delay_lif", "/d", "Delay"},
        {"sumpool_k2", "/a", "SumPool2d"},
        {"sumpool_k3s2p1", "/a", "SumPool2d"},
        {"two_in_two_out", "/cub", "CubaLI"},
        {"rec_affine_bias", "/w_rec", "LIF"},
        {"rec_two_pop_loop", "/ba", "LIF"},
    };

    for (size_t index = 0; index < sizeof refused / sizeof *refused; index++) {
        char relative[NAME_BYTES / 2];
        struct subject subject;
        snprintf(relative, sizeof relative, "own/micro/%s.nir", refused[index].net);
        const char *path = shared_data(relative);
        if (!path)
            cr_skip_test("the shared micro networks are not on this machine");
        load_and_lower(&subject, path, options_default());
        cr_expect_eq(subject.status, -1, "%s", relative);
        cr_expect_eq(subject.network.population_count, 0, "%s", relative);
        cr_expect_eq(said(&subject, SEVERITY_ERROR, refused[index].node, refused[index].type,
                          "is not run by the array yet; ", NULL), 1, "%s", relative);
        cr_expect_eq(said(&subject, SEVERITY_ERROR, NULL), 1, "%s", relative);
        close_subject(&subject);
    }
}
