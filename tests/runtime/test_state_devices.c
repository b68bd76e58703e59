/* States through libnirloom: 50 steps, the state taken and set on another device, and 50 more are what 100 steps at
 * once are, to the last bit. The other device is fresh, or has run something else, of which nothing may be left. */
#include "compile.h"
#include "image.h"
#include "nirloom.h"
#include "random_data.h"
#include "random_network.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 100, HALF = 50, SOIL = 7, PORTS_MAX = 16, DELAY_STEPS = 32 /* of micro network `delay` */ };

struct execution {
    struct loom *loom;
    struct loom_buffer outputs[PORTS_MAX]; /* (STEPS, size) */
};

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count + 1, size);

    cr_assert(memory);
    return memory;
}

static void open_execution(struct execution *execution, const char *image, const char *device)
{
    enum loom_status status = loom_open(&execution->loom, image, device);

    cr_assert_eq(status, LOOM_OK, "%s on %s: %s", image, device, loom_error(execution->loom));
    cr_assert_leq(loom_output_count(execution->loom), PORTS_MAX);
    for (size_t output = 0; output < loom_output_count(execution->loom); output++) {
        struct loom_port port = loom_output(execution->loom, output);
        execution->outputs[output] = (struct loom_buffer){0};
        if (port.graded)
            execution->outputs[output].values = allocate(STEPS * port.size, sizeof(double));
        else
            execution->outputs[output].spikes = allocate(STEPS * port.size, 1);
    }
}

static void close_execution(struct execution *execution)
{
    for (size_t output = 0; output < loom_output_count(execution->loom); output++) {
        free(execution->outputs[output].spikes);
        free(execution->outputs[output].values);
    }
    loom_close(execution->loom);
}

static struct loom_buffer from_step(struct loom_buffer buffer, size_t size, size_t step)
{
    return (struct loom_buffer){.spikes = buffer.spikes ? buffer.spikes + step * size : NULL,
                                .values = buffer.values ? buffer.values + step * size : NULL};
}

/* Runs steps first to first + steps - 1 of the inputs. */
static void run(struct execution *execution, const struct data *data, size_t first, size_t steps)
{
    struct loom_buffer inputs[PORTS_MAX], outputs[PORTS_MAX];
    struct loom *loom = execution->loom;

    cr_assert_leq(loom_input_count(loom), PORTS_MAX);
    for (size_t input = 0; input < loom_input_count(loom); input++) {
        const struct data_series *series = data_find(data, loom_input(loom, input).name, NULL);
        cr_assert(series, "no data for %s", loom_input(loom, input).name);
        inputs[input] = from_step((struct loom_buffer){series->spikes, series->values}, series->neurons, first);
    }
    for (size_t output = 0; output < loom_output_count(loom); output++)
        outputs[output] = from_step(execution->outputs[output], loom_output(loom, output).size, first);
    cr_assert_eq(loom_run(loom, steps, inputs, outputs), LOOM_OK, "%s", loom_error(loom));
}

/* ---- states ---- */

static struct loom_state make_state(const struct loom_port *port)
{
    size_t history = port->history * port->size;

    return (struct loom_state){
        .v = port->membrane ? allocate(port->size, sizeof(double)) : NULL,
        .i = port->current ? allocate(port->size, sizeof(double)) : NULL,
        .spikes = history && !port->graded ? allocate(history, 1) : NULL,
        .values = history && port->graded ? allocate(history, sizeof(double)) : NULL,
    };
}

static void free_state(struct loom_state *state)
{
    free(state->v);
    free(state->i);
    free(state->spikes);
    free(state->values);
}

static void move_state(struct loom *from, struct loom *to)
{
    cr_assert_eq(loom_population_count(from), loom_population_count(to));
    for (size_t population = 0; population < loom_population_count(from); population++) {
        struct loom_port port = loom_population(from, population);
        struct loom_state state = make_state(&port);

        cr_assert_eq(loom_get_state(from, population, &state), LOOM_OK, "%s", loom_error(from));
        cr_assert_eq(loom_set_state(to, population, &state), LOOM_OK, "%s", loom_error(to));
        free_state(&state);
    }
}

