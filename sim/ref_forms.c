/* In which form a projection is laid out for the integer model (ref_plan.h), by what its rows have in common. */
#include "ref_plan.h"

#include <stdlib.h>

enum {
    FOURS_ENTRIES_MOST = 1 << 18, /* of all sources: what laying fours may cost */
    FOURS_BYTES_MOST = 64 << 10   /* of their weights: about what the nearest cache holds */
};

/* Which sources have synapses, and what the groups have in common. */
static int describe(struct ref_projection *projection, const struct image_projection *image, const uint32_t *neurons)
{
    const struct linear_map *map = &image->map;
    size_t connected = 0;

    projection->connected = ref_allocate((map->sources + 63) / 64, sizeof *projection->connected);
    if (!projection->connected)
        return -1;
    for (size_t place = 0; place < map->sources; place++) {
        int32_t pattern = map->pattern[neurons ? neurons[place] : place];

        if (pattern == LINEAR_MAP_NONE || map->first[pattern] == map->first[pattern + 1])
            continue;
        projection->connected[place / 64] |= UINT64_C(1) << place % 64;
        connected++;
    }
    bool single = true;
    projection->aligned = true;
    for (size_t index = REF_NO_EVENTS + 1; index < projection->group_count; index++) {
        const struct ref_group *group = &projection->groups[index];

        single = single && group->entries == 1;
        for (uint32_t run = group->run; run < group->run + group->runs; run++)
            projection->aligned =
                projection->aligned && (group->first + projection->runs[run].start) % (2 * REF_LANES) == 0;
    }
    size_t groups = projection->group_count - 1;
    projection->form = single ? REF_ONE_EACH : groups == 1 ? REF_ALL_ALIKE : REF_RUNS;
    if (projection->form == REF_ALL_ALIKE) {
        projection->rows = calloc(map->sources, sizeof *projection->rows);
        for (size_t place = 0; projection->rows && place < map->sources; place++)
            projection->rows[place] = projection->sources[place].row;
        return projection->rows ? 0 : -1;
    }
    if (projection->form == REF_RUNS && connected / REF_GROUP_SIZE >= groups) {
        if (ref_collect(projection, map->sources))
            return -1;
        projection->form = projection->collection_count ? REF_GROUPS : REF_RUNS;
    }
    return 0;
}

/* Lanes of the longest run, where padding all of them to it does not double the weights; else 0. */
static size_t equal_length(const struct ref_projection *projection)
{
    size_t longest = 0;

    for (size_t run = 0; run < projection->run_count; run++)
        longest = projection->runs[run].lanes > longest ? projection->runs[run].lanes : longest;
    return longest <= REF_LANES_MOST && longest * projection->run_count <= 2 * projection->weight_count ? longest : 0;
}

static uint32_t common_lanes(const struct ref_projection *projection)
{
    for (size_t run = 1; run < projection->run_count; run++) {
        if (projection->runs[run].lanes != projection->runs[0].lanes)
            return 0;
    }
    return projection->run_count ? projection->runs[0].lanes : 0;
}

/* With runs of one length where that is worth it. */
static int lay_evenly(struct ref_projection *projection, const uint32_t *neurons,
                      const struct ref_population_plan *target, const struct image_projection *image)
{
    int status = ref_rows_lay(projection, neurons, target, image, 0);

    if (status == 0 && common_lanes(projection) == 0 && equal_length(projection) > 0) {
        size_t shortest = equal_length(projection);

        ref_projection_free(projection);
        *projection = (struct ref_projection){ 0 };
        status = ref_rows_lay(projection, neurons, target, image, shortest);
    }
    projection->lanes = common_lanes(projection);
    return status;
}

/* True if sources by fours promise fewer additions: they would be laid in no time, and what four reach is not much more
 * than what one does. */
static bool may_lay_fours(const struct ref_projection *projection)
{
    const struct linear_map *map = &projection->image->map;

    return projection->form == REF_RUNS && !projection->image->graded && projection->lanes > 0 &&
           map->sources < UINT32_MAX / 16 &&
           map->sources * (linear_map_entries(map) / map->pattern_count) < FOURS_ENTRIES_MOST;
}

static bool worth_fours(const struct ref_projection *alone, const struct ref_projection *fours)
{
    return fours->lanes > 0 && fours->lanes <= 2 * alone->lanes &&
           fours->weight_count * REF_LANES * sizeof(int16_t) <= FOURS_BYTES_MOST;
}

/* Lays the sources by fours in place of *projection, if that is better. */
static int try_fours(struct ref_projection *projection, const uint32_t *neurons,
                     const struct ref_population_plan *target)
{
    const struct image_projection *image = projection->image;
    struct ref_projection fours = {0};
    struct image_projection made;
    struct arena arena = {NULL};
    uint32_t *operations = NULL;
    int status = ref_fours_make(&made, &operations, image, neurons, &arena);

    if (status == 0)
        status = lay_evenly(&fours, NULL, target, &made);
    fours.operations = operations;
    if (status == 0 && worth_fours(projection, &fours)) {
        status = describe(&fours, image, neurons);
        fours.form = REF_FOURS;
        ref_projection_free(projection);
        *projection = fours;
        projection->image = image;
    } else {
        ref_projection_free(&fours);
    }
    arena_free(&arena);
    return status;
}

int ref_projection_lay(struct ref_projection *projection, const struct ref_population_plan *source,
                       const struct ref_population_plan *target, const struct image_projection *image)
{
    uint32_t *neurons = source->place ? malloc(source->size * sizeof *neurons) : NULL; /* by place */

    if (source->place && !neurons)
        return -1;
    for (size_t neuron = 0; neurons && neuron < source->size; neuron++)
        neurons[source->place[neuron]] = (uint32_t)neuron;
    int status = lay_evenly(projection, neurons, target, image);
    if (status == 0)
        status = describe(projection, image, neurons);
    if (status == 0 && may_lay_fours(projection))
        status = try_fours(projection, neurons, target);
    free(neurons);
    return status;
}

void ref_projection_free(struct ref_projection *projection)
{
    free(projection->sources);
    free(projection->operations);
    free(projection->collections);
    free(projection->rows);
    free(projection->groups);
    free(projection->runs);
    free(projection->connected);
    free(projection->weights);
    free(projection->byte_weights);
}
