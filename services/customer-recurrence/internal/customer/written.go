package customer

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
)

// Written is a customer that was created or corrected, with what is doubtful about its profile.
type Written struct {
	Customer
	Warnings []Finding
}

// written returns a customer with what is doubtful about it today. An RFC with a date that does not exist
// is doubtful, and stored: the vendor's pattern takes it.
func written(ctx context.Context, w Writer, customer Customer) (Written, error) {
	day, err := today(ctx, w, w.Now())
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

// checkWritten returns an Invalid fault with the names and the codes of the SAT's catalogues in a profile that
// are wrong today. What is in the profile before as well is left alone: it was stored by the vendor's contract or an
// import, or was right then.
func checkWritten(ctx context.Context, w Writer, before *Profile, after Profile) error {
	v := (&fault.Violations{}).In("customer")
	checkNames(v, before, after)
	if err := checkCodes(ctx, w, v, before, after); err != nil {
		return err
	}
	return v.Err()
}

// personName is the vendor's own pattern of names of persons.
var personName = regexp.MustCompile(`^[a-zñüáéíóúA-ZÑÜÁÉÍÓÚ .,]*$`)

// checkNames collects names of a person that the vendor's pattern does not take, accents composed.
func checkNames(v *fault.Violations, before *Profile, after Profile) {
	if before == nil {
		before = &Profile{}
	}
	for _, name := range []struct{ field, before, after string }{
		{"given_name", before.GivenName, after.GivenName},
		{"first_surname", before.FirstSurname, after.FirstSurname},
		{"second_surname", before.SecondSurname, after.SecondSurname},
	} {
		if name.before != name.after && !personName.MatchString(id.Normal(name.after)) {
			v.Add(name.field, reason.InvalidText, "must contain only the letters a to z, á, é, í, ó, ú, ü and ñ, spaces, '.' and ','")
		}
	}
}

// checkCodes collects the codes of the SAT's catalogues in a profile that are wrong today, alone or together.
func checkCodes(ctx context.Context, w Writer, v *fault.Violations, before *Profile, after Profile) error {
	if after.Defaults == nil {
		return nil
	}
	day, err := today(ctx, w, w.Now())
	if err != nil {
		return err
	}
	var known []Finding
	if before != nil {
		known = before.findings(day)
	}
	for _, found := range after.findings(day) {
		ofCode := strings.HasPrefix(found.Field, "defaults.") && found.Reason != reason.Required
		if !found.Warning && ofCode && !slices.Contains(known, found) {
			v.Add(found.Field, found.Reason, "%s", found.Description)
		}
	}
	return nil
}
