package store

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/domain"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
)

// accountColumns are the columns of the fields by which accounts are listed.
var accountColumns = map[string]string{"name": "id", "number": "number"}

// accountRow is an account as its table holds it.
func accountRow(tenant auth.Tenant, account *domain.Account) (rows.CreateAccountParams, error) {
	text, err := document(account)
	return rows.CreateAccountParams{
		Tenant:   string(tenant),
		ID:       string(account.ID),
		Number:   account.Number,
		Version:  account.Version,
		Document: text,
	}, err
}

func (r *reader) Account(ctx context.Context, key domain.Key) (domain.Account, error) {
	return one[domain.Account](ctx, r, "Account", key, finders{domain.KeyID: r.rows.GetAccount, domain.KeyNumber: r.rows.GetAccountByNumber})
}

func (r *reader) Accounts(ctx context.Context, query listing.Query) ([]domain.Account, error) {
	found, err := rows.New(r.tx.List(query, accountColumns)).ListAccounts(ctx, string(r.tenant))
	return many[domain.Account]("Account", found, err)
}

func (w *writer) CreateAccount(ctx context.Context, account *domain.Account) error {
	account.Record = w.first()
	row, err := accountRow(w.tenant, account)
	if err != nil {
		return err
	}
	created, err := w.rows.CreateAccount(ctx, row)
	return w.created(ctx, account, created, err)
}
