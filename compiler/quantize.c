/* The quantiser: real network to integer network, one population after another, sources first. Scales come from
 * quantize_scale.c; here weights and parameters become integers, and the accumulator bound is proven on the
 * integers themselves, so that rounding cannot break it. docs/numbers.md has the arithmetic. */
#include "quantize.h"

#include "hardware.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COARSEN_ATTEMPTS = 32 };

static const double tie_tolerance = 1e-6;     /* units: a threshold this close to a whole number is that number */
static const double worthy_bits = 0.5;        /* fewer lost bits of the weights are not worth a warning */
static const double worthy_leak_error = 0.05; /* relative */

struct quantizer {
    struct image *image;
    const struct network *network;
    const struct calibration *calibration;
    struct diagnostics *diagnostics;
    bool *graded;       /* (population_count) */
    double *magnitude;  /* (population_count) of graded Inputs */
    struct quantize_feed *feeds; /* (projection_count) of the population at hand */
};

static char *place_of(const struct quantizer *quantizer, size_t population)
{
    return arena_print(quantizer->network->arena, "/%s", quantizer->network->populations[population].name);
}

static int out_of_memory(const struct quantizer *quantizer)
{
    return diagnostics_error(quantizer->diagnostics, "", "out of memory");
}

/* ---- what is refused ---- */

static bool all_finite(const double *values, size_t count)
{
    for (size_t index = 0; index < count; index++) {
        if (!isfinite(values[index]))
            return false;
    }
    return true;
}

static int check_population(const struct quantizer *quantizer, size_t index)
{
    const struct population *population = &quantizer->network->populations[index];
    const char *place = place_of(quantizer, index);
    bool fires = quantize_fires(population->model);

    if (!place)
        return out_of_memory(quantizer);
    if (population->model == MODEL_INPUT)
        return 0;
    if (!all_finite(population->leak, population->size) || !all_finite(population->gain, population->size) ||
        !all_finite(population->v_leak, population->size) || !all_finite(population->bias, population->size) ||
        (fires && (!all_finite(population->threshold, population->size) ||
                   !all_finite(population->reset, population->size))))
        return diagnostics_error(quantizer->diagnostics, place, "a parameter is not finite; it must be a number");
    for (size_t neuron = 0; neuron < population->size; neuron++) {
        double leak = population->leak[neuron];
        if (!(leak >= 0 && leak <= 1))
            return diagnostics_error(quantizer->diagnostics, place,
                                     "neuron %zu loses %g of its membrane a step; the array needs 0 to 1: "
                                     "make dt smaller than tau",
                                     neuron, leak);
    }
    return 0;
}

static int check_projection(const struct quantizer *quantizer, size_t index)
{
    const struct network *network = quantizer->network;
    const struct projection *projection = &network->projections[index];
    const char *place = place_of(quantizer, projection->target);
    size_t sources = network->populations[projection->source].size;

    if (!place)
        return out_of_memory(quantizer);
    if (projection->source >= projection->target)
        return diagnostics_error(quantizer->diagnostics, place,
                                 "is fed by /%s of a later layer; only feed-forward connections can be quantised",
                                 network->populations[projection->source].name);
    if (!all_finite(projection->weight, sources * network->populations[projection->target].size))
        return diagnostics_error(quantizer->diagnostics, place, "a weight from /%s is not finite",
                                 network->populations[projection->source].name);
    return 0;
}

/* ---- integers ---- */

static int16_t saturate(double value)
{
    return (int16_t)fmax(-QUANTIZE_WORD_MAX - 1, fmin(QUANTIZE_WORD_MAX, value));
}

/* The largest whole number of units that does not fire. */
static int16_t threshold_units(double units, enum compare compare)
{
    if (fabs(units - round(units)) <= tie_tolerance)
        units = round(units);
    return saturate(compare == COMPARE_GREATER_EQUAL ? ceil(units) - 1 : floor(units));
}

static void write_weights(const struct quantizer *quantizer, const struct quantize_feed *feed,
                          const struct population *target, double scale)
{
    struct image_projection *projection = &quantizer->image->projections[feed->projection];

    projection->scale = scale;
    for (size_t neuron = 0; neuron < target->size; neuron++) {
        for (size_t source = 0; source < feed->sources; source++) {
            double weight = round(quantize_unit(feed, target, neuron, source) / scale);
            double most = feed->weight_max;
            projection->weight[source * target->size + neuron] = (int8_t)fmax(-most, fmin(most, weight));
        }
    }
}

