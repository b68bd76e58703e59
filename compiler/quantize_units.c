/* Units of weights (quantize.h): which unit loses least of the weights, clipping the largest of them where that is better, and
 * whether the neurons of a population get units of their own. */
#include "quantize_sorted.h"

#include <math.h>
#include <stdlib.h>

static const double clip_step = 0.97;           /* from one unit that is tried to the next */
static const double worthy_error = 1e-3;        /* error over power of the weights that is worth units of neurons */
static const double worthy_gain = 0.5;          /* and what they may leave of it: half a bit, for cycles of every UPDATE */
static const double free_gain = 0.7;            /* the same where they cost none: a quarter of a bit */
static const double nothing = 1e-18;            /* error over power: of rounding in double precision */
static const double exact_tolerance = 1e-9;     /* as in quantize_scale.c */

enum { FINEST_NARROW = 5, FINEST_WIDE = 3 };

/* To nearest; halves, which come from units that doubled, towards 0: so that weights of one unit cannot grow with it. */
double quantize_level(const struct quantize_feed *feed, double units)
{
    double size = fabs(units), whole = floor(size);

    if (feed->signs)
        return units < 0 ? -1 : 1;
    return copysign(fmin(size - whole > 0.5 + QUANTIZE_HALF_TOLERANCE ? whole + 1 : whole, feed->weight_max), units);
}

/* Mean square of the error of what the neurons of a group get in a step, summed over them: sources vary independently, and
 * what all their weights lose in the mean adds up. */
static double group_error(const struct quantize_sample *samples, const struct quantize_group *group, double unit)
{
    double varying = 0, mean = 0;

    for (size_t index = group->first; index < group->first + group->count; index++) {
        const struct quantize_sample *sample = &samples[index];
        double off = quantize_level(sample->feed, sample->weight / unit) * unit - sample->weight;
        varying += off * off * sample->power;
        mean += off * sample->mean;
    }
    return varying + (group->neurons ? mean * mean / (double)group->neurons : 0);
}

static double squared_error(const struct quantize_sample *samples, const struct quantize_group *groups, size_t count, double unit)
{
    double error = 0;

    for (size_t index = 0; index < count; index++)
        error += group_error(samples, &groups[index], unit);
    return error;
}

static double power_of(const struct quantize_sample *samples, size_t count)
{
    double power = 0;

    for (size_t index = 0; index < count; index++)
        power += samples[index].weight * samples[index].weight * samples[index].power;
    return power;
}

/* ---- the best unit of some weights ---- */

static bool is_multiple(double weight, double unit)
{
    double units = weight / unit;

    return fabs(units - round(units)) <= exact_tolerance * fmax(1, fabs(units));
}

/* *witness: a sample that was none of a unit before, and will mostly be none of the next. */
static bool all_multiples(const struct quantize_sample *samples, size_t count, double unit, size_t *witness)
{
    if (!is_multiple(samples[*witness].weight, unit))
        return false;
    for (size_t index = 0; index < count; index++) {
        if (!is_multiple(samples[index].weight, unit)) {
            *witness = index;
            return false;
        }
    }
    return true;
}

/* The coarsest unit that leaves nothing to round, from finest on; 0 if there is none. */
static double exact_unit(const struct quantize_sample *samples, size_t count, double finest)
{
    double smallest = INFINITY;
    size_t witness = 0;
    int widest = 0; /* more units than that the smallest cannot have */

    for (size_t index = 0; index < count; index++) {
        smallest = fmin(smallest, fabs(samples[index].weight));
        widest = samples[index].feed->weight_max > widest ? samples[index].feed->weight_max : widest;
    }
    for (int divisor = 1; divisor <= widest && smallest / divisor >= finest * (1 - exact_tolerance); divisor++)
        if (all_multiples(samples, count, smallest / divisor, &witness))
            return smallest / divisor;
    return 0;
}

/* The unit with which nothing is clipped. */
static double whole_unit(const struct quantize_sample *samples, size_t count)
{
    double whole = 0;

    for (size_t index = 0; index < count; index++)
        whole = fmax(whole, fabs(samples[index].weight) / samples[index].feed->weight_max);
    return whole;
}

/* True if a unit was noted for weights of this width: one that may clip them, but not all. */
static bool is_noted(const struct population *shared, double whole, int narrowest)
{
    return shared && shared->weight_unit > 0 && shared->weight_bits >= 1 && shared->weight_bits <= WEIGHT_BITS_MAX &&
           image_weight_max((unsigned)shared->weight_bits) == narrowest &&
           shared->weight_unit <= whole * (1 + exact_tolerance) && shared->weight_unit * FINEST_NARROW >= whole;
}

