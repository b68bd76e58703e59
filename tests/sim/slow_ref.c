/* The plain integer model (slow_ref.h): one loop for each line of docs/numbers.md, in the order of the NIR file. */
#include "slow_ref.h"

#include "hardware.h"

#include <stdlib.h>
#include <string.h>

struct slow_population {
    int16_t *state;
    int16_t *current; /* NULL without one */
    uint8_t *spikes;
    uint16_t *accumulator; /* two's complement, wraps as the lanes do */
    size_t history;        /* steps that the past holds */
    uint8_t *past_spikes;  /* (history, size) a ring; NULL where values are kept, or nothing */
    int16_t *past_values;  /* the same */
};

struct slow_ref {
    const struct image *image;
    struct slow_population *populations;
    size_t *projections; /* (projection_count) by target, so that a step goes through them once */
    size_t step;         /* since the reset: where the rings of the past stand */
    uint64_t operations;
};

static int16_t as_signed(uint16_t word)
{
    return (int16_t)(word < 0x8000 ? word : word - 0x10000);
}

static int16_t saturate(int32_t value)
{
    return (int16_t)(value > INT16_MAX ? INT16_MAX : value < INT16_MIN ? INT16_MIN : value);
}

/* floor(value / 2^shift) for either sign; compilers make one arithmetic shift of it. */
static int32_t shift_down(int32_t value, unsigned shift)
{
    return value < 0 ? ~(~value >> shift) : value >> shift;
}

/* ---- accumulating ---- */

static void add_run(uint16_t *restrict accumulator, const int16_t *restrict weight, size_t count)
{
    for (size_t entry = 0; entry < count; entry++)
        accumulator[entry] = (uint16_t)(accumulator[entry] + (uint16_t)weight[entry]);
}

static void add_scattered(uint16_t *restrict accumulator, const uint32_t *restrict target,
                          const int16_t *restrict weight, size_t count)
{
    for (size_t entry = 0; entry < count; entry++)
        accumulator[target[entry]] = (uint16_t)(accumulator[target[entry]] + (uint16_t)weight[entry]);
}

static void add_products(uint16_t *restrict accumulator, const uint32_t *restrict target,
                         const int16_t *restrict weight, int16_t value, size_t count)
{
    for (size_t entry = 0; entry < count; entry++) {
        int32_t product = shift_down(weight[entry] * value + (1 << (HW_PRODUCT_SHIFT - 1)), HW_PRODUCT_SHIFT);
        accumulator[target[entry]] = (uint16_t)(accumulator[target[entry]] + (uint16_t)product);
    }
}

/* The part of the past of age steps, 1 for the last one. */
static size_t past_offset(const struct slow_ref *ref, size_t population, size_t age)
{
    const struct slow_population *run = &ref->populations[population];

    return (ref->step + run->history - age) % run->history * ref->image->populations[population].size;
}

static void accumulate(struct slow_ref *ref, const struct image_projection *projection)
{
    const struct slow_population *source = &ref->populations[projection->source];
    const struct linear_map *map = &projection->map;
    uint16_t *accumulators = ref->populations[projection->target].accumulator;
    size_t past = projection->delay ? past_offset(ref, projection->source, projection->delay) : 0;
    const int16_t *values = projection->delay && projection->graded ? source->past_values + past : source->state;
    const uint8_t *spikes = projection->delay && !projection->graded ? source->past_spikes + past : source->spikes;

    for (size_t neuron = 0; neuron < map->sources; neuron++) {
        if (projection->graded ? values[neuron] == 0 : !spikes[neuron])
            continue;
        if (map->pattern[neuron] == LINEAR_MAP_NONE)
            continue;
        size_t first = map->first[map->pattern[neuron]];
        size_t count = map->first[map->pattern[neuron] + 1] - first;
        const uint32_t *target = map->target + first;
        const int16_t *weight = projection->weight + first;
        uint16_t *accumulator = accumulators + map->offset[neuron];

        if (count == 0)
            continue;
        if (projection->graded)
            add_products(accumulator, target, weight, values[neuron], count);
        else if (target[count - 1] - target[0] == count - 1) /* they rise: all there are between */
            add_run(accumulator + target[0], weight, count);
        else
            add_scattered(accumulator, target, weight, count);
        ref->operations += count;
    }
}

