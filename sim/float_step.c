/* Runs the float network: each node in the graph's order, its equation evaluated in the very order in which
 * docs/architecture.md writes it, so that two double precision programs that follow that page agree on every spike. */
#include "float_integer.h"
#include "float_network.h"

#include <math.h>
#include <string.h>

static void clear(double *array, size_t count)
{
    if (array)
        memset(array, 0, count * sizeof *array);
}

void float_network_reset(struct float_network *network)
{
    for (size_t index = 0; index < network->node_count; index++) {
        struct float_node *node = &network->nodes[index];
        clear(node->output, node->outputs);
        clear(node->previous, node->outputs);
        clear(node->v, node->outputs);
        clear(node->current, node->outputs);
        clear(node->held, node->outputs);
        clear(node->line, node->line_steps * node->outputs);
    }
    network->step = 0;
    network->first = true;
    network->operations = 0;
}

double float_network_dt(const struct float_network *network)
{
    return network->dt;
}

size_t float_network_input_count(const struct float_network *network)
{
    return network->input_count;
}

size_t float_network_input_node(const struct float_network *network, size_t index)
{
    return network->input_nodes[index];
}

size_t float_network_size(const struct float_network *network, size_t node)
{
    return network->nodes[node].outputs;
}

const double *float_network_output(const struct float_network *network, size_t node)
{
    return network->nodes[node].output;
}

const double *float_network_membrane(const struct float_network *network, size_t node)
{
    return network->nodes[node].v;
}

const double *float_network_current(const struct float_network *network, size_t node)
{
    return network->nodes[node].current;
}

uint64_t float_network_operations(const struct float_network *network)
{
    return network->operations;
}

/* The node's summed input. */
static const double *gather(const struct float_node *node)
{
    if (node->source_count == 1)
        return node->sources[0];
    if (node->source_count == 0) /* nothing ever writes sum */
        return node->sum;
    for (size_t index = 0; index < node->inputs; index++)
        node->sum[index] = node->sources[0][index] + node->sources[1][index];
    for (size_t source = 2; source < node->source_count; source++)
        for (size_t index = 0; index < node->inputs; index++)
            node->sum[index] += node->sources[source][index];
    return node->sum;
}

static uint64_t count_operations(const struct float_node *node)
{
    uint64_t operations = 0;

    for (size_t source = 0; source < node->source_count; source++)
        for (size_t index = 0; index < node->inputs; index++)
            if (node->sources[source][index] != 0)
                operations += node->map.operations[index];
    return operations;
}

/* How often a neuron of that v fires. */
static double count_spikes(const struct options *options, double v, double threshold)
{
    bool fires = options->compare == COMPARE_GREATER ? v > threshold : v >= threshold;

    if (!fires || options->spikes == SPIKES_SINGLE || !(threshold > 0))
        return fires;
    double times = v / threshold;
    return options->compare == COMPARE_GREATER ? fmax(1, ceil(times) - 1) : floor(times);
}

static void reset(const struct options *options, struct float_node *node, size_t neuron, double spikes)
{
    double *v = &node->v[neuron];

    if (options->reset == RESET_SUBTRACT_DOUBLE)
        *v -= (spikes - node->due[neuron]) * node->threshold[neuron];
    if (spikes == 0)
        return;
    if (options->reset == RESET_VALUE)
        *v = node->v_reset[neuron];
    else if (options->reset == RESET_ZERO)
        *v = 0;
    else if (options->reset == RESET_SUBTRACT)
        *v -= spikes * node->threshold[neuron];
}

/* Output of the neurons that fire, from v; then the reset of those that did. */
static void fire(const struct options *options, struct float_node *node)
{
    bool floored = options->membrane_floor == MEMBRANE_FLOOR_THRESHOLD && node->type == NODE_IF;

    for (size_t neuron = 0; neuron < node->outputs; neuron++) {
        double spikes = count_spikes(options, node->v[neuron], node->threshold[neuron]);

        node->output[neuron] = node->held ? node->held[neuron] : spikes;
        if (node->held)
            node->held[neuron] = spikes;
        reset(options, node, neuron, spikes);
        if (floored && node->v[neuron] < -node->threshold[neuron])
            node->v[neuron] = -node->threshold[neuron];
    }
}

static void compare(const struct options *options, struct float_node *node, const double *x)
{
    for (size_t neuron = 0; neuron < node->outputs; neuron++) {
        node->v[neuron] = x[neuron];
        node->output[neuron] = options->compare == COMPARE_GREATER ? x[neuron] > node->threshold[neuron]
                                                                   : x[neuron] >= node->threshold[neuron];
    }
}

static void integrate(struct float_node *node, const double *x)
{
    for (size_t neuron = 0; neuron < node->outputs; neuron++)
        node->v[neuron] += node->decay[neuron] * x[neuron];
}

