/* Results of builds, kept by what they depend on.
 *
 * An entry is a folder named by the sum of its inputs: the files, INPUTS with the inputs themselves, and SUMS with the sum of
 * each file, as sha256sum -c reads them, written last. An entry without SUMS is none. Whoever works on an entry holds its
 * lock, which ends with the process. */
#ifndef NIRLOOM_CACHE_H
#define NIRLOOM_CACHE_H

#include <stdbool.h>

struct cache {
    char *folder; /* of the entry */
    int lock;
};

/* Locks a folder: its file descriptor, to be closed; -1 if it cannot be locked. Waits for whoever has it, after saying
 * "waiting for WHOSE FOLDER". */
int cache_lock(const char *folder, const char *whose);

/* Makes and locks the entry of these inputs in the folder root, which is made too. False, told as a warning, if it cannot:
 * the build then goes on without. cache_close() after true. */
bool cache_open(struct cache *cache, const char *root, const char *inputs);
void cache_close(struct cache *cache);

/* Copies the entry's files of these names (NULL-terminated) to folder. False if there is no entry, or, told as a
 * warning, if a file of it is missing or damaged. */
bool cache_take(const struct cache *cache, const char *folder, const char *const *names);

/* Makes the entry from the files of these names in folder. A failure is told as a warning, and leaves no entry. */
void cache_put(const struct cache *cache, const char *folder, const char *const *names, const char *inputs);

#endif