/* ---- updating ---- */

static int32_t leaked(int32_t state, int32_t leak)
{
    return state + shift_down(state * leak + (1 << (HW_LEAK_SHIFT - 1)), HW_LEAK_SHIFT);
}

/* What input, times 2^exponent, and bias add to a state. */
static int32_t gained(int32_t input, int exponent, int32_t bias)
{
    return shift_down(input * (1 << (HW_GAIN_SHIFT + exponent)) + bias * (1 << HW_GAIN_SHIFT) + (1 << (HW_GAIN_SHIFT - 1)),
                      HW_GAIN_SHIFT);
}

static void update_currents(const struct image_population *population, struct slow_population *run)
{
    for (size_t neuron = 0; neuron < population->size; neuron++) {
        int32_t kept = leaked(run->current[neuron], population->current_parameter[CURRENT_LEAK][neuron]);
        int32_t added = gained(as_signed(run->accumulator[neuron]), population->current_exponent,
                               population->current_parameter[CURRENT_BIAS][neuron]);

        run->current[neuron] = saturate(kept + added);
    }
}

static void update_membranes(const struct image_population *population, struct slow_population *run)
{
    for (size_t neuron = 0; neuron < population->size; neuron++) {
        int32_t input = run->current ? run->current[neuron] : as_signed(run->accumulator[neuron]);
        int32_t reset = population->parameter[NEURON_RESET][neuron];
        int32_t kept = leaked(run->state[neuron], population->parameter[NEURON_LEAK][neuron]);
        int32_t added = gained(input, population->gain_exponent, population->parameter[NEURON_BIAS][neuron]);
        int32_t sum = saturate(kept + added);
        bool fired = population->fire && sum > population->parameter[NEURON_THRESHOLD][neuron];

        if (fired)
            sum = population->subtract ? saturate(sum + reset) : reset;
        run->state[neuron] = (int16_t)sum;
        run->spikes[neuron] = fired;
    }
}

static void update(const struct image_population *population, struct slow_population *run)
{
    if (run->current && !population->current_old)
        update_currents(population, run);
    update_membranes(population, run);
    if (run->current && population->current_old)
        update_currents(population, run);
    memset(run->accumulator, 0, population->size * sizeof *run->accumulator);
}

/* ---- the whole ---- */

static void sort_projections(struct slow_ref *ref)
{
    size_t count = 0;

    for (size_t target = 0; target < ref->image->population_count; target++) {
        for (size_t index = 0; index < ref->image->projection_count; index++) {
            if (ref->image->projections[index].target == target)
                ref->projections[count++] = index;
        }
    }
}

static int open_population(const struct image *image, size_t index, struct slow_population *run)
{
    const struct image_population *population = &image->populations[index];
    size_t size = population->size;

    run->history = image_history(image, index);
    if (run->history && size > SIZE_MAX / run->history)
        return -1;
    run->state = calloc(size, sizeof *run->state);
    run->spikes = calloc(size, sizeof *run->spikes);
    run->accumulator = calloc(size, sizeof *run->accumulator);
    if (!run->state || !run->spikes || !run->accumulator)
        return -1;
    if (model_has_current(population->model) && !(run->current = calloc(size, sizeof *run->current)))
        return -1;
    if (run->history == 0)
        return 0;
    if (population->graded)
        run->past_values = calloc(run->history * size, sizeof *run->past_values);
    else
        run->past_spikes = calloc(run->history * size, sizeof *run->past_spikes);
    return run->past_values || run->past_spikes ? 0 : -1;
}

struct slow_ref *slow_ref_open(const struct image *image)
{
    struct slow_ref *ref = calloc(1, sizeof *ref);

