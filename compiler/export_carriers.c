/* Which nodes carry the array's weights and biases. Between two populations the array has the product of all linear
 * nodes on the way; one of them takes it, the others stay as they are. Of two matrices in a row one becomes the
 * identity, cut or padded. */
#include "export_parts.h"

#include "lower_population.h"

#include <string.h>

struct choice {
    struct export *export;
    bool *relayed;  /* (nodes) a population stands behind the node */
    bool **behind;  /* (nodes) (nodes) or NULL: linear nodes that are reached without passing a population */
};

static bool is_dense(enum node_type type)
{
    return type == NODE_LINEAR || type == NODE_AFFINE;
}

static bool is_population(enum node_type type)
{
    enum model model;

    return type == NODE_OUTPUT || lower_find_model(type, &model);
}

struct tensor *export_tensor(struct node *node, bool bias)
{
    bool convolution = node->type == NODE_CONV1D || node->type == NODE_CONV2D;
    const char *name = bias ? "bias" : "weight";

    if (node->type == NODE_SCALE && !bias)
        name = "scale";
    else if (!(is_dense(node->type) || convolution) || (bias && node->type == NODE_LINEAR))
        return NULL;
    return &((struct parameter *)node_parameter(node, name))->tensor;
}

/* ---- what lies behind what ---- */

static void walk(const struct choice *choice, size_t node, bool *behind)
{
    const struct graph *graph = &choice->export->graph;

    if (choice->relayed[node])
        return;
    for (size_t edge = 0; edge < graph->edge_count; edge++) {
        size_t target = graph->edges[edge].target;
        if (graph->edges[edge].source != node || is_population(graph->nodes[target].type) || behind[target])
            continue;
        behind[target] = true;
        walk(choice, target, behind);
    }
}

static int find_behind(struct choice *choice)
{
    struct export *export = choice->export;
    size_t count = export->graph.node_count;

    choice->relayed = arena_allocate(export->arena, count, sizeof *choice->relayed);
    choice->behind = arena_allocate(export->arena, count, sizeof *choice->behind);
    if (!choice->relayed || !choice->behind)
        return -1;
    for (size_t index = 0; index < export->real.population_count; index++)
        if (export->real.populations[index].model == MODEL_RELAY)
            choice->relayed[export->real.populations[index].node] = true;
    for (size_t node = 0; node < count; node++) {
        if (!export_tensor(&export->graph.nodes[node], false))
            continue;
        choice->behind[node] = arena_allocate(export->arena, count, sizeof **choice->behind);
        if (!choice->behind[node])
            return -1;
        walk(choice, node, choice->behind[node]);
    }
    return 0;
}

static bool is_in_row(const struct choice *choice, size_t one, size_t two)
{
    return choice->behind[one][two] || choice->behind[two][one];
}

/* ---- two matrices in a row ---- */

static size_t rows_of(const struct tensor *weight)
{
    return weight->size[weight->rank - 2];
}

static size_t columns_of(const struct tensor *weight)
{
    return weight->size[weight->rank - 1];
}

static void make_identity(struct export *export, size_t node)
{
    struct tensor *weight = export_tensor(&export->graph.nodes[node], false);
    struct tensor *bias = export_tensor(&export->graph.nodes[node], true);
    size_t rows = rows_of(weight), columns = columns_of(weight);

    for (size_t index = 0; index < weight->count; index++)
        weight->data[index] = index / columns % rows == index % columns;
    for (size_t index = 0; bias && index < bias->count; index++)
        bias->data[index] = 0;
    export->changed[node] = true;
}

/* The node of a pair in a row that carries the product: the later one where the first passes all of its inputs on, else
 * the first one. */
static bool later_carries(const struct export *export, size_t first)
{
    const struct tensor *weight = export_tensor(&((struct export *)export)->graph.nodes[first], false);

    return rows_of(weight) >= columns_of(weight);
}

static void choose_of_row(const struct choice *choice, size_t first, size_t later)
{
    struct export *export = choice->export;
    size_t identity = later_carries(export, first) ? first : later;

    export->weight_carrier[identity] = false;
    if (export->way == EXPORT_PRODUCTS)
        make_identity(export, identity);
}

/* ---- the choice ---- */

/* How well a node carries what it stands for: matrices hold anything, a Scale one number a neuron. */
static int rank_of(enum node_type type)
{
    return is_dense(type) ? 0 : type == NODE_SCALE ? 2 : 1;
}

static void choose_weights(const struct choice *choice)
{
    struct export *export = choice->export;
    size_t count = export->graph.node_count;

    for (int rank = 0; rank <= 2; rank++) {
        for (size_t node = 0; node < count; node++) {
            enum node_type type = export->graph.nodes[node].type;
            bool free = choice->behind[node] && rank_of(type) == rank;
            for (size_t other = 0; free && other < count; other++)
                free = !export->weight_carrier[other] || !is_in_row(choice, node, other) ||
                       (rank == 0 && is_dense(export->graph.nodes[other].type));
            export->weight_carrier[node] |= free;
        }
    }
    for (size_t first = 0; first < count; first++)
        for (size_t later = 0; later < count; later++)
            if (export->weight_carrier[first] && export->weight_carrier[later] && choice->behind[first][later])
                choose_of_row(choice, first, later);
}

/* A Scale of one number for all has one for each neuron when it carries. */
static int widen_scales(struct export *export)
{
    for (size_t index = 0; index < export->graph.node_count; index++) {
        struct node *node = &export->graph.nodes[index];
        size_t count = shape_count(&node->output);

        if (node->type != NODE_SCALE || !export->weight_carrier[index])
            continue;
        struct tensor *tensor = export_tensor(node, false);
        if (tensor->count == count)
            continue;
        double *data = arena_allocate(export->arena, count, sizeof *data);
        if (!data)
            return -1;
        for (size_t neuron = 0; neuron < count; neuron++)
            data[neuron] = node_value(node, "scale", neuron);
        *tensor = (struct tensor){.rank = node->output.rank, .count = count, .data = data};
        memcpy(tensor->size, node->output.size, node->output.rank * sizeof *tensor->size);
    }
    return 0;
}

int export_choose_carriers(struct export *export)
{
    struct choice choice = {.export = export};
    size_t count = export->graph.node_count;

    export->weight_carrier = arena_allocate(export->arena, count, sizeof *export->weight_carrier);
    export->bias_carrier = arena_allocate(export->arena, count, sizeof *export->bias_carrier);
    if (!export->weight_carrier || !export->bias_carrier || find_behind(&choice))
        return -1;
    if (export->way >= EXPORT_NEURONS)
        return 0;
    choose_weights(&choice);
    for (size_t node = 0; node < count; node++) {
        export->bias_carrier[node] = export_tensor(&export->graph.nodes[node], true) != NULL;
        export->changed[node] |= export->weight_carrier[node] || export->bias_carrier[node];
    }
    return widen_scales(export);
}
