package gateway

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"

	statuspb "google.golang.org/genproto/googleapis/rpc/status"

	"github.com/continuo-billing/continuo/services/gateway/internal/native"
)

// TestFieldsOfErrorsAreSpeltAsInJSON checks that errors of services, whose fields are named as in
// protos, name them as JSON does, in paths and in texts, but leave alone what the caller wrote.
func TestFieldsOfErrorsAreSpeltAsInJSON(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	line := request{"POST", "/recurring-billing/v1/recurringLines", "application/json", "{}"}
	list := request{"GET", "/recurring-billing/v1/recurringLines", "", ""}
	for _, test := range []struct {
		asked  request
		fields []string // each followed by its description
		want   []string // violations
		text   string
	}{
		{line, []string{"recurring_line.bill_day", "must be 1 to 31"}, []string{"recurringLine.billDay: must be 1 to 31"}, ""},
		{line, []string{"recurring_line.rates[0].monthly_amount.currency_code", "x"}, []string{"recurringLine.rates[0].monthlyAmount.currencyCode: x"}, ""},
		{line, []string{"recurring_line_id", "is taken", "recurring_line.memo", "is too long"}, []string{"recurringLineId: is taken", "recurringLine.memo: is too long"}, ""},
		{itemPatch, []string{"item", "to clear a field, name it in update_mask"}, []string{"item: to clear a field, name it in updateMask"}, ""},
		{line, []string{`labels["a_b.c"].no_such_field`, `there is no item "bill_day"`}, []string{`labels["a_b.c"].noSuchField: there is no item "bill_day"`}, ""},
		{list, []string{"filter", "unknown field bill_too; the fields are bill_to, start_date"}, []string{"filter: unknown field bill_too; the fields are bill_to, start_date"}, ""},
		{list, []string{"order_by", "cannot order by bill_day"}, []string{"orderBy: cannot order by bill_day"}, ""},
		{list, []string{"page_size", "page_size must not be negative, and no_field stays"}, []string{"pageSize: pageSize must not be negative, and no_field stays"}, ""},
		{line, nil, nil, "the bill_day of recurring_line is not on the start_date"},
	} {
		message := test.text
		if len(test.fields) > 0 {
			var texts []string
			for i := 0; i < len(test.fields); i += 2 {
				texts = append(texts, test.fields[i]+": "+test.fields[i+1])
			}
			message = strings.Join(texts, "; ")
		}
		backend.answers(nil, refused(t, codes.InvalidArgument, "INVALID_VALUE", message, test.fields...))
		got := statusIn(t, test.asked.send(t, server.URL).text)
		var violations []string
		for _, detail := range got.Details() {
			if bad, ok := detail.(*errdetails.BadRequest); ok {
				for _, v := range bad.GetFieldViolations() {
					violations = append(violations, v.GetField()+": "+v.GetDescription())
				}
			}
		}
		want := strings.Join(test.want, "; ")
		if test.text != "" {
			want = "the billDay of recurringLine is not on the startDate"
		}
		if !slices.Equal(violations, test.want) || got.Message() != want {
			t.Errorf("got %q, message %q, want %q", violations, got.Message(), test.want)
		}
	}
}

func TestFieldsOfStreamErrorsAreSpeltAsInJSON(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	backend.answers(nil, refused(t, codes.InvalidArgument, "X", "resource_types[0]: x", "resource_types[0]", "x"))
	got := request{"GET", "/subscription/v1/changes:watch", "", ""}.send(t, server.URL, "Accept", native.EventStreamType)
	if compact := strings.ReplaceAll(got.text, `": `, `":`); !strings.Contains(compact, `"field":"resourceTypes[0]"`) || strings.Contains(got.text, "resource_types") {
		t.Errorf("got %s", got.text)
	}
}

func statusIn(t *testing.T, text string) *status.Status {
	t.Helper()
	var parsed statuspb.Status
	if err := protojson.Unmarshal([]byte(text), &parsed); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return status.FromProto(&parsed)
}
