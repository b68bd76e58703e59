/* The integer model (ref.h). Source-major: a spike adds one row of weights to its target's accumulators, so the
 * work is proportional to spikes and the inner loops run over consecutive numbers. */
#include "ref.h"

#include "hardware.h"

#include <stdlib.h>
#include <string.h>

struct ref_population {
    int16_t *state;
    uint8_t *spikes;
    uint16_t *accumulator; /* two's complement, wraps as the lanes do */
};

struct ref {
    const struct image *image;
    struct ref_population *populations;
    size_t *projections; /* (projection_count) by target, so that a step goes through them once */
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

static void add_row(uint16_t *restrict accumulator, const int8_t *restrict row, size_t count)
{
    for (size_t target = 0; target < count; target++)
        accumulator[target] = (uint16_t)(accumulator[target] + (uint16_t)row[target]);
}

static void add_products(uint16_t *restrict accumulator, const int8_t *restrict row, int16_t value, size_t count)
{
    for (size_t target = 0; target < count; target++) {
        int32_t product = shift_down(row[target] * value + (1 << (HW_PRODUCT_SHIFT - 1)), HW_PRODUCT_SHIFT);
        accumulator[target] = (uint16_t)(accumulator[target] + (uint16_t)product);
    }
}

static void accumulate(struct ref *ref, const struct image_projection *projection)
{
    const struct ref_population *source = &ref->populations[projection->source];
    uint16_t *accumulator = ref->populations[projection->target].accumulator;
    size_t sources = ref->image->populations[projection->source].size;
    size_t targets = ref->image->populations[projection->target].size;
    size_t active = 0;

    for (size_t neuron = 0; neuron < sources; neuron++) {
        const int8_t *row = projection->weight + neuron * targets;

        if (projection->graded && source->state[neuron] != 0)
            add_products(accumulator, row, source->state[neuron], targets);
        else if (!projection->graded && source->spikes[neuron])
            add_row(accumulator, row, targets);
        else
            continue;
        active++;
    }
    ref->operations += (uint64_t)active * targets;
}

static void update(const struct image_population *population, struct ref_population *run)
{
    for (size_t neuron = 0; neuron < population->size; neuron++) {
        int32_t v = run->state[neuron];
        int32_t leak = population->parameter[NEURON_LEAK][neuron];
        int32_t reset = population->parameter[NEURON_RESET][neuron];
        int32_t input = as_signed(run->accumulator[neuron]) * (1 << population->gain_shift);
        int32_t kept = v + shift_down(v * leak + (1 << (HW_LEAK_SHIFT - 1)), HW_LEAK_SHIFT);
        int32_t sum = saturate(kept + input + population->parameter[NEURON_BIAS][neuron]);
        bool fired = population->fire && sum > population->parameter[NEURON_THRESHOLD][neuron];

        if (fired)
            sum = population->subtract ? saturate(sum + reset) : reset;
        run->state[neuron] = (int16_t)sum;
        run->spikes[neuron] = fired;
        run->accumulator[neuron] = 0;
    }
}

static void sort_projections(struct ref *ref)
{
    size_t count = 0;

    for (size_t target = 0; target < ref->image->population_count; target++) {
        for (size_t index = 0; index < ref->image->projection_count; index++) {
            if (ref->image->projections[index].target == target)
                ref->projections[count++] = index;
        }
    }
}

struct ref *ref_open(const struct image *image)
{
    struct ref *ref = calloc(1, sizeof *ref);

    if (!ref)
        return NULL;
    ref->image = image;
    ref->populations = calloc(image->population_count + 1, sizeof *ref->populations);
    ref->projections = calloc(image->projection_count + 1, sizeof *ref->projections);
    if (!ref->populations || !ref->projections)
        goto fail;
    for (size_t index = 0; index < image->population_count; index++) {
        struct ref_population *population = &ref->populations[index];
        size_t size = image->populations[index].size;

        population->state = calloc(size, sizeof *population->state);
        population->spikes = calloc(size, sizeof *population->spikes);
        population->accumulator = calloc(size, sizeof *population->accumulator);
        if (!population->state || !population->spikes || !population->accumulator)
            goto fail;
    }
    sort_projections(ref);
    return ref;
fail:
    ref_close(ref);
    return NULL;
}

void ref_close(struct ref *ref)
{
    if (!ref)
        return;
    for (size_t index = 0; ref->populations && index < ref->image->population_count; index++) {
        free(ref->populations[index].state);
        free(ref->populations[index].spikes);
        free(ref->populations[index].accumulator);
    }
    free(ref->populations);
    free(ref->projections);
    free(ref);
}

void ref_reset(struct ref *ref)
{
    for (size_t index = 0; index < ref->image->population_count; index++) {
        size_t size = ref->image->populations[index].size;

        memset(ref->populations[index].state, 0, size * sizeof(int16_t));
        memset(ref->populations[index].spikes, 0, size);
        memset(ref->populations[index].accumulator, 0, size * sizeof(uint16_t));
    }
    ref->operations = 0;
}

void ref_set_spikes(struct ref *ref, size_t input, const uint8_t *spikes)
{
    size_t population = ref->image->inputs[input].population;

    for (size_t neuron = 0; neuron < ref->image->populations[population].size; neuron++)
        ref->populations[population].spikes[neuron] = spikes[neuron] != 0;
}

void ref_set_values(struct ref *ref, size_t input, const int16_t *values)
{
    size_t population = ref->image->inputs[input].population;

    memcpy(ref->populations[population].state, values, ref->image->populations[population].size * sizeof *values);
}

void ref_step(struct ref *ref)
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
}

const int16_t *ref_state(const struct ref *ref, size_t population)
{
    return ref->populations[population].state;
}

const uint8_t *ref_spikes(const struct ref *ref, size_t population)
{
    return ref->populations[population].spikes;
}

uint64_t ref_operations(const struct ref *ref)
{
    return ref->operations;
}
