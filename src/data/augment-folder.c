#include "data/augment-folder.h"
#include "base/durable.h"
#include "base/error.h"
#include "base/file-names.h"
#include "base/outputs.h"
#include "base/plural.h"
#include "base/progress.h"
#include "base/stage.h"
#include "base/threads.h"
#include "data/catalog.h"
#include "data/naming.h"
#include <string.h>

typedef struct {
    const LeukoAugmentOptions *options;
    const char *in_dir, *out_dir; /* out_dir: the stage */
    GCancellable *cancellable;
    LeukoReporter reporter;
    GPtrArray *tasks; /* of Task */
    GMutex lock;      /* guards the members below */
    GCond changed;
    guint n_done, n_files, n_skipped;
    gboolean is_stopped;
    guint error_index; /* index of the image that `error` is about */
    GError *error;     /* the error of the first image in the list that failed */
    GQueue lines;      /* of gchar *: lines about skipped images for the reporter */
} Run;

/* One image with all its files is one task of the thread pool. */
typedef struct {
    LeukoAugmentImage image;
    guint index;
    gchar *name; /* of its files: folder and base */
    gchar *folder, *base;
} Task;

static void task_free(gpointer data)
{
    Task *task = data;
    g_free(task->name);
    g_free(task->folder);
    g_free(task->base);
    g_string_free(task->image.rows, TRUE);
    g_free(task);
}

/* TRUE if an image before this one in the list has failed. */
static gboolean is_behind_error(Run *run, const Task *task)
{
    g_mutex_lock(&run->lock);
    gboolean behind = run->is_stopped && run->error_index < task->index;
    g_mutex_unlock(&run->lock);
    return behind;
}

static void run_task(gpointer data, gpointer user_data)
{
    Task *task = data;
    Run *run = user_data;
    if (is_behind_error(run, task) || g_cancellable_is_cancelled(run->cancellable))
        return;
    g_autoptr(GError) error = NULL;
    gboolean ok = leuko_augment_image(&task->image, &error);

    g_mutex_lock(&run->lock);
    run->n_done++;
    run->n_files += task->image.n_files;
    if (!ok && task->image.is_unreadable && run->options->skip_unreadable) {
        run->n_skipped++;
        g_queue_push_tail(&run->lines, g_strdup_printf("skipped: %s", error->message));
    } else if (!ok && (!run->is_stopped || task->index < run->error_index)) {
        /* images before this one still run, so that any number of threads gives the same error */
        run->is_stopped = TRUE;
        run->error_index = task->index;
        g_clear_error(&run->error);
        run->error = g_steal_pointer(&error);
    }
    g_cond_signal(&run->changed);
    g_mutex_unlock(&run->lock);
}

/* The path of an image without its ending. */
static gchar *stem_of(const char *path) { return g_strndup(path, leuko_naming_stem(path)); }

/* stem -> number of images with that stem. */
static GHashTable *count_stems(const GPtrArray *paths)
{
    GHashTable *stems = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < paths->len; i++) {
        gchar *stem = stem_of(paths->pdata[i]);
        guint n = GPOINTER_TO_UINT(g_hash_table_lookup(stems, stem));
        g_hash_table_replace(stems, stem, GUINT_TO_POINTER(n + 1));
    }
    return stems;
}

/* The files of `path` are named after its stem, or after `path` with its ending (`a.png`) where
 * several images have the stem. */
static Task *task_new(Run *run, const char *path, guint index, GHashTable *stems)
{
    Task *task = g_new0(Task, 1);
    g_autofree gchar *stem = stem_of(path);
    gboolean is_alone = GPOINTER_TO_UINT(g_hash_table_lookup(stems, stem)) == 1;
    task->index = index;
    task->name = is_alone ? g_steal_pointer(&stem) : g_strdup(path);
    const char *slash = strrchr(task->name, '/');
    task->folder = g_strndup(task->name, slash ? (gsize)(slash - task->name + 1) : 0);
    task->base = g_strdup(slash ? slash + 1 : task->name);
    task->image = (LeukoAugmentImage){.in_dir = run->in_dir,
                                      .out_dir = run->out_dir,
                                      .path = path,
                                      .folder = task->folder,
                                      .base = task->base,
                                      .options = run->options,
                                      .cancellable = run->cancellable,
                                      .rows = g_string_new(NULL)};
    return task;
}

