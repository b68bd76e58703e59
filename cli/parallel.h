/* Samples on several threads: they are independent, so every thread takes the next that nobody has. */
#ifndef NIRLOOM_PARALLEL_H
#define NIRLOOM_PARALLEL_H

#include <stddef.h>

enum { PARALLEL_WORKERS_MAX = 256 };

/* Runs one sample; worker, below the number of workers, is the same for no two calls that are under way. A command
 * status; a fault is told by the task. */
typedef int parallel_task(void *self, size_t worker, size_t sample);

/* Calls task for every sample below samples on that many threads (1: on the caller's), showing progress under label.
 * After a fault no further sample is begun. The status of the lowest sample that failed, COMMAND_DONE if none did. */
int parallel_run(size_t workers, size_t samples, const char *label, parallel_task *task, void *self);

/* How many workers are of use: as many as asked for, but no more than samples. */
size_t parallel_workers(size_t asked, size_t samples);

#endif
