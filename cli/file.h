/* Whole files: their text, and copies. */
#ifndef NIRLOOM_FILE_H
#define NIRLOOM_FILE_H

#include <stdbool.h>

struct sha256;

/* The text of a file, NUL-terminated and the caller's to free; NULL where it cannot be read, with errno. */
char *file_text(const char *path);

/* Copies a file; what was copied is added to sum, unless that is NULL. False where it failed, with errno; to_path then
 * holds anything. */
bool file_copy(const char *from_path, const char *to_path, struct sha256 *sum);

#endif
