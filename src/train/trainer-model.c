#include "train/trainer-model.h"
#include "base/json.h"
#include "train/head-model.h"
#include "train/provenance.h"
#include "train/trainer-batches.h"
#include "train/trainer-front.h"
#include <math.h>
#include <string.h>

/* Number of batches for the estimate of the batch norm statistics. */
#define ESTIMATE_BATCHES 32

/* --- averages and statistics ------------------------------------------------------------------ */

/* saved NULL: return a copy of all values and statistics, g_free. Else restore them from
 * `saved`. */
static float *copy_state(LeukoTrainer *t, float *saved)
{
    gsize at = 0, n = 0;
    const char *name;
    float *data;
    guint n_parameters = leuko_backprop_n_parameters(t->backprop),
          n_all = n_parameters + leuko_backprop_n_statistics(t->backprop);
    gboolean back = saved != NULL;
    for (guint pass = back ? 1 : 0; pass < 2; pass++) {
        at = 0;
        for (guint i = 0; i < n_all; i++) {
            if (i < n_parameters) {
                n = leuko_backprop_parameter(t->backprop, i)->n;
                data = leuko_backprop_parameter(t->backprop, i)->values;
            } else {
                leuko_backprop_statistics(t->backprop, i - n_parameters, &name, &n, &data);
            }
            if (pass == 1)
                memcpy(back ? data : saved + at, back ? saved + at : data, n * sizeof(float));
            at += n;
        }
        if (pass == 0)
            saved = g_new(float, at);
    }
    return saved;
}

static void take_averages(LeukoTrainer *t)
{
    for (guint i = 0; i < leuko_backprop_n_parameters(t->backprop); i++) {
        const LeukoBackpropParameter *s = leuko_backprop_parameter(t->backprop, i);
        const float *average = leuko_optimizer_average(t->optimizer, i);
        if (average != s->values)
            memcpy(s->values, average, s->n * sizeof(float));
    }
}

/* Estimate the moving statistics for the current values, on training images without jitter. */
static gboolean estimate(LeukoTrainer *t, GError **error)
{
    guint64 epoch = t->step / t->steps_per_epoch;
    g_auto(LeukoEpochOrder) order = leuko_trainer_order(t, epoch);
    LeukoEpochImages images = {t, &order, epoch, 0};
    order.n = MIN(order.n, (gsize)ESTIMATE_BATCHES * t->batch);
    g_autoptr(LeukoLoader) loader = leuko_trainer_loader(&images, FALSE, error);
    if (!loader)
        return FALSE;
    GError *failed = NULL;
    LeukoBatch b;
    double loss;
    leuko_backprop_estimate_begin(t->backprop);
    while (leuko_loader_next(loader, &b, &failed)) {
        for (guint i = 0; i < b.n * t->n_classes; i++)
            t->targets[i] = 1.0f / (float)t->n_classes;
        for (guint i = 0; i < b.n; i++)
            t->weights[i] = 1;
        if (!leuko_trainer_forward(t, b.x_nchw, b.indices, FALSE, &loss, &failed))
            break;
    }
    leuko_backprop_estimate_end(t->backprop);
    if (failed)
        g_propagate_error(error, failed);
    return failed == NULL;
}

/* --- export ----------------------------------------------------------------------------------- */

static LeukoModel *export(LeukoTrainer *t, GError **error)
{
    LeukoNetSpec spec = t->start->spec;
    spec.n_classes = t->n_classes;
    g_autoptr(LeukoNet) net = leuko_net_new(&spec, error);
    g_autoptr(LeukoParams) all = leuko_params_new();
    if (!net)
        return NULL;
    for (guint i = 0; i < leuko_net_n_layers(net); i++)
        if (!leuko_params_copy_layer(all, t->start->params, leuko_net_layer(net, i), error))
            return NULL;
    if (!leuko_backprop_export(t->backprop, NULL, all, error))
        return NULL;
    g_autoptr(LeukoModel) m = leuko_model_new(&spec);
    m->params = leuko_params_new();
    m->preprocess = t->start->preprocess;
    m->classes = g_strdupv((GStrv)leuko_dataset_classes(t->training));
    m->positive = t->options->positive;
    for (guint i = 0; i < leuko_net_n_layers(net); i++) /* without the auxiliary head */
        if (!leuko_params_copy_layer(m->params, all, leuko_net_layer(net, i), error))
            return NULL;
    return leuko_params_check(m->params, net, "the trained model", error) ? g_steal_pointer(&m)
                                                                          : NULL;
}

/* --- validation ------------------------------------------------------------------------------- */

/* Fit how the model decides. The rule of the run applies to the model that it writes; an epoch on
 * whose images the rule cannot be kept yet is measured with the balanced one. */
