#include "leuko/report.h"
#include "base/json.h"
#include "base/stage.h"
#include "report/document.h"
#include "report/page.h"
#include "report/report-folder.h"
#include <string.h>

LeukoReportOptions leuko_report_options_default(void)
{
    return (LeukoReportOptions){.n_mistakes = 12};
}

static gboolean is_ours(const char *dir)
{
    static const char *const files[] = {"report.html", "report.json", NULL};
    g_autoptr(GDir) open = g_dir_open(dir, 0, NULL);
    const char *name;
    guint n = 0;
    if (g_file_test(dir, G_FILE_TEST_IS_SYMLINK))
        return FALSE;
    while (open && (name = g_dir_read_name(open)))
        n += g_strv_contains(files, name) ? 1 : 100;
    if (n != 2)
        return FALSE;
    g_autofree gchar *path = g_build_filename(dir, "report.json", NULL);
    g_autoptr(json_t) json = leuko_json_load(path, NULL);
    return json_is_integer(json_object_get(json, "format")) &&
           json_is_string(json_object_get(json, "kind")) &&
           json_is_object(json_object_get(json, "result"));
}

gboolean leuko_report_check(const char *dir, GError **error)
{
    return is_ours(dir) || leuko_stage_check(dir, error);
}

gboolean leuko_report_write(json_t *document, const char *dir, GError **error)
{
    g_autoptr(LeukoStage) stage =
        is_ours(dir) ? leuko_stage_new_replacing(dir, error) : leuko_stage_new(dir, error);
    if (!stage)
        return FALSE;
    g_autofree gchar *page = leuko_report_page(document);
    g_autofree gchar *html = g_build_filename(leuko_stage_path(stage), "report.html", NULL);
    g_autofree gchar *json = g_build_filename(leuko_stage_path(stage), "report.json", NULL);
    leuko_report_drop_pictures(document);
    if (!leuko_stage_write(html, page, strlen(page), error) ||
        !leuko_json_save(document, json, error))
        return leuko_stage_fail(stage, error);
    return leuko_stage_commit(stage, error);
}

gboolean leuko_report_write_eval(const LeukoEvalResult *result, const char *dir,
                                 const LeukoReportOptions *options, GCancellable *cancellable,
                                 GError **error)
{
    const LeukoReportOptions standard = leuko_report_options_default();
    if (!leuko_report_check(dir, error))
        return FALSE;
    if (!options)
        options = &standard;
    g_autoptr(json_t) document = leuko_report_eval_document(
        result, options->command, options->n_mistakes, cancellable, error);
    return document && leuko_report_write(document, dir, error);
}
