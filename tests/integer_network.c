/* Integer networks (integer_network.h). */
#include "integer_network.h"

#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { POPULATIONS_MAX = 16, PROJECTIONS_MAX = 48, PORTS_MAX = 16 };

struct image integer_network_begin(struct arena *arena)
{
    struct image image = { .arena = arena };

    image.populations = arena_allocate(arena, POPULATIONS_MAX, sizeof *image.populations);
    image.projections = arena_allocate(arena, PROJECTIONS_MAX, sizeof *image.projections);
    image.inputs = arena_allocate(arena, PORTS_MAX, sizeof *image.inputs);
    image.outputs = arena_allocate(arena, PORTS_MAX, sizeof *image.outputs);
    image.options.weight_bits = 8;
    return image;
}

size_t integer_network_add(struct image *image, enum model model, bool graded, size_t channels, size_t rows,
                           size_t columns)
{
    size_t index = image->population_count++;
    struct image_population *population = &image->populations[index];
    size_t size = channels * (rows ? rows : 1) * (columns ? columns : 1);

    cr_assert_lt(index, POPULATIONS_MAX);
    *population = (struct image_population){ .name = arena_print(image->arena, "/p%zu", index),
                                             .model = model,
                                             .size = size,
                                             .fire = model_fires(model),
                                             .level = model == MODEL_INPUT ? 0 : 1,
                                             .limit = graded || !model_fires(model) ? 32767 : 1 };
    population->graded = model == MODEL_INPUT ? graded : !population->fire;
    population->shape.size[population->shape.rank++] = channels;
    if (rows)
        population->shape.size[population->shape.rank++] = rows;
    if (columns)
        population->shape.size[population->shape.rank++] = columns;
    if (model == MODEL_INPUT) {
        image->inputs[image->input_count++] = (struct port){ population->name, index };
        return index;
    }
    for (unsigned parameter = 0; parameter < NEURON_PARAMETERS; parameter++)
        population->parameter[parameter] = arena_allocate(image->arena, size, sizeof(int16_t));
    for (size_t neuron = 0; neuron < size; neuron++)
        population->parameter[NEURON_THRESHOLD][neuron] = population->fire ? 100 : 0;
    for (unsigned parameter = 0; model_has_current(model) && parameter < CURRENT_PARAMETERS; parameter++)
        population->current_parameter[parameter] = arena_allocate(image->arena, size, sizeof(int16_t));
    return index;
}

void integer_network_output(struct image *image, size_t population)
{
    image->outputs[image->output_count++] = (struct port){ image->populations[population].name, population };
}

static void set_levels(struct image *image)
{
    for (size_t round = 0; round < image->population_count; round++) {
        for (size_t index = 0; index < image->projection_count; index++) {
            const struct image_projection *projection = &image->projections[index];
            size_t level = image->populations[projection->source].level + 1;
            if (projection->delay == 0 && image->populations[projection->target].level < level)
                image->populations[projection->target].level = level;
        }
    }
}

void integer_network_connect(struct image *image, size_t source, size_t target, size_t delay, unsigned weight_bits,
                             weight_function *weight, void *context)
{
    size_t sources = image->populations[source].size, targets = image->populations[target].size;
    struct image_projection *projection = &image->projections[image->projection_count++];
    struct linear_map_builder *builder = linear_map_begin(sources, targets);
    uint32_t *row = malloc((targets + 1) * sizeof *row);
    double *weights = malloc((targets + 1) * sizeof *weights), *real;

    cr_assert_leq(image->projection_count, PROJECTIONS_MAX);
    for (size_t from = 0; from < sources; from++) {
        size_t count = 0;
        for (size_t to = 0; to < targets; to++) {
            int value;
            if (!weight(context, from, to, &value))
                continue;
            row[count] = (uint32_t)to;
            weights[count++] = value;
        }
        cr_assert_eq(linear_map_add(builder, from, count, row, weights), 0);
    }
    *projection = (struct image_projection){ .source = source,
                                             .target = target,
                                             .delay = delay,
                                             .graded = image->populations[source].graded,
                                             .weight_bits = image->populations[source].graded && weight_bits < 8 ? 8 : weight_bits };
    cr_assert_eq(linear_map_finish(builder, image->arena, &projection->map, &real), 0);
    size_t entries = linear_map_entries(&projection->map);
    projection->weight = arena_allocate(image->arena, entries, sizeof *projection->weight);
    for (size_t entry = 0; entry < entries; entry++)
        projection->weight[entry] = (int16_t)real[entry];
    free(row);
    free(weights);
    set_levels(image);
}

