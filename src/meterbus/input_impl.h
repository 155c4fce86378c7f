/* SPDX-License-Identifier: MIT */
/* What the kinds of input share. Private to input*.c. */
#ifndef METERBUS_TOOL_INPUT_IMPL_H
#define METERBUS_TOOL_INPUT_IMPL_H

#include "meterbus/input.h"

/* Both fill in the item and return 1. */
int input_give(struct input_item *item, const uint8_t *bytes, size_t len, int error);
int input_give_error(struct input_item *item, unsigned long line, const char *note);
/* The next line of buf; false when it has not come yet. */
bool input_line(struct input *in, const char **ret_text, size_t *ret_len);

/* 1 and an item, 0 when more bytes are needed or all is done. Text may turn out to be a capture. */
int input_text_next(struct input *in, struct input_item *item);
int input_binary_next(struct input *in, struct input_item *item);
int input_capture_next(struct input *in, struct input_item *item);

#endif
