/* One step of an Input, at random: spikes (bytes) or values of at most range's magnitude, whichever it carries. Some steps are
 * empty, some full. Both advance state, which must not be 0. */
#ifndef NIRLOOM_TESTS_RANDOM_INPUT_H
#define NIRLOOM_TESTS_RANDOM_INPUT_H

#include "image.h"

#include <stdint.h>

void random_spikes(uint64_t *state, uint8_t *spikes, size_t count);
void random_values(uint64_t *state, const struct input_range *range, double *values, size_t count);

#endif
