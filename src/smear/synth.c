#include "smear/synth.h"
#include "base/durable.h"
#include "leuko/error.h"
#include "smear/synth-scene.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

enum { FIELD_WIDTH = 1600, FIELD_HEIGHT = 1200 };
static const double FIELD_PX_PER_UM = 7.0, IMAGE_UM = 24.0;

static const char *const kind_names[] = {"blast", "lymphocyte", "neutrophil", "monocyte",
                                         "eosinophil"};

const char *leuko_synth_kind_name(LeukoSynthKind kind) { return kind_names[kind]; }

gint leuko_synth_kind_parse(const char *name)
{
    for (gint k = 0; k < LEUKO_SYNTH_N_KINDS; k++)
        if (strcmp(name, kind_names[k]) == 0)
            return k;
    return -1;
}

static void scene_init(SynthScene *s, guint width, guint height, double px_per_um,
                       const SynthStain *stain, LeukoRng *rng)
{
    *s = (SynthScene){.width = width,
                      .height = height,
                      .px_per_um = px_per_um,
                      .stain = stain,
                      .cells = g_array_new(FALSE, FALSE, sizeof(SynthCell)),
                      .red_cells = g_array_new(FALSE, FALSE, sizeof(SynthRedCell)),
                      .platelets = g_array_new(FALSE, FALSE, sizeof(SynthDisc)),
                      .noise = (guint32)leuko_rng_u64(rng)};
}

static void scene_clear(SynthScene *s)
{
    g_array_unref(s->cells);
    g_array_unref(s->red_cells);
    g_array_unref(s->platelets);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SynthScene, scene_clear)

LeukoImage *leuko_synth_cell(LeukoSynthKind kind, guint group, guint index, guint size_px,
                             guint64 seed, GError **error)
{
    if (size_px < 75 || size_px > 2048) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "an image of %u px: must be 75 to 2048", size_px);
        return NULL;
    }
    LeukoRng rng;
    SynthStain stain;
    SynthCell cell;
    leuko_rng_init(&rng, seed, kind_names[kind], (guint64)group << 32 | index);
    synth_stain_draw(&stain, group, seed);
    g_auto(SynthScene) scene = {0};
    scene_init(&scene, size_px, size_px, size_px / IMAGE_UM, &stain, &rng);
    synth_cell_draw(&cell, kind, IMAGE_UM / 2 + leuko_rng_range(&rng, -1.2, 1.2),
                    IMAGE_UM / 2 + leuko_rng_range(&rng, -1.2, 1.2), &rng);
    g_array_append_val(scene.cells, cell);
    synth_scene_populate(&scene, leuko_rng_range(&rng, 8, 17), &rng);
    return synth_scene_render(&scene, &rng, error);
}

LeukoImage *leuko_synth_field(const LeukoSynthKind *kinds, guint n_kinds, guint group, guint index,
                              guint64 seed, GArray **truth, GError **error)
{
    LeukoRng rng;
    SynthStain stain;
    leuko_rng_init(&rng, seed, "synth field", (guint64)group << 32 | index);
    synth_stain_draw(&stain, group, seed);
    g_auto(SynthScene) scene = {0};
    scene_init(&scene, FIELD_WIDTH, FIELD_HEIGHT, FIELD_PX_PER_UM, &stain, &rng);
    *truth = g_array_new(FALSE, FALSE, sizeof(LeukoSynthTruth));
    double w = FIELD_WIDTH / FIELD_PX_PER_UM, h = FIELD_HEIGHT / FIELD_PX_PER_UM;
    guint wanted = 6 + (guint)leuko_rng_below(&rng, 13);
    for (guint tries = 0; tries < 40 * wanted && scene.cells->len < wanted; tries++) {
        SynthCell cell;
        double x = leuko_rng_range(&rng, 10, w - 10), y = leuko_rng_range(&rng, 10, h - 10);
        gboolean crowded = FALSE;
        for (guint i = 0; i < scene.cells->len; i++) {
            const SynthCell *other = &g_array_index(scene.cells, SynthCell, i);
            crowded |= hypot(x - other->x, y - other->y) < 19;
        }
        LeukoSynthKind kind = kinds[leuko_rng_below(&rng, n_kinds)];
        synth_cell_draw(&cell, kind, x, y, &rng);
        if (crowded)
            continue;
        LeukoSynthTruth t = {x * FIELD_PX_PER_UM, y * FIELD_PX_PER_UM, kind};
        g_array_append_val(scene.cells, cell);
        g_array_append_val(*truth, t);
    }
    synth_scene_populate(&scene, leuko_rng_range(&rng, 9, 16), &rng);
    LeukoImage *image = synth_scene_render(&scene, &rng, error);
    if (!image)
        g_clear_pointer(truth, g_array_unref);
    return image;
}

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
    GError *error; /* the first */
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
    g_autofree gchar *path =
        g_strdup_printf("%s/%s/P%02u_%04u.jpg", run->folder, kind_names[kind], group + 1, index);
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
        g_string_append_printf(rows, "%.0f,%.0f,%s\n", t->x, t->y, kind_names[t->kind]);
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
    if (g_mkdir(path, 0777) == 0)
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: cannot make this folder: %s", path,
                g_strerror(errno));
    return FALSE;
}

static gboolean make_folders(const LeukoSynthOptions *o, const char *root, GError **error)
{
    for (guint k = 0; k < o->n_kinds; k++)
        if (!make_folder(root, kind_names[o->kinds[k]], error))
            return FALSE;
    return o->n_fields == 0 || make_folder(root, "fields", error);
}

gboolean leuko_synth_folder(const char *out, const LeukoSynthOptions *o, LeukoReporter reporter,
                            GCancellable *cancellable, GError **error)
{
    if (o->n_kinds < 1 || o->n_groups < 1 || o->per_class > 1000000 || o->n_fields > 100000) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT, "nothing to draw, or too much of it");
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
    GThreadPool *pool = g_thread_pool_new(run_task, &run, (gint)MAX(o->n_threads, 1), TRUE, error);
    if (!pool)
        return FALSE;
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
