/* Makes the neurons of the float network: state and parameters, one for each neuron, as the options have them. */
#include "float_integer.h"
#include "float_network.h"

#include <math.h>

/* The time constant of the membrane; NULL where there is none. */
static const char *decay_name(enum node_type type)
{
    switch (type) {
    case NODE_LI:
    case NODE_LIF:
        return "tau";
    case NODE_CUBA_LI:
    case NODE_CUBA_LIF:
        return "tau_mem";
    default:
        return NULL;
    }
}

static bool is_integrator(enum node_type type)
{
    return type == NODE_I || type == NODE_IF;
}

bool float_is_cuba(enum node_type type)
{
    return type == NODE_CUBA_LI || type == NODE_CUBA_LIF;
}

bool float_has_membrane(enum node_type type)
{
    return is_integrator(type) || decay_name(type);
}

double *float_array_make(struct float_network *network, const struct node *node, size_t count, const char *name)
{
    double *array = arena_allocate(&network->arena, count, sizeof *array);

    if (array && name)
        for (size_t neuron = 0; neuron < count; neuron++)
            array[neuron] = node_value(node, name, neuron);
    return array;
}

/* What of a state is lost in a step; ratio is dt / tau. */
static double find_loss(double ratio, bool synapse, enum integrator integrator)
{
    switch (integrator) {
    case INTEGRATOR_EULER:
        break;
    case INTEGRATOR_EXP_MEMBRANE:
        return synapse ? ratio : 1 - exp(-ratio);
    case INTEGRATOR_EXP:
    case INTEGRATOR_EXP_DECAY:
        return 1 - exp(-ratio);
    case INTEGRATOR_LAVA_DL:
        return float_integer_loss(ratio);
    }
    return ratio;
}

/* Replaces the time constants in decay by losses. gain, where it is wanted, becomes what factor, r or w_in, makes
 * of an input where that is not the loss times factor. */
static int make_decay(struct float_network *network, double *decay, double **gain, const double *factor, size_t count,
                      double step, bool synapse)
{
    const struct options *options = &network->options;
    bool apart = options->integrator == INTEGRATOR_EXP_DECAY || options->integrator == INTEGRATOR_LAVA_DL ||
                 options->input_gain == INPUT_GAIN_NONE;

    if (apart && !(*gain = arena_allocate(&network->arena, count, sizeof **gain)))
        return -1;
    for (size_t neuron = 0; neuron < count; neuron++) {
        double ratio = step / decay[neuron];
        decay[neuron] = find_loss(ratio, synapse, options->integrator);
        if (!apart)
            continue;
        if (options->input_gain == INPUT_GAIN_NONE)
            (*gain)[neuron] = 1;
        else if (options->integrator == INTEGRATOR_EXP_DECAY || options->integrator == INTEGRATOR_LAVA_DL)
            (*gain)[neuron] = ratio * factor[neuron];
    }
    return 0;
}

static void make_gain(struct float_node *made, double step, enum input_gain input_gain)
{
    for (size_t neuron = 0; neuron < made->outputs; neuron++)
        made->decay[neuron] = input_gain == INPUT_GAIN_FILE ? step * made->r[neuron] : 1;
}

static int make_leak(struct float_network *network, struct float_node *made, const struct node *node)
{
    enum v_leak v_leak = network->options.v_leak;
    bool kept = v_leak == V_LEAK_MEMBRANE || v_leak == V_LEAK_BOTH;

    made->v_leak = float_array_make(network, node, made->outputs, kept ? "v_leak" : NULL);
    if (!made->v_leak)
        return -1;
    if (v_leak == V_LEAK_BIAS && !(made->v_bias = float_array_make(network, node, made->outputs, "v_leak")))
        return -1;
    if (!float_is_cuba(node->type))
        return 0;
    made->synapse_leak = float_array_make(network, node, made->outputs, v_leak == V_LEAK_BOTH ? "v_leak" : NULL);
    return made->synapse_leak ? 0 : -1;
}

static int make_leaky(struct float_network *network, struct float_node *made, const struct node *node, double step)
{
    size_t count = made->outputs;

    if (network->options.input_gain == INPUT_GAIN_CUBA && !float_is_cuba(node->type))
        for (size_t neuron = 0; neuron < count; neuron++)
            made->r[neuron] = 1;
    if (make_decay(network, made->decay, &made->gain, made->r, count, step, false) != 0 ||
        make_leak(network, made, node) != 0)
        return -1;
    if (!float_is_cuba(node->type))
        return 0;
    made->current = float_array_make(network, node, count, NULL);
    made->w_in = float_array_make(network, node, count, "w_in");
    made->synapse_decay = float_array_make(network, node, count, "tau_syn");
    if (!made->current || !made->w_in || !made->synapse_decay)
        return -1;
    return make_decay(network, made->synapse_decay, &made->synapse_gain, made->w_in, count, step, true);
}

static int make_firing(struct float_network *network, struct float_node *made, const struct node *node)
{
    enum reset reset = network->options.reset;

    made->threshold = float_array_make(network, node, made->outputs, "v_threshold");
    made->v_reset = float_array_make(network, node, made->outputs, "v_reset");
    if (!made->threshold || !made->v_reset)
        return -1;
    if ((reset == RESET_SUBTRACT_LATE || reset == RESET_SUBTRACT_DOUBLE) &&
        !(made->due = float_array_make(network, node, made->outputs, NULL)))
        return -1;
    if (network->options.latency == LATENCY_SPIKE &&
        !(made->held = float_array_make(network, node, made->outputs, NULL)))
        return -1;
    return 0;
}

int float_neurons_make(struct float_network *network, struct float_node *made, const struct node *node, double step)
{
    made->v = float_array_make(network, node, made->outputs, NULL);
    made->r = float_array_make(network, node, made->outputs, "r");
    made->decay = float_array_make(network, node, made->outputs, decay_name(node->type));
    if (!made->v || !made->r || !made->decay)
        return -1;
    if (is_integrator(node->type))
        make_gain(made, step, network->options.input_gain);
    else if (make_leaky(network, made, node, step) != 0)
        return -1;
    return node_fires(node->type) ? make_firing(network, made, node) : 0;
}