static void leak(struct float_node *node, const double *x)
{
    for (size_t neuron = 0; neuron < node->outputs; neuron++) {
        double *v = &node->v[neuron], decay = node->decay[neuron], rest = node->v_leak[neuron];

        if (node->gain)
            *v += decay * (rest - *v) + node->gain[neuron] * x[neuron];
        else
            *v += decay * ((rest - *v) + node->r[neuron] * x[neuron]);
        if (node->v_bias)
            *v += node->v_bias[neuron];
    }
}

static void filter(struct float_node *node, const double *x, enum cuba_order order)
{
    for (size_t neuron = 0; neuron < node->outputs; neuron++) {
        double *current = &node->current[neuron], decay = node->synapse_decay[neuron];
        double rest = node->synapse_leak[neuron], w_in = node->w_in[neuron];

        if (order == CUBA_DECAYED) {
            *current += (node->synapse_gain ? node->synapse_gain[neuron] : decay * w_in) * x[neuron];
            *current += decay * (rest - *current);
        } else if (node->synapse_gain) {
            *current += decay * (rest - *current) + node->synapse_gain[neuron] * x[neuron];
        } else {
            *current += decay * ((rest - *current) + w_in * x[neuron]);
        }
    }
}

static void update_integers(double *state, const double *loss, const double *gain, const double *x, size_t count)
{
    for (size_t neuron = 0; neuron < count; neuron++)
        state[neuron] = float_integer_update(state[neuron], loss[neuron], gain[neuron] * x[neuron]);
}

static void update_membrane(const struct options *options, struct float_node *node, const double *x)
{
    if (node->type == NODE_I || node->type == NODE_IF)
        integrate(node, x);
    else if (options->integrator == INTEGRATOR_LAVA_DL)
        update_integers(node->v, node->decay, node->gain, x, node->outputs);
    else
        leak(node, x);
}

static void update_current(const struct options *options, struct float_node *node, const double *x)
{
    if (options->integrator == INTEGRATOR_LAVA_DL)
        update_integers(node->current, node->synapse_decay, node->synapse_gain, x, node->outputs);
    else
        filter(node, x, options->cuba_order);
}

static void take_due(struct float_node *node)
{
    for (size_t neuron = 0; neuron < node->outputs; neuron++)
        node->v[neuron] -= node->due[neuron] * node->threshold[neuron];
}

static void run_neurons(const struct options *options, struct float_node *node, const double *x)
{
    bool cuba = float_is_cuba(node->type), before = cuba && options->reset == RESET_SUBTRACT_LATE;

    for (size_t neuron = 0; node->due && neuron < node->outputs; neuron++)
        node->due[neuron] = count_spikes(options, node->v[neuron], node->threshold[neuron]);
    if (node->due && before)
        take_due(node);
    if (cuba && options->cuba_order != CUBA_OLD)
        update_current(options, node, x);
    update_membrane(options, node, cuba ? node->current : x);
    if (cuba && options->cuba_order == CUBA_OLD)
        update_current(options, node, x);
    if (node->due && !before)
        take_due(node);
    if (node->threshold)
        fire(options, node);
    else
        memcpy(node->output, node->v, node->outputs * sizeof *node->output);
}

static void delay(struct float_node *node, const double *x, uint64_t step)
{
    double *now = node->line + step % node->line_steps * node->outputs;

    memcpy(now, x, node->outputs * sizeof *now);
    for (size_t neuron = 0; neuron < node->outputs; neuron++) {
        uint64_t then = step + node->line_steps - node->delay[neuron];
        node->output[neuron] = node->line[then % node->line_steps * node->outputs + neuron];
    }
}

static void run_node(const struct float_network *network, struct float_node *node, const double *x)
{
    if (float_has_membrane(node->type))
        run_neurons(&network->options, node, x);
    else if (node->type == NODE_THRESHOLD)
        compare(&network->options, node, x);
    else if (node->type == NODE_DELAY)
        delay(node, x, network->step);
    else /* Output, Flatten */
        memcpy(node->output, x, node->outputs * sizeof *node->output);
}

void float_network_step(struct float_network *network, const double *const *inputs)
{
    bool never = network->options.recurrent_bias == RECURRENT_BIAS_NEVER;

    for (size_t input = 0; input < network->input_count; input++) {
        struct float_node *node = &network->nodes[network->input_nodes[input]];
        if (inputs[input])
            memcpy(node->output, inputs[input], node->outputs * sizeof *node->output);
        else
            clear(node->output, node->outputs);
    }
    for (size_t rank = 0; rank < network->node_count; rank++) {
        struct float_node *node = &network->nodes[network->order[rank]];
        if (node->type == NODE_INPUT)
            continue;
        const double *x = gather(node);
        if (!node->linear) {
            run_node(network, node, x);
            continue;
        }
        if (node->map.operations)
            network->operations += count_operations(node);
        float_map_apply(&node->map, x, node->output, node->bias_waits && (never || network->first));
    }
    for (size_t index = 0; index < network->node_count; index++) {
        struct float_node *node = &network->nodes[index];
        if (node->previous) /* an edge that closes a cycle adds nothing to spikes that leave a step late */
            memcpy(node->previous, node->held ? node->held : node->output, node->outputs * sizeof *node->output);
    }
    network->first = false;
    network->step++;
}
