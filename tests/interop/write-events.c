/* usage: write-events FOLDER FIRST_STEP LAST_STEP OFFSET
 * One session of a run: "loss" = OFFSET + step at each step, "validation/accuracy" = 1 / step at
 * each fifth, and at the last a grid of three images, "inputs". */
#include "image/image-grid.h"
#include "report/events.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static LeukoImage *inputs(GError **error)
{
    enum { N = 3, SIDE = 20 };
    LeukoImage *images[N];
    for (guint i = 0; i < N; i++) {
        images[i] = leuko_image_new(SIDE, SIDE, error);
        if (images[i])
            memset(images[i]->pixels, (int)(50 * (i + 1)), images[i]->row_bytes * SIDE);
    }
    LeukoImage *grid = leuko_image_grid((const LeukoImage *const *)images, N, 3, error);
    for (guint i = 0; i < N; i++)
        leuko_image_free(images[i]);
    return grid;
}

static gboolean write_steps(LeukoEvents *events, guint64 first, guint64 last, double offset,
                            GError **error)
{
    for (guint64 s = first; s <= last; s++) {
        if (!leuko_events_scalar(events, "loss", s, offset + (double)s, error))
            return FALSE;
        if (s % 5 == 0 &&
            !leuko_events_scalar(events, "validation/accuracy", s, 1.0 / (double)s, error))
            return FALSE;
    }
    g_autoptr(LeukoImage) grid = inputs(error);
    return grid && leuko_events_image(events, "inputs", last, grid, error) &&
           leuko_events_flush(events, error);
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    if (argc != 5)
        return 2;
    guint64 first = g_ascii_strtoull(argv[2], NULL, 10), last = g_ascii_strtoull(argv[3], NULL, 10);
    g_autoptr(LeukoEvents) events = leuko_events_open(argv[1], first, &error);
    if (!events || !write_steps(events, first, last, g_ascii_strtod(argv[4], NULL), &error)) {
        fprintf(stderr, "%s\n", error->message);
        return 1;
    }
    puts(leuko_events_path(events));
    return 0;
}
