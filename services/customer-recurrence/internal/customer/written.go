package customer

import (
	"context"
	"slices"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Written is a customer that was created or corrected, with what is doubtful about its profile.
type Written struct {
	Customer
	Warnings []Finding
}

// written returns a customer with what is doubtful about it today. An RFC with a date that does not exist
// is doubtful, and stored: the vendor's pattern takes it.
func written(ctx context.Context, w Writer, customer Customer) (Written, error) {
	day, err := settings.Today(ctx, w, w.Now())
	if err != nil {
		return Written{}, err
	}
	made := Written{Customer: customer}
	for _, found := range customer.Profile.findings(day) {
		if found.Warning = found.Warning || found.Reason == reason.InvalidTaxID; found.Warning {
			made.Warnings = append(made.Warnings, found)
		}
	}
	return made, nil
}

// checkCodes returns an Invalid fault with the codes of the SAT's catalogues in a profile that are
// wrong today, alone or together. What is wrong in the profile before as well is left alone: it was
// stored by the vendor's contract or an import, or counted then.
func checkCodes(ctx context.Context, w Writer, before *Profile, after Profile) error {
	if after.Defaults == nil {
		return nil
	}
	day, err := settings.Today(ctx, w, w.Now())
	if err != nil {
		return err
	}
	var known []Finding
	if before != nil {
		known = before.findings(day)
	}
	v := (&fault.Violations{}).In("customer")
	for _, found := range after.findings(day) {
		ofCode := strings.HasPrefix(found.Field, "defaults.") && found.Reason != reason.Required
		if !found.Warning && ofCode && !slices.Contains(known, found) {
			v.Add(found.Field, found.Reason, "%s", found.Description)
		}
	}
	return v.Err()
}
