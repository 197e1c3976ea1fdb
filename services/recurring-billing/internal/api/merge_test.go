package api

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/fieldmask"
)

// The protos determine which fields an update can change. Handlers must read back exactly those.
func TestUpdateChangesChangeableFields(t *testing.T) {
	for _, of := range []struct {
		message    proto.Message
		changeable string
	}{
		{&pb.Item{}, "description taxable default_rate default_cost category_code non_deferred_income sales_item service_item inactive"},
		{&pb.BillTo{}, "display_name address details inactive"},
		{&pb.MasterAccount{}, "description customer_id bill_to inactive sub_accounts_billed"},
		{&pb.RecurringLine{}, "bill_to item master_item master_account bill_cycle description memo billing_timing job_code branch_code"},
		{&pb.BillingProfile{}, "display_name address tax_id payment_terms payment_days proration cycle_beginning paper_size"},
		{&pb.RateIncrease{}, "note line_filter excluded_lines percent amount override minimum_increase maximum_increase round_to effective_date at_next_cycle_date reason_code"},
		{&pb.BillingSchedule{}, "enabled day_of_month time_zone bill_cycles leave_drafts"},
	} {
		var got []string
		fields := of.message.ProtoReflect().Descriptor().Fields()
		for i := range fields.Len() {
			name := string(fields.Get(i).Name())
			sent := of.message.ProtoReflect().New()
			fill(sent, fields.Get(i))
			if _, err := fieldmask.Merge(of.message, sent.Interface(), &fieldmaskpb.FieldMask{Paths: []string{name}}); err == nil {
				got = append(got, name)
			}
		}
		want := strings.Fields(of.changeable)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%T: updates change %v, want %v", of.message, got, want)
		}
	}
}

// fill gives a field a value that is not its default.
func fill(message protoreflect.Message, field protoreflect.FieldDescriptor) {
	switch {
	case field.IsList() && field.Message() != nil:
		message.Mutable(field).List().AppendMutable()
	case field.IsList() && field.Kind() == protoreflect.StringKind:
		message.Mutable(field).List().Append(protoreflect.ValueOfString("x"))
	case field.IsList():
		message.Mutable(field).List().Append(protoreflect.ValueOfEnum(1))
	case field.Message() != nil:
		fill(message.Mutable(field).Message(), field.Message().Fields().Get(0))
	case field.Kind() == protoreflect.BoolKind:
		message.Set(field, protoreflect.ValueOfBool(true))
	case field.Kind() == protoreflect.EnumKind:
		message.Set(field, protoreflect.ValueOfEnum(1))
	case field.Kind() == protoreflect.StringKind:
		message.Set(field, protoreflect.ValueOfString("x"))
	case field.Kind() == protoreflect.Int32Kind:
		message.Set(field, protoreflect.ValueOfInt32(1))
	default:
		message.Set(field, protoreflect.ValueOfInt64(1))
	}
}
