#include "report/profile-page.h"
#include "base/plural.h"
#include "report/html.h"
#include <math.h>
#include <string.h>

enum { BOX_W = 172, BOX_H = 30, GAP_X = 14, GAP_Y = 16, LEFT = 104, COLUMNS = 4 };

static const char style[] =
    ":root{color-scheme:light "
    "dark;--ink:#1c2430;--dim:#5d6b7c;--paper:#fbfbf9;--card:#fff;--line:#d9dde3}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e9ee;--dim:#98a4b3;--paper:#14181e;--card:#"
    "1b2129;--line:#323b47}}"
    "*{box-sizing:border-box}body{margin:0;padding:28px "
    "32px;background:var(--paper);color:var(--ink);"
    "font:14px/1.45 system-ui,sans-serif}h1{font-size:21px;margin:0 0 2px}p{margin:2px "
    "0;color:var(--dim)}"
    ".tiles{display:flex;flex-wrap:wrap;gap:10px;margin:18px 0 22px}.tile{background:var(--card);"
    "border:1px solid var(--line);border-radius:8px;padding:9px 14px;min-width:118px}"
    ".tile b{display:block;font-size:19px;font-weight:600;font-variant-numeric:tabular-nums}.tile "
    "span{color:var(--dim);"
    "font-size:12px}.cols{display:flex;gap:28px;align-items:flex-start;flex-wrap:wrap}"
    ".card{background:var(--card);border:1px solid "
    "var(--line);border-radius:10px;padding:14px;overflow-x:auto}"
    "h2{font-size:15px;margin:0 0 10px}svg text{font:11px system-ui,sans-serif;fill:#10161d}"
    "svg .side{fill:var(--dim);font-size:12px}svg .name{fill:var(--ink);font-weight:600}"
    "svg path{fill:none;stroke:var(--dim);stroke-opacity:.45;stroke-width:1.2}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:3px "
    "9px;text-align:right;"
    "border-bottom:1px solid "
    "var(--line);white-space:nowrap}th{font-weight:600;color:var(--dim);font-size:12px;"
    "position:sticky;top:0;background:var(--card)}td:nth-child(2),th:nth-child(2),td.l,th.l{text-"
    "align:left}"
    "td:nth-child(2){max-width:330px;overflow:hidden;text-overflow:ellipsis}.bar{display:inline-"
    "block;height:9px;"
    "border-radius:2px;vertical-align:middle;margin-right:6px}tfoot "
    "td{font-weight:600}.legend{font-size:12px;margin:0 0 8px}"
    ".legend "
    "i{display:inline-block;width:18px;height:10px;vertical-align:middle}h1{overflow-wrap:anywhere}"
    "@media(max-width:700px){body{padding:16px 10px}.tile{min-width:0;padding:6px 10px}.tile "
    "b{font-size:16px}"
    ".card{padding:10px}}";

/* From pale to strong by the time relative to the slowest step; dark text is readable on every
 * color. */
static void color_of(double level, gchar out[8])
{
    static const double stops[5][3] = {
        {232, 240, 246}, {189, 219, 226}, {250, 224, 150}, {247, 172, 97}, {232, 106, 84}};
    double at = CLAMP(sqrt(level), 0, 1) * 4;
    guint i = MIN((guint)at, 3);
    double f = at - i;
    guint rgb[3];
    for (guint c = 0; c < 3; c++)
        rgb[c] = (guint)(stops[i][c] * (1 - f) + stops[i + 1][c] * f + 0.5);
    g_snprintf(out, 8, "#%02x%02x%02x", rgb[0] & 255, rgb[1] & 255, rgb[2] & 255);
}

/* --- the network ------------------------------------------------------------------------------ */

typedef struct {
    double x, y, w; /* pixels; w 0: the layer is not drawn */
} Box;

typedef struct {
    const LeukoNet *net;
    const LeukoProfile *profile;
    Box *boxes; /* (n_layers) */
    double slowest, height;
} Drawing;

/* The branch of a layer, 1 for "Mixed_5b/Branch_1/Conv2d_0a_1x1"; -1: none. *n_block: length of the
 * block's name at the start of the name. */
static gint branch_of(const char *name, gsize *n_block)
{
    const char *slash = strchr(name, '/');
    *n_block = slash ? (gsize)(slash - name) : strlen(name);
    return slash && g_str_has_prefix(slash, "/Branch_") ? slash[8] - '0' : -1;
}

