package webhooks_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

func TestListsFindEndpoints(t *testing.T) {
	each(t, func(t *testing.T, in *installation) {
		for id, endpoint := range map[string]*pb.WebhookEndpoint{
			"erp": {Url: "https://erp.example/hook"},
			"crm": {Url: "https://crm.example/hook"},
			"old": {Url: "https://crm.example/old", Disabled: true},
		} {
			if _, err := in.CreateWebhookEndpoint(as("a"), &pb.CreateWebhookEndpointRequest{WebhookEndpoint: endpoint, WebhookEndpointId: id}); err != nil {
				t.Fatal(err)
			}
		}
		for _, test := range []struct{ filter, orderBy, want string }{
			{"", "", "crm erp old"},
			{"", "name desc", "old erp crm"},
			{"disabled", "", "old"},
			{`url:"https://crm.example/*"`, "", "crm old"},
			{`name = "webhookEndpoints/erp" OR url = "https://crm.example/old"`, "", "erp old"},
		} {
			list, err := in.ListWebhookEndpoints(as("a"), &pb.ListWebhookEndpointsRequest{Filter: test.filter, OrderBy: test.orderBy})
			if err != nil {
				t.Fatalf("%s: %v", test.filter, err)
			}
			if got := ids(list.GetWebhookEndpoints()); got != test.want {
				t.Errorf("%s, %s: got %s, want %s", test.filter, test.orderBy, got, test.want)
			}
		}
		batch, err := in.BatchGetWebhookEndpoints(as("a"), &pb.BatchGetWebhookEndpointsRequest{Names: []string{"webhookEndpoints/old", "webhookEndpoints/crm"}})
		if got := ids(batch.GetWebhookEndpoints()); err != nil || got != "old crm" {
			t.Errorf("batch: got %s, %v", got, err)
		}
	})
}

func ids(endpoints []*pb.WebhookEndpoint) string {
	var found []string
	for _, endpoint := range endpoints {
		found = append(found, strings.TrimPrefix(endpoint.GetName(), "webhookEndpoints/"))
	}
	return strings.Join(found, " ")
}

func TestListsFindDeadLettersOfAllEndpoints(t *testing.T) {
	each(t, func(t *testing.T, in *installation) {
		invalid, missing := receive(t, always(http.StatusBadRequest)), receive(t, always(http.StatusNotFound))
		for id, url := range map[string]string{"crm": invalid.URL, "erp": missing.URL} {
			if _, err := in.CreateWebhookEndpoint(as("a"), &pb.CreateWebhookEndpointRequest{WebhookEndpoint: &pb.WebhookEndpoint{Url: url}, WebhookEndpointId: id}); err != nil {
				t.Fatal(err)
			}
		}
		in.put("a", "Item", "items/A", "A1", "A2")
		in.clock.Advance(3 * 24 * time.Hour)
		stop := in.work()
		list := func(parent, filter, orderBy string) (errors string) {
			t.Helper()
			request := &pb.ListDeadLettersRequest{Parent: "webhookEndpoints/" + parent, Filter: filter, OrderBy: orderBy, PageSize: 1}
			for {
				page, err := in.ListDeadLetters(as("a"), request)
				if err != nil {
					t.Fatal(err)
				}
				for _, letter := range page.GetDeadLetters() {
					got, err := in.GetDeadLetter(as("a"), &pb.GetDeadLetterRequest{Name: letter.GetName()})
					if err != nil || got.GetPayload() != letter.GetPayload() {
						t.Errorf("%s: got %v, %v", letter.GetName(), got, err)
					}
					errors += letter.GetLastError()[len("the response status was "):] + " "
				}
				if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
					return errors
				}
			}
		}
		eventually(t, "all are dead letters", func() bool { return list("-", "", "") == "400 400 404 404 " })
		stop()
		for _, test := range []struct{ parent, filter, orderBy, want string }{
			{"crm", "", "", "400 400 "},
			{"erp", "", "last_attempt_time desc", "404 404 "},
			{"-", `last_error = "the response status was 404"`, "", "404 404 "},
			{"-", fmt.Sprintf("last_attempt_time > %q", in.clock.Now().Add(time.Hour).Format(time.RFC3339)), "", ""},
		} {
			if got := list(test.parent, test.filter, test.orderBy); got != test.want {
				t.Errorf("%v: got %s", test, got)
			}
		}
		for parent, want := range map[string]string{"webhookEndpoints/none": "NOT_FOUND", "erp": "INVALID_NAME"} {
			_, err := in.ListDeadLetters(as("a"), &pb.ListDeadLettersRequest{Parent: parent})
			if refused, ok := fault.As(err); !ok || string(refused.Reason) != want {
				t.Errorf("%s: got %v, want %s", parent, err, want)
			}
		}
	})
}
