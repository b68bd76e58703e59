/* Coefficients of populations, as network.h has their equations: dt/tau or 1 - exp(-dt/tau), and the gains that go into
 * weights and biases. */
#include "lower_population.h"

#include "lower_flow.h"

#include <math.h>

static int out_of_memory(struct diagnostics *diagnostics)
{
    return diagnostics_error(diagnostics, "", "the network does not fit into memory; try one with fewer neurons");
}

bool lower_find_model(enum node_type type, enum model *model)
{
    switch (type) {
    case NODE_INPUT:
        *model = MODEL_INPUT;
        return true;
    case NODE_THRESHOLD:
        *model = MODEL_THRESHOLD;
        return true;
    case NODE_I:
        *model = MODEL_I;
        return true;
    case NODE_IF:
        *model = MODEL_IF;
        return true;
    case NODE_LI:
        *model = MODEL_LI;
        return true;
    case NODE_LIF:
        *model = MODEL_LIF;
        return true;
    case NODE_CUBA_LI:
        *model = MODEL_CUBALI;
        return true;
    case NODE_CUBA_LIF:
        *model = MODEL_CUBALIF;
        return true;
    default:
        return false;
    }
}

/* A node, its population, and what else its coefficients are made of. */
struct filling {
    struct population *population;
    const struct node *node;
    const struct options *options;
    double step;
    double *gain;
    struct arena *scratch;
    struct diagnostics *diagnostics;
};

static void fill_reset(const struct filling *filling)
{
    struct population *population = filling->population;
    enum reset reset = filling->options->reset;

    population->reset_subtracts = reset == RESET_SUBTRACT;
    for (size_t neuron = 0; neuron < population->size; neuron++) {
        population->threshold[neuron] = node_value(filling->node, "v_threshold", neuron);
        if (reset == RESET_SUBTRACT)
            population->reset[neuron] = -population->threshold[neuron];
        else if (reset == RESET_VALUE)
            population->reset[neuron] = node_value(filling->node, "v_reset", neuron);
    }
}

double lower_leak(const struct options *options, double tau)
{
    double ratio = (options->time_unit > 0 ? options->dt / options->time_unit : 1) / tau;

    return options->integrator == INTEGRATOR_EXP ? 1 - exp(-ratio) : ratio;
}

/* leak of a time constant; above 1 it overshoots, which the array's leak cannot express, above 2 it does not even
 * settle. */
static int fill_leak(const struct filling *filling, double *leak, const char *name)
{
    for (size_t neuron = 0; neuron < filling->population->size; neuron++) {
        double tau = node_value(filling->node, name, neuron), ratio = filling->step / tau;
        leak[neuron] = lower_leak(filling->options, tau);
        if (leak[neuron] <= 1)
            continue;
        const char *place = arena_print(filling->scratch, "/%s/%s", filling->node->name, name);
        return diagnostics_error(filling->diagnostics, place ? place : "",
                                 "%s of neuron %zu has dt/%s = %g (%s %g, dt %g): %s; give a smaller dt, the right "
                                 "unit of time, or the integrator exp",
                                 node_type_name(filling->node->type), neuron, name, ratio, name, tau, filling->step,
                                 leak[neuron] > 2 ? "this is unstable, the array needs dt/tau <= 1"
                                                  : "the array needs dt/tau <= 1");
    }
    return 0;
}

static int fill_leaky(const struct filling *filling)
{
    struct population *population = filling->population;
    bool has_current = model_has_current(population->model);
    int status = fill_leak(filling, population->leak, has_current ? "tau_mem" : "tau");

    if (has_current && fill_leak(filling, population->current_leak, "tau_syn") != 0)
        status = -1;
    for (size_t neuron = 0; neuron < population->size; neuron++) {
        double gain = population->leak[neuron] * node_value(filling->node, "r", neuron);
        population->drift[neuron] = population->leak[neuron] * node_value(filling->node, "v_leak", neuron);
        if (has_current) {
            population->current_gain[neuron] = gain;
            gain = population->current_leak[neuron] * node_value(filling->node, "w_in", neuron);
        }
        filling->gain[neuron] = gain;
    }
    return status;
}

static int fill_parameters(const struct filling *filling)
{
    struct population *population = filling->population;
    int status = 0;

    switch (population->model) {
    case MODEL_INPUT:
        return 0;
    case MODEL_RELAY:
    case MODEL_THRESHOLD:
        for (size_t neuron = 0; neuron < population->size; neuron++) {
            population->leak[neuron] = filling->gain[neuron] = 1;
            if (population->model == MODEL_THRESHOLD)
                population->threshold[neuron] = node_value(filling->node, "threshold", neuron);
        }
        /* Adding 0 is no reset: v stays the summed input. */
        population->reset_subtracts = population->model == MODEL_THRESHOLD;
        return 0;
    case MODEL_I:
    case MODEL_IF:
        for (size_t neuron = 0; neuron < population->size; neuron++)
            filling->gain[neuron] = filling->step * node_value(filling->node, "r", neuron);
        break;
    case MODEL_LI:
    case MODEL_LIF:
    case MODEL_CUBALI:
    case MODEL_CUBALIF:
        status = fill_leaky(filling);
        break;
    }
    if (model_fires(population->model))
        fill_reset(filling);
    return status;
}

/* Name, sizes and zeroed arrays; NULL if memory is short. */
static struct population *begin_population(struct network *network, char *name, size_t node, enum model model,
                                           const struct shape *shape)
{
    struct population *population = &network->populations[network->population_count++];
    bool complete = name != NULL;

    population->name = name;
    population->node = node;
    population->model = model;
    population->shape = *shape;
    population->size = shape_count(shape);
    population->graded = !model_fires(model);
    population->level = model != MODEL_INPUT;
    double **arrays[] = {&population->leak,      &population->drift, &population->bias,
                         &population->threshold, &population->reset, &population->current_leak,
                         &population->current_gain};
    size_t count = model_has_current(model) ? 7 : 5;
    for (size_t array = 0; array < count; array++) {
        *arrays[array] = arena_allocate(network->arena, population->size, sizeof(double));
        complete &= *arrays[array] != NULL;
    }
    return complete ? population : NULL;
}

int lower_add_population(struct network *network, double **gain, const struct graph *graph, size_t node,
                         enum model model, double step, struct arena *scratch, struct diagnostics *diagnostics)
{
    struct population *population =
        begin_population(network, arena_copy(network->arena, graph->nodes[node].name), node, model,
                         flow_shape(&graph->nodes[node]));

    *gain = population ? arena_allocate(scratch, population->size, sizeof **gain) : NULL;
    if (!*gain)
        return out_of_memory(diagnostics);
    population->own_node = model != MODEL_RELAY; /* whose Output may not be in the file */
    population->weight_unit = graph->nodes[node].weight_unit;
    population->weight_bits = graph->nodes[node].weight_bits;
    struct filling filling = {population, &graph->nodes[node], &network->options, step, *gain, scratch, diagnostics};
    return fill_parameters(&filling);
}

int lower_add_constant(struct network *network, const struct graph *graph, size_t node,
                       struct diagnostics *diagnostics)
{
    struct shape one = {.rank = 1, .size = {1}};
    char *name = arena_print(network->arena, "%s/bias", graph->nodes[node].name);
    struct population *population = begin_population(network, name, node, MODEL_THRESHOLD, &one);

    if (!population)
        return out_of_memory(diagnostics);
    population->leak[0] = 1;
    population->threshold[0] = -1;
    population->reset_subtracts = true;
    return 0;
}
