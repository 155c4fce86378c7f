/* SPDX-License-Identifier: MIT */
/* Tokens and settings: few rows, by name. */
#include "store/store_impl.h"

int store_apply_token(struct store *s, struct store_batch *b, struct op *op)
{
	const struct store_token *token = &op->token;

	(void)b;
	return sql_run(&s->sql, SQL_TOKEN_SET,
		SQL_ARGS(SQL_T(token->name), SQL_I(token->role),
			SQL_B(token->hash, sizeof(token->hash)), SQL_I(token->created_ms),
			SQL_I(token->expires_ms)));
}

int store_apply_token_delete(struct store *s, struct store_batch *b, struct op *op)
{
	(void)b;
	return sql_run(&s->sql, SQL_TOKEN_DELETE, SQL_ARGS(SQL_T(op->name)));
}

int store_apply_setting(struct store *s, struct store_batch *b, struct op *op)
{
	(void)b;
	if (!op->setting.value)
		return sql_run(&s->sql, SQL_SETTING_DELETE, SQL_ARGS(SQL_T(op->setting.key)));
	return sql_run(&s->sql, SQL_SETTING_SET,
		SQL_ARGS(SQL_T(op->setting.key), SQL_T(op->setting.value)));
}
