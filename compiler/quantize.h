/* What the parts of the quantiser share. docs/numbers.md has the reasons.
 *
 *   quantize.c           the populations one after another, and all of it again until nothing changes
 *   quantize_check.c     what is refused before
 *   quantize_feed.c      projections as their target sees them
 *   quantize_sorted.c    weights by who must share a unit
 *   quantize_units.c     units that lose least of the weights
 *   quantize_sent.c      what quantised populations send, where calibration has seen it
 *   quantize_moments.c   what sources send together, the same
 *   quantize_traces.c    and what membranes keep of it
 *   quantize_wrong.c     what is wrong in it because sources are quantised
 *   quantize_pairs.c     and so what pairs of weights do
 *   quantize_together.c  rounding by that
 *   quantize_balance.c   rounding that keeps means, where it has not
 *   quantize_means.c     biases that take over what rounding loses in the mean
 *   quantize_scale.c     units, from bounds in real numbers
 *   quantize_integers.c  integers, and the bound of the accumulators proven on them
 *   quantize_explain.c   what is said about it */
#ifndef NIRLOOM_QUANTIZE_H
#define NIRLOOM_QUANTIZE_H

#include "image.h"

enum {
    QUANTIZE_WORD_MAX = 32767,
    QUANTIZE_LEAK_ONE = 32768,
    QUANTIZE_PRODUCT_ONE = 256, /* a graded weight of 256 passes a value on as it is */
    QUANTIZE_WEIGHT_MAX_8 = 127,
    QUANTIZE_WEIGHT_MAX_16 = 32767
};

/* A projection as its target sees it. */
struct quantize_feed {
    size_t projection;
    struct linear_map map;
    double *weight; /* (entries of map) real units that the accumulator gets from a spike, or from 256 units of value */
    bool graded;
    int32_t limit;  /* of the source; 1 for spikes */
    int weight_max; /* of the integers */
    bool signs;     /* they are -1 and 1, never 0 */
    bool joint;     /* as of struct projection: its weights are rounded to nearest, as those that they come from may be */
};

/* Numbers on which the choice of units rests, over all neurons of a population, in real units. */
struct quantize_extremes {
    double largest;  /* what the weights alone need as unit, larger ones clipped where that loses less */
    double smallest; /* |weight| that is not 0; 0 if there is none */
    double sum;      /* worst sum that an accumulator can have */
    double bound;    /* of |v|; INFINITY without leak */
    double required; /* what v must reach */
    double wanted;   /* what v should reach */
    double current;  /* what the current (times current_gain) should reach; 0 without one */
};

struct quantize_scale {
    double accumulator;   /* real value of one unit */
    int current_exponent; /* accumulator to current; 0 without one */
    int gain_exponent;    /* accumulator, or current, to v */
    bool exact;           /* every weight is a whole number of units */
    double unit;          /* the largest unit with which that is so; 0 if none */
    bool fixed;           /* the unit of v was chosen before */
};

/* What is known of a population beside its parameters. */
struct quantize_prospect {
    double magnitude;         /* largest |v| observed, negative if unknown */
    const double *reach;      /* (size) the same of each neuron; NULL: magnitude for all */
    const double *factor;     /* (size) of each neuron, see quantizer; NULL: 1 */
    double current_magnitude; /* the same of i */
    double most;      /* units that a value may have, so that its targets hold it at full weight resolution */
    double unit;      /* of v, if it was chosen before; else 0 */
    double weight_unit; /* what the weights alone want */
    bool recurrent;   /* it hears itself, or what comes after it */
};

struct quantize_sorted; /* quantize_sorted.h */

struct quantizer {
    struct image *image;
    const struct network *network;
    const struct calibration *calibration; /* NULL: none */
    const struct input_range *inputs;
    const struct image *units; /* takes units from this image of the same network instead of choosing them; or NULL */
    bool repeated;       /* network is what integers stand for: rounded to nearest, as it was balanced before */
    struct diagnostics *diagnostics;
    struct arena *scratch;
    bool *finished;                     /* (population_count) its unit is chosen */
    struct quantize_extremes *extremes; /* (population_count) */
    struct quantize_scale *scales;      /* (population_count) */
    struct quantize_feed *feeds;        /* (projection_count) of the population at hand */
    size_t feed_count;
    struct quantize_sorted *sorted; /* weights of the population at hand, by who must share a unit */
    struct spike_record sent;  /* of quantised populations before the one at hand; fired NULL where it is unknown */
    struct population *scaled; /* (population_count) the network's, times the factors of their neurons */
    const double **factors;    /* (population_count), each (size): reference unit over the neuron's; NULL: all 1 */
    double *correction;        /* (size) of the population at hand: added to what its biases are; NULL: nothing */
    double *ahead; /* (population_count) factors of units that are chosen ahead: 1, more where that was too fine */
    bool again;    /* one of them has grown: all must be quantised anew */
};

