/* The update of 64 neurons for the integer model (ref_neurons.c): as docs/numbers.md has it, and the same in 16 bits
 * where the instruction set that a file is compiled for has vectors for it. */
#ifndef NIRLOOM_REF_WORD_H
#define NIRLOOM_REF_WORD_H

#include "ref_plan.h"

#include "hardware.h"

#include <string.h>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#define REF_INLINE static inline __attribute__((always_inline))

/* What is the same for all neurons of a population. */
struct ref_rule {
    int exponent; /* of the input */
    bool biased;  /* a bias is not 0 */
    bool fire;
    bool subtract;
    bool clear; /* the input is set to 0 */
};

#if defined(__AVX512BW__)
enum { REF_VECTOR = 32 };
typedef __m512i ref_numbers;
#define OF_VECTOR(name) _mm512_##name
#define OF_BITS(name) _mm512_##name##_si512
#elif defined(__AVX2__)
enum { REF_VECTOR = 16 };
typedef __m256i ref_numbers;
#define OF_VECTOR(name) _mm256_##name
#define OF_BITS(name) _mm256_##name##_si256
#endif

#if defined(__AVX2__)

/* saturate16(left + right * factor + more), factor from 0 on */
REF_INLINE ref_numbers add_scaled(ref_numbers left, ref_numbers right, int factor, ref_numbers more)
{
    ref_numbers factors = OF_VECTOR(set1_epi32)(1 << 16 | factor);
    ref_numbers low = OF_VECTOR(madd_epi16)(OF_VECTOR(unpacklo_epi16)(right, left), factors);
    ref_numbers high = OF_VECTOR(madd_epi16)(OF_VECTOR(unpackhi_epi16)(right, left), factors);

    low = OF_VECTOR(add_epi32)(low, OF_VECTOR(srai_epi32)(OF_VECTOR(unpacklo_epi16)(more, more), 16));
    high = OF_VECTOR(add_epi32)(high, OF_VECTOR(srai_epi32)(OF_VECTOR(unpackhi_epi16)(more, more), 16));
    return OF_VECTOR(packs_epi32)(low, high);
}

/* saturate16(leaked(state, leak) + gained(input, exponent, bias)). (a b + 2^14) >> 15 is one instruction, both for a
 * product with a leak and for a shift to the right. A leak takes away, so that leaked() is in range, and a sum that is
 * cut off gives it. */
REF_INLINE ref_numbers grown(ref_numbers state, ref_numbers leak, ref_numbers input, ref_numbers bias,
                             const struct ref_rule *rule)
{
    ref_numbers left = OF_VECTOR(add_epi16)(state, OF_VECTOR(mulhrs_epi16)(state, leak));

    _Static_assert(HW_LEAK_SHIFT == 15, "what mulhrs shifts by");
    if (rule->exponent < 0)
        input = OF_VECTOR(mulhrs_epi16)(input, OF_VECTOR(set1_epi16)((int16_t)(1 << (HW_LEAK_SHIFT + rule->exponent))));
    if (rule->exponent <= 0 && !rule->biased)
        return OF_VECTOR(adds_epi16)(left, input);
    return add_scaled(left, input, rule->exponent > 0 ? 1 << rule->exponent : 1, bias);
}

/* Returns above where left > right, else left, and sets bit n of *bits where number n is. */
REF_INLINE ref_numbers replace_above(ref_numbers left, ref_numbers right, ref_numbers above, uint64_t *bits)
{
#if defined(__AVX512BW__)
    __mmask32 mask = _mm512_cmpgt_epi16_mask(left, right);

    *bits = mask;
    return _mm512_mask_mov_epi16(left, mask, above);
#else
    __m256i mask = _mm256_cmpgt_epi16(left, right);
    __m128i bytes = _mm_packs_epi16(_mm256_castsi256_si128(mask), _mm256_extracti128_si256(mask, 1));

    *bits = (uint32_t)_mm_movemask_epi8(bytes);
    return _mm256_blendv_epi8(left, above, mask);
#endif
}

/* Which of REF_PADDING neurons fired. parameters is of the first of them, in the order of enum neuron_parameter or
 * (without fire) enum current_parameter. */
