package sedona

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	pb "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// ofBill prefixes the fields of a body in violations.
const ofBill = "customer_bill."

// billFields maps the domain's names of a bill-to's fields to the vendor's.
var billFields = map[string]string{
	catalogue.FieldID: "customer_bill_id", "display_name": "bill_name", "address.company": "business_name2",
	"address.lines[0]": "address1", "address.lines[1]": "address2", "address.lines[2]": "address3",
	"details.phone": "phone1", "details.other_phone": "phone2", "details.fax": "fax", "details.county": "county",
	"details.branch_code": "branch_code", "address.city": "city", "address.state": "state", "address.postal_code": "zip", "address.region_code": "country_abbrev", "address.email": "email",
}

func inBill(err error) error {
	return reworded(err, func(field string) string { return ofBill + cmp.Or(billFields[field], field) })
}

// countries maps the vendor's abbreviations of countries to the codes of ISO 3166.
var countries = map[string]string{"": vendorsCountry, "USA": vendorsCountry, "CAN": "CA"}

// vendorsCountry is the country of an address without one.
const vendorsCountry = "US"

// abbreviation returns the vendor's abbreviation of a country. No country is the vendor's default.
func abbreviation(country string) string {
	for abbreviation, code := range countries {
		if abbreviation != "" && code == cmp.Or(country, vendorsCountry) {
			return abbreviation
		}
	}
	return country
}

// readBill reads the members of a bill-to that are kept.
func readBill(body *pb.CustomerBill) (catalogue.BillTo, error) {
	var r reader
	country := strings.ToUpper(strings.TrimSpace(body.GetCountryAbbrev()))
	region, known := countries[country]
	if !known {
		region = country
		if !catalogue.IsCountry(region) {
			r.Add("country_abbrev", reason.UnknownValue, "must be USA, CAN or two letters of ISO 3166")
		}
	}
	zip := body.GetZip()
	if extension := body.GetZipExt(); extension != "" {
		zip += "-" + extension
	}
	return catalogue.BillTo{
		ID: catalogue.BillToID(body.GetCustomerBillId()), Customer: catalogue.CustomerID(body.GetCustomerId()), DisplayName: body.GetBillName(),
		Address: catalogue.Address{
			Company: body.GetBusinessName2(), Lines: [3]string{body.GetAddress1(), body.GetAddress2(), body.GetAddress3()},
			City: body.GetCity(), State: body.GetState(), PostalCode: zip, Country: region, Email: body.GetEmail(),
		},
		Details: catalogue.BillToDetails{
			Phone: body.GetPhone1(), OtherPhone: body.GetPhone2(), Fax: body.GetFax(), County: body.GetCounty(),
			Branch:     body.GetBranchCode(),
			Commercial: catalogue.AnswerOf(body.IsCommercial), EmailInvoices: catalogue.AnswerOf(body.EmailInvoices),
		},
		Inactive: body.GetInactive(),
	}, r.Err()
}

// longestExtension is the length of the vendor's ZipExt.
const longestExtension = 10

// zipOf splits a postal code into the vendor's Zip and ZipExt. Only the United States have extensions; elsewhere a dash is part
// of the code. What would not fit the members, or could not be joined again, is not split.
func zipOf(address catalogue.Address) (zip, extension string) {
	zip, extension, split := strings.Cut(address.PostalCode, "-")
	if cmp.Or(address.Country, vendorsCountry) != vendorsCountry || !split || zip == "" || extension == "" || len(extension) > longestExtension {
		return address.PostalCode, ""
	}
	return zip, extension
}

// isCommercial and emailsInvoices return what is shown of a bill-to for which nobody said it.
func isCommercial(address catalogue.Address) bool { return address.Company != "" }

func emailsInvoices(address catalogue.Address) bool { return address.Email != "" }

// keepUnsaid leaves empty what is empty in the stored bill-to and equals what is shown for it, so that a bill-to that was read and
// is sent back stays as it is.
func keepUnsaid(wanted *catalogue.BillTo, stored catalogue.BillTo) {
	if stored.Address.Country == "" && wanted.Address.Country == vendorsCountry {
		wanted.Address.Country = ""
	}
	keep := func(answer *catalogue.Answer, stored catalogue.Answer, shown bool) {
		if stored == "" && *answer == catalogue.AnswerOf(&shown) {
			*answer = ""
		}
	}
	keep(&wanted.Details.Commercial, stored.Details.Commercial, isCommercial(wanted.Address))
	keep(&wanted.Details.EmailInvoices, stored.Details.EmailInvoices, emailsInvoices(wanted.Address))
}

