#include "image/cell-region.h"
#include "base/error.h"
#include "base/union-find.h"
#include "image/color.h"
#include "image/otsu.h"
#include "image/preprocess.h"
#include <math.h>
#include <string.h>

enum { SIDE = 256, MIN_CONTRAST = 20, FAR = 1 << 20 };
static const double MIN_NUCLEUS = 0.005, CUT_OUT = 0.1, LOBE_GAP = 1, LOBE_SHARE = 0.05;
static const double CYTOPLASM = 0.2, LOBED = 0.5, LOBED_CYTOPLASM = 0.7;

/* A small image: which pixels are dark, and to which part they belong. */
typedef struct {
    guint width, height;
    guint8 *red;   /* (height, width) */
    guint8 *dark;  /* 1: dark; 2: masked */
    guint *part;   /* (height, width): parents of the union-find */
    guint *n;      /* pixels of each part, at its representative */
    double *weigh; /* sums of weights of each part */
} Small;

static void small_clear(Small *s)
{
    g_free(s->red);
    g_free(s->dark);
    g_free(s->part);
    g_free(s->n);
    g_free(s->weigh);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Small, small_clear)

static gboolean small_init(Small *s, const LeukoImage *image, GError **error)
{
    double scale = MIN(1.0, (double)SIDE / MAX(image->width, image->height));
    s->width = MAX(1, (guint)(image->width * scale + 0.5));
    s->height = MAX(1, (guint)(image->height * scale + 0.5));
    gsize n = (gsize)s->width * s->height;
    g_autoptr(LeukoImage) scaled = leuko_image_resize(image, s->width, s->height, error);
    if (!scaled)
        return FALSE;
    s->red = g_new(guint8, n);
    s->dark = g_new0(guint8, n);
    s->part = g_new(guint, n);
    s->n = g_new0(guint, n);
    s->weigh = g_new0(double, n);
    for (gsize i = 0; i < n; i++) {
        const guint8 *p = scaled->pixels + i * LEUKO_CHANNELS;
        s->red[i] = p[0];
        s->dark[i] = p[0] < COLOR_BLACK && p[1] < COLOR_BLACK && p[2] < COLOR_BLACK ? 2 : 0;
    }
    return TRUE;
}

/* Otsu's threshold: values up to it are dark. FALSE: the halves hardly differ. */
static gboolean find_threshold(const Small *s, guint *threshold)
{
    guint counts[IMAGE_OTSU_LEVELS] = {0};
    double gap;
    for (gsize i = 0; i < (gsize)s->width * s->height; i++)
        if (!s->dark[i])
            counts[s->red[i]]++;
    *threshold = image_otsu(counts, 0, &gap);
    return gap >= MIN_CONTRAST;
}

static double weight_at(const Small *s, guint x, guint y)
{
    double u = (x + 0.5) / s->width * 2 - 1, v = (y + 0.5) / s->height * 2 - 1;
    return 1 - (u * u + v * v) / 2;
}

/* Divide the dark pixels into connected parts; return the one with the largest weight. */
static gint find_nucleus(Small *s)
{
    guint n = s->width * s->height;
    for (guint i = 0; i < n; i++)
        s->part[i] = i;
    for (guint i = 0; i < n; i++) {
        if (s->dark[i] != 1)
            continue;
        if (i % s->width && s->dark[i - 1] == 1)
            leuko_union_join(s->part, i - 1, i);
        if (i >= s->width && s->dark[i - s->width] == 1)
            leuko_union_join(s->part, i - s->width, i);
    }
    gint best = -1;
    for (guint i = 0; i < n; i++) {
        if (s->dark[i] != 1)
            continue;
        guint part = leuko_union_find(s->part, i);
        s->n[part]++;
        s->weigh[part] += weight_at(s, i % s->width, i / s->width);
        if (best < 0 || s->weigh[part] > s->weigh[best])
            best = (gint)part;
    }
    return best;
}

/* Lower d at `to` if the way over `from` is shorter. */
static void relax(guint *d, gsize to, gsize from, guint step)
{
    d[to] = MIN(d[to], d[from] + step);
}

/* d (height, width): 0 where a distance begins, FAR elsewhere; becomes the distance in thirds of a
 * pixel, with steps of 3 and 4 thirds (Borgefors 1986: within 6 %). */