    if (!ref)
        return NULL;
    ref->image = image;
    ref->populations = calloc(image->population_count + 1, sizeof *ref->populations);
    ref->projections = calloc(image->projection_count + 1, sizeof *ref->projections);
    if (!ref->populations || !ref->projections)
        goto fail;
    for (size_t index = 0; index < image->population_count; index++) {
        if (open_population(image, index, &ref->populations[index]))
            goto fail;
    }
    sort_projections(ref);
    return ref;
fail:
    slow_ref_close(ref);
    return NULL;
}

void slow_ref_close(struct slow_ref *ref)
{
    if (!ref)
        return;
    for (size_t index = 0; ref->populations && index < ref->image->population_count; index++) {
        struct slow_population *run = &ref->populations[index];

        free(run->state);
        free(run->current);
        free(run->spikes);
        free(run->accumulator);
        free(run->past_spikes);
        free(run->past_values);
    }
    free(ref->populations);
    free(ref->projections);
    free(ref);
}

void slow_ref_reset(struct slow_ref *ref)
{
    for (size_t index = 0; index < ref->image->population_count; index++) {
        struct slow_population *run = &ref->populations[index];
        size_t size = ref->image->populations[index].size;

        memset(run->state, 0, size * sizeof *run->state);
        memset(run->spikes, 0, size);
        memset(run->accumulator, 0, size * sizeof *run->accumulator);
        if (run->current)
            memset(run->current, 0, size * sizeof *run->current);
        if (run->past_spikes)
            memset(run->past_spikes, 0, run->history * size);
        if (run->past_values)
            memset(run->past_values, 0, run->history * size * sizeof *run->past_values);
    }
    ref->step = 0;
    ref->operations = 0;
}

void slow_ref_set_spikes(struct slow_ref *ref, size_t input, const uint8_t *spikes)
{
    size_t population = ref->image->inputs[input].population;

    for (size_t neuron = 0; neuron < ref->image->populations[population].size; neuron++)
        ref->populations[population].spikes[neuron] = spikes[neuron] != 0;
}

void slow_ref_set_values(struct slow_ref *ref, size_t input, const int16_t *values)
{
    size_t population = ref->image->inputs[input].population;

    memcpy(ref->populations[population].state, values, ref->image->populations[population].size * sizeof *values);
}

/* What was put out in this step takes the place of what has become too old. */
static void remember(struct slow_ref *ref)
{
    for (size_t index = 0; index < ref->image->population_count; index++) {
        struct slow_population *run = &ref->populations[index];
        size_t size = ref->image->populations[index].size;

        if (run->history == 0)
            continue;
        size_t offset = ref->step % run->history * size;
        if (run->past_values)
            memcpy(run->past_values + offset, run->state, size * sizeof *run->state);
        else
            memcpy(run->past_spikes + offset, run->spikes, size);
    }
    ref->step++;
}

void slow_ref_step(struct slow_ref *ref)
{
    const struct image *image = ref->image;
    size_t next = 0;

    for (size_t index = 0; index < image->population_count; index++) {
        if (image->populations[index].model == MODEL_INPUT)
            continue;
        for (; next < image->projection_count && image->projections[ref->projections[next]].target == index; next++)
            accumulate(ref, &image->projections[ref->projections[next]]);
        update(&image->populations[index], &ref->populations[index]);
    }
    remember(ref);
}

int16_t *slow_ref_state(struct slow_ref *ref, size_t population)
{
    return ref->populations[population].state;
}

int16_t *slow_ref_current(struct slow_ref *ref, size_t population)
{
    return ref->populations[population].current;
}

const uint8_t *slow_ref_spikes(const struct slow_ref *ref, size_t population)
{
    return ref->populations[population].spikes;
}

uint8_t *slow_ref_past_spikes(struct slow_ref *ref, size_t population, size_t age)
{
    uint8_t *past = ref->populations[population].past_spikes;

    return past ? past + past_offset(ref, population, age) : NULL;
}

int16_t *slow_ref_past_values(struct slow_ref *ref, size_t population, size_t age)
{
    int16_t *past = ref->populations[population].past_values;

    return past ? past + past_offset(ref, population, age) : NULL;
}

uint64_t slow_ref_operations(const struct slow_ref *ref)
{
    return ref->operations;
}
