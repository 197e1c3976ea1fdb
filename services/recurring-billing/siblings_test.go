package recurringbilling_test

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	vendor "github.com/continuo-billing/continuo/gen/go/sedona/v1"
)

func number(text string) *decimal.Decimal { return &decimal.Decimal{Value: text} }

// creation returns a new line with only the members that the vendor's page requires.
func creation() *vendor.CustomerRecurringCreate {
	return &vendor.CustomerRecurringCreate{
		CustomerId: new(int32(1)), CustomerSiteId: new(int32(2)), CustomerSystemId: new(int32(3)), CustomerBillId: new(int32(1)),
		ItemCode: new("RMR-MON"), BillCycle: new("Q"), MonthlyAmount: number("29.95"), CycleStartDate: new("01/15/2026"),
		NextCycleDate: new("02/01/2026"),
	}
}

func (f *fixture) post(t testing.TB, body *vendor.CustomerRecurringCreate) (*vendor.CustomerRecurring, error) {
	t.Helper()
	response, err := f.CreateCustomerRecurring(t.Context(), &vendor.CreateCustomerRecurringRequest{CustomerRecurring: body})
	return response.GetCustomerRecurring(), err
}

func TestPostCreatesLine(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		full := creation()
		full.CustomerRecurringId, full.MasterItemCode, full.MasterAccountCode = new(int32(500)), new("RMR-BASE"), new("MASTER-1")
		full.CustomerBillId, full.UserDescription, full.InvoiceItemMemo = new(int32(0)), new("Panel"), new("Hall")
		full.CycleAmount, full.CycleStartDate, full.NextCycleDate = number("89.85"), new("2026-01-31T00:00:00"), new("2/28/2026 12:00:00 AM")
		full.CycleEndDate, full.LastCycleDate = new("2027-01-31"), new("1/31/2026")
		full.JobCode, full.BranchCode, full.RmrReasonCode = new("J-7 "), new("EAST"), new("NEW")
		full.RmrTrackingComments, full.UserCode = new("Sold at the fair,\n10 # years"), new("ANN")
		want := []*vendor.CustomerRecurring{
			{
				CustomerRecurringId: new(int32(21)), CustomerId: new(int32(1)), CustomerSiteId: new(int32(2)), CustomerSystemId: new(int32(3)),
				CustomerBillId: new(int32(1)), ItemCode: new("RMR-MON"), MasterItemCode: new("N/A"), BillCycle: new("Q"),
				UserDescription: new("Alarm monitoring"), MonthlyAmount: number("29.95"), CycleAmount: number("89.85"),
				CycleStartDate: new("01/15/2026"), NextCycleDate: new("02/01/2026"),
				CycleEndDate: new("12/30/1899"), LastCycleDate: new("12/30/1899"),
				PendingAmt: number("0.00"), JobCode: new("000"), IsCancelled: new(false), CancelledRmrTrackingId: new(int32(0)), LastRateIncrease: new("12/30/1899"),
				BillOnDay: new(int32(1)), BranchCode: new("N/A"),
			},
			{
				CustomerRecurringId: new(int32(500)), CustomerId: new(int32(1)), CustomerSiteId: new(int32(2)), CustomerSystemId: new(int32(3)),
				CustomerBillId: new(int32(8)), ItemCode: new("RMR-MON"), MasterItemCode: new("RMR-BASE"), MasterAccountCode: new("MASTER-1"),
				BillCycle: new("Q"), UserDescription: new("Panel"), InvoiceItemMemo: new("Hall"), MonthlyAmount: number("29.95"),
				CycleAmount: number("89.85"), CycleStartDate: new("01/31/2026"), NextCycleDate: new("02/28/2026"),
				CycleEndDate: new("01/31/2027"), LastCycleDate: new("01/31/2026"),
				PendingAmt: number("0.00"), JobCode: new("J-7"), IsCancelled: new(false), CancelledRmrTrackingId: new(int32(0)), LastRateIncrease: new("12/30/1899"),
				BillOnDay: new(int32(31)), BranchCode: new("EAST"), RmrReasonCode: new("NEW"), RmrTrackingComments: new("Sold at the fair,\n10 # years"), UserCode: new("ANN"),
			},
		}
		billDays := []int32{1, 31} // the day of the next cycle date, and the start's if February has no such day
		for i, body := range []*vendor.CustomerRecurringCreate{creation(), full} {
			created, err := f.post(t, body)
			if err != nil {
				t.Fatal(err)
			}
			read := must(f.GetCustomerRecurring(t.Context(), &vendor.GetCustomerRecurringRequest{Id: created.GetCustomerRecurringId()}))(t)
			if diff := gocmp.Diff([]*vendor.CustomerRecurring{want[i], want[i]}, []*vendor.CustomerRecurring{created, read.GetCustomerRecurring()}, protocmp.Transform()); diff != "" {
				t.Errorf("line (-want +got):\n%s", diff)
			}
			line := must(f.lines.GetRecurringLine(t.Context(), &native.GetRecurringLineRequest{Name: []string{"recurringLines/21", "recurringLines/500"}[i]}))(t)
			if line.GetBillDay() != billDays[i] {
				t.Errorf("bill day %d, want %d", line.GetBillDay(), billDays[i])
			}
		}
	})
}

