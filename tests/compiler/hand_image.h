/* An image made by hand: one spiking Input, one population, one dense projection. */
#ifndef NIRLOOM_TESTS_HAND_IMAGE_H
#define NIRLOOM_TESTS_HAND_IMAGE_H

#include "image.h"

/* sources spikes into neurons that fire, 8-bit weights all 0, parameters uniform and all 0, one Output. Everything in
 * arena; the caller changes what the test is about, then places it. */
struct image hand_image(struct arena *arena, size_t sources, size_t neurons);

/* A map with an entry for every pair and a pattern for every source: entry source * targets + target. */
struct linear_map hand_dense_map(struct arena *arena, size_t sources, size_t targets);

#endif
