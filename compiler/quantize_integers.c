/* Integers from real numbers and units (quantize.h). The bound of the accumulators is proven on the integers, so that
 * rounding cannot break it. */
#include "quantize_moments.h"

#include <math.h>
#include <stdlib.h>

enum { COARSEN_ATTEMPTS = 32, AHEAD_FACTOR = 4 };

static const double tie_tolerance = 1e-6; /* units: a threshold this close to a whole number is that number */

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

static void write_weights(const struct quantizer *quantizer, const struct quantize_feed *feed, double unit)
{
    int16_t *weight = quantizer->image->projections[feed->projection].weight;

    quantizer->image->projections[feed->projection].scale = unit;
    for (size_t entry = 0; entry < linear_map_entries(&feed->map); entry++)
        weight[entry] = (int16_t)quantize_level(feed, feed->weight[entry] / unit);
}

/* The maps of the feeds and room for their weights, in the image's arena. */
static int begin_projections(const struct quantizer *quantizer)
{
    struct arena *arena = quantizer->image->arena;

    for (size_t index = 0; index < quantizer->feed_count; index++) {
        const struct quantize_feed *feed = &quantizer->feeds[index];
        struct image_projection *result = &quantizer->image->projections[feed->projection];

        result->weight = arena_allocate(arena, linear_map_entries(&feed->map), sizeof *result->weight);
        if (!result->weight || image_copy_map(&result->map, &feed->map, arena))
            return -1;
    }
    return 0;
}

static bool any_weight(const struct quantizer *quantizer)
{
    for (size_t feed = 0; feed < quantizer->feed_count; feed++) {
        const struct image_projection *projection = &quantizer->image->projections[quantizer->feeds[feed].projection];

        for (size_t entry = 0; entry < linear_map_entries(&projection->map); entry++) {
            if (projection->weight[entry] != 0)
                return true;
        }
    }
    return false;
}

static double largest_weight(const struct quantizer *quantizer)
{
    double largest = 0;

    for (size_t feed = 0; feed < quantizer->feed_count; feed++)
        for (size_t entry = 0; entry < linear_map_entries(&quantizer->feeds[feed].map); entry++)
            largest = fmax(largest, fabs(quantizer->feeds[feed].weight[entry]));
    return largest;
}

static int16_t leak_units(double leak)
{
    return saturate(-round(QUANTIZE_LEAK_ONE * leak));
}

/* Of what a neuron adds in each step where its weights enter. */
static double correction(const struct quantizer *quantizer, size_t neuron)
{
    return quantizer->correction ? quantizer->correction[neuron] : 0;
}

static void write_current(const struct quantizer *quantizer, size_t index, double unit)
{
    const struct population *population = &quantizer->scaled[index];
    struct image_population *result = &quantizer->image->populations[index];

    result->current_each = false;
    for (size_t neuron = 0; neuron < population->size; neuron++) {
        double gain = population->current_gain[neuron];

        result->current_unit[neuron] = gain != 0 ? quantize_canonical(unit / gain) : 0;
        result->current_parameter[CURRENT_LEAK][neuron] = leak_units(population->current_leak[neuron]);
        result->current_parameter[CURRENT_BIAS][neuron] =
            saturate(round((quantize_current_bias(population, neuron) + correction(quantizer, neuron)) / unit));
        for (size_t kind = 0; kind < CURRENT_PARAMETERS; kind++)
            result->current_each |= result->current_parameter[kind][neuron] != result->current_parameter[kind][0];
    }
}

static void write_parameters(const struct quantizer *quantizer, size_t index)
{
    const struct population *population = &quantizer->scaled[index];
    struct image_population *result = &quantizer->image->populations[index];
    double unit = result->scale;

    result->each = false;
    for (size_t neuron = 0; neuron < population->size; neuron++) {
        int16_t *parameter[NEURON_PARAMETERS];

        for (size_t kind = 0; kind < NEURON_PARAMETERS; kind++)
            parameter[kind] = &result->parameter[kind][neuron];
        *parameter[NEURON_LEAK] = leak_units(population->leak[neuron]);
        double bias = quantize_bias(population, neuron);
        if (!model_has_current(population->model))
            bias += correction(quantizer, neuron);
        *parameter[NEURON_BIAS] = saturate(round(bias / unit));
        if (result->fire) {
            *parameter[NEURON_THRESHOLD] =
                threshold_units(population->threshold[neuron] / unit, quantizer->network->options.compare);
            *parameter[NEURON_RESET] = saturate(round(population->reset[neuron] / unit));
        }
        for (size_t kind = 0; kind < NEURON_PARAMETERS; kind++)
            result->each |= *parameter[kind] != result->parameter[kind][0];
    }
}

/* Units of neurons, where they differ. */
static int write_units(const struct quantizer *quantizer, size_t index)
{
    struct image_population *result = &quantizer->image->populations[index];
    const double *factor = quantizer->factors[index];

    result->own_units = factor != NULL;
    result->unit = NULL;
    if (!factor)
        return 0;
    result->unit = arena_allocate(quantizer->image->arena, result->size, sizeof *result->unit);
    for (size_t neuron = 0; result->unit && neuron < result->size; neuron++)
        result->unit[neuron] = quantize_canonical(result->scale / factor[neuron]);
    return result->unit ? 0 : -1;
}

/* ---- limits ---- */

/* Largest |units| after a shift by exponent, whichever way it rounds. */
static int64_t shifted(int64_t units, int exponent)
{
    return exponent >= 0 ? units * (INT64_C(1) << exponent) : (units >> -exponent) + 1;
}

