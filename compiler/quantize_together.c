/* Rounding by what sources send together (quantize.h): weights of a neuron go to their other neighbour while the mean
 * square of what it hears wrong, over the recorded steps, gets less. Neurons that share weights are judged together. */
#include "quantize_pairs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FLIPS_A_RUN = 2,
    FLIPS_OF_WRONG = 16,
    ROWS = 4 /* of moments that are added at a time */
};

/* Weights of a group that are one number, and stay one. */
struct run {
    const struct quantize_sample *sample; /* the first */
    size_t length; /* 0: no weight, as is the rest then */
    double off;    /* stored less real weight, in units */
    double power;  /* its own moment */
    int level;     /* as stored */
    int most;      /* largest size that it may have; -1 where it is to stay */
};

/* Work for one population. */
struct together {
    const struct quantizer *quantizer;
    const struct quantize_moments *moments;
    double unit;
    struct run *found;   /* (QUANTIZE_RUNS_MAX) in the order of their weights, pairs.run_count of them */
    struct run *placed;  /* (QUANTIZE_RUNS_MAX) at the place of their source */
    struct run *runs;    /* (count) those of the group at hand, one of the two */
    size_t count;
    const float *second; /* (count, count) moments of pairs of them, summed over neurons */
    size_t looked;       /* so many */
    double *pull;        /* (count) half of what the error rises by where a weight does: sum of moments times off */
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
            together->found[together->pairs.run_count++] = (struct run){
                .sample = sample,
                .off = *stored(together, sample) - sample->feed->weight[sample->entry] / together->unit,
                .level = *stored(together, sample),
                .most = sample->feed->signs || sample->feed->joint ? -1 : sample->feed->weight_max,
            };
        together->found[together->pairs.run_count - 1].length++;
        together->pairs.sample_of[sample->feed - together->quantizer->feeds][sample->entry] = (uint32_t)index;
        together->pairs.run_of[index] = (uint32_t)(together->pairs.run_count - 1);
    }
    return true;
}

/* Puts the runs of a group of one neuron where their sources are, so that moments are those of the sources as they stand.
 * False where that cannot be: several weights are one number, or of one source. */
static bool place_runs(struct together *together, size_t group)
{
    const struct quantize_moments *moments = together->moments;
    size_t first = moments->group_first[group], neuron = moments->neurons[first];

    if (moments->group_first[group + 1] - first != 1 || moments->sources > QUANTIZE_RUNS_MAX ||
        together->pairs.run_count != together->quantizer->sorted->groups[group].count)
        return false;
    memset(together->placed, 0, moments->sources * sizeof *together->placed);
    for (size_t at = moments->first[neuron]; at < moments->first[neuron + 1]; at++) {
        const struct quantize_synapse *synapse = &moments->synapses[at];
        uint32_t sample = together->pairs.sample_of[synapse->feed][synapse->entry];
        if (sample == UINT32_MAX)
            continue;
        if (together->placed[synapse->source].length)
            return false;
        together->placed[synapse->source] = together->found[sample];
    }
    return true;
}

/* The runs of a group and their moments. 0, or -1 if memory is short. */
static int take_group(struct together *together, size_t group)
{
    if (place_runs(together, group)) {
        together->runs = together->placed;
        together->count = together->moments->sources;
        together->second = together->moments->second;
        together->looked = 1;
        return 0;
    }
    if (quantize_pairs_add(&together->pairs, group))
        return -1;
    together->runs = together->found;
    together->count = together->pairs.run_count;
    together->second = together->pairs.second;
    together->looked = together->pairs.looked;
    return 0;
}

/* Steps by which a run would gain most: to its other neighbour, or where sources send other than they should, anywhere. 0
 * where it is to stay. */
static int steps_of(const struct together *together, size_t index)
{
    const struct run *run = &together->runs[index];

    if (run->most < 0 || !(run->power > 0))
        return 0;
    if (together->moments->pull)
        return (int)fmax(-run->most - run->level, fmin(run->most - run->level, round(-together->pull[index] / run->power)));
    int step = run->off > 0 ? -1 : 1;
    if (run->off == 0 || fabs(run->off) >= 1 || abs(run->level + step) > run->most)
        return 0;
    return step;
}

static void flip(struct together *together, size_t index, int steps)
{
    struct run *run = &together->runs[index];
    const float *row = together->second + index * together->count;

    run->off += steps;
    run->level += steps;
    for (size_t other = 0; other < together->count; other++)
        together->pull[other] += steps * (double)row[other];
}

/* The weight whose rounding gains most, and by how many steps; count where none does. */
static size_t best_flip(const struct together *together, int *steps)
{
    size_t best = together->count;
    double most = 0;

    for (size_t index = 0; index < together->count; index++) {
        double power = together->runs[index].power;
        int step = steps_of(together, index);
        double gain = -(2 * step * together->pull[index] + step * step * power);
        if (step != 0 && gain > most + QUANTIZE_HALF_TOLERANCE * power) {
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
    const double *pull = together->moments->pull;
    double sum = 0;

    for (size_t each = 0; pull && each < run->length; each++)
        sum += pull[run->sample + each - together->quantizer->sorted->samples];
    return sum * (double)together->looked / together->unit;
}

/* Moments of two are the same in either order: their rows are added up, a few at a time, as memory is what takes time. */
static void find_pulls(struct together *together)
{
    size_t count = together->count;
    double *pull = together->pull;

    memset(pull, 0, count * sizeof *pull);
    for (size_t first = 0; first < count; first += ROWS) {
        const float *row[ROWS];
        double off[ROWS];

        for (size_t each = 0; each < ROWS; each++) {
            bool there = first + each < count;
            row[each] = together->second + (there ? first + each : first) * count;
            off[each] = there ? together->runs[first + each].off : 0;
        }
        for (size_t other = 0; other < count; other++)
            pull[other] += off[0] * row[0][other] + off[1] * row[1][other] + off[2] * row[2][other] +
                           off[3] * row[3][other];
    }
}

static void round_group(struct together *together)
{
    size_t count = together->count;

    for (size_t index = 0; index < count; index++)
        together->runs[index].power = together->second[index * count + index];
    find_pulls(together);
    for (size_t index = 0; index < count; index++)
        together->pull[index] += wrong_pull(together, &together->runs[index]);
    size_t most = count * (together->moments->pull ? FLIPS_OF_WRONG : FLIPS_A_RUN);
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
    struct together together = {.quantizer = quantizer, .moments = moments, .unit = unit};
    int status = quantize_pairs_open(&together.pairs, quantizer, moments);

    together.found = calloc(QUANTIZE_RUNS_MAX, sizeof *together.found);
    together.placed = calloc(QUANTIZE_RUNS_MAX, sizeof *together.placed);
    together.pull = calloc(QUANTIZE_RUNS_MAX, sizeof *together.pull);
    if (!together.found || !together.placed || !together.pull)
        status = -1;
    for (size_t group = 0; status == 0 && group < quantizer->sorted->group_count; group++) {
        if (quantizer->sorted->groups[group].count == 0)
            continue;
        if (!find_runs(&together, &quantizer->sorted->groups[group])) {
            status = quantize_balance_group(quantizer, &quantizer->sorted->groups[group], unit);
            continue;
        }
        status = take_group(&together, group);
        if (status == 0)
            round_group(&together);
    }
    quantize_pairs_close(&together.pairs);
    free(together.found);
    free(together.placed);
    free(together.pull);
    return status;
}
