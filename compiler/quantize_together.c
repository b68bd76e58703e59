/* Rounding by what sources send together (quantize.h): weights of a neuron go to their other neighbour while the mean
 * square of what it hears wrong, over the recorded steps, gets less. Neurons that share weights are judged together. */
#include "quantize_pairs.h"

#include <math.h>
#include <stdlib.h>

enum { FLIPS_A_RUN = 2, FLIPS_OF_WRONG = 16 };

/* Weights of a group that are one number, and stay one. */
struct run {
    const struct quantize_sample *sample; /* the first */
    size_t length;
    double off;   /* stored less real weight, in units */
    double pull;  /* half of what the error rises by where this weight does: sum of moments times off */
    double power; /* its own moment */
    int level;    /* as stored */
    int most;     /* largest size that it may have; -1 where it is to stay */
};

/* Work for one population. */
struct together {
    const struct quantizer *quantizer;
    double unit;
    struct run *runs; /* (QUANTIZE_RUNS_MAX), pairs.run_count of them are of the group at hand */
    struct quantize_pairs pairs;
};

static int16_t *stored(const struct together *together, const struct quantize_sample *sample)
{
    return &together->quantizer->image->projections[sample->feed->projection].weight[sample->entry];
}

/* False where there are too many. */
static bool find_runs(struct together *together, const struct quantize_group *group)
{
    const struct quantize_sample *samples = together->quantizer->sorted->samples + group->first;

    together->pairs.run_count = 0;
    for (size_t index = 0; index < group->count; index++) {
        const struct quantize_sample *sample = &samples[index];
        bool same = index > 0 && quantize_compare_samples(sample - 1, sample) == 0;

        if (!same && together->pairs.run_count == QUANTIZE_RUNS_MAX)
            return false;
        if (!same)
            together->runs[together->pairs.run_count++] = (struct run){
                .sample = sample,
                .off = *stored(together, sample) - sample->feed->weight[sample->entry] / together->unit,
                .level = *stored(together, sample),
                .most = sample->feed->signs || sample->feed->joint ? -1 : sample->feed->weight_max,
            };
        together->runs[together->pairs.run_count - 1].length++;
        together->pairs.sample_of[sample->feed - together->quantizer->feeds][sample->entry] = (uint32_t)index;
        together->pairs.run_of[index] = (uint32_t)(together->pairs.run_count - 1);
    }
    return true;
}

/* Steps by which a run would gain most: to its other neighbour, or where sources send other than they should, anywhere. 0
 * where it is to stay. */
static int steps_of(const struct together *together, const struct run *run)
{
    if (run->most < 0 || !(run->power > 0))
        return 0;
    if (together->pairs.moments->traces)
        return (int)fmax(-run->most - run->level, fmin(run->most - run->level, round(-run->pull / run->power)));
    int step = run->off > 0 ? -1 : 1;
    if (run->off == 0 || fabs(run->off) >= 1 || abs(run->level + step) > run->most)
        return 0;
    return step;
}

static void flip(struct together *together, size_t index, int steps)
{
    struct run *run = &together->runs[index];
    const float *row = together->pairs.second + index * together->pairs.run_count;

    run->off += steps;
    run->level += steps;
    for (size_t other = 0; other < together->pairs.run_count; other++)
        together->runs[other].pull += steps * (double)row[other];
}

/* The weight whose rounding gains most, and by how many steps; count where none does. */
static size_t best_flip(const struct together *together, int *steps)
{
    size_t best = together->pairs.run_count;
    double most = 0;

    for (size_t index = 0; index < together->pairs.run_count; index++) {
        const struct run *run = &together->runs[index];
        int step = steps_of(together, run);
        double gain = -(2 * step * run->pull + step * step * run->power);
        if (step != 0 && gain > most + QUANTIZE_HALF_TOLERANCE * run->power) {
            most = gain;
            best = index;
            *steps = step;
        }
    }
    return best;
}

/* What a run pulls because its sources, and others of its neurons, send other spikes than real ones. */
static double wrong_pull(const struct together *together, const struct run *run)
{
    const struct quantize_traces *traces = together->pairs.moments->traces;
    size_t first = (size_t)(run->sample - together->quantizer->sorted->samples);
    double sum = 0;

    for (size_t each = 0; traces && each < run->length; each++)
        sum += traces->pull[first + each];
    return sum * (double)together->pairs.looked / together->unit;
}

static void round_group(struct together *together)
{
    size_t count = together->pairs.run_count;

    for (size_t index = 0; index < count; index++) {
        const float *row = together->pairs.second + index * count;
        together->runs[index].pull = 0;
        together->runs[index].power = row[index];
        for (size_t other = 0; other < count; other++)
            together->runs[index].pull += row[other] * together->runs[other].off;
        together->runs[index].pull += wrong_pull(together, &together->runs[index]);
    }
    size_t most = count * (together->pairs.moments->traces ? FLIPS_OF_WRONG : FLIPS_A_RUN);
    for (size_t flips = 0; flips < most; flips++) {
        int steps = 0;
        size_t best = best_flip(together, &steps);

        if (best == count)
            break;
        flip(together, best, steps);
    }
    for (size_t index = 0; index < count; index++)
        for (size_t each = 0; each < together->runs[index].length; each++)
            *stored(together, &together->runs[index].sample[each]) = (int16_t)together->runs[index].level;
}

int quantize_round_together(const struct quantizer *quantizer, const struct quantize_moments *moments, double unit)
{
    struct together together = {.quantizer = quantizer, .unit = unit};
    int status = quantize_pairs_open(&together.pairs, quantizer, moments);

    together.runs = calloc(QUANTIZE_RUNS_MAX, sizeof *together.runs);
    status = together.runs ? status : -1;
    for (size_t group = 0; status == 0 && group < quantizer->sorted->group_count; group++) {
        if (quantizer->sorted->groups[group].count == 0)
            continue;
        if (!find_runs(&together, &quantizer->sorted->groups[group])) {
            quantize_balance_group(quantizer, &quantizer->sorted->groups[group], unit);
            continue;
        }
        status = quantize_pairs_add(&together.pairs, group);
        if (status == 0)
            round_group(&together);
    }
    quantize_pairs_close(&together.pairs);
    free(together.runs);
    return status;
}
