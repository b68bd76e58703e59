/* Relays at bottlenecks. Two dense maps in a row, 1000 to 10 to 1000 say, are 20,000 synapses, but 1,000,000
 * multiplied out. So behind a Linear or Affine that does not lead straight to populations a relay, which costs the
 * array a graded population and rounds once more, stays where the product has more than twice the synapses of its
 * factors. Convolutions and pools are always multiplied out: their rows are shared, so the product stays small. Where
 * several sources meet in one map nothing is saved: each has a projection with rows of its own. */
#include "lower_linear.h"
#include "lower_push.h"

#include <stdlib.h>
#include <string.h>

static size_t arrived(const struct push *push, size_t stage)
{
    const struct stage_inbox *inbox = &push->inboxes[stage];
    size_t count = 0;

    for (size_t index = 0; index < inbox->delay_count; index++)
        count += inbox->parcels[inbox->delays[index]]->count;
    return count;
}

/* Synapses from one neuron to all targets but stage, whose inboxes are empty then. */
static double count_targets(struct push *push, size_t stage)
{
    double count = 0;

    for (size_t index = 0; index < push->target_count; index++) {
        if (push->targets[index] == stage)
            continue;
        count += (double)arrived(push, push->targets[index]);
        push_clear(push, push->targets[index]);
    }
    return count;
}

/* Marks in behind (stages) what leads to a linear stage through linear ones, and the populations where that begins:
 * edges between linear stages go forward, those from populations anywhere. */
static void find_behind(const struct flow *flow, size_t stage, bool *behind)
{
    memset(behind, 0, flow->count * sizeof *behind);
    behind[stage] = true;
    for (int populations = 0; populations <= 1; populations++)
        for (size_t index = populations ? flow->count : stage; index-- > 0;) {
            const struct stage *each = &flow->stages[index];
            if ((each->kind == STAGE_POPULATION) != populations)
                continue;
            for (size_t edge = 0; !behind[index] && edge < each->edge_count; edge++) {
                size_t target = flow->edges[each->first_edge + edge].target;
                behind[index] = behind[target] && flow->stages[target].kind != STAGE_POPULATION;
            }
        }
}

/* Counts synapses with and without a relay at stage, from the middle neuron of every population that leads there and of
 * stage: where rows differ in length, as at borders, the middle stands for most. */
static int choose(struct push *push, struct flow *flow, size_t stage, bool *behind)
{
    struct stage *relay = &flow->stages[stage];
    double fused = 0, factors = 0;

    find_behind(flow, stage, behind);
    for (size_t index = 0; index < flow->count; index++) {
        const struct stage *source = &flow->stages[index];
        double neurons = (double)source->outputs;
        if (source->kind != STAGE_POPULATION || !behind[index])
            continue;
        relay->kind = STAGE_POPULATION;
        push_reach(push, index);
        if (push_unit(push, index, source->outputs / 2) != 0)
            return -1;
        relay->kind = STAGE_PASS;
        count_targets(push, stage);
        factors += neurons * (double)arrived(push, stage);
        push_reach(push, stage);
        if (push_on(push, stage) != 0)
            return -1;
        fused += neurons * count_targets(push, stage);
    }
    push_reach(push, stage);
    if (push_unit(push, stage, relay->outputs / 2) != 0)
        return -1;
    factors += (double)relay->outputs * count_targets(push, stage);
    if (fused > 2 * factors)
        relay->kind = STAGE_POPULATION;
    return 0;
}

static bool is_candidate(const struct flow *flow, const struct stage *stage)
{
    bool linear = false;

    for (size_t edge = 0; edge < stage->edge_count; edge++)
        linear |= flow->stages[flow->edges[stage->first_edge + edge].target].kind != STAGE_POPULATION;
    return linear && stage->relay && stage->kind == STAGE_PASS;
}

int lower_relays(struct flow *flow, const struct graph *graph, struct diagnostics *diagnostics)
{
    struct push push;
    int status = 0;

    bool *behind = calloc(flow->count + 1, sizeof *behind);
    if (!behind)
        return diagnostics_error(diagnostics, "", "the network does not fit into memory; try one with fewer neurons");
    if (push_open(&push, flow, graph, diagnostics) != 0) {
        free(behind);
        return -1;
    }
    for (size_t index = 0; status == 0 && index < flow->count; index++)
        if (is_candidate(flow, &flow->stages[index]))
            status = choose(&push, flow, index, behind);
    push_close(&push);
    free(behind);
    return status;
}
