/* smear/synth-cell.h: the shape of one synthetic white cell, in micrometers. */
#pragma once
#include "base/rng.h"
#include "smear/synth-kind.h"

enum { SYNTH_HARMONICS = 7, SYNTH_MAX_LOBES = 5, SYNTH_MAX_SPOTS = 4 };

typedef struct {
    double x, y, r;
} SynthDisc;

typedef struct {
    LeukoSynthKind kind;
    double x, y; /* center in the image, micrometers */
    double cos_turn, sin_turn;
    double nucleus_r, cell_r;                                       /* mean radii */
    double offset_x, offset_y;                                      /* of the nucleus in the cell */
    double wave[SYNTH_HARMONICS], phase[SYNTH_HARMONICS];           /* nucleus outline */
    double cell_wave[SYNTH_HARMONICS], cell_phase[SYNTH_HARMONICS]; /* cell outline */
    double cleft_depth, cleft_angle; /* a fold from the edge inwards; depth 0: none */
    SynthDisc lobes[SYNTH_MAX_LOBES];
    guint n_lobes;
    SynthDisc spots[SYNTH_MAX_SPOTS]; /* nucleoli, or vacuoles of a monocyte */
    guint n_spots;
    double grain;   /* wavelength of the chromatin */
    double density; /* of the nucleus' stain, about 1 */
    guint32 noise;
} SynthCell;

/* The amounts of each material at a point, 0 to about 1.5. */
typedef struct {
    double nucleus;   /* chromatin, purple */
    double cytoplasm; /* blue */
    double pink;      /* fine neutral granules */
    double orange;    /* eosinophil granules */
    double inside;    /* 1 within the cell, which hides the plasma */
} SynthStuff;

/* Choose the shape of one cell at (x, y) micrometers. */
void synth_cell_draw(SynthCell *cell, LeukoSynthKind kind, double x, double y, LeukoRng *rng);
/* The materials at (u, v) micrometers from the center. edge: blur of the outline, micrometers. */
SynthStuff synth_cell_at(const SynthCell *cell, double u, double v, double edge);
/* A radius that contains the whole cell, micrometers. */
double synth_cell_reach(const SynthCell *cell);
