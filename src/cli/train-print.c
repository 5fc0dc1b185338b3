#include "cli/train-print.h"
#include "base/json.h"
#include "base/plural.h"
#include "cli/cli.h"
#include "formats/model-decision.h"
#include <math.h>
#include <string.h>

/* Write the figures where `json` says. TRUE and *print_table: print the table too. */
static gboolean write_json(json_t *figures, const LeukoModel *m, const char *out, const char *json,
                           gboolean *print_table, GError **error)
{
    *print_table = !json || strcmp(json, "-") != 0;
    json_object_set_new(figures, "model", leuko_json_text(out));
    json_object_set_new(figures, "threshold", leuko_json_real_or_null(m->threshold));
    json_object_set_new(figures, "patient_share", leuko_json_real_or_null(m->patient_share));
    json_object_set_new(figures, "temperature", json_real(m->temperature));
    leuko_model_decision_to_json(m, figures);
    json_t *allowed = leuko_model_allowed_leaks(m);
    json_object_set_new(figures, "allowed_leaks", allowed ? json_incref(allowed) : json_null());
    return !json || leuko_json_save(figures, json, error);
}

static void print_validation(guint n, double accuracy, double loss)
{
    if (n > 0)
        cli_print("%-34s %6u  %8.4f  log-loss %.4f", "validation", n, accuracy, loss);
}

/* "the lower 95 % bound of the sensitivity is 0.957 (target 0.95)" and the like; g_free. */
static gchar *describe_rule(const LeukoThresholdChoice *c)
{
    const LeukoThresholdRule *r = &c->rule;
    if (r->kind == LEUKO_THRESHOLD_SENSITIVITY)
        return g_strdup_printf("sensitivity on validation at least %.3f with 95 %% confidence, "
                               "target %g",
                               c->sensitivity_bound, r->target);
    if (r->kind == LEUKO_THRESHOLD_COST)
        return g_strdup_printf("smallest cost on validation: a missed positive costs %g false "
                               "alarms",
                               r->miss_cost);
    return r->kind == LEUKO_THRESHOLD_BALANCED ? g_strdup("largest balanced accuracy on validation")
                                               : g_strdup("default, no validation split");
}

static void print_threshold(const LeukoModel *m)
{
    const LeukoThresholdChoice *c = &m->threshold_choice;
    if (m->positive < 0 || !isfinite(m->threshold))
        return;
    g_autofree gchar *rule = describe_rule(c);
    cli_print("positive class %s, decision threshold: p >= %.4f (%s)", m->classes[m->positive],
              m->threshold, rule);
    g_autofree gchar *groups = c->n_groups > 0
                                   ? g_strdup_printf(", %u %s of the class with fewer", c->n_groups,
                                                     LEUKO_PLURAL(c->n_groups, "group"))
                                   : g_strdup("");
    if (isfinite(c->low))
        cli_print("  95 %% interval of the threshold: %.3f to %.3f, from %u + %u %s%s", c->low,
                  c->high, c->n_negative, c->n_positive,
                  LEUKO_PLURAL(c->n_negative + c->n_positive, "image"), groups);
}

static void print_calibration(const LeukoModel *m)
{
    const LeukoProbabilityMap *c = &m->calibration;
    if (c->fitted_on)
        cli_print("probabilities calibrated on %s: temperature %.3f%s, log-loss %.4f -> %.4f",
                  c->fitted_on, m->temperature, c->n_knots > 0 ? " and isotonic regression" : "",
                  c->loss_before, c->loss_after);
}

static void print_end(const LeukoModel *m, const char *out)
{
    print_calibration(m);
    print_threshold(m);
    if (isfinite(m->patient_share))
        cli_print(
            "a patient is %s if at least %.1f %% of its images are (largest balanced accuracy "
            "on validation)",
            m->classes[m->positive], 100 * m->patient_share);
    cli_print("%s  %s", out, LEUKO_RESEARCH_ONLY);
}

static void warn_of_folds(LeukoFoldKind folds)
{
    if (folds == LEUKO_FOLDS_HALF)
        cli_note(
            "Too few groups to estimate between-group variation: a class has only one training "
            "group. The strongest regularization was used, and held-out figures are "
            "optimistic");
    if (folds == LEUKO_FOLDS_UNGROUPED)
        cli_note("No groups are known: cross-validation holds out single images, and held-out "
                 "figures are optimistic if a patient has several images");
}

