package transfer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/continuo-billing/continuo/services/continuo/internal/transfer"
	"github.com/continuo-billing/continuo/services/platform/database"
)

// row is a line of a service's package, and the reason for rejecting it, or empty.
type row struct{ resource, reason string }

const customer = `"grantorTaxId":"XAXX010101000","customerTaxId":"XAXX010101000","customerTypeId":1,"citizenshipId":1,"contact":{"email":"a@example.com"},"address":{}`

// importRules lists lines to import after the demo data. Each is accepted or rejected independently
// of the others.
var importRules = map[string]struct {
	service string
	rows    []row
}{
	"continuo.customerrecurrence.v1": {transfer.CustomerRecurrence, []row{
		{`Customer","name":"customers/N-1",` + customer, ""},
		{`Customer","name":"customers/N-1",` + customer, ""}, // the same again
		{`Customer","name":"customers/N-1","businessName":"Other",` + customer, "ALREADY_EXISTS"},
		{`Customer","name":"customers/..",` + customer, "INVALID_NAME"},
		{`Customer","name":"N-2",` + customer, "INVALID_NAME"},
		{`Recurrence","name":"customers/N-1/recurrences/R-1","packageId":"PKG-CLOSED","price":{"units":"10","nanos":500000000},"services":[{"serviceId":"SVC-CFDI"}]`, ""},
		{`Recurrence","name":"customers/N-1/recurrences/R-2","packageId":"PKG-CLOSED","price":{"units":"10","nanos":500000000},"services":[{"serviceId":"SVC-NONE"}]`, ""}, // contracted before the package enforced its services
		{`Recurrence","name":"customers/N-9/recurrences/R-1","packageId":"P","price":{"units":"1"}`, "NOT_FOUND"},
		{`Recurrence","name":"customers/N-1/recurrences/R-3","packageId":"P"`, "REQUIRED"},
		{`RecurrenceChange","name":"customers/N-1/recurrences/R-1/changes/9","direction":"CHANGE_DIRECTION_UPGRADE","oldPrice":{"units":"10"},"newPrice":{"units":"10","nanos":500000000},"priceDifference":{"units":"0","nanos":500000000},"actor":"ann","createTime":"2026-01-01T00:00:00Z"`, "OUT_OF_ORDER"},
		{`RecurrenceChange","name":"customers/N-1/recurrences/R-1/changes/2","direction":"CHANGE_DIRECTION_DOWNGRADE","oldPrice":{"units":"10"},"newPrice":{"units":"10","nanos":500000000},"priceDifference":{"units":"0","nanos":500000000},"actor":"ann","createTime":"2026-01-01T00:00:00Z"`, "INCONSISTENT"},
		{`RecurrenceChange","name":"customers/N-1/recurrences/R-1/changes/2","direction":"CHANGE_DIRECTION_UPGRADE","oldPrice":{"units":"10"},"newPrice":{"units":"10","nanos":500000000},"priceDifference":{"units":"0","nanos":500000000},"actor":"ann","createTime":"2026-01-01T00:00:00Z"`, ""},
		{`Package","name":"packages/PKG-BASIC","displayName":"Other"`, "ALREADY_EXISTS"},
		{`Package","name":"packages/P-1","serviceIds":["A","A"]`, "REPEATED"},
	}},
	"continuo.subscription.v1": {transfer.Subscription, []row{
		{`Group","name":"groups/G-1","displayName":"New group"`, ""},
		{`Group","name":"groups/G-1","displayName":"New group"`, ""}, // the same again
		{`Group","name":"groups/G-2","displayName":"New group"`, "ALREADY_EXISTS"},
		{`Group","name":"groups/G-1","displayName":"Other"`, "ALREADY_EXISTS"},
		{`Organisation","name":"organisations/org-1","displayName":"Org"`, ""},
		{`User","name":"users/U-1","organisation":"organisations/org-1","userName":"ann"`, ""},
		{`User","name":"users/U-2","organisation":"organisations/org-1","userName":"ann"`, "ALREADY_EXISTS"},
		{`User","name":"users/U-3","organisation":"organisations/org-1","userName":"bob","password":"long enough"`, "INVALID_VALUE"},
		{`User","name":"users/U-4","organisation":"organisations/none","userName":"bob"`, "NOT_FOUND"},
		{`SubscriptionType","name":"subscriptionTypes/T-1","displayName":"Type"`, ""},
		{`SubscriptionType","name":"subscriptionTypes/T-1","displayName":"Type"`, ""}, // times set by the clock are not compared
		{`Account","name":"accounts/A-1","number":"A-1","displayName":"Account","accountOwner":{"type":"CONTACT_TYPE_PERSON","givenName":"Ann","familyName":"Lee"}`, ""},
		{`Subscription","name":"subscriptions/S-1","number":"S-1","state":"LIFE_CYCLE_STATE_CANCELLED","account":"accounts/A-1","subscriptionType":"subscriptionTypes/T-1"`, ""},
		{`Subscription","name":"subscriptions/S-1","number":"S-1","state":"LIFE_CYCLE_STATE_CANCELLED","account":"accounts/A-1","subscriptionType":"subscriptionTypes/T-1"`, ""},
		{`Subscription","name":"subscriptions/S-1","number":"S-1","state":"LIFE_CYCLE_STATE_EFFECTIVE","account":"accounts/A-1","subscriptionType":"subscriptionTypes/T-1"`, "ALREADY_EXISTS"},
		{`Subscription","name":"subscriptions/S-2","number":"S-1","account":"accounts/A-1","subscriptionType":"subscriptionTypes/T-1"`, "ALREADY_EXISTS"},
		{`Subscription","name":"subscriptions/S-2","number":"S-2","account":"accounts/none","subscriptionType":"subscriptionTypes/T-1"`, "NOT_FOUND"},
		{`Subscription","name":"subscriptions/S-3","number":"S-3","state":99,"account":"accounts/A-1","subscriptionType":"subscriptionTypes/T-1"`, "INVALID_VALUE"},
		{`Group","name":"groups/G+3 ñ","displayName":"Archived","inactive":true`, ""},
		{`Subscription","name":"subscriptions/S-4","number":"S-4","account":"accounts/A-1","subscriptionType":"subscriptionTypes/T-1","group":"groups/G+3 ñ"`, ""},
		{`Group","name":"groups/..","displayName":"No id"`, "INVALID_NAME"},
		{`User","name":"users/U-5","organisation":"organisations/org-1","userName":"eve","displayName":"Eve","email":"eve@ejemplo.mx","disabled":true`, ""},
		{`User","name":"users/U-6","organisation":"organisations/org-1","userName":"mal","email":"mal"`, "INVALID_VALUE"},
		{`ApiKey","name":"apiKeys/K","user":"users/U-1"`, "UNKNOWN_RESOURCE"},
		{`Session","name":"sessions/S","user":"users/U-1"`, "UNKNOWN_RESOURCE"},
	}},
}

