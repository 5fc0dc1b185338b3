/* A folder of images augmented by a thread pool: one image, all its files, is one task. */
#include "base/csv.h"
#include "base/durable.h"
#include "base/rng.h"
#include "base/stage.h"
#include "data/walk.h"
#include "image/augment.h"
#include "image/jpeg.h"
#include "image/preprocess.h"
#include "image/warp.h"
#include "leuko/error.h"
#include <errno.h>
#include <string.h>

typedef struct {
    const LeukoAugmentOptions *options;
    const char *in_dir, *out_dir; /* out_dir: the stage */
    GCancellable *cancellable;
    GMutex lock; /* guards what follows */
    GCond changed;
    guint n_done, n_files, n_skipped;
    gboolean is_stopped;
    guint error_index; /* of the image whose error is kept: the first in the list */
    GError *error;
    GQueue lines; /* of gchar *: images that were left out, for the reporter */
} Run;

typedef struct {
    Run *run;
    const char *path; /* of the image, below in_dir; borrowed */
    gchar *name;      /* of the files made of it: folder/ and base without ending */
    gchar *folder, *base;
    guint index;
    GString *rows; /* of augment.csv */
    guint n_files;
} Task;

LeukoAugmentOptions leuko_augment_options_default(void)
{
    return (LeukoAugmentOptions){.ops = LEUKO_AUGMENT_ALL,
                                 .n_rotations = LEUKO_AUGMENT_ROTATIONS,
                                 .side_px = LEUKO_AUGMENT_SIDE,
                                 .quality = 95,
                                 .n_threads = 1,
                                 .seed = 50};
}

/* Encode, write, and note the row. bands 1: the image's channels are equal and one is kept. */
static gboolean put_file(Task *task, const char *prefix, const LeukoImage *image, guint bands,
                         const char *operation, const char *parameters, GError **error)
{
    const LeukoAugmentOptions *options = task->run->options;
    g_autofree guint8 *gray = NULL;
    const guint8 *pixels = image->pixels;
    if (bands == 1) {
        gsize n = (gsize)image->width * image->height;
        pixels = gray = g_malloc(n);
        for (gsize i = 0; i < n; i++)
            gray[i] = image->pixels[i * LEUKO_CHANNELS];
    }
    g_autoptr(GBytes) bytes = image_jpeg_encode(pixels, image->width, image->height, bands,
                                                options->quality, TRUE, error);
    if (!bytes)
        return FALSE;
    g_autofree gchar *below = g_strconcat(task->folder, prefix, task->base, ".jpg", NULL);
    g_autofree gchar *path = g_build_filename(task->run->out_dir, below, NULL);
    if (!leuko_stage_write(path, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), error))
        return FALSE;
    g_autofree gchar *seed = g_strdup_printf("%" G_GUINT64_FORMAT, options->seed);
    const char *const fields[] = {below, task->path, operation, parameters, seed};
    for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
        leuko_csv_append(task->rows, fields[i]);
    leuko_csv_end_row(task->rows);
    task->n_files++;
    return TRUE;
}

/* As put_file(), for an operator's result, which is freed; NULL is its error. */
static gboolean put_made(Task *task, const char *prefix, LeukoImage *image, guint bands,
                         const char *operation, const char *parameters, GError **error)
{
    g_autoptr(LeukoImage) made = image;
    return made && put_file(task, prefix, made, bands, operation, parameters, error);
}

static gboolean put_simple(Task *task, const LeukoImage *image, GError **error)
{
    guint ops = task->run->options->ops;
    if ((ops & LEUKO_AUGMENT_GRAY) &&
        !put_made(task, "Gray-", leuko_augment_gray(image, error), 1, "grayscale", "", error))
        return FALSE;
    if ((ops & LEUKO_AUGMENT_HIST) &&
        !put_made(task, "Hist-", leuko_augment_equalize(image, error), 1, "equalize", "", error))
        return FALSE;
    if ((ops & LEUKO_AUGMENT_FLIP) &&
        (!put_made(task, "Hor-", leuko_augment_flip(image, TRUE, error), 3, "reflect",
                   "axis=horizontal", error) ||
         !put_made(task, "Ver-", leuko_augment_flip(image, FALSE, error), 3, "reflect",
                   "axis=vertical", error)))
        return FALSE;
    return !(ops & LEUKO_AUGMENT_BLUR) ||
           put_made(task, "Gaus-", leuko_augment_blur(image, LEUKO_AUGMENT_BLUR_SIGMA, error), 3,
                    "blur", "sigma=5.11", error);
}