func TestRejectedPostCreatesNothing(t *testing.T) {
	const at = "customer_recurring."
	tests := []struct {
		name string
		set  func(*vendor.CustomerRecurringCreate)
		want []string
	}{
		{"an unknown item", func(b *vendor.CustomerRecurringCreate) { b.ItemCode = new("NONE") }, []string{at + "item_code NOT_FOUND"}},
		{"another bill cycle", func(b *vendor.CustomerRecurringCreate) { b.BillCycle = new("W") }, []string{at + "bill_cycle UNKNOWN_BILL_CYCLE"}},
		{"a bill-to of somebody else", func(b *vendor.CustomerRecurringCreate) { b.CustomerBillId = new(int32(2)) }, []string{at + "customer_bill_id FOREIGN_BILL_TO"}},
		{"no bill-to and no master", func(b *vendor.CustomerRecurringCreate) { b.CustomerBillId = new(int32(0)) }, []string{at + "customer_bill_id REQUIRED"}},
		{"customer 0", func(b *vendor.CustomerRecurringCreate) { b.CustomerId = new(int32(0)) }, []string{at + "customer_id REQUIRED", at + "customer_bill_id FOREIGN_BILL_TO"}},
		{"a negative site", func(b *vendor.CustomerRecurringCreate) { b.CustomerSiteId = new(int32(-1)) }, []string{at + "customer_site_id OUT_OF_RANGE"}},
		{"parts of cents", func(b *vendor.CustomerRecurringCreate) { b.MonthlyAmount = number("-1.001") }, []string{at + "monthly_amount TOO_PRECISE"}},
		{"no number", func(b *vendor.CustomerRecurringCreate) { b.MonthlyAmount = number("x") }, []string{at + "monthly_amount INVALID_AMOUNT"}},
		{"a cycle amount of another cycle", func(b *vendor.CustomerRecurringCreate) { b.CycleAmount = number("29.95") }, []string{at + "cycle_amount INCONSISTENT"}},
		{"no dates", func(b *vendor.CustomerRecurringCreate) {
			b.CycleStartDate, b.NextCycleDate, b.CycleEndDate = new("15.01.2026"), new("12/30/1899"), new("13/01/2026")
		}, []string{at + "cycle_start_date INVALID_DATE", at + "next_cycle_date REQUIRED", at + "cycle_end_date INVALID_DATE"}},
		{"a start of another age", func(b *vendor.CustomerRecurringCreate) { b.CycleStartDate = new("01/15/1026") }, []string{at + "cycle_start_date OUT_OF_RANGE"}},
		{"dates out of order", func(b *vendor.CustomerRecurringCreate) {
			b.NextCycleDate, b.LastCycleDate, b.CycleEndDate = new("01/15/2026"), new("01/14/2026"), new("01/14/2026")
		}, []string{at + "last_cycle_date OUT_OF_ORDER", at + "cycle_end_date BEFORE_START"}},
	}
	f := open(t, true)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			body := creation()
			test.set(body)
			f.unchanged(t, func() {
				_, err := f.post(t, body)
				wantFaults(t, err, test.want...)
			})
		})
	}
	t.Run("a taken id", func(t *testing.T) {
		body := creation()
		body.CustomerRecurringId = new(int32(1))
		f.unchanged(t, func() {
			if _, err := f.post(t, body); status.Code(err) != codes.AlreadyExists {
				t.Errorf("got %v, want ALREADY_EXISTS", err)
			}
		})
	})
	t.Run("absent members", func(t *testing.T) {
		for _, name := range []string{"customer_id", "customer_site_id", "customer_system_id", "customer_bill_id", "item_code", "bill_cycle", "monthly_amount", "cycle_start_date", "next_cycle_date"} {
			body := creation()
			message := body.ProtoReflect()
			for i := range message.Descriptor().Fields().Len() {
				if field := message.Descriptor().Fields().Get(i); string(field.Name()) == name {
					message.Clear(field)
				}
			}
			f.unchanged(t, func() {
				if _, err := f.post(t, body); status.Code(err) != codes.InvalidArgument {
					t.Errorf("without %s: %v, want INVALID_ARGUMENT", name, err)
				}
			})
		}
	})
}

