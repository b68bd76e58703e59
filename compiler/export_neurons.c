/* Parameters of neurons from what a step of the array does: the equations of lower_population.c, solved for the file's
 * parameters. */
#include "export_parts.h"

#include "lower_population.h"

#include <math.h>

/* A leak that rounds to none, where time constants must be finite. */
static const double least_leak = 0x1p-40;

/* dt/tau of which 1 - exp(-dt/tau) is 1. */
enum { FULL_RATIO = 40 };

double export_step(const struct export *export)
{
    const struct options *options = &export->image->options;

    return options->time_unit > 0 ? options->dt / options->time_unit : 1;
}

bool export_owns_node(const struct export *export, size_t population)
{
    const struct population *real = &export->real.populations[population];
    enum model model;

    return real->model != MODEL_INPUT && real->model != MODEL_RELAY &&
           lower_find_model(export->graph.nodes[real->node].type, &model) && model == real->model;
}

static bool is_leaky(enum model model)
{
    return model == MODEL_LI || model == MODEL_LIF || model_has_current(model);
}

static double time_constant(const struct export *export, double leak)
{
    double step = export_step(export), kept = leak > 0 ? leak : least_leak;

    if (export->image->options.integrator != INTEGRATOR_EXP)
        return step / kept;
    return kept < 1 ? -step / log1p(-kept) : step / FULL_RATIO;
}

/* What lower makes of a time constant, to the last bit. */
static double leak_of(const struct export *export, double time)
{
    double ratio = export_step(export) / time;

    return export->image->options.integrator == INTEGRATOR_EXP ? 1 - exp(-ratio) : ratio;
}

static const char *membrane_time(enum model model)
{
    return model_has_current(model) ? "tau_mem" : "tau";
}

/* ---- gains ---- */

static double gain_of(const struct export *export, const struct population *population, size_t neuron)
{
    const struct node *node = &export->original.nodes[population->node];
    double leak;

    switch (population->model) {
    case MODEL_I:
    case MODEL_IF:
        return export_step(export) * node_value(node, "r", neuron);
    case MODEL_LI:
    case MODEL_LIF:
        leak = leak_of(export, node_value(node, "tau", neuron));
        return leak * node_value(node, "r", neuron);
    case MODEL_CUBALI:
    case MODEL_CUBALIF:
        leak = leak_of(export, node_value(node, "tau_syn", neuron));
        return leak * node_value(node, "w_in", neuron);
    default:
        return 1;
    }
}

int export_begin_neurons(struct export *export)
{
    size_t count = export->real.population_count;

    export->gain = arena_allocate(export->arena, count, sizeof *export->gain);
    for (size_t index = 0; export->gain && index < count; index++) {
        const struct population *population = &export->real.populations[index];
        double *gain = arena_allocate(export->arena, population->size, sizeof *gain);

        if (!gain)
            return -1;
        for (size_t neuron = 0; neuron < population->size; neuron++)
            gain[neuron] = gain_of(export, population, neuron);
        export->gain[index] = gain;
    }
    return export->gain ? 0 : -1;
}

/* ---- parameters ---- */

/* The numbers of a parameter, one a neuron, in place of what was there; NULL if memory is short. */
static double *replace(const struct export *export, const struct population *population, const char *name)
{
    struct node *node = &export->graph.nodes[population->node];
    struct parameter *parameter = (struct parameter *)node_parameter(node, name);
    struct tensor *tensor = &parameter->tensor;

    if (parameter->assumed || tensor->count != population->size || tensor->rank != population->shape.rank) {
        tensor->data = arena_allocate(export->arena, population->size, sizeof *tensor->data);
        tensor->count = population->size;
        tensor->rank = population->shape.rank;
    }
    for (size_t axis = 0; axis < tensor->rank; axis++)
        tensor->size[axis] = population->shape.size[axis];
    parameter->present = true;
    parameter->assumed = false;
    parameter->text = NULL;
    return tensor->data;
}

/* A threshold between the integer and the next: half way, but where it is subtracted too so that the reset is met, as a
 * whole number of units if that decides alike. */
