/* Integer networks for tests of placement: made by hand or at random, and evaluated directly, neuron by neuron as
 * docs/numbers.md states it, in the order of the NIR shapes. */
#ifndef NIRLOOM_TESTS_INTEGER_NETWORK_H
#define NIRLOOM_TESTS_INTEGER_NETWORK_H

#include "image.h"

/* An image with room for some populations and projections, all in arena. */
struct image integer_network_begin(struct arena *arena);

/* Adds a population; rank 1 to 3, sizes 0 where there is no axis. An Input gets a port, parameters are leak 0, bias 0,
 * threshold 100, reset 0. graded only matters for an Input. Returns its index. */
size_t integer_network_add(struct image *image, enum model model, bool graded, size_t channels, size_t rows,
                           size_t columns);

void integer_network_output(struct image *image, size_t population);

/* Weight of a synapse; false where there is none. */
typedef bool weight_function(void *context, size_t source, size_t target, int *weight);

/* Adds a projection and sets levels. */
void integer_network_connect(struct image *image, size_t source, size_t target, size_t delay, unsigned weight_bits,
                             weight_function *weight, void *context);

/* A two-dimensional convolution between populations of shape (channels, rows, columns), as torch.nn has it. */
struct convolution {
    const struct image *image;
    size_t source;
    size_t target;
    int kernel;
    int stride;
    int padding;
    int dilation;
    bool depthwise; /* channel c of the source meets channel c of the target alone */
    int limit;      /* of |weight| */
};

weight_function convolution_weight; /* context: struct convolution */

/* What every population holds; history[population] has (steps + 1) outputs of each neuron, the first 0 steps ago. */
struct integer_state {
    const struct image *image;
    int32_t **v;
    int32_t **i;
    int32_t ***output; /* [population][step][neuron] */
    size_t steps;
};

/* For at most steps steps; in the image's arena. */
struct integer_state integer_state_begin(const struct image *image, size_t steps);

/* Computes step, outputs of Inputs in state->output[population][step] are the caller's to set before. */
void integer_state_step(struct integer_state *state, size_t step);

/* A network of all sorts, the same for the same seed. */
struct image integer_network_random(struct arena *arena, uint64_t seed);

#endif
