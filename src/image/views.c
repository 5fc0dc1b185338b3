#include "image/views.h"
#include "leuko/image.h"

gboolean leuko_views_possible(guint n_views)
{
    return n_views == 1 || n_views == 2 || n_views == 4 || n_views == LEUKO_MAX_VIEWS;
}

/* out[y][x] = in[start + y * per_y + x * per_x], within a plane. */
typedef struct {
    gssize start, per_y, per_x;
} Steps;

static Steps steps_of(gssize side, guint view)
{
    const Steps turns[] = {{0, side, 1},
                           {side * side - 1, -side, -1},
                           {(side - 1) * side, 1, -side},
                           {side - 1, -1, side}};
    Steps s = turns[view % 4];
    if (view >= 4) { /* mirrored: each row from its other end */
        s.start += s.per_x * (side - 1);
        s.per_x = -s.per_x;
    }
    return s;
}

void leuko_view_make(const float *x_chw, guint side_px, guint view, float *out_chw)
{
    g_assert(view < LEUKO_MAX_VIEWS);
    gssize side = side_px;
    const Steps s = steps_of(side, view);
    for (gssize c = 0; c < LEUKO_CHANNELS; c++)
        for (gssize y = 0; y < side; y++) {
            const float *in = x_chw + c * side * side + s.start + y * s.per_y;
            float *out = out_chw + (c * side + y) * side;
            for (gssize x = 0; x < side; x++)
                out[x] = in[x * s.per_x];
        }
}

void leuko_view_undo(const float *plane, guint side, guint view, float *out)
{
    g_assert(view < LEUKO_MAX_VIEWS);
    const Steps s = steps_of(side, view);
    for (gssize y = 0; y < (gssize)side; y++)
        for (gssize x = 0; x < (gssize)side; x++)
            out[s.start + y * s.per_y + x * s.per_x] = plane[y * (gssize)side + x];
}
