package api

import (
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/domain"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
)

// The names of the resources.
var (
	customerNames   = resourcename.MustCompile("customers/{customer}")
	packageNames    = resourcename.MustCompile("packages/{package}")
	recurrenceNames = resourcename.MustCompile("customers/{customer}/recurrences/{recurrence}")
	changeNames     = resourcename.MustCompile("customers/{customer}/recurrences/{recurrence}/changes/{change}")
)

// recurrenceKey reads the name of a recurrence.
func recurrenceKey(field, name string) (domain.RecurrenceKey, error) {
	ids, err := recurrenceNames.Parse(field, name)
	if err != nil {
		return domain.RecurrenceKey{}, err
	}
	return domain.RecurrenceKey{Customer: domain.CustomerID(ids[0]), Recurrence: domain.RecurrenceID(ids[1])}, nil
}

// changeKey reads the name of a change.
func changeKey(field, name string) (domain.ChangeKey, error) {
	version, err := resourcename.Number[domain.Version](changeNames, field, name)
	if err != nil {
		return domain.ChangeKey{}, err
	}
	ids, err := changeNames.Parse(field, name)
	if err != nil {
		return domain.ChangeKey{}, err
	}
	return domain.ChangeKey{
		RecurrenceKey: domain.RecurrenceKey{Customer: domain.CustomerID(ids[0]), Recurrence: domain.RecurrenceID(ids[1])}, Version: version,
	}, nil
}

// chosenID is the id that a caller chose for a new resource, empty where it chose none.
func chosenID[ID ~string](field, id string) (ID, error) {
	if id == "" {
		return "", nil
	}
	chosen, err := resourcename.ParseID(field, id)
	return ID(chosen), err
}