/* Place the layers from top to bottom: the branches of a block side by side, its concat below. */
static void lay_out(Drawing *d)
{
    double y = 8, rows[COLUMNS] = {0}, full = COLUMNS * BOX_W + (COLUMNS - 1) * GAP_X;
    gboolean open = FALSE;
    for (guint i = 0; i < leuko_net_n_layers(d->net); i++) {
        const LeukoLayer *l = leuko_net_layer(d->net, i);
        gsize n_block;
        gint branch = branch_of(l->name, &n_block);
        if (leuko_layer_is_aux(l) || l->kind == LEUKO_LAYER_DROPOUT)
            continue;
        gboolean inner_concat = l->kind == LEUKO_LAYER_CONCAT && branch >= 0;
        if (branch >= 0 && branch < COLUMNS) {
            if (!open)
                for (guint c = 0; c < COLUMNS; c++)
                    rows[c] = y;
            open = TRUE;
            d->boxes[i] = (Box){LEFT + branch * (BOX_W + GAP_X), rows[branch],
                                inner_concat ? BOX_W * 0.6 : BOX_W};
            rows[branch] += BOX_H + GAP_Y;
            continue;
        }
        for (guint c = 0; open && c < COLUMNS; c++)
            y = MAX(y, rows[c]);
        gboolean concat = l->kind == LEUKO_LAYER_CONCAT;
        d->boxes[i] = (Box){concat ? LEFT : LEFT + (full - BOX_W) / 2, y, concat ? full : BOX_W};
        y += BOX_H + (concat ? 22 : GAP_Y);
        open = FALSE;
    }
    d->height = y;
}

static void draw_edges(GString *page, const Drawing *d)
{
    for (guint i = 0; i < leuko_net_n_layers(d->net); i++) {
        const LeukoLayer *l = leuko_net_layer(d->net, i);
        const Box *to = &d->boxes[i];
        for (guint j = 0; to->w > 0 && j < l->n_inputs; j++) {
            guint source = l->inputs[j];
            while (d->boxes[source].w <= 0 && leuko_net_layer(d->net, source)->n_inputs > 0)
                source = leuko_net_layer(d->net, source)->inputs[0];
            const Box *from = &d->boxes[source];
            double x1 = from->x + from->w / 2, y1 = from->y + BOX_H, x2 = to->x + to->w / 2,
                   y2 = to->y;
            if (from->w > BOX_W) /* a concat is wide: draw straight down */
                x1 = CLAMP(x2, from->x + 10, from->x + from->w - 10);
            if (to->w > BOX_W)
                x2 = CLAMP(x1, to->x + 10, to->x + to->w - 10);
            double bend = (y2 - y1) / 2;
            g_string_append_printf(page, "<path d=\"M%.0f %.0fC%.0f %.0f %.0f %.0f %.0f %.0f\"/>",
                                   x1, y1, x1, y1 + bend, x2, y2 - bend, x2, y2);
        }
    }
}

static gchar *short_name(const LeukoLayer *l)
{
    const char *last = strrchr(l->name, '/');
    last = last ? last + 1 : l->name;
    if (l->kind == LEUKO_LAYER_INPUT)
        return g_strdup_printf("image %u x %u", l->out_w, l->out_h);
    if (l->kind == LEUKO_LAYER_CONCAT)
        return g_strdup_printf("%u %s, %u x %u", l->out_channels,
                               LEUKO_PLURAL(l->out_channels, "channel"), l->out_h, l->out_w);
    if (l->kind == LEUKO_LAYER_CONV)
        return g_strdup_printf("%u x %u conv, %u", l->kernel_h, l->kernel_w, l->out_channels);
    if (l->kind == LEUKO_LAYER_MAX_POOL)
        return g_strdup_printf("%u x %u max pool", l->kernel_h, l->kernel_w);
    if (l->kind == LEUKO_LAYER_AVG_POOL)
        return g_strdup_printf("%u x %u average", l->kernel_h, l->kernel_w);
    return g_strdup(last);
}

