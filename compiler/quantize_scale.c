/* Choice of units (quantize.h): how large one unit of an accumulator, a current and a membrane is, from the sizes of
 * the weights, the worst sums, the range that v needs, and the wish that round numbers stay exact. Works in real numbers;
 * the integers are checked again by quantize_integers.c. */
#include "quantize.h"

#include <math.h>

enum {
    WANTED_THRESHOLDS = 64,     /* range of v that firing neurons should have, in thresholds */
    REQUIRED_THRESHOLDS = 16,   /* and what the input is rounded for */
    RECURRENT_THRESHOLDS = 256, /* where inhibition may build up; all of them powers of 2, for thresholds are rounded down */
    WANTED_STEPS = 64,          /* steps of worst input that readouts should hold */
    REQUIRED_STEPS = 16,
    STATELESS_THRESHOLDS = 4,   /* a Threshold may saturate anywhere above its threshold */
    MANTISSA_BITS = 36
};

static const double calibration_margin = 1.5;
static const double exact_tolerance = 1e-9; /* relative: room for double rounding, not for another number */
static const double sum_slack = 0.05;       /* what rounded products may make a sum smaller: the integers decide */

double quantize_canonical(double unit)
{
    int exponent;
    double mantissa = frexp(unit, &exponent);

    return ldexp(round(ldexp(mantissa, MANTISSA_BITS)), exponent - MANTISSA_BITS);
}

double quantize_bias(const struct population *population, size_t neuron)
{
    return population->drift[neuron] + (model_has_current(population->model) ? 0 : population->bias[neuron]);
}

double quantize_current_bias(const struct population *population, size_t neuron)
{
    return model_has_current(population->model) ? population->current_gain[neuron] * population->bias[neuron] : 0;
}

/* ---- exact units ---- */

static bool is_multiple(double value, double unit)
{
    double count = value / unit;

    return fabs(count - round(count)) <= exact_tolerance * fmax(1, fabs(count));
}

/* *witness: a weight that was none of a unit before, and will mostly be none of the next. */
static bool feeds_are_multiples(const struct quantizer *quantizer, double unit, double *witness)
{
    if (!is_multiple(*witness, unit))
        return false;
    for (size_t index = 0; index < quantizer->feed_count; index++) {
        const struct quantize_feed *feed = &quantizer->feeds[index];

        for (size_t entry = 0; entry < linear_map_entries(&feed->map); entry++) {
            if (!is_multiple(feed->weight[entry], unit)) {
                *witness = feed->weight[entry];
                return false;
            }
        }
    }
    return true;
}

static bool others_are_multiples(const struct population *population, double unit)
{
    for (size_t neuron = 0; neuron < population->size; neuron++) {
        if (!is_multiple(quantize_bias(population, neuron), unit) ||
            !is_multiple(quantize_current_bias(population, neuron), unit))
            return false;
        if (model_fires(population->model) && !is_multiple(population->reset[neuron], unit))
            return false;
    }
    return true;
}

/* The largest unit, not below finest, of which every weight is a multiple, and if possible every bias and reset
 * too; 0 if there is none. */
static double exact_unit(const struct quantizer *quantizer, const struct population *population, double smallest,
                         double finest)
{
    double weights_only = 0, witness = 0;
    int widest = 0; /* more units than that the smallest cannot have */

    for (size_t index = 0; index < quantizer->feed_count; index++)
        widest = quantizer->feeds[index].weight_max > widest ? quantizer->feeds[index].weight_max : widest;
    for (int divisor = 1; smallest > 0 && divisor <= widest; divisor++) {
        double unit = smallest / divisor;

        if (unit < finest * (1 - exact_tolerance))
            break;
        if (!feeds_are_multiples(quantizer, unit, &witness))
            continue;
        if (others_are_multiples(population, unit))
            return unit;
        if (weights_only == 0)
            weights_only = unit;
    }
    return weights_only;
}

/* ---- extremes ---- */

