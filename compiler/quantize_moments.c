/* Second moments of what sources send, or of what membranes keep of it (quantize_moments.h), from the spikes that calibration
 * recorded. */
#include "quantize_moments.h"

#include <math.h>
#include <stdlib.h>

enum {
    SOURCES_MAX = 4096,
    SYNAPSES_MAX = 1 << 24,
    COUNTED_STEPS = 4096, /* more tell little more of how sources spike together, */
    COUNTED_SAMPLES = 64, /* if they are of as many samples: steps of one are much alike */
    SQUARE = 32,
    FINE_BITS = 8
};

/* What is seen together in some samples may be chance: this part of the moments is that of independent sources. */
static const double independent_share = 0.3, independent_share_of_fine = 0.35;

/* Spikes of all sources, as their targets hear them: delayed. */
struct heard {
    size_t words;
    uint64_t **bits; /* (sources) NULL where nothing was recorded */
    double *power;   /* (sources) */
    bool *graded;    /* (sources) */
    double share;    /* of moments, as if sources were independent */
};

static const uint64_t *recorded(const struct calibration *calibration, size_t population, size_t neuron)
{
    const struct spike_record *record = &calibration->record;

    return record->fired && record->fired[population] ? record->fired[population] + neuron * record->words : NULL;
}

/* Bits of steps count - delay of every sample in the place of step count. */
static void delay_bits(uint64_t *to, const uint64_t *from, const struct spike_record *record, size_t delay)
{
    for (size_t sample = 0; sample < record->samples; sample++) {
        for (size_t step = delay; step < record->steps; step++) {
            size_t at = sample * record->steps + step, was = at - delay;
            to[at / 64] |= (from[was / 64] >> was % 64 & 1) << at % 64;
        }
    }
}

static int hear(const struct quantizer *quantizer, struct heard *heard)
{
    const struct calibration *calibration = quantizer->calibration;
    size_t source = 0;

    for (size_t each = 0; each < quantizer->feed_count; each++) {
        const struct quantize_feed *feed = &quantizer->feeds[each];
        const struct projection *projection = &quantizer->network->projections[feed->projection];
        double mean = quantize_mean_power(quantizer, feed);

        for (size_t neuron = 0; neuron < feed->map.sources; neuron++, source++) {
            const uint64_t *bits = feed->graded ? NULL : recorded(calibration, projection->source, neuron);
            heard->graded[source] = feed->graded;
            heard->power[source] = quantize_source_power(quantizer, feed, neuron, mean);
            if (!bits)
                continue;
            heard->bits[source] = calloc(heard->words, sizeof **heard->bits);
            if (!heard->bits[source])
                return -1;
            delay_bits(heard->bits[source], bits, &calibration->record, projection->delay);
        }
    }
    return 0;
}

/* Steps of the record in which two sources spike together, at (one, other) with one > other. active: (sources). */
static void count_common(const struct heard *heard, size_t sources, size_t steps, size_t *active, float *counts)
{
    for (size_t step = 0; step < steps; step++) {
        size_t count = 0;

        for (size_t source = 0; source < sources; source++)
            if (heard->bits[source] && heard->bits[source][step / 64] >> step % 64 & 1)
                active[count++] = source;
        for (size_t one = 0; one < count; one++)
            for (size_t other = 0; other < one; other++)
                counts[active[one] * sources + active[other]]++;
    }
}

/* common: steps in which both spike. */
static double moment(const struct heard *heard, size_t one, size_t other, double common, double steps)
{
    if (heard->graded[one] || heard->graded[other])
        return 0;
    double independent = heard->power[one] * heard->power[other];
    if (!heard->bits[one] || !heard->bits[other])
        return independent;
    return heard->share * independent + (1 - heard->share) * (common / steps);
}

/* Steps of the record that are counted: of whole samples. */
static size_t counted_steps(const struct spike_record *record)
{
    size_t samples = COUNTED_STEPS / record->steps;

    if (samples < COUNTED_SAMPLES)
        samples = COUNTED_SAMPLES;
    return record->steps * (samples < record->samples ? samples : record->samples);
}

/* The diagonal and what is below it, of spikes as they are. */
static int count_second(const struct heard *heard, const struct spike_record *record, size_t sources, float *second)
{
    size_t steps = counted_steps(record);
    size_t *active = calloc(sources + 1, sizeof *active);

    if (!active)
        return -1;
    count_common(heard, sources, steps, active, second);
    for (size_t one = 0; one < sources; one++) {
        for (size_t other = 0; other < one; other++)
            second[one * sources + other] =
                (float)moment(heard, one, other, second[one * sources + other], (double)steps);
        second[one * sources + one] = (float)heard->power[one];
    }
    free(active);
    return 0;
}

