#include "base/durable.h"
#include "base/json.h"
#include "base/plural.h"
#include "cli/classifier-options.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/precision-option.h"
#include "report/profile-page.h"
#include <string.h>

static void print_table(const LeukoProfile *p)
{
    double mflop = 0, mbytes = 0;
    cli_print("%s%3s  %-46s %9s %9s %8s %6s %6s  %-5s %s%s", cli_bold(), "#", "layer", "MFLOP",
              "MB/s", "ms", "share", "peak", "in", "kernel", cli_plain());
    for (guint s = 0; s < p->n_steps; s++) {
        const LeukoProfileStep *t = &p->steps[s];
        g_autofree gchar *peak =
            t->peak_share > 0 ? g_strdup_printf("%.0f%%", 100 * t->peak_share) : g_strdup("");
        g_autofree gchar *name =
            strlen(t->name) > 46 ? g_strdup_printf("%.43s...", t->name) : g_strdup(t->name);
        cli_print("%3u  %-46s %9.1f %9.0f %8.3f %5.1f%% %6s  %-5s %s", s + 1, name, t->mflop,
                  t->seconds > 0 ? t->mbytes / t->seconds : 0.0, t->seconds * 1e3, 100 * t->share,
                  peak, leuko_precision_name(t->precision), t->kernel);
        mflop += t->mflop;
        mbytes += t->mbytes;
    }
    cli_print("%3s  %-46s %9.1f %9.0f %8.3f", "", "total", mflop,
              p->step_seconds > 0 ? mbytes / p->step_seconds : 0.0, p->step_seconds * 1e3);
    cli_print("batch of %u: %.3f ms, %.1f images/s; %s, oneDNN %s; "
              "network %.1f MB, process at most %.1f MB",
              p->batch, p->batch_seconds * 1e3, p->batch / p->batch_seconds, p->isa, p->onednn,
              (double)p->memory_bytes * 1e-6, (double)p->process_bytes * 1e-6);
    for (guint i = 0; i < G_N_ELEMENTS(p->peak_gflops); i++)
        if (p->peak_gflops[i] > 0)
            cli_print("measured peak in %s: %.0f GFLOP/s on %u %s (the threads of one step)",
                      leuko_precision_name((LeukoPrecision)i), p->peak_gflops[i], p->step_threads,
                      LEUKO_PLURAL(p->step_threads, "thread"));
}

static gboolean write_all(const LeukoProfile *p, const LeukoRunnable *r, const char *path,
                          const char *json_path, const char *html, GError **error)
{
    if (html) {
        g_autofree gchar *name = g_path_get_basename(path), *page = leuko_profile_page(p, r, name);
        if (!leuko_durable_set_contents(html, page, strlen(page), error))
            return FALSE;
    }
    if (!json_path)
        return TRUE;
    g_autoptr(json_t) json = leuko_profile_to_json(p);
    json_object_set_new(json, "file", leuko_json_text(path));
    json_object_set_new(json, "precision", json_string(leuko_precision_name(r->precision)));
    return leuko_json_save(json, json_path, error);
}

gboolean cmd_profile(int argc, char **argv, GError **error)
{
    g_autofree gchar *json = NULL, *html = NULL, *precision = NULL;
    gint batch = 1, runs = 20, threads = 0;
    const GOptionEntry entries[] = {
        {"batch", 0, 0, G_OPTION_ARG_INT, &batch, "Images in one run, 1 to 256 (default: 1)", "N"},
        {"runs", 0, 0, G_OPTION_ARG_INT, &runs,
         "Number of runs, 3 to 10000; the median is reported (default: 20)", "N"},
        CLI_PRECISION_ENTRY(precision),
        CLI_THREADS_ENTRY(threads),
        CLI_JSON_ENTRY(json, "the profile"),
        {"html", 0, 0, G_OPTION_ARG_FILENAME, &html,
         "Write an HTML page with a drawing of the network to FILE", "FILE"},
        {NULL}};
    LeukoProgramOptions options = {LEUKO_PRECISION_AUTO, 1, 0};
    if (!cli_parse("profile", entries, &argc, &argv, 1, 1, error) ||
        !cli_in_range("--batch", batch, 1, 256, error) ||
        !cli_in_range("--runs", runs, 3, 10000, error) ||
        !cli_in_range("--threads", threads, 0, 1024, error) ||
        !cli_precision(precision, &options.precision, error))
        return FALSE;
    options.batch = (guint)batch;
    options.n_threads = cli_threads(threads);
    if (!cli_precision_applies(argv[1], NULL, error))
        return FALSE;
    g_autoptr(LeukoRunnable) r = leuko_runnable_open(argv[1], &options, error);
    if (!r)
        return FALSE;
    if (leuko_model_note(r->model))
        cli_note("%s", leuko_model_note(r->model));
    if (r->note)
        cli_note("%s: %s", argv[1], r->note);
    if (r->cache_note)
        cli_note("%s", r->cache_note);
    if (r->reason && options.precision == LEUKO_PRECISION_AUTO)
        cli_note("precision: %s (%s)", leuko_precision_name(r->precision), r->reason);
    g_autoptr(LeukoProfile) p =
        leuko_profile_new(r->program, r->net, options.batch, (guint)runs, error);
    if (!p)
        return FALSE;
    if (!json || strcmp(json, "-") != 0)
        print_table(p);
    return write_all(p, r, argv[1], json, html, error);
}
