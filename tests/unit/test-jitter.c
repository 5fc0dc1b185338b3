#include "augmented.h"
#include "image/augment.h"
#include "image/jitter.h"
#include "image/preprocess.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>

static LeukoImage *waves(guint width, guint height)
{
    LeukoImage *image = leuko_image_new(width, height, NULL);
    for (guint y = 0; y < height; y++)
        for (guint x = 0; x < width; x++)
            for (guint c = 0; c < 3; c++)
                image->pixels[y * image->row_bytes + x * 3 + c] =
                    (guint8)(130 + 60 * sin(x / (7.0 + c)) + 60 * cos((y + 3 * c) / 9.0));
    return image;
}

static LeukoJitterDraw nothing(guint width, guint height)
{
    LeukoJitter none = leuko_jitter_none();
    LeukoJitterDraw draw;
    leuko_jitter_draw(&none, 1, 0, "x", width, height, &draw);
    return draw;
}

static int worst(const LeukoImage *a, const LeukoImage *b)
{
    int most = 0;
    g_assert_cmpuint(a->row_bytes * a->height, ==, b->row_bytes * b->height);
    for (gsize i = 0; i < a->row_bytes * a->height; i++)
        most = MAX(most, ABS((int)a->pixels[i] - b->pixels[i]));
    return most;
}

/* One key, one draw; another seed, epoch or key, another; and what is switched off changes nothing
 * of the rest. */
static void test_keys(void)
{
    LeukoJitter cells = leuko_jitter_cells();
    LeukoJitterDraw a, b;
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    leuko_jitter_draw(&cells, 7, 3, "a/1.png", 300, 200, &a);
    leuko_jitter_draw(&cells, 7, 3, "a/1.png", 300, 200, &b);
    g_assert_cmpint(memcmp(&a, &b, sizeof a), ==, 0);
    const struct {
        guint64 seed, epoch;
        const char *key;
    } others[] = {{8, 3, "a/1.png"}, {7, 4, "a/1.png"}, {7, 3, "a/2.png"}};
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
        leuko_jitter_draw(&cells, others[i].seed, others[i].epoch, others[i].key, 300, 200, &b);
        g_assert_cmpfloat(a.degrees, !=, b.degrees);
        g_assert_cmpfloat(a.saturation, !=, b.saturation);
    }
    LeukoJitter less = cells;
    less.blur_probability = less.stain = less.rotate_degrees = 0;
    less.flip_x = FALSE;
    less.area_low = 0.3;
    leuko_jitter_draw(&less, 7, 3, "a/1.png", 300, 200, &b);
    g_assert_cmpfloat(a.scale, ==, b.scale);
    g_assert_cmpfloat(a.shift_y, ==, b.shift_y);
    g_assert_cmpfloat(a.saturation, ==, b.saturation);
    g_assert_cmpuint(a.quarter_turns, ==, b.quarter_turns);
}

/* Over 4,000 draws every amount keeps its range and fills at least 95 % of it; a quarter are
 * blurred; flips and turns are even (within 5 standard deviations). */
static void test_ranges(void)
{
    enum { N = 4000 };
    LeukoJitter j = leuko_jitter_cells();
    double low[6], high[6];
    guint n_blurred = 0, n_flipped = 0, turns[4] = {0};
    for (guint k = 0; k < 6; k++) {
        low[k] = G_MAXDOUBLE;
        high[k] = -G_MAXDOUBLE;
    }
    for (guint i = 0; i < N; i++) {
        LeukoJitterDraw d;
        leuko_jitter_draw(&j, 1, i, "k", 100, 100, &d);
        const double drawn[6] = {d.degrees,       d.scale,    d.shift_x,
                                 d.stain_gain[1], d.contrast, d.brightness};
        for (guint k = 0; k < 6; k++) {
            low[k] = MIN(low[k], drawn[k]);
            high[k] = MAX(high[k], drawn[k]);
        }
        n_blurred += d.blur_sigma > 0;
        n_flipped += d.flip_x ? 1 : 0;
        turns[d.quarter_turns]++;
        g_assert_true(d.blur_sigma == 0 || (d.blur_sigma >= 0.3 && d.blur_sigma <= 1));
    }
    const double least[6] = {-180, 0.9, -0.05, 0.9, 0.85, -0.06 * 255};
    const double most[6] = {180, 1.1, 0.05, 1.1, 1.15, 0.06 * 255};
    for (guint k = 0; k < 6; k++) {
        g_assert_true(low[k] >= least[k] && high[k] <= most[k]);
        g_assert_cmpfloat(high[k] - low[k], >, 0.95 * (most[k] - least[k]));
    }
    g_assert_true(n_blurred > 863 && n_blurred < 1137);
    g_assert_true(n_flipped > 1842 && n_flipped < 2158);
    for (guint k = 0; k < 4; k++)
        g_assert_true(turns[k] > 863 && turns[k] < 1137);
}

