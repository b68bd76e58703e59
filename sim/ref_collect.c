/* Groups of sources brought together for the integer model (ref_plan.h): sources with the same targets need not be
 * neighbours, those that a pooling joins are not. */
#include "ref_plan.h"

#include <stdlib.h>

/* The group of the sources with synapses of each cell; false if some have not the same. */
static bool find_groups(const struct ref_projection *projection, size_t sources, uint32_t *groups)
{
    for (size_t place = 0; place < sources; place++) {
        uint32_t group = projection->sources[place].group, *found = &groups[place / REF_CELL];

        if (group == REF_NO_EVENTS)
            continue;
        if (*found != REF_NO_EVENTS && *found != group)
            return false;
        *found = group;
    }
    return true;
}

/* Takes the sources of a cell into the collection as its index-th. */
static void take_cell(struct ref_projection *projection, size_t sources, size_t cell, size_t collection, size_t index)
{
    struct ref_collection *taken = &projection->collections[collection];

    taken->cell[index] = (uint32_t)cell;
    for (size_t member = 0; member < REF_CELL && cell * REF_CELL + member < sources; member++) {
        const struct ref_source *source = &projection->sources[cell * REF_CELL + member];
        size_t slot = index * REF_CELL + member;

        if (source->group == REF_NO_EVENTS)
            continue;
        taken->group = source->group;
        taken->connected |= UINT64_C(1) << slot;
        projection->rows[collection * 64 + slot] = source->row;
    }
}

/* counts: cells of each group, then where its next cell goes, in quarters of collections. */
static int make_collections(struct ref_projection *projection, size_t sources, const uint32_t *groups, size_t *counts)
{
    size_t cells = (sources + REF_CELL - 1) / REF_CELL, total = 0;

    for (size_t cell = 0; cell < cells; cell++)
        counts[groups[cell]]++;
    for (size_t group = REF_NO_EVENTS + 1; group < projection->group_count; group++) {
        size_t first = total;

        total += (counts[group] + REF_CELLS - 1) / REF_CELLS;
        counts[group] = first * REF_CELLS;
    }
    projection->collections = calloc(total + 1, sizeof *projection->collections);
    projection->rows = calloc(total * 64 + 1, sizeof *projection->rows);
    if (!projection->collections || !projection->rows)
        return -1;
    for (size_t cell = 0; cell < cells; cell++) {
        size_t at = counts[groups[cell]]++;

        if (groups[cell] != REF_NO_EVENTS)
            take_cell(projection, sources, cell, at / REF_CELLS, at % REF_CELLS);
    }
    projection->collection_count = total;
    return 0;
}

int ref_collect(struct ref_projection *projection, size_t sources)
{
    uint32_t *groups = calloc(sources / REF_CELL + 1, sizeof *groups);
    size_t *counts = calloc(projection->group_count, sizeof *counts);
    int status = groups && counts ? 0 : -1;

    if (status == 0 && find_groups(projection, sources, groups))
        status = make_collections(projection, sources, groups, counts);
    free(groups);
    free(counts);
    return status;
}
