package api

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/books"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
)

const billingProfile = "billingProfile"

func creditNoteMessage(n invoice.CreditNote) (*pb.CreditNote, error) {
	message := &pb.CreditNote{
		Name: creditNoteNames.Format(n.ID), Invoice: invoiceNames.Format(n.Invoice), InvoiceNumber: n.InvoiceNumber,
		BillTo: billToNames.Format(n.BillTo), CustomerId: int32(n.Customer), IssueDate: gtype.Date(n.IssueDate),
		Reason: n.Reason, CreateTime: timestamppb.New(n.Created), Etag: n.Etag(),
	}
	var err error
	if message.Total, err = minorMessage(n.Total, n.Currency); err != nil {
		return nil, err
	}
	for _, item := range n.Items {
		amount, err := minorMessage(item.Amount, n.Currency)
		if err != nil {
			return nil, err
		}
		message.Items = append(message.Items, &pb.CreditNoteItem{
			InvoiceItem: int32(item.Position), Description: item.Description, Amount: amount,
		})
	}
	return message, nil
}

// CreateCreditNote credits all or part of an invoice.
func (h *handlers) CreateCreditNote(ctx context.Context, request *pb.CreateCreditNoteRequest) (*pb.CreditNote, error) {
	const field = "credit_note"
	var r reader
	sent := request.GetCreditNote()
	credit := invoice.Credit{Invoice: readID[invoice.ID](&r, "invoice", invoiceNames, sent.GetInvoice()), Reason: sent.GetReason(), Total: r.amount("total", sent.GetTotal())}
	for i, item := range sent.GetItems() {
		credit.Items = append(credit.Items, invoice.CreditItem{
			Position: int(item.GetInvoiceItem()), Amount: r.amount(fmt.Sprintf("items[%d].amount", i), item.GetAmount()),
		})
	}
	if err := r.Err(); err != nil {
		return nil, inResource(err, field)
	}
	note, err := h.Invoices.CreateCreditNote(ctx, credit)
	if err != nil {
		return nil, inResource(err, field)
	}
	return creditNoteMessage(note)
}

// GetCreditNote reads a credit note.
func (h *handlers) GetCreditNote(ctx context.Context, request *pb.GetCreditNoteRequest) (*pb.CreditNote, error) {
	id, err := resourcename.Number[invoice.CreditNoteID](creditNoteNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	note, err := h.Invoices.CreditNote(ctx, id)
	if err != nil {
		return nil, err
	}
	return creditNoteMessage(note)
}

// ListCreditNotes lists credit notes.
func (h *handlers) ListCreditNotes(ctx context.Context, request *pb.ListCreditNotesRequest) (*pb.ListCreditNotesResponse, error) {
	found, next, err := aip.List(ctx, h.sealer, creditNoteList, request, h.Invoices.CreditNotes, creditNoteMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListCreditNotesResponse{CreditNotes: found, NextPageToken: next}, nil
}

func profileMessage(p invoice.Profile) (*pb.BillingProfile, error) {
	message := &pb.BillingProfile{
		Name: billingProfile, DisplayName: p.DisplayName, Address: addressMessage(p.Address), TaxId: p.TaxID,
		PaymentTerms: p.PaymentTerms, PaymentDays: int32(p.PaymentDays), Etag: p.Etag(),
		Proration: prorationMessages[p.Proration], ProrationFrom: gtype.Date(p.ProrationFrom),
	}
	message.PaperSize = paperMessages[p.Paper]
	for _, former := range p.FormerProrations {
		message.FormerProrations = append(message.FormerProrations, &pb.ProrationChoice{Proration: prorationMessages[former.Method], FromDate: gtype.Date(former.From)})
	}
	message.CycleBeginning = pb.CycleBeginning_CYCLE_BEGINNING_DAY_OF_SERVICE
	if p.FirstOfMonth {
		message.CycleBeginning = pb.CycleBeginning_CYCLE_BEGINNING_FIRST_OF_MONTH
	}
	if p.Version > 0 {
		message.UpdateTime = timestamppb.New(p.Updated)
	}
	return message, nil
}

var prorations = map[pb.Proration]billing.Method{
	pb.Proration_PRORATION_BY_MONTH:  billing.ByMonth,
	pb.Proration_PRORATION_BY_PERIOD: billing.ByPeriod,
}

var prorationMessages = inverse(prorations)

var paperMessages = map[invoice.Paper]pb.PaperSize{invoice.A4: pb.PaperSize_PAPER_SIZE_A4, invoice.Letter: pb.PaperSize_PAPER_SIZE_LETTER}

// papers maps sizes of pages to the domain; no size is A4.
var papers = inverse(paperMessages)

func readProfile(r *reader, m *pb.BillingProfile) invoice.Profile {
	profile := invoice.Profile{
		DisplayName: m.GetDisplayName(), Address: readAddress(m.GetAddress()), TaxID: m.GetTaxId(), PaymentTerms: m.GetPaymentTerms(),
		PaymentDays: int(m.GetPaymentDays()), Proration: prorations[m.GetProration()], ProrationFrom: r.date("proration_from", m.GetProrationFrom()),
		Paper:        papers[m.GetPaperSize()],
		FirstOfMonth: m.GetCycleBeginning() == pb.CycleBeginning_CYCLE_BEGINNING_FIRST_OF_MONTH,
	}
	for i, former := range m.GetFormerProrations() {
		profile.FormerProrations = append(profile.FormerProrations, billing.ProrationChoice{
			Method: prorations[former.GetProration()], From: r.date(fmt.Sprintf("former_prorations[%d].from_date", i), former.GetFromDate()),
		})
	}
	return profile
}

// readWholeProfile reads a profile that is imported.
func readWholeProfile(m *pb.BillingProfile) (books.Resource, error) {
	var r reader
	profile := readProfile(&r, m)
	if err := r.Err(); err != nil {
		return nil, err
	}
	return readChecked("billing_profile", &pb.UpdateBillingProfileRequest{BillingProfile: m}, profile)
}

// GetBillingProfile reads the billing profile.
func (h *handlers) GetBillingProfile(ctx context.Context, _ *pb.GetBillingProfileRequest) (*pb.BillingProfile, error) {
	profile, err := h.Documents.Profile(ctx)
	if err != nil {
		return nil, err
	}
	return profileMessage(profile)
}
