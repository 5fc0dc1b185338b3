#include "base/error.h"
#include "base/progress-log.h"
#include "cli/cli.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static struct {
    GMutex lock;
    gboolean shown; /* on a terminal */
    gint64 last_shown_us;
    LeukoProgressLog log;
} line;

static gboolean on_terminal(int fd)
{
    const char *term = g_getenv("TERM");
    return isatty(fd) && (!term || strcmp(term, "dumb") != 0);
}

static gboolean colored(void)
{
    const char *no = g_getenv("NO_COLOR");
    return on_terminal(STDOUT_FILENO) && !(no && *no);
}

const char *cli_bold(void) { return colored() ? "\033[1m" : ""; }
const char *cli_dim(void) { return colored() ? "\033[2m" : ""; }
const char *cli_plain(void) { return colored() ? "\033[0m" : ""; }

static void clear_locked(void)
{
    if (line.shown)
        fputs("\r\033[K", stderr);
    line.shown = FALSE;
}

/* Every warning, note and error is written here. */
static void print_line_locked(const char *text)
{
    g_autofree gchar *shown = leuko_one_line(text);
    clear_locked();
    fprintf(stderr, "leuko: %s\n", shown);
}

void cli_progress_clear(void)
{
    g_mutex_lock(&line.lock);
    clear_locked();
    fflush(stderr);
    g_mutex_unlock(&line.lock);
}

static guint terminal_columns(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

static gchar *describe(const LeukoProgress *p, gint64 now_us)
{
    GString *s = g_string_new(NULL);
    double rate = leuko_progress_log_rate(&line.log, now_us);
    g_string_append_printf(s, "%s %" G_GUINT64_FORMAT, p->phase, p->done);
    if (p->total > 0)
        g_string_append_printf(s, "/%" G_GUINT64_FORMAT, p->total);
    g_string_append_printf(s, " %s", p->unit);
    if (rate > 0) {
        g_string_append_printf(s, "  %.*f/s", rate < 10 ? 1 : 0, rate);
        if (p->total > p->done) {
            guint left = (guint)((double)(p->total - p->done) / rate + 0.5);
            g_string_append_printf(s, "  %u:%02u left", left / 60, left % 60);
        }
    }
    if (p->note)
        g_string_append_printf(s, "  %s", p->note);
    return g_string_free(s, FALSE);
}

static void draw_locked(const LeukoProgress *p, gint64 now_us)
{
    gboolean last = p->total > 0 && p->done >= p->total;
    if (!last && now_us - line.last_shown_us <= 100000)
        return;
    g_autofree gchar *text = describe(p, now_us);
    fprintf(stderr, "\r\033[K%.*s", (int)terminal_columns() - 1, text);
    fflush(stderr);
    line.shown = TRUE;
    line.last_shown_us = now_us;
}

static void show(const LeukoProgress *p, gpointer user_data)
{
    (void)user_data;
    gint64 now_us = g_get_monotonic_time();
    g_mutex_lock(&line.lock);
    if (p->is_line) {
        print_line_locked(p->note);
    } else {
        g_auto(GStrv) lines = leuko_progress_log_report(&line.log, p, now_us);
        if (on_terminal(STDERR_FILENO))
            draw_locked(p, now_us);
        else
            for (guint i = 0; lines && lines[i]; i++)
                print_line_locked(lines[i]);
    }
    g_mutex_unlock(&line.lock);
}

void cli_progress_end(void)
{
    g_mutex_lock(&line.lock);
    clear_locked();
    g_autofree gchar *text = leuko_progress_log_end(&line.log, g_get_monotonic_time());
    if (text && !on_terminal(STDERR_FILENO))
        print_line_locked(text);
    fflush(stderr);
    g_mutex_unlock(&line.lock);
}

LeukoReporter cli_reporter(void) { return (LeukoReporter){.func = show}; }

void cli_note(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree gchar *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_mutex_lock(&line.lock);
    print_line_locked(text);
    g_mutex_unlock(&line.lock);
}

void cli_print(const char *format, ...)
{
    if (on_terminal(STDOUT_FILENO))
        cli_progress_clear();
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}