/* Worst input of every target neuron in both directions, and the sizes of weights. */
static void add_feed(const struct quantize_feed *feed, double *rise, double *fall, struct quantize_extremes *extremes)
{
    const struct linear_map *map = &feed->map;

    for (size_t entry = 0; entry < linear_map_entries(map); entry++) {
        double size = fabs(feed->weight[entry]);

        if (size == 0)
            continue;
        extremes->smallest = extremes->smallest == 0 ? size : fmin(extremes->smallest, size);
    }
    for (size_t source = 0; source < map->sources; source++) {
        int32_t pattern = map->pattern[source];

        if (pattern == LINEAR_MAP_NONE)
            continue;
        for (size_t entry = map->first[pattern]; entry < map->first[pattern + 1]; entry++) {
            double weight = feed->weight[entry], size = fabs(weight);
            double most = feed->graded ? size * feed->limit / QUANTIZE_PRODUCT_ONE : size;
            size_t target = map->offset[source] + map->target[entry];

            rise[target] += feed->graded || weight > 0 ? most : 0;
            fall[target] += feed->graded || weight < 0 ? most : 0;
        }
    }
}

/* Largest |v| of a neuron that was seen. */
static double reached(const struct quantize_prospect *prospect, size_t neuron)
{
    double most = prospect->reach ? prospect->reach[neuron] : prospect->magnitude;

    return most * (prospect->factor ? prospect->factor[neuron] : 1);
}

void quantize_find_needs(const struct population *population,
                         const struct quantize_prospect *prospect, double *need)
{
    for (size_t neuron = 0; neuron < population->size; neuron++) {
        double threshold = fabs(population->threshold[neuron]);
        double reach = population->model == MODEL_THRESHOLD ? STATELESS_THRESHOLDS * threshold
                       : prospect->magnitude >= 0           ? calibration_margin * reached(prospect, neuron)
                                                            : REQUIRED_THRESHOLDS * threshold;

        need[neuron] = fmax(fmax(reach, 2 * threshold),
                            fmax(fabs(quantize_bias(population, neuron)), fabs(population->reset[neuron])));
    }
}

/* What v of one neuron must and should reach. input: most that a step adds to it. */
static void add_range(struct quantize_extremes *extremes, const struct population *population, size_t neuron,
                      double input, const struct quantize_prospect *prospect)
{
    bool fires = model_fires(population->model);
    double threshold = fires ? fabs(population->threshold[neuron]) : 0;
    double reset = fires ? fabs(population->reset[neuron]) : 0;
    double leak = population->leak[neuron];
    double bound = (leak > 0 ? input / leak : input > 0 ? INFINITY : 0) + reset;
    double wanted = WANTED_STEPS * input, required = REQUIRED_STEPS * input;

    if (threshold > 0) {
        wanted = (prospect->recurrent ? RECURRENT_THRESHOLDS : WANTED_THRESHOLDS) * threshold;
        required = REQUIRED_THRESHOLDS * threshold;
    }
    if (population->model == MODEL_THRESHOLD)
        wanted = required = threshold > 0 ? STATELESS_THRESHOLDS * threshold : input;
    if (prospect->magnitude >= 0)
        wanted = required = calibration_margin * reached(prospect, neuron);
    required = fmax(required, 2 * threshold);
    required = fmax(fmin(required, bound), fmax(fabs(quantize_bias(population, neuron)), reset));
    wanted = fmax(fmin(wanted, bound), required);
    extremes->bound = fmax(extremes->bound, bound);
    extremes->required = fmax(extremes->required, required);
    extremes->wanted = fmax(extremes->wanted, wanted);
}

/* Most that a current adds to v in a step, and what it should reach: a burst of I adds up to I / current_leak in v,
 * a steady I to I / leak; what leads v out of its range need not be held. */
static double add_current(struct quantize_extremes *extremes, const struct population *population, size_t neuron,
                          double input, const struct quantize_prospect *prospect)
{
    double leak = population->current_leak[neuron];
    double bound = leak > 0 ? input / leak : input > 0 ? INFINITY : 0;
    double most = prospect->current_magnitude >= 0
                      ? calibration_margin * prospect->current_magnitude * fabs(population->current_gain[neuron])
                      : isfinite(bound) ? bound : WANTED_STEPS * input;
    double wanted = fmax(fmin(most, bound), fabs(quantize_current_bias(population, neuron)));

    extremes->current = fmax(extremes->current, wanted);
    return bound;
}

/* See add_current(). */
static void limit_current(struct quantize_extremes *extremes, const struct population *population)
{
    double fastest = 0, bias = 0;

    for (size_t neuron = 0; neuron < population->size; neuron++) {
        fastest = fmax(fastest, fmax(population->leak[neuron], population->current_leak[neuron]));
        bias = fmax(bias, fabs(quantize_current_bias(population, neuron)));
    }
    if (fastest > 0)
        extremes->current = fmax(fmin(extremes->current, extremes->wanted * fastest), bias);
}

