/* Every module is clean under the three tools that read it, and what they read is what hardware.def says. */
#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(lint, every_array_is_clean_under_three_tools, .timeout = 600)
{
    char *output = NULL;
    int status = run_command(&output, "sh tests/rtl/lint.sh 2>&1");

    cr_assert_eq(status, 0, "%s", output);
    cr_assert(strstr(output, "clean: verilator sim_large"), "%s", output);
    free(output);
}

Test(lint, registers_document_is_what_the_definitions_give)
{
    char *output = NULL;
    int status = run_command(&output, "build/hwgen markdown | diff - docs/registers.md 2>&1");

    cr_assert_eq(status, 0, "docs/registers.md is old; `make registers` renews it:\n%s", output);
    free(output);
    status = run_command(&output, "build/hwgen verilog | diff - build/hardware.vh 2>&1");
    cr_assert_eq(status, 0, "build/hardware.vh is old:\n%s", output);
    free(output);
}
