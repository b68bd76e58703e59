/* Weights by who must share a unit: neurons whose weights share a pattern, and those of a channel (quantize_sorted.h). */
#include "quantize_sorted.h"

#include <math.h>
#include <stdlib.h>

static const double unknown_rate = 0.3; /* spikes a step, where nothing was counted */
static const double least_share = 0.05; /* of the mean of its population that a source counts at least */

static size_t find_leader(size_t *leader, size_t neuron)
{
    while (leader[neuron] != neuron) {
        leader[neuron] = leader[leader[neuron]];
        neuron = leader[neuron];
    }
    return neuron;
}

/* Targets of one entry of a pattern share it. */
static int unite_feed(const struct quantizer *quantizer, const struct quantize_feed *feed, size_t *leader)
{
    const struct linear_map *map = &feed->map;
    size_t *first = arena_allocate(quantizer->scratch, map->pattern_count, sizeof *first); /* offset of the first, plus 1 */

    if (!first)
        return -1;
    for (size_t source = 0; source < map->sources; source++) {
        int32_t pattern = map->pattern[source];

        if (pattern == LINEAR_MAP_NONE)
            continue;
        if (first[pattern] == 0)
            first[pattern] = map->offset[source] + (size_t)1;
        size_t other = first[pattern] - 1;
        for (size_t entry = map->first[pattern]; other != map->offset[source] && entry < map->first[pattern + 1]; entry++)
            leader[find_leader(leader, map->offset[source] + map->target[entry])] =
                find_leader(leader, other + map->target[entry]);
    }
    return 0;
}

double quantize_source_power(const struct quantizer *quantizer, const struct quantize_feed *feed, size_t neuron, double mean)
{
    const struct calibration *calibration = quantizer->calibration;
    size_t source = quantizer->network->projections[feed->projection].source;
    double unit = QUANTIZE_PRODUCT_ONE * quantizer->image->populations[source].scale;

    if (calibration && calibration->power && calibration->power[source])
        return fmax(calibration->power[source][neuron], least_share * mean) / (feed->graded ? unit * unit : 1);
    return feed->graded ? pow((double)feed->limit / QUANTIZE_PRODUCT_ONE, 2) * unknown_rate : unknown_rate;
}

double quantize_mean_power(const struct quantizer *quantizer, const struct quantize_feed *feed)
{
    size_t source = quantizer->network->projections[feed->projection].source;
    const struct calibration *calibration = quantizer->calibration;
    double sum = 0;

    if (!calibration || !calibration->power || !calibration->power[source])
        return 0;
    for (size_t neuron = 0; neuron < feed->map.sources; neuron++)
        sum += calibration->power[source][neuron];
    return sum > 0 ? sum / (double)feed->map.sources : 1;
}

/* Appends the samples of a feed; where[] is then the group of each. */
static int add_samples(const struct quantizer *quantizer, const struct quantize_feed *feed, struct quantize_sorted *sorted,
                       struct quantize_sample *samples, size_t *where)
{
    const struct linear_map *map = &feed->map;
    double mean = quantize_mean_power(quantizer, feed);
    double *power = arena_allocate(quantizer->scratch, map->pattern_count, sizeof *power);
    size_t *offset = arena_allocate(quantizer->scratch, map->pattern_count, sizeof *offset);

    if (!power || !offset)
        return -1;
    for (size_t source = 0; source < map->sources; source++) {
        int32_t pattern = map->pattern[source];

        if (pattern == LINEAR_MAP_NONE)
            continue;
        power[pattern] += quantize_source_power(quantizer, feed, source, mean);
        offset[pattern] = map->offset[source];
    }
    for (size_t pattern = 0; pattern < map->pattern_count; pattern++) {
        for (size_t entry = map->first[pattern]; power[pattern] > 0 && entry < map->first[pattern + 1]; entry++) {
            if (feed->weight[entry] == 0)
                continue;
            samples[sorted->sample_count] = (struct quantize_sample){
                feed->weight[entry], power[pattern], feed->graded ? 0 : power[pattern], feed, entry};
            where[sorted->sample_count++] = sorted->group[offset[pattern] + map->target[entry]];
        }
    }
    return 0;
}