/* A number that depends on all arguments, spread evenly. */
static uint64_t mix(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    uint64_t hash = 0x9E3779B97F4A7C15;
    const uint64_t words[] = { a, b, c, d };

    for (size_t word = 0; word < 4; word++) {
        hash = (hash ^ words[word]) * 0xBF58476D1CE4E5B9;
        hash ^= hash >> 27;
    }
    return hash >> 8;
}

static int weight_of(uint64_t number, int limit)
{
    return (int)(number % (uint64_t)(2 * limit + 1)) - limit;
}

bool convolution_weight(void *context, size_t source, size_t target, int *weight)
{
    const struct convolution *own = context;
    const size_t *in = own->image->populations[own->source].shape.size;
    const size_t *out = own->image->populations[own->target].shape.size;
    int source_x = (int)(source % in[2]), source_y = (int)(source / in[2] % in[1]);
    int target_x = (int)(target % out[2]), target_y = (int)(target / out[2] % out[1]);
    size_t source_channel = source / in[2] / in[1], target_channel = target / out[2] / out[1];
    int tap_x = source_x - target_x * own->stride + own->padding;
    int tap_y = source_y - target_y * own->stride + own->padding;

    if (tap_x < 0 || tap_y < 0 || tap_x % own->dilation || tap_y % own->dilation ||
        tap_x / own->dilation >= own->kernel || tap_y / own->dilation >= own->kernel ||
        (own->depthwise && source_channel != target_channel))
        return false;
    *weight = weight_of(mix(source_channel, target_channel, (uint64_t)tap_y, (uint64_t)tap_x), own->limit);
    return true;
}

struct integer_state integer_state_begin(const struct image *image, size_t steps)
{
    struct integer_state state = { .image = image, .steps = steps };

    state.v = arena_allocate(image->arena, image->population_count, sizeof *state.v);
    state.i = arena_allocate(image->arena, image->population_count, sizeof *state.i);
    state.output = arena_allocate(image->arena, image->population_count, sizeof *state.output);
    for (size_t index = 0; index < image->population_count; index++) {
        size_t size = image->populations[index].size;
        state.v[index] = arena_allocate(image->arena, size, sizeof **state.v);
        state.i[index] = arena_allocate(image->arena, size, sizeof **state.i);
        state.output[index] = arena_allocate(image->arena, steps, sizeof **state.output);
        for (size_t step = 0; step < steps; step++)
            state.output[index][step] = arena_allocate(image->arena, size, sizeof ***state.output);
    }
    return state;
}

/* Largest integer not above value / 2^shift. */
static int64_t floor_shift(int64_t value, int shift)
{
    int64_t by = (int64_t)1 << shift;

    return (value - ((value % by) + by) % by) / by;
}

static int64_t clip(int64_t value)
{
    return value > 32767 ? 32767 : value < -32768 ? -32768 : value;
}

static int64_t leaked(int64_t value, int64_t leak)
{
    return leak == -32768 ? 0 : value + floor_shift(value * leak + (1 << 14), 15);
}

static int64_t driven(int64_t x, int exponent, int64_t bias)
{
    return floor_shift(x * ((int64_t)1 << (exponent + 7)) + bias * 128 + 64, 7);
}

