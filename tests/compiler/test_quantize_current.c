/* The quantiser where a synaptic current stands between the accumulator and v, where exponents are negative, and where
 * connections lead back. */
#include "quantize_pair.h"
#include "ref.h"
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

/* Units by hand: i' = i (1 - 1/2) + x, v' = v (1 - 1/4) + g i' in real numbers, beside the integers: the difference stays
 * within the roundings: half a unit of j a step, kept by 1/2, and half a unit of v and what j is off, kept by 3/4. */
Test(quantize_current, follows_the_real_numbers)
{
    for (int old = 0; old < 2; old++) {
        double weight[] = {0.9, -0.4, 0.25}, gain[] = {0.3, 0.7};
        double six[6], i[2] = {0}, v[2] = {0}, worst_i[2] = {0}, worst_v[2] = {0};
        struct pair pair;
        uint64_t state = 5;

        for (size_t index = 0; index < 6; index++)
            six[index] = weight[index / 2] * (index % 2 ? 1 : 1.7);
        begin_pair(&pair, MODEL_CUBALI, 3, 2, six);
        pair.network.options.cuba_order = old ? CUBA_OLD : CUBA_NEW;
        for (size_t neuron = 0; neuron < 2; neuron++) {
            pair.populations[1].leak[neuron] = 0.25;
            pair.populations[1].current_leak[neuron] = 0.5;
            pair.populations[1].current_gain[neuron] = gain[neuron];
            pair.populations[1].bias[neuron] = 0.11;
            pair.populations[1].drift[neuron] = -0.07;
        }
        cr_assert_eq(quantize_pair(&pair, NULL), 0);
        const struct image_population *result = &pair.image.populations[1];
        cr_expect_eq(result->current_old, old);
        double unit_v = result->scale, unit_j = ldexp(unit_v, result->gain_exponent);
        double unit_x = pair.image.projections[0].scale;
        struct ref *ref = ref_open(&pair.image);
        for (int step = 0; step < 200; step++) {
            uint8_t spikes[3];

            for (size_t source = 0; source < 3; source++)
                spikes[source] = random_below(&state, 3) == 0;
            ref_set_spikes(ref, 0, spikes);
            ref_step(ref);
            for (size_t neuron = 0; neuron < 2; neuron++) {
                double x = 0.11, before = i[neuron], off_before = worst_i[neuron];
                for (size_t source = 0; source < 3; source++)
                    x += spikes[source] ? six[source * 2 + neuron] : 0;
                i[neuron] = 0.5 * i[neuron] + x;
                v[neuron] = 0.75 * v[neuron] - 0.07 + gain[neuron] * (old ? before : i[neuron]);
                /* three weights and a bias, each half a unit off; a leak and an input rounded */
                worst_i[neuron] = 0.5 * worst_i[neuron] + 1.5 * unit_x + 1.5 * unit_j;
                worst_v[neuron] = 0.75 * worst_v[neuron] + (old ? off_before : worst_i[neuron]) + 1.5 * unit_v;
                cr_assert_leq(fabs(ref_current(ref, 1)[neuron] * result->current_unit[neuron] - i[neuron]),
                              worst_i[neuron] / gain[neuron] * 1.0001, "step %d", step);
                cr_assert_leq(fabs(ref_state(ref, 1)[neuron] * unit_v - v[neuron]), worst_v[neuron] * 1.0001, "step %d",
                              step);
            }
        }
        cr_expect_lt(worst_v[0], 0.1, "%g: the bound must say something", worst_v[0]);
        ref_close(ref);
        end_pair(&pair);
    }
}

/* j needs finer units than v: what is left of it where its leak rounds to nothing must be small beside the threshold. */
Test(quantize_current, current_has_finer_units)
{
    double weight[64];
    struct pair pair;
    uint64_t state = 9;

    for (size_t index = 0; index < 64; index++)
        weight[index] = random_unit(&state) - 0.5;
    begin_pair(&pair, MODEL_CUBALIF, 64, 1, weight);
    pair.populations[1].leak[0] = 0.05;
    pair.populations[1].current_leak[0] = 0.1;
    pair.populations[1].current_gain[0] = 0.5;
    cr_assert_eq(quantize_pair(&pair, NULL), 0);
    const struct image_population *result = &pair.image.populations[1];
    cr_expect_lt(result->gain_exponent, 0, "%d", result->gain_exponent);
    /* The current's leak is 0 below 0.5 / 0.1 = 5 units; steady, they raise v by 5 / 0.05 = 100 units of j. */
    double standing = 100 * ldexp(result->scale, result->gain_exponent);
    cr_expect_lt(standing, 0.05, "%g", standing);
    /* And v reaches 16 thresholds at least. */
    cr_expect_geq(result->scale * 32767, 16);
    end_pair(&pair);
}

