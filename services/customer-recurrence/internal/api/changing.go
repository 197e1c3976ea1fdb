package api

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/fieldmask"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
)

// changing serves quotes and changes.
type changing struct {
	customerrecurrencev1.UnimplementedRecurrenceChangeServiceServer
	service *recurrence.Service
	sealer  aip.Sealer
}

// QuoteRecurrence says what a change would do.
func (h *changing) QuoteRecurrence(ctx context.Context, request *customerrecurrencev1.QuoteRecurrenceRequest) (*customerrecurrencev1.QuoteRecurrenceResponse, error) {
	ask, err := askOf(request)
	if err != nil {
		return nil, err
	}
	quote, err := h.service.Quote(ctx, ask)
	if err != nil {
		return nil, err
	}
	return quoteMessage(quote)
}

// ChangeRecurrence makes a change or schedules it.
func (h *changing) ChangeRecurrence(ctx context.Context, request *customerrecurrencev1.ChangeRecurrenceRequest) (*customerrecurrencev1.ChangeRecurrenceResponse, error) {
	quoted := request.GetQuote() != ""
	switch {
	case quoted && (request.GetRecurrence() != nil || request.GetTiming() != 0 || len(request.GetUpdateMask().GetPaths()) > 0):
		return nil, fault.InvalidField("quote", reason.Ambiguous, "says what to change and when: leave recurrence, update_mask and timing out")
	case !quoted && request.GetRecurrence() == nil:
		return nil, fault.InvalidField("recurrence", reason.Required, "must be given, or a quote")
	}
	ask, err := askOf(request)
	if err != nil {
		return nil, err
	}
	ask.Note, ask.Quote = request.GetNote(), request.GetQuote()
	changed, err := h.service.Ask(ctx, ask)
	if err != nil {
		return nil, err
	}
	message := &customerrecurrencev1.ChangeRecurrenceResponse{Recurrence: recurrenceMessage(changed.Recurrence)}
	if changed.Change != nil {
		message.Change = changeMessage(*changed.Change)
	}
	if changed.Scheduled != nil {
		message.ScheduledChange = scheduledMessage(*changed.Scheduled)
	}
	return message, nil
}

// asking is what the requests of a quote and of a change have.
type asking interface {
	GetName() string
	GetRecurrence() *customerrecurrencev1.Recurrence
	GetUpdateMask() *fieldmaskpb.FieldMask
	GetTiming() customerrecurrencev1.ChangeTiming
}

func askOf(request asking) (recurrence.Ask, error) {
	key, err := recurrenceKey("name", request.GetName())
	sent, mask := request.GetRecurrence(), request.GetUpdateMask()
	return recurrence.Ask{
		Update: recurrence.Update{Key: key, Etag: sent.GetEtag(), Revise: revision(sent, mask), Requested: requested(mask)},
		Offer:  recurrence.Offer{Price: !sets(mask, "price", sent.GetPrice() != nil), Services: !sets(mask, "services", len(sent.GetServices()) > 0)},
		AtEnd:  request.GetTiming() == customerrecurrencev1.ChangeTiming_CHANGE_TIMING_PERIOD_END,
	}, err
}

// sets reports whether an update sets a field or a part of it, which was sent or not.
func sets(mask *fieldmaskpb.FieldMask, field string, sent bool) bool {
	paths := mask.GetPaths()
	return len(paths) == 0 && sent || slices.ContainsFunc(paths, func(path string) bool {
		return path == "*" || path == field || strings.HasPrefix(path, field+".")
	})
}

// revision returns the function that applies an update to a recurrence.
func revision(sent *customerrecurrencev1.Recurrence, mask *fieldmaskpb.FieldMask) func(*recurrence.Recurrence, *fault.Violations) error {
	return func(r *recurrence.Recurrence, _ *fault.Violations) error {
		merged, err := fieldmask.Merge(recurrenceMessage(*r), sent, mask)
		if err != nil {
			return err
		}
		return readRecurrence(merged, r)
	}
}

// requested tells which fields with a place in the catalogue an update sets.
func requested(mask *fieldmaskpb.FieldMask) recurrence.Requested {
	return recurrence.Requested{Package: slices.Contains(mask.GetPaths(), "package_id"), Services: slices.Contains(mask.GetPaths(), "services")}
}

func quoteMessage(quote recurrence.Quote) (*customerrecurrencev1.QuoteRecurrenceResponse, error) {
	credit, charge, err := recurrence.Sums(quote.Lines)
	if err != nil {
		return nil, err
	}
	difference := quote.Difference
	message := &customerrecurrencev1.QuoteRecurrenceResponse{
		QuoteId: quote.ID, Quote: quote.Token, ExpireTime: timestamppb.New(quote.Expires), EffectiveDate: gtype.Date(quote.Day),
		Change: changeMessage(recurrence.Change{Difference: difference, Lines: quote.Lines, Quote: quote.ID}),
		Credit: amountMessage(credit, difference.OldCurrency), Charge: amountMessage(charge, difference.NewCurrency),
	}
	message.Change.Name, message.Change.CreateTime = "", nil
	if difference.SameCurrency() {
		total, err := charge.Sub(credit)
		if err != nil {
			return nil, err
		}
		message.Total = amountMessage(total, difference.NewCurrency)
	}
	return message, nil
}

func lineMessage(line recurrence.Line) *customerrecurrencev1.ChangeLine {
	return &customerrecurrencev1.ChangeLine{
		Credit: line.Credit, PackageId: line.PackageID, Price: amountMessage(line.Price, line.Currency),
		StartDate: gtype.Date(line.Start), EndDate: gtype.Date(line.End),
		PeriodStartDate: gtype.Date(line.PeriodStart), PeriodEndDate: gtype.Date(line.PeriodEnd), Amount: amountMessage(line.Amount, line.Currency),
	}
}

// lineOf parses a line of an imported change.
func lineOf(at string, m *customerrecurrencev1.ChangeLine) (line recurrence.Line, err error) {
	line = recurrence.Line{Credit: m.GetCredit(), PackageID: m.GetPackageId()}
	if line.Price, line.Currency, err = amount(at+"price", m.GetPrice()); err != nil {
		return line, err
	}
	if line.Amount, _, err = amount(at+"amount", m.GetAmount()); err != nil {
		return line, err
	}
	if line.Start, err = day(at+"start_date", m.GetStartDate()); err != nil {
		return line, err
	}
	if line.End, err = day(at+"end_date", m.GetEndDate()); err != nil {
		return line, err
	}
	if line.PeriodStart, err = day(at+"period_start_date", m.GetPeriodStartDate()); err != nil {
		return line, err
	}
	line.PeriodEnd, err = day(at+"period_end_date", m.GetPeriodEndDate())
	return line, err
}
