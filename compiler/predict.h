/* What an image costs on its board: ref runs it, and the cost model (cost.h) gets what every population put out. */
#ifndef NIRLOOM_PREDICT_H
#define NIRLOOM_PREDICT_H

#include "cost.h"
#include "data.h"

enum { PREDICT_BUDGET = 100000000 }; /* synaptic operations: about a second */

struct prediction {
    size_t samples;        /* that were run */
    size_t steps;          /* of a sample */
    uint64_t cycles;       /* of all samples */
    uint64_t late_cycles;  /* of predict_density(): from step steps / 2 on, where it came that far */
    uint64_t operations;   /* synaptic, as ref counts them */
    uint64_t units;        /* of weights, that the array walks */
    struct cost_totals split; /* of cycles */
    struct cost_operation *listing; /* (listing_count) the step program of core 0, operation by operation; malloc */
    size_t listing_count;
    uint64_t *active;      /* (population_count) spikes, or values other than 0, of all samples; malloc */
};

/* Runs samples first ... first + count - 1 of data, which must have a series of the right size and kind for every Input
 * (calibrate_match); no further one once budget synaptic
 * operations are reached. 0, or -1 if memory is short; predict_free() in any case. */
int predict_samples(struct prediction *prediction, const struct image *image, const struct data *data, size_t first,
                    size_t count, uint64_t budget);

/* Runs steps steps in which each neuron of an Input is active with that probability (values: the largest there are, of either
 * sign), the same neurons in every call. Otherwise as predict_samples(). */
int predict_density(struct prediction *prediction, const struct image *image, double density, size_t steps,
                    uint64_t budget);

void predict_free(struct prediction *prediction);

#endif
