#include "image/cell-mask.h"
#include "base/error.h"
#include "image/augment.h"
#include "image/color.h"
#include "image/mask-shape.h"
#include "image/otsu.h"
#include "image/preprocess.h"
#include <math.h>
#include <string.h>

enum { MAX_SIDE = 128, LEVELS = IMAGE_OTSU_LEVELS, MAX_ROUNDS = 3 };
static const double BLUE = 0.5;           /* of the density of blue light */
static const double MAX_NUCLEUS = 0.6;    /* share of the image's side */
static const double MIN_NUCLEUS = 0.005;  /* share of the pixels */
static const double LEAST_DIVIDED = 0.02; /* share of the pixels, of a divided nucleus */
static const double MIN_CONTRAST = 0.05;  /* density between dense and light pixels */
static const double GAP = 0.02;           /* share of the image's side */
static const double LOBE_GAP = 0.8;       /* in radii of the nucleus */
static const double LOBE_AREA[2] = {0.15, 1.3}, LOBE_DENSITY = 0.7; /* of those of the nucleus */
static const double COMPACT = 0.8, LOBED = 0.5; /* share of the circle around the nucleus */
static const double COMPACT_RIM = 0.15, LOBED_RIM = 0.7; /* in radii of the hull */

/* The pixels of the small image. */
typedef struct {
    MaskSize size;
    guint n;
    guint8 *black;  /* 1: masked out */
    float *density; /* of red light minus a share of that of blue */
    guint8 *level;  /* the density in 256 levels from the smallest to the largest */
    double per_level;
    guint threshold; /* dense: above it */
} Small;

static void small_clear(Small *s)
{
    g_free(s->black);
    g_free(s->density);
    g_free(s->level);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Small, small_clear)

void leuko_cell_mask_clear(LeukoCellMask *m)
{
    g_free(m->cell);
    *m = (LeukoCellMask){0};
}

static double density_of(guint8 value) { return -log((value + 1) / 256.0); }

static void small_init(Small *s, const LeukoImage *image)
{
    float low = G_MAXFLOAT, high = -G_MAXFLOAT;
    s->size = (MaskSize){image->width, image->height};
    s->n = image->width * image->height;
    s->black = g_new0(guint8, s->n);
    s->density = g_new0(float, s->n);
    s->level = g_new0(guint8, s->n);
    for (guint i = 0; i < s->n; i++) {
        const guint8 *p = image->pixels + (gsize)i * LEUKO_CHANNELS;
        s->black[i] = p[0] < COLOR_BLACK && p[1] < COLOR_BLACK && p[2] < COLOR_BLACK;
        s->density[i] = (float)(density_of(p[0]) - BLUE * density_of(p[2]));
        if (s->black[i])
            continue;
        low = MIN(low, s->density[i]);
        high = MAX(high, s->density[i]);
    }
    s->per_level = high > low ? (double)(high - low) / (LEVELS - 1) : 1;
    for (guint i = 0; i < s->n; i++)
        if (!s->black[i])
            s->level[i] = (guint8)((double)(s->density[i] - low) / s->per_level);
}

/* --- the nucleus ------------------------------------------------------------------------------ */

/* The part that weighs the most near the center; G_MAXUINT without any. */
static guint central_part(const Small *s, const guint *part)
{
    g_autofree double *weight = g_new0(double, s->n);
    guint w = s->size.width, h = s->size.height, best = G_MAXUINT;
    double scale = 0.3 * MIN(w, h);
    for (guint i = 0; i < s->n; i++) {
        if (part[i] == G_MAXUINT)
            continue;
        double dx = (i % w + 0.5 - w / 2.0) / scale, dy = (i / w + 0.5 - h / 2.0) / scale;
        weight[part[i]] += exp(-dx * dx - dy * dy);
        if (best == G_MAXUINT || weight[part[i]] > weight[best])
            best = part[i];
    }
    return best;
}

