/* image/perturb.h: changes of an image that a microscope, a stain or a file format may cause, each
 * with a strength in a physical unit. `leuko stress` measures a model under them.
 *
 * Coordinates and pixels are those of the image as it is decoded, before preprocessing.
 * A draw depends on (seed, purpose, key of the record) alone: any thread gives the same bytes.
 * Masked images, whose background is black (image/color.h), keep their black pixels under changes
 * of color and under noise.
 * Threads: no state; any number of calls at once.
 */
#pragma once
#include "leuko/image.h"

G_BEGIN_DECLS

typedef enum {
    LEUKO_PERTURB_STAIN_STRONGER, /* hematoxylin and eosin times 1 + s */
    LEUKO_PERTURB_STAIN_WEAKER,   /* both times 1 - s */
    LEUKO_PERTURB_STAIN_BLUER,    /* hematoxylin times 1 + s, eosin times 1 - s */
    LEUKO_PERTURB_STAIN_PINKER,   /* hematoxylin times 1 - s, eosin times 1 + s */
    LEUKO_PERTURB_BRIGHTER,       /* bytes times 1 + s */
    LEUKO_PERTURB_DARKER,         /* bytes times 1 - s */
    LEUKO_PERTURB_BALANCE_WARMER, /* red times 1 + s, blue times 1 - s */
    LEUKO_PERTURB_BALANCE_COOLER, /* red times 1 - s, blue times 1 + s */
    LEUKO_PERTURB_BLUR,           /* Gaussian of that standard deviation; edges are reflected */
    LEUKO_PERTURB_DEFOCUS,        /* a disk of that radius; edges are reflected */
    LEUKO_PERTURB_NOISE,          /* Gaussian, of that peak signal-to-noise ratio */
    LEUKO_PERTURB_JPEG,           /* saved as JPEG of that quality and read again */
    LEUKO_PERTURB_ROTATION,       /* about the center, to a side that is drawn for each image */
    LEUKO_PERTURB_SCALE_SMALLER,  /* magnification 1 - s; the margin gets the background's color */
    LEUKO_PERTURB_SCALE_LARGER,   /* magnification 1 + s; the margin is cut off */
    LEUKO_N_PERTURBATIONS
} LeukoPerturbKind;

enum { LEUKO_PERTURB_MAX_STRENGTHS = 5 };

/* What is known of a kind. All strings are static. */
typedef struct {
    const char *name;    /* "stain-bluer" */
    const char *family;  /* "stain": kinds of one family differ in direction */
    const char *meaning; /* in plain words */
    const char *unit;    /* of the strength: "%", "px", "dB", "degrees", "quality" */
    double none;         /* strength that changes nothing */
    double strengths[LEUKO_PERTURB_MAX_STRENGTHS]; /* n_strengths, from weak to strong */
    guint n_strengths;
} LeukoPerturbInfo;

const LeukoPerturbInfo *leuko_perturb_info(LeukoPerturbKind kind);

typedef struct {
    LeukoPerturbKind kind;
    double strength; /* in the unit of the kind */
    guint64 seed;    /* of noise and of the side of a rotation */
} LeukoPerturbation;

/* Change an image, which the function owns and returns or replaces.
 * key     of the record
 * Errors  LEUKO_ERROR_ARGUMENT (the strength is out of range), LEUKO_ERROR_MEMORY; the image is
 *         freed */
LeukoImage *leuko_perturb_apply(const LeukoPerturbation *perturbation, LeukoImage *image,
                                guint64 key, GError **error);

G_END_DECLS