func TestImportChecksRowsIndependently(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine database.Engine) {
		for pkg, rules := range importRules {
			t.Run(rules.service, func(t *testing.T) {
				to := namedTarget(t, rules.service, startServiceNamed(t, rules.service, emptyStore(t, engine, rules.service), true).address)
				before := strings.Count(export(t, to), "\n")
				var lines, want []string
				for i, row := range rules.rows {
					lines = append(lines, fmt.Sprintf(`{"@type":"type.googleapis.com/%s.%s}`, pkg, row.resource))
					if row.reason != "" {
						want = append(want, fmt.Sprint(i+1, " ", row.reason))
					}
				}
				path := write(t, lines...)
				progress, err := run(t, configure(t, path, to))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, readRejects(t, path)); diff != "" {
					t.Errorf("rejects (-want +got):\n%s\n%s", diff, rejectsText(t, path))
				}
				if after := strings.Count(export(t, to), "\n"); int64(after-before) != progress.Created {
					t.Errorf("got %d new resources, but progress counts %d", after-before, progress.Created)
				}
				again, err := run(t, configure(t, path, to))
				if err != nil || again.Created != 0 || again.Unchanged != progress.Created+progress.Unchanged || again.Rejected != progress.Rejected {
					t.Errorf("repeated import: got %+v after %+v, error %v", again, progress, err)
				}
			})
		}
	})
}
