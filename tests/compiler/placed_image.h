/* What tests of placement share: place an image, run it on the array model beside a direct evaluation. */
#ifndef NIRLOOM_TESTS_PLACED_IMAGE_H
#define NIRLOOM_TESTS_PLACED_IMAGE_H

#include "image.h"

/* Places image on the board; a diagnostic must contain message. True if it fits. */
bool placed_on(struct image *image, const char *board, const char *message);

/* Memory words that are written into the weight memory of a core: programs, tables and weights. */
size_t placed_weight_words(const struct image *image, unsigned core);

/* Runs a placed image on the array model for some steps, clears it, runs it again, and asserts in every step that
 * every v, i, spike and word for the host is what a direct evaluation of the integer network gives. One neuron in
 * `sparse` of the Inputs is active. Spikes of all populations; *units (may be NULL) is what the cores walked. */
uint64_t placed_check(const struct image *image, uint64_t seed, size_t sparse, uint64_t *units);

#endif
