/* The float oracle as a state_subject: its populations are the nodes of the graph and, behind them, the biases that
 * wait, as the population that they become in an image. */
#include "oracle_state.h"

#include "command.h"
#include "float_state.h"
#include "talk.h"

static struct loom_port get_port(void *self, size_t index)
{
    const struct oracle_state *state = self;

    if (index == state->graph->node_count)
        return (struct loom_port){.name = state->bias, .size = 1, .history = 1};
    struct float_state_form form = float_state_form(state->network, index);
    return (struct loom_port){
        .name = state->graph->nodes[index].name,
        .size = form.size,
        .graded = !form.spikes,
        .membrane = form.membrane,
        .current = form.current,
        .history = form.history,
        .line = form.line,
    };
}

static enum loom_status get_state(void *self, size_t index, const struct loom_state *parts)
{
    const struct oracle_state *state = self;

    if (index == state->graph->node_count)
        *parts->spikes = float_state_biased(state->network);
    else
        float_state_get(state->network, index, parts->v, parts->i, parts->values, parts->spikes);
    return LOOM_OK;
}

static enum loom_status set_state(void *self, size_t index, const struct loom_state *parts)
{
    const struct oracle_state *state = self;

    if (index == state->graph->node_count)
        float_state_set_biased(state->network, *parts->spikes != 0);
    else
        float_state_set(state->network, index, parts->v, parts->i, parts->values, parts->spikes);
    return LOOM_OK;
}

static int failed(void *self, enum loom_status status)
{
    (void)self;
    (void)status;
    talk_error("device float: failed");
    return COMMAND_DEVICE;
}

int oracle_state_open(struct oracle_state *state, struct state_subject *subject, const struct graph *graph,
                      struct float_network *network, struct arena *arena)
{
    size_t node = float_state_bias(network);

    *state = (struct oracle_state){.graph = graph, .network = network};
    *subject = (struct state_subject){state, graph->node_count, get_port, get_state, set_state, failed};
    if (node == graph->node_count)
        return COMMAND_DONE;
    state->bias = arena_print(arena, "%s/bias", graph->nodes[node].name);
    subject->count++;
    if (state->bias)
        return COMMAND_DONE;
    talk_error("out of memory for the state");
    return COMMAND_DEVICE;
}
