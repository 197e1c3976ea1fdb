package subscription

import (
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

// TestDigestsStay checks digests that actions of earlier versions keep: with others, what was sent before an upgrade could not be repeated
// after it. Whoever changes one must keep the old form beside the new one.
func TestDigestsStay(t *testing.T) {
	refer := func(id string) resource.Reference {
		return resource.Reference{Field: "x", Keys: []resource.Key{resource.ByID(id)}}
	}
	text := `a "Details":{ b`
	order := Order{Target: Target{Subscription: refer(text)}, Etag: "e", Operation: lifecycle.Activate, Details: Details{Reference: "R"}}
	creation := Creation{
		Operation: lifecycle.CreateDraft, Details: Details{Reference: "R", Scheduled: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)}, Type: refer("t"),
		Owner: Owner{New: account.Account{Name: "Donna"}, Classification: refer("c")}, Notes: userfield.Set("n"), Services: []resource.Reference{refer("p")},
	}
	filledOrder, filledCreation := order, creation
	filledOrder.Details.Fields.Strings[1] = &text
	filledCreation.Details.Fields.Strings[0], filledCreation.Owner.New.Fields.Strings[2] = &text, &text
	filledCreation.Fields.Strings[0] = userfield.Set(text)
	for what, one := range map[string]struct {
		asked interface{ digest() (string, error) }
		want  string
	}{
		"an order":             {order, "df06e5520ffb7a67f7061ff9681338bf68d42db7b5680476f68832035c9c3bd7"},
		"a creation":           {creation, "ff88456fb8513cb171f4d2aa4e7afd3da87206ecccd30f5baacb43a92ac0a87d"},
		"an order with fields": {filledOrder, "c0d41f0e25eaa14a42c35d9f6c8a32df1b406b7d79d22b2eb414aa353c52737b"},
		"a creation with some": {filledCreation, "0dcf9dfec1c070da03948c5e0f732f98cbfed0fc4574e5dd536e7f60ad81ff34"},
	} {
		if got, err := one.asked.digest(); err != nil || got != one.want {
			t.Errorf("%s: got %s, %v, want %s", what, got, err, one.want)
		}
	}
}
