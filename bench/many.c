/* usage: bench-many OUT N
 *
 * Write N images of 32 px into two class folders, for many.sh: drawings of a white cell between red
 * cells, with noise. All differ. Their perceptual hashes are less random than those of photographs
 * of cells: 21 bits of them are as selective as 15 random bits, those of photographs as 19. */
#include "base/rng.h"
#include "leuko/image.h"
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIDE = 32, MAX_SHAPES = 16 };

typedef struct {
    float x, y, radius, stretch; /* px; stretch: width / height */
    float color[LEUKO_CHANNELS];
    float edge; /* px over which it fades */
} Shape;

static float draw(LeukoRng *rng, float low, float high)
{
    return low + (high - low) * (float)leuko_rng_uniform(rng);
}

static void set_color(Shape *s, LeukoRng *rng, const float *color, float spread)
{
    for (guint c = 0; c < LEUKO_CHANNELS; c++)
        s->color[c] = color[c] + draw(rng, -spread, spread);
}

/* A red cell at the border of the image. */
static Shape red_cell(LeukoRng *rng)
{
    static const float color[] = {215, 165, 170};
    float angle = draw(rng, 0, 2 * (float)G_PI), away = draw(rng, 14, 22);
    Shape s = {.x = SIDE / 2 + away * cosf(angle),
               .y = SIDE / 2 + away * sinf(angle),
               .radius = draw(rng, 5, 8),
               .stretch = draw(rng, 0.8f, 1.25f),
               .edge = draw(rng, 0.6f, 1.5f)};
    set_color(&s, rng, color, 15);
    return s;
}

/* Red cells, the white cell, then the lobes of its nucleus. Returns the number of shapes. */
static guint draw_shapes(Shape *shapes, gboolean is_blast, LeukoRng *rng)
{
    static const float cytoplasm[] = {185, 175, 215}, nucleus[] = {105, 65, 150};
    guint n = 0, n_red = 2 + (guint)leuko_rng_below(rng, 5);
    while (n < n_red)
        shapes[n++] = red_cell(rng);
    Shape cell = {.x = SIDE / 2 + draw(rng, -2, 2),
                  .y = SIDE / 2 + draw(rng, -2, 2),
                  .radius = is_blast ? draw(rng, 9, 13) : draw(rng, 7, 11),
                  .stretch = draw(rng, 0.85f, 1.2f),
                  .edge = draw(rng, 0.5f, 1.5f)};
    set_color(&cell, rng, cytoplasm, 15);
    shapes[n++] = cell;
    guint n_lobes = 1 + (guint)leuko_rng_below(rng, is_blast ? 2 : 4);
    for (guint lobe = 0; lobe < n_lobes; lobe++) {
        float spread = n_lobes > 1 ? cell.radius * 0.45f : cell.radius * 0.15f;
        Shape s = {.x = cell.x + draw(rng, -spread, spread),
                   .y = cell.y + draw(rng, -spread, spread),
                   .radius = cell.radius *
                             (n_lobes > 1 ? draw(rng, 0.35f, 0.55f) : draw(rng, 0.6f, 0.9f)),
                   .stretch = draw(rng, 0.7f, 1.4f),
                   .edge = draw(rng, 0.5f, 1.2f)};
        set_color(&s, rng, nucleus, 20);
        shapes[n++] = s;
    }
    return n;
}

/* How much of the pixel the shape covers, 0 to 1. */
static float cover(const Shape *s, float x, float y)
{
    float dx = (x - s->x) / s->stretch, dy = (y - s->y) * s->stretch;
    return CLAMP((s->radius - sqrtf(dx * dx + dy * dy)) / s->edge + 0.5f, 0, 1);
}

static LeukoImage *draw_image(guint number)
{
    static const float background[] = {240, 228, 232};
    LeukoRng rng;
    Shape shapes[MAX_SHAPES], light;
    LeukoImage *image = leuko_image_new(SIDE, SIDE, NULL);
    leuko_rng_init(&rng, 1, "many", number);
    set_color(&light, &rng, background, 12);
    guint n_shapes = draw_shapes(shapes, number % 2 == 0, &rng);
    float slope_x = draw(&rng, -0.4f, 0.4f), slope_y = draw(&rng, -0.4f, 0.4f);
    for (guint y = 0; image && y < SIDE; y++)
        for (guint x = 0; x < SIDE; x++) {
            float color[LEUKO_CHANNELS], noise = draw(&rng, -7, 7);
            for (guint c = 0; c < LEUKO_CHANNELS; c++)
                color[c] = light.color[c];
            for (guint k = 0; k < n_shapes; k++) {
                float part = cover(&shapes[k], (float)x, (float)y);
                for (guint c = 0; c < LEUKO_CHANNELS; c++)
                    color[c] += part * (shapes[k].color[c] - color[c]);
            }
            guint8 *pixel = image->pixels + y * image->row_bytes + x * LEUKO_CHANNELS;
            for (guint c = 0; c < LEUKO_CHANNELS; c++)
                pixel[c] = (guint8)CLAMP(color[c] + noise + slope_x * (float)x + slope_y * (float)y,
                                         0, 255);
        }
    return image;
}

int main(int argc, char **argv)
{
    static const char *const classes[] = {"blast", "lymphocyte"};
    guint n = argc == 3 ? (guint)atoi(argv[2]) : 0;
    if (n == 0) {
        fprintf(stderr, "usage: bench-many OUT N\n");
        return EXIT_FAILURE;
    }
    for (guint i = 0; i < n; i++) {
        g_autofree gchar *folder = g_build_filename(argv[1], classes[i % 2], NULL),
                         *path = g_strdup_printf("%s/%07u.png", folder, i);
        g_autoptr(LeukoImage) image = draw_image(i);
        g_autoptr(GBytes) png = image ? leuko_image_encode(image, "png", 0, NULL) : NULL;
        if (i < 2 && g_mkdir_with_parents(folder, 0777) != 0)
            return EXIT_FAILURE;
        if (!png || !g_file_set_contents_full(path, g_bytes_get_data(png, NULL),
                                              (gssize)g_bytes_get_size(png),
                                              G_FILE_SET_CONTENTS_NONE, 0666, NULL)) {
            fprintf(stderr, "%s: cannot write\n", path);
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}