func billMessage(billTo catalogue.BillTo, primary catalogue.BillToID) *pb.CustomerBill {
	address, details := billTo.Address, billTo.Details
	zip, extension := zipOf(address)
	return &pb.CustomerBill{
		CustomerBillId: new(int32(billTo.ID)), CustomerId: new(int32(billTo.Customer)), IsCommercial: cmp.Or(details.Commercial.Value(), new(isCommercial(address))),
		BillName: new(billTo.DisplayName), Address1: new(address.Lines[0]), Address2: unlessEmpty(address.Lines[1]), Address3: unlessEmpty(address.Lines[2]),
		City: new(address.City), State: new(address.State), Zip: new(zip), ZipExt: unlessEmpty(extension), CountryAbbrev: new(abbreviation(address.Country)),
		County: unlessEmpty(details.County), Phone1: unlessEmpty(details.Phone), Phone2: unlessEmpty(details.OtherPhone), Fax: unlessEmpty(details.Fax),
		Email: unlessEmpty(address.Email), IsPrimary: new(billTo.ID == primary), Inactive: new(billTo.Inactive), BranchCode: new(cmp.Or(details.Branch, catalogue.NoCode)),
		EmailInvoices: cmp.Or(details.EmailInvoices.Value(), new(emailsInvoices(address))), BusinessName2: unlessEmpty(address.Company),
	}
}

// billsOf returns the bill-tos of a customer, and the number of the first active one.
func (h *handlers) billsOf(ctx context.Context, customer catalogue.CustomerID) (all []catalogue.BillTo, primary catalogue.BillToID, err error) {
	all, err = h.catalogue.BillTos(ctx, listing.Query{Where: listing.Is("customer_id", customer), Order: []listing.Order{{Field: "name"}}})
	if active := slices.IndexFunc(all, func(b catalogue.BillTo) bool { return !b.Inactive }); active >= 0 {
		primary = all[active].ID
	}
	return all, primary, err
}

func (h *handlers) billOf(ctx context.Context, billTo catalogue.BillTo) (*pb.CustomerBill, error) {
	_, primary, err := h.billsOf(ctx, billTo.Customer)
	if err != nil {
		return nil, err
	}
	return billMessage(billTo, primary), nil
}

// GetCustomerBill reads a bill-to.
func (h *handlers) GetCustomerBill(ctx context.Context, request *pb.GetCustomerBillRequest) (*pb.GetCustomerBillResponse, error) {
	billTo, err := h.catalogue.BillTo(ctx, catalogue.BillToID(request.GetId()))
	if err != nil {
		return nil, err
	}
	message, err := h.billOf(ctx, billTo)
	return &pb.GetCustomerBillResponse{CustomerBill: message}, err
}

// ListCustomerBills lists the bill-tos of a customer.
func (h *handlers) ListCustomerBills(ctx context.Context, request *pb.ListCustomerBillsRequest) (*pb.ListCustomerBillsResponse, error) {
	if !isOption(request.GetOption(), "ByCustomerId", "ByCustomerNumber") {
		return nil, fault.InvalidField("option", reason.UnknownValue, "must be ByCustomerId or ByCustomerNumber")
	}
	all, primary, err := h.billsOf(ctx, catalogue.CustomerID(request.GetId()))
	if err != nil {
		return nil, err
	}
	response := &pb.ListCustomerBillsResponse{}
	for _, billTo := range all {
		response.CustomerBills = append(response.CustomerBills, billMessage(billTo, primary))
	}
	return response, nil
}

// CreateCustomerBill creates a bill-to.
func (h *handlers) CreateCustomerBill(ctx context.Context, request *pb.CreateCustomerBillRequest) (*pb.CreateCustomerBillResponse, error) {
	wanted, err := readBill(request.GetCustomerBill())
	if err != nil {
		return nil, inBill(err)
	}
	created, err := h.catalogue.CreateBillTo(ctx, wanted)
	if errors.Is(err, mutation.ErrTaken) {
		return nil, fault.Wrap(err, fault.AlreadyExists, reason.AlreadyExists, "the number of bill-to %d is taken", wanted.ID)
	}
	if err != nil {
		return nil, inBill(err)
	}
	message, err := h.billOf(ctx, created)
	return &pb.CreateCustomerBillResponse{CustomerBill: message}, err
}

// UpdateCustomerBill replaces a bill-to.
func (h *handlers) UpdateCustomerBill(ctx context.Context, request *pb.UpdateCustomerBillRequest) (*pb.UpdateCustomerBillResponse, error) {
	id, body := catalogue.BillToID(request.GetId()), request.GetCustomerBill()
	wanted, err := readBill(body)
	if err != nil {
		return nil, inBill(err)
	}
	_, err = h.catalogue.UpdateBillTo(ctx, id, "", func(b *catalogue.BillTo) error {
		var v fault.Violations
		if wanted.ID != id {
			v.Add(catalogue.FieldID, reason.IDMismatch, "must be the id of the bill-to to change")
		}
		if wanted.Customer != b.Customer {
			v.Add("customer_id", reason.IDMismatch, "must be the customer of the bill-to")
		}
		replacement := wanted // the mutation can be tried again
		keepUnsaid(&replacement, *b)
		b.DisplayName, b.Address, b.Details, b.Inactive = replacement.DisplayName, replacement.Address, replacement.Details, replacement.Inactive
		return v.Err()
	})
	if err != nil {
		return nil, inBill(err)
	}
	return &pb.UpdateCustomerBillResponse{}, nil
}
