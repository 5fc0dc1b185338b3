#include "base/json.h"
#include "base/plural.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/option-rules.h"
#include "compile/compile.h"
#include "engine/processor.h"
#include "leuko/dataset.h"
#include <math.h>
#include <string.h>

typedef struct {
    gchar *in, *on, *out, *precision, *calibrate, *isa, *range, *json;
    gint shaves, threads, images, raise;
    gchar *image_size;
    gboolean strip_provenance;
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

/* mvNCCompile's options have one dash and two letters, and -is takes two values. This turns
 * "-in=X", "-in X" and "-is 299 299" into "--in=X", "--in X" and "--is=299 299". New argv, (*argc),
 * NULL-terminated, g_strfreev. */
static GStrv modern_arguments(int *argc, char **argv)
{
    static const char *const names[] = {"-in", "-on", "-is"};
    g_autoptr(GPtrArray) out = g_ptr_array_new();
    gboolean plain = FALSE; /* after "--" there are no options */
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
    return cli_wrong_usage(error, "%s %s: the network's node is %s", option, name, ours);
}

static gboolean read_options(const Options *o, LeukoCompileOptions *out, GError **error)
{
    static const char *const precisions[] = {"fp32", "bf16", "int8", NULL};
    static const char *const isas[] = {"any", "vnni", NULL};
    *out = leuko_compile_options_default();
    if (o->calibrate)
        out->precision = LEUKO_INT8;
    if (!cli_one_of("precision", o->precision, precisions, error) ||
        !cli_one_of("isa", o->isa, isas, error) ||
        (o->precision && !leuko_precision_parse(o->precision, &out->precision, error)))
        return FALSE;
    if (out->precision == LEUKO_INT8 && !o->calibrate)
        return cli_wrong_usage(
            error,
            "compile: int8 needs --calibrate DIR, a folder of shards that `leuko sort` wrote; "
            "its training images give the ranges of activations");
    const CliExclusion cases[] = {
        {out->precision != LEUKO_INT8,
         "with --precision fp32 or bf16, only with int8 (--calibrate DIR)",
         {"isa", "range", "images", "max-raised"}},
        {out->precision == LEUKO_FP32, "with --precision fp32", {"calibrate"}}};
    if (!cli_exclude(cases, G_N_ELEMENTS(cases), error))
        return FALSE;
    if (!cli_in_range("--images", o->images, LEUKO_MIN_CALIBRATION, 100000, error) ||
        !cli_in_range("--max-raised", o->raise, 0, 1000, error) ||
        !cli_in_range("--threads", o->threads, 0, 1024, error))
        return FALSE;
    out->vnni = g_strcmp0(o->isa, "vnni") == 0;
    out->data = o->calibrate;
    out->range = o->range;
    out->program = "/proc/self/exe";
    out->n_calibration = (guint)o->images;
    out->max_raised = (guint)o->raise;
    out->n_threads = cli_threads(o->threads);
    out->strip_provenance = o->strip_provenance;
    return check_node("-in", o->in, "input", error) &&
           check_node("-on", o->on, "InceptionV3/Predictions/Softmax", error);
}

static void note_ignored(const Options *o)
{
    if (o->shaves >= 0)
        cli_note("-s %d: ignored; shaves belong to the Neural Compute Stick", o->shaves);
    if (o->image_size)
        cli_note("-is %s: ignored; the model sets the size of its input", o->image_size);
}

static void print_row(const char *isa, const LeukoGateFigures *f)
{
    g_autofree gchar *lost = isfinite(f->auc_reference)
                                 ? g_strdup_printf("%.5f", f->auc_reference - f->auc)
                                 : g_strdup("-");
    cli_print("%-24s %9u %9.2f%% %10.5f %10s  %s", isa, f->n, 100 * f->flips, f->mean_dp, lost,
              f->holds ? "holds" : "FAILS");
}

static void print_gate(const LeukoCompileReport *r)
{
    const LeukoGateFigures *f = &r->last;
    const LeukoGateLimits *l = &r->limits;
    g_autofree gchar *here = g_strdup_printf("%s (here)", r->isa);
    cli_print("%scompared with fp32 on %u validation %s%s", cli_bold(), f->n,
              LEUKO_PLURAL(f->n, "image"), cli_plain());
    cli_print("%-24s %9s %10s %10s %10s", "instruction set", "images", "flips", "mean |dp|",
              "AUC lost");
    print_row(here, f);
    for (guint i = 0; i < r->n_older; i++)
        print_row(r->older[i].isa, &r->older[i].figures);
    cli_print("%-24s %9s %9.2f%% %10.5f %10.5f", "limit", "", 100 * l->flips, l->mean_dp, l->auc);
    if (isfinite(f->auc_reference))
        cli_print("AUC here: fp32 %.5f, compiled %.5f", f->auc_reference, f->auc);
    if (r->n_raised > 0) {
        cli_print("with every convolution in int8: flips %.2f %%, mean |dp| %.5f",
                  100 * r->first.flips, r->first.mean_dp);
        cli_print("convolutions kept in bf16 (fp32 on a processor without bf16):");
        for (guint i = 0; i < r->raised->len; i++)
            cli_print("  %s", (const char *)r->raised->pdata[i]);
    }
}

static void print_report(const LeukoCompileReport *r, const char *path)
{
    const char *isa = r->precision != LEUKO_INT8 ? ""
                      : r->vnni                  ? ", for processors with VNNI"
                                                 : ", for any processor";
    if (r->written) {
        cli_print("%s: %s%s, %.1f MB", path, leuko_precision_name(r->precision), isa,
                  (double)r->n_bytes / 1e6);
        if (r->precision == LEUKO_INT8)
            cli_print("%u %s, %u of them kept in bf16; ranges from %u training %s", r->n_convs,
                      LEUKO_PLURAL(r->n_convs, "convolution"), r->n_raised, r->n_calibration,
                      LEUKO_PLURAL(r->n_calibration, "image"));
    }
    if (r->gated)
        print_gate(r);
    if (r->advice && !r->slower)
        cli_print("%s", r->advice);
    if (r->written)
        cli_print("%s", LEUKO_RESEARCH_ONLY);
}

/* Adds the option that solves the problem to the library's message, or turns it into wrong
 * usage. */
static gboolean explain(const Options *o, GError *failed, GError **error)
{
    if (g_error_matches(failed, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT))
        return cli_wrong_usage(error, "%s", failed->message);
    const char *hint = NULL;
    if (g_error_matches(failed, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED) &&
        g_strcmp0(o->isa, "vnni") == 0 && !leuko_processor_has_vnni())
        hint = "compile with --isa any";
    else if (g_error_matches(failed, LEUKO_ERROR, LEUKO_ERROR_DATA) && o->calibrate &&
             !leuko_dataset_has_split(o->calibrate, "validation"))
        hint = "`leuko sort` writes shards with a validation split";
    g_set_error(error, failed->domain, failed->code, "%s%s%s", failed->message, hint ? "; " : "",
                hint ? hint : "");
    return FALSE;
}

static gboolean compile(const Options *o, const char *path, GError **error)
{
    LeukoCompileOptions how;
    g_autoptr(LeukoCompileReport) report = NULL;
    g_autoptr(GError) failed = NULL;
    if (!read_options(o, &how, error))
        return FALSE;
    note_ignored(o);
    gboolean ok =
        leuko_compile_run(path, o->out, &how, &report, cli_cancellable(), cli_reporter(), &failed);
    if (report && report->note)
        cli_note("%s", report->note);
    if (report && g_strcmp0(o->json, "-") != 0)
        print_report(report, o->out);
    if (report && report->slower)
        cli_note("%s", report->advice);
    if (ok && o->strip_provenance)
        cli_note("%s: without provenance; `leuko eval` cannot recognize images that the model was "
                 "trained on",
                 o->out);
    g_autoptr(json_t) json = report && o->json ? leuko_compile_report_json(report) : NULL;
    if (!ok) {
        if (json)
            leuko_json_save(json, o->json, NULL);
        return explain(o, failed, error);
    }
    return !json || leuko_json_save(json, o->json, error);
}

gboolean cmd_compile(int argc, char **argv, GError **error)
{
    g_auto(Options) o = {.shaves = -1, .images = 128, .raise = 48};
    const GOptionEntry entries[] = {
        {"out", 'o', 0, G_OPTION_ARG_FILENAME, &o.out, "Compiled graph to write (default: graph)",
         "FILE.graph"},
        {"in", 0, 0, G_OPTION_ARG_STRING, &o.in,
         "Name of the input node, also -in; must be \"input\"", "NAME"},
        {"on", 0, 0, G_OPTION_ARG_STRING, &o.on,
         "Name of the output node, also -on; must be \"InceptionV3/Predictions/Softmax\"", "NAME"},
        {"precision", 0, 0, G_OPTION_ARG_STRING, &o.precision,
         "fp32, bf16 or int8 (default: int8 with --calibrate, else fp32)", "NAME"},
        {"calibrate", 0, 0, G_OPTION_ARG_FILENAME, &o.calibrate,
         "Shards for calibration (training split) and comparison (validation split)", "DIR"},
        {"isa", 0, 0, G_OPTION_ARG_STRING, &o.isa,
         "Processors for int8: any, or vnni for those with VNNI (default: any)", "NAME"},
        {"images", 0, 0, G_OPTION_ARG_INT, &o.images,
         "Number of training images for calibration, 16 to 100000 (default: 128)", "N"},
        {"range", 0, 0, G_OPTION_ARG_STRING, &o.range,
         "Ranges of activations: mse, max or percentile:P, 50 < P <= 100 (default: mse)", "HOW"},
        {"max-raised", 0, 0, G_OPTION_ARG_INT, &o.raise,
         "Number of convolutions that may be kept in bf16, 0 to 1000 (default: 48)", "N"},
        {"strip-provenance", 0, 0, G_OPTION_ARG_NONE, &o.strip_provenance,
         "Leave out how the model was trained; `leuko eval` then cannot recognize its training "
         "images",
         NULL},
        CLI_JSON_ENTRY(o.json, "the report"),
        CLI_THREADS_ENTRY(o.threads),
        {"shaves", 's', 0, G_OPTION_ARG_INT, &o.shaves,
         "Processors of the stick; accepted for compatibility and ignored", "N"},
        {"is", 0, 0, G_OPTION_ARG_STRING, &o.image_size,
         "Image size, also -is W H; accepted for compatibility and ignored", "SIZE"},
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
