package gateway

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	recurringbillingv1 "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	sedonav1 "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/native"
)

func zipped(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	writer := gzip.NewWriter(&out)
	if _, err := io.WriteString(writer, text); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestContentEncodings(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	native := request{"POST", "/recurring-billing/v1/items?item_id=X", "application/json", `{"description":"x"}`}
	bomb := zipped(t, strings.Repeat(" ", 32<<20))
	for _, asked := range []request{sedonaPut, dynamicsPut, crmcomPost, native} {
		good := zipped(t, asked.body)
		for _, test := range []struct {
			coding, body string
			status       int
			holds        string
		}{
			{"gzip", good, 0, ""},
			{"GZIP", good, 0, ""},
			{"x-gzip", good, 0, ""},
			{"identity", asked.body, 0, ""},
			{"br", asked.body, 415, "'br' is not supported"},
			{"gzip, gzip", zipped(t, good), 415, "'gzip, gzip' is not supported"},
			{"\xff<x>", asked.body, 415, "is not supported"},
			{"gzip", asked.body, 400, "not valid gzip"},
			{"gzip", good[:len(good)-6], 400, "not valid gzip"},
			{"gzip", zipped(t, asked.body+strings.Repeat(" ", defaultMaxBodyBytes)), 413, "1048576 bytes"},
			{"gzip", bomb, 413, "1048576 bytes"},
			{"gzip", strings.Repeat("x", defaultMaxBodyBytes+1), 413, "1048576 bytes"},
		} {
			got := with(asked, test.body).send(t, server.URL, "Content-Encoding", test.coding)
			calls := backend.take()
			if test.status == 0 {
				if len(calls) != 1 || got.status/100 != 2 {
					t.Errorf("%s %s: got %d %s", asked.path, test.coding, got.status, got.text)
				}
				continue
			}
			if got.status != test.status || !strings.Contains(got.text, test.holds) || len(calls) != 0 {
				t.Errorf("%s %s: got %d %s", asked.path, test.coding, got.status, got.text)
			}
			if accepted := got.header.Get("Accept-Encoding"); (accepted == "gzip, identity") != (test.status == 415) {
				t.Errorf("%s %s: got Accept-Encoding %q", asked.path, test.coding, accepted)
			}
			got.checkWellFormed(t)
		}
	}
}

// unlimited reserves any amount of memory.
func unlimited(int64) error { return nil }

// TestBombsCostLittle checks that a body that expands without end is not expanded.
func TestBombsCostLittle(t *testing.T) {
	bomb := []byte(zipped(t, strings.Repeat(" ", 64<<20)))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, refused := expand(bomb, 1<<20, unlimited); refused == nil || refused.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("got %v", refused)
	}
	runtime.ReadMemStats(&after)
	if cost := after.TotalAlloc - before.TotalAlloc; cost > 16<<20 {
		t.Errorf("a bomb of %d bytes cost %d", len(bomb), cost)
	}
}

// FuzzExpand checks that expanding never exceeds its bound.
func FuzzExpand(f *testing.F) {
	f.Add([]byte("\x1f\x8b\x08\x00"), int64(10))
	f.Fuzz(func(t *testing.T, body []byte, most int64) {
		most = max(most%4096, 0)
		if text, refused := expand(body, most, unlimited); int64(len(text)) > most || text != nil && refused != nil {
			t.Errorf("got %d bytes of at most %d, %v", len(text), most, refused)
		}
	})
}