/* By weight, then by what it may become. */
int quantize_compare_samples(const void *left, const void *right)
{
    const struct quantize_sample *one = left, *two = right;

    if (one->weight != two->weight)
        return one->weight < two->weight ? -1 : 1;
    if (one->feed->weight_max != two->feed->weight_max)
        return one->feed->weight_max < two->feed->weight_max ? -1 : 1;
    if (one->feed->joint != two->feed->joint)
        return one->feed->joint ? -1 : 1;
    return (int)one->feed->signs - (int)two->feed->signs;
}

/* The neurons of a channel share a unit, whatever their patterns: parameters then repeat with the channels, and a
 * convolution with such biases is one again when it is exported. */
static void unite_channels(const struct population *population, size_t *leader)
{
    size_t channel = population->shape.rank > 1 ? population->size / population->shape.size[0] : 1;

    for (size_t neuron = 0; neuron < population->size; neuron++)
        leader[neuron] = neuron / channel * channel;
}

int quantize_sort(const struct quantizer *quantizer, size_t index, struct quantize_sorted *sorted)
{
    size_t neurons = quantizer->network->populations[index].size;
    struct arena *scratch = quantizer->scratch;
    size_t most = 0;

    *sorted = (struct quantize_sorted){.leader = arena_allocate(scratch, neurons, sizeof *sorted->leader),
                                       .group = arena_allocate(scratch, neurons, sizeof *sorted->group),
                                       .groups = arena_allocate(scratch, neurons + 1, sizeof *sorted->groups)};
    for (size_t feed = 0; feed < quantizer->feed_count; feed++)
        most += linear_map_entries(&quantizer->feeds[feed].map);
    struct quantize_sample *samples = arena_allocate(scratch, most, sizeof *samples);
    size_t *where = arena_allocate(scratch, most, sizeof *where);
    sorted->samples = arena_allocate(scratch, most, sizeof *sorted->samples);
    if (!sorted->leader || !sorted->group || !sorted->groups || !samples || !where || !sorted->samples)
        return -1;
    unite_channels(&quantizer->network->populations[index], sorted->leader);
    for (size_t feed = 0; feed < quantizer->feed_count; feed++)
        if (unite_feed(quantizer, &quantizer->feeds[feed], sorted->leader))
            return -1;
    for (size_t neuron = 0; neuron < neurons; neuron++)
        if (find_leader(sorted->leader, neuron) == neuron)
            sorted->group[neuron] = sorted->group_count++;
    for (size_t neuron = 0; neuron < neurons; neuron++)
        sorted->groups[sorted->group[neuron] = sorted->group[find_leader(sorted->leader, neuron)]].neurons++;
    for (size_t feed = 0; feed < quantizer->feed_count; feed++)
        if (add_samples(quantizer, &quantizer->feeds[feed], sorted, samples, where))
            return -1;
    for (size_t at = 0; at < sorted->sample_count; at++)
        sorted->groups[where[at]].count++;
    for (size_t group = 0; group < sorted->group_count; group++) {
        sorted->groups[group + 1].first = sorted->groups[group].first + sorted->groups[group].count;
        sorted->groups[group].count = 0;
    }
    for (size_t at = 0; at < sorted->sample_count; at++) {
        struct quantize_group *group = &sorted->groups[where[at]];
        sorted->samples[group->first + group->count++] = samples[at];
    }
    for (size_t group = 0; group < sorted->group_count; group++)
        qsort(sorted->samples + sorted->groups[group].first, sorted->groups[group].count, sizeof *sorted->samples,
              quantize_compare_samples);
    return 0;
}
