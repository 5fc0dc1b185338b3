/* Converts trained parameters between slim's and oneDNN's layouts. */
#include "engine/backprop-parts.h"
#include "engine/backprop.h"
#include "leuko/error.h"
#include <string.h>

/* --- parameters ------------------------------------------------------------------------------- */

static gint add_parameter(LeukoBackprop *t, const LeukoOp *op, const char *what, gsize n)
{
    g_autoptr(GString) name = g_string_new(NULL);
    for (guint m = 0; m < op->n_members; m++)
        g_string_append_printf(name, "%s%s", m > 0 ? "+" : "",
                               leuko_net_layer(t->net, op->members[m].layer)->name);
    gboolean head =
        !leuko_backprop_layer(t, op)->batch_norm || leuko_layer_is_aux(leuko_backprop_layer(t, op));
    LeukoBackpropParameter parameter = {
        .name = g_strdup_printf("%s/%s", name->str, what),
        .n = n,
        .values = GSIZE_TO_POINTER(t->n_flat), /* an offset until memory is allocated */
        .is_weights = strcmp(what, "weights") == 0,
        .is_head = head};
    t->n_flat += (n + 15) / 16 * 16;
    g_array_append_val(t->parameters, parameter);
    return (gint)t->parameters->len - 1;
}

void leuko_backprop_add_parameters(LeukoBackprop *t)
{
    for (guint i = 0; i < t->graph->n_ops; i++) {
        const LeukoOp *op = &t->graph->ops[i];
        LeukoOpPrimitives *s = &t->ops[i];
        if (op->kind != LEUKO_OP_CONV)
            continue;
        s->weights =
            add_parameter(t, op, "weights", dnnl_memory_desc_get_size(s->master) / sizeof(float));
        s->beta = add_parameter(t, op, s->batch_norm ? "beta" : "biases", op->n_raw);
        s->gamma = s->gamma_trained ? add_parameter(t, op, "gamma", op->n_raw) : -1;
    }
}

guint leuko_backprop_n_parameters(const LeukoBackprop *t) { return t->parameters->len; }

const LeukoBackpropParameter *leuko_backprop_parameter(const LeukoBackprop *t, guint index)
{
    g_assert(index < t->parameters->len);
    return &g_array_index(t->parameters, LeukoBackpropParameter, index);
}

/* --- one member's vectors and weights -------------------------------------------------------- */

static const LeukoTensor *find(const LeukoBackprop *t, const LeukoParams *params, guint layer,
                               const char *variable)
{
    g_autofree gchar *name = leuko_param_name(leuko_net_layer(t->net, layer), variable);
    return leuko_params_find(params, name);
}

static void import_vector(const LeukoBackprop *t, const LeukoParams *params, const LeukoOpMember *m,
                          const char *variable, float *to)
{
    const LeukoTensor *v = find(t, params, m->layer, variable);
    if (v)
        memcpy(to + m->first, v->data, v->n_values * sizeof(float));
}

/* Maps a member's weights (kh, kw, ic, oc) to its operation's plain weights (oc, ic, kh, kw). */
typedef struct {
    const guint *source;
    guint first, n_source, kh, kw, ic, oc;
} WeightMap;

static WeightMap weight_map(const LeukoBackprop *t, const LeukoOp *op, const LeukoOpMember *m)
{
    const LeukoLayer *l = leuko_net_layer(t->net, m->layer);
    return (WeightMap){t->graph->channel[op->source_layer],
                       m->first,
                       t->graph->values[op->source].channels,
                       l->kernel_h,
                       l->kernel_w,
                       l->in_channels,
                       l->out_channels};
}

static gsize plain_at(const WeightMap *w, guint o, guint i, guint y, guint x)
{
    return (((gsize)(w->first + o) * w->n_source + w->source[i]) * w->kh + y) * w->kw + x;
}

static void weights_between(const WeightMap *w, float *hwio, float *plain, gboolean to_plain)
{
    gsize at = 0;
    for (guint y = 0; y < w->kh; y++)
        for (guint x = 0; x < w->kw; x++)
            for (guint i = 0; i < w->ic; i++)
                for (guint o = 0; o < w->oc; o++, at++) {
                    gsize to = plain_at(w, o, i, y, x);
                    if (to_plain)
                        plain[to] = hwio[at];
                    else
                        hwio[at] = plain[to];
                }
}

