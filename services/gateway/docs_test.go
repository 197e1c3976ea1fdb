package gateway

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"google.golang.org/genproto/googleapis/api/annotations"
)

// TestDocumentationLoadsFromGatewayOnly follows everything that the page loads. It is all the gateway's own.
func TestDocumentationLoadsFromGatewayOnly(t *testing.T) {
	server := startGateway(t, startBackend(t), everyRoute)
	page := request{"GET", "/docs", "", ""}.send(t, server.URL)
	if page.status != http.StatusOK || !strings.Contains(page.contentType, "text/html") {
		t.Fatalf("got %d %s", page.status, page.contentType)
	}
	policy := page.header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "//") {
		t.Errorf("got content security policy %q", policy)
	}
	loaded := regexp.MustCompile(`<(?:link|script)[^>]* (?:src|href)="([^"]+)"|from "\.(/[^"]+)"|fetch\("([^"]+)"`)
	targets, seen := []string{docsPath}, map[string]bool{}
	for len(targets) > 0 {
		target := targets[0]
		targets = targets[1:]
		if seen[target] {
			continue
		}
		seen[target] = true
		got := request{"GET", target, "", ""}.send(t, server.URL)
		if got.status != http.StatusOK || got.text == "" {
			t.Errorf("%s: got %d", target, got.status)
		}
		for _, found := range loaded.FindAllStringSubmatch(got.text, -1) {
			switch {
			case found[2] != "":
				targets = append(targets, strings.TrimSuffix(docsPath, "/")+found[2])
			case !strings.HasPrefix(found[1]+found[3], "/") || strings.HasPrefix(found[1]+found[3], "//"):
				t.Errorf("%s loads %s from another host", target, found[1]+found[3])
			default:
				targets = append(targets, found[1]+found[3])
			}
		}
	}
	if !seen[openAPIPath] || len(seen) < 6 {
		t.Errorf("the page loads only %v", slices.Sorted(maps.Keys(seen)))
	}
}

// TestGuideLinksLeadSomewhere follows the links of the guide within the page, and to other pages of the gateway.
func TestGuideLinksLeadSomewhere(t *testing.T) {
	server := startGateway(t, startBackend(t), everyRoute)
	for _, page := range []string{"/", docsPath} {
		text := request{"GET", page, "", ""}.send(t, server.URL, "Accept", "text/html").text
		description := request{"GET", openAPIPath, "", ""}.send(t, server.URL).text
		for _, link := range regexp.MustCompile(`href="(/|#)([^"]*)"`).FindAllStringSubmatch(text, -1) {
			if link[1] == "#" {
				if !strings.Contains(text, `id="`+link[2]+`"`) && !strings.Contains(description, `"operationId":"`+link[2]+`"`) {
					t.Errorf("%s: nothing is at #%s", page, link[2])
				}
			} else if got := (request{"GET", "/" + link[2], "", ""}).send(t, server.URL); got.status == http.StatusNotFound {
				t.Errorf("%s: there is no /%s", page, link[2])
			}
		}
	}
}

func TestRootSaysWhereToGo(t *testing.T) {
	server := startGateway(t, startBackend(t), everyRoute)
	for accept, contentType := range map[string]string{
		"": "application/json", "*/*": "application/json", "application/json": "application/json",
		"text/html,application/xhtml+xml,*/*;q=0.8": "text/html; charset=utf-8",
	} {
		got := request{"GET", "/", "", ""}.send(t, server.URL, "Accept", accept)
		if got.status != http.StatusOK || got.contentType != contentType || !strings.Contains(got.text, docsPath) {
			t.Errorf("Accept %q: got %d %s %s", accept, got.status, got.contentType, got.text)
		}
	}
	if got := (request{"GET", "/nothing", "", ""}).send(t, server.URL); got.status != http.StatusNotFound {
		t.Errorf("got %d for a path that nobody has", got.status)
	}
}

func describe(t *testing.T) map[string]any {
	t.Helper()
	server := startGateway(t, startBackend(t), everyRoute)
	got := request{"GET", openAPIPath, "", ""}.send(t, server.URL)
	if got.status != http.StatusOK || got.contentType != "application/json" {
		t.Fatalf("got %d %s", got.status, got.contentType)
	}
	var document map[string]any
	if err := json.Unmarshal([]byte(got.text), &document); err != nil {
		t.Fatal(err)
	}
	return document
}

// at returns the value at a path of member names.
func at(t *testing.T, value any, path ...string) any {
	t.Helper()
	for _, name := range path {
		object, ok := value.(map[string]any)
		if !ok || object[name] == nil {
			t.Fatalf("no value at %s of %v", name, path)
		}
		value = object[name]
	}
	return value
}

