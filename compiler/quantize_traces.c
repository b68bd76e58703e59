/* What membranes keep of what their sources send (quantize_moments.h). */
#include "quantize_moments.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TRACE_MAX = 1 << 22, SUMS = 8 };

static const double little_leak = 1e-3; /* a step: more of a memory than calibration can show */

/* Of the membranes of a population, on average. */
struct memory {
    double leak;         /* a spike of their own takes all of it */
    double current_leak; /* 1 without current */
};

static struct memory memory_of(const struct quantizer *quantizer, size_t index)
{
    const struct population *population = &quantizer->network->populations[index];
    const double *power = quantizer->calibration->power[index];
    double leak = 0, current_leak = 0, rate = 0, size = (double)population->size;

    for (size_t neuron = 0; neuron < population->size; neuron++) {
        leak += population->leak[neuron] / size;
        current_leak += (model_has_current(population->model) ? population->current_leak[neuron] : 1) / size;
        rate += (model_fires(population->model) && power ? fmin(power[neuron], 1) : 0) / size;
    }
    return (struct memory){fmax(1 - (1 - leak) * (1 - rate), little_leak), fmax(current_leak, little_leak)};
}

/* Steps after which about half of what a membrane keeps is new. */
static size_t stride_of(const struct memory *memory, const struct spike_record *record, size_t sources)
{
    double least = (double)sources * (double)record->samples * (double)record->steps / TRACE_MAX;
    double wanted = fmax(floor(0.25 / memory->leak), ceil(least));

    return (size_t)fmax(1, fmin(wanted, (double)record->steps));
}

float quantize_product(const float *one, const float *other, size_t count)
{
    float sums[SUMS] = {0}, sum = 0;
    size_t at = 0;

    for (; at + SUMS <= count; at += SUMS)
        for (size_t each = 0; each < SUMS; each++)
            sums[each] += one[at + each] * other[at + each];
    for (; at < count; at++)
        sum += one[at] * other[at];
    for (size_t each = 0; each < SUMS; each++)
        sum += sums[each];
    return sum;
}

/* The trace of spikes that come delay steps later, at the last step of each stride. */
static void fill_trace(float *trace, const uint64_t *bits, const struct spike_record *record, size_t delay,
                       const struct memory *memory, size_t stride)
{
    for (size_t sample = 0; sample < record->samples; sample++) {
        float v = 0, i = 0, keep = (float)(1 - memory->leak), keep_current = (float)(1 - memory->current_leak);

        for (size_t step = 0; step < record->steps; step++) {
            size_t was = sample * record->steps + step - delay;
            i = keep_current * i + (step < delay ? 0 : (float)(bits[was / 64] >> was % 64 & 1));
            v = keep * v + i;
            if (step % stride == stride - 1)
                *trace++ = v;
        }
    }
}

static double independent_gain(const struct memory *memory)
{
    enum { STEPS = 10000 };
    double i = 1, v = 0, gain = 0;

    for (size_t step = 0; step < STEPS; step++) {
        v = (1 - memory->leak) * v + i;
        i *= 1 - memory->current_leak;
        gain += v * v;
    }
    return gain;
}

static void fill_traces(const struct quantizer *quantizer, const struct memory *memory, size_t stride,
                        struct quantize_traces *traces)
{
    const struct spike_record *record = &quantizer->calibration->record;
    size_t count = traces->positions, source = 0;

    for (size_t each = 0; each < quantizer->feed_count; each++) {
        const struct quantize_feed *feed = &quantizer->feeds[each];
        const struct projection *projection = &quantizer->network->projections[feed->projection];
        const uint64_t *real = feed->graded ? NULL : record->fired[projection->source];
        const uint64_t *sent = real && quantizer->sent.fired ? quantizer->sent.fired[projection->source] : NULL;

        for (size_t neuron = 0; neuron < feed->map.sources; neuron++, source++) {
            float *to = traces->sent + source * count, *wrong = traces->wrong ? traces->wrong + source * count : NULL;
            size_t first = neuron * record->words;

            if (real)
                fill_trace(to, (sent ? sent : real) + first, record, projection->delay, memory, stride);
            if (!sent || !traces->wrong)
                continue;
            fill_trace(wrong, real + first, record, projection->delay, memory, stride);
            for (size_t at = 0; at < count; at++)
                wrong[at] = to[at] - wrong[at];
        }
    }
}

/* Biases that may be changed for nothing: UPDATE reads that of each neuron, or there is one. */
static bool has_biases(const struct population *population)
{
    return !quantize_is_uniform(population->bias, population->size) || (population->size == 1 && population->bias[0] != 0);
}

/* What a bias does, and how far sources do the same. */
static int find_levels(const struct spike_record *record, const struct memory *memory, size_t stride, size_t sources,
                       struct quantize_traces *traces)
{
    size_t count = traces->positions;
    uint64_t *always = malloc(record->words * sizeof *always);

    traces->steady = calloc(count + 1, sizeof *traces->steady);
    traces->level = calloc(sources + 1, sizeof *traces->level);
    if (always && traces->steady && traces->level) {
        memset(always, 0xff, record->words * sizeof *always);
        fill_trace(traces->steady, always, record, 0, memory, stride);
        traces->steady_power = quantize_product(traces->steady, traces->steady, count);
        for (size_t source = 0; source < sources; source++)
            traces->level[source] =
                quantize_product(traces->steady, traces->sent + source * count, count) / traces->steady_power;
    }
    free(always);
    return always && traces->steady && traces->level ? 0 : -1;
}

int quantize_find_traces(const struct quantizer *quantizer, size_t index, size_t sources, bool levels,
                         struct quantize_traces **traces)
{
    const struct spike_record *record = &quantizer->calibration->record;

    struct memory memory = memory_of(quantizer, index);
    size_t stride = stride_of(&memory, record, sources), positions = record->samples * (record->steps / stride);
    struct quantize_traces *made = calloc(1, sizeof *made);
    if (!made)
        return -1;
    *made = (struct quantize_traces){.positions = positions,
                                     .sent = calloc(sources * positions + 1, sizeof *made->sent),
                                     .gain = independent_gain(&memory)};
    *traces = made;
    if (quantizer->sent.fired)
        made->wrong = calloc(sources * positions + 1, sizeof *made->wrong);
    if (!made->sent || (quantizer->sent.fired && !made->wrong))
        return -1;
    fill_traces(quantizer, &memory, stride, made);
    if (levels && has_biases(&quantizer->network->populations[index]))
        return find_levels(record, &memory, stride, sources, made);
    return 0;
}

void quantize_free_traces(struct quantize_traces *traces)
{
    if (!traces)
        return;
    free(traces->sent);
    free(traces->wrong);
    free(traces->steady);
    free(traces->level);
    free(traces);
}
