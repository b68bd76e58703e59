/* ref: the integer network of an image, executed step by step without any hardware. It is the golden model: its
 * arithmetic is docs/numbers.md and nothing else, so spikes and states do not depend on mapping or timing. All
 * neurons are in the order of the NIR file.
 *
 * A struct ref belongs to one thread at a time; a plan, which is only read, to any number of them. What opens or starts
 * allocates, nothing else. Indices must be in range. */
#ifndef NIRLOOM_REF_H
#define NIRLOOM_REF_H

#include "image.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ref;
struct ref_plan;

/* A model of image, which must outlive it unchanged and be one that image_check() accepts (the mapping is not used), in its
 * initial state; NULL if memory is short. */
struct ref *ref_open(const struct image *image);

/* The same in two parts, for several models of one image: weights are laid out and parameters copied once
 * (ref_plan_close() after the last model is closed). NULL if memory is short. */
struct ref_plan *ref_plan_open(const struct image *image);
void ref_plan_close(struct ref_plan *plan);
struct ref *ref_start(const struct ref_plan *plan);

void ref_close(struct ref *ref);

/* States, currents, spikes, inputs, what delays hold, and operations 0. */
void ref_reset(struct ref *ref);

/* What an Input carries from the next step on, by index of image->inputs: spikes (bytes, 0 or not) or values in
 * units of its scale, as the population's graded says; size elements are copied. */
void ref_set_spikes(struct ref *ref, size_t input, const uint8_t *spikes);
void ref_set_values(struct ref *ref, size_t input, const int16_t *values);

void ref_step(struct ref *ref);

/* After the last step, by population of the image, size elements, valid until the next step: v after reset (of a
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

/* What an Input or Output carries in many samples, (samples, steps, size): one of the two is set, as the population's graded
 * says. Values are in units of its scale. */
struct ref_series {
    uint8_t *spikes;
    int16_t *values;
};

/* Resets the model and runs one sample of series, one for each Input and one for each Output. */
void ref_run_sample(struct ref *ref, size_t sample, size_t steps, const struct ref_series *inputs,
                    const struct ref_series *outputs);

/* Runs all samples, each from the initial state, on that many threads (at least 1; the caller's is one of them), each with its own
 * model. *operations is the sum of all. Results do not depend on the number of threads. 0, or -1 if memory is short or a
 * thread cannot be made: then nothing was run, or not all. */
int ref_run_samples(const struct ref_plan *plan, size_t samples, size_t steps, const struct ref_series *inputs,
                    const struct ref_series *outputs, size_t threads, uint64_t *operations);

/* Since ref_reset(): for every spike, and every value other than 0, the entries of the maps that it meets. */
uint64_t ref_operations(const struct ref *ref);

#endif
