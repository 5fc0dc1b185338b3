#include "smear/synth-folder.h"
#include "base/error.h"
#include "base/progress.h"
#include "base/stage.h"
#include "base/threads.h"
#include "smear/synth.h"

LeukoSynthOptions leuko_synth_options_default(void)
{
    return (LeukoSynthOptions){.kinds = {LEUKO_SYNTH_BLAST, LEUKO_SYNTH_LYMPHOCYTE},
                               .n_kinds = 2,
                               .per_class = 200,
                               .n_groups = 10,
                               .size_px = 299,
                               .seed = 7};
}

typedef struct {
    const LeukoSynthOptions *options;
    const char *folder;
    LeukoReporter reporter;
    GCancellable *cancellable;
    GMutex lock;
    GError *error; /* the first error */
    guint n_done, n_tasks;
} Run;

static gboolean save(const LeukoImage *image, const char *path, GError **error)
{
    g_autoptr(GBytes) bytes = leuko_image_encode(image, "jpeg", 92, error);
    return bytes &&
           leuko_stage_write(path, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), error);
}

static gboolean write_cell(const Run *run, guint task, GError **error)
{
    const LeukoSynthOptions *o = run->options;
    LeukoSynthKind kind = o->kinds[task / o->per_class];
    guint index = task % o->per_class, group = index % o->n_groups;
    g_autofree gchar *path = g_strdup_printf("%s/%s/P%02u_%04u.jpg", run->folder,
                                             leuko_synth_kind_name(kind), group + 1, index);
    g_autoptr(LeukoImage) image = leuko_synth_cell(kind, group, index, o->size_px, o->seed, error);
    return image && save(image, path, error);
}

static gboolean write_field(const Run *run, guint index, GError **error)
{
    const LeukoSynthOptions *o = run->options;
    guint group = index % o->n_groups;
    g_autofree gchar *stem = g_strdup_printf("%s/fields/P%02u_%04u", run->folder, group + 1, index);
    g_autofree gchar *path = g_strconcat(stem, ".jpg", NULL),
                     *csv = g_strconcat(stem, ".csv", NULL);
    g_autofree gchar *xyc = g_strconcat(stem, ".xyc", NULL);
    g_autoptr(GArray) truth = NULL;
    g_autoptr(LeukoImage) image =
        leuko_synth_field(o->kinds, o->n_kinds, group, index, o->seed, &truth, error);
    if (!image || !save(image, path, error))
        return FALSE;
    g_autoptr(GString) rows = g_string_new("x,y,class\n"), blasts = g_string_new(NULL);
    for (guint i = 0; i < truth->len; i++) {
        const LeukoSynthTruth *t = &g_array_index(truth, LeukoSynthTruth, i);
        g_string_append_printf(rows, "%.0f,%.0f,%s\n", t->x, t->y, leuko_synth_kind_name(t->kind));
        if (t->kind == LEUKO_SYNTH_BLAST)
            g_string_append_printf(blasts, "%.0f\t%.0f\n", t->x, t->y);
    }
    return leuko_stage_write(csv, rows->str, rows->len, error) &&
           leuko_stage_write(xyc, blasts->str, blasts->len, error);
}

static void run_task(gpointer data, gpointer user_data)
{
    Run *run = user_data;
    guint task = GPOINTER_TO_UINT(data) - 1,
          n_cells = run->options->per_class * run->options->n_kinds;
    g_autoptr(GError) error = NULL;
    g_mutex_lock(&run->lock);
    gboolean stopped = run->error != NULL;
    g_mutex_unlock(&run->lock);
    if (stopped)
        return;
    if (!leuko_is_cancelled(run->cancellable, &error)) {
        if (task < n_cells)
            write_cell(run, task, &error);
        else
            write_field(run, task - n_cells, &error);
    }
    g_mutex_lock(&run->lock);
    if (error && !run->error)
        run->error = g_steal_pointer(&error);
    leuko_report(run->reporter, "drawing", ++run->n_done, run->n_tasks, "images", NULL);
    g_mutex_unlock(&run->lock);
}

static gboolean make_folder(const char *root, const char *name, GError **error)
{
    g_autofree gchar *path = g_build_filename(root, name, NULL);
    return leuko_stage_make_folder(path, error);
}

static gboolean make_folders(const LeukoSynthOptions *o, const char *root, GError **error)
{
    for (guint k = 0; k < o->n_kinds; k++)
        if (!make_folder(root, leuko_synth_kind_name(o->kinds[k]), error))
            return FALSE;
    return o->n_fields == 0 || make_folder(root, "fields", error);
}

gboolean leuko_synth_folder(const char *out, const LeukoSynthOptions *o, LeukoReporter reporter,
                            GCancellable *cancellable, GError **error)
{
    if (o->n_kinds < 1 || o->n_groups < 1 || o->per_class > 1000000 || o->n_fields > 100000) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "synthetic images: at least one class and one group, at most 1000000 images "
                    "per class and "
                    "100000 fields");
        return FALSE;
    }
    g_autoptr(LeukoStage) stage = leuko_stage_new(out, error);
    if (!stage)
        return FALSE;
    if (!make_folders(o, leuko_stage_path(stage), error))
        return leuko_stage_fail(stage, error);
    Run run = {.options = o,
               .folder = leuko_stage_path(stage),
               .reporter = reporter,
               .cancellable = cancellable,
               .n_tasks = o->per_class * o->n_kinds + o->n_fields};
    g_mutex_init(&run.lock);
    GThreadPool *pool = leuko_threads_pool(run_task, &run, o->n_threads, error);
    if (!pool)
        return leuko_stage_fail(stage, error);
    for (guint t = 0; t < run.n_tasks; t++)
        g_thread_pool_push(pool, GUINT_TO_POINTER(t + 1), NULL);
    g_thread_pool_free(pool, FALSE, TRUE);
    g_mutex_clear(&run.lock);
    if (run.error) {
        g_propagate_error(error, run.error);
        return leuko_stage_fail(stage, error);
    }
    return leuko_stage_commit(stage, error);
}
