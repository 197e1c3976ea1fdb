package crmcom

import (
	"google.golang.org/genproto/googleapis/type/decimal"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
)

func accountOf(account account.Account) *crmcomv2.AccountsReceivable {
	owner := account.Owner
	return &crmcomv2.AccountsReceivable{
		Id:             text(account.ID),
		Number:         text(account.Number),
		Name:           text(account.Name),
		LifeCycleState: text(account.State),
		AccountOwner: &crmcomv2.ContactInformation{
			Id:             text(owner.ID),
			Type:           text(owner.Type),
			LifeCycleState: text(owner.State),
			Name:           text(owner.Name),
			FirstName:      text(owner.FirstName),
			MiddleName:     text(owner.MiddleName),
			LastName:       text(owner.LastName),
			Title:          text(owner.Title),
			CompanyName:    text(owner.CompanyName),
			Demographics:   demographicsOf(owner.Demographics),
			CompanyProfile: profileOf(owner.Profile),
		},
	}
}

func demographicsOf(known *account.Demographics) *crmcomv2.Demographics {
	if known == nil {
		return nil
	}
	return &crmcomv2.Demographics{
		Gender:                       text(known.Gender),
		IdNumber:                     text(known.IDNumber),
		IdNumberExpirationDate:       day(known.IDExpires),
		PassportNumber:               text(known.PassportNumber),
		PassportNumberExpirationDate: day(known.PassportExpires),
		SocialSecurityNumber:         text(known.SocialSecurityNumber),
		DateOfBirth: &crmcomv2.DateOfBirth{
			Day: number(known.Birth.Day), Month: number(known.Birth.Month), Year: number(known.Birth.Year),
		},
		NameDay:                 &crmcomv2.NameDay{Day: number(known.NameDay.Day), Month: number(known.NameDay.Month)},
		CountryOfResidence:      countryOf(known.CountryOfResidence),
		IdIssuedByCountry:       countryOf(known.IDIssuedByCountry),
		PassportIssuedByCountry: countryOf(known.PassportIssuedByCountry),
		Industry:                industryOf(known.Industry),
		IndustrySector:          sectorOf(known.Sector),
	}
}

func profileOf(known *account.CompanyProfile) *crmcomv2.CompanyProfile {
	if known == nil {
		return nil
	}
	var turnover *decimal.Decimal
	if known.AnnualTurnover != nil {
		turnover = gtype.Decimal(*known.AnnualTurnover)
	}
	return &crmcomv2.CompanyProfile{
		ProfileYear:           known.Year,
		AnnualTurnover:        turnover,
		EstablishedDate:       day(known.Established),
		NumberOfEmployees:     known.Employees,
		RegistrationNumber:    text(known.RegistrationNumber),
		VatRegistrationNumber: text(known.VATNumber),
		VatRegisteredBy:       text(known.VATRegisteredBy),
		VatRegistrationDate:   day(known.VATRegistered),
		TaxReferenceNumber:    text(known.TaxReference),
		RegisteredInCountry:   countryOf(known.Country),
		Industry:              industryOf(known.Industry),
		IndustrySector:        sectorOf(known.Sector),
	}
}

func countryOf(country *account.Country) *crmcomv2.Country {
	if country == nil {
		return nil
	}
	message := &crmcomv2.Country{
		Id:                 text(country.ID),
		Name:               text(country.Name),
		AlternativeCode:    text(country.AlternativeCode),
		DialingCode:        text(country.DialingCode),
		TwoCharacterCode:   text(country.TwoCharacterCode),
		ThreeCharacterCode: text(country.ThreeCharacterCode),
	}
	if flag := country.Flag; flag != nil {
		message.CountryFlag = &crmcomv2.CountryFlag{Id: text(flag.ID), File: &crmcomv2.File{
			FileName: text(flag.FileName), FileContentUrl: text(flag.URL), FileMimeType: text(flag.MIMEType),
		}}
	}
	return message
}

func industryOf(industry *account.Industry) *crmcomv2.Industry {
	if industry == nil {
		return nil
	}
	return &crmcomv2.Industry{Id: text(industry.ID), Name: text(industry.Name), Code: text(industry.Code)}
}

func sectorOf(sector *account.IndustrySector) *crmcomv2.IndustrySector {
	if sector == nil {
		return nil
	}
	return &crmcomv2.IndustrySector{Id: text(sector.ID), Name: text(sector.Name), AlternativeCode: text(sector.AlternativeCode)}
}
