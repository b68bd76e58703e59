/* Helpers that every test may use. Tests run from the project's root. */
#ifndef NIRLOOM_TESTS_SUPPORT_H
#define NIRLOOM_TESTS_SUPPORT_H

#include <stddef.h>
#include <stdint.h>

/* Path of a file of the shared data sets (environment NIRLOOM_DATA, else ../shared/data), or NULL
 * where the data is not on this machine: the test then skips with cr_skip_test(). Files of own/micro are part of the
 * project and found in tests/micro. The string lives until the fourth next call. */
const char *shared_data(const char *relative);

/* A fresh path in a temporary folder of this process, removed at exit. */
const char *temporary_path(const char *name);

/* xorshift64*: the same numbers on every machine. Seed by setting *state to anything but 0. */
uint64_t random_next(uint64_t *state);

/* 0 … below - 1, and 0 … 1. */
size_t random_below(uint64_t *state, size_t below);
double random_unit(uint64_t *state);

/* Runs a shell command line with its output kept; returns its exit status, -1 if it could not be run.
 * *output is malloc'ed, NUL-terminated, the caller's. */
int run_command(char **output, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
