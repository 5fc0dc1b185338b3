/* A training's parameters: slots in the plan's layouts, to and from slim's. */
#include "engine/training-internal.h"
#include "leuko/error.h"
#include <string.h>

/* --- slots ---------------------------------------------------------------------------------- */

static gint add_slot(LeukoTraining *t, const LeukoOp *op, const char *what, gsize n)
{
    g_autoptr(GString) name = g_string_new(NULL);
    for (guint m = 0; m < op->n_members; m++)
        g_string_append_printf(name, "%s%s", m > 0 ? "+" : "",
                               leuko_net_layer(t->net, op->members[m].layer)->name);
    gboolean head =
        !leuko_training_layer(t, op)->batch_norm || leuko_layer_is_aux(leuko_training_layer(t, op));
    LeukoTrainingSlot slot = {.name = g_strdup_printf("%s/%s", name->str, what),
                              .n = n,
                              .values =
                                  GSIZE_TO_POINTER(t->n_flat), /* an offset until there is memory */
                              .is_weights = strcmp(what, "weights") == 0,
                              .is_head = head};
    t->n_flat += (n + 15) / 16 * 16;
    g_array_append_val(t->slots, slot);
    return (gint)t->slots->len - 1;
}

void leuko_training_add_slots(LeukoTraining *t)
{
    for (guint i = 0; i < t->graph->n_ops; i++) {
        const LeukoOp *op = &t->graph->ops[i];
        LeukoOpState *s = &t->ops[i];
        if (op->kind != LEUKO_OP_CONV)
            continue;
        s->weights =
            add_slot(t, op, "weights", dnnl_memory_desc_get_size(&s->master) / sizeof(float));
        s->beta = add_slot(t, op, s->batch_norm ? "beta" : "biases", op->n_raw);
        s->gamma = s->learns_gamma ? add_slot(t, op, "gamma", op->n_raw) : -1;
    }
}

guint leuko_training_n_slots(const LeukoTraining *t) { return t->slots->len; }

const LeukoTrainingSlot *leuko_training_slot(const LeukoTraining *t, guint index)
{
    g_assert(index < t->slots->len);
    return &g_array_index(t->slots, LeukoTrainingSlot, index);
}

/* --- one member's vectors and weights -------------------------------------------------------- */

static const LeukoTensor *find(const LeukoTraining *t, const LeukoParams *params, guint layer,
                               const char *variable)
{
    g_autofree gchar *name = leuko_param_name(leuko_net_layer(t->net, layer), variable);
    return leuko_params_find(params, name);
}

static void import_vector(const LeukoTraining *t, const LeukoParams *params, const LeukoOpMember *m,
                          const char *variable, float *to)
{
    const LeukoTensor *v = find(t, params, m->layer, variable);
    if (v)
        memcpy(to + m->first, v->data, v->n_values * sizeof(float));
}

/* Where weight (kh, kw, ic, oc) of a member lies in its operation's plain (oc, ic, kh, kw). */
typedef struct {
    const guint *source;
    guint first, n_source, kh, kw, ic, oc;
} WeightMap;

static WeightMap weight_map(const LeukoTraining *t, const LeukoOp *op, const LeukoOpMember *m)
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
                    gsize there = plain_at(w, o, i, y, x);
                    if (to_plain)
                        plain[there] = hwio[at];
                    else
                        hwio[at] = plain[there];
                }
}

static gboolean plain_desc(const LeukoTraining *t, const LeukoOp *op, dnnl_memory_desc_t *md,
                           gsize *n, GError **error)
{
    const LeukoLayer *l = leuko_training_layer(t, op);
    const dnnl_dim_t dims[] = {op->n_raw, t->graph->values[op->source].channels, l->kernel_h,
                               l->kernel_w};
    *n = (gsize)(dims[0] * dims[1] * dims[2] * dims[3]);
    return leuko_dnnl_desc(md, 4, dims, dnnl_f32, dnnl_oihw, error);
}

/* --- in --------------------------------------------------------------------------------------- */

static gboolean import_weights(LeukoTraining *t, guint i, const LeukoParams *params, GError **error)
{
    const LeukoOp *op = &t->graph->ops[i];
    const LeukoOpState *s = &t->ops[i];
    dnnl_memory_desc_t md;
    gsize n;
    if (!plain_desc(t, op, &md, &n, error))
        return FALSE;
    float *plain = leuko_dnnl_alloc(n * sizeof(float), error);
    if (!plain)
        return FALSE;
    for (guint m = 0; m < op->n_members; m++) {
        WeightMap w = weight_map(t, op, &op->members[m]);
        const LeukoTensor *v = find(t, params, op->members[m].layer, "weights");
        weights_between(&w, (float *)v->data, plain, TRUE);
    }
    gboolean ok =
        leuko_dnnl_convert(t->stream, &md, plain, &s->master,
                           leuko_training_slot(t, (guint)s->weights)->values, NULL, error);
    leuko_dnnl_free(plain);
    return ok;
}

