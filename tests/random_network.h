/* Random networks for tests that compare executions of the same network: every model, shape and option that the
 * array runs, from a seed, so that a failure can be repeated. */
#ifndef NIRLOOM_TESTS_RANDOM_NETWORK_H
#define NIRLOOM_TESTS_RANDOM_NETWORK_H

#include "image.h"
#include "random_input.h"

#include <stdint.h>

enum { RANDOM_INPUTS_MAX = 4, RANDOM_POPULATIONS_MAX = 6, RANDOM_NEURONS_MAX = 60 };

/* Fills network and inputs (one entry an Input, RANDOM_INPUTS_MAX at most) in arena: 1 to 4 Inputs, 1 to 6
 * populations of all models, connections forward, with skips, back and to themselves, with delays, of dense, sparse and
 * shared patterns. image_quantize() takes it. Nonzero if memory is short. */
int random_network(struct network *network, struct input_range *inputs, struct arena *arena, uint64_t seed);

#endif
