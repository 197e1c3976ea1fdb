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

// Tokens makes and reads the tokens of places in a store's feed. A token is good for its tenant alone, and for any filter:
// who resumes may ask for other changes than before.
type Tokens struct{ sealer *pagetoken.Sealer }

// NewTokens is the tokens of a store's feed, the same wherever they are made.
func NewTokens(db *database.DB) Tokens { return Tokens{pagetoken.New(db.PageTokenKey)} }

func bound(tenant auth.Tenant) string { return fmt.Sprintf("changes of %q", tenant) }

// Seal is the token of a place. In a transaction it must come after Load or Open, which ask the store for the key.
func (t Tokens) Seal(ctx context.Context, tenant auth.Tenant, place feed.Position) (string, error) {
	return t.sealer.Seal(ctx, bound(tenant), place)
}

// Open reads the place that a token stands for; the empty token leaves it. A token that is none of the tenant's is an
// Invalid fault on page_token.
func (t Tokens) Open(ctx context.Context, tenant auth.Tenant, token string, place *feed.Position) error {
	if err := t.Load(ctx); err != nil {
		return err
	}
	return t.sealer.Open(ctx, bound(tenant), token, place)
}

// OpenAfter is Open for a token that stands in the field `after`, after which a caller resumes.
func (t Tokens) OpenAfter(ctx context.Context, tenant auth.Tenant, token string, place *feed.Position) error {
	err := t.Open(ctx, tenant, token, place)
	if known, ok := fault.As(err); ok && known.Kind == fault.Invalid {
		return NoToken()
	}
	return err
}

// NoToken is the fault of a token in the field `after` that is none of the feed's.
func NoToken() error {
	return fault.InvalidField("after", reason.InvalidChangeToken, "is no token of this feed")
}

// Load asks the store for the key that tokens are sealed with, unless that was done.
func (t Tokens) Load(ctx context.Context) error { return t.sealer.Load(ctx) }
