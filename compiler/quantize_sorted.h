/* The weights into a population, sorted by who must share a unit: read by quantize_units.c, which chooses the units, and
 * quantize_balance.c and quantize_together.c, which round. Inside the quantiser alone. */
#ifndef NIRLOOM_QUANTIZE_SORTED_H
#define NIRLOOM_QUANTIZE_SORTED_H

#include "quantize.h"

#define QUANTIZE_HALF_TOLERANCE 1e-9 /* units: nearer to a half than that is a half */

/* A weight of a pattern, and what the sources that share it send. */
struct quantize_sample {
    double weight;
    double power; /* mean square, summed over the sources */
    double mean;  /* the same of the mean; 0 for values */
    const struct quantize_feed *feed;
    size_t entry;
};

/* Weights that must have the same unit. */
struct quantize_group {
    size_t first; /* into samples */
    size_t count;
    size_t neurons;
    double least; /* unit that 16 bits need for what v must reach; found for units of neurons alone, as the next */
    double sum;   /* the same for the worst sum of weights */
    double unit; /* 0 where there is no weight */
};

struct quantize_sorted {
    size_t *leader; /* (neurons) of those that share patterns; union-find */
    size_t *group;  /* (neurons) */
    struct quantize_group *groups;
    size_t group_count;
    struct quantize_sample *samples; /* by group */
    size_t sample_count;
};

/* Fills sorted with all weights of the feeds of a population that are not 0. 0, or -1 if memory is short. */
int quantize_sort(const struct quantizer *quantizer, size_t index, struct quantize_sorted *sorted);

/* The order of samples within a group, for qsort(): 0 for those that are one number, probably one weight of the file. */
int quantize_compare_samples(const void *left, const void *right);

/* What quantize_balance() does with each group that has weights. 0, or -1 if memory is short. */
int quantize_balance_group(const struct quantizer *quantizer, const struct quantize_group *group, double unit);

/* Mean square of what a source sends, in units of the feed's weights; of all sources of a feed on average, 0 where nothing was
 * counted. mean is the latter. */
double quantize_source_power(const struct quantizer *quantizer, const struct quantize_feed *feed, size_t neuron, double mean);
double quantize_mean_power(const struct quantizer *quantizer, const struct quantize_feed *feed);

#endif
