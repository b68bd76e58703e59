/* Rows of weights for the integer model (ref_plan.h). The entries of a source are sorted by the place of their target and
 * cut into runs; gaps and ends are padded with weights of 0. Sources whose pattern comes out the same share a row. */
#include "ref_plan.h"

#include <stdlib.h>
#include <string.h>

enum {
    SEARCH = 64,        /* how many of the latest of a kind are looked through for one that is the same */
    SHORTEST_GAP = REF_LANES /* of targets that ends a run; runs may be padded up to here */
};

/* A pattern of the map as it comes out at the places of one source's targets. */
struct variant {
    size_t example; /* a source neuron that has it */
    int64_t lowest; /* place of the lowest target, from that of the first */
    uint32_t row;
    uint32_t run;
    uint32_t runs;
    int64_t next; /* variant of the same pattern, -1: none */
};

struct entry {
    uint32_t place;
    int16_t weight;
};

struct layout {
    struct ref_projection *projection;
    const struct linear_map *map;
    const int16_t *weight;
    const uint32_t *place; /* of the target population, or NULL */
    struct variant *variants;
    int64_t *latest; /* (patterns) variant, -1: none */
    struct entry *entries; /* (longest pattern) */
    size_t shortest;       /* lanes that a run is padded to */
    size_t variant_count, variant_room;
    size_t group_count, group_room;
    size_t run_count, run_room;
    size_t weight_count, weight_room; /* in units of REF_LANES */
};

static int make_room(void **memory, size_t *room, size_t needed, size_t size)
{
    if (needed <= *room)
        return 0;
    size_t larger = needed > SIZE_MAX / 2 ? SIZE_MAX : 2 * needed;
    if (needed > UINT32_MAX || larger > SIZE_MAX / size)
        return -1;
    void *grown = realloc(*memory, larger * size);
    if (!grown)
        return -1;
    *memory = grown;
    *room = larger;
    return 0;
}

static uint32_t target_place(const struct layout *layout, size_t source, size_t entry)
{
    uint32_t target = layout->map->offset[source] + layout->map->target[entry];

    return layout->place ? layout->place[target] : target;
}

static bool same_places(const struct layout *layout, size_t source, size_t other, size_t first, size_t end)
{
    if (!layout->place)
        return true;
    uint32_t shift = target_place(layout, source, first) - target_place(layout, other, first);
    for (size_t entry = first + 1; entry < end; entry++) {
        if (target_place(layout, source, entry) - target_place(layout, other, entry) != shift)
            return false;
    }
    return true;
}

/* ---- one variant ---- */

static int by_place(const void *left, const void *right)
{
    uint32_t a = ((const struct entry *)left)->place, b = ((const struct entry *)right)->place;

    return (a > b) - (a < b);
}

/* Appends the run of entries first ... end - 1 and its weights. */
static int add_run(struct layout *layout, size_t row, size_t first, size_t end)
{
    const struct entry *entries = layout->entries;
    size_t length = entries[end - 1].place - entries[first].place + 1;
    size_t needed = (length + REF_LANES - 1) / REF_LANES;
    size_t lanes = layout->shortest > needed ? layout->shortest : needed;
    size_t before = layout->weight_count;

    if (make_room((void **)&layout->projection->runs, &layout->run_room, layout->run_count + 1, sizeof(struct ref_run)) ||
        make_room((void **)&layout->projection->weights, &layout->weight_room, before + lanes,
                  REF_LANES * sizeof(int16_t)))
        return -1;
    int16_t *weights = layout->projection->weights + before * REF_LANES;
    memset(weights, 0, lanes * REF_LANES * sizeof *weights);
    for (size_t entry = first; entry < end; entry++)
        weights[entries[entry].place - entries[first].place] = entries[entry].weight;
    layout->projection->runs[layout->run_count++] = (struct ref_run){
        entries[first].place - entries[0].place, (uint32_t)lanes, (uint32_t)(before - row)
    };
    layout->weight_count = before + lanes;
    return 0;
}

/* The latest runs again, if an earlier variant has the same: then its rows can be added up together. */
static void share_runs(struct layout *layout, struct variant *made)
{
    const struct ref_run *runs = layout->projection->runs;

    for (size_t back = 1; back <= SEARCH && back <= layout->variant_count; back++) {
        const struct variant *other = &layout->variants[layout->variant_count - back];

        if (other->runs == made->runs && memcmp(runs + other->run, runs + made->run, made->runs * sizeof *runs) == 0) {
            layout->run_count = made->run;
            made->run = other->run;
            return;
        }
    }
}

