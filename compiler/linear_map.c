/* Linear maps: the builder finds rows that have been there before by a hash table over their targets, relative to the
 * first, and the bits of their weights. */
#include "linear_map.h"

#include <stdlib.h>
#include <string.h>

struct linear_map_builder {
    struct linear_map map;   /* its arrays are malloc'ed */
    double *weight;          /* (entries) */
    size_t entries;
    size_t entry_capacity;   /* of target and weight */
    size_t pattern_capacity; /* of first, less one */
    int32_t *slots;          /* (slot_count) patterns by hash, LINEAR_MAP_NONE where free */
    uint64_t *hash;          /* (pattern_capacity) */
    size_t slot_count;       /* a power of two, more than pattern_count */
};

void linear_map_abandon(struct linear_map_builder *builder)
{
    if (!builder)
        return;
    free(builder->map.pattern);
    free(builder->map.offset);
    free(builder->map.first);
    free(builder->map.target);
    free(builder->weight);
    free(builder->slots);
    free(builder->hash);
    free(builder);
}

/* Makes *array hold capacity elements of size bytes; 0, or -1 with *array as it was. */
static int resize(void *array, size_t capacity, size_t size)
{
    void *old, *moved;

    memcpy(&old, array, sizeof old);
    if (capacity > SIZE_MAX / 2 / size)
        return -1;
    moved = realloc(old, capacity * size);
    if (!moved)
        return -1;
    memcpy(array, &moved, sizeof moved);
    return 0;
}

struct linear_map_builder *linear_map_begin(size_t sources, size_t targets)
{
    struct linear_map_builder *builder;

