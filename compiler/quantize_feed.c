/* Projections as their target sees them (quantize.h): weights in the real units that an accumulator gets, with the gain
 * behind a current multiplied in. */
#include "quantize.h"

#include <math.h>
#include <string.h>

enum {
    LEAST_VALUE_UNITS = 255,  /* values coarser than this lose more than weights do */
    LEAST_STATE_UNITS = 4095, /* membranes must be finer: a leak of less than half a unit is lost */
    RISING_STEPS = 16         /* steps of worst input that a readout in a cycle, which nothing bounds, should hold */
};

static const double calibration_margin = 1.5;

bool quantize_is_uniform(const double *values, size_t count)
{
    for (size_t index = 1; index < count; index++) {
        if (values[index] != values[0])
            return false;
    }
    return true;
}

/* A map with a pattern for each source neuron, and the factor of each target multiplied in: what targets with different
 * factors cannot share. */
static int separate(struct quantize_feed *feed, const double *weight, double scale, const double *factor,
                    struct arena *scratch)
{
    const struct linear_map *shared = &feed->map;
    struct linear_map map = {.sources = shared->sources, .targets = shared->targets};
    size_t count = 0, patterns = 0;

    for (size_t source = 0; source < shared->sources; source++) {
        if (shared->pattern[source] != LINEAR_MAP_NONE) {
            count += shared->first[shared->pattern[source] + 1] - shared->first[shared->pattern[source]];
            patterns++;
        }
    }
    map.pattern_count = patterns;
    map.pattern = arena_allocate(scratch, shared->sources, sizeof *map.pattern);
    map.offset = arena_allocate(scratch, shared->sources, sizeof *map.offset);
    map.first = arena_allocate(scratch, patterns + 1, sizeof *map.first);
    map.target = arena_allocate(scratch, count, sizeof *map.target);
    feed->weight = arena_allocate(scratch, count, sizeof *feed->weight);
    if (!map.pattern || !map.offset || !map.first || !map.target || !feed->weight)
        return -1;
    count = patterns = 0;
    for (size_t source = 0; source < shared->sources; source++) {
        int32_t pattern = shared->pattern[source];

        map.pattern[source] = LINEAR_MAP_NONE;
        map.offset[source] = shared->offset[source];
        if (pattern == LINEAR_MAP_NONE)
            continue;
        map.pattern[source] = (int32_t)patterns;
        for (size_t entry = shared->first[pattern]; entry < shared->first[pattern + 1]; entry++) {
            map.target[count] = shared->target[entry];
            feed->weight[count++] = weight[entry] * scale * factor[shared->offset[source] + shared->target[entry]];
        }
        map.first[++patterns] = count;
    }
    feed->map = map;
    return 0;
}

/* feed->weight from weight, times scale and what stands between the current and v. */
static int weigh(struct quantize_feed *feed, const struct population *target, const double *weight, double scale,
                 struct arena *scratch)
{
    size_t count = linear_map_entries(&feed->map);
    const double *gain = model_has_current(target->model) ? target->current_gain : NULL;

    if (gain && !quantize_is_uniform(gain, target->size))
        return separate(feed, weight, scale, gain, scratch);
    feed->weight = arena_allocate(scratch, count, sizeof *feed->weight);
    if (!feed->weight)
        return -1;
    if (gain && target->size)
        scale *= gain[0];
    for (size_t entry = 0; entry < count; entry++)
        feed->weight[entry] = weight[entry] * scale;
    return 0;
}

/* Adds the sizes of the weights that reach each target neuron to sum (targets). */
static void add_sizes(const struct linear_map *map, const double *weight, double factor, double *sum)
{
    for (size_t source = 0; source < map->sources; source++) {
        int32_t pattern = map->pattern[source];

        if (pattern == LINEAR_MAP_NONE)
            continue;
        for (size_t entry = map->first[pattern]; entry < map->first[pattern + 1]; entry++)
            sum[map->offset[source] + map->target[entry]] += fabs(weight[entry]) * factor;
    }
}