/* slim's crops lie inside the image, of its aspects, at least a tenth of it, and reach almost all
 * of it; an image so narrow that no crop fits is taken whole. */
static void test_crops(void)
{
    LeukoJitter slim = leuko_jitter_slim();
    LeukoJitterDraw d;
    double least = 1, most = 0;
    for (guint i = 0; i < 3000; i++) {
        leuko_jitter_draw(&slim, 1, i, "k", 300, 240, &d);
        double area = d.crop_width * d.crop_height / (300 * 240);
        double aspect = d.crop_width / d.crop_height;
        g_assert_true(d.crop_x >= 0 && d.crop_x + d.crop_width <= 300 + 1e-9);
        g_assert_true(d.crop_y >= 0 && d.crop_y + d.crop_height <= 240 + 1e-9);
        g_assert_true(aspect > 0.7499 && aspect < 1.3301 && area > 0.0999);
        least = MIN(least, area);
        most = MAX(most, area);
    }
    g_assert_true(least < 0.11 && most > 0.97);
    leuko_jitter_draw(&slim, 1, 0, "k", 1, 1000, &d);
    g_assert_cmpfloat(d.crop_height, ==, 1000);
}

/* Nothing drawn, nothing changed; flips and quarter turns move whole pixels. */
static void test_exact_moves(void)
{
    enum { S = 75 };
    g_autoptr(LeukoImage) image = waves(S, S);
    for (guint kind = 0; kind < 16; kind++) {
        LeukoJitterDraw draw = nothing(S, S);
        draw.flip_x = kind & 1;
        draw.flip_y = (kind >> 1) & 1;
        draw.quarter_turns = kind >> 2;
        g_autoptr(LeukoImage) out = leuko_jitter_apply(&draw, image, S, NULL);
        for (guint y = 0; y < S; y++)
            for (guint x = 0; x < S; x++) {
                guint u = x, v = y; /* of the source: turned back clockwise, then flipped back */
                for (guint t = 0; t < draw.quarter_turns; t++) {
                    guint swap = u;
                    u = S - 1 - v;
                    v = swap;
                }
                u = draw.flip_x ? S - 1 - u : u;
                v = draw.flip_y ? S - 1 - v : v;
                g_assert_cmpint(
                    memcmp(out->pixels + (y * S + x) * 3, image->pixels + (v * S + u) * 3, 3), ==,
                    0);
            }
    }
}

/* Rotation and scale are an affine warp about the center of the pixels, within 3 of 255 (both
 * round coordinates to 1/32 pixel; the steepest slope here is 17 a pixel). */
static void test_rotation(void)
{
    enum { S = 99 };
    g_autoptr(LeukoImage) image = waves(S, S);
    LeukoJitterDraw draw = nothing(S, S);
    double m[6];
    guint8 border[3];
    draw.degrees = 33;
    draw.scale = 0.8;
    g_autoptr(LeukoImage) out = leuko_jitter_apply(&draw, image, S, NULL);
    leuko_augment_rotation(S - 1, S - 1, 33, 0.8, m);
    leuko_augment_background(image, border);
    g_autoptr(LeukoImage) expected = warped(image, m, border);
    g_assert_cmpint(worst(out, expected), <=, 3);
}

/* A shift to the right and down, a shear of rows and a crop land where they should: a bright spot
 * is followed. */
