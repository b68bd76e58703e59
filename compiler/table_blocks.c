/* Blocks of weights, each kept once (table_blocks.h). Equal blocks meet in a hash table. Parts of others are found by
 * one column, what a unit has for all neurons of the block: columns of placed blocks are in a second hash table. */
#include "table_blocks.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { CHAIN_MAX = 256, OPEN_SHELVES = 32 };

static uint64_t hash_weights(uint64_t hash, const int16_t *weights, size_t count)
{
    enum { PER_WORD = sizeof(uint64_t) / sizeof *weights };

    for (; count >= PER_WORD; weights += PER_WORD, count -= PER_WORD) {
        uint64_t word;
        memcpy(&word, weights, sizeof word);
        hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 29;
    }
    for (; count; weights++, count--)
        hash = (hash ^ (uint16_t)*weights) * UINT64_C(0x100000001B3);
    return hash ^ hash >> 32;
}

void block_store_begin(struct block_store *store, size_t neurons, size_t lanes, size_t limit)
{
    *store = (struct block_store){ .neurons = neurons, .lanes = lanes, .limit = limit };
}

void block_store_free(struct block_store *store)
{
    free(store->blocks);
    free(store->pool);
    free(store->buckets);
    *store = (struct block_store){ 0 };
}

static size_t block_weights(const struct block_store *store, const struct block *block)
{
    return (size_t)block->runs * block->length * store->neurons * store->lanes;
}

static int grow_buckets(struct block_store *store)
{
    size_t count = store->bucket_count ? 2 * store->bucket_count : 256;
    uint32_t *buckets = malloc(count * sizeof *buckets);

    if (!buckets)
        return -1;
    memset(buckets, 0xFF, count * sizeof *buckets);
    for (size_t index = 0; index < store->count; index++) {
        struct block *block = &store->blocks[index];
        block->next = buckets[block->hash & (count - 1)];
        buckets[block->hash & (count - 1)] = (uint32_t)index;
    }
    free(store->buckets);
    store->buckets = buckets;
    store->bucket_count = count;
    return 0;
}

static int reserve(struct block_store *store, size_t weights)
{
    if (store->count == store->bucket_count && grow_buckets(store))
        return -1;
    if (store->count == store->capacity) {
        size_t capacity = store->capacity ? 2 * store->capacity : 64;
        struct block *blocks = realloc(store->blocks, capacity * sizeof *blocks);
        if (!blocks)
            return -1;
        store->blocks = blocks;
        store->capacity = capacity;
    }
    if (store->pool_capacity - store->pool_used < weights) {
        size_t capacity = 2 * store->pool_capacity + weights;
        int16_t *pool = realloc(store->pool, capacity * sizeof *pool);
        if (!pool)
            return -1;
        store->pool = pool;
        store->pool_capacity = capacity;
    }
    return 0;
}

int block_store_add(struct block_store *store, uint32_t runs, uint32_t length, const int16_t *content, uint32_t *index)
{
    struct block block = { .runs = runs, .length = length, .content = store->pool_used };
    size_t weights = block_weights(store, &block);

    block.hash = hash_weights((uint64_t)runs << 32 | length, content, weights);
    for (uint32_t at = store->bucket_count ? store->buckets[block.hash & (store->bucket_count - 1)] : BLOCK_NONE;
         at != BLOCK_NONE; at = store->blocks[at].next) {
        const struct block *other = &store->blocks[at];
        if (other->hash == block.hash && other->runs == runs && other->length == length &&
            !memcmp(store->pool + other->content, content, weights * sizeof *content)) {
            *index = at;
            return 0;
        }
    }
    if (weights > store->limit - store->pool_used)
        return 1;
    if (reserve(store, weights))
        return -1;
    memcpy(store->pool + store->pool_used, content, weights * sizeof *content);
    store->pool_used += weights;
    block.next = store->buckets[block.hash & (store->bucket_count - 1)];
    store->buckets[block.hash & (store->bucket_count - 1)] = (uint32_t)store->count;
    *index = (uint32_t)store->count;
    store->blocks[store->count++] = block;
    return 0;
}

/* A unit of a placed block, in the table of columns. */
struct column {
    uint32_t block;
    uint32_t run;
    uint32_t unit;
    uint32_t next;
};

struct column_table {
    struct column *columns;
    uint32_t *buckets;
    size_t bucket_count;
    size_t count;
};

static const int16_t *unit_of(const struct block_store *store, const struct block *block, size_t neuron, size_t run,
                             size_t unit)
{
    return store->pool + block->content +
           ((neuron * block->runs + run) * block->length + unit) * store->lanes;
}

/* False for a column of zeros, which would be found anywhere. */
static bool hash_column(const struct block_store *store, const struct block *block, size_t run, size_t unit,
                        uint64_t *hash)
{
    bool any = false;

    *hash = 0;
    for (size_t neuron = 0; neuron < store->neurons; neuron++) {
        const int16_t *weights = unit_of(store, block, neuron, run, unit);
        for (size_t lane = 0; !any && lane < store->lanes; lane++)
            any = weights[lane] != 0;
        *hash = hash_weights(*hash, weights, store->lanes);
    }
    return any;
}

static bool is_part(const struct block_store *store, const struct block *part, const struct block *whole, size_t run,
                    size_t unit)
{
    if (run + part->runs > whole->runs || unit + part->length > whole->length)
        return false;
    for (size_t neuron = 0; neuron < store->neurons; neuron++) {
        for (size_t row = 0; row < part->runs; row++) {
            if (memcmp(unit_of(store, part, neuron, row, 0), unit_of(store, whole, neuron, run + row, unit),
                       part->length * store->lanes * sizeof *store->pool))
                return false;
        }
    }
    return true;
}