int quantize_find_sums(const struct quantizer *quantizer, size_t neurons, double *sum)
{
    struct quantize_extremes unused = {0};
    double *rise = arena_allocate(quantizer->scratch, neurons, sizeof *rise);
    double *fall = arena_allocate(quantizer->scratch, neurons, sizeof *fall);

    if (!rise || !fall)
        return -1;
    for (size_t feed = 0; feed < quantizer->feed_count; feed++)
        add_feed(&quantizer->feeds[feed], rise, fall, &unused);
    for (size_t neuron = 0; neuron < neurons; neuron++)
        sum[neuron] = fmax(rise[neuron], fall[neuron]);
    return 0;
}

int quantize_find_extremes(const struct quantizer *quantizer, size_t index, const struct quantize_prospect *prospect,
                           struct quantize_extremes *extremes)
{
    const struct population *population = &quantizer->scaled[index];
    double *rise = arena_allocate(quantizer->scratch, population->size, sizeof *rise);
    double *fall = arena_allocate(quantizer->scratch, population->size, sizeof *fall);

    *extremes = (struct quantize_extremes){.largest = prospect->weight_unit};
    if (!rise || !fall)
        return -1;
    for (size_t feed = 0; feed < quantizer->feed_count; feed++)
        add_feed(&quantizer->feeds[feed], rise, fall, extremes);
    for (size_t neuron = 0; neuron < population->size; neuron++) {
        double bias = quantize_bias(population, neuron);
        double input_up = rise[neuron], input_down = fall[neuron];

        extremes->sum = fmax(extremes->sum, fmax(rise[neuron], fall[neuron]));
        if (model_has_current(population->model)) {
            double current_bias = quantize_current_bias(population, neuron);
            double input = fmax(rise[neuron] + current_bias, fall[neuron] - current_bias);

            input_up = input_down = add_current(extremes, population, neuron, input, prospect);
        }
        add_range(extremes, population, neuron, fmax(input_up + bias, input_down - bias), prospect);
    }
    if (model_has_current(population->model) && prospect->current_magnitude < 0)
        limit_current(extremes, population);
    return 0;
}

/* ---- the choice ---- */

/* The finest division, or coarsest multiple, of unit by a power of 2 with which 16 bits reach range. */
static int exponent_for(double unit, double range)
{
    int exponent = GAIN_EXPONENT_MAX;

    while (exponent > GAIN_EXPONENT_MIN && ldexp(unit, -exponent) * QUANTIZE_WORD_MAX < range)
        exponent--;
    return exponent;
}

/* The exponent that makes target of unit, as near as there is. */
static int exponent_to(double unit, double target)
{
    double exponent = round(log2(unit / target));

    return (int)fmax(GAIN_EXPONENT_MIN, fmin(GAIN_EXPONENT_MAX, exponent));
}

/* What v must reach at least so that a value has no more units than the targets hold. */
static double range_of_values(const struct quantize_extremes *extremes, const struct quantize_prospect *prospect)
{
    if (prospect->most >= QUANTIZE_WORD_MAX || !isfinite(extremes->bound))
        return 0;
    return extremes->bound * QUANTIZE_WORD_MAX / prospect->most;
}

static void choose_exponents(struct quantize_scale *scale, const struct quantize_extremes *extremes,
                             const struct quantize_prospect *prospect, bool current)
{
    double least = range_of_values(extremes, prospect);
    double wanted = fmax(extremes->wanted, least), required = fmax(extremes->required, least);

    if (current) {
        /* From a current finer than v can be, v is out of reach. */
        double finest = fmax(extremes->current, ldexp(wanted, GAIN_EXPONENT_MIN));

        scale->current_exponent = exponent_for(scale->accumulator, finest);
        scale->gain_exponent = exponent_for(ldexp(scale->accumulator, -scale->current_exponent), wanted);
        return;
    }
    scale->gain_exponent = exponent_for(scale->accumulator, wanted);
    if (scale->gain_exponent < 0)
        scale->gain_exponent = (int)fmin(0, exponent_for(scale->accumulator, required));
}

