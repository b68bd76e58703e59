/* Inputs: their shapes in files have batch axes, time axes, or are missing; what follows an Input tells what is
 * meant. */
#include "inputs.h"

#include "shapes.h"

#include <string.h>

/* True where shape ends in the axes of tail. */
static bool ends_in(const struct shape *shape, const struct shape *tail)
{
    return shape->rank > tail->rank && tail->rank > 0 &&
           memcmp(shape->size + shape->rank - tail->rank, tail->size, tail->rank * sizeof tail->size[0]) == 0;
}

/* The rank that a convolution or pool takes; 0 for other nodes. */
static size_t spatial_rank(enum node_type type)
{
    switch (type) {
    case NODE_CONV1D:
        return 2;
    case NODE_CONV2D:
    case NODE_SUM_POOL_2D:
    case NODE_AVERAGE_POOL_2D:
        return 3;
    default:
        return 0;
    }
}

/* What target takes of an Input of that shape, where it says so; false where it does not. A convolution without an
 * input_shape takes the last axes. */
static bool input_demand(const struct node *target, const struct shape *shape, bool known, struct shape *demand)
{
    size_t rank = spatial_rank(target->type);

    if (node_demand(target, demand))
        return true;
    if (!known || rank == 0 || shape->rank <= rank)
        return false;
    *demand = (struct shape){.rank = rank};
    memcpy(demand->size, shape->size + shape->rank - rank, rank * sizeof demand->size[0]);
    return true;
}

/* True where an Input's shape holds nothing but the steps of a sample, as for one neuron recorded over time. */
static bool is_time_alone(const struct shape *shape, const struct node *target, const struct shape *demand)
{
    return shape->rank == 1 && shape_count(demand) == 1 &&
           (target->type == NODE_LINEAR || target->type == NODE_AFFINE);
}

/* Brings an Input's shape, *known or not, into line with what target takes. */
static void adapt_input(struct graph *graph, const struct node *input, const struct node *target,
                        struct shape *shape, bool *known, struct diagnostics *diagnostics)
{
    const char *place = arena_print(graph->arena, "/%s", input->name);
    struct shape demand;

    place = place ? place : "";
    if (!input_demand(target, shape, *known, &demand))
        return;
    if (!*known) {
        *shape = demand;
        *known = true;
        if (!node_parameter(input, "shape")->assumed)
            diagnostics_note(diagnostics, place, "has no shape in the file; %s is used, which /%s takes",
                             shape_text(graph->arena, shape), target->name);
        return;
    }
    if (target->type == NODE_OUTPUT || shape_equal(shape, &demand))
        return;
    if (shape_alike(shape, &demand) && shape->rank > demand.rank) {
        diagnostics_note(diagnostics, place,
                         "has shape %s in the file; its leading 1 is taken for a batch axis, %s is used",
                         shape_text(graph->arena, shape), shape_text(graph->arena, &demand));
        *shape = demand;
    } else if (!shape_alike(shape, &demand) &&
               (ends_in(shape, &demand) || is_time_alone(shape, target, &demand))) {
        diagnostics_warning(diagnostics, place, "has shape %s, but /%s takes %s: the leading axes "
                            "look like time; %s is used", shape_text(graph->arena, shape), target->name,
                            shape_text(graph->arena, &demand), shape_text(graph->arena, &demand));
        *shape = demand;
    }
}

int infer_input(struct graph *graph, size_t index, struct shape *shape, struct diagnostics *diagnostics)
{
    const struct node *input = &graph->nodes[index];
    bool known = node_demand(input, shape), scalar = false;
    const char *place;

    for (size_t edge = 0; edge < graph->edge_count; edge++) {
        const struct node *target = &graph->nodes[graph->edges[edge].target];
        if (graph->edges[edge].source != index)
            continue;
        adapt_input(graph, input, target, shape, &known, diagnostics);
        scalar = scalar || node_is_elementwise(target->type);
    }
    if (known)
        return 0;
    place = arena_print(graph->arena, "/%s", input->name);
    if (!scalar)
        return diagnostics_error(diagnostics, place ? place : "",
                                 "has no shape, and what follows it gives none; store its shape");
    *shape = (struct shape){.rank = 1, .size = {1}};
    diagnostics_warning(diagnostics, place ? place : "",
                        "has no shape, and what follows has one number of each parameter; one neuron is assumed");
    return 0;
}
