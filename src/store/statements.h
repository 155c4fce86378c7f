/* SPDX-License-Identifier: MIT */
/* Every statement that the store makes. */
#ifndef STORE_STATEMENTS_H
#define STORE_STATEMENTS_H

#define TELEGRAM_COLUMNS \
	"seq, account, time, late, prev, ordinal, count, duration, error, flags, entry," \
	" crc, bytes"
#define EVENT_COLUMNS "seq, time, kind, severity, account, bus, text, data"
#define SERIES_COLUMNS "id, account, segment, key, meta, first, last, gone, crc"

/* X(NAME, text) */
/* clang-format off */
#define STATEMENT_MAP(X) \
	X(BEGIN, "BEGIN IMMEDIATE") \
	X(BEGIN_READ, "BEGIN") \
	X(COMMIT, "COMMIT") \
	X(SAVEPOINT, "SAVEPOINT part") \
	X(SAVEPOINT_UNDO, "ROLLBACK TO part") \
	X(SAVEPOINT_KEEP, "RELEASE part") \
	X(PAGES, "PRAGMA page_count") \
	X(PAGES_FREE, "PRAGMA freelist_count") \
	X(STATE_GET, "SELECT value FROM state WHERE name = ?") \
	X(STATE_SET, "INSERT OR REPLACE INTO state (name, value) VALUES (?, ?)") \
	\
	X(TELEGRAM_ADD, "INSERT INTO telegram (" TELEGRAM_COLUMNS ")" \
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)") \
	X(TELEGRAM_GET, "SELECT " TELEGRAM_COLUMNS " FROM telegram WHERE seq = ?") \
	X(TELEGRAM_UP, "SELECT " TELEGRAM_COLUMNS " FROM telegram" \
		" WHERE seq BETWEEN ? AND ? ORDER BY seq") \
	X(TELEGRAM_DOWN, "SELECT " TELEGRAM_COLUMNS " FROM telegram" \
		" WHERE seq BETWEEN ? AND ? ORDER BY seq DESC") \
	X(TELEGRAM_FIRST, "SELECT min(seq) FROM telegram WHERE seq > ?") \
	X(TELEGRAM_LAST, "SELECT max(seq) FROM telegram WHERE seq < ?") \
	X(TELEGRAM_IS, "SELECT seq FROM telegram WHERE seq = ?") \
	X(TELEGRAM_HEAD_BEFORE, "SELECT seq FROM telegram" \
		" WHERE seq BETWEEN ? AND ? AND account = ? AND ordinal = 0 ORDER BY seq DESC LIMIT 1") \
	X(TELEGRAM_SCAN, "SELECT seq, account, time, ordinal, length(bytes) FROM telegram" \
		" WHERE seq BETWEEN ? AND ? ORDER BY seq") \
	X(TELEGRAM_TRIM, "DELETE FROM telegram WHERE seq < ?") \
	X(HEAD_ALL, "SELECT account, seq FROM head") \
	X(HEAD_GET, "SELECT seq FROM head WHERE account = ?") \
	X(HEAD_SET, "INSERT OR REPLACE INTO head (account, seq) VALUES (?, ?)") \
	X(BLOCK_ALL, "SELECT block, min_time, max_time, bytes FROM block") \
	X(BLOCK_UP, "SELECT block, min_time, max_time FROM block WHERE block BETWEEN ? AND ?" \
		" ORDER BY block") \
	X(BLOCK_SET, "INSERT OR REPLACE INTO block (block, min_time, max_time, bytes)" \
		" VALUES (?, ?, ?, ?)") \
	X(BLOCK_TRIM, "DELETE FROM block WHERE block < ?") \
	\
	X(SERIES_SET, "INSERT INTO series (" SERIES_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)" \
		" ON CONFLICT (id) DO UPDATE SET account = excluded.account, segment = excluded.segment," \
		" key = excluded.key, meta = excluded.meta, first = excluded.first, last = excluded.last," \
		" gone = excluded.gone, crc = excluded.crc") \
	X(SERIES_ALL, "SELECT " SERIES_COLUMNS " FROM series ORDER BY id") \
	X(SERIES_OF, "SELECT " SERIES_COLUMNS " FROM series WHERE account = ? ORDER BY id") \
	X(SERIES_GET, "SELECT " SERIES_COLUMNS " FROM series WHERE id = ?") \
	X(SERIES_IDS, "SELECT id FROM series WHERE account = ?") \
	X(SERIES_AFTER, "SELECT min(id) FROM series WHERE id > ?") \
	X(SERIES_FORGET, "DELETE FROM series WHERE account = ?") \
	\
	X(CHUNK_SET, "INSERT OR REPLACE INTO chunk (id, body) VALUES (?, ?)") \
	X(CHUNK_GET, "SELECT id, body FROM chunk WHERE id = ?") \
	X(CHUNK_DELETE, "DELETE FROM chunk WHERE id = ?") \
	X(CHUNK_BYTES, "SELECT length(body) FROM chunk WHERE id = ?") \
	X(CHUNK_FIRST, "SELECT min(id) FROM chunk") \
	X(CHUNK_LAST, "SELECT max(id) FROM chunk") \
	X(CHUNK_SIZES, "SELECT id, length(body) FROM chunk ORDER BY id LIMIT ?") \
	X(CHUNK_TRIM, "DELETE FROM chunk WHERE id <= ?") \
	X(CHUNK_AFTER, "SELECT min(id) FROM chunk WHERE id BETWEEN ? AND ?") \
	X(CHUNK_SIZE, "SELECT count(*), total(length(body)) FROM chunk WHERE id < ?") \
	X(MONTH_SET, "INSERT OR REPLACE INTO month (id, body) VALUES (?, ?)") \
	X(MONTH_GET, "SELECT id, body FROM month WHERE id = ?") \
	X(MONTH_DELETE, "DELETE FROM month WHERE id = ?") \
	X(MONTH_BYTES, "SELECT length(body) FROM month WHERE id = ?") \
	X(MONTH_FIRST, "SELECT min(id) FROM month") \
	X(MONTH_LAST, "SELECT max(id) FROM month") \
	X(MONTH_SIZES, "SELECT id, length(body) FROM month ORDER BY id LIMIT ?") \
	X(MONTH_TRIM, "DELETE FROM month WHERE id <= ?") \
	\
	X(HISTORY_ADD, "INSERT INTO history (series, time, revision, local, body)" \
		" VALUES (?, ?, ?, ?, ?)") \
	X(HISTORY_FIND, "SELECT time, max(revision), body FROM history" \
		" WHERE series = ? AND time BETWEEN ? AND ? AND (local = ? OR time = ?)") \
	X(HISTORY_UP, "SELECT time, max(revision), body FROM history" \
		" WHERE series = ? AND time BETWEEN ? AND ? GROUP BY time ORDER BY time") \
	X(HISTORY_ALL, "SELECT time, revision, body FROM history" \
		" WHERE series = ? AND time BETWEEN ? AND ? ORDER BY time, revision") \
	X(HISTORY_SIZE, "SELECT count(*), total(length(body)) FROM history" \
		" WHERE series = ? AND time < ?") \
	X(HISTORY_FIRST, "SELECT min(time) FROM history WHERE series = ?") \
	X(HISTORY_TRIM, "DELETE FROM history WHERE series = ? AND time < ?") \
	\
	X(DAY_SET, "INSERT OR REPLACE INTO day (account, day, first, last) VALUES (?, ?, ?, ?)") \
	X(DAY_GET, "SELECT first, last FROM day WHERE account = ? AND day = ?") \
	X(DAY_LAST, "SELECT max(day) FROM day WHERE account = ?") \
	X(DAY_FORGET, "DELETE FROM day WHERE account = ?") \
	\
	X(ACCOUNT_ADD, "INSERT INTO account (id, revision, document, crc) VALUES (?, 1, ?, ?)") \
	X(ACCOUNT_SET, "UPDATE account SET revision = ?, document = ?, crc = ? WHERE id = ?") \
	X(ACCOUNT_REVISION, "SELECT revision FROM account WHERE id = ?") \
	X(ACCOUNT_DELETE, "DELETE FROM account WHERE id = ?") \
	X(ACCOUNT_ALL, "SELECT id, revision, document, crc FROM account ORDER BY id") \
	X(SEQUENCE_GET, "SELECT seq FROM sqlite_sequence WHERE name = ?") \
	\
	X(EVENT_ADD, "INSERT INTO event (" EVENT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)") \
	X(EVENT_UP, "SELECT " EVENT_COLUMNS " FROM event WHERE seq BETWEEN ? AND ? ORDER BY seq") \
	X(EVENT_DOWN, "SELECT " EVENT_COLUMNS " FROM event WHERE seq BETWEEN ? AND ?" \
		" ORDER BY seq DESC") \
	X(EVENT_FIRST, "SELECT min(seq) FROM event") \
	X(EVENT_LAST, "SELECT max(seq) FROM event") \
	X(EVENT_SIZES, "SELECT seq, time, length(CAST(text AS BLOB)) + length(CAST(data AS BLOB))" \
		" FROM event WHERE seq BETWEEN ? AND ? ORDER BY seq") \
	X(EVENT_TRIM, "DELETE FROM event WHERE seq < ?") \
	\
	X(TOKEN_SET, "INSERT OR REPLACE INTO token (name, role, hash, created, expires)" \
		" VALUES (?, ?, ?, ?, ?)") \
	X(TOKEN_DELETE, "DELETE FROM token WHERE name = ?") \
	X(TOKEN_ALL, "SELECT name, role, hash, created, expires FROM token ORDER BY name") \
	X(SETTING_SET, "INSERT OR REPLACE INTO setting (key, value) VALUES (?, ?)") \
	X(SETTING_DELETE, "DELETE FROM setting WHERE key = ?") \
	X(SETTING_GET, "SELECT value FROM setting WHERE key = ?") \
	X(SETTING_ALL, "SELECT key, value FROM setting ORDER BY key")
/* clang-format on */

enum statement {
#define STATEMENT_X(name, text) SQL_##name,
	STATEMENT_MAP(STATEMENT_X)
#undef STATEMENT_X
	SQL_COUNT,
};

#endif