static int16_t *sum_inputs(const struct integer_state *state, size_t population, size_t step)
{
    const struct image *image = state->image;
    uint16_t *x = calloc(image->populations[population].size + 1, sizeof *x);

    for (size_t index = 0; index < image->projection_count; index++) {
        const struct image_projection *projection = &image->projections[index];
        const struct linear_map *map = &projection->map;
        if (projection->target != population || projection->delay > step)
            continue;
        const int32_t *output = state->output[projection->source][step - projection->delay];
        for (size_t source = 0; source < map->sources; source++) {
            int32_t pattern = map->pattern[source];
            for (size_t entry = pattern < 0 ? 0 : map->first[pattern];
                 output[source] && pattern >= 0 && entry < map->first[pattern + 1]; entry++) {
                int64_t weight = projection->weight[entry];
                int64_t added = projection->graded ? floor_shift(weight * output[source] + 128, 8) : weight;
                size_t target = map->offset[source] + map->target[entry];
                x[target] = (uint16_t)(x[target] + (uint16_t)added);
            }
        }
    }
    return (int16_t *)x;
}

void integer_state_step(struct integer_state *state, size_t step)
{
    const struct image *image = state->image;

    for (size_t index = 0; index < image->population_count; index++) {
        const struct image_population *population = &image->populations[index];
        if (population->model == MODEL_INPUT)
            continue;
        int16_t *sums = sum_inputs(state, index, step);
        for (size_t neuron = 0; neuron < population->size; neuron++) {
            int64_t x = sums[neuron], old_current = state->i[index][neuron];
            if (model_has_current(population->model)) {
                int64_t current = clip(leaked(old_current, population->current_parameter[CURRENT_LEAK][neuron]) +
                                       driven(x, population->current_exponent,
                                              population->current_parameter[CURRENT_BIAS][neuron]));
                state->i[index][neuron] = (int32_t)current;
                x = population->current_old ? old_current : current;
            }
            int64_t s = clip(leaked(state->v[index][neuron], population->parameter[NEURON_LEAK][neuron]) +
                             driven(x, population->gain_exponent, population->parameter[NEURON_BIAS][neuron]));
            bool fired = population->fire && s > population->parameter[NEURON_THRESHOLD][neuron];
            if (fired)
                s = population->subtract ? clip(s + population->parameter[NEURON_RESET][neuron])
                                         : population->parameter[NEURON_RESET][neuron];
            state->v[index][neuron] = (int32_t)s;
            state->output[index][step][neuron] = population->fire ? fired : (int32_t)s;
        }
        free(sums);
    }
}

struct random_weights {
    uint64_t seed;
    enum { DENSE, DIAGONAL, SPARSE, UNIFORM_DIAGONAL, BAND } kind;
    int limit;
};

static bool random_weight(void *context, size_t source, size_t target, int *weight)
{
    const struct random_weights *own = context;
    uint64_t number = mix(own->seed, source, target, 0);

    *weight = weight_of(number >> 8, own->limit);
    switch (own->kind) {
    case DENSE:
        return true;
    case DIAGONAL:
        return source == target;
    case UNIFORM_DIAGONAL:
        *weight = own->limit;
        return source == target;
    case SPARSE:
        return number % 16 == 0;
    default:
        return source + 3 > target && target + 5 > source;
    }
}

static void randomise(struct image_population *population, uint64_t *state)
{
    size_t area = population->size / population->shape.size[0];
    int16_t *const leak = population->parameter[NEURON_LEAK];
    unsigned current_parameters = model_has_current(population->model) ? CURRENT_PARAMETERS : 0;
    size_t kind = random_below(state, 3); /* uniform, per channel, per neuron */

    for (size_t neuron = 0; neuron < population->size; neuron++) {
        if (kind == 0 ? neuron > 0 : kind == 1 ? neuron % area > 0 : false) {
            for (unsigned parameter = 0; parameter < NEURON_PARAMETERS; parameter++)
                population->parameter[parameter][neuron] = population->parameter[parameter][neuron - 1];
            for (unsigned parameter = 0; parameter < current_parameters; parameter++)
                population->current_parameter[parameter][neuron] = population->current_parameter[parameter][neuron - 1];
            continue;
        }
        leak[neuron] = (int16_t)(population->model == MODEL_RELAY || population->model == MODEL_THRESHOLD
                                     ? -32768
                                     : -(int)random_below(state, 32769));
        population->parameter[NEURON_BIAS][neuron] = (int16_t)((int)random_below(state, 60) - 30);
        population->parameter[NEURON_THRESHOLD][neuron] = (int16_t)((int)random_below(state, 300) - 20);
        population->parameter[NEURON_RESET][neuron] = (int16_t)((int)random_below(state, 100) - 90);
        if (population->current_parameter[0]) {
            population->current_parameter[CURRENT_LEAK][neuron] = (int16_t)-(int)random_below(state, 32769);
            population->current_parameter[CURRENT_BIAS][neuron] = (int16_t)((int)random_below(state, 20) - 10);
        }
    }
    population->subtract = random_below(state, 2);
    population->gain_exponent = (int)random_below(state, 5) - 2;
    population->current_exponent = (int)random_below(state, 7) - 3;
    population->current_old = random_below(state, 2);
}

