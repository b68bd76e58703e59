/* Which sources spiked, for the integer model (ref_events.c): bits become numbers. */
#ifndef NIRLOOM_REF_LIST_H
#define NIRLOOM_REF_LIST_H

#include "ref_plan.h"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#define REF_INLINE static inline __attribute__((always_inline))

/* How many bits of a word are listed at least: their number is irregular, and a branch that depends on it would often
 * be foreseen wrongly. Those too many are overwritten by the next. */
#if defined(__AVX512VBMI2__)
enum { REF_LISTED = 16 };
#else
enum { REF_LISTED = 8 };
#endif
_Static_assert((int)REF_LISTED <= (int)REF_EVENTS_BEHIND, "scratch for events");

REF_INLINE void ref_list_word(uint64_t bits, size_t set, uint32_t first, uint32_t *events)
{
#if defined(__AVX512VBMI2__)
    uint8_t places[64], all[64];

    for (int place = 0; place < 64; place++) /* a constant */
        all[place] = (uint8_t)place;
    __m512i listed = _mm512_maskz_compress_epi8(bits, _mm512_loadu_si512(all)), base = _mm512_set1_epi32((int)first);
    _mm512_storeu_si512(events, _mm512_add_epi32(_mm512_cvtepu8_epi32(_mm512_castsi512_si128(listed)), base));
    if (set <= REF_LISTED)
        return;
    _mm512_storeu_si512(places, listed);
    for (size_t done = REF_LISTED; done < set; done += REF_LISTED) {
        __m128i some = _mm_loadu_si128((const __m128i *)(const void *)(places + done));
        _mm512_storeu_si512(events + done, _mm512_add_epi32(_mm512_cvtepu8_epi32(some), base));
    }
#else
    size_t done = 0;

    do {
        _Pragma("GCC unroll 8") for (size_t event = 0; event < REF_LISTED; event++) {
            events[done + event] = first + (uint32_t)__builtin_ctzll(bits | UINT64_C(1) << 63);
            bits &= bits - 1;
        }
        done += REF_LISTED;
    } while (done < set);
#endif
}

/* All bits that are set, of sources with synapses. */
REF_INLINE size_t ref_list_events(const uint64_t *fired, const uint64_t *connected, size_t sources, uint32_t *events)
{
    size_t count = 0;

    for (size_t first = 0; first < sources; first += 64) {
        uint64_t bits = fired[first / 64] & connected[first / 64];
        size_t set = (size_t)__builtin_popcountll(bits);

        ref_list_word(bits, set, (uint32_t)first, events + count);
        count += set;
    }
    return count;
}

/* Lists the fours in which a bit is set, as number of the subset. Returns their number, and in *operations the entries
 * of the map that they meet. */
REF_INLINE size_t ref_list_fours(const struct ref_projection *projection, const uint64_t *fired, uint32_t *events,
                                 uint64_t *operations)
{
    size_t count = 0;

    for (size_t first = 0; first < projection->image->map.sources; first += 64) {
        uint64_t bits = fired[first / 64], any = bits | bits >> 1;

        any = (any | any >> 2) & UINT64_C(0x1111111111111111);
        ref_list_word(any, (size_t)__builtin_popcountll(any), (uint32_t)first, events + count);
        count += (size_t)__builtin_popcountll(any);
    }
    *operations = 0;
    for (size_t event = 0; event < count; event++) {
        uint32_t first = events[event];

        events[event] = 4 * first + (uint32_t)(fired[first / 64] >> first % 64 & 15);
        *operations += projection->operations[events[event]];
    }
    return count;
}

#endif
