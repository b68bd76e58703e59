/* Random networks (random_network.h). */
#include "random_network.h"

#include "support.h"

#include <math.h>
#include <string.h>

static double between(uint64_t *state, double low, double high)
{
    return low + (high - low) * random_unit(state);
}

static size_t random_size(uint64_t *state)
{
    static const size_t edges[] = {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 59, 60};

    return random_below(state, 2) ? edges[random_below(state, sizeof edges / sizeof *edges)]
                                  : 1 + random_below(state, RANDOM_NEURONS_MAX);
}

/* low to high, one number for all neurons or one for each. */
static double *random_parameter(uint64_t *state, struct arena *arena, size_t size, bool each, double low, double high)
{
    double *values = arena_allocate(arena, size, sizeof *values);
    double common = between(state, low, high);

    for (size_t neuron = 0; values && neuron < size; neuron++)
        values[neuron] = each ? between(state, low, high) : common;
    return values;
}

static void set_leak(uint64_t *state, struct population *population, bool each)
{
    double leak = between(state, 0.02, 0.98);
    bool leaks = population->model == MODEL_LI || population->model == MODEL_LIF ||
                 model_has_current(population->model);
    bool integrates = population->model == MODEL_I || population->model == MODEL_IF;

    for (size_t neuron = 0; neuron < population->size; neuron++) {
        if (each)
            leak = between(state, 0.02, 0.98);
        population->leak[neuron] = leaks ? leak : integrates ? 0 : 1;
        population->drift[neuron] *= leaks ? leak : 0;
        if (population->model == MODEL_THRESHOLD)
            population->reset[neuron] = 0;
        else if (population->reset_subtracts)
            population->reset[neuron] = -population->threshold[neuron];
    }
}

static int add_population(uint64_t *state, struct network *network, enum model model)
{
    struct arena *arena = network->arena;
    size_t index = network->population_count++, size = random_size(state);
    struct population *population = &network->populations[index];
    bool each = random_below(state, 2) == 0, zero_reset = random_below(state, 2) == 0;

    *population = (struct population){
        .name = arena_print(arena, "p%zu", index),
        .node = index,
        .model = model,
        .size = size,
        .shape = {.rank = 1, .size = {size}},
        .graded = !model_fires(model),
    };
    if (size % 4 == 0)
        population->shape = (struct shape){.rank = 2, .size = {4, size / 4}};
    if (!population->name)
        return -1;
    if (model == MODEL_INPUT)
        return 0;
    population->reset_subtracts = model == MODEL_THRESHOLD || random_below(state, 2) == 0;
    population->leak = random_parameter(state, arena, size, each, 0, 1);
    population->drift = random_parameter(state, arena, size, each, -1, 0.5);
    population->threshold = random_parameter(state, arena, size, each, 0.3, 2);
    population->reset = random_parameter(state, arena, size, each, zero_reset ? 0 : -0.5, zero_reset ? 0 : 0.25);
    population->bias = random_parameter(state, arena, size, each, -0.05, 0.1);
    if (model_has_current(model)) {
        bool each_current = random_below(state, 2) == 0;

        population->current_leak = random_parameter(state, arena, size, each_current, 0.05, 0.98);
        population->current_gain = random_parameter(state, arena, size, random_below(state, 2) == 0, 0.1, 0.9);
        if (!population->current_leak || !population->current_gain)
            return -1;
    }
    if (!population->leak || !population->drift || !population->threshold || !population->reset || !population->bias)
        return -1;
    set_leak(state, population, each);
    return 0;
}

/* A band that moves with the source neuron: all neurons but those at the border share a pattern. */
static size_t band_target(size_t source, size_t place, size_t targets)
{
    return source + place < targets ? source + place : targets;
}

/* Dense, sparse, or a band with shared patterns; entries in rows that rise. */
static int make_map(uint64_t *state, struct arena *arena, struct linear_map *map, size_t sources, size_t targets,
                    size_t *entries)
{
    size_t kind = random_below(state, 4), width = 1 + random_below(state, 9), count = 0;
    uint32_t *first_target;

    *map = (struct linear_map){.sources = sources, .targets = targets};
    map->pattern = arena_allocate(arena, sources, sizeof *map->pattern);
    map->offset = arena_allocate(arena, sources, sizeof *map->offset);
    map->first = arena_allocate(arena, sources + 1, sizeof *map->first);
    map->target = first_target = arena_allocate(arena, sources * targets, sizeof *map->target);
    if (!map->pattern || !map->offset || !map->first || !map->target)
        return -1;
    for (size_t source = 0; source < sources; source++) {
        size_t begin = count, offset = 0;

        if (kind == 0 && source > 0 && source + width <= targets) { /* the pattern of neuron 0 */
            map->pattern[source] = map->pattern[0];
            map->offset[source] = (uint32_t)source;
            continue;
        }
        for (size_t place = 0; place < targets; place++) {
            size_t target = kind == 0 ? band_target(source, place, targets) : place;
            bool present = kind == 0   ? place < width && target < targets
                           : kind == 1 ? random_below(state, 3) == 0
                                       : true;
            if (!present)
                continue;
            if (count == begin)
                offset = target;
            first_target[count++] = (uint32_t)(target - offset);
        }
        map->pattern[source] = LINEAR_MAP_NONE;
        map->offset[source] = (uint32_t)offset;
        if (count > begin) {
            map->pattern[source] = (int32_t)map->pattern_count;
            map->first[++map->pattern_count] = count;
        }
    }
    *entries = count;
    return 0;
}