static void draw_box(GString *page, const Drawing *d, guint i)
{
    const LeukoLayer *l = leuko_net_layer(d->net, i);
    const Box *p = &d->boxes[i];
    gint step = leuko_profile_find(d->profile, l->name);
    const LeukoProfileStep *s = step >= 0 ? &d->profile->steps[step] : NULL;
    gchar color[8];
    color_of(s ? s->seconds / d->slowest : 0, color);
    g_autofree gchar *name = short_name(l);
    gboolean first = s && g_str_has_prefix(s->name, l->name) &&
                     (s->name[strlen(l->name)] == '\0' || s->name[strlen(l->name)] == '+');
    leuko_html_add(page, "<g><title>%s", l->name);
    if (s)
        leuko_html_add(page, "\n%.3f ms, %.1f %% of the time\n%.1f MFLOP, %s, %s%s",
                       s->seconds * 1e3, 100 * s->share, s->mflop,
                       leuko_precision_name(s->precision), s->kernel,
                       strchr(s->name, '+') ? "\nfused with adjacent layers" : "");
    g_string_append_printf(
        page,
        "</title><rect x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" height=\"%d\" rx=\"5\" fill=\"%s\" "
        "stroke=\"#10161d\" stroke-opacity=\".18\"/>",
        p->x, p->y, p->w, BOX_H, color);
    leuko_html_add(page, "<text x=\"%.0f\" y=\"%.0f\">%s</text>", p->x + 9, p->y + 19, name);
    if (first)
        g_string_append_printf(page,
                               "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"end\">%.2f ms</text>",
                               p->x + p->w - 9, p->y + 19, s->seconds * 1e3);
    else if (s)
        g_string_append_printf(
            page, "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"end\" opacity=\".6\">fused</text>",
            p->x + p->w - 9, p->y + 19);
    g_string_append(page, "</g>");
}

/* Total time of the steps of a block. */
static double block_seconds(const Drawing *d, const char *block, gsize n)
{
    double sum = 0;
    for (guint s = 0; s < d->profile->n_steps; s++)
        if (strncmp(d->profile->steps[s].name, block, n) == 0 &&
            (d->profile->steps[s].name[n] == '/' || d->profile->steps[s].name[n] == '\0'))
            sum += d->profile->steps[s].seconds;
    return sum;
}

static void draw_sides(GString *page, const Drawing *d)
{
    for (guint i = 0; i < leuko_net_n_layers(d->net); i++) {
        const LeukoLayer *l = leuko_net_layer(d->net, i);
        gsize n;
        if (d->boxes[i].w <= 0 || branch_of(l->name, &n) >= 0)
            continue;
        double y = d->boxes[i].y + 19;
        g_autofree gchar *block = g_strndup(l->name, n);
        leuko_html_add(page, "<text class=\"name\" x=\"0\" y=\"%.0f\">%.14s</text>", y, block);
        if (l->kind == LEUKO_LAYER_CONCAT)
            g_string_append_printf(page, "<text class=\"side\" x=\"0\" y=\"%.0f\">%.1f ms</text>",
                                   y - 16, block_seconds(d, l->name, n) * 1e3);
    }
}

/* The scale of the colors, from 0 ms to the slowest step. */
static void draw_legend(GString *page, double slowest)
{
    g_string_append(page, "<p class=\"legend\">0 ms ");
    for (guint i = 0; i <= 8; i++) {
        gchar color[8];
        color_of(i * i / 64.0, color);
        g_string_append_printf(page, "<i style=\"background:%s\"></i>", color);
    }
    g_string_append_printf(page, " %.2f ms</p>", slowest * 1e3);
}

static void draw(GString *page, const LeukoProfile *p, const LeukoNet *net)
{
    Drawing d = {.net = net, .profile = p, .slowest = 1e-9};
    d.boxes = g_new0(Box, leuko_net_n_layers(net));
    for (guint s = 0; s < p->n_steps; s++)
        d.slowest = MAX(d.slowest, p->steps[s].seconds);
    lay_out(&d);
    draw_legend(page, d.slowest);
    g_string_append_printf(
        page,
        "<svg width=\"%d\" height=\"%.0f\" role=\"img\" aria-label=\"The network, colored by "
        "time\">",
        LEFT + COLUMNS * BOX_W + (COLUMNS - 1) * GAP_X + 4, d.height);
    draw_edges(page, &d);
    for (guint i = 0; i < leuko_net_n_layers(net); i++)
        if (d.boxes[i].w > 0)
            draw_box(page, &d, i);
    draw_sides(page, &d);
    g_string_append(page, "</svg>");
    g_free(d.boxes);
}

/* --- numbers ---------------------------------------------------------------------------------- */

