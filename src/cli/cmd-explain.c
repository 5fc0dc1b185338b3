#include "base/json.h"
#include "base/plural.h"
#include "cli/commands.h"
#include "cli/group-options.h"
#include "cli/option-rules.h"
#include "cli/views-option.h"
#include "eval/explain-doubt.h"
#include "eval/explain-figure.h"
#include "eval/explain-files.h"
#include "eval/explain-set.h"
#include "formats/model.h"
#include "net/net.h"
#include <math.h>
#include <string.h>

typedef struct {
    gchar *out, *class_name, *endpoint, *json, *split;
    gdouble alpha;
    gint views, threads, sheet;
    CliGroupOptions grouping;
} Options;

static void options_clear(Options *o)
{
    g_free(o->out);
    g_free(o->class_name);
    g_free(o->endpoint);
    g_free(o->json);
    g_free(o->split);
    cli_group_clear(&o->grouping);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* --- images ----------------------------------------------------------------------------------- */

/* Where explanations go as they come. */
typedef struct {
    json_t *images;
    GArray *ratios; /* of double */
    gboolean quiet; /* standard output holds the JSON */
} Output;

static gchar *cell_text(const LeukoExplanation *x)
{
    if (!x->has_cell)
        return g_strdup("no cell found");
    if (isnan(x->ratio))
        return g_strdup("no heat");
    return g_strdup_printf("heat inside the cell %.1f times outside, peak %s", x->ratio,
                           x->peak_inside ? "inside" : "outside");
}

static void on_explained(const LeukoExplanation *x, const char *figure, gpointer user_data)
{
    Output *out = user_data;
    json_t *json = leuko_explanation_json(x);
    json_object_set_new(json, "figure", leuko_json_text(figure));
    json_array_append_new(out->images, json);
    g_array_append_val(out->ratios, x->ratio);
    g_autofree gchar *cell = cell_text(x);
    if (!out->quiet)
        cli_print("%s: evidence for %s, score %+.2f; answer %s, probability %.3f; %s", figure,
                  x->answer->classes[x->explained], x->score, leuko_answer_class(x->answer),
                  x->answer->confidence, cell);
}

static gboolean find_class(const LeukoModel *model, const char *name, gint *index, GError **error)
{
    *index = name ? leuko_model_find_class(model, name) : LEUKO_EXPLAIN_ANSWER;
    if (!name || *index >= 0)
        return TRUE;
    g_autofree gchar *names = g_strjoinv(", ", model->classes);
    return cli_wrong_usage(error, "--class %s: the model's classes are %s", name, names);
}

static gboolean save_json(const Options *o, LeukoExplainer *e, const char *model, json_t *images,
                          const char *doubt, GError **error)
{
    g_autoptr(json_t) json = json_object();
    json_object_set_new(json, "doubt", doubt ? json_string(doubt) : json_null());
    json_object_set_new(json, "model", leuko_json_text(model));
    json_object_set_new(json, "endpoint", json_string(leuko_explainer_endpoint(e)));
    json_object_set(json, "images", images);
    json_object_set_new(json, "notice", json_string(LEUKO_RESEARCH_ONLY));
    return leuko_json_save(json, o->json, error);
}

static gboolean explain_images(const Options *o, char **argv, const LeukoExplainOptions *options,
                               GError **error)
{
    gint class_index;
    g_autoptr(json_t) images = json_array();
    g_autoptr(GArray) ratios = g_array_new(FALSE, FALSE, sizeof(double));
    Output out = {images, ratios, g_strcmp0(o->json, "-") == 0};
    g_autoptr(LeukoExplainer) e = leuko_explainer_open(argv[1], options, error);
    if (!e)
        return cli_usage_if_argument(error);
    const LeukoModel *model = leuko_explainer_model(e);
    if (leuko_model_note(model))
        cli_note("%s", leuko_model_note(model));
    if (leuko_explainer_caution(e))
        cli_note("%s", leuko_explainer_caution(e));
    if (!find_class(model, o->class_name, &class_index, error))
        return FALSE;
    if (!leuko_explain_files(e, (const char *const *)argv + 2, g_strv_length(argv + 2), class_index,
                             o->alpha, o->out, on_explained, &out, cli_cancellable(),
                             cli_reporter(), error))
        return cli_usage_if_argument(error);
    g_autofree gchar *doubt =
        leuko_explain_doubt((const double *)(gpointer)ratios->data, ratios->len);
    if (doubt)
        cli_note("%s", doubt);
    if (!out.quiet)
        cli_print("%s", LEUKO_RESEARCH_ONLY);
    return !o->json || save_json(o, e, argv[1], images, doubt, error);
}

/* --- a data set ------------------------------------------------------------------------------- */

static void print_class(const LeukoExplainSet *set, gint index)
{
    LeukoExplainClass c;
    leuko_explain_set_class(set, index, &c);
    if (c.n == 0)
        return;
    g_autofree gchar *ratio =
        c.n_cells ? g_strdup_printf("%.1f", c.ratio) : g_strdup("no cell found");
    g_autofree gchar *peaks = g_strdup_printf("%u of %u", c.n_peaks_in, c.n_cells);
    cli_print("%-20s %8u %8u %16s %14s",
              index < 0 ? "all" : leuko_explain_set_class_name(set, (guint)index), c.n, c.n_wrong,
              ratio, peaks);
}

static void print_set(const LeukoExplainSet *set, const char *out)
{
    cli_print("%s maps of endpoint %s, each for the true class",
              leuko_explain_set_is_exact(set) ? "Class activation" : "Gradient-weighted",
              leuko_explain_set_endpoint(set));
    cli_print("%-20s %8s %8s %16s %14s", "class", "images", "wrong", "inside/outside",
              "peak inside");
    for (guint k = 0; k < leuko_explain_set_n_classes(set); k++)
        print_class(set, (gint)k);
    print_class(set, -1);
    cli_print("Mean maps, mistakes.png, doubtful.png and explain.csv are in %s", out);
    cli_print("%s", LEUKO_RESEARCH_ONLY);
}

static gboolean explain_set(Options *o, char **argv, const LeukoExplainOptions *options,
                            GError **error)
{
    LeukoExplainSetOptions set_options = leuko_explain_set_options_default();
    set_options.explain = *options;
    set_options.split = o->split;
    set_options.alpha = o->alpha;
    set_options.n_sheet = (guint)o->sheet;
    set_options.command = "leuko explain";
    if (!cli_group_options(&o->grouping, &set_options.folder, error))
        return FALSE;
    g_autoptr(LeukoExplainSet) set = leuko_explain_set_run(
        argv[1], argv[2], o->out, &set_options, cli_cancellable(), cli_reporter(), error);
    if (!set)
        return cli_group_explain(error) || cli_usage_if_argument(error);
    if (g_strcmp0(o->json, "-") != 0)
        print_set(set, o->out);
    if (!o->json)
        return TRUE;
    g_autoptr(json_t) json = leuko_explain_set_json(set);
    return leuko_json_save(json, o->json, error);
}

/* --- the command ------------------------------------------------------------------------------ */

static gboolean check_options(const Options *o, char **paths, gboolean *is_set,
                              LeukoExplainOptions *out, GError **error)
{
    *is_set = g_file_test(paths[0], G_FILE_TEST_IS_DIR);
    for (char **path = paths; *path; path++)
        if (paths[1] && g_file_test(*path, G_FILE_TEST_IS_DIR))
            return cli_wrong_usage(
                error, "%s: a folder is explained as one data set; name it alone, or images",
                *path);
    const CliExclusion cases[] = {
        {*is_set, "with a folder: each image is explained for its true class", {"class"}},
        {!*is_set,
         "without a folder",
         {"split", "sheet", "labels", "labels-from-names", "layout", "classes"}}};
    if (!cli_exclude(cases, G_N_ELEMENTS(cases), error) || !cli_views("views", o->views, error) ||
        !cli_one_of("endpoint", o->endpoint, leuko_net_endpoints(), error))
        return FALSE;
    if (!o->out)
        return cli_wrong_usage(error, "explain: -o FILE.png or -o DIR is missing");
    if (!(o->alpha >= 0 && o->alpha <= 1))
        return cli_wrong_usage(error, "--alpha %g: must be 0 to 1", o->alpha);
    if (!cli_in_range("--sheet", o->sheet, 1, LEUKO_EXPLAIN_MAX_SHEET, error) ||
        !cli_in_range("--threads", o->threads, 0, 1024, error))
        return FALSE;
    *out = leuko_explain_options_default();
    out->endpoint = o->endpoint;
    out->n_views = (guint)o->views;
    out->n_threads = cli_threads(o->threads);
    return TRUE;
}

gboolean cmd_explain(int argc, char **argv, GError **error)
{
    g_auto(Options) o = {.alpha = LEUKO_EXPLAIN_ALPHA, .sheet = 12};
    const GOptionEntry entries[] = {
        {"out", 'o', 0, G_OPTION_ARG_FILENAME, &o.out,
         "Figure of one image (.png), or a new folder for several figures", "FILE|DIR"},
        {"class", 0, 0, G_OPTION_ARG_STRING, &o.class_name,
         "Class whose evidence is shown (default: the model's answer)", "NAME"},
        {"endpoint", 0, 0, G_OPTION_ARG_STRING, &o.endpoint,
         "Endpoint of the map: an earlier one gives a finer, gradient-weighted map (default: the "
         "model's last, whose map is exact)",
         "NAME"},
        {"alpha", 0, 0, G_OPTION_ARG_DOUBLE, &o.alpha,
         "Opacity of the strongest heat, 0 to 1 (default: 0.6)", "A"},
        {"sheet", 0, 0, G_OPTION_ARG_INT, &o.sheet,
         "Number of images on each sheet of a data set, 1 to 60 (default: 12)", "N"},
        {"split", 0, 0, G_OPTION_ARG_STRING, &o.split,
         "Split of the data: train, validation or test (default: validation, else test)", "NAME"},
        {"views", 0, 0, G_OPTION_ARG_INT, &o.views,
         "Orientations of an image whose maps are averaged: 1, 2, 4 or 8 (default: the model's)",
         "N"},
        CLI_LABEL_ENTRIES(o.grouping),
        CLI_CLASSES_ENTRY(o.grouping),
        CLI_JSON_ENTRY(o.json, "the maps and figures"),
        CLI_THREADS_ENTRY(o.threads),
        {NULL}};
    LeukoExplainOptions options;
    gboolean is_set;
    if (!cli_parse("explain", entries, &argc, &argv, 2, -1, error) ||
        !check_options(&o, argv + 2, &is_set, &options, error))
        return FALSE;
    return is_set ? explain_set(&o, argv, &options, error)
                  : explain_images(&o, argv, &options, error);
}
