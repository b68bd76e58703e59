/* Events of the integer model (ref_kernels.h): a spike adds the row of its source to accumulators, a value the row
 * times itself. Compiled for several instruction sets. */
#include "ref_kernels.h"
#include "ref_list.h"

#include "hardware.h"

typedef uint16_t unit __attribute__((vector_size(2 * REF_LANES), aligned(2), may_alias));
typedef int8_t unit_bytes __attribute__((vector_size(REF_LANES), aligned(1), may_alias));

/* Consecutive numbers of 8 bits, widened. What a compiler makes of __builtin_convertvector() is worse. */
#if defined(__AVX2__)
#define unit_widened(from) ((unit)_mm256_cvtepi8_epi16(_mm_loadu_si128((const void *)(from))))
#else
#define unit_widened(from) __builtin_convertvector(*(const unit_bytes *)(from), unit)
#endif

/* The widest there is: UNITS units. */
#if defined(__AVX512BW__)
enum { UNITS = 2 };
typedef uint16_t vector __attribute__((vector_size(4 * REF_LANES), aligned(2), may_alias));
#define vector_widened(from) ((vector)_mm512_cvtepi8_epi16(_mm256_loadu_si256((const void *)(from))))
#else
enum { UNITS = 1 };
typedef unit vector;
#define vector_widened(from) unit_widened(from)
#endif
enum { VECTOR = UNITS * REF_LANES };

/* sum += the weights from at on, as many as its type, unit or vector, has. Those of 8 bits are widened on their way:
 * they take half the memory. */
#define ADD_WEIGHTS(type, sum, weights, bytes, at)                                                                     \
    do {                                                                                                               \
        if (bytes)                                                                                                     \
            (sum) += type##_widened((const int8_t *)(weights) + (at));                                                 \
        else                                                                                                           \
            (sum) += *(const type *)((const int16_t *)(weights) + (at));                                               \
    } while (0)

REF_INLINE const void *weights_of(const struct ref_projection *projection)
{
    return projection->byte_weights ? (const void *)projection->byte_weights : projection->weights;
}

/* ---- rows of sources with the same targets: sums stay in registers ---- */

/* Adds vectors (at most 8) of that type of all rows, from the weight at on, and goes on behind them. */
#define SUM_ROWS(type, vectors)                                                                                        \
    do {                                                                                                               \
        enum { WIDTH = sizeof(type) / sizeof(int16_t) };                                                               \
        type sum[8] = {{0}};                                                                                           \
        for (size_t event = 0; event < count; event++) {                                                               \
            size_t row = at + (size_t)rows[events[event]] * REF_LANES;                                                 \
            _Pragma("GCC unroll 8") for (size_t part = 0; part < (vectors); part++)                                    \
                ADD_WEIGHTS(type, sum[part], weights, bytes, row + part * WIDTH);                                      \
        }                                                                                                              \
        _Pragma("GCC unroll 8") for (size_t part = 0; part < (vectors); part++)                                        \
            ((type *)accumulators)[part] += sum[part];                                                                 \
        accumulators += (vectors) * WIDTH;                                                                             \
        at += (vectors) * WIDTH;                                                                                       \
        width -= (vectors) * WIDTH;                                                                                    \
    } while (0)

/* units: of the run, or 0; wide: it begins where a vector does. Both are constants where this is called, and bytes. */
REF_INLINE void sum_run(const struct ref_projection *projection, int16_t *accumulators, const struct ref_run *run,
                        const uint32_t *events, size_t count, bool bytes, bool wide, uint32_t units)
{
    const uint32_t *rows = projection->rows;
    const void *weights = weights_of(projection);
    size_t width = (size_t)run->lanes * REF_LANES, at = (size_t)run->weight * REF_LANES;

    accumulators += run->start;
    if (units && wide)
        SUM_ROWS(vector, units / UNITS);
    if (units && !wide)
        SUM_ROWS(unit, units);
    while (!units && width >= 8 * VECTOR)
        SUM_ROWS(vector, 8);
    if (!units && width >= 4 * VECTOR)
        SUM_ROWS(vector, 4);
    if (!units && width >= 2 * VECTOR)
        SUM_ROWS(vector, 2);
    if (!units && width >= VECTOR)
        SUM_ROWS(vector, 1);
    if (width > 0) /* half a vector of 512 bits */
        SUM_ROWS(unit, 1);
}

REF_INLINE uint64_t sum_rows(const struct ref_projection *projection, int16_t *accumulators, const uint32_t *events,
                             size_t count, bool bytes)
{
    const struct ref_group *group = &projection->groups[REF_NO_EVENTS + 1];
    const struct ref_run *run = projection->runs + group->run;

    for (uint32_t left = group->runs; left && count; left--, run++)
        sum_run(projection, accumulators + group->first, run, events, count, bytes, true, 0);
    return (uint64_t)count * group->entries;
}