static void test_spot(void)
{
    static const struct {
        double shift_x, shift_y, shear, crop_x, crop_y, crop;
        double x, y; /* expected, of 100 */
    } cases[] = {{0, 0, 0, 0, 0, 100, 70.5, 30.5},
                 {0.1, -0.05, 0, 0, 0, 100, 80.5, 25.5},
                 {0, 0, 0.2, 0, 0, 100, 70.5 - 0.2 * 19.5, 30.5},
                 {0, 0, 0, 50, 10, 50, 41, 41}};
    g_autoptr(LeukoImage) image = leuko_image_new(100, 100, NULL);
    for (int y = -4; y <= 4; y++)
        for (int x = -4; x <= 4; x++)
            memset(image->pixels + (guint)(30 + y) * image->row_bytes + (guint)(70 + x) * 3, 200,
                   3);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        LeukoJitterDraw draw = nothing(100, 100);
        draw.shift_x = cases[i].shift_x;
        draw.shift_y = cases[i].shift_y;
        draw.shear = cases[i].shear;
        draw.crop_x = cases[i].crop_x;
        draw.crop_y = cases[i].crop_y;
        draw.crop_width = draw.crop_height = cases[i].crop;
        g_autoptr(LeukoImage) out = leuko_jitter_apply(&draw, image, 100, NULL);
        double sum = 0, sum_x = 0, sum_y = 0;
        for (guint y = 0; y < 100; y++)
            for (guint x = 0; x < 100; x++) {
                double v = out->pixels[y * out->row_bytes + x * 3];
                sum += v;
                sum_x += v * (x + 0.5);
                sum_y += v * (y + 0.5);
            }
        g_assert_cmpfloat_with_epsilon(sum_x / sum, cases[i].x, 0.1);
        g_assert_cmpfloat_with_epsilon(sum_y / sum, cases[i].y, 0.1);
    }
}

/* A large image is reduced with the antialiasing filter: as leuko_image_resize within 12 of 255
 * even where it alternates pixel by pixel, where plain bilinear sampling would be 100 off. */
static void test_reduces(void)
{
    g_autoptr(LeukoImage) image = leuko_image_new(900, 700, NULL);
    for (guint y = 0; y < 700; y++)
        for (guint x = 0; x < 900; x++)
            memset(image->pixels + y * image->row_bytes + x * 3, (x + y) % 2 ? 200 : (int)(x / 9),
                   3);
    LeukoJitterDraw draw = nothing(900, 700);
    g_autoptr(LeukoImage) out = leuko_jitter_apply(&draw, image, 90, NULL);
    g_autoptr(LeukoImage) expected = leuko_image_resize(image, 90, 90, NULL);
    g_assert_cmpint(worst(out, expected), <=, 12);
}

/* Brightness and saturation are slim's, contrast is about the mean, written out by pixel through
 * HSV; within 1. */
static void test_colors(void)
{
    enum { S = 75 };
    g_autoptr(LeukoImage) image = waves(S, S);
    const double cases[][3] = {
        {1, 20, 1}, {1, -30, 1.5}, {1, 12.5, 0.5}, {1.2, 0, 1}, {0.7, 31, 1.4}};
    double mean[3] = {0};
    for (guint i = 0; i < S * S * 3; i++)
        mean[i % 3] += image->pixels[i] / (double)(S * S);
    for (gsize k = 0; k < G_N_ELEMENTS(cases); k++) {
        LeukoJitterDraw draw = nothing(S, S);
        draw.contrast = cases[k][0];
        draw.brightness = cases[k][1];
        draw.saturation = cases[k][2];
        g_autoptr(LeukoImage) out = leuko_jitter_apply(&draw, image, S, NULL);
        for (guint i = 0; i < S * S; i++) {
            double v[3], high = -1e9, low = 1e9;
            for (guint c = 0; c < 3; c++) {
                v[c] = (image->pixels[i * 3 + c] - mean[c]) * cases[k][0] + mean[c] + cases[k][1];
                high = MAX(high, v[c]);
                low = MIN(low, v[c]);
            }
            double s = high > 0 ? (high - low) / high : 0;
            double wanted = cases[k][2] == 1 ? s : MIN(s * cases[k][2], 1);
            for (guint c = 0; c < 3; c++) {
                double hue_part = high > low ? (high - v[c]) / (high - low) : 0; /* hue stays */
                double expected = CLAMP(high - high * wanted * hue_part, 0, 255);
                g_assert_cmpfloat_with_epsilon(out->pixels[i * 3 + c], expected, 1);
            }
        }
    }
}

