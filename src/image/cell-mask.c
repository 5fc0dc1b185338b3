#include "image/cell-mask.h"
#include "image/augment.h"
#include "image/color.h"
#include "image/otsu.h"
#include "image/preprocess.h"
#include <math.h>
#include <string.h>

enum { MAX_SIDE = 128, LEVELS = IMAGE_OTSU_LEVELS, MAX_ROUNDS = 3 };
#define MAX_NUCLEUS 0.6 /* share of the image's side */

void leuko_cell_mask_clear(LeukoCellMask *m)
{
    g_free(m->cell);
    *m = (LeukoCellMask){0};
}

/* The density of red light in 256 levels: 0 to 5.5, the density of a black pixel. */
static guint8 level_of(const guint8 *p)
{
    return (guint8)MIN(-log((p[0] + 1) / 256.0) * (LEVELS - 1) / 5.546, LEVELS - 1);
}

/* Replace the mask by the pixels within (grow) or farther inside than (shrink) `radius` of it. */
static void spread(guint8 *mask, guint width, guint height, double radius, gboolean grow)
{
    gint reach = (gint)radius;
    g_autofree guint8 *before = g_memdup2(mask, (gsize)width * height);
    guint8 from = grow ? 1 : 0;
    for (gint y = 0; y < (gint)height; y++)
        for (gint x = 0; x < (gint)width; x++) {
            if (before[y * (gint)width + x] != from)
                continue;
            for (gint j = -reach; j <= reach; j++)
                for (gint i = -reach; i <= reach; i++)
                    if (x + i >= 0 && y + j >= 0 && x + i < (gint)width && y + j < (gint)height &&
                        i * i + j * j <= radius * radius)
                        mask[(y + j) * (gint)width + x + i] = from;
        }
}

/* Number the connected parts of the mask 1, 2, ... in `part`; returns the one that weighs the most
 * near the center, 0 without any. */
static guint central_part(const guint8 *mask, guint width, guint height, guint *part)
{
    g_autofree guint *stack = g_new(guint, (gsize)width * height);
    guint n_parts = 0, best = 0;
    double best_weight = 0, scale = 0.3 * MIN(width, height);
    for (guint start = 0; start < width * height; start++) {
        if (!mask[start] || part[start])
            continue;
        guint n = 0;
        double weight = 0;
        part[start] = ++n_parts;
        stack[n++] = start;
        while (n > 0) {
            guint at = stack[--n], x = at % width, y = at / width;
            double dx = (x + 0.5 - width / 2.0) / scale, dy = (y + 0.5 - height / 2.0) / scale;
            weight += exp(-dx * dx - dy * dy);
            const guint next[4] = {x > 0 ? at - 1 : at, x + 1 < width ? at + 1 : at,
                                   y > 0 ? at - width : at, y + 1 < height ? at + width : at};
            for (guint i = 0; i < 4; i++)
                if (mask[next[i]] && !part[next[i]]) {
                    part[next[i]] = n_parts;
                    stack[n++] = next[i];
                }
        }
        if (weight > best_weight) {
            best_weight = weight;
            best = n_parts;
        }
    }
    return best;
}

/* The center and the extent of the pixels of the mask. */
static void measure(LeukoCellMask *m)
{
    guint left = m->width, right = 0, top = m->height, bottom = 0;
    for (guint y = 0; y < m->height; y++)
        for (guint x = 0; x < m->width; x++)
            if (m->cell[y * m->width + x]) {
                left = MIN(left, x);
                right = MAX(right, x + 1);
                top = MIN(top, y);
                bottom = MAX(bottom, y + 1);
            }
    m->x = m->y = 0.5;
    m->extent = 0;
    if (right == 0)
        return;
    m->x = (left + right) / 2.0 / m->width;
    m->y = (top + bottom) / 2.0 / m->height;
    m->extent = MAX((double)(right - left) / m->width, (double)(bottom - top) / m->height);
}