static void find_distances(const Small *s, guint *d)
{
    gsize w = s->width, n = w * s->height;
    for (gsize i = 0; i < n; i++) {
        gsize x = i % w;
        if (x > 0)
            relax(d, i, i - 1, 3);
        if (i >= w)
            relax(d, i, i - w, 3);
        if (i >= w && x > 0)
            relax(d, i, i - w - 1, 4);
        if (i >= w && x + 1 < w)
            relax(d, i, i - w + 1, 4);
    }
    for (gsize i = n; i-- > 0;) {
        gsize x = i % w;
        if (x + 1 < w)
            relax(d, i, i + 1, 3);
        if (i + w < n)
            relax(d, i, i + w, 3);
        if (i + w < n && x + 1 < w)
            relax(d, i, i + w + 1, 4);
        if (i + w < n && x > 0)
            relax(d, i, i + w - 1, 4);
    }
}

/* The share of the circle around the pixels at distance 0 that they fill. */
static double fill_of(const Small *s, const guint *d)
{
    double n = 0, x = 0, y = 0, far = 0;
    for (guint i = 0; i < s->width * s->height; i++)
        if (d[i] == 0) {
            n++;
            x += i % s->width;
            y += i / s->width;
        }
    for (guint i = 0; i < s->width * s->height; i++)
        if (d[i] == 0)
            far = MAX(far, hypot(i % s->width - x / n, i / s->width - y / n));
    return n / (G_PI * far * far);
}

/* Mark in `cell` what lies near the nucleus and its lobes. */
static void grow(const Small *s, guint nucleus, guint8 *cell)
{
    guint n = s->width * s->height;
    double r = sqrt(s->n[nucleus] / G_PI);
    g_autofree guint *d = g_new(guint, n);
    for (guint i = 0; i < n; i++)
        d[i] = s->dark[i] == 1 && leuko_union_find(s->part, i) == nucleus ? 0 : FAR;
    find_distances(s, d);
    g_autofree guint8 *is_lobe = g_new0(guint8, n); /* at the parts' representatives */
    for (guint i = 0; i < n; i++) {
        guint part = leuko_union_find(s->part, i);
        if (s->dark[i] == 1 && d[i] <= 3 * LOBE_GAP * r && s->n[part] >= LOBE_SHARE * s->n[nucleus])
            is_lobe[part] = 1;
    }
    for (guint i = 0; i < n; i++)
        d[i] = s->dark[i] == 1 && is_lobe[leuko_union_find(s->part, i)] ? 0 : FAR;
    double reach = (fill_of(s, d) < LOBED ? LOBED_CYTOPLASM : CYTOPLASM) * r;
    find_distances(s, d);
    for (guint i = 0; i < n; i++)
        cell[i] = d[i] <= 3 * reach;
}

/* cell (height, width) of the small image, out. FALSE: there is none. */
static gboolean find_cell(Small *s, guint8 *cell)
{
    guint n = s->width * s->height, n_masked = 0, threshold = 0;
    for (guint i = 0; i < n; i++)
        n_masked += s->dark[i] == 2;
    if (n_masked >= CUT_OUT * n) {
        for (guint i = 0; i < n; i++)
            cell[i] = s->dark[i] != 2;
        return n_masked < n;
    }
    if (!find_threshold(s, &threshold))
        return FALSE;
    for (guint i = 0; i < n; i++)
        s->dark[i] = s->dark[i] ? 2 : s->red[i] <= threshold;
    gint nucleus = find_nucleus(s);
    if (nucleus < 0 || s->n[nucleus] < MIN_NUCLEUS * n)
        return FALSE;
    grow(s, (guint)nucleus, cell);
    return TRUE;
}

guint8 *image_cell_region(const LeukoImage *image, gboolean *found, GError **error)
{
    g_auto(Small) small = {0};
    gsize n = (gsize)image->width * image->height;
    g_autofree guint8 *mask = g_try_malloc0(n);
    if (!mask)
        return leuko_fail(LEUKO_ERROR_MEMORY, error, "no memory for %zu pixels", n), NULL;
    if (!small_init(&small, image, error))
        return NULL;
    g_autofree guint8 *cell = g_new0(guint8, (gsize)small.width * small.height);
    *found = find_cell(&small, cell);
    for (guint y = 0; *found && y < image->height; y++) {
        const guint8 *row = cell + (gsize)y * small.height / image->height * small.width;
        for (guint x = 0; x < image->width; x++)
            mask[(gsize)y * image->width + x] = row[(gsize)x * small.width / image->width];
    }
    return g_steal_pointer(&mask);
}
