#include "smear/synth-cell.h"
#include "smear/synth-noise.h"
#include <math.h>
#include <string.h>

/* Draw the harmonics of a closed outline; amplitudes fall with the frequency. */
static void draw_waves(double *wave, double *phase, double size, LeukoRng *rng)
{
    for (guint k = 0; k < SYNTH_HARMONICS; k++) {
        wave[k] = size * fabs(leuko_rng_normal(rng)) / (k + 1.5);
        phase[k] = leuko_rng_range(rng, 0, 2 * G_PI);
    }
}

static double outline(const double *wave, const double *phase, double angle)
{
    double sum = 1;
    for (guint k = 0; k < SYNTH_HARMONICS; k++)
        sum +=
            wave[k] * cos((k + 2) * angle +
                          phase[k]); /* frequencies from 2: frequency 1 only shifts the outline */
    return sum;
}

/* Draw the pale spots of the nucleus: round in blasts, gaps of the same area in lymphocytes (see
 * chromatin_at), so that the share of pale pixels is the same. */
static void draw_spots(SynthCell *c, LeukoRng *rng)
{
    c->n_spots = 1 + (guint)leuko_rng_below(rng, 3);
    for (guint i = 0; i < c->n_spots; i++) {
        double angle = leuko_rng_range(rng, 0, 2 * G_PI), far = sqrt(leuko_rng_uniform(rng)) * 0.6;
        c->spots[i] = (SynthDisc){far * c->nucleus_r * cos(angle), far * c->nucleus_r * sin(angle),
                                  leuko_rng_range(rng, 0.7, 1.15)};
    }
}

/* Draw lobes on an arc, each connected to the next by a bridge. */
static void draw_lobes(SynthCell *c, guint n, double radius, double arc_radius, double spread,
                       LeukoRng *rng)
{
    double start = leuko_rng_range(rng, 0, 2 * G_PI);
    c->n_lobes = n;
    for (guint i = 0; i < n; i++) {
        double angle = start + spread * (i - (n - 1) / 2.0) + leuko_rng_range(rng, -0.15, 0.15);
        double r = arc_radius * leuko_rng_range(rng, 0.85, 1.1);
        c->lobes[i] =
            (SynthDisc){r * cos(angle), r * sin(angle), radius * leuko_rng_range(rng, 0.82, 1.15)};
    }
}

static void draw_mononuclear(SynthCell *c, LeukoRng *rng)
{
    gboolean blast = c->kind == LEUKO_SYNTH_BLAST;
    c->nucleus_r = leuko_rng_range(rng, 4.1, 5.6); /* the same for both */
    c->cell_r = c->nucleus_r *
                (blast ? leuko_rng_range(rng, 1.08, 1.31) : leuko_rng_range(rng, 1.10, 1.35));
    draw_waves(c->wave, c->phase,
               blast ? leuko_rng_range(rng, 0.05, 0.11) : leuko_rng_range(rng, 0.005, 0.025), rng);
    c->grain = blast ? leuko_rng_range(rng, 0.75, 1.05) : leuko_rng_range(rng, 2.0, 2.8);
    if (blast && leuko_rng_uniform(rng) < 0.65) {
        c->cleft_depth = leuko_rng_range(rng, 0.35, 0.85);
        c->cleft_angle = leuko_rng_range(rng, 0, 2 * G_PI);
    }
    draw_spots(c, rng);
}

static void draw_granulocyte(SynthCell *c, LeukoRng *rng)
{
    gboolean eosinophil = c->kind == LEUKO_SYNTH_EOSINOPHIL;
    guint n = eosinophil ? 2 + (leuko_rng_uniform(rng) < 0.2) : 3 + (guint)leuko_rng_below(rng, 3);
    c->cell_r = leuko_rng_range(rng, 5.8, 6.9);
    c->grain = leuko_rng_range(rng, 1.6, 2.2);
    c->nucleus_r = c->cell_r;
    draw_lobes(c, n,
               eosinophil ? 2.3
               : n == 3   ? 2.0
                          : 1.65,
               eosinophil ? 2.1 : 2.7, eosinophil ? 1.75 : 4.6 / n, rng);
}

