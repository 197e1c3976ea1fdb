package account

import (
	"context"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// listed is a store in which the list of a contact's accounts has an account that does not name it, as programs
// before 00151 leave it.
type listed struct {
	Writer
	account Account
	updated []Account
}

func (l *listed) Accounts(context.Context, listing.Query) ([]Account, error) {
	return []Account{l.account}, nil
}

func (l *listed) Account(context.Context, resource.Key) (Account, error) { return l.account, nil }

func (l *listed) Update(_ context.Context, updated resource.Resource) error {
	l.updated = append(l.updated, *updated.(*Account))
	return nil
}

// TestOnlyAccountsOfAContactChangeWithIt changes a contact whose account names it, or no longer does.
func TestOnlyAccountsOfAContactChangeWithIt(t *testing.T) {
	for of, want := range map[ContactID]int{"zane": 1, "": 0} {
		w := &listed{account: Account{ID: "1", Contact: of, Owner: ContactInfo{Name: "Owner"}}}
		present := Contact{ID: "zane", Info: ContactInfo{ID: "zane", Type: Company, State: Financial, Name: "Zane", CompanyName: "Zane"}}
		given := present
		given.Info.CompanyName = "Zane & Co"
		if err := prepareContact(t.Context(), w, &given, &present); err != nil {
			t.Fatal(err)
		}
		if len(w.updated) != want || want > 0 && w.updated[0].Owner.Name != "Zane & Co" {
			t.Errorf("of %q: updated are %+v", of, w.updated)
		}
	}
}