func TestListLinesByCustomer(t *testing.T) {
	f := open(t, true)
	list := func(id int32, option string) ([]int32, error) {
		response, err := f.ListCustomerRecurring(t.Context(), &vendor.ListCustomerRecurringRequest{Id: id, Option: option})
		var ids []int32
		for _, line := range response.GetCustomerRecurrings() {
			ids = append(ids, line.GetCustomerRecurringId())
		}
		return ids, err
	}
	for _, option := range []string{"ByCustomerId", "BYCUSTOMERID", "bycustomernumber"} {
		if got := must(list(1, option))(t); !gocmp.Equal(got, []int32{1, 8, 15}) {
			t.Errorf("%s: lines %v", option, got)
		}
	}
	if got := must(list(4711, "ByCustomerId"))(t); len(got) != 0 {
		t.Errorf("lines of an unknown customer: got %v, want none", got)
	}
	_, err := list(1, "ByName")
	wantFaults(t, err, "option UNKNOWN_VALUE")
}

func changeBody() *vendor.CustomerRecurringChange {
	return &vendor.CustomerRecurringChange{
		BillCycle: new("M"), MonthlyAmount: number("35.5"), EffectiveDate: new("05/31/2026"), RmrReasonCode: new("PRICE"),
	}
}

func (f *fixture) option(t testing.TB, id int32, option string, body *vendor.CustomerRecurringChange) error {
	t.Helper()
	_, err := f.ChangeCustomerRecurring(t.Context(), &vendor.ChangeCustomerRecurringRequest{Id: id, Option: option, CustomerRecurringChange: body})
	return err
}

func TestPostRateChange(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		body := changeBody()
		body.CustomerRecurringId, body.BillCycle, body.CycleAmount = new(int32(1)), new("Q"), number("106.50")
		if err := f.option(t, 1, "ratechange", body); err != nil {
			t.Fatal(err)
		}
		line := f.line(t, "recurringLines/1")
		wantRates(t, line, rateOf(day(2026, 1, 1), usd(29, 95), ""), rateOf(day(2026, 6, 1), usd(35, 50), "PRICE"))
		if line.GetBillCycle() != native.BillCycle_BILL_CYCLE_QUARTERLY {
			t.Errorf("bill cycle %v", line.GetBillCycle())
		}
		// A repeated change gives the same rate.
		if err := f.option(t, 1, "RateChange", body); err != nil {
			t.Fatal(err)
		}
		wantRates(t, f.line(t, "recurringLines/1"), line.GetRates()...)
	})
}