func TestAnswersAreCompressedForThoseWhoAsk(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	long := strings.Repeat("long ", 1000)
	ask := func(path, accepted string, answer proto.Message) (*http.Response, []byte) {
		backend.answers(answer, nil)
		asked, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		asked.Header.Set("Accept-Encoding", accepted) // the client leaves the answer as it is
		got, err := http.DefaultClient.Do(asked)
		if err != nil {
			t.Fatal(err)
		}
		defer got.Body.Close() //nolint:errcheck // read to its end
		text, err := io.ReadAll(got.Body)
		if err != nil {
			t.Fatal(err)
		}
		return got, text
	}
	item := &recurringbillingv1.Item{Name: "items/RMR", Description: long, Etag: `"2z"`}
	list := &sedonav1.ListItemsResponse{Items: []*sedonav1.Item{{Description: proto.String(long)}}}
	watched := &changesv1.WatchChangesResponse{Token: "t", Change: &changesv1.Change{Actor: long}}
	for _, test := range []struct {
		path, accepted string
		answer         proto.Message
		zipped         bool
		etag           string
	}{
		{itemGet.path, "gzip", item, true, `"2z--gzip"`},
		{itemGet.path, "br, gzip;q=0.5", item, true, `"2z--gzip"`},
		{itemGet.path, "gzip;q=0", item, false, `"2z"`},
		{itemGet.path, "identity", item, false, `"2z"`},
		{"/api/item", "gzip", list, true, ""},
		{"/recurring-billing/v1/changes:watch", "gzip", watched, false, ""},
	} {
		got, text := ask(test.path, test.accepted, test.answer)
		if coding := got.Header.Get("Content-Encoding"); (coding == "gzip") != test.zipped || got.Header.Get("ETag") != test.etag {
			t.Errorf("%s %s: got %s, ETag %s", test.path, test.accepted, coding, got.Header.Get("ETag"))
		}
		if (len(text) < 1000) != test.zipped || !slices.Contains(got.Header.Values("Vary"), "Accept-Encoding") {
			t.Errorf("%s %s: got %d bytes, Vary %v", test.path, test.accepted, len(text), got.Header.Values("Vary"))
		}
	}
}

func TestHeadIsGetWithoutBody(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	for path, want := range map[string]int{
		itemGet.path: 200, "/api/item": 200, "/api/customerrecurring/1": 200, "/healthz": 200, "/docs/": 200, "/recurring-billing/v1/changes:watch": 200,
		"/subscriptions/update": 405, "/recurring-billing/v1/items?x=1": 400, "/nope": 404,
	} {
		head, get := request{"HEAD", path, "", ""}.send(t, server.URL), request{"GET", path, "", ""}.send(t, server.URL)
		if head.status != want || get.status != want || head.text != "" || head.contentType != get.contentType {
			t.Errorf("%s: got %d %q %q, and GET %d %q", path, head.status, head.contentType, head.text, get.status, get.contentType)
		}
	}
	backend.answers(nil, refused(t, codes.NotFound, "NOT_FOUND", "No item."))
	if got := (request{"HEAD", itemGet.path, "", ""}).send(t, server.URL); got.status != http.StatusNotFound || got.text != "" {
		t.Errorf("got %d %q", got.status, got.text)
	}
}

// TestHeadHasTheHeadersOfGet checks that HEAD tells how long GET's answer is, and how it is coded, for callers that
// accept compressed answers and for others.
func TestHeadHasTheHeadersOfGet(t *testing.T) {
	backend := startBackend(t)
	item := &recurringbillingv1.Item{Name: "items/1", Etag: `"2z"`, Description: strings.Repeat("a long description ", 100)}
	list := &sedonav1.ListItemsResponse{Items: []*sedonav1.Item{{Description: proto.String(strings.Repeat("a long description ", 100))}}}
	server := startGateway(t, backend, everyRoute)
	for path, answer := range map[string]proto.Message{itemGet.path: item, "/api/item": list, "/api/Customer/CON150401AB1/XAXX010101000": &dynamicsv1.GetCustomerResponse{
		Data: &dynamicsv1.Customer{BusinessName: proto.String(strings.Repeat("a long name ", 200))},
	}} {
		backend.answers(answer, nil)
		for _, accepted := range []string{"identity", "gzip"} {
			var want http.Header
			for _, method := range []string{"GET", "HEAD"} {
				asked, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				asked.Header.Set("Accept-Encoding", accepted)
				got, err := http.DefaultTransport.RoundTrip(asked)
				if err != nil {
					t.Fatal(err)
				}
				if err := got.Body.Close(); err != nil {
					t.Fatal(err)
				}
				got.Header.Del("Date")
				got.Header.Del("X-Request-Id")
				if method == "GET" {
					want = got.Header
				} else if !reflect.DeepEqual(got.Header, want) {
					t.Errorf("%s, %s: got %v, want those of GET, %v", path, accepted, got.Header, want)
				}
			}
		}
	}
}

