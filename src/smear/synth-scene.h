/* smear/synth-scene.h: a stained field, and the image of it that a camera takes. */
#pragma once
#include "leuko/image.h"
#include "smear/synth-cell.h"

/* The properties of a group: stain, lamp, microscope. Stains are optical densities of R, G, B. */
typedef struct {
    double nucleus[3], cytoplasm[3], pink[3], orange[3], red_cell[3], plasma[3];
    double lamp[3]; /* R, G, B of the empty field, 0 to 255 */
    double slope_x, slope_y, vignette;
    double focus_px, noise; /* blur at 11.5 px/um; noise in gray levels */
} SynthStain;

void synth_stain_draw(SynthStain *stain, guint group, guint64 seed);

typedef struct {
    double x, y, r, squash, turn, pallor, density;
} SynthRedCell;

typedef struct {
    guint width, height;
    double px_per_um;
    const SynthStain *stain;
    GArray *cells;     /* of SynthCell */
    GArray *red_cells; /* of SynthRedCell */
    GArray *platelets; /* of SynthDisc */
    guint32 noise;
} SynthScene;

/* Scatter red cells and platelets around the white cells of the scene. */
void synth_scene_populate(SynthScene *scene, double red_cells_per_1000_um2, LeukoRng *rng);
LeukoImage *synth_scene_render(const SynthScene *scene, LeukoRng *rng, GError **error);
