/* A trained net on the integer model: what quantisation costs. */
#include "data.h"
#include "ref.h"
#include "support.h"

#include <criterion/criterion.h>

enum { SAMPLES = 100 };

static size_t most_spikes(const uint64_t *counts, size_t size)
{
    size_t best = 0;

    for (size_t neuron = 1; neuron < size; neuron++) {
        if (counts[neuron] > counts[best])
            best = neuron;
    }
    return best;
}

/* Right answers among the first samples of a trained net, quantised without calibration. */
static size_t right_answers(const char *graph_path, const char *data_path, unsigned weight_bits)
{
    struct arena arena = {NULL};
    struct diagnostics diagnostics;
    struct graph graph = {.arena = &arena};
    struct network network = {.arena = &arena};
    struct image image = {.arena = &arena};
    struct options options = options_default();
    struct input_range input = {false, 0};
    struct data data;
    size_t right = 0;

    options.dt = 1e-4;
    options.weight_bits = weight_bits;
    diagnostics_begin(&diagnostics, graph_path);
    cr_assert_eq(graph_load(&graph, graph_path, &diagnostics), 0);
    cr_assert_eq(network_lower(&network, &graph, &options, &diagnostics), 0);
    cr_assert_eq(image_quantize(&image, &network, &input, NULL, &diagnostics), 0);
    cr_assert_eq(data_read(&data, data_path, 0, SAMPLES, 1e-4, &diagnostics), 0);
    const struct data_series *series = data_find(&data, "input", NULL);
    cr_assert(series && series->spikes && data.labels);
    size_t output = image.outputs[0].population, size = image.populations[output].size;
    struct ref *ref = ref_open(&image);
    for (size_t sample = 0; sample < data.samples; sample++) {
        uint64_t counts[16] = {0};

        cr_assert_leq(size, 16);
        ref_reset(ref);
        for (size_t step = 0; step < data.steps; step++) {
            ref_set_spikes(ref, 0, series->spikes + (sample * data.steps + step) * series->neurons);
            ref_step(ref);
            for (size_t neuron = 0; neuron < size; neuron++)
                counts[neuron] += ref_spikes(ref, output)[neuron];
        }
        right += (int64_t)most_spikes(counts, size) == data.labels[sample];
    }
    cr_log_info("%u bits: %zu of %d right", weight_bits, right, SAMPLES);
    ref_close(ref);
    data_free(&data);
    diagnostics_free(&diagnostics);
    arena_free(&arena);
    return right;
}

/* The net's float accuracy is 97.6 %, 97.5 % with weights alone rounded to 8 bits, 97.3 % to 4 bits (1000 samples). */
Test(ref_trained, trained_net_keeps_its_accuracy)
{
    const char *graph = shared_data("own/nets/a_mnist_ff/net.nir");
    const char *data = shared_data("own/nets/a_mnist_ff/test.h5");

    if (!graph || !data)
        cr_skip_test("own/nets/a_mnist_ff is not on this machine");
    cr_expect_geq(right_answers(graph, data, 8), 95);
    cr_expect_geq(right_answers(graph, data, 4), 94);
}
