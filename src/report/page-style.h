/* report/page-style.h: the text of report/page.css; the build makes it a C string. */
#pragma once

extern const char leuko_page_style[];
