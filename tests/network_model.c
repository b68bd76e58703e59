#include "network_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *make(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);

    if (!memory) {
        fputs("network_model: memory is short\n", stderr);
        abort();
    }
    return memory;
}

void network_model_open(struct network_model *model, const struct network *network)
{
    size_t count = network->population_count;

    *model = (struct network_model){.network = network};
    model->v = make(count, sizeof *model->v);
    model->current = make(count, sizeof *model->current);
    model->x = make(count, sizeof *model->x);
    model->output = make(count, sizeof *model->output);
    model->history = make(count, sizeof *model->history);
    for (size_t index = 0; index < network->projection_count; index++) {
        const struct projection *projection = &network->projections[index];
        if (model->history[projection->source] < projection->delay)
            model->history[projection->source] = projection->delay;
    }
    for (size_t index = 0; index < count; index++) {
        size_t size = network->populations[index].size;
        model->v[index] = make(size, sizeof(double));
        model->current[index] = make(size, sizeof(double));
        model->x[index] = make(size, sizeof(double));
        model->output[index] = make((model->history[index] + 1) * size, sizeof(double));
    }
}

void network_model_close(struct network_model *model)
{
    for (size_t index = 0; index < model->network->population_count; index++) {
        free(model->v[index]);
        free(model->current[index]);
        free(model->x[index]);
        free(model->output[index]);
    }
    free(model->v);
    free(model->current);
    free(model->x);
    free(model->output);
    free(model->history);
}

void network_model_reset(struct network_model *model)
{
    for (size_t index = 0; index < model->network->population_count; index++) {
        size_t size = model->network->populations[index].size;
        memset(model->v[index], 0, size * sizeof(double));
        memset(model->current[index], 0, size * sizeof(double));
        memset(model->output[index], 0, (model->history[index] + 1) * size * sizeof(double));
    }
    model->step = 0;
}

/* The place of a step's output in the ring. */
static double *output_at(const struct network_model *model, size_t population, uint64_t step)
{
    return model->output[population] +
           step % (model->history[population] + 1) * model->network->populations[population].size;
}

const double *network_model_output(const struct network_model *model, size_t population)
{
    return output_at(model, population, model->step - 1);
}

static void add_projection(struct network_model *model, const struct projection *projection)
{
    const struct linear_map *map = &projection->map;
    double *x = model->x[projection->target];

    if (model->step < projection->delay)
        return;
    const double *output = output_at(model, projection->source, model->step - projection->delay);
    for (size_t source = 0; source < map->sources; source++) {
        int32_t pattern = map->pattern[source];
        if (pattern == LINEAR_MAP_NONE || output[source] == 0)
            continue;
        for (size_t entry = map->first[pattern]; entry < map->first[pattern + 1]; entry++)
            x[map->offset[source] + map->target[entry]] += projection->weight[entry] * output[source];
    }
}

static void update(struct network_model *model, size_t index)
{
    const struct population *population = &model->network->populations[index];
    const struct options *options = &model->network->options;
    double *v = model->v[index], *current = model->current[index], *output = output_at(model, index, model->step);

    for (size_t neuron = 0; neuron < population->size; neuron++) {
        double drive = model->x[index][neuron];
        if (model_has_current(population->model)) {
            double before = current[neuron];
            current[neuron] = before - population->current_leak[neuron] * before + drive;
            drive = population->current_gain[neuron] * (options->cuba_order == CUBA_OLD ? before : current[neuron]);
        }
        v[neuron] = v[neuron] - population->leak[neuron] * v[neuron] + population->drift[neuron] + drive;
        output[neuron] = v[neuron];
        if (!model_fires(population->model))
            continue;
        double threshold = population->threshold[neuron];
        bool fires = options->compare == COMPARE_GREATER ? v[neuron] > threshold : v[neuron] >= threshold;
        output[neuron] = fires;
        if (fires)
            v[neuron] = population->reset_subtracts ? v[neuron] + population->reset[neuron] : population->reset[neuron];
    }
}

void network_model_step(struct network_model *model, const double *const *inputs)
{
    const struct network *network = model->network;

    for (size_t input = 0; input < network->input_count; input++) {
        size_t index = network->inputs[input].population, bytes = network->populations[index].size * sizeof(double);
        double *output = output_at(model, index, model->step);
        if (inputs[input])
            memcpy(output, inputs[input], bytes);
        else
            memset(output, 0, bytes);
    }
    for (size_t index = 0; index < network->population_count; index++) {
        const struct population *population = &network->populations[index];
        if (population->model == MODEL_INPUT)
            continue;
        memcpy(model->x[index], population->bias, population->size * sizeof(double));
        for (size_t at = 0; at < network->projection_count; at++)
            if (network->projections[at].target == index)
                add_projection(model, &network->projections[at]);
        update(model, index);
    }
    model->step++;
}
