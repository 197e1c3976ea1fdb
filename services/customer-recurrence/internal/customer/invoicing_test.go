package customer_test

import (
	"slices"
	"testing"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/cfdi"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/platform/date"
)

func TestCheckCharacters(t *testing.T) {
	for _, rfc := range []string{"GODE561231GR8", "MAB9307148T4", "EKU9003173C9", "CACX7605101P8", cfdi.ForeignRFC} {
		if got := cfdi.CheckCharacter(rfc); got != rfc[len(rfc)-1] {
			t.Errorf("%s: got %c", rfc, got)
		}
	}
	if got := cfdi.CheckCharacter(cfdi.PublicRFC); got != '4' {
		t.Errorf("the general public's: got %c, want 4", got)
	}
	if cfdi.Dated("MAB9302318T4") || !cfdi.Dated("MAB0002298T4") {
		t.Error("February 31 exists, or February 29 of 2000 does not")
	}
}

// company is a profile that an invoice can be issued to.
func company() customer.Profile {
	return customer.Profile{
		GrantorTaxID: "MAB9307148T4", CustomerTaxID: "EKU9003173C9", BusinessName: "Escuela Kemper Urgate",
		Address:  customer.Address{ZipCode: "42501"},
		Defaults: &customer.InvoiceDefaults{PaymentWay: "03", PaymentMethod: "PUE", CFDIUseV40: "G03", FiscalRegimeV40: "601"},
	}
}

func TestCheckInvoicing(t *testing.T) {
	day := date.MustNew(2026, 3, 1)
	for name, c := range map[string]struct {
		change func(*customer.Profile)
		day    date.Date
		wrong  []string
		doubt  []string
	}{
		"complete": {func(*customer.Profile) {}, day, nil, nil},
		"nothing said": {func(p *customer.Profile) {
			*p = customer.Profile{GrantorTaxID: p.GrantorTaxID, CustomerTaxID: p.CustomerTaxID}
		}, day, []string{"business_name", "address.zip_code", "defaults.payment_way", "defaults.payment_method", "defaults.cfdi_use_v40", "defaults.fiscal_regime_v40"}, nil},
		"check character":    {func(p *customer.Profile) { p.CustomerTaxID = "EKU9003173C8" }, day, nil, []string{"customer_tax_id"}},
		"no such day":        {func(p *customer.Profile) { p.CustomerTaxID = "EKU9002313C9" }, day, []string{"customer_tax_id"}, nil},
		"use of 3.3":         {func(p *customer.Profile) { p.Defaults.CFDIUseV40 = "P01" }, day, []string{"defaults.cfdi_use_v40"}, nil},
		"use of a person":    {func(p *customer.Profile) { p.Defaults.CFDIUseV40 = "D01" }, day, []string{"defaults.cfdi_use_v40", "defaults.cfdi_use_v40"}, nil},
		"regime of a person": {func(p *customer.Profile) { p.Defaults.FiscalRegimeV40 = "612" }, day, []string{"defaults.fiscal_regime_v40"}, nil},
		"instalments":        {func(p *customer.Profile) { p.Defaults.PaymentMethod = "PPD" }, day, nil, []string{"defaults.payment_way"}},
		"no way 07":          {func(p *customer.Profile) { p.Defaults.PaymentWay = "07" }, day, []string{"defaults.payment_way"}, nil},
		"before CFDI 4.0":    {func(*customer.Profile) {}, date.MustNew(2021, 12, 31), []string{"defaults.payment_way", "defaults.payment_method", "defaults.cfdi_use_v40", "defaults.fiscal_regime_v40"}, nil},
		"the general public": {func(p *customer.Profile) {
			p.CustomerTaxID, p.Defaults.CFDIUseV40, p.Defaults.FiscalRegimeV40 = cfdi.PublicRFC, "S01", "616"
		}, day, nil, nil},
		"public, another use": {func(p *customer.Profile) { p.CustomerTaxID, p.Defaults.FiscalRegimeV40 = cfdi.PublicRFC, "616" }, day, []string{"defaults.cfdi_use_v40"}, []string{"defaults.cfdi_use_v40"}},
		"a foreigner": {func(p *customer.Profile) {
			p.CustomerTaxID, p.Defaults.CFDIUseV40, p.Defaults.FiscalRegimeV40 = cfdi.ForeignRFC, "S01", "616"
		}, day, nil, []string{"foreign_tax_registration"}},
	} {
		profile := company()
		c.change(&profile)
		var wrong, doubt []string
		for _, finding := range profile.CheckInvoicing(c.day) {
			if finding.Warning {
				doubt = append(doubt, finding.Field)
			} else {
				wrong = append(wrong, finding.Field)
			}
		}
		if !slices.Equal(wrong, c.wrong) || !slices.Equal(doubt, c.doubt) {
			t.Errorf("%s: got %v", name, profile.CheckInvoicing(c.day))
		}
	}
}
