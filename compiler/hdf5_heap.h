/* The heaps of variable-length strings of an HDF5 file, checked without the library. */
#ifndef NIRLOOM_HDF5_HEAP_H
#define NIRLOOM_HDF5_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True if the global heaps of the file state no sizes beyond themselves. For files with lengths of 8 bytes, as
 * all writers have. */
bool hdf5_heaps_are_sound(const char *path);

/* True if the count string references that lie from offset on in the file name objects that are there. */
bool hdf5_references_are_sound(const char *path, uint64_t offset, size_t count);

#endif