static int add_variant(struct layout *layout, size_t source, size_t first, size_t end)
{
    int64_t *latest = &layout->latest[layout->map->pattern[source]];
    struct variant made = { source, 0, (uint32_t)layout->weight_count, (uint32_t)layout->run_count, 0, *latest };
    size_t count = end - first, start = 0;

    if (make_room((void **)&layout->variants, &layout->variant_room, layout->variant_count + 1, sizeof made))
        return -1;
    for (size_t entry = 0; entry < count; entry++)
        layout->entries[entry] = (struct entry){ target_place(layout, source, first + entry), layout->weight[first + entry] };
    made.lowest = layout->entries[0].place;
    qsort(layout->entries, count, sizeof *layout->entries, by_place);
    made.lowest = layout->entries[0].place - made.lowest;
    for (size_t entry = 1; entry <= count; entry++) {
        if (entry < count && layout->entries[entry].place - layout->entries[entry - 1].place <= SHORTEST_GAP)
            continue;
        if (add_run(layout, made.row, start, entry))
            return -1;
        start = entry;
    }
    made.runs = (uint32_t)(layout->run_count - made.run);
    share_runs(layout, &made);
    *latest = (int64_t)layout->variant_count;
    layout->variants[layout->variant_count++] = made;
    return 0;
}

/* ---- sources ---- */

static int find_variant(struct layout *layout, size_t source, size_t first, size_t end, size_t *found)
{
    int32_t pattern = layout->map->pattern[source];
    unsigned tries = 0;

    for (int64_t index = layout->latest[pattern]; index >= 0 && tries++ < SEARCH; index = layout->variants[index].next) {
        if (same_places(layout, source, layout->variants[index].example, first, end)) {
            *found = (size_t)index;
            return 0;
        }
    }
    *found = layout->variant_count;
    return add_variant(layout, source, first, end);
}

static int add_source(struct layout *layout, size_t source, struct ref_source *made)
{
    int32_t pattern = layout->map->pattern[source];
    size_t variant;

    made->group = REF_NO_EVENTS;
    if (pattern == LINEAR_MAP_NONE)
        return 0;
    size_t first = layout->map->first[pattern], end = layout->map->first[pattern + 1];
    if (first == end)
        return 0;
    if (find_variant(layout, source, first, end, &variant))
        return -1;
    const struct variant *shape = &layout->variants[variant];
    struct ref_group group = { (uint32_t)(target_place(layout, source, first) + shape->lowest), shape->run, shape->runs,
                               (uint32_t)(end - first) };
    made->row = shape->row;
    for (size_t back = 1; back <= SEARCH && back <= layout->group_count; back++) {
        if (memcmp(&layout->projection->groups[layout->group_count - back], &group, sizeof group) == 0) {
            made->group = (uint32_t)(layout->group_count - back);
            return 0;
        }
    }
    if (make_room((void **)&layout->projection->groups, &layout->group_room, layout->group_count + 1, sizeof group))
        return -1;
    made->group = (uint32_t)layout->group_count;
    layout->projection->groups[layout->group_count++] = group;
    return 0;
}

static int begin(struct layout *layout)
{
    const struct linear_map *map = layout->map;
    struct ref_projection *projection = layout->projection;
    size_t longest = 0;

    for (size_t pattern = 0; pattern < map->pattern_count; pattern++) {
        size_t count = map->first[pattern + 1] - map->first[pattern];
        longest = count > longest ? count : longest;
    }
    projection->sources = calloc(map->sources + 1, sizeof *projection->sources);
    layout->latest = malloc((map->pattern_count + 1) * sizeof *layout->latest);
    layout->entries = malloc((longest + 1) * sizeof *layout->entries);
    if (!projection->sources || !layout->latest || !layout->entries)
        return -1;
    for (size_t pattern = 0; pattern < map->pattern_count; pattern++)
        layout->latest[pattern] = -1;
    if (make_room((void **)&projection->groups, &layout->group_room, 1, sizeof *projection->groups))
        return -1;
    projection->groups[layout->group_count++] = (struct ref_group){ 0 };
    return 0;
}

/* Into memory whose rows start at multiples of a vector, as bytes where those hold them. */
static int keep_weights(struct layout *layout)
{
    struct ref_projection *projection = layout->projection;
    size_t count = layout->weight_count * REF_LANES;
    int16_t *given = projection->weights;
    bool bytes = true;

    for (size_t weight = 0; weight < count; weight++)
        bytes = bytes && given[weight] >= INT8_MIN && given[weight] <= INT8_MAX;
    projection->weights = bytes ? NULL : ref_allocate(count, sizeof *given);
    projection->byte_weights = bytes ? ref_allocate(count, sizeof *projection->byte_weights) : NULL;
    for (size_t weight = 0; weight < count; weight++) {
        if (projection->byte_weights)
            projection->byte_weights[weight] = (int8_t)given[weight];
        else if (projection->weights)
            projection->weights[weight] = given[weight];
    }
    free(given);
    return projection->weights || projection->byte_weights ? 0 : -1;
}

int ref_rows_lay(struct ref_projection *projection, const uint32_t *neurons, const struct ref_population_plan *target,
                 const struct image_projection *image, size_t shortest)
{
    struct layout layout = { .projection = projection, .map = &image->map, .weight = image->weight,
                             .place = target->place, .shortest = shortest };
    int status = begin(&layout);

    projection->image = image;
    for (size_t place = 0; status == 0 && place < image->map.sources; place++)
        status = add_source(&layout, neurons ? neurons[place] : place, &projection->sources[place]);
    if (status == 0)
        status = keep_weights(&layout);
    projection->group_count = layout.group_count;
    projection->run_count = layout.run_count;
    projection->weight_count = layout.weight_count;
    free(layout.variants);
    free(layout.latest);
    free(layout.entries);
    return status;
}
