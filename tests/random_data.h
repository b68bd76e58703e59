/* Samples of random inputs for a network, from a seed, and parts of them. */
#ifndef NIRLOOM_TESTS_RANDOM_DATA_H
#define NIRLOOM_TESTS_RANDOM_DATA_H

#include "data.h"

/* One sample of so many steps for the nodes of the data file like, of the same kinds: three spikes in ten, or values
 * from -1 to 1. Fails the test where like cannot be read. Free with data_free(). */
void random_data(struct data *data, const char *like, size_t steps, uint64_t seed);

/* A copy of so many steps of the one sample of whole, from first on. Free with data_free(). */
void random_data_part(struct data *part, const struct data *whole, size_t first, size_t steps);

#endif
