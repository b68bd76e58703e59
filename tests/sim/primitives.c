/* The table of primitives and its bounds (primitives.h). Bounds are what was measured, rounded up to two digits: on the
 * integer model, without calibration, beside the float oracle and the .expected.h5 of each network. */
#include "primitives.h"

#include <stdio.h>

const struct primitive_form primitive_forms[] = {
    {.primitive = "Input", .form = "spikes", .network = "input_output"},
    {.primitive = "Input", .form = "values",
     .network = "lif_direct_current", .verdict = FORM_APPROXIMATE, .bounds = {{0, 0, 0, 0.13}, {0, 0, 0, 0.13}}},
    {.primitive = "Output", .form = "spikes", .network = "if_exact_tie"},
    {.primitive = "Output", .form = "values", .network = "avgpool_k2"},
    {.primitive = "Output", .form = "several Inputs and Outputs",
     .network = "two_in_two_out", .verdict = FORM_APPROXIMATE, .bounds = {{0.47, 0, 0, 1.6}, {4.1, 0, 0, 17}}},
    {.primitive = "NIRGraph", .form = "a graph in a graph in a graph",
     .network = "nested_twice", .verdict = FORM_APPROXIMATE, .bounds = {{0, 0, 0, 1.7}, {3.6, 0, 0, 25}}},
    {.primitive = "Affine", .form = "multiples of one number", .network = "affine_eighths"},
    {.primitive = "Affine", .form = "any weights",
     .network = "affine", .verdict = FORM_APPROXIMATE, .bounds = {{0, 0.29, 0.089, 0}, {0, 4.8, 1.5, 0}}},
    {.primitive = "Linear", .form = "multiples of one number", .network = "duplicate_edges"},
    {.primitive = "Linear", .form = "any weights",
     .network = "linear", .verdict = FORM_APPROXIMATE, .bounds = {{0, 0.48, 0.16, 0}, {0, 11, 3.2, 0}}},
    {.primitive = "Scale", .form = "of values",
     .network = "scale", .verdict = FORM_APPROXIMATE, .bounds = {{0, 0.27, 0.047, 0}, {0, 0.27, 0.047, 0}}},
    {.primitive = "Conv1d", .form = "stride 2, padding 1, dilation 2",
     .network = "conv1d_s2p1d2", .verdict = FORM_APPROXIMATE, .bounds = {{0, 0.57, 0.14, 0}, {0, 8.5, 2.5, 0}}},
    {.primitive = "Conv1d", .form = "padding `same`, even kernel",
     .network = "conv1d_same", .verdict = FORM_APPROXIMATE, .bounds = {{0, 0.35, 0.095, 0}, {0, 4.3, 1.4, 0}}},
    {.primitive = "Conv1d", .form = "2 groups",
     .network = "conv1d_groups2", .verdict = FORM_APPROXIMATE, .bounds = {{0, 0.57, 0.13, 0}, {0, 9.5, 2.1, 0}}},
    {.primitive = "Conv2d", .form = "multiples of one number", .network = "if_channels"},
    {.primitive = "Conv2d", .form = "stride 2, padding 1",
     .network = "conv2d_s2p1", .verdict = FORM_APPROXIMATE, .bounds = {{0, 0.49, 0.11, 0}, {0, 7.6, 1.9, 0}}},
    {.primitive = "Conv2d", .form = "kernel, stride, padding and dilation differ by axis",
     .network = "conv2d_rect", .verdict = FORM_APPROXIMATE, .bounds = {{0, 0.71, 0.17, 0}, {0, 9.1, 2.2, 0}}},
    {.primitive = "Conv2d", .form = "padding `same`",
     .network = "conv2d_same", .verdict = FORM_APPROXIMATE, .bounds = {{0, 0.86, 0.21, 0}, {0, 15, 3.4, 0}}},
    {.primitive = "Conv2d", .form = "padding `valid`",
     .network = "conv2d_valid", .verdict = FORM_APPROXIMATE, .bounds = {{0, 0.48, 0.13, 0}, {0, 7.7, 2.3, 0}}},
    {.primitive = "Conv2d", .form = "depthwise",
     .network = "conv2d_depthwise", .verdict = FORM_APPROXIMATE, .bounds = {{0, 0.51, 0.12, 0}, {0, 8.3, 2.1, 0}}},
    {.primitive = "SumPool2d", .form = "2 x 2", .network = "sumpool_k2"},
    {.primitive = "SumPool2d", .form = "3 x 3, stride 2, padding 1", .network = "sumpool_k3s2p1"},
    {.primitive = "AvgPool2d", .form = "2 x 2", .network = "avgpool_k2"},
    {.primitive = "AvgPool2d", .form = "3 x 3, stride 2, padding 1", .network = "avgpool_k3s2p1"},
    {.primitive = "Flatten", .form = "three axes, into Linear",
     .network = "flatten", .verdict = FORM_APPROXIMATE, .bounds = {{0, 0.75, 0.22, 0}, {0, 11, 3.4, 0}}},
    {.primitive = "Delay", .form = "one a neuron, whole steps", .network = "delay"},
    {.primitive = "Delay", .form = "one a neuron, rounded to steps", .network = "delay_frac"},
    {.primitive = "Delay", .form = "between two LIF",
     .network = "lif_delay_lif", .verdict = FORM_APPROXIMATE, .bounds = {{0, 0, 0, 2}, {12, 0, 0, 21}}},
    {.primitive = "Delay", .form = "beyond 4000 steps",
     .network = "delay_long", .verdict = FORM_REFUSED,
     .error = "the array keeps 0 to 4000"},
    {.primitive = "Threshold", .form = "one a neuron, values", .network = "threshold"},
    {.primitive = "Threshold", .form = "of a CubaLI's values",
     .network = "two_in_two_out", .verdict = FORM_APPROXIMATE, .bounds = {{0.47, 0, 0, 1.6}, {4.1, 0, 0, 17}}},
    {.primitive = "I", .form = "parameters a neuron",
     .network = "i", .verdict = FORM_APPROXIMATE, .bounds = {{0, 0.33, 0.12, 0.33}, {0, 3.8, 1.3, 3.8}}},
    {.primitive = "IF", .form = "ties between v and threshold", .network = "if_exact_tie"},
    {.primitive = "IF", .form = "parameters a channel", .network = "if_channels"},
    {.primitive = "IF", .form = "parameters a neuron",
     .network = "if", .verdict = FORM_APPROXIMATE, .bounds = {{1.4, 0, 0, 8.6}, {14, 0, 0, 20}}},
    {.primitive = "LI", .form = "parameters a neuron",
     .network = "li", .verdict = FORM_APPROXIMATE, .bounds = {{0, 0.85, 0.27, 0.85}, {0, 21, 8.2, 21}}},
    {.primitive = "LIF", .form = "parameters without a shape",
     .network = "lif_scalar", .verdict = FORM_APPROXIMATE, .bounds = {{0.5, 0, 0, 4.7}, {1.5, 0, 0, 55}}},
    {.primitive = "LIF", .form = "the same parameters for all",
     .network = "lif_hom", .verdict = FORM_APPROXIMATE, .bounds = {{0.32, 0, 0, 5.8}, {6.5, 0, 0, 30}}},
    {.primitive = "LIF", .form = "parameters a neuron, behind an Affine",
     .network = "lif", .verdict = FORM_APPROXIMATE, .bounds = {{0.63, 0, 0, 3.2}, {7.5, 0, 0, 17}}},
    {.primitive = "LIF", .form = "values as current",
     .network = "lif_direct_current", .verdict = FORM_APPROXIMATE, .bounds = {{0, 0, 0, 0.13}, {0, 0, 0, 0.13}}},
    {.primitive = "LIF", .form = "tau below dt",
     .network = "lif_fast", .verdict = FORM_REFUSED,
     .error = "the array needs dt/tau <= 1"},
    {.primitive = "CubaLI", .form = "parameters a neuron",
     .network = "cubali", .verdict = FORM_APPROXIMATE, .bounds = {{0, 2.9, 0.82, 2.9}, {0, 5.3, 2.3, 5.3}}},
    {.primitive = "CubaLI", .form = "the same, `--cuba-order old`", .cuba_old = true,
     .network = "cubali", .verdict = FORM_APPROXIMATE, .bounds = {{0, 2.8, 0.79, 2.8}, {0, 5.2, 2.2, 5.2}}},
    {.primitive = "CubaLIF", .form = "parameters a neuron, behind an Affine",
     .network = "cubalif", .verdict = FORM_APPROXIMATE, .bounds = {{1.5, 0, 0, 30}, {12, 0, 0, 40}}},
    {.primitive = "CubaLIF", .form = "the same, `--cuba-order old`", .cuba_old = true,
     .network = "cubalif", .verdict = FORM_APPROXIMATE, .bounds = {{1.5, 0, 0, 30}, {12, 0, 0, 40}}},
    {.primitive = "recurrence", .form = "an edge from a neuron to itself", .network = "rec_self"},
    {.primitive = "recurrence", .form = "through an Affine with bias",
     .network = "rec_affine_bias", .verdict = FORM_APPROXIMATE, .bounds = {{1.5, 0, 0, 2.8}, {16, 0, 0, 20}}},
    {.primitive = "recurrence", .form = "two populations in a cycle",
     .network = "rec_two_pop_loop", .verdict = FORM_APPROXIMATE, .bounds = {{0.38, 0, 0, 3}, {11, 0, 0, 35}}},
    {.primitive = "recurrence", .form = "values: an LI through a Linear",
     .network = "rec_li_loop", .verdict = FORM_APPROXIMATE, .bounds = {{0, 18, 7.6, 18}, {0, 65, 21, 65}}},
    {.primitive = "recurrence", .form = "in a nested graph",
     .network = "rec_nested", .verdict = FORM_APPROXIMATE, .bounds = {{0, 0, 0, 2.2}, {8.8, 0, 0, 32}}},
    {.primitive = "recurrence", .form = "no node with state in the cycle",
     .folder = "tests/golden", .network = "cycle_without_state", .verdict = FORM_REFUSED,
     .error = "a cycle has no neuron with state"},
    {.primitive = "skip connection", .form = "two paths into one LIF",
     .network = "skip_sum_same_lif", .verdict = FORM_APPROXIMATE, .bounds = {{0, 0, 0, 1.5}, {4.6, 0, 0, 24}}},
    {.primitive = "skip connection", .form = "past a LIF, into an LI",
     .network = "skip_identity", .verdict = FORM_APPROXIMATE, .bounds = {{0, 13, 2.3, 2.1}, {0, 18, 4.6, 22}}},
    {.primitive = "graded values", .form = "LI into Linear into LIF",
     .network = "li_into_lif", .verdict = FORM_APPROXIMATE, .bounds = {{1.4, 0, 0, 18}, {6.5, 0, 0, 62}}},
    {.primitive = "graded values", .form = "CubaLI into Threshold, `--cuba-order old`", .cuba_old = true,
     .network = "two_in_two_out", .verdict = FORM_APPROXIMATE, .bounds = {{0.42, 0, 0, 1.6}, {4, 0, 0, 17}}},
    {.primitive = "Input to Output", .form = "an edge", .network = "input_output"},
    {.primitive = "duplicate edges", .form = "count twice", .network = "duplicate_edges"},
};

const size_t primitive_form_count = sizeof primitive_forms / sizeof primitive_forms[0];

const char *primitive_folder(const struct primitive_form *form)
{
    return form->folder ? form->folder : "tests/micro";
}

int primitive_measure(struct fidelity *fidelity, const struct primitive_form *form, unsigned weight_bits, char *error)
{
    char paths[3][256];
    const char *folder = primitive_folder(form);
    bool refused = form->verdict == FORM_REFUSED;

    snprintf(paths[0], sizeof paths[0], "%s/%s.nir", folder, form->network);
    snprintf(paths[1], sizeof paths[1], "%s/%s.h5", folder, form->network);
    snprintf(paths[2], sizeof paths[2], "%s/%s.%s.h5", folder, form->network,
             form->cuba_old ? "cuba_old" : "expected");
    struct fidelity_run run = {.network = paths[0],
                               .samples = refused ? NULL : paths[1],
                               .expected = refused ? NULL : paths[2],
                               .board = "icebreaker",
                               .weight_bits = weight_bits,
                               .cuba_old = form->cuba_old};
    return fidelity_measure(fidelity, &run, error);
}