// TestHeadOfAStreamEnds checks that HEAD does not follow a stream that has nothing to say.
func TestHeadOfAStreamEnds(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	release := make(chan struct{})
	defer close(release)
	backend.mu.Lock()
	backend.answer = func(call) (proto.Message, error) {
		<-release
		return &changesv1.WatchChangesResponse{}, nil
	}
	backend.mu.Unlock()
	got := request{"HEAD", "/recurring-billing/v1/changes:watch", "", ""}.send(t, server.URL)
	if got.status != http.StatusOK || got.contentType != native.LinesType {
		t.Errorf("got %d %s", got.status, got.contentType)
	}
}

func TestUnclearHeadersAreRefused(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	for _, test := range []struct {
		name, want string
		header     http.Header
	}{
		{"an empty key", "Idempotency-Key: The header is empty", http.Header{"Idempotency-Key": {""}}},
		{"two keys", "Idempotency-Key: The header is given more than once.", http.Header{"Idempotency-Key": {"a", "a"}}},
		{"two credentials", "Authorization: The header is given more than once.", http.Header{"Authorization": {"Basic eDp5", "Bearer x"}}},
		{"a key that is not ASCII", "Idempotency-Key: The header must consist of printable ASCII", http.Header{"Idempotency-Key": {"ñ"}}},
		{"a credential that is not UTF-8", "Authorization: The header must consist of printable ASCII", http.Header{"Authorization": {"Bearer \xff"}}},
	} {
		for _, asked := range []request{sedonaPut, dynamicsPut, crmcomPost, itemPatch} {
			header := test.header.Clone()
			header.Set("Content-Type", asked.contentType)
			got := send(t, asked.method, server.URL+asked.path, header, asked.body)
			spoken := strings.NewReplacer(`":["`, ": ", `","description":"`, ": ").Replace(got.text)
			if got.status != http.StatusBadRequest || !strings.Contains(spoken, test.want) || len(backend.take()) != 0 {
				t.Errorf("%s, %s: got %d %s", test.name, asked.path, got.status, got.text)
			}
			got.checkWellFormed(t)
		}
	}
}

