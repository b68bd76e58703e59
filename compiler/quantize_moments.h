/* How the sources of a population are active together, as calibration has seen it (quantize.h): what the rounding of its
 * weights is judged by. Made and read inside the quantiser alone. */
#ifndef NIRLOOM_QUANTIZE_MOMENTS_H
#define NIRLOOM_QUANTIZE_MOMENTS_H

#include "quantize_sorted.h"

/* A weight that a target neuron has: the source that it comes from, and where it is stored. */
struct quantize_synapse {
    uint32_t source; /* of all feeds, one feed after the other */
    uint32_t entry;  /* of the feed's map */
    uint32_t feed;
};

struct quantize_moments {
    size_t sources;
    bool fine;                          /* all weights have 8 bits or more */
    float *second;                      /* (sources, sources) mean of the product of the traces of two of them, less what
                                           biases can take over; of what they send in a step,
                                           where there are no traces */
    size_t *first;                      /* (targets + 1) */
    struct quantize_synapse *synapses;  /* by target: first[target] to first[target + 1] */
    size_t *neurons;                    /* (targets) by group */
    size_t *group_first;                /* (group_count + 1) into neurons */
    struct quantize_traces *traces;     /* of fine weights NULL where pull is */
    double *pull;                       /* (sample_count of sorted) see quantize_find_wrong(); the quantizer's scratch
                                           memory */
};

/* What membranes of a population keep of the spikes of its sources, at some of the recorded steps: a spike adds 1 and leaks
 * as the membrane does, behind a current as both do. Each (sources, positions). */
struct quantize_traces {
    size_t positions;
    float *sent;  /* by sources as they are quantised */
    float *wrong; /* less what real ones send; NULL where no source is known to be quantised */
    double gain;  /* mean square of a trace of independent spikes, one a step */
    float *steady;       /* (positions) trace of a bias of 1; NULL where biases stay, as the next */
    double steady_power; /* sum of its squares */
    double *level;       /* (sources) the bias whose trace is nearest to what is sent */
};

/* The moments of the population at hand, whose feeds and sorted weights are those of quantizer; *moments NULL where
 * calibration did not look, or there are too many sources for it. quantize_free_moments() frees them. 0, or -1 if memory is
 * short. */
int quantize_find_moments(const struct quantizer *quantizer, size_t index, size_t targets, struct quantize_moments **moments);

/* The traces of population index, whose feeds have so many sources in all, where spikes were recorded; with levels what
 * biases do too. quantize_free_traces() frees them, on failure too. 0, or -1 if memory is short. */
int quantize_find_traces(const struct quantizer *quantizer, size_t index, size_t sources, bool levels,
                         struct quantize_traces **traces);
void quantize_free_traces(struct quantize_traces *traces);

/* Fills pull: mean, over positions and neurons that share a weight, of what its sources send times what the neuron's sources
 * make wrong in its membrane, as far as it is no chance; NULL where little of it is. Needs the lists of moments. 0, or -1
 * if memory is short. */
int quantize_find_wrong(const struct quantizer *quantizer, size_t targets, struct quantize_moments *moments);

/* Takes from a trace (positions) what a bias can do as well. Needs steady. */
void quantize_take_level(const struct quantize_traces *traces, float *trace);

/* Fills quantizer->correction, from the weights just written: what biases then add is what these lose in the mean, and
 * what sources send wrong in the mean where weights take that back too. NULL where the population has no biases, or the
 * same for all its neurons, or weights are fine, or moments are NULL. 0, or -1 if memory is short. */
int quantize_correct_means(struct quantizer *quantizer, size_t index, const struct quantize_moments *moments,
                           double unit);

/* Sum of the products of two series of count. */
float quantize_product(const float *one, const float *other, size_t count);

/* Rounds weights just written to their other neighbour where that makes the error of what their neurons hear smaller, as far as
 * the moments tell. 0, or -1 if memory is short. */
int quantize_round_together(const struct quantizer *quantizer, const struct quantize_moments *moments, double unit);

void quantize_free_moments(struct quantize_moments *moments);

#endif
