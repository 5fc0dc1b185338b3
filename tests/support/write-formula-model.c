/* usage: write-formula-model OUT.safetensors SIDE
 * Writes Inception V3 for images of SIDE pixels with the weights of formula_params(): the same
 * classifier on every machine, without training. */
#include "formats/model-file.h"
#include "formula.h"
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    LeukoNetSpec spec = leuko_net_spec_default();
    if (argc != 3) {
        fputs("usage: write-formula-model OUT.safetensors SIDE\n", stderr);
        return 2;
    }
    spec.n_classes = 3;
    spec.side_px = (guint)atoi(argv[2]);
    g_autoptr(LeukoNet) net = leuko_net_new(&spec, &error);
    g_autoptr(LeukoModel) model = leuko_model_new(&spec);
    if (net) {
        model->params = formula_params(net);
        model->preprocess = leuko_preprocess_default(spec.side_px);
        model->classes = g_strsplit("blast,lymphocyte,monocyte", ",", -1);
    }
    if (net && leuko_model_save(model, argv[1], &error))
        return 0;
    fprintf(stderr, "write-formula-model: %s\n", error->message);
    return 1;
}
