#include "base/progress-log.h"
#include <string.h>

enum { RATE_AFTER_US = G_USEC_PER_SEC / 2 }; /* an earlier rate would be noise */

double leuko_progress_log_rate(const LeukoProgressLog *log, gint64 now_us)
{
    gint64 us = now_us - log->start_us;
    if (us < RATE_AFTER_US || log->done <= log->first)
        return 0;
    return (double)(log->done - log->first) / ((double)us / G_USEC_PER_SEC);
}

/* "12 s", "5 min 9 s", "2 h 10 min". */
static gchar *describe_time(double seconds)
{
    guint64 s = (guint64)(seconds + 0.5);
    if (s < 60)
        return g_strdup_printf("%" G_GUINT64_FORMAT " s", s);
    guint64 big = s < 3600 ? s / 60 : s / 3600, small = s < 3600 ? s % 60 : s % 3600 / 60;
    const char *units[] = {s < 3600 ? "min" : "h", s < 3600 ? "s" : "min"};
    if (small == 0)
        return g_strdup_printf("%" G_GUINT64_FORMAT " %s", big, units[0]);
    return g_strdup_printf("%" G_GUINT64_FORMAT " %s %" G_GUINT64_FORMAT " %s", big, units[0],
                           small, units[1]);
}

/* end: "done" or "stopped" for the last line of a phase, else NULL. */
static gchar *make_line(LeukoProgressLog *log, const char *end, const char *note, gint64 now_us)
{
    GString *s = g_string_new(NULL);
    double rate = leuko_progress_log_rate(log, now_us);
    g_string_append_printf(s, "%s: %" G_GUINT64_FORMAT, log->phase, log->done);
    if (log->total > 0)
        g_string_append_printf(s, " of %" G_GUINT64_FORMAT, log->total);
    g_string_append_printf(s, " %s", log->unit);
    if (rate > 0)
        g_string_append_printf(s, ", %.*f %s/s", rate < 10 ? 1 : 0, rate, log->unit);
    if (end) {
        double seconds = (double)(now_us - log->start_us) / G_USEC_PER_SEC;
        g_autofree gchar *taken = describe_time(seconds);
        g_string_append_printf(s, ", %s %s %s", end, strcmp(end, "done") == 0 ? "in" : "after",
                               taken);
    } else if (rate > 0 && log->total > log->done) {
        g_autofree gchar *left = describe_time((double)(log->total - log->done) / rate);
        g_string_append_printf(s, ", %s left", left);
    }
    if (note)
        g_string_append_printf(s, ", %s", note);
    log->line_us = now_us;
    log->logged = !end;
    return g_string_free(s, FALSE);
}

gchar *leuko_progress_log_end(LeukoProgressLog *log, gint64 now_us)
{
    return log->logged ? make_line(log, "stopped", NULL, now_us) : NULL;
}

static void begin(LeukoProgressLog *log, const LeukoProgress *p, gint64 now_us)
{
    *log = (LeukoProgressLog){
        .first = p->done, .total = p->total, .start_us = now_us, .line_us = now_us};
    g_strlcpy(log->phase, p->phase, sizeof log->phase);
    g_strlcpy(log->unit, p->unit, sizeof log->unit);
}

GStrv leuko_progress_log_report(LeukoProgressLog *log, const LeukoProgress *p, gint64 now_us)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new();
    gboolean first = strncmp(log->phase, p->phase, sizeof log->phase - 1) != 0 ||
                     p->done < log->done || p->total != log->total;
    if (first) {
        gchar *end = leuko_progress_log_end(log, now_us);
        if (end)
            g_ptr_array_add(lines, end);
        begin(log, p, now_us);
    }
    log->done = p->done;
    gboolean last = p->total > 0 && p->done >= p->total;
    gboolean late = now_us - log->line_us >= LEUKO_PROGRESS_LOG_SECONDS * G_USEC_PER_SEC;
    if (last ? log->logged : late || (first && p->total >= LEUKO_PROGRESS_LOG_UNITS))
        g_ptr_array_add(lines, make_line(log, last ? "done" : NULL, p->note, now_us));
    if (lines->len == 0)
        return NULL;
    g_ptr_array_add(lines, NULL);
    return (GStrv)g_ptr_array_free(g_steal_pointer(&lines), FALSE);
}
