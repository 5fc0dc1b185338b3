#include "eval/cautions.h"
#include <math.h>

/* Append "NAME 0.51 (0.44 to 0.58; guessing 0.5)" if it is no better. */
static void check(GString *text, const char *name, const LeukoMetric *m, double guess)
{
    gboolean interval = isfinite(m->low);
    if (!isfinite(m->value) || (interval ? m->low : m->value) > guess)
        return;
    g_string_append_printf(text, "%s%s %.3f (", text->len ? ", " : "", name, m->value);
    if (interval)
        g_string_append_printf(text, "%.3f to %.3f; ", m->low, m->high);
    g_string_append_printf(text, "guessing %.3g)", guess);
}

gchar *leuko_chance_text(const LeukoEvaluation *e)
{
    g_autoptr(GString) text = g_string_new(NULL);
    check(text, "ROC-AUC", &e->auc, 0.5);
    check(text, "balanced accuracy", &e->balanced_accuracy, 1.0 / e->n_classes);
    check(text, "MCC", &e->mcc, 0);
    check(text, "Cohen's kappa", &e->kappa, 0);
    return text->len > 0 ? g_strdup_printf("no better than guessing: %s", text->str) : NULL;
}

static gboolean near_an_end(const LeukoMetric *m)
{
    return isfinite(m->low) && (m->value < 0.1 || m->value > 0.9);
}

gchar *leuko_coverage_text(const LeukoEvaluation *e)
{
    guint n = G_MAXUINT;
    const guint *counts = e->n_groups > 0 ? e->class_groups : e->class_n;
    gboolean ends = near_an_end(&e->accuracy);
    for (guint k = 0; k < e->n_classes; k++) {
        n = counts[k] > 0 ? MIN(n, counts[k]) : n;
        ends = ends || near_an_end(&e->recall[k]);
    }
    const char *middle = NULL, *end = NULL;
    if (e->n_groups > 0) {
        middle = n < 15 ? "90 to 97 %" : n < 30 ? "92 to 98 %" : NULL;
        end = ends && n < 50 ? "87 to 99 %" : NULL;
    } else if (n < 50) {
        middle = "90 to 98 %";
        end = ends ? "90 to 98 %" : NULL;
    }
    if (e->too_few_groups || (!middle && !end))
        return NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_printf(text,
                    "in simulations with %u %s in a class, 95 %% intervals held the true value in ",
                    n, e->n_groups > 0 ? "groups" : "images");
    g_string_append_printf(text, "%s of cases", middle ? middle : "93 to 97 %");
    if (end && g_strcmp0(end, middle) != 0)
        g_string_append_printf(text, ", and %s for figures above 0.9 or below 0.1", end);
    return g_string_free(g_steal_pointer(&text), FALSE);
}
