/* What the integer model (ref.h) works out once for an image: rows of weights laid out so that events become additions of
 * consecutive numbers. Shared by any number of models, which only read it. */
#ifndef NIRLOOM_REF_PLAN_H
#define NIRLOOM_REF_PLAN_H

#include "image.h"
#include "ref.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    REF_LANES = 16,   /* 16-bit numbers that are added at a time: 256 bits */
    REF_PADDING = 64, /* populations are a multiple of this */
    REF_LANES_MOST = 8, /* of a projection whose runs are all made equally long */
    REF_BEHIND = REF_LANES_MOST * REF_LANES, /* accumulators behind the last that 0 is added to */
    REF_NO_EVENTS = 0 /* the group of sources without synapses: no runs */
};

/* Consecutive accumulators that a row adds to. */
struct ref_run {
    uint32_t start;  /* from the group's first accumulator */
    uint32_t lanes;  /* count / REF_LANES; what pads it adds 0 */
    uint32_t weight; /* of the row, in units of REF_LANES */
};

/* Sources whose rows add to the same accumulators in the same way: their weights are added up in registers first. */
struct ref_group {
    uint32_t first; /* accumulator */
    uint32_t run;   /* the first of its runs */
    uint32_t runs;
    uint32_t entries; /* of the map, for the count of operations */
};

struct ref_source {
    uint32_t group;
    uint32_t row; /* of weights, in units of REF_LANES */
};

struct ref_projection {
    const struct image_projection *image;
    struct ref_source *sources; /* (sources) in the order of the source population's places */
    struct ref_group *groups;
    struct ref_run *runs;
    uint32_t lanes; /* of every run, 0 where they differ */
    int16_t *weights; /* aligned to lanes */
    size_t run_count;
    size_t weight_count; /* in units of REF_LANES */
};

struct ref_population_plan {
    /* Place of each neuron of the NIR shape, channels innermost so that the targets of a convolution lie together; NULL
     * where places are the order of the NIR file: Inputs, shapes of one axis, and sources of delays. */
    uint32_t *place;
    size_t size;
    size_t padded; /* rounded up to REF_PADDING */
    size_t history;
    bool uniform;         /* one set of parameters for all neurons */
    bool current_uniform;
    int16_t *parameter[NEURON_PARAMETERS];          /* (padded) by place; NULL for an Input */
    int16_t *current_parameter[CURRENT_PARAMETERS]; /* the same; NULL without current */
};

struct ref_plan {
    const struct image *image;
    struct ref_population_plan *populations;
    struct ref_projection *projections; /* (image->projection_count) by target */
    size_t *first_projection;           /* (population_count + 1) of each target */
    size_t most_sources;                /* of any projection */
    /* Of a byte of flags: the places of those that are set, then 0. */
    uint16_t bit_places[256][8] __attribute__((aligned(16)));
};

/* Zeroed memory of count (a multiple of REF_LANES) elements aligned for vectors, for free(); NULL if memory is short. */
void *ref_allocate(size_t count, size_t size);

/* Lays out a projection between populations of the plan, whose places are known. 0, or -1 if memory is short. */
int ref_rows_lay(struct ref_projection *projection, const struct ref_population_plan *source,
                 const struct ref_population_plan *target, const struct image_projection *image);
void ref_rows_free(struct ref_projection *projection);

#endif
