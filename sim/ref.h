/* ref: the integer network of an image, executed step by step without any hardware. It is the golden model: its
 * arithmetic is docs/numbers.md and nothing else, so spikes and states do not depend on mapping or timing.
 *
 * A struct ref belongs to one thread at a time. Only ref_open() allocates. Indices must be in range. */
#ifndef NIRLOOM_REF_H
#define NIRLOOM_REF_H

#include "image.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ref;

/* A model of image, which must outlive it and be one that image_check() accepts (the maps are not used), in its
 * initial state; NULL if memory is short. */
struct ref *ref_open(const struct image *image);
void ref_close(struct ref *ref);

/* v, spikes, inputs and operations 0. */
void ref_reset(struct ref *ref);

/* What an Input carries from the next step on, by index of image->inputs: spikes (bytes, 0 or not) or values in
 * units of its scale, as the population's graded says; size elements are copied. */
void ref_set_spikes(struct ref *ref, size_t input, const uint8_t *spikes);
void ref_set_values(struct ref *ref, size_t input, const int16_t *values);

void ref_step(struct ref *ref);

/* After the last step, by population of the image, size elements, valid until ref_close(): v after reset (of a
 * graded Input its values), and spikes of 0 and 1 (all 0 where it does not fire). */
const int16_t *ref_state(const struct ref *ref, size_t population);
const uint8_t *ref_spikes(const struct ref *ref, size_t population);

/* Since ref_reset(): spikes and values other than 0, each times the size of each population that it reaches. */
uint64_t ref_operations(const struct ref *ref);

#endif
