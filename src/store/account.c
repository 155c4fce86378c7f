/* SPDX-License-Identifier: MIT */
#include "store/store_impl.h"

uint32_t store_account_crc(const struct store_account *account)
{
	uint32_t crc =
		store_crc_number(store_crc_number(0, account->id), (int64_t)account->revision);

	return store_crc_text(crc, account->document);
}

static int create(struct store *s, struct store_account account)
{
	account.revision = 1;
	return sql_run(&s->sql, SQL_ACCOUNT_ADD,
		SQL_ARGS(SQL_I(account.id), SQL_T(account.document),
			SQL_I(store_account_crc(&account))));
}

static int change(struct store *s, struct store_account account)
{
	account.revision++;
	return sql_run(&s->sql, SQL_ACCOUNT_SET,
		SQL_ARGS(SQL_I(account.revision), SQL_T(account.document),
			SQL_I(store_account_crc(&account)), SQL_I(account.id)));
}

int store_apply_account(struct store *s, struct store_batch *b, struct op *op)
{
	struct store_account account = {.id = op->account.id, .document = op->account.document};
	int64_t revision = 0;
	int found =
		sql_number(&s->sql, SQL_ACCOUNT_REVISION, SQL_ARGS(SQL_I(account.id)), &revision);

	(void)b;
	if (found < 0)
		return found;
	if (op->account.expected != STORE_ANY && op->account.expected != (uint64_t)revision)
		return STORE_E_CONFLICT;
	account.revision = (uint64_t)revision;
	if (!account.document)
		return sql_run(&s->sql, SQL_ACCOUNT_DELETE, SQL_ARGS(SQL_I(account.id)));
	return found ? change(s, account) : create(s, account);
}
