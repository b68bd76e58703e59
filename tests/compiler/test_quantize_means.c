/* Biases take over what rounded weights lose in the mean, against sums by hand. */
#include "quantize_pair.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { SOURCES = 3, TARGETS = 2, STEPS = 20, SAMPLES = 4, WORDS = (STEPS * SAMPLES + 63) / 64 };

static const double weight[SOURCES * TARGETS] = {0.3137, -0.2218, 0.1729, 0.4543, -0.2641, 0.0957};

/* Quantises them, where every source spikes in every step. */
static void quantize_steady(struct pair *pair, enum model model, unsigned bits_wanted, const double *bias)
{
    static double power[SOURCES] = {1, 1, 1}, magnitude[2] = {1, 4}, current[2] = {0, 4};
    static uint64_t bits[SOURCES * WORDS], *fired[2] = {bits, NULL};
    double *powers[2] = {power, NULL}, *reaches[2] = {NULL, NULL};
    struct calibration calibration = {magnitude, current, reaches, powers, {SAMPLES, STEPS, WORDS, fired}};

    memset(bits, 0xff, sizeof bits);
    begin_pair(pair, model, SOURCES, TARGETS, weight);
    for (size_t target = 0; target < TARGETS; target++) {
        pair->populations[1].leak[target] = 0.2;
        pair->populations[1].bias[target] = bias[target];
    }
    pair->network.options.weight_bits = bits_wanted;
    pair->network.options.scales = SCALES_POPULATION;
    cr_assert_eq(quantize_pair(pair, &calibration), 0);
}

/* What all weights add to a target in a step, less what they should. */
static double lost(const struct pair *pair, size_t target)
{
    const struct image_projection *projection = &pair->image.projections[0];
    double sum = 0;

    for (size_t source = 0; source < SOURCES; source++) {
        size_t entry = source * TARGETS + target;
        sum += projection->weight[entry] * projection->scale - weight[entry];
    }
    return sum;
}

/* Sources that always spike are a bias themselves: all that a step adds is what it should be, to half a unit of v. */
Test(quantize, biases_take_over_what_weights_lose)
{
    static const double bias[TARGETS] = {0.1, -0.07};
    static const enum model models[] = {MODEL_LIF, MODEL_CUBALIF};

    for (size_t each = 0; each < sizeof models / sizeof *models; each++) {
        struct pair pair;
        double most = 0;

        quantize_steady(&pair, models[each], 3, bias);
        const struct image_population *population = &pair.image.populations[1];
        const int16_t *written = models[each] == MODEL_LIF ? population->parameter[NEURON_BIAS]
                                                           : population->current_parameter[CURRENT_BIAS];
        double unit = models[each] == MODEL_LIF ? population->scale : population->current_unit[0];
        for (size_t target = 0; target < TARGETS; target++) {
            cr_expect_leq(fabs(written[target] * unit + lost(&pair, target) - bias[target]), 0.51 * unit, "target %zu",
                          target);
            most = fmax(most, fabs(lost(&pair, target)));
        }
        cr_expect_gt(most, 10 * unit, "nothing is lost: this tests nothing");
        end_pair(&pair);
    }
}

/* One bias for all neurons is one set of parameters in the array: it stays. */
Test(quantize, uniform_biases_stay)
{
    static const double bias[TARGETS] = {0.1, 0.1};
    struct pair pair;

    quantize_steady(&pair, MODEL_LIF, 3, bias);
    for (size_t target = 0; target < TARGETS; target++)
        cr_expect_leq(fabs(pair.image.populations[1].parameter[NEURON_BIAS][target] * pair.image.populations[1].scale -
                           bias[target]), 0.51 * pair.image.populations[1].scale);
    end_pair(&pair);
}

/* Of 8 bits little is lost: biases are what they were. */
Test(quantize, biases_beside_fine_weights_stay)
{
    static const double bias[TARGETS] = {0.1, -0.07};
    struct pair pair;
    double most = 0;

    quantize_steady(&pair, MODEL_LIF, 8, bias);
    const struct image_population *population = &pair.image.populations[1];
    for (size_t target = 0; target < TARGETS; target++) {
        cr_expect_leq(fabs(population->parameter[NEURON_BIAS][target] * population->scale - bias[target]),
                      0.51 * population->scale);
        most = fmax(most, fabs(lost(&pair, target)));
    }
    cr_expect_gt(most, population->scale, "only %g of %g is lost: this tests nothing", most, population->scale);
    end_pair(&pair);
}
