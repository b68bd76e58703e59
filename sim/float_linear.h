/* The linear primitives of the float network: Linear, Affine, Scale, Conv1d, Conv2d and the pools, each as a map
 * from an input to an output vector in C order. Inside sim/float alone. */
#ifndef NIRLOOM_FLOAT_LINEAR_H
#define NIRLOOM_FLOAT_LINEAR_H

#include "arena.h"
#include "diagnostics.h"
#include "graph.h"

#include <stdbool.h>
#include <stddef.h>

enum float_map_kind { FLOAT_MAP_DENSE, FLOAT_MAP_SCALE, FLOAT_MAP_CONVOLUTION, FLOAT_MAP_POOL };

/* One spatial axis of a convolution or pool. */
struct float_axis {
    size_t input;
    size_t output;
    size_t kernel;
    size_t stride;
    size_t padding; /* before the first element */
    size_t dilation;
};

struct float_map {
    enum float_map_kind kind;
    size_t inputs;
    size_t outputs;
    size_t blocks;           /* dense: how often the matrix is applied, along the leading axes */
    bool blocks_share;       /* dense: all blocks use the one matrix */
    size_t block_inputs;     /* dense: columns; convolution, pool: elements of a channel */
    size_t block_outputs;    /* dense: rows; convolution, pool: elements of a channel */
    size_t channels;         /* convolution, pool: of the input */
    size_t group_channels;   /* convolution: input channels a group */
    size_t group_outputs;    /* convolution: output channels a group */
    struct float_axis height; /* convolution, pool; size 1 for Conv1d */
    struct float_axis width;
    double divisor;          /* pool */
    double *weight;          /* dense (blocks or 1, columns, rows), scale (inputs),
                                convolution (channels, kernel height, kernel width, group_outputs) */
    double *bias;            /* (outputs), NULL for none */
    size_t *operations;      /* (inputs) weights that an input meets; NULL where none are counted */
};

/* True for the node types that are such maps. */
bool float_map_is(enum node_type type);

/* Copies what the map needs into arena. inputs and outputs are what the edges carry; a map of other sizes is an
 * error. */
int float_map_make(struct float_map *map, struct arena *arena, const struct node *node, size_t inputs, size_t outputs,
                   struct diagnostics *diagnostics);

/* output = map of input, without the bias if that waits. An input of 0 costs next to nothing. */
void float_map_apply(const struct float_map *map, const double *input, double *output, bool bias_waits);

#endif
