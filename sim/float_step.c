/* Runs the float network: each node in the graph's order, its equation evaluated in the very order in which
 * docs/architecture.md writes it, so that two double precision programs that follow that page agree on every spike. */
#include "float_network.h"

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
        clear(node->line, node->line_steps * node->outputs);
    }
    network->step = 0;
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

/* Output of the neurons that fire, from v; then the reset of those that did. */
static void fire(const struct float_network *network, struct float_node *node)
{
    for (size_t neuron = 0; neuron < node->outputs; neuron++) {
        double v = node->v[neuron], threshold = node->threshold[neuron];
        bool fires = network->compare == COMPARE_GREATER ? v > threshold : v >= threshold;
        node->output[neuron] = fires;
        if (!fires || node->type == NODE_THRESHOLD)
            continue;
        switch (network->reset) {
        case RESET_VALUE:
            node->v[neuron] = node->v_reset[neuron];
            break;
        case RESET_ZERO:
            node->v[neuron] = 0;
            break;
        case RESET_SUBTRACT:
            node->v[neuron] = v - threshold;
            break;
        }
    }
}

static void integrate(struct float_node *node, const double *x)
{
    for (size_t neuron = 0; neuron < node->outputs; neuron++)
        node->v[neuron] += node->decay[neuron] * x[neuron];
}

static void leak(struct float_node *node, const double *x)
{
    for (size_t neuron = 0; neuron < node->outputs; neuron++)
        node->v[neuron] +=
            node->decay[neuron] * ((node->v_leak[neuron] - node->v[neuron]) + node->r[neuron] * x[neuron]);
}

static void filter(struct float_node *node, const double *x)
{
    for (size_t neuron = 0; neuron < node->outputs; neuron++)
        node->current[neuron] +=
            node->synapse_decay[neuron] * (-node->current[neuron] + node->w_in[neuron] * x[neuron]);
}

static void delay(struct float_node *node, const double *x, uint64_t step)
{
    double *now = node->line + step % node->line_steps * node->outputs;

    memcpy(now, x, node->outputs * sizeof *now);
    for (size_t neuron = 0; neuron < node->outputs; neuron++)
        node->output[neuron] =
            step < node->delay[neuron]
                ? 0
                : node->line[(step - node->delay[neuron]) % node->line_steps * node->outputs + neuron];
}

static void run_node(const struct float_network *network, struct float_node *node, const double *x)
{
    switch (node->type) {
    case NODE_THRESHOLD:
        memcpy(node->v, x, node->outputs * sizeof *node->v);
        fire(network, node);
        return;
    case NODE_I:
    case NODE_IF:
        integrate(node, x);
        break;
    case NODE_LI:
    case NODE_LIF:
        leak(node, x);
        break;
    case NODE_CUBA_LI:
    case NODE_CUBA_LIF:
        if (network->cuba_order == CUBA_NEW)
            filter(node, x);
        leak(node, node->current);
        if (network->cuba_order == CUBA_OLD)
            filter(node, x);
        break;
    case NODE_DELAY:
        delay(node, x, network->step);
        return;
    default: /* Output, Flatten */
        memcpy(node->output, x, node->outputs * sizeof *node->output);
        return;
    }
    if (node->threshold)
        fire(network, node);
    else
        memcpy(node->output, node->v, node->outputs * sizeof *node->output);
}

void float_network_step(struct float_network *network, const double *const *inputs)
{
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
        float_map_apply(&node->map, x, node->output, node->bias_waits && network->step == 0);
    }
    for (size_t index = 0; index < network->node_count; index++) {
        struct float_node *node = &network->nodes[index];
        if (node->previous)
            memcpy(node->previous, node->output, node->outputs * sizeof *node->output);
    }
    network->step++;
}
