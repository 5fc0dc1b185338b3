#include "smear/synth-scene.h"
#include "image/augment.h"
#include "smear/synth-noise.h"
#include <math.h>

/* Optical densities of the May-Gruenwald-Giemsa dyes, varied as between patients and laboratories:
 * the strength of all dyes and the hue of each. */
void synth_stain_draw(SynthStain *s, guint group, guint64 seed)
{
    static const double nucleus[3] = {0.50, 0.88, 0.34}, cytoplasm[3] = {0.27, 0.24, 0.08};
    static const double pink[3] = {0.07, 0.22, 0.14}, orange[3] = {0.06, 0.38, 0.46};
    static const double red_cell[3] = {0.07, 0.19, 0.18}, plasma[3] = {0.015, 0.03, 0.05};
    LeukoRng rng;
    leuko_rng_init(&rng, seed, "synth stain", group);
    double basic = leuko_rng_range(&rng, 0.72, 1.25), acid = leuko_rng_range(&rng, 0.70, 1.30);
    double warm = leuko_rng_range(&rng, -1, 1), bright = leuko_rng_range(&rng, 212, 246);
    for (guint i = 0; i < 3; i++) {
        double hue = leuko_rng_range(&rng, 0.88, 1.12), hue2 = leuko_rng_range(&rng, 0.85, 1.15);
        s->nucleus[i] = nucleus[i] * basic * hue;
        s->cytoplasm[i] = cytoplasm[i] * basic * hue2;
        s->pink[i] = pink[i] * acid * hue2;
        s->orange[i] = orange[i] * acid * hue;
        s->red_cell[i] = red_cell[i] * acid * hue;
        s->plasma[i] = plasma[i] * acid;
        s->lamp[i] = bright * (1 + warm * (i == 0 ? 0.035 : i == 2 ? -0.045 : 0));
        s->lamp[i] = MIN(s->lamp[i], 252);
    }
    s->slope_x = leuko_rng_range(&rng, -0.06, 0.06);
    s->slope_y = leuko_rng_range(&rng, -0.06, 0.06);
    s->vignette = leuko_rng_range(&rng, 0, 0.10);
    s->focus_px = leuko_rng_range(&rng, 0.7, 1.5);
    s->noise = leuko_rng_range(&rng, 1.0, 3.0);
}

static gboolean is_free(const SynthScene *s, double x, double y, double r)
{
    for (guint i = 0; i < s->cells->len; i++) {
        const SynthCell *c = &g_array_index(s->cells, SynthCell, i);
        if (hypot(x - c->x, y - c->y) < c->cell_r * 0.97 + r)
            return FALSE;
    }
    return TRUE;
}

/* Red cells may touch, but rarely overlap by half. */
static gboolean overlaps_much(const SynthScene *s, double x, double y)
{
    for (guint i = 0; i < s->red_cells->len; i++) {
        const SynthRedCell *c = &g_array_index(s->red_cells, SynthRedCell, i);
        if (hypot(x - c->x, y - c->y) < 6.4)
            return TRUE;
    }
    return FALSE;
}

void synth_scene_populate(SynthScene *s, double red_cells_per_1000_um2, LeukoRng *rng)
{
    double w = s->width / s->px_per_um, h = s->height / s->px_per_um, margin = 4;
    double area = (w + 2 * margin) * (h + 2 * margin);
    guint wanted = (guint)(area / 1000 * red_cells_per_1000_um2);
    for (guint tries = 0; tries < wanted * 8 && s->red_cells->len < wanted; tries++) {
        SynthRedCell c = {.x = leuko_rng_range(rng, -margin, w + margin),
                          .y = leuko_rng_range(rng, -margin, h + margin),
                          .r = leuko_rng_truncated_normal(rng, 3.7, 0.22),
                          .squash = leuko_rng_range(rng, 0.88, 1),
                          .turn = leuko_rng_range(rng, 0, G_PI),
                          .pallor = leuko_rng_range(rng, 0.35, 0.75),
                          .density = leuko_rng_range(rng, 0.85, 1.15)};
        if (is_free(s, c.x, c.y, c.r * 0.93) &&
            (!overlaps_much(s, c.x, c.y) || leuko_rng_uniform(rng) < 0.06))
            g_array_append_val(s->red_cells, c);
    }
    guint n_platelets = (guint)(area / 1000 * leuko_rng_range(rng, 0, 2.6));
    for (guint i = 0; i < n_platelets; i++) {
        SynthDisc p = {leuko_rng_range(rng, 0, w), leuko_rng_range(rng, 0, h),
                       leuko_rng_range(rng, 0.8, 1.4)};
        if (is_free(s, p.x, p.y, p.r))
            g_array_append_val(s->platelets, p);
    }
}

typedef struct {
    gint x0, y0, x1, y1;
} Box;

static Box box_around(const SynthScene *s, double x, double y, double r)
{
    double k = s->px_per_um;
    return (Box){MAX((gint)floor((x - r) * k), 0), MAX((gint)floor((y - r) * k), 0),
                 MIN((gint)ceil((x + r) * k), (gint)s->width),
                 MIN((gint)ceil((y + r) * k), (gint)s->height)};
}

static void add(float *od, const double dye[3], double amount)
{
    for (guint i = 0; i < 3; i++)
        od[i] += (float)(dye[i] * amount);
}

