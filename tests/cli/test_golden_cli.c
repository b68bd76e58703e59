/* The command line against tests/golden_cli: each block of those files is a command, its exit status and all that it
 * says on stderr, written from the contract of the command line and not from what the program printed. */
#include <criterion/criterion.h>

#include "support.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 1024, TEXT_BYTES = 8192 };

static const char *executable(void)
{
    const char *path = getenv("NIRLOOM");

    return path ? path : "build/nirloom";
}

static void check(const char *path, const char *command, int status, const char *expected)
{
    char *output;
    int got = run_command(&output, "nirloom() { '%s' \"$@\"; }; %s 2>&1 >/dev/null", executable(), command);

    cr_expect(got == status, "%s: %s: exit status %d, expected %d", path, command, got, status);
    cr_expect_str_eq(output, expected, "%s: %s: said\n%sexpected\n%s", path, command, output, expected);
    free(output);
}

/* Blocks of "$ COMMAND", "exit STATUS" and lines of stderr, with an empty line between two. */
static size_t check_file(const char *path)
{
    char line[LINE_BYTES], command[LINE_BYTES] = "", expected[TEXT_BYTES] = "";
    int status = -1;
    size_t checked = 0;
    FILE *file = fopen(path, "r");

    cr_assert(file, "%s: cannot be opened", path);
    for (;;) {
        bool more = fgets(line, sizeof line, file) != NULL;

        if ((!more || line[0] == '\n') && *command) {
            check(path, command, status, expected);
            checked++;
            command[0] = expected[0] = '\0';
            status = -1;
        }
        if (!more)
            break;
        if (strncmp(line, "$ ", 2) == 0) {
            line[strcspn(line, "\n")] = '\0';
            strcpy(command, line + 2);
        } else if (status < 0) {
            sscanf(line, "exit %d", &status);
        } else if (line[0] != '\n') {
            cr_assert_lt(strlen(expected) + strlen(line), sizeof expected);
            strcat(expected, line);
        }
    }
    fclose(file);
    return checked;
}

Test(golden_cli, every_file_of_the_folder)
{
    glob_t files;
    size_t checked = 0;

    cr_assert_eq(glob("tests/golden_cli/*.txt", 0, NULL, &files), 0);
    for (size_t index = 0; index < files.gl_pathc; index++)
        checked += check_file(files.gl_pathv[index]);
    globfree(&files);
    cr_expect_geq(checked, 40, "only %zu blocks were found", checked);
}

static void check_help(const char *command, const char *option)
{
    char *output;
    size_t lines = 0;
    int status = run_command(&output, "'%s' %s %s 2>/dev/null", executable(), command, option);

    cr_expect_eq(status, 0, "%s %s: exit status %d", command, option, status);
    for (const char *rest = output; (rest = strchr(rest, '\n')); rest++)
        lines++;
    cr_expect(lines >= 5 && lines <= 24, "%s %s: %zu lines, a screen has 24", command, option, lines);
    cr_expect(strstr(output, "Example: nirloom "), "%s %s: no example", command, option);
    free(output);
}

Test(golden_cli, help_fits_a_screen_and_has_an_example)
{
    static const char *const commands[] = {"", "compile", "run", "eval", "build", "inspect", "board"};

    for (size_t index = 0; index < sizeof commands / sizeof commands[0]; index++) {
        check_help(commands[index], "-h");
        check_help(commands[index], "--help");
    }
}

Test(golden_cli, version_goes_to_stdout)
{
    char *output;

    cr_expect_eq(run_command(&output, "'%s' --version 2>/dev/null", executable()), 0);
    cr_expect_eq(strncmp(output, "nirloom ", 8), 0, "said %s", output);
    free(output);
}

Test(golden_cli, no_arguments_is_wrong_usage)
{
    char *output;

    cr_expect_eq(run_command(&output, "'%s' 2>/dev/null", executable()), 2);
    cr_expect_str_eq(output, "");
    free(output);
}
