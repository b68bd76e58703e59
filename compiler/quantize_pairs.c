#include "quantize_pairs.h"

#include <stdlib.h>
#include <string.h>

enum { PAIRS_MAX = 1 << 26 }; /* of synapses that are looked at for the moments of a group */

static void *grow(void *array, size_t *room, size_t count, size_t size)
{
    if (count <= *room)
        return array;
    void *larger = realloc(array, 2 * count * size);
    if (larger)
        *room = 2 * count;
    return larger;
}

static int make_room(struct partition *heard, size_t hearings, size_t neurons)
{
    struct hearing *larger = grow(heard->hearings, &heard->room[0], hearings, sizeof *larger);

    if (!larger)
        return -1;
    heard->hearings = larger;
    size_t *ends = grow(heard->ends, &heard->room[1], neurons, sizeof *ends);
    if (!ends)
        return -1;
    heard->ends = ends;
    return 0;
}

/* Every step-th neuron of a group. 0, or -1 if memory is short. */
static int list_heard(struct quantize_pairs *pairs, size_t group, size_t step)
{
    const struct quantize_moments *moments = pairs->moments;
    struct partition *now = &pairs->now;
    size_t begin = moments->group_first[group], end = moments->group_first[group + 1], used = 0, count = 1;

    for (size_t place = begin; place < end; place += step)
        count += moments->first[moments->neurons[place] + 1] - moments->first[moments->neurons[place]];
    if (make_room(now, count, end - begin + 1))
        return -1;
    memset(pairs->met, 0xFF, pairs->quantizer->sorted->groups[group].count * sizeof *pairs->met);
    memset(now->size, 0, pairs->run_count * sizeof *now->size);
    now->neurons = now->weights = 0;
    now->run_count = pairs->run_count;
    for (size_t place = begin; place < end; place += step) {
        size_t neuron = moments->neurons[place];

        for (size_t at = moments->first[neuron]; at < moments->first[neuron + 1]; at++) {
            const struct quantize_synapse *synapse = &moments->synapses[at];
            uint32_t sample = pairs->sample_of[synapse->feed][synapse->entry];
            if (sample == UINT32_MAX)
                continue;
            if (pairs->met[sample] == UINT32_MAX) {
                pairs->met[sample] = (uint32_t)now->weights;
                now->run_of[now->weights++] = pairs->run_of[sample];
                now->size[pairs->run_of[sample]]++;
            }
            now->hearings[used++] = (struct hearing){synapse->source, pairs->met[sample]};
        }
        now->ends[now->neurons++] = used;
    }
    return 0;
}

static bool same_heard(const struct partition *one, const struct partition *other)
{
    if (one->neurons == 0 || one->neurons != other->neurons || one->weights != other->weights)
        return false;
    size_t count = one->ends[one->neurons - 1];
    return memcmp(one->ends, other->ends, one->neurons * sizeof *one->ends) == 0 &&
           memcmp(one->hearings, other->hearings, count * sizeof *one->hearings) == 0;
}

/* Fills like: which runs are of just the weights that a run of kept has. Both hear the same. */
static void find_like(const struct quantize_pairs *pairs)
{
    const struct partition *now = &pairs->now, *kept = &pairs->kept;

    for (size_t run = 0; run < now->run_count; run++)
        pairs->like[run] = UINT32_MAX;
    for (size_t weight = 0; weight < now->weights; weight++)
        pairs->like[now->run_of[weight]] = kept->run_of[weight];
    for (size_t weight = 0; weight < now->weights; weight++)
        if (pairs->like[now->run_of[weight]] != kept->run_of[weight] ||
            now->size[now->run_of[weight]] != kept->size[kept->run_of[weight]])
            pairs->like[now->run_of[weight]] = UINT32_MAX;
}

/* Adds the moments of the pairs of runs of which one is wanted. The pairs of a sum come in one order, whatever is
 * wanted. */
static void add_pairs(struct quantize_pairs *pairs)
{
    const struct quantize_moments *moments = pairs->moments;
    const struct partition *now = &pairs->now;
    size_t begin = 0;

    for (size_t neuron = 0; neuron < now->neurons; neuron++) {
        const struct hearing *all = now->hearings + begin;
        size_t count = now->ends[neuron] - begin, few = 0;

        for (size_t index = 0; index < count; index++)
            if (pairs->wanted[now->run_of[all[index].weight]])
                pairs->few[few++] = all[index];
        for (size_t one = 0; few > 0 && one < count; one++) {
            const float *second = moments->second + all[one].source * moments->sources;
            uint32_t run = now->run_of[all[one].weight];
            const struct hearing *others = pairs->wanted[run] ? all : pairs->few;
            size_t other_count = pairs->wanted[run] ? count : few;
            float *row = pairs->second + run * now->run_count;

            for (size_t other = 0; other < other_count; other++)
                row[now->run_of[others[other].weight]] += second[others[other].source];
        }
        begin = now->ends[neuron];
    }
}

