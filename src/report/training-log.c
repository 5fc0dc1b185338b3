#include "report/training-log.h"
#include "base/json.h"
#include "image/image-grid.h"
#include "report/events.h"
#include "report/run-log.h"

/* Images shown of the first batch of an epoch, and their columns. */
enum { SHOWN_IMAGES = 16, SHOWN_COLUMNS = 4 };

struct LeukoTrainingLog {
    LeukoRunLog *lines;
    LeukoEvents *curves;
};

LeukoTrainingLog *leuko_training_log_new(void) { return g_new0(LeukoTrainingLog, 1); }

static void close_files(LeukoTrainingLog *log)
{
    g_clear_pointer(&log->lines, leuko_run_log_free);
    g_clear_pointer(&log->curves, leuko_events_free);
}

void leuko_training_log_free(LeukoTrainingLog *log)
{
    if (!log)
        return;
    close_files(log);
    g_free(log);
}

static gboolean on_begun(const char *run_folder, guint64 step, guint64 n_steps, gpointer data,
                         GError **error)
{
    LeukoTrainingLog *log = data;
    (void)n_steps;
    g_autofree gchar *path = g_build_filename(run_folder, "train.jsonl", NULL);
    close_files(log);
    log->lines =
        step > 0 ? leuko_run_log_resume(path, step, error) : leuko_run_log_new(path, error);
    log->curves = log->lines ? leuko_events_open(run_folder, step > 0 ? step + 1 : 0, error) : NULL;
    return log->curves != NULL;
}

static gboolean on_precision(LeukoPrecision precision, const char *reason, guint64 step,
                             gpointer data, GError **error)
{
    LeukoTrainingLog *log = data;
    return leuko_run_log_precision(log->lines, step, leuko_precision_name(precision), reason,
                                   error);
}

static gboolean on_step(const LeukoTrainStep *s, gpointer data, GError **error)
{
    LeukoTrainingLog *log = data;
    LeukoRunLogStep line = {s->step, s->epoch, s->loss, s->accuracy, s->rate, s->images_per_s};
    return leuko_run_log_step(log->lines, &line, error) &&
           leuko_events_scalar(log->curves, "loss/training", s->step, s->loss, error) &&
           leuko_events_scalar(log->curves, "accuracy/training", s->step, s->accuracy, error) &&
           leuko_events_scalar(log->curves, "learning_rate", s->step, s->rate, error) &&
           leuko_events_scalar(log->curves, "gradient_norm", s->step, s->gradient_norm, error);
}

static gboolean on_validated(const LeukoTrainValidation *v, gpointer data, GError **error)
{
    LeukoTrainingLog *log = data;
    g_autoptr(json_t) figures = json_pack("{s:o, s:o}", "loss", leuko_json_real_or_null(v->loss),
                                          "accuracy", leuko_json_real_or_null(v->accuracy));
    return leuko_run_log_validation(log->lines, v->step, v->epoch, figures, error) &&
           leuko_events_scalar(log->curves, "loss/validation", v->step, v->loss, error) &&
           leuko_events_scalar(log->curves, "accuracy/validation", v->step, v->accuracy, error) &&
           leuko_events_flush(log->curves, error);
}

static gboolean on_images(const float *x_nchw, guint n, guint side_px, guint64 step, gpointer data,
                          GError **error)
{
    LeukoTrainingLog *log = data;
    gsize image_floats = (gsize)LEUKO_CHANNELS * side_px * side_px;
    g_autoptr(GPtrArray) images = g_ptr_array_new_with_free_func((GDestroyNotify)leuko_image_free);
    for (guint i = 0; i < MIN(n, SHOWN_IMAGES); i++) {
        LeukoImage *image =
            leuko_image_from_chw(x_nchw + i * image_floats, side_px, side_px, error);
        if (!image)
            return FALSE;
        g_ptr_array_add(images, image);
    }
    g_autoptr(LeukoImage) grid = leuko_image_grid((const LeukoImage *const *)images->pdata,
                                                  images->len, SHOWN_COLUMNS, error);
    return grid && leuko_events_image(log->curves, "inputs", step, grid, error);
}

LeukoTrainEvents leuko_training_log_events(LeukoTrainingLog *log)
{
    return (LeukoTrainEvents){on_begun, on_step, on_validated, on_images, log, on_precision};
}