/* Adds the rows of events up to the end, all runs (a constant) of their group in one pass. */
#define SUM_RUNS(type, vectors, runs)                                                                                  \
    do {                                                                                                               \
        enum { WIDTH = sizeof(type) / sizeof(int16_t) };                                                               \
        type sum[runs][8] = {{{0}}};                                                                                   \
        for (; event < end; event++) {                                                                                 \
            size_t row = rows[events[event]];                                                                          \
            _Pragma("GCC unroll 3") for (size_t each = 0; each < (runs); each++) {                                     \
                size_t at = (row + run[each].weight) * REF_LANES;                                                      \
                _Pragma("GCC unroll 8") for (size_t part = 0; part < (vectors); part++)                                \
                    ADD_WEIGHTS(type, sum[each][part], weights, bytes, at + part * WIDTH);                             \
            }                                                                                                          \
        }                                                                                                              \
        _Pragma("GCC unroll 3") for (size_t each = 0; each < (runs); each++) {                                         \
            type *sums = (type *)(accumulators + group->first + run[each].start);                                      \
            _Pragma("GCC unroll 8") for (size_t part = 0; part < (vectors); part++)                                    \
                sums[part] += sum[each][part];                                                                         \
        }                                                                                                              \
    } while (0)

REF_INLINE uint64_t collected(const struct ref_collection *collection, const uint64_t *fired)
{
    uint64_t bits = 0;

    for (size_t index = 0; index < REF_CELLS; index++) {
        size_t first = (size_t)collection->cell[index] * REF_CELL;
        bits |= (fired[first / 64] >> first % 64 & ((1 << REF_CELL) - 1)) << index * REF_CELL;
    }
    return bits & collection->connected;
}

enum { COLLECTIONS_AT_ONCE = 64 };

/* First all that is irregular, without branches, then the additions: so they need not wait for one another. */
REF_INLINE uint64_t sum_groups(const struct ref_projection *projection, int16_t *accumulators, const uint64_t *fired,
                               uint32_t *events, bool bytes, bool wide, uint32_t units)
{
    const uint32_t *rows = projection->rows;
    const void *weights = weights_of(projection);
    bool together = wide && units > 0 && units % UNITS == 0;
    uint64_t operations = 0;

    for (size_t first = 0; first < projection->collection_count; first += COLLECTIONS_AT_ONCE) {
        const struct ref_collection *collections = projection->collections + first;
        size_t left = projection->collection_count - first, count = 0, found = 0, event = 0;
        uint32_t groups[COLLECTIONS_AT_ONCE], ends[COLLECTIONS_AT_ONCE];

        for (size_t index = 0; index < COLLECTIONS_AT_ONCE && index < left; index++) {
            uint64_t bits = collected(&collections[index], fired);
            size_t set = (size_t)__builtin_popcountll(bits);

            ref_list_word(bits, set, (uint32_t)(first + index) * 64, events + count);
            count += set;
            groups[found] = collections[index].group;
            ends[found] = (uint32_t)count;
            found += set > 0;
        }
        for (size_t index = 0; index < found; index++) {
            const struct ref_group *group = &projection->groups[groups[index]];
            const struct ref_run *run = projection->runs + group->run;
            size_t begin = event, end = ends[index];

            operations += (uint64_t)(end - begin) * group->entries;
            if (together && group->runs == 3)
                SUM_RUNS(vector, units / UNITS, 3);
            else if (together && group->runs == 2)
                SUM_RUNS(vector, units / UNITS, 2);
            for (uint32_t rest = event < end ? group->runs : 0; rest; rest--, run++)
                sum_run(projection, accumulators + group->first, run, events + begin, end - begin, bytes, wide, units);
            event = end;
        }
    }
    return operations;
}

/* ---- each source has its own targets: event by event ---- */

REF_INLINE uint64_t add_rows(const struct ref_projection *projection, int16_t *accumulators, const uint32_t *events,
                             size_t count, bool bytes, bool wide, uint32_t units)
{
    const struct ref_source *sources = projection->sources;
    const struct ref_group *groups = projection->groups;
    const struct ref_run *runs = projection->runs;
    const void *weights = weights_of(projection);
    uint64_t operations = 0;

    for (size_t event = 0; event < count; event++) {
        const struct ref_source *source = &sources[events[event]];
        const struct ref_group *group = &groups[source->group];
        const struct ref_run *run = runs + group->run, *end = run + group->runs;

        operations += group->entries;
        for (; run < end; run++) {
            int16_t *sums = accumulators + group->first + run->start;
            size_t at = (source->row + (size_t)run->weight) * REF_LANES;
            uint32_t left = units ? units : run->lanes;

            if (wide) {
                _Pragma("GCC unroll 8") for (; left >= UNITS; left -= UNITS) {
                    ADD_WEIGHTS(vector, *(vector *)sums, weights, bytes, at);
                    sums += VECTOR;
                    at += VECTOR;
                }
            }
            _Pragma("GCC unroll 8") for (; left; left--) {
                ADD_WEIGHTS(unit, *(unit *)sums, weights, bytes, at);
                sums += REF_LANES;
                at += REF_LANES;
            }
        }
    }
    return operations;
}

