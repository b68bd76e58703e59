/* lower() against the float oracle on the shared networks: the lowered network, run by tests/network_model.c, and the
 * graph, run by sim/float, must agree in every output, membrane and current of every step. */
#include "float_subject.h"
#include "network.h"
#include "network_model.h"

#include <glob.h>

static void expect_equal(const char *path, const char *what, const struct population *population, size_t step,
                         const double *got, const double *want)
{
    for (size_t neuron = 0; neuron < population->size; neuron++)
        cr_assert(fabs(got[neuron] - want[neuron]) <= 1e-9 * fmax(1, fabs(want[neuron])),
                  "%s, %s of %s, step %zu, neuron %zu: %.17g, not %.17g", path, what, population->name, step, neuron,
                  got[neuron], want[neuron]);
}

static bool is_constant(const struct network *network, size_t population)
{
    bool fed = network->populations[population].model != MODEL_THRESHOLD;

    for (size_t index = 0; index < network->projection_count; index++)
        fed |= network->projections[index].target == population;
    return !fed;
}

static void compare_states(const struct subject *subject, const struct network_model *model, const char *path,
                           size_t step)
{
    const struct network *network = model->network;

    for (size_t index = 0; index < network->population_count; index++) {
        const struct population *population = &network->populations[index];
        if (is_constant(network, index)) /* none of the graph's */
            continue;
        const double *v = float_network_membrane(subject->network, population->node);
        const double *current = float_network_current(subject->network, population->node);
        cr_assert_eq(population->size, float_network_size(subject->network, population->node), "%s", path);
        expect_equal(path, "output", population, step, network_model_output(model, index),
                     float_network_output(subject->network, population->node));
        if (v)
            expect_equal(path, "v", population, step, model->v[index], v);
        if (current)
            expect_equal(path, "current", population, step, model->current[index], current);
    }
    for (size_t index = 0; index < network->output_count; index++) {
        const struct port *port = &network->outputs[index];
        expect_equal(path, port->name, &network->populations[port->population], step,
                     network_model_output(model, port->population),
                     float_network_output(subject->network, find_node(&subject->graph, port->name)));
    }
}

static void check_maps(const struct network *network, const char *path)
{
    for (size_t index = 0; index < network->projection_count; index++) {
        const struct projection *projection = &network->projections[index];
        size_t source = projection->source, target = projection->target;
        cr_assert(linear_map_check(&projection->map), "%s", path);
        cr_assert_eq(projection->map.sources, network->populations[source].size, "%s", path);
        cr_assert_eq(projection->map.targets, network->populations[target].size, "%s", path);
        if (projection->delay == 0) {
            cr_expect(source < target, "%s: %zu before %zu", path, source, target);
            cr_expect(network->populations[source].level < network->populations[target].level, "%s", path);
        }
        cr_expect(network_history(network, source) >= projection->delay, "%s", path);
        for (size_t other = 0; other < index; other++)
            cr_expect(network->projections[other].source != source || network->projections[other].target != target ||
                          network->projections[other].delay != projection->delay,
                      "%s: twice from %zu to %zu", path, source, target);
    }
}

/* Runs the first samples; steps 0: all. */
static void compare_lowered(const char *path, const char *inputs, struct options options, size_t samples, size_t steps)
{
    struct network network;
    struct network_model model;
    struct recording given;
    struct subject subject;

    read_recording(&given, inputs, samples);
    options.dt = given.dt * options.time_unit;
    open_subject(&subject, path, &options);
    network.arena = &subject.arena;
    int status = network_lower(&network, &subject.graph, &options, &subject.diagnostics);
    show(&subject.diagnostics);
    cr_assert_eq(status, 0, "%s", path);
    check_maps(&network, path);
    network_model_open(&model, &network);
    for (size_t sample = 0; sample < given.series[0].samples; sample++) {
        float_network_reset(subject.network);
        network_model_reset(&model);
        for (size_t step = 0; step < given.series[0].steps && (steps == 0 || step < steps); step++) {
            const double *pointers[SERIES_MAX] = {NULL};
            run_step(&subject, &given, sample, step);
            for (size_t input = 0; input < network.input_count; input++) {
                const struct series *series = find_series(&given, network.inputs[input].name);
                cr_assert(series && series->neurons == network.populations[network.inputs[input].population].size);
                pointers[input] = series->data + (sample * series->steps + step) * series->neurons;
            }
            network_model_step(&model, pointers);
            compare_states(&subject, &model, path, step);
        }
    }
    network_model_close(&model);
    close_subject(&subject);
    free_recording(&given);
}

/* Every file that matches pattern, with the data at the same place by suffix; as many as are expected at least. */
static void compare_files(const char *pattern, const char *from, const char *to, struct options options,
                          size_t samples, size_t steps, size_t least)
{
    const char *folder = shared_data("own");
    char path[2 * NAME_BYTES], inputs[2 * NAME_BYTES];
    glob_t found;

    if (!folder)
        cr_skip_test("the shared networks are not on this machine");
    snprintf(path, sizeof path, "%.*s%s", (int)(strlen(folder) - strlen("own")), folder, pattern);
    cr_assert_eq(glob(path, 0, NULL, &found), 0, "%s", path);
    cr_assert(found.gl_pathc >= least, "%s: %zu files", path, (size_t)found.gl_pathc);
    for (size_t index = 0; index < found.gl_pathc; index++) {
        const char *net = found.gl_pathv[index];
        snprintf(inputs, sizeof inputs, "%.*s%s", (int)(strlen(net) - strlen(from)), net, to);
        compare_lowered(net, inputs, options, samples, steps);
    }
    globfree(&found);
}

static void compare_all(struct options options)
{
    compare_files("own/micro/*.nir", ".nir", ".h5", options, 0, 0, 35);
    compare_files("own/nets/*/net.nir", "net.nir", "test.h5", options, 2, 12, 5);
    compare_files("derived/nets/*/net.nir", "net.nir", "test.h5", options, 3, 100, 4);
    compare_files("foreign/runs/*.nir", ".nir", ".h5", options, 1, 50, 6);
}

Test(lower_float, defaults)
{
    compare_all(options_default());
}

Test(lower_float, exponential)
{
    struct options options = options_default();

    options.integrator = INTEGRATOR_EXP;
    options.compare = COMPARE_GREATER_EQUAL;
    compare_all(options);
}

Test(lower_float, old_current_and_late_bias)
{
    struct options options = options_default();

    options.cuba_order = CUBA_OLD;
    options.recurrent_bias = RECURRENT_BIAS_NEXT;
    compare_all(options);
}

Test(lower_float, subtract)
{
    struct options options = options_default();

    options.reset = RESET_SUBTRACT;
    options.recurrent_bias = RECURRENT_BIAS_NEXT;
    compare_all(options);
}
