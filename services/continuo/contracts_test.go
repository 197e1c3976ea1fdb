package continuo_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	recurrencePath       = "/api/dynamics/clients/C-1001/recurrences/R-5001"
	nativeRecurrencePath = "/customer-recurrence/v1/customers/C-1001/recurrences/R-5001"
	linePath             = "/api/customerrecurring/1"
	demoToken            = "68AE293767E642338983F52D879D56E7"
	sedonaNamespace      = "http://schemas.datacontract.org/2004/07/SedonaServices.Models"
)

// TestContracts runs the three vendors' operations against every form in which Continuo can run.
// Clients get the same responses from each, and the changes survive a restart.
func TestContracts(t *testing.T) {
	for _, f := range forms {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			in := install(t, f)
			t.Run("Dynamics changes a recurrence in all five media types", func(t *testing.T) { dynamicsChanges(t, in) })
			t.Run("Dynamics rejects invalid input", func(t *testing.T) { dynamicsRefuses(t, in) })
			t.Run("CRM.COM returns the documented response", func(t *testing.T) { crmcomExample(t, in) })
			t.Run("CRM.COM sessions can be used until released", func(t *testing.T) { crmcomSessions(t, in) })
			t.Run("CRM.COM rejects invalid input", func(t *testing.T) { crmcomRefuses(t, in) })
			t.Run("Sedona updates a line in all five media types", func(t *testing.T) { sedonaUpdates(t, in) })
			t.Run("Sedona rejects invalid input", func(t *testing.T) { sedonaRefuses(t, in) })
			t.Run("a restart keeps the stores", func(t *testing.T) { restartKeeps(t, in) })
			if strings.Contains(in.logs(), demoToken) {
				t.Error("the log contains the token")
			}
		})
	}
}

func dynamicsChanges(t *testing.T, in *installation) {
	for i, c := range []struct{ contentType, body string }{
		{"application/json", `{"recurrence":{"recurrence_id":"R-5001","package_id":"PKG-%[1]d","name":"Plan %[1]d","price":%[1]d.5,"services":[{"service_id":"S-%[1]d","transaction_limit":%[1]d,"value":"v","serviceid_ext":"e"}]}}`},
		{"text/json", `{"recurrence":{"package_id":"PKG-%[1]d","name":"Plan %[1]d","price":"%[1]d.5","services":[{"service_id":"S-%[1]d","transaction_limit":%[1]d}]}}`},
		{"application/xml", `<UpgradeDowngradeCrmModelApi><recurrence><package_id>PKG-%[1]d</package_id><name>Plan %[1]d</name><price>%[1]d.5</price><services><ServicesModel><service_id>S-%[1]d</service_id><transaction_limit>%[1]d</transaction_limit></ServicesModel></services></recurrence></UpgradeDowngradeCrmModelApi>`},
		{"text/xml", `<UpgradeDowngradeCrmModelApi><recurrence><price>%[1]d.5</price><package_id>PKG-%[1]d</package_id><name>Plan %[1]d</name><services><ServicesModel><service_id>S-%[1]d</service_id><transaction_limit>%[1]d</transaction_limit></ServicesModel></services></recurrence></UpgradeDowngradeCrmModelApi>`},
		{"application/x-www-form-urlencoded", `recurrence[package_id]=PKG-%[1]d&recurrence[name]=Plan+%[1]d&recurrence[price]=%[1]d.5&recurrence.services[0].service_id=S-%[1]d&recurrence[services][0][transaction_limit]=%[1]d`},
	} {
		n := i + 1
		status, contentType, answer := in.send(t, "PUT", recurrencePath, map[string]string{"Content-Type": c.contentType}, fmt.Sprintf(c.body, n))
		if status != 200 {
			t.Fatalf("%s: status %d: %s", c.contentType, status, answer)
		}
		wantType := c.contentType + "; charset=utf-8"
		if strings.HasSuffix(c.contentType, "urlencoded") {
			wantType = "application/json; charset=utf-8"
		}
		if contentType != wantType {
			t.Errorf("%s: got content type %s, want %s", c.contentType, contentType, wantType)
		}
		if strings.Contains(contentType, "xml") {
			dynamicsEnvelopeXML(t, answer)
		} else {
			dynamicsEnvelopeJSON(t, answer)
		}
		recurrence := in.get(t, nativeRecurrencePath)
		if got := fmt.Sprint(recurrence["packageId"], recurrence["displayName"], moneyText(recurrence["price"]), len(recurrence["services"].([]any))); got != fmt.Sprintf("PKG-%[1]dPlan %[1]d%[1]d.51", n) &&
			got != fmt.Sprintf("PKG-%[1]d Plan %[1]d %[1]d.5 1", n) {
			t.Errorf("%s: stored recurrence: got %v", c.contentType, recurrence)
		}
	}
}

