/* The inner loops of the integer model (ref.h), compiled for several instruction sets; which one a machine uses is
 * found out when a plan is made. They differ in speed only. */
#ifndef NIRLOOM_REF_KERNELS_H
#define NIRLOOM_REF_KERNELS_H

#include "ref_parts.h"

struct ref_kernels {
    const char *name; /* of the instruction set */

    /* Adds the rows of the sources whose bits are set in fired, or of all sources times their values, to
     * accumulators. events is scratch for REF_EVENTS_BEHIND more than there are sources. Return the entries of the
     * map that were met. */
    uint64_t (*add_events)(const struct ref_projection *projection, int16_t *accumulators, const uint64_t *fired,
                           uint32_t *events);
    uint64_t (*add_values)(const struct ref_projection *projection, int16_t *accumulators, const int16_t *values);

    /* One step of all neurons of a population; clears the accumulators. */
    void (*update)(const struct ref_population_plan *plan, struct ref_population *run);

    /* Sets bit n of fired where byte n is not 0; bits from count to the end of its word are cleared. */
    void (*pack)(uint64_t *fired, const uint8_t *bytes, size_t count);
};

/* Those that this machine can run, fastest last. */
size_t ref_kernels_count(void);
const struct ref_kernels *ref_kernels_get(size_t index);

/* ref_update_avx2() and so on, by the instruction set that the Makefile names. */
#ifndef REF_KERNELS
#define REF_KERNELS portable
#endif
#define REF_PASTE(name, set) name##_##set
#define REF_PASTE_VALUE(name, set) REF_PASTE(name, set)
#define REF_KERNEL(name) REF_PASTE_VALUE(name, REF_KERNELS)

#define REF_DECLARE_KERNELS(set)                                                                                       \
    uint64_t ref_add_events_##set(const struct ref_projection *projection, int16_t *accumulators,                      \
                                  const uint64_t *fired, uint32_t *events);                                            \
    uint64_t ref_add_values_##set(const struct ref_projection *projection, int16_t *accumulators,                      \
                                  const int16_t *values);                                                              \
    void ref_update_##set(const struct ref_population_plan *plan, struct ref_population *run);                         \
    void ref_pack_##set(uint64_t *fired, const uint8_t *bytes, size_t count)
REF_DECLARE_KERNELS(portable);
REF_DECLARE_KERNELS(avx2);
REF_DECLARE_KERNELS(avx512);

#endif
