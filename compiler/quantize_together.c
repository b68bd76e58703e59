/* Rounding by what sources send together (quantize.h): weights of a neuron go to their other neighbour while the mean square of
 * what it hears wrong, over the recorded steps, gets less. Neurons that share weights are judged together. */
#include "quantize_moments.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    RUNS_MAX = 2048,     /* of a group; more are left to quantize_balance.c */
    PAIRS_MAX = 1 << 26, /* of synapses that are looked at for the moments of a group */
    FLIPS_A_RUN = 2
};

/* Weights of a group that are one number, and stay one. */
struct run {
    const struct quantize_sample *sample; /* the first */
    size_t length;
    double off;  /* stored less real weight, in units */
    double pull; /* half of what the error rises by where this weight does: sum of moments times off */
};

/* Work for one population. */
struct together {
    const struct quantizer *quantizer;
    const struct quantize_moments *moments;
    double unit;
    uint32_t **run_of; /* (feed_count), each (entries): run of its group */
    struct run *runs;  /* (RUNS_MAX) */
    size_t run_count;
    float *second;     /* (run_count, run_count) */
};

static int16_t *stored(const struct together *together, const struct quantize_sample *sample)
{
    return &together->quantizer->image->projections[sample->feed->projection].weight[sample->entry];
}

/* False where there are too many. */
static bool find_runs(struct together *together, const struct quantize_group *group)
{
    const struct quantize_sample *samples = together->quantizer->sorted->samples + group->first;

    together->run_count = 0;
    for (size_t index = 0; index < group->count; index++) {
        const struct quantize_sample *sample = &samples[index];
        bool same = index > 0 && quantize_compare_samples(sample - 1, sample) == 0;

        if (!same && together->run_count == RUNS_MAX)
            return false;
        if (!same)
            together->runs[together->run_count++] = (struct run){
                .sample = sample,
                .off = *stored(together, sample) - sample->feed->weight[sample->entry] / together->unit,
            };
        together->runs[together->run_count - 1].length++;
        together->run_of[sample->feed - together->quantizer->feeds][sample->entry] = (uint32_t)(together->run_count - 1);
    }
    return true;
}

/* Moments of runs, summed over neurons of the group: over all, or over as many as are worth the time. */
static void add_moments(struct together *together, size_t group)
{
    const struct quantize_moments *moments = together->moments;
    size_t begin = moments->group_first[group], end = moments->group_first[group + 1], pairs = 0, step = 1;

    for (size_t place = begin; place < end; place++) {
        size_t count = moments->first[moments->neurons[place] + 1] - moments->first[moments->neurons[place]];
        pairs += count * count;
    }
    step += pairs / PAIRS_MAX;
    memset(together->second, 0, together->run_count * together->run_count * sizeof *together->second);
    for (size_t place = begin; place < end; place += step) {
        size_t neuron = moments->neurons[place];
        const struct quantize_synapse *first = moments->synapses + moments->first[neuron];
        const struct quantize_synapse *last = moments->synapses + moments->first[neuron + 1];

        for (const struct quantize_synapse *one = first; one < last; one++) {
            const float *second = moments->second + one->source * moments->sources;
            uint32_t run = together->run_of[one->feed][one->entry];
            if (run == UINT32_MAX)
                continue;
            float *row = together->second + run * together->run_count;
            for (const struct quantize_synapse *other = first; other < last; other++) {
                uint32_t column = together->run_of[other->feed][other->entry];
                if (column != UINT32_MAX)
                    row[column] += second[other->source];
            }
        }
    }
}

/* The way to the other neighbour; 0 where the weight is to stay. */
static int way_of(const struct together *together, const struct run *run)
{
    const struct quantize_feed *feed = run->sample->feed;
    int step = run->off > 0 ? -1 : 1;

    if (feed->signs || feed->joint || run->off == 0 || fabs(run->off) >= 1 ||
        abs(*stored(together, run->sample) + step) > feed->weight_max)
        return 0;
    return step;
}

static void flip(struct together *together, size_t index, int step)
{
    struct run *run = &together->runs[index];
    const float *row = together->second + index * together->run_count;

    run->off += step;
    for (size_t each = 0; each < run->length; each++) {
        int16_t *weight = stored(together, &run->sample[each]);
        *weight = (int16_t)(*weight + step);
    }
    for (size_t other = 0; other < together->run_count; other++)
        together->runs[other].pull += step * (double)row[other];
}

/* The weight whose rounding gains most; count where none does. */
static size_t best_flip(const struct together *together)
{
    size_t best = together->run_count;
    double most = 0;

    for (size_t index = 0; index < together->run_count; index++) {
        double power = together->second[index * together->run_count + index];
        int step = way_of(together, &together->runs[index]);
        double gain = -(2 * step * together->runs[index].pull + power);
        if (step != 0 && gain > most + QUANTIZE_HALF_TOLERANCE * power) {
            most = gain;
            best = index;
        }
    }
    return best;
}

static void round_group(struct together *together)
{
    size_t count = together->run_count;

    for (size_t index = 0; index < count; index++) {
        const float *row = together->second + index * count;
        together->runs[index].pull = 0;
        for (size_t other = 0; other < count; other++)
            together->runs[index].pull += row[other] * together->runs[other].off;
    }
    for (size_t flips = 0; flips < FLIPS_A_RUN * count; flips++) {
        size_t best = best_flip(together);

        if (best == count)
            return;
        flip(together, best, way_of(together, &together->runs[best]));
    }
}

static int open_together(struct together *together)
{
    const struct quantizer *quantizer = together->quantizer;

    together->runs = calloc(RUNS_MAX, sizeof *together->runs);
    together->second = malloc((size_t)RUNS_MAX * RUNS_MAX * sizeof *together->second);
    together->run_of = calloc(quantizer->feed_count + 1, sizeof *together->run_of);
    if (!together->runs || !together->second || !together->run_of)
        return -1;
    for (size_t feed = 0; feed < quantizer->feed_count; feed++) {
        size_t entries = linear_map_entries(&quantizer->feeds[feed].map);
        together->run_of[feed] = malloc((entries + 1) * sizeof **together->run_of);
        if (!together->run_of[feed])
            return -1;
        memset(together->run_of[feed], 0xFF, (entries + 1) * sizeof **together->run_of);
    }
    return 0;
}

static void close_together(struct together *together)
{
    for (size_t feed = 0; together->run_of && feed < together->quantizer->feed_count; feed++)
        free(together->run_of[feed]);
    free(together->run_of);
    free(together->second);
    free(together->runs);
}

int quantize_round_together(const struct quantizer *quantizer, const struct quantize_moments *moments, double unit)
{
    struct together together = {.quantizer = quantizer, .moments = moments, .unit = unit};
    int status = open_together(&together);

    for (size_t group = 0; status == 0 && group < quantizer->sorted->group_count; group++) {
        if (quantizer->sorted->groups[group].count == 0)
            continue;
        if (!find_runs(&together, &quantizer->sorted->groups[group])) {
            quantize_balance_group(quantizer, &quantizer->sorted->groups[group], unit);
            continue;
        }
        add_moments(&together, group);
        round_group(&together);
    }
    close_together(&together);
    return status;
}
