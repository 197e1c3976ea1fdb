package gateway

import (
	"net/http"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	recurringbillingv1 "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
)

// Native requests about resources with etags.
var (
	itemGet    = request{"GET", "/recurring-billing/v1/items/RMR", "", ""}
	itemPatch  = request{"PATCH", "/recurring-billing/v1/items/RMR", "application/json", `{"taxable":false}`}
	lineCancel = request{"POST", "/recurring-billing/v1/recurringLines/1:cancel", "application/json", `{}`}
	hookDelete = request{"DELETE", "/recurring-billing/v1/webhookEndpoints/w", "", ""}
)

func with(asked request, body string) request {
	asked.body = body
	return asked
}

// etagIn returns the etag of the message that reached the service.
func etagIn(t *testing.T, received call) string {
	t.Helper()
	switch asked := received.request.(type) {
	case *recurringbillingv1.UpdateItemRequest:
		return asked.GetItem().GetEtag()
	case interface{ GetEtag() string }:
		return asked.GetEtag()
	}
	t.Fatalf("a %T has no etag", received.request)
	return ""
}

func TestIfMatchBecomesTheEtag(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	for name, test := range map[string]struct {
		asked  request
		header string
		want   string
	}{
		"update":                 {itemPatch, `"2z"`, `"2z"`},
		"update and body":        {with(itemPatch, `{"taxable":true,"etag":"\"2z\""}`), `"2z"`, `"2z"`},
		"update of any":          {itemPatch, `*`, ``},
		"tag of compressed":      {itemPatch, `"2z--gzip"`, `"2z"`},
		"a weak tag never fits":  {itemPatch, `W/"2z"`, `W/"2z"`},
		"custom method":          {lineCancel, `"2z"`, `"2z"`},
		"delete":                 {hookDelete, `"2z"`, `"2z"`},
		"without":                {itemPatch, ``, ``},
		"etag in the body alone": {with(itemPatch, `{"taxable":true,"etag":"\"1\""}`), ``, `"1"`},
	} {
		t.Run(name, func(t *testing.T) {
			var headers []string
			if test.header != "" {
				headers = []string{"If-Match", test.header}
			}
			got := test.asked.send(t, server.URL, headers...)
			calls := backend.take()
			if got.status != http.StatusOK || len(calls) != 1 {
				t.Fatalf("got %d %s, %d calls", got.status, got.text, len(calls))
			}
			if etag := etagIn(t, calls[0]); etag != test.want {
				t.Errorf("got etag %s, want %s", etag, test.want)
			}
		})
	}
}

func TestConditionsThatCannotBeCheckedAreRefused(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	for name, test := range map[string]struct {
		asked         request
		header, value string
		want          string
	}{
		"another etag in the body": {with(itemPatch, `{"taxable":true,"etag":"\"1\""}`), "If-Match", `"2z"`, "item.etag: differs from the If-Match header (AMBIGUOUS)"},
		"several":                  {itemPatch, "If-Match", `"1", "2"`, "If-Match: The header must be one etag in quotation marks, like \"2a\", or *. (INVALID_VALUE)"},
		"without quotation marks":  {itemPatch, "If-Match", `1`, "If-Match: The header must be one etag"},
		"create":                   {request{"POST", "/recurring-billing/v1/items", "application/json", "{}"}, "If-Match", `*`, "If-Match: This method does not compare etags"},
		"list":                     {request{"GET", "/recurring-billing/v1/items", "", ""}, "If-Match", `"1"`, "If-Match: This method does not compare etags"},
		"if none match of update":  {itemPatch, "If-None-Match", `*`, "If-None-Match: This method does not compare etags"},
		"if none match":            {itemGet, "If-None-Match", `2z`, "If-None-Match: The header must list etags"},
		"not ASCII":                {itemPatch, "If-Match", "\"\xff\"", "If-Match: The header must consist of printable ASCII"},
	} {
		t.Run(name, func(t *testing.T) {
			got := test.asked.send(t, server.URL, test.header, test.value)
			_, violations := violationsIn(t, got)
			if got.status != http.StatusBadRequest || len(violations) != 1 || !strings.HasPrefix(violations[0], test.want) {
				t.Errorf("got %d %s", got.status, got.text)
			}
			if len(backend.take()) != 0 {
				t.Error("the request reached a service")
			}
		})
	}
	if got := sedonaPut.send(t, server.URL, "If-Match", "nonsense"); got.status != http.StatusNoContent {
		t.Errorf("a vendor's framework ignores If-Match, and got %d %s", got.status, got.text)
	}
}