// TestInvalidUTF8IsTheCallersError sends what is not UTF-8 wherever a request can hold text.
func TestInvalidUTF8IsTheCallersError(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	form := "application/x-www-form-urlencoded"
	for _, test := range []struct {
		asked   request
		headers []string
		status  int
	}{
		{request{"GET", "/recurring-billing/v1/items/%FF", "", ""}, nil, 400},
		{request{"GET", "/recurring-billing/v1/items?filter=%FF", "", ""}, nil, 400},
		{request{"GET", "/recurring-billing/v1/items?%FF=1", "", ""}, nil, 400},
		{request{"GET", "/recurring-billing/v1/changes:watch", "", ""}, []string{"Accept", native.EventStreamType, "Last-Event-Id", "\xff"}, 400},
		{request{"GET", "/recurring-billing/v1/items", "", ""}, []string{"Accept", "\xff", "X-Request-Id", "\xff", "Accept-Encoding", "\xff", "Origin", "\xff"}, 200},
		{request{"POST", "/recurring-billing/v1/items", "application/json", "{\"description\":\"\xff\"}"}, nil, 400},
		{request{"POST", "/recurring-billing/v1/items", "application/json", `{"description":"\ud800"}`}, nil, 400},
		{request{"POST", "/recurring-billing/v1/items", "application/\xff", `{}`}, nil, 415},
		{request{"PUT", "/api/dynamics/clients/%FF/recurrences/R", "application/json", dynamicsPut.body}, nil, 400},
		{request{"PUT", "/api/customerrecurring/%FF", "application/json", "{}"}, nil, 400},
		{request{"PUT", "/api/customerrecurring/1?%FF", "application/json", sedonaPut.body}, nil, 204},
		{request{"PUT", "/api/customerrecurring/1", "application/json", "{\"ItemCode\":\"\xff\"}"}, nil, 400},
		{request{"PUT", "/api/customerrecurring/1", "text/xml", "<a>\xff</a>"}, nil, 400},
		{request{"PUT", "/api/customerrecurring/1", form, "ItemCode=\xff&BillCycle=M"}, nil, 400},
		{request{"PUT", "/api/customerrecurring/1", form, "ItemCode=%FF&BillCycle=M"}, nil, 204},
		{request{"POST", "/subscriptions/update", "application/json", "{\"token\":\"\xff\"}"}, nil, 400},
		{request{"GET", "/%FF", "", ""}, nil, 400},
	} {
		got := test.asked.send(t, server.URL, test.headers...)
		if got.status != test.status {
			t.Errorf("%s %s: got %d %s, want %d", test.asked.path, test.asked.body, got.status, got.text, test.status)
		}
	}
}

func TestByteOrderMarksAreTolerated(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	const mark = "\uFEFF"
	xml := `<CustomerRecurringUpdate xmlns="http://schemas.datacontract.org/2004/07/SedonaServices.Models"><BillCycle>M</BillCycle><ItemCode>RMR</ItemCode></CustomerRecurringUpdate>`
	for _, asked := range []request{
		sedonaPut, dynamicsPut, crmcomPost, itemPatch,
		{"PUT", sedonaPut.path, "text/xml", xml},
		{"PUT", sedonaPut.path, "application/x-www-form-urlencoded", "ItemCode=RMR&BillCycle=M"},
		{"POST", "/recurring-billing/v1/items", "application/json", "{}"},
	} {
		plain := asked.send(t, server.URL)
		before := backend.take()
		marked := with(asked, mark+asked.body).send(t, server.URL)
		after := backend.take()
		if plain.status/100 != 2 || marked.status != plain.status || len(before) != 1 || len(after) != 1 || !proto.Equal(before[0].request, after[0].request) {
			t.Errorf("%s %s: got %d %s, without a mark %d %s", asked.path, asked.contentType, marked.status, marked.text, plain.status, plain.text)
		}
	}
}

// preflight asks as a browser does before it calls with a key.
func preflight(t *testing.T, server *httptest.Server, origin, path, method string) received {
	t.Helper()
	return request{"OPTIONS", path, "", ""}.send(t, server.URL, "Origin", origin,
		"Access-Control-Request-Method", method, "Access-Control-Request-Headers", "authorization,content-type,idempotency-key,if-match")
}

