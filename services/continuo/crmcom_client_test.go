package continuo_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// crmcom is a client of CRM.COM's Web API as the vendor's pages describe it. It knows nothing of Continuo but the address: paths
// below /crmapi/rest/{version}/, GET to read and POST with a JSON body otherwise, the token in every call, and status.code to tell
// whether it worked.
type crmcom struct {
	base  string
	token string
}

// reply is the envelope of every answer.
type reply struct {
	Status struct{ Code, Message, Description string }
	Data   json.RawMessage
}

// parameters are the parameters of a call.
type parameters map[string]any

// read sends a GET. An identifier is written as one of its fields and the value of that.
func (c *crmcom) read(path string, of map[string]string, into any) error {
	query := url.Values{"token": {c.token}}
	for name, value := range of {
		query.Set(name, value)
	}
	answer, err := http.Get(c.base + path + "?" + query.Encode())
	return unwrapped(answer, err, into)
}

// post sends a POST.
func (c *crmcom) post(path string, body parameters, into any) error {
	if c.token != "" {
		body["token"] = c.token
	}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	answer, err := http.Post(c.base+path, "application/json", bytes.NewReader(text))
	return unwrapped(answer, err, into)
}

// unwrapped reads the data of an answer, or returns its status as an error.
func unwrapped(answer *http.Response, err error, into any) error {
	if err != nil {
		return err
	}
	var envelope reply
	if err := json.NewDecoder(answer.Body).Decode(&envelope); err != nil {
		return err
	}
	if err := answer.Body.Close(); err != nil {
		return err
	}
	if envelope.Status.Code != "OK" {
		return fmt.Errorf("%s %s", envelope.Status.Code, envelope.Status.Message)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(envelope.Data, into)
}

// crmSubscription and crmAction are what the client reads of a subscription and of an action on one.
type crmSubscription struct {
	ID, Number  string
	State       string `json:"life_cycle_state"`
	Notes       string
	ServicesSet []struct {
		ID      string
		State   string `json:"life_cycle_state"`
		Product struct{ Code string }
	} `json:"services_set"`
}

type crmAction struct {
	Number         string
	State          string `json:"life_cycle_state"`
	Behavior       string `json:"behavior_code"`
	Classification string `json:"business_classification_code"`
	Subscription   crmSubscription
	ReplacedBy     crmSubscription `json:"replaced_by_subscription"`
}

// service returns the id and the state of the only service of a product that has not ended, or empty texts.
func (s crmSubscription) service(code string) (id, state string) {
	for _, service := range s.ServicesSet {
		ended := slices.Contains([]string{"CANCELLED", "REGRETTED", "SWAPPED", "REMOVED", "REPLACED"}, service.State)
		if service.Product.Code == code && !ended {
			return service.ID, service.State
		}
	}
	return "", ""
}

// TestClientByTheVendorsPagesWalksThroughALife does with that client what the README's walk does: sign in, create, activate, update, add
// and swap a service, rest and end the rest, replace the subscription by a new one, schedule a cancellation and withdraw it, and regret; on both engines, from an empty store. What
// the vendor's contract has no operations for, the organisation with its user and catalogue, is made by the README's blocks.
func TestClientByTheVendorsPagesWalksThroughALife(t *testing.T) {
	t.Parallel()
	for _, of := range []form{forms[0], forms[2]} {
		t.Run(of.name, func(t *testing.T) {
			t.Parallel()
			in := install(t, of, "CONTINUO_DEMO=false")
			for _, block := range lifeBlocks(t) {
				if strings.Contains(block.commands, "/crmapi/") {
					break
				}
				in.paste(t, block)
			}
			walk(t, &crmcom{base: in.http + "/crmapi/rest/v2/"})
		})
	}
}

func walk(t *testing.T, c *crmcom) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var signedIn struct{ Token string }
	must(c.post("authentication/token", parameters{"username": "nora", "password": "lighthouse", "organisation": "harbour"}, &signedIn))
	c.token = signedIn.Token

	var types []struct {
		ID, Name string
		Code     string `json:"alternative_code"`
	}
	must(c.read("subscriptions/configuration/types/list", map[string]string{"fields_set": "id,name,alternative_code"}, &types))
	var schemes []struct{ ID, Code string }
	must(c.read("subscriptions/configuration/billing_term_schemes/list", map[string]string{}, &schemes))
	if len(types) == 0 || len(schemes) == 0 {
		t.Fatalf("got the types %v and the schemes %v", types, schemes)
	}

	create := parameters{
		"business_classification_code": "CREATE_DRAFT_SUBSCRIPTION", "type_identifier": parameters{"id": types[0].ID},
		"accounts_receivable": parameters{
			"action": "NEW", "name": "Rachel Zane", "classification_identifier": parameters{"name": "Household"}, "currency_identifier": parameters{"code": "EUR"},
		},
		"services_set": []parameters{{"service_identifier": parameters{"code": "FIBRE"}}},
		"billing_terms": parameters{
			"billing_term_scheme_identifier": parameters{"code": schemes[0].Code}, "billing_frequency": "MONTHLY", "billing_cycle_day": 1,
		},
		"transaction_reference_number": "CLIENT-1",
	}
	var made crmAction
	must(c.post("subscriptions/create", create, &made))
	var again crmAction
	must(c.post("subscriptions/create", create, &again))
	if made.Behavior != "BECOME_SUBSCRIBER" || made.Subscription.State != "DRAFT" || again.Number != made.Number {
		t.Fatalf("created %+v, and again %+v", made, again)
	}
	number := made.Subscription.Number
	act := func(path string, of parameters) (done crmAction) {
		t.Helper()
		of["subscription_identifier"] = parameters{"number": number}
		must(c.post("subscriptions/"+path, of, &done))
		return done
	}
	show := func() (shown crmSubscription) {
		t.Helper()
		must(c.read("subscriptions/show", map[string]string{"subscription_identifier": "number=" + number}, &shown))
		return shown
	}
	expect := func(state string, services ...string) {
		t.Helper()
		shown := show()
		if shown.State != state {
			t.Errorf("the subscription is %s, want %s", shown.State, state)
		}
		for i := 0; i < len(services); i += 2 {
			if id, is := shown.service(services[i]); is != services[i+1] || (id == "") != (is == "") {
				t.Errorf("the service %s is %q, want %q", services[i], is, services[i+1])
			}
		}
	}

	act("activate", parameters{})
	expect("EFFECTIVE", "FIBRE", "EFFECTIVE")
	must(c.post("subscriptions/update", parameters{"subscription_identifier": parameters{"number": number}, "notes": "Calls on Fridays", "udf_string_1": "A"}, nil))
	if shown := show(); shown.Notes != "Calls on Fridays" {
		t.Errorf("got the notes %q", shown.Notes)
	}

	var addable []struct{ Product struct{ Code string } }
	must(c.read("subscriptions/services/configuration/add_services/list", map[string]string{"subscription_identifier": "number=" + number}, &addable))
	if len(addable) == 0 {
		t.Error("no service can be added")
	}
	act("services/add", parameters{"services_set": []parameters{{"service_identifier": parameters{"code": "FIBRE"}}}})
	act("services/cancel", parameters{"services_set": []parameters{{"subscription_service_id": show().ServicesSet[0].ID}}})
	fibre, _ := show().service("FIBRE")
	var swappable []struct{ Product struct{ Code string } }
	must(c.read("subscriptions/services/configuration/swap_services/list", map[string]string{"subscription_service_id": fibre}, &swappable))
	if len(swappable) == 0 {
		t.Error("no service can take the place of one that is named by its ID alone, as the page has it")
	}
	swapped := act("services/swap", parameters{"business_classification_code": "SWITCHSERVICE", "services_set": []parameters{{
		"from_service": parameters{"subscription_service_id": fibre}, "to_service": parameters{"service_identifier": parameters{"code": "CHANNELS"}},
	}}})
	if swapped.Classification != "SWITCH_SERVICE" {
		t.Errorf("swapped by %+v", swapped)
	}
	expect("EFFECTIVE", "FIBRE", "", "CHANNELS", "EFFECTIVE")

	act("rest", parameters{"end_date": time.Now().AddDate(0, 0, 10).Format("2006-01-02T15:04:05")})
	expect("IN_RESTING", "CHANNELS", "IN_RESTING")
	act("end_resting", parameters{})
	expect("EFFECTIVE", "CHANNELS", "EFFECTIVE")

	replaced := act("replace", parameters{"business_classification_code": "REPLACE_SUB_FLEX_TO_FLEX", "replaced_by_type_identifier": parameters{"id": types[0].ID}})
	if replaced.Subscription.State != "REPLACED" || replaced.ReplacedBy.State != "EFFECTIVE" || replaced.Classification != "REPLACE_SUB_FLEX_TO_FLEX" {
		t.Errorf("replaced by %+v", replaced)
	}
	number = replaced.ReplacedBy.Number
	expect("EFFECTIVE", "CHANNELS", "EFFECTIVE")

	scheduled := act("cancel", parameters{"scheduled_date": "2099-01-01T00:00:00", "transaction_reference_number": "CLIENT-2"})
	var waiting []crmAction
	must(c.read("subscriptions/actions/get_scheduled", map[string]string{"subscription_identifier": "number=" + number, "behavior_code": "TERMINATE_SUBSCRIPTION"}, &waiting))
	if scheduled.State != "SCHEDULED" || len(waiting) != 1 || waiting[0].Number != scheduled.Number {
		t.Fatalf("scheduled %+v, waiting are %+v", scheduled, waiting)
	}
	must(c.post("subscriptions/actions/cancel", parameters{"subscription_action_identifier": parameters{"transaction_reference_number": "CLIENT-2"}}, nil))
	must(c.read("subscriptions/actions/get_scheduled", map[string]string{"subscription_identifier": "number=" + number}, &waiting))
	if len(waiting) != 0 {
		t.Errorf("still waiting are %+v", waiting)
	}

	act("regret", parameters{})
	expect("REGRETTED")
	err := c.post("subscriptions/activate", parameters{"subscription_identifier": parameters{"number": number}}, nil)
	if err == nil || !strings.HasPrefix(err.Error(), "CONFLICT") {
		t.Errorf("activating what was regretted: got %v", err)
	}
	must(c.post("authentication/token/release", parameters{}, nil))
	if err := c.read("subscriptions/show", map[string]string{"subscription_identifier": "number=" + number}, nil); err == nil {
		t.Error("a released token still works")
	}
}