/* An image named like an augmented copy of another: their files would have the same names. NULL: no
 * such image. */
static const char *find_copy(const Run *run, GHashTable *names)
{
    for (guint i = 0; i < run->tasks->len; i++) {
        const Task *task = run->tasks->pdata[i];
        gsize n = leuko_naming_copy_prefix(task->base);
        g_autofree gchar *source = g_strconcat(task->folder, task->base + n, NULL);
        if (n > 0 && g_hash_table_contains(names, source))
            return task->image.path;
    }
    return NULL;
}

static gboolean make_tasks(Run *run, const GPtrArray *paths, GError **error)
{
    g_autoptr(GHashTable) stems = count_stems(paths);
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < paths->len; i++) {
        Task *task = task_new(run, paths->pdata[i], i, stems);
        g_ptr_array_add(run->tasks, task);
        if (!g_hash_table_add(names, task->name)) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                        "%s/%s: the files of another image would have the same names; rename one",
                        run->in_dir, task->image.path);
            return FALSE;
        }
    }
    const char *copy = find_copy(run, names);
    if (copy)
        g_set_error(
            error, LEUKO_ERROR, LEUKO_ERROR_DATA,
            "%s/%s: is named like an augmented copy of an image beside it; remove or rename "
            "it",
            run->in_dir, copy);
    return !copy;
}

static gboolean make_folders(const Run *run, GError **error)
{
    const char *last = "";
    for (guint i = 0; i < run->tasks->len; i++) {
        const Task *task = run->tasks->pdata[i];
        if (strcmp(task->folder, last) == 0)
            continue;
        last = task->folder;
        g_autofree gchar *path = g_build_filename(run->out_dir, task->folder, NULL);
        if (!leuko_stage_make_folder(path, error))
            return FALSE;
    }
    return TRUE;
}

/* Report the lines and the progress. Called with the lock held, which is released meanwhile. */
static void report(Run *run)
{
    GQueue lines = run->lines;
    g_queue_init(&run->lines);
    guint n_done = run->n_done, n_files = run->n_files;
    g_mutex_unlock(&run->lock);
    for (gchar *line; (line = g_queue_pop_head(&lines)); g_free(line))
        leuko_report_line(run->reporter, "augment", "%s", line);
    g_autofree gchar *note = g_strdup_printf("%u %s", n_files, LEUKO_PLURAL(n_files, "file"));
    leuko_report(run->reporter, "augment", n_done, run->tasks->len, "images", note);
    g_mutex_lock(&run->lock);
}

/* Run all tasks until they are done, one fails, or the caller cancels. */
static gboolean run_pool(Run *run, GError **error)
{
    GThreadPool *pool = leuko_threads_pool(run_task, run, run->options->n_threads, error);
    if (!pool)
        return FALSE;
    for (guint i = 0; i < run->tasks->len; i++)
        g_thread_pool_push(pool, run->tasks->pdata[i], NULL);
    g_mutex_lock(&run->lock);
    while (run->n_done < run->tasks->len && !run->is_stopped &&
           !g_cancellable_is_cancelled(run->cancellable)) {
        /* a GCancellable signals no condition: look at it every 50 ms */
        g_cond_wait_until(&run->changed, &run->lock, g_get_monotonic_time() + 50000);
        report(run);
    }
    g_mutex_unlock(&run->lock);
    g_thread_pool_free(pool, FALSE, TRUE); /* after an error or a cancel, tasks return at once */
    g_mutex_lock(&run->lock);
    report(run);
    g_mutex_unlock(&run->lock);
    if (leuko_is_cancelled(run->cancellable, error))
        return FALSE;
    if (run->error)
        g_propagate_error(error, g_steal_pointer(&run->error));
    return !run->is_stopped;
}

