/* ref beside the float oracle (agreement.h). Nodes of the graph are matched with populations by name and size. */
#include "agreement.h"

#include "device.h"
#include "float.h"
#include "ref.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NO_NODE = -1 };

struct agreement_judge {
    struct arena arena;
    const struct image *image;
    struct graph graph;
    struct float_network *oracle;
    struct ref *ref;
    ptrdiff_t *nodes;      /* (population_count) of the graph, or NO_NODE */
    size_t *slots;         /* (input_count) index of the oracle's Input */
    double **reals;        /* (input_count) a step, by the oracle's index */
    int16_t *units;        /* a step of the largest Input */
};

bool agreement_of_spikes(const struct image_population *population)
{
    return population->fire;
}

bool agreement_of_values(const struct image_population *population)
{
    return population->model > MODEL_THRESHOLD || (population->model == MODEL_RELAY && population->graded);
}

/* The node that a population is: one of its name and size. A Threshold that carries late biases has no node. */
static ptrdiff_t find_node(const struct agreement_judge *judge, const struct image_population *population)
{
    for (size_t node = 0; node < judge->graph.node_count; node++)
        if (strcmp(judge->graph.nodes[node].name, population->name) == 0 &&
            float_network_size(judge->oracle, node) == population->size)
            return (ptrdiff_t)node;
    return NO_NODE;
}

static bool match_populations(struct agreement_judge *judge)
{
    const struct image *image = judge->image;

    judge->nodes = arena_allocate(&judge->arena, image->population_count, sizeof *judge->nodes);
    if (!judge->nodes)
        return false;
    for (size_t index = 0; index < image->population_count; index++) {
        const struct image_population *population = &image->populations[index];
        bool compared = agreement_of_spikes(population) || agreement_of_values(population);

        judge->nodes[index] = compared ? find_node(judge, population) : NO_NODE;
        if (judge->nodes[index] != NO_NODE && population->model > MODEL_THRESHOLD &&
            !float_network_membrane(judge->oracle, (size_t)judge->nodes[index]))
            judge->nodes[index] = NO_NODE;
    }
    return true;
}

static bool match_inputs(struct agreement_judge *judge)
{
    const struct image *image = judge->image;
    size_t count = float_network_input_count(judge->oracle), largest = 1;

    judge->slots = arena_allocate(&judge->arena, image->input_count, sizeof *judge->slots);
    judge->reals = arena_allocate(&judge->arena, count, sizeof *judge->reals);
    if (!judge->slots || !judge->reals)
        return false;
    for (size_t input = 0; input < image->input_count; input++) {
        size_t size = image->populations[image->inputs[input].population].size, slot = 0;

        while (slot < count && strcmp(judge->graph.nodes[float_network_input_node(judge->oracle, slot)].name,
                                      image->inputs[input].name) != 0)
            slot++;
        judge->slots[input] = slot;
        if (slot == count || float_network_size(judge->oracle, float_network_input_node(judge->oracle, slot)) != size)
            return false;
        judge->reals[slot] = arena_allocate(&judge->arena, size, sizeof(double));
        if (!judge->reals[slot])
            return false;
        largest = size > largest ? size : largest;
    }
    judge->units = arena_allocate(&judge->arena, largest, sizeof *judge->units);
    return judge->units != NULL;
}

struct agreement_judge *agreement_open(const struct image *image, const char *path, struct diagnostics *diagnostics)
{
    struct agreement_judge *judge = calloc(1, sizeof *judge);

    if (!judge) {
        diagnostics_error(diagnostics, "", "out of memory");
        return NULL;
    }
    judge->image = image;
    judge->graph.arena = &judge->arena;
    if (graph_load(&judge->graph, path, diagnostics) != 0 ||
        float_network_open(&judge->oracle, &judge->graph, &image->options, diagnostics) != 0) {
        agreement_close(judge);
        return NULL;
    }
    judge->ref = ref_open(image);
    if (!judge->ref || !match_populations(judge) || !match_inputs(judge)) {
        diagnostics_error(diagnostics, "", "out of memory, or the graph's Inputs are not those of the image");
        agreement_close(judge);
        return NULL;
    }
    return judge;
}