static double threshold_of(const struct export *export, size_t population, size_t neuron)
{
    const struct image_population *image = &export->image->populations[population];
    bool least = export->image->options.compare == COMPARE_GREATER_EQUAL;
    double threshold = image->parameter[NEURON_THRESHOLD][neuron];
    double taken = -(double)image->parameter[NEURON_RESET][neuron];

    if (image->model == MODEL_THRESHOLD || !image->subtract)
        return (threshold + 0.5) * image_unit(image, neuron);
    if (taken == (least ? threshold + 1 : threshold))
        return taken * image_unit(image, neuron);
    return (threshold + (taken == threshold ? 0.25 : 0.75)) * image_unit(image, neuron);
}

static int set_fire(const struct export *export, size_t index)
{
    const struct population *real = &export->real.populations[index];
    bool stateless = real->model == MODEL_THRESHOLD;
    double *threshold = replace(export, real, stateless ? "threshold" : "v_threshold");
    bool resets = !stateless && export->image->options.reset == RESET_VALUE;
    double *reset = resets ? replace(export, real, "v_reset") : NULL;

    if (!threshold || (resets && !reset))
        return -1;
    for (size_t neuron = 0; neuron < real->size; neuron++) {
        threshold[neuron] = threshold_of(export, index, neuron);
        if (resets)
            reset[neuron] = real->reset[neuron];
    }
    return 0;
}

static int set_leaky(const struct export *export, size_t index)
{
    const struct population *real = &export->real.populations[index];
    const struct node *original = &export->original.nodes[real->node];
    bool current = model_has_current(real->model);
    double *tau = replace(export, real, membrane_time(real->model));
    double *r = replace(export, real, "r"), *v_leak = replace(export, real, "v_leak");
    double *tau_syn = current ? replace(export, real, "tau_syn") : NULL;
    double *w_in = current ? replace(export, real, "w_in") : NULL;

    if (!tau || !r || !v_leak || (current && (!tau_syn || !w_in)))
        return -1;
    for (size_t neuron = 0; neuron < real->size; neuron++) {
        double gain = export->gain[index][neuron];

        tau[neuron] = time_constant(export, real->leak[neuron]);
        double leak = leak_of(export, tau[neuron]);
        if (current) {
            tau_syn[neuron] = time_constant(export, real->current_leak[neuron]);
            w_in[neuron] = gain / leak_of(export, tau_syn[neuron]);
            gain = real->current_gain[neuron];
        }
        r[neuron] = gain / leak;
        v_leak[neuron] = current ? real->drift[neuron] / leak : node_value(original, "v_leak", neuron);
    }
    return 0;
}

static int set_population(const struct export *export, size_t index)
{
    const struct population *real = &export->real.populations[index];

    export->changed[real->node] = true;
    if (is_leaky(real->model) && set_leaky(export, index))
        return -1;
    if (real->model == MODEL_I || real->model == MODEL_IF) {
        double *r = replace(export, real, "r");
        if (!r)
            return -1;
        for (size_t neuron = 0; neuron < real->size; neuron++)
            r[neuron] = export->gain[index][neuron] / export_step(export);
    }
    return model_fires(real->model) ? set_fire(export, index) : 0;
}

int export_set_neurons(struct export *export)
{
    for (size_t index = 0; index < export->real.population_count; index++)
        if (export_owns_node(export, index) && set_population(export, index))
            return -1;
    return 0;
}

void export_balance(struct export *export, const struct network *lowered)
{
    for (size_t index = 0; index < export->real.population_count; index++) {
        const struct population *real = &export->real.populations[index], *found = &lowered->populations[index];
        const struct image_population *image = &export->image->populations[index];

        if (!export_owns_node(export, index) || !is_leaky(real->model) || model_has_current(real->model))
            continue;
        double *v_leak = node_parameter(&export->graph.nodes[real->node], "v_leak")->tensor.data;
        for (size_t neuron = 0; neuron < real->size; neuron++) {
            double missing = real->bias[neuron] - found->bias[neuron] - found->drift[neuron];
            if (fabs(missing) > 1e-9 * image_unit(image, neuron))
                v_leak[neuron] = (real->bias[neuron] - found->bias[neuron]) / found->leak[neuron];
        }
    }
}
