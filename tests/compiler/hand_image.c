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
    image.populations[1].limit = 32768;
    image.projections[0] = (struct image_projection){
        .source = 0, .target = 1, .weight_bits = 8, .scale = 1, .weight = arena_allocate(arena, sources * neurons, 1)
    };
    cr_assert_not_null(image.projections[0].weight);
    image.inputs[0] = (struct port){ arena_copy(arena, "input"), 0 };
    image.outputs[0] = (struct port){ arena_copy(arena, "output"), 1 };
    return image;
}
