/* Turns the rows of a linear map into rows of slices (table_rows.h): all that is known of a projection's structure
 * from here on are its synapses. */
#include "table_rows.h"

#include "place.h"

struct walk {
    const struct image_projection *projection;
    const struct image_order *source_order;
    const uint32_t *target_place; /* of each target neuron */
    const uint32_t *slice_at;     /* slice of each 16 places of the target, counted from the first */
    const struct image_slice *slices;
};

/* Goes through all synapses; either counts them in first[place + 1] or, with fill, stores them at first[place]++. */
static void walk_synapses(const struct walk *walk, struct projection_rows *rows, bool fill)
{
    const struct linear_map *map = &walk->projection->map;

    for (size_t source = 0; source < map->sources; source++) {
        int32_t pattern = map->pattern[source];
        size_t place = image_order_place(walk->source_order, source);
        rows->present[place] = true;
        if (pattern == LINEAR_MAP_NONE)
            continue;
        for (size_t entry = map->first[pattern]; entry < map->first[pattern + 1]; entry++) {
            int16_t weight = walk->projection->weight[entry];
            if (weight == 0)
                continue;
            uint32_t target = walk->target_place[map->offset[source] + map->target[entry]];
            uint32_t slice = walk->slice_at[target / NEURONS_PER_SPIKE_WORD];
            struct slice_rows *own = &rows->slices[slice];
            if (fill) {
                own->target[own->first[place]] = target - (uint32_t)walk->slices[slice].first_neuron;
                own->weight[own->first[place]++] = weight;
            } else {
                own->first[place + 1]++;
            }
        }
    }
}

static int make_walk(struct walk *walk, const struct projection_rows *rows, const struct image *image,
                     struct arena *arena)
{
    size_t target = walk->projection->target;
    const struct image_order *order = &image->orders[target];
    size_t neurons = image->populations[target].size;
    size_t words = place_divide_up(image_order_size(order), NEURONS_PER_SPIKE_WORD);
    uint32_t *place = arena_allocate(arena, neurons, sizeof *place);
    uint32_t *slice_at = arena_allocate(arena, words, sizeof *slice_at);

    if (!place || !slice_at)
        return -1;
    for (size_t neuron = 0; neuron < neurons; neuron++)
        place[neuron] = (uint32_t)image_order_place(order, neuron);
    for (size_t slice = 0; slice < rows->slice_count; slice++) {
        const struct image_slice *own = &image->slices[rows->first_slice + slice];
        for (size_t word = 0; word < place_divide_up(own->neurons, NEURONS_PER_SPIKE_WORD); word++)
            slice_at[own->first_neuron / NEURONS_PER_SPIKE_WORD + word] = (uint32_t)slice;
    }
    walk->target_place = place;
    walk->slice_at = slice_at;
    walk->slices = &image->slices[rows->first_slice];
    return 0;
}

int projection_rows(struct projection_rows *rows, const struct image *image, size_t projection, struct arena *arena)
{
    struct walk walk = { .projection = &image->projections[projection] };

    walk.source_order = &image->orders[walk.projection->source];
    *rows = (struct projection_rows){ .sources = image_order_size(walk.source_order) };
    for (size_t slice = 0; slice < image->slice_count; slice++) {
        if (image->slices[slice].population != walk.projection->target)
            continue;
        if (rows->slice_count++ == 0)
            rows->first_slice = slice;
    }
    rows->present = arena_allocate(arena, rows->sources, sizeof *rows->present);
    rows->slices = arena_allocate(arena, rows->slice_count, sizeof *rows->slices);
    if (!rows->present || !rows->slices || make_walk(&walk, rows, image, arena))
        return -1;
    for (size_t slice = 0; slice < rows->slice_count; slice++) {
        rows->slices[slice].first = arena_allocate(arena, rows->sources + 1, sizeof *rows->slices[slice].first);
        if (!rows->slices[slice].first)
            return -1;
    }
    walk_synapses(&walk, rows, false);
    for (size_t slice = 0; slice < rows->slice_count; slice++) {
        struct slice_rows *own = &rows->slices[slice];
        for (size_t place = 0; place < rows->sources; place++)
            own->first[place + 1] += own->first[place];
        size_t synapses = own->first[rows->sources];
        own->target = arena_allocate(arena, synapses, sizeof *own->target);
        own->weight = arena_allocate(arena, synapses, sizeof *own->weight);
        if (!own->target || !own->weight)
            return -1;
    }
    walk_synapses(&walk, rows, true);
    for (size_t slice = 0; slice < rows->slice_count; slice++) { /* filling has moved every first to the next one's */
        size_t *first = rows->slices[slice].first;
        for (size_t place = rows->sources; place > 0; place--)
            first[place] = first[place - 1];
        first[0] = 0;
    }
    return 0;
}