gboolean leuko_training_import(LeukoTraining *t, const LeukoParams *params, GError **error)
{
    for (guint i = 0; i < t->graph->n_ops; i++) {
        const LeukoOp *op = &t->graph->ops[i];
        const LeukoOpState *s = &t->ops[i];
        if (op->kind != LEUKO_OP_CONV)
            continue;
        float *gamma = leuko_training_vector(t, i, LEUKO_V_GAMMA);
        float *variance = leuko_training_vector(t, i, LEUKO_V_MOVING_VARIANCE);
        float *beta = leuko_training_slot(t, (guint)s->beta)->values;
        for (guint c = 0; c < op->n_raw; c++)
            gamma[c] = variance[c] = 1;
        for (guint m = 0; m < op->n_members; m++) {
            const LeukoOpMember *member = &op->members[m];
            import_vector(t, params, member, s->batch_norm ? "BatchNorm/beta" : "biases", beta);
            import_vector(t, params, member, "BatchNorm/gamma", gamma);
            import_vector(t, params, member, "BatchNorm/moving_mean",
                          leuko_training_vector(t, i, LEUKO_V_MOVING_MEAN));
            import_vector(t, params, member, "BatchNorm/moving_variance", variance);
        }
        if (s->gamma >= 0)
            memcpy(leuko_training_slot(t, (guint)s->gamma)->values, gamma,
                   op->n_raw * sizeof(float));
        if (!import_weights(t, i, params, error))
            return FALSE;
    }
    return TRUE;
}

/* --- out -------------------------------------------------------------------------------------- */

static gboolean export_vector(const LeukoTraining *t, LeukoParams *params, const LeukoOpMember *m,
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

static gboolean export_weights(const LeukoTraining *t, guint i, const float *values,
                               LeukoParams *params, GError **error)
{
    const LeukoOp *op = &t->graph->ops[i];
    dnnl_memory_desc_t md;
    gsize n;
    if (!plain_desc(t, op, &md, &n, error))
        return FALSE;
    float *plain = leuko_dnnl_alloc(n * sizeof(float), error);
    gboolean ok =
        plain && leuko_dnnl_convert(t->stream, &t->ops[i].master, values, &md, plain, NULL, error);
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

/* gradients: no statistics, and gamma only where it learns */
static gboolean export_op(const LeukoTraining *t, guint i, const float *const *values,
                          gboolean gradients, LeukoParams *params, GError **error)
{
    const LeukoOp *op = &t->graph->ops[i];
    const LeukoOpState *s = &t->ops[i];
    const float *gamma =
        s->gamma >= 0 ? values[s->gamma] : leuko_training_vector(t, i, LEUKO_V_GAMMA);
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
                             leuko_training_vector(t, i, LEUKO_V_MOVING_MEAN), error) &&
               export_vector(t, params, member, "BatchNorm/moving_variance",
                             leuko_training_vector(t, i, LEUKO_V_MOVING_VARIANCE), error)));
    }
    return ok;
}

gboolean leuko_training_export(const LeukoTraining *t, const float *const *values,
                               LeukoParams *params, GError **error)
{
    g_autofree const float **own = g_new(const float *, t->slots->len);
    for (guint k = 0; k < t->slots->len; k++)
        own[k] = values ? values[k] : leuko_training_slot(t, k)->values;
    for (guint i = 0; i < t->graph->n_ops; i++)
        if (t->graph->ops[i].kind == LEUKO_OP_CONV && !export_op(t, i, own, FALSE, params, error))
            return FALSE;
    return TRUE;
}

LeukoParams *leuko_training_gradients(const LeukoTraining *t, GError **error)
{
    g_autoptr(LeukoParams) params = leuko_params_new();
    g_autofree const float **own = g_new(const float *, t->slots->len);
    for (guint k = 0; k < t->slots->len; k++)
        own[k] = leuko_training_slot(t, k)->gradients;
    for (guint i = 0; i < t->graph->n_ops; i++)
        if (t->graph->ops[i].kind == LEUKO_OP_CONV && !export_op(t, i, own, TRUE, params, error))
            return NULL;
    return g_steal_pointer(&params);
}

/* --- statistics -------------------------------------------------------------------------------- */

static guint count_batch_norms(const LeukoTraining *t, guint index, guint *op)
{
    guint n = 0;
    for (guint i = 0; i < t->graph->n_ops; i++)
        if (t->graph->ops[i].kind == LEUKO_OP_CONV && t->ops[i].batch_norm && n++ == index)
            *op = i;
    return n;
}

guint leuko_training_n_statistics(const LeukoTraining *t)
{
    guint op;
    return 2 * count_batch_norms(t, G_MAXUINT, &op);
}

void leuko_training_statistics(LeukoTraining *t, guint index, const char **name, gsize *n,
                               float **data)
{
    guint op = 0;
    count_batch_norms(t, index / 2, &op);
    *name = t->ops[op].statistic_names[index % 2];
    *n = t->graph->ops[op].n_raw;
    *data = leuko_training_vector(t, op, index % 2 ? LEUKO_V_MOVING_VARIANCE : LEUKO_V_MOVING_MEAN);
}
