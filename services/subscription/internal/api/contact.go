package api

import (
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/decimal"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

func (r *reading) account(message *pb.Account, into *account.Account) {
	into.Number = r.key("account.number", message.GetNumber())
	into.Name, into.Inactive = message.GetDisplayName(), message.GetInactive()
	into.State = word[account.State]("STATE_", message.GetState())
	into.Classification = reference[catalogue.AccountClassificationID](r, accountClassificationName.Optional(), "account.classification", message.GetClassification())
	into.Terms = account.Terms{
		Currency: message.GetCurrencyCode(), CreditLimit: r.decimal("account.credit_limit", message.GetCreditLimit()), CreditPeriod: message.GetCreditPeriodDays(),
		CreditOperator: word[account.Operator]("CREDIT_PERIOD_OPERATOR_", message.GetCreditPeriodOperator()),
	}
	into.Contact = reference[account.ContactID](r, contactName.Optional(), "account.contact", message.GetContact())
	into.PrivacyLevel = reference[catalogue.PrivacyLevelID](r, privacyLevelName.Optional(), "account.privacy_level", message.GetPrivacyLevel())
	into.Manager = reference[organisation.UserID](r, userName.Optional(), account.FieldManager, message.GetAccountManager())
	into.Description, into.Notes = message.GetDescription(), message.GetNotes()
	into.Fields = r.userFields("account.user_defined_fields", message.GetUserDefinedFields())
	const owner = "account.account_owner"
	if message.GetAccountOwner() == nil && message.GetContact() == "" {
		r.Add(owner, reason.Required, "must be given, or a contact")
	}
	into.Owner = r.contact(owner+".", message.GetAccountOwner())
}

// contact reads contact information; one that is missing is empty.
func (r *reading) contact(path string, given *pb.ContactInfo) account.ContactInfo {
	return account.ContactInfo{
		ID:           chosenID[string](r, path+"id", given.GetId()),
		Type:         word[account.ContactType]("CONTACT_TYPE_", given.GetType()),
		State:        word[account.ContactState]("CONTACT_STATE_", given.GetState()),
		Name:         given.GetFullName(),
		FirstName:    given.GetGivenName(),
		MiddleName:   given.GetMiddleName(),
		LastName:     given.GetFamilyName(),
		Title:        given.GetTitle(),
		CompanyName:  given.GetCompanyName(),
		Demographics: r.demographics(path+"demographics.", given.GetDemographics()),
		Profile:      r.profile(path+"company_profile.", given.GetCompanyProfile()),
	}
}

func (r *reading) demographics(path string, message *pb.Demographics) *account.Demographics {
	if message == nil {
		return nil
	}
	return &account.Demographics{
		Gender:                  word[account.Gender]("GENDER_", message.GetGender()),
		IDNumber:                message.GetIdNumber(),
		IDExpires:               r.date(path+"id_number_expiration_date", message.GetIdNumberExpirationDate()),
		PassportNumber:          message.GetPassportNumber(),
		PassportExpires:         r.date(path+"passport_number_expiration_date", message.GetPassportNumberExpirationDate()),
		SocialSecurityNumber:    message.GetSocialSecurityNumber(),
		Birth:                   r.partialDate(path+"date_of_birth", message.GetDateOfBirth()),
		NameDay:                 r.partialDate(path+"name_day", message.GetNameDay()),
		CountryOfResidence:      country(message.GetCountryOfResidence()),
		IDIssuedByCountry:       country(message.GetIdIssuedByCountry()),
		PassportIssuedByCountry: country(message.GetPassportIssuedByCountry()),
		Industry:                industry(message.GetIndustry()),
		Sector:                  sector(message.GetIndustrySector()),
	}
}

func (r *reading) profile(path string, message *pb.CompanyProfile) *account.CompanyProfile {
	if message == nil {
		return nil
	}
	return &account.CompanyProfile{
		Year:               message.ProfileYear,
		AnnualTurnover:     r.decimal(path+"annual_turnover", message.GetAnnualTurnover()),
		Established:        r.date(path+"established_date", message.GetEstablishedDate()),
		Employees:          message.NumberOfEmployees,
		RegistrationNumber: message.GetRegistrationNumber(),
		VATNumber:          message.GetVatRegistrationNumber(),
		VATRegisteredBy:    message.GetVatRegisteredBy(),
		VATRegistered:      r.date(path+"vat_registration_date", message.GetVatRegistrationDate()),
		TaxReference:       message.GetTaxReferenceNumber(),
		Country:            country(message.GetRegisteredInCountry()),
		Industry:           industry(message.GetIndustry()),
		Sector:             sector(message.GetIndustrySector()),
	}
}

func country(message *pb.Country) *account.Country {
	if message == nil {
		return nil
	}
	read := &account.Country{
		ID: message.GetId(), Name: message.GetDisplayName(), AlternativeCode: message.GetAlternativeCode(), DialingCode: message.GetDialingCode(),
		TwoCharacterCode: message.GetTwoCharacterCode(), ThreeCharacterCode: message.GetThreeCharacterCode(),
	}
	if flag := message.GetFlag(); flag != nil {
		read.Flag = &account.Flag{ID: flag.GetId(), FileName: flag.GetFileName(), URL: flag.GetFileContentUrl(), MIMEType: flag.GetFileMimeType()}
	}
	return read
}

func industry(message *pb.Industry) *account.Industry {
	if message == nil {
		return nil
	}
	return &account.Industry{ID: message.GetId(), Name: message.GetDisplayName(), Code: message.GetCode()}
}

func sector(message *pb.IndustrySector) *account.IndustrySector {
	if message == nil {
		return nil
	}
	return &account.IndustrySector{ID: message.GetId(), Name: message.GetDisplayName(), AlternativeCode: message.GetAlternativeCode()}
}

func accountMessage(account account.Account) *pb.Account {
	etag, created, updated := versions(account.Revision)
	message := &pb.Account{
		Name:         accountName.Format(account.ID),
		Number:       account.Number,
		DisplayName:  account.Name,
		State:        enum[pb.Account_State]("STATE_", pb.Account_State_value, account.State),
		AccountOwner: contactInfoMessage(account.Owner),
		Contact:      contactName.Format(account.Contact), Description: account.Description, Notes: account.Notes,
		Inactive:       account.Inactive,
		Classification: accountClassificationName.Format(account.Classification),
		PrivacyLevel:   privacyLevelName.Format(account.PrivacyLevel), AccountManager: userName.Format(account.Manager),
		CurrencyCode: account.Currency, CreditPeriodDays: account.CreditPeriod,
		CreditPeriodOperator: enum[pb.CreditPeriodOperator]("CREDIT_PERIOD_OPERATOR_", pb.CreditPeriodOperator_value, account.CreditOperator),
		Etag:                 etag, CreateTime: created, UpdateTime: updated,
	}
	if account.Fields != (userfield.Fields{}) {
		message.UserDefinedFields = userFieldsMessage(account.Fields)
	}
	if account.CreditLimit != nil {
		message.CreditLimit = gtype.Decimal(*account.CreditLimit)
	}
	return message
}

func contactInfoMessage(contact account.ContactInfo) *pb.ContactInfo {
	return &pb.ContactInfo{
		Id:             contact.ID,
		Type:           enum[pb.ContactType]("CONTACT_TYPE_", pb.ContactType_value, contact.Type),
		State:          enum[pb.ContactState]("CONTACT_STATE_", pb.ContactState_value, contact.State),
		FullName:       contact.Name,
		GivenName:      contact.FirstName,
		MiddleName:     contact.MiddleName,
		FamilyName:     contact.LastName,
		Title:          contact.Title,
		CompanyName:    contact.CompanyName,
		Demographics:   demographicsMessage(contact.Demographics),
		CompanyProfile: profileMessage(contact.Profile),
	}
}

func demographicsMessage(known *account.Demographics) *pb.Demographics {
	if known == nil {
		return nil
	}
	return &pb.Demographics{
		Gender:                       enum[pb.Gender]("GENDER_", pb.Gender_value, known.Gender),
		IdNumber:                     known.IDNumber,
		IdNumberExpirationDate:       gtype.Date(known.IDExpires),
		PassportNumber:               known.PassportNumber,
		PassportNumberExpirationDate: gtype.Date(known.PassportExpires),
		SocialSecurityNumber:         known.SocialSecurityNumber,
		DateOfBirth:                  partialDateMessage(known.Birth),
		NameDay:                      partialDateMessage(known.NameDay),
		CountryOfResidence:           countryMessage(known.CountryOfResidence),
		IdIssuedByCountry:            countryMessage(known.IDIssuedByCountry),
		PassportIssuedByCountry:      countryMessage(known.PassportIssuedByCountry),
		Industry:                     industryMessage(known.Industry),
		IndustrySector:               sectorMessage(known.Sector),
	}
}

func partialDateMessage(d account.PartialDate) *date.Date {
	if d == (account.PartialDate{}) {
		return nil
	}
	return &date.Date{Year: d.Year, Month: d.Month, Day: d.Day}
}

func profileMessage(known *account.CompanyProfile) *pb.CompanyProfile {
	if known == nil {
		return nil
	}
	var turnover *decimal.Decimal
	if known.AnnualTurnover != nil {
		turnover = gtype.Decimal(*known.AnnualTurnover)
	}
	return &pb.CompanyProfile{
		ProfileYear:           known.Year,
		AnnualTurnover:        turnover,
		EstablishedDate:       gtype.Date(known.Established),
		NumberOfEmployees:     known.Employees,
		RegistrationNumber:    known.RegistrationNumber,
		VatRegistrationNumber: known.VATNumber,
		VatRegisteredBy:       known.VATRegisteredBy,
		VatRegistrationDate:   gtype.Date(known.VATRegistered),
		TaxReferenceNumber:    known.TaxReference,
		RegisteredInCountry:   countryMessage(known.Country),
		Industry:              industryMessage(known.Industry),
		IndustrySector:        sectorMessage(known.Sector),
	}
}

func countryMessage(country *account.Country) *pb.Country {
	if country == nil {
		return nil
	}
	message := &pb.Country{
		Id: country.ID, DisplayName: country.Name, AlternativeCode: country.AlternativeCode, DialingCode: country.DialingCode,
		TwoCharacterCode: country.TwoCharacterCode, ThreeCharacterCode: country.ThreeCharacterCode,
	}
	if flag := country.Flag; flag != nil {
		message.Flag = &pb.CountryFlag{Id: flag.ID, FileName: flag.FileName, FileContentUrl: flag.URL, FileMimeType: flag.MIMEType}
	}
	return message
}

func industryMessage(industry *account.Industry) *pb.Industry {
	if industry == nil {
		return nil
	}
	return &pb.Industry{Id: industry.ID, DisplayName: industry.Name, Code: industry.Code}
}

func sectorMessage(sector *account.IndustrySector) *pb.IndustrySector {
	if sector == nil {
		return nil
	}
	return &pb.IndustrySector{Id: sector.ID, DisplayName: sector.Name, AlternativeCode: sector.AlternativeCode}
}
