/* Multiplies out the linear nodes between populations. For one target at a time, the linear graph behind it is
 * walked from the target to the sources, last nodes first: each node holds one matrix, the sum over all paths from its
 * output to the target, so that shared branches and doubled edges cost no more than a chain. What is left at
 * a population is the projection; a bias is added to the target through the matrix of its node, hence once
 * for every path that it can take, as in the graph. */
#include "lower_linear.h"

#include <string.h>

bool lower_is_linear(enum node_type type)
{
    return type == NODE_LINEAR || type == NODE_AFFINE || type == NODE_SCALE || type == NODE_FLATTEN;
}

static int out_of_memory(struct diagnostics *diagnostics)
{
    return diagnostics_error(diagnostics, "",
                             "the products of the linear nodes do not fit into memory; use a smaller network");
}

/* A zeroed matrix of rows x columns; NULL if it does not fit. */
static double *make_matrix(struct arena *arena, size_t rows, size_t columns)
{
    return columns != 0 && rows > SIZE_MAX / columns ? NULL : arena_allocate(arena, rows * columns, sizeof(double));
}

/* The weight of a Linear or Affine as blocks along the leading axes of its input. */
struct blocks {
    const double *weight;
    size_t rows;
    size_t columns;
    size_t count;
    size_t stride; /* from a block's weights to the next's: 0 where all share them */
};

static int find_blocks(struct blocks *blocks, const struct node *node, size_t inputs, size_t outputs,
                       struct arena *scratch, struct diagnostics *diagnostics)
{
    const struct tensor *weight = &node_parameter(node, "weight")->tensor;

    if (weight->rank >= 2 && weight->count > 0) {
        blocks->weight = weight->data;
        blocks->rows = weight->size[weight->rank - 2];
        blocks->columns = weight->size[weight->rank - 1];
        blocks->count = inputs / blocks->columns;
        blocks->stride = weight->count / blocks->rows / blocks->columns == 1 ? 0 : blocks->rows * blocks->columns;
        size_t given = weight->count / blocks->rows / blocks->columns;
        if (inputs % blocks->columns == 0 && outputs % blocks->rows == 0 && outputs / blocks->rows == blocks->count &&
            (given == 1 || given == blocks->count))
            return 0;
    }
    const char *place = arena_print(scratch, "/%s/weight", node->name);
    return diagnostics_error(diagnostics, place ? place : "",
                             "does not turn %zu inputs into %zu outputs; it must be (output, input)", inputs, outputs);
}

/* product += after (rows, node's outputs) times the node's matrix. */
static int multiply(double *product, const double *after, size_t rows, const struct node *node, struct arena *scratch,
                    struct diagnostics *diagnostics)
{
    size_t inputs = shape_count(&node->input), outputs = shape_count(&node->output);
    struct blocks blocks = {.rows = 1, .columns = 1, .count = outputs};
    bool dense = node->type == NODE_LINEAR || node->type == NODE_AFFINE;

    if (dense && find_blocks(&blocks, node, inputs, outputs, scratch, diagnostics) != 0)
        return -1;
    for (size_t row = 0; row < rows; row++) {
        const double *from = after + row * outputs;
        double *to = product + row * inputs;
        for (size_t output = 0; output < outputs; output++) {
            double factor = from[output];
            if (factor == 0)
                continue;
            if (!dense) {
                to[output] += node->type == NODE_SCALE ? factor * node_value(node, "scale", output) : factor;
                continue;
            }
            size_t block = output / blocks.rows;
            const double *weights = blocks.weight + block * blocks.stride + output % blocks.rows * blocks.columns;
            for (size_t column = 0; column < blocks.columns; column++)
                to[block * blocks.columns + column] += factor * weights[column];
        }
    }
    return 0;
}

/* bias += after (rows, node's outputs) times the node's own bias. */
static int carry_bias(double *bias, const double *after, size_t rows, const struct node *node, struct arena *scratch,
                      struct diagnostics *diagnostics)
{
    if (node->type != NODE_AFFINE)
        return 0;
    const struct tensor *own = &node_parameter(node, "bias")->tensor;
    size_t outputs = shape_count(&node->output);
    if (own->count == 0 || outputs % own->count != 0) {
        const char *place = arena_print(scratch, "/%s/bias", node->name);
        return diagnostics_error(diagnostics, place ? place : "", "has %zu numbers for %zu outputs; give one for each",
                                 own->count, outputs);
    }
    for (size_t row = 0; row < rows; row++)
        for (size_t output = 0; output < outputs; output++)
            bias[row] += after[row * outputs + output] * own->data[output % own->count];
    return 0;
}

