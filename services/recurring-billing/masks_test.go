package recurringbilling_test

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
)

func TestUpdateWithoutMaskRejectsImmutableFields(t *testing.T) {
	f := open(t, true)
	line := func(line *native.RecurringLine, paths ...string) error {
		line.Name = "recurringLines/1"
		_, err := f.lines.UpdateRecurringLine(t.Context(), &native.UpdateRecurringLineRequest{RecurringLine: line, UpdateMask: mask(paths...)})
		return err
	}
	f.unchanged(t, func() {
		wantFaults(t, line(&native.RecurringLine{MonthlyAmount: usd(1, 0), EndDate: day(2027, 1, 1), Memo: "x"}),
			"recurring_line.end_date IMMUTABLE_FIELD", "recurring_line.monthly_amount IMMUTABLE_FIELD")
		wantFaults(t, line(&native.RecurringLine{SiteId: 77, Item: "items/RMR-MON", BillCycle: native.BillCycle_BILL_CYCLE_MONTHLY}, "*"),
			"recurring_line.site_id IMMUTABLE_FIELD")
		wantFaults(t, line(&native.RecurringLine{Memo: ""}), "recurring_line NOTHING_TO_CHANGE")
		wantFaults(t, line(f.line(t, "recurringLines/1"), "nothing"), "update_mask UNKNOWN_FIELD")
		_, err := f.items.UpdateItem(t.Context(), &native.UpdateItemRequest{Item: &native.Item{Name: "items/RMR-MON", Number: 99}})
		wantFaults(t, err, "item.number IMMUTABLE_FIELD")
		_, err = f.billTos.UpdateBillTo(t.Context(), &native.UpdateBillToRequest{BillTo: &native.BillTo{Name: "billTos/1"}})
		wantFaults(t, err, "bill_to NOTHING_TO_CHANGE")
		_, err = f.masters.UpdateMasterAccount(t.Context(), &native.UpdateMasterAccountRequest{MasterAccount: &native.MasterAccount{Name: "masterAccounts/MASTER-1"}})
		wantFaults(t, err, "master_account NOTHING_TO_CHANGE")
	})
}

func TestUpdateToSameValuesChangesNothing(t *testing.T) {
	f := open(t, true)
	line := f.line(t, "recurringLines/1")
	f.unchanged(t, func() {
		for _, paths := range [][]string{nil, {"*"}, {"memo", "item"}} {
			got := must(f.lines.UpdateRecurringLine(t.Context(), &native.UpdateRecurringLineRequest{RecurringLine: line, UpdateMask: mask(paths...)}))(t)
			if diff := gocmp.Diff(line, got, protocmp.Transform()); diff != "" {
				t.Errorf("%v (-read +answered):\n%s", paths, diff)
			}
		}
		item := must(f.items.GetItem(t.Context(), &native.GetItemRequest{Name: "items/RMR-MON"}))(t)
		must(f.items.UpdateItem(t.Context(), &native.UpdateItemRequest{Item: item}))(t)
		billTo := must(f.billTos.GetBillTo(t.Context(), &native.GetBillToRequest{Name: "billTos/1"}))(t)
		must(f.billTos.UpdateBillTo(t.Context(), &native.UpdateBillToRequest{BillTo: billTo}))(t)
		master := must(f.masters.GetMasterAccount(t.Context(), &native.GetMasterAccountRequest{Name: "masterAccounts/MASTER-1"}))(t)
		must(f.masters.UpdateMasterAccount(t.Context(), &native.UpdateMasterAccountRequest{MasterAccount: master}))(t)
		if err := f.put(t, 1, minimal()); err != nil {
			t.Error(err)
		}
	})
}

func TestUpdateBillingScheduleByMask(t *testing.T) {
	f := open(t, true)
	set := func(schedule *native.BillingSchedule, paths ...string) (*native.BillingSchedule, error) {
		return f.schedules.UpdateBillingSchedule(t.Context(), &native.UpdateBillingScheduleRequest{BillingSchedule: schedule, UpdateMask: mask(paths...)})
	}
	whole := must(set(&native.BillingSchedule{
		Enabled: true, DayOfMonth: 12, TimeZone: "America/Mexico_City", LeaveDrafts: true,
		BillCycles: []native.BillCycle{native.BillCycle_BILL_CYCLE_MONTHLY},
	}))(t)
	ignored := protocmp.IgnoreFields(whole, "etag", "update_time", "next_run_date")
	off := must(set(&native.BillingSchedule{}, "enabled"))(t)
	whole.Enabled = false
	if diff := gocmp.Diff(whole, off, protocmp.Transform(), ignored); diff != "" {
		t.Errorf("switched off (-want +got):\n%s", diff)
	}
	f.unchanged(t, func() {
		if again := must(set(off))(t); again.GetEtag() != off.GetEtag() {
			t.Errorf("the same schedule has etag %s, had %s", again.GetEtag(), off.GetEtag())
		}
		_, err := set(&native.BillingSchedule{TimeZone: "Mars/Olympus"}, "time_zone", "next_run_date")
		wantFaults(t, err, "update_mask UNKNOWN_FIELD")
		_, err = set(&native.BillingSchedule{TimeZone: "Mars/Olympus"}, "time_zone")
		wantFaults(t, err, "billing_schedule.time_zone UNKNOWN_TIME_ZONE")
	})
	bare := must(set(&native.BillingSchedule{Enabled: true}))(t)
	if want := (&native.BillingSchedule{Name: "billingSchedule", Enabled: true, DayOfMonth: 1, TimeZone: "UTC"}); gocmp.Diff(want, bare, protocmp.Transform(), ignored) != "" {
		t.Errorf("without a mask the schedule is %v", bare)
	}
}

func TestUpdateBillingProfileByMask(t *testing.T) {
	f := open(t, true)
	set := func(profile *native.BillingProfile, paths ...string) (*native.BillingProfile, error) {
		return f.profiles.UpdateBillingProfile(t.Context(), &native.UpdateBillingProfileRequest{BillingProfile: profile, UpdateMask: mask(paths...)})
	}
	whole := must(set(&native.BillingProfile{DisplayName: "Alarms Ltd", Address: address(), TaxId: "RFC 1", PaymentTerms: "30 days"}))(t)
	changed := must(set(&native.BillingProfile{TaxId: "RFC 2"}, "tax_id", "payment_terms"))(t)
	whole.TaxId, whole.PaymentTerms = "RFC 2", ""
	if diff := gocmp.Diff(whole, changed, protocmp.Transform(), protocmp.IgnoreFields(whole, "etag", "update_time")); diff != "" {
		t.Errorf("profile (-want +got):\n%s", diff)
	}
	f.unchanged(t, func() {
		must(set(changed))(t)
		_, err := set(&native.BillingProfile{TaxId: "RFC 3"})
		wantFaults(t, err, "billing_profile.display_name REQUIRED")
		_, err = set(&native.BillingProfile{TaxId: "RFC 3"}, "etag")
		wantFaults(t, err, "update_mask UNKNOWN_FIELD")
	})
}
