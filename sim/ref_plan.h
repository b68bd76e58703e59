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
    REF_GROUP_SIZE = 8, /* sources of a group that are worth collecting */
    REF_CELL = 16,
    REF_CELLS = 64 / REF_CELL, /* of a collection */
    REF_LANES_MOST = 8, /* of a projection whose runs are all made equally long */
    REF_BEHIND = REF_LANES_MOST * REF_LANES, /* accumulators behind the last that 0 is added to */
    REF_EVENTS_BEHIND = 16, /* events behind the last that may be written */
    REF_NO_EVENTS = 0 /* the group of sources without synapses: no runs */
};

/* Consecutive accumulators that a row adds to. */
struct ref_run {
    uint32_t start;  /* from the group's first accumulator */
    uint32_t lanes;  /* count / REF_LANES; what pads it adds 0 */
    uint32_t weight; /* of the row, in units of REF_LANES */
};

/* Sources whose rows add to the same accumulators in the same way. */
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

/* Up to 64 sources of one group, by cells of REF_CELL neighbouring places. */
struct ref_collection {
    uint64_t connected; /* slots that are sources with synapses: slot n is place n % REF_CELL of cell n / REF_CELL */
    uint32_t cell[REF_CELLS];   /* which begins at place REF_CELL cell */
    uint32_t group;
};

enum ref_form {
    REF_RUNS,      /* of any kind */
    REF_FOURS,     /* the same, for every subset of four neighbouring sources: number 4 n + subset, n a multiple of 4 */
    REF_GROUPS,    /* the same, where many sources have the same targets: collected */
    REF_ALL_ALIKE, /* one group: all sources with synapses have the same targets, as in a dense matrix */
    REF_ONE_EACH   /* no source has more than one target */
};

struct ref_projection {
    const struct image_projection *image;
    enum ref_form form;
    struct ref_source *sources; /* (sources, or subsets) in the order of the source population's places */
    uint32_t *operations; /* (subsets) entries of the map that they meet; NULL where it is the groups' */
    struct ref_group *groups;
    struct ref_run *runs;
    struct ref_collection *collections; /* REF_GROUPS */
    size_t collection_count;
    uint32_t *rows; /* as of sources: REF_ALL_ALIKE by place, REF_GROUPS by collection and slot */
    uint64_t *connected; /* a bit for each source: it has synapses */
    uint32_t lanes; /* of every run, 0 where they differ */
    bool aligned;   /* every run begins at a multiple of 2 REF_LANES accumulators */
    int16_t *weights;     /* aligned to lanes; NULL where 8 bits hold them all */
    int8_t *byte_weights; /* instead */
    size_t group_count;
    size_t run_count;
    size_t weight_count; /* in units of REF_LANES */
};

/* By place; of neurons that a repetition of REF_PADDING leads to the same parameters (all alike, or alike in a
 * channel) only the first REF_PADDING. */
struct ref_parameters {
    int16_t *values[NEURON_PARAMETERS]; /* enum neuron_parameter, or enum current_parameter */
    bool repeat;
    bool biased; /* a bias is not 0 */
};

struct ref_population_plan {
    const struct image_population *image;
    /* Place of each neuron of the NIR shape, channels innermost so that the targets of a convolution lie together; NULL
     * where places are the order of the NIR file: Inputs, shapes of one axis, and sources of delays. */
    uint32_t *place;
    size_t size;
    size_t padded; /* rounded up to REF_PADDING */
    size_t history;
    struct ref_parameters neuron;  /* none of an Input */
    struct ref_parameters synapse; /* of the current; none without one */
};

struct ref_kernels;

struct ref_plan {
    const struct image *image;
    struct ref_population_plan *populations;
    struct ref_projection *projections; /* (image->projection_count) by target */
    size_t *first_projection;           /* (population_count + 1) of each target */
    size_t most_sources;                /* of any projection */
    const struct ref_kernels *kernels;  /* the inner loops */
};

/* Zeroed memory of count (a multiple of REF_LANES) elements aligned for vectors, for free(); NULL if memory is short. */
void *ref_allocate(size_t count, size_t size);

/* Lays out a projection between populations of the plan, whose places are known. 0, or -1 if memory is short. */
int ref_projection_lay(struct ref_projection *projection, const struct ref_population_plan *source,
                       const struct ref_population_plan *target, const struct image_projection *image);
void ref_projection_free(struct ref_projection *projection);

/* Lays its rows: sources, groups, runs and weights. neurons: of the source, by place, or NULL; shortest: lanes that every
 * run is padded to. 0, or -1 if memory is short. */
int ref_rows_lay(struct ref_projection *projection, const uint32_t *neurons, const struct ref_population_plan *target,
                 const struct image_projection *image, size_t shortest);

/* Brings the sources (so many) of each group together; leaves collection_count 0 where a cell has sources of several.
 * 0, or -1 if memory is short. */
int ref_collect(struct ref_projection *projection, size_t sources);

/* A projection from every subset of four neighbouring sources to the targets of *image, in arena, and how many entries
 * of the image's map each subset meets (for free(), also when this fails). neurons: by place, or NULL. 0, or -1 if
 * memory is short. */
int ref_fours_make(struct image_projection *made, uint32_t **operations, const struct image_projection *image,
                   const uint32_t *neurons, struct arena *arena);

#endif
