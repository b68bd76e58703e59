/* Integers to real numbers (quantize.h): what the array computes, as a network. */
#include "quantize.h"

#include <math.h>

static double *numbers(struct arena *arena, size_t size)
{
    return arena_allocate(arena, size, sizeof(double));
}

static int allocate_parameters(struct population *population, struct arena *arena)
{
    double **needed[] = {&population->leak,  &population->drift,        &population->bias,        &population->threshold,
                         &population->reset, &population->current_leak, &population->current_gain};
    size_t count = sizeof needed / sizeof *needed - (model_has_current(population->model) ? 0 : 2);

    for (size_t index = 0; index < count; index++) {
        if (!(*needed[index] = numbers(arena, population->size)))
            return -1;
    }
    return 0;
}

static void restore_current(struct population *result, const struct image_population *population)
{
    for (size_t neuron = 0; neuron < population->size; neuron++) {
        double unit = ldexp(image_unit(population, neuron), population->gain_exponent);
        double real = population->current_unit[neuron];

        result->current_leak[neuron] = -(double)population->current_parameter[CURRENT_LEAK][neuron] / QUANTIZE_LEAK_ONE;
        result->current_gain[neuron] = real != 0 ? unit / real : 0;
        result->drift[neuron] = result->bias[neuron];
        result->bias[neuron] = population->current_parameter[CURRENT_BIAS][neuron] * real;
    }
}

static int restore_population(struct population *result, const struct image_population *population,
                              struct arena *arena)
{
    *result = (struct population){
        .name = population->name,
        .node = population->node,
        .model = population->model,
        .size = population->size,
        .shape = population->shape,
        .level = population->level,
        .graded = population->graded,
        .reset_subtracts = population->subtract,
    };
    if (population->model == MODEL_INPUT)
        return 0;
    if (allocate_parameters(result, arena))
        return -1;
    for (size_t neuron = 0; neuron < population->size; neuron++) {
        double scale = image_unit(population, neuron);

        result->leak[neuron] = -(double)population->parameter[NEURON_LEAK][neuron] / QUANTIZE_LEAK_ONE;
        result->bias[neuron] = population->parameter[NEURON_BIAS][neuron] * scale;
        if (population->fire) {
            result->threshold[neuron] = (population->parameter[NEURON_THRESHOLD][neuron] + 0.5) * scale;
            result->reset[neuron] = population->parameter[NEURON_RESET][neuron] * scale;
        }
    }
    if (model_has_current(population->model))
        restore_current(result, population);
    return 0;
}

static int restore_projection(struct projection *result, const struct image *image,
                              const struct image_projection *projection, struct arena *arena)
{
    const struct image_population *source = &image->populations[projection->source];
    const struct image_population *target = &image->populations[projection->target];
    const struct linear_map *map = &projection->map;
    double current = model_has_current(target->model) ? ldexp(target->scale, target->gain_exponent) : 1;

    *result = (struct projection){
        .source = projection->source, .target = projection->target, .delay = projection->delay, .map = *map,
        .weight_bits = projection->weight_bits};
    result->weight = numbers(arena, linear_map_entries(map));
    if (!result->weight)
        return -1;
    /* Targets that share a pattern have the same gain and unit. */
    for (size_t neuron = 0; neuron < map->sources; neuron++) {
        int32_t pattern = map->pattern[neuron];

        if (pattern == LINEAR_MAP_NONE)
            continue;
        for (size_t entry = map->first[pattern]; entry < map->first[pattern + 1]; entry++) {
            size_t to = map->offset[neuron] + map->target[entry];
            bool own = target->own_units && !model_has_current(target->model);
            double unit = own ? ldexp(target->unit[to], target->gain_exponent) : projection->scale;

            if (projection->graded)
                unit /= QUANTIZE_PRODUCT_ONE * source->scale;
            double weight = projection->weight[entry] * unit;
            if (model_has_current(target->model))
                weight *= target->current_unit[to] / current;
            result->weight[entry] = weight;
        }
    }
    return 0;
}

int image_dequantize(struct network *network, struct input_range *inputs, const struct image *image)
{
    struct arena *arena = network->arena;

    *network = (struct network){.arena = arena,
                                .options = image->options,
                                .population_count = image->population_count,
                                .projection_count = image->projection_count,
                                .inputs = image->inputs,
                                .input_count = image->input_count,
                                .outputs = image->outputs,
                                .output_count = image->output_count};
    network->populations = arena_allocate(arena, image->population_count, sizeof *network->populations);
    network->projections = arena_allocate(arena, image->projection_count, sizeof *network->projections);
    if (!network->populations || !network->projections)
        return -1;
    for (size_t index = 0; index < image->population_count; index++) {
        if (restore_population(&network->populations[index], &image->populations[index], arena))
            return -1;
    }
    for (size_t index = 0; index < image->projection_count; index++) {
        if (restore_projection(&network->projections[index], image, &image->projections[index], arena))
            return -1;
    }
    for (size_t index = 0; index < image->input_count; index++) {
        const struct image_population *population = &image->populations[image->inputs[index].population];

        inputs[index] = (struct input_range){population->graded,
                                             population->graded ? population->limit * population->scale : 0};
    }
    return 0;
}
