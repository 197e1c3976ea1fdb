package gateway

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/encoding/protojson"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	recurringbillingv1 "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
)

// violationsIn returns the reason and the violations of a native error, as `field: description
// (REASON)`.
func violationsIn(t *testing.T, answer received) (reason string, violations []string) {
	t.Helper()
	var rpcStatus statuspb.Status
	if err := protojson.Unmarshal([]byte(answer.text), &rpcStatus); err != nil {
		t.Fatalf("%s: %v", answer.text, err)
	}
	for _, detail := range rpcStatus.GetDetails() {
		message, err := detail.UnmarshalNew()
		if err != nil {
			t.Fatal(err)
		}
		switch message := message.(type) {
		case *errdetails.ErrorInfo:
			reason = message.GetReason()
		case *errdetails.BadRequest:
			for _, violation := range message.GetFieldViolations() {
				violations = append(violations, fmt.Sprintf("%s: %s (%s)", violation.GetField(), violation.GetDescription(), violation.GetReason()))
			}
		}
	}
	return reason, violations
}

func TestNativeQueriesAreStrict(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	for _, test := range []struct {
		method, path string
		want         []string
	}{
		{"GET", "invoices?foo=1&bill_too=billTos/1", []string{
			"bill_too: is not a query parameter of this method; its parameters are: pageSize, pageToken, filter, orderBy (UNKNOWN_PARAMETER)",
			"foo: is not a query parameter of this method; its parameters are: pageSize, pageToken, filter, orderBy (UNKNOWN_PARAMETER)"}},
		{"GET", "items/RMR?verbose=1", []string{"verbose: is not a query parameter of this method; its parameters are: none (UNKNOWN_PARAMETER)"}},
		{"GET", "items/RMR?name=items/X", []string{"name: is already set by the path (UNKNOWN_PARAMETER)"}},
		{"GET", "invoices?orderBy=number&order_by=name", []string{"order_by: is given more than once (AMBIGUOUS)"}},
		{"GET", "invoices?filter=number&filter=state", []string{"filter: is given more than once (AMBIGUOUS)"}},
		{"GET", "revenue:query?groupBy=WEEK", []string{"groupBy: must be of type continuo.recurringbilling.v1.GroupBy (INVALID_VALUE)"}},
		{"GET", "revenue:query?groupBy.x=ITEM", []string{"groupBy.x: is not a query parameter of this method; its parameters are: startMonth, endMonth, groupBy, pageSize, pageToken (UNKNOWN_PARAMETER)"}},
		{"GET", "invoices?pageSize=", []string{"pageSize: must be of type int32 (INVALID_VALUE)"}},
		{"GET", "changes:watch?heartbeat=soon", []string{"heartbeat: must be of type google.protobuf.Duration (INVALID_VALUE)"}},
		{"GET", "invoices?%zz", nil},
		{"POST", "items?item.description=x", []string{"item.description: must be in the body (UNKNOWN_PARAMETER)"}},
		{"POST", "items?validate_only=maybe", []string{"validate_only: must be of type bool (INVALID_VALUE)"}},
		{"POST", "recurringLines/1:cancel?etag=x", []string{"etag: is not a query parameter of this method; its parameters are: none (UNKNOWN_PARAMETER)"}},
	} {
		t.Run(test.path, func(t *testing.T) {
			asked := request{test.method, "/recurring-billing/v1/" + test.path, "", ""}
			if test.method == "POST" {
				asked.contentType, asked.body = "application/json", "{}"
			}
			got := asked.send(t, server.URL)
			reason, violations := violationsIn(t, got)
			if got.status != http.StatusBadRequest || reason == "" || strings.Join(violations, "\n") != strings.Join(test.want, "\n") {
				t.Errorf("got %d %s\n%s", got.status, reason, strings.Join(violations, "\n"))
			}
			if len(backend.take()) != 0 {
				t.Error("the request reached a service")
			}
		})
	}
}

