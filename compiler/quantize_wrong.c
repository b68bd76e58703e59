/* What quantised sources make wrong in the membranes of a population (quantize_moments.h), and how much of it its weights may
 * take back: what shows in both halves of the recorded steps alike. */
#include "quantize_moments.h"

#include <math.h>
#include <string.h>

enum { WORK_MAX = 1 << 26 }; /* numbers of traces that are looked at */

static const double worthy_share = 2.0 / 3; /* of what is wrong in one half that is so in the other too */

/* Work for one population. By sample of sorted: what its weight would have to do with the error, by halves. */
struct search {
    const struct quantizer *quantizer;
    const struct quantize_moments *moments;
    size_t **sample_of; /* (feed_count), each (entries): number of its sample plus 1; 0: none */
    double *power;      /* (sources) sum of squares of a trace */
    double *own;        /* (samples) the same of the sources of each */
    double *halves[2];  /* (samples) */
    float *wrong;       /* (positions) of the neuron at hand */
};

static int open_search(struct search *search)
{
    const struct quantizer *quantizer = search->quantizer;
    const struct quantize_sorted *sorted = quantizer->sorted;
    size_t count = search->moments->traces->positions;
    struct arena *scratch = quantizer->scratch;

    search->sample_of = arena_allocate(scratch, quantizer->feed_count, sizeof *search->sample_of);
    search->power = arena_allocate(scratch, search->moments->sources, sizeof *search->power);
    search->own = arena_allocate(scratch, sorted->sample_count, sizeof *search->own);
    search->halves[0] = arena_allocate(scratch, sorted->sample_count, sizeof **search->halves);
    search->halves[1] = arena_allocate(scratch, sorted->sample_count, sizeof **search->halves);
    search->wrong = arena_allocate(scratch, count, sizeof *search->wrong);
    if (!search->sample_of || !search->power || !search->own || !search->halves[0] || !search->halves[1] || !search->wrong)
        return -1;
    for (size_t each = 0; each < quantizer->feed_count; each++) {
        search->sample_of[each] = arena_allocate(scratch, linear_map_entries(&quantizer->feeds[each].map), sizeof(size_t));
        if (!search->sample_of[each])
            return -1;
    }
    for (size_t sample = 0; sample < sorted->sample_count; sample++)
        search->sample_of[sorted->samples[sample].feed - quantizer->feeds][sorted->samples[sample].entry] = sample + 1;
    for (size_t source = 0; source < search->moments->sources; source++) {
        const float *sent = search->moments->traces->sent + source * count;
        search->power[source] = quantize_product(sent, sent, count);
    }
    return 0;
}

/* What a neuron keeps of what its sources send wrong, less what its bias can take back. */
static void find_wrong(const struct search *search, size_t neuron)
{
    const struct quantize_moments *moments = search->moments;
    size_t count = moments->traces->positions;

    memset(search->wrong, 0, count * sizeof *search->wrong);
    for (size_t index = moments->first[neuron]; index < moments->first[neuron + 1]; index++) {
        const struct quantize_synapse *synapse = &moments->synapses[index];
        const float *wrong = moments->traces->wrong + synapse->source * count;
        float weight = (float)search->quantizer->feeds[synapse->feed].weight[synapse->entry];

        for (size_t at = 0; at < count; at++)
            search->wrong[at] += weight * wrong[at];
    }
    if (moments->traces->steady)
        quantize_take_level(moments->traces, search->wrong);
}

static void add_neuron(const struct search *search, size_t neuron)
{
    const struct quantize_moments *moments = search->moments;
    size_t count = moments->traces->positions, half = count / 2;

    find_wrong(search, neuron);
    for (size_t index = moments->first[neuron]; index < moments->first[neuron + 1]; index++) {
        const struct quantize_synapse *synapse = &moments->synapses[index];
        const float *sent = moments->traces->sent + synapse->source * count;
        size_t sample = search->sample_of[synapse->feed][synapse->entry];

        if (sample == 0 || search->power[synapse->source] == 0)
            continue;
        search->own[sample - 1] += search->power[synapse->source];
        search->halves[0][sample - 1] += quantize_product(sent, search->wrong, half);
        search->halves[1][sample - 1] += quantize_product(sent + half, search->wrong + half, count - half);
    }
}

/* How far the halves of a group go together, of what each has: what weights could take back counts. */
static void compare_halves(const struct search *search, const struct quantize_group *group, double *both, double *each)
{
    *both = *each = 0;
    for (size_t sample = group->first; sample < group->first + group->count; sample++) {
        double one = search->halves[0][sample], other = search->halves[1][sample];

        if (search->own[sample] == 0)
            continue;
        *both += one * other / search->own[sample];
        *each += (one * one + other * other) / 2 / search->own[sample];
    }
}

/* Every which neuron of each group is worth the time. */
static size_t neuron_step(const struct quantize_moments *moments, size_t targets)
{
    double work = 2 * (double)moments->first[targets] * (double)moments->traces->positions;

    return (size_t)ceil(fmax(1, work / WORK_MAX));
}

int quantize_find_wrong(const struct quantizer *quantizer, size_t targets, struct quantize_moments *moments)
{
    const struct quantize_sorted *sorted = quantizer->sorted;
    struct search search = {.quantizer = quantizer, .moments = moments};
    double *pull = arena_allocate(quantizer->scratch, sorted->sample_count, sizeof *pull);
    double both, each, all_both = 0, all = 0;
    size_t step = neuron_step(moments, targets);

    if (!pull || open_search(&search))
        return -1;
    for (size_t group = 0; group < sorted->group_count; group++) {
        size_t begin = moments->group_first[group], end = moments->group_first[group + 1];

        for (size_t place = begin; place < end; place += step)
            add_neuron(&search, moments->neurons[place]);
        compare_halves(&search, &sorted->groups[group], &both, &each);
        all_both += both;
        all += each;
        /* Twice as many steps, as both halves are, would show this much of it again. */
        double trust = both > 0 ? 2 * both / (each + both) : 0;
        double scale = trust / (double)((end - begin + step - 1) / step) / (double)moments->traces->positions;
        for (size_t at = 0; at < sorted->groups[group].count; at++) {
            size_t sample = sorted->groups[group].first + at;
            pull[sample] = scale * (search.halves[0][sample] + search.halves[1][sample]);
        }
    }
    moments->pull = all_both > worthy_share * all ? pull : NULL;
    return 0;
}