func TestDescriptionHasEveryPath(t *testing.T) {
	paths := at(t, describe(t), "paths").(map[string]any)
	for path, methods := range map[string][]string{
		"/api/customerrecurring/{id}": {"get", "put"},
		"/api/item":                   {"get"},
		"/api/dynamics/clients/{clientId}/recurrences/{recurrenceId}": {"put"},
		"/subscriptions/update":                                    {"post"},
		"/crmapi/rest/v2/subscriptions/update":                     {"post"},
		"/authentication/token":                                    {"post"},
		"/crmapi/rest/v2/authentication/token/release":             {"post"},
		"/customer-recurrence/v1/customers":                        {"get", "post"},
		"/customer-recurrence/v1/customers/{customer}":             {"get"},
		"/customer-recurrence/v1/customers/{customer}/recurrences": {"get", "post"},
		"/recurring-billing/v1/recurringLines/{recurringLine}":     {"get"},
		"/subscription/v1/groups/{group}":                          {"get"},
	} {
		for _, method := range methods {
			at(t, paths, path, method)
		}
	}
	ids := map[string]bool{}
	for path, operations := range paths {
		for method, operation := range operations.(map[string]any) {
			id := operation.(map[string]any)["operationId"].(string)
			if ids[id] {
				t.Errorf("%s %s: operation id %s is used twice", method, path, id)
			}
			ids[id] = true
		}
	}
}

func TestDescriptionMatchesWireFormat(t *testing.T) {
	document := describe(t)
	for _, test := range []struct {
		path []string
		want string
	}{
		{[]string{"components", "schemas", "dynamics.v1.Recurrence", "properties", "price", "type"}, `"number"`},
		{[]string{"components", "schemas", "dynamics.v1.Recurrence", "properties", "services", "type"}, `["array","null"]`},
		{[]string{"components", "schemas", "dynamics.v1.Recurrence", "properties", "services", "items", "$ref"}, `"#/components/schemas/dynamics.v1.ContractedService"`},
		{[]string{"openapi"}, `"3.1.0"`},
		{[]string{"components", "schemas", "dynamics.v1.Customer", "properties", "BusinessName", "type"}, `["string","null"]`},
		{[]string{"components", "schemas", "crmcom.v2.UpdateSubscriptionRequest", "required"}, `["token"]`},
		{[]string{"components", "schemas", "crmcom.v2.UpdateSubscriptionRequest", "properties", "notes", "type"}, `["string","null"]`},
		{[]string{"components", "schemas", "continuo.recurringbilling.v1.ItemPatch", "properties", "description", "type"}, `["string","null"]`},
		{[]string{"components", "schemas", "continuo.recurringbilling.v1.Item", "required"}, `["description"]`},
		{[]string{"components", "schemas", "dynamics.v1.Recurrence", "xml", "name"}, `"RecurrencesModel"`},
		{[]string{"components", "schemas", "dynamics.v1.Customer", "properties", "CustomerId", "format"}, `"uuid"`},
		{[]string{"components", "schemas", "dynamics.v1.CustomerEdit", "properties", "GrantorTaxId", "minLength"}, `12`},
		{[]string{"components", "schemas", "dynamics.v1.CustomerEdit", "properties", "Surname1", "pattern"}, `"^$|^[a-zñüáéíóúA-ZÑÜÁÉÍÓÚ .,]+$"`},
		{[]string{"components", "schemas", "dynamics.v1.FiscalData", "properties", "zipCode", "pattern"}, `"^[0-9]*$"`},
		{[]string{"components", "schemas", "dynamics.v1.Customer", "properties", "CustomerId", "xml", "name"}, `"CustomerUuid"`},
		{[]string{"components", "schemas", "sedona.v1.CustomerRecurringUpdate", "required"}, `["ItemCode","BillCycle"]`},
		{[]string{"components", "schemas", "sedona.v1.CustomerRecurringUpdate", "properties", "BillCycle", "maxLength"}, `1`},
		{[]string{"components", "schemas", "sedona.v1.ListItemsResponse", "type"}, `"array"`},
		{[]string{"components", "schemas", "crmcom.v2.UpdateSubscriptionRequest", "properties", "udf_float_1", "type"}, `["number","null"]`},
		{[]string{"paths", "/api/customerrecurring/{id}", "put", "responses", "204", "description"}, `"Done; there is no body."`},
		{[]string{"paths", "/api/customerrecurring/{id}", "put", "requestBody", "content", "application/x-www-form-urlencoded", "schema", "$ref"}, `"#/components/schemas/sedona.v1.CustomerRecurringUpdateForm"`},
		{[]string{"paths", "/api/customerrecurring/{id}", "put", "responses", "default", "content", "application/json", "schema", "$ref"}, `"#/components/schemas/HttpError"`},
		{[]string{"paths", "/subscriptions/update", "post", "responses", "default", "content", "application/json", "schema", "$ref"}, `"#/components/schemas/crmcom.v2.FailureResponse"`},
		{[]string{"paths", "/customer-recurrence/v1/customers", "get", "responses", "default", "content", "application/json", "schema", "$ref"}, `"#/components/schemas/google.rpc.Status"`},
	} {
		got, err := json.Marshal(at(t, document, test.path...))
		if err != nil || string(got) != test.want {
			t.Errorf("%v: got %s, want %s: %v", test.path, got, test.want, err)
		}
	}
	consumes := at(t, document, "paths", "/api/customerrecurring/{id}", "put", "requestBody", "content").(map[string]any)
	if got := strings.Join(slices.Sorted(maps.Keys(consumes)), " "); got != "application/json application/x-www-form-urlencoded application/xml text/json text/xml" {
		t.Errorf("got media types %s for a line", got)
	}
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	for _, absent := range []string{"buf:lint", "null_fields", `"google.type.Decimal":{"type":"object","properties":{"value":{"type":"number"`} {
		if strings.Contains(string(text), absent) {
			t.Errorf("the description must not contain %s", absent)
		}
	}
	for _, reference := range regexp.MustCompile(`"#/components/schemas/([^"]+)"`).FindAllStringSubmatch(string(text), -1) {
		at(t, document, "components", "schemas", reference[1])
	}
}

