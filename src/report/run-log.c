#include "report/run-log.h"
#include "base/durable.h"
#include "base/journal.h"
#include "base/json.h"
#include "base/map.h"
#include "leuko/error.h"
#include <string.h>

enum { STEP, VALIDATION, PRECISION, N_KINDS };

struct LeukoRunLog {
    LeukoJournal *journal;
    gint64 last[N_KINDS]; /* step of the last line of each kind; -1: none */
};

static LeukoRunLog *open_log(const char *path, const gint64 last[N_KINDS], GError **error)
{
    g_autoptr(LeukoRunLog) log = g_new0(LeukoRunLog, 1);
    memcpy(log->last, last, sizeof log->last);
    log->journal = leuko_journal_open(path, LEUKO_JOURNAL_CONTINUE, error);
    return log->journal ? g_steal_pointer(&log) : NULL;
}

LeukoRunLog *leuko_run_log_new(const char *path, GError **error)
{
    const gint64 none[N_KINDS] = {-1, -1, -1};
    return leuko_durable_set_contents(path, "", 0, error) ? open_log(path, none, error) : NULL;
}

/* Kind and step of a line of n_bytes, without its newline. */
static gboolean read_line(const char *line, gsize n_bytes, const char *name, gint *kind,
                          gint64 *step, GError **error)
{
    g_autoptr(json_t) json = leuko_json_parse(line, n_bytes, name, error);
    if (!json || !leuko_json_get_int(json, "step", 0, G_MAXINT64, step, name, error))
        return FALSE;
    *kind = json_object_get(json, "validation")  ? VALIDATION
            : json_object_get(json, "precision") ? PRECISION
                                                 : STEP;
    return TRUE;
}

/* The complete lines of `text` up to `steps_done`. *cut: something was left out. */
static GString *kept_lines(const char *path, const char *text, gsize n_bytes, guint64 steps_done,
                           gint64 last[N_KINDS], gboolean *cut, GError **error)
{
    g_autoptr(GString) kept = g_string_sized_new(n_bytes);
    guint64 number = 1;
    for (const char *line = text, *end = text + n_bytes; line < end; number++) {
        const char *stop = memchr(line, '\n', (gsize)(end - line));
        if (!stop) /* incomplete: the process ended while writing it */
            break;
        g_autofree gchar *name = g_strdup_printf("%s: line %" G_GUINT64_FORMAT, path, number);
        gint kind = 0;
        gint64 step = 0;
        if (!read_line(line, (gsize)(stop - line), name, &kind, &step, error))
            return NULL;
        if ((guint64)step <= steps_done) {
            g_string_append_len(kept, line, stop + 1 - line);
            last[kind] = MAX(last[kind], step);
        }
        line = stop + 1;
    }
    *cut = kept->len < n_bytes;
    return g_steal_pointer(&kept);
}

LeukoRunLog *leuko_run_log_resume(const char *path, guint64 steps_done, GError **error)
{
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return leuko_run_log_new(path, error);
    g_autoptr(GBytes) file = leuko_map_bytes(path, error);
    if (!file)
        return NULL;
    gsize n_bytes;
    const char *text = g_bytes_get_data(file, &n_bytes);
    gint64 last[N_KINDS] = {-1, -1, -1};
    gboolean cut = FALSE;
    g_autoptr(GString) kept = kept_lines(path, text, n_bytes, steps_done, last, &cut, error);
    if (!kept || (cut && !leuko_durable_set_contents(path, kept->str, kept->len, error)))
        return NULL;
    return open_log(path, last, error);
}

/* Append a line unless the log already has one of that kind and step. Takes `line`. */
static gboolean append(LeukoRunLog *log, gint kind, guint64 step, json_t *line, GError **error)
{
    g_autoptr(json_t) owned = line;
    if ((gint64)step <= log->last[kind])
        return TRUE;
    g_autofree gchar *text = leuko_json_to_line(owned), *whole = g_strconcat(text, "\n", NULL);
    if (!leuko_journal_append(log->journal, whole, strlen(whole), error))
        return FALSE;
    log->last[kind] = (gint64)step;
    return TRUE;
}

gboolean leuko_run_log_step(LeukoRunLog *log, const LeukoRunLogStep *step, GError **error)
{
    json_t *line =
        json_pack("{s:I, s:I, s:o, s:o, s:o, s:o}", "step", (json_int_t)step->step, "epoch",
                  (json_int_t)step->epoch, "loss", leuko_json_real_or_null(step->loss), "accuracy",
                  leuko_json_real_or_null(step->accuracy), "learning_rate",
                  leuko_json_real_or_null(step->learning_rate), "images_per_s",
                  leuko_json_real_or_null(step->images_per_s));
    return append(log, STEP, step->step, line, error);
}

gboolean leuko_run_log_validation(LeukoRunLog *log, guint64 step, guint64 epoch, json_t *figures,
                                  GError **error)
{
    json_t *line = json_pack("{s:I, s:I, s:O}", "step", (json_int_t)step, "epoch",
                             (json_int_t)epoch, "validation", figures);
    return append(log, VALIDATION, step, line, error);
}

gboolean leuko_run_log_precision(LeukoRunLog *log, guint64 step, const char *precision,
                                 const char *reason, GError **error)
{
    if (log->last[PRECISION] >= 0)
        return TRUE;
    json_t *line = json_pack("{s:I, s:s, s:s}", "step", (json_int_t)step, "precision", precision,
                             "precision_reason", reason);
    return append(log, PRECISION, step, line, error);
}

void leuko_run_log_free(LeukoRunLog *log)
{
    if (!log)
        return;
    leuko_journal_free(log->journal);
    g_free(log);
}
