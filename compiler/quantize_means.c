/* What weights lose in the mean because they are rounded, and what sources then send wrong in the mean, biases take
 * over where a population has any and its weights are not fine (quantize_moments.h): they have 16 bits. */
#include "quantize_moments.h"

void quantize_take_level(const struct quantize_traces *traces, float *trace)
{
    double level = quantize_product(traces->steady, trace, traces->positions) / traces->steady_power;

    for (size_t at = 0; at < traces->positions; at++)
        trace[at] -= (float)level * traces->steady[at];
}

/* Of a source: the bias that what it sends wrong is like. */
static double wrong_level(const struct quantize_traces *traces, size_t source)
{
    return quantize_product(traces->steady, traces->wrong + source * traces->positions, traces->positions) /
           traces->steady_power;
}

/* What the weights of a neuron make wrong in the mean. wrong: (sources). */
static double lost_mean(const struct quantizer *quantizer, const struct quantize_moments *moments, size_t neuron,
                        double unit, const double *wrong)
{
    double lost = 0;

    for (size_t at = moments->first[neuron]; at < moments->first[neuron + 1]; at++) {
        const struct quantize_synapse *synapse = &moments->synapses[at];
        const struct quantize_feed *feed = &quantizer->feeds[synapse->feed];
        double weight = feed->weight[synapse->entry];
        double off = quantizer->image->projections[feed->projection].weight[synapse->entry] * unit - weight;

        lost += off * moments->traces->level[synapse->source] + weight * wrong[synapse->source];
    }
    return lost;
}

int quantize_correct_means(struct quantizer *quantizer, size_t index, const struct quantize_moments *moments,
                           double unit)
{
    const struct quantize_sorted *sorted = quantizer->sorted;
    size_t size = quantizer->network->populations[index].size;

    quantizer->correction = NULL;
    if (!moments || !moments->traces || !moments->traces->steady)
        return 0;
    double *wrong = arena_allocate(quantizer->scratch, moments->sources, sizeof *wrong);
    double *lost = arena_allocate(quantizer->scratch, sorted->group_count, sizeof *lost);
    quantizer->correction = arena_allocate(quantizer->scratch, size, sizeof *quantizer->correction);
    if (!wrong || !lost || !quantizer->correction)
        return -1;
    for (size_t source = 0; moments->pull && source < moments->sources; source++)
        wrong[source] = wrong_level(moments->traces, source);
    for (size_t neuron = 0; neuron < size; neuron++)
        lost[sorted->group[neuron]] += lost_mean(quantizer, moments, neuron, unit, wrong);
    /* neurons of a channel keep the same bias: the array has it once */
    for (size_t neuron = 0; neuron < size; neuron++)
        quantizer->correction[neuron] =
            -lost[sorted->group[neuron]] / (double)sorted->groups[sorted->group[neuron]].neurons;
    return 0;
}