/* od (H, W, 3): total optical density */
static void lay_red_cell(const SynthScene *s, const SynthRedCell *c, float *od)
{
    Box b = box_around(s, c->x, c->y, c->r * 1.1 + 0.5);
    double ct = cos(c->turn), st = sin(c->turn);
    for (gint py = b.y0; py < b.y1; py++)
        for (gint px = b.x0; px < b.x1; px++) {
            double u = (px + 0.5) / s->px_per_um - c->x, v = (py + 0.5) / s->px_per_um - c->y;
            double far = hypot(ct * u + st * v, (ct * v - st * u) / c->squash) / c->r;
            double cover = 1 - synth_step(1, 0.06, far);
            if (cover <= 0)
                continue;
            double ring =
                1 - c->pallor * exp(-far * far * far * 7); /* red cells are thin in the middle */
            add(od + ((gsize)py * s->width + (gsize)px) * 3, s->stain->red_cell,
                cover * ring * c->density);
        }
}

static void lay_platelet(const SynthScene *s, const SynthDisc *p, float *od)
{
    Box b = box_around(s, p->x, p->y, p->r * 1.6);
    for (gint py = b.y0; py < b.y1; py++)
        for (gint px = b.x0; px < b.x1; px++) {
            double x = (px + 0.5) / s->px_per_um, y = (py + 0.5) / s->px_per_um;
            double far = hypot(x - p->x, y - p->y) / p->r + 0.25 * synth_noise(x, y, s->noise + 77);
            double cover = 1 - synth_step(1, 0.25, far);
            double grain =
                0.45 + 0.4 * synth_step(0, 0.5, synth_noise(x / 0.35, y / 0.35, s->noise + 78));
            if (cover > 0)
                add(od + ((gsize)py * s->width + (gsize)px) * 3, s->stain->nucleus,
                    cover * grain * 0.5);
        }
}

static void lay_cell(const SynthScene *s, const SynthCell *c, float *od)
{
    Box b = box_around(s, c->x, c->y, synth_cell_reach(c));
    for (gint py = b.y0; py < b.y1; py++)
        for (gint px = b.x0; px < b.x1; px++) {
            SynthStuff stuff = synth_cell_at(c, (px + 0.5) / s->px_per_um - c->x,
                                             (py + 0.5) / s->px_per_um - c->y, 0.16);
            if (stuff.inside <= 0)
                continue;
            float *at = od + ((gsize)py * s->width + (gsize)px) * 3;
            for (guint i = 0; i < 3; i++)
                at[i] *= (float)(1 - stuff.inside);
            add(at, s->stain->nucleus, stuff.nucleus);
            add(at, s->stain->cytoplasm, stuff.cytoplasm);
            add(at, s->stain->pink, stuff.pink);
            add(at, s->stain->orange, stuff.orange);
        }
}

/* Light = lamp x 10^-od, plus sensor noise. */
static void expose(const SynthScene *s, const float *od, LeukoImage *image, gboolean with_noise,
                   LeukoRng *rng)
{
    const SynthStain *k = s->stain;
    for (guint y = 0; y < s->height; y++)
        for (guint x = 0; x < s->width; x++) {
            double u = 2.0 * x / s->width - 1, v = 2.0 * y / s->height - 1;
            double lamp = 1 + k->slope_x * u + k->slope_y * v - k->vignette * (u * u + v * v) / 2;
            for (guint i = 0; i < 3; i++) {
                guint8 *p = image->pixels + y * image->row_bytes + x * 3 + i;
                double value = with_noise
                                   ? *p + k->noise * leuko_rng_normal(rng)
                                   : k->lamp[i] * lamp *
                                         exp(-2.302585 * od[((gsize)y * s->width + x) * 3 + i]);
                *p = (guint8)CLAMP(value + 0.5, 0, 255);
            }
        }
}

LeukoImage *synth_scene_render(const SynthScene *s, LeukoRng *rng, GError **error)
{
    g_autoptr(LeukoImage) image = leuko_image_new(s->width, s->height, error);
    if (!image)
        return NULL;
    g_autofree float *od = g_new0(float, (gsize)s->width * s->height * 3);
    for (guint y = 0; y < s->height; y++)
        for (guint x = 0; x < s->width; x++) {
            double u = x / s->px_per_um, v = y / s->px_per_um;
            add(od + ((gsize)y * s->width + x) * 3, s->stain->plasma,
                1 + 0.5 * synth_noise(u / 6, v / 6, s->noise) +
                    0.25 * synth_noise(u / 1.5, v / 1.5, s->noise + 1));
        }
    for (guint i = 0; i < s->red_cells->len; i++)
        lay_red_cell(s, &g_array_index(s->red_cells, SynthRedCell, i), od);
    for (guint i = 0; i < s->platelets->len; i++)
        lay_platelet(s, &g_array_index(s->platelets, SynthDisc, i), od);
    for (guint i = 0; i < s->cells->len; i++)
        lay_cell(s, &g_array_index(s->cells, SynthCell, i), od);
    expose(s, od, image, FALSE, rng);
    double sigma =
        MAX(s->stain->focus_px * leuko_rng_range(rng, 0.85, 1.15) * s->px_per_um / 11.5, 0.3);
    g_autoptr(LeukoImage) blurred = leuko_augment_blur(image, sigma, error);
    if (!blurred)
        return NULL;
    expose(s, od, blurred, TRUE, rng);
    return g_steal_pointer(&blurred);
}
