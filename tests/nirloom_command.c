#include "nirloom_command.h"

#include "support.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 4096 };

const char *nirloom_executable(void)
{
    const char *path = getenv("NIRLOOM");

    return path ? path : "build/nirloom";
}

static char *run(int status, const char *line, const char *redirection)
{
    char *output;
    int got = run_command(&output, "'%s' %s%s", nirloom_executable(), line, redirection);

    cr_assert(got == status, "nirloom %s: exit status %d, expected %d; said\n%s", line, got, status, output);
    return output;
}

char *nirloom_output(int status, const char *format, ...)
{
    char line[LINE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    return run(status, line, "");
}

struct json_object *nirloom_json(const char *format, ...)
{
    char line[LINE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    char *output = run(0, line, " 2>/dev/null");
    struct json_object *object = json_tokener_parse(output);
    cr_assert(object && json_object_is_type(object, json_type_object), "nirloom %s: not one JSON object:\n%s", line,
              output);
    free(output);
    return object;
}

struct json_object *json_member(struct json_object *object, const char *key)
{
    struct json_object *value = NULL;

    cr_assert(json_object_object_get_ex(object, key, &value), "key %s is missing", key);
    return value;
}

struct json_object *json_element(struct json_object *object, const char *key, size_t index)
{
    struct json_object *value = json_object_array_get_idx(json_member(object, key), index);

    cr_assert(value, "%s has no element %zu", key, index);
    return value;
}

double json_number(struct json_object *object, const char *key)
{
    return json_object_get_double(json_member(object, key));
}

const char *json_text(struct json_object *object, const char *key)
{
    const char *text = json_object_get_string(json_member(object, key));

    return text ? text : "null";
}

bool json_truth(struct json_object *object, const char *key)
{
    return json_object_get_boolean(json_member(object, key));
}

struct json_object *json_named(struct json_object *object, const char *key, const char *name)
{
    struct json_object *list = json_member(object, key);

    for (size_t index = 0; index < json_object_array_length(list); index++) {
        struct json_object *entry = json_object_array_get_idx(list, index);
        if (strcmp(json_text(entry, "name"), name) == 0)
            return entry;
    }
    cr_assert(false, "%s has no %s", key, name);
    return NULL;
}
