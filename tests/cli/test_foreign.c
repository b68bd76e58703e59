/* Files that are not what their names say, and what inspect tells of a network that was repaired. */
#include "support.h"

#include <criterion/criterion.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *executable(void)
{
    const char *path = getenv("NIRLOOM");

    return path ? path : "build/nirloom";
}

static void write_bytes(const char *path, const char *bytes, size_t count)
{
    FILE *file = fopen(path, "wb");

    cr_assert(file);
    cr_assert_eq(fwrite(bytes, 1, count, file), count);
    fclose(file);
}

/* The command is refused as a fault of the input, in one line: the file's name and this. */
static void expect_refused(const char *command, const char *path, const char *text)
{
    char wanted[1024], *output;
    int status = run_command(&output, "'%s' %s 2>&1 >/dev/null", executable(), command);

    snprintf(wanted, sizeof wanted, "nirloom: %s: %s\n", path, text);
    cr_expect_eq(status, 1, "%s: exit status %d", command, status);
    cr_expect_str_eq(output, wanted, "%s: said\n%sexpected\n%s", command, output, wanted);
    free(output);
}

Test(foreign, files_that_are_no_images)
{
    static const char image[] = "is not HDF5 (begins with bytes 01 02 03 04); an image is made with nirloom compile "
                                "NET.nir -o NET.loom";
    static const char *const commands[] = {"inspect '%s'", "run '%s' -i examples/mnist/digits.h5 -o /dev/null",
                                           "eval '%s' -i examples/mnist/digits.h5"};
    char path[512], command[1024];

    snprintf(path, sizeof path, "%s", temporary_path("random.loom"));
    write_bytes(path, "\1\2\3\4\5\6\7\10", 8);
    for (size_t index = 0; index < sizeof commands / sizeof commands[0]; index++) {
        snprintf(command, sizeof command, commands[index], path);
        expect_refused(command, path, image);
    }
    write_bytes(path, "", 0);
    snprintf(command, sizeof command, "inspect '%s'", path);
    expect_refused(command, path, "is empty, not HDF5; an image is made with nirloom compile NET.nir -o NET.loom");
}

Test(foreign, files_that_are_no_data)
{
    static const char data[] = "is not HDF5 (begins with bytes 01 02 03 04); a data file is NIRGraphData in HDF5 (nir, "
                               "write_data)";
    char path[512], command[1024];

    snprintf(path, sizeof path, "%s", temporary_path("random.h5"));
    write_bytes(path, "\1\2\3\4\5\6\7\10", 8);
    snprintf(command, sizeof command, "run examples/mnist/mnist.nir -i '%s' -o /dev/null", path);
    expect_refused(command, path, data);
    snprintf(command, sizeof command, "inspect '%s'", path);
    expect_refused(command, path, data);
}

/* One note for what the file leaves out, one warning for what was repaired, in this order of passes. */
Test(foreign, inspect_tells_repairs)
{
    static const char *const wanted[][2] = {
        {"note", "tests/golden/scalar_parameters.nir: /lif/v_reset: is not in the file; 0 is used"},
        {"warning", "tests/golden/scalar_parameters.nir: /lif: has one value of each parameter; it is used for all "
                    "neurons of (4)"},
    };
    char *output;
    struct json_object *messages, *field;

    cr_assert_eq(run_command(&output, "'%s' inspect tests/golden/scalar_parameters.nir --json", executable()), 0);
    struct json_object *object = json_tokener_parse(output);
    cr_assert(object && json_object_object_get_ex(object, "messages", &messages), "%s", output);
    cr_assert_eq(json_object_array_length(messages), 2);
    for (size_t index = 0; index < 2; index++) {
        struct json_object *message = json_object_array_get_idx(messages, index);
        cr_assert(json_object_object_get_ex(message, "severity", &field));
        cr_expect_str_eq(json_object_get_string(field), wanted[index][0]);
        cr_assert(json_object_object_get_ex(message, "text", &field));
        cr_expect_str_eq(json_object_get_string(field), wanted[index][1]);
    }
    json_object_put(object);
    free(output);
    cr_assert_eq(run_command(&output, "'%s' inspect tests/golden/scalar_parameters.nir", executable()), 0);
    const char *list = strstr(output, "repaired or assumed:\n");
    cr_assert(list, "%s", output);
    for (size_t index = 0; index < 2; index++)
        cr_expect(strstr(list, wanted[index][1]), "%s", output);
    free(output);
    cr_assert_eq(run_command(&output, "'%s' inspect tests/golden/good.nir", executable()), 0);
    cr_expect_eq(strstr(output, "repaired"), NULL, "nothing was: %s", output);
    free(output);
}
