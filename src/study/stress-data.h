/* study/stress-data.h: the images of the controls of a stress test, and their features. */
#pragma once
#include "image/cell-mask.h"
#include "study/stress-rows.h"
#include "study/stress.h"
#include "train/features.h"

G_BEGIN_DECLS

typedef struct {
    LeukoDataset *judged;   /* borrowed from the evaluation */
    LeukoDataset *training; /* NULL: heads are cross-validated on the judged images */
    LeukoStart *start;      /* the network of the model */
    LeukoStressRows *rows;
    guint n_threads, n_features;
} LeukoStressData;

/* Open the training data, if there is any, and the model as a start.
 * Errors: LEUKO_ERROR_DATA (the images cannot carry a control; a compiled graph, which gives no
 * features; the training data is what is judged); those of leuko_dataset_open_images(). */
LeukoStressData *leuko_stress_data_new(LeukoStressRun *run, GError **error);
void leuko_stress_data_free(LeukoStressData *data); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoStressData, leuko_stress_data_free)

/* How the cell is hidden: box as for leuko_cell_hide(). */
typedef struct {
    double box;
} LeukoStressHiding;

/* Hide the cell of an image, in place. */
gboolean leuko_stress_hide(LeukoImage *image, gpointer hiding, GError **error);

/* The features of all rows; hiding NULL: of the images as they are. (n, data->n_features), g_free.
 * Errors: those of leuko_features_compute(). */
float *leuko_stress_data_features(LeukoStressRun *run, LeukoStressData *data,
                                  LeukoStressHiding *hiding, GError **error);

/* The side of a box that hides the cell in 95 % of the images, as a share of the image's sides,
 * from 0.2 to 0.9.
 * share_hidden  out: of the cells that it hides
 * Errors: those of leuko_image_decode(). */
gboolean leuko_stress_data_box(LeukoStressRun *run, LeukoStressData *data, double *box,
                               double *share_hidden, GError **error);

G_END_DECLS