    if (sources > INT32_MAX || targets > INT32_MAX)
        return NULL;
    builder = calloc(1, sizeof *builder);
    if (!builder)
        return NULL;
    builder->map.sources = sources;
    builder->map.targets = targets;
    if (resize(&builder->map.pattern, sources + 1, sizeof *builder->map.pattern) != 0 ||
        resize(&builder->map.first, 1, sizeof *builder->map.first) != 0) {
        linear_map_abandon(builder);
        return NULL;
    }
    builder->map.offset = calloc(sources + 1, sizeof *builder->map.offset);
    if (!builder->map.offset) {
        linear_map_abandon(builder);
        return NULL;
    }
    for (size_t source = 0; source < sources; source++)
        builder->map.pattern[source] = LINEAR_MAP_NONE;
    builder->map.first[0] = 0;
    return builder;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static uint64_t hash_row(size_t count, const uint32_t *targets, const double *weights)
{
    uint64_t hash = count;

    for (size_t entry = 0; entry < count; entry++) {
        uint64_t bits;
        memcpy(&bits, &weights[entry], sizeof bits);
        hash = mix(mix(hash, targets[entry] - targets[0]), bits);
    }
    return hash;
}

static bool is_pattern(const struct linear_map_builder *builder, size_t pattern, size_t count, const uint32_t *targets,
                       const double *weights)
{
    size_t first = builder->map.first[pattern];

    if (builder->map.first[pattern + 1] - first != count ||
        memcmp(builder->weight + first, weights, count * sizeof *weights) != 0)
        return false;
    for (size_t entry = 0; entry < count; entry++)
        if (builder->map.target[first + entry] != targets[entry] - targets[0])
            return false;
    return true;
}

/* The slot that holds the row, or the free one where it belongs. */
static size_t find_slot(const struct linear_map_builder *builder, uint64_t hash, size_t count, const uint32_t *targets,
                        const double *weights)
{
    size_t slot = (size_t)hash & (builder->slot_count - 1);

    while (builder->slots[slot] != LINEAR_MAP_NONE) {
        size_t pattern = (size_t)builder->slots[slot];
        if (builder->hash[pattern] == hash && is_pattern(builder, pattern, count, targets, weights))
            break;
        slot = (slot + 1) & (builder->slot_count - 1);
    }
    return slot;
}

/* Doubles the table of slots where it is half full. */
static int grow_slots(struct linear_map_builder *builder)
{
    size_t larger = builder->slot_count ? 2 * builder->slot_count : 64;

    if (2 * builder->map.pattern_count < builder->slot_count)
        return 0;
    if (resize(&builder->slots, larger, sizeof *builder->slots) != 0)
        return -1;
    builder->slot_count = larger;
    for (size_t slot = 0; slot < larger; slot++)
        builder->slots[slot] = LINEAR_MAP_NONE;
    for (size_t pattern = 0; pattern < builder->map.pattern_count; pattern++) {
        size_t slot = (size_t)builder->hash[pattern] & (larger - 1);
        while (builder->slots[slot] != LINEAR_MAP_NONE)
            slot = (slot + 1) & (larger - 1);
        builder->slots[slot] = (int32_t)pattern;
    }
    return 0;
}

static int add_pattern(struct linear_map_builder *builder, uint64_t hash, size_t count, const uint32_t *targets,
                       const double *weights)
{
    struct linear_map *map = &builder->map;

    if (map->pattern_count == INT32_MAX)
        return -1;
    if (map->pattern_count == builder->pattern_capacity) {
        size_t larger = builder->pattern_capacity ? 2 * builder->pattern_capacity : 64;
        if (resize(&map->first, larger + 1, sizeof *map->first) != 0 ||
            resize(&builder->hash, larger, sizeof *builder->hash) != 0)
            return -1;
        builder->pattern_capacity = larger;
    }
    if (count > builder->entry_capacity - builder->entries) {
        if (count > SIZE_MAX / 4 - builder->entries)
            return -1;
        size_t larger = builder->entries + count + builder->entry_capacity / 2;
        if (resize(&map->target, larger, sizeof *map->target) != 0 ||
            resize(&builder->weight, larger, sizeof *builder->weight) != 0)
            return -1;
        builder->entry_capacity = larger;
    }
    for (size_t entry = 0; entry < count; entry++)
        map->target[builder->entries + entry] = targets[entry] - targets[0];
    memcpy(builder->weight + builder->entries, weights, count * sizeof *weights);
    builder->entries += count;
    builder->hash[map->pattern_count] = hash;
    map->first[++map->pattern_count] = builder->entries;
    return 0;
}

int linear_map_add(struct linear_map_builder *builder, size_t source, size_t count, const uint32_t *targets,
                   const double *weights)
{
    if (count == 0)
        return 0;
    if (grow_slots(builder) != 0)
        return -1;
    uint64_t hash = hash_row(count, targets, weights);
    size_t slot = find_slot(builder, hash, count, targets, weights);
    if (builder->slots[slot] == LINEAR_MAP_NONE) {
        size_t pattern = builder->map.pattern_count;
        if (add_pattern(builder, hash, count, targets, weights) != 0)
            return -1;
        builder->slots[slot] = (int32_t)pattern;
    }
    builder->map.pattern[source] = builder->slots[slot];
    builder->map.offset[source] = targets[0];
    return 0;
}

/* Moves *array from the heap into the arena; the heap's is free as soon as it has been copied, so that a large map is
 * never there twice as a whole. */
static int settle(struct arena *arena, void *array, size_t count, size_t size)
{
    void *old, *copy = arena_allocate(arena, count, size);

    if (!copy)
        return -1;
    memcpy(&old, array, sizeof old);
    if (count)
        memcpy(copy, old, count * size);
    free(old);
    memcpy(array, &copy, sizeof copy);
    return 0;
}

int linear_map_finish(struct linear_map_builder *builder, struct arena *arena, struct linear_map *map, double **weights)
{
    struct linear_map *own = &builder->map;
    struct {
        void *array;
        size_t count;
        size_t size;
    } parts[] = {{&own->pattern, own->sources, sizeof *own->pattern},
                 {&own->offset, own->sources, sizeof *own->offset},
                 {&own->first, own->pattern_count + 1, sizeof *own->first},
                 {&own->target, builder->entries, sizeof *own->target},
                 {&builder->weight, builder->entries, sizeof *builder->weight}};
    size_t settled = 0, count = sizeof parts / sizeof *parts;
    void *none = NULL;

    while (settled < count && settle(arena, parts[settled].array, parts[settled].count, parts[settled].size) == 0)
        settled++;
    *map = *own;
    *weights = builder->weight;
    for (size_t part = 0; part < settled; part++) /* no longer the builder's to free */
        memcpy(parts[part].array, &none, sizeof none);
    linear_map_abandon(builder);
    if (settled == count)
        return 0;
    *map = (struct linear_map){0};
    *weights = NULL;
    return -1;
}

bool linear_map_check(const struct linear_map *map)
{
    if (map->sources > INT32_MAX || map->targets > INT32_MAX || map->pattern_count > INT32_MAX || map->first[0] != 0)
        return false;
    for (size_t pattern = 0; pattern < map->pattern_count; pattern++) {
        size_t first = map->first[pattern], last = map->first[pattern + 1];
        if (first >= last || map->target[first] != 0)
            return false;
        for (size_t entry = first + 1; entry < last; entry++)
            if (map->target[entry] <= map->target[entry - 1])
                return false;
    }
    for (size_t source = 0; source < map->sources; source++) {
        int32_t pattern = map->pattern[source];
        if (pattern == LINEAR_MAP_NONE)
            continue;
        if (pattern < 0 || (size_t)pattern >= map->pattern_count || map->offset[source] >= map->targets ||
            map->target[map->first[pattern + 1] - 1] >= map->targets - map->offset[source])
            return false;
    }
    return true;
}