Test(quantize_current, calibration_bounds_the_current)
{
    double weight[64], magnitude[] = {0, 2}, current[] = {0, 3};
    struct calibration calibration = {.magnitude = magnitude, .current_magnitude = current};
    struct pair pair;
    uint64_t state = 3;

    for (size_t index = 0; index < 64; index++)
        weight[index] = random_unit(&state) - 0.3;
    begin_pair(&pair, MODEL_CUBALI, 64, 1, weight);
    pair.populations[1].leak[0] = 0.02;
    pair.populations[1].current_leak[0] = 0.02;
    pair.populations[1].current_gain[0] = 0.5;
    cr_assert_eq(quantize_pair(&pair, &calibration), 0);
    double range = pair.image.populations[1].current_unit[0] * 32767;
    cr_expect(range >= 4.5 && range <= 9.1, "%g", range); /* 1.5 times what was seen, within the power of 2 */
    range = pair.image.populations[1].scale * 32767;
    cr_expect(range >= 3 && range <= 6.1, "%g", range);
    end_pair(&pair);
}

/* Weights far below the threshold: v's unit is coarser than theirs, and they keep their bits. */
Test(quantize_current, negative_exponents_keep_the_weights)
{
    double weight[] = {0.0013, 0.00071};
    struct pair pair;

    begin_pair(&pair, MODEL_IF, 2, 1, weight);
    cr_assert_eq(quantize_pair(&pair, NULL), 0);
    cr_expect_lt(pair.image.populations[1].gain_exponent, 0);
    cr_expect_eq(pair.image.projections[0].weight[0], 127);
    cr_expect_eq(pair.image.projections[0].weight[1], 69); /* 127 * 71 / 130 = 69.4 */
    cr_expect_geq(pair.image.populations[1].scale * 32767, 16);
    end_pair(&pair);
}

/* 1000 sources at full weight are 127000 units: 16 bits hold a quarter. */
Test(quantize_current, sums_beyond_16_bits_are_a_warning)
{
    static double weight[1000];
    struct pair pair;

    for (size_t index = 0; index < 1000; index++)
        weight[index] = 1 + 1e-3 * (double)(index % 7) * sqrt(2);
    begin_pair(&pair, MODEL_LIF, 1000, 1, weight);
    pair.populations[1].threshold[0] = 100;
    cr_assert_eq(quantize_pair(&pair, NULL), 0);
    int64_t sum = 0;
    for (size_t index = 0; index < 1000; index++)
        sum += pair.image.projections[0].weight[index];
    cr_expect(sum <= 32767 && sum > 28000, "%lld", (long long)sum);
    cr_expect(warns_of(&pair, "an accumulator holds 32767"));
    end_pair(&pair);
}

/* Back to itself: the bound counts both projections, 100 * 2 + 100 * 2 full weights; alone each would fit. */
Test(quantize_current, bounds_count_what_comes_back)
{
    double weight[150 * 150];
    struct pair pair;
    struct projection both[2];
    size_t neuron = 0;

    for (size_t index = 0; index < 150 * 150; index++)
        weight[index] = 1;
    begin_pair(&pair, MODEL_LIF, 150, 150, weight);
    both[0] = pair.projection;
    both[1] = pair.projection;
    both[1].source = 1;
    both[1].delay = 1;
    pair.network.projections = both;
    pair.network.projection_count = 2;
    cr_assert_eq(quantize_pair(&pair, NULL), 0);
    int weight_units = pair.image.projections[0].weight[0];
    cr_expect_eq(pair.image.projections[1].weight[7], weight_units);
    cr_expect_leq(300 * weight_units, 32767);
    cr_expect_eq(image_accumulator_bound(&pair.image, 1, &neuron), 300 * weight_units);
    cr_expect_eq(image_history(&pair.image, 1), 1);
    cr_expect_eq(image_history(&pair.image, 0), 0);
    end_pair(&pair);
}

/* A Threshold of -1 without inputs fires in every step (how lowering makes a bias that begins later). */
Test(quantize_current, a_threshold_without_inputs_always_fires)
{
    double weight[] = {0.5};
    struct pair pair;

    begin_pair(&pair, MODEL_THRESHOLD, 1, 1, weight);
    pair.populations[1].threshold[0] = -1;
    pair.network.projection_count = 0;
    cr_assert_eq(quantize_pair(&pair, NULL), 0);
    struct ref *ref = ref_open(&pair.image);
    for (int step = 0; step < 3; step++) {
        ref_step(ref);
        cr_expect_eq(ref_spikes(ref, 1)[0], 1);
    }
    ref_close(ref);
    end_pair(&pair);
}

/* A readout that hears half of itself: its values stay those of a geometric series. */
Test(quantize_current, values_in_a_cycle)
{
    double weight[] = {0.75}, loop[] = {0.5}, expected = 0;
    struct pair pair;
    struct projection both[2];
    uint8_t spike = 1;

    begin_pair(&pair, MODEL_RELAY, 1, 1, weight);
    both[0] = pair.projection;
    both[1] = pair.projection;
    both[1].source = 1;
    both[1].delay = 1;
    both[1].weight = loop;
    pair.network.projections = both;
    pair.network.projection_count = 2;
    cr_assert_eq(quantize_pair(&pair, NULL), 0);
    struct ref *ref = ref_open(&pair.image);
    ref_set_spikes(ref, 0, &spike);
    for (int step = 0; step < 20; step++) {
        ref_step(ref);
        expected = 0.75 + 0.5 * expected;
        cr_expect_leq(fabs(ref_state(ref, 1)[0] * pair.image.populations[1].scale - expected), 0.02, "step %d: %g", step,
                      ref_state(ref, 1)[0] * pair.image.populations[1].scale);
    }
    ref_close(ref);
    end_pair(&pair);
}
