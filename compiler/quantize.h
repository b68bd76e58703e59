/* What the two halves of the quantiser share: quantize_scale.c chooses scales from bounds in real numbers,
 * quantize.c makes the integers and proves the bounds again on them. docs/numbers.md has the reasons. */
#ifndef NIRLOOM_QUANTIZE_H
#define NIRLOOM_QUANTIZE_H

#include "image.h"

enum {
    QUANTIZE_WORD_MAX = 32767,
    QUANTIZE_LEAK_ONE = 32768,
    QUANTIZE_PRODUCT_ONE = 256, /* a graded weight of 256 passes a value on as it is */
    QUANTIZE_WEIGHT_MAX_8 = 127,
    QUANTIZE_WEIGHT_MAX_4 = 7
};

/* A projection as its target sees it. */
struct quantize_feed {
    size_t projection;
    size_t sources;       /* neurons */
    const double *weight; /* (target size, sources) */
    bool graded;
    double factor;  /* accumulator that weight 1 and gain 1 need, by a spike or by 256 units of value */
    int32_t limit;  /* of the source; 1 for spikes */
    int weight_max; /* of the integers */
};

struct quantize_scale {
    double accumulator; /* real value of one unit */
    double finest;      /* smallest unit that the weights and their sums allow; 0 if all weights are 0 */
    double range;       /* what v can reach before it saturates */
    double required;    /* what it must reach */
    double wanted;      /* what it should reach */
    unsigned gain_shift;
    bool exact; /* every weight is a whole number of units */
};

/* What the accumulator gets from a source neuron at full weight, in real units. */
static inline double quantize_unit(const struct quantize_feed *feed, const struct population *population,
                                   size_t neuron, size_t source)
{
    return population->gain[neuron] * feed->weight[neuron * feed->sources + source] * feed->factor;
}

/* Bias and leak potential together: what a step adds to v without input. */
static inline double quantize_bias(const struct population *population, size_t neuron)
{
    return population->gain[neuron] * population->bias[neuron] + population->leak[neuron] * population->v_leak[neuron];
}

static inline bool quantize_fires(enum model model)
{
    return model == MODEL_THRESHOLD || model == MODEL_IF || model == MODEL_LIF;
}

/* Chooses the scales of a population. magnitude: largest |v| observed, negative if unknown. most: units that
 * a value may have, so that the accumulators of its targets hold it at full weight resolution. */
struct quantize_scale quantize_choose(const struct population *population, const struct quantize_feed *feeds,
                                      size_t feed_count, double magnitude, double most);

/* Enlarges the accumulator's unit so that a sum of bound units should fit 16 bits. attempt: 0, 1, … of a population. */
void quantize_coarsen(struct quantize_scale *scale, int64_t bound, int attempt);

/* Units that values of source may have, see quantize_choose(). graded: (population_count) of each population. */
double quantize_most_units(const struct network *network, const bool *graded, size_t source);

#endif