/* One target for each source. */
REF_INLINE uint64_t add_single(const struct ref_projection *projection, int16_t *accumulators, const uint32_t *events,
                               size_t count, bool bytes)
{
    for (size_t event = 0; event < count; event++) {
        const struct ref_source *source = &projection->sources[events[event]];
        size_t at = (size_t)source->row * REF_LANES;
        int16_t *sum = accumulators + projection->groups[source->group].first;

        *sum = (int16_t)(uint16_t)(*sum + (bytes ? projection->byte_weights[at] : projection->weights[at]));
    }
    return count;
}

/* ---- the kernels ---- */

REF_INLINE uint64_t add_irregular(const struct ref_projection *projection, int16_t *accumulators, const uint64_t *fired,
                                  uint32_t *events, bool bytes, bool wide)
{
    uint64_t operations = 0, fours = 0;
    size_t count = 0;

#define ADD_ROWS(units)                                                                                                \
    case units:                                                                                                        \
        if (projection->form == REF_GROUPS)                                                                            \
            return sum_groups(projection, accumulators, fired, events, bytes, wide, units);                            \
        operations = add_rows(projection, accumulators, events, count, bytes, wide, units);                            \
        break
    if (projection->form == REF_FOURS)
        count = ref_list_fours(projection, fired, events, &fours);
    else if (projection->form != REF_GROUPS)
        count = ref_list_events(fired, projection->connected, projection->image->map.sources, events);
    switch (projection->lanes) {
        ADD_ROWS(1);
        ADD_ROWS(2);
        ADD_ROWS(3);
        ADD_ROWS(4);
        ADD_ROWS(5);
        ADD_ROWS(6);
        ADD_ROWS(8);
    default:
        ADD_ROWS(0);
    }
#undef ADD_ROWS
    return projection->form == REF_FOURS ? fours : operations;
}

REF_INLINE uint64_t add_events(const struct ref_projection *projection, int16_t *accumulators, const uint64_t *fired,
                               uint32_t *events, bool bytes)
{
    size_t count;

    if (projection->form != REF_ALL_ALIKE && projection->form != REF_ONE_EACH)
        return UNITS > 1 && projection->aligned ? add_irregular(projection, accumulators, fired, events, bytes, true)
                                                : add_irregular(projection, accumulators, fired, events, bytes, false);
    count = ref_list_events(fired, projection->connected, projection->image->map.sources, events);
    return projection->form == REF_ALL_ALIKE ? sum_rows(projection, accumulators, events, count, bytes)
                                             : add_single(projection, accumulators, events, count, bytes);
}

uint64_t REF_KERNEL(ref_add_events)(const struct ref_projection *projection, int16_t *accumulators,
                                    const uint64_t *fired, uint32_t *events)
{
    return projection->byte_weights ? add_events(projection, accumulators, fired, events, true)
                                    : add_events(projection, accumulators, fired, events, false);
}

/* (weight * value + 2^7) >> 8 of each entry; >> of a negative number is floor() with every compiler that we use. */
REF_INLINE void add_products(int16_t *restrict sums, const struct ref_projection *projection, size_t at, int32_t value,
                             size_t count, bool bytes)
{
    const int8_t *restrict narrow = bytes ? projection->byte_weights + at : NULL;
    const int16_t *restrict weights = bytes ? NULL : projection->weights + at;

    for (size_t lane = 0; lane < count; lane++) {
        int32_t weight = bytes ? narrow[lane] : weights[lane];
        int32_t product = (weight * value + (1 << (HW_PRODUCT_SHIFT - 1))) >> HW_PRODUCT_SHIFT;
        sums[lane] = (int16_t)(uint16_t)(sums[lane] + product);
    }
}

uint64_t REF_KERNEL(ref_add_values)(const struct ref_projection *projection, int16_t *accumulators,
                                    const int16_t *values)
{
    uint64_t operations = 0;

    for (size_t place = 0; place < projection->image->map.sources; place++) {
        const struct ref_source *source = &projection->sources[place];
        const struct ref_group *group = &projection->groups[source->group];
        const struct ref_run *run = projection->runs + group->run;

        if (values[place] == 0)
            continue;
        operations += group->entries;
        for (uint32_t left = group->runs; left; left--, run++) {
            int16_t *sums = accumulators + group->first + run->start;
            size_t at = (source->row + (size_t)run->weight) * REF_LANES, count = (size_t)run->lanes * REF_LANES;

            if (projection->byte_weights)
                add_products(sums, projection, at, values[place], count, true);
            else
                add_products(sums, projection, at, values[place], count, false);
        }
    }
    return operations;
}