static gboolean put_warped(Task *task, const char *prefix, const WarpSource *source,
                           const double m[6], const guint8 border[3], LeukoImage *buffer,
                           const char *operation, const char *what, GError **error)
{
    double inverse[6];
    gboolean is_invertible = warp_invert(m, inverse);
    g_assert(is_invertible); /* rotations, shifts and shears all are */
    warp_affine(source, inverse, border, buffer);
    g_autofree gchar *parameters =
        g_strdup_printf("%s border=%u/%u/%u", what, border[0], border[1], border[2]);
    return put_file(task, prefix, buffer, 3, operation, parameters, error);
}

static gboolean put_rotations(Task *task, const WarpSource *source, const guint8 border[3],
                              LeukoImage *buffer, GError **error)
{
    const LeukoAugmentOptions *options = task->run->options;
    guint turns[LEUKO_AUGMENT_MAX_ROTATIONS]; /* -180 is 180: 360 whole degrees differ */
    for (guint i = 0; i < LEUKO_AUGMENT_MAX_ROTATIONS; i++)
        turns[i] = i;
    LeukoRng rng;
    leuko_rng_init(&rng, options->seed, "augment-rotation",
                   leuko_hash64(task->path, strlen(task->path)));
    leuko_rng_shuffle(&rng, turns, LEUKO_AUGMENT_MAX_ROTATIONS);
    for (guint i = 0; i < options->n_rotations; i++) {
        if (g_cancellable_is_cancelled(task->run->cancellable))
            return !leuko_is_cancelled(task->run->cancellable, error);
        gint degrees = (gint)turns[i] - 179;
        double m[6];
        leuko_augment_rotation(buffer->width, buffer->height, degrees, LEUKO_AUGMENT_ROTATION_SCALE,
                               m);
        g_autofree gchar *prefix = g_strdup_printf("%d-%u-", degrees, i);
        g_autofree gchar *what = g_strdup_printf("degrees=%d scale=0.7", degrees);
        if (!put_warped(task, prefix, source, m, border, buffer, "rotate", what, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean put_warps(Task *task, const LeukoImage *image, GError **error)
{
    const LeukoAugmentOptions *options = task->run->options;
    guint8 border[3];
    if (options->has_border)
        memcpy(border, options->border, sizeof border);
    else
        leuko_augment_background(image, border);
    g_auto(WarpSource) source = {0};
    g_autoptr(LeukoImage) buffer = leuko_image_new(image->width, image->height, error);
    if (!buffer || !warp_source_init(&source, image, error))
        return FALSE;
    if (options->ops & LEUKO_AUGMENT_TRANSLATE) {
        guint dx =
            (LEUKO_AUGMENT_SHIFT_X * image->width + LEUKO_AUGMENT_SIDE / 2) / LEUKO_AUGMENT_SIDE;
        guint dy =
            (LEUKO_AUGMENT_SHIFT_Y * image->height + LEUKO_AUGMENT_SIDE / 2) / LEUKO_AUGMENT_SIDE;
        const double m[6] = {1, 0, dx, 0, 1, dy};
        g_autofree gchar *what = g_strdup_printf("dx=%u dy=%u", dx, dy);
        if (!put_warped(task, "Trans-", &source, m, border, buffer, "translate", what, error))
            return FALSE;
    }
    if (options->ops & LEUKO_AUGMENT_SHEARED) {
        double m[6];
        leuko_augment_shear(image->height, LEUKO_AUGMENT_SHEAR, m);
        if (!put_warped(task, "Shear-", &source, m, border, buffer, "shear", "factor=0.2", error))
            return FALSE;
    }
    return !(options->ops & LEUKO_AUGMENT_ROTATE) ||
           put_rotations(task, &source, border, buffer, error);
}

static gboolean make_files(Task *task, gboolean *is_unreadable, GError **error)
{
    const LeukoAugmentOptions *options = task->run->options;
    g_autofree gchar *path = g_build_filename(task->run->in_dir, task->path, NULL);
    g_autoptr(LeukoImage) whole = leuko_image_load(path, error);
    *is_unreadable = !whole;
    if (!whole)
        return FALSE;
    g_autoptr(LeukoImage) image =
        leuko_image_resize(whole, options->side_px, options->side_px, error);
    g_autofree gchar *size = g_strdup_printf("side=%u", options->side_px);
    return image && put_file(task, "", image, 3, "original", size, error) &&
           put_simple(task, image, error) && put_warps(task, image, error);
}

static void run_task(gpointer data, gpointer user_data)
{
    Task *task = data;
    Run *run = user_data;
    g_mutex_lock(&run->lock);
    gboolean is_stopped = run->is_stopped && run->error_index < task->index;
    g_mutex_unlock(&run->lock);
    if (is_stopped || g_cancellable_is_cancelled(run->cancellable))
        return;

    g_autoptr(GError) error = NULL;
    gboolean is_unreadable = FALSE;
    gboolean ok = make_files(task, &is_unreadable, &error);

    g_mutex_lock(&run->lock);
    run->n_done++;
    run->n_files += task->n_files;
    if (!ok && is_unreadable && run->options->skip_unreadable) {
        run->n_skipped++;
        g_queue_push_tail(&run->lines, g_strdup_printf("left out: %s", error->message));
    } else if (!ok && (!run->is_stopped || task->index < run->error_index)) {
        /* images before this one still run, so the error told is the same for any threads */
        run->is_stopped = TRUE;
        run->error_index = task->index;
        g_clear_error(&run->error);
        run->error = g_steal_pointer(&error);
    }
    g_cond_signal(&run->changed);
    g_mutex_unlock(&run->lock);
}

static void task_free(gpointer data)
{
    Task *task = data;
    g_free(task->name);
    g_free(task->folder);
    g_free(task->base);
    g_string_free(task->rows, TRUE);
    g_free(task);
}

/* The base of the files' names: the image's without its ending, or with it (`a.png` -> `a.png`)
 * where two images differ in the ending alone. */
static gboolean make_tasks(Run *run, const GPtrArray *paths, GPtrArray *tasks, GError **error)
{
    g_autoptr(GHashTable) stems = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < paths->len; i++) {
        const char *path = paths->pdata[i];
        gchar *stem = g_strndup(path, (gsize)(strrchr(path, '.') - path));
        guint n = GPOINTER_TO_UINT(g_hash_table_lookup(stems, stem));
        g_hash_table_replace(stems, stem, GUINT_TO_POINTER(n + 1));
    }
    for (guint i = 0; i < paths->len; i++) {
        Task *task = g_new0(Task, 1);
        task->run = run;
        task->path = paths->pdata[i];
        task->index = i;
        task->rows = g_string_new(NULL);
        g_ptr_array_add(tasks, task);
        g_autofree gchar *stem =
            g_strndup(task->path, (gsize)(strrchr(task->path, '.') - task->path));
        gboolean is_alone = GPOINTER_TO_UINT(g_hash_table_lookup(stems, stem)) == 1;
        task->name = is_alone ? g_steal_pointer(&stem) : g_strdup(task->path);
        const char *slash = strrchr(task->name, '/');
        task->folder = g_strndup(task->name, slash ? (gsize)(slash - task->name + 1) : 0);
        task->base = g_strdup(slash ? slash + 1 : task->name);
        if (!g_hash_table_add(names, task->name)) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                        "%s/%s: another image would get the same file names; rename one",
                        run->in_dir, task->path);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean make_folders(const Run *run, GPtrArray *tasks, GError **error)
{
    const char *last = "";
    for (guint i = 0; i < tasks->len; i++) {
        const Task *task = tasks->pdata[i];
        if (strcmp(task->folder, last) == 0)
            continue;
        last = task->folder;
        g_autofree gchar *path = g_build_filename(run->out_dir, task->folder, NULL);
        if (!leuko_stage_make_folder(path, error))
            return FALSE;
    }
    return TRUE;
}

static void tell(Run *run, GQueue *lines, guint n_done, guint total, guint n_files,
                 LeukoReporter reporter)
{
    (void)run;
    gchar *line;
    while ((line = g_queue_pop_head(lines))) {
        leuko_report_line(reporter, "augment", "%s", line);
        g_free(line);
    }
    g_autofree gchar *note = g_strdup_printf("%u files", n_files);
    leuko_report(reporter, "augment", n_done, total, "images", note);
}

/* Feed the pool and follow it until all is done, one failed, or the user interrupts. */
static gboolean run_pool(Run *run, GPtrArray *tasks, LeukoReporter reporter, GError **error)
{
    g_autoptr(GError) own = NULL;
    GThreadPool *pool = g_thread_pool_new(run_task, run, (gint)run->options->n_threads, TRUE, &own);
    if (!pool) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "no threads: %s", own->message);
        return FALSE;
    }
    for (guint i = 0; i < tasks->len; i++)
        g_thread_pool_push(pool, tasks->pdata[i], NULL);
    g_mutex_lock(&run->lock);
    while (run->n_done < tasks->len && !run->is_stopped &&
           !g_cancellable_is_cancelled(run->cancellable)) {
        /* the cancellable has no condition of its own: look again every 50 ms */
        g_cond_wait_until(&run->changed, &run->lock, g_get_monotonic_time() + 50000);
        GQueue lines = run->lines;
        g_queue_init(&run->lines);
        guint n_done = run->n_done, n_files = run->n_files;
        g_mutex_unlock(&run->lock);
        tell(run, &lines, n_done, tasks->len, n_files, reporter);
        g_mutex_lock(&run->lock);
    }
    g_mutex_unlock(&run->lock);
    g_thread_pool_free(pool, FALSE, TRUE); /* tasks behind an error or a signal return at once */
    tell(run, &run->lines, run->n_done, tasks->len, run->n_files, reporter);
    if (leuko_is_cancelled(run->cancellable, error))
        return FALSE;
    if (run->error) {
        g_propagate_error(error, g_steal_pointer(&run->error));
        return FALSE;
    }
    return TRUE;
}

static gboolean write_table(const Run *run, GPtrArray *tasks, GError **error)
{
    g_autofree gchar *path = g_build_filename(run->out_dir, "augment.csv", NULL);
    g_autoptr(LeukoDurable) file = leuko_durable_new(path, error);
    if (!file || !leuko_durable_printf(file, error, "file,source,operation,parameters,seed\n"))
        return FALSE;
    for (guint i = 0; i < tasks->len; i++) {
        const Task *task = tasks->pdata[i];
        if (!leuko_durable_write(file, task->rows->str, task->rows->len, error))
            return FALSE;
    }
    return leuko_durable_commit(file, error);
}

static gboolean are_options_sound(const LeukoAugmentOptions *o, GError **error)
{
    if (o->n_rotations >= 1 && o->n_rotations <= LEUKO_AUGMENT_MAX_ROTATIONS && o->side_px >= 16 &&
        o->side_px <= 4096 && o->quality >= 1 && o->quality <= 100 && o->n_threads >= 1)
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                "augmentation with %u rotations, side %u, quality %d, %u threads is not possible",
                o->n_rotations, o->side_px, o->quality, o->n_threads);
    return FALSE;
}

gboolean leuko_augment_folder(const char *in_dir, const char *out_dir,
                              const LeukoAugmentOptions *options, LeukoReporter reporter,
                              GCancellable *cancellable, LeukoAugmentResult *result, GError **error)
{
    if (!are_options_sound(options, error) || !leuko_folder_is_outside(in_dir, out_dir, error))
        return FALSE;
    g_autofree gchar *table = g_build_filename(in_dir, "augment.csv", NULL);
    if (g_file_test(table, G_FILE_TEST_EXISTS)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: these images are augmented already (augment.csv)", in_dir);
        return FALSE;
    }
    g_autoptr(LeukoWalk) walk = leuko_walk_folder(in_dir, LEUKO_WALK_MAX_DEPTH, error);
    if (!walk || !leuko_walk_refuse(walk, LEUKO_SKIP_INCOMPLETE, error))
        return FALSE;
    const GPtrArray *paths = walk->files;
    if (paths->len == 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA, "%s: no images in this folder", in_dir);
        return FALSE;
    }
    g_autoptr(GPtrArray) tasks = g_ptr_array_new_with_free_func(task_free);
    Run run = {.options = options, .in_dir = in_dir, .cancellable = cancellable};
    g_queue_init(&run.lines);
    if (!make_tasks(&run, paths, tasks, error))
        return FALSE;
    g_autoptr(LeukoStage) stage = leuko_stage_new(out_dir, error);
    if (!stage)
        return FALSE;
    run.out_dir = leuko_stage_path(stage);
    g_mutex_init(&run.lock);
    g_cond_init(&run.changed);
    gboolean ok = make_folders(&run, tasks, error) && run_pool(&run, tasks, reporter, error);
    g_mutex_clear(&run.lock);
    g_cond_clear(&run.changed);
    g_clear_error(&run.error);
    if (ok && run.n_files == 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA, "%s: none of %u images could be read",
                    in_dir, paths->len);
        return FALSE;
    }
    if (result)
        *result = (LeukoAugmentResult){paths->len - run.n_skipped, run.n_files, run.n_skipped};
    ok = ok && write_table(&run, tasks, error) && leuko_stage_commit(stage, error);
    return ok || leuko_stage_fail(stage, error);
}
