#include "answer/runnable.h"
#include "engine/processor.h"
#include "engine/program-int8.h"
#include "leuko/error.h"

static LeukoProgram *program_int8(const LeukoGraph *graph, const LeukoNet *net,
                                  LeukoProgramOptions *options, gchar **note, GError **error)
{
    const LeukoParams *head = graph->model->params;
    g_autoptr(LeukoQuantized) q =
        leuko_quantized_new(net, graph->vnni, graph->convs, graph->n_convs, error);
    if (!q)
        return NULL;
    options->precision = LEUKO_INT8;
    if (!graph->vnni && !leuko_processor_has_vnni())
        *note = g_strdup_printf("runs in int8 without VNNI, which this processor (%s) does not "
                                "have: slower than with it",
                                leuko_processor_isa_name());
    if (!graph->vnni || leuko_processor_has_vnni())
        return leuko_program_new_quantized(net, q, head, options, error);
    *note = g_strdup_printf(
        "compiled for VNNI, which this processor (%s) does not have: runs in fp32, "
        "slower; a graph compiled for any processor runs in int8 with and without VNNI",
        leuko_processor_isa_name());
    options->precision = LEUKO_FP32;
    g_autoptr(LeukoParams) params = leuko_quantized_to_params(q, net, head, error);
    return params ? leuko_program_new(net, params, options, error) : NULL;
}

LeukoProgram *leuko_graph_program(const LeukoGraph *graph, const LeukoNet *net,
                                  const LeukoProgramOptions *options, LeukoPrecision *runs_in,
                                  gchar **out_note, GError **error)
{
    LeukoProgramOptions own = *options;
    g_autofree gchar *note = NULL;
    LeukoProgram *program;
    own.precision = graph->precision;
    if (graph->precision == LEUKO_BF16 && !leuko_processor_has_bf16()) {
        own.precision = LEUKO_FP32;
        note = g_strdup_printf(
            "compiled to bf16, which this processor (%s) does not have: runs in fp32",
            leuko_processor_isa_name());
    }
    program = graph->precision == LEUKO_INT8
                  ? program_int8(graph, net, &own, &note, error)
                  : leuko_program_new(net, graph->model->params, &own, error);
    *runs_in = own.precision;
    if (out_note)
        *out_note = g_steal_pointer(&note);
    return program;
}

static LeukoProgram *model_program(LeukoRunnable *r, const LeukoProgramOptions *options,
                                   GError **error)
{
    LeukoProgramOptions own = *options;
    g_auto(LeukoPrecisionChoice) choice = {0};
    leuko_precision_choose(options->precision, LEUKO_WORK_INFERENCE, &choice);
    own.precision = r->precision = choice.precision;
    r->reason = g_steal_pointer(&choice.reason);
    r->cache_note = g_steal_pointer(&choice.note);
    return leuko_program_new(r->net, r->model->params, &own, error);
}

LeukoRunnable *leuko_runnable_open(const char *path, const LeukoProgramOptions *options,
                                   GError **error)
{
    gboolean is_graph;
    g_autoptr(LeukoRunnable) r = g_new0(LeukoRunnable, 1);
    r->graph = leuko_graph_load_if(path, &is_graph, error);
    if (is_graph)
        r->model = r->graph ? r->graph->model : NULL;
    else
        r->model = leuko_model_load(path, error);
    r->net = r->model ? leuko_net_new(&r->model->spec, error) : NULL;
    if (!r->net)
        return NULL;
    r->program =
        r->graph ? leuko_graph_program(r->graph, r->net, options, &r->precision, &r->note, error)
                 : model_program(r, options, error);
    return r->program ? g_steal_pointer(&r) : NULL;
}

const char *leuko_runnable_digest(LeukoRunnable *r)
{
    const char *source = r->graph ? NULL : leuko_model_source_digest(r->model);
    if (!r->digest && source)
        r->digest = g_strdup(source);
    if (!r->digest)
        r->digest = r->graph ? g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, r->graph->bytes)
                             : leuko_params_digest(r->model->params);
    return r->digest;
}

void leuko_runnable_free(LeukoRunnable *r)
{
    if (!r)
        return;
    leuko_program_unref(r->program);
    leuko_net_free(r->net);
    if (r->graph)
        leuko_graph_free(r->graph);
    else
        leuko_model_free(r->model);
    g_free(r->reason);
    g_free(r->note);
    g_free(r->cache_note);
    g_free(r->digest);
    g_free(r);
}