func TestPostCancel(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		line := f.billedLine(t, nil)
		body := changeBody()
		body.EffectiveDate, body.Cancelled, body.UserCode, body.RmrTrackingComments = new("2026-02-14"), new(true), new("ANN"), new("moved away")
		if err := f.option(t, 21, "CANCEL", body); err != nil {
			t.Fatal(err)
		}
		line.EndDate, line.Cancellation = day(2026, 2, 15), &native.Cancellation{ReasonCode: "PRICE", Comments: "moved away", UserCode: "ANN", TrackingNumber: 1}
		if diff := gocmp.Diff(line, f.line(t, line.GetName()), protocmp.Transform(), protocmp.IgnoreFields(line, "etag", "update_time")); diff != "" {
			t.Errorf("line (-want +got):\n%s", diff)
		}
		shown := must(f.GetCustomerRecurring(t.Context(), &vendor.GetCustomerRecurringRequest{Id: 21}))(t).GetCustomerRecurring()
		if shown.GetCycleEndDate() != "02/14/2026" || !shown.GetIsCancelled() || shown.GetCancelledRmrTrackingId() != 1 {
			t.Errorf("the cancelled line is %v", shown)
		}
		f.unchanged(t, func() {
			if err := f.option(t, 21, "Cancel", body); status.Code(err) != codes.FailedPrecondition {
				t.Errorf("cancelled twice: %v, want FAILED_PRECONDITION", err)
			}
		})
	})
}

func TestRejectedPostOptionsChangeNothing(t *testing.T) {
	const at = "customer_recurring_change."
	tests := []struct {
		name string
		set  func(*vendor.CustomerRecurringChange)
		want []string
	}{
		{"a body id other than the path's", func(b *vendor.CustomerRecurringChange) { b.CustomerRecurringId = new(int32(2)) }, []string{at + "customer_recurring_id ID_MISMATCH"}},
		{"another bill cycle", func(b *vendor.CustomerRecurringChange) { b.BillCycle = new("w") }, []string{at + "bill_cycle UNKNOWN_BILL_CYCLE"}},
		{"a cycle amount of another cycle", func(b *vendor.CustomerRecurringChange) { b.CycleAmount = number("1") }, []string{at + "cycle_amount INCONSISTENT"}},
		{"no date", func(b *vendor.CustomerRecurringChange) { b.EffectiveDate = new("soon") }, []string{at + "effective_date INVALID_DATE"}},
		{"the null date", func(b *vendor.CustomerRecurringChange) { b.EffectiveDate = new("12/30/1899") }, []string{at + "effective_date REQUIRED"}},
		{"before the start", func(b *vendor.CustomerRecurringChange) { b.EffectiveDate = new("12/30/2025") }, []string{at + "effective_date BEFORE_START"}},
		{"a date that no day follows", func(b *vendor.CustomerRecurringChange) { b.EffectiveDate = new("12/31/9999") }, []string{at + "effective_date INVALID_DATE"}},
		{"a blank reason", func(b *vendor.CustomerRecurringChange) { b.RmrReasonCode = new("  ") }, []string{at + "rmr_reason_code REQUIRED"}},
	}
	f := open(t, true)
	for _, option := range []string{"RateChange", "Cancel"} {
		for _, test := range tests {
			t.Run(option+" with "+test.name, func(t *testing.T) {
				body := changeBody()
				test.set(body)
				f.unchanged(t, func() { wantFaults(t, f.option(t, 1, option, body), test.want...) })
			})
		}
	}
	f.unchanged(t, func() {
		both := changeBody()
		both.Cancelled = new(true)
		wantFaults(t, f.option(t, 1, "RateChange", both), at+"cancelled INCONSISTENT")
		wantFaults(t, f.option(t, 1, "Suspend", changeBody()), "option UNKNOWN_VALUE")
		for _, option := range []string{"RateChange", "Cancel"} {
			if err := f.option(t, 4711, option, changeBody()); status.Code(err) != codes.NotFound {
				t.Errorf("%s of an unknown line: %v, want NOT_FOUND", option, err)
			}
		}
	})
}