static void add_tile(GString *page, const char *what, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void add_tile(GString *page, const char *what, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree gchar *value = g_strdup_vprintf(format, args);
    va_end(args);
    leuko_html_add(page, "<div class=\"tile\"><b>%s</b><span>%s</span></div>", value, what);
}

static void add_tiles(GString *page, const LeukoProfile *p, const LeukoRunnable *r)
{
    double mflop = 0;
    for (guint s = 0; s < p->n_steps; s++)
        mflop += p->steps[s].mflop;
    g_string_append(page, "<div class=\"tiles\">");
    add_tile(page, "precision", "%s", leuko_precision_name(r->precision));
    add_tile(page, "instruction set", "%s", p->isa);
    add_tile(page, "oneDNN", "%s", p->onednn);
    add_tile(page, "time per image, sum of steps", "%.2f ms", p->step_seconds * 1e3);
    g_autofree gchar *rate = g_strdup_printf("images/s, batch of %u", p->batch);
    add_tile(page, rate, "%.1f", p->batch / p->batch_seconds);
    add_tile(page, "operations per image", "%.2f GFLOP", mflop * 1e-3);
    add_tile(page, "memory of the network", "%.1f MB", (double)p->memory_bytes * 1e-6);
    add_tile(page, "peak memory of the process", "%.1f MB", (double)p->process_bytes * 1e-6);
    for (guint i = 0; i < 3; i++)
        if (p->peak_gflops[i] > 0) {
            g_autofree gchar *what =
                g_strdup_printf("%s peak, measured", leuko_precision_name((LeukoPrecision)i));
            add_tile(page, what, "%.0f GFLOP/s", p->peak_gflops[i]);
        }
    g_string_append(page, "</div>");
}

static void add_row(GString *page, const LeukoProfile *p, guint index, double slowest)
{
    const LeukoProfileStep *s = &p->steps[index];
    gchar color[8];
    color_of(s->seconds / slowest, color);
    leuko_html_add(page,
                   "<tr><td>%u</td><td title=\"%s\">%s</td><td>%.1f</td><td>%.0f</td><td>%.3f</td>",
                   index + 1, s->name, s->name, s->mflop,
                   s->seconds > 0 ? s->mbytes / s->seconds : 0.0, s->seconds * 1e3);
    g_string_append_printf(page,
                           "<td class=\"l\"><span class=\"bar\" "
                           "style=\"width:%.0fpx;background:%s\"></span>%.1f %%</td>",
                           1 + 70 * s->seconds / slowest, color, 100 * s->share);
    if (s->peak_share > 0)
        leuko_html_add(page, "<td>%.0f %%</td>", 100 * s->peak_share);
    else
        g_string_append(page, "<td></td>");
    leuko_html_add(page, "<td class=\"l\">%s</td><td class=\"l\">%s</td></tr>",
                   leuko_precision_name(s->precision), s->kernel);
}

static void add_table(GString *page, const LeukoProfile *p)
{
    double slowest = 1e-9, mflop = 0, mbytes = 0;
    for (guint s = 0; s < p->n_steps; s++) {
        slowest = MAX(slowest, p->steps[s].seconds);
        mflop += p->steps[s].mflop;
        mbytes += p->steps[s].mbytes;
    }
    g_string_append(
        page, "<table><thead><tr><th>#</th><th>layer</th><th>MFLOP</th><th>MB/s</th><th>ms</th>"
              "<th class=\"l\">share</th><th>of peak</th><th class=\"l\">precision</th><th "
              "class=\"l\">kernel</th>"
              "</tr></thead><tbody>");
    for (guint s = 0; s < p->n_steps; s++)
        add_row(page, p, s, slowest);
    g_string_append_printf(
        page,
        "</tbody><tfoot><tr><td></td><td>total</td><td>%.0f</td><td>%.0f</td><td>%.2f</td><td></td>"
        "<td></td><td></td><td></td></tr></tfoot></table>",
        mflop, p->step_seconds > 0 ? mbytes / p->step_seconds : 0.0, p->step_seconds * 1e3);
}

gchar *leuko_profile_page(const LeukoProfile *p, const LeukoRunnable *r, const char *title)
{
    GString *page = g_string_new(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width\"><title>Profile</title><style>");
    g_string_append(page, style);
    g_string_append(page, "</style></head><body>");
    leuko_html_add(
        page,
        "<h1>%s</h1><p>Time of one image by layer, median of %u runs. Inception V3 cut at %s, %u x "
        "%u "
        "pixels.</p>",
        title, p->n_runs, r->model->spec.endpoint, r->model->spec.side_px, r->model->spec.side_px);
    if (r->note)
        leuko_html_add(page, "<p>%s</p>", r->note);
    add_tiles(page, p, r);
    g_string_append(
        page, "<div class=\"cols\"><div class=\"card\"><h2>The network, colored by time</h2>");
    draw(page, p, r->net);
    g_string_append(page, "</div><div class=\"card\"><h2>Steps</h2>");
    add_table(page, p);
    g_string_append(
        page, "</div></div><p style=\"margin-top:18px\">MB/s counts the bytes that a step reads "
              "and writes. The peak is the speed of one large convolution in the same precision, "
              "measured in the same run. Winograd kernels (wino) need fewer operations than "
              "the table counts, so they may exceed the peak. Research use only, not for "
              "diagnosis.</p></body></html>\n");
    return g_string_free(page, FALSE);
}
