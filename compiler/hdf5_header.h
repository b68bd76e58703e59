/* The object headers of an HDF5 file, checked without the library. */
#ifndef NIRLOOM_HDF5_HEADER_H
#define NIRLOOM_HDF5_HEADER_H

#include <stdbool.h>
#include <stdint.h>

/* True if no message of the object at that address states a size beyond itself, and the strings that attributes refer
 * to are there. Headers of version 2 carry a checksum that the library compares; they are taken as sound. */
bool hdf5_header_is_sound(const char *path, uint64_t address);

/* The same of the root group, which the library reads when it opens the file. */
bool hdf5_root_is_sound(const char *path);

#endif
