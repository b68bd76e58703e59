/* State files: the state of one sample between two steps, by node name, as NIRGraphData in HDF5 (docs/data.md). */
#ifndef NIRLOOM_STATE_H
#define NIRLOOM_STATE_H

#include "arena.h"
#include "diagnostics.h"

#include <stddef.h>
#include <stdint.h>

/* What a node carries from a step to the next. Any pointer may be NULL: the node has none of that. */
struct state_node {
    char *name;            /* path name, nested graphs joined with '/' */
    size_t size;           /* neurons */
    double *v;             /* (size) membranes, after the reset */
    double *i;             /* (size) synaptic currents of CubaLI and CubaLIF */
    uint8_t *spikes;       /* (history, size) 0 or 1: outputs of the last steps, oldest first, that later steps need */
    double *values;        /* (history, size) the same of a node whose output is graded */
    size_t history;        /* steps: as many as the longest delay from the node, 1 for a recurrent edge */
    uint8_t *delay_spikes; /* (delay_steps, size) 0 or 1: the line of a Delay, oldest step first */
    double *delay_values;  /* (delay_steps, size) */
    size_t delay_steps;
};

struct state {
    struct state_node *nodes;
    size_t count;
    double dt;     /* of a step, in the time unit of the network; > 0 */
    uint64_t step; /* number of the next step: how many were run */
};

/* Writes state; a file of that name is replaced as a whole or left as it was. Names must differ, and none may be the
 * nested graph of another. A node of which nothing is present is left out. Doubles are kept to the last bit.
 * Returns 0, or -1 with an error. */
int state_write(const struct state *state, const char *path, struct diagnostics *diagnostics);

/* Reads a state, the nodes of each graph sorted by name, everything in the arena. Numbers of any width are taken; all
 * must be finite. A root without step is at step 0; dt is 0 where there are no nodes. Observables that are no part of a
 * state are left out with a warning; which nodes the network has is the caller's to compare. Returns 0, or -1 with an
 * error and *state zeroed. */
int state_read(struct state *state, struct arena *arena, const char *path, struct diagnostics *diagnostics);

#endif
