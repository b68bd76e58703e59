/* What the operations of an image say of its projections (cost.h, cost_describe()). */
#include "cost_parts.h"

/* The projection that an ACCUMULATE is of: its source by address and age, its target by the UPDATE that follows. */
static size_t find_projection(const struct image *image, const struct operation *operation, size_t target)
{
    bool graded = operation_has(operation, HW_FLAG_GRADED);

    for (size_t index = 0; index < image->projection_count; index++) {
        const struct image_projection *projection = &image->projections[index];
        const struct image_buffer *buffer = &image->buffers[projection->source];
        uint32_t steps = 1u << operation->ring_log2;
        bool source = !buffer->used;

        if (projection->target != target || projection->graded != graded)
            continue;
        for (size_t slice = 0; slice < image->slice_count && !buffer->used; slice++) {
            const struct image_slice *own = &image->slices[slice];
            if (own->population == projection->source)
                source = operation->source >= own->state_address &&
                         operation->source < own->state_address + own->neurons;
        }
        if (buffer->used)
            source = operation->source >= buffer->address && operation->ring_log2 == buffer->ring_log2 &&
                     operation->source < buffer->address + (buffer->words << buffer->ring_log2) &&
                     operation->ring_phase == (steps - (uint32_t)image_ring_back(image, projection->source, image_array_delay(image, projection)) % steps) % steps;
        if (source)
            return index;
    }
    return image->projection_count;
}

/* The first part of an ACCUMULATE, up to the end of its first source's ring: one operation may go through several rings that
 * lie behind each other. What is left of it stays in *operation, of count 0 if nothing is. */
static struct operation split_source(const struct image *image, size_t projection, struct operation *operation)
{
    struct operation first = *operation;
    const struct image_buffer *buffer = NULL;
    uint32_t neurons = operation_has(operation, HW_FLAG_GRADED) ? 1 : NEURONS_PER_SPIKE_WORD;

    if (projection < image->projection_count)
        buffer = &image->buffers[image->projections[projection].source];
    if (buffer && buffer->used && !operation_has(operation, HW_FLAG_TABLE)) {
        uint32_t left = (uint32_t)buffer->words - ((operation->source - buffer->address) >> buffer->ring_log2);
        first.count = left < first.count ? left : first.count;
    }
    operation->source += first.count << first.ring_log2;
    operation->weight += first.count * neurons * first.stride;
    operation->count -= first.count;
    return first;
}

/* Population that the UPDATE at or behind an operation is of. */
static size_t find_target(const struct cost *cost, unsigned core, size_t operation)
{
    const struct cost_core *program = &cost->cores[core];
    const struct image *image = cost->image;

    while (operation < program->operation_count && program->operations[operation].code != HW_OPERATION_UPDATE)
        operation++;
    for (size_t index = 0; operation < program->operation_count && index < image->slice_count; index++) {
        const struct operation *update = &program->operations[operation];
        const struct image_slice *slice = &image->slices[index];
        bool external = slice->state_space == HW_SPACE_WEIGHT;
        bool current = image->populations[slice->population].current_parameter[CURRENT_LEAK] != NULL;
        if (slice->core == core && external == operation_has(update, HW_FLAG_EXTERNAL) &&
            (update->stride == slice->state_address / cost->board->slots ||
             (current && update->stride == slice->current_address / cost->board->slots)))
            return slice->population;
    }
    return image->population_count;
}

/* First and last unit that the events of an operation walk, and how many units all its events have. */
struct extent {
    uint64_t first;
    uint64_t last;
    uint64_t units;
    uint64_t events;
};

static void extend(struct extent *extent, uint64_t first, uint64_t units, uint64_t reach, uint64_t events)
{
    extent->first = first < extent->first ? first : extent->first;
    extent->last = first + reach > extent->last ? first + reach : extent->last;
    extent->units += units * events;
    extent->events += events;
}

static uint64_t describe_operation(const struct cost *cost, unsigned core, const struct operation *operation,
                                   uint64_t sources, struct extent *extent)
{
    bool graded = operation_has(operation, HW_FLAG_GRADED);
    uint64_t neurons = graded ? operation->count : 16 * (uint64_t)operation->count;

    neurons = neurons < sources ? neurons : sources;
    if (!operation_has(operation, HW_FLAG_TABLE)) {
        extend(extent, operation->weight, operation->stride, neurons * operation->stride, neurons);
        return 0;
    }
    unsigned position_log2 = operation->flags >> HW_FLAG_POSITION & 7;
    uint64_t shared = UINT64_C(1) << position_log2;
    for (uint64_t position = 0; position < (neurons + shared - 1) >> position_log2; position++) {
        uint64_t entry = cost_entry(&cost->cores[core], cost->board, operation, position);
        uint64_t runs = HW_GET(entry, ENTRY_RUNS) + 1, length = HW_GET(entry, ENTRY_LENGTH) + 1;
        uint64_t reach = (shared - 1) * operation->stride + runs * length + (runs - 1) * HW_GET(entry, ENTRY_WEIGHT_SKIP);
        if (!HW_GET(entry, ENTRY_NONE))
            extend(extent, HW_GET(entry, ENTRY_WEIGHT), runs * length, reach, shared);
    }
    return (neurons + shared - 1) >> position_log2;
}

void cost_describe(const struct cost *cost, struct cost_projection *projections)
{
    const struct image *image = cost->image;

    for (size_t index = 0; index < image->projection_count; index++) {
        struct cost_projection *projection = &projections[index];
        unsigned per_word = place_unit_layout(cost->board, &image->projections[index]).units_per_word;
        uint64_t sources = image_order_size(&image->orders[image->projections[index].source]);
        uint64_t units = 0, most = 0;

        *projection = (struct cost_projection){0};
        for (unsigned core = 0; core < cost->board->cores; core++) {
            struct extent all = {.first = UINT64_MAX};
            for (size_t place = 0; place < cost->cores[core].operation_count; place++) {
                struct operation left = cost->cores[core].operations[place];
                while (left.code == HW_OPERATION_ACCUMULATE && left.count) {
                    size_t found = find_projection(image, &left, find_target(cost, core, place));
                    struct operation operation = split_source(image, found, &left);
                    struct extent extent = {.first = UINT64_MAX};
                    if (found != index)
                        continue;
                    projection->table |= operation_has(&operation, HW_FLAG_TABLE);
                    projection->entries += describe_operation(cost, core, &operation, sources, &extent);
                    units += extent.units;
                    most = extent.events > most ? extent.events : most;
                    all.first = extent.first < all.first ? extent.first : all.first;
                    all.last = extent.last > all.last ? extent.last : all.last;
                }
            }
            if (all.last > all.first)
                projection->words += place_divide_up(all.last, per_word) - all.first / per_word;
        }
        projection->units = most ? (double)units / (double)most : 0;
    }
}