/* Stain jitter is Tellez': optical densities are separated into hematoxylin, eosin and their
 * normal, the first two are multiplied and shifted, and the sum is formed again; in double,
 * within 1. */
static void test_stain(void)
{
    enum { S = 75 };
    static const double h[3] = {0.650, 0.704, 0.286}, e[3] = {0.072, 0.990, 0.105};
    const double n[3] = {h[1] * e[2] - h[2] * e[1], h[2] * e[0] - h[0] * e[2],
                         h[0] * e[1] - h[1] * e[0]};
    g_autoptr(LeukoImage) image = waves(S, S);
    LeukoJitterDraw draw = nothing(S, S);
    draw.stain_gain[0] = 1.25;
    draw.stain_gain[1] = 0.8;
    draw.stain_shift[0] = 0.04;
    draw.stain_shift[1] = -0.03;
    g_autoptr(LeukoImage) out = leuko_jitter_apply(&draw, image, S, NULL);
    for (guint i = 0; i < S * S; i++) {
        double d[3], hh = 0, he = 0, ee = 0, dh = 0, de = 0, dn = 0, nn = 0;
        for (guint c = 0; c < 3; c++) {
            d[c] = -log((image->pixels[i * 3 + c] + 1) / 256.0);
            hh += h[c] * h[c];
            he += h[c] * e[c];
            ee += e[c] * e[c];
            nn += n[c] * n[c];
            dh += d[c] * h[c];
            de += d[c] * e[c];
            dn += d[c] * n[c];
        }
        double det = hh * ee - he * he; /* normal equations of d = a h + b e + r n */
        double a = (dh * ee - de * he) / det, b = (de * hh - dh * he) / det, r = dn / nn;
        a = a * 1.25 + 0.04;
        b = b * 0.8 - 0.03;
        for (guint c = 0; c < 3; c++) {
            double expected = CLAMP(256 * exp(-(a * h[c] + b * e[c] + r * n[c])) - 1, 0, 255);
            g_assert_cmpfloat_with_epsilon(out->pixels[i * 3 + c], expected, 1);
        }
    }
}

/* Around a masked cell black stays black, however bright it gets; the cell does change. */
static void test_mask(void)
{
    g_autoptr(LeukoImage) image = leuko_image_new(80, 80, NULL);
    for (guint y = 25; y < 55; y++)
        memset(image->pixels + y * image->row_bytes + 25 * 3, 120, 30 * 3);
    LeukoJitterDraw draw = nothing(80, 80);
    draw.brightness = 40;
    draw.stain_gain[0] = 1.1;
    g_autoptr(LeukoImage) out = leuko_jitter_apply(&draw, image, 80, NULL);
    g_assert_cmpint(out->pixels[0], ==, 0);
    g_assert_cmpint(out->pixels[10 * out->row_bytes + 120], ==, 0);
    g_assert_cmpint(out->pixels[40 * out->row_bytes + 120], >, 140);
}

/* A side that is too small is refused. */
static void test_refuses(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoImage) image = waves(8, 8);
    LeukoJitterDraw draw = nothing(8, 8);
    g_assert_null(leuko_jitter_apply(&draw, image, 15, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/jitter/keys", test_keys);
    g_test_add_func("/jitter/ranges", test_ranges);
    g_test_add_func("/jitter/crops", test_crops);
    g_test_add_func("/jitter/exact-moves", test_exact_moves);
    g_test_add_func("/jitter/rotation", test_rotation);
    g_test_add_func("/jitter/spot", test_spot);
    g_test_add_func("/jitter/reduces", test_reduces);
    g_test_add_func("/jitter/colors", test_colors);
    g_test_add_func("/jitter/stain", test_stain);
    g_test_add_func("/jitter/mask", test_mask);
    g_test_add_func("/jitter/refuses", test_refuses);
    return g_test_run();
}
