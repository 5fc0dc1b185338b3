#include "base/progress.h"

void leuko_report(LeukoReporter reporter, const char *phase, guint64 done, guint64 total,
                  const char *unit, const char *note)
{
    if (!reporter.func)
        return;
    LeukoProgress p = {.phase = phase, .done = done, .total = total, .unit = unit, .note = note};
    reporter.func(&p, reporter.user_data);
}

void leuko_report_line(LeukoReporter reporter, const char *phase, const char *format, ...)
{
    if (!reporter.func)
        return;
    va_list args;
    va_start(args, format);
    g_autofree gchar *line = g_strdup_vprintf(format, args);
    va_end(args);
    LeukoProgress p = {.phase = phase, .unit = "", .note = line, .is_line = TRUE};
    reporter.func(&p, reporter.user_data);
}