func TestVendorMethodRepeatedByKeyIsAppliedOnce(t *testing.T) {
	f := open(t, true)
	ctx := metadata.AppendToOutgoingContext(t.Context(), "idempotency-key", "post once")
	request := &vendor.CreateCustomerRecurringRequest{CustomerRecurring: creation()}
	first := must(f.CreateCustomerRecurring(ctx, request))(t)
	f.unchanged(t, func() {
		if again := must(f.CreateCustomerRecurring(ctx, request))(t); !proto.Equal(first, again) {
			t.Errorf("got %v for the repeated call, want %v", again, first)
		}
	})
	ctx = metadata.AppendToOutgoingContext(t.Context(), "idempotency-key", "cancel once")
	cancel := &vendor.ChangeCustomerRecurringRequest{Id: 21, Option: "Cancel", CustomerRecurringChange: changeBody()}
	must(f.ChangeCustomerRecurring(ctx, cancel))(t)
	f.unchanged(t, func() { must(f.ChangeCustomerRecurring(ctx, cancel))(t) })
}

func TestListAndUpdateMasterAccounts(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		must(f.masters.CreateMasterAccount(t.Context(), &native.CreateMasterAccountRequest{
			MasterAccountId: "A", MasterAccount: &native.MasterAccount{CustomerId: 1, BillTo: "billTos/9", Description: "First", Inactive: true}}))(t)
		list := func() []*vendor.MasterAccount {
			return must(f.vendorMasters.ListMasterAccounts(t.Context(), &vendor.ListMasterAccountsRequest{}))(t).GetMasterAccounts()
		}
		want := []*vendor.MasterAccount{
			{MasterAccountId: new(int32(2)), MasterAccountCode: new("A"), Description: new("First"), CustomerId: new(int32(1)), Inactive: new(true), MasterAccountBilling: new(false)},
			{MasterAccountId: new(int32(1)), MasterAccountCode: new("MASTER-1"), Description: new("Crown Property Management, all buildings"), CustomerId: new(int32(8)), Inactive: new(false), MasterAccountBilling: new(false)},
		}
		if diff := gocmp.Diff(want, list(), protocmp.Transform()); diff != "" {
			t.Errorf("accounts (-want +got):\n%s", diff)
		}
		put := func(id int32, body *vendor.MasterAccount) error {
			_, err := f.vendorMasters.UpdateMasterAccount(t.Context(), &vendor.UpdateMasterAccountRequest{Id: id, MasterAccount: body})
			return err
		}
		want[0] = &vendor.MasterAccount{MasterAccountId: new(int32(2)), MasterAccountCode: new("A"), Description: new(""), CustomerId: new(int32(2)), Inactive: new(false), MasterAccountBilling: new(true)}
		if err := put(2, want[0]); err != nil {
			t.Fatal(err)
		}
		if err := put(1, &vendor.MasterAccount{}); err != nil { // keeps everything except the flags, which were off
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, list(), protocmp.Transform()); diff != "" {
			t.Errorf("accounts (-want +got):\n%s", diff)
		}
		account := must(f.masters.GetMasterAccount(t.Context(), &native.GetMasterAccountRequest{Name: "masterAccounts/A"}))(t)
		if account.GetBillTo() != "billTos/2" || !account.GetSubAccountsBilled() {
			t.Errorf("another customer pays by its first bill-to: %v", account)
		}
		f.unchanged(t, func() {
			wantFaults(t, put(2, &vendor.MasterAccount{MasterAccountId: new(int32(1)), MasterAccountCode: new("B")}),
				"master_account.master_account_id ID_MISMATCH", "master_account.master_account_code ID_MISMATCH")
			wantFaults(t, put(2, &vendor.MasterAccount{CustomerId: new(int32(4711))}), "master_account.customer_id NO_BILL_TO")
			if err := put(3, &vendor.MasterAccount{}); status.Code(err) != codes.NotFound {
				t.Errorf("an unknown account: %v, want NOT_FOUND", err)
			}
			if err := put(2, nil); status.Code(err) != codes.InvalidArgument {
				t.Errorf("no body: %v, want INVALID_ARGUMENT", err)
			}
		})
	})
}