func TestEtagMismatch(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	for name, test := range map[string]struct {
		headers []string
		refused error
		want    int
	}{
		"by If-Match":     {[]string{"If-Match", `"1"`}, refused(t, codes.Aborted, "ETAG_MISMATCH", "item RMR has changed"), http.StatusPreconditionFailed},
		"by the body":     {nil, refused(t, codes.Aborted, "ETAG_MISMATCH", "item RMR has changed"), http.StatusConflict},
		"another reason":  {[]string{"If-Match", `"1"`}, refused(t, codes.Aborted, "CONCURRENT_CHANGE", "at the same time"), http.StatusConflict},
		"gone":            {[]string{"If-Match", `*`}, refused(t, codes.NotFound, "NOT_FOUND", "no item"), http.StatusNotFound},
		"not well-formed": {[]string{"If-Match", `"1"`}, refused(t, codes.InvalidArgument, "TOO_LONG", "x"), http.StatusBadRequest},
	} {
		backend.answers(nil, test.refused)
		got := itemPatch.send(t, server.URL, test.headers...)
		if got.status != test.want {
			t.Errorf("%s: got %d %s", name, got.status, got.text)
		}
		if strings.HasPrefix(name, "by") && !strings.Contains(got.text, `"ETAG_MISMATCH"`) {
			t.Errorf("%s: got %s", name, got.text)
		}
	}
}

func TestEtagOfAnswers(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	create := request{"POST", "/recurring-billing/v1/items?item_id=RMR", "application/json", `{"description":"x"}`}
	backend.answers(&recurringbillingv1.Item{Name: "items/RMR", Etag: `"2z"`}, nil)
	for _, asked := range []request{itemGet, itemPatch, create} {
		if got := asked.send(t, server.URL); got.status != http.StatusOK || got.header.Get("ETag") != `"2z"` {
			t.Errorf("%s: got %d, ETag %s", asked.method, got.status, got.header.Get("ETag"))
		}
	}
	for value, want := range map[string]int{`"2z"`: 304, `W/"2z"`: 304, `*`: 304, `"1", "2z"`: 304, `"2z--gzip"`: 304, `"1"`: 200} {
		for _, method := range []string{"GET", "HEAD"} {
			asked := itemGet
			asked.method = method
			got := asked.send(t, server.URL, "If-None-Match", value)
			if got.status != want || got.header.Get("ETag") != `"2z"` || (want == 304) != (got.contentType == "") || want == 304 && got.text != "" {
				t.Errorf("%s %s: got %d, ETag %s, %q %q", method, value, got.status, got.header.Get("ETag"), got.contentType, got.text)
			}
		}
	}
	backend.answers(&recurringbillingv1.ListItemsResponse{}, nil)
	if got := (request{"GET", "/recurring-billing/v1/items", "", ""}).send(t, server.URL, "If-None-Match", "*"); got.status != http.StatusOK || got.header.Get("ETag") != "" {
		t.Errorf("a list: got %d, ETag %q", got.status, got.header.Get("ETag"))
	}
}

