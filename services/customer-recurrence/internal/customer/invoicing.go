package customer

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/cfdi"
	"github.com/continuo-billing/continuo/services/platform/date"
)

// Finding is one thing about a customer that is missing, wrong or doubtful for an invoice.
type Finding struct {
	// Warning tells that it is right in some cases. Otherwise an invoice with it is refused.
	Warning bool
	// Reason is why it is wrong: Required if it is missing, UnknownValue if it is no code that counts,
	// Inconsistent if it does not go with the rest.
	Reason reason.Reason
	// Field is the field of the customer.
	Field string
	// Description says what is the matter, and what would be right.
	Description string
}

// findings collects findings.
type findings []Finding

func (f *findings) wrong(why reason.Reason, field, format string, args ...any) {
	*f = append(*f, Finding{Reason: why, Field: field, Description: fmt.Sprintf(format, args...)})
}

func (f *findings) doubtful(field, format string, args ...any) {
	*f = append(*f, Finding{Warning: true, Field: field, Description: fmt.Sprintf(format, args...)})
}

var mexicanZipCode = regexp.MustCompile(`^[0-9]{5}$`)

// CheckInvoicing returns what is missing, wrong or doubtful for a CFDI 4.0 issued on a day, in the
// order of the fields.
func (p Profile) CheckInvoicing(day date.Date) []Finding {
	var f findings
	rfc := string(p.CustomerTaxID)
	f.checkRFC("grantor_tax_id", string(p.GrantorTaxID))
	f.checkRFC("customer_tax_id", rfc)
	switch person := cfdi.PersonOf(rfc); {
	case cfdi.Generic(rfc):
	case person == cfdi.Company && strings.TrimSpace(p.BusinessName) == "":
		f.wrong(reason.Required, "business_name", "is missing: the invoice of a company bears its registered name")
	case person == cfdi.Natural && p.GivenName == "" && p.BusinessName == "":
		f.wrong(reason.Required, "given_name", "is missing: the invoice of a person bears the name")
	case person == cfdi.Natural && p.FirstSurname == "" && p.BusinessName == "":
		f.wrong(reason.Required, "first_surname", "is missing: the invoice of a person bears the name")
	}
	if !mexicanZipCode.MatchString(p.Address.ZipCode) {
		f.wrong(reason.InvalidText, "address.zip_code", "must be 5 digits, the postal code of the tax address")
	}
	if rfc == cfdi.ForeignRFC && (p.ForeignTaxRegistration == "" || p.TaxResidence == "") {
		f.doubtful("foreign_tax_registration", "and tax_residence are needed where the invoice is of foreign trade")
	}
	var defaults InvoiceDefaults
	if p.Defaults != nil {
		defaults = *p.Defaults
	}
	f.checkCodes(defaults, rfc, day)
	return f
}

// findings returns what CheckInvoicing returns, and what is wrong or doubtful about the codes of CFDI 3.3.
func (p Profile) findings(day date.Date) []Finding {
	found := findings(p.CheckInvoicing(day))
	if p.Defaults != nil {
		found.checkCode33("defaults.cfdi_use", "uso de CFDI", cfdi.Uses33, p.Defaults.CFDIUse, string(p.CustomerTaxID), day)
		found.checkCode33("defaults.fiscal_regime", "régimen fiscal", cfdi.Regimes33, p.Defaults.FiscalRegime, string(p.CustomerTaxID), day)
	}
	return found
}

// checkCode33 checks one code of CFDI 3.3, which no invoice needs any more.
func (f *findings) checkCode33(field, what string, catalogue map[string]cfdi.Code, code, rfc string, day date.Date) {
	entry, known := catalogue[code]
	switch {
	case code == "":
	case !known:
		f.wrong(reason.UnknownValue, field, "%q is not a code of the SAT's %s in CFDI 3.3", code, what)
	case entry.For&cfdi.PersonOf(rfc) == 0:
		f.wrong(reason.Inconsistent, field, "%s (%s) is not for %s, as the RFC %s has the form of", code, entry.Name, personNames[cfdi.PersonOf(rfc)], rfc)
	case !entry.On(day):
		f.doubtful(field, "%s (%s) does not count on %s", code, entry.Name, day)
	}
}

func (f *findings) checkRFC(field, rfc string) {
	switch want := cfdi.CheckCharacter(rfc); {
	case cfdi.Generic(rfc):
	case !cfdi.Dated(rfc):
		f.wrong(reason.InvalidTaxID, field, "%s has a date that does not exist", rfc)
	case rfc[len(rfc)-1] != want:
		f.doubtful(field, "%s should end with %c, by its check character; some real ones do not", rfc, want)
	}
}

// checkCodes checks the codes of the SAT's catalogues, alone and together.
func (f *findings) checkCodes(d InvoiceDefaults, rfc string, day date.Date) {
	f.checkCode("defaults.payment_way", "forma de pago", cfdi.Ways, d.PaymentWay, rfc, day)
	f.checkCode("defaults.payment_method", "método de pago", cfdi.Methods, d.PaymentMethod, rfc, day)
	if d.PaymentMethod == "PPD" && d.PaymentWay != "99" {
		f.doubtful("defaults.payment_way", "should be 99 with the method PPD: how it is paid is told by the receipts of payment")
	}
	use, known := f.checkCode("defaults.cfdi_use_v40", "uso de CFDI", cfdi.Uses, d.CFDIUseV40, rfc, day)
	_, hasRegime := f.checkCode("defaults.fiscal_regime_v40", "régimen fiscal", cfdi.Regimes, d.FiscalRegimeV40, rfc, day)
	if known && hasRegime && len(use.Regimes) > 0 && !slices.Contains(use.Regimes, d.FiscalRegimeV40) {
		f.wrong(reason.Inconsistent, "defaults.cfdi_use_v40", "%s (%s) does not go with regime %s, only with %s", d.CFDIUseV40, use.Name, d.FiscalRegimeV40, strings.Join(use.Regimes, ", "))
	}
	if cfdi.Generic(rfc) && (d.CFDIUseV40 != "S01" || d.FiscalRegimeV40 != "616") {
		f.doubtful("defaults.cfdi_use_v40", "should be S01, and the regime 616, with the generic RFC %s", rfc)
	}
}

// checkCode checks one code. It returns the entry, and whether it is known and counts.
func (f *findings) checkCode(field, what string, catalogue map[string]cfdi.Code, code, rfc string, day date.Date) (cfdi.Code, bool) {
	entry, known := catalogue[code]
	switch {
	case code == "":
		f.wrong(reason.Required, field, "is missing: an invoice needs a %s", what)
		return entry, false
	case !known:
		f.wrong(reason.UnknownValue, field, "%q is not a code of the SAT's %s in CFDI 4.0", code, what)
		return entry, false
	case !entry.On(day):
		f.wrong(reason.UnknownValue, field, "%s (%s) does not count on %s", code, entry.Name, day)
		return entry, false
	case entry.For&cfdi.PersonOf(rfc) == 0:
		f.wrong(reason.Inconsistent, field, "%s (%s) is not for %s, as the RFC %s has the form of", code, entry.Name, personNames[cfdi.PersonOf(rfc)], rfc)
	}
	return entry, true
}

var personNames = map[cfdi.Person]string{cfdi.Natural: "a natural person", cfdi.Company: "a company"}