/* The central part of the dense pixels, in m->cell. `dense` is changed. */
static void find_nucleus(LeukoCellMask *m, guint8 *dense)
{
    guint n = m->width * m->height;
    double gap = MAX(0.02 * MIN(m->width, m->height), 1);
    g_autofree guint *part = g_new0(guint, n);
    spread(dense, m->width, m->height, gap, TRUE);
    spread(dense, m->width, m->height, gap, FALSE);
    guint nucleus = central_part(dense, m->width, m->height, part);
    for (guint i = 0; i < n; i++)
        m->cell[i] = nucleus > 0 && part[i] == nucleus;
    measure(m);
}

/* Where red cells are as dense as to be one part with the nucleus, a higher threshold divides the
 * dense pixels again. */
static void find_cell(LeukoCellMask *m, const guint8 *levels)
{
    guint counts[LEVELS] = {0}, n = m->width * m->height, area = 0, threshold = 0;
    g_autofree guint8 *dense = g_malloc(n);
    for (guint i = 0; i < n; i++)
        counts[levels[i]]++;
    for (guint round = 0; round < MAX_ROUNDS && (round == 0 || m->extent > MAX_NUCLEUS); round++) {
        threshold = image_otsu(counts, round == 0 ? 0 : threshold + 1, NULL);
        if (round > 0 && threshold == LEVELS - 1)
            break;
        for (guint i = 0; i < n; i++)
            dense[i] = levels[i] > threshold;
        find_nucleus(m, dense);
    }
    for (guint i = 0; i < n; i++)
        area += m->cell[i];
    if (area > 0)
        spread(m->cell, m->width, m->height, 0.5 * sqrt(area / G_PI), TRUE);
}

gboolean leuko_cell_mask_init(LeukoCellMask *m, const LeukoImage *image, GError **error)
{
    double shrink = MIN((double)MAX_SIDE / MAX(image->width, image->height), 1);
    m->width = (guint)MAX(rint(image->width * shrink), 1);
    m->height = (guint)MAX(rint(image->height * shrink), 1);
    g_autoptr(LeukoImage) small = leuko_image_resize(image, m->width, m->height, error);
    if (!small)
        return FALSE;
    guint n = m->width * m->height;
    guint8 border[3];
    m->cell = g_malloc0(n);
    leuko_augment_background(image, border);
    gboolean masked = border[0] < COLOR_BLACK && border[1] < COLOR_BLACK && border[2] < COLOR_BLACK;
    g_autofree guint8 *levels = g_malloc0(n);
    for (guint i = 0; i < n; i++) {
        const guint8 *p = small->pixels + i * LEUKO_CHANNELS;
        levels[i] = level_of(p);
        m->cell[i] = p[0] >= COLOR_BLACK || p[1] >= COLOR_BLACK || p[2] >= COLOR_BLACK;
    }
    if (!masked)
        find_cell(m, levels);
    measure(m);
    return TRUE;
}

void leuko_cell_hide(const LeukoCellMask *m, double box, LeukoImage *image)
{
    guint8 border[3];
    leuko_augment_background(image, border);
    guint width = (guint)MIN(rint(box * image->width), image->width);
    guint height = (guint)MIN(rint(box * image->height), image->height);
    guint left = (guint)CLAMP(rint(m->x * image->width - width / 2.0), 0, image->width - width);
    guint top = (guint)CLAMP(rint(m->y * image->height - height / 2.0), 0, image->height - height);
    for (guint y = 0; y < image->height; y++) {
        guint8 *p = image->pixels + y * image->row_bytes;
        const guint8 *cell = m->cell + (gsize)(y * m->height / image->height) * m->width;
        for (guint x = 0; x < image->width; x++, p += LEUKO_CHANNELS) {
            gboolean hidden = box > 0 ? x - left < width && y - top < height /* wraps below 0 */
                                      : cell[x * m->width / image->width];
            if (hidden)
                memcpy(p, border, LEUKO_CHANNELS);
        }
    }
}
