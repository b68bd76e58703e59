/* The inner loops of the integer model (sim/ref_kernels.h), by every instruction set that this machine has, against
 * docs/numbers.md in 64-bit numbers: extreme states and inputs, and sizes around those of vectors. */
#include "integer_network.h"
#include "ref_kernels.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { NEURONS_MOST = 200 };

static int64_t saturate16(int64_t value)
{
    return value > 32767 ? 32767 : value < -32768 ? -32768 : value;
}

/* floor(dividend / 2^shift) */
static int64_t floor_shift(int64_t dividend, int shift)
{
    int64_t divisor = INT64_C(1) << shift;

    return dividend >= 0 ? dividend / divisor : -((-dividend + divisor - 1) / divisor);
}

static int64_t next_state(int64_t state, int64_t leak, int64_t input, int64_t bias, int exponent)
{
    int64_t leaked = state + floor_shift(state * leak + (1 << 14), 15);
    int64_t gained = floor_shift(input * (INT64_C(1) << (exponent + 7)) + bias * 128 + 64, 7);

    return saturate16(leaked + gained);
}

/* Often at an end of the range, or near 0. */
static int16_t extreme(uint64_t *random)
{
    static const int ends[] = {-32768, -32767, -16384, -1, 0, 1, 16383, 32767};

    if (random_below(random, 2))
        return (int16_t)ends[random_below(random, 8)];
    return (int16_t)((int)random_below(random, 65536) - 32768);
}

struct neurons {
    int16_t *state, *current, *input;
    int16_t *parameter[NEURON_PARAMETERS], *current_parameter[CURRENT_PARAMETERS];
};

/* Leaks take away; every other parameter may be anything. */
static void fill(int16_t *const *parameters, size_t count, size_t leak, size_t bias, size_t size, size_t period,
                 bool biased, uint64_t *random)
{
    for (size_t kind = 0; kind < count; kind++) {
        for (size_t neuron = 0; neuron < size; neuron++) {
            int16_t value = kind == leak ? (int16_t)-(int)random_below(random, 32769) : extreme(random);

            value = kind == bias && !biased ? 0 : value;
            parameters[kind][neuron] = neuron >= period ? parameters[kind][neuron % period] : value;
        }
    }
}

/* An image of one Input and one population whose parameters repeat after period neurons. */
static struct image random_population(struct arena *arena, uint64_t *random, size_t size, enum model model,
                                      size_t period, bool biased)
{
    struct image image = integer_network_begin(arena);

    integer_network_add(&image, MODEL_INPUT, false, 1, 0, 0);
    integer_network_add(&image, model, false, size, 0, 0);
    struct image_population *population = &image.populations[1];
    population->subtract = random_below(random, 2);
    population->current_old = random_below(random, 2);
    population->gain_exponent = (int)random_below(random, 15) - 7;
    population->current_exponent = (int)random_below(random, 15) - 7;
    fill(population->parameter, NEURON_PARAMETERS, NEURON_LEAK, NEURON_BIAS, size, period, biased, random);
    if (model_has_current(model))
        fill(population->current_parameter, CURRENT_PARAMETERS, CURRENT_LEAK, CURRENT_BIAS, size, period, biased,
             random);
    return image;
}

