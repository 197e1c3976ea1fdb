package api

import (
	"strconv"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/platform/resourcename/protoname"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// How the names of the resources are written.
var (
	itemNames       = protoname.Of(&pb.Item{})
	billToNames     = protoname.Of(&pb.BillTo{})
	masterNames     = protoname.Of(&pb.MasterAccount{})
	lineNames       = protoname.Of(&pb.RecurringLine{})
	runNames        = protoname.Of(&pb.CycleRun{})
	invoiceNames    = protoname.Of(&pb.Invoice{})
	creditNoteNames = protoname.Of(&pb.CreditNote{})
)

// readNumber is the number in the name of a resource, 0 where there is no name.
func readNumber[N ~int32](r *reader, field string, names resourcename.Pattern, name string) N {
	number, err := resourcename.Number[N](names.Optional(), field, name)
	r.collect(err)
	return number
}

// readID is the id in the name of a resource, empty where there is no name.
func readID[ID ~string](r *reader, field string, names resourcename.Pattern, name string) ID {
	id, err := resourcename.ID[ID](names.Optional(), field, name)
	r.collect(err)
	return id
}

// named is the number in the name of an imported resource, which must have one.
func named[N ~int32](r *reader, names resourcename.Pattern, name string) N {
	number, err := resourcename.Number[N](names, "name", name)
	r.collect(err)
	return number
}

// chosenNumber is the number that a caller chose for a new resource, 0 for none.
func chosenNumber[N ~int32](r *reader, id string) N {
	number, err := strconv.ParseInt(id, 10, 32)
	if id != "" && (err != nil || number < 1) {
		r.Add(catalogue.FieldID, reason.OutOfRange, "must be a number from 1 to 2147483647")
	}
	return N(number)
}

// chosenID is the id that a caller chose for a new resource, empty for none.
func chosenID[ID ~string](r *reader, id string) ID {
	if id == "" {
		return ""
	}
	chosen, err := resourcename.ParseID(catalogue.FieldID, id)
	r.collect(err)
	return ID(chosen)
}

// collect keeps the violations of a name that cannot be read: it is nothing else than Invalid.
func (r *reader) collect(err error) { _ = r.Collect(err) }
