/* Rounding that keeps means (quantize.h): single weights go to their other neighbour while that makes the error of what
 * their neurons get smaller. */
#include "quantize_sorted.h"

#include <math.h>
#include <stdlib.h>

enum { FLIPS_MAX = 64 }; /* in a group: what more of them gain is small */

/* Samples of a group that are the same number, probably the same weight of the file, which stays one. */
struct balance_run {
    const struct quantize_sample *first;
    size_t length;
    double power; /* summed, as the next */
    double rate;
    int step;     /* the way to the other neighbour; 0 where the weight is to stay */
    double gain;  /* what the error of the weights themselves gains by it */
};

static int16_t *stored_weight(const struct quantizer *quantizer, const struct quantize_sample *sample)
{
    return &quantizer->image->projections[sample->feed->projection].weight[sample->entry];
}

static void find_step(const struct quantizer *quantizer, struct balance_run *run, double unit)
{
    const struct quantize_feed *feed = run->first->feed;
    double level = *stored_weight(quantizer, run->first), off = level - feed->weight[run->first->entry] / unit;
    int step = off > 0 ? -1 : 1;

    run->step = 0;
    if (feed->signs || feed->joint || fabs(off) >= 1 || fabs(level + step) > feed->weight_max || off == 0)
        return;
    run->step = step;
    run->gain = run->power * (off * off - (off + step) * (off + step));
}

static size_t find_runs(const struct quantizer *quantizer, const struct quantize_group *group, double unit,
                        struct balance_run *runs)
{
    const struct quantize_sample *samples = quantizer->sorted->samples + group->first;
    size_t count = 0;

    for (size_t index = 0; index < group->count; index++) {
        if (index == 0 || quantize_compare_samples(runs[count - 1].first, &samples[index]) != 0)
            runs[count++] = (struct balance_run){.first = &samples[index]};
        runs[count - 1].length++;
        runs[count - 1].power += samples[index].power;
        runs[count - 1].rate += samples[index].mean;
    }
    for (size_t run = 0; run < count; run++)
        find_step(quantizer, &runs[run], unit);
    return count;
}

static void flip(const struct quantizer *quantizer, struct balance_run *run, double unit)
{
    for (size_t index = 0; index < run->length; index++) {
        int16_t *weight = stored_weight(quantizer, &run->first[index]);
        *weight = (int16_t)(*weight + run->step);
    }
    find_step(quantizer, run, unit);
}

int quantize_balance_group(const struct quantizer *quantizer, const struct quantize_group *group, double unit)
{
    const struct quantize_sample *samples = quantizer->sorted->samples + group->first;
    struct balance_run *runs = malloc(group->count * sizeof *runs);
    double mean = 0;

    if (!runs)
        return -1;
    for (size_t index = 0; index < group->count; index++)
        mean += (*stored_weight(quantizer, &samples[index]) -
                 samples[index].feed->weight[samples[index].entry] / unit) * samples[index].mean;
    size_t count = find_runs(quantizer, group, unit, runs);
    for (int flips = 0; flips < FLIPS_MAX; flips++) {
        double most = QUANTIZE_HALF_TOLERANCE * samples[0].power, shift = 0;
        struct balance_run *best = NULL;

        for (struct balance_run *run = runs; run < runs + count; run++) {
            double moved = run->step * run->rate, after = mean + moved;
            double gain = run->gain + (mean * mean - after * after) / (double)group->neurons;
            if (run->step != 0 && gain > most) {
                most = gain;
                best = run;
                shift = moved;
            }
        }
        if (!best)
            break;
        mean += shift;
        flip(quantizer, best, unit);
    }
    free(runs);
    return 0;
}

int quantize_balance(const struct quantizer *quantizer, double unit)
{
    int status = 0;

    for (size_t group = 0; status == 0 && group < quantizer->sorted->group_count; group++)
        if (quantizer->sorted->groups[group].count > 0)
            status = quantize_balance_group(quantizer, &quantizer->sorted->groups[group], unit);
    return status;
}
