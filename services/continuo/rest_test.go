package continuo_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	grpcgzip "google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/status"

	recurringbillingv1 "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
)

// TestREST checks what clients expect of HTTP, of updates, and of the vendors' contracts, against
// real services.
func TestREST(t *testing.T) {
	for _, f := range []form{forms[0], forms[3]} {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			in := install(t, f, "CONTINUO_CORS_ORIGINS=https://app.example.com", "CONTINUO_CRMCOM_FAILURE_STATUS=200")
			t.Run("an update does what it says", func(t *testing.T) { patches(t, in) })
			t.Run("ids take what vendors' ids hold", func(t *testing.T) { ids(t, in) })
			t.Run("nothing that is sent is our failure", func(t *testing.T) { garbage(t, in) })
			t.Run("Dynamics refuses what asks for nothing", func(t *testing.T) { emptyUpdates(t, in) })
			t.Run("CRM.COM takes dates and answers 200", func(t *testing.T) { dates(t, in) })
			t.Run("a page of the origin may call", func(t *testing.T) { crossOrigin(t, in) })
			t.Run("gRPC takes gzip", func(t *testing.T) { zipped(t, in) })
		})
	}
}

// call sends JSON and returns the status, the ETag and the members of the answer.
func (in *installation) call(t *testing.T, method, path, body string, headers ...string) (httpStatus int, etag string, answer map[string]any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, in.http+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil && response.StatusCode != http.StatusNotModified {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return response.StatusCode, response.Header.Get("ETag"), answer
}

func patches(t *testing.T, in *installation) {
	const item = "/recurring-billing/v1/items/RMR-MON"
	_, first, _ := in.call(t, "GET", item, "")
	for _, step := range []struct {
		name, query, body string
		headers           []string
		status            int
	}{
		{"false clears", "", `{"taxable":false}`, []string{"If-Match", first}, 200},
		{"the state has changed", "", `{"taxable":true}`, []string{"If-Match", first}, 412},
		{"the etag in the body", "", `{"taxable":true,"etag":"\"1\""}`, nil, 409},
		{"they differ", "", `{"taxable":true,"etag":"\"1\""}`, []string{"If-Match", `"2"`}, 400},
		{"only to see", "?validateOnly=true", `{"taxable":true,"categoryCode":""}`, nil, 200},
		{"null and empty clear", "", `{"defaultRate":null,"categoryCode":""}`, []string{"If-Match", "*"}, 200},
		{"an unknown member", "", `{"tax":true}`, nil, 400},
		{"an immutable one", "", `{"number":99}`, nil, 400},
		{"nothing", "", `{}`, nil, 400},
	} {
		if got, _, answer := in.call(t, "PATCH", item+step.query, step.body, step.headers...); got != step.status {
			t.Errorf("%s: got %d %v", step.name, got, answer)
		}
	}
	_, last, answer := in.call(t, "GET", item, "")
	if answer["taxable"] != false || answer["categoryCode"] != "" || answer["defaultRate"] != nil || answer["description"] != "Alarm monitoring" || last == first {
		t.Errorf("got %s %v", last, answer)
	}
	if got, _, again := in.call(t, "PATCH", item, text(t, answer), "If-Match", last); got != 200 || again["etag"] != last {
		t.Errorf("sending back what was read: got %d %v", got, again)
	}
	if got, _, _ := in.call(t, "GET", item, "", "If-None-Match", last); got != http.StatusNotModified {
		t.Errorf("If-None-Match: got %d", got)
	}
}

func text(t *testing.T, value any) string {
	t.Helper()
	written, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(written)
}

func ids(t *testing.T, in *installation) {
	const packages = "/customer-recurrence/v1/packages"
	for _, id := range []string{"a+b", "a b", "Ñ1", "50%", "a:b", strings.Repeat("Ñ", 255)} {
		got, _, created := in.call(t, "POST", packages+"?packageId="+url.QueryEscape(id), `{"displayName":"X"}`)
		name, _ := created["name"].(string)
		if got != 200 || name != "packages/"+id {
			t.Errorf("%s: got %d %v", id, got, created)
			continue
		}
		if got, _, read := in.call(t, "GET", packages+"/"+url.PathEscape(strings.TrimPrefix(name, "packages/")), ""); got != 200 || read["name"] != name {
			t.Errorf("%s: got %d %v", id, got, read)
		}
	}
	for _, id := range []string{"a%2Fb", "%2E%2E", "a%0Ab", "%E2%80%AEa", "%FF", "%00"} {
		if got, _, answer := in.call(t, "GET", packages+"/"+id, ""); got != 400 {
			t.Errorf("%s: got %d %v", id, got, answer)
		}
	}
}

func garbage(t *testing.T, in *installation) {
	connection := dial(t, in.recurringBilling)
	for name, sent := range map[string][]byte{"not UTF-8": {0x0a, 1, 0xff}, "truncated": {0x0a, 9, 'x'}, "no message": []byte("\x07")} {
		var answer []byte
		err := connection.Invoke(t.Context(), "/continuo.recurringbilling.v1.ItemService/GetItem", &sent, &answer, grpc.ForceCodec(raw{}))
		if status.Code(err) != codes.InvalidArgument {
			t.Errorf("%s over gRPC: got %v", name, err)
		}
	}
	for _, asked := range []struct {
		method, path, contentType, body string
	}{
		{"GET", "/recurring-billing/v1/items?filter=%FF", "", ""},
		{"POST", "/recurring-billing/v1/items", "application/json", "{\"description\":\"\xff\"}"},
		{"PUT", recurrencePath, "application/json", "{\"recurrence\":{\"name\":\"\xff\"}}"},
		{"PUT", recurrencePath, "text/xml", "<UpgradeDowngradeCrmModelApi>\xff</UpgradeDowngradeCrmModelApi>"},
		{"PUT", "/api/dynamics/clients/%FF/recurrences/R", "application/json", "{}"},
		{"PUT", linePath, "application/x-www-form-urlencoded", "ItemCode=%00&BillCycle=M"},
		{"PUT", linePath, "application/json", "\xff\xfe\x00"},
	} {
		if got, _, answer := in.send(t, asked.method, asked.path, map[string]string{"Content-Type": asked.contentType}, asked.body); got != 400 {
			t.Errorf("%s %s %q: got %d %s", asked.method, asked.path, asked.body, got, answer)
		}
	}
}

// raw sends bytes as they are.
type raw struct{}

func (raw) Name() string                      { return "proto" }
func (raw) Marshal(value any) ([]byte, error) { return *value.(*[]byte), nil }
func (raw) Unmarshal(data []byte, into any) error {
	*into.(*[]byte) = bytes.Clone(data)
	return nil
}

func dial(t *testing.T, address string) *grpc.ClientConn {
	t.Helper()
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return connection
}

func emptyUpdates(t *testing.T, in *installation) {
	_, _, before := in.call(t, "GET", nativeRecurrencePath, "")
	const root, end = `<UpgradeDowngradeCrmModelApi xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">`, "</UpgradeDowngradeCrmModelApi>"
	for _, c := range []struct{ contentType, body, field string }{
		{"application/json", `{}`, "recurrence"},
		{"application/json", `{"recurrence":null}`, "recurrence"},
		{"text/json", `{"recurence":{"name":"x"}}`, "recurrence"},
		{"application/json", `{"recurrence":{"nam":"x"}}`, "recurrence"},
		{"application/json", `{"name":"x","price":1}`, "recurrence"},
		{"application/xml", root + end, "recurrence"},
		{"text/xml", root + `<recurrence xsi:nil="true"/>` + end, "recurrence"},
		{"text/xml", root + `<Recurrence><name>x</name></Recurrence>` + end, "recurrence"},
		{"text/xml", `<Recurrence><name>x</name></Recurrence>`, "The root element 'Recurrence'"},
		{"application/x-www-form-urlencoded", `name=x`, "recurrence"},
		{"application/x-www-form-urlencoded", `m[recurrence][name]=x`, "recurrence"},
		{"application/x-www-form-urlencoded", `recurrence=x`, "recurrence"},
	} {
		got, _, answer := in.send(t, "PUT", recurrencePath, map[string]string{"Content-Type": c.contentType, "Accept": "application/json"}, c.body)
		if got != 400 || !strings.HasPrefix(answer, `{"success":false,"message":"`) || !strings.Contains(answer, `"messageDetail":["`+c.field) {
			t.Errorf("%s: got %d %s", c.body, got, answer)
		}
	}
	if _, _, after := in.call(t, "GET", nativeRecurrencePath, ""); after["etag"] != before["etag"] {
		t.Errorf("got %v, before %v", after, before)
	}
}

func dates(t *testing.T, in *installation) {
	update := func(members string) map[string]any {
		got, _, answer := in.call(t, "POST", "/subscriptions/update", `{"token":"`+demoToken+`","subscription_identifier":{"number":"S60117"},"fields_set":"number",`+members+`}`)
		if got != 200 {
			t.Errorf("%s: got %d", members, got)
		}
		return answer["status"].(map[string]any)
	}
	for _, date := range []string{"2015-02-20T16:40:42", "2015-02-20", "2015-02-20T16:40:42Z", "2015-02-20T16:40:42.123456789-06:00", "2015-02-20T16:40"} {
		if got := update(`"udf_date_1":"` + date + `"`); got["code"] != "OK" {
			t.Errorf("%s: got %v", date, got)
		}
	}
	if got := update(`"udf_date_1":"20.02.2015"`); got["code"] != "INVALID_PARAMETER" || got["description"] != "udf_date_1" {
		t.Errorf("got %v", got)
	}
	for path, code := range map[string]string{"/subscriptions/update": "METHOD_NOT_ALLOWED", "/subscriptions/nope": "NOT_FOUND"} {
		if got, _, answer := in.call(t, "GET", path, ""); got != 200 || answer["status"].(map[string]any)["code"] != code {
			t.Errorf("%s: got %d %v", path, got, answer)
		}
	}
}

func crossOrigin(t *testing.T, in *installation) {
	for origin, want := range map[string]string{"https://app.example.com": "https://app.example.com", "https://other.example.com": ""} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, in.http+"/recurring-billing/v1/items", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Origin", origin)
		request.Header.Set("Access-Control-Request-Method", "POST")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if got := response.Header.Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("%s: got %q", origin, got)
		}
	}
}

func zipped(t *testing.T, in *installation) {
	answer, err := recurringbillingv1.NewItemServiceClient(dial(t, in.recurringBilling)).
		ListItems(context.Background(), &recurringbillingv1.ListItemsRequest{}, grpc.UseCompressor(grpcgzip.Name))
	if err != nil || len(answer.GetItems()) == 0 {
		t.Errorf("got %v, %v", answer, err)
	}
	var body bytes.Buffer
	writer := gzip.NewWriter(&body)
	_, err = writer.Write([]byte(`{"description":"Zipped"}`))
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got, _, answer := in.call(t, "POST", "/recurring-billing/v1/items?itemId=ZIP", body.String(), "Content-Encoding", "gzip"); got != 200 || answer["description"] != "Zipped" {
		t.Errorf("got %d %v", got, answer)
	}
}