/* Largest |state| that a steady worst input leads to, or saturation. leak and bias: (size). */
static int64_t state_bound(const int16_t *leak, const int16_t *bias, size_t size, int64_t input)
{
    int64_t least_leak = QUANTIZE_LEAK_ONE, most_bias = 0, most = QUANTIZE_WORD_MAX + 1;

    for (size_t neuron = 0; neuron < size; neuron++) {
        int64_t lost = -(int64_t)leak[neuron], added = llabs((int64_t)bias[neuron]);

        least_leak = lost < least_leak ? lost : least_leak;
        most_bias = added > most_bias ? added : most_bias;
    }
    if (least_leak == 0)
        return most;
    /* The state grows while what comes in, and half a unit of rounding, is more than what leaks. */
    input += most_bias;
    int64_t bound = least_leak == QUANTIZE_LEAK_ONE ? input : (input + 1) * QUANTIZE_LEAK_ONE / least_leak + 1;
    return bound < most ? bound : most;
}

static int32_t value_limit(const struct image_population *population, int64_t accumulator)
{
    int64_t input = accumulator;

    if (model_has_current(population->model))
        input = state_bound(population->current_parameter[CURRENT_LEAK], population->current_parameter[CURRENT_BIAS],
                            population->size, shifted(input, population->current_exponent));
    return (int32_t)state_bound(population->parameter[NEURON_LEAK], population->parameter[NEURON_BIAS],
                                population->size, shifted(input, population->gain_exponent));
}

/* ---- one population ---- */

/* A unit chosen ahead is too fine for what arrives: no exponent leads to it. */
static bool is_too_fine(const struct quantize_scale *scale, const struct quantize_extremes *extremes)
{
    double finest = fmax(extremes->largest, extremes->sum / QUANTIZE_WORD_MAX);

    return scale->fixed && (scale->gain_exponent > GAIN_EXPONENT_MAX || scale->current_exponent > GAIN_EXPONENT_MAX ||
                            scale->accumulator < finest * (1 - 1e-6));
}

/* Weights whose worst sums fit 16 bits; the sum is left in *bound. */
static int write_fitting_weights(struct quantizer *quantizer, size_t index, struct quantize_scale *scale,
                                 const struct quantize_moments *moments, int64_t *bound)
{
    bool current = model_has_current(quantizer->network->populations[index].model);
    size_t neuron = 0;

    for (int attempt = 0;; attempt++) {
        if (is_too_fine(scale, &quantizer->extremes[index])) {
            quantizer->ahead[index] *= AHEAD_FACTOR;
            quantizer->again = true;
            return -1;
        }
        for (size_t feed = 0; feed < quantizer->feed_count; feed++)
            write_weights(quantizer, &quantizer->feeds[feed], scale->accumulator);
        if (!quantizer->repeated && moments && quantize_round_together(quantizer, moments, scale->accumulator))
            return quantize_out_of_memory(quantizer);
        if (!quantizer->repeated && !moments && quantize_balance(quantizer, scale->accumulator))
            return quantize_out_of_memory(quantizer);
        *bound = image_accumulator_bound(quantizer->image, index, &neuron);
        if (*bound < 0)
            return quantize_out_of_memory(quantizer);
        if (*bound <= QUANTIZE_WORD_MAX)
            return 0;
        if (attempt == COARSEN_ATTEMPTS)
            return diagnostics_error(quantizer->diagnostics, quantize_place(quantizer, index),
                                     "no weight scale keeps the input of neuron %zu within 16 bits (%lld units); "
                                     "it has too many sources",
                                     neuron, (long long)*bound);
        quantize_coarsen(scale, *bound, attempt, current);
    }
}

int quantize_write(struct quantizer *quantizer, size_t index, struct quantize_scale *scale)
{
    const struct quantize_extremes *extremes = &quantizer->extremes[index];
    struct image_population *result = &quantizer->image->populations[index];
    struct quantize_moments *moments = NULL;
    int64_t bound = 0;

    if (!isfinite(scale->accumulator) || !(ldexp(scale->accumulator, -3 * GAIN_EXPONENT_MAX) > 0) ||
        !isfinite(ldexp(scale->accumulator, 3 * GAIN_EXPONENT_MAX)))
        return diagnostics_error(quantizer->diagnostics, quantize_place(quantizer, index),
                                 "its weights and thresholds are too large or too small for any scale (%g)",
                                 scale->accumulator);
    if (begin_projections(quantizer))
        return quantize_out_of_memory(quantizer);
    if (!quantizer->repeated && quantize_find_moments(quantizer, index, result->size, &moments))
        return quantize_out_of_memory(quantizer);
    int status = write_fitting_weights(quantizer, index, scale, moments, &bound);
    if (status == 0 && quantize_correct_means(quantizer, index, moments, scale->accumulator))
        status = quantize_out_of_memory(quantizer);
    quantize_free_moments(moments);
    if (status)
        return -1;
    if (extremes->largest > 0 && !any_weight(quantizer))
        return diagnostics_error(quantizer->diagnostics, quantize_place(quantizer, index),
                                 "all its weights vanish beside the range that its membrane needs (+-%g, largest "
                                 "weight %g); scale thresholds, biases and weights alike",
                                 extremes->required, largest_weight(quantizer));
    result->gain_exponent = scale->gain_exponent;
    result->current_exponent = scale->current_exponent;
    result->scale = ldexp(scale->accumulator, -scale->current_exponent - scale->gain_exponent);
    if (model_has_current(result->model))
        write_current(quantizer, index, ldexp(scale->accumulator, -scale->current_exponent));
    if (write_units(quantizer, index))
        return quantize_out_of_memory(quantizer);
    write_parameters(quantizer, index);
    if (!scale->fixed)
        result->limit = result->graded ? value_limit(result, bound) : 1;
    return 0;
}
