package recurringbilling_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/anypb"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	transferv1 "github.com/continuo-billing/continuo/gen/go/continuo/transfer/v1"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/feed"
	recurringbilling "github.com/continuo-billing/continuo/services/recurring-billing"
)

func eachEngine(t *testing.T, test func(t *testing.T, engine database.Engine)) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) { test(t, engine) })
	}
}

// export returns everything that a tenant has.
func (f *fixture) export(t testing.TB, tenant string) (resources []proto.Message) {
	t.Helper()
	stream, err := f.transfers.ExportResources(as(t, tenant), &transferv1.ExportResourcesRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for {
		response, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return resources
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, packed := range response.GetResources() {
			resource, err := packed.UnmarshalNew()
			if err != nil {
				t.Fatal(err)
			}
			resources = append(resources, resource)
		}
	}
}

// importAll imports resources as lines 1, 2, 3 of a file, in batches, and returns the response.
func (f *fixture) importAll(t testing.TB, tenant string, batch int, resources ...proto.Message) *transferv1.ImportResourcesResponse {
	t.Helper()
	stream, err := f.transfers.ImportResources(as(t, tenant))
	if err != nil {
		t.Fatal(err)
	}
	total := &transferv1.ImportResourcesResponse{}
	for from := 0; from < len(resources); from += batch {
		request := &transferv1.ImportResourcesRequest{}
		for i := from; i < min(from+batch, len(resources)); i++ {
			packed, err := anypb.New(resources[i])
			if err != nil {
				t.Fatal(err)
			}
			request.Rows = append(request.Rows, &transferv1.Row{Line: int64(i + 1), Resource: packed})
		}
		if err := stream.Send(request); err != nil {
			t.Fatal(err)
		}
		response, err := stream.Recv()
		if err != nil {
			t.Fatal(err)
		}
		total.LastLine = response.GetLastLine()
		total.Created += response.GetCreated()
		total.Unchanged += response.GetUnchanged()
		total.Rejections = append(total.Rejections, response.GetRejections()...)
	}
	if err := stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); !errors.Is(err, io.EOF) {
		t.Fatalf("the import ends with %v", err)
	}
	return total
}

// rejections returns the reasons of an import's rejections, by line.
func rejections(response *transferv1.ImportResourcesResponse) map[int64]string {
	reasons := map[int64]string{}
	for _, rejection := range response.GetRejections() {
		reasons[rejection.GetLine()] = rejection.GetReason()
	}
	return reasons
}

func TestExportAndImportGiveEqualState(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine database.Engine) {
		from := openOn(t, databasetest.Migrated(t, engine, recurringbilling.Migrations()), true)
		// A line that was receivable to a master account keeps the master's bill-to, and a retired
		// item or bill-to stays where it is used. billTos/8 is the master account's.
		all := from.export(t, "default")
		for _, resource := range all {
			switch r := resource.(type) {
			case *native.Item:
				r.Inactive = r.GetName() == "items/RMR-FIRE"
			case *native.BillTo:
				r.Inactive = r.GetName() == "billTos/2" || r.GetName() == "billTos/8"
				if r.Inactive {
					r.Details = &native.BillToDetails{Phone: "1", OtherPhone: "2", Fax: "3", County: "C", BranchCode: "EAST", Commercial: new(false)}
				}
			case *native.RecurringLine:
				if r.GetName() == "recurringLines/13" {
					r.MasterAccount = ""
				}
				r.JobCode, r.BranchCode = "J-1", "EAST"
				r.Rates[0].Comments, r.Rates[0].UserCode = "two\nlines", "ANN"
				if r.GetName() == "recurringLines/14" {
					r.EndDate = day(2030, 1, 1)
					r.Cancellation = &native.Cancellation{ReasonCode: "LEFT", Comments: "gone", UserCode: "BOB", TrackingNumber: 7}
				}
			}
		}
		to := openOn(t, databasetest.Migrated(t, engine, recurringbilling.Migrations()), false)
		for attempt, want := range []*transferv1.ImportResourcesResponse{
			{LastLine: int64(len(all)), Created: int64(len(all))}, {LastLine: int64(len(all)), Unchanged: int64(len(all))},
		} {
			if diff := gocmp.Diff(want, to.importAll(t, "default", 7, all...), protocmp.Transform()); diff != "" {
				t.Errorf("import %d: %s", attempt+1, diff)
			}
			if diff := gocmp.Diff(all, to.export(t, "default"), protocmp.Transform()); diff != "" {
				t.Errorf("exported again after import %d: %s", attempt+1, diff)
			}
		}
		if others := to.export(t, "another"); len(others) > 0 {
			t.Errorf("another tenant has %d resources", len(others))
		}
		// Imported numbers count as used.
		created, err := to.lines.CreateRecurringLine(t.Context(), &native.CreateRecurringLineRequest{RecurringLine: importedLine(1)})
		if err != nil || created.GetName() != "recurringLines/21" {
			t.Errorf("the next line is %v, %v", created.GetName(), err)
		}
	})
}