/* Weights that meet values have 8 bits or 16. */
static unsigned width_of(const struct quantizer *quantizer, const struct projection *projection)
{
    unsigned bits = projection->weight_bits ? projection->weight_bits : quantizer->network->options.weight_bits;
    bool graded = quantizer->image->populations[projection->source].graded;

    return graded && bits < WEIGHT_BITS_USUAL ? WEIGHT_BITS_USUAL : bits;
}

double quantize_most_units(const struct quantizer *quantizer, size_t source)
{
    const struct network *network = quantizer->network;
    enum model model = network->populations[source].model;
    double least = model == MODEL_INPUT || model == MODEL_RELAY ? LEAST_VALUE_UNITS : LEAST_STATE_UNITS;
    double most = QUANTIZE_WORD_MAX;

    if (!quantizer->image->populations[source].graded)
        return most;
    for (size_t index = 0; index < network->projection_count; index++) {
        const struct projection *projection = &network->projections[index];
        size_t shared = 0, targets = projection->map.targets; /* shared: by how many projections the accumulator is */
        double largest = 0, largest_sum = 0;

        if (projection->source != source)
            continue;
        for (size_t other = 0; other < network->projection_count; other++)
            shared += network->projections[other].target == projection->target;
        double *sum = arena_allocate(quantizer->scratch, targets, sizeof *sum);
        if (!sum)
            continue; /* finding extremes will fail for the same reason */
        add_sizes(&projection->map, projection->weight, 1, sum);
        for (size_t entry = 0; entry < linear_map_entries(&projection->map); entry++)
            largest = fmax(largest, fabs(projection->weight[entry]));
        for (size_t target = 0; target < targets; target++)
            largest_sum = fmax(largest_sum, sum[target]);
        /* What the accumulator holds is shared between values and weights: as much as 8-bit weights use is theirs. 16-bit ones
         * are the finer, the fewer units values have; both get as many bits. */
        double room = (double)QUANTIZE_PRODUCT_ONE * QUANTIZE_WORD_MAX / (double)shared;
        if (largest_sum > 0)
            room *= largest / largest_sum;
        if (largest_sum > 0)
            most = fmin(most, width_of(quantizer, projection) > WEIGHT_BITS_USUAL
                                  ? fmin(sqrt(room), room / QUANTIZE_WEIGHT_MAX_8)
                                  : room / QUANTIZE_WEIGHT_MAX_8);
    }
    return fmax(most, least);
}

/* ---- readouts in cycles ---- */

/* True for graded populations from the target to the source of a projection that carries values back: their units are
 * needed before the bounds that they would follow from. */
static bool is_in_cycle(const struct quantizer *quantizer, size_t index)
{
    const struct network *network = quantizer->network;

    for (size_t other = 0; other < network->projection_count; other++) {
        const struct projection *projection = &network->projections[other];

        if (projection->target <= index && index <= projection->source &&
            quantizer->image->populations[projection->source].graded)
            return quantizer->image->populations[index].graded &&
                   network->populations[index].model != MODEL_INPUT;
    }
    return false;
}

/* Most that a value or spike of source can be, as far as it is known; negative where it is not. */
static double reach_of(const struct quantizer *quantizer, size_t source)
{
    const struct image_population *population = &quantizer->image->populations[source];

    if (!population->graded)
        return 1;
    return quantizer->finished[source] ? population->limit * population->scale : -1;
}

/* Where v of a population goes that hears what comes from outside of the cycle, and itself as loudly as all that is inside.
 * Negative if memory is short. */