// moneyText formats a google.type.Money as a decimal number.
func moneyText(price any) string {
	money, _ := price.(map[string]any)
	return strings.TrimRight(fmt.Sprintf("%v.%09.0f", money["units"], money["nanos"]), "0")
}

// dynamicsEnvelopeJSON checks the members of the envelope and of the customer, and their documented
// order.
func dynamicsEnvelopeJSON(t *testing.T, answer string) {
	t.Helper()
	if got := memberNames(t, answer); !cmp.Equal(got, []string{"success", "message", "messageDetail", "failureCode", "data"}) {
		t.Errorf("envelope members: got %v", got)
	}
	var envelope struct {
		Success bool            `json:"success"`
		Data    json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal([]byte(answer), &envelope); err != nil || !envelope.Success {
		t.Errorf("parsing the envelope %s: %v", answer, err)
	}
	want := strings.Fields(`CustomerId GrantorTaxId CustomerTaxId BusinessName Name Surname1 Surname2 CustomerTypeId CitizenshipId ContactInfo
		CustomerContactInfoes Street ExternalNumber InternalNumber District ZipCode Municipality State Country CustomerCode
		NumRegIdTrib ResidenceTax DeliveryPortal Settings Defaults`)
	if diff := cmp.Diff(want, memberNames(t, string(envelope.Data))); diff != "" {
		t.Errorf("customer members (-documented +got):\n%s", diff)
	}
}

func dynamicsEnvelopeXML(t *testing.T, answer string) {
	t.Helper()
	if !strings.HasPrefix(answer, `<ResponseModelApiOfCustomerModelApi xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><success>true</success>`) {
		t.Errorf("envelope: got %.200s", answer)
	}
	var envelope struct {
		Data struct {
			CustomerUUID string `xml:"CustomerUuid"`
			Settings     struct {
				IsCollaborative string
			} `xml:"CustomerSettings"`
		} `xml:"data"`
	}
	if err := xml.Unmarshal([]byte(answer), &envelope); err != nil || len(envelope.Data.CustomerUUID) != 36 || envelope.Data.Settings.IsCollaborative == "" {
		t.Errorf("XML names differ from the documented ones: %v %+v\n%s", err, envelope, answer)
	}
}

func dynamicsRefuses(t *testing.T, in *installation) {
	before := in.get(t, nativeRecurrencePath)
	for name, c := range map[string]struct {
		path, body string
		status     int
		code       string
	}{
		"an unknown client":      {"/api/dynamics/clients/nobody/recurrences/R-5001", `{"recurrence":{"name":"x"}}`, 404, "NOT_FOUND"},
		"an unknown recurrence":  {"/api/dynamics/clients/C-1001/recurrences/nothing", `{"recurrence":{"name":"x"}}`, 404, "NOT_FOUND"},
		"another id in the body": {recurrencePath, `{"recurrence":{"recurrence_id":"R-9999","name":"x"}}`, 400, "INVALID_PARAMETER"},
		"a negative price":       {recurrencePath, `{"recurrence":{"price":-0.01}}`, 400, "INVALID_PARAMETER"},
		"a negative limit":       {recurrencePath, `{"recurrence":{"services":[{"service_id":"a","transaction_limit":-1}]}}`, 400, "INVALID_PARAMETER"},
		"a repeated service":     {recurrencePath, `{"recurrence":{"services":[{"service_id":"a"},{"service_id":"a"}]}}`, 400, "INVALID_PARAMETER"},
		"an unreadable body":     {recurrencePath, `{"recurrence":{"price":"a lot"}}`, 400, "INVALID_PARAMETER"},
		"an empty body":          {recurrencePath, ``, 400, ""},
	} {
		status, _, answer := in.send(t, "PUT", c.path, map[string]string{"Content-Type": "application/json"}, c.body)
		var envelope struct {
			Success       bool     `json:"success"`
			FailureCode   string   `json:"failureCode"`
			MessageDetail []string `json:"messageDetail"`
			Data          any      `json:"data"`
		}
		if err := json.Unmarshal([]byte(answer), &envelope); err != nil || status != c.status || envelope.Success || envelope.Data != nil ||
			c.code != "" && envelope.FailureCode != c.code || envelope.FailureCode == "" {
			t.Errorf("%s: status %d: %s (%v)", name, status, answer, err)
		}
	}
	if diff := cmp.Diff(before, in.get(t, nativeRecurrencePath)); diff != "" {
		t.Errorf("a rejected change modified the recurrence:\n%s", diff)
	}
}

func crmcomExample(t *testing.T, in *installation) {
	request, documented := testdata(t, "crmcom-documented-request.json"), decode(t, testdata(t, "crmcom-documented-response.json"))
	for _, path := range []string{"/subscriptions/update", "/crmapi/rest/v2/subscriptions/update"} {
		status, contentType, answer := in.send(t, "POST", path, map[string]string{"Content-Type": "application/json"}, request)
		if status != 200 || !strings.HasPrefix(contentType, "application/json") {
			t.Fatalf("%s: status %d, %s: %s", path, status, contentType, answer)
		}
		contains(t, path, documented, decode(t, answer))
	}
	status, _, answer := in.send(t, "POST", "/subscriptions/update", map[string]string{"Content-Type": "application/json"},
		`{"token":"`+demoToken+`","subscription_identifier":{"number":"S60117"},"notes":"n","fields_set":"number,accounts_receivable.name"}`)
	want := map[string]any{"number": "S60117", "accounts_receivable": map[string]any{"name": "Louis Litt 2"}}
	if got := decode(t, answer)["data"]; status != 200 || !cmp.Equal(got, any(want)) {
		t.Errorf("fields_set: got status %d: %s", status, answer)
	}
}

// contains checks that got has every member of want, with the same value.
func contains(t *testing.T, path string, want, got any) {
	t.Helper()
	object, isObject := want.(map[string]any)
	if !isObject {
		if !cmp.Equal(want, got) {
			t.Errorf("%s: got %v, documented %v", path, got, want)
		}
		return
	}
	gotObject, ok := got.(map[string]any)
	if !ok {
		t.Errorf("%s: got %v, documented an object", path, got)
		return
	}
	for name, value := range object {
		member, present := gotObject[name]
		if !present {
			t.Errorf("%s.%s is missing", path, name)
			continue
		}
		contains(t, path+"."+name, value, member)
	}
}

func crmcomSessions(t *testing.T, in *installation) {
	post := func(path, body string) (int, map[string]any) {
		status, _, answer := in.send(t, "POST", path, map[string]string{"Content-Type": "application/json"}, body)
		return status, decode(t, answer)
	}
	for _, prefix := range []string{"", "/crmapi/rest/v2"} {
		status, answer := post(prefix+"/authentication/token", `{"username":"demo","password":"demo","organisation":"demo"}`)
		if status != 200 {
			t.Fatalf("login: status %d: %v", status, answer)
		}
		token := answer["data"].(map[string]any)["token"].(string)
		update := fmt.Sprintf(`{"token":%q,"subscription_identifier":{"number":"S60117"},"notes":"session"}`, token)
		if status, answer := post("/subscriptions/update", update); status != 200 {
			t.Errorf("using a new token: got status %d: %v", status, answer)
		}
		if status, answer := post(prefix+"/authentication/token/release", fmt.Sprintf(`{"token":%q}`, token)); status != 200 {
			t.Errorf("releasing a token: got status %d: %v", status, answer)
		}
		if status, answer := post("/subscriptions/update", update); status != 401 || answer["status"].(map[string]any)["code"] != "INVALID_TOKEN" {
			t.Errorf("using a released token: got status %d: %v", status, answer)
		}
		if status, answer := post(prefix+"/authentication/token", `{"username":"demo","password":"wrong","organisation":"demo"}`); status != 401 {
			t.Errorf("signing in with a wrong password: got status %d: %v", status, answer)
		}
	}
}

func crmcomRefuses(t *testing.T, in *installation) {
	show := func() any { return in.get(t, "/subscription/v1/subscriptions?page_size=1000")["subscriptions"] }
	before := show()
	for name, c := range map[string]struct {
		members string
		status  int
		code    string
	}{
		"no token":                  {`"subscription_identifier":{"number":"S60117"}`, 401, "INVALID_TOKEN"},
		"no subscription":           {`"token":"T"`, 400, "MISSING_PARAMETER"},
		"two identifiers":           {`"token":"T","subscription_identifier":{"number":"S60117","id":"08E04C64110A44FF79F4431E1F4E1765"}`, 400, "AMBIGUOUS_PARAMETER"},
		"an unknown subscription":   {`"token":"T","subscription_identifier":{"number":"S0"}`, 404, "NOT_FOUND"},
		"an unknown group":          {`"token":"T","subscription_identifier":{"number":"S60117"},"notes":"lost","owned_by_group_identifier":{"name":"nobody"}`, 404, "NOT_FOUND"},
		"a bad date":                {`"token":"T","subscription_identifier":{"number":"S60117"},"notes":"lost","udf_date_1":"yesterday"`, 400, "INVALID_PARAMETER"},
		"one bad entry of a set":    {`"token":"T","subscription_identifier":{"number":"S60117"},"notes":"lost","services_set":[{"subscription_service_id":"nothing","udf_string_1":"x"}]`, 404, "NOT_FOUND"},
		"an unknown field in a set": {`"token":"T","subscription_identifier":{"number":"S60117"},"notes":"lost","fields_set":"nonsense"`, 400, "INVALID_PARAMETER"},
	} {
		status, _, answer := in.send(t, "POST", "/subscriptions/update", map[string]string{"Content-Type": "application/json"},
			"{"+strings.ReplaceAll(c.members, `"T"`, `"`+demoToken+`"`)+"}")
		got := decode(t, answer)
		if outcome, ok := got["status"].(map[string]any); status != c.status || !ok || outcome["code"] != c.code || got["data"] != nil {
			t.Errorf("%s: got status %d: %s, want %d %s", name, status, answer, c.status, c.code)
		}
	}
	if diff := cmp.Diff(before, show()); diff != "" {
		t.Errorf("a rejected update modified the subscription:\n%s", diff)
	}
}

func sedonaUpdates(t *testing.T, in *installation) {
	for i, c := range []struct{ contentType, body string }{
		{"application/json", `{"CustomerRecurringId":1,"ItemCode":"RMR-MON","MasterItemCode":"RMR-BASE","BillCycle":"Q","InvoiceItemMemo":"memo %d"}`},
		{"text/json", `{"itemcode":"RMR-SVC",BillCycle:'S',"InvoiceItemMemo":"memo %d"}`},
		{"application/xml", `<CustomerRecurringUpdate xmlns="` + sedonaNamespace + `"><BillCycle>A</BillCycle><InvoiceItemMemo>memo %d</InvoiceItemMemo><ItemCode>RMR-INSP</ItemCode></CustomerRecurringUpdate>`},
		{"text/xml", `<CustomerRecurringUpdate xmlns="` + sedonaNamespace + `"><ItemCode>RMR-CELL</ItemCode><InvoiceItemMemo>memo %d</InvoiceItemMemo><BillCycle>M</BillCycle></CustomerRecurringUpdate>`},
		{"application/x-www-form-urlencoded", `ItemCode=RMR-FIRE&BillCycle=M&InvoiceItemMemo=memo+%d`},
	} {
		status, _, answer := in.send(t, "PUT", linePath, map[string]string{"Content-Type": c.contentType}, fmt.Sprintf(c.body, i))
		if status != 204 || answer != "" {
			t.Errorf("%s: status %d: %q", c.contentType, status, answer)
		}
		line := in.get(t, linePath)
		if line["InvoiceItemMemo"] != fmt.Sprint("memo ", i) {
			t.Errorf("%s: stored line: got %v", c.contentType, line)
		}
	}
	line := in.get(t, linePath)
	if line["MasterItemCode"] != "N/A" || line["ItemCode"] != "RMR-FIRE" || line["UserDescription"] == "" {
		t.Errorf("documented defaults are missing: %v", line)
	}
	status, _, items := in.send(t, "GET", "/api/item", nil, "")
	if status != 200 || !strings.Contains(items, `"ItemCode":"RMR-MON"`) || items[0] != '[' {
		t.Errorf("items: status %d: %s", status, items)
	}
}

func sedonaRefuses(t *testing.T, in *installation) {
	before := in.get(t, linePath)
	for name, c := range map[string]struct {
		path, body string
		status     int
		field      string
	}{
		"an unknown line":        {"/api/customerrecurring/424242", `{"ItemCode":"RMR-MON","BillCycle":"M"}`, 404, ""},
		"another id in the body": {linePath, `{"CustomerRecurringId":2,"ItemCode":"RMR-MON","BillCycle":"M"}`, 400, "model.CustomerRecurringId"},
		"an unknown bill cycle":  {linePath, `{"ItemCode":"RMR-MON","BillCycle":"X"}`, 400, "model.BillCycle"},
		"an unknown item":        {linePath, `{"ItemCode":"NOPE","BillCycle":"M"}`, 400, "model.ItemCode"},
		"an unknown master item": {linePath, `{"ItemCode":"RMR-MON","MasterItemCode":"NOPE","BillCycle":"M"}`, 400, "model.MasterItemCode"},
		"an unknown master":      {linePath, `{"ItemCode":"RMR-MON","MasterAccountCode":"NOPE","BillCycle":"M"}`, 400, "model.MasterAccountCode"},
		"an unknown bill-to":     {linePath, `{"ItemCode":"RMR-MON","BillCycle":"M","CustomerBillId":424242}`, 400, "model.CustomerBillId"},
		"no required fields":     {linePath, `{}`, 400, "model.ItemCode"},
		"an empty body":          {linePath, ``, 400, ""},
	} {
		status, _, answer := in.send(t, "PUT", c.path, map[string]string{"Content-Type": "application/json"}, c.body)
		var failure struct {
			Message    string
			ModelState map[string][]string
		}
		if err := json.Unmarshal([]byte(answer), &failure); err != nil || status != c.status || failure.Message == "" || c.field != "" && len(failure.ModelState[c.field]) == 0 {
			t.Errorf("%s: got status %d: %s (%v), want %d with field %q", name, status, answer, err, c.status, c.field)
		}
	}
	if diff := cmp.Diff(before, in.get(t, linePath)); diff != "" {
		t.Errorf("a rejected update modified the line:\n%s", diff)
	}
}

func restartKeeps(t *testing.T, in *installation) {
	paths := []string{linePath, nativeRecurrencePath, "/customer-recurrence/v1/customers", "/subscription/v1/subscriptions",
		"/subscription/v1/accounts", "/recurring-billing/v1/recurringLines"}
	before := map[string]any{}
	for _, path := range paths {
		before[path] = in.get(t, path)
	}
	in.restart(t)
	for _, path := range paths {
		if diff := cmp.Diff(before[path], any(in.get(t, path))); diff != "" {
			t.Errorf("%s changed in a restart (-before +after):\n%s", path, diff)
		}
	}
}

// get returns a resource as JSON.
func (in *installation) get(t *testing.T, path string) map[string]any {
	t.Helper()
	status, _, answer := in.send(t, "GET", path, map[string]string{"Accept": "application/json"}, "")
	if status != 200 {
		t.Fatalf("GET %s: status %d: %s", path, status, answer)
	}
	return decode(t, answer)
}

func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		t.Fatalf("not a JSON object: %v: %s", err, text)
	}
	return object
}

// memberNames returns the names of an object's members in order.
func memberNames(t *testing.T, object string) (names []string) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(object))
	if _, err := decoder.Token(); err != nil {
		t.Fatalf("not a JSON object: %v: %s", err, object)
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name.(string))
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	return names
}

func testdata(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
