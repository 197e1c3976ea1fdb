package api

import (
	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/books"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
)

func formerBillToMessage(f invoice.FormerBillTo) *pb.FormerBillTo {
	return &pb.FormerBillTo{
		BillTo: billToNames.Format(f.BillTo), Ordinal: int32(f.Ordinal), LastInvoice: f.Last.Invoice,
		LastCreditNote: int32(f.Last.CreditNote), DisplayName: f.DisplayName, Address: addressMessage(f.Address),
	}
}

func formerProfileMessage(f invoice.FormerProfile) (*pb.FormerBillingProfile, error) {
	message := &pb.FormerBillingProfile{
		Ordinal: int32(f.Ordinal), LastInvoice: f.Last.Invoice, LastCreditNote: int32(f.Last.CreditNote),
	}
	if f.Profile.Unset() {
		return message, nil
	}
	profile, err := profileMessage(f.Profile)
	if err != nil {
		return nil, err
	}
	profile.Etag = "" // a former profile cannot be changed
	message.Profile = profile
	return message, nil
}

func readFormerBillTo(m *pb.FormerBillTo) (books.Resource, error) {
	var r reader
	former := invoice.FormerBillTo{
		BillTo: readNumber[catalogue.BillToID](&r, "bill_to", billToNames, m.GetBillTo()), Ordinal: int(m.GetOrdinal()),
		Last:        invoice.Issued{Invoice: m.GetLastInvoice(), CreditNote: invoice.CreditNoteID(m.GetLastCreditNote())},
		DisplayName: m.GetDisplayName(), Address: readAddress(m.GetAddress()),
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return readChecked("", m, former)
}

func readFormerProfile(m *pb.FormerBillingProfile) (books.Resource, error) {
	var r reader
	former := invoice.FormerProfile{
		Ordinal: int(m.GetOrdinal()),
		Last:    invoice.Issued{Invoice: m.GetLastInvoice(), CreditNote: invoice.CreditNoteID(m.GetLastCreditNote())},
	}
	if m.GetProfile() != nil {
		former.Profile = readProfile(&r, m.GetProfile())
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return readChecked("", m, former)
}
