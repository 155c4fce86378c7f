/* SPDX-License-Identifier: MIT */
/* What any text is to the reader of JSON: a document whose walk ends, or none. */
#include "base/json_in.h"

#include <string.h>

#include "fuzz.h"

static size_t walk(struct json_in v)
{
	size_t n = 1, len;
	int64_t number;

	CHECK(json_in_raw(v, &len) && len > 0);
	CHECK(strlen(json_in_text(v)) <= len);
	CHECK(!json_in_i64(v, &number) || json_in_type(v) == JSON_IN_NUMBER);
	for (struct json_in item = json_in_first(v); item.doc; item = json_in_next(item)) {
		CHECK(json_in_there(json_in_get(v, json_in_name(item))) ||
			json_in_type(json_in_get(v, json_in_name(item))) == JSON_IN_NULL ||
			json_in_type(v) == JSON_IN_ARRAY);
		n += walk(item);
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_doc doc, again;
	const char *raw;
	size_t len;

	if (size > 4096)
		return 0;
	if (json_in(&doc, (const char *)data, size) < 0) {
		CHECK(doc.wrong_at <= size && !doc.nodes && !doc.plain);
		return 0;
	}
	CHECK(walk(json_in_root(&doc)) <= doc.count);
	raw = json_in_raw(json_in_root(&doc), &len);
	CHECK(json_in(&again, raw, len) == 0 && again.count == doc.count);
	json_doc_done(&again);
	json_doc_done(&doc);
	return 0;
}
