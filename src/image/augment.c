#include "image/augment.h"
#include "image/warp.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>

LeukoImage *leuko_augment_gray(const LeukoImage *image, GError **error)
{
    LeukoImage *out = leuko_image_new(image->width, image->height, error);
    for (guint y = 0; out && y < image->height; y++) {
        const guint8 *in = image->pixels + y * image->row_bytes;
        guint8 *to = out->pixels + y * out->row_bytes;
        for (guint x = 0; x < image->width; x++, in += LEUKO_CHANNELS, to += LEUKO_CHANNELS)
            /* 0.299, 0.587, 0.114 in units of 1/32768, as cv::cvtColor */
            to[0] = to[1] = to[2] =
                (guint8)((in[0] * 9798u + in[1] * 19235u + in[2] * 3735u + 16384) >> 15);
    }
    return out;
}

/* As cv::equalizeHist: the lowest brightness becomes 0; sums are scaled in float. */
static void equalizing_table(const guint counts[256], guint total, guint8 table[256])
{
    guint first = 0, sum = 0;
    while (counts[first] == 0)
        first++;
    memset(table, 0, 256);
    if (counts[first] == total) {
        table[first] = (guint8)first;
        return;
    }
    float scale = 255.0f / (float)(total - counts[first]);
    for (guint i = first + 1; i < 256; i++) {
        sum += counts[i];
        table[i] = (guint8)CLAMP(lrintf((float)sum * scale), 0, 255);
    }
}

LeukoImage *leuko_augment_equalize(const LeukoImage *image, GError **error)
{
    LeukoImage *gray = leuko_augment_gray(image, error);
    if (!gray)
        return NULL;
    guint counts[256] = {0};
    guint8 table[256];
    gsize n = gray->row_bytes * gray->height;
    for (gsize i = 0; i < n; i += LEUKO_CHANNELS)
        counts[gray->pixels[i]]++;
    equalizing_table(counts, gray->width * gray->height, table);
    for (guint8 *p = gray->pixels; p < gray->pixels + n; p += LEUKO_CHANNELS)
        p[0] = p[1] = p[2] = table[p[0]];
    return gray;
}

LeukoImage *leuko_augment_flip(const LeukoImage *image, gboolean upside_down, GError **error)
{
    LeukoImage *out = leuko_image_new(image->width, image->height, error);
    for (guint y = 0; out && y < image->height; y++) {
        const guint8 *in = image->pixels + y * image->row_bytes;
        guint8 *to = out->pixels + (upside_down ? image->height - 1 - y : y) * out->row_bytes;
        if (upside_down) {
            memcpy(to, in, out->row_bytes);
            continue;
        }
        for (guint x = 0; x < image->width; x++)
            memcpy(to + (gsize)(image->width - 1 - x) * LEUKO_CHANNELS,
                   in + (gsize)x * LEUKO_CHANNELS, LEUKO_CHANNELS);
    }
    return out;
}

void leuko_augment_rotation(guint width, guint height, double degrees, double scale, double m[6])
{
    double radians = degrees * (G_PI / 180), cx = width * 0.5, cy = height * 0.5;
    double a = cos(radians) * scale, b = sin(radians) * scale;
    m[0] = a;
    m[1] = b;
    m[2] = (1 - a) * cx - b * cy;
    m[3] = -b;
    m[4] = a;
    m[5] = b * cx + (1 - a) * cy;
}

void leuko_augment_shear(guint height, double factor, double m[6])
{
    const double shear[6] = {1, factor, -factor * (height * 0.5), 0, 1, 0};
    memcpy(m, shear, sizeof shear);
}

#define WINDOW 24 /* gray levels that noise and uneven light spread a background over */

static guint8 brightness(const guint8 *rgb) { return (guint8)((rgb[0] + 2 * rgb[1] + rgb[2]) / 4); }

static guint8 median(const guint counts[256], guint total)
{
    guint i = 0, seen = counts[0];
    while (seen * 2 < total)
        seen += counts[++i];
    return (guint8)i;
}

/* Count the pixels of the ring: counts[3] by brightness, counts[0..2] by R, G, B for those whose
 * brightness is within [low, low + WINDOW). */
static void count_ring(const LeukoImage *image, guint ring, guint low, guint counts[4][256])
{
    for (guint y = 0; y < image->height; y++) {
        gboolean is_edge_row = y < ring || y >= image->height - ring;
        const guint8 *row = image->pixels + y * image->row_bytes;
        for (guint x = 0; x < image->width; x++) {
            if (!is_edge_row && x == ring && image->width > 2 * ring)
                x = image->width - ring;
            const guint8 *p = row + (gsize)x * LEUKO_CHANNELS;
            guint8 b = brightness(p);
            counts[3][b]++;
            if (b < low || b >= low + WINDOW)
                continue;
            for (guint c = 0; c < LEUKO_CHANNELS; c++)
                counts[c][p[c]]++;
        }
    }
}

/* Find the lower end of the brightness window that holds the background. Among the local maxima of
 * the window sum, it is the brightest with at least a third of the largest sum: cells are darker
 * than the background. */
static guint find_window(const guint counts[256])
{
    guint sum[256 - WINDOW + 1], most = 0;
    for (guint low = 0; low + WINDOW <= 256; low++) {
        sum[low] = 0;
        for (guint i = low; i < low + WINDOW; i++)
            sum[low] += counts[i];
        most = MAX(most, sum[low]);
    }
    for (guint low = 256 - WINDOW + 1; low-- > 0;) {
        gboolean is_peak = sum[low] * 3 >= most;
        for (guint k = 1; is_peak && k <= WINDOW; k++)
            is_peak = (low < k || sum[low - k] <= sum[low]) &&
                      (low + k + WINDOW > 256 || sum[low + k] <= sum[low]);
        if (is_peak)
            return low;
    }
    g_assert_not_reached(); /* the largest sum is a local maximum */
}

void leuko_augment_background(const LeukoImage *image, guint8 border[3])
{
    guint ring = MAX(MIN(image->width, image->height) / 25, 1);
    guint counts[4][256] = {{0}};
    if (image->height <= 2 * ring)
        ring = (image->height + 1) / 2;
    count_ring(image, ring, 256, counts);
    guint low = find_window(counts[3]), total = 0;
    for (guint i = low; i < low + WINDOW; i++)
        total += counts[3][i];
    memset(counts, 0, sizeof counts);
    count_ring(image, ring, low, counts);
    for (guint c = 0; c < LEUKO_CHANNELS; c++)
        border[c] = median(counts[c], total);
}