func TestImportWritesFeedLikeCreate(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine database.Engine) {
		demo := openOn(t, databasetest.Migrated(t, engine, recurringbilling.Migrations()), true)
		imported := openOn(t, databasetest.Migrated(t, engine, recurringbilling.Migrations()), false)
		imported.importAll(t, "default", 1000, demo.export(t, "default")...)
		if diff := gocmp.Diff(demo.feed(t, "default"), imported.feed(t, "default"), cmpopts.IgnoreFields(feed.Entry{}, "Position", "Actor")); diff != "" {
			t.Errorf("feeds differ: %s", diff)
		}
	})
}

func TestImportRejectsRowsIndividually(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine database.Engine) {
		f := openOn(t, databasetest.Migrated(t, engine, recurringbilling.Migrations()), true)
		line := func(name string, change func(*native.RecurringLine)) *native.RecurringLine {
			line := importedLine(1)
			line.Name = name
			if change != nil {
				change(line)
			}
			return line
		}
		rows := []struct {
			resource proto.Message
			reason   string
		}{
			{line("recurringLines/100", nil), ""},
			{line("recurringLines/100", nil), ""}, // again in the same batch
			{line("recurringLines/100", func(l *native.RecurringLine) { l.Memo = "other" }), "ALREADY_EXISTS"},
			{line("recurringLines/1", nil), "ALREADY_EXISTS"},
			{line("", nil), "INVALID_NAME"},
			{line("items/1", nil), "INVALID_NAME"},
			{line("recurringLines/x", nil), "INVALID_VALUE"},
			{line("recurringLines/9999999999", nil), "OUT_OF_RANGE"},
			{line("recurringLines/101", func(l *native.RecurringLine) { l.Item = "items/NONE" }), "NOT_FOUND"},
			{line("recurringLines/101", func(l *native.RecurringLine) { l.Item = "NONE" }), "INVALID_VALUE"},
			{line("recurringLines/101", func(l *native.RecurringLine) { l.BillTo = "billTos/77" }), "NOT_FOUND"},
			{line("recurringLines/101", func(l *native.RecurringLine) { l.BillTo = "billTos/2" }), "FOREIGN_BILL_TO"},
			{line("recurringLines/101", func(l *native.RecurringLine) { l.MasterAccount = "masterAccounts/NONE" }), "NOT_FOUND"},
			{line("recurringLines/101", func(l *native.RecurringLine) { l.MonthlyAmount.CurrencyCode = "XXX" }), "UNKNOWN_CURRENCY"},
			{line("recurringLines/101", func(l *native.RecurringLine) { l.StartDate = &date.Date{Year: 2026, Month: 2, Day: 30} }), "INVALID_DATE"},
			{line("recurringLines/101", func(l *native.RecurringLine) { l.StartDate = day(1300, 1, 1) }), "OUT_OF_RANGE"},
			{&native.CreateItemRequest{}, "UNKNOWN_RESOURCE"},
			{&native.Item{Name: "items/NEW", Description: "New"}, ""},
			{&native.Item{Name: "items/NEW", Description: "Other"}, "ALREADY_EXISTS"},
			{&native.Item{Name: "items/ANOTHER", Number: 1, Description: "With the number of RMR-MON"}, "ALREADY_EXISTS"},
			{&native.Item{Name: "items/ANOTHER"}, "REQUIRED"},
			{line("recurringLines/102", func(l *native.RecurringLine) { l.Item = "items/NEW" }), ""},
			{&native.BillTo{Name: "billTos/1", CustomerId: 1, DisplayName: "Other"}, "ALREADY_EXISTS"},
			{&native.BillTo{Name: "billTos/50", CustomerId: 0, DisplayName: "Nobody's"}, "REQUIRED"},
			{&native.MasterAccount{Name: "masterAccounts/M", CustomerId: 1, BillTo: "billTos/2"}, "FOREIGN_BILL_TO"},
			{&native.MasterAccount{Name: "masterAccounts/M", CustomerId: 1, BillTo: "billTos/1"}, ""},
		}
		var resources []proto.Message
		want, taken := map[int64]string{}, 0
		for i, row := range rows {
			resources = append(resources, row.resource)
			if row.reason != "" {
				want[int64(i+1)] = row.reason
			} else {
				taken++
			}
		}
		before := len(f.export(t, "default"))
		got := f.importAll(t, "default", 1000, resources...)
		if diff := gocmp.Diff(want, rejections(got)); diff != "" {
			t.Errorf("reasons: %s", diff)
		}
		if got.GetCreated() != int64(taken-1) || got.GetUnchanged() != 1 {
			t.Errorf("%d created and %d unchanged, want %d and 1", got.GetCreated(), got.GetUnchanged(), taken-1)
		}
		if after := len(f.export(t, "default")); after != before+taken-1 {
			t.Errorf("%d resources after, %d before", after, before)
		}
	})
}