static gboolean decide(const LeukoTrainer *t, LeukoModel *m, const float *logits, gboolean last,
                       GError **error)
{
    const LeukoThresholdRule balanced = leuko_threshold_rule_balanced();
    GError *failed = NULL;
    if (leuko_decision_fit(m, t->validation, logits, &t->options->threshold, &failed))
        return TRUE;
    if (!last && t->options->threshold.kind == LEUKO_THRESHOLD_SENSITIVITY) {
        g_clear_error(&failed);
        return leuko_decision_fit(m, t->validation, logits, &balanced, error);
    }
    g_propagate_error(error, failed);
    return FALSE;
}

gboolean leuko_trainer_validate(LeukoTrainer *t, LeukoModel *m, gboolean last,
                                LeukoDecisionFigures *figures, GError **error)
{
    *figures = (LeukoDecisionFigures){NAN, NAN};
    m->threshold = m->spec.n_classes == 2 ? 0.5 : (double)NAN;
    if (!t->validation)
        return TRUE;
    LeukoNetSpec spec = m->spec;
    spec.n_classes = 0;
    g_autoptr(LeukoNet) net = leuko_net_new(&spec, error);
    if (!net)
        return FALSE;
    LeukoStart start = {.spec = spec,
                        .net = net,
                        .params = m->params,
                        .preprocess = m->preprocess,
                        .weights = (gchar *)"",
                        .digest = (gchar *)""};
    LeukoFeatureOptions o = {t->options->precision, 1, t->options->n_threads, TRUE};
    LeukoReporter silent = {NULL, NULL};
    g_autoptr(LeukoFeatures) f =
        leuko_features_compute(t->validation, &start, &o, silent, t->cancellable, error);
    if (!f)
        return FALSE;
    g_autoptr(LeukoHead) head = leuko_head_model_head(m);
    g_autofree float *logits = leuko_head_logits_of_rows(head, f->x, f->n);
    if (!decide(t, m, logits, last, error))
        return FALSE;
    *figures = leuko_decision_measure(m, t->validation, logits);
    if (last && t->kept)
        t->kept->validation = g_steal_pointer(&f);
    return TRUE;
}

LeukoProvenanceInput leuko_trainer_provenance(const LeukoTrainer *t)
{
    return (LeukoProvenanceInput){t->training,        t->sha256,        t->start,
                                  LEUKO_PART_NETWORK, t->options->seed, t->options->n_threads};
}

/* A best.safetensors that an earlier version wrote has no lists yet; equal lists are added once. */
static void add_training(const LeukoTrainer *t, LeukoModel *m)
{
    const LeukoProvenanceInput in = leuko_trainer_provenance(t);
    leuko_provenance_add_training(m, &in, leuko_training_list_copy(t->list, t->list->part));
}

LeukoModel *leuko_trainer_model(LeukoTrainer *t, gboolean last, LeukoDecisionFigures *figures,
                                GError **error)
{
    const LeukoRecipe *r = &t->options->recipe;
    g_autofree float *saved = copy_state(t, NULL);
    take_averages(t);
    gboolean ok = !r->batch_norm_trained || estimate(t, error);
    g_autoptr(LeukoModel) m = ok ? export(t, error) : NULL;
    copy_state(t, saved);
    if (!m || !leuko_trainer_validate(t, m, last, figures, error))
        return NULL;
    add_training(t, m);
    return g_steal_pointer(&m);
}

/* --- provenance ------------------------------------------------------------------------------- */

void leuko_trainer_add_provenance(const LeukoTrainer *t, LeukoModel *m, const LeukoTrainReport *r)
{
    json_t *p = m->provenance;
    g_autofree gchar *recipe = leuko_recipe_to_text(&t->options->recipe);
    add_training(t, m);
    json_object_set_new(p, "recipe", json_string(recipe));
    json_object_set_new(p, "precision", json_string(leuko_precision_name(t->options->precision)));
    json_object_set_new(p, "precision_reason", json_string(t->options->precision_reason));
    json_object_set_new(p, "checkpoint", json_string(r->written_best ? "best" : "last"));
    json_object_set_new(p, "figures",
                        json_pack("{s:i, s:i, s:I, s:i, s:i, s:b, s:o, s:o}", "n_training",
                                  (int)r->n_training, "n_validation", (int)r->n_validation, "steps",
                                  (json_int_t)r->n_steps, "epochs", (int)r->n_epochs, "best_epoch",
                                  (int)r->best_epoch, "stopped_early", r->stopped_early,
                                  "validation_accuracy",
                                  leuko_json_real_or_null(r->validation_accuracy),
                                  "validation_loss", leuko_json_real_or_null(r->validation_loss)));
}
