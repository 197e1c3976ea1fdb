package api

import (
	"strconv"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/platform/resourcename/protoname"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// Patterns of the resource names.
var (
	itemNames       = protoname.Of(&pb.Item{})
	billToNames     = protoname.Of(&pb.BillTo{})
	masterNames     = protoname.Of(&pb.MasterAccount{})
	lineNames       = protoname.Of(&pb.RecurringLine{})
	runNames        = protoname.Of(&pb.CycleRun{})
	chargeNames     = protoname.Of(&pb.Charge{})
	increaseNames   = protoname.Of(&pb.RateIncrease{})
	raisedNames     = protoname.Of(&pb.RateIncreaseLine{})
	invoiceNames    = protoname.Of(&pb.Invoice{})
	creditNoteNames = protoname.Of(&pb.CreditNote{})
)

// readNumber returns the number in a resource name, or 0 if the name is empty.
func readNumber[N ~int32](r *reader, field string, names resourcename.Pattern, name string) N {
	number, err := resourcename.Number[N](names.Optional(), field, name)
	r.collect(err)
	return number
}

// readID returns the id in a resource name, or an empty id if the name is empty.
func readID[ID ~string](r *reader, field string, names resourcename.Pattern, name string) ID {
	id, err := resourcename.ID[ID](names.Optional(), field, name)
	r.collect(err)
	return id
}

// named returns the number in the name of an imported resource. The name is required.
func named[N ~int32](r *reader, names resourcename.Pattern, name string) N {
	number, err := resourcename.Number[N](names, "name", name)
	r.collect(err)
	return number
}

// chosenNumber returns the number that a caller chose for a new resource, or 0 for none.
func chosenNumber[N ~int32](r *reader, id string) N {
	number, err := strconv.ParseInt(id, 10, 32)
	if id != "" && (err != nil || number < 1) {
		r.Add(catalogue.FieldID, reason.OutOfRange, "must be a number from 1 to 2147483647")
	}
	return N(number)
}

// chosenID returns the id that a caller chose for a new resource, or an empty id for none.
func chosenID[ID ~string](r *reader, id string) ID {
	if id == "" {
		return ""
	}
	chosen, err := resourcename.ParseID(catalogue.FieldID, id)
	r.collect(err)
	return ID(chosen)
}

// collect adds the violations in the error of a name that cannot be parsed. Such an error is always
// an Invalid fault.
func (r *reader) collect(err error) { _ = r.Collect(err) }
