#include "small-model.h"
#include "network-reference.h"

static LeukoModel *model_of(const char *classes)
{
    g_auto(GStrv) names = g_strsplit(classes, ",", -1);
    LeukoNetSpec spec = {
        .side_px = SMALL_MODEL_SIDE, .depth_multiplier = 0.25, .n_classes = g_strv_length(names)};
    g_strlcpy(spec.endpoint, "Mixed_5c", sizeof spec.endpoint);
    g_autoptr(LeukoNet) net = leuko_net_new(&spec, NULL);
    LeukoModel *m = leuko_model_new(&spec);
    m->params = reference_params(net, 3);
    m->preprocess = leuko_preprocess_default(SMALL_MODEL_SIDE);
    m->classes = g_steal_pointer(&names);
    m->temperature = 1.5;
    return m;
}

LeukoModel *small_model(void) { return model_of("blast,lymphocyte,monocyte"); }

LeukoModel *small_binary_model(void)
{
    LeukoModel *m = model_of("other,blast");
    m->positive = 1;
    m->threshold = 0.5;
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