/* The unit of v is given: the accumulator's is the least power of 2 times it that holds the weights. */
static struct quantize_scale choose_for_unit(const struct quantize_prospect *prospect,
                                             const struct quantize_extremes *extremes, double finest, bool current)
{
    struct quantize_scale scale = {.fixed = true};
    double unit = prospect->unit;

    if (current) {
        scale.gain_exponent = exponent_to(extremes->current > 0 ? extremes->current / QUANTIZE_WORD_MAX : unit, unit);
        unit = ldexp(unit, scale.gain_exponent);
    }
    int exponent = GAIN_EXPONENT_MIN;
    while (finest > 0 && ldexp(unit, exponent) < finest * (1 - exact_tolerance) && exponent < GAIN_EXPONENT_MAX)
        exponent++;
    *(current ? &scale.current_exponent : &scale.gain_exponent) = finest > 0 ? exponent : 0;
    scale.accumulator = ldexp(unit, finest > 0 ? exponent : 0);
    return scale;
}

struct quantize_scale quantize_choose(const struct quantizer *quantizer, size_t index,
                                      const struct quantize_prospect *prospect,
                                      const struct quantize_extremes *extremes)
{
    const struct population *population = &quantizer->scaled[index];
    bool current = model_has_current(population->model);
    double finest = fmax(extremes->largest, extremes->sum / QUANTIZE_WORD_MAX);
    /* The coarsest units that shifts reach must hold what v must. */
    double least = ldexp(fmax(extremes->required, range_of_values(extremes, prospect)) / QUANTIZE_WORD_MAX,
                         current ? 2 * GAIN_EXPONENT_MIN : GAIN_EXPONENT_MIN);
    struct quantize_scale scale = {0};

    if (prospect->unit > 0)
        return choose_for_unit(prospect, extremes, finest, current);
    if (current)
        least = fmax(least, ldexp(extremes->current / QUANTIZE_WORD_MAX, GAIN_EXPONENT_MIN));
    if (finest == 0) { /* no weights: only the neuron's own numbers need a unit, a power of 2 */
        double size = fmax(extremes->wanted, extremes->current);

        scale.accumulator = exp2(ceil(log2(size > 0 ? size / QUANTIZE_WORD_MAX : 1)));
        scale.exact = true;
        if (current)
            choose_exponents(&scale, extremes, prospect, current);
        return scale;
    }
    double exact_finest = fmax(extremes->largest, extremes->sum / QUANTIZE_WORD_MAX * (1 - sum_slack));
    double unit = exact_unit(quantizer, population, extremes->smallest, exact_finest);
    scale.accumulator = finest;
    if (unit > 0) {
        /* Halves of the unit keep all multiples whole: the finest that fits leaves most to the exponent. */
        double halvings = floor(log2(unit / exact_finest) + exact_tolerance);

        scale.accumulator = unit * exp2(-fmax(0, halvings));
        scale.exact = true;
        scale.unit = unit;
        while (!current && scale.accumulator * 2 <= unit * (1 + exact_tolerance) &&
               scale.accumulator * QUANTIZE_WORD_MAX < extremes->wanted)
            scale.accumulator *= 2;
    }
    if (scale.accumulator < least) {
        /* A power of 2: what follows from rounded weights is then the same. */
        scale.accumulator = exp2(ceil(log2(least) - exact_tolerance));
        scale.exact = false;
    }
    scale.accumulator = quantize_canonical(scale.accumulator);
    choose_exponents(&scale, extremes, prospect, current);
    return scale;
}

void quantize_coarsen(struct quantize_scale *scale, int64_t bound, int attempt, bool current)
{
    if (scale->fixed) {
        ++*(current ? &scale->current_exponent : &scale->gain_exponent);
        scale->accumulator *= 2;
        return;
    }
    int *exponent = current ? &scale->current_exponent : &scale->gain_exponent;
    if (scale->exact && scale->accumulator * 2 <= scale->unit * (1 + exact_tolerance) && *exponent < GAIN_EXPONENT_MAX) {
        ++*exponent;
        scale->accumulator *= 2;
        return;
    }
    /* Small integers do not move until the unit grows by half of them: each attempt goes further than the last. */
    double ratio = (1 + fmin(1, 1e-4 * exp2(attempt))) * (double)bound / QUANTIZE_WORD_MAX;

    scale->accumulator = quantize_canonical(scale->accumulator * ratio);
    scale->exact = false;
}
