/* The float oracle under the options that NIR leaves open, against published traces, closed forms and the recordings of
 * the shared networks; its count of operations; and the device that wraps it. */
#include "device.h"
#include "float_subject.h"

/* A published trace: a row a step of input, membrane after reset and output spike, for one LIF neuron. The
 * membrane is in units of scale. gain takes the place of the file's r if it is not 0. */
static void compare_trace(const char *trace, struct options options, double gain, double scale, double slack)
{
    const char *network = shared_data("foreign/runs/lif_norse.nir"), *path = shared_data(trace);
    struct subject subject;
    double input, membrane, spike;
    size_t steps = 0, spikes = 0;

    if (!network || !path)
        cr_skip_test("the published traces are not on this machine");
    FILE *file = fopen(path, "r");
    load_subject(&subject, network);
    size_t neuron = 0, output = 0;
    for (size_t index = 0; index < subject.graph.node_count; index++) {
        if (subject.graph.nodes[index].type == NODE_LIF)
            neuron = index;
        if (subject.graph.nodes[index].type == NODE_OUTPUT)
            output = index;
    }
    if (gain != 0)
        node_parameter(&subject.graph.nodes[neuron], "r")->tensor.data[0] = gain;
    options.dt = 1e-4;
    cr_assert_eq(float_network_open(&subject.network, &subject.graph, &options, &subject.diagnostics), 0);
    for (; fscanf(file, "%lf,%lf,%lf", &input, &membrane, &spike) == 3; steps++) {
        double one = input != 0;
        const double *pointers[] = {&one};
        float_network_step(subject.network, pointers);
        cr_assert_eq(float_network_output(subject.network, output)[0], spike, "%s, step %zu", trace, steps);
        cr_assert_float_eq(float_network_membrane(subject.network, neuron)[0], membrane * scale, slack,
                           "%s, step %zu: %g, not %g", trace, steps, float_network_membrane(subject.network, neuron)[0],
                           membrane * scale);
        spikes += spike != 0;
    }
    cr_expect(steps == 1000 && spikes == 4, "%s: %zu steps, %zu spikes", trace, steps, spikes);
    fclose(file);
    close_subject(&subject);
}

Test(float_options, published_traces)
{
    struct options options = options_default();

    options.reset = RESET_ZERO;
    compare_trace("foreign/paper/lif_norse.csv", options, 0, 1, 1e-7);
    compare_trace("foreign/paper/lif_snntorch.csv", options, 0, 0.04, 1e-7);
    options.integrator = INTEGRATOR_EXP;
    compare_trace("foreign/paper/lif_nengo.csv", options, 0, 0.1, 1e-7);
    options.reset = RESET_SUBTRACT;
    options.compare = COMPARE_GREATER_EQUAL;
    compare_trace("foreign/paper/lif_sinabs.csv", options, 0.04 / (1 - exp(-0.04)), 1, 1e-7);
}

/* With a constant input x the exponential integrator is exact: v = (v_leak + r x) (1 - e^(-t/tau)). */
Test(float_options, exponential)
{
    const char *path = shared_data("own/micro/li.nir");
    struct options options = options_default();
    double ones[64];
    const double *pointers[] = {ones};
    struct subject subject;

    if (!path)
        cr_skip_test("the shared micro networks are not on this machine");
    options.integrator = INTEGRATOR_EXP;
    options.dt = 1e-3;
    open_subject(&subject, path, &options);
    const struct node *neuron = &subject.graph.nodes[find_node(&subject.graph, "a")];
    const struct tensor *weight =
        &node_parameter(&subject.graph.nodes[find_node(&subject.graph, "l")], "weight")->tensor;
    for (size_t index = 0; index < 64; index++)
        ones[index] = 1;
    for (size_t step = 1; step <= 40; step++) {
        float_network_step(subject.network, pointers);
        for (size_t index = 0; index < weight->size[0]; index++) {
            double x = 0;
            for (size_t column = 0; column < weight->size[1]; column++)
                x += weight->data[index * weight->size[1] + column];
            double tau = node_parameter(neuron, "tau")->tensor.data[index];
            double r = node_parameter(neuron, "r")->tensor.data[index];
            double v_leak = node_parameter(neuron, "v_leak")->tensor.data[index];
            double want = (v_leak + r * x) * (1 - exp(-1e-3 * (double)step / tau));
            cr_assert_float_eq(float_network_membrane(subject.network, find_node(&subject.graph, "a"))[index], want,
                               1e-9);
        }
    }
    close_subject(&subject);
}