func TestCrossOriginRequests(t *testing.T) {
	const own, other = "https://app.example.com", "https://evil.example.com"
	for _, test := range []struct {
		allowed []string
		origin  string
		want    string
	}{
		{nil, own, ""},
		{[]string{own, "http://localhost:3000"}, own, own},
		{[]string{own}, other, ""},
		{[]string{own}, own + ":8443", ""},
		{[]string{own}, "null", ""},
		{[]string{"*"}, other, "*"},
	} {
		t.Run(fmt.Sprint(test.allowed, test.origin), func(t *testing.T) {
			backend := startBackend(t)
			config := configFor(backend)
			config.CORSOrigins = test.allowed
			server := startGatewayWith(t, config, everyRoute)
			for path, method := range map[string]string{itemPatch.path: "PATCH", sedonaPut.path: "PUT", "/subscriptions/update": "POST", "/nope": "GET"} {
				got := preflight(t, server, test.origin, path, method)
				if got.header.Get("Access-Control-Allow-Origin") != test.want || len(backend.take()) != 0 {
					t.Errorf("preflight of %s: got %d %v", path, got.status, got.header)
				}
				if test.want != "" && (got.status != http.StatusNoContent || !strings.Contains(got.header.Get("Access-Control-Allow-Headers"), "if-match") ||
					!strings.Contains(got.header.Get("Access-Control-Allow-Methods"), method) || got.header.Get("Access-Control-Allow-Credentials") != "") {
					t.Errorf("preflight of %s: got %d %v", path, got.status, got.header)
				}
			}
			backend.answers(&recurringbillingv1.Item{Etag: `"1"`}, nil)
			for path, status := range map[string]int{itemGet.path: 200, "/recurring-billing/v1/items?x=1": 400, "/nope": 404} {
				got := request{"GET", path, "", ""}.send(t, server.URL, "Origin", test.origin)
				exposed := strings.ToLower(got.header.Get("Access-Control-Expose-Headers"))
				if got.status != status || got.header.Get("Access-Control-Allow-Origin") != test.want || strings.Contains(exposed, "etag") != (test.want != "") {
					t.Errorf("%s: got %d %v", path, got.status, got.header)
				}
			}
		})
	}
}

func TestFailureStatusOfAContract(t *testing.T) {
	backend := startBackend(t)
	config := configFor(backend)
	config.FailureStatus = map[string]int{"crmcom": http.StatusOK}
	server := startGatewayWith(t, config, everyRoute)
	backend.answers(nil, refused(t, codes.Unauthenticated, "CREDENTIAL_INVALID", "The token has expired."))
	for _, test := range []struct {
		asked  request
		status int
		holds  string
	}{
		{crmcomPost, 200, `"code":"INVALID_TOKEN"`},
		{request{"POST", "/subscriptions/nope", "", ""}, 200, `"code":"NOT_FOUND"`},
		{request{"GET", "/subscriptions/update", "", ""}, 200, `"code":"METHOD_NOT_ALLOWED"`},
		{with(crmcomPost, strings.Repeat(" ", defaultMaxBodyBytes+1)), 200, `"code":"REQUEST_TOO_LARGE"`},
		{with(crmcomPost, "{"), 200, `"code":"INVALID_PARAMETER"`},
		{request{"POST", "/subscriptions/update", "text/xml", "<a/>"}, 200, `"code":"UNSUPPORTED_MEDIA_TYPE"`},
		{request{"POST", "/subscriptions/update?" + strings.Repeat("x", maxURIBytes), "", ""}, 200, `"code":"REQUEST_TOO_LARGE"`},
		{sedonaPut, 401, `{"Message":`},
		{dynamicsPut, 401, `"INVALID_TOKEN"`},
		{itemGet, 401, `"CREDENTIAL_INVALID"`},
		{request{"GET", "/nope", "", ""}, 404, `{"Message":`},
	} {
		got := test.asked.send(t, server.URL)
		if compact := strings.ReplaceAll(got.text, `": "`, `":"`); got.status != test.status || !strings.Contains(compact, test.holds) {
			t.Errorf("%s %s: got %d %s", test.asked.method, test.asked.path[:min(len(test.asked.path), 50)], got.status, got.text)
		}
	}
	backend.answers(&crmcomv2.UpdateSubscriptionResponse{Status: &crmcomv2.Status{Code: proto.String("OK")}}, nil)
	if got := crmcomPost.send(t, server.URL); got.status != http.StatusOK || !strings.Contains(got.text, `"OK"`) {
		t.Errorf("got %d %s", got.status, got.text)
	}
}