static void trace_square(const struct heard *heard, const struct quantize_traces *traces, const double *mean,
                         size_t sources, size_t row, size_t column, float *second)
{
    size_t count = traces->positions;

    for (size_t one = row; one < row + SQUARE && one < sources; one++)
        for (size_t other = column; other < column + SQUARE && other < one; other++) {
            double together = quantize_product(traces->sent + one * count, traces->sent + other * count, count);
            double independent = mean[one] * mean[other];
            if (traces->steady) {
                together -= traces->level[one] * traces->level[other] * traces->steady_power;
                independent = 0;
            }
            second[one * sources + other] =
                (float)(heard->share * independent + (1 - heard->share) * together / (double)count);
        }
}

/* The same of what membranes keep of them, less what biases can take over. */
static int trace_second(const struct heard *heard, const struct quantize_traces *traces, size_t sources, float *second)
{
    size_t count = traces->positions;
    double *mean = calloc(sources + 1, sizeof *mean);

    if (!mean)
        return -1;
    for (size_t one = 0; one < sources; one++) {
        const float *trace = traces->sent + one * count;
        double own = quantize_product(trace, trace, count), independent = heard->power[one] * traces->gain;

        for (size_t at = 0; at < count; at++)
            mean[one] += trace[at] / (double)count;
        if (traces->steady && !heard->graded[one]) {
            own -= traces->level[one] * traces->level[one] * traces->steady_power;
            independent *= 1 - fmin(1, heard->power[one]);
        }
        second[one * sources + one] = (float)fmax(own / (double)count, independent);
    }
    for (size_t row = 0; row < sources; row += SQUARE)
        for (size_t column = 0; column <= row; column += SQUARE)
            trace_square(heard, traces, mean, sources, row, column, second);
    free(mean);
    return 0;
}

/* Copies what lies below the diagonal in a square at (row, column) to above it. */
static void mirror(float *second, size_t sources, size_t row, size_t column)
{
    for (size_t one = row; one < row + SQUARE && one < sources; one++)
        for (size_t other = column; other < column + SQUARE && other < one; other++)
            second[other * sources + one] = second[one * sources + other];
}

static int fill_second(const struct quantizer *quantizer, struct quantize_moments *moments)
{
    const struct spike_record *record = &quantizer->calibration->record;
    size_t sources = moments->sources;
    struct heard heard = {.words = record->words,
                          .bits = calloc(sources + 1, sizeof *heard.bits),
                          .power = calloc(sources + 1, sizeof *heard.power),
                          .graded = calloc(sources + 1, sizeof *heard.graded),
                          .share = moments->fine ? independent_share_of_fine : independent_share};
    float *second = moments->second;
    int status = heard.bits && heard.power && heard.graded ? hear(quantizer, &heard) : -1;

    if (status == 0)
        status = moments->traces ? trace_second(&heard, moments->traces, sources, second)
                                 : count_second(&heard, record, sources, second);
    /* in squares, as a column at a time would miss the cache at every number */
    for (size_t row = 0; status == 0 && row < sources; row += SQUARE)
        for (size_t column = 0; column <= row; column += SQUARE)
            mirror(second, sources, row, column);
    for (size_t source = 0; heard.bits && source < sources; source++)
        free(heard.bits[source]);
    free(heard.bits);
    free(heard.power);
    free(heard.graded);
    return status;
}

/* Counts synapses of each target in first[target + 1], or with synapses stores them and moves first. */
static void walk_synapses(const struct quantizer *quantizer, struct quantize_moments *moments)
{
    size_t source = 0;

    for (size_t each = 0; each < quantizer->feed_count; each++) {
        const struct linear_map *map = &quantizer->feeds[each].map;

        for (size_t neuron = 0; neuron < map->sources; neuron++, source++) {
            int32_t pattern = map->pattern[neuron];
            if (pattern == LINEAR_MAP_NONE)
                continue;
            for (size_t entry = map->first[pattern]; entry < map->first[pattern + 1]; entry++) {
                size_t target = map->offset[neuron] + map->target[entry];
                if (moments->synapses)
                    moments->synapses[moments->first[target]++] =
                        (struct quantize_synapse){(uint32_t)source, (uint32_t)entry, (uint32_t)each};
                else
                    moments->first[target + 1]++;
            }
        }
    }
}

