/* What is said about the choice of units (quantize.h). */
#include "quantize.h"

#include <math.h>
#include <stdio.h>

static const double worthy_bits = 0.5;        /* fewer lost bits of the weights are not worth a warning */
static const double worthy_leak_error = 0.05; /* relative */

static const double worthy_weights = 0.1;     /* of those that are not 0; with 2 bits half of them may go */

static void explain_input(const struct quantizer *quantizer, size_t index)
{
    const struct image_population *result = &quantizer->image->populations[index];

    if (result->graded)
        diagnostics_note(quantizer->diagnostics, quantize_place(quantizer, index),
                         "values in units of %.4g, at most %.4g", result->scale, result->limit * result->scale);
}

static double worst_leak_error(const double *leak, const int16_t *stored, size_t size)
{
    double worst = 0;

    for (size_t neuron = 0; neuron < size; neuron++) {
        if (leak[neuron] > 0)
            worst = fmax(worst, fabs(-(double)stored[neuron] / QUANTIZE_LEAK_ONE / leak[neuron] - 1));
    }
    return worst;
}

static void warn_of_leaks(const struct quantizer *quantizer, size_t index)
{
    const struct population *population = &quantizer->network->populations[index];
    const struct image_population *result = &quantizer->image->populations[index];
    double worst = worst_leak_error(population->leak, result->parameter[NEURON_LEAK], population->size);

    if (model_has_current(population->model))
        worst = fmax(worst, worst_leak_error(population->current_leak, result->current_parameter[CURRENT_LEAK],
                                             population->size));
    if (worst > worthy_leak_error)
        diagnostics_warning(quantizer->diagnostics, quantize_place(quantizer, index),
                            "dt/tau is off by %.0f%% in 16 bits (units of 1/32768); a larger dt would help",
                            100 * worst);
}

/* Of lost bits. Weights of 16 bits are as fine as the sums let them be; that they have fewer than 8 alone is worth saying. */
static double bits_to_spare(const struct quantizer *quantizer, size_t index)
{
    unsigned narrowest = WEIGHT_BITS_MAX;

    for (size_t each = 0; each < quantizer->image->projection_count; each++) {
        const struct image_projection *projection = &quantizer->image->projections[each];

        if (projection->target == index && projection->weight_bits < narrowest)
            narrowest = projection->weight_bits;
    }
    return narrowest > WEIGHT_BITS_USUAL ? narrowest - WEIGHT_BITS_USUAL : 0;
}

static void warn_of_lost_bits(const struct quantizer *quantizer, size_t index)
{
    const struct quantize_extremes *extremes = &quantizer->extremes[index];
    const struct image_population *result = &quantizer->image->populations[index];
    double unit = ldexp(result->scale, result->gain_exponent + result->current_exponent);
    double lost = (extremes->largest > 0 ? log2(unit / extremes->largest) : 0) - bits_to_spare(quantizer, index);
    double coarse = fmin(0, lost) - (model_has_current(result->model) ? result->current_exponent : result->gain_exponent);

    if (quantizer->scales[index].exact)
        return;
    bool calibrated = quantizer->calibration && quantizer->calibration->reach;
    const char *remedy = calibrated ? "" : "; calibration data may show that less is enough";
    double sum = extremes->sum / unit * exp2(lost);

    if (lost > worthy_bits && sum > QUANTIZE_WORD_MAX)
        diagnostics_warning(quantizer->diagnostics, quantize_place(quantizer, index),
                            "weights lose %.1f bits: in the worst case their sum is %.0f units, and an accumulator holds "
                            "%d",
                            lost, sum, QUANTIZE_WORD_MAX);
    else if (lost > worthy_bits && result->gain_exponent == GAIN_EXPONENT_MIN)
        diagnostics_warning(quantizer->diagnostics, quantize_place(quantizer, index),
                            "weights lose %.1f bits so that the membrane reaches %.4g%s", lost,
                            result->scale * QUANTIZE_WORD_MAX, remedy);
    if (coarse > worthy_bits)
        diagnostics_warning(quantizer->diagnostics, quantize_place(quantizer, index),
                            "its input loses %.0f bits, rounded once a step, so that the membrane reaches %.4g%s",
                            coarse, result->scale * QUANTIZE_WORD_MAX, remedy);
}