/* Bias and leak potential together where there is no current: what a step adds to v without input. With a current
 * the leak potential alone. */
double quantize_bias(const struct population *population, size_t neuron);

/* What a step adds to the current times its gain without input; 0 without current. */
double quantize_current_bias(const struct population *population, size_t neuron);

/* "/name" of a population; never NULL. */
const char *quantize_place(const struct quantizer *quantizer, size_t population);

int quantize_out_of_memory(const struct quantizer *quantizer);

/* Errors for what no scale can hold: 0, or -1. */
int quantize_check(const struct quantizer *quantizer);

/* Fills feeds and feed_count with what leads to target; every graded source has its scale and limit, chosen here where it
 * comes later than its target. 0, or -1 if memory is short. */
int quantize_find_feeds(struct quantizer *quantizer, size_t target);

/* Fills sent with what the quantised populations before this one send in the recorded samples, if it hears any. 0, or -1 if
 * memory is short. */
int quantize_find_sent(struct quantizer *quantizer, size_t index);

/* Whether all are the same. */
bool quantize_is_uniform(const double *values, size_t count);

/* Units that values of source may have, see quantize_prospect. */
double quantize_most_units(const struct quantizer *quantizer, size_t source);

/* The unit that its weights alone want, 0 where there are none, or where units are given. Gives neurons that fire units of
 * their own where that is asked for or worth it: then feeds and quantizer->scaled are in terms of *unit, the largest of
 * them. 0, or -1 if memory is short. */
int quantize_choose_units(struct quantizer *quantizer, size_t index, const struct quantize_prospect *prospect,
                          double *unit);

/* Rounds a few of the weights just written to their other neighbour, where what is lost in the mean then cancels. Needs
 * quantize_choose_units() of the same population. */
int quantize_balance(const struct quantizer *quantizer, double unit);

/* The whole number that a weight of so many units becomes. */
double quantize_level(const struct quantize_feed *feed, double units);

/* Worst sum of what each neuron can get in a step. sum: (neurons). 0, or -1 if memory is short. */
int quantize_find_sums(const struct quantizer *quantizer, size_t neurons, double *sum);

/* What v of each neuron must reach whatever it hears. need: (size). */
void quantize_find_needs(const struct population *population,
                         const struct quantize_prospect *prospect, double *need);

/* Bounds and wishes of a population with the feeds of quantizer. 0, or -1 if memory is short. */
int quantize_find_extremes(const struct quantizer *quantizer, size_t index, const struct quantize_prospect *prospect,
                           struct quantize_extremes *extremes);

struct quantize_scale quantize_choose(const struct quantizer *quantizer, size_t index,
                                      const struct quantize_prospect *prospect,
                                      const struct quantize_extremes *extremes);

/* Enlarges the accumulator's unit so that a sum of bound units should fit 16 bits. attempt: 0, 1, … of a population;
 * current: it has one. */
void quantize_coarsen(struct quantize_scale *scale, int64_t bound, int attempt, bool current);

/* Nearest number with a mantissa of 36 bits: whole numbers of 16 bits times it are exact, and what comes back from
 * such products, a few roundings later, is that number again. */
double quantize_canonical(double unit);

/* 0, or -1 if memory is short. */
int image_copy_map(struct linear_map *copy, const struct linear_map *map, struct arena *arena);

/* Turns weights and parameters into integers, with *scale enlarged until the sums fit. 0, or -1 with an error, or with
 * quantizer->again. */
int quantize_write(struct quantizer *quantizer, size_t index, struct quantize_scale *scale);

/* Says what was chosen for network, whose extremes are those of quantizer, as notes, and what it costs, as warnings. */
void quantize_explain(const struct quantizer *quantizer);

/* The real network of an image's integers: integers times units, thresholds half a unit above the last number that
 * does not fire. image_quantize() makes the same integers and units of it again. network->arena is the caller's; names and
 * ports are shared with image. inputs (image->input_count): the ranges that go with it. 0, or -1 if memory is short. */
int image_dequantize(struct network *network, struct input_range *inputs, const struct image *image);

#endif