void agreement_close(struct agreement_judge *judge)
{
    if (!judge)
        return;
    if (judge->ref)
        ref_close(judge->ref);
    float_network_close(judge->oracle);
    arena_free(&judge->arena);
    free(judge);
}

static void set_input(struct agreement_judge *judge, size_t input, const struct data *data, size_t row)
{
    const struct port *port = &judge->image->inputs[input];
    const struct image_population *population = &judge->image->populations[port->population];
    const struct data_series *series = data_find(data, port->name, NULL);
    double *reals = judge->reals[judge->slots[input]];
    size_t first = row * series->neurons;

    for (size_t neuron = 0; neuron < series->neurons; neuron++)
        reals[neuron] = series->spikes ? series->spikes[first + neuron] != 0 : series->values[first + neuron];
    if (!population->graded) {
        ref_set_spikes(judge->ref, input, series->spikes + first);
        return;
    }
    for (size_t neuron = 0; neuron < series->neurons; neuron++)
        judge->units[neuron] = device_quantize_value(reals[neuron], population->scale, population->limit);
    ref_set_values(judge->ref, input, judge->units);
}

static void compare_spikes(const uint8_t *ours, const double *theirs, size_t size, struct agreement *sums)
{
    for (size_t neuron = 0; neuron < size; neuron++) {
        bool own = ours[neuron] != 0, other = theirs[neuron] != 0;

        sums->equal += own == other;
        sums->spikes += own;
        sums->float_spikes += other;
        sums->common_spikes += own && other;
    }
}

static void compare_values(const struct image_population *population, const int16_t *ours, const double *theirs,
                           struct agreement *sums)
{
    for (size_t neuron = 0; neuron < population->size; neuron++) {
        double error = ours[neuron] * image_unit(population, neuron) - theirs[neuron];

        sums->signal += theirs[neuron] * theirs[neuron];
        sums->noise += error * error;
    }
}

static void compare(struct agreement_judge *judge, size_t index, struct agreement *sums)
{
    const struct image_population *population = &judge->image->populations[index];
    size_t node = (size_t)judge->nodes[index];
    const double *v = float_network_membrane(judge->oracle, node), *output = float_network_output(judge->oracle, node);

    sums->compared += population->size;
    if (agreement_of_spikes(population))
        compare_spikes(ref_spikes(judge->ref, index), output, population->size, sums);
    if (agreement_of_values(population))
        compare_values(population, ref_state(judge->ref, index), v ? v : output, sums);
}

void agreement_sample(struct agreement_judge *judge, const struct data *data, size_t sample,
                      struct agreement *populations)
{
    const struct image *image = judge->image;

    memset(populations, 0, image->population_count * sizeof *populations);
    ref_reset(judge->ref);
    float_network_reset(judge->oracle);
    for (size_t step = 0; step < data->steps; step++) {
        for (size_t input = 0; input < image->input_count; input++)
            set_input(judge, input, data, sample * data->steps + step);
        ref_step(judge->ref);
        float_network_step(judge->oracle, (const double *const *)judge->reals);
        for (size_t index = 0; index < image->population_count; index++)
            if (judge->nodes[index] != NO_NODE)
                compare(judge, index, &populations[index]);
    }
}

void agreement_add(struct agreement *to, const struct agreement *from, size_t count)
{
    for (size_t index = 0; index < count; index++) {
        to[index].compared += from[index].compared;
        to[index].equal += from[index].equal;
        to[index].spikes += from[index].spikes;
        to[index].float_spikes += from[index].float_spikes;
        to[index].common_spikes += from[index].common_spikes;
        to[index].signal += from[index].signal;
        to[index].noise += from[index].noise;
    }
}

double agreement_snr_db(const struct agreement *agreement)
{
    return agreement->signal > 0 ? 10 * log10(agreement->signal / agreement->noise) : NAN;
}
