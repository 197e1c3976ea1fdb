package recurringbilling_test

import (
	"fmt"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
)

func usd(units int64, cents int32) *money.Money {
	return &money.Money{CurrencyCode: "USD", Units: units, Nanos: cents * 10_000_000}
}

// month is a month as google.type.Date has it: without a day.
func month(year, month int32) *date.Date { return &date.Date{Year: year, Month: month} }

func day(year, month, day int32) *date.Date { return &date.Date{Year: year, Month: month, Day: day} }

func newLine() *native.RecurringLine {
	return &native.RecurringLine{
		CustomerId: 1, BillTo: "billTos/1", Item: "items/RMR-MON", BillCycle: native.BillCycle_BILL_CYCLE_SEMIANNUAL,
		MonthlyAmount: usd(10, 5), StartDate: day(2026, 1, 31),
	}
}

func (f *fixture) create(t testing.TB, line *native.RecurringLine, id string) (*native.RecurringLine, error) {
	t.Helper()
	return f.lines.CreateRecurringLine(t.Context(), &native.CreateRecurringLineRequest{RecurringLine: line, RecurringLineId: id})
}

func TestNativeAPIFillsEmptyStore(t *testing.T) {
	f := open(t, false)
	ctx := t.Context()
	item := must(f.items.CreateItem(ctx, &native.CreateItemRequest{ItemId: "RMR MON", Item: &native.Item{
		Description: "Monitoring", Taxable: true, DefaultRate: usd(29, 90), CategoryCode: "RMR", ServiceItem: true,
	}}))(t)
	billTo := must(f.billTos.CreateBillTo(ctx, &native.CreateBillToRequest{BillTo: &native.BillTo{CustomerId: 7, DisplayName: "Ann"}}))(t)
	master := must(f.masters.CreateMasterAccount(ctx, &native.CreateMasterAccountRequest{
		MasterAccountId: "M", MasterAccount: &native.MasterAccount{Description: "All", CustomerId: 7, BillTo: billTo.GetName()},
	}))(t)
	line := must(f.create(t, &native.RecurringLine{
		CustomerId: 3, MasterAccount: master.GetName(), Item: item.GetName(), BillCycle: native.BillCycle_BILL_CYCLE_ANNUAL,
		MonthlyAmount: usd(29, 90), StartDate: day(2024, 2, 29),
	}, ""))(t)

	now := timestamppb.New(started)
	want := []proto.Message{
		&native.Item{Name: "items/RMR MON", Number: 1, Description: "Monitoring", Taxable: true, DefaultRate: usd(29, 90),
			CategoryCode: "RMR", ServiceItem: true, CreateTime: now, UpdateTime: now, Etag: item.GetEtag()},
		&native.BillTo{Name: "billTos/1", CustomerId: 7, DisplayName: "Ann", CreateTime: now, UpdateTime: now, Etag: billTo.GetEtag()},
		&native.MasterAccount{Name: "masterAccounts/M", Number: 1, Description: "All", CustomerId: 7, BillTo: "billTos/1",
			CreateTime: now, UpdateTime: now, Etag: master.GetEtag()},
		&native.RecurringLine{Name: "recurringLines/1", CustomerId: 3, BillTo: "billTos/1", Item: "items/RMR MON",
			MasterAccount: "masterAccounts/M", BillCycle: native.BillCycle_BILL_CYCLE_ANNUAL, Description: "Monitoring",
			MonthlyAmount: usd(29, 90), CycleAmount: usd(358, 80), StartDate: day(2024, 2, 29), BillDay: 29, AnchorDate: day(2024, 2, 29),
			Rates:         []*native.Rate{{EffectiveDate: day(2024, 2, 29), AppliesFrom: day(2024, 2, 29), MonthlyAmount: usd(29, 90)}},
			NextCycleDate: day(2024, 2, 29), BillingTiming: native.BillingTiming_BILLING_TIMING_IN_ADVANCE, CreateTime: now, UpdateTime: now, Etag: line.GetEtag()},
	}
	read := []proto.Message{
		must(f.items.GetItem(ctx, &native.GetItemRequest{Name: "items/RMR MON"}))(t),
		must(f.billTos.GetBillTo(ctx, &native.GetBillToRequest{Name: "billTos/1"}))(t),
		must(f.masters.GetMasterAccount(ctx, &native.GetMasterAccountRequest{Name: "masterAccounts/M"}))(t),
		f.line(t, "recurringLines/1"),
	}
	if diff := gocmp.Diff(want, []proto.Message{item, billTo, master, line}, protocmp.Transform()); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	if diff := gocmp.Diff(want, read, protocmp.Transform()); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
}

