package api

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
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
		{&pb.BillTo{}, "display_name address"},
		{&pb.MasterAccount{}, "description customer_id bill_to inactive sub_accounts_billed"},
		{&pb.RecurringLine{}, "bill_to item master_item master_account bill_cycle description memo"},
		{&pb.BillingProfile{}, "display_name address tax_id payment_terms payment_days"},
		{&pb.BillingSchedule{}, "enabled day_of_month time_zone bill_cycles leave_drafts"},
	} {
		var got []string
		fields := of.message.ProtoReflect().Descriptor().Fields()
		for i := range fields.Len() {
			name := string(fields.Get(i).Name())
			if _, err := fieldmask.Merge(of.message, of.message, &fieldmaskpb.FieldMask{Paths: []string{name}}); err == nil {
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