static bool any_weight(const struct quantizer *quantizer, const struct population *target, size_t feed_count)
{
    for (size_t feed = 0; feed < feed_count; feed++) {
        const struct image_projection *projection = &quantizer->image->projections[quantizer->feeds[feed].projection];
        size_t count = quantizer->feeds[feed].sources * target->size;
        for (size_t index = 0; index < count; index++) {
            if (projection->weight[index] != 0)
                return true;
        }
    }
    return false;
}

static void write_parameters(const struct quantizer *quantizer, size_t index)
{
    const struct population *population = &quantizer->network->populations[index];
    struct image_population *result = &quantizer->image->populations[index];
    double scale = result->scale;

    for (size_t neuron = 0; neuron < population->size; neuron++) {
        int16_t *parameter[NEURON_PARAMETERS];

        for (size_t kind = 0; kind < NEURON_PARAMETERS; kind++)
            parameter[kind] = &result->parameter[kind][neuron];
        *parameter[NEURON_LEAK] = saturate(-round(QUANTIZE_LEAK_ONE * population->leak[neuron]));
        *parameter[NEURON_BIAS] = saturate(round(quantize_bias(population, neuron) / scale));
        if (result->fire) {
            *parameter[NEURON_THRESHOLD] =
                threshold_units(population->threshold[neuron] / scale, quantizer->network->options.compare);
            *parameter[NEURON_RESET] = saturate(round(population->reset[neuron] / scale));
        }
        for (size_t kind = 0; kind < NEURON_PARAMETERS; kind++)
            result->each |= *parameter[kind] != result->parameter[kind][0];
    }
}

/* Largest |v| of a graded population in units: what a steady worst input leads to, or saturation. */
static int32_t state_limit(const struct image_population *population, int64_t accumulator)
{
    int64_t least_leak = QUANTIZE_LEAK_ONE, most_bias = 0;
    int64_t most = QUANTIZE_WORD_MAX + 1;

    for (size_t neuron = 0; neuron < population->size; neuron++) {
        int64_t leak = -(int64_t)population->parameter[NEURON_LEAK][neuron];
        int64_t bias = llabs((int64_t)population->parameter[NEURON_BIAS][neuron]);
        least_leak = leak < least_leak ? leak : least_leak;
        most_bias = bias > most_bias ? bias : most_bias;
    }
    if (least_leak == 0)
        return (int32_t)most;
    /* v grows while what comes in, and half a unit of rounding, is more than what leaks. */
    int64_t input = (accumulator << population->gain_shift) + most_bias;
    int64_t bound = least_leak == QUANTIZE_LEAK_ONE ? input : (input + 1) * QUANTIZE_LEAK_ONE / least_leak + 1;
    return (int32_t)(bound < most ? bound : most);
}

/* ---- what is said ---- */

static void explain(const struct quantizer *quantizer, size_t index, const struct quantize_scale *scale)
{
    const struct population *population = &quantizer->network->populations[index];
    const struct image_population *result = &quantizer->image->populations[index];
    const char *place = place_of(quantizer, index);
    double lost = scale->finest > 0 ? log2(scale->accumulator / scale->finest) : 0;
    double worst_leak = 0;
    char threshold[64] = "";

    if (!place)
        return;
    if (result->fire)
        snprintf(threshold, sizeof threshold, ", threshold of neuron 0 %d units",
                 result->parameter[NEURON_THRESHOLD][0]);
    diagnostics_note(quantizer->diagnostics, place,
                     "unit %.4g of the membrane, range +-%.4g, gain shift %u, %s weights%s, bias of neuron 0 %d units, "
                     "%s parameters",
                     result->scale, scale->range, result->gain_shift, scale->exact ? "exact" : "rounded", threshold,
                     result->parameter[NEURON_BIAS][0], result->each ? "individual" : "uniform");
    if (!scale->exact && lost > worthy_bits)
        diagnostics_warning(quantizer->diagnostics, place,
                            "weights lose %.1f bits so that the membrane reaches %.4g (at full weight resolution "
                            "%.4g); calibration data may show that less is enough",
                            lost, scale->range, scale->finest * QUANTIZE_WORD_MAX);
    for (size_t neuron = 0; neuron < population->size; neuron++) {
        double leak = population->leak[neuron];
        double stored = -(double)result->parameter[NEURON_LEAK][neuron] / QUANTIZE_LEAK_ONE;
        if (leak > 0)
            worst_leak = fmax(worst_leak, fabs(stored / leak - 1));
    }
    if (worst_leak > worthy_leak_error)
        diagnostics_warning(quantizer->diagnostics, place,
                            "dt/tau is off by %.0f%% in 16 bits (units of 1/32768); a larger dt would help",
                            100 * worst_leak);
}

/* ---- one population ---- */