static void expect_equal(const char *what, const struct loom_port *port, const void *left, const void *right,
                         size_t count, size_t size)
{
    cr_assert_eq(left == NULL, right == NULL);
    if (left)
        cr_assert_eq(memcmp(left, right, count * size), 0, "%s of %s differ", what, port->name);
}

static void expect_equal_states(struct loom *left, struct loom *right)
{
    for (size_t population = 0; population < loom_population_count(left); population++) {
        struct loom_port port = loom_population(left, population);
        struct loom_state one = make_state(&port), other = make_state(&port);

        cr_assert_eq(loom_get_state(left, population, &one), LOOM_OK, "%s", loom_error(left));
        cr_assert_eq(loom_get_state(right, population, &other), LOOM_OK, "%s", loom_error(right));
        expect_equal("v", &port, one.v, other.v, port.size, sizeof(double));
        expect_equal("i", &port, one.i, other.i, port.size, sizeof(double));
        expect_equal("past spikes", &port, one.spikes, other.spikes, port.history * port.size, 1);
        expect_equal("past values", &port, one.values, other.values, port.history * port.size, sizeof(double));
        free_state(&one);
        free_state(&other);
    }
}

/* Outputs of the second half; returns how many are not 0. */
static size_t expect_equal_outputs(const struct execution *left, const struct execution *right)
{
    size_t activity = 0;

    for (size_t output = 0; output < loom_output_count(left->loom); output++) {
        struct loom_port port = loom_output(left->loom, output);
        for (size_t element = HALF * port.size; element < STEPS * port.size; element++) {
            const struct loom_buffer *a = &left->outputs[output], *b = &right->outputs[output];
            double one = a->spikes ? a->spikes[element] : a->values[element];
            double other = b->spikes ? b->spikes[element] : b->values[element];

            cr_assert_eq(memcmp(&one, &other, sizeof one), 0, "%s, step %zu, neuron %zu: %.17g, not %.17g", port.name,
                         element / port.size, element % port.size, other, one);
            activity += one != 0;
        }
    }
    return activity;
}

/* The two halves on two devices against the whole on the first; soil: steps that the second runs before. */
static size_t check_soiled(const char *image, const struct data *data, const char *first, const char *second,
                           size_t soil)
{
    struct execution whole, begun, resumed;

    open_execution(&whole, image, first);
    open_execution(&begun, image, first);
    open_execution(&resumed, image, second);
    run(&whole, data, 0, STEPS);
    run(&begun, data, 0, HALF);
    run(&resumed, data, 0, soil);
    move_state(begun.loom, resumed.loom);
    expect_equal_states(begun.loom, resumed.loom);
    run(&resumed, data, HALF, HALF);
    size_t activity = expect_equal_outputs(&whole, &resumed);
    expect_equal_states(whole.loom, resumed.loom);
    close_execution(&whole);
    close_execution(&begun);
    close_execution(&resumed);
    return activity;
}

/* On a device as it is opened, and on one that has run. */
static size_t check_halves(const char *image, const struct data *data, const char *first, const char *second)
{
    return check_soiled(image, data, first, second, 0) + check_soiled(image, data, first, second, SOIL);
}

/* ---- networks ---- */

static const char *make_image(const char *network, const char *samples, enum recurrent_bias bias)
{
    const char *path = temporary_path("state.loom");
    struct compile_request request = {
        .path = network, .options = options_default(), .board = board_find("sim-quad"), .samples = samples};
    struct arena arena = {0};
    struct image image = {.arena = &arena};
    struct diagnostics diagnostics, sample_diagnostics;

    request.options.recurrent_bias = bias;
    diagnostics_begin(&diagnostics, network);
    diagnostics_begin(&sample_diagnostics, samples);
    cr_assert_eq(compile_network(&image, &arena, &request, &diagnostics, &sample_diagnostics), 0, "%s: %s", network,
                 diagnostics.count ? diagnostics.messages[diagnostics.count - 1].text : "refused");
    cr_assert_eq(image_save(&image, path, network, &diagnostics), 0);
    diagnostics_free(&diagnostics);
    diagnostics_free(&sample_diagnostics);
    arena_free(&arena);
    return path;
}

