/* Inside of the integer model (ref.h): what one run of a plan holds. Everything of a population is by place. */
#ifndef NIRLOOM_REF_PARTS_H
#define NIRLOOM_REF_PARTS_H

#include "ref_plan.h"

struct ref_population {
    int16_t *state;
    int16_t *current;      /* NULL without one */
    uint64_t *fired;       /* a bit for each neuron; 0 in the padding */
    int16_t *accumulator;  /* two's complement, wraps as the lanes of the array do; 0 between steps */
    uint64_t *past_fired;  /* (history, padded / 64) a ring; NULL where values are kept, or nothing */
    int16_t *past_values;  /* (history, padded), the same */
    bool viewed;           /* the copies of states below may have been written to */
    bool past_viewed;      /* that of the past may have been */
    int16_t *state_view;   /* (size) in the order of the NIR file; NULL where that is the order of places */
    int16_t *current_view;
    uint8_t *spike_view;   /* (size) bytes, in that order */
    uint8_t *past_view;    /* (history, size) by age; NULL without past_fired */
};

struct ref {
    const struct ref_plan *plan;
    struct ref_plan *owned; /* the same, or NULL where the plan is another's */
    struct ref_population *populations;
    uint32_t *events; /* (most_sources + REF_EVENTS_BEHIND) scratch */
    size_t step;      /* since the reset: where the rings of the past stand */
    uint64_t operations;
};

/* Where the output of age steps ago, 1 for the last one, stands in a ring. */
static inline size_t ref_past_index(const struct ref *ref, size_t population, size_t age)
{
    size_t history = ref->plan->populations[population].history;

    return (ref->step + history - age) % history;
}

/* All populations but the Inputs, once. */
void ref_update_populations(struct ref *ref);

/* Spikes of a population as bytes of 0 and 1, in the order of the NIR file. */
void ref_unpack(const struct ref_population_plan *plan, const uint64_t *fired, uint8_t *bytes);

#endif