// TestEveryServiceIsTranscoded checks that every service with REST paths is in the table of
// backends.
func TestEveryServiceIsTranscoded(t *testing.T) {
	listed := map[protoreflect.FullName]bool{}
	for _, backend := range withAcme(Config{}).backends {
		for _, offered := range backend.services {
			if listed[offered.name] || slices.ContainsFunc(shared, func(s service) bool { return s.name == offered.name }) {
				t.Errorf("%s is transcoded twice", offered.name)
			}
			listed[offered.name] = true
		}
	}
	for _, offered := range shared {
		listed[offered.name] = true
	}
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				if proto.HasExtension(service.Methods().Get(j).Options(), annotations.E_Http) && !listed[service.FullName()] {
					t.Errorf("%s has REST paths but is not transcoded", service.FullName())
					break
				}
			}
		}
		return true
	})
}

func TestDescriptionHasUpdateMasksAndDates(t *testing.T) {
	document := describe(t)
	parameters := func(path, method string) map[string]string {
		types := map[string]string{}
		for _, parameter := range at(t, document, "paths", path, method, "parameters").([]any) {
			described := parameter.(map[string]any)
			if described["$ref"] != nil {
				continue // a header
			}
			schema := described["schema"].(map[string]any)
			types[fmt.Sprint(described["name"])] = fmt.Sprint(schema["type"], " ", schema["format"])
		}
		return types
	}
	patches := 0
	for path, operations := range at(t, document, "paths").(map[string]any) {
		if _, patched := operations.(map[string]any)["patch"]; patched {
			patches++
			if got := parameters(path, "patch")["updateMask"]; got != "string <nil>" {
				t.Errorf("%s: got updateMask of type %q", path, got)
			}
		}
	}
	if patches == 0 {
		t.Error("the description has no PATCH operation")
	}
	listing := parameters("/recurring-billing/v1/invoices", "get")
	if listing["filter"] != "string <nil>" || listing["pageSize"] != "integer int32" || len(listing) != 4 {
		t.Errorf("got parameters %v for listing invoices", listing)
	}
}

func TestDocumentsAreDescribedAsFiles(t *testing.T) {
	document := describe(t)
	for path, contentType := range map[string]string{
		"/recurring-billing/v1/invoices/{invoice}:print": "application/pdf",
		"/recurring-billing/v1/invoices:export":          "text/csv",
	} {
		operation := at(t, document, "paths", path, "get")
		content := at(t, operation, "responses", "200", "content").(map[string]any)
		if len(content) != 1 || at(t, content, contentType, "schema", "type") != "string" {
			t.Errorf("%s: got content %v", path, content)
		}
	}
}

// A change holds a part of a recurrence, so none of its members is required, as all are in a creation.
func TestDescriptionRequiresNothingOfAPart(t *testing.T) {
	schemas := at(t, describe(t), "components", "schemas").(map[string]any)
	const native = "continuo.customerrecurrence.v1."
	for _, request := range []string{"QuoteRecurrenceRequest", "ChangeRecurrenceRequest"} {
		if got := at(t, schemas, native+request, "properties", "recurrence", "$ref"); got != "#/components/schemas/"+native+"RecurrencePart" {
			t.Errorf("%s: got %v", request, got)
		}
	}
	if part := schemas[native+"RecurrencePart"].(map[string]any); part["required"] != nil {
		t.Errorf("a part requires %v", part["required"])
	}
	if got := fmt.Sprint(at(t, schemas, native+"Recurrence", "required")); got != "[packageId]" {
		t.Errorf("a recurrence requires %v", got)
	}
}