/* With the least error for these groups, whose samples are consecutive; *error is that of it. 0 without weights. Weights that
 * share a linear node with other sources (joint) stand for several numbers, which do not all tell that they were clipped:
 * they are clipped for one unit of the whole population alone, shared, which is noted where they are exported. */
static double best_unit(const struct quantize_sorted *sorted, const struct quantize_group *groups, size_t group_count,
                        const struct population *shared, double *error)
{
    const struct quantize_sample *samples = sorted->samples + groups[0].first;
    size_t count = groups[group_count - 1].first + groups[group_count - 1].count - groups[0].first;
    double whole = fmax(whole_unit(samples, count), groups->sum), least = groups->least;
    int narrowest = QUANTIZE_WEIGHT_MAX_16;
    bool joint = false;

    for (size_t index = 0; index < count; index++) {
        narrowest = samples[index].feed->weight_max < narrowest ? samples[index].feed->weight_max : narrowest;
        joint |= samples[index].feed->joint;
    }
    *error = 0;
    if (count == 0)
        return 0;
    /* Half of the least: what was rounded to it stays, though thresholds are rounded too and least with them. */
    double unit = exact_unit(samples, count, fmax(whole, least / 2));
    whole = fmax(whole, unit > 0 ? least / 2 : least);
    if (unit > 0) /* its finest half: products with values, and membranes, are then rounded least */
        return unit * exp2(-floor(log2(unit / whole) + exact_tolerance));
    double finest = fmax(fmax(least, groups->sum), whole / (narrowest <= 3 ? FINEST_NARROW : FINEST_WIDE)), best = whole;
    *error = squared_error(sorted->samples, groups, group_count, best);
    if (joint && is_noted(shared, whole, narrowest)) {
        *error = squared_error(sorted->samples, groups, group_count, shared->weight_unit);
        return shared->weight_unit;
    }
    for (unit = best * clip_step; unit >= finest && (!joint || shared); unit *= clip_step) {
        double tried = squared_error(sorted->samples, groups, group_count, unit);
        if (tried < *error) {
            *error = tried;
            best = unit;
        }
        if (tried > 4 * *error && narrowest > 3)
            break;
    }
    return quantize_canonical(best);
}

/* ---- units of neurons ---- */

/* What a group's unit must be at least so that 16 bits hold what its neurons need, as far as one unit for all would. */
static int find_least(const struct quantizer *quantizer, size_t index, const struct quantize_prospect *prospect,
                      struct quantize_sorted *sorted)
{
    const struct population *population = &quantizer->network->populations[index];
    double whole = whole_unit(sorted->samples, sorted->sample_count);
    double *need = arena_allocate(quantizer->scratch, population->size, sizeof *need);
    double *sum = arena_allocate(quantizer->scratch, population->size, sizeof *sum);

    if (!need || !sum || quantize_find_sums(quantizer, population->size, sum))
        return -1;
    quantize_find_needs(population, prospect, need);
    for (size_t neuron = 0; neuron < population->size; neuron++) {
        struct quantize_group *group = &sorted->groups[sorted->group[neuron]];
        group->least = fmax(group->least, fmin(need[neuron] / QUANTIZE_WORD_MAX, whole));
        group->sum = fmax(group->sum, sum[neuron] / QUANTIZE_WORD_MAX);
    }
    /* Powers of 2, which rounded numbers rarely move. */
    for (size_t group = 0; group < sorted->group_count; group++)
        if (sorted->groups[group].least > 0)
            sorted->groups[group].least = exp2(floor(log2(sorted->groups[group].least)));
    return 0;
}

static double *scaled(const struct quantizer *quantizer, const double *values, const double *factor, size_t size)
{
    double *result = arena_allocate(quantizer->scratch, size, sizeof *result);

    for (size_t neuron = 0; result && neuron < size; neuron++)
        result[neuron] = values[neuron] * factor[neuron];
    return result;
}

