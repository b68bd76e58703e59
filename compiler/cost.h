/* Cycles of a step, predicted: the programs and tables of a placed image, walked as the array walks them, with what every
 * population puts out in that step. docs/hardware.md has the timing that this follows; nothing here knows how programs
 * are made, so an image of any origin will do.
 *
 * cost.c             steps: operations one after the other, a lone core and its link
 * cost_ring.c        several cores beside each other, and the ring
 * cost_link.c        their link and the host behind it
 * cost_open.c        the model of an image
 * cost_rest.c        what is skipped because nothing would change
 * cost_program.c     operations and tables, taken out of the image's segments
 * cost_accumulate.c  scanner and walker
 * cost_describe.c    what the operations say of projections
 *
 * Engines are followed to the cycle, and with several cores the messages between them, the link and the host too. What is
 * approximate: of a lone core the link where a step is shorter than its frames, and how many bytes are escaped.
 * tests/compiler/test_cost.c has how far off: trained networks 0.05 % on one core, 5 % where the link tells, 1 % on several
 * cores; steps of a hundred cycles up to 17 % on one core, 2.5 % on several. */
#ifndef NIRLOOM_COST_H
#define NIRLOOM_COST_H

#include "image.h"

struct cost;

/* Where the cycles of all cores went, since cost_reset(). */
struct cost_totals {
    uint64_t steps;
    uint64_t cycles; /* of the array, as its own counter has them: a step was under way */
    uint64_t events; /* a source neuron, met by an ACCUMULATE */
    uint64_t units;  /* of weights */
    uint64_t entries; /* of tables, fetched */
    /* Core cycles by what they are for; the rest of a lone core's cycles are messages: STEP, SEND, END, and waiting. */
    uint64_t groups;   /* an UPDATE reads a group: what its schedule takes */
    uint64_t filling;  /* the rest of UPDATEs: parameters, and the last group through the neurons */
    uint64_t scanning; /* the rest of ACCUMULATEs: finding the first event, empty words, gaps, the last unit */
    uint64_t dispatch; /* loading operations, also those that are skipped */
};

/* A model of a placed image, which must outlive it and be one that image_check() accepts, in the state before the
 * first step; NULL if memory is short or the image's board is not known. */
struct cost *cost_open(const struct image *image);
void cost_close(struct cost *cost);

/* As the array after its clear program: nothing was put out, no step is under way. */
void cost_reset(struct cost *cost);

/* What a population puts out in the step that comes next, size elements in the order of the NIR file: spikes (bytes, 0 or
 * not), or values in units where it is graded. What is not given is nothing. */
void cost_put_spikes(struct cost *cost, size_t population, const uint8_t *spikes);
void cost_put_values(struct cost *cost, size_t population, const int16_t *values);

/* The population's states after the step that comes next, size elements in the order of the NIR file; currents NULL where it
 * has none. UPDATEs whose states stay are skipped; states that are not given are 0 and stay. */
void cost_put_states(struct cost *cost, size_t population, const int16_t *states, const int16_t *currents);

/* Cycles that this step adds to the array's counter. */
uint64_t cost_step(struct cost *cost);

struct cost_totals cost_totals(const struct cost *cost);

/* An operation of a core's step program, and where its cycles went, since cost_open(). */
struct cost_operation {
    unsigned code;     /* HW_OPERATION_ACCUMULATE, ... */
    unsigned flags;    /* HW_FLAG_..., a bit each at its place */
    uint32_t count;    /* words, or groups of an UPDATE */
    uint64_t runs;     /* how often it was done */
    uint64_t skips;    /* and how often it was not */
    uint64_t cycles;   /* from the end of the one before to its own end */
    uint64_t work;     /* of these: units and entries, or groups */
};

/* Those of a core, in order; the array is the model's. */
const struct cost_operation *cost_operations(const struct cost *cost, unsigned core, size_t *count);

/* How a projection is laid out over all cores. */
struct cost_projection {
    bool table;        /* in some core; else dense */
    double units;      /* of weights that a source neuron's event walks, over all slices, on average over neurons that have any */
    uint64_t words;    /* of weight memory, of weights */
    uint64_t entries;  /* of tables */
};

/* Fills projections (image->projection_count). Two projections of one source, target and delay are told as one. */
void cost_describe(const struct cost *cost, struct cost_projection *projections);

#endif
