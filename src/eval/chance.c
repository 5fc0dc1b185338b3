#include "eval/chance.h"
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