func TestNativeQueriesAcceptProtoAndJSONNames(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	for _, query := range []string{
		"order_by=issue_date+desc&pageSize=3", "orderBy=issue_date%20desc&page_size=3",
	} {
		got := request{"GET", "/recurring-billing/v1/invoices?" + query, "", ""}.send(t, server.URL)
		calls := backend.take()
		if got.status != http.StatusOK || len(calls) != 1 {
			t.Errorf("%s: got %d %s", query, got.status, got.text)
			continue
		}
		asked := calls[0].request.(*recurringbillingv1.ListInvoicesRequest)
		if asked.GetPageSize() != 3 || asked.GetOrderBy() != "issue_date desc" {
			t.Errorf("%s: got request %v", query, asked)
		}
	}
	patch := request{"PATCH", "/recurring-billing/v1/recurringLines/1?updateMask=billCycle,master_account", "application/json", `{"memo":"x"}`}
	patch.send(t, server.URL)
	asked := backend.take()[0].request.(*recurringbillingv1.UpdateRecurringLineRequest)
	if got := strings.Join(asked.GetUpdateMask().GetPaths(), " "); got != "bill_cycle master_account" || asked.GetRecurringLine().GetMemo() != "x" {
		t.Errorf("got request %v", asked)
	}
	request{"GET", "/recurring-billing/v1/changes:watch?fromNow=true&heartbeat=2s", "", ""}.send(t, server.URL)
	if watched := backend.take()[0].request.(*changesv1.WatchChangesRequest); !watched.GetFromNow() || watched.GetHeartbeat().GetSeconds() != 2 {
		t.Errorf("got request %v", watched)
	}
}

func TestInvalidNativeBodiesAreExplained(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	for _, test := range []struct {
		path, body string
		want       []string
	}{
		{"recurringLines", `{"startDate":"2026-01-01","billDay":"x","memo":5,"billCycle":"M","nope":1,"item":"items/1"}`, []string{
			`recurringLine: syntax error (line 1:14): unexpected token "2026-01-01" (INVALID_VALUE)`}},
		{"recurringLines", `{"nope":1}`, []string{`recurringLine: (line 1:2): unknown field "nope" (UNKNOWN_FIELD)`}},
		{"recurringLines", `{"startDate":{"year":"MMXXVI","monat":1},"rates":[{},{"monthlyAmount":7}],"createTime":"now"}`, []string{
			`recurringLine: (line 1:22): invalid value for int32 field year: "MMXXVI" (INVALID_VALUE)`}},
		{"recurringLines", `{"memo":"a","memo":"b","bill_day":1,"billDay":2}`, []string{
			`recurringLine: (line 1:13): duplicate field "memo" (INVALID_VALUE)`}},
		{"recurringLines", "{\"memo\":\n \"x\",}", []string{"recurringLine: syntax error (line 2:6): unexpected token } (INVALID_VALUE)"}},
		{"recurringLines", `{} {}`, []string{"recurringLine: syntax error (line 1:4): unexpected token { (INVALID_VALUE)"}},
		{"recurringLines", "{\"memo\":\"\xff\"}", []string{"recurringLine: syntax error (line 1:9): invalid UTF-8 in string (INVALID_VALUE)"}},
		{"recurringLines", `[]`, []string{"recurringLine: syntax error (line 1:1): unexpected token [ (INVALID_VALUE)"}},
		{"recurringLines", `{"rates":{}}`, []string{"recurringLine: syntax error (line 1:10): unexpected token { (INVALID_VALUE)"}},
		{"recurringLines/1:cancel", `{"effectiveDate":"today"}`, nil},
		{"recurringLines/1:cancel", `7`, nil},
	} {
		t.Run(test.body, func(t *testing.T) {
			got := request{"POST", "/recurring-billing/v1/" + test.path, "application/json", test.body}.send(t, server.URL)
			reason, violations := violationsIn(t, got)
			if got.status != http.StatusBadRequest || reason != "INVALID_VALUE" && reason != "UNKNOWN_FIELD" || strings.Join(violations, "\n") != strings.Join(test.want, "\n") {
				t.Errorf("got %d %s\n%s", got.status, reason, strings.Join(violations, "\n"))
			}
			if strings.Contains(got.text, "proto:") {
				t.Errorf("the message mentions the parser: %s", got.text)
			}
			if len(backend.take()) != 0 {
				t.Error("the request reached a service")
			}
		})
	}
	long := request{"POST", "/recurring-billing/v1/items", "application/json", "{" + strings.Repeat(`"`+strings.Repeat("x", 5000)+`":1,`, 100) + `"y":1}`}
	if got := long.send(t, server.URL); got.status != http.StatusBadRequest || len(got.text) > 20_000 {
		t.Errorf("got %d with %d bytes", got.status, len(got.text))
	}
}