/* dt given in seconds for a file in another unit changes nothing. */
Test(float_options, time_unit)
{
    static const char *const names[] = {"lif", "if", "i", "cubalif", "delay"};
    struct options options = options_default();

    options.time_unit = 0.5;
    for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
        char paths[3][NAME_BYTES];
        static const char *const suffixes[] = {"nir", "h5", "expected.h5"};
        for (size_t file = 0; file < 3; file++) {
            char relative[NAME_BYTES / 2];
            snprintf(relative, sizeof relative, "own/micro/%s.%s", names[index], suffixes[file]);
            const char *path = shared_data(relative);
            if (!path)
                cr_skip_test("the shared micro networks are not on this machine");
            snprintf(paths[file], NAME_BYTES, "%s", path);
        }
        compare(paths[0], paths[1], paths[2], options, 0);
    }
}

/* A neuron that stands exactly on its threshold, as the first one in this recording does, fires under >=. */
Test(float_options, ties)
{
    const char *path = shared_data("own/micro/if_exact_tie.nir"), *inputs = shared_data("own/micro/if_exact_tie.h5");
    struct options options = options_default();
    struct subject above, reaches;
    struct recording given;
    bool tied = false;

    if (!path || !inputs)
        cr_skip_test("the shared micro networks are not on this machine");
    read_recording(&given, inputs, 1);
    options.dt = given.dt;
    open_subject(&above, path, &options);
    options.compare = COMPARE_GREATER_EQUAL;
    open_subject(&reaches, path, &options);
    size_t node = find_node(&above.graph, "a");
    for (size_t step = 0; step < given.series[0].steps && !tied; step++) {
        run_step(&above, &given, 0, step);
        run_step(&reaches, &given, 0, step);
        for (size_t neuron = 0; neuron < float_network_size(above.network, node); neuron++) {
            bool tie = float_network_membrane(above.network, node)[neuron] ==
                       node_value(&above.graph.nodes[node], "v_threshold", neuron);
            bool fires = float_network_output(above.network, node)[neuron] != 0;
            cr_expect_eq(float_network_output(reaches.network, node)[neuron] != 0, fires || tie);
            tied |= tie;
        }
    }
    cr_expect(tied);
    close_subject(&above);
    close_subject(&reaches);
    free_recording(&given);
}

/* An edge marked as closing a cycle lags a step, even where its target comes after its source in the order. */
Test(float_options, delayed_edge_forward)
{
    const char *path = shared_data("own/micro/lif_hom.nir"), *inputs = shared_data("own/micro/lif_hom.h5");
    const char *expected = shared_data("own/micro/lif_hom.expected.h5");
    struct options options = options_default();
    struct recording given, wanted;
    struct subject subject;

    if (!path || !inputs || !expected)
        cr_skip_test("the shared micro networks are not on this machine");
    read_recording(&given, inputs, 0);
    read_recording(&wanted, expected, 0);
    options.dt = given.dt;
    load_subject(&subject, path);
    size_t output = find_node(&subject.graph, "output");
    for (size_t edge = 0; edge < subject.graph.edge_count; edge++)
        subject.graph.delayed[edge] = subject.graph.edges[edge].target == output;
    cr_assert_eq(float_network_open(&subject.network, &subject.graph, &options, &subject.diagnostics), 0);
    const struct series *series = &wanted.series[0];
    for (size_t sample = 0; sample < series->samples; sample++) {
        float_network_reset(subject.network);
        for (size_t step = 0; step < series->steps; step++) {
            run_step(&subject, &given, sample, step);
            for (size_t neuron = 0; neuron < series->neurons; neuron++) {
                double want = step ? series->data[(sample * series->steps + step - 1) * series->neurons + neuron] : 0;
                cr_assert_eq(float_network_output(subject.network, output)[neuron], want);
            }
        }
    }
    close_subject(&subject);
    free_recording(&given);
    free_recording(&wanted);
}

/* A spike meets the 128 weights of its pixel, then the 10 of its hidden neuron: counted from the recordings. */
Test(float_options, operations)
{
    const char *network = shared_data("own/nets/a_mnist_ff/net.nir");
    const char *inputs = shared_data("own/nets/a_mnist_ff/test.h5");
    const char *expected = shared_data("own/nets/a_mnist_ff/expected.h5");
    struct options options = options_default();
    struct recording given, wanted;
    struct subject subject;

    if (!network || !inputs || !expected)
        cr_skip_test("the shared MNIST network is not on this machine");
    read_recording(&given, inputs, 4);
    read_recording(&wanted, expected, 4);
    open_subject(&subject, network, &options);
    const struct series *hidden = NULL;
    for (size_t index = 0; index < wanted.count; index++)
        if (strcmp(wanted.series[index].node, "lif1") == 0 && strcmp(wanted.series[index].observable, "spikes") == 0)
            hidden = &wanted.series[index];
    cr_assert(hidden);
    for (size_t sample = 0; sample < 4; sample++) {
        uint64_t want = 0;
        float_network_reset(subject.network);
        for (size_t step = 0; step < hidden->steps; step++) {
            run_step(&subject, &given, sample, step);
            for (size_t pixel = 0; pixel < 784; pixel++)
                want += given.series[0].data[(sample * hidden->steps + step) * 784 + pixel] != 0 ? 128 : 0;
            for (size_t neuron = 0; neuron < 128; neuron++)
                want += hidden->data[(sample * hidden->steps + step) * 128 + neuron] != 0 ? 10 : 0;
        }
        cr_expect_eq(float_network_operations(subject.network), want);
    }
    close_subject(&subject);
    free_recording(&given);
    free_recording(&wanted);
}

