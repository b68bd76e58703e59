/* Inside of the integer model (ref.h): what one run of a plan holds. Everything of a population is by place. */
#ifndef NIRLOOM_REF_PARTS_H
#define NIRLOOM_REF_PARTS_H

#include "ref_plan.h"

struct ref_population {
    int16_t *state;
    int16_t *current;     /* NULL without one */
    uint8_t *spikes;      /* 0 and 1; 0 in the padding */
    int16_t *accumulator; /* two's complement, wraps as the lanes of the array do */
    uint8_t *past_spikes; /* (history, padded) a ring; NULL where values are kept, or nothing */
    int16_t *past_values; /* the same */
    bool viewed;          /* the copies below may have been written to */
    int16_t *state_view;  /* (size) in the order of the NIR file; NULL where that is the order of places */
    int16_t *current_view;
    uint8_t *spikes_view;
};

struct ref {
    const struct ref_plan *plan;
    struct ref_plan *owned; /* the same, or NULL where the plan is another's */
    struct ref_population *populations;
    uint32_t *events; /* (most_sources + 8) scratch */
    size_t step;      /* since the reset: where the rings of the past stand */
    uint64_t operations;
};

/* The part of the past of age steps, 1 for the last one. */
static inline size_t ref_past_offset(const struct ref *ref, size_t population, size_t age)
{
    const struct ref_population_plan *plan = &ref->plan->populations[population];

    return (ref->step + plan->history - age) % plan->history * plan->padded;
}

/* All populations but the Inputs, once. */
void ref_update_populations(struct ref *ref);

/* 1 for bytes that are not 0. */
void ref_normalise_spikes(uint8_t *restrict spikes, const uint8_t *restrict given, size_t count);

#endif
