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

// written returns a customer with what is doubtful about it today.
func written(ctx context.Context, w Writer, customer Customer) (Written, error) {
	day, err := settings.Today(ctx, w, w.Now())
	if err != nil {
		return Written{}, err
	}
	found := slices.DeleteFunc(customer.Profile.findings(day), func(f Finding) bool { return !f.Warning })
	return Written{customer, found}, nil
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
