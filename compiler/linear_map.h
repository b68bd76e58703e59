/* A linear map between two populations: which source neuron meets which target neurons with what weight.
 *
 * Source neurons with the same weights at targets that differ by a shift share one pattern: a convolution has as many
 * patterns as channels and kinds of border, a dense matrix one a neuron, a uniform diagonal one in all. Entry e of
 * pattern p of source neuron s means: target offset[s] + target[e], weight[e], for first[p] <= e < first[p + 1].
 * Weights are kept beside the map by whom they belong to, in order of entries: real in a network, integer in an image.
 * An entry exists where the structure has a synapse, its weight may be 0; a target appears at most once in a pattern. */
#ifndef NIRLOOM_LINEAR_MAP_H
#define NIRLOOM_LINEAR_MAP_H

#include "arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINEAR_MAP_NONE = -1 }; /* pattern of a source neuron without synapses */

struct linear_map {
    size_t sources;
    size_t targets;
    size_t pattern_count;
    int32_t *pattern; /* (sources) */
    uint32_t *offset; /* (sources) */
    size_t *first;    /* (pattern_count + 1) */
    uint32_t *target; /* (entries) rising within a pattern, whose first is 0 */
};

static inline size_t linear_map_entries(const struct linear_map *map)
{
    return map->first[map->pattern_count];
}

/* Makes a map row by row. Memory is the builder's until linear_map_finish() copies it into an arena. */
struct linear_map_builder;

/* NULL if memory is short or a size is beyond 2^31 - 1. */
struct linear_map_builder *linear_map_begin(size_t sources, size_t targets);

/* Sets the row of a source neuron, once for each: count targets, rising, and their weights. Rows that are not set
 * are empty. 0, or -1 if memory is short. */
int linear_map_add(struct linear_map_builder *builder, size_t source, size_t count, const uint32_t *targets,
                   const double *weights);

/* Copies map and weights (entries) into the arena and frees the builder, on failure too. 0, or -1 if memory is short. */
int linear_map_finish(struct linear_map_builder *builder, struct arena *arena, struct linear_map *map,
                      double **weights);

void linear_map_abandon(struct linear_map_builder *builder);

/* True if every index is in range, rows rise and targets lie below map->targets: what code that walks it may trust. */
bool linear_map_check(const struct linear_map *map);

#endif
