/* Arena: a list of allocations, each with its own header, freed together. Compilations allocate few and
 * large pieces, so each piece is the system allocator's, where the sanitizers can see its bounds. */
#include "arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
    alignas(max_align_t) struct arena_block *next;
};

void *arena_allocate(struct arena *arena, size_t count, size_t size)
{
    if (size && count > (SIZE_MAX / 2 - sizeof(struct arena_block)) / size)
        return NULL;
    struct arena_block *block = calloc(1, sizeof *block + count * size);
    if (!block)
        return NULL;
    block->next = arena->blocks;
    arena->blocks = block;
    return block + 1;
}

char *arena_copy(struct arena *arena, const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = arena_allocate(arena, bytes, 1);

    return copy ? memcpy(copy, text, bytes) : NULL;
}

char *arena_print(struct arena *arena, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        return NULL;
    char *text = arena_allocate(arena, (size_t)length + 1, 1);
    if (!text)
        return NULL;
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

void arena_free(struct arena *arena)
{
    while (arena->blocks) {
        struct arena_block *next = arena->blocks->next;

        free(arena->blocks);
        arena->blocks = next;
    }
}
