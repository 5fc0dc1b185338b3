/* Take a trained model to where it runs: freeze it for other programs, compile it for Leuko, and
 * verify that both files answer as the model does.
 *
 *     cc deploy.c -o deploy $(pkg-config --cflags --libs leuko)
 *     ./deploy MODEL.safetensors SHARDS
 *
 * Writes MODEL.safetensors.onnx and MODEL.safetensors.graph. SHARDS is the folder that the model
 * was trained on: int8 is calibrated on its training split and checked on its validation split.
 */
#include <leuko/leuko.h>
#include <stdio.h>
#include <stdlib.h>

static void on_progress(const LeukoProgress *progress, gpointer user_data)
{
    (void)user_data;
    if (progress->is_line)
        fprintf(stderr, "%s\n", progress->note);
}

/* For ONNX Runtime, OpenVINO, OpenCV and others. */
static gboolean freeze(const char *model, const char *onnx, GError **error)
{
    LeukoFreezeReport report;
    if (!leuko_freeze(model, onnx, NULL, &report, error))
        return FALSE;
    printf("%s: input %s, output %s, %u classes\n", onnx, report.input, report.output,
           report.n_classes);
    return TRUE;
}

/* Fails with LEUKO_ERROR_GATE, and writes nothing, if the graph decides too differently. */
static gboolean compile(const char *model, const char *graph, const char *shards,
                        LeukoReporter reporter, GError **error)
{
    LeukoCompileOptions options = leuko_compile_options_default();
    options.precision = LEUKO_INT8;
    options.data = shards;
    LeukoCompileReport *report = NULL;
    gboolean ok = leuko_compile_run(model, graph, &options, &report, NULL, reporter, error);
    if (report)
        printf("%s: %u of %u decisions differ from fp32, %u of %u convolutions raised\n", graph,
               report->last.n_flips, report->last.n, report->n_raised, report->n_convs);
    leuko_compile_report_free(report);
    return ok;
}

/* Reads the frozen or compiled file back and classifies the same images with both. */
static gboolean verify(const char *model, const char *other, const char *shards,
                       LeukoReporter reporter, GError **error)
{
    LeukoVerifyOptions options = leuko_verify_options_default();
    options.data = shards;
    options.split = "validation";
    LeukoVerifyReport *report = leuko_verify_run(model, other, &options, NULL, reporter, error);
    if (!report)
        return FALSE;
    gboolean same = report->same;
    printf("%s: %u of %u decisions differ: %s\n", other, report->n_flips, report->n,
           same ? "the same answers" : "other answers");
    if (!same)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_GATE, "%s: its answers differ from those of %s",
                    other, model);
    leuko_verify_report_free(report);
    return same;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: deploy MODEL.safetensors SHARDS\n");
        return EXIT_FAILURE;
    }
    GError *error = NULL;
    const LeukoReporter reporter = {on_progress, NULL};
    gchar *onnx = g_strconcat(argv[1], ".onnx", NULL);
    gchar *graph = g_strconcat(argv[1], ".graph", NULL);
    gboolean ok = freeze(argv[1], onnx, &error) &&
                  compile(argv[1], graph, argv[2], reporter, &error) &&
                  verify(argv[1], onnx, argv[2], reporter, &error) &&
                  verify(argv[1], graph, argv[2], reporter, &error);
    if (!ok) {
        fprintf(stderr, "%s\n", error->message);
        g_error_free(error);
    }
    g_free(onnx);
    g_free(graph);
    puts(LEUKO_RESEARCH_ONLY);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
