#include "smear/synth.h"
#include "leuko/error.h"
#include "smear/synth-scene.h"
#include <math.h>
#include <string.h>

enum { FIELD_WIDTH = 1600, FIELD_HEIGHT = 1200 };
static const double FIELD_PX_PER_UM = 7.0, IMAGE_UM = 24.0, OUTLINE_BLUR_UM = 0.16;

static void scene_init(SynthScene *s, guint width, guint height, double px_per_um,
                       const SynthStain *stain, LeukoRng *rng)
{
    *s = (SynthScene){.width = width,
                      .height = height,
                      .px_per_um = px_per_um,
                      .stain = stain,
                      .cells = g_array_new(FALSE, FALSE, sizeof(SynthCell)),
                      .red_cells = g_array_new(FALSE, FALSE, sizeof(SynthRedCell)),
                      .platelets = g_array_new(FALSE, FALSE, sizeof(SynthDisc)),
                      .noise = (guint32)leuko_rng_u64(rng)};
}

static void scene_clear(SynthScene *s)
{
    if (!s->cells)
        return;
    g_array_unref(s->cells);
    g_array_unref(s->red_cells);
    g_array_unref(s->platelets);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SynthScene, scene_clear)

/* The scene of image `index`, with nothing but its white cell. */
static gboolean begin_cell(SynthScene *scene, SynthStain *stain, LeukoRng *rng, LeukoSynthKind kind,
                           guint group, guint index, guint size_px, guint64 seed, GError **error)
{
    if (size_px < 75 || size_px > 2048) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "an image of %u px: must be 75 to 2048", size_px);
        return FALSE;
    }
    SynthCell cell;
    leuko_rng_init(rng, seed, leuko_synth_kind_name(kind), (guint64)group << 32 | index);
    synth_stain_draw(stain, group, seed);
    scene_init(scene, size_px, size_px, size_px / IMAGE_UM, stain, rng);
    synth_cell_draw(&cell, kind, IMAGE_UM / 2 + leuko_rng_range(rng, -1.2, 1.2),
                    IMAGE_UM / 2 + leuko_rng_range(rng, -1.2, 1.2), rng);
    g_array_append_val(scene->cells, cell);
    return TRUE;
}

LeukoImage *leuko_synth_cell(LeukoSynthKind kind, guint group, guint index, guint size_px,
                             guint64 seed, GError **error)
{
    LeukoRng rng;
    SynthStain stain;
    g_auto(SynthScene) scene = {0};
    if (!begin_cell(&scene, &stain, &rng, kind, group, index, size_px, seed, error))
        return NULL;
    synth_scene_populate(&scene, leuko_rng_range(&rng, 8, 17), &rng);
    return synth_scene_render(&scene, &rng, error);
}

guint8 *leuko_synth_cell_mask(LeukoSynthKind kind, guint group, guint index, guint size_px,
                              guint64 seed, GError **error)
{
    LeukoRng rng;
    SynthStain stain;
    g_auto(SynthScene) scene = {0};
    if (!begin_cell(&scene, &stain, &rng, kind, group, index, size_px, seed, error))
        return NULL;
    const SynthCell *cell = &g_array_index(scene.cells, SynthCell, 0);
    guint8 *mask = g_new(guint8, (gsize)size_px * size_px);
    for (guint y = 0; y < size_px; y++)
        for (guint x = 0; x < size_px; x++) {
            double u = (x + 0.5) / scene.px_per_um - cell->x;
            double v = (y + 0.5) / scene.px_per_um - cell->y;
            mask[(gsize)y * size_px + x] = synth_cell_at(cell, u, v, OUTLINE_BLUR_UM).inside > 0.5;
        }
    return mask;
}

LeukoImage *leuko_synth_field(const LeukoSynthKind *kinds, guint n_kinds, guint group, guint index,
                              guint64 seed, GArray **truth, GError **error)
{
    LeukoRng rng;
    SynthStain stain;
    leuko_rng_init(&rng, seed, "synth field", (guint64)group << 32 | index);
    synth_stain_draw(&stain, group, seed);
    g_auto(SynthScene) scene = {0};
    scene_init(&scene, FIELD_WIDTH, FIELD_HEIGHT, FIELD_PX_PER_UM, &stain, &rng);
    *truth = g_array_new(FALSE, FALSE, sizeof(LeukoSynthTruth));
    double w = FIELD_WIDTH / FIELD_PX_PER_UM, h = FIELD_HEIGHT / FIELD_PX_PER_UM;
    guint wanted = 6 + (guint)leuko_rng_below(&rng, 13);
    for (guint tries = 0; tries < 40 * wanted && scene.cells->len < wanted; tries++) {
        SynthCell cell;
        double x = leuko_rng_range(&rng, 10, w - 10), y = leuko_rng_range(&rng, 10, h - 10);
        gboolean crowded = FALSE;
        for (guint i = 0; i < scene.cells->len; i++) {
            const SynthCell *other = &g_array_index(scene.cells, SynthCell, i);
            crowded |= hypot(x - other->x, y - other->y) < 19;
        }
        LeukoSynthKind kind = kinds[leuko_rng_below(&rng, n_kinds)];
        synth_cell_draw(&cell, kind, x, y, &rng);
        if (crowded)
            continue;
        LeukoSynthTruth t = {x * FIELD_PX_PER_UM, y * FIELD_PX_PER_UM, kind};
        g_array_append_val(scene.cells, cell);
        g_array_append_val(*truth, t);
    }
    synth_scene_populate(&scene, leuko_rng_range(&rng, 9, 16), &rng);
    LeukoImage *image = synth_scene_render(&scene, &rng, error);
    if (!image)
        g_clear_pointer(truth, g_array_unref);
    return image;
}
