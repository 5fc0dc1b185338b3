#include "small-model.h"
#include "network-reference.h"

LeukoModel *small_model(void)
{
    LeukoNetSpec spec = {
        .side_px = SMALL_MODEL_SIDE, .depth_multiplier = 0.25, .n_classes = SMALL_MODEL_K};
    g_strlcpy(spec.endpoint, "Mixed_5c", sizeof spec.endpoint);
    g_autoptr(LeukoNet) net = leuko_net_new(&spec, NULL);
    LeukoModel *m = leuko_model_new(&spec);
    m->params = reference_params(net, 3);
    m->preprocess = leuko_preprocess_default(SMALL_MODEL_SIDE);
    m->classes = g_strsplit("blast,lymphocyte,monocyte", ",", -1);
    m->temperature = 1.5;
    return m;
}

LeukoGate *small_gate(guint n)
{
    LeukoGate *gate = g_new0(LeukoGate, 1);
    gate->n = n;
    gate->records = g_new(guint, n);
    gate->labels = g_new(gint, n);
    for (guint i = 0; i < n; i++) {
        gate->records[i] = i;
        gate->labels[i] = i % 3 == 0;
    }
    return gate;
}