func TestCreateKeepsGivenNumbers(t *testing.T) {
	f := open(t, true)
	line := newLine()
	line.NextCycleDate, line.LastCycleDate, line.EndDate, line.BillDay = day(2026, 7, 31), day(2026, 1, 31), day(2027, 1, 31), 31
	line.SiteId, line.SystemId, line.AnchorDate = 12, 34, day(2025, 7, 31)
	if got := must(f.create(t, line, "5000"))(t); got.GetName() != "recurringLines/5000" {
		t.Errorf("name is %s", got.GetName())
	}
	got := f.line(t, "recurringLines/5000")
	if diff := gocmp.Diff(line, got, protocmp.Transform(),
		protocmp.IgnoreFields(line, "name", "description", "cycle_amount", "rates", "billing_timing", "create_time", "update_time", "etag")); diff != "" {
		t.Errorf("line (-want +got):\n%s", diff)
	}
	if got := must(f.create(t, newLine(), ""))(t); got.GetName() != "recurringLines/5001" {
		t.Errorf("the next line is %s, want the number after the highest", got.GetName())
	}
	if got := must(f.create(t, newLine(), "100"))(t); got.GetName() != "recurringLines/100" {
		t.Errorf("name is %s", got.GetName())
	}
	if got := must(f.create(t, newLine(), ""))(t); got.GetName() != "recurringLines/5002" {
		t.Errorf("the next line is %s, want the number after the highest", got.GetName())
	}
	item := must(f.items.CreateItem(t.Context(), &native.CreateItemRequest{ItemId: "X", Item: &native.Item{Number: 77, Description: "X"}}))(t)
	if item.GetNumber() != 77 {
		t.Errorf("item number is %d, want 77", item.GetNumber())
	}
	must(f.create(t, newLine(), "2147483647"))(t)
	if got := must(f.create(t, newLine(), ""))(t); got.GetName() != "recurringLines/5003" {
		t.Errorf("after the last number that there is the next line is %s, want the number after the highest that leaves others", got.GetName())
	}
}

func TestCreateRejectsNumbersAndCodesInUse(t *testing.T) {
	f := open(t, true)
	ctx := t.Context()
	for name, create := range map[string]func() error{
		"line number": func() error { _, err := f.create(t, newLine(), "1"); return err },
		"item code": func() error {
			_, err := f.items.CreateItem(ctx, &native.CreateItemRequest{ItemId: "RMR-MON", Item: &native.Item{Description: "x"}})
			return err
		},
		"item number": func() error {
			_, err := f.items.CreateItem(ctx, &native.CreateItemRequest{ItemId: "NEW", Item: &native.Item{Number: 1, Description: "x"}})
			return err
		},
		"bill-to number": func() error {
			_, err := f.billTos.CreateBillTo(ctx, &native.CreateBillToRequest{BillToId: "1", BillTo: &native.BillTo{CustomerId: 1, DisplayName: "x"}})
			return err
		},
		"master account code": func() error {
			_, err := f.masters.CreateMasterAccount(ctx, &native.CreateMasterAccountRequest{
				MasterAccountId: "MASTER-1", MasterAccount: &native.MasterAccount{CustomerId: 8, BillTo: "billTos/8"}})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			f.unchanged(t, func() {
				if err := create(); status.Code(err) != codes.AlreadyExists {
					t.Errorf("got %v, want ALREADY_EXISTS", err)
				}
			})
		})
	}
}

