/* Rounding by what sources send together, against the errors counted step by step. */
#include "quantize_pair.h"
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

static const double leak = 0.1;

/* What a membrane has wrong of what it hears, squared and summed over the recorded steps. */
static double kept_wrong(const struct spike_record *record, const double *off, size_t sources, double leak_counted)
{
    double error = 0, sum = 0;

    for (size_t step = 0; step < record->samples * record->steps; step++) {
        sum = step % record->steps == 0 ? 0 : (1 - leak_counted) * sum;
        for (size_t source = 0; source < sources; source++)
            sum += record->fired[0][source * record->words + step / 64] >> step % 64 & 1 ? off[source] : 0;
        error += sum * sum;
    }
    return error;
}

/* Sources fire in groups of four, mostly together. Rounding to nearest knows nothing of that, and a balance of means
 * little: their weights must be wrong in ways that cancel. Errors are counted step by step, as a membrane with
 * leak_counted keeps them: with 1 those of each step alone. */
static void round_groups(unsigned bits_wanted, double leak_counted)
{
    enum { SOURCES = 32, STEPS = 50, SAMPLES = 8, CASES = 20 };
    int most = (1 << (bits_wanted - 1)) - 1;
    double nearest_error = 0, balanced_error = 0, error = 0;
    uint64_t state = 11;

    for (size_t each = 0; each < CASES; each++) {
        double weight[SOURCES], power[SOURCES] = {0}, off[SOURCES], nearest[SOURCES], magnitude[2] = {1, 4};
        uint64_t bits[SOURCES * (STEPS * SAMPLES + 63) / 64 + SOURCES] = {0}, *fired[2] = {bits, NULL};
        double *powers[2] = {power, NULL}, *reaches[2] = {NULL, NULL}, current[2] = {0};
        struct calibration calibration = {magnitude, current, reaches, powers,
                                          {SAMPLES, STEPS, (STEPS * SAMPLES + 63) / 64, fired}};
        struct pair pair;

        for (size_t step = 0; step < STEPS * SAMPLES; step++)
            for (size_t source = 0; source < SOURCES; source++) {
                static bool group;
                group = source % 4 ? group : random_below(&state, 4) == 0;
                if (group && random_below(&state, 10) > 0) {
                    bits[source * calibration.record.words + step / 64] |= UINT64_C(1) << step % 64;
                    power[source] += 1.0 / (STEPS * SAMPLES);
                }
            }
        for (size_t source = 0; source < SOURCES; source++)
            weight[source] = random_unit(&state) - 0.5;
        begin_pair(&pair, MODEL_LIF, SOURCES, 1, weight);
        pair.populations[1].leak[0] = leak;
        pair.network.options.weight_bits = bits_wanted;
        cr_assert_eq(quantize_pair(&pair, &calibration), 0);
        const struct image_projection *projection = &pair.image.projections[0];
        cr_assert_eq(projection->weight_bits, bits_wanted);
        for (size_t source = 0; source < SOURCES; source++) {
            double units = weight[source] / projection->scale;
            off[source] = projection->weight[source] - units;
            nearest[source] = fmax(-most, fmin(most, round(units))) - units;
            cr_expect(fabs(off[source]) < 1 || abs(projection->weight[source]) == most);
        }
        double own = kept_wrong(&calibration.record, off, SOURCES, leak_counted);
        struct spike_record record = calibration.record;
        calibration.record = (struct spike_record){0}; /* then only means are known */
        cr_assert_eq(quantize_pair(&pair, &calibration), 0);
        projection = &pair.image.projections[0];
        for (size_t source = 0; source < SOURCES; source++)
            off[source] = projection->weight[source] - weight[source] / projection->scale;
        balanced_error += kept_wrong(&record, off, SOURCES, leak_counted);
        calibration.record = record;
        cr_expect_leq(own, kept_wrong(&calibration.record, nearest, SOURCES, leak_counted), "case %zu", each);
        error += own;
        nearest_error += kept_wrong(&calibration.record, nearest, SOURCES, leak_counted);
        end_pair(&pair);
    }
    cr_log_info("error %g, balanced %g, nearest %g", error, balanced_error, nearest_error);
    cr_expect_lt(error, 0.8 * balanced_error);
    cr_expect_lt(error, 0.6 * nearest_error);
}

Test(quantize, weights_are_rounded_by_what_membranes_keep)
{
    round_groups(4, leak);
}

Test(quantize, fine_weights_are_rounded_by_what_fires_together)
{
    round_groups(8, 1);
}
