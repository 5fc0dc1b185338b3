#include "train/trainer-front.h"
#include <string.h>

/* If the activations of all images need more memory, they are computed again in every epoch. */
static const gsize most_cached_bytes = (gsize)2 << 30;

gboolean leuko_trainer_make_front(LeukoTrainer *t, GError **error)
{
    guint c, h, w, n = leuko_dataset_n_records(t->training);
    const char *input = leuko_backprop_input(t->backprop, &c, &h, &w);
    if (strcmp(input, "input") == 0)
        return TRUE;
    const char *const *endpoints = leuko_net_endpoints();
    for (guint e = 0; endpoints[e + 1]; e++)
        if (strcmp(endpoints[e + 1], t->options->recipe.tune) == 0)
            t->front_endpoint = endpoints[e];
    LeukoNetSpec spec = t->start->spec;
    g_strlcpy(spec.endpoint, t->front_endpoint, sizeof spec.endpoint);
    g_autoptr(LeukoNet) net = leuko_net_new(&spec, error);
    LeukoProgramOptions o = {t->options->precision, t->batch, t->options->n_threads};
    const char *const kept[] = {t->front_endpoint, NULL};
    t->front =
        net ? leuko_state_take(leuko_program_new(net, t->start->params, &o, error), kept, error)
            : NULL;
    t->front_values = (gsize)c * h * w;
    if (!t->jitters && !t->mixed && n * t->front_values * sizeof(float) <= most_cached_bytes) {
        t->front_cache = g_new0(float *, n);
        t->front_batch = g_new(float, t->batch * t->front_values);
    }
    return t->front != NULL;
}

void leuko_trainer_clear_front(LeukoTrainer *t)
{
    for (guint i = 0; t->front_cache && i < leuko_dataset_n_records(t->training); i++)
        g_free(t->front_cache[i]);
    g_free(t->front_cache);
    g_free(t->front_batch);
    leuko_state_free(t->front);
}

static gboolean from_cache(LeukoTrainer *t, const guint *indices)
{
    for (guint i = 0; i < t->batch; i++)
        if (!t->front_cache[indices[i]])
            return FALSE;
    for (guint i = 0; i < t->batch; i++)
        memcpy(t->front_batch + i * t->front_values, t->front_cache[indices[i]],
               t->front_values * sizeof(float));
    return TRUE;
}

/* The activations (N, C, H, W) that the trained part reads; borrowed. NULL: error. */
static const float *run_front(LeukoTrainer *t, const float *x_nchw, const guint *indices,
                              GError **error)
{
    if (t->front_cache && from_cache(t, indices))
        return t->front_batch;
    if (!leuko_state_run(t->front, t->batch, x_nchw, error))
        return NULL;
    const float *out = leuko_state_kept(t->front, t->front_endpoint);
    for (guint i = 0; t->front_cache && i < t->batch; i++)
        if (!t->front_cache[indices[i]])
            t->front_cache[indices[i]] =
                g_memdup2(out + i * t->front_values, t->front_values * sizeof(float));
    return out;
}

gboolean leuko_trainer_forward(LeukoTrainer *t, const float *x, const guint *indices,
                               gboolean dropout, double *loss, GError **error)
{
    if (t->front)
        x = run_front(t, x, indices, error);
    LeukoBackpropBatch b = {x, t->targets, t->weights, dropout ? t->keys : NULL};
    return x && leuko_backprop_forward(t->backprop, &b, loss, error);
}
