/* Sources by fours (ref_plan.h): for each four neighbouring sources the sums of their rows for every subset that may
 * spike, so that the neighbours that mostly spike together are one addition. */
#include "ref_plan.h"

#include <stdlib.h>
#include <string.h>

struct fours {
    const struct linear_map *map;
    const int16_t *weight;
    const uint32_t *neurons; /* by place, or NULL */
    uint32_t *targets;       /* (map->targets) that one of four reaches, rising; room for all */
    int64_t *sums;           /* (map->targets) of what a subset adds, by target */
    double *weights;         /* (map->targets) the same, by entry */
    uint8_t *reached;        /* (map->targets) */
};

/* Entries of the source at that place. */
static size_t find_entries(const struct fours *fours, size_t place, size_t *first, uint32_t *offset)
{
    if (place >= fours->map->sources)
        return 0;
    size_t source = fours->neurons ? fours->neurons[place] : place;
    int32_t pattern = fours->map->pattern[source];

    if (pattern == LINEAR_MAP_NONE)
        return 0;
    *first = fours->map->first[pattern];
    *offset = fours->map->offset[source];
    return fours->map->first[pattern + 1] - *first;
}

static int by_number(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

/* Targets of the four sources from place on, rising. */
static size_t collect_targets(struct fours *fours, size_t place)
{
    size_t count = 0;

    for (size_t member = 0; member < 4; member++) {
        size_t first = 0;
        uint32_t offset = 0;
        size_t entries = find_entries(fours, place + member, &first, &offset);

        for (size_t entry = first; entry < first + entries; entry++) {
            uint32_t target = offset + fours->map->target[entry];
            if (!fours->reached[target])
                fours->targets[count++] = target;
            fours->reached[target] = 1;
        }
    }
    qsort(fours->targets, count, sizeof *fours->targets, by_number);
    return count;
}

/* Sums of one subset at all targets of the four, 0 where it adds nothing: then all subsets have the same targets.
 * Returns the entries of its members. */
static size_t sum_subset(struct fours *fours, size_t place, unsigned subset, size_t count)
{
    size_t entries = 0;

    for (size_t index = 0; index < count; index++)
        fours->sums[fours->targets[index]] = 0;
    for (size_t member = 0; member < 4; member++) {
        size_t first = 0;
        uint32_t offset = 0;
        size_t own = subset >> member & 1 ? find_entries(fours, place + member, &first, &offset) : 0;

        for (size_t entry = first; entry < first + own; entry++)
            fours->sums[offset + fours->map->target[entry]] += fours->weight[entry];
        entries += own;
    }
    for (size_t index = 0; index < count; index++) /* cut off as accumulators are */
        fours->weights[index] = (int16_t)(uint16_t)(uint64_t)fours->sums[fours->targets[index]];
    return entries;
}

static int add_four(struct fours *fours, struct linear_map_builder *builder, size_t place, uint32_t *operations)
{
    size_t count = collect_targets(fours, place);

    for (unsigned subset = 1; subset < 16 && count; subset++) {
        operations[4 * place + subset] = (uint32_t)sum_subset(fours, place, subset, count);
        if (linear_map_add(builder, 4 * place + subset, count, fours->targets, fours->weights))
            return -1;
    }
    for (size_t index = 0; index < count; index++)
        fours->reached[fours->targets[index]] = 0;
    return 0;
}

int ref_fours_make(struct image_projection *made, uint32_t **operations, const struct image_projection *image,
                   const uint32_t *neurons, struct arena *arena)
{
    const struct linear_map *map = &image->map;
    size_t count = (map->sources + 3) / 4 * 16, room = map->targets + 1;
    struct fours fours = { map, image->weight, neurons, malloc(room * sizeof *fours.targets),
                           malloc(room * sizeof *fours.sums), malloc(room * sizeof *fours.weights), calloc(room, 1) };
    struct linear_map_builder *builder = linear_map_begin(count, map->targets);
    double *weights = NULL;
    int status = -1;

    *made = *image;
    *operations = calloc(count + 1, sizeof **operations);
    if (builder && *operations && fours.targets && fours.sums && fours.weights && fours.reached) {
        status = 0;
        for (size_t place = 0; status == 0 && place < map->sources; place += 4)
            status = add_four(&fours, builder, place, *operations);
    }
    if (status == 0)
        status = linear_map_finish(builder, arena, &made->map, &weights);
    else if (builder)
        linear_map_abandon(builder);
    size_t entries = status == 0 ? linear_map_entries(&made->map) : 0;
    made->weight = status == 0 ? arena_allocate(arena, entries + 1, sizeof *made->weight) : NULL;
    for (size_t entry = 0; made->weight && entry < entries; entry++)
        made->weight[entry] = (int16_t)weights[entry];
    free(fours.targets);
    free(fours.sums);
    free(fours.weights);
    free(fours.reached);
    return made->weight ? 0 : -1;
}