static double reach_in_cycle(const struct quantizer *quantizer, size_t index)
{
    const struct network *network = quantizer->network;
    const struct population *population = &network->populations[index];
    double *outside = arena_allocate(quantizer->scratch, population->size, sizeof *outside);
    double *inside = arena_allocate(quantizer->scratch, population->size, sizeof *inside);
    double reach = 0;

    if (!outside || !inside)
        return -1;
    for (size_t other = 0; other < network->projection_count; other++) {
        const struct projection *projection = &network->projections[other];
        double source = reach_of(quantizer, projection->source);

        if (projection->target == index)
            add_sizes(&projection->map, projection->weight, source < 0 ? 1 : source, source < 0 ? inside : outside);
    }
    for (size_t neuron = 0; neuron < population->size; neuron++) {
        double input = outside[neuron] + fabs(population->bias[neuron]), loop = inside[neuron];
        double leak = population->leak[neuron];

        if (model_has_current(population->model)) {
            double gain = fabs(population->current_gain[neuron]) /
                          fmax(population->current_leak[neuron], 1.0 / RISING_STEPS);
            input *= gain;
            loop *= gain;
        }
        input += fabs(population->drift[neuron]);
        reach = fmax(reach, leak > loop ? fmin(input / (leak - loop), RISING_STEPS * input) : RISING_STEPS * input);
    }
    return reach;
}

/* Units of all readouts in cycles, one for all but where calibration tells more; their limit is saturation. */
static int choose_ahead(const struct quantizer *quantizer)
{
    size_t count = quantizer->network->population_count;
    double reach = 0;

    for (size_t index = 0; index < count; index++) {
        double own = is_in_cycle(quantizer, index) ? reach_in_cycle(quantizer, index) : 0;

        if (own < 0)
            return -1;
        reach = fmax(reach, own);
    }
    for (size_t index = 0; index < count; index++) {
        struct image_population *result = &quantizer->image->populations[index];
        double seen = quantizer->calibration ? calibration_margin * quantizer->calibration->magnitude[index] : 0;
        double own = seen > 0 ? seen : reach > 0 ? reach : 1;

        if (!is_in_cycle(quantizer, index))
            continue;
        result->limit = QUANTIZE_WORD_MAX + 1;
        if (quantizer->units) {
            result->scale = quantizer->units->populations[index].scale;
            continue;
        }
        result->scale = quantizer->ahead[index] * exp2(ceil(log2(own / QUANTIZE_WORD_MAX)));
    }
    return 0;
}

static bool needs_unit(const struct quantizer *quantizer, size_t index)
{
    return quantizer->image->populations[index].scale == 0 && is_in_cycle(quantizer, index);
}

/* The two levels of 1 bit: -1 and 1, or 0 and one of them where all weights have its sign. */
static bool has_both_signs(const struct projection *projection)
{
    bool positive = false, negative = false;

    for (size_t entry = 0; entry < linear_map_entries(&projection->map); entry++) {
        positive |= projection->weight[entry] > 0;
        negative |= projection->weight[entry] < 0;
    }
    return positive && negative;
}

int quantize_find_feeds(struct quantizer *quantizer, size_t target)
{
    const struct network *network = quantizer->network;

    quantizer->feed_count = 0;
    if (needs_unit(quantizer, target) && choose_ahead(quantizer))
        return -1;
    for (size_t index = 0; index < network->projection_count; index++) {
        const struct projection *projection = &network->projections[index];
        struct image_population *source = &quantizer->image->populations[projection->source];
        unsigned bits = width_of(quantizer, projection);

        if (projection->target != target)
            continue;
        if (needs_unit(quantizer, projection->source) && choose_ahead(quantizer))
            return -1;
        struct quantize_feed *feed = &quantizer->feeds[quantizer->feed_count++];
        *feed = (struct quantize_feed){
            .projection = index,
            .map = projection->map,
            .graded = source->graded,
            .limit = source->limit,
            .joint = projection->joint,
            .signs = bits == 1 && has_both_signs(projection),
            .weight_max = image_weight_max(bits),
        };
        if (weigh(feed, &network->populations[target], projection->weight,
                  source->graded ? QUANTIZE_PRODUCT_ONE * source->scale : 1, quantizer->scratch))
            return -1;
        quantizer->image->projections[index].weight_bits = bits;
        quantizer->image->projections[index].graded = source->graded;
    }
    return 0;
}