static void check_update(const struct ref_kernels *kernels, const struct image *image, uint64_t *random)
{
    const struct image_population *population = &image->populations[1];
    struct ref_plan *plan = ref_plan_open(image);
    struct ref *ref = ref_start(plan);
    struct ref_population *run = &ref->populations[1];
    int16_t state[NEURONS_MOST], current[NEURONS_MOST], input[NEURONS_MOST];

    for (size_t neuron = 0; neuron < population->size; neuron++) {
        run->state[neuron] = state[neuron] = extreme(random);
        run->accumulator[neuron] = input[neuron] = extreme(random);
        if (run->current)
            run->current[neuron] = current[neuron] = extreme(random);
    }
    kernels->update(&plan->populations[1], run);
    for (size_t neuron = 0; neuron < population->size; neuron++) {
        int64_t given = input[neuron];

        if (run->current) {
            int64_t next = next_state(current[neuron], population->current_parameter[CURRENT_LEAK][neuron], given,
                                      population->current_parameter[CURRENT_BIAS][neuron], population->current_exponent);
            given = population->current_old ? current[neuron] : next;
            cr_assert_eq(run->current[neuron], next, "%s: i of neuron %zu of %zu", kernels->name, neuron,
                         population->size);
        }
        int64_t sum = next_state(state[neuron], population->parameter[NEURON_LEAK][neuron], given,
                                 population->parameter[NEURON_BIAS][neuron], population->gain_exponent);
        bool fired = population->fire && sum > population->parameter[NEURON_THRESHOLD][neuron];
        int64_t reset = population->parameter[NEURON_RESET][neuron];
        int64_t after = !fired ? sum : population->subtract ? saturate16(sum + reset) : reset;
        cr_assert_eq(run->state[neuron], after, "%s: v %d, input %d, exponent %d, neuron %zu of %zu", kernels->name,
                     state[neuron], (int)given, population->gain_exponent, neuron, population->size);
        cr_assert_eq(run->fired[neuron / 64] >> neuron % 64 & 1, fired, "%s: spike of neuron %zu", kernels->name,
                     neuron);
        cr_assert_eq(run->accumulator[neuron], 0, "%s: neuron %zu", kernels->name, neuron);
    }
    size_t padding = population->size % 64 ? run->fired[population->size / 64] >> population->size % 64 : 0;
    cr_assert_eq(padding, 0, "%s: %zu neurons", kernels->name, population->size);
    ref_close(ref);
    ref_plan_close(plan);
}

Test(ref_kernels, updates_at_the_ends_of_the_range)
{
    static const enum model models[] = {MODEL_LIF, MODEL_LI, MODEL_CUBALIF, MODEL_CUBALI};

    for (size_t index = 0; index < ref_kernels_count(); index++) {
        uint64_t random = 3;

        for (size_t round = 0; round < 800; round++) {
            struct arena arena = {NULL};
            size_t size = 1 + random_below(&random, NEURONS_MOST);
            size_t period = random_below(&random, 3) ? size : (size_t)1 << random_below(&random, 7);
            struct image image = random_population(&arena, &random, size, models[random_below(&random, 4)], period,
                                                   random_below(&random, 2));

            check_update(ref_kernels_get(index), &image, &random);
            arena_free(&arena);
        }
    }
}

Test(ref_kernels, bytes_become_bits)
{
    for (size_t index = 0; index < ref_kernels_count(); index++) {
        uint64_t random = 4;

        for (size_t size = 1; size <= NEURONS_MOST; size++) {
            uint8_t *bytes = malloc(size); /* no byte more: AddressSanitizer watches */
            uint64_t fired[NEURONS_MOST / 64 + 1];

            for (size_t neuron = 0; neuron < size; neuron++)
                bytes[neuron] = (uint8_t)(random_below(&random, 2) * random_below(&random, 256));
            memset(fired, 0xFF, sizeof fired);
            ref_kernels_get(index)->pack(fired, bytes, size);
            for (size_t neuron = 0; neuron < (size + 63) / 64 * 64; neuron++)
                cr_assert_eq(fired[neuron / 64] >> neuron % 64 & 1, neuron < size && bytes[neuron] != 0,
                             "%s: byte %zu of %zu", ref_kernels_get(index)->name, neuron, size);
            free(bytes);
        }
    }
}

/* ---- rows ---- */

/* How sources meet targets. */
struct wiring {
    unsigned kind;
    int limit; /* of |weight| */
    size_t targets;
    uint64_t seed;
};