static size_t find_feeds(const struct quantizer *quantizer, size_t target)
{
    const struct network *network = quantizer->network;
    size_t count = 0;

    for (size_t index = 0; index < network->projection_count; index++) {
        const struct projection *projection = &network->projections[index];
        const struct image_population *source = &quantizer->image->populations[projection->source];
        bool narrow = network->options.weight_bits == 4 && !source->graded;

        if (projection->target != target)
            continue;
        quantizer->feeds[count++] = (struct quantize_feed){
            .projection = index,
            .sources = network->populations[projection->source].size,
            .weight = projection->weight,
            .graded = source->graded,
            .factor = source->graded ? QUANTIZE_PRODUCT_ONE * source->scale : 1,
            .limit = source->limit,
            .weight_max = narrow ? QUANTIZE_WEIGHT_MAX_4 : QUANTIZE_WEIGHT_MAX_8,
        };
        quantizer->image->projections[index].weight_bits = narrow ? 4 : 8;
        quantizer->image->projections[index].graded = source->graded;
    }
    return count;
}

static void quantize_input(const struct quantizer *quantizer, size_t index)
{
    struct image_population *result = &quantizer->image->populations[index];
    double magnitude = quantizer->magnitude[index];
    const char *place = place_of(quantizer, index);

    result->scale = 1;
    result->limit = 1;
    if (!result->graded)
        return;
    /* A power of 2: inputs that are binary fractions stay exact. */
    double most = quantize_most_units(quantizer->network, quantizer->graded, index);
    result->scale = exp2(ceil(log2((magnitude > 0 ? magnitude : 1) / most)));
    result->limit = (int32_t)fmax(1, ceil(magnitude / result->scale));
    if (place)
        diagnostics_note(quantizer->diagnostics, place, "values in units of %.4g, at most %.4g", result->scale,
                         result->limit * result->scale);
}

static int quantize_population(const struct quantizer *quantizer, size_t index)
{
    const struct population *population = &quantizer->network->populations[index];
    struct image_population *result = &quantizer->image->populations[index];
    const char *place = place_of(quantizer, index);
    size_t feed_count = find_feeds(quantizer, index), neuron = 0;
    double most = quantize_most_units(quantizer->network, quantizer->graded, index);
    double magnitude = quantizer->calibration ? quantizer->calibration->magnitude[index] : -1;
    struct quantize_scale scale = quantize_choose(population, quantizer->feeds, feed_count, magnitude, most);
    int64_t bound = 0;

    if (!place)
        return out_of_memory(quantizer);
    if (!isfinite(scale.accumulator) || !(scale.accumulator * exp2(-HW_GAIN_SHIFT_MAX) > 0))
        return diagnostics_error(quantizer->diagnostics, place,
                                 "its weights and thresholds are too large or too small for any scale (%g)",
                                 scale.accumulator);
    for (int attempt = 0;; attempt++) {
        for (size_t feed = 0; feed < feed_count; feed++)
            write_weights(quantizer, &quantizer->feeds[feed], population, scale.accumulator);
        bound = image_accumulator_bound(quantizer->image, index, &neuron);
        if (bound < 0)
            return out_of_memory(quantizer);
        if (bound <= QUANTIZE_WORD_MAX)
            break;
        if (attempt == COARSEN_ATTEMPTS)
            return diagnostics_error(quantizer->diagnostics, place,
                                     "no weight scale keeps the input of neuron %zu within 16 bits (%lld units); "
                                     "it has too many sources",
                                     neuron, (long long)bound);
        quantize_coarsen(&scale, bound, attempt);
    }
    if (scale.finest > 0 && !any_weight(quantizer, population, feed_count))
        return diagnostics_error(quantizer->diagnostics, place,
                                 "all its weights vanish beside the range that its membrane needs (+-%g, largest "
                                 "weight %g); scale thresholds, biases and weights alike",
                                 scale.required, scale.finest * QUANTIZE_WEIGHT_MAX_8);
    result->gain_shift = scale.gain_shift;
    result->scale = scale.accumulator * exp2(-(double)scale.gain_shift);
    write_parameters(quantizer, index);
    result->limit = result->graded ? state_limit(result, bound) : 1;
    explain(quantizer, index, &scale);
    return 0;
}

/* ---- the whole ---- */

static int copy_ports(const struct quantizer *quantizer, struct port **copies, const struct port *ports, size_t count)
{
    struct arena *arena = quantizer->image->arena;

    *copies = arena_allocate(arena, count, sizeof **copies);
    if (!*copies)
        return out_of_memory(quantizer);
    for (size_t index = 0; index < count; index++) {
        (*copies)[index] = (struct port){arena_copy(arena, ports[index].name), ports[index].population};
        if (!(*copies)[index].name)
            return out_of_memory(quantizer);
    }
    return 0;
}

