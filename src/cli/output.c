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

/* Inside this file, a style is ESC, a number that no file can know, and its letter. print_styled()
 * turns it into the sequence of the terminal and escapes everything else. */
enum { N_STYLES = 3, STYLE_CHARACTERS = 10 };
static const struct {
    char letter;
    const char *sequence;
} styles[N_STYLES] = {{'b', "\033[1m"}, {'d', "\033[2m"}, {'p', "\033[0m"}};
static char style_marks[N_STYLES][STYLE_CHARACTERS + 1];

static const char *style(guint which)
{
    static gsize made;
    if (g_once_init_enter(&made)) {
        guint32 secret = g_random_int();
        for (guint i = 0; i < N_STYLES; i++)
            g_snprintf(style_marks[i], sizeof style_marks[i], "\033%08x%c", secret,
                       styles[i].letter);
        g_once_init_leave(&made, 1);
    }
    return colored() ? style_marks[which] : "";
}

const char *cli_bold(void) { return style(0); }
const char *cli_dim(void) { return style(1); }
const char *cli_plain(void) { return style(2); }

/* Print text with its styles; the rest as leuko_one_line() writes it. */
static void print_styled(const char *text)
{
    g_autoptr(GString) part = g_string_new(NULL);
    while (*text) {
        guint i = 0;
        while (i < N_STYLES && !(*style_marks[i] && g_str_has_prefix(text, style_marks[i])))
            i++;
        if (i == N_STYLES) {
            g_string_append_c(part, *text++);
            continue;
        }
        g_autofree gchar *shown = leuko_one_line(part->str);
        fputs(shown, stdout);
        fputs(styles[i].sequence, stdout);
        g_string_truncate(part, 0);
        text += STYLE_CHARACTERS;
    }
    g_autofree gchar *rest = leuko_one_line(part->str);
    fputs(rest, stdout);
}

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
    g_autofree gchar *raw = describe(p, now_us), *text = leuko_one_line(raw);
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
    g_autofree gchar *text = g_strdup_vprintf(format, args);
    va_end(args);
    gsize n_empty = strspn(format, "\n"); /* lines before it */
    for (gsize i = 0; i < n_empty; i++)
        putchar('\n');
    print_styled(text + n_empty);
    putchar('\n');
}

void cli_print_lines(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++)
        cli_print("%s", lines[i]);
}