static const struct subject {
    const char *network;
    enum recurrent_bias bias;
} subjects[] = {
    {"li", RECURRENT_BIAS_NOW},
    {"cubalif", RECURRENT_BIAS_NOW},
    {"delay", RECURRENT_BIAS_NOW},
    {"delay_frac", RECURRENT_BIAS_NOW},
    {"rec_affine_bias", RECURRENT_BIAS_NOW},
    {"rec_affine_bias", RECURRENT_BIAS_NEXT},
    {"lif_delay_lif", RECURRENT_BIAS_NOW},
    {"rec_two_pop_loop", RECURRENT_BIAS_NOW},
};

static void check_subjects(const char *first, const char *second)
{
    for (size_t index = 0; index < sizeof subjects / sizeof subjects[0]; index++) {
        char network[64], samples[64];
        struct data data;

        snprintf(network, sizeof network, "own/micro/%s.nir", subjects[index].network);
        snprintf(samples, sizeof samples, "own/micro/%s.h5", subjects[index].network);
        const char *network_path = shared_data(network), *samples_path = shared_data(samples);
        if (!network_path || !samples_path)
            cr_skip_test("the shared micro networks are not on this machine");
        random_data(&data, samples_path, STEPS, 20 + index);
        const char *image = make_image(network_path, samples_path, subjects[index].bias);
        cr_expect_gt(check_halves(image, &data, first, second), 0, "%s: no output", subjects[index].network);
        data_free(&data);
    }
}

Test(state_devices, float_resumes, .timeout = 60)
{
    check_subjects("float", "float");
}

Test(state_devices, ref_resumes, .timeout = 60)
{
    check_subjects("ref", "ref");
}

Test(state_devices, sim_resumes, .timeout = 300)
{
    check_subjects("sim", "sim");
}

Test(state_devices, sim_resumes_what_ref_began, .timeout = 300)
{
    check_subjects("ref", "sim");
}

Test(state_devices, ref_resumes_what_sim_began, .timeout = 300)
{
    check_subjects("sim", "ref");
}

/* What waits in a Delay of the longest delay in micro network `delay` is its input, oldest step first: on float in the
 * Delay's line, on integer devices in the history of the Input. */
static void check_order(const char *device)
{
    const char *network = shared_data("own/micro/delay.nir"), *samples = shared_data("own/micro/delay.h5");
    struct execution execution;
    struct data data;
    bool seen = false;

    if (!network || !samples)
        cr_skip_test("the shared micro networks are not on this machine");
    random_data(&data, samples, STEPS, 4);
    const uint8_t *spikes = data_find(&data, "input", NULL)->spikes;
    cr_assert(spikes);
    open_execution(&execution, make_image(network, samples, RECURRENT_BIAS_NOW), device);
    run(&execution, &data, 0, HALF);
    for (size_t population = 0; population < loom_population_count(execution.loom); population++) {
        struct loom_port port = loom_population(execution.loom, population);
        struct loom_state state = make_state(&port);

        cr_assert_eq(loom_get_state(execution.loom, population, &state), LOOM_OK);
        for (size_t element = 0; element < port.history * port.size; element++) {
            size_t step = HALF - port.history + element / port.size;
            double wanted = spikes[step * port.size + element % port.size];
            cr_assert_eq(state.spikes ? state.spikes[element] : state.values[element], wanted,
                         "%s on %s: input of step %zu", port.name, device, step);
        }
        seen |= port.history == DELAY_STEPS;
        free_state(&state);
    }
    cr_expect(seen, "no history of %d steps", DELAY_STEPS);
    close_execution(&execution);
    data_free(&data);
}

Test(state_devices, oldest_step_first_on_float, .timeout = 60)
{
    check_order("float");
}

Test(state_devices, oldest_step_first_on_ref_and_sim, .timeout = 60)
{
    check_order("ref");
    check_order("sim");
}

/* ---- random networks ---- */

