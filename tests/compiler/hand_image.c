/* Images made by hand (hand_image.h). */
#include "hand_image.h"

#include <criterion/criterion.h>

static struct image_population population(struct arena *arena, const char *name, enum model model, size_t size)
{
    struct image_population made = { .name = arena_copy(arena, name), .model = model, .size = size, .scale = 1,
                                     .shape = { .rank = 1, .size = { size } }, .limit = 1 };

    for (unsigned parameter = 0; model != MODEL_INPUT && parameter < NEURON_PARAMETERS; parameter++)
        made.parameter[parameter] = arena_allocate(arena, size, sizeof(int16_t));
    return made;
}

struct linear_map hand_dense_map(struct arena *arena, size_t sources, size_t targets)
{
    struct linear_map map = { .sources = sources, .targets = targets, .pattern_count = sources };

    map.pattern = arena_allocate(arena, sources, sizeof *map.pattern);
    map.offset = arena_allocate(arena, sources, sizeof *map.offset);
    map.first = arena_allocate(arena, sources + 1, sizeof *map.first);
    map.target = arena_allocate(arena, sources * targets, sizeof *map.target);
    cr_assert(map.pattern && map.offset && map.first && map.target);
    for (size_t source = 0; source < sources; source++) {
        map.pattern[source] = (int32_t)source;
        map.first[source + 1] = (source + 1) * targets;
        for (size_t target = 0; target < targets; target++)
            map.target[source * targets + target] = (uint32_t)target;
    }
    return map;
}

struct image hand_image(struct arena *arena, size_t sources, size_t neurons)
{
    struct image image = { .arena = arena, .options = options_default(), .population_count = 2, .projection_count = 1,
                           .input_count = 1, .output_count = 1 };

    image.populations = arena_allocate(arena, 2, sizeof *image.populations);
    image.projections = arena_allocate(arena, 1, sizeof *image.projections);
    image.inputs = arena_allocate(arena, 1, sizeof *image.inputs);
    image.outputs = arena_allocate(arena, 1, sizeof *image.outputs);
    image.populations[0] = population(arena, "input", MODEL_INPUT, sources);
    image.populations[1] = population(arena, "neurons", MODEL_LIF, neurons);
    image.populations[1].level = 1;
    image.populations[1].fire = true;
    image.projections[0] = (struct image_projection){
        .source = 0, .target = 1, .weight_bits = 8, .scale = 1, .map = hand_dense_map(arena, sources, neurons),
        .weight = arena_allocate(arena, sources * neurons, sizeof(int16_t))
    };
    cr_assert_not_null(image.projections[0].weight);
    image.inputs[0] = (struct port){ arena_copy(arena, "input"), 0 };
    image.outputs[0] = (struct port){ arena_copy(arena, "output"), 1 };
    return image;
}