/* The descriptor of an operation's plain weights; n is their number. */
static LeukoMemoryDesc plain_desc(const LeukoBackprop *t, const LeukoOp *op, gsize *n)
{
    const LeukoLayer *l = leuko_backprop_layer(t, op);
    const dnnl_dim_t dims[] = {op->n_raw, t->graph->values[op->source].channels, l->kernel_h,
                               l->kernel_w};
    *n = (gsize)(dims[0] * dims[1] * dims[2] * dims[3]);
    return leuko_dnnl_desc(4, dims, dnnl_f32, dnnl_oihw);
}

/* --- import ----------------------------------------------------------------------------------- */

static gboolean import_weights(LeukoBackprop *t, guint i, const LeukoParams *params, GError **error)
{
    const LeukoOp *op = &t->graph->ops[i];
    const LeukoOpPrimitives *s = &t->ops[i];
    gsize n;
    LeukoMemoryDesc md = plain_desc(t, op, &n);
    float *plain = leuko_dnnl_alloc(n * sizeof(float), error);
    if (!plain)
        return FALSE;
    for (guint m = 0; m < op->n_members; m++) {
        WeightMap w = weight_map(t, op, &op->members[m]);
        const LeukoTensor *v = find(t, params, op->members[m].layer, "weights");
        weights_between(&w, (float *)v->data, plain, TRUE);
    }
    gboolean ok = leuko_dnnl_convert(t->stream, md, plain, s->master,
                                     leuko_backprop_parameter(t, (guint)s->weights)->values, error);
    leuko_dnnl_free(plain);
    return ok;
}

gboolean leuko_backprop_import(LeukoBackprop *t, const LeukoParams *params, GError **error)
{
    for (guint i = 0; i < t->graph->n_ops; i++) {
        const LeukoOp *op = &t->graph->ops[i];
        const LeukoOpPrimitives *s = &t->ops[i];
        if (op->kind != LEUKO_OP_CONV)
            continue;
        float *gamma = leuko_backprop_vector(t, i, LEUKO_V_GAMMA);
        float *variance = leuko_backprop_vector(t, i, LEUKO_V_MOVING_VARIANCE);
        float *beta = leuko_backprop_parameter(t, (guint)s->beta)->values;
        for (guint c = 0; c < op->n_raw; c++)
            gamma[c] = variance[c] = 1;
        for (guint m = 0; m < op->n_members; m++) {
            const LeukoOpMember *member = &op->members[m];
            import_vector(t, params, member, s->batch_norm ? "BatchNorm/beta" : "biases", beta);
            import_vector(t, params, member, "BatchNorm/gamma", gamma);
            import_vector(t, params, member, "BatchNorm/moving_mean",
                          leuko_backprop_vector(t, i, LEUKO_V_MOVING_MEAN));
            import_vector(t, params, member, "BatchNorm/moving_variance", variance);
        }
        if (s->gamma >= 0)
            memcpy(leuko_backprop_parameter(t, (guint)s->gamma)->values, gamma,
                   op->n_raw * sizeof(float));
        if (!import_weights(t, i, params, error))
            return FALSE;
    }
    return TRUE;
}

/* --- export ----------------------------------------------------------------------------------- */

static gboolean export_vector(const LeukoBackprop *t, LeukoParams *params, const LeukoOpMember *m,
                              const char *variable, const float *from, GError **error)
{
    const LeukoLayer *l = leuko_net_layer(t->net, m->layer);
    g_autofree gchar *name = leuko_param_name(l, variable);
    gsize dims[] = {l->out_channels};
    float *to;
    if (!leuko_params_add(params, name, 1, dims, &to, error))
        return FALSE;
    memcpy(to, from + m->first, l->out_channels * sizeof(float));
    return TRUE;
}

