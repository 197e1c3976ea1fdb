package store

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
)

// accountColumns maps the fields of the account list to columns.
var accountColumns = map[string]string{"name": "id", "number": "number"}

// accountRow converts an account to a row of its table.
func accountRow(tenant auth.Tenant, account *account.Account) (rows.CreateAccountParams, error) {
	text, err := document(account)
	return rows.CreateAccountParams{
		Tenant:   string(tenant),
		ID:       string(account.ID),
		Number:   account.Number,
		Version:  account.Version,
		Document: text,
	}, err
}

func (r *reader) Account(ctx context.Context, key resource.Key) (account.Account, error) {
	return one[account.Account](ctx, r, "Account", key, finders{resource.KeyID: r.rows.GetAccount, resource.KeyNumber: r.rows.GetAccountByNumber})
}

func (r *reader) Accounts(ctx context.Context, query listing.Query) ([]account.Account, error) {
	found, err := rows.New(r.tx.List(query, accountColumns)).ListAccounts(ctx, string(r.tenant))
	return many[account.Account]("Account", found, err)
}

func (w *writer) CreateAccount(ctx context.Context, account *account.Account) error {
	account.Revision = w.first()
	row, err := accountRow(w.tenant, account)
	if err != nil {
		return err
	}
	created, err := w.rows.CreateAccount(ctx, row)
	return w.created(ctx, account, created, err)
}