static bool wired(void *context, size_t source, size_t target, int *weight)
{
    const struct wiring *wiring = context;
    uint64_t random = (wiring->seed + source * 1000 + target) * 0x9E3779B97F4A7C15u | 1;
    size_t distance = target >= source ? target - source : source - target;

    random_below(&random, 2);
    *weight = (int)random_below(&random, 2 * (size_t)wiring->limit + 1) - wiring->limit;
    switch (wiring->kind) {
    case 0: return source % 7 != 3;                        /* dense, but for some sources */
    case 1: return target == source * 5 % wiring->targets; /* one each */
    case 2: return distance < 3 + source % 30;             /* bands of many lengths */
    case 3: return target / 32 == source / 16 % (wiring->targets / 32 + 1); /* blocks of many sources */
    default: return random_below(&random, 3) == 0;
    }
}

/* Returns how the rows were laid. */
static enum ref_form check_rows(const struct ref_kernels *kernels, const struct image *image, uint64_t *random)
{
    const struct image_projection *projection = &image->projections[0];
    size_t sources = image->populations[0].size, targets = image->populations[1].size;
    struct ref_plan *plan = ref_plan_open(image);
    struct ref *ref = ref_start(plan);
    int16_t *sums = ref->populations[1].accumulator, expected[NEURONS_MOST], values[NEURONS_MOST] = {0};
    uint64_t fired[NEURONS_MOST / 64 + 1] = {0}, operations = 0;
    size_t rate = 1 + random_below(random, 5);

    for (size_t target = 0; target < targets; target++)
        sums[target] = expected[target] = extreme(random);
    for (size_t source = 0; source < sources; source++) {
        int32_t pattern = projection->map.pattern[source];

        values[source] = random_below(random, rate) ? 0 : extreme(random);
        fired[source / 64] |= (uint64_t)(values[source] != 0) << source % 64;
        if (pattern == LINEAR_MAP_NONE || values[source] == 0)
            continue;
        for (size_t entry = projection->map.first[pattern]; entry < projection->map.first[pattern + 1]; entry++) {
            size_t target = projection->map.offset[source] + projection->map.target[entry];
            int64_t weight = projection->weight[entry];
            int64_t added = projection->graded ? floor_shift(weight * values[source] + 128, 8) : weight;

            expected[target] = (int16_t)(uint16_t)(uint64_t)(expected[target] + added);
            operations++;
        }
    }
    uint64_t counted = projection->graded ? kernels->add_values(&plan->projections[0], sums, values)
                                          : kernels->add_events(&plan->projections[0], sums, fired, ref->events);
    cr_expect_eq(counted, operations, "%s", kernels->name);
    for (size_t target = 0; target < targets; target++)
        cr_assert_eq(sums[target], expected[target], "%s: %zu sources, %zu targets, graded %d: target %zu",
                     kernels->name, sources, targets, projection->graded, target);
    enum ref_form form = plan->projections[0].form;
    ref_close(ref);
    ref_plan_close(plan);
    return form;
}

Test(ref_kernels, rows_of_every_form)
{
    size_t forms[8] = {0};

    for (size_t index = 0; index < ref_kernels_count(); index++) {
        uint64_t random = 5;

        for (size_t round = 0; round < 400; round++) {
            struct arena arena = {NULL};
            struct image image = integer_network_begin(&arena);
            struct wiring wiring = { (unsigned)round % 5, random_below(&random, 3) ? 127 : 32767, 0, round };
            size_t sources = 1 + random_below(&random, NEURONS_MOST);

            wiring.targets = 1 + random_below(&random, NEURONS_MOST);
            integer_network_add(&image, MODEL_INPUT, false, sources, 0, 0);
            integer_network_add(&image, MODEL_LIF, false, wiring.targets, 0, 0);
            integer_network_connect(&image, 0, 1, 0, 8, wired, &wiring);
            image.projections[0].graded = round % 3 == 0;
            forms[check_rows(ref_kernels_get(index), &image, &random)]++;
            arena_free(&arena);
        }
    }
    cr_expect(forms[REF_RUNS] && forms[REF_FOURS] && forms[REF_GROUPS] && forms[REF_ALL_ALIKE] && forms[REF_ONE_EACH]);
}
