// Package api serves the native API, continuo.recurringbilling.v1. It translates between messages and the domain and
// decides nothing.
package api

import (
	"strconv"
	"strings"

	"google.golang.org/genproto/googleapis/type/date"
	moneypb "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	calendar "github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/page"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
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
	pb.UnimplementedBillingProfileServiceServer
	pb.UnimplementedInsightServiceServer
	Services
	sealer aip.Sealer
}

// Services are what the native API can do.
type Services struct {
	Catalogue   *catalogue.Service
	Lines       *line.Service
	Invoices    *invoice.Service
	Documents   *invoice.DocumentService
	Receivables *receivables.Service
	Runs        *run.Service
	Revenue     *revenue.Service
}

// Register adds the native API of services to a gRPC server. sealer seals the page tokens of their lists.
func Register(registrar grpc.ServiceRegistrar, services Services, sealer aip.Sealer) {
	h := &handlers{Services: services, sealer: sealer}
	pb.RegisterItemServiceServer(registrar, h)
	pb.RegisterBillToServiceServer(registrar, h)
	pb.RegisterMasterAccountServiceServer(registrar, h)
	pb.RegisterRecurringLineServiceServer(registrar, h)
	pb.RegisterCycleRunServiceServer(registrar, h)
	pb.RegisterInvoiceServiceServer(registrar, h)
	pb.RegisterBillingScheduleServiceServer(registrar, h)
	pb.RegisterCreditNoteServiceServer(registrar, h)
	pb.RegisterBillingProfileServiceServer(registrar, h)
	pb.RegisterInsightServiceServer(registrar, h)
}

// Collections, the first parts of resource names.
const (
	items          = "items/"
	billTos        = "billTos/"
	masterAccounts = "masterAccounts/"
	recurringLines = "recurringLines/"
)

// code is the code that a resource name ends in, empty for an empty name.
func code[C ~string](collection, name string) C { return C(strings.TrimPrefix(name, collection)) }

// codeName is the name of the resource of a code, empty for no code.
func codeName[C ~string](collection string, code C) string {
	if code == "" {
		return ""
	}
	return collection + string(code)
}

// numberName is the name of the resource of a number, empty for 0.
func numberName[N ~int32](collection string, number N) string {
	if number == 0 {
		return ""
	}
	return collection + strconv.Itoa(int(number))
}

// number is the number that a resource name ends in, 0 for an empty one. What is no number of 32 bits is false.
func number[N ~int32](collection, name string) (N, bool) {
	text := strings.TrimPrefix(name, collection)
	if text == "" {
		return 0, true
	}
	value, err := strconv.ParseInt(text, 10, 32)
	return N(value), err == nil && value > 0
}

// reader reads the fields of a message into the domain's values, and collects those that do not fit.
type reader struct{ fault.Violations }

func readNumber[N ~int32](r *reader, field, collection, name string) N {
	value, ok := number[N](collection, name)
	if !ok {
		r.Add(field, reason.OutOfRange, "must be a number from 1 to 2147483647")
	}
	return value
}

func (r *reader) amount(field string, m *moneypb.Money) money.Amount {
	if m == nil {
		return money.Amount{}
	}
	value, currency, err := gtype.FromMoney(m)
	if err != nil {
		r.Add(field, reason.InvalidAmount, "%v", err)
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

// sumMessage is a sum of amounts, or the most that a message holds where it is more.
func sumMessage(sum money.Sum, currency money.Currency) *moneypb.Money {
	units, nanos, _ := currency.Units(sum)
	return &moneypb.Money{CurrencyCode: string(currency), Units: units, Nanos: nanos}
}

func timestamps(r mutation.Revision) (created, updated *timestamppb.Timestamp) {
	return timestamppb.New(r.Created), timestamppb.New(r.Updated)
}

// words are how the native API says what the domain says of fields that are written otherwise on each face.
var words = map[reason.Reason]string{
	reason.UnknownBillCycle: "must be one of BILL_CYCLE_MONTHLY, BILL_CYCLE_QUARTERLY, BILL_CYCLE_SEMIANNUAL, BILL_CYCLE_ANNUAL",
}

// inResource renames the fields of a violation to those of a create or update request: the resource's field, the
// resource for none, and beside it the id's.
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

// pageRequest is what all list requests have in common.
type pageRequest interface {
	GetPageSize() int32
	GetPageToken() string
}

// list reads one page of resources, which are listed by number, and the token of the next.
func list[N ~int32, R, M any](request pageRequest, read func(after N, limit int) ([]R, error), numberOf func(R) N, message func(R) (*M, error)) ([]*M, string, error) {
	var after N
	if err := page.Decode(request.GetPageToken(), &after); err != nil {
		return nil, "", err
	}
	size := page.Size(request.GetPageSize())
	resources, err := read(after, size+1)
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(resources) > size {
		resources = resources[:size]
		if next, err = page.Encode(numberOf(resources[size-1])); err != nil {
			return nil, "", err
		}
	}
	messages := make([]*M, len(resources))
	for i, resource := range resources {
		if messages[i], err = message(resource); err != nil {
			return nil, "", err
		}
	}
	return messages, next, nil
}