static void draw_monocyte(SynthCell *c, LeukoRng *rng)
{
    c->nucleus_r = leuko_rng_range(rng, 4.9, 5.7);
    c->cell_r = leuko_rng_range(rng, 7.2, 8.4);
    c->grain = leuko_rng_range(rng, 1.2, 1.7);
    c->cleft_angle = leuko_rng_range(rng, 0, 2 * G_PI);
    c->cleft_depth = leuko_rng_range(rng, 0.25, 0.62);
    draw_waves(c->wave, c->phase, 0.07, rng);
    c->n_spots = (guint)leuko_rng_below(rng, SYNTH_MAX_SPOTS + 1);
    for (guint i = 0; i < c->n_spots; i++) {
        double angle = leuko_rng_range(rng, 0, 2 * G_PI);
        c->spots[i] = (SynthDisc){cos(angle) * c->cell_r * 0.85, sin(angle) * c->cell_r * 0.85,
                                  leuko_rng_range(rng, 0.35, 0.7)};
    }
}

void synth_cell_draw(SynthCell *c, LeukoSynthKind kind, double x, double y, LeukoRng *rng)
{
    memset(c, 0, sizeof *c);
    double turn = leuko_rng_range(rng, 0, 2 * G_PI);
    c->kind = kind;
    c->x = x;
    c->y = y;
    c->cos_turn = cos(turn);
    c->sin_turn = sin(turn);
    c->noise = (guint32)leuko_rng_u64(rng);
    c->density = leuko_rng_range(rng, 0.88, 1.12);
    switch (kind) {
    case LEUKO_SYNTH_NEUTROPHIL:
    case LEUKO_SYNTH_EOSINOPHIL:
        draw_granulocyte(c, rng);
        break;
    case LEUKO_SYNTH_MONOCYTE:
        draw_monocyte(c, rng);
        break;
    default:
        draw_mononuclear(c, rng);
        break;
    }
    draw_waves(c->cell_wave, c->cell_phase, kind == LEUKO_SYNTH_MONOCYTE ? 0.07 : 0.03, rng);
    double slack = MAX(c->cell_r - c->nucleus_r, 0), angle = leuko_rng_range(rng, 0, 2 * G_PI);
    double shift = kind == LEUKO_SYNTH_NEUTROPHIL || kind == LEUKO_SYNTH_EOSINOPHIL
                       ? 0.4
                       : slack * leuko_rng_range(rng, 0.2, 0.75);
    c->offset_x = shift * cos(angle);
    c->offset_y = shift * sin(angle);
}

double synth_cell_reach(const SynthCell *c) { return c->cell_r * 1.35 + 1; }

/* Signed distance to a segment a-b whose radius changes from a->r to b->r. */
static double capsule(double x, double y, const SynthDisc *a, const SynthDisc *b)
{
    double dx = b->x - a->x, dy = b->y - a->y;
    double t = CLAMP(((x - a->x) * dx + (y - a->y) * dy) / (dx * dx + dy * dy), 0, 1);
    return hypot(x - a->x - t * dx, y - a->y - t * dy) - (a->r + t * (b->r - a->r));
}

static double smooth_min(double a, double b, double width)
{
    double h = CLAMP(0.5 + 0.5 * (b - a) / width, 0, 1);
    return b + (a - b) * h - width * h * (1 - h);
}

/* Signed distance to the nucleus in approximate micrometers, negative inside. */
static double nucleus_distance(const SynthCell *c, double x, double y)
{
    if (c->n_lobes > 0) {
        double d = 1e9;
        for (guint i = 0; i < c->n_lobes; i++) {
            double wobble = 0.22 * synth_noise(x * 0.6, y * 0.6, c->noise + 5 + i);
            double lobe = hypot(x - c->lobes[i].x, y - c->lobes[i].y) - c->lobes[i].r + wobble;
            d = smooth_min(d, lobe, 0.35);
            if (i == 0)
                continue;
            SynthDisc from = c->lobes[i - 1], to = c->lobes[i];
            from.r = to.r = 0.32;
            d = smooth_min(d, capsule(x, y, &from, &to), 0.3);
        }
        return d;
    }
    double d = hypot(x, y) - c->nucleus_r * outline(c->wave, c->phase, atan2(y, x));
    if (c->cleft_depth <= 0)
        return d;
    gboolean kidney = c->kind == LEUKO_SYNTH_MONOCYTE;
    double ca = cos(c->cleft_angle), sa = sin(c->cleft_angle);
    double tip = c->nucleus_r * (1 - c->cleft_depth), far = c->nucleus_r * 1.5;
    double bend = kidney ? 0 : 0.9; /* a fold is oblique and narrows to its tip */
    SynthDisc a = {tip * ca + bend * sa, tip * sa - bend * ca, kidney ? 0.26 * c->nucleus_r : 0.06};
    SynthDisc b = {far * ca, far * sa, kidney ? 0.36 * c->nucleus_r : 0.95};
    return -smooth_min(-d, capsule(x, y, &a, &b), kidney ? 1.5 : 0.5);
}

