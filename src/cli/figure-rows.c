#include "cli/figure-rows.h"
#include "cli/cli.h"
#include <math.h>
#include <string.h>

static const char *title(const char *name)
{
    static const struct {
        const char *name, *title;
    } titles[] = {{"balanced_accuracy", "balanced accuracy"},
                  {"macro_f1", "macro F1"},
                  {"mcc", "MCC"},
                  {"kappa", "Cohen's kappa"},
                  {"auc", "ROC-AUC"},
                  {"average_precision", "average precision"},
                  {"brier", "Brier score"},
                  {"log_loss", "log-loss"}};
    for (gsize i = 0; i < G_N_ELEMENTS(titles); i++)
        if (strcmp(titles[i].name, name) == 0)
            return titles[i].title;
    return name;
}

/* "0.031", "< 0.001", or "-" without a test. */
static gchar *p_text(double p)
{
    return isnan(p) ? g_strdup("-") : p < 0.001 ? g_strdup("< 0.001") : g_strdup_printf("%.3f", p);
}

void cli_print_difference(const LeukoCompareFigure *f)
{
    if (!isfinite(f->difference)) {
        cli_print("  %-18s %8s %8s  %s", title(f->name), "-", "-", f->method);
        return;
    }
    g_autofree gchar *interval = isfinite(f->low)
                                     ? g_strdup_printf("%+.3f to %+.3f", f->low, f->high)
                                     : g_strdup("not estimable");
    g_autofree gchar *p = p_text(f->p_value);
    cli_print("  %-18s %8.3f %8.3f %+10.3f  %-18s %8s  %s%s%s%s%s", title(f->name), f->first,
              f->second, f->difference, interval, p, cli_dim(), f->method,
              f->test && strcmp(f->test, f->method) != 0 ? "; test: " : "",
              f->test && strcmp(f->test, f->method) != 0 ? f->test : "", cli_plain());
}
