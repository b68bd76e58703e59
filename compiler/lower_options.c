/* The options that the array does not compute, each refused only where the graph has a node to which it matters. */
#include "lower_options.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

struct subject {
    struct options *options;
    const struct graph *graph;
    double step;
};

static bool is_cuba(enum node_type type)
{
    return type == NODE_CUBA_LI || type == NODE_CUBA_LIF;
}

static bool is_leaky(enum node_type type)
{
    return type == NODE_LI || type == NODE_LIF || is_cuba(type);
}

static bool is_integrator(enum node_type type)
{
    return type == NODE_I || type == NODE_IF;
}

static bool has_v_leak(const struct node *node)
{
    bool found = false;

    for (size_t neuron = 0; is_leaky(node->type) && neuron < shape_count(&node->output); neuron++)
        found |= node_value(node, "v_leak", neuron) != 0;
    return found;
}

/* The gain that the option asks for is another than the file's. */
static bool gains_differ(const struct subject *subject, const struct node *node)
{
    enum input_gain input_gain = subject->options->input_gain;
    bool found = false;

    if (input_gain == INPUT_GAIN_NONE && is_cuba(node->type))
        return true;
    for (size_t neuron = 0; neuron < shape_count(&node->output); neuron++) {
        if (is_integrator(node->type)) {
            found |= subject->step * node_value(node, "r", neuron) != 1;
        } else if (node->type == NODE_LI || node->type == NODE_LIF) {
            double ratio = subject->step / node_value(node, "tau", neuron), r = node_value(node, "r", neuron);
            double leak = subject->options->integrator == INTEGRATOR_EXP ? 1 - exp(-ratio) : ratio;
            found |= input_gain == INPUT_GAIN_CUBA && r != 1;
            found |= input_gain == INPUT_GAIN_NONE && leak * r != 1;
        }
    }
    return found;
}

/* The option has a value that the array does not compute, and it matters to the node. */
static bool matters(const struct subject *subject, size_t member, const struct node *node)
{
    const struct options *options = subject->options;
    bool fires = node_fires(node->type) && node->type != NODE_THRESHOLD;

    switch (member) {
    case offsetof(struct options, integrator):
        return options->integrator > INTEGRATOR_EXP && is_leaky(node->type);
    case offsetof(struct options, reset):
        return options->reset > RESET_SUBTRACT && fires;
    case offsetof(struct options, cuba_order):
        return options->cuba_order > CUBA_OLD && is_cuba(node->type);
    case offsetof(struct options, spikes):
        return options->spikes != SPIKES_SINGLE && fires;
    case offsetof(struct options, latency):
        return options->latency == LATENCY_CONNECTION ? node->type == NODE_INPUT
                                                      : options->latency == LATENCY_SPIKE && fires;
    case offsetof(struct options, input_gain):
        return options->input_gain != INPUT_GAIN_FILE && gains_differ(subject, node);
    case offsetof(struct options, v_leak):
        return options->v_leak != V_LEAK_MEMBRANE && (options->v_leak != V_LEAK_BOTH || is_cuba(node->type)) &&
               has_v_leak(node);
    case offsetof(struct options, membrane_floor):
        return options->membrane_floor != MEMBRANE_FLOOR_NONE && node->type == NODE_IF;
    default:
        return false;
    }
}

/* What to do instead. */
static const char *way_out(size_t member)
{
    switch (member) {
    case offsetof(struct options, integrator):
        return "use euler or exp";
    case offsetof(struct options, reset):
        return "use value, zero or subtract";
    case offsetof(struct options, recurrent_bias):
        return "use now or next, or set that bias to 0 in the file";
    case offsetof(struct options, cuba_order):
        return "use new or old";
    case offsetof(struct options, spikes):
        return "use single";
    case offsetof(struct options, input_gain):
        return "use file, which takes r as it stands there";
    case offsetof(struct options, v_leak):
        return "use membrane, or set v_leak to 0 in the file";
    default:
        return "use none";
    }
}

static int refuse(const struct subject *subject, const struct option_choice *choice, const char *node,
                  struct diagnostics *diagnostics)
{
    char place[512];

    snprintf(place, sizeof place, "/%s", node);
    return diagnostics_error(diagnostics, place,
                             "the array does not compute --%s %s, which matters here; %s, or run --device float",
                             choice->name, choice->words[option_choice_get(choice, subject->options)],
                             way_out(choice->offset));
}

int lower_options(struct options *options, const struct graph *graph, double step, struct diagnostics *diagnostics)
{
    struct subject subject = {options, graph, step};
    bool cuba = false;
    int status = 0;

    for (size_t index = 0; index < graph->node_count; index++)
        cuba |= is_cuba(graph->nodes[index].type);
    if (options->integrator == INTEGRATOR_EXP_MEMBRANE && !cuba)
        options->integrator = INTEGRATOR_EXP;
    for (size_t index = 0; option_choice_at(index); index++) {
        const struct option_choice *choice = option_choice_at(index);

        for (size_t node = 0; node < graph->node_count; node++) {
            if (!matters(&subject, choice->offset, &graph->nodes[node]))
                continue;
            status = refuse(&subject, choice, graph->nodes[node].name, diagnostics);
            break;
        }
    }
    for (size_t edge = 0; options->recurrent_bias == RECURRENT_BIAS_NEVER && edge < graph->edge_count; edge++)
        if (graph->delayed[edge])
            return refuse(&subject, option_choice_find("recurrent-bias"),
                          graph->nodes[graph->edges[edge].target].name, diagnostics);
    return status;
}
