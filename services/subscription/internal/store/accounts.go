package store

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/subscription/internal/visibility"
)

// accountColumns maps the fields of the account list to columns.
var accountColumns = map[string]string{
	"name": "id", "number": "number", "display_name": "name", "state": "state", "account_owner.full_name": "owner_name",
	"classification": "classification", account.FieldContact: "contact", "privacy_level": "privacy_level", "account_manager": "manager",
	visibility.FieldAccountRank: rankOfAccount, "inactive": "inactive", "create_time": "created", "update_time": "updated",
}

// rankOfAccount is the rank of an account's privacy level as visibility.AccountRank says.
const rankOfAccount = `CASE WHEN accounts.privacy_level IS NULL THEN -1 ELSE COALESCE((SELECT ` + rankOfLevel + ` FROM privacy_levels AS l
	WHERE l.tenant = accounts.tenant AND l.id = accounts.privacy_level), 1000000000000000000) END`

// accountRow converts an account to a row of its table.
func accountRow(tenant auth.Tenant, account *account.Account) (rows.CreateAccountParams, error) {
	text, err := document(account)
	return rows.CreateAccountParams{
		Tenant:         string(tenant),
		ID:             string(account.ID),
		Number:         plain(account.Number),
		Version:        account.Version,
		Document:       text,
		Name:           plain(account.Name),
		State:          string(account.State),
		OwnerName:      optional(account.Owner.Name),
		Inactive:       account.Inactive,
		Created:        account.Created.UnixMicro(),
		Updated:        account.Updated.UnixMicro(),
		Classification: optional(string(account.Classification)),
		Contact:        optional(string(account.Contact)),
		PrivacyLevel:   optional(string(account.PrivacyLevel)),
		Manager:        optional(string(account.Manager)),
	}, err
}

func (r *reader) Account(ctx context.Context, key resource.Key) (account.Account, error) {
	found, err := one[account.Account](ctx, r, "Account", key, finders{resource.KeyID: r.rows.GetAccount, resource.KeyNumber: r.rows.GetAccountByNumber})
	if err == nil {
		r.levels[found.ID] = found.PrivacyLevel
	}
	return found, err
}

func (r *reader) Accounts(ctx context.Context, query listing.Query) ([]account.Account, error) {
	found, err := r.list(query, accountColumns).ListAccounts(ctx, string(r.tenant))
	decoded, err := many[account.Account]("Account", found, err)
	for _, one := range decoded {
		r.levels[one.ID] = one.PrivacyLevel
	}
	return decoded, err
}

func (r *reader) OpenSubscriptions(ctx context.Context, id account.ID) (int64, error) {
	count, err := r.rows.CountOpenSubscriptions(ctx, string(r.tenant), string(id))
	if err != nil {
		return 0, fmt.Errorf("counting the subscriptions of account %s: %w", id, err)
	}
	return count, nil
}
