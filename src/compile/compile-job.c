#include "compile/compile-job.h"
#include "base/io-error.h"
#include "base/json.h"
#include "base/outputs.h"
#include "base/progress.h"
#include "compile/advice.h"
#include "compile/int8.h"
#include "compile/older-isa-process.h"
#include "config.h"
#include "engine/fold.h"
#include "engine/processor.h"
#include "leuko/error.h"

/* The gate of bf16 needs images and a processor with bf16. */
static gboolean compare_bf16(LeukoCompileContext *c, const LeukoGraph *g, GError **error)
{
    const LeukoProgramOptions how = {LEUKO_BF16, LEUKO_GATE_BATCH, c->options->n_threads};
    LeukoCompileReport *r = c->report;
    LeukoPrecision runs_in;
    if (!leuko_processor_has_bf16())
        r->note =
            g_strdup_printf("this processor (%s) has no bf16 and runs the graph in fp32, so it "
                            "was not compared with fp32",
                            leuko_processor_isa_name());
    else if (!c->options->data)
        r->note = g_strdup("the graph was not compared with fp32: no data set was given");
    if (r->note)
        return TRUE;
    if (!leuko_compile_open_gate(c, error))
        return FALSE;
    g_autoptr(LeukoProgram) program = leuko_graph_program(g, c->net, &how, &runs_in, NULL, error);
    if (!program || !leuko_compile_measure(c, program, &r->first, error))
        return FALSE;
    r->last = r->first;
    return r->last.holds || leuko_compile_gate_failed(error);
}

static LeukoGraph *compile_float(LeukoCompileContext *c, GError **error)
{
    g_autoptr(LeukoGraph) g =
        leuko_compile_graph_new(c, leuko_fold_params(c->net, c->model->params, error), error);
    gboolean ok = g && (c->options->precision == LEUKO_FP32 || compare_bf16(c, g, error));
    return ok ? g_steal_pointer(&g) : NULL;
}

/* Record in the graph how it was made (formats/graph.h). These keys must not change. */
static void describe(const LeukoCompileContext *c, LeukoGraph *g)
{
    const LeukoCompileReport *r = c->report;
    g_autofree gchar *digest = leuko_params_digest(c->model->params);
    json_t *raised = json_array(), *older = json_array();
    for (guint i = 0; i < r->raised->len; i++)
        json_array_append_new(raised, json_string(r->raised->pdata[i]));
    for (guint i = 0; i < r->n_older; i++)
        json_array_append_new(older,
                              leuko_gate_json(r->older[i].isa, &r->older[i].figures, &r->limits));
    json_object_set_new(g->compiled, "leuko", json_string(LEUKO_VERSION));
    json_object_set_new(g->compiled, "from", json_string(digest));
    json_object_set_new(g->compiled, "calibration_pictures", json_integer(r->n_calibration));
    json_object_set_new(g->compiled, "raised", raised);
    json_object_set_new(g->compiled, "gate",
                        r->gated ? leuko_gate_json(r->isa, &r->last, &r->limits) : json_null());
    json_object_set_new(g->compiled, "gate_elsewhere", older);
}

LeukoGraph *leuko_compile_model(const LeukoModel *model, const LeukoCompileOptions *options,
                                LeukoOlderIsaFunc older, gpointer older_data,
                                LeukoCompileReport *report, GCancellable *cancellable,
                                LeukoReporter reporter, GError **error)
{
    gboolean int8 = options->precision == LEUKO_INT8;
    if (options->precision == LEUKO_PRECISION_AUTO) {
        g_set_error_literal(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                            "precision auto: a graph is compiled to fp32, bf16 or int8");
        return NULL;
    }
    g_auto(LeukoCompileContext) c = {.model = model,
                                     .options = options,
                                     .report = report,
                                     .cancellable = cancellable,
                                     .reporter = reporter,
                                     .net = leuko_net_new(&model->spec, error)};
    if (!c.net || !leuko_params_check(model->params, c.net, "model", error))
        return NULL;
    g_autoptr(LeukoGraph) g = int8 ? leuko_int8_compile(&c, error) : compile_float(&c, error);
    if (!g)
        return NULL;
    if (int8 && !g->vnni && older &&
        !(leuko_older_isa_compare(g, c.gate, c.reference, &options->limits, older, older_data,
                                  report->older, &report->n_older, error) &&
          (leuko_older_isa_holds(report->older, report->n_older) ||
           leuko_compile_gate_failed(error))))
        return NULL;
    describe(&c, g);
    return g_steal_pointer(&g);
}

static gboolean save(const LeukoGraph *g, const char *path, LeukoCompileReport *r, GError **error)
{
    if (!leuko_graph_save(g, path, error))
        return FALSE;
    r->written = TRUE;
    return leuko_file_size(path, &r->n_bytes, error);
}

static void advise(LeukoCompileReport *r, LeukoReporter reporter)
{
    g_autofree gchar *note = NULL;
    leuko_compile_advise(r, &note);
    if (note)
        leuko_report_line(reporter, "compile", "%s", note);
}

gboolean leuko_compile_run(const char *model_path, const char *graph_path,
                           const LeukoCompileOptions *options, LeukoCompileReport **out_report,
                           GCancellable *cancellable, LeukoReporter reporter, GError **error)
{
    g_autoptr(LeukoCompileReport) report = leuko_compile_report_new(options);
    g_auto(LeukoOlderIsaProcess) process = {.program = options->program,
                                            .graph_path = graph_path,
                                            .data = options->data,
                                            .n_threads = options->n_threads,
                                            .cancellable = cancellable,
                                            .reporter = reporter};
    g_autoptr(GError) failed = NULL;
    if (out_report)
        *out_report = NULL;
    if (!leuko_output_check(graph_path, model_path, error) ||
        (options->data && !leuko_output_check(graph_path, options->data, error)))
        return FALSE;
    g_autoptr(LeukoModel) model = leuko_model_load(model_path, error);
    if (!model)
        return FALSE;
    const char *note = leuko_model_note(model);
    if (note)
        leuko_report_line(reporter, "compile", "%s", note);
    g_autoptr(LeukoGraph) g =
        leuko_compile_model(model, options, options->program ? leuko_older_isa_process_run : NULL,
                            &process, report, cancellable, reporter, &failed);
    gboolean ok = g && save(g, graph_path, report, &failed);
    if (ok)
        advise(report, reporter);
    if (out_report && (ok || g_error_matches(failed, LEUKO_ERROR, LEUKO_ERROR_GATE)))
        *out_report = g_steal_pointer(&report);
    if (!ok)
        g_propagate_error(error, g_steal_pointer(&failed));
    return ok;
}
