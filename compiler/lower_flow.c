/* Graph to flow: which nodes are populations, where relays stand, and what the linear nodes between do. */
#include "lower_flow.h"

#include <math.h>
#include <string.h>

/* What the functions below share; per-node arrays. */
struct making {
    struct flow *flow;
    const struct graph *graph;
    struct arena *arena;
    struct diagnostics *diagnostics;
    double step;
    size_t *entering; /* the one edge into the node; LOWER_NONE if there is none or more than one */
    size_t *entry;    /* the node's stage */
    size_t *exit;     /* the stage that its edges leave: the node's or the relay's place behind it */
};

static int out_of_memory(struct diagnostics *diagnostics)
{
    return diagnostics_error(diagnostics, "", "the network does not fit into memory; try one with fewer neurons");
}

const struct shape *flow_shape(const struct node *node)
{
    return node->type == NODE_OUTPUT ? &node->input : &node->output;
}

static int find_entering(struct making *making)
{
    const struct graph *graph = making->graph;
    bool *several = arena_allocate(making->arena, graph->node_count, sizeof *several);

    making->entering = arena_allocate(making->arena, graph->node_count, sizeof *making->entering);
    if (!several || !making->entering)
        return out_of_memory(making->diagnostics);
    for (size_t node = 0; node < graph->node_count; node++)
        making->entering[node] = LOWER_NONE;
    for (size_t edge = 0; edge < graph->edge_count; edge++) {
        size_t target = graph->edges[edge].target;
        several[target] |= making->entering[target] != LOWER_NONE;
        making->entering[target] = edge;
    }
    for (size_t node = 0; node < graph->node_count; node++)
        if (several[node])
            making->entering[node] = LOWER_NONE;
    return 0;
}

/* The node whose population an Output shows unchanged, but for its shape; LOWER_NONE if the Output needs a relay. */
static size_t shown_node(const struct making *making, size_t output)
{
    const struct graph *graph = making->graph;
    size_t node = output;

    do {
        size_t edge = making->entering[node];
        if (edge == LOWER_NONE || graph->delayed[edge])
            return LOWER_NONE;
        node = graph->edges[edge].source;
    } while (graph->nodes[node].type == NODE_FLATTEN);
    enum node_type type = graph->nodes[node].type;
    return type == NODE_THRESHOLD || (node_is_stateful(type) && type != NODE_DELAY) ? node : LOWER_NONE;
}

static enum stage_kind stage_kind(enum node_type type, bool shows)
{
    if (type == NODE_DELAY)
        return STAGE_DELAY;
    if (float_map_is(type))
        return STAGE_MAP;
    return type == NODE_FLATTEN || (type == NODE_OUTPUT && shows) ? STAGE_PASS : STAGE_POPULATION;
}

static struct stage *add_stage(struct flow *flow, const struct node *node, size_t index, enum stage_kind kind)
{
    struct stage *stage = &flow->stages[flow->count++];

    stage->kind = kind;
    stage->node = index;
    stage->outputs = shape_count(flow_shape(node));
    stage->inputs = node->type == NODE_INPUT ? 0 : shape_count(&node->input);
    stage->population = LOWER_NONE;
    return stage;
}

/* A stage a node; behind a Delay that a cycle is cut behind a relay, behind every Linear and Affine the place for one,
 * which lower_relays() may take. */
static int make_stages(struct making *making)
{
    const struct graph *graph = making->graph;
    struct flow *flow = making->flow;
    bool *cut = arena_allocate(making->arena, graph->node_count, sizeof *cut);

    flow->stages = arena_allocate(making->arena, 2 * graph->node_count, sizeof *flow->stages);
    flow->shown = arena_allocate(making->arena, graph->node_count, sizeof *flow->shown);
    making->entry = arena_allocate(making->arena, graph->node_count, sizeof *making->entry);
    making->exit = arena_allocate(making->arena, graph->node_count, sizeof *making->exit);
    if (!cut || !flow->stages || !flow->shown || !making->entry || !making->exit)
        return out_of_memory(making->diagnostics);
    for (size_t edge = 0; edge < graph->edge_count; edge++)
        cut[graph->edges[edge].source] |= graph->delayed[edge];
    for (size_t rank = 0; rank < graph->node_count; rank++) {
        size_t index = graph->order[rank];
        const struct node *node = &graph->nodes[index];
        size_t shown = node->type == NODE_OUTPUT ? shown_node(making, index) : LOWER_NONE;
        flow->shown[index] = shown == LOWER_NONE ? LOWER_NONE : making->exit[shown];
        making->entry[index] = making->exit[index] = flow->count;
        add_stage(flow, node, index, stage_kind(node->type, shown != LOWER_NONE));
        bool relay = node->type == NODE_DELAY && cut[index];
        if (!relay && node->type != NODE_LINEAR && node->type != NODE_AFFINE)
            continue;
        making->exit[index] = flow->count;
        struct stage *behind = add_stage(flow, node, index, relay ? STAGE_POPULATION : STAGE_PASS);
        behind->inputs = behind->outputs;
        behind->relay = true;
    }
    return 0;
}