/* The population and the weights into it as the reference unit sees them. */
static int apply_factors(struct quantizer *quantizer, size_t index, const double *factor)
{
    struct population *population = &quantizer->scaled[index];
    double **values[] = {&population->drift, &population->threshold, &population->reset, &population->bias,
                         &population->current_gain};
    bool current = model_has_current(population->model);

    /* What enters a current is in its own units: the gain behind it takes the factor, not the bias before it. */
    for (size_t kind = 0; kind < sizeof values / sizeof *values; kind++) {
        if (values[kind] == (current ? &population->bias : &population->current_gain))
            continue;
        if (!(*values[kind] = scaled(quantizer, *values[kind], factor, population->size)))
            return -1;
    }
    for (size_t each = 0; each < quantizer->feed_count; each++) {
        struct quantize_feed *feed = &quantizer->feeds[each];
        const struct linear_map *map = &feed->map;
        bool *done = arena_allocate(quantizer->scratch, map->pattern_count, sizeof *done);

        if (!done)
            return -1;
        for (size_t source = 0; source < map->sources; source++) {
            int32_t pattern = map->pattern[source];

            if (pattern == LINEAR_MAP_NONE || done[pattern])
                continue;
            done[pattern] = true;
            for (size_t entry = map->first[pattern]; entry < map->first[pattern + 1]; entry++)
                feed->weight[entry] *= factor[map->offset[source] + map->target[entry]];
        }
    }
    quantizer->factors[index] = factor;
    return 0;
}

/* Units that were chosen before. */
static int take_units(struct quantizer *quantizer, size_t index)
{
    const struct image_population *known = &quantizer->units->populations[index];

    if (!known->unit)
        return 0;
    double *factor = arena_allocate(quantizer->scratch, known->size, sizeof *factor);
    for (size_t neuron = 0; factor && neuron < known->size; neuron++)
        factor[neuron] = known->scale / known->unit[neuron];
    return factor ? apply_factors(quantizer, index, factor) : -1;
}

static int separate_units(struct quantizer *quantizer, size_t index, const struct quantize_sorted *sorted, double *unit)
{
    size_t neurons = quantizer->network->populations[index].size;
    double *factor = arena_allocate(quantizer->scratch, neurons, sizeof *factor);

    *unit = 0;
    for (size_t group = 0; group < sorted->group_count; group++)
        *unit = fmax(*unit, sorted->groups[group].unit);
    for (size_t neuron = 0; factor && neuron < neurons; neuron++) {
        double own = sorted->groups[sorted->group[neuron]].unit;
        factor[neuron] = own > 0 ? *unit / own : 1;
    }
    return factor ? apply_factors(quantizer, index, factor) : -1;
}

static bool may_separate(const struct quantizer *quantizer, size_t index, const struct quantize_prospect *prospect)
{
    return quantizer->network->options.scales != SCALES_POPULATION && prospect->unit == 0 &&
           model_fires(quantizer->network->populations[index].model);
}

/* Whether UPDATE reads parameters of each neuron whatever their units. */
static bool is_individual(const struct population *population)
{
    size_t size = population->size;

    return !(quantize_is_uniform(population->leak, size) && quantize_is_uniform(population->drift, size) &&
             quantize_is_uniform(population->threshold, size) && quantize_is_uniform(population->reset, size) &&
             quantize_is_uniform(population->bias, size));
}

int quantize_choose_units(struct quantizer *quantizer, size_t index, const struct quantize_prospect *prospect,
                          double *unit)
{
    const struct population *population = &quantizer->network->populations[index];
    struct quantize_sorted *sorted = arena_allocate(quantizer->scratch, 1, sizeof *sorted);
    double error, apart = 0;

    *unit = 0;
    quantizer->sorted = sorted;
    if (!sorted || quantize_sort(quantizer, index, sorted))
        return -1;
    if (quantizer->units)
        return take_units(quantizer, index);
    *unit = best_unit(sorted, sorted->groups, sorted->group_count, population->own_node ? population : NULL, &error);
    if (error <= 0) /* whatever multiple of it quantize_choose() finds best */
        *unit = whole_unit(sorted->samples, sorted->sample_count);
    double power = power_of(sorted->samples, sorted->sample_count);
    if (!may_separate(quantizer, index, prospect) || sorted->group_count < 2 || error <= nothing * power)
        return 0;
    if (find_least(quantizer, index, prospect, sorted))
        return -1;
    for (size_t group = 0; group < sorted->group_count; group++) {
        struct quantize_group *own = &sorted->groups[group];
        double off;
        own->unit = best_unit(sorted, own, 1, NULL, &off);
        apart += off;
    }
    double gain = is_individual(population) ? free_gain : worthy_gain;
    bool worthy = error > worthy_error * power && apart < gain * error;
    if (quantizer->network->options.scales == SCALES_CHANNEL || worthy || apart <= nothing * power)
        return separate_units(quantizer, index, sorted, unit);
    return 0;
}
