/* Each NIR primitive, and each form of graph, on the integer model: exact where the table says so, within its bounds
 * elsewhere, refused with a reason where it must be. The judges are the float oracle and outputs that independent
 * implementations computed (tests/micro). That the Verilog does what the integer model does: test_lockstep.c. */
#include "primitives.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

static void check_bound(const struct primitive_form *form, unsigned bits, const char *what, double measured,
                        double bound)
{
    cr_expect(100 * measured <= bound + 1e-9, "%s, %s (%s), %u bits: %s %.6g %%, bound %g %%", form->primitive,
              form->form, form->network, bits, what, 100 * measured, bound);
}

static void check_form(const struct primitive_form *form, unsigned bits)
{
    const struct bounds *bounds = &form->bounds[bits == 4];
    char error[FIDELITY_ERROR_BYTES];
    struct fidelity fidelity;
    int status = primitive_measure(&fidelity, form, bits, error);

    if (form->verdict == FORM_REFUSED) {
        cr_expect(status != 0 && strstr(error, form->error), "%s (%s): %s", form->form, form->network,
                  status ? error : "compiled");
        return;
    }
    cr_assert_eq(status, 0, "%s: %s", form->network, error);
    cr_assert_gt(fidelity.activity, 10, "%s is silent", form->network);
    if (form->verdict == FORM_EXACT) {
        cr_expect(fidelity_exact(&fidelity), "%s, %s (%s), %u bits: %.3g %% of spikes, values %.3g %%, v %.3g %%",
                  form->primitive, form->form, form->network, bits, 100 * fidelity.spikes_different,
                  100 * fidelity.value_error, 100 * fidelity.state_error);
        return;
    }
    check_bound(form, bits, "different spikes", fidelity.spikes_different, bounds->spikes);
    check_bound(form, bits, "largest error of a value", fidelity.value_error, bounds->value);
    check_bound(form, bits, "root mean square error of values", fidelity.value_rms, bounds->rms);
    check_bound(form, bits, "largest error of v", fidelity.state_error, bounds->state);
}

Test(primitives, eight_bits)
{
    for (size_t index = 0; index < primitive_form_count; index++)
        check_form(&primitive_forms[index], 8);
}

Test(primitives, four_bits)
{
    for (size_t index = 0; index < primitive_form_count; index++)
        check_form(&primitive_forms[index], 4);
}

static bool listed(const char *path)
{
    char wanted[256];

    for (size_t index = 0; index < primitive_form_count; index++) {
        snprintf(wanted, sizeof wanted, "%s/%s.nir", primitive_folder(&primitive_forms[index]),
                 primitive_forms[index].network);
        if (strcmp(path, wanted) == 0)
            return true;
    }
    return false;
}

Test(primitives, no_network_is_left_out)
{
    glob_t found;

    cr_assert_eq(glob("tests/micro/*.nir", 0, NULL, &found), 0);
    for (size_t index = 0; index < found.gl_pathc; index++)
        cr_expect(listed(found.gl_pathv[index]), "%s", found.gl_pathv[index]);
    globfree(&found);
}

/* The node types of NIR, and the forms of graphs that make a difference. */
Test(primitives, no_primitive_is_left_out)
{
    static const char *const names[] = {
        "Input", "Output", "NIRGraph", "Affine", "Linear", "Scale", "Conv1d", "Conv2d", "SumPool2d", "AvgPool2d",
        "Flatten", "Delay", "Threshold", "I", "IF", "LI", "LIF", "CubaLI", "CubaLIF", "recurrence", "skip connection",
        "graded values", "Input to Output", "duplicate edges"};

    for (size_t name = 0; name < sizeof names / sizeof names[0]; name++) {
        bool found = false;
        for (size_t index = 0; index < primitive_form_count; index++)
            found = found || strcmp(primitive_forms[index].primitive, names[name]) == 0;
        cr_expect(found, "%s", names[name]);
    }
}
