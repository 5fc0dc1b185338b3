/* smear/synth-noise.h: smooth random fields over the plane. */
#pragma once
#include <glib.h>

/* Gradient noise (Perlin 2002) of unit wavelength, about -1 to 1; each seed gives another field. */
double synth_noise(double x, double y, guint32 seed);
/* Three octaves of noise, scaled to a standard deviation of about 1. */
double synth_fbm(double x, double y, guint32 seed);
/* 0 below edge - width / 2, 1 above edge + width / 2, smooth in between. */
double synth_step(double edge, double width, double v);
