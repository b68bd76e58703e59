/* Memory of one compilation: allocated piece by piece, freed at once. */
#ifndef NIRLOOM_ARENA_H
#define NIRLOOM_ARENA_H

#include <stddef.h>

struct arena {
    struct arena_block *blocks;
};

/* count * size bytes, zeroed, aligned for any type, valid until arena_free(); NULL if the product
 * overflows or memory is short. A count of 0 gives a valid pointer. */
void *arena_allocate(struct arena *arena, size_t count, size_t size);

/* A copy of text. */
char *arena_copy(struct arena *arena, const char *text);

/* printf into the arena. */
char *arena_print(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Frees everything; the arena is then empty and may be used again. */
void arena_free(struct arena *arena);

#endif