/* Quantised and placed; the graph in the file is another one, which integer devices do not look at. */
static const char *make_random_image(struct data *data, uint64_t seed)
{
    const char *path = temporary_path("random.loom");
    struct arena arena = {0};
    struct network network = {.arena = &arena};
    struct image image = {.arena = &arena};
    struct input_range inputs[RANDOM_INPUTS_MAX];
    struct diagnostics diagnostics;

    diagnostics_begin(&diagnostics, NULL);
    cr_assert_eq(random_network(&network, inputs, &arena, seed), 0);
    cr_assert_eq(image_quantize(&image, &network, inputs, NULL, &diagnostics), 0);
    cr_assert_eq(image_place(&image, board_find("sim-quad"), &diagnostics), 0);
    cr_assert_eq(image_save(&image, path, "examples/mnist/mnist.nir", &diagnostics), 0);
    *data = (struct data){.samples = 1, .steps = STEPS, .dt = 1e-4};
    for (size_t input = 0; input < image.input_count; input++) {
        size_t size = image.populations[image.inputs[input].population].size;
        bool graded = inputs[input].graded;
        struct data_series *series =
            data_add(data, image.inputs[input].name, graded ? "values" : "spikes", size, !graded);

        cr_assert(series);
        for (size_t step = 0; step < STEPS; step++) {
            if (graded)
                random_values(&seed, &inputs[input], series->values + step * size, size);
            else
                random_spikes(&seed, series->spikes + step * size, size);
        }
    }
    diagnostics_free(&diagnostics);
    arena_free(&arena);
    return path;
}

Test(state_devices, random_networks_resume, .timeout = 300)
{
    static const char *const devices[][2] = {{"ref", "ref"}, {"ref", "sim"}, {"sim", "ref"}};
    size_t activity = 0;

    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct data data;
        const char *image = make_random_image(&data, seed);

        for (size_t index = 0; index < 3; index++)
            activity += check_halves(image, &data, devices[index][0], devices[index][1]);
        data_free(&data);
    }
    cr_expect_gt(activity, 0, "no output at all");
}

/* ---- refused ---- */

Test(state_devices, what_a_population_has_not_is_refused, .timeout = 60)
{
    const char *network = shared_data("own/micro/rec_affine_bias.nir");
    const char *samples = shared_data("own/micro/rec_affine_bias.h5");
    struct execution execution;
    double numbers[64];
    bool input_seen = false, neurons_seen = false;

    if (!network || !samples)
        cr_skip_test("the shared micro networks are not on this machine");
    open_execution(&execution, make_image(network, samples, RECURRENT_BIAS_NOW), "float");
    struct loom *loom = execution.loom;
    for (size_t population = 0; population < loom_population_count(loom); population++) {
        struct loom_port port = loom_population(loom, population);

        cr_assert_leq(port.size * (port.history + 1), 64);
        if (strcmp(port.name, "lif") == 0) {
            neurons_seen = true;
            cr_expect(port.membrane && !port.current && !port.graded && port.history == 1);
            cr_expect_eq(loom_get_state(loom, population, &(struct loom_state){.i = numbers}), LOOM_BAD_ARGUMENT);
            cr_expect(strstr(loom_error(loom), "/lif has no current"), "%s", loom_error(loom));
            cr_expect_eq(loom_set_state(loom, population, &(struct loom_state){.values = numbers}), LOOM_BAD_ARGUMENT);
            cr_expect(strstr(loom_error(loom), "/lif puts out spikes"), "%s", loom_error(loom));
        } else if (strcmp(port.name, loom_input(loom, 0).name) == 0) {
            input_seen = true;
            cr_expect_eq(loom_get_state(loom, population, &(struct loom_state){.v = numbers}), LOOM_BAD_ARGUMENT);
            cr_expect(strstr(loom_error(loom), "has no v"), "%s", loom_error(loom));
        }
    }
    cr_expect(neurons_seen && input_seen);
    cr_expect_eq(loom_get_state(loom, loom_population_count(loom), &(struct loom_state){0}), LOOM_BAD_ARGUMENT);
    close_execution(&execution);
}