static size_t add_random(struct image *image, bool input, uint64_t *state)
{
    static const enum model models[] = { MODEL_RELAY, MODEL_THRESHOLD, MODEL_I,      MODEL_IF,     MODEL_LI,
                                         MODEL_LIF,   MODEL_CUBALI,    MODEL_CUBALIF, MODEL_CUBALIF, MODEL_LIF };
    enum model model = input ? MODEL_INPUT : models[random_below(state, 10)];
    bool graded = random_below(state, 2);
    size_t rank = 1 + random_below(state, 3), index;

    if (rank == 1)
        index = integer_network_add(image, model, graded, 1 + random_below(state, 200), 0, 0);
    else if (rank == 2)
        index = integer_network_add(image, model, graded, 1 + random_below(state, 9), 1 + random_below(state, 20), 0);
    else
        index = integer_network_add(image, model, graded, 1 + random_below(state, 18), 1 + random_below(state, 9),
                                    1 + random_below(state, 9));
    if (!input)
        randomise(&image->populations[index], state);
    return index;
}

static void connect_random(struct image *image, size_t target, uint64_t *state)
{
    bool recurrent = random_below(state, 3) == 0;
    size_t source = random_below(state, recurrent ? image->population_count : target);
    size_t delay = recurrent || random_below(state, 4) == 0 ? 1 + random_below(state, 5) : 0;
    static const unsigned widths[] = { 4, 4, 8, 8, 16 };
    unsigned bits = widths[random_below(state, 5)];
    int limit = bits == 4 ? 7 : bits == 8 ? 40 : 300;

    if (image->populations[source].shape.rank == 3 && image->populations[target].shape.rank == 3) {
        struct convolution convolution = { .image = image,
                                           .source = source,
                                           .target = target,
                                           .kernel = 1 + (int)random_below(state, 4),
                                           .stride = 1 + (int)random_below(state, 2),
                                           .padding = (int)random_below(state, 3),
                                           .dilation = 1 + (int)random_below(state, 2),
                                           .depthwise = random_below(state, 4) == 0,
                                           .limit = limit };
        integer_network_connect(image, source, target, delay, bits, convolution_weight, &convolution);
        return;
    }
    struct random_weights weights = { *state, (int)random_below(state, 5), limit };
    integer_network_connect(image, source, target, delay, bits, random_weight, &weights);
}

struct image integer_network_random(struct arena *arena, uint64_t seed)
{
    uint64_t state = seed * 0x9E3779B97F4A7C15 | 1;
    struct image image = integer_network_begin(arena);
    size_t inputs = 1 + random_below(&state, 2), others = 2 + random_below(&state, 4);

    for (size_t index = 0; index < inputs + others; index++)
        add_random(&image, index < inputs, &state);
    for (size_t target = inputs; target < inputs + others; target++) {
        for (size_t count = random_below(&state, 4) + (target == inputs); count > 0; count--)
            connect_random(&image, target, &state);
        if (random_below(&state, 2))
            integer_network_output(&image, target);
    }
    integer_network_output(&image, inputs + others - 1);
    return image;
}
