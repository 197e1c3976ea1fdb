package changes

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/pagetoken"
)

// Tokens seals and opens tokens of positions in a store's change feed. A token is bound to its
// tenant but not to a filter, so that callers may resume with another filter.
type Tokens struct{ sealer *pagetoken.Sealer }

// NewTokens returns the tokens of a store's change feed. All replicas share the key.
func NewTokens(db *database.DB) Tokens { return Tokens{pagetoken.New(db.PageTokenKey)} }

func bound(tenant auth.Tenant) string { return fmt.Sprintf("changes of %q", tenant) }

// Seal returns the token of a position. Call Load or Open first when in a transaction, since they
// read the key from the store.
func (t Tokens) Seal(ctx context.Context, tenant auth.Tenant, place feed.Position) (string, error) {
	return t.sealer.Seal(ctx, bound(tenant), place)
}

// Open reads the position of a token into place; the empty token leaves place unchanged. A token of
// another tenant or feed is an Invalid fault on page_token.
func (t Tokens) Open(ctx context.Context, tenant auth.Tenant, token string, place *feed.Position) error {
	if err := t.Load(ctx); err != nil {
		return err
	}
	return t.sealer.Open(ctx, bound(tenant), token, place)
}

// OpenAfter is like Open for the token in the field `after`.
func (t Tokens) OpenAfter(ctx context.Context, tenant auth.Tenant, token string, place *feed.Position) error {
	err := t.Open(ctx, tenant, token, place)
	if known, ok := fault.As(err); ok && known.Kind == fault.Invalid {
		return InvalidToken()
	}
	return err
}

// InvalidToken returns the fault for an invalid token in the field `after`.
func InvalidToken() error {
	return fault.InvalidField("after", reason.InvalidChangeToken, "is not a token of this change feed")
}

// Load reads the key that seals tokens, unless it was read before.
func (t Tokens) Load(ctx context.Context) error { return t.sealer.Load(ctx) }
