#include "train/head-model.h"

static gboolean add_head(LeukoParams *to, const LeukoHead *head, const LeukoLayer *layer,
                         GError **error)
{
    gsize shape[] = {1, 1, head->n_features, head->n_classes}, n_biases = head->n_classes;
    g_autofree gchar *weights = leuko_param_name(layer, "weights");
    g_autofree gchar *biases = leuko_param_name(layer, "biases");
    float *w, *b;
    if (!leuko_params_add(to, weights, 4, shape, &w, error) ||
        !leuko_params_add(to, biases, 1, &n_biases, &b, error))
        return FALSE;
    leuko_head_fold(head, w, b);
    return TRUE;
}

LeukoModel *leuko_head_model_new(const LeukoStart *start, const LeukoHead *head,
                                 const gchar *const *classes, gint positive, GError **error)
{
    LeukoNetSpec spec = start->spec;
    spec.n_classes = head->n_classes;
    g_autoptr(LeukoNet) net = leuko_net_new(&spec, error);
    if (!net)
        return NULL;
    g_autoptr(LeukoModel) m = leuko_model_new(&spec);
    m->params = leuko_params_new();
    m->preprocess = start->preprocess;
    m->classes = g_strdupv((GStrv)classes);
    m->positive = positive;
    gint logits = leuko_net_find(net, LEUKO_HEAD_LAYER);
    g_assert(logits >= 0);
    for (guint i = 0; i < leuko_net_n_layers(net); i++)
        if (i != (guint)logits &&
            !leuko_params_copy_layer(m->params, start->params, leuko_net_layer(net, i), error))
            return NULL;
    if (!add_head(m->params, head, leuko_net_layer(net, (guint)logits), error) ||
        !leuko_params_check(m->params, net, start->weights, error))
        return NULL;
    return g_steal_pointer(&m);
}

LeukoHead *leuko_head_model_head(const LeukoModel *model)
{
    const LeukoTensor *w = leuko_params_find(model->params, LEUKO_HEAD_WEIGHTS);
    const LeukoTensor *b = leuko_params_find(model->params, LEUKO_HEAD_BIASES);
    guint K = model->spec.n_classes, C = (guint)w->dims[2];
    LeukoHead *h = leuko_head_new(C, K);
    for (guint c = 0; c < C; c++) {
        h->inv_sd[c] = 1.0;
        for (guint k = 0; k < K; k++)
            h->w[(gsize)k * C + c] = (double)w->data[(gsize)c * K + k];
    }
    for (guint k = 0; k < K; k++)
        h->b[k] = (double)b->data[k];
    return h;
}