static int begin_population(const struct quantizer *quantizer, size_t index)
{
    const struct population *population = &quantizer->network->populations[index];
    struct image_population *result = &quantizer->image->populations[index];
    struct arena *arena = quantizer->image->arena;

    *result = (struct image_population){
        .name = arena_copy(arena, population->name),
        .node = population->node,
        .model = population->model,
        .size = population->size,
        .shape = population->shape,
        .level = population->level,
        .graded = quantizer->graded[index],
        .fire = quantize_fires(population->model),
        .subtract = quantize_fires(population->model) && population->reset_subtracts,
    };
    if (!result->name)
        return out_of_memory(quantizer);
    for (size_t kind = 0; kind < NEURON_PARAMETERS && population->model != MODEL_INPUT; kind++) {
        result->parameter[kind] = arena_allocate(arena, population->size, sizeof(int16_t));
        if (!result->parameter[kind])
            return out_of_memory(quantizer);
    }
    return 0;
}

static int begin_projection(const struct quantizer *quantizer, size_t index)
{
    const struct projection *projection = &quantizer->network->projections[index];
    struct image_projection *result = &quantizer->image->projections[index];
    size_t sources = quantizer->network->populations[projection->source].size;

    result->source = projection->source;
    result->target = projection->target;
    result->weight = arena_allocate(quantizer->image->arena, sources,
                                    quantizer->network->populations[projection->target].size);
    return result->weight ? 0 : out_of_memory(quantizer);
}

static int begin(const struct quantizer *quantizer, const struct input_range *inputs)
{
    struct image *image = quantizer->image;
    const struct network *network = quantizer->network;

    for (size_t index = 0; index < network->population_count; index++) {
        enum model model = network->populations[index].model;
        quantizer->graded[index] = model != MODEL_INPUT && !quantize_fires(model);
    }
    for (size_t input = 0; input < network->input_count; input++) {
        size_t index = network->inputs[input].population;
        quantizer->graded[index] = inputs[input].graded;
        quantizer->magnitude[index] = inputs[input].magnitude;
        if (inputs[input].graded && !(inputs[input].magnitude >= 0 && isfinite(inputs[input].magnitude)))
            return diagnostics_error(quantizer->diagnostics, place_of(quantizer, index),
                                     "the largest input value is given as %g; it must be a number from 0 on",
                                     inputs[input].magnitude);
    }
    image->options = network->options;
    image->population_count = network->population_count;
    image->projection_count = network->projection_count;
    image->input_count = network->input_count;
    image->output_count = network->output_count;
    image->populations = arena_allocate(image->arena, network->population_count, sizeof *image->populations);
    image->projections = arena_allocate(image->arena, network->projection_count, sizeof *image->projections);
    if (!image->populations || !image->projections)
        return out_of_memory(quantizer);
    for (size_t index = 0; index < network->population_count; index++) {
        if (check_population(quantizer, index) || begin_population(quantizer, index))
            return -1;
    }
    for (size_t index = 0; index < network->projection_count; index++) {
        if (check_projection(quantizer, index) || begin_projection(quantizer, index))
            return -1;
    }
    if (copy_ports(quantizer, &image->inputs, network->inputs, network->input_count))
        return -1;
    return copy_ports(quantizer, &image->outputs, network->outputs, network->output_count);
}

int image_quantize(struct image *image, const struct network *network, const struct input_range *inputs,
                   const struct calibration *calibration, struct diagnostics *diagnostics)
{
    struct quantizer quantizer = {image, network, calibration, diagnostics, NULL, NULL, NULL};

    if (network->options.weight_bits != 4 && network->options.weight_bits != 8)
        return diagnostics_error(diagnostics, "", "weights of %u bits are not supported; 8 and 4 are",
                                 network->options.weight_bits);
    quantizer.graded = arena_allocate(network->arena, network->population_count, sizeof *quantizer.graded);
    quantizer.magnitude = arena_allocate(network->arena, network->population_count, sizeof *quantizer.magnitude);
    quantizer.feeds = arena_allocate(network->arena, network->projection_count, sizeof *quantizer.feeds);
    if (!quantizer.graded || !quantizer.magnitude || !quantizer.feeds)
        return out_of_memory(&quantizer);
    if (begin(&quantizer, inputs))
        return -1;
    for (size_t index = 0; index < network->population_count; index++) {
        if (network->populations[index].model == MODEL_INPUT)
            quantize_input(&quantizer, index);
        else if (quantize_population(&quantizer, index))
            return -1;
    }
    return 0;
}
