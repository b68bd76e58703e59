/* A second integer model, as plain as it gets: what sim/ref.h is compared with. The functions are those of ref.h. */
#ifndef NIRLOOM_TESTS_SLOW_REF_H
#define NIRLOOM_TESTS_SLOW_REF_H

#include "image.h"

struct slow_ref;

struct slow_ref *slow_ref_open(const struct image *image);
void slow_ref_close(struct slow_ref *ref);
void slow_ref_reset(struct slow_ref *ref);
void slow_ref_set_spikes(struct slow_ref *ref, size_t input, const uint8_t *spikes);
void slow_ref_set_values(struct slow_ref *ref, size_t input, const int16_t *values);
void slow_ref_step(struct slow_ref *ref);
int16_t *slow_ref_state(struct slow_ref *ref, size_t population);
int16_t *slow_ref_current(struct slow_ref *ref, size_t population);
const uint8_t *slow_ref_spikes(const struct slow_ref *ref, size_t population);
uint8_t *slow_ref_past_spikes(struct slow_ref *ref, size_t population, size_t age);
int16_t *slow_ref_past_values(struct slow_ref *ref, size_t population, size_t age);
uint64_t slow_ref_operations(const struct slow_ref *ref);

#endif
