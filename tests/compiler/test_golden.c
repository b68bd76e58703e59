/* Golden messages: every tests/golden/NAME.nir is loaded, and all that it is told must be, line by line, what
 * NAME.err says. */
#include "graph.h"
#include "support.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The whole file, malloc'ed; NULL if it is not there. */
static char *read_text(const char *path)
{
    enum { BYTES = 1 << 16 };
    FILE *file = fopen(path, "r");
    char *text = calloc(BYTES, 1);

    if (file && text) {
        text[fread(text, 1, BYTES - 1, file)] = '\0';
        fclose(file);
        return text;
    }
    free(text);
    return NULL;
}

static void check_golden(const char *path)
{
    struct arena arena = {0};
    struct graph graph = {.arena = &arena};
    struct diagnostics diagnostics;
    const char *got = "";
    bool error = false;

    diagnostics_begin(&diagnostics, path);
    int status = graph_load(&graph, path, &diagnostics);
    for (size_t index = 0; index < diagnostics.count; index++) {
        got = arena_print(&arena, "%s%s\n", got, diagnostics.messages[index].text);
        error = error || diagnostics.messages[index].severity == SEVERITY_ERROR;
    }
    char *expected_path = arena_print(&arena, "%.*s.err", (int)(strlen(path) - strlen(".nir")), path);
    char *expected = read_text(expected_path);
    cr_assert(expected, "%s is missing", expected_path);
    cr_expect_str_eq(got, expected, "%s: got\n%sexpected\n%s", path, got, expected);
    cr_expect_eq(status, error ? -1 : 0, "%s: status %d", path, status);
    cr_expect_eq(diagnostics.failed, error);
    free(expected);
    diagnostics_free(&diagnostics);
    arena_free(&arena);
}

Test(golden, messages)
{
    glob_t found;

    cr_assert_eq(glob("tests/golden/*.nir", 0, NULL, &found), 0, "run from the project's root");
    cr_assert_gt(found.gl_pathc, 12);
    for (size_t index = 0; index < found.gl_pathc; index++)
        check_golden(found.gl_pathv[index]);
    globfree(&found);
}

/* A file cut at any length must give an error or load, never crash. */
Test(golden, every_truncation)
{
    const char *path = temporary_path("cut.nir");
    FILE *source = fopen("tests/golden/odd_types.nir", "rb");
    static char bytes[1 << 16];

    cr_assert(source);
    size_t length = fread(bytes, 1, sizeof bytes, source);
    fclose(source);
    for (size_t cut = 0; cut < length; cut += 97) {
        struct arena arena = {0};
        struct graph graph = {.arena = &arena};
        struct diagnostics diagnostics;
        FILE *file = fopen(path, "wb");
        cr_assert(file);
        cr_assert_eq(fwrite(bytes, 1, cut, file), cut);
        fclose(file);
        diagnostics_begin(&diagnostics, path);
        cr_expect_eq(graph_load(&graph, path, &diagnostics), -1, "a file cut at byte %zu loads", cut);
        cr_expect_eq(diagnostics.count, 1);
        diagnostics_free(&diagnostics);
        arena_free(&arena);
    }
}
