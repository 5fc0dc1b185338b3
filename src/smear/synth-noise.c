#include "smear/synth-noise.h"
#include <math.h>

static guint32 hash(gint32 x, gint32 y, guint32 seed)
{
    guint32 h = (guint32)x * 0x8da6b343u ^ (guint32)y * 0xd8163841u ^ seed * 0xcb1ab31fu;
    h = (h ^ (h >> 15)) * 0x2c1b3c6du;
    h = (h ^ (h >> 12)) * 0x297a2d39u;
    return h ^ (h >> 15);
}

static double corner(gint32 ix, gint32 iy, double dx, double dy, guint32 seed)
{
    static const double diagonal = 0.7071067811865476;
    switch (hash(ix, iy, seed) & 7) {
    case 0:
        return dx;
    case 1:
        return -dx;
    case 2:
        return dy;
    case 3:
        return -dy;
    case 4:
        return (dx + dy) * diagonal;
    case 5:
        return (dx - dy) * diagonal;
    case 6:
        return (dy - dx) * diagonal;
    default:
        return -(dx + dy) * diagonal;
    }
}

static double fade(double t) { return t * t * t * (t * (t * 6 - 15) + 10); }

double synth_noise(double x, double y, guint32 seed)
{
    double fx = floor(x), fy = floor(y), dx = x - fx, dy = y - fy;
    gint32 ix = (gint32)fx, iy = (gint32)fy;
    double u = fade(dx), v = fade(dy);
    double top = corner(ix, iy, dx, dy, seed) * (1 - u) + corner(ix + 1, iy, dx - 1, dy, seed) * u;
    double low = corner(ix, iy + 1, dx, dy - 1, seed) * (1 - u) +
                 corner(ix + 1, iy + 1, dx - 1, dy - 1, seed) * u;
    return 1.5 * (top * (1 - v) + low * v);
}

double synth_fbm(double x, double y, guint32 seed)
{
    double sum = synth_noise(x, y, seed) + 0.5 * synth_noise(2.03 * x + 7, 2.03 * y + 3, seed + 1) +
                 0.25 * synth_noise(4.1 * x + 1, 4.1 * y + 9, seed + 2);
    return sum / 0.44;
}

double synth_step(double edge, double width, double v)
{
    double t = CLAMP((v - edge) / width + 0.5, 0, 1);
    return t * t * (3 - 2 * t);
}
