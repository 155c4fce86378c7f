/* SPDX-License-Identifier: MIT */
/* Quirks as people write them: "no-nke,answer=4000". */
#ifndef BASE_QUIRK_TEXT_H
#define BASE_QUIRK_TEXT_H

#include <meterbus/quirk.h>

#include <stddef.h>

#define QUIRK_TEXT_MAX 128 /* longest list, with its NUL */
#define QUIRK_NAMES \
	"none nke-primary no-nke reset-first pre-read repeats-last strange-ci one-telegram " \
	"telegrams answer"

/*
 * Adds the bends that are named, with commas between, to *quirk. 0, or MB_E_INVALID and a sentence
 * that names the part ("answer: needs a value, NAME=VALUE").
 */
int quirk_text_parse(const char *text, struct mb_quirk *quirk, char *ret_err, size_t err_max);

#endif
