/* data/small-data.h: tells what is too small in a data set: classes and images. */
#pragma once
#include "data/catalog.h"
#include "leuko/progress.h"

enum {
    LEUKO_FEW_IMAGES = 10, /* a class with fewer originals can neither be learned nor judged: of
                              ten images one error is a tenth */
    LEUKO_SMALL_SIDE = 75  /* pixels; smaller images than Inception V3's smallest input are
                              enlarged and show little of a cell */
};

/* Report, phase "reading", a warning for each class with fewer than LEUKO_FEW_IMAGES originals, and
 * one for the images whose shorter side is below LEUKO_SMALL_SIDE. The catalog was inspected. */
void leuko_catalog_report_small(const LeukoCatalog *catalog, LeukoReporter reporter);

/* The warning about one class; nothing if it has enough images. root: the folder's path. */
void leuko_report_few_images(const char *root, const char *class_name, guint n_images,
                             LeukoReporter reporter);
