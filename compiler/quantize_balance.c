/* Rounding that keeps means (quantize.h): single weights go to their other neighbour while that makes the error of what their
 * neurons get smaller. */
#include "quantize_sorted.h"

#include <math.h>

enum { FLIPS_MAX = 64 }; /* in a group: what more of them gain is small */

static int16_t *stored_weight(const struct quantizer *quantizer, const struct quantize_sample *sample)
{
    return &quantizer->image->projections[sample->feed->projection].weight[sample->entry];
}

/* How many samples of a group from this one on are the same number, probably the same weight of the file, which stays one. */
static size_t run_length(const struct quantize_sample *sample, const struct quantize_sample *end)
{
    size_t length = 1;

    while (sample + length < end && quantize_compare_samples(sample, sample + length) == 0)
        length++;
    return length;
}

/* What the error of a group gains by rounding a run of equal weights to their other neighbour; *step is the way there, and
 * *moved what it adds to the mean. */
static double flip_gain(const struct quantizer *quantizer, const struct quantize_sample *sample, size_t run,
                        const struct quantize_group *group, double mean, double unit, int *step, double *moved)
{
    double power = 0, rate = 0;

    for (size_t index = 0; index < run; index++) {
        power += sample[index].power;
        rate += sample[index].mean;
    }
    double level = *stored_weight(quantizer, sample), off = level - sample->feed->weight[sample->entry] / unit;

    *step = off > 0 ? -1 : 1;
    if (sample->feed->signs || sample->feed->joint || fabs(off) >= 1 || fabs(level + *step) > sample->feed->weight_max || off == 0)
        return 0;
    *moved = *step * rate;
    double after = mean + *moved;
    return power * (off * off - (off + *step) * (off + *step)) +
           (mean * mean - after * after) / (double)group->neurons;
}

void quantize_balance_group(const struct quantizer *quantizer, const struct quantize_group *group, double unit)
{
    const struct quantize_sample *samples = quantizer->sorted->samples + group->first;
    double mean = 0;

    for (size_t index = 0; index < group->count; index++)
        mean += (*stored_weight(quantizer, &samples[index]) -
                 samples[index].feed->weight[samples[index].entry] / unit) * samples[index].mean;
    for (int flips = 0; flips < FLIPS_MAX; flips++) {
        double most = QUANTIZE_HALF_TOLERANCE * samples[0].power;
        const struct quantize_sample *best = NULL;
        double shift = 0, moved = 0;
        size_t length = 0;
        int way = 0, step = 0;

        for (size_t index = 0, run; index < group->count; index += run) {
            run = run_length(&samples[index], samples + group->count);
            double gain = flip_gain(quantizer, &samples[index], run, group, mean, unit, &step, &moved);
            if (gain > most) {
                most = gain;
                best = &samples[index];
                length = run;
                way = step;
                shift = moved;
            }
        }
        if (!best)
            return;
        mean += shift;
        for (size_t index = 0; index < length; index++) {
            int16_t *weight = stored_weight(quantizer, &best[index]);
            *weight = (int16_t)(*weight + way);
        }
    }
}

void quantize_balance(const struct quantizer *quantizer, double unit)
{
    for (size_t group = 0; group < quantizer->sorted->group_count; group++)
        if (quantizer->sorted->groups[group].count > 0)
            quantize_balance_group(quantizer, &quantizer->sorted->groups[group], unit);
}
