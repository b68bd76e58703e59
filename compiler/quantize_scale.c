/* Choice of scales: how large one unit of an accumulator and of a membrane is, from the weights' sizes, the
 * worst sums, the range that v needs, and the wish that round numbers stay exact. Works in real numbers and
 * knows no image; the integers are checked again by quantize.c. */
#include "quantize.h"

#include "hardware.h"

#include <math.h>

enum {
    WANTED_THRESHOLDS = 64,   /* range of v that firing neurons should have, in thresholds */
    REQUIRED_THRESHOLDS = 16, /* and what weights lose bits for */
    WANTED_STEPS = 64,        /* steps of worst input that readouts should hold */
    REQUIRED_STEPS = 16,
    STATELESS_THRESHOLDS = 4, /* a Threshold may saturate anywhere above its threshold */
    LEAST_VALUE_UNITS = 255,  /* values coarser than this lose more than weights do */
    LEAST_STATE_UNITS = 4095  /* membranes must be finer: a leak of less than half a unit is lost */
};

static const double calibration_margin = 1.5;
static const double exact_tolerance = 1e-9; /* relative: room for double rounding, not for another number */

static bool is_multiple(double value, double unit)
{
    double count = value / unit;

    return fabs(count - round(count)) <= exact_tolerance * fmax(1, fabs(count));
}

static bool feeds_are_multiples(const struct population *population, const struct quantize_feed *feeds,
                                size_t feed_count, double unit)
{
    for (size_t feed = 0; feed < feed_count; feed++) {
        for (size_t neuron = 0; neuron < population->size; neuron++) {
            for (size_t source = 0; source < feeds[feed].sources; source++) {
                if (!is_multiple(quantize_unit(&feeds[feed], population, neuron, source), unit))
                    return false;
            }
        }
    }
    return true;
}

static bool others_are_multiples(const struct population *population, double unit)
{
    for (size_t neuron = 0; neuron < population->size; neuron++) {
        if (!is_multiple(quantize_bias(population, neuron), unit))
            return false;
        if (quantize_fires(population->model) && !is_multiple(population->reset[neuron], unit))
            return false;
    }
    return true;
}

/* The largest unit, not below finest, of which every weight is a multiple, and if possible every bias and reset
 * too; 0 if there is none. */
static double exact_unit(const struct population *population, const struct quantize_feed *feeds, size_t feed_count,
                         double smallest, double finest)
{
    double weights_only = 0;

    if (smallest == 0)
        return 0;
    for (int divisor = 1; divisor <= QUANTIZE_WEIGHT_MAX_8; divisor++) {
        double unit = smallest / divisor;

        if (unit < finest * (1 - exact_tolerance))
            break;
        if (!feeds_are_multiples(population, feeds, feed_count, unit))
            continue;
        if (others_are_multiples(population, unit))
            return unit;
        if (weights_only == 0)
            weights_only = unit;
    }
    return weights_only;
}

struct extremes {
    double finest;
    double smallest; /* nonzero weight */
    double bound;    /* of |v|, INFINITY without leak */
    double required;
    double wanted;
};

/* What v of one neuron must and should reach. input: most that a step adds. */
static void add_range(struct extremes *extremes, const struct population *population, size_t neuron, double input,
                      double magnitude)
{
    bool fires = quantize_fires(population->model);
    double threshold = fires ? fabs(population->threshold[neuron]) : 0;
    double reset = fires ? fabs(population->reset[neuron]) : 0;
    double leak = population->leak[neuron];
    double bound = (leak > 0 ? input / leak : input > 0 ? INFINITY : 0) + reset;
    double wanted = threshold > 0 ? WANTED_THRESHOLDS * threshold : WANTED_STEPS * input;
    double required = threshold > 0 ? REQUIRED_THRESHOLDS * threshold : REQUIRED_STEPS * input;

    if (population->model == MODEL_THRESHOLD)
        wanted = required = threshold > 0 ? STATELESS_THRESHOLDS * threshold : input;
    if (magnitude >= 0)
        wanted = required = calibration_margin * magnitude;
    required = fmax(required, 2 * threshold);
    required = fmax(fmin(required, bound), fmax(fabs(quantize_bias(population, neuron)), reset));
    wanted = fmax(fmin(wanted, bound), required);
    extremes->bound = fmax(extremes->bound, bound);
    extremes->required = fmax(extremes->required, required);
    extremes->wanted = fmax(extremes->wanted, wanted);
}

