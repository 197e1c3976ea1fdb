package api

import (
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
)

// Resource name patterns.
var (
	customerNames   = resourcename.MustCompile("customers/{customer}")
	serviceNames    = resourcename.MustCompile("services/{service}")
	packageNames    = resourcename.MustCompile("packages/{package}")
	recurrenceNames = resourcename.MustCompile("customers/{customer}/recurrences/{recurrence}")
	alertNames      = resourcename.MustCompile("customers/{customer}/recurrences/{recurrence}/usageAlerts/{usage_alert}")
	changeNames     = resourcename.MustCompile("customers/{customer}/recurrences/{recurrence}/changes/{change}")
)

// recurrenceKey parses the name of a recurrence.
func recurrenceKey(field, name string) (recurrence.Key, error) {
	ids, err := recurrenceNames.Parse(field, name)
	if err != nil {
		return recurrence.Key{}, err
	}
	return recurrence.Key{Customer: customer.ID(ids[0]), Recurrence: recurrence.ID(ids[1])}, nil
}

// changeKey parses the name of a change.
func changeKey(field, name string) (recurrence.ChangeKey, error) {
	version, err := resourcename.Number[recurrence.Version](changeNames, field, name)
	if err != nil {
		return recurrence.ChangeKey{}, err
	}
	ids, err := changeNames.Parse(field, name)
	if err != nil {
		return recurrence.ChangeKey{}, err
	}
	return recurrence.ChangeKey{
		Key: recurrence.Key{Customer: customer.ID(ids[0]), Recurrence: recurrence.ID(ids[1])}, Version: version,
	}, nil
}

// within checks that the ids at the beginning of a name are those of a parent, each of which may be
// `-`.
func within(parent []string, field string, ids ...string) error {
	for i, id := range ids {
		if i < len(parent) && parent[i] != resourcename.Any && parent[i] != id {
			return fault.InvalidField(field, reason.InvalidName, "must be a name within the parent")
		}
	}
	return nil
}

// chosenID checks the id that a caller chose for a new resource. It is empty if the caller chose
// none.
func chosenID[ID ~string](field, id string) (ID, error) {
	if id == "" {
		return "", nil
	}
	chosen, err := resourcename.ParseID(field, id)
	return ID(chosen), err
}
