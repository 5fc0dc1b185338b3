#include "base/json.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "compile/verify.h"
#include <math.h>

typedef struct {
    gchar *data, *split, *precision, *json;
    gdouble max_dp, flips, mean_dp, auc;
    gint threads, n;
    gint64 seed;
} Options;

static void options_clear(Options *o)
{
    g_free(o->data);
    g_free(o->split);
    g_free(o->precision);
    g_free(o->json);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static LeukoClassifier *open_one(const char *path, const Options *o, GError **error)
{
    LeukoClassifierOptions c = leuko_classifier_options_default();
    c.n_threads = cli_threads(o->threads);
    g_autoptr(GError) why = NULL;
    if (o->precision &&
        (!leuko_precision_parse(o->precision, &c.precision, &why) || c.precision == LEUKO_INT8)) {
        cli_wrong_usage(error, "--precision %s: must be fp32 or bf16", o->precision);
        return NULL;
    }
    g_autoptr(LeukoClassifier) it = leuko_classifier_open(path, &c, error);
    if (it && leuko_classifier_note(it))
        cli_note("%s", leuko_classifier_note(it));
    return g_steal_pointer(&it);
}

/* A folder per class, or one part of sorted shards. */
static LeukoDataset *open_data(Options *o, GError **error)
{
    static const char *const parts[] = {"test", "validation", "train"};
    for (guint i = 0; !o->split && i < G_N_ELEMENTS(parts); i++)
        if (leuko_dataset_has_split(o->data, parts[i])) {
            o->split = g_strdup(parts[i]);
            cli_note("comparing on the %s part", parts[i]);
        }
    return o->split ? leuko_dataset_open_shards(o->data, o->split, error)
                    : leuko_dataset_open_folder(o->data, NULL, error);
}

static gboolean run(LeukoClassifier *a, LeukoClassifier *b, Options *o, LeukoVerification *v,
                    GError **error)
{
    if (!o->data) {
        cli_note("no --data: compared on %d smooth random inputs, seed %" G_GINT64_FORMAT, o->n,
                 o->seed);
        return leuko_verify_random(a, b, (guint)o->n, (guint64)o->seed, v, error);
    }
    g_autoptr(LeukoDataset) d = open_data(o, error);
    return d && leuko_verify_dataset(a, b, d, v, cli_cancellable(), cli_reporter(), error);
}

/* --- the judgment ------------------------------------------------------------------------------- */

typedef struct {
    const char *name;
    double value, limit; /* limit NAN: not judged */
} Line;

/* Between float32 files answers are the same but for rounding; else decisions count. */
static guint judge(const LeukoVerification *v, const Options *o, gboolean reduced, Line lines[6])
{
    double loss = v->gate.auc_reference - v->gate.auc;
    gboolean decisions = reduced || o->flips >= 0 || o->mean_dp >= 0 || o->auc >= 0;
    const Line all[] = {{"largest |dp|", v->max_dp,
                         o->max_dp >= 0 ? o->max_dp
                         : reduced      ? NAN
                                        : 1e-3},
                        {"mean |dp|", v->gate.mean_dp,
                         o->mean_dp >= 0 ? o->mean_dp
                         : decisions     ? 0.01
                                         : NAN},
                        {"relative difference", v->relative, NAN},
                        {"decisions that flip", v->gate.flips,
                         o->flips >= 0 ? o->flips
                         : decisions   ? 0.01
                                       : NAN},
                        {"AUC lost", v->labeled ? loss : NAN,
                         o->auc >= 0 ? o->auc
                         : decisions ? 0.005
                                     : NAN}};
    guint n = 0;
    for (guint i = 0; i < G_N_ELEMENTS(all); i++)
        if (!isnan(all[i].value))
            lines[n++] = all[i];
    return n;
}

static gboolean is_over(const Line *l) { return !isnan(l->limit) && !(l->value <= l->limit); }

/* The five likeliest classes of the image where the answers differ most. */
static void print_worst(const LeukoVerification *v, const LeukoModel *m)
{
    const double *p = v->reference + (gsize)v->worst * v->n_classes,
                 *q = v->answers + (gsize)v->worst * v->n_classes;
    g_autofree gboolean *shown = g_new0(gboolean, v->n_classes);
    cli_print("\n  the answers that differ most (image %u):  expected    result", v->worst + 1);
    for (guint r = 0; r < MIN(v->n_classes, 5); r++) {
        guint best = v->n_classes;
        for (guint k = 0; k < v->n_classes; k++)
            if (!shown[k] && (best == v->n_classes || p[k] > p[best]))
                best = k;
        shown[best] = TRUE;
        cli_print("    %-40.40s  %8.6f  %8.6f", m->classes[best], p[best], q[best]);
    }
}

static void print_all(const LeukoVerification *v, const Line *lines, guint n, const LeukoModel *m)
{
    cli_print("%u images, %u classes, %u decisions differ", v->n, v->n_classes, v->gate.n_flips);
    cli_print("  %-28s %12s  %s", "figure", "value", "limit");
    for (guint i = 0; i < n; i++) {
        g_autofree gchar *limit =
            isnan(lines[i].limit)
                ? g_strdup("-")
                : g_strdup_printf("%g%s", lines[i].limit, is_over(&lines[i]) ? "  OVER" : "");
        cli_print("  %-28s %12.3g  %s", lines[i].name, lines[i].value, limit);
    }
    if (v->labeled && isfinite(v->gate.auc))
        cli_print("  AUC %.4f, before %.4f", v->gate.auc, v->gate.auc_reference);
    print_worst(v, m);
    cli_print("\n  %-46s %10s  %s", "as the original's check tool counts", "value", "its limit");
    for (guint i = 0; i < LEUKO_N_CHECKS; i++) {
        g_autofree gchar *limit =
            isnan(v->checks[i].limit) ? g_strdup("-") : g_strdup_printf("%g", v->checks[i].limit);
        cli_print("  %-46s %10.4g  %s", v->checks[i].name, v->checks[i].value, limit);
    }
    cli_print("%s", CLI_RESEARCH_ONLY);
}

static gboolean write_json(const LeukoVerification *v, const Line *lines, guint n, gboolean same,
                           const char *path, GError **error)
{
    g_autoptr(json_t) j =
        json_pack("{s:i, s:i, s:b, s:f, s:f, s:f, s:f, s:o, s:o}", "n", (int)v->n, "n_flips",
                  (int)v->gate.n_flips, "same", same, "max_dp", v->max_dp, "mean_dp",
                  v->gate.mean_dp, "relative", v->relative, "flips", v->gate.flips, "auc_reference",
                  leuko_json_real_or_null(v->gate.auc_reference), "auc",
                  leuko_json_real_or_null(v->gate.auc));
    json_t *limits = json_object(), *checks = json_object();
    for (guint i = 0; i < n; i++)
        json_object_set_new(limits, lines[i].name, leuko_json_real_or_null(lines[i].limit));
    for (guint i = 0; i < LEUKO_N_CHECKS; i++)
        json_object_set_new(checks, v->checks[i].name, json_real(v->checks[i].value));
    json_object_set_new(j, "limits", limits);
    json_object_set_new(j, "checks", checks);
    return leuko_json_save(j, path, error);
}

/* It runs in less than float32, or its file holds less. */
static gboolean is_reduced(LeukoClassifier *c)
{
    return leuko_classifier_precision(c) != LEUKO_FP32 || leuko_classifier_model(c)->half;
}

static gboolean verify(char **argv, Options *o, GError **error)
{
    g_autoptr(LeukoClassifier) a = open_one(argv[1], o, error),
                               b = a ? open_one(argv[2], o, error) : NULL;
    g_auto(LeukoVerification) v = {0};
    if (!b || !run(a, b, o, &v, error))
        return FALSE;
    gboolean reduced = is_reduced(a) || is_reduced(b);
    Line lines[6];
    guint n = judge(&v, o, reduced, lines), n_over = 0;
    for (guint i = 0; i < n; i++)
        n_over += is_over(&lines[i]) ? 1 : 0;
    if (o->json && !write_json(&v, lines, n, n_over == 0, o->json, error))
        return FALSE;
    if (!o->json || g_strcmp0(o->json, "-") != 0)
        print_all(&v, lines, n, leuko_classifier_model(a));
    if (n_over == 0)
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_GATE,
                "%s does not answer as %s: %u of the figures %s over the limit", argv[2], argv[1],
                n_over, n_over == 1 ? "is" : "are");
    return FALSE;
}