/* The center and the extent of the pixels of the mask. *at_edge: one of them lies at an edge. */
static void measure(LeukoCellMask *m, gboolean *at_edge)
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
    if (at_edge)
        *at_edge = left == 0 || top == 0 || right == m->width || bottom == m->height;
    if (right == 0)
        return;
    m->x = (left + right) / 2.0 / m->width;
    m->y = (top + bottom) / 2.0 / m->height;
    m->extent = MAX((double)(right - left) / m->width, (double)(bottom - top) / m->height);
}

/* The parts of the pixels above the threshold, gaps closed; g_free. */
static guint *dense_parts(const Small *s, guint threshold)
{
    g_autofree guint8 *dense = g_malloc(s->n);
    double gap = MAX(GAP * MIN(s->size.width, s->size.height), 1);
    for (guint i = 0; i < s->n; i++)
        dense[i] = !s->black[i] && s->level[i] > threshold;
    mask_grow(dense, s->size, gap);
    mask_shrink(dense, s->size, gap);
    return mask_parts(dense, s->size);
}

static guint count_part(const Small *s, const guint *part, guint index)
{
    guint n = 0;
    for (guint i = 0; i < s->n; i++)
        n += part[i] == index;
    return n;
}

/* Mark the nucleus in m->cell. Returns the parts, g_free; *nucleus G_MAXUINT: there is none. */
static guint *find_nucleus(Small *s, LeukoCellMask *m, guint *nucleus)
{
    guint counts[LEVELS] = {0};
    g_autofree guint *found = NULL;
    gboolean at_edge = TRUE;
    m->extent = 1; /* more than a nucleus until one is found */
    for (guint i = 0; i < s->n; i++)
        counts[s->level[i]] += !s->black[i];
    for (guint round = 0; round < MAX_ROUNDS && at_edge && m->extent > MAX_NUCLEUS; round++) {
        double gap = 0;
        guint threshold = image_otsu(counts, round == 0 ? 0 : s->threshold + 1, &gap);
        if (gap * s->per_level < MIN_CONTRAST)
            break;
        g_autofree guint *part = dense_parts(s, threshold);
        guint best = central_part(s, part);
        if (round > 0 && count_part(s, part, best) < LEAST_DIVIDED * s->n)
            break;
        *nucleus = best;
        s->threshold = threshold;
        for (guint i = 0; i < s->n; i++)
            m->cell[i] = best != G_MAXUINT && part[i] == best;
        measure(m, &at_edge);
        g_free(found);
        found = g_steal_pointer(&part);
    }
    return g_steal_pointer(&found);
}

/* --- its lobes, and the cell ------------------------------------------------------------------ */

typedef struct {
    guint n, n_dense;
    double sum;     /* of the dense pixels' density above the threshold, in levels */
    float distance; /* from the nucleus */
} Part;

/* The parts, by the index of their first pixel; g_free. */
static Part *measure_parts(const Small *s, const guint *part, const float *distance)
{
    Part *all = g_new0(Part, s->n);
    for (guint i = 0; i < s->n; i++) {
        if (part[i] == G_MAXUINT)
            continue;
        Part *p = &all[part[i]];
        p->distance = p->n++ == 0 ? distance[i] : MIN(p->distance, distance[i]);
        if (s->level[i] > s->threshold) {
            p->n_dense++;
            p->sum += s->level[i] - s->threshold;
        }
    }
    return all;
}

static gboolean is_lobe(const Part *p, const Part *nucleus)
{
    double radius = sqrt(nucleus->n / G_PI);
    return (double)p->distance <= LOBE_GAP * radius && p->n >= LOBE_AREA[0] * nucleus->n &&
           p->n <= LOBE_AREA[1] * nucleus->n &&
           p->sum * nucleus->n_dense >= LOBE_DENSITY * nucleus->sum * p->n_dense;
}

