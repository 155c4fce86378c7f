/* SPDX-License-Identifier: MIT */
/* A URL that parses has a name that parses to the same place; one that does not says why. */
#include "base/url.h"

#include <string.h>

#include "fuzz.h"

#define TEXT_MAX 1100
#define ERROR_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[TEXT_MAX + 1], name[STREAM_URL_PATH_MAX + 32], err[ERROR_MAX];
	struct stream_url url, again;
	size_t len = size < TEXT_MAX ? size : TEXT_MAX;

	memcpy(text, data, len);
	text[len] = '\0';
	memset(err, 'x', sizeof(err));
	if (stream_url_parse(text, &url, err, sizeof(err)) < 0) {
		CHECK(memchr(err, '\0', sizeof(err)) && err[0] != '\0');
		return 0;
	}
	CHECK(stream_url_name(&url, name, sizeof(name)) == strlen(name));
	CHECK(stream_url_parse(name, &again, err, sizeof(err)) == 0);
	CHECK(again.kind == url.kind && again.port == url.port);
	CHECK(strcmp(again.path, url.path) == 0);
	CHECK(url.line.baud >= STREAM_BAUD_MIN && url.line.baud <= STREAM_BAUD_MAX);
	return 0;
}