/* Edges by source stage, all of them. */
static int make_edges(struct making *making)
{
    const struct graph *graph = making->graph;
    struct flow *flow = making->flow;
    size_t used = 0;

    flow->edges = arena_allocate(making->arena, graph->edge_count + flow->count, sizeof *flow->edges);
    if (!flow->edges)
        return out_of_memory(making->diagnostics);
    for (size_t edge = 0; edge < graph->edge_count; edge++)
        flow->stages[making->exit[graph->edges[edge].source]].edge_count++;
    for (size_t index = 0; index < flow->count; index++) {
        struct stage *stage = &flow->stages[index];
        bool inner = !stage->relay && making->exit[stage->node] != index;
        stage->first_edge = used;
        used += stage->edge_count + inner;
        if (inner)
            flow->edges[stage->first_edge] = (struct flow_edge){making->exit[stage->node], 0};
        stage->edge_count = inner; /* counted up again below */
    }
    for (size_t edge = 0; edge < graph->edge_count; edge++) {
        struct stage *source = &flow->stages[making->exit[graph->edges[edge].source]];
        flow->edges[source->first_edge + source->edge_count++] =
            (struct flow_edge){making->entry[graph->edges[edge].target], graph->delayed[edge]};
    }
    return 0;
}

/* Marks the stages that lead to a population, and drops the edges to others: a dead end costs nothing. Only edges that
 * leave a population have a delay, so the linear stages see their targets first. */
static void drop_dead_ends(struct flow *flow)
{
    for (size_t index = flow->count; index-- > 0;) {
        struct stage *stage = &flow->stages[index];
        stage->leads = stage->kind == STAGE_POPULATION;
        for (size_t edge = 0; !stage->leads && edge < stage->edge_count; edge++)
            stage->leads = flow->stages[flow->edges[stage->first_edge + edge].target].leads;
    }
    for (size_t index = 0; index < flow->count; index++) {
        struct stage *stage = &flow->stages[index];
        struct flow_edge *edges = flow->edges + stage->first_edge;
        size_t kept = 0;
        for (size_t edge = 0; edge < stage->edge_count; edge++)
            if (flow->stages[edges[edge].target].leads)
                edges[kept++] = edges[edge];
        stage->edge_count = kept;
    }
}

/* The float oracle's rule: the nearest whole number of steps. */
static int make_delay(struct making *making, struct stage *stage, const struct node *node)
{
    stage->delay = arena_allocate(making->arena, stage->outputs, sizeof *stage->delay);
    if (!stage->delay)
        return out_of_memory(making->diagnostics);
    for (size_t neuron = 0; neuron < stage->outputs; neuron++) {
        double delay = node_value(node, "delay", neuron), steps = round(delay / making->step);
        if (!(steps >= 0 && steps <= LOWER_DELAY_MAX)) {
            const char *place = arena_print(making->arena, "/%s/delay", node->name);
            return diagnostics_error(making->diagnostics, place ? place : "",
                                     "neuron %zu waits for %g, which is %g steps of dt; the array keeps 0 to %d: give "
                                     "a shorter delay, a larger dt, or the right unit of time",
                                     neuron, delay, steps, LOWER_DELAY_MAX);
        }
        stage->delay[neuron] = (size_t)steps;
    }
    return 0;
}

/* RECURRENT_BIAS_NEXT, as the float oracle has it: at step 0 nothing comes out of the linear nodes that only delayed
 * edges feed, directly or through one another, and so no bias of theirs acts. */
static int hold_biases(struct making *making)
{
    const struct graph *graph = making->graph;
    bool *fed = arena_allocate(making->arena, graph->node_count, sizeof *fed);
    bool *forward = arena_allocate(making->arena, graph->node_count, sizeof *forward);
    size_t *first = arena_allocate(making->arena, graph->node_count + 1, sizeof *first);
    size_t *leaving = arena_allocate(making->arena, graph->edge_count, sizeof *leaving);

    if (!fed || !forward || !first || !leaving)
        return out_of_memory(making->diagnostics);
    for (size_t edge = 0; edge < graph->edge_count; edge++) {
        first[graph->edges[edge].source]++;
        fed[graph->edges[edge].target] = true;
    }
    for (size_t node = 1; node <= graph->node_count; node++)
        first[node] += first[node - 1];
    for (size_t edge = 0; edge < graph->edge_count; edge++)
        leaving[--first[graph->edges[edge].source]] = edge;
    for (size_t rank = 0; rank < graph->node_count; rank++) {
        size_t index = graph->order[rank];
        struct stage *stage = &making->flow->stages[making->entry[index]];
        bool linear = stage->kind == STAGE_MAP || graph->nodes[index].type == NODE_FLATTEN;
        stage->bias_waits = linear && fed[index] && !forward[index];
        for (size_t edge = first[index]; !stage->bias_waits && edge < first[index + 1]; edge++)
            if (!graph->delayed[leaving[edge]])
                forward[graph->edges[leaving[edge]].target] = true;
    }
    return 0;
}

int flow_make(struct flow *flow, const struct graph *graph, const struct options *options, double step,
              struct arena *arena, struct diagnostics *diagnostics)
{
    struct making making = {.flow = flow, .graph = graph, .arena = arena, .diagnostics = diagnostics, .step = step};
    int status = 0;

    *flow = (struct flow){0};
    if (find_entering(&making) != 0 || make_stages(&making) != 0 || make_edges(&making) != 0)
        return -1;
    drop_dead_ends(flow);
    for (size_t index = 0; index < flow->count; index++) {
        struct stage *stage = &flow->stages[index];
        const struct node *node = &graph->nodes[stage->node];
        if (stage->kind == STAGE_DELAY && make_delay(&making, stage, node) != 0)
            status = -1;
        if (stage->kind == STAGE_MAP &&
            float_map_make(&stage->map, arena, node, stage->inputs, stage->outputs, diagnostics) != 0)
            status = -1;
    }
    if (status == 0 && options->recurrent_bias == RECURRENT_BIAS_NEXT)
        status = hold_biases(&making);
    return status;
}
