/* Logits of a foreign classifier, for comparison with its own program:
 *   foreign-logits FILE BATCH.safetensors OUT.safetensors [other-pooling]
 * BATCH holds x (N, 3, S, S) in [-1, 1]; OUT "logits" (N, K). FILE is read by
 * leuko_model_load_any(); other-pooling runs it with the convention that is not its own. */
#include "engine/state.h"
#include "formats/model-file.h"
#include "formats/model.h"
#include "formats/safetensors.h"
#include <stdio.h>
#include <string.h>

static gboolean run(int argc, char **argv, GError **error)
{
    g_autoptr(LeukoSafetensors) file = leuko_safetensors_open(argv[2], error);
    g_autoptr(LeukoParams) batch = file ? leuko_safetensors_params(file, error) : NULL;
    g_autoptr(LeukoModel) model = batch ? leuko_model_load_any(argv[1], error) : NULL;
    if (!model)
        return FALSE;
    const LeukoTensor *x = leuko_params_find(batch, "x");
    if (argc > 4)
        model->spec.pool_includes_padding = !model->spec.pool_includes_padding;
    LeukoProgramOptions o = {.precision = LEUKO_FP32, .batch = (guint)x->dims[0], .n_threads = 2};
    g_autoptr(LeukoNet) net = leuko_net_new(&model->spec, error);
    g_autoptr(LeukoState) state =
        net ? leuko_state_take(leuko_program_new(net, model->params, &o, error), NULL, error)
            : NULL;
    if (!state || !leuko_state_run(state, o.batch, x->data, error))
        return FALSE;
    g_autoptr(LeukoParams) out = leuko_params_new();
    const gsize dims[] = {x->dims[0], model->spec.n_classes};
    float *logits;
    if (!leuko_params_add(out, "logits", 2, dims, &logits, error))
        return FALSE;
    memcpy(logits, leuko_state_logits(state), dims[0] * dims[1] * sizeof *logits);
    return leuko_safetensors_save(out, NULL, argv[3], error);
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    if (argc >= 4 && run(argc, argv, &error))
        return 0;
    fprintf(stderr, "foreign-logits: %s\n", error ? error->message : "three arguments");
    return 1;
}