func TestRejectedCreateLineCreatesNothing(t *testing.T) {
	const at = "recurring_line."
	tests := []struct {
		name string
		set  func(*native.RecurringLine)
		want []string
	}{
		{"nothing given", func(l *native.RecurringLine) { proto.Reset(l) }, []string{
			at + "bill_cycle UNKNOWN_BILL_CYCLE", at + "bill_to REQUIRED", at + "customer_id REQUIRED", at + "item REQUIRED",
			at + "monthly_amount REQUIRED", at + "start_date REQUIRED"}},
		{"an unknown item", func(l *native.RecurringLine) { l.Item = "items/NONE" }, []string{at + "item NOT_FOUND"}},
		{"an inactive item", func(l *native.RecurringLine) { l.Item = "items/RMR-OLD" }, []string{at + "item INACTIVE"}},
		{"a bill-to of somebody else", func(l *native.RecurringLine) { l.BillTo = "billTos/2" }, []string{at + "bill_to FOREIGN_BILL_TO"}},
		{"a bill-to out of range", func(l *native.RecurringLine) { l.BillTo = "billTos/9999999999" }, []string{at + "bill_to INVALID_NAME"}},
		{"parts of cents", func(l *native.RecurringLine) { l.MonthlyAmount = tooPrecise }, []string{at + "monthly_amount TOO_PRECISE"}},
		{"half a cent", func(l *native.RecurringLine) { l.MonthlyAmount.Nanos = 5_000_000 }, []string{at + "monthly_amount TOO_PRECISE"}},
		{"half a yen", func(l *native.RecurringLine) {
			l.MonthlyAmount = &money.Money{CurrencyCode: "JPY", Nanos: 500_000_000}
		}, []string{at + "monthly_amount TOO_PRECISE"}},
		{"an unknown currency", func(l *native.RecurringLine) { l.MonthlyAmount.CurrencyCode = "ABC" }, []string{at + "monthly_amount UNKNOWN_CURRENCY"}},
		{"an amount that no cycle can hold", func(l *native.RecurringLine) { l.MonthlyAmount.Units = 99_999_999_999_999 }, []string{at + "monthly_amount OUT_OF_RANGE"}},
		{"a day that does not exist", func(l *native.RecurringLine) { l.StartDate = day(2026, 2, 29) }, []string{at + "start_date INVALID_DATE"}},
		{"a start before there was any", func(l *native.RecurringLine) { l.StartDate = day(1899, 12, 31) }, []string{at + "start_date OUT_OF_RANGE"}},
		{"a year without its century", func(l *native.RecurringLine) { l.StartDate = day(26, 1, 31) }, []string{at + "start_date OUT_OF_RANGE"}},
		{"a start that is never reached", func(l *native.RecurringLine) { l.StartDate = day(2200, 1, 1) }, []string{at + "start_date OUT_OF_RANGE"}},
		{"an end on the start", func(l *native.RecurringLine) { l.EndDate = l.StartDate }, []string{at + "end_date BEFORE_START"}},
		{"a next cycle before the start", func(l *native.RecurringLine) { l.NextCycleDate = day(2026, 1, 30) }, []string{at + "next_cycle_date BEFORE_START"}},
		{"a next cycle after the end", func(l *native.RecurringLine) {
			l.NextCycleDate, l.EndDate = day(2026, 3, 1), day(2026, 2, 28)
		}, []string{at + "next_cycle_date AFTER_END"}},
		{"a last cycle that is not before the next", func(l *native.RecurringLine) { l.LastCycleDate = l.StartDate }, []string{at + "last_cycle_date OUT_OF_ORDER"}},
		{"a description of 52 UTF-16 units", func(l *native.RecurringLine) { l.Description = strings.Repeat("🔔", 26) }, []string{at + "description TOO_LONG"}},
	}
	f := open(t, true)
	retired(t, f)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			line := newLine()
			test.set(line)
			f.unchanged(t, func() {
				_, err := f.create(t, line, "")
				wantFaults(t, err, test.want...)
			})
		})
	}
}