static gboolean write_table(const Run *run, GError **error)
{
    g_autofree gchar *path = g_build_filename(run->out_dir, "augment.csv", NULL);
    g_autoptr(LeukoDurable) file = leuko_durable_new(path, error);
    if (!file || !leuko_durable_printf(file, error, "file,source,operation,parameters,seed\n"))
        return FALSE;
    for (guint i = 0; i < run->tasks->len; i++) {
        const GString *rows = ((const Task *)run->tasks->pdata[i])->image.rows;
        if (!leuko_durable_write(file, rows->str, rows->len, error))
            return FALSE;
    }
    return leuko_durable_commit(file, error);
}

static LeukoCatalog *find_images(const char *in_dir, const LeukoAugmentOptions *options,
                                 GError **error)
{
    g_autofree gchar *table = g_build_filename(in_dir, "augment.csv", NULL);
    if (g_file_test(table, G_FILE_TEST_EXISTS)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: these images are augmented already (the folder has an augment.csv)",
                    in_dir);
        return NULL;
    }
    LeukoFolderOptions folder = options->folder;
    folder.class_is_optional = TRUE;
    return leuko_catalog_new(in_dir, &folder, error);
}

/* The images in byte order of their paths: of gchar *, borrowed. */
static GPtrArray *sorted_files(const LeukoCatalog *c)
{
    GPtrArray *files = g_ptr_array_new();
    for (guint i = 0; i < c->items->len; i++)
        g_ptr_array_add(files, leuko_catalog_item(c, i)->file);
    g_ptr_array_sort(files, leuko_compare_names);
    return files;
}

static void report_folder(const LeukoCatalog *c, LeukoReporter reporter)
{
    const LeukoWalk *walk = c->layout->walk;
    for (guint i = 0; c->notes->pdata[i]; i++)
        leuko_report_line(reporter, "augment", "%s", (const char *)c->notes->pdata[i]);
    if (walk->skipped->len == 0)
        return;
    g_autofree gchar *skipped = leuko_walk_describe_skipped(walk);
    leuko_report_line(reporter, "augment", "%s: skipped files: %u (%s)", c->root,
                      walk->skipped->len, skipped);
}

/* Write everything into the stage. */
static gboolean write_all(Run *run, const GPtrArray *files, GError **error)
{
    if (!make_tasks(run, files, error) || !make_folders(run, error) || !run_pool(run, error))
        return FALSE;
    if (run->n_files > 0)
        return write_table(run, error);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                "%s: contains no readable image (%u unreadable)", run->in_dir, files->len);
    return FALSE;
}

static void run_clear(Run *run)
{
    g_ptr_array_unref(run->tasks);
    g_mutex_clear(&run->lock);
    g_cond_clear(&run->changed);
    g_clear_error(&run->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

gboolean leuko_augment_folder(const char *in_dir, const char *out_dir,
                              const LeukoAugmentOptions *options, LeukoReporter reporter,
                              GCancellable *cancellable, LeukoAugmentResult *result, GError **error)
{
    if (!leuko_augment_options_check(options, error) || !leuko_output_check(out_dir, in_dir, error))
        return FALSE;
    g_autoptr(LeukoCatalog) catalog = find_images(in_dir, options, error);
    g_autoptr(LeukoStage) stage = catalog ? leuko_stage_new(out_dir, error) : NULL;
    if (!stage)
        return FALSE;
    g_auto(Run) run = {.options = options,
                       .in_dir = in_dir,
                       .out_dir = leuko_stage_path(stage),
                       .cancellable = cancellable,
                       .reporter = reporter,
                       .tasks = g_ptr_array_new_with_free_func(task_free)};
    g_autoptr(GPtrArray) files = sorted_files(catalog);
    report_folder(catalog, reporter);
    g_queue_init(&run.lines);
    g_mutex_init(&run.lock);
    g_cond_init(&run.changed);
    if (!write_all(&run, files, error) || !leuko_stage_commit(stage, error))
        return leuko_stage_fail(stage, error);
    if (result)
        *result = (LeukoAugmentResult){files->len - run.n_skipped, run.n_files, run.n_skipped};
    return TRUE;
}