gboolean cmd_verify(int argc, char **argv, GError **error)
{
    g_auto(Options) o = {.max_dp = -1, .flips = -1, .mean_dp = -1, .auc = -1, .n = 16, .seed = 50};
    const GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &o.data,
         "Images: a folder per class, or sorted shards (default: random inputs)", "DIR"},
        {"split", 0, 0, G_OPTION_ARG_STRING, &o.split,
         "Part of the shards (default: test, else validation)", "NAME"},
        {"precision", 0, 0, G_OPTION_ARG_STRING, &o.precision,
         "Models run in fp32 (default) or bf16", "NAME"},
        {"max-dp", 0, 0, G_OPTION_ARG_DOUBLE, &o.max_dp,
         "Largest |dp| (default between fp32: 0.001)", "X"},
        {"flips", 0, 0, G_OPTION_ARG_DOUBLE, &o.flips, "Share of flipped decisions (default: 0.01)",
         "X"},
        {"mean-dp", 0, 0, G_OPTION_ARG_DOUBLE, &o.mean_dp, "Mean |dp| (default: 0.01)", "X"},
        {"auc", 0, 0, G_OPTION_ARG_DOUBLE, &o.auc, "AUC lost (default: 0.005)", "X"},
        {"inputs", 0, 0, G_OPTION_ARG_INT, &o.n, "Random inputs without --data (default: 16)", "N"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &o.seed, "Their seed (default: 50)", "S"},
        {"threads", 0, 0, G_OPTION_ARG_INT, &o.threads, "Threads (default: all processors)", "N"},
        {"json", 0, 0, G_OPTION_ARG_FILENAME, &o.json, "Write the figures as JSON (-: to stdout)",
         "FILE"},
        {NULL}};
    if (!cli_parse("verify", entries, &argc, &argv, 2, 2, error) ||
        !cli_in_range("--threads", o.threads, 0, 1024, error) ||
        !cli_in_range("--inputs", o.n, 1, 4096, error))
        return FALSE;
    return verify(argv, &o, error);
}
