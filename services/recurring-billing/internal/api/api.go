// Package api serves the native API, continuo.recurringbilling.v1. It only translates between
// messages and the domain.
package api

import (
	"google.golang.org/genproto/googleapis/type/date"
	moneypb "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/changes"
	calendar "github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/increase"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/receivables"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/revenue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

type handlers struct {
	pb.UnimplementedItemServiceServer
	pb.UnimplementedBillToServiceServer
	pb.UnimplementedMasterAccountServiceServer
	pb.UnimplementedRecurringLineServiceServer
	pb.UnimplementedCycleRunServiceServer
	pb.UnimplementedInvoiceServiceServer
	pb.UnimplementedBillingScheduleServiceServer
	pb.UnimplementedCreditNoteServiceServer
	pb.UnimplementedChargeServiceServer
	pb.UnimplementedRateIncreaseServiceServer
	pb.UnimplementedBillingProfileServiceServer
	pb.UnimplementedRevenueServiceServer
	Services
	sealer  aip.Sealer
	changes changes.Tokens
}

// Services holds the domain services behind the native API.
type Services struct {
	Catalogue   *catalogue.Service
	Lines       *line.Service
	Charges     *charge.Service
	Increases   *increase.Service
	Invoices    *invoice.Service
	Documents   *invoice.DocumentService
	Receivables *receivables.Service
	Runs        *run.Service
	Revenue     *revenue.Service
}

// Register registers the native API on a gRPC server. sealer seals the page tokens of lists; tokens
// formats positions in the change feed.
func Register(registrar grpc.ServiceRegistrar, services Services, sealer aip.Sealer, tokens changes.Tokens) {
	h := &handlers{Services: services, sealer: sealer, changes: tokens}
	pb.RegisterItemServiceServer(registrar, h)
	pb.RegisterBillToServiceServer(registrar, h)
	pb.RegisterMasterAccountServiceServer(registrar, h)
	pb.RegisterRecurringLineServiceServer(registrar, h)
	pb.RegisterCycleRunServiceServer(registrar, h)
	pb.RegisterInvoiceServiceServer(registrar, h)
	pb.RegisterBillingScheduleServiceServer(registrar, h)
	pb.RegisterCreditNoteServiceServer(registrar, h)
	pb.RegisterChargeServiceServer(registrar, h)
	pb.RegisterRateIncreaseServiceServer(registrar, h)
	pb.RegisterBillingProfileServiceServer(registrar, h)
	pb.RegisterRevenueServiceServer(registrar, h)
}

// reader converts the fields of a message to domain values and collects violations.
type reader struct{ fault.Violations }

func (r *reader) amount(field string, m *moneypb.Money) money.Amount {
	if m == nil {
		return money.Amount{}
	}
	value, currency, err := gtype.FromMoney(m)
	if err != nil {
		r.Add(field, reason.InvalidAmount, "%v", err)
	} else if currency == "" && !value.IsZero() {
		r.Add(field, reason.InvalidAmount, "must have a currency")
	}
	return money.Amount{Value: value, Currency: money.Currency(currency)}
}

func (r *reader) date(field string, d *date.Date) calendar.Date {
	value, err := gtype.FromDate(d)
	if err != nil {
		r.Add(field, reason.InvalidDate, "%v", err)
	}
	return value
}

func amountMessage(amount money.Amount) (*moneypb.Money, error) {
	if amount.IsZero() {
		return nil, nil
	}
	return gtype.Money(amount.Value, string(amount.Currency))
}

// sumMessage converts a sum to a message. A sum that does not fit becomes the largest value that
// does.
func sumMessage(sum money.Sum, currency money.Currency) *moneypb.Money {
	units, nanos, _ := currency.Units(sum)
	return &moneypb.Money{CurrencyCode: string(currency), Units: units, Nanos: nanos}
}

func timestamps(r mutation.Revision) (created, updated *timestamppb.Timestamp) {
	return timestamppb.New(r.Created), timestamppb.New(r.Updated)
}

// words maps domain reasons to descriptions in the terms of the native API.
var words = map[reason.Reason]string{
	reason.UnknownBillCycle: "must be one of BILL_CYCLE_MONTHLY, BILL_CYCLE_QUARTERLY, BILL_CYCLE_SEMIANNUAL, BILL_CYCLE_ANNUAL",
}

// inResource renames the fields of a violation to those of a create or update request. The fields
// of the resource get its name as a prefix. No field becomes the resource itself, and the id stays
// beside it.
func inResource(err error, one string) error {
	if fault, ok := requestFault(err); ok {
		return fault
	}
	return fault.Rename(fault.Reword(err, words), func(field string) string {
		switch field {
		case "":
			return one
		case catalogue.FieldID:
			return one + "_id"
		}
		return one + "." + field
	})
}