/* Weights that are all 0, or nearly all too small beside the largest. */
static void warn_of_lost_weights(const struct quantizer *quantizer, size_t index)
{
    for (size_t each = 0; each < quantizer->network->projection_count; each++) {
        const struct projection *projection = &quantizer->network->projections[each];
        const struct image_projection *result = &quantizer->image->projections[each];
        const char *source = quantizer->network->populations[projection->source].name;
        size_t present = 0, kept = 0, entries = linear_map_entries(&projection->map);
        double largest = 0;

        if (projection->target != index || entries == 0)
            continue;
        for (size_t entry = 0; entry < entries; entry++) {
            present += projection->weight[entry] != 0;
            largest = fmax(largest, fabs(projection->weight[entry]));
        }
        /* Where gains differ, the map of the image has more entries. */
        size_t stored = linear_map_entries(&result->map);
        for (size_t entry = 0; entry < stored; entry++)
            kept += result->weight[entry] != 0;
        if (present == 0)
            diagnostics_warning(quantizer->diagnostics, quantize_place(quantizer, index),
                                "all weights from /%s are 0: it hears nothing of it", source);
        else if (stored == entries && (double)kept <= worthy_weights * (double)present)
            diagnostics_warning(quantizer->diagnostics, quantize_place(quantizer, index),
                                "%zu of %zu weights from /%s vanish beside the largest, %g: %u bits cannot hold both; is "
                                "there an outlier?",
                                present - kept, present, source, largest, result->weight_bits);
    }
}

/* The first neuron whose threshold is beyond all that 16 bits reach. */
static void warn_of_thresholds(const struct quantizer *quantizer, size_t index)
{
    const struct population *population = &quantizer->scaled[index];
    const struct image_population *result = &quantizer->image->populations[index];
    size_t neurons = 0, first = 0;

    for (size_t neuron = 0; result->fire && neuron < population->size; neuron++) {
        if (!(population->threshold[neuron] > result->scale * QUANTIZE_WORD_MAX))
            continue;
        first = neurons++ == 0 ? neuron : first;
    }
    if (neurons > 0)
        diagnostics_warning(quantizer->diagnostics, quantize_place(quantizer, index),
                            "%zu of its neurons never fire: the threshold of neuron %zu is %g, and its membrane saturates at "
                            "%.4g",
                            neurons, first, quantizer->network->populations[index].threshold[first],
                            image_unit(result, first) * QUANTIZE_WORD_MAX);
}

static void explain_population(const struct quantizer *quantizer, size_t index)
{
    const struct image_population *result = &quantizer->image->populations[index];
    char threshold[64] = "", current[96] = "";
    double accumulator = ldexp(result->scale, result->gain_exponent + result->current_exponent);

    if (result->fire)
        snprintf(threshold, sizeof threshold, ", threshold of neuron 0 %d units",
                 result->parameter[NEURON_THRESHOLD][0]);
    if (model_has_current(result->model))
        snprintf(current, sizeof current, ", of the current %.4g (exponent %d)",
                 ldexp(result->scale, result->gain_exponent), result->current_exponent);
    diagnostics_note(quantizer->diagnostics, quantize_place(quantizer, index),
                     "unit %.4g of the membrane, range +-%.4g, of the accumulator %.4g%s, gain exponent %d, %s weights%s, "
                     "bias of neuron 0 %d units, %s parameters",
                     result->scale, result->scale * QUANTIZE_WORD_MAX, accumulator, current, result->gain_exponent,
                     quantizer->scales[index].exact ? "exact" : "rounded", threshold,
                     result->parameter[NEURON_BIAS][0], result->each || result->current_each ? "individual" : "uniform");
    warn_of_lost_bits(quantizer, index);
    warn_of_lost_weights(quantizer, index);
    warn_of_thresholds(quantizer, index);
    warn_of_leaks(quantizer, index);
}

void quantize_explain(const struct quantizer *quantizer)
{
    for (size_t index = 0; index < quantizer->network->population_count; index++) {
        if (quantizer->network->populations[index].model == MODEL_INPUT)
            explain_input(quantizer, index);
        else
            explain_population(quantizer, index);
    }
}