/* Amount of chromatin: around 1, with clumps of the kind's grain, the same contrast for all kinds,
 * and pale spots. */
static double chromatin_at(const SynthCell *c, double x, double y, double distance)
{
    double t = synth_fbm(x / c->grain, y / c->grain, c->noise);
    double amount = 1 + 0.17 * CLAMP(t, -1.8, 1.8);
    amount += 0.10 * synth_step(-0.8, 0.8, distance); /* denser at the membrane */
    if (c->kind == LEUKO_SYNTH_BLAST)
        for (guint i = 0; i < c->n_spots; i++) {
            double far = hypot(x - c->spots[i].x, y - c->spots[i].y);
            amount -= 0.34 * (1 - synth_step(c->spots[i].r, 0.35, far));
            amount += 0.12 * (1 - synth_step(0.28, 0.3, fabs(far - c->spots[i].r - 0.2)));
        }
    if (c->kind == LEUKO_SYNTH_LYMPHOCYTE)
        for (guint i = 0; i < c->n_spots; i++) { /* the same area as gaps between the clumps */
            double dx = x - c->spots[i].x, dy = y - c->spots[i].y;
            double bend = 0.7 * synth_noise(x * 0.5, y * 0.5, c->noise + 40 + i);
            double along = dx * c->cos_turn + dy * c->sin_turn,
                   across = dy * c->cos_turn - dx * c->sin_turn + bend;
            double far = hypot(along / 2.4, across / 0.42);
            amount -= 0.34 * (1 - synth_step(c->spots[i].r, 0.5, far));
        }
    return c->density * MAX(amount, 0.35);
}

static void add_granules(const SynthCell *c, double x, double y, SynthStuff *s)
{
    if (c->kind == LEUKO_SYNTH_EOSINOPHIL) {
        double t = synth_noise(x / 0.42, y / 0.42, c->noise + 20);
        s->orange = s->cytoplasm * (0.35 + 0.85 * synth_step(0.05, 0.5, t));
        s->cytoplasm *= 0.35;
    } else if (c->kind == LEUKO_SYNTH_NEUTROPHIL) {
        double t = synth_noise(x / 0.3, y / 0.3, c->noise + 21);
        s->pink = s->cytoplasm * (0.55 + 0.5 * synth_step(0.25, 0.3, t));
        s->cytoplasm *= 0.22;
    } else if (c->kind == LEUKO_SYNTH_MONOCYTE) {
        s->pink = s->cytoplasm * (0.6 + 0.15 * synth_noise(x / 0.35, y / 0.35, c->noise + 22));
        for (guint i = 0; i < c->n_spots; i++)
            s->cytoplasm *= 1 - 0.8 * (1 - synth_step(c->spots[i].r, 0.25,
                                                      hypot(x - c->spots[i].x, y - c->spots[i].y)));
        s->cytoplasm *= 0.68;
    }
}

SynthStuff synth_cell_at(const SynthCell *c, double u, double v, double edge)
{
    SynthStuff s = {0};
    double x = c->cos_turn * u + c->sin_turn * v, y = c->cos_turn * v - c->sin_turn * u;
    double rim = hypot(x, y) - c->cell_r * outline(c->cell_wave, c->cell_phase, atan2(y, x));
    double nx = x - c->offset_x, ny = y - c->offset_y;
    double d = nucleus_distance(c, nx, ny);
    double nucleus = 1 - synth_step(0, edge, d), cell = MAX(1 - synth_step(0, edge, rim), nucleus);
    if (cell <= 0)
        return s;
    s.inside = cell;
    s.nucleus = nucleus > 0 ? nucleus * chromatin_at(c, nx, ny, d) : 0;
    double cloud = 1 + 0.18 * synth_fbm(x / 2.2, y / 2.2, c->noise + 30);
    double halo = 1 - 0.35 * (1 - synth_step(0.8, 1.4, d)); /* paler around the nucleus */
    s.cytoplasm = (cell - nucleus) * CLAMP(cloud, 0.4, 1.7) * halo;
    add_granules(c, x, y, &s);
    return s;
}
