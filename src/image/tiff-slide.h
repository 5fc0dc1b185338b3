/* image/tiff-slide.h: TIFF files of microscopes and slide scanners, by their tags.
 *
 *   refused  Aperio SVS      ImageDescription begins with "Aperio"; several pages, tiles or BigTIFF
 *                            (a field that ImageScope exported is one page in strips)
 *            Hamamatsu NDPI  tag 65420
 *            Leica SCN       ImageDescription is XML with <scn
 *            Ventana BIF     XMP is XML with iScan
 *            Philips         ImageDescription is XML with DPUfsImport
 *            Trestle         Software begins with "MedScan"
 *            Zeiss LSM       tag 34412
 *            MetaMorph       tag 33629: several planes in one page
 *   read     OME-TIFF, ImageJ  as other files, but they state how many planes they hold
 */
#pragma once
#include <glib.h>
#include <tiffio.h>

/* The kind of a file that is refused, of which the first page is current: "Aperio SVS"; or NULL. */
const char *image_tiff_slide_kind(TIFF *tiff, gboolean has_several_pages, gboolean is_big);

/* The number of planes that the first page states for the whole file; 0: not stated. */
guint64 image_tiff_stated_planes(TIFF *tiff);

/* TRUE if the first page says that the file is an OME-TIFF. */
gboolean image_tiff_is_ome(TIFF *tiff);
