#include "eval/explain-files.h"
#include "base/error.h"
#include "base/progress.h"
#include "base/stage.h"
#include <string.h>

/* Explain one file and draw its figure. */
static LeukoImage *draw(LeukoExplainer *e, const char *path, gint class_index, double alpha,
                        LeukoExplanation **explanation, GError **error)
{
    g_autoptr(LeukoImage) image = leuko_image_load(path, error);
    if (!image)
        return NULL;
    *explanation = leuko_explainer_explain(e, image, path, class_index, error);
    return *explanation ? leuko_explanation_figure(*explanation, image, alpha, error) : NULL;
}

/* "NAME.png", not used before; g_free. */
static gchar *name_of(const char *path, GHashTable *used)
{
    g_autofree gchar *stem = g_path_get_basename(path);
    char *dot = strrchr(stem, '.');
    if (dot && dot > stem)
        *dot = '\0';
    gchar *name = g_strdup_printf("%s.png", stem);
    for (guint i = 2; g_hash_table_contains(used, name); i++) {
        g_free(name);
        name = g_strdup_printf("%s-%u.png", stem, i);
    }
    g_hash_table_add(used, g_strdup(name));
    return name;
}

static gboolean write_staged(const LeukoStage *stage, const char *name, const LeukoImage *figure,
                             GError **error)
{
    g_autofree gchar *path = g_build_filename(leuko_stage_path(stage), name, NULL);
    g_autoptr(GBytes) png = leuko_image_encode(figure, "png", 0, error);
    return png &&
           leuko_stage_write(path, g_bytes_get_data(png, NULL), g_bytes_get_size(png), error);
}

gboolean leuko_explain_files(LeukoExplainer *e, const char *const *paths, guint n, gint class_index,
                             double alpha, const char *out, LeukoExplainedFunc func,
                             gpointer user_data, GCancellable *cancellable, LeukoReporter reporter,
                             GError **error)
{
    g_autoptr(GHashTable) used = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    gsize length = strlen(out);
    gboolean is_file = length > 4 && g_ascii_strcasecmp(out + length - 4, ".png") == 0;
    if (is_file && n > 1)
        return leuko_fail(
            LEUKO_ERROR_ARGUMENT, error,
            "%s: one PNG file cannot hold the figures of several images; name a folder", out);
    g_autoptr(LeukoStage) stage = is_file ? NULL : leuko_stage_new(out, error);
    if (!is_file && !stage)
        return FALSE;
    for (guint i = 0; i < n; i++) {
        g_autoptr(LeukoExplanation) x = NULL;
        if (leuko_is_cancelled(cancellable, error))
            return FALSE;
        g_autoptr(LeukoImage) figure = draw(e, paths[i], class_index, alpha, &x, error);
        g_autofree gchar *name = is_file ? NULL : name_of(paths[i], used);
        if (!figure || !(is_file ? leuko_image_save(figure, out, error)
                                 : write_staged(stage, name, figure, error)))
            return FALSE;
        g_autofree gchar *written = is_file ? g_strdup(out) : g_build_filename(out, name, NULL);
        func(x, written, user_data);
        leuko_report(reporter, "explaining", i + 1, n, "images", NULL);
    }
    return is_file || leuko_stage_commit(stage, error);
}