static struct extremes find_extremes(const struct population *population, const struct quantize_feed *feeds,
                                     size_t feed_count, double magnitude)
{
    struct extremes extremes = {.smallest = INFINITY};

    for (size_t neuron = 0; neuron < population->size; neuron++) {
        double rise = 0, fall = 0;

        for (size_t index = 0; index < feed_count; index++) {
            const struct quantize_feed *feed = &feeds[index];

            for (size_t source = 0; source < feed->sources; source++) {
                double unit = quantize_unit(feed, population, neuron, source);
                double size = fabs(unit);
                double most = feed->graded ? size * feed->limit / QUANTIZE_PRODUCT_ONE : size;

                if (size == 0)
                    continue;
                extremes.smallest = fmin(extremes.smallest, size);
                extremes.finest = fmax(extremes.finest, size / feed->weight_max);
                rise += feed->graded || unit > 0 ? most : 0;
                fall += feed->graded || unit < 0 ? most : 0;
            }
        }
        double bias = quantize_bias(population, neuron);
        extremes.finest = fmax(extremes.finest, fmax(rise, fall) / QUANTIZE_WORD_MAX);
        add_range(&extremes, population, neuron, fmax(rise + bias, fall - bias), magnitude);
    }
    if (extremes.finest == 0)
        extremes.smallest = 0;
    return extremes;
}

struct quantize_scale quantize_choose(const struct population *population, const struct quantize_feed *feeds,
                                      size_t feed_count, double magnitude, double most)
{
    struct extremes extremes = find_extremes(population, feeds, feed_count, magnitude);
    struct quantize_scale scale = {
        .finest = extremes.finest, .required = extremes.required, .wanted = extremes.wanted};
    double least = extremes.required / QUANTIZE_WORD_MAX;

    if (extremes.finest == 0) { /* no weights: only the membrane's own numbers need a unit, a power of 2 */
        double size = extremes.wanted > 0 ? extremes.wanted / QUANTIZE_WORD_MAX : 1;
        scale.accumulator = exp2(ceil(log2(size)));
        scale.exact = true;
        scale.range = scale.accumulator * QUANTIZE_WORD_MAX;
        return scale;
    }
    double unit = exact_unit(population, feeds, feed_count, extremes.smallest, extremes.finest);
    scale.accumulator = extremes.finest;
    if (unit > 0) {
        /* Halves of the unit keep all multiples whole: the finest that fits leaves most to the gain shift. */
        double halvings = floor(log2(unit / extremes.finest) + exact_tolerance);
        scale.accumulator = unit * exp2(-fmax(0, halvings));
        scale.exact = true;
        while (scale.accumulator * 2 <= unit * (1 + exact_tolerance) &&
               scale.accumulator * QUANTIZE_WORD_MAX < extremes.wanted)
            scale.accumulator *= 2;
    }
    if (scale.accumulator < least) {
        scale.accumulator = least;
        scale.exact = false;
    }
    while (scale.gain_shift < HW_GAIN_SHIFT_MAX) {
        double finer = scale.accumulator * exp2(-1.0 - scale.gain_shift);
        bool too_many = most < QUANTIZE_WORD_MAX && isfinite(extremes.bound) && finer * most < extremes.bound;

        if (finer * QUANTIZE_WORD_MAX < extremes.wanted || too_many)
            break;
        scale.gain_shift++;
    }
    scale.range = scale.accumulator * exp2(-(double)scale.gain_shift) * QUANTIZE_WORD_MAX;
    return scale;
}

void quantize_coarsen(struct quantize_scale *scale, int64_t bound, int attempt)
{
    /* Small integers do not move until the unit grows by half of them: each attempt goes further than the last. */
    double ratio = (1 + fmin(1, 1e-4 * exp2(attempt))) * (double)bound / QUANTIZE_WORD_MAX;

    scale->accumulator *= ratio;
    scale->range *= ratio;
    scale->exact = false;
}

/* Largest weight over the largest sum of weights that a neuron of the projection's target has, 1 if there is none. */
static double weight_share(const struct network *network, const struct projection *projection)
{
    const struct population *target = &network->populations[projection->target];
    size_t sources = network->populations[projection->source].size;
    double largest = 0, largest_sum = 0;

    for (size_t neuron = 0; neuron < target->size; neuron++) {
        double sum = 0;

        for (size_t source = 0; source < sources; source++) {
            double weight = fabs(target->gain[neuron] * projection->weight[neuron * sources + source]);
            largest = fmax(largest, weight);
            sum += weight;
        }
        largest_sum = fmax(largest_sum, sum);
    }
    return largest_sum > 0 ? largest / largest_sum : 1;
}

double quantize_most_units(const struct network *network, const bool *graded, size_t source)
{
    enum model model = network->populations[source].model;
    double least = model == MODEL_INPUT || model == MODEL_RELAY ? LEAST_VALUE_UNITS : LEAST_STATE_UNITS;
    double most = QUANTIZE_WORD_MAX;

    if (!graded[source])
        return most;
    for (size_t index = 0; index < network->projection_count; index++) {
        const struct projection *projection = &network->projections[index];
        size_t shared = 0; /* by how many projections the accumulator is */

        if (projection->source != source)
            continue;
        for (size_t other = 0; other < network->projection_count; other++)
            shared += network->projections[other].target == projection->target;
        double room = (double)QUANTIZE_PRODUCT_ONE * QUANTIZE_WORD_MAX / QUANTIZE_WEIGHT_MAX_8 / (double)shared;
        most = fmin(most, room * weight_share(network, projection));
    }
    return fmax(most, least);
}