func TestBodyOfPatchIsItsMask(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	for name, test := range map[string]struct {
		query, body string
		want        string
	}{
		"false, zero, empty and null": {"", `{"taxable":false,"number":0,"description":"","defaultRate":null}`, "number description taxable default_rate"},
		"proto names":                 {"", `{"category_code":"x"}`, "category_code"},
		"a value as a whole":          {"", `{"defaultRate":{"currencyCode":"USD"}}`, "default_rate"},
		"what was read":               {"", `{"name":"items/RMR","etag":"\"1\"","createTime":null,"updateTime":"2026-01-01T00:00:00Z","number":7,"taxable":true}`, "number taxable"},
		"given masks win":             {"?updateMask=description", `{"taxable":false}`, "description"},
		"an empty mask is none":       {"?update_mask=", `{"taxable":false}`, "taxable"},
		"with other parameters":       {"?validateOnly=true", `{"taxable":false}`, "taxable"},
		"a byte order mark":           {"", "\uFEFF" + `{"taxable":false}`, "taxable"},
	} {
		t.Run(name, func(t *testing.T) {
			asked := with(itemPatch, test.body)
			asked.path += test.query
			got := asked.send(t, server.URL)
			calls := backend.take()
			if got.status != http.StatusOK || len(calls) != 1 {
				t.Fatalf("got %d %s", got.status, got.text)
			}
			sent := calls[0].request.(*recurringbillingv1.UpdateItemRequest)
			if mask := strings.Join(sent.GetUpdateMask().GetPaths(), " "); mask != test.want || sent.GetItem().GetName() != "items/RMR" ||
				sent.GetValidateOnly() != strings.Contains(test.query, "validate") {
				t.Errorf("got request %v, want mask %s", sent, test.want)
			}
		})
	}
	for body, want := range map[string]string{
		`{"tax":false}`:                           `item: (line 1:2): unknown field "tax" (UNKNOWN_FIELD)`,
		`{"taxable":false,"tax":false}`:           `item: (line 1:18): unknown field "tax" (UNKNOWN_FIELD)`,
		`{"taxable":false,"defaultRate":{"x":1}}`: `item: (line 1:33): unknown field "x" (UNKNOWN_FIELD)`,
		`{"taxable":"x"`:                          `item: (line 1:12): invalid value for bool field taxable: "x" (INVALID_VALUE)`,
		`{}`:                                      `item: contains no field to change; to clear a field, send it as null (NOTHING_TO_CHANGE)`,
		`{"name":"items/RMR"}`:                    `item: contains no field to change; to clear a field, send it as null (NOTHING_TO_CHANGE)`,
		``:                                        `item: contains no field to change; to clear a field, send it as null (NOTHING_TO_CHANGE)`,
		`[]`:                                      `item: syntax error (line 1:1): unexpected token [ (INVALID_VALUE)`,
		`null`:                                    `item: syntax error (line 1:1): unexpected token null (INVALID_VALUE)`,
		"{\"taxable\":true,\"description\":\"\xff\"}": `item: syntax error (line 1:31): invalid UTF-8 in string (INVALID_VALUE)`,
	} {
		got := with(itemPatch, body).send(t, server.URL)
		_, violations := violationsIn(t, got)
		if got.status != http.StatusBadRequest || len(violations) != 1 || violations[0] != want || len(backend.take()) != 0 {
			t.Errorf("%s: got %d %v, want %s", body, got.status, violations, want)
		}
	}
}

func TestPartsOfPatchAreNestedPaths(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	asked := request{"PATCH", "/recurring-billing/v1/billTos/1", "application/json", `{"address":{"company":"","lines":["x"]},"displayName":"x"}`}
	asked.send(t, server.URL)
	sent := backend.take()[0].request.(*recurringbillingv1.UpdateBillToRequest)
	got := with(asked, `{"address":{"compani":"x"}}`).send(t, server.URL)
	if _, violations := violationsIn(t, got); len(violations) != 1 || violations[0] != `billTo: (line 1:13): unknown field "compani" (UNKNOWN_FIELD)` {
		t.Errorf("got %v", violations)
	}
	if got := strings.Join(sent.GetUpdateMask().GetPaths(), " "); got != "display_name address.company address.lines" {
		t.Errorf("got mask %s", got)
	}
}