/* Sums of pairs of runs that kept has too. */
static void copy_kept(struct quantize_pairs *pairs)
{
    size_t count = pairs->run_count;

    for (size_t run = 0; run < count; run++) {
        float *row = pairs->second + run * count;

        for (size_t other = 0; other < count && pairs->like[run] != UINT32_MAX; other++)
            if (pairs->like[other] != UINT32_MAX)
                row[other] = pairs->kept_second[pairs->like[run] * pairs->kept.run_count + pairs->like[other]];
    }
}

/* What is at hand, for groups that hear the same. */
static void keep(struct quantize_pairs *pairs)
{
    struct partition kept = pairs->kept;

    memcpy(pairs->kept_second, pairs->second, pairs->run_count * pairs->run_count * sizeof(float));
    pairs->kept = pairs->now;
    pairs->now = kept;
}

/* Channels of a convolution hear the same in the same order; only runs that other channels do not have, as two weights
 * are equal by chance, are added up anew. */
int quantize_pairs_add(struct quantize_pairs *pairs, size_t group)
{
    const struct quantize_moments *moments = pairs->moments;
    size_t begin = moments->group_first[group], end = moments->group_first[group + 1], all = 0;

    for (size_t place = begin; place < end; place++) {
        size_t count = moments->first[moments->neurons[place] + 1] - moments->first[moments->neurons[place]];
        all += count * count;
    }
    if (list_heard(pairs, group, 1 + all / PAIRS_MAX))
        return -1;
    pairs->looked = pairs->now.neurons;
    bool same = same_heard(&pairs->now, &pairs->kept);
    memset(pairs->second, 0, pairs->run_count * pairs->run_count * sizeof *pairs->second);
    if (same) {
        find_like(pairs);
        copy_kept(pairs);
    }
    for (size_t run = 0; run < pairs->run_count; run++)
        pairs->wanted[run] = !same || pairs->like[run] == UINT32_MAX;
    add_pairs(pairs);
    if (end - begin > 1 && (!same || pairs->run_count > pairs->kept.run_count))
        keep(pairs);
    return 0;
}

static size_t most_samples(const struct quantizer *quantizer)
{
    size_t most = 1;

    for (size_t group = 0; group < quantizer->sorted->group_count; group++)
        if (quantizer->sorted->groups[group].count > most)
            most = quantizer->sorted->groups[group].count;
    return most;
}

static size_t most_hearings(const struct quantizer *quantizer, const struct quantize_moments *moments)
{
    size_t most = 1;

    for (size_t neuron = 0; neuron < moments->group_first[quantizer->sorted->group_count]; neuron++)
        if (moments->first[neuron + 1] - moments->first[neuron] > most)
            most = moments->first[neuron + 1] - moments->first[neuron];
    return most;
}

static int open_partition(struct partition *partition, size_t samples)
{
    partition->run_of = malloc(samples * sizeof *partition->run_of);
    partition->size = malloc(QUANTIZE_RUNS_MAX * sizeof *partition->size);
    return partition->run_of && partition->size ? 0 : -1;
}

static void close_partition(struct partition *partition)
{
    free(partition->hearings);
    free(partition->ends);
    free(partition->run_of);
    free(partition->size);
}

int quantize_pairs_open(struct quantize_pairs *pairs, const struct quantizer *quantizer,
                        const struct quantize_moments *moments)
{
    size_t samples = most_samples(quantizer);
    const size_t runs = QUANTIZE_RUNS_MAX;

    *pairs = (struct quantize_pairs){.quantizer = quantizer, .moments = moments};
    pairs->second = malloc(runs * runs * sizeof *pairs->second);
    pairs->kept_second = malloc(runs * runs * sizeof *pairs->kept_second);
    pairs->run_of = malloc(samples * sizeof *pairs->run_of);
    pairs->met = malloc(samples * sizeof *pairs->met);
    pairs->wanted = malloc(runs * sizeof *pairs->wanted);
    pairs->like = malloc(runs * sizeof *pairs->like);
    pairs->few = malloc(most_hearings(quantizer, moments) * sizeof *pairs->few);
    pairs->sample_of = calloc(quantizer->feed_count + 1, sizeof *pairs->sample_of);
    if (!pairs->second || !pairs->kept_second || !pairs->run_of || !pairs->met || !pairs->wanted || !pairs->like ||
        !pairs->few || !pairs->sample_of || open_partition(&pairs->now, samples) ||
        open_partition(&pairs->kept, samples))
        return -1;
    for (size_t feed = 0; feed < quantizer->feed_count; feed++) {
        size_t entries = linear_map_entries(&quantizer->feeds[feed].map);
        pairs->sample_of[feed] = malloc((entries + 1) * sizeof **pairs->sample_of);
        if (!pairs->sample_of[feed])
            return -1;
        memset(pairs->sample_of[feed], 0xFF, (entries + 1) * sizeof **pairs->sample_of);
    }
    return 0;
}

void quantize_pairs_close(struct quantize_pairs *pairs)
{
    for (size_t feed = 0; pairs->sample_of && feed < pairs->quantizer->feed_count; feed++)
        free(pairs->sample_of[feed]);
    free(pairs->sample_of);
    close_partition(&pairs->now);
    close_partition(&pairs->kept);
    free(pairs->few);
    free(pairs->like);
    free(pairs->wanted);
    free(pairs->met);
    free(pairs->run_of);
    free(pairs->kept_second);
    free(pairs->second);
}