/* The head, and why it is of this kind. */
static void print_kind(const LeukoTrainHeadReport *r, guint n_classes)
{
    gboolean discriminant = r->kind == LEUKO_HEAD_DISCRIMINANT;
    g_autofree gchar *kind =
        discriminant ? g_strdup_printf("discriminant, shrinkage %.2g", r->shrinkage)
                     : g_strdup_printf("logistic regression, L2 regularization %.3g", r->l2);
    cli_print("head: %u %s, %u %s, %s, %.1f s", r->n_features,
              LEUKO_PLURAL(r->n_features, "feature"), n_classes,
              leuko_plural(n_classes, "class", "classes"), kind, r->head_seconds);
    if (isfinite(r->logistic_loss) && isfinite(r->discriminant_loss))
        cli_print("the %s was chosen by held-out log-loss: discriminant %.4f, logistic regression "
                  "%.4f",
                  discriminant ? "discriminant" : "logistic regression", r->discriminant_loss,
                  r->logistic_loss);
}

gboolean cli_train_print_head(const LeukoTrainHeadReport *r, const LeukoModel *m, const char *out,
                              const char *json, GError **error)
{
    static const char *const held_out[] = {"held-out groups", "partly held-out groups",
                                           "held-out images"};
    gboolean print_table;
    g_autoptr(json_t) figures = json_deep_copy(json_object_get(m->provenance, "figures"));
    json_object_set_new(figures, "precision", json_string(leuko_precision_name(r->precision)));
    json_object_set(figures, "precision_reason",
                    json_object_get(m->provenance, "precision_reason"));
    json_object_set_new(figures, "features_cached", json_integer(r->n_cached));
    json_object_set_new(figures, "features_computed", json_integer(r->n_computed));
    json_object_set_new(figures, "feature_seconds", json_real(r->feature_seconds));
    json_object_set_new(figures, "head_seconds", json_real(r->head_seconds));
    warn_of_folds(r->folds);
    if (!write_json(figures, m, out, json, &print_table, error))
        return FALSE;
    if (!print_table)
        return TRUE;
    g_autofree gchar *computed =
        r->n_computed == 0
            ? g_strdup("0 computed")
            : g_strdup_printf("%u computed in %.1f s (%.1f %s/s)", r->n_computed,
                              r->feature_seconds, r->n_computed / r->feature_seconds,
                              r->n_views > 1 || r->n_train_views > 1 ? "views" : "images");
    gboolean many = r->n_views > 1 || r->n_train_views > 1;
    g_autofree gchar *views = many ? g_strdup_printf("mean of %u %s of each image, ", r->n_views,
                                                     LEUKO_PLURAL(r->n_views, "view"))
                                   : g_strdup("");
    cli_print("features: %s%s, %u from the cache", views, computed, r->n_cached);
    if (r->n_train_views > 0)
        cli_print("fitted on %u %s of each training image, each an example of its own",
                  r->n_train_views, LEUKO_PLURAL(r->n_train_views, "orientation"));
    print_kind(r, m->spec.n_classes);
    cli_print("%-34s %6s  %8s", "data", "n", "accuracy");
    cli_print("%-34s %6u  %8.4f  (training data: not a performance estimate)", "training",
              r->n_training, r->training_accuracy);
    g_autofree gchar *inside = g_strdup_printf("%s in training", held_out[r->folds]);
    cli_print("%-34s %6u  %8.4f", inside, r->n_training, r->held_out_accuracy);
    print_validation(r->n_validation, r->validation_accuracy, r->validation_loss);
    print_end(m, out);
    return TRUE;
}

gboolean cli_train_print_network(const LeukoTrainReport *r, const LeukoModel *m, const char *out,
                                 const char *json, GError **error)
{
    gboolean print_table;
    g_autoptr(json_t) figures = json_deep_copy(json_object_get(m->provenance, "figures"));
    json_object_set_new(figures, "checkpoint", json_string(r->written_best ? "best" : "last"));
    json_object_set_new(figures, "precision", json_string(leuko_precision_name(r->precision)));
    json_object_set(figures, "precision_reason",
                    json_object_get(m->provenance, "precision_reason"));
    json_object_set_new(figures, "resumed_from", json_integer((json_int_t)r->resumed_from));
    json_object_set_new(figures, "seconds", json_real(r->seconds));
    json_object_set_new(figures, "images_per_s", json_real(r->images_per_s));
    if (!write_json(figures, m, out, json, &print_table, error))
        return FALSE;
    if (!print_table)
        return TRUE;
    cli_print("trained: %s by recipe %s, %u of %u %s%s, %" G_GUINT64_FORMAT
              " %s, %.1f s (%.1f images/s)",
              r->tune, r->recipe, r->n_epochs, r->n_epochs_planned,
              LEUKO_PLURAL(r->n_epochs_planned, "epoch"),
              r->stopped_early ? " (stopped early: the validation loss no longer improved)" : "",
              r->n_steps, LEUKO_PLURAL(r->n_steps, "step"), r->seconds, r->images_per_s);
    print_validation(r->n_validation, r->validation_accuracy, r->validation_loss);
    if (r->written_best)
        cli_print("model: of epoch %u, which has the smallest validation loss", r->best_epoch);
    else
        cli_print("model: of the last step");
    print_end(m, out);
    return TRUE;
}