static void add_matrix(double *sum, const double *matrix, size_t count)
{
    for (size_t index = 0; index < count; index++)
        sum[index] += matrix[index];
}

/* Adds matrix to those of all nodes that feed node. */
static int spread(double **matrices, const double *matrix, size_t rows, const struct graph *graph, size_t node,
                  struct arena *scratch, struct diagnostics *diagnostics)
{
    for (size_t edge = 0; edge < graph->edge_count; edge++) {
        if (graph->edges[edge].target != node)
            continue;
        size_t source = graph->edges[edge].source;
        size_t columns = shape_count(&graph->nodes[node].input);
        if (!matrices[source])
            matrices[source] = make_matrix(scratch, rows, columns);
        if (!matrices[source])
            return out_of_memory(diagnostics);
        add_matrix(matrices[source], matrix, rows * columns);
    }
    return 0;
}

static int add_projection(struct network *network, size_t *capacity, size_t source, size_t target,
                          const double *matrix, struct diagnostics *diagnostics)
{
    size_t rows = network->populations[target].size, columns = network->populations[source].size;

    if (network->projection_count == *capacity) {
        size_t larger = *capacity ? 2 * *capacity : 16;
        struct projection *moved = arena_allocate(network->arena, larger, sizeof *moved);
        if (!moved)
            return out_of_memory(diagnostics);
        if (network->projection_count > 0)
            memcpy(moved, network->projections, network->projection_count * sizeof *moved);
        network->projections = moved;
        *capacity = larger;
    }
    double *weight = make_matrix(network->arena, rows, columns);
    if (!weight)
        return out_of_memory(diagnostics);
    memcpy(weight, matrix, rows * columns * sizeof *weight);
    network->projections[network->projection_count++] =
        (struct projection){.source = source, .target = target, .weight = weight};
    return 0;
}

/* matrices (node_count, all NULL): what a node's output is multiplied with on its way to the target. */
static int walk(double **matrices, double **own, struct population *population, const struct graph *graph,
                const size_t *population_of, struct arena *scratch, struct diagnostics *diagnostics)
{
    size_t rows = population->size;
    double *identity = make_matrix(scratch, rows, rows);

    if (!identity)
        return out_of_memory(diagnostics);
    for (size_t row = 0; row < rows; row++)
        identity[row * rows + row] = 1;
    if (spread(matrices, identity, rows, graph, population->node, scratch, diagnostics) != 0)
        return -1;
    for (size_t rank = graph->node_count; rank-- > 0;) {
        size_t index = graph->order[rank];
        const struct node *node = &graph->nodes[index];
        const double *after = matrices[index];
        if (!after || population_of[index] != LOWER_NO_POPULATION)
            continue;
        double *product = make_matrix(scratch, rows, shape_count(&node->input));
        if (!product)
            return out_of_memory(diagnostics);
        if (carry_bias(population->bias, after, rows, node, scratch, diagnostics) != 0 ||
            multiply(product, after, rows, node, scratch, diagnostics) != 0 ||
            spread(matrices, product, rows, graph, index, scratch, diagnostics) != 0)
            return -1;
    }
    for (size_t index = 0; index < graph->node_count; index++) {
        size_t source = population_of[index];
        if (!matrices[index] || source == LOWER_NO_POPULATION)
            continue;
        /* Two nodes share a population where an Output that is fed directly feeds something in turn. */
        if (own[source])
            add_matrix(own[source], matrices[index], rows * shape_count(&graph->nodes[index].output));
        else
            own[source] = matrices[index];
    }
    return 0;
}

int lower_project(struct network *network, const struct graph *graph, const size_t *population_of,
                  struct diagnostics *diagnostics)
{
    struct arena scratch = {0};
    size_t capacity = 0;
    int status = 0;

    for (size_t target = 0; status == 0 && target < network->population_count; target++) {
        struct population *population = &network->populations[target];
        if (population->model == MODEL_INPUT)
            continue;
        double **matrices = arena_allocate(&scratch, graph->node_count, sizeof *matrices);
        double **own = arena_allocate(&scratch, network->population_count, sizeof *own);
        if (matrices && own)
            status = walk(matrices, own, population, graph, population_of, &scratch, diagnostics);
        else
            status = out_of_memory(diagnostics);
        population->level = 1;
        for (size_t source = 0; status == 0 && source < network->population_count; source++) {
            if (!own[source])
                continue;
            status = add_projection(network, &capacity, source, target, own[source], diagnostics);
            if (population->level <= network->populations[source].level)
                population->level = network->populations[source].level + 1;
        }
        arena_free(&scratch);
    }
    return status;
}
