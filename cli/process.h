/* Programs of the flow, run as children with their output kept in a file. */
#ifndef NIRLOOM_PROCESS_H
#define NIRLOOM_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* Starts arguments[0] (found in PATH; the list ends with NULL) with stdout and stderr in log. Returns its process
 * id, or -1 after saying on stderr why not. */
pid_t process_start(const char *const *arguments, const char *log);

/* Waits for it; true if it ended with status 0. */
bool process_wait(pid_t process);

/* The text of a file, NUL-terminated and the caller's to free; NULL after saying why not. */
char *process_log(const char *path);

#endif
