/* The state of a float network, out and in. Nothing else has to be kept: outputs, sums and what the late resets take
 * off are made anew in every step from what is here. */
#include "float_state.h"

#include "float_network.h"

#include <string.h>

/* A Delay whose output is used again in the next step needs its longest-waiting input once more. */
static size_t line_history(const struct float_node *node)
{
    return node->previous ? node->line_steps : node->line_steps - 1;
}

struct float_state_form float_state_form(const struct float_network *network, size_t node)
{
    const struct float_node *from = &network->nodes[node];
    bool single = from->type == NODE_THRESHOLD || network->options.spikes == SPIKES_SINGLE;

    return (struct float_state_form){
        .size = from->outputs,
        .membrane = float_has_membrane(from->type),
        .current = from->current != NULL,
        .line = from->line != NULL,
        .spikes = node_fires(from->type) && single,
        .history = from->line ? line_history(from) : from->previous || from->held,
    };
}

/* Where in the ring the input of so many steps ago is; steps_ago is at most line_steps. */
static double *line_row(const struct float_network *network, const struct float_node *node, size_t steps_ago)
{
    size_t now = (size_t)(network->step % node->line_steps);

    return node->line + (now + node->line_steps - steps_ago) % node->line_steps * node->outputs;
}

/* What a row of the history is copied from, and to. */
static double *history_row(const struct float_network *network, const struct float_node *node, size_t row)
{
    return node->line ? line_row(network, node, line_history(node) - row) : node->held ? node->held : node->previous;
}

static void copy(double *to, const double *from, size_t count)
{
    if (to && from)
        memcpy(to, from, count * sizeof *to);
}

void float_state_get(const struct float_network *network, size_t node, double *v, double *i, double *values,
                     uint8_t *spikes)
{
    const struct float_node *from = &network->nodes[node];
    size_t count = from->outputs, rows = float_state_form(network, node).history;

    copy(v, from->v, count);
    copy(i, from->current, count);
    for (size_t row = 0; row < rows; row++) {
        const double *outputs = history_row(network, from, row);
        if (values)
            copy(values + row * count, outputs, count);
        for (size_t neuron = 0; spikes && neuron < count; neuron++)
            spikes[row * count + neuron] = outputs[neuron] != 0;
    }
}

/* An edge that closes a cycle reads a copy of what was put out. */
static void set_previous(const struct float_network *network, struct float_node *node)
{
    if (!node->previous)
        return;
    copy(node->previous, node->held, node->outputs);
    for (size_t neuron = 0; node->line && neuron < node->outputs; neuron++)
        node->previous[neuron] = line_row(network, node, node->delay[neuron] + 1)[neuron];
}

void float_state_set(struct float_network *network, size_t node, const double *v, const double *i,
                     const double *values, const uint8_t *spikes)
{
    struct float_node *to = &network->nodes[node];
    size_t count = to->outputs, rows = float_state_form(network, node).history;

    copy(to->v, v, count);
    copy(to->current, i, count);
    for (size_t row = 0; row < rows; row++) {
        double *outputs = history_row(network, to, row);
        if (values)
            copy(outputs, values + row * count, count);
        for (size_t neuron = 0; spikes && neuron < count; neuron++)
            outputs[neuron] = spikes[row * count + neuron] != 0;
    }
    if (values || spikes)
        set_previous(network, to);
}

size_t float_state_bias(const struct float_network *network)
{
    bool wait = network->options.recurrent_bias == RECURRENT_BIAS_NEXT;

    for (size_t rank = 0; wait && rank < network->node_count; rank++) {
        const struct float_node *node = &network->nodes[network->order[rank]];
        if (node->bias_waits && node->map.bias)
            return network->order[rank];
    }
    return network->node_count;
}

bool float_state_biased(const struct float_network *network)
{
    return !network->first;
}

void float_state_set_biased(struct float_network *network, bool biased)
{
    network->first = !biased;
}
