/* The synapses of one projection as the array sees them: by slice of the target, by place of the source neuron. */
#ifndef NIRLOOM_TABLE_ROWS_H
#define NIRLOOM_TABLE_ROWS_H

#include "image.h"

/* Synapses into one slice: those of the source neuron at place p are first[p] <= s < first[p + 1]. */
struct slice_rows {
    size_t *first;    /* (sources + 1) */
    uint32_t *target; /* accumulator */
    int16_t *weight;  /* never 0: a synapse of weight 0 adds nothing */
};

struct projection_rows {
    size_t sources;           /* places, pads included */
    bool *present;            /* (sources) not a pad */
    size_t first_slice;       /* of the image */
    size_t slice_count;
    struct slice_rows *slices;
};

/* All memory is the arena's. 0, or -1 if it is short. */
int projection_rows(struct projection_rows *rows, const struct image *image, size_t projection, struct arena *arena);

#endif
