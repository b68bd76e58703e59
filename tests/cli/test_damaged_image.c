/* An image with one byte changed is refused by every command that runs it, with exit status 1. */
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Test(damaged_image, is_refused_with_status_1)
{
    const char *executable = getenv("NIRLOOM") ? getenv("NIRLOOM") : "build/nirloom";
    const char *path = temporary_path("damaged.loom");
    char *output = NULL;

    cr_assert_eq(run_command(&output, "%s compile tests/golden/good.nir -o %s 2>&1", executable, path), 0, "%s", output);
    free(output);
    FILE *file = fopen(path, "r+b");
    cr_assert_not_null(file);
    fseek(file, 0, SEEK_END);
    long middle = ftell(file) / 2;
    fseek(file, middle, SEEK_SET);
    int byte = fgetc(file);
    fseek(file, middle, SEEK_SET);
    fputc(byte ^ 0x10, file);
    fclose(file);
    cr_assert_eq(run_command(&output, "%s eval %s -i examples/mnist/digits.h5 2>&1", executable, path), 1, "%s", output);
    cr_assert_neq(strstr(output, path), NULL, "the file is not named: %s", output);
    free(output);
    cr_assert_eq(run_command(&output, "%s run %s -i examples/mnist/digits.h5 -o %s.h5 2>&1", executable, path, path), 1,
                 "%s", output);
    free(output);
}