REF_INLINE uint64_t ref_update_word(int16_t *restrict state, int16_t *restrict input, const int16_t *const *parameters,
                                    const struct ref_rule *rule)
{
    uint64_t fired = 0, bits;

    for (size_t at = 0; at < REF_PADDING; at += REF_VECTOR) {
#define LOAD(from) OF_BITS(loadu)((const void *)((from) + at))
        ref_numbers leak = LOAD(parameters[NEURON_LEAK]), bias = LOAD(parameters[NEURON_BIAS]);
        ref_numbers sum = grown(LOAD(state), leak, LOAD(input), bias, rule);

        if (rule->fire) {
            ref_numbers back = LOAD(parameters[NEURON_RESET]);

            back = rule->subtract ? OF_VECTOR(adds_epi16)(sum, back) : back;
            sum = replace_above(sum, LOAD(parameters[NEURON_THRESHOLD]), back, &bits);
            fired |= bits << at;
        }
        OF_BITS(storeu)((void *)(state + at), sum);
        if (rule->clear)
            OF_BITS(storeu)((void *)(input + at), OF_VECTOR(set1_epi16)(0));
#undef LOAD
    }
    return fired;
}

/* Bit n is 1 where byte n of 64 is not 0. */
REF_INLINE uint64_t ref_bytes_set(const uint8_t *bytes)
{
#if defined(__AVX512BW__)
    __m512i all = _mm512_loadu_si512(bytes);

    return _mm512_test_epi8_mask(all, all);
#else
    uint64_t clear = 0;

    for (size_t at = 0; at < 64; at += 32) {
        __m256i all = _mm256_loadu_si256((const void *)(bytes + at));
        clear |= (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(all, _mm256_setzero_si256())) << at;
    }
    return ~clear;
#endif
}

#else /* any machine: loops that compilers make vectors of */

REF_INLINE int16_t saturated(int32_t value)
{
    return (int16_t)(value > INT16_MAX ? INT16_MAX : value < INT16_MIN ? INT16_MIN : value);
}

/* >> of a negative number is floor() with every compiler that we use. */
REF_INLINE int16_t grown(int32_t state, int32_t leak, int32_t input, int32_t bias, int32_t factor)
{
    int32_t leaked = state + ((state * leak + (1 << (HW_LEAK_SHIFT - 1))) >> HW_LEAK_SHIFT);
    int32_t gained = (input * factor + bias * (1 << HW_GAIN_SHIFT) + (1 << (HW_GAIN_SHIFT - 1))) >> HW_GAIN_SHIFT;

    return saturated(leaked + gained);
}

/* Bit n is 1 where byte n of 64 is not 0. */
REF_INLINE uint64_t ref_bytes_set(const uint8_t *bytes)
{
    uint8_t ones[64];
    uint64_t set = 0;

    for (int byte = 0; byte < 64; byte++)
        ones[byte] = bytes[byte] != 0;
    for (int first = 0; first < 64; first += 8) {
        uint64_t word = 0;

        for (int byte = 0; byte < 8; byte++)
            word |= (uint64_t)ones[first + byte] << 8 * byte;
        set |= word * UINT64_C(0x0102040810204080) >> 56 << first; /* byte n to bit n */
    }
    return set;
}

REF_INLINE uint64_t ref_update_word(int16_t *restrict state, int16_t *restrict input, const int16_t *const *parameters,
                                    const struct ref_rule *rule)
{
    const int16_t *restrict leaks = parameters[NEURON_LEAK], *restrict biases = parameters[NEURON_BIAS];
    int32_t factor = 1 << (HW_GAIN_SHIFT + rule->exponent);
    uint8_t above[REF_PADDING];

    for (size_t at = 0; at < REF_PADDING; at++)
        state[at] = grown(state[at], leaks[at], input[at], biases[at], factor);
    if (rule->clear)
        memset(input, 0, REF_PADDING * sizeof *input);
    if (!rule->fire)
        return 0;
    const int16_t *restrict thresholds = parameters[NEURON_THRESHOLD], *restrict resets = parameters[NEURON_RESET];
    for (size_t at = 0; at < REF_PADDING; at++)
        above[at] = state[at] > thresholds[at];
    for (size_t at = 0; at < REF_PADDING; at++) {
        int16_t back = rule->subtract ? saturated(state[at] + resets[at]) : resets[at];
        state[at] = above[at] ? back : state[at];
    }
    return ref_bytes_set(above);
}

#endif
#endif
