/* What the quantiser refuses before it chooses anything (quantize.h). */
#include "quantize.h"

#include <math.h>

static bool all_finite(const double *values, size_t count)
{
    for (size_t index = 0; index < count; index++) {
        if (!isfinite(values[index]))
            return false;
    }
    return true;
}

static int check_leak(const struct quantizer *quantizer, size_t index, const double *leaks, const char *state)
{
    const struct population *population = &quantizer->network->populations[index];

    for (size_t neuron = 0; neuron < population->size; neuron++) {
        if (!(leaks[neuron] >= 0 && leaks[neuron] <= 1))
            return diagnostics_error(quantizer->diagnostics, quantize_place(quantizer, index),
                                     "neuron %zu loses %g of its %s a step; the array needs 0 to 1: make dt smaller "
                                     "than tau",
                                     neuron, leaks[neuron], state);
    }
    return 0;
}

static int check_population(const struct quantizer *quantizer, size_t index)
{
    const struct population *population = &quantizer->network->populations[index];
    size_t size = population->size;
    bool fires = model_fires(population->model), current = model_has_current(population->model);

    if (population->model == MODEL_INPUT)
        return 0;
    if (!all_finite(population->leak, size) || !all_finite(population->drift, size) ||
        !all_finite(population->bias, size) ||
        (fires && (!all_finite(population->threshold, size) || !all_finite(population->reset, size))) ||
        (current && (!all_finite(population->current_leak, size) || !all_finite(population->current_gain, size))))
        return diagnostics_error(quantizer->diagnostics, quantize_place(quantizer, index),
                                 "a parameter is not finite; it must be a number");
    if (check_leak(quantizer, index, population->leak, "membrane"))
        return -1;
    return current ? check_leak(quantizer, index, population->current_leak, "current") : 0;
}

static int check_projection(const struct quantizer *quantizer, const struct projection *projection)
{
    const struct population *source = &quantizer->network->populations[projection->source];
    const struct population *target = &quantizer->network->populations[projection->target];
    const char *place = quantize_place(quantizer, projection->target);

    if (!linear_map_check(&projection->map) || projection->map.sources != source->size ||
        projection->map.targets != target->size)
        return diagnostics_error(quantizer->diagnostics, place, "the connections from /%s do not fit its %zu neurons",
                                 source->name, target->size);
    if (projection->source >= projection->target && projection->delay == 0)
        return diagnostics_error(quantizer->diagnostics, place,
                                 "is fed by /%s of a later layer without a delay; a cycle needs one of a step",
                                 source->name);
    if (projection->weight_bits && !weight_bits_known(projection->weight_bits))
        return diagnostics_error(quantizer->diagnostics, place,
                                 "weights of %u bits from /%s are not supported; 1 to 8 and 16 are", projection->weight_bits,
                                 source->name);
    if (!all_finite(projection->weight, linear_map_entries(&projection->map)))
        return diagnostics_error(quantizer->diagnostics, place, "a weight from /%s is not finite", source->name);
    return 0;
}

int quantize_check(const struct quantizer *quantizer)
{
    const struct network *network = quantizer->network;

    if (!weight_bits_known(network->options.weight_bits))
        return diagnostics_error(quantizer->diagnostics, "", "weights of %u bits are not supported; 1 to 8 and 16 are",
                                 network->options.weight_bits);
    for (size_t input = 0; input < network->input_count; input++) {
        double magnitude = quantizer->inputs[input].magnitude;

        if (quantizer->inputs[input].graded && !(magnitude >= 0 && isfinite(magnitude)))
            return diagnostics_error(quantizer->diagnostics,
                                     quantize_place(quantizer, network->inputs[input].population),
                                     "the largest input value is given as %g; it must be a number from 0 on",
                                     magnitude);
    }
    for (size_t index = 0; index < network->population_count; index++) {
        if (check_population(quantizer, index))
            return -1;
    }
    for (size_t index = 0; index < network->projection_count; index++) {
        if (check_projection(quantizer, &network->projections[index]))
            return -1;
    }
    return 0;
}