static int add_projection(uint64_t *state, struct network *network, const struct input_range *inputs, size_t source,
                          size_t target, size_t delay)
{
    struct population *populations = network->populations;
    struct linear_map map;
    size_t count = 0;
    /* So that about a third of the sources take a neuron past its threshold. */
    double size = 2 / sqrt((double)populations[source].size);
    bool sparse = random_below(state, 4) == 0, dyadic = random_below(state, 4) == 0;

    if (make_map(state, network->arena, &map, populations[source].size, populations[target].size, &count))
        return -1;
    double *weight = arena_allocate(network->arena, count, sizeof *weight);
    if (!weight)
        return -1;
    for (size_t input = 0; input < network->input_count; input++) {
        if (network->inputs[input].population == source && inputs[input].graded)
            size /= inputs[input].magnitude;
    }
    if (source >= target && populations[source].graded)
        size /= 8;
    for (size_t index = 0; index < count; index++) {
        weight[index] = between(state, -size, 1.2 * size);
        if (dyadic)
            weight[index] = round(weight[index] * 16) / 16;
        if (sparse && random_below(state, 3))
            weight[index] = 0;
    }
    network->projections[network->projection_count++] = (struct projection){
        .source = source, .target = target, .delay = delay, .map = map, .weight = weight};
    if (delay == 0 && populations[target].level <= populations[source].level)
        populations[target].level = populations[source].level + 1;
    return 0;
}

static bool is_source(const struct network *network, size_t population)
{
    for (size_t index = 0; index < network->projection_count; index++) {
        if (network->projections[index].source == population)
            return true;
    }
    return false;
}

static int add_outputs(uint64_t *state, struct network *network)
{
    for (size_t index = network->input_count; index < network->population_count; index++) {
        if (is_source(network, index) && random_below(state, 2))
            continue;
        char *name = arena_print(network->arena, "out%zu", index);
        if (!name)
            return -1;
        network->outputs[network->output_count++] = (struct port){name, index};
    }
    return 0;
}

int random_network(struct network *network, struct input_range *inputs, struct arena *arena, uint64_t seed)
{
    static const enum model models[] = {MODEL_RELAY, MODEL_THRESHOLD, MODEL_I,      MODEL_IF,
                                        MODEL_LI,    MODEL_LIF,       MODEL_CUBALI, MODEL_CUBALIF};
    enum { MOST = RANDOM_INPUTS_MAX + RANDOM_POPULATIONS_MAX };
    uint64_t state = seed * 2 + 1; /* never 0 */
    static const unsigned widths[] = {4, 4, 8, 8, 16};
    size_t input_count, hidden_count;

    for (int warm_up = 0; warm_up < 8; warm_up++)
        random_next(&state);
    input_count = 1 + random_below(&state, RANDOM_INPUTS_MAX);
    hidden_count = 1 + random_below(&state, RANDOM_POPULATIONS_MAX);
    *network = (struct network){.arena = arena, .options = options_default()};
    network->options.dt = 1e-3;
    network->options.weight_bits = widths[random_below(&state, 5)];
    network->options.compare = random_below(&state, 4) ? COMPARE_GREATER : COMPARE_GREATER_EQUAL;
    network->options.cuba_order = random_below(&state, 2) ? CUBA_NEW : CUBA_OLD;
    network->populations = arena_allocate(arena, MOST, sizeof *network->populations);
    network->projections = arena_allocate(arena, 3 * MOST * MOST, sizeof *network->projections);
    network->inputs = arena_allocate(arena, RANDOM_INPUTS_MAX, sizeof *network->inputs);
    network->outputs = arena_allocate(arena, MOST, sizeof *network->outputs);
    if (!network->populations || !network->projections || !network->inputs || !network->outputs)
        return -1;
    for (size_t input = 0; input < input_count; input++) {
        bool graded = random_below(&state, 3) == 0;
        inputs[input] = (struct input_range){graded, graded ? exp2(between(&state, -4, 6)) : 0};
        if (add_population(&state, network, MODEL_INPUT))
            return -1;
        network->inputs[input] = (struct port){network->populations[input].name, input};
    }
    network->input_count = input_count;
    for (size_t hidden = 0; hidden < hidden_count; hidden++) {
        size_t target = network->population_count;
        size_t certain = random_below(&state, target);

        if (add_population(&state, network, models[random_below(&state, sizeof models / sizeof *models)]))
            return -1;
        for (size_t source = 0; source < target; source++) {
            if (source != certain && random_below(&state, 3))
                continue;
            if (add_projection(&state, network, inputs, source, target, 0) ||
                (random_below(&state, 3) == 0 &&
                 add_projection(&state, network, inputs, source, target, 1 + random_below(&state, 5))))
                return -1;
        }
        /* Cycles: levels count from what arrives at once, so these must not come before it. */
        if (network->populations[target].level == 0)
            network->populations[target].level = 1;
    }
    for (size_t target = input_count; target < network->population_count; target++) {
        for (size_t source = target; source < network->population_count; source++) {
            if (random_below(&state, 4) == 0 &&
                add_projection(&state, network, inputs, source, target, 1 + random_below(&state, 3)))
                return -1;
        }
    }
    return add_outputs(&state, network);
}