/* An image that knows only names and sizes, with the Inputs in the other order than the graph has them. */
Test(float_options, device)
{
    const char *network = shared_data("own/micro/two_in_two_out.nir");
    const char *inputs = shared_data("own/micro/two_in_two_out.h5");
    const char *expected = shared_data("own/micro/two_in_two_out.expected.h5");
    struct image_population populations[] = {{.name = "in_b", .size = 3}, {.name = "in_a", .size = 5},
                                             {.name = "lif", .size = 6}, {.name = "thr", .size = 6}};
    struct port input_ports[] = {{.name = "in_b", .population = 0}, {.name = "in_a", .population = 1}};
    struct port output_ports[] = {{.name = "out_thr", .population = 3}, {.name = "out_spk", .population = 2}};
    struct image image = {.options = options_default(), .populations = populations, .population_count = 4,
                          .inputs = input_ports, .input_count = 2, .outputs = output_ports, .output_count = 2};
    char error[DEVICE_ERROR_BYTES] = "";
    struct recording given, wanted;
    struct device *device;

    if (!network || !inputs || !expected)
        cr_skip_test("the shared micro networks are not on this machine");
    read_recording(&given, inputs, 0);
    read_recording(&wanted, expected, 0);
    image.options.dt = given.dt;
    cr_assert_eq(device_float_open(&device, &image, network, error), LOOM_OK, "%s", error);
    const struct series *in_a = find_series(&given, "in_a"), *in_b = find_series(&given, "in_b");
    size_t steps = in_a->steps;
    uint8_t *bytes = malloc(steps * 3), *spikes = malloc(steps * 6);
    double *values = malloc(steps * 6 * sizeof *values), state[6];
    for (size_t sample = 0; sample < in_a->samples; sample++) {
        for (size_t index = 0; index < steps * 3; index++)
            bytes[index] = in_b->data[sample * steps * 3 + index] != 0;
        struct loom_buffer given_buffers[] = {{.spikes = bytes}, {.values = in_a->data + sample * steps * 5}};
        struct loom_buffer taken_buffers[] = {{.values = values}, {.spikes = spikes}};
        cr_assert_eq(device->operations->reset(device), LOOM_OK);
        cr_assert_eq(device->operations->run(device, steps, given_buffers, taken_buffers), LOOM_OK, "%s",
                     device->error);
        cr_expect_eq(device->counters.steps, steps);
        cr_expect_eq(device->counters.cycles, 0);
        cr_expect(device->counters.synaptic_operations > 0);
        for (size_t index = 0; index < steps * 6; index++) {
            cr_expect_eq(values[index], find_series(&wanted, "out_thr")->data[sample * steps * 6 + index]);
            cr_expect_eq(spikes[index], find_series(&wanted, "out_spk")->data[sample * steps * 6 + index]);
        }
        cr_expect_eq(device->operations->get_state(device, 2, &(struct loom_state){.v = state}), LOOM_OK);
        cr_assert_eq(device->operations->population_count(device), 5);
        struct loom_port other = device->operations->population(device, 4); /* of the graph, but not of this image */
        cr_expect(strcmp(other.name, "cub") == 0 && other.membrane && other.current && other.history == 0);
        cr_expect_eq(device->operations->get_state(device, 5, &(struct loom_state){.v = state}), LOOM_BAD_ARGUMENT);
        struct loom_buffer none[] = {{.spikes = NULL}, {.spikes = NULL}};
        cr_expect_eq(device->operations->run(device, 1, none, taken_buffers), LOOM_BAD_ARGUMENT);
        cr_expect(strstr(device->error, "in_b"));
    }
    device->operations->close(device);
    free(bytes);
    free(spikes);
    free(values);
    populations[2].name = "absent";
    cr_expect_eq(device_float_open(&device, &image, network, error), LOOM_BAD_IMAGE);
    cr_expect(!device && strstr(error, "absent"), "%s", error);
    cr_expect_eq(device_float_open(&device, &image, "no/such/file.nir", error), LOOM_BAD_IMAGE);
    cr_expect(!device && strstr(error, "no/such/file.nir"), "%s", error);
    cr_expect_eq(device_float_open(&device, &image, NULL, error), LOOM_BAD_ARGUMENT);
    free_recording(&given);
    free_recording(&wanted);
}