func TestImportRejectsOversizedBatch(t *testing.T) {
	f := open(t, false)
	packed, err := anypb.New(&native.Item{Name: "items/A", Description: "A"})
	if err != nil {
		t.Fatal(err)
	}
	many := make([]*transferv1.Row, 2501)
	for i := range many {
		many[i] = &transferv1.Row{Line: int64(i + 1), Resource: packed}
	}
	for name, rows := range map[string][]*transferv1.Row{
		"none": nil, "too many": many, "no line": {{Resource: packed}}, "no resource": {{Line: 1}},
	} {
		stream, err := f.transfers.ImportResources(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := stream.Send(&transferv1.ImportResourcesRequest{Rows: rows}); err != nil {
			t.Fatal(err)
		}
		if _, err := stream.Recv(); status.Code(err) != codes.InvalidArgument {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// importedLine returns a line to import, of a customer that the demo data has.
func importedLine(customer int32) *native.RecurringLine {
	return &native.RecurringLine{
		CustomerId: customer, BillTo: fmt.Sprintf("billTos/%d", customer), Item: "items/RMR-MON",
		BillCycle: native.BillCycle_BILL_CYCLE_QUARTERLY, Memo: "Moved in.", MonthlyAmount: usd(29, 95),
		StartDate: day(2026, 1, 31), NextCycleDate: day(2027, 1, 31), LastCycleDate: day(2026, 10, 31),
	}
}

// An imported cancellation brings a number that is free, and leaves numbers for those that follow.
func TestImportedCancellationsHaveNumbersOfTheirOwn(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine database.Engine) {
		f := openOn(t, databasetest.Migrated(t, engine, recurringbilling.Migrations()), true)
		cancelled := func(name string, number int32) *native.RecurringLine {
			line := importedLine(1)
			line.Name, line.EndDate = name, day(2030, 1, 1)
			line.Cancellation = &native.Cancellation{ReasonCode: "LEFT", TrackingNumber: number}
			return line
		}
		must(f.lines.CancelRecurringLine(t.Context(), cancelOf("recurringLines/1", day(2030, 1, 1))))(t)
		for _, batch := range []int{1, 10} {
			first, start := int32(100*batch), int32(10*batch)
			name := func(i int32) string { return lineName(first + i) }
			response := f.importAll(t, "default", batch, cancelled(name(0), 2147483647), cancelled(name(1), 2000000001), cancelled(name(2), start),
				cancelled(name(3), start), cancelled(name(4), 1), cancelled(name(5), 0), cancelled(name(2), start))
			want := map[int64]string{1: "OUT_OF_RANGE", 2: "OUT_OF_RANGE", 4: "ALREADY_EXISTS", 5: "ALREADY_EXISTS"}
			for _, rejection := range response.GetRejections() {
				if !strings.Contains(rejection.GetMessage(), "tracking_number") {
					t.Errorf("line %d: %s", rejection.GetLine(), rejection.GetMessage())
				}
			}
			if diff := gocmp.Diff(want, rejections(response)); diff != "" || response.GetUnchanged() != 1 {
				t.Errorf("batches of %d: unchanged %d, rejected (-want +got):\n%s", batch, response.GetUnchanged(), diff)
			}
			if number := f.line(t, name(5)).GetCancellation().GetTrackingNumber(); number != start+1 {
				t.Errorf("the next cancellation has number %d, want %d", number, start+1)
			}
		}
		next := must(f.lines.CancelRecurringLine(t.Context(), cancelOf("recurringLines/2", day(2030, 1, 1))))(t)
		if number := next.GetCancellation().GetTrackingNumber(); number != 102 {
			t.Errorf("the next cancellation has number %d", number)
		}
	})
}