static int list_synapses(const struct quantizer *quantizer, struct quantize_moments *moments, size_t targets)
{
    walk_synapses(quantizer, moments);
    for (size_t target = 0; target < targets; target++)
        moments->first[target + 1] += moments->first[target];
    moments->synapses = malloc((moments->first[targets] + 1) * sizeof *moments->synapses);
    if (!moments->synapses)
        return -1;
    walk_synapses(quantizer, moments);
    for (size_t target = targets; target > 0; target--) /* each has moved to the next one's */
        moments->first[target] = moments->first[target - 1];
    moments->first[0] = 0;
    return 0;
}

static void list_groups(const struct quantizer *quantizer, struct quantize_moments *moments, size_t targets)
{
    const struct quantize_sorted *sorted = quantizer->sorted;
    size_t at = 0;

    for (size_t group = 0; group < sorted->group_count; group++) {
        moments->group_first[group] = at;
        at += sorted->groups[group].neurons;
    }
    moments->group_first[sorted->group_count] = at;
    for (size_t target = 0; target < targets; target++)
        moments->neurons[moments->group_first[sorted->group[target]]++] = target;
    for (size_t group = sorted->group_count; group > 0; group--)
        moments->group_first[group] = moments->group_first[group - 1];
    moments->group_first[0] = 0;
}

/* Sources and synapses; false where they are too many, or nothing was recorded of any spikes. */
static bool is_worth(const struct quantizer *quantizer, size_t *sources)
{
    size_t synapses = 0;
    bool heard = false;

    *sources = 0;
    for (size_t each = 0; each < quantizer->feed_count; each++) {
        const struct quantize_feed *feed = &quantizer->feeds[each];
        const struct linear_map *map = &feed->map;
        size_t population = quantizer->network->projections[feed->projection].source;

        *sources += map->sources;
        heard |= !feed->graded && quantizer->calibration && recorded(quantizer->calibration, population, 0);
        for (size_t source = 0; source < map->sources; source++)
            if (map->pattern[source] != LINEAR_MAP_NONE)
                synapses += map->first[map->pattern[source] + 1] - map->first[map->pattern[source]];
    }
    return heard && *sources <= SOURCES_MAX && synapses <= SYNAPSES_MAX;
}

/* Rounding makes so little wrong of these weights that traces were measured to be no better than spikes
 * (docs/numbers.md). */
static bool is_fine(const struct quantizer *quantizer)
{
    for (size_t each = 0; each < quantizer->feed_count; each++)
        if (quantizer->feeds[each].weight_max < image_weight_max(FINE_BITS))
            return false;
    return true;
}

/* Of fine weights traces stay where they tell what is wrong. */
static int take_traces(const struct quantizer *quantizer, size_t index, size_t targets, struct quantize_moments *moments)
{
    if (moments->fine && !quantizer->sent.fired)
        return 0;
    int status = quantize_find_traces(quantizer, index, moments->sources, !moments->fine, &moments->traces);

    if (status == 0 && moments->traces->wrong)
        status = quantize_find_wrong(quantizer, targets, moments);
    if (status == 0 && moments->fine && !moments->pull) {
        quantize_free_traces(moments->traces);
        moments->traces = NULL;
    }
    return status;
}

int quantize_find_moments(const struct quantizer *quantizer, size_t index, size_t targets, struct quantize_moments **moments)
{
    size_t sources;

    *moments = NULL;
    if (!is_worth(quantizer, &sources))
        return 0;
    struct quantize_moments *made = calloc(1, sizeof *made);
    if (!made)
        return -1;
    *made = (struct quantize_moments){
        .sources = sources,
        .fine = is_fine(quantizer),
        .second = calloc(sources * sources + 1, sizeof *made->second),
        .first = calloc(targets + 1, sizeof *made->first),
        .neurons = calloc(targets + 1, sizeof *made->neurons),
        .group_first = calloc(quantizer->sorted->group_count + 1, sizeof *made->group_first),
    };
    int status = made->second && made->first && made->neurons && made->group_first ? 0 : -1;
    if (status == 0)
        status = list_synapses(quantizer, made, targets);
    if (status == 0) {
        list_groups(quantizer, made, targets);
        status = take_traces(quantizer, index, targets, made);
    }
    if (status == 0)
        status = fill_second(quantizer, made);
    if (status == 0)
        *moments = made;
    else
        quantize_free_moments(made);
    return status;
}

void quantize_free_moments(struct quantize_moments *moments)
{
    if (!moments)
        return;
    free(moments->second);
    free(moments->first);
    free(moments->synapses);
    free(moments->neurons);
    free(moments->group_first);
    quantize_free_traces(moments->traces);
    free(moments);
}
