/* Which inner loops (ref_kernels.h) this machine can run. */
#include "ref_kernels.h"

#define KERNELS(set) { #set, ref_add_events_##set, ref_add_values_##set, ref_update_##set, ref_pack_##set }
static const struct ref_kernels kernels[] = {
    KERNELS(portable),
#if defined(__x86_64__)
    KERNELS(avx2),
    KERNELS(avx512),
#endif
};

/* What the Makefile compiles them for. */
size_t ref_kernels_count(void)
{
#if defined(__x86_64__)
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
    bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi2");

    return avx512 ? 3 : avx2 ? 2 : 1;
#else
    return 1;
#endif
}

const struct ref_kernels *ref_kernels_get(size_t index)
{
    return &kernels[index];
}
