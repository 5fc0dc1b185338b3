#include "base/json.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/elsewhere.h"
#include "compile/gate.h"
#include <math.h>
#include <string.h>
#include <sys/stat.h>

typedef struct {
    gchar *in, *on, *out, *precision, *calibrate, *isa, *range, *json;
    gint shaves, threads, images, raise;
    gchar *image_size;
} Options;

static void options_clear(Options *o)
{
    g_free(o->in);
    g_free(o->on);
    g_free(o->out);
    g_free(o->precision);
    g_free(o->calibrate);
    g_free(o->isa);
    g_free(o->range);
    g_free(o->json);
    g_free(o->image_size);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* mvNCCompile's options have one dash and two letters, and -is takes two values: "-in=X", "-in X",
 * "-is 299 299" become "--in=X", "--is=299 299". New argv, (*argc), NULL-terminated, g_strfreev. */
static GStrv modern_arguments(int *argc, char **argv)
{
    static const char *const names[] = {"-in", "-on", "-is"};
    g_autoptr(GPtrArray) out = g_ptr_array_new();
    gboolean plain = FALSE; /* behind "--" everything is a name */
    for (int i = 0; i < *argc; i++) {
        const char *value = strchr(argv[i], '=');
        gsize n = value ? (gsize)(value - argv[i]) : strlen(argv[i]);
        const char *name = NULL;
        plain = plain || strcmp(argv[i], "--") == 0;
        for (gsize k = 0; i > 0 && !plain && k < G_N_ELEMENTS(names); k++)
            if (n == strlen(names[k]) && strncmp(argv[i], names[k], n) == 0)
                name = names[k];
        if (name && strcmp(name, "-is") == 0 && i + 2 < *argc && !value) {
            g_ptr_array_add(out, g_strdup_printf("--is=%s %s", argv[i + 1], argv[i + 2]));
            i += 2;
        } else if (name) {
            g_ptr_array_add(out, g_strconcat("-", argv[i], NULL));
        } else {
            g_ptr_array_add(out, g_strdup(argv[i]));
        }
    }
    *argc = (int)out->len;
    g_ptr_array_add(out, NULL);
    return (GStrv)g_ptr_array_free(g_steal_pointer(&out), FALSE);
}

static gboolean check_node(const char *option, const char *name, const char *ours, GError **error)
{
    g_autofree gchar *with_port = g_strconcat(ours, ":0", NULL);
    if (!name || strcmp(name, ours) == 0 || strcmp(name, with_port) == 0)
        return TRUE;
    return cli_wrong_usage(error, "%s %s: the network's is %s", option, name, ours);
}

/* "mse", "max", "percentile", "percentile:99.9" */
static gboolean read_range(const char *text, LeukoCompileOptions *out, GError **error)
{
    static const char with_value[] = "percentile:";
    char *end = NULL;
    if (!text || strcmp(text, "mse") == 0)
        return TRUE;
    out->range = strcmp(text, "max") == 0 ? LEUKO_RANGE_MAX : LEUKO_RANGE_PERCENTILE;
    if (strcmp(text, "max") == 0 || strcmp(text, "percentile") == 0)
        return TRUE;
    if (g_str_has_prefix(text, with_value))
        out->percentile = g_ascii_strtod(text + strlen(with_value), &end);
    if (end && end != text + strlen(with_value) && *end == '\0' && out->percentile > 50 &&
        out->percentile <= 100)
        return TRUE;
    return cli_wrong_usage(
        error, "--range %s: must be mse, max or percentile:P, P above 50, at most 100", text);
}

static gboolean read_options(const Options *o, LeukoCompileOptions *out, GError **error)
{
    g_autoptr(GError) why = NULL;
    *out = leuko_compile_options_default();
    if (o->calibrate)
        out->precision = LEUKO_INT8;
    if (o->precision && !leuko_precision_parse(o->precision, &out->precision, &why))
        return cli_wrong_usage(error, "--precision: %s", why->message);
    if (o->isa && strcmp(o->isa, "any") != 0 && strcmp(o->isa, "vnni") != 0)
        return cli_wrong_usage(error, "--isa %s: must be any or vnni", o->isa);
    if (out->precision == LEUKO_INT8 && !o->calibrate)
        return cli_wrong_usage(
            error, "compile: int8 needs --calibrate DIR, a folder that `leuko sort` wrote: "
                   "ranges come from its training images");
    if (o->isa && out->precision != LEUKO_INT8)
        return cli_wrong_usage(error, "--isa %s: belongs to int8; %s graphs run everywhere", o->isa,
                               leuko_precision_name(out->precision));
    if (o->range && out->precision != LEUKO_INT8)
        return cli_wrong_usage(error, "--range %s: belongs to int8", o->range);
    if (!read_range(o->range, out, error) ||
        !cli_in_range("--images", o->images, LEUKO_MIN_CALIBRATION, 100000, error) ||
        !cli_in_range("--max-raised", o->raise, 0, 1000, error) ||
        !cli_in_range("--threads", o->threads, 0, 1024, error))
        return FALSE;
    out->vnni = g_strcmp0(o->isa, "vnni") == 0;
    out->data = o->calibrate;
    out->n_calibration = (guint)o->images;
    out->max_raised = (guint)o->raise;
    out->n_threads = cli_threads(o->threads);
    return check_node("-in", o->in, "input", error) &&
           check_node("-on", o->on, "InceptionV3/Predictions/Softmax", error);
}

static void tell_ignored(const Options *o, const LeukoModel *m)
{
    if (o->shaves >= 0)
        cli_note("-s %d: shaves are the stick's; here all processors work", o->shaves);
    if (o->image_size)
        cli_note("-is %s: the size is the model's own, %u x %u", o->image_size, m->spec.side_px,
                 m->spec.side_px);
}

static void print_row(const char *isa, const LeukoGateFigures *f)
{
    g_autofree gchar *lost = isfinite(f->auc_reference)
                                 ? g_strdup_printf("%.5f", f->auc_reference - f->auc)
                                 : g_strdup("-");
    cli_print("%-24s %9u %9.2f%% %10.5f %10s  %s", isa, f->n, 100 * f->flips, f->mean_dp, lost,
              f->holds ? "holds" : "FAILS");
}

static void print_gate(const LeukoCompileReport *r, const LeukoGateLimits *l)
{
    const LeukoGateFigures *f = &r->last;
    g_autofree gchar *here = g_strdup_printf("%s (here)", r->isa);
    cli_print("%scompared with fp32 on %u validation images%s", cli_bold(), f->n, cli_plain());
    cli_print("%-24s %9s %10s %10s %10s", "instruction set", "images", "flips", "mean |dp|",
              "AUC lost");
    print_row(here, f);
    for (guint i = 0; i < r->n_elsewhere; i++)
        print_row(r->elsewhere[i].isa, &r->elsewhere[i].figures);
    cli_print("%-24s %9s %9.2f%% %10.5f %10.5f", "limit", "", 100 * l->flips, l->mean_dp, l->auc);
    if (isfinite(f->auc_reference))
        cli_print("AUC here: fp32 %.5f, compiled %.5f", f->auc_reference, f->auc);
    if (r->n_raised > 0) {
        cli_print("before any was raised: %.2f %% flip, mean |dp| %.5f", 100 * r->first.flips,
                  r->first.mean_dp);
        cli_print("kept in bf16 (fp32 on a processor without it):");
        for (guint i = 0; i < r->raised->len; i++)
            cli_print("  %s", (const char *)r->raised->pdata[i]);
    }
}

static gboolean write_report(const char *path, const LeukoGraph *g, const LeukoCompileReport *r,
                             const LeukoCompileOptions *o, GError **error)
{
    g_autoptr(json_t) raised = json_array();
    for (guint i = 0; i < r->raised->len; i++)
        json_array_append_new(raised, json_string(r->raised->pdata[i]));
    g_autoptr(json_t) json = json_pack(
        "{s:s, s:s, s:i, s:i, s:O, s:b, s:b}", "precision", leuko_precision_name(o->precision),
        "isa", o->vnni ? "vnni" : "any", "convolutions", (int)r->n_convs, "calibration_images",
        (int)r->n_calibration, "raised", raised, "written", g != NULL, "gated", r->gated);
    if (r->gated) {
        json_t *gate = leuko_gate_json(r->isa, &r->last, &o->limits), *elsewhere = json_array();
        json_object_set_new(gate, "flips_before", json_real(r->first.flips));
        json_object_set_new(gate, "mean_dp_before", json_real(r->first.mean_dp));
        for (guint i = 0; i < r->n_elsewhere; i++)
            json_array_append_new(elsewhere, leuko_gate_json(r->elsewhere[i].isa,
                                                             &r->elsewhere[i].figures, &o->limits));
        json_object_set_new(json, "gate", gate);
        json_object_set_new(json, "gate_elsewhere", elsewhere);
    }
    return leuko_json_save(json, path, error);
}

static gboolean finish(const Options *o, const LeukoGraph *g, const LeukoCompileReport *r,
                       const LeukoCompileOptions *how, GError **error)
{
    gboolean quiet = o->json && strcmp(o->json, "-") == 0;
    const char *isa = how->precision != LEUKO_INT8 ? ""
                      : how->vnni                  ? ", for processors with VNNI"
                                                   : ", for any processor";
    struct stat st = {0};
    if (!leuko_graph_save(g, o->out, error) || stat(o->out, &st) != 0)
        return FALSE;
    if (r->note)
        cli_note("%s", r->note);
    if (!quiet) {
        cli_print("%s: %s%s, %.1f MB", o->out, leuko_precision_name(how->precision), isa,
                  (double)st.st_size / 1e6);
        if (how->precision == LEUKO_INT8)
            cli_print("%u convolutions, %u of them kept in bf16; ranges from %u training images",
                      r->n_convs, r->n_raised, r->n_calibration);
        if (r->gated)
            print_gate(r, &how->limits);
        cli_print("%s", CLI_RESEARCH_ONLY);
    }
    return !o->json || write_report(o->json, g, r, how, error);
}

static gboolean compile(const Options *o, const char *path, GError **error)
{
    LeukoCompileOptions how;
    if (!read_options(o, &how, error))
        return FALSE;
    g_autoptr(LeukoModel) model = leuko_model_load(path, error);
    if (!model)
        return FALSE;
    const char *note = json_string_value(json_object_get(model->provenance, "note"));
    if (note)
        cli_note("%s", note);
    tell_ignored(o, model);
    g_auto(LeukoCompileReport) report = {0};
    g_auto(CliElsewhere) elsewhere = {.out = o->out, .data = how.data, .n_threads = how.n_threads};
    how.elsewhere = cli_answer_elsewhere;
    how.elsewhere_data = &elsewhere;
    g_autoptr(LeukoGraph) g =
        leuko_compile(model, &how, &report, cli_cancellable(), cli_reporter(), error);
    if (g)
        return finish(o, g, &report, &how, error);
    if (report.gated) {
        print_gate(&report, &how.limits);
        if (o->json)
            write_report(o->json, NULL, &report, &how, NULL);
    }
    return FALSE;
}

gboolean cmd_compile(int argc, char **argv, GError **error)
{
    g_auto(Options) o = {.shaves = -1, .images = 128, .raise = 48};
    const GOptionEntry entries[] = {
        {"out", 'o', 0, G_OPTION_ARG_FILENAME, &o.out, "Graph to write (default: graph)",
         "FILE.graph"},
        {"in", 0, 0, G_OPTION_ARG_STRING, &o.in, "The input's name, also -in: \"input\"", "NAME"},
        {"on", 0, 0, G_OPTION_ARG_STRING, &o.on,
         "The output's name, also -on: \"InceptionV3/Predictions/Softmax\"", "NAME"},
        {"precision", 0, 0, G_OPTION_ARG_STRING, &o.precision,
         "fp32, bf16 or int8 (default: int8 with --calibrate, else fp32)", "NAME"},
        {"calibrate", 0, 0, G_OPTION_ARG_FILENAME, &o.calibrate,
         "Shards of `leuko sort`: ranges from training, comparison on validation", "DIR"},
        {"isa", 0, 0, G_OPTION_ARG_STRING, &o.isa,
         "int8 for any processor, or for vnni (default: any)", "NAME"},
        {"images", 0, 0, G_OPTION_ARG_INT, &o.images,
         "Training images to calibrate with (default: 128)", "N"},
        {"range", 0, 0, G_OPTION_ARG_STRING, &o.range,
         "Ranges of activations: mse, max or percentile:P (default: mse)", "HOW"},
        {"max-raised", 0, 0, G_OPTION_ARG_INT, &o.raise,
         "Convolutions that may be kept in bf16 to pass the gate (default: 48)", "N"},
        {"json", 0, 0, G_OPTION_ARG_FILENAME, &o.json, "Write the figures as JSON (- is stdout)",
         "FILE"},
        {"threads", 0, 0, G_OPTION_ARG_INT, &o.threads, "Threads (default: all processors)", "N"},
        {"shaves", 's', 0, G_OPTION_ARG_INT, &o.shaves,
         "The stick's processors: taken and passed over", "N"},
        {"is", 0, 0, G_OPTION_ARG_STRING, &o.image_size,
         "Image size, also -is W H: taken and passed over", "SIZE"},
        {NULL}};
    g_auto(GStrv) owned = modern_arguments(&argc, argv);
    g_autofree char **arguments =
        g_memdup2(owned, sizeof *owned * (gsize)(argc + 1)); /* GOption moves them */
    char **rest = arguments;
    if (!cli_parse("compile", entries, &argc, &rest, 1, 1, error))
        return FALSE;
    if (!o.out)
        o.out = g_strdup("graph");
    return compile(&o, rest[1], error);
}
