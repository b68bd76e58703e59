/* ref: the integer network of an image, executed step by step without any hardware. It is the golden model: its
 * arithmetic is docs/numbers.md and nothing else, so spikes and states do not depend on mapping or timing. All
 * neurons are in the order of the NIR file.
 *
 * A struct ref belongs to one thread at a time. Only ref_open() allocates. Indices must be in range. */
#ifndef NIRLOOM_REF_H
#define NIRLOOM_REF_H

#include "image.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ref;

/* A model of image, which must outlive it and be one that image_check() accepts (the mapping is not used), in its
 * initial state; NULL if memory is short. */
struct ref *ref_open(const struct image *image);
void ref_close(struct ref *ref);

/* States, currents, spikes, inputs, what delays hold, and operations 0. */
void ref_reset(struct ref *ref);

/* What an Input carries from the next step on, by index of image->inputs: spikes (bytes, 0 or not) or values in
 * units of its scale, as the population's graded says; size elements are copied. */
void ref_set_spikes(struct ref *ref, size_t input, const uint8_t *spikes);
void ref_set_values(struct ref *ref, size_t input, const int16_t *values);

void ref_step(struct ref *ref);

/* After the last step, by population of the image, size elements, valid until ref_close(): v after reset (of a
 * graded Input its values), i (NULL without current), and spikes of 0 and 1 (all 0 where it does not fire). Writing to
 * v and i sets them for the next step. */
int16_t *ref_state(struct ref *ref, size_t population);
int16_t *ref_current(struct ref *ref, size_t population);
const uint8_t *ref_spikes(const struct ref *ref, size_t population);

/* What the population put out age steps ago, 1 for the last step, up to image_history(): spikes of 0 and 1 where it is not
 * graded, values where it is (the other function gives NULL). size elements, valid until the next step; writing sets
 * what delays deliver. */
uint8_t *ref_past_spikes(struct ref *ref, size_t population, size_t age);
int16_t *ref_past_values(struct ref *ref, size_t population, size_t age);

/* Since ref_reset(): for every spike, and every value other than 0, the entries of the maps that it meets. */
uint64_t ref_operations(const struct ref *ref);

#endif
