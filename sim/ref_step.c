/* A step of the integer model (ref.h), event by event: a spike adds the rows of its source to its target's
 * accumulators, a population is updated neuron by neuron. Both run over consecutive numbers that vectors hold. */
#include "ref_parts.h"

#include "hardware.h"

#include <string.h>

/* The same source for several instruction sets; which one is found out when the program starts. */
#if defined(__x86_64__) && defined(__gnu_linux__)
#define VECTORISED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VECTORISED
#endif
#define INLINE static inline __attribute__((always_inline))

enum {
    ROWS_AT_ONCE = 128, /* of events that are added up in registers */
    EVENTS_AT_ONCE = 32 /* neurons that are skipped if none of them fired; divides REF_PADDING */
};

typedef uint16_t lanes __attribute__((vector_size(2 * REF_LANES), aligned(2), may_alias));
typedef uint16_t bit_places __attribute__((vector_size(16), aligned(16), may_alias));
typedef uint32_t places __attribute__((vector_size(32), aligned(4), may_alias));

/* ---- events ---- */

/* Lists the places of the bytes that are 1, of eight at a time, without a branch that depends on them. */
INLINE size_t list_eight(const struct ref_plan *plan, const uint8_t *spikes, size_t first, uint32_t *events)
{
    uint64_t word;

    memcpy(&word, spikes + first, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    unsigned flags = (unsigned)((word * UINT64_C(0x0102040810204080)) >> 56); /* byte i to bit i */
    *(places *)events = __builtin_convertvector(*(const bit_places *)plan->bit_places[flags], places) + (uint32_t)first;
    return (size_t)__builtin_popcount(flags);
}

/* All of them; behind the last neuron the bytes are 0. */
INLINE size_t list_events(const struct ref_plan *plan, const uint8_t *spikes, size_t size, uint32_t *events)
{
    size_t count = 0;

    for (size_t first = 0; first < size; first += EVENTS_AT_ONCE) {
        uint64_t words[EVENTS_AT_ONCE / 8], any = 0;

        memcpy(words, spikes + first, sizeof words);
        for (size_t word = 0; word < EVENTS_AT_ONCE / 8; word++)
            any |= words[word];
        if (!any)
            continue;
        for (size_t part = 0; part < EVENTS_AT_ONCE; part += 8)
            count += list_eight(plan, spikes, first + part, events + count);
    }
    return count;
}

/* ---- adding rows ---- */

/* Adds count rows, vectors * REF_LANES numbers of each, to accumulators. */
#define ADD_ROWS(vectors)                                                                                              \
    do {                                                                                                               \
        lanes sum[vectors];                                                                                            \
        _Pragma("GCC unroll 8") for (int part = 0; part < (vectors); part++)                                           \
            sum[part] = ((const lanes *)accumulator)[part];                                                            \
        for (size_t row = 0; row < count; row++) {                                                                     \
            const lanes *weights = (const lanes *)(rows[row] + offset);                                                \
            _Pragma("GCC unroll 8") for (int part = 0; part < (vectors); part++)                                       \
                sum[part] += weights[part];                                                                            \
        }                                                                                                              \
        _Pragma("GCC unroll 8") for (int part = 0; part < (vectors); part++)                                           \
            ((lanes *)accumulator)[part] = sum[part];                                                                  \
    } while (0)

INLINE void add_run(int16_t *accumulator, const int16_t *const *rows, size_t count, size_t offset, size_t vectors)
{
    for (; vectors >= 8; vectors -= 8, accumulator += 8 * REF_LANES, offset += 8 * REF_LANES)
        ADD_ROWS(8);
    for (; vectors >= 3; vectors -= 3, accumulator += 3 * REF_LANES, offset += 3 * REF_LANES)
        ADD_ROWS(3);
    for (; vectors; vectors--, accumulator += REF_LANES, offset += REF_LANES)
        ADD_ROWS(1);
}

/* All runs of a group whose runs have the same length. */
#define ADD_EQUAL_RUNS(vectors)                                                                                        \
    for (; run < end; run++) {                                                                                         \
        int16_t *accumulator = accumulators + run->start;                                                              \
        size_t offset = (size_t)run->weight * REF_LANES;                                                               \
        ADD_ROWS(vectors);                                                                                             \
    }

INLINE void add_group(const struct ref_projection *projection, const struct ref_group *group, int16_t *accumulators,
                      const int16_t *const *rows, size_t count)
{
    const struct ref_run *run = projection->runs + group->run, *end = run + group->runs;

    accumulators += group->first;
    switch (projection->lanes) {
    case 1: ADD_EQUAL_RUNS(1); break;
    case 2: ADD_EQUAL_RUNS(2); break;
    case 3: ADD_EQUAL_RUNS(3); break;
    case 4: ADD_EQUAL_RUNS(4); break;
    case 5: ADD_EQUAL_RUNS(5); break;
    case 6: ADD_EQUAL_RUNS(6); break;
    case 8: ADD_EQUAL_RUNS(8); break;
    default:
        for (; run < end; run++)
            add_run(accumulators + run->start, rows, count, (size_t)run->weight * REF_LANES, run->lanes);
    }
}

/* Events of one group that follow each other are added together. */
INLINE uint64_t add_events(const struct ref_projection *projection, int16_t *accumulators, const uint32_t *events,
                           size_t count)
{
    const int16_t *rows[ROWS_AT_ONCE];
    uint64_t operations = 0;

    for (size_t event = 0; event < count;) {
        uint32_t index = projection->sources[events[event]].group;
        const struct ref_group *group = &projection->groups[index];
        size_t together = 0;

        for (; event < count && together < ROWS_AT_ONCE; event++) {
            const struct ref_source *source = &projection->sources[events[event]];
            if (source->group != index)
                break;
            rows[together++] = projection->weights + (size_t)source->row * REF_LANES;
        }
        operations += (uint64_t)together * group->entries;
        add_group(projection, group, accumulators, rows, together);
    }
    return operations;
}

/* (weight * value + 2^7) >> 8 of each entry; >> of a negative number is floor() with every compiler that we use. */
INLINE uint64_t add_values(const struct ref_projection *projection, int16_t *accumulators, const int16_t *values)
{
    uint64_t operations = 0;

    for (size_t place = 0; place < projection->image->map.sources; place++) {
        int32_t value = values[place];
        if (value == 0)
            continue;
        const struct ref_source *source = &projection->sources[place];
        const struct ref_group *group = &projection->groups[source->group];
        const struct ref_run *run = projection->runs + group->run;

        operations += group->entries;
        for (uint32_t left = group->runs; left; left--, run++) {
            int16_t *restrict sums = accumulators + group->first + run->start;
            const int16_t *restrict weights = projection->weights + (source->row + (size_t)run->weight) * REF_LANES;

            for (size_t lane = 0; lane < (size_t)run->lanes * REF_LANES; lane++) {
                int32_t product = (weights[lane] * value + (1 << (HW_PRODUCT_SHIFT - 1))) >> HW_PRODUCT_SHIFT;
                sums[lane] = (int16_t)(uint16_t)(sums[lane] + product);
            }
        }
    }
    return operations;
}

INLINE void accumulate(struct ref *ref, const struct ref_projection *projection)
{
    const struct image_projection *image = projection->image;
    const struct ref_population *source = &ref->populations[image->source];
    int16_t *accumulators = ref->populations[image->target].accumulator;
    size_t past = image->delay ? ref_past_offset(ref, image->source, image->delay) : 0;

    if (image->graded) {
        ref->operations += add_values(projection, accumulators, image->delay ? source->past_values + past : source->state);
        return;
    }
    size_t count = list_events(ref->plan, image->delay ? source->past_spikes + past : source->spikes, image->map.sources,
                               ref->events);
    ref->operations += add_events(projection, accumulators, ref->events, count);
}

/* ---- updating ---- */

INLINE int32_t saturate(int32_t value)
{
    return value > INT16_MAX ? INT16_MAX : value < INT16_MIN ? INT16_MIN : value;
}

INLINE int32_t leaked(int32_t state, int32_t leak)
{
    return state + ((state * leak + (1 << (HW_LEAK_SHIFT - 1))) >> HW_LEAK_SHIFT);
}

/* What input, times factor / 2^HW_GAIN_SHIFT, and bias add to a state. */
INLINE int32_t gained(int32_t input, int32_t factor, int32_t bias)
{
    return (input * factor + bias * (1 << HW_GAIN_SHIFT) + (1 << (HW_GAIN_SHIFT - 1))) >> HW_GAIN_SHIFT;
}

INLINE int32_t gain_factor(int exponent)
{
    return 1 << (HW_GAIN_SHIFT + exponent);
}

INLINE void update_current(int16_t *restrict current, const int16_t *restrict sums, size_t count, int32_t factor,
                           int16_t *const *parameter, bool uniform)
{
    const int16_t *restrict leaks = parameter[CURRENT_LEAK];
    const int16_t *restrict biases = parameter[CURRENT_BIAS];
    int32_t leak = leaks[0], bias = biases[0];

    for (size_t neuron = 0; neuron < count; neuron++)
        current[neuron] = (int16_t)saturate(leaked(current[neuron], uniform ? leak : leaks[neuron]) +
                                            gained(sums[neuron], factor, uniform ? bias : biases[neuron]));
}

INLINE void update_membrane(int16_t *restrict state, uint8_t *restrict spikes, const int16_t *restrict input, size_t count,
                            int32_t factor, int16_t *const *parameter, bool uniform, bool fire, bool subtract)
{
    const int16_t *restrict leaks = parameter[NEURON_LEAK];
    const int16_t *restrict biases = parameter[NEURON_BIAS];
    const int16_t *restrict thresholds = parameter[NEURON_THRESHOLD];
    const int16_t *restrict resets = parameter[NEURON_RESET];
    int32_t leak = leaks[0], bias = biases[0], threshold = thresholds[0], reset = resets[0];

    for (size_t neuron = 0; neuron < count; neuron++) {
        int32_t sum = saturate(leaked(state[neuron], uniform ? leak : leaks[neuron]) +
                               gained(input[neuron], factor, uniform ? bias : biases[neuron]));
        if (!fire) {
            state[neuron] = (int16_t)sum;
            continue;
        }
        int32_t back = uniform ? reset : resets[neuron];
        int32_t after = subtract ? saturate(sum + back) : back;
        bool fired = sum > (uniform ? threshold : thresholds[neuron]);

        state[neuron] = (int16_t)(fired ? after : sum);
        spikes[neuron] = fired;
    }
}

INLINE void update_currents(const struct ref_population_plan *plan, const struct image_population *population,
                            struct ref_population *run)
{
    int32_t factor = gain_factor(population->current_exponent);

    if (plan->current_uniform)
        update_current(run->current, run->accumulator, plan->padded, factor, plan->current_parameter, true);
    else
        update_current(run->current, run->accumulator, plan->padded, factor, plan->current_parameter, false);
}

INLINE void update_membranes(const struct ref_population_plan *plan, const struct image_population *population,
                             struct ref_population *run)
{
    const int16_t *input = run->current ? run->current : run->accumulator;
    int32_t factor = gain_factor(population->gain_exponent);

#define UPDATE(uniform, fire, subtract)                                                                                \
    update_membrane(run->state, run->spikes, input, plan->padded, factor, plan->parameter, uniform, fire, subtract)
    if (!population->fire && plan->uniform)
        UPDATE(true, false, false);
    else if (!population->fire)
        UPDATE(false, false, false);
    else if (plan->uniform && population->subtract)
        UPDATE(true, true, true);
    else if (plan->uniform)
        UPDATE(true, true, false);
    else if (population->subtract)
        UPDATE(false, true, true);
    else
        UPDATE(false, true, false);
#undef UPDATE
    memset(run->spikes + plan->size, 0, plan->padded - plan->size);
}

VECTORISED void ref_update_populations(struct ref *ref)
{
    const struct image *image = ref->plan->image;

    for (size_t index = 0; index < image->population_count; index++) {
        const struct image_population *population = &image->populations[index];
        const struct ref_population_plan *plan = &ref->plan->populations[index];
        struct ref_population *run = &ref->populations[index];

        if (population->model == MODEL_INPUT)
            continue;
        for (size_t next = ref->plan->first_projection[index]; next < ref->plan->first_projection[index + 1]; next++)
            accumulate(ref, &ref->plan->projections[next]);
        if (run->current && !population->current_old)
            update_currents(plan, population, run);
        update_membranes(plan, population, run);
        if (run->current && population->current_old)
            update_currents(plan, population, run);
        memset(run->accumulator, 0, plan->padded * sizeof *run->accumulator);
    }
}

VECTORISED void ref_normalise_spikes(uint8_t *restrict spikes, const uint8_t *restrict given, size_t count)
{
    for (size_t neuron = 0; neuron < count; neuron++)
        spikes[neuron] = given[neuron] != 0;
}
