/* Where the simulated designs lie that are loaded when they are needed. */
#ifndef NIRLOOM_OBJECT_PATH_H
#define NIRLOOM_OBJECT_PATH_H

#include <limits.h>
#include <stdbool.h>

enum { OBJECT_PATH_BYTES = PATH_MAX + 128 };

/* The path of the shared object of that name in a folder of build/ ("models", "netlist"): under NIRLOOM_HOME; else
 * beside the program, or in the folder above where it is a sanitized build. Nothing need be there. */
void object_path(char path[OBJECT_PATH_BYTES], const char *folder, const char *name);

/* Whether an object, loaded from path, was made from the Verilog (sources.h) that stands in its project now, two
 * folders above its own; true where there is none. */
bool object_is_current(const char *path, void *object);

#endif