static gboolean export_weights(const LeukoBackprop *t, guint i, const float *values,
                               LeukoParams *params, GError **error)
{
    const LeukoOp *op = &t->graph->ops[i];
    gsize n;
    LeukoMemoryDesc md = plain_desc(t, op, &n);
    float *plain = leuko_dnnl_alloc(n * sizeof(float), error);
    gboolean ok =
        plain && leuko_dnnl_convert(t->stream, t->ops[i].master, values, md, plain, error);
    for (guint m = 0; ok && m < op->n_members; m++) {
        WeightMap w = weight_map(t, op, &op->members[m]);
        g_autofree gchar *name =
            leuko_param_name(leuko_net_layer(t->net, op->members[m].layer), "weights");
        gsize dims[] = {w.kh, w.kw, w.ic, w.oc};
        float *hwio;
        ok = leuko_params_add(params, name, 4, dims, &hwio, error);
        if (ok)
            weights_between(&w, hwio, plain, FALSE);
    }
    leuko_dnnl_free(plain);
    return ok;
}

/* gradients TRUE: `values` are gradients; export no statistics, and gamma only if it is trained */
static gboolean export_op(const LeukoBackprop *t, guint i, const float *const *values,
                          gboolean gradients, LeukoParams *params, GError **error)
{
    const LeukoOp *op = &t->graph->ops[i];
    const LeukoOpPrimitives *s = &t->ops[i];
    const float *gamma =
        s->gamma >= 0 ? values[s->gamma] : leuko_backprop_vector(t, i, LEUKO_V_GAMMA);
    gboolean ok = export_weights(t, i, values[s->weights], params, error);
    for (guint m = 0; ok && m < op->n_members; m++) {
        const LeukoOpMember *member = &op->members[m];
        gboolean has_gamma =
            s->gamma >= 0 || (!gradients && find(t, params, member->layer, "BatchNorm/gamma"));
        ok = export_vector(t, params, member, s->batch_norm ? "BatchNorm/beta" : "biases",
                           values[s->beta], error) &&
             (!s->batch_norm || !has_gamma ||
              export_vector(t, params, member, "BatchNorm/gamma", gamma, error)) &&
             (!s->batch_norm || gradients ||
              (export_vector(t, params, member, "BatchNorm/moving_mean",
                             leuko_backprop_vector(t, i, LEUKO_V_MOVING_MEAN), error) &&
               export_vector(t, params, member, "BatchNorm/moving_variance",
                             leuko_backprop_vector(t, i, LEUKO_V_MOVING_VARIANCE), error)));
    }
    return ok;
}

gboolean leuko_backprop_export(const LeukoBackprop *t, const float *const *values,
                               LeukoParams *params, GError **error)
{
    g_autofree const float **own = g_new(const float *, t->parameters->len);
    for (guint k = 0; k < t->parameters->len; k++)
        own[k] = values ? values[k] : leuko_backprop_parameter(t, k)->values;
    for (guint i = 0; i < t->graph->n_ops; i++)
        if (t->graph->ops[i].kind == LEUKO_OP_CONV && !export_op(t, i, own, FALSE, params, error))
            return FALSE;
    return TRUE;
}

LeukoParams *leuko_backprop_gradients(const LeukoBackprop *t, GError **error)
{
    g_autoptr(LeukoParams) params = leuko_params_new();
    g_autofree const float **own = g_new(const float *, t->parameters->len);
    for (guint k = 0; k < t->parameters->len; k++)
        own[k] = leuko_backprop_parameter(t, k)->gradients;
    for (guint i = 0; i < t->graph->n_ops; i++)
        if (t->graph->ops[i].kind == LEUKO_OP_CONV && !export_op(t, i, own, TRUE, params, error))
            return NULL;
    return g_steal_pointer(&params);
}

/* --- statistics ------------------------------------------------------------------------------- */

static guint count_batch_norms(const LeukoBackprop *t, guint index, guint *op)
{
    guint n = 0;
    for (guint i = 0; i < t->graph->n_ops; i++)
        if (t->graph->ops[i].kind == LEUKO_OP_CONV && t->ops[i].batch_norm && n++ == index)
            *op = i;
    return n;
}

guint leuko_backprop_n_statistics(const LeukoBackprop *t)
{
    guint op;
    return 2 * count_batch_norms(t, G_MAXUINT, &op);
}

void leuko_backprop_statistics(LeukoBackprop *t, guint index, const char **name, gsize *n,
                               float **data)
{
    guint op = 0;
    count_batch_norms(t, index / 2, &op);
    *name = t->ops[op].statistic_names[index % 2];
    *n = t->graph->ops[op].n_raw;
    *data = leuko_backprop_vector(t, op, index % 2 ? LEUKO_V_MOVING_VARIANCE : LEUKO_V_MOVING_MEAN);
}