static void add_lobes(const Small *s, const guint *part, guint nucleus, guint8 *cell)
{
    g_autofree float *distance = mask_distances(cell, s->size);
    g_autofree Part *all = measure_parts(s, part, distance);
    for (guint i = 0; i < s->n; i++)
        if (part[i] != G_MAXUINT && !cell[i])
            cell[i] = is_lobe(&all[part[i]], &all[nucleus]) ? 1 : 0;
}

/* The share of the circle around its pixels' center that the mask fills. */
static double fill_of(const guint8 *mask, MaskSize size, guint *n_pixels)
{
    double n = 0, x = 0, y = 0, far = 0.5;
    for (guint i = 0; i < size.width * size.height; i++)
        if (mask[i]) {
            n++;
            x += i % size.width;
            y += i / size.width;
        }
    for (guint i = 0; i < size.width * size.height; i++)
        if (mask[i])
            far = MAX(far, hypot(i % size.width - x / n, i / size.width - y / n));
    *n_pixels = (guint)n;
    return n / (G_PI * far * far);
}

/* Make the cell of the nucleus in m->cell. */
static void find_cell(Small *s, LeukoCellMask *m)
{
    guint nucleus = G_MAXUINT, n_pixels = 0;
    g_autofree guint *part = find_nucleus(s, m, &nucleus);
    if (nucleus == G_MAXUINT)
        return;
    add_lobes(s, part, nucleus, m->cell);
    double fill = fill_of(m->cell, s->size, &n_pixels);
    if (n_pixels < MIN_NUCLEUS * s->n) {
        memset(m->cell, 0, s->n);
        return;
    }
    double compact = CLAMP((fill - LOBED) / (COMPACT - LOBED), 0, 1);
    double radius = sqrt(mask_fill_hull(m->cell, s->size) / G_PI);
    mask_grow(m->cell, s->size, (LOBED_RIM + compact * (COMPACT_RIM - LOBED_RIM)) * radius);
}

gboolean leuko_cell_mask_init(LeukoCellMask *m, const LeukoImage *image, GError **error)
{
    g_auto(Small) s = {0};
    double shrink = MIN((double)MAX_SIDE / MAX(image->width, image->height), 1);
    m->width = (guint)MAX(rint(image->width * shrink), 1);
    m->height = (guint)MAX(rint(image->height * shrink), 1);
    g_autoptr(LeukoImage) small = leuko_image_resize(image, m->width, m->height, error);
    if (!small)
        return FALSE;
    guint8 border[3];
    leuko_augment_background(image, border);
    small_init(&s, small);
    m->cell = g_malloc0(s.n);
    if (border[0] < COLOR_BLACK && border[1] < COLOR_BLACK && border[2] < COLOR_BLACK)
        for (guint i = 0; i < s.n; i++)
            m->cell[i] = !s.black[i];
    else
        find_cell(&s, m);
    measure(m, NULL);
    return TRUE;
}

/* Whether pixel (x, y) of an image of this size lies in the cell. */
static gboolean mask_at(const LeukoCellMask *m, guint width, guint height, guint x, guint y)
{
    gsize row = (gsize)y * m->height / height, column = (gsize)x * m->width / width;
    return m->cell[row * m->width + column];
}

guint8 *leuko_cell_mask_scale(const LeukoCellMask *m, guint width, guint height, GError **error)
{
    guint8 *scaled = g_try_malloc((gsize)width * height);
    if (!scaled) {
        leuko_fail(LEUKO_ERROR_MEMORY, error, "no memory for %u x %u pixels", width, height);
        return NULL;
    }
    for (guint y = 0; y < height; y++)
        for (guint x = 0; x < width; x++)
            scaled[(gsize)y * width + x] = mask_at(m, width, height, x, y) ? 1 : 0;
    return scaled;
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
        for (guint x = 0; x < image->width; x++, p += LEUKO_CHANNELS) {
            gboolean hidden = box > 0 ? x - left < width && y - top < height /* wraps below 0 */
                                      : mask_at(m, image->width, image->height, x, y);
            if (hidden)
                memcpy(p, border, LEUKO_CHANNELS);
        }
    }
}
