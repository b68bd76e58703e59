/* The executable under test, and what it prints as JSON. Every fault ends the test. */
#ifndef NIRLOOM_TESTS_NIRLOOM_COMMAND_H
#define NIRLOOM_TESTS_NIRLOOM_COMMAND_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

/* Path of the executable: environment NIRLOOM, else build/nirloom. */
const char *nirloom_executable(void);

/* Runs it with the rest of a shell command line, which must end with status. What standard output had, and standard
 * error where the line redirects it there; malloc'ed, the caller's. */
char *nirloom_output(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same with status 0, and standard error dropped; its one JSON object, to be put by the caller. */
struct json_object *nirloom_json(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Members of an object, which must have the key; json_element() one of the list under the key. NULL is JSON's null. */
struct json_object *json_member(struct json_object *object, const char *key);
struct json_object *json_element(struct json_object *object, const char *key, size_t index);
double json_number(struct json_object *object, const char *key);
const char *json_text(struct json_object *object, const char *key);
bool json_truth(struct json_object *object, const char *key);

/* The entry whose "name" is name, of the list under the key. */
struct json_object *json_named(struct json_object *object, const char *key, const char *name);

#endif