// The validation rules in the protos reject what can be checked without the store.
func TestMalformedRequestsAreRejected(t *testing.T) {
	f := open(t, true)
	ctx := t.Context()
	line := func(set func(*native.RecurringLine)) func() error {
		return func() error {
			l := newLine()
			set(l)
			_, err := f.create(t, l, "")
			return err
		}
	}
	item := func(id string, item *native.Item) func() error {
		return func() error {
			_, err := f.items.CreateItem(ctx, &native.CreateItemRequest{ItemId: id, Item: item})
			return err
		}
	}
	for name, call := range map[string]func() error{
		"bill day 32":              line(func(l *native.RecurringLine) { l.BillDay = 32 }),
		"negative bill day":        line(func(l *native.RecurringLine) { l.BillDay = -1 }),
		"unknown bill cycle":       line(func(l *native.RecurringLine) { l.BillCycle = 9 }),
		"negative customer":        line(func(l *native.RecurringLine) { l.CustomerId = -1 }),
		"negative site":            line(func(l *native.RecurringLine) { l.SiteId = -1 }),
		"item of another name":     line(func(l *native.RecurringLine) { l.Item = "RMR-MON" }),
		"long description":         line(func(l *native.RecurringLine) { l.Description = strings.Repeat("x", 51) }),
		"long memo":                line(func(l *native.RecurringLine) { l.Memo = strings.Repeat("x", 2001) }),
		"money of two signs":       line(func(l *native.RecurringLine) { l.MonthlyAmount.Nanos = -1 }),
		"currency in lower case":   line(func(l *native.RecurringLine) { l.MonthlyAmount.CurrencyCode = "usd" }),
		"month without a day":      line(func(l *native.RecurringLine) { l.StartDate.Day = 0 }),
		"item without code":        item("", &native.Item{Description: "x"}),
		"item code with a slash":   item("N/A", &native.Item{Description: "x"}),
		"item code with a blank":   item(" X", &native.Item{Description: "x"}),
		"item code of 26":          item(strings.Repeat("x", 26), &native.Item{Description: "x"}),
		"item without description": item("X", &native.Item{}),
		"no item":                  item("X", nil),
		"negative default rate":    item("X", &native.Item{Description: "x", DefaultRate: usd(-1, 0)}),
		"line number 0": func() error {
			_, err := f.create(t, newLine(), "0")
			return err
		},
		"line number out of range": func() error {
			_, err := f.create(t, newLine(), "2147483648")
			return err
		},
		"negative page size": func() error {
			_, err := f.lines.ListRecurringLines(ctx, &native.ListRecurringLinesRequest{PageSize: -1})
			return err
		},
		"forged page token": func() error {
			_, err := f.lines.ListRecurringLines(ctx, &native.ListRecurringLinesRequest{PageToken: "forged"})
			return err
		},
		"bill-to without customer": func() error {
			_, err := f.billTos.CreateBillTo(ctx, &native.CreateBillToRequest{BillTo: &native.BillTo{DisplayName: "x"}})
			return err
		},
		"bill-to without name": func() error {
			_, err := f.billTos.CreateBillTo(ctx, &native.CreateBillToRequest{BillTo: &native.BillTo{CustomerId: 1}})
			return err
		},
		"master with a bill-to of somebody else": func() error {
			_, err := f.masters.CreateMasterAccount(ctx, &native.CreateMasterAccountRequest{
				MasterAccountId: "M", MasterAccount: &native.MasterAccount{CustomerId: 8, BillTo: "billTos/1"}})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			f.unchanged(t, func() {
				err := call()
				if status.Code(err) != codes.InvalidArgument || len(faults(err)) == 0 {
					t.Errorf("got %v, want INVALID_ARGUMENT that names the field", err)
				}
			})
		})
	}
}

func TestGetMissingResourceIsNotFound(t *testing.T) {
	f := open(t, true)
	ctx := t.Context()
	_, item := f.items.GetItem(ctx, &native.GetItemRequest{Name: "items/NONE"})
	_, billTo := f.billTos.GetBillTo(ctx, &native.GetBillToRequest{Name: "billTos/4711"})
	_, far := f.billTos.GetBillTo(ctx, &native.GetBillToRequest{Name: "billTos/9999999999"})
	_, master := f.masters.GetMasterAccount(ctx, &native.GetMasterAccountRequest{Name: "masterAccounts/NONE"})
	_, line := f.lines.GetRecurringLine(ctx, &native.GetRecurringLineRequest{Name: "recurringLines/4711"})
	for _, err := range []error{item, billTo, master, line} {
		if status.Code(err) != codes.NotFound {
			t.Errorf("got %v, want NOT_FOUND", err)
		}
	}
	wantFaults(t, far, "name INVALID_NAME")
}

func TestValidateOnlyCreatesNothing(t *testing.T) {
	f := open(t, true)
	f.unchanged(t, func() {
		got := must(f.lines.CreateRecurringLine(t.Context(), &native.CreateRecurringLineRequest{RecurringLine: newLine(), ValidateOnly: true}))(t)
		if got.GetName() != "recurringLines/21" || got.GetDescription() != "Alarm monitoring" {
			t.Errorf("got %v, want the line that would be created", got)
		}
		_, err := f.lines.CreateRecurringLine(t.Context(), &native.CreateRecurringLineRequest{
			RecurringLine: &native.RecurringLine{}, ValidateOnly: true})
		if status.Code(err) != codes.InvalidArgument {
			t.Errorf("got %v, want INVALID_ARGUMENT", err)
		}
	})
}

func TestListReturnsEachResourceOnce(t *testing.T) {
	f := open(t, true)
	var names []string
	for token := ""; ; {
		page := must(f.lines.ListRecurringLines(t.Context(), &native.ListRecurringLinesRequest{PageSize: 7, PageToken: token}))(t)
		for _, line := range page.GetRecurringLines() {
			names = append(names, line.GetName())
		}
		if token = page.GetNextPageToken(); token == "" {
			break
		}
		must(f.create(t, newLine(), ""))(t) // an insert behind the page is found, and nothing comes twice
	}
	if len(names) != 23 {
		t.Fatalf("%d lines, want 20 and those added meanwhile, 22 or more: %v", len(names), names)
	}
	for i, name := range names {
		if want := fmt.Sprintf("recurringLines/%d", i+1); name != want {
			t.Errorf("line %d is %s", i, name)
		}
	}
}