static bool find_whole(struct block_store *store, const struct column_table *table, struct block *part)
{
    size_t run = 0, unit = 0;
    uint64_t hash = 0;
    bool any = false;

    for (run = 0; run < part->runs; run++) {
        for (unit = 0; unit < part->length; unit++) {
            any = hash_column(store, part, run, unit, &hash);
            if (any)
                break;
        }
        if (any)
            break;
    }
    if (!any)
        return false;
    uint32_t at = table->buckets[hash & (table->bucket_count - 1)];
    for (unsigned tried = 0; at != BLOCK_NONE && tried < CHAIN_MAX; tried++, at = table->columns[at].next) {
        const struct column *column = &table->columns[at];
        const struct block *whole = &store->blocks[column->block];
        if (column->run < run || column->unit < unit ||
            !is_part(store, part, whole, column->run - run, column->unit - unit))
            continue;
        part->unit = whole->unit + (column->run - run) * whole->length + (column->unit - unit);
        part->weight_skip = part->runs > 1 ? whole->length - part->length : 0;
        part->content = SIZE_MAX;
        return true;
    }
    return false;
}

static void add_columns(const struct block_store *store, struct column_table *table, uint32_t index)
{
    const struct block *block = &store->blocks[index];

    for (uint32_t run = 0; run < block->runs; run++) {
        for (uint32_t unit = 0; unit < block->length; unit++) {
            uint64_t hash;
            if (!hash_column(store, block, run, unit, &hash))
                continue;
            uint32_t *bucket = &table->buckets[hash & (table->bucket_count - 1)];
            table->columns[table->count] = (struct column){ index, run, unit, *bucket };
            *bucket = (uint32_t)table->count++;
        }
    }
}

/* Room for all columns there can be. */
static int begin_columns(const struct block_store *store, struct column_table *table)
{
    size_t columns = store->pool_used / (store->neurons * store->lanes) + 1;

    *table = (struct column_table){ .bucket_count = 256 };
    while (table->bucket_count < columns)
        table->bucket_count *= 2;
    table->columns = malloc(columns * sizeof *table->columns);
    table->buckets = malloc(table->bucket_count * sizeof *table->buckets);
    if (!table->columns || !table->buckets)
        return -1;
    memset(table->buckets, 0xFF, table->bucket_count * sizeof *table->buckets);
    return 0;
}

static size_t block_units(const struct block *block)
{
    return (size_t)block->runs * block->length;
}

/* By size, largest first; then as they were added. */
static int compare_blocks(const void *left, const void *right)
{
    const struct block *const *a = left, *const *b = right;

    if (block_units(*a) != block_units(*b))
        return block_units(*a) < block_units(*b) ? 1 : -1;
    return *a < *b ? -1 : *a > *b;
}

/* Units between neurons are the same for all blocks, so they stand on shelves as deep as the largest; small ones share
 * a shelf. */
struct shelf {
    size_t unit;
    size_t used;
};

static void stand(struct block_store *store, struct shelf *shelves, size_t *shelf_count, struct block *block)
{
    size_t size = block_units(block);
    size_t at = *shelf_count > OPEN_SHELVES ? *shelf_count - OPEN_SHELVES : 0;

    block->weight_skip = 0;
    if (store->neurons == 1) {
        block->unit = store->units;
        store->units += size;
        return;
    }
    while (at < *shelf_count && store->stride - shelves[at].used < size)
        at++;
    if (at == *shelf_count) {
        shelves[(*shelf_count)++] = (struct shelf){ store->units, 0 };
        store->units += store->stride * store->neurons;
    }
    block->unit = shelves[at].unit + shelves[at].used;
    shelves[at].used += size;
}

int block_store_place(struct block_store *store)
{
    struct block **order = malloc((store->count + 1) * sizeof *order);
    struct shelf *shelves = malloc((store->count + 1) * sizeof *shelves);
    struct column_table table = { 0 };
    size_t shelf_count = 0;
    int status = -1;

    if (!order || !shelves || begin_columns(store, &table))
        goto done;
    for (size_t index = 0; index < store->count; index++)
        order[index] = &store->blocks[index];
    qsort(order, store->count, sizeof *order, compare_blocks);
    store->units = 0;
    store->stride = store->count ? block_units(order[0]) : 0;
    bool alike = true; /* then none is a part of another */
    for (size_t index = 1; index < store->count; index++)
        alike = alike && order[index]->runs == order[0]->runs && order[index]->length == order[0]->length;
    for (size_t index = 0; index < store->count; index++) {
        if (!alike && find_whole(store, &table, order[index]))
            continue;
        stand(store, shelves, &shelf_count, order[index]);
        if (!alike)
            add_columns(store, &table, (uint32_t)(order[index] - store->blocks));
    }
    status = 0;
done:
    free(order);
    free(shelves);
    free(table.columns);
    free(table.buckets);
    return status;
}

void block_store_write(const struct block_store *store, int16_t *weights)
{
    for (size_t index = 0; index < store->count; index++) {
        const struct block *block = &store->blocks[index];
        if (block->content == SIZE_MAX)
            continue;
        for (size_t neuron = 0; neuron < store->neurons; neuron++)
            memcpy(weights + (block->unit + neuron * store->stride) * store->lanes,
                   unit_of(store, block, neuron, 0, 0), block_units(block) * store->lanes * sizeof *weights);
    }
}
